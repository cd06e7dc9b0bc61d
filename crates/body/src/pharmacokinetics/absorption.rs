//! How drug leaves the site of injection for the blood.
//!
//! ```text
//! two paths:   R(t) = D (F_f k_f e^(−k_f t) + F_s k_s e^(−k_s t))
//! computed:    R(t) piecewise constant between the points of an absorbed-mass curve
//! ```
//!
//! Epidural figures: Burm 1987 and Simon 2004. No plasma study after this block exists: for the retroperitoneal site
//! the epidural medians are kept and the spread is widened (fast share 0.15–0.5, fast half-life 5–20 min). Adrenaline
//! slows the fast path. Limits: no dependence on volume, concentration or exact place; a curve from a spread model has
//! those, and takes the place of the two paths.

use super::disposition::{Disposition, Impulse};
use crate::BodyError;
use crate::person::{Variation, log_sd};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::f64::consts::LN_2;

/// Where the drug was put.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Site {
    /// Beside the lumbar sympathetic chain.
    Retroperitoneal,
    /// Lumbar epidural space.
    Epidural,
    /// Into a vein: everything at once.
    Iv,
}

/// Two parallel first-order paths.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Absorption {
    /// Share of the dose that takes the fast path.
    pub fast_fraction: f64,
    /// Its half-life in min.
    pub fast_half_life: f64,
    /// Share that takes the slow path.
    pub slow_fraction: f64,
    /// Its half-life in min.
    pub slow_half_life: f64,
}

impl Absorption {
    /// Mass (mg) and rate (per min) of the two paths.
    #[must_use]
    pub fn inputs(&self, dose_mg: f64) -> [(f64, f64); 2] {
        [
            (self.fast_fraction * dose_mg, LN_2 / self.fast_half_life),
            (self.slow_fraction * dose_mg, LN_2 / self.slow_half_life),
        ]
    }

    /// Venous concentration at `t_min` after `dose_mg`: the closed form.
    #[must_use]
    pub fn concentration(&self, impulse: &Impulse, dose_mg: f64, t_min: f64) -> f64 {
        self.inputs(dose_mg)
            .iter()
            .map(|&(mass, rate)| Disposition::first_order(impulse, mass, rate, t_min))
            .sum()
    }

    /// This epidural absorption in one person, at a site, with or without adrenaline.
    #[must_use]
    pub fn individual(&self, site: Site, adrenaline: bool, variation: &Variation) -> Self {
        let factor = |key: &str| if adrenaline { rami_evidence::value(key) } else { 1.0 };
        let (fraction_spread, half_life_spread) = match site {
            Site::Retroperitoneal => (
                Spread::within(self.fast_fraction, "plasma.retroperitoneal.fast_fraction"),
                Spread::within(self.fast_half_life, "plasma.retroperitoneal.fast_half_life"),
            ),
            Site::Epidural | Site::Iv => (
                Spread::of_cv(self.fast_fraction, rami_evidence::value("plasma.spread.fast_fraction")),
                Spread::of_cv(self.fast_half_life, rami_evidence::value("plasma.spread.fast_half_life")),
            ),
        };
        let absorbed = self.fast_fraction + self.slow_fraction;
        let fast = fraction_spread.at(variation.fast_fraction_z) * factor("plasma.adrenaline.fast_fraction");
        let fast = fast.min(0.95 * absorbed);
        Self {
            fast_fraction: fast,
            fast_half_life: half_life_spread.at(variation.fast_half_life_z)
                * factor("plasma.adrenaline.fast_half_life"),
            slow_fraction: absorbed - fast,
            slow_half_life: self.slow_half_life,
        }
    }
}

/// A log-normal whose two halves may differ in width: the median stays where it is published while the range is wide.
struct Spread {
    median: f64,
    below: f64,
    above: f64,
}

impl Spread {
    fn of_cv(median: f64, cv: f64) -> Self {
        Self { median, below: log_sd(cv), above: log_sd(cv) }
    }

    /// 5 % and 95 % at the ends of the interval of this evidence figure.
    fn within(median: f64, key: &str) -> Self {
        const Z95: f64 = 1.645;
        let Some(interval) = rami_evidence::figure(key).interval else { return Self::of_cv(median, 0.0) };
        Self {
            median,
            below: (median / interval.low).ln().max(0.0) / Z95,
            above: (interval.high / median).ln().max(0.0) / Z95,
        }
    }

    fn at(&self, z: f64) -> f64 {
        self.median * (z * if z < 0.0 { self.below } else { self.above }).exp()
    }
}

/// Mass absorbed into plasma by each time, as a spread model computes it: straight lines between the points.
#[derive(Debug, Clone, PartialEq)]
pub struct Absorbed {
    t_min: Vec<f64>,
    mass_mg: Vec<f64>,
}

impl Absorbed {
    /// Checks and wraps a curve that begins at time 0 with nothing absorbed.
    ///
    /// # Errors
    /// [`BodyError::Series`] when times do not rise, mass falls, or the curve does not begin at (0, 0).
    pub fn new(t_min: Vec<f64>, mass_mg: Vec<f64>) -> Result<Self, BodyError> {
        let wrong = |reason| Err(BodyError::Series { what: "absorbed mass over time", reason });
        if t_min.len() != mass_mg.len() || t_min.len() < 2 {
            return wrong("times and masses must be as many, at least two");
        }
        if t_min.iter().chain(&mass_mg).any(|v| !v.is_finite()) {
            return wrong("every number must be finite");
        }
        if t_min[0] != 0.0 || mass_mg[0] != 0.0 {
            return wrong("the curve begins at time 0 with nothing absorbed");
        }
        if t_min.windows(2).any(|w| w[0] >= w[1]) || mass_mg.windows(2).any(|w| w[0] > w[1]) {
            return wrong("times must rise and mass must not fall");
        }
        Ok(Self { t_min, mass_mg })
    }

    /// Venous concentration at `t_min`, exact for the piecewise constant rate.
    #[must_use]
    pub fn concentration(&self, impulse: &Impulse, t_min: f64) -> f64 {
        let mut total = 0.0;
        for i in 1..self.t_min.len() {
            let (from, to) = (self.t_min[i - 1], self.t_min[i].min(t_min));
            if from >= t_min {
                break;
            }
            let mg_per_min = (self.mass_mg[i] - self.mass_mg[i - 1]) / (self.t_min[i] - from);
            for (rate, weight) in impulse.rate.iter().zip(impulse.weight) {
                total +=
                    weight * mg_per_min * ((-rate * (t_min - to)).exp() - (-rate * (t_min - from)).exp())
                        / rate;
            }
        }
        total
    }
}
