//! A record reduced to the numbers that publications give, and to what the rules say of it.

use super::super::leg::Response;
use super::super::rules::{self, Record, Rule};

/// What a record is reduced to: minutes and degrees of the injected toe.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Milestones {
    /// Before.
    pub baseline_c: f64,
    /// Highest.
    pub t_max_c: f64,
    /// Largest warming over a minute.
    pub fastest_c_min: f64,
    /// To the first degree.
    pub rise_1c_min: Option<f64>,
    /// To half of the rise.
    pub t50_min: Option<f64>,
    /// To 95 % of the rise.
    pub t95_min: Option<f64>,
}

/// A rise too small to speak of halves of it.
const SMALL_RISE_C: f64 = 0.2;

/// Columns of a record that the rules read.
pub(super) struct Columns {
    toe: Vec<f64>,
    other: Vec<f64>,
    core: Vec<f64>,
    perfusion: Vec<f64>,
}

impl Columns {
    pub(super) fn of(response: &Response, side: usize) -> Self {
        Self {
            toe: response.temperature.iter().map(|t| t[side][0]).collect(),
            other: response.temperature.iter().map(|t| t[1 - side][0]).collect(),
            core: response.core.clone(),
            perfusion: response.perfusion_index.iter().map(|p| f64::from(p[side])).collect(),
        }
    }

    pub(super) fn record(&self, step_s: f64) -> Record<'_> {
        Record {
            step_min: step_s / 60.0,
            toe: &self.toe,
            other_toe: &self.other,
            core: &self.core,
            perfusion_index: &self.perfusion,
        }
    }
}

/// What the confirmation rules say of a record on one side (0 left, 1 right).
#[must_use]
pub fn judge_rules(response: &Response, side: usize) -> Vec<Rule> {
    rules::judge(&Columns::of(response, side).record(response.step_s), None)
}

/// Reduces a record to its milestones on one side (0 left, 1 right).
#[must_use]
pub fn milestones(response: &Response, side: usize) -> Milestones {
    let columns = Columns::of(response, side);
    let record = columns.record(response.step_s);
    let baseline_c = record.toe[0];
    let t_max_c = record.toe.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let rise = t_max_c - baseline_c;
    let part = |share: f64| (rise > SMALL_RISE_C).then(|| rules::first_rise(&record, share * rise)).flatten();
    Milestones {
        baseline_c,
        t_max_c,
        fastest_c_min: rules::fastest_warming(&record),
        rise_1c_min: rules::first_rise(&record, 1.0),
        t50_min: part(0.5),
        t95_min: part(0.95),
    }
}
