//! Medicines that thin the blood: an intermediate-risk procedure by the guideline (`anticoagulation.risk_class`).
//!
//! A pause is always agreed with the prescriber. An interval that nobody verified is compared with, in the safe direction
//! only, and never printed as an instruction. The longest figure of a range counts. For a person with a high risk of
//! bleeding the guideline treats the block as a high-risk procedure (`anticoagulation.high_risk_person`); the evidence
//! holds an interval for that of subcutaneous heparin only, so that no other medicine is ever clear for such a person.

use super::{Finding, Outcome};
use crate::chart::{Chart, Intensity, Medication};
use crate::data::plain;
use crate::pharmacy::{self, Effect, Medicine};
use rami_evidence::{Figure, figure, value};

pub(super) fn findings(chart: &Chart) -> Vec<Finding> {
    let mut findings: Vec<Finding> =
        chart.medications.iter().filter_map(|medication| one(chart, medication)).collect();
    let id = "blood_thinners";
    let named = chart.medications.iter().filter_map(|m| pharmacy::find(&m.name)).any(Medicine::thins_blood);
    match chart.no_blood_thinners {
        _ if named => {}
        Some(true) => findings.push(Finding::clear(id, "none is taken")),
        Some(false) => findings.push(
            Finding::stop(
                id,
                "a medicine that thins the blood is taken, and the chart does not name it",
                "Find out which, and when it was last taken.",
            )
            .missing("medication[].name"),
        ),
        // A list of medicines without one need not be whole.
        None => findings.push(Finding::ask(
            id,
            "no_blood_thinners",
            "whether any medicine thins the blood is not recorded",
        )),
    }
    findings
}

fn one(chart: &Chart, medication: &Medication) -> Option<Finding> {
    let Some(medicine) = pharmacy::find(&medication.name) else {
        let id = format!("medication.{}", plain(medication.name.trim()).to_lowercase());
        return Some(match pharmacy::nearest_thinner(&medication.name) {
            Some(nearest) => Finding::stop(
                &id,
                format!(
                    "{:?} is not a known name; it may be {nearest}, which thins the blood",
                    plain(&medication.name)
                ),
                format!("Correct the name (did you mean {nearest}?)."),
            ),
            None => Finding::caution(
                &id,
                format!("{:?} is not a name known here", plain(&medication.name)),
                "Find out whether it thins the blood.",
            ),
        });
    };
    medicine.effect?;
    Some(thinner(chart, medication, medicine))
}

fn thinner(chart: &Chart, medication: &Medication, medicine: &Medicine) -> Finding {
    let id = format!("medication.{}", medicine.name);
    let name = &medicine.name;
    let why = match medicine.effect {
        Some(Effect::Antiplatelet) => format!("{name} stops platelets from sticking"),
        _ => format!("{name} slows clotting"),
    };
    let prophylactic = medication.intensity == Some(Intensity::Prophylactic);
    let Some((mut stop_key, restart_key)) = medicine.keys(prophylactic) else {
        return Finding::stop(
            &id,
            format!("{why}; no interval for it is in the evidence"),
            "Agree with its prescriber and a haematologist whether and when to pause it.",
        );
    };
    let (impaired, kidney_unknown) = kidneys(chart, medicine);
    if let Some(renal) = medicine.renal_stop.as_ref().filter(|_| impaired || kidney_unknown) {
        stop_key.clone_from(renal);
    }
    let high_risk = chart.health.high_bleeding_risk == Some(true);
    let own_interval = medicine.high_risk_stop.as_ref().filter(|_| high_risk);
    if let Some(longer) = own_interval {
        stop_key.clone_from(longer);
    }
    let (stop, restart) = (figure(&stop_key), figure(&restart_key));
    let cite = |finding: Finding| {
        let finding = if high_risk && own_interval.is_none() { bleeds_easily(finding) } else { finding };
        finding.citing(&["anticoagulation.risk_class", stop_key.as_str(), restart_key.as_str()])
    };
    let Some(needed) = longest_hours(stop) else {
        return cite(Finding::caution(
            &id,
            format!("{why}; pausing it is a shared assessment"),
            "Weigh the risk of a clot against that of bleeding, together with its prescriber.",
        ));
    };
    if needed == 0.0 {
        return cite(Finding::clear(&id, format!("{why}; the guideline does not ask for a pause")));
    }
    let said = instruction(name, stop, restart);
    let mut finding = match (medication.stop_agreed_with_prescriber, medication.hours_since_last_dose) {
        (Some(true), Some(hours)) if hours >= needed && !stop.is_unverified() => {
            Finding::clear(&id, format!("{why}; the agreed pause is long enough"))
        }
        (Some(true), Some(hours)) if hours >= needed => Finding::caution(
            &id,
            format!("{why}; the pause seems long enough, but its interval is unverified"),
            format!("Confirm the pause against the guideline itself before going ahead. {said}"),
        ),
        (Some(true), Some(_)) => Finding::stop(&id, format!("{why}; the last dose is too recent"), said),
        (Some(true), None) => {
            Finding::stop(&id, format!("{why}; when the last dose was taken is not recorded"), said)
                .missing("medication[].hours_since_last_dose")
        }
        (Some(false), _) => {
            Finding::stop(&id, format!("{why}; its prescriber has not agreed to a pause"), said)
        }
        (None, _) => Finding::stop(
            &id,
            format!("{why}; whether its prescriber agreed to a pause is not recorded"),
            said,
        )
        .missing("medication[].stop_agreed_with_prescriber"),
    };
    if medicine.cleared_by_kidney && (impaired || kidney_unknown) {
        finding = slower(finding, kidney_unknown);
    }
    if medicine.keys(true) != medicine.keys(false) && medication.intensity.is_none() {
        finding = finding.missing("medication[].intensity");
        finding.why +=
            "; whether the dose prevents or treats clots is not recorded, so the longer pause counts";
    }
    cite(finding)
}

/// Whether the kidneys are impaired, and whether nobody knows.
fn kidneys(chart: &Chart, medicine: &Medicine) -> (bool, bool) {
    let clearance = chart.health.creatinine_clearance_ml_min;
    let impaired = clearance.is_some_and(|clearance| clearance < value("clinic.renal_impairment_below"));
    (medicine.cleared_by_kidney && impaired, medicine.cleared_by_kidney && clearance.is_none())
}

/// The interval is that of a procedure of intermediate risk, and this person's is high: never clear.
fn bleeds_easily(mut finding: Finding) -> Finding {
    finding.outcome = finding.outcome.max(Outcome::Caution);
    finding.why += "; this person's risk of bleeding is high, and the interval is for others";
    let ask = "Agree with its prescriber and a haematologist on the pause for a high risk of bleeding.";
    finding.action = format!("{} {ask}", finding.action).trim().to_owned();
    finding.citing(&["anticoagulation.high_risk_person"])
}

/// It stays longer, or may: never clear.
fn slower(mut finding: Finding, unknown: bool) -> Finding {
    let (why, action) = if unknown {
        ("kidney function is not recorded", "Find out the creatinine clearance before settling the pause.")
    } else {
        ("the kidneys clear it more slowly", "Ask its prescriber for a longer pause for these kidneys.")
    };
    finding.outcome = finding.outcome.max(Outcome::Caution);
    finding.why += &format!("; {why}");
    finding.action = format!("{} {action}", finding.action).trim().to_owned();
    if unknown {
        finding.missing("health.creatinine_clearance_ml_min")
    } else {
        finding.citing(&["clinic.renal_impairment_below"])
    }
}

/// The longest time of a figure in hours.
fn longest_hours(figure: &Figure) -> Option<f64> {
    let longest = figure.interval.map(|interval| interval.high).or(figure.value)?;
    Some(if figure.unit.as_deref() == Some("d") { longest * 24.0 } else { longest })
}

/// What to do, with times only where the figure was read in its source.
fn instruction(name: &str, stop: &Figure, restart: &Figure) -> String {
    let agreed = "Agree with its prescriber whether it may be paused";
    if stop.is_unverified() {
        return format!(
            "{agreed}, from when, and when {name} starts again: the interval in the evidence is unverified and is not given as an instruction."
        );
    }
    let time = |figure: &Figure| {
        let unit = if figure.unit.as_deref() == Some("d") { "days" } else { "hours" };
        match figure.interval {
            Some(interval) => format!("{} to {} {unit}", interval.low, interval.high),
            None => format!("{} {unit}", figure.value.unwrap_or_default()),
        }
    };
    let again = if restart.is_unverified() {
        String::from("when to start again, its prescriber says")
    } else {
        format!("to start again {} after", time(restart))
    };
    format!("{agreed}: the guideline gives {} before the block; {again}.", time(stop))
}
