//! INR and platelets. Sources give thresholds that conflict: all are shown; the clinic may set its own.

use super::Finding;
use crate::chart::Chart;
use crate::data::tidy;
use crate::pharmacy;
use rami_evidence::value;

const INR_KEYS: &[&str] = &[
    "laboratory.inr.default",
    "laboratory.inr.local",
    "laboratory.inr.clinic_page",
    "laboratory.inr.sir_low_risk",
    "laboratory.inr.sir_high_risk",
];
const PLATELET_KEYS: &[&str] = &[
    "laboratory.platelets.default_go",
    "laboratory.platelets.default_stop",
    "laboratory.platelets.unrecorded",
    "laboratory.platelets.sir_low_risk",
    "laboratory.platelets.sir_high_risk",
];

pub(super) fn findings(chart: &Chart) -> Vec<Finding> {
    vec![inr(chart), platelets(chart)]
}

fn inr(chart: &Chart) -> Finding {
    let limit = chart.thresholds.inr_maximum.unwrap_or_else(|| value("laboratory.inr.default"));
    let read_by_inr = chart.medications.iter().any(|m| pharmacy::find(&m.name).is_some_and(|d| d.needs_inr));
    let finding = match chart.laboratory.inr {
        Some(inr) if inr > limit => Finding::stop(
            "inr",
            format!("the INR is {}, above {}", tidy(inr), tidy(limit)),
            "Wait until it is normal. Sources disagree on the limit: they stand side by side below.",
        ),
        Some(inr) => Finding::clear("inr", format!("the INR is {}, not above {}", tidy(inr), tidy(limit))),
        None if read_by_inr => Finding::stop(
            "inr",
            "a medicine is taken that must leave the INR normal, and no INR is recorded",
            "Measure the INR on the day.",
        )
        .missing("laboratory.inr"),
        None => Finding::ask("inr", "laboratory.inr", "no INR is recorded"),
    };
    finding.citing(INR_KEYS)
}

fn platelets(chart: &Chart) -> Finding {
    let limits = &chart.thresholds;
    let stop = limits.platelets_stop.unwrap_or_else(|| value("laboratory.platelets.default_stop"));
    let go = limits.platelets_go.unwrap_or_else(|| value("laboratory.platelets.default_go")).max(stop);
    let finding = match chart.laboratory.platelets_10e9_l {
        None => Finding::ask("platelets", "laboratory.platelets_10e9_l", "no platelet count is recorded"),
        Some(count) if count < stop => Finding::stop(
            "platelets",
            format!("platelets are {} × 10⁹/L, below {}", tidy(count), tidy(stop)),
            "Find the cause and correct it first. Sources disagree on the limit: they stand side by side below.",
        ),
        Some(count) if count < go => Finding::caution(
            "platelets",
            format!("platelets are {} × 10⁹/L, between {} and {}", tidy(count), tidy(stop), tidy(go)),
            "Senior review. Sources disagree on the limit: they stand side by side below.",
        ),
        Some(count) => Finding::clear("platelets", format!("platelets are {} × 10⁹/L", tidy(count))),
    };
    finding.citing(PLATELET_KEYS)
}
