//! The table of complications, as data.

use super::Complication;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::OnceLock;

/// A complication as the table has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Which.
    pub id: Complication,
    /// What people call it.
    pub name: String,
    /// What can be noticed, in order; the time of each is after the one before.
    #[serde(default, rename = "stage")]
    pub stages: Vec<Stage>,
    /// What must be done, all of it; each by its name.
    #[serde(default)]
    pub response: Vec<String>,
    /// Whether contrast shows it before the person feels it: what is done before the first sign counts then.
    #[serde(default)]
    pub foreseen: bool,
    /// Pairs of which the first is done before the second.
    #[serde(default)]
    pub order: Vec<[String; 2]>,
    /// Minutes to watch after it was dealt with, before anyone goes home.
    #[serde(default)]
    pub observe_min: f64,
    /// What helps besides.
    #[serde(default)]
    pub helps: Vec<String>,
    /// What harms.
    #[serde(default)]
    pub harms: Vec<String>,
    /// Time from the first sign within which the response must be complete, s.
    pub in_time_s: f64,
    /// What comes of missing it.
    pub consequence: String,
    /// Keys of figures and why the times are what they are.
    pub source: String,
}

/// A sign that one can notice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// Seconds after the stage before (toxicity has its times from the plasma model instead).
    pub after_s: f64,
    /// What is seen, said or measured.
    pub sign: String,
    /// Change of mean arterial pressure, mmHg.
    #[serde(default)]
    pub pressure_mmhg: f64,
    /// Change of heart rate, per minute.
    #[serde(default)]
    pub heart_rate: f64,
    /// Change of oxygen saturation, per cent.
    #[serde(default)]
    pub spo2: f64,
    /// Whether the person answers no more.
    #[serde(default)]
    pub unconscious: bool,
}

/// How much of a remedy is right, in the unit of its name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DoseRange {
    /// Which remedy.
    pub remedy: String,
    /// Less does nothing.
    pub least: f64,
    /// More harms.
    pub most: f64,
    /// Unit in words.
    pub unit: String,
    /// Where the range is from.
    pub source: String,
}

#[derive(Deserialize)]
struct Table {
    complication: Vec<Entry>,
    #[serde(default)]
    dose: Vec<DoseRange>,
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    // A test reads the table, so that a mistake in it cannot reach anyone.
    TABLE.get_or_init(|| {
        toml::from_str::<Table>(include_str!("../../data/complications.toml"))
            .unwrap_or_else(|_| Table { complication: Vec::new(), dose: Vec::new() })
    })
}

/// All complications.
#[must_use]
pub fn catalogue() -> &'static [Entry] {
    &table().complication
}

/// The range of a remedy's dose, where the table has one.
#[must_use]
pub fn dose_range(remedy: &str) -> Option<&'static DoseRange> {
    table().dose.iter().find(|range| range.remedy == remedy)
}

/// One of them.
#[must_use]
pub fn entry(which: Complication) -> Option<&'static Entry> {
    catalogue().iter().find(|entry| entry.id == which)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_table_reads_and_holds_every_complication_with_signs_response_and_consequence() {
        let table: Table = toml::from_str(include_str!("../../data/complications.toml")).unwrap();
        let ids: BTreeSet<Complication> = table.complication.iter().map(|entry| entry.id).collect();
        assert_eq!(ids.len(), 18, "every complication, once");
        assert_eq!(table.complication.len(), 18);
        for entry in &table.complication {
            assert!(!entry.stages.is_empty(), "{} has no sign", entry.name);
            assert!(!entry.response.is_empty(), "{} has no response", entry.name);
            assert!(!entry.consequence.is_empty() && entry.in_time_s > 0.0);
            let harms: BTreeSet<_> = entry.harms.iter().collect();
            assert!(entry.response.iter().all(|remedy| !harms.contains(remedy)));
            for remedy in entry.order.iter().flatten() {
                assert!(entry.response.contains(remedy), "{}: {remedy} has a place in no order", entry.name);
            }
        }
        assert!(table.dose.iter().all(|range| 0.0 < range.least && range.least < range.most));
    }
}
