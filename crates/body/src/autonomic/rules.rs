//! The published rules that confirm a sympathetic block, as functions of a temperature record.
//!
//! Each says whether it fires and when. Sensitivity and specificity are those of the source, whose reference is itself a
//! temperature rise, not pain relief: technical success and pain relief are two endpoints. Sources: evidence
//! `confirmation.*` (C1–C5, C10, C22).

use rami_evidence::value;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the rules look at: equally spaced from the injection on, the injected side and the other.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    /// Minutes between points.
    pub step_min: f64,
    /// Toe of the injected side, °C.
    pub toe: &'a [f64],
    /// Toe of the other side, °C.
    pub other_toe: &'a [f64],
    /// Core, °C.
    pub core: &'a [f64],
    /// Perfusion index of the injected side, %.
    pub perfusion_index: &'a [f64],
}

/// What one rule says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Rule {
    /// Name of the rule.
    pub name: String,
    /// What it asks for.
    pub statement: String,
    /// Whether it fires in the typical person.
    pub fired: bool,
    /// When it fires first.
    pub at_min: Option<f64>,
    /// Share of the population in which it fires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share_fired: Option<f64>,
    /// Published sensitivity in %, for the source's own reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sensitivity_percent: Option<f64>,
    /// Published specificity in %.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub specificity_percent: Option<f64>,
    /// Key of the figure.
    pub evidence: String,
    /// What to mind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Names of the rules, in the order [`times`] answers them.
pub const RULES: [&str; 9] = [
    "rise_2c",
    "rate_0_4_c_min_within_5_min",
    "rate_0_4_c_min_at_any_time",
    "rise_1c_within_5_min",
    "difference_1_5c_at_20_min",
    "difference_3c",
    "within_3c_of_core_by_35_min",
    "perfusion_index_rise",
    "rise_or_warm_or_perfusion",
];

/// First minute at which the difference to the start reaches `rise`.
#[must_use]
pub fn first_rise(record: &Record<'_>, rise: f64) -> Option<f64> {
    first(record, |i| record.toe[i] - record.toe[0] >= rise)
}

/// Largest warming over any whole minute, °C/min.
#[must_use]
pub fn fastest_warming(record: &Record<'_>) -> f64 {
    let window = per_minute(record);
    (window..record.toe.len())
        .map(|i| record.toe[i] - record.toe[i - window])
        .fold(f64::NEG_INFINITY, f64::max)
}

fn per_minute(record: &Record<'_>) -> usize {
    ((1.0 / record.step_min).round() as usize).max(1)
}

fn first(record: &Record<'_>, holds: impl Fn(usize) -> bool) -> Option<f64> {
    (0..record.toe.len()).find(|&i| holds(i)).map(|i| i as f64 * record.step_min)
}

/// When each of [`RULES`] fires first.
#[must_use]
pub fn times(record: &Record<'_>) -> [Option<f64>; 9] {
    let window = per_minute(record);
    let rate = value("confirmation.rate_of_warming");
    let warming = |i: usize| {
        i >= window && (record.toe[i] - record.toe[i - window]) / (window as f64 * record.step_min) >= rate
    };
    let rise = |i: usize| record.toe[i] - record.toe[0];
    let lead = |i: usize| rise(i) - (record.other_toe[i] - record.other_toe[0]);
    let (enough, ceiling) = (value("confirmation.perfusion_index"), value("confirmation.warm_ceiling"));
    let perfusion = |i: usize| record.perfusion_index[i] - record.perfusion_index[0] > enough;
    let warm = |i: usize| record.toe[i] >= ceiling;
    let minute = |i: usize| i as f64 * record.step_min;
    let two = value("confirmation.rise_criterion");
    let one = value("confirmation.rise_in_5_min");
    let three = value("confirmation.difference_tran");
    [
        first(record, |i| rise(i) >= two),
        first(record, |i| minute(i) <= 5.0 + 1e-9 && warming(i)),
        first(record, warming),
        first(record, |i| minute(i) <= 5.0 + 1e-9 && rise(i) >= one),
        first(record, |i| (minute(i) - 20.0).abs() < 0.5 * record.step_min + 1e-9).filter(|t| {
            lead((t / record.step_min).round() as usize) >= value("confirmation.difference_at_20_min")
        }),
        first(record, |i| lead(i) >= three),
        first(record, |i| minute(i) <= 35.0 + 1e-9 && record.core[i] - record.toe[i] <= 3.0),
        first(record, perfusion),
        first(record, |i| rise(i) >= two || warm(i) || perfusion(i)),
    ]
}

/// The rules with their sources; `shares` are the shares of a population in which each fires.
#[must_use]
pub fn judge(record: &Record<'_>, shares: Option<[f64; 9]>) -> Vec<Rule> {
    let at = times(record);
    let ceiling = record.toe[0] >= value("confirmation.warm_ceiling");
    (0..RULES.len())
        .map(|i| {
            let (statement, evidence, accuracy) = source(RULES[i]);
            let percent = |what: &str| accuracy.map(|key| value(&format!("{key}.{what}")));
            Rule {
                name: RULES[i].into(),
                statement: statement.into(),
                fired: at[i].is_some(),
                at_min: at[i],
                share_fired: shares.map(|s| s[i]),
                sensitivity_percent: percent("sensitivity"),
                specificity_percent: percent("specificity"),
                evidence: evidence.into(),
                note: note(RULES[i], ceiling),
            }
        })
        .collect()
}

/// Key of the evidence of a rule, by its name in [`RULES`].
#[must_use]
pub fn evidence(rule: &str) -> &'static str {
    source(rule).1
}

/// Statement, key, and stem of the keys of sensitivity and specificity.
fn source(rule: &str) -> (&'static str, &'static str, Option<&'static str>) {
    match rule {
        "rise_2c" => {
            ("the toe of the injected side warms by at least 2 °C", "confirmation.rise_criterion", None)
        }
        "rate_0_4_c_min_within_5_min" => (
            "it warms by at least 0.4 °C per minute within 5 minutes of the injection",
            "confirmation.rate_of_warming",
            Some("confirmation.rate_of_warming"),
        ),
        "rate_0_4_c_min_at_any_time" => {
            ("it warms by at least 0.4 °C per minute at any time", "confirmation.rate_of_warming", None)
        }
        "rise_1c_within_5_min" => {
            ("it warms by at least 1 °C within 5 minutes", "confirmation.rise_in_5_min", None)
        }
        "difference_1_5c_at_20_min" => (
            "at 20 minutes it has warmed by at least 1.5 °C more than the other side",
            "confirmation.difference_at_20_min",
            None,
        ),
        "difference_3c" => {
            ("it warms by at least 3 °C more than the other side", "confirmation.difference_tran", None)
        }
        "within_3c_of_core_by_35_min" => {
            ("it comes within 3 °C of core temperature by 35 minutes", "confirmation.difference_tran", None)
        }
        "perfusion_index_rise" => (
            "the perfusion index rises by more than 1.6 percentage points",
            "confirmation.perfusion_index",
            Some("confirmation.perfusion_index"),
        ),
        _ => (
            "it warms by 2 °C, or is at least 33 °C warm, or the perfusion index rises by 1.6: the rule for warm feet",
            "confirmation.warm_ceiling",
            None,
        ),
    }
}

fn note(rule: &str, ceiling: bool) -> Option<String> {
    let by_rise = ["rise_2c", "rise_1c_within_5_min", "difference_1_5c_at_20_min", "difference_3c"];
    if ceiling && (by_rise.contains(&rule) || rule.starts_with("rate")) {
        return Some(
            "the toe is at 33 °C or more already: little rise is possible, judge by warmth or perfusion"
                .into(),
        );
    }
    match rule {
        "rate_0_4_c_min_within_5_min" => Some(
            "sources disagree on onset: in the series the onset is fitted to, the first degree took 17 min, so this rule \
             cannot fire there within 5 min of the injection"
                .into(),
        ),
        "rise_or_warm_or_perfusion" if ceiling => Some("the foot was warm before: warmth alone shows nothing".into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp(baseline: f64, per_minute: f64, minutes: usize) -> Vec<f64> {
        (0..=minutes).map(|i| baseline + per_minute * i as f64).collect()
    }

    fn ask(toe: &[f64], perfusion: &[f64]) -> [Option<f64>; 9] {
        let (other, core) = (vec![toe[0]; toe.len()], vec![37.0; toe.len()]);
        times(&Record { step_min: 1.0, toe, other_toe: &other, core: &core, perfusion_index: perfusion })
    }

    #[test]
    fn a_foot_that_warms_by_half_a_degree_a_minute_fires_at_the_minutes_one_can_count() {
        let toe = ramp(28.0, 0.5, 40);
        let fired = ask(&toe, &vec![1.0; 41]);
        assert_eq!(fired[0], Some(4.0));
        assert_eq!(fired[1], Some(1.0));
        assert_eq!(fired[3], Some(2.0));
        assert_eq!(fired[4], Some(20.0));
        assert_eq!(fired[5], Some(6.0));
        assert_eq!(fired[6], Some(12.0));
        assert_eq!(fired[7], None);
    }

    #[test]
    fn a_foot_that_warms_late_misses_the_rules_of_the_first_minutes() {
        let mut toe = vec![28.0; 17];
        toe.extend(ramp(28.0, 0.5, 20));
        let fired = ask(&toe, &vec![1.0; toe.len()]);
        assert_eq!((fired[1], fired[3]), (None, None));
        assert_eq!(fired[2], Some(18.0));
    }

    #[test]
    fn nothing_fires_when_nothing_happens() {
        assert!(ask(&[28.0; 41], &[1.0; 41]).iter().all(Option::is_none));
    }

    #[test]
    fn a_warm_foot_is_judged_by_perfusion_and_says_so() {
        let (toe, perfusion) = ([33.6; 41], ramp(1.0, 0.1, 40));
        let other = toe;
        let record = Record {
            step_min: 1.0,
            toe: &toe,
            other_toe: &other,
            core: &[37.0; 41],
            perfusion_index: &perfusion,
        };
        let rules = judge(&record, None);
        assert!(
            !rules[0].fired && rules[0].note.as_ref().is_some_and(|n| n.contains("little rise is possible"))
        );
        assert!(rules[7].fired && rules[7].sensitivity_percent == Some(90.0));
    }
}
