//! What is injected: solutes with what they do to the fluid and how they leave the tissue.
//!
//! ```text
//! μ = μ₀ exp(Σ a_s c_s)        ρ = ρ₀ + Σ b_s c_s
//! dm/dt = −(E + k_on) m + k_off b        db/dt = k_on m − k_off b        absorbed: E m
//! ```
//!
//! m dissolved, b bound to tissue (for local anaesthetics: in fat). Two pools give an absorption with two exponentials.
//! [`Uptake::biphasic`] finds E, k_on, k_off that reproduce given fractions and half-lives exactly, so absorption is
//! *calibrated* on the published (epidural) pair and then depends on where the drug lies through perfusion.

use crate::Properties;
use std::f64::consts::LN_2;

/// How a solute leaves the fluid of the tissue.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Uptake {
    /// Into capillaries, per s.
    pub absorb_per_s: f64,
    /// Into the bound pool, per s.
    pub bind_per_s: f64,
    /// Back out of it, per s.
    pub release_per_s: f64,
}

impl Uptake {
    /// Nothing leaves.
    pub const NONE: Self = Self { absorb_per_s: 0.0, bind_per_s: 0.0, release_per_s: 0.0 };

    /// The rates whose absorption is `fast` of the dose with one half-life and the rest with the other (min).
    #[must_use]
    pub fn biphasic(fast: f64, fast_half_life_min: f64, slow_half_life_min: f64) -> Self {
        let (a, b) = (LN_2 / (60.0 * fast_half_life_min), LN_2 / (60.0 * slow_half_life_min));
        let absorb = fast * a + (1.0 - fast) * b;
        let release = a * b / absorb;
        Self { absorb_per_s: absorb, release_per_s: release, bind_per_s: (a + b - absorb - release).max(0.0) }
    }

    /// One half-life (min).
    #[must_use]
    pub fn simple(half_life_min: f64) -> Self {
        Self { absorb_per_s: LN_2 / (60.0 * half_life_min), ..Self::NONE }
    }

    /// What a time step does, for a tissue of this perfusion.
    pub(crate) fn over(&self, dt: f64, perfusion: f64) -> Propagator {
        let (e, on, off) = (self.absorb_per_s * perfusion, self.bind_per_s, self.release_per_s);
        // exp of [[-(e+on), off], [on, -off]] dt through its eigenvalues, which are real and not positive.
        let (trace, det) = (-(e + on + off), e * off);
        let root = (trace * trace / 4.0 - det).max(0.0).sqrt();
        let (l1, l2) = (trace / 2.0 + root, trace / 2.0 - root);
        let (x1, x2) = ((l1 * dt).exp(), (l2 * dt).exp());
        if root < 1e-30 {
            return Propagator { mm: x1, mb: 0.0, bm: 0.0, bb: x1 };
        }
        let (p, q) = ((x1 - x2) / (l1 - l2), (l1 * x2 - l2 * x1) / (l1 - l2));
        Propagator { mm: p * -(e + on) + q, mb: p * off, bm: p * on, bb: p * -off + q }
    }
}

/// The exact step of the two pools: m' = mm·m + mb·b, b' = bm·m + bb·b; what is lost is absorbed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Propagator {
    pub(crate) mm: f64,
    pub(crate) mb: f64,
    pub(crate) bm: f64,
    pub(crate) bb: f64,
}

/// Something dissolved.
#[derive(Debug, Clone, PartialEq)]
pub struct Solute {
    /// Its name.
    pub name: String,
    /// d ln μ / dc, ml/mg.
    pub thickening: f64,
    /// dρ / dc, (g/ml) / (mg/ml).
    pub densening: f64,
    /// How it leaves.
    pub uptake: Uptake,
}

impl Solute {
    /// A drug in a watery solution.
    #[must_use]
    pub fn drug(name: &str, uptake: Uptake) -> Self {
        Self { name: name.into(), thickening: 0.0, densening: 0.0, uptake }
    }

    /// Contrast medium: at `full_mg_ml` (of iodine, say) it has this viscosity (mPa s) and density (g/ml).
    #[must_use]
    pub fn contrast(
        name: &str,
        full_mg_ml: f64,
        viscosity_mpa_s: f64,
        density_g_ml: f64,
        uptake: Uptake,
    ) -> Self {
        let water = rami_evidence::value("formulary.local_anaesthetic.viscosity");
        Self {
            name: name.into(),
            thickening: (viscosity_mpa_s / water).ln() / full_mg_ml,
            densening: (density_g_ml - 1.0) / full_mg_ml,
            uptake,
        }
    }

    pub(crate) fn changes_flow(&self) -> bool {
        self.thickening != 0.0 || self.densening != 0.0
    }
}

/// What is in the syringe: mg/ml of each of the injection's solutes, in their order.
#[derive(Debug, Clone, PartialEq)]
pub struct Fluid {
    /// mg/ml.
    pub concentration_mg_ml: Vec<f64>,
}

impl Fluid {
    /// A fluid of one solute (or of none for `None`: saline), among `count`.
    #[must_use]
    pub fn of(count: usize, solute: Option<usize>, mg_ml: f64) -> Self {
        let mut concentration_mg_ml = vec![0.0; count];
        if let Some(c) = solute.and_then(|s| concentration_mg_ml.get_mut(s)) {
            *c = mg_ml;
        }
        Self { concentration_mg_ml }
    }

    pub(crate) fn viscosity(&self, solutes: &[Solute], properties: &Properties) -> f64 {
        let ln: f64 = solutes.iter().zip(&self.concentration_mg_ml).map(|(s, c)| s.thickening * c).sum();
        properties.viscosity_mpa_s * ln.exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_pools_absorb_as_the_two_published_paths_do() {
        // Bupivacaine, epidural: 0.28 and 0.66 of the dose, 7 and 362 min; rescaled to a whole.
        let fast = 0.28 / 0.94;
        let uptake = Uptake::biphasic(fast, 7.0, 362.0);
        let (mut m, mut b) = (1.0, 0.0);
        for minute in 1..=600 {
            let p = uptake.over(60.0, 1.0);
            (m, b) = (p.mm * m + p.mb * b, p.bm * m + p.bb * b);
            let t = f64::from(minute);
            let left = fast * (-LN_2 / 7.0 * t).exp() + (1.0 - fast) * (-LN_2 / 362.0 * t).exp();
            // The eigenvalues differ by a factor of 50: rounding grows to about 1e-13.
            assert!((m + b - left).abs() < 1e-11, "{minute} min: {} against {left}", m + b);
        }
    }

    #[test]
    fn a_long_step_is_many_short_ones() {
        let uptake = Uptake::biphasic(0.4, 9.3, 82.0);
        let long = uptake.over(600.0, 2.0);
        let short = uptake.over(60.0, 2.0);
        let (mut m, mut b) = (1.0, 0.0);
        for _ in 0..10 {
            (m, b) = (short.mm * m + short.mb * b, short.bm * m + short.bb * b);
        }
        assert!((m - long.mm).abs() < 1e-12 && (b - long.bm).abs() < 1e-12);
    }

    #[test]
    fn contrast_at_full_strength_has_the_viscosity_of_its_label() {
        let iohexol = Solute::contrast("iohexol", 300.0, 6.3, 1.35, Uptake::NONE);
        let fluid = Fluid::of(1, Some(0), 300.0);
        assert!((fluid.viscosity(&[iohexol], &Properties::typical()) - 6.3).abs() < 1e-12);
    }
}
