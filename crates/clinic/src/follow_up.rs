//! After the block: the somatic check, going home, the diary and the scores of follow-up, read by the rules in use.
//!
//! Nothing is assumed: what is not recorded is named. Relief at its peak did not tell anaesthetic from saline, its duration
//! did (`efficacy.*.duration`), so that duration is what a diary is read for: from the first entry that reaches a rule to
//! the first after it that does not, or at least until the last entry.

use crate::course::{DiagnosticResult, SomaticCheck, course, diagnostic_result};
use crate::data;
use crate::evidence::{Cited, cite_all};
use crate::outcome::{Instrument, Response, changed_importantly, pain_response};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Name and version of the record.
pub const FOLLOW_UP_SCHEMA: &str = "rami.follow_up/1";
/// Name and version of what is read from it.
pub const FOLLOW_UP_REPORT_SCHEMA: &str = "rami.follow_up_report/1";

/// A follow-up that cannot be read, or cannot be true.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("follow-up field {field}: {reason}")]
pub struct FollowUpError {
    /// Path of the field.
    pub field: String,
    /// What is wrong with it.
    pub reason: String,
}

/// What was recorded after a block.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FollowUp {
    /// `rami.follow_up/1`.
    pub schema: String,
    /// Pain before the block, 0 to 10.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pain_before: Option<f64>,
    /// The somatic check, before pain is scored and before standing.
    #[serde(default)]
    pub somatic: SomaticCheck,
    /// Discharge criteria by name; one that is left out has not been looked at.
    #[serde(default)]
    pub discharge: BTreeMap<String, bool>,
    /// The diary.
    #[serde(default, rename = "diary", skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<DiaryEntry>,
    /// Scores of instruments before and after; no item text is kept.
    #[serde(default, rename = "score", skip_serializing_if = "Vec::is_empty")]
    pub scores: Vec<ScorePair>,
}

/// An entry of the diary.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DiaryEntry {
    /// Minutes after the block.
    pub at_min: f64,
    /// Pain, 0 to 10.
    pub pain: f64,
}

/// A score before and after.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScorePair {
    /// Which instrument.
    pub instrument: Instrument,
    /// Before the block. An impression of change has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<f64>,
    /// After it.
    pub after: f64,
}

/// What a follow-up says.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct FollowUpReport {
    /// `rami.follow_up_report/1`.
    pub schema: String,
    /// True when everything that could be numb or weak was checked and is not.
    pub may_stand: bool,
    /// True when all discharge criteria are recorded as met.
    pub may_go_home: bool,
    /// Discharge criteria that are not met, or not recorded, in words.
    pub before_going_home: Vec<String>,
    /// What a diagnostic block says, from the first entry of the diary; nothing without pain before or an entry.
    pub diagnostic: Option<DiagnosticResult>,
    /// How long relief lasted, by each rule.
    pub relief: Vec<Relief>,
    /// Entries of the diary that are due and missing, minutes after the block.
    pub missing_entries_min: Vec<f64>,
    /// What the scores say.
    pub scores: Vec<ScoreChange>,
    /// Figures of the rules.
    pub evidence: Vec<Cited>,
}

/// How long relief lasted by one rule.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Relief {
    /// The rule.
    pub rule: String,
    /// First entry that reached it, minutes after the block; nothing when none did.
    pub from_min: Option<f64>,
    /// How long it held, minutes; at least this when it still held at the last entry.
    pub lasted_min: Option<f64>,
    /// True when it still held at the last entry.
    pub still_there: bool,
}

/// What a score says.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ScoreChange {
    /// Which instrument.
    pub instrument: Instrument,
    /// Before.
    pub before: Option<f64>,
    /// After.
    pub after: f64,
    /// Whether the change for the better reaches what matters; nothing where no figure says what does.
    pub important: Option<bool>,
}

impl FollowUp {
    /// Reads a record.
    ///
    /// # Errors
    /// [`FollowUpError`] naming the field.
    pub fn from_toml(text: &str) -> Result<Self, FollowUpError> {
        let wrong = |field: &str, reason: String| FollowUpError { field: field.into(), reason };
        let document = toml::Deserializer::parse(text)
            .map_err(|error| wrong("(document)", error.to_string().trim_end().to_owned()))?;
        let record: Self = serde_path_to_error::deserialize(document)
            .map_err(|error| wrong(&error.path().to_string(), data::for_people(error.inner().message())))?;
        if record.schema != FOLLOW_UP_SCHEMA {
            return Err(wrong("schema", format!("is {:?}, not {FOLLOW_UP_SCHEMA:?}", record.schema)));
        }
        let within = |field: &str, value: f64, (low, high): (f64, f64)| {
            if (low..=high).contains(&value) {
                return Ok(());
            }
            Err(wrong(field, format!("{value} is outside {low} to {high}")))
        };
        if let Some(pain) = record.pain_before {
            within("pain_before", pain, (0.0, 10.0))?;
        }
        for (i, entry) in record.entries.iter().enumerate() {
            within(&format!("diary[{i}].pain"), entry.pain, (0.0, 10.0))?;
            within(&format!("diary[{i}].at_min"), entry.at_min, (0.0, 600_000.0))?;
        }
        if let Some(i) = record.entries.windows(2).position(|pair| pair[1].at_min <= pair[0].at_min) {
            let field = format!("diary[{}].at_min", i + 1);
            return Err(wrong(&field, "is not after the entry before it".into()));
        }
        for (i, score) in record.scores.iter().enumerate() {
            let range = score.instrument.range();
            within(&format!("score[{i}].after"), score.after, range)?;
            if let Some(before) = score.before {
                within(&format!("score[{i}].before"), before, range)?;
            }
        }
        let known: Vec<&str> = course().discharge.iter().map(|check| check.id.as_str()).collect();
        if let Some(unknown) = record.discharge.keys().find(|name| !known.contains(&name.as_str())) {
            let reason = format!("is no discharge criterion; they are {}", known.join(", "));
            return Err(wrong(&format!("discharge.{unknown}"), reason));
        }
        Ok(record)
    }

    /// Reads the record by the rules in use.
    #[must_use]
    pub fn report(&self) -> FollowUpReport {
        let before_going_home: Vec<String> = course()
            .discharge
            .iter()
            .filter_map(|check| match self.discharge.get(&check.id) {
                Some(true) => None,
                Some(false) => Some(format!("not met: {}", check.text)),
                None => Some(format!("not recorded: {}", check.text)),
            })
            .collect();
        let diagnostic = self
            .pain_before
            .zip(self.entries.first())
            .map(|(before, first)| diagnostic_result(self.somatic, before, first.pain));
        let scores = self
            .scores
            .iter()
            .map(|&ScorePair { instrument, before, after }| {
                let important = before.and_then(|before| changed_importantly(instrument, before, after));
                ScoreChange { instrument, before, after, important }
            })
            .collect();
        let keys = [
            "mcid.nrs.moderate",
            "mcid.nrs.substantial",
            "mcid.nrs.farrar_points",
            "efficacy.anaesthetic.peak_relief",
            "efficacy.saline.peak_relief",
            "efficacy.anaesthetic.duration",
            "efficacy.saline.duration",
        ];
        let of_scores = self.scores.iter().filter_map(|score| score.instrument.important_change());
        let mut evidence = cite_all(&keys.into_iter().chain(of_scores).collect::<Vec<_>>());
        evidence.sort();
        evidence.dedup();
        FollowUpReport {
            schema: FOLLOW_UP_REPORT_SCHEMA.into(),
            may_stand: self.somatic.may_stand(),
            may_go_home: before_going_home.is_empty(),
            before_going_home,
            diagnostic,
            relief: self.relief(),
            missing_entries_min: self.missing(),
            scores,
            evidence,
        }
    }

    fn relief(&self) -> Vec<Relief> {
        type Rule = (&'static str, fn(&Response) -> bool);
        let rules: [Rule; 3] = [
            ("at least 30 % less pain", |response| response.moderate),
            ("at least 50 % less pain", |response| response.substantial),
            ("at least 2 points less pain", |response| response.two_points),
        ];
        let Some(before) = self.pain_before else { return Vec::new() };
        let held = |rule: fn(&Response) -> bool, entry: &DiaryEntry| {
            pain_response(before, entry.pain).is_some_and(|response| rule(&response))
        };
        rules
            .into_iter()
            .map(|(name, rule)| {
                let first = self.entries.iter().position(|entry| held(rule, entry));
                let after = first.map(|first| &self.entries[first..]).unwrap_or_default();
                let end = after.iter().find(|entry| !held(rule, entry));
                let from_min = after.first().map(|entry| entry.at_min);
                let until = end.or(after.last()).map(|entry| entry.at_min);
                Relief {
                    rule: name.into(),
                    from_min,
                    lasted_min: from_min.zip(until).map(|(from, until)| until - from),
                    still_there: from_min.is_some() && end.is_none(),
                }
            })
            .collect()
    }

    /// Entries due before the last one that nobody made. An entry counts for the time due that is nearest to it.
    fn missing(&self) -> Vec<f64> {
        let due: Vec<f64> = course().diary.times().iter().map(|time| time.get()).collect();
        let Some(last) = self.entries.last() else { return due };
        let nearest = |at: f64| due.iter().copied().min_by(|a, b| (a - at).abs().total_cmp(&(b - at).abs()));
        let made: Vec<f64> = self.entries.iter().filter_map(|entry| nearest(entry.at_min)).collect();
        due.iter().copied().filter(|time| *time <= last.at_min && !made.contains(time)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: &str = include_str!("../charts/follow_up.toml");

    fn read(text: &str) -> FollowUp {
        FollowUp::from_toml(text).unwrap()
    }

    #[test]
    fn the_worked_example_is_read_by_every_rule() {
        let report = read(RECORD).report();
        assert!(report.may_stand && report.may_go_home, "{:?}", report.before_going_home);
        let lasted = |i: usize| {
            let relief = &report.relief[i];
            (relief.from_min, relief.lasted_min, relief.still_there)
        };
        // 7 before: 30 % is 4.9 or less, 50 % is 3.5 or less, two points is 5 or less.
        assert_eq!(lasted(0), (Some(30.0), Some(2850.0), false));
        assert_eq!(lasted(1), (Some(30.0), Some(390.0), false));
        assert_eq!(lasted(2), (Some(30.0), Some(4290.0), true));
        assert!(
            matches!(&report.diagnostic, Some(DiagnosticResult::Read { response: Some(r) }) if r.substantial)
        );
        let important: Vec<Option<bool>> = report.scores.iter().map(|score| score.important).collect();
        assert_eq!(important, [Some(true), Some(false), None]);
        assert!(report.missing_entries_min.is_empty());
    }

    #[test]
    fn a_numb_thigh_voids_the_result_and_keeps_the_person_lying() {
        let report = read(&RECORD.replace("thigh_numb = false", "thigh_numb = true")).report();
        assert!(matches!(report.diagnostic, Some(DiagnosticResult::Void { .. })) && !report.may_stand);
    }

    #[test]
    fn what_is_not_recorded_is_named_and_never_assumed() {
        let report = read("schema = \"rami.follow_up/1\"").report();
        assert!(!report.may_stand && !report.may_go_home && report.diagnostic.is_none());
        assert_eq!(report.before_going_home.len(), course().discharge.len());
        assert!(report.relief.is_empty());
        assert_eq!(report.missing_entries_min.len(), 23);
        let gap = read(&RECORD.replace("[[diary]]\nat_min = 120\npain = 2\n", "")).report();
        assert_eq!(gap.missing_entries_min, [120.0]);
        // An entry counts for the time that is nearest, before or after it.
        for at in ["117", "126"] {
            let about = read(&RECORD.replace("at_min = 120", &format!("at_min = {at}"))).report();
            assert!(about.missing_entries_min.is_empty(), "{at}: {:?}", about.missing_entries_min);
        }
        let home = read(&RECORD.replace("driver = true", "driver = false")).report();
        assert!(!home.may_go_home && home.before_going_home[0].starts_with("not met: Someone takes"));
    }

    #[test]
    fn what_cannot_be_true_is_refused_by_field() {
        for (from, to, says) in [
            ("pain_before = 7", "pain_before = 70", "pain_before"),
            ("at_min = 120", "at_min = 20", "diary[2].at_min"),
            ("pain = 2", "pain = -1", "diary[0].pain"),
            ("driver = true", "diver = true", "discharge.diver"),
            ("before = 66", "before = 666", "score[0].before"),
            ("follow_up/1", "follow_up/7", "schema"),
        ] {
            let error = FollowUp::from_toml(&RECORD.replacen(from, to, 1)).unwrap_err();
            assert_eq!(error.field, says, "{error}");
        }
    }
}
