//! Learning curves: the cumulative sum of successes and failures against stated limits.
//!
//! ```text
//! P = ln(p1/p0),  Q = ln((1−p0)/(1−p1)),  s = Q/(P+Q)
//! S_0 = 0;  S_n = S_(n−1) + (failure ? 1 − s : −s)
//! boundaries  h = ln((1−α)/β)/(P+Q) apart
//! ```
//!
//! A fall by h says that failures are no more than p0; a rise by h that they are at least p1 (de Oliveira Filho 2002 uses
//! it for anaesthetic procedures). p0, p1, α, β are stated limits, not findings.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What counts as good and bad, and how sure to be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Limits {
    /// Acceptable share of failures.
    pub acceptable: f64,
    /// Unacceptable share of failures.
    pub unacceptable: f64,
    /// Probability of calling good bad.
    pub alpha: f64,
    /// Probability of calling bad good.
    pub beta: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { acceptable: 0.1, unacceptable: 0.25, alpha: 0.1, beta: 0.1 }
    }
}

/// A learning curve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Curve {
    /// Limits.
    pub limits: Limits,
    /// Distance of the boundaries.
    pub h: f64,
    /// The sum after each session.
    pub sum: Vec<f64>,
    /// Session (from 1) at which it had fallen by h from its highest: proficient.
    pub proficient_at: Option<usize>,
    /// Session at which it had risen by h from its lowest.
    pub unacceptable_at: Option<usize>,
}

/// The curve of a row of sessions: true is a success.
#[must_use]
pub fn cusum(successes: &[bool], limits: Limits) -> Curve {
    let p = (limits.unacceptable / limits.acceptable).ln();
    let q = ((1.0 - limits.acceptable) / (1.0 - limits.unacceptable)).ln();
    let s = q / (p + q);
    let h = ((1.0 - limits.alpha) / limits.beta).ln() / (p + q);
    let (mut value, mut highest, mut lowest) = (0.0f64, 0.0f64, 0.0f64);
    let mut curve = Curve { limits, h, sum: Vec::new(), proficient_at: None, unacceptable_at: None };
    for (index, success) in successes.iter().enumerate() {
        value += if *success { -s } else { 1.0 - s };
        highest = highest.max(value);
        lowest = lowest.min(value);
        curve.sum.push(value);
        if highest - value >= h {
            curve.proficient_at.get_or_insert(index + 1);
        }
        if value - lowest >= h {
            curve.unacceptable_at.get_or_insert(index + 1);
        }
    }
    curve
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_of_a_known_row_is_what_the_formulas_give() {
        let limits = Limits { acceptable: 0.1, unacceptable: 0.2, alpha: 0.1, beta: 0.1 };
        // P = ln 2 = .6931, Q = ln(.9/.8) = .1178, s = .1452, h = ln 9 / .8109 = 2.710.
        let curve = cusum(&[true, false, true], limits);
        assert!((curve.h - 2.7095).abs() < 1e-3);
        for (sum, wanted) in curve.sum.iter().zip([-0.1452, 0.7095, 0.5643]) {
            assert!((sum - wanted).abs() < 1e-3, "{sum} {wanted}");
        }
    }

    #[test]
    fn nineteen_successes_show_proficiency_and_four_failures_in_a_row_the_opposite() {
        let limits = Limits { acceptable: 0.1, unacceptable: 0.2, alpha: 0.1, beta: 0.1 };
        assert_eq!(cusum(&[true; 19], limits).proficient_at, Some(19), "2.71 / 0.145 = 18.7");
        assert_eq!(cusum(&[false; 4], limits).unacceptable_at, Some(4), "2.71 / 0.855 = 3.2");
    }
}
