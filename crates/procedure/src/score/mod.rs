//! The score of a session: a fold over its lines. Every point says what it is for, how much of it was earned, and at which
//! moment. Points are a teaching aid with weights that are judged, not validated; the measures beside them are facts of
//! the session.

mod contrast;
pub mod cusum;
mod fluid;
mod handling;
mod measures;
mod needle;
pub mod perk;

pub use measures::{measures, trace};

use crate::complication::Complication;
use crate::event::Event;
use crate::session::{DISCLAIMER, Session};
use crate::state::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Name and version of the document.
pub const SCHEMA: &str = "rami.score/1";

/// A score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Score {
    /// `rami.score/1`.
    pub schema: String,
    /// Share of the points that could be earned, 0 to 100.
    pub percent: f64,
    /// Whether nothing happened that fails a block whatever the points: the reasons are in `failures`.
    pub passed: bool,
    /// What fails it.
    pub failures: Vec<String>,
    /// Line by line.
    pub points: Vec<Point>,
    /// Measures, with units in their names; null where there is nothing to measure.
    pub measures: BTreeMap<String, Option<f64>>,
    /// What went wrong, and what was done about it.
    pub complications: Vec<Handling>,
    /// The same measures of the reference run, where one was made.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reference: BTreeMap<String, Option<f64>>,
    /// Seed of the session.
    pub seed: u64,
    /// Who operated.
    pub operator: String,
    /// What it is not.
    pub disclaimer: String,
}

/// A line of the score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Point {
    /// What for, as a name.
    pub id: String,
    /// Earned.
    pub earned: f64,
    /// Possible.
    pub possible: f64,
    /// Moment that decided it, s on the block's clock.
    pub at_s: Option<f64>,
    /// Why.
    pub why: String,
}

/// A complication and how it was handled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Handling {
    /// Which.
    pub complication: Complication,
    /// When it began.
    pub began_s: f64,
    /// First sign.
    pub first_sign_s: Option<f64>,
    /// Named by the operator.
    pub recognised_s: Option<f64>,
    /// Dealt with.
    pub handled_s: Option<f64>,
    /// Not dealt with in time.
    pub missed: bool,
    /// What of the response was left out.
    pub left_out: Vec<String>,
}

struct Sheet {
    points: Vec<Point>,
}

impl Sheet {
    fn add(&mut self, id: &str, share: f64, possible: f64, at_s: Option<f64>, why: impl Into<String>) {
        let earned = possible * share.clamp(0.0, 1.0);
        self.points.push(Point { id: id.to_owned(), earned, possible, at_s, why: why.into() });
    }
}

/// Scores a session with the state it ended in.
#[must_use]
pub fn score(session: &Session, end: &State) -> Score {
    let mut sheet = Sheet { points: Vec::new() };
    let mut failures = Vec::new();
    let measures = measures(session, end);
    needle::before(session, end, &mut sheet);
    needle::guidance(session, end, &measures, &mut sheet);
    fluid::injection(session, end, &measures, &mut sheet, &mut failures);
    fluid::outcome(session, end, &mut sheet);
    let complications = handling::complications(end, &mut sheet, &mut failures);
    if end.needle.is_some() {
        failures.push("the needle is still in the back".to_owned());
    }
    let idle = end.last_injection_s().is_none() && end.active.iter().all(|active| active.shown == 0);
    if idle && end.time_out.as_ref().is_none_or(|held| held.mismatch.is_none()) && end.consent != Some(false)
    {
        failures.push("no block was done, and nothing stood against one".to_owned());
    }
    // What was never done, and what is a sum, was decided when the block ended.
    for point in &mut sheet.points {
        point.at_s.get_or_insert(end.clock_s);
    }
    let possible: f64 = sheet.points.iter().map(|point| point.possible).sum();
    let earned: f64 = sheet.points.iter().map(|point| point.earned).sum();
    Score {
        schema: SCHEMA.to_owned(),
        percent: if possible > 0.0 { 100.0 * earned / possible } else { 0.0 },
        passed: failures.is_empty(),
        failures,
        points: sheet.points,
        measures,
        complications,
        reference: BTreeMap::new(),
        seed: session.header.setup.seed,
        operator: session.header.operator.clone(),
        disclaimer: DISCLAIMER.to_owned(),
    }
}

fn first(session: &Session, is: impl Fn(&Event) -> bool) -> Option<f64> {
    session.events().find(|(_, event)| is(event)).map(|(t, _)| t)
}

impl Score {
    /// Puts the measures of the reference run beside, with the distance of the two ways of the tip.
    pub fn compare(&mut self, session: &Session, reference: &Session, reference_end: &State) {
        self.reference = measures(reference, reference_end);
        let (own, other) = (trace(session), trace(reference));
        self.measures.insert("hausdorff_from_reference_mm".to_owned(), perk::hausdorff_mm(&own, &other));
        self.measures.insert("frechet_from_reference_mm".to_owned(), perk::frechet_mm(&own, &other));
    }
}
