//! Consent, side, and conditions of the person and of the leg.

use super::Finding;
use crate::chart::{Chart, Implant, Kidney, Sex, Side, VesselContrast};
use crate::indication::Indication;
use crate::status::Status;
use rami_evidence::value;

pub(super) fn findings(chart: &Chart) -> Vec<Finding> {
    let mut findings = vec![consent(chart), side(chart), vessel(chart)];
    findings.extend(health(chart));
    findings.extend([pregnancy(chart), kidney(chart), implant(chart), age(chart)]);
    findings.extend(leg(chart));
    findings
}

fn consent(chart: &Chart) -> Finding {
    let id = "consent";
    match (chart.consent.given, chart.consent.withdrawn) {
        (_, Some(true)) => Finding::stop(id, "consent is withdrawn", "Do not go ahead.").not_overridable(),
        (Some(false), _) => Finding::stop(id, "the person refuses", "Do not go ahead.").not_overridable(),
        (None, _) => Finding::stop(id, "no consent is recorded", "Decide together first.")
            .missing("consent.given")
            .not_overridable(),
        (Some(true), _) => Finding::clear(id, "the person agreed"),
    }
}

fn side(chart: &Chart) -> Finding {
    let id = "side";
    let confirmed = chart.consent.side_confirmed;
    match (chart.complaint.side, confirmed) {
        (Some(side), Some(true)) => Finding::clear(id, format!("{}, confirmed and marked", side.word())),
        (None, _) => {
            Finding::stop(id, "no side is recorded", "Confirm side and level with the person and mark them.")
                .missing("complaint.side")
                .not_overridable()
        }
        (Some(_), _) => Finding::stop(
            id,
            "side and level are not confirmed with the person",
            "Confirm side and level with the person and mark them.",
        )
        .missing("consent.side_confirmed")
        .not_overridable(),
    }
    .citing(&["contraindications.checklist"])
}

fn vessel(chart: &Chart) -> Finding {
    let id = "vessel_contrast";
    let keys = [
        "misplacement.intravascular",
        "misplacement.aspiration_sensitivity",
        "misplacement.spot_film_sensitivity",
    ];
    match chart.consent.vessel_contrast {
        Some(VesselContrast::Uncleared) => Finding::stop(
            id,
            "contrast fills a vessel and that is not cleared",
            "Inject nothing. Move the needle and look again in real time.",
        )
        .not_overridable()
        .citing(&keys),
        Some(VesselContrast::Cleared) => {
            Finding::clear(id, "a vessel filled; the needle was moved and contrast is clear").citing(&keys)
        }
        Some(VesselContrast::NoneSeen) => Finding::clear(id, "no vessel filled").citing(&keys),
        None => {
            Finding::clear(id, "not looked at yet: contrast in real time comes before the drug").citing(&keys)
        }
    }
}

/// Yes-or-no conditions: field, what it is, outcome when present, what to do.
fn health(chart: &Chart) -> Vec<Finding> {
    let h = &chart.health;
    let (absolute, relative) = ("contraindications.absolute", "contraindications.relative");
    let stop = true;
    let table = [
        (
            "infection_at_site",
            "infection where the needle goes",
            h.infection_at_site,
            stop,
            "Treat it first.",
            absolute,
        ),
        (
            "tumour_at_site",
            "a tumour where the needle goes",
            h.tumour_at_site,
            stop,
            "Choose another treatment.",
            absolute,
        ),
        (
            "vascular_anomaly",
            "a vascular anomaly where the needle goes",
            h.vascular_anomaly,
            stop,
            "Choose another route or treatment.",
            absolute,
        ),
        (
            "bleeding_disorder",
            "a disorder of clotting",
            h.bleeding_disorder,
            stop,
            "Ask a haematologist first.",
            absolute,
        ),
        (
            "high_bleeding_risk",
            "a high risk of bleeding",
            h.high_bleeding_risk,
            !stop,
            "Senior review: treat as a high-risk procedure; pauses of medicines may be longer.",
            "anticoagulation.high_risk_person",
        ),
        (
            "systemic_infection",
            "fever or infection elsewhere",
            h.systemic_infection,
            !stop,
            "Wait until it is over, unless the block cannot wait.",
            relative,
        ),
        (
            "hypovolaemia",
            "low volume or pressure, not corrected",
            h.hypovolaemia,
            !stop,
            "Correct it first: the block opens vessels.",
            relative,
        ),
        (
            "heart_block",
            "heart block or conduction disease",
            h.heart_block,
            !stop,
            "Ask a cardiologist: local anaesthetic slows conduction. ECG throughout.",
            relative,
        ),
    ];
    let mut findings: Vec<Finding> = table
        .iter()
        .map(|(id, what, answer, is_stop, action, key)| match answer {
            None => Finding::ask(id, &format!("health.{id}"), &format!("not recorded: {what}")),
            Some(false) => Finding::clear(id, format!("no: {what}")),
            Some(true) if *is_stop => Finding::stop(id, *what, *action).citing(&[key]),
            Some(true) => Finding::caution(id, *what, *action).citing(&[key]),
        })
        .collect();
    findings.push(match h.can_lie_prone {
        None => Finding::ask("can_lie_prone", "health.can_lie_prone", "not recorded: lying on the front"),
        Some(true) => Finding::clear("can_lie_prone", "can lie on the front"),
        Some(false) => Finding::caution(
            "can_lie_prone",
            "cannot lie on the front",
            "Plan it lying on the side; a plan made for lying prone does not hold.",
        )
        .citing(&["technique.position", relative]),
    });
    findings.push(match h.can_lie_still {
        None => Finding::ask("can_lie_still", "health.can_lie_still", "not recorded: lying still"),
        Some(true) => Finding::clear("can_lie_still", "can lie still"),
        Some(false) => Finding::caution(
            "can_lie_still",
            "cannot lie still",
            "Talk about how to make it possible, or do not do it.",
        )
        .citing(&[relative]),
    });
    findings
}

fn pregnancy(chart: &Chart) -> Finding {
    let id = "pregnancy";
    match (chart.person.sex, chart.health.pregnant) {
        (_, Some(true)) => Finding::caution(
            id,
            "pregnant, or may be",
            "Put it off, or agree with an obstetrician: x-rays and local anaesthetic reach the child.",
        )
        .citing(&["contraindications.relative"]),
        (_, Some(false)) | (Some(Sex::Male), None) => Finding::clear(id, "not pregnant"),
        (Some(Sex::Female), None)
            if chart.person.age_years.is_some_and(|age| age >= value("clinic.childbearing_until")) =>
        {
            Finding::clear(id, "past the age of childbearing").citing(&["clinic.childbearing_until"])
        }
        _ => Finding::ask(id, "health.pregnant", "pregnancy is not recorded"),
    }
}

fn kidney(chart: &Chart) -> Finding {
    let id = "solitary_kidney";
    let only = match chart.health.solitary_kidney {
        None => {
            return Finding::ask(id, "health.solitary_kidney", "whether both kidneys work is not recorded");
        }
        Some(Kidney::Two) => return Finding::clear(id, "both kidneys work"),
        Some(Kidney::OnlyLeft) => Side::Left,
        Some(Kidney::OnlyRight) => Side::Right,
    };
    match chart.complaint.side {
        Some(side) if side != only => Finding::clear(id, "the only kidney is on the other side"),
        Some(_) => Finding::caution(
            id,
            "the only kidney is on the side of the block",
            "Senior review: choose a path well clear of the kidney, or another treatment.",
        )
        .citing(&[
            "contraindications.relative",
            "anatomy.kidney_hit_blind",
            "anatomy.kidney_moves_prone",
        ]),
        None => Finding::ask(
            id,
            "complaint.side",
            "there is one kidney, and the side of the block is not recorded",
        ),
    }
}

fn implant(chart: &Chart) -> Finding {
    let id = "implanted_device";
    let device = match chart.health.implant {
        None => return Finding::ask(id, "health.implant", "implanted electrical devices are not recorded"),
        Some(Implant::None) => return Finding::clear(id, "no implanted electrical device"),
        Some(Implant::Pacemaker) => "a pacemaker",
        Some(Implant::Defibrillator) => "a defibrillator",
        Some(Implant::Stimulator) => "a spinal cord or nerve stimulator",
    };
    Finding::caution(
        id,
        format!("{device} is implanted"),
        "No electrical stimulation or radiofrequency unless the device's clinic agrees; x-ray guidance is not affected.",
    )
}

fn age(chart: &Chart) -> Finding {
    let id = "age";
    match chart.person.age_years {
        None => Finding::ask(id, "person.age_years", "age is not recorded"),
        Some(age) if age < value("clinic.adult_from") => Finding::stop(
            id,
            "not an adult: the ceilings of doses here do not hold",
            "A paediatric team decides, with its own doses.",
        )
        .citing(&["clinic.adult_from", "efficacy.paediatric.allodynia"]),
        Some(_) => Finding::clear(id, "an adult"),
    }
}

/// What the complaint itself forbids.
fn leg(chart: &Chart) -> Vec<Finding> {
    use crate::indication::{acute_ischaemia, limb_threatened};
    let mut findings = Vec::new();
    if chart.complaint.indication == Indication::ArterialInsufficiency {
        let arteries = &chart.arteries;
        findings.push(match acute_ischaemia(arteries) {
            Status::Met => Finding::stop(
                "acute_ischaemia",
                "the leg became ischaemic suddenly",
                "Vascular surgery at once; no block before.",
            ),
            Status::Unmet => Finding::clear("acute_ischaemia", "no sudden onset"),
            Status::Unknown => Finding::ask(
                "acute_ischaemia",
                "arteries.sudden_onset",
                "how suddenly it began is not recorded",
            ),
        });
        findings.push(match (limb_threatened(arteries), arteries.vascular_opinion) {
            (Status::Met, Some(true)) => Finding::caution(
                "limb_threatened",
                "rest pain or tissue loss, and no revascularisation is offered",
                "The guideline says not to offer chemical sympathectomy for such pain outside a trial: say so.",
            ),
            (Status::Met, _) => Finding::stop("limb_threatened", "rest pain or tissue loss threatens the limb", "Vascular referral first.")
                .missing("arteries.vascular_opinion"),
            (Status::Unmet, _) => Finding::clear("limb_threatened", "no rest pain and no tissue loss"),
            (Status::Unknown, _) => {
                let mut ask = Finding::ask("limb_threatened", "arteries.rest_pain", "rest pain or tissue loss is not recorded");
                ask.missing.push("arteries.tissue_loss".into());
                ask
            }
        }
        .citing(&["efficacy.ischaemia.nice_cg147", "efficacy.ischaemia.cochrane_techniques"]));
    }
    if chart.complaint.indication == Indication::LowBackPain {
        findings.push(match chart.back_pain.red_flags {
            Some(true) => {
                Finding::stop("red_flags", "a red flag of back pain", "Find its cause before any block.")
            }
            Some(false) => Finding::clear("red_flags", "no red flag"),
            None => {
                Finding::ask("red_flags", "back_pain.red_flags", "red flags of back pain are not recorded")
            }
        });
    }
    findings
}
