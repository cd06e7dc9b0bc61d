//! What is planned: doses, adrenaline, baseline temperature, and the plan's own hazards.

use super::Finding;
use crate::chart::{Chart, Side};
use crate::data::{plain, tidy};
use crate::dose::{DoseLedger, DoseLevel};
use crate::indication::Indication;
use crate::plan::PlanSummary;
use rami_evidence::value;

pub(super) fn findings(chart: &Chart, ledger: &DoseLedger, plan: Option<&PlanSummary>) -> Vec<Finding> {
    let mut findings = vec![dose(chart, ledger), adrenaline(chart), baseline(chart)];
    if let Some(plan) = plan {
        findings.extend(hazards(chart.complaint.side, plan));
    }
    findings
}

fn dose(chart: &Chart, ledger: &DoseLedger) -> Finding {
    let id = "dose";
    if chart.dosing.syringes.is_empty() && chart.dosing.given.is_empty() {
        return Finding::ask(id, "dosing.syringes", "no dose is planned yet");
    }
    let mut finding = match (ledger.share, ledger.level) {
        (Some(share), Some(level)) => {
            let percent = tidy(100.0 * share);
            match level {
                DoseLevel::Over => Finding::stop(
                    id,
                    format!("all local anaesthetic together is {percent} % of the maximum"),
                    "Give less, or a weaker solution.",
                ),
                DoseLevel::Near => Finding::caution(
                    id,
                    format!("all local anaesthetic together is {percent} % of the maximum"),
                    "Check weight and syringes again; keep the skin wheal small.",
                ),
                DoseLevel::Within => Finding::clear(
                    id,
                    format!("all local anaesthetic together is {percent} % of the maximum"),
                ),
            }
        }
        _ => Finding::stop(id, "the maximum cannot be worked out without a weight", "Weigh the person."),
    };
    if !ledger.over_in_a_day.is_empty() {
        let drugs = ledger.over_in_a_day.join(", ");
        finding = Finding::stop(id, format!("more {drugs} than allowed in 24 hours"), "Give less, or wait.");
    }
    if !ledger.missing.is_empty() {
        use super::Outcome;
        finding.asks = finding.outcome == Outcome::Clear;
        finding.outcome = finding.outcome.max(Outcome::Caution);
        finding.action =
            format!("{} Find out: {}.", finding.action, ledger.missing.join(", ")).trim().to_owned();
        finding.missing.extend(ledger.missing.iter().cloned());
    }
    finding.citing(&["limits.sum_all", "limits.reduction_when_frail", "clinic.dose_warning_share"])
}

fn adrenaline(chart: &Chart) -> Finding {
    let id = "adrenaline";
    let planned =
        chart.dosing.syringes.iter().filter_map(|text| text.parse::<rami_formulary::Syringe>().ok());
    let with = planned.filter(|syringe| syringe.adrenaline.is_some()).count();
    let poor_flow =
        matches!(chart.complaint.indication, Indication::ArterialInsufficiency | Indication::Raynaud);
    match (with, poor_flow) {
        (0, _) => Finding::clear(id, "none is planned"),
        (_, true) => Finding::caution(
            id,
            "adrenaline is planned where blood flow is the problem",
            "Leave it out, or give a reason.",
        )
        .citing(&["clinic.adrenaline_in_ischaemia"]),
        (_, false) => Finding::clear(id, "adrenaline is planned; blood flow is not the problem"),
    }
}

fn baseline(chart: &Chart) -> Finding {
    let id = "baseline_temperature";
    let b = &chart.baseline;
    let keys = [
        "confirmation.warm_ceiling",
        "confirmation.acclimatise",
        "confirmation.rise_criterion",
        "confirmation.perfusion_index",
    ];
    let Some(toe) = b.toe_c else {
        return Finding::ask(
            id,
            "baseline.toe_c",
            "the temperature of the toe before the block is not recorded",
        )
        .citing(&keys);
    };
    if toe.get() >= value("confirmation.warm_ceiling") {
        return Finding::caution(
            id,
            format!("the toe is at {} °C already, near its ceiling", tidy(toe.get())),
            "A rise of 2 °C cannot be expected: judge by an absolute 33 to 34 °C or by the perfusion index, or cool the room.",
        )
        .citing(&keys);
    }
    match b.acclimatised_min {
        None => Finding::ask(
            id,
            "baseline.acclimatised_min",
            "how long the feet were bare in the room is not recorded",
        )
        .citing(&keys),
        Some(minutes) if minutes.get() < value("confirmation.acclimatise") => Finding::caution(
            id,
            format!("the feet were bare for {} min only", tidy(minutes.get())),
            "Wait until they have been for 20 min, then measure again.",
        )
        .citing(&keys),
        Some(_) => {
            Finding::clear(id, format!("the toe is at {} °C and can warm", tidy(toe.get()))).citing(&keys)
        }
    }
}

fn hazards(side: Option<Side>, plan: &PlanSummary) -> Vec<Finding> {
    let mut findings = Vec::new();
    if plan.needles.is_empty() {
        findings.push(Finding::stop(
            "plan",
            "the plan found no safe path",
            "Choose another level, side or treatment.",
        ));
    } else {
        let other = plan.needles.iter().find(|needle| side.is_some_and(|side| side != needle.side));
        findings.push(match other {
            Some(needle) => Finding::stop(
                "plan",
                format!("the plan is for the {} side, the chart is not", needle.side.word()),
                "Settle the side with the person, then plan again.",
            )
            .not_overridable(),
            None => Finding::clear("plan", "the plan has a path on the side of the chart"),
        });
    }
    findings.extend(touches(plan));
    for (i, warning) in plan.warnings.iter().enumerate() {
        findings.push(Finding::caution(
            &format!("plan.warning.{}", i + 1),
            format!("the plan warns: {}", plain(warning)),
            "Read the plan's report.",
        ));
    }
    findings
}

/// What the planned paths may touch of all that a harm is named for, by the plan's own geometry.
fn touches(plan: &PlanSummary) -> Option<Finding> {
    let id = "plan.touches";
    let watched = crate::risk::planned_structures();
    let mut near: Vec<(&str, f64)> = plan
        .needles
        .iter()
        .flat_map(|needle| &needle.hit_probability)
        .filter(|(structure, p)| **p > 0.0 && watched.iter().any(|stem| structure.starts_with(stem)))
        .map(|(structure, p)| (structure.as_str(), *p))
        .collect();
    near.sort_by(|a, b| b.1.total_cmp(&a.1));
    near.truncate(3);
    let (_, most) = near.first()?;
    let named: Vec<String> = near
        .iter()
        .map(|(name, p)| format!("{} {} %", plain(name).replace('_', " "), tidy(100.0 * p)))
        .collect();
    let why = format!("the plan's own chance to touch: {}", named.join(", "));
    let finding = if 100.0 * most >= value("clinic.plan_touch_caution") {
        Finding::caution(
            id,
            why,
            "Look at the path again; another level or a longer look with contrast may be safer.",
        )
    } else {
        Finding::clear(id, why)
    };
    Some(finding.citing(&["clinic.plan_touch_caution"]))
}
