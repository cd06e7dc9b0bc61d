//! Allergies to what is injected or put on the skin.

use super::Finding;
use crate::chart::{Allergy, Chart, Reaction};
use crate::data::plain;
use rami_formulary::{AgentClass, Syringe};

pub(super) fn findings(chart: &Chart) -> Vec<Finding> {
    if chart.allergies.is_empty() {
        return vec![match chart.no_known_allergies {
            Some(true) => Finding::clear("allergy", "none is known"),
            _ => Finding::ask("allergy", "no_known_allergies", "allergies are not recorded"),
        }];
    }
    chart.allergies.iter().map(|allergy| one(chart, allergy)).collect()
}

/// Amide local anaesthetics that the formulary does not have, and other names of them.
const AMIDES: &[&str] =
    &["amide", "amides", "prilocaine", "articaine", "etidocaine", "dibucaine", "cinchocaine", "emla"];
/// Local anaesthetics of the ester kind.
const ESTERS: &[&str] = &[
    "ester",
    "esters",
    "procaine",
    "chloroprocaine",
    "tetracaine",
    "amethocaine",
    "benzocaine",
    "novocaine",
    "novocain",
    "cocaine",
    "proparacaine",
];
/// Contrast agents, by name and by kind.
const CONTRAST: &[&str] = &[
    "contrast",
    "iohexol",
    "iopamidol",
    "iodixanol",
    "ioversol",
    "iomeprol",
    "iopromide",
    "iobitridol",
    "iodinated",
    "omnipaque",
    "visipaque",
    "ultravist",
    "gadolinium",
    "gadobutrol",
    "gadoterate",
];

fn one(chart: &Chart, allergy: &Allergy) -> Finding {
    let substance = plain(allergy.substance.trim()).to_lowercase();
    let id = format!("allergy.{substance}");
    let words: Vec<&str> =
        substance.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let has = |names: &[&str]| words.iter().any(|word| names.contains(word));
    let of_class = |class: AgentClass| {
        let whole = std::iter::once(substance.as_str());
        whole
            .chain(words.iter().copied())
            .any(|name| rami_formulary::agent(name).is_ok_and(|a| a.class == class))
    };
    if of_class(AgentClass::AmideAnaesthetic) || has(AMIDES) {
        return Finding::stop(
            &id,
            "allergy to an amide local anaesthetic, the kind this block uses",
            "Have it tested by an allergist before any block; do not swap for another amide untested.",
        )
        .citing(&["contraindications.absolute"]);
    }
    if has(ESTERS) {
        return Finding::caution(
            &id,
            "allergy to an ester local anaesthetic",
            "Amides are another family; look for a shared preservative and choose a preservative-free amide.",
        )
        .citing(&["contraindications.absolute"]);
    }
    let unnamed = words.iter().any(|word| word.ends_with("caine") || word.ends_with("caina"))
        || (has(&["local"])
            && words.iter().any(|word| word.starts_with("anaesthetic") || word.starts_with("anesthetic")));
    if unnamed {
        return Finding::stop(
            &id,
            "allergy to a local anaesthetic that is not named here",
            "Find out which, or have it tested by an allergist.",
        )
        .citing(&["contraindications.absolute"]);
    }
    if of_class(AgentClass::Contrast) || has(CONTRAST) {
        return contrast(&id, allergy.reaction);
    }
    if planned(chart, &substance) {
        return Finding::stop(
            &id,
            "allergy to something that is to be injected",
            "Leave it out, or have it tested by an allergist.",
        )
        .citing(&["contraindications.absolute"]);
    }
    if has(&["iodine", "iodide", "povidone", "betadine"]) {
        return Finding::caution(
            &id,
            "allergy to iodine or to an antiseptic with it",
            "Find out what it was to: contrast, an antiseptic or food. Use an antiseptic without iodine.",
        )
        .missing("allergy[].substance");
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
    if has(&["paraben", "parabens", "methylparaben", "sulfite", "sulfites", "sulphite", "metabisulfite"]) {
        return Finding::caution(
            &id,
            "allergy to a preservative that some solutions have",
            "Choose solutions without preservative, and without adrenaline where sulfites are the cause.",
        );
    }
    Finding::clear(&id, "not to anything this block uses")
}

/// True when a syringe of the chart holds it.
fn planned(chart: &Chart, substance: &str) -> bool {
    let Ok(agent) = rami_formulary::agent(substance) else {
        return ["adrenaline", "epinephrine"].contains(&substance)
            && chart.dosing.syringes.iter().any(|text| text.to_lowercase().contains(substance));
    };
    let mut syringes = chart.dosing.syringes.iter().filter_map(|text| text.parse::<Syringe>().ok());
    syringes.any(|syringe| syringe.agent.name == agent.name)
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
