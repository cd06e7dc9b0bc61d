//! How well a rule of diagnosis tells people with a condition from people without it.
//!
//! LR+ = sensitivity / (1 − specificity); LR− = (1 − sensitivity) / specificity; odds after = odds before × LR.
//! Two incompatible sets circulate for the Budapest rules: the validation of 2010, used here, and the derivation of
//! 1999/2007, printed beside it and never mixed with it. Limit: in the validation everyone had pain of a limb and 113 of
//! 160 had CRPS, so that predictive values hold for a pain clinic and not for other places.

use crate::evidence::{Cited, cite};
use schemars::JsonSchema;
use serde::Serialize;

/// Rules whose accuracy was studied, with the stems of their evidence keys.
pub(super) const RULES: [(&str, &str); 5] = [
    ("Budapest clinical rule, validation of 2010", "criteria.budapest_clinical"),
    ("Budapest research rule, validation of 2010", "criteria.budapest_research"),
    ("the IASP criteria of 1994, same validation", "criteria.iasp_1994"),
    ("the clinical rule in its derivation of 1999/2007, another set", "criteria.derivation_clinical"),
    ("the research rule in its derivation of 1999/2007, another set", "criteria.derivation_research"),
];

/// Sensitivity and specificity of a rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TestAccuracy {
    /// Share of people with the condition whom the rule finds.
    pub sensitivity: f64,
    /// Share of people without it whom the rule leaves out.
    pub specificity: f64,
}

impl TestAccuracy {
    /// How many times the odds rise when the rule is met; infinite when specificity is 1.
    #[must_use]
    pub fn likelihood_ratio_positive(self) -> f64 {
        self.sensitivity / (1.0 - self.specificity)
    }

    /// How many times the odds fall when it is not met.
    #[must_use]
    pub fn likelihood_ratio_negative(self) -> f64 {
        (1.0 - self.sensitivity) / self.specificity
    }

    /// Share with the condition among those who meet the rule, where `prevalence` have it beforehand.
    #[must_use]
    pub fn positive_predictive_value(self, prevalence: f64) -> f64 {
        let found = self.sensitivity * prevalence;
        found / (found + (1.0 - self.specificity) * (1.0 - prevalence))
    }

    /// Share without the condition among those who do not meet the rule.
    #[must_use]
    pub fn negative_predictive_value(self, prevalence: f64) -> f64 {
        let left_out = self.specificity * (1.0 - prevalence);
        left_out / (left_out + (1.0 - self.sensitivity) * prevalence)
    }
}

/// Accuracy by the stem of its evidence keys, for example `criteria.budapest_clinical`.
#[must_use]
pub fn accuracy(stem: &str) -> TestAccuracy {
    TestAccuracy {
        sensitivity: rami_evidence::value(&format!("{stem}.sensitivity")),
        specificity: rami_evidence::value(&format!("{stem}.specificity")),
    }
}

/// The accuracy of one rule, as an assessment carries it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct RuleAccuracy {
    /// Which rule, from which study.
    pub rule: String,
    /// Share of people with the condition whom the rule finds.
    pub sensitivity: f64,
    /// Share of people without it whom the rule leaves out.
    pub specificity: f64,
    /// How many times the odds rise when the rule is met.
    pub likelihood_ratio_positive: f64,
    /// How many times the odds fall when it is not met.
    pub likelihood_ratio_negative: f64,
    /// The two figures.
    pub evidence: Vec<Cited>,
}

impl RuleAccuracy {
    pub(super) fn new(rule: &str, stem: &str) -> Self {
        let figures = accuracy(stem);
        Self {
            rule: rule.into(),
            sensitivity: figures.sensitivity,
            specificity: figures.specificity,
            likelihood_ratio_positive: figures.likelihood_ratio_positive(),
            likelihood_ratio_negative: figures.likelihood_ratio_negative(),
            evidence: ["sensitivity", "specificity"].iter().map(|m| cite(&format!("{stem}.{m}"))).collect(),
        }
    }

    /// True when one of its figures has not been verified.
    #[must_use]
    pub fn is_unverified(&self) -> bool {
        self.evidence.iter().any(|figure| figure.unverified)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_validation_study_counts_112_of_113_found_and_32_of_47_left_out() {
        let accuracy = accuracy("criteria.budapest_clinical");
        assert_eq!((accuracy.sensitivity * 113.0).round(), 112.0);
        assert_eq!((accuracy.specificity * 47.0).round(), 32.0);
    }

    #[test]
    fn likelihood_ratios_and_predictive_values_follow_from_sensitivity_and_specificity() {
        let clinical = accuracy("criteria.budapest_clinical");
        // By hand: .99/.32 = 3.09375; .01/.68 = .0147059; at the study's prevalence 113/160.
        assert!((clinical.likelihood_ratio_positive() - 3.093_75).abs() < 1e-12);
        assert!((clinical.likelihood_ratio_negative() - 0.01 / 0.68).abs() < 1e-12);
        let prevalence = 113.0 / 160.0;
        let (found, false_alarms) = (0.99 * 113.0, 0.32 * 47.0);
        assert!(
            (clinical.positive_predictive_value(prevalence) - found / (found + false_alarms)).abs() < 1e-12
        );
        let (left_out, missed) = (0.68 * 47.0, 0.01 * 113.0);
        assert!(
            (clinical.negative_predictive_value(prevalence) - left_out / (left_out + missed)).abs() < 1e-12
        );
    }

    #[test]
    fn the_sets_of_the_validation_and_of_the_derivation_are_kept_apart() {
        let (validation, derivation) =
            (accuracy("criteria.budapest_clinical"), accuracy("criteria.derivation_clinical"));
        assert_eq!((validation.sensitivity, validation.specificity), (0.99, 0.68));
        assert_eq!((derivation.sensitivity, derivation.specificity), (0.85, 0.69));
    }
}
