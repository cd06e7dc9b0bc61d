//! Before, during and after: checklist, somatic check, discharge and diary as data (`data/course.toml`).

use crate::data;
use crate::outcome::{Response, pain_response};
use rami_units::Minutes;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::OnceLock;

/// When a step is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Before the skin is cleaned.
    SignIn,
    /// Just before the needle.
    TimeOut,
    /// With the needle in.
    Needle,
}

/// A step of the procedure checklist.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its name.
    pub id: String,
    /// When.
    pub phase: Phase,
    /// What must be so.
    pub text: String,
    /// Key of the figure for how many minutes it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<String>,
}

/// A check with a name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// Its name.
    pub id: String,
    /// What must be so.
    pub text: String,
}

/// When the diary is filled in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DiaryPlan {
    /// First entry, minutes after the block.
    pub first_min: u32,
    /// Hourly until this hour.
    pub hourly_to_h: u32,
    /// Daily until this day.
    pub daily_to_d: u32,
    /// Why so often.
    pub why: String,
    /// Figures behind that.
    pub evidence: Vec<String>,
}

/// The course of a block.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Course {
    /// The procedure checklist, in order.
    #[serde(rename = "step")]
    pub steps: Vec<Step>,
    /// The somatic check.
    pub somatic: Vec<Check>,
    /// Discharge criteria: all must hold.
    pub discharge: Vec<Check>,
    /// The diary.
    pub diary: DiaryPlan,
}

/// The course, as data.
#[must_use]
pub fn course() -> &'static Course {
    static COURSE: OnceLock<Course> = OnceLock::new();
    COURSE.get_or_init(|| data::compiled_in("course.toml", include_str!("../data/course.toml")))
}

impl DiaryPlan {
    /// Times of the entries after the block: 30 min, hourly to 8 h, then daily.
    #[must_use]
    pub fn times(&self) -> Vec<Minutes> {
        let first = std::iter::once(self.first_min);
        let hourly = (1..=self.hourly_to_h).map(|hour| hour * 60);
        let daily = (1..=self.daily_to_d).map(|day| day * 24 * 60);
        first.chain(hourly).chain(daily).map(|minutes| Minutes::literal(f64::from(minutes))).collect()
    }
}

/// What the somatic check found. Nothing recorded is not the same as normal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SomaticCheck {
    /// The groin is numb.
    pub groin_numb: Option<bool>,
    /// The thigh is numb.
    pub thigh_numb: Option<bool>,
    /// The quadriceps is weak.
    pub quadriceps_weak: Option<bool>,
}

/// What a diagnostic block says.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "result")]
pub enum DiagnosticResult {
    /// A somatic nerve was blocked too: relief says nothing about sympathetic nerves.
    Void {
        /// What was blocked.
        blocked: Vec<String>,
    },
    /// The somatic check is missing or not complete: pain is not to be scored yet.
    NotYet {
        /// What to check.
        check: Vec<String>,
    },
    /// The response in pain. Saline at its peak does as well: read its duration in the diary.
    Read {
        /// By each rule; nothing when there was no pain before.
        response: Option<Response>,
    },
}

impl SomaticCheck {
    fn items(self) -> [(&'static str, Option<bool>); 3] {
        [("groin", self.groin_numb), ("thigh", self.thigh_numb), ("quadriceps", self.quadriceps_weak)]
    }

    /// True when the person may stand: everything was checked and nothing is blocked.
    #[must_use]
    pub fn may_stand(self) -> bool {
        self.items().iter().all(|(_, blocked)| *blocked == Some(false))
    }
}

/// Reads a diagnostic block: the somatic check comes before the score.
#[must_use]
pub fn diagnostic_result(check: SomaticCheck, pain_before: f64, pain_after: f64) -> DiagnosticResult {
    let named = |wanted: Option<bool>| -> Vec<String> {
        check
            .items()
            .iter()
            .filter(|(_, blocked)| *blocked == wanted)
            .map(|(name, _)| (*name).into())
            .collect()
    };
    let blocked = named(Some(true));
    if !blocked.is_empty() {
        return DiagnosticResult::Void { blocked };
    }
    let unchecked = named(None);
    if !unchecked.is_empty() {
        return DiagnosticResult::NotYet { check: unchecked };
    }
    DiagnosticResult::Read { response: pain_response(pain_before, pain_after) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FREE: SomaticCheck =
        SomaticCheck { groin_numb: Some(false), thigh_numb: Some(false), quadriceps_weak: Some(false) };

    #[test]
    fn the_checklist_loads_with_its_phases_in_order() {
        let steps = &course().steps;
        assert!(steps.is_sorted_by_key(|step| step.phase));
        for id in [
            "consent",
            "side_and_level",
            "time_out",
            "lipid_and_airway",
            "asepsis",
            "temperature_probes",
            "acclimatisation",
        ] {
            assert!(steps.iter().any(|step| step.id == id), "{id}");
        }
        let minutes = steps.iter().find_map(|step| step.minutes.as_deref()).unwrap();
        assert_eq!(rami_evidence::value(minutes), 20.0);
        assert!(course().diary.evidence.iter().all(|key| rami_evidence::find(key).is_ok()));
    }

    #[test]
    fn the_diary_runs_at_half_an_hour_then_hourly_to_eight_then_daily() {
        let times: Vec<f64> = course().diary.times().iter().map(|t| t.get()).collect();
        assert_eq!(times[..3], [30.0, 60.0, 120.0]);
        assert_eq!(times[8], 480.0);
        assert_eq!(times[9], 1440.0);
        assert_eq!(times.len(), 1 + 8 + 14);
        assert!(times.is_sorted());
    }

    #[test]
    fn a_numb_groin_voids_a_diagnostic_result_however_good() {
        let check = SomaticCheck { groin_numb: Some(true), ..FREE };
        assert_eq!(
            diagnostic_result(check, 8.0, 0.0),
            DiagnosticResult::Void { blocked: vec!["groin".into()] }
        );
        assert!(!check.may_stand());
    }

    #[test]
    fn pain_is_not_scored_before_the_check_is_whole() {
        let check = SomaticCheck { quadriceps_weak: None, ..FREE };
        assert_eq!(
            diagnostic_result(check, 8.0, 0.0),
            DiagnosticResult::NotYet { check: vec!["quadriceps".into()] }
        );
        assert!(!check.may_stand() && FREE.may_stand());
        let DiagnosticResult::Read { response } = diagnostic_result(FREE, 8.0, 4.0) else {
            panic!("it can be read")
        };
        assert!(response.unwrap().substantial);
    }
}
