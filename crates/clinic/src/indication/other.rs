//! Low back pain, phantom limb, pain after shingles and sweating of the soles: little is known of this block in them.

use super::{Indication, IndicationAssessment};
use crate::chart::Chart;
use crate::status::{Criterion, Status};

/// Weeks from which pain counts as chronic (evidence `clinic.chronic_pain_weeks`).
fn chronic(weeks: Option<f64>, field: &str, what: &str) -> Criterion {
    let limit = rami_evidence::value("clinic.chronic_pain_weeks");
    Criterion::ask(field, &format!("{what} for at least {limit} weeks"), weeks.map(|weeks| weeks >= limit))
}

pub(super) fn assess(indication: Indication, chart: &Chart) -> IndicationAssessment {
    let complaint_weeks = chart.complaint.duration_weeks;
    let criteria = match indication {
        Indication::LowBackPain => vec![
            chronic(complaint_weeks, "complaint.duration_weeks", "low back pain"),
            Criterion::ask("back_pain.red_flags", "no red flag", chart.back_pain.red_flags.map(|flag| !flag)),
            Criterion::ask(
                "back_pain.specific_cause_sought",
                "a specific cause was looked for",
                chart.back_pain.specific_cause_sought,
            ),
        ],
        Indication::PostHerpeticPain => vec![
            chronic(chart.zoster.weeks_since_rash, "zoster.weeks_since_rash", "pain after the rash"),
            Criterion::ask(
                "zoster.in_leg_or_groin",
                "the pain is in the leg or groin",
                chart.zoster.in_leg_or_groin,
            ),
        ],
        _ => vec![chronic(complaint_weeks, "complaint.duration_weeks", "complaint present")],
    };
    let status = Status::all(&criteria.iter().map(|criterion| criterion.status).collect::<Vec<_>>());
    let mut assessed = IndicationAssessment::new(indication, status, criteria, Vec::new());
    if chart.back_pain.red_flags == Some(true) && indication == Indication::LowBackPain {
        assessed.first = Some("A red flag: find its cause before any block.".into());
    }
    assessed
}
