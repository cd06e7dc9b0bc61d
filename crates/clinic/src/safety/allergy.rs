//! Allergies to what is injected or put on the skin.

use super::Finding;
use crate::chart::{Allergy, Chart, Reaction};
use crate::data::plain;

pub(super) fn findings(chart: &Chart) -> Vec<Finding> {
    if chart.allergies.is_empty() {
        return vec![match chart.no_known_allergies {
            Some(true) => Finding::clear("allergy", "none is known"),
            _ => Finding::ask("allergy", "no_known_allergies", "allergies are not recorded"),
        }];
    }
    chart.allergies.iter().map(one).collect()
}

fn one(allergy: &Allergy) -> Finding {
    let substance = plain(allergy.substance.trim()).to_lowercase();
    let id = format!("allergy.{substance}");
    let has = |words: &[&str]| words.iter().any(|word| substance.contains(word));
    let named = rami_formulary::agent(&substance).ok();
    let esters = ["ester", "procaine", "tetracaine", "amethocaine", "benzocaine", "novocain", "cocaine"];
    if named.is_some_and(|agent| agent.is_anaesthetic()) || has(&["amide"]) {
        return Finding::stop(
            &id,
            "allergy to an amide local anaesthetic, the kind this block uses",
            "Have it tested by an allergist before any block; do not swap for another amide untested.",
        )
        .citing(&["contraindications.absolute"]);
    }
    if has(&esters) {
        return Finding::caution(
            &id,
            "allergy to an ester local anaesthetic",
            "Amides are another family; look for a shared preservative and choose a preservative-free amide.",
        )
        .citing(&["contraindications.absolute"]);
    }
    if has(&["local an", "anaesthetic", "anesthetic"]) {
        return Finding::stop(
            &id,
            "allergy to a local anaesthetic that is not named",
            "Find out which, or have it tested by an allergist.",
        )
        .citing(&["contraindications.absolute"]);
    }
    if named.is_some_and(|agent| agent.class == rami_formulary::AgentClass::Contrast)
        || has(&["contrast", "iodine", "gadolinium"])
    {
        return contrast(&id, allergy.reaction);
    }
    if has(&["chlorhexidine"]) {
        return Finding::stop(
            &id,
            "allergy to the usual antiseptic",
            "Use another antiseptic, and say so in the team's time-out; then override this.",
        );
    }
    if has(&["latex"]) {
        return Finding::caution(&id, "allergy to latex", "Use a latex-free room and set.");
    }
    Finding::clear(&id, "not to anything this block uses")
}

fn contrast(id: &str, reaction: Option<Reaction>) -> Finding {
    let why = |how: &str| format!("{how} reaction to contrast before");
    let premedication = [
        "contrast_allergy.prednisone",
        "contrast_allergy.methylprednisolone",
        "contrast_allergy.hydrocortisone",
    ];
    match reaction {
        Some(Reaction::Mild) => {
            Finding::caution(id, why("mild"), "Use another contrast agent rather than premedicate, and say which it was.")
                .citing(&["contrast_allergy.switch_agent"])
        }
        Some(Reaction::Moderate) => Finding::caution(
            id,
            why("moderate"),
            "Use another agent and premedicate by the local protocol: steroid by mouth from 13 or 12 hours before, with or without diphenhydramine; or intravenously from 4 to 5 hours before.",
        )
        .citing(&premedication),
        Some(Reaction::Severe) => Finding::stop(
            id,
            why("severe"),
            "Plan with an allergist, with another agent and premedication, or without iodinated contrast.",
        )
        .citing(&premedication)
        .citing(&["contraindications.relative", "contrast_allergy.gadolinium"]),
        None => Finding::caution(id, why("a"), "Find out how bad the reaction was: allergy[].reaction.")
            .missing("allergy[].reaction")
            .citing(&premedication),
    }
}
