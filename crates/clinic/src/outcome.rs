//! Instruments and responder rules. Scores only, as entered: no item text, whose licences are not ours.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Instruments of follow-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Instrument {
    /// Numeric rating scale of pain, 0 to 10.
    Nrs,
    /// PROMIS pain interference, T-score.
    PromisPainInterference,
    /// PROMIS physical function, T-score.
    PromisPhysicalFunction,
    /// EQ-5D index.
    Eq5d,
    /// Brief pain inventory, 0 to 10.
    Bpi,
    /// Oswestry disability index, 0 to 100.
    Odi,
    /// CRPS severity score, 0 to 17.
    Css,
    /// Patient global impression of change, 1 to 7.
    Pgic,
}

impl Instrument {
    /// What it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Nrs => "pain, numeric rating scale",
            Self::PromisPainInterference => "PROMIS pain interference",
            Self::PromisPhysicalFunction => "PROMIS physical function",
            Self::Eq5d => "EQ-5D index",
            Self::Bpi => "brief pain inventory (BPI)",
            Self::Odi => "Oswestry disability index (ODI)",
            Self::Css => "CRPS severity score (CSS)",
            Self::Pgic => "patient global impression of change (PGIC)",
        }
    }

    /// Smallest and largest score.
    #[must_use]
    pub fn range(self) -> (f64, f64) {
        match self {
            Self::Nrs | Self::Bpi => (0.0, 10.0),
            Self::PromisPainInterference | Self::PromisPhysicalFunction => (10.0, 90.0),
            Self::Eq5d => (-1.0, 1.0),
            Self::Odi => (0.0, 100.0),
            Self::Css => (0.0, 17.0),
            Self::Pgic => (1.0, 7.0),
        }
    }

    /// True when a higher score is better.
    #[must_use]
    pub fn higher_is_better(self) -> bool {
        matches!(self, Self::Eq5d | Self::PromisPhysicalFunction)
    }

    /// Key of the figure for a change that matters, where there is one.
    #[must_use]
    pub fn important_change(self) -> Option<&'static str> {
        match self {
            Self::Nrs => Some("mcid.nrs.farrar_points"),
            Self::PromisPainInterference | Self::PromisPhysicalFunction => Some("mcid.promis"),
            Self::Eq5d => Some("mcid.eq5d"),
            Self::Bpi => Some("mcid.bpi"),
            Self::Odi => Some("mcid.odi"),
            Self::Css => Some("criteria.css.smallest_real_difference"),
            Self::Pgic => None,
        }
    }
}

/// How a person responded, by each rule in use. The rules answer different questions and are never merged.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Response {
    /// Fall in per cent of the score before.
    pub fall_percent: f64,
    /// Fall in points.
    pub fall_points: f64,
    /// At least 30 %: moderate (`mcid.nrs.moderate`).
    pub moderate: bool,
    /// At least 50 %: substantial (`mcid.nrs.substantial`).
    pub substantial: bool,
    /// At least 2 points (`mcid.nrs.farrar_points`).
    pub two_points: bool,
}

/// The response in pain from numeric ratings before and after; nothing when there was no pain to ease.
#[must_use]
pub fn pain_response(before: f64, after: f64) -> Option<Response> {
    let scale = 0.0..=10.0;
    if !scale.contains(&before) || !scale.contains(&after) || before == 0.0 {
        return None;
    }
    let fall_points = before - after;
    let fall_percent = 100.0 * fall_points / before;
    // Ratings have at most one decimal: the slack only absorbs the rounding of division.
    let reaches = |value: f64, key: &str| value >= rami_evidence::value(key) - 1e-9;
    Some(Response {
        fall_percent,
        fall_points,
        moderate: reaches(fall_percent, "mcid.nrs.moderate"),
        substantial: reaches(fall_percent, "mcid.nrs.substantial"),
        two_points: reaches(fall_points, "mcid.nrs.farrar_points"),
    })
}

/// Whether a change of score reaches what matters; nothing when no figure says what does, or a score is out of range.
#[must_use]
pub fn changed_importantly(instrument: Instrument, before: f64, after: f64) -> Option<bool> {
    let (low, high) = instrument.range();
    if [before, after].iter().any(|score| !(low..=high).contains(score)) {
        return None;
    }
    let gain = if instrument.higher_is_better() { after - before } else { before - after };
    Some(gain >= rami_evidence::value(instrument.important_change()?) - 1e-9)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_instrument_has_a_name_of_its_own() {
        use Instrument as I;
        let all = [
            I::Nrs,
            I::PromisPainInterference,
            I::PromisPhysicalFunction,
            I::Eq5d,
            I::Bpi,
            I::Odi,
            I::Css,
            I::Pgic,
        ];
        let names: std::collections::BTreeSet<_> = all.iter().map(|i| i.name()).collect();
        assert!(names.len() == 8 && names.iter().all(|name| name.len() > 8), "{names:?}");
    }

    #[test]
    fn each_rule_holds_at_its_boundary_and_not_below() {
        let response = pain_response(10.0, 7.0).unwrap();
        assert!(response.moderate && !response.substantial && response.two_points);
        assert!(!pain_response(10.0, 7.1).unwrap().moderate);
        assert!(pain_response(8.0, 4.0).unwrap().substantial);
        assert!(!pain_response(8.0, 4.1).unwrap().substantial);
        assert!(pain_response(3.0, 1.0).unwrap().two_points && !pain_response(3.0, 1.1).unwrap().two_points);
    }

    #[test]
    fn no_pain_before_gives_no_response_and_a_wrong_score_none() {
        assert!(pain_response(0.0, 0.0).is_none());
        assert!(pain_response(11.0, 2.0).is_none() && pain_response(5.0, -1.0).is_none());
    }

    #[test]
    fn the_direction_of_the_instrument_counts() {
        assert_eq!(changed_importantly(Instrument::Odi, 50.0, 40.0), Some(true));
        assert_eq!(changed_importantly(Instrument::Odi, 50.0, 40.5), Some(false));
        assert_eq!(changed_importantly(Instrument::Eq5d, 0.50, 0.58), Some(true));
        assert_eq!(changed_importantly(Instrument::Eq5d, 0.58, 0.50), Some(false));
        assert_eq!(changed_importantly(Instrument::PromisPhysicalFunction, 40.0, 43.0), Some(true));
        assert_eq!(changed_importantly(Instrument::PromisPainInterference, 60.0, 57.0), Some(true));
        assert_eq!(changed_importantly(Instrument::Css, 10.0, 5.2), Some(false));
        assert_eq!(changed_importantly(Instrument::Css, 10.0, 5.1), Some(true));
        assert_eq!(changed_importantly(Instrument::Bpi, 5.0, 4.0), Some(true));
        assert_eq!(changed_importantly(Instrument::Nrs, 5.0, 3.0), Some(true));
        assert_eq!(changed_importantly(Instrument::Pgic, 5.0, 3.0), None);
        assert_eq!(changed_importantly(Instrument::Nrs, 15.0, 3.0), None);
    }
}
