//! How a quantity is spread over people: median and the middle 90 %.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Median, 5 % and 95 % quantiles.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Distribution {
    /// Half of the people lie below.
    pub median: f64,
    /// One in twenty lies below.
    pub q05: f64,
    /// One in twenty lies above.
    pub q95: f64,
}

impl Distribution {
    /// Of a sample, which is sorted in place; `None` when it is empty. Linear interpolation between order statistics.
    #[must_use]
    pub fn of(sample: &mut [f64]) -> Option<Self> {
        sample.sort_unstable_by(f64::total_cmp);
        let last = sample.len().checked_sub(1)?;
        let quantile = |p: f64| {
            let place = p * last as f64;
            let below = place.floor() as usize;
            let above = (below + 1).min(last);
            sample[below] + (sample[above] - sample[below]) * (place - below as f64)
        };
        Some(Self { median: quantile(0.5), q05: quantile(0.05), q95: quantile(0.95) })
    }

    /// A single value without spread.
    #[must_use]
    pub fn certain(value: f64) -> Self {
        Self { median: value, q05: value, q95: value }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_of_zero_to_a_hundred_are_their_percentages() {
        let mut sample: Vec<f64> = (0..=100).rev().map(f64::from).collect();
        assert_eq!(Distribution::of(&mut sample), Some(Distribution { median: 50.0, q05: 5.0, q95: 95.0 }));
        assert_eq!(Distribution::of(&mut []), None);
    }
}
