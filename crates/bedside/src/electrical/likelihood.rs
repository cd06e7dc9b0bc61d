//! How likely an observation is, given how far the tip is from the trunk.
//!
//! ```text
//! ln V_j ~ N(ln V_j(r), σ_j²)    V_j(r) = Z s q I_j(r): threshold of the model fibre at r in a boundless medium of
//!                                the tip's tissue; σ_j² = spread of readings² + (slope · sd of place / r)²
//! first felt at V, in region R   L(d) = f_T(V|d) ρ(R) Π S_j(V) + S_T(V|d) Σ_{j in R} f_j(V) Π_{k≠j} S_k(V)
//! nothing felt up to V           L(d) = S_T(V|d) Π S_j(V)   f density, S what is left above V, T the trunk
//! an answer about something else u = ½ for nothing felt, ¼ in each region, even in ln V below the ramp's top
//! ```
//!
//! Whatever is felt first hides the rest, so trunk (C fibres) and somatic nerves (A fibres) compete. Somatic nerves are
//! where the belief models them. A response at 2 Hz says nothing about the trunk, which moves no muscle.
//!
//! What follows is physics, not pessimism: a C fibre needs a tip within about a millimetre, so silence says almost
//! nothing, and tingling mostly that a somatic nerve is near.

use crate::BedsideError;
use crate::bayes::normal_above;
use rami_anatomy::{Anatomy, HazardKind, Side, VertebralLevel};
use rami_evidence::value;
use rami_nerve::FibreClass;
use rami_nerve::stimulate::reading::Bedside;
use rami_nerve::stimulate::threshold::{point_source_over_middle, threshold};
use rami_volume::Point;
use rayon::prelude::*;

use super::nerves::Pulse;

/// Radius of the trunk, mm: distances are to its surface, fibres lie at its middle.
const TRUNK_RADIUS_MM: f64 = 1.0;

/// Voltage at which tingling is felt, against distance: straight lines in logarithms.
#[derive(Debug, Clone)]
pub struct VoltageByDistance(Vec<(f64, f64)>);

impl VoltageByDistance {
    /// Thresholds of a class of fibre in a boundless medium of `sigma` S/m, as volts at the generator.
    pub(crate) fn of(
        class: FibreClass,
        sigma: f64,
        impedance_ohm: f64,
        pulse: &Pulse,
        bedside: &Bedside,
        distances_mm: &[f64],
    ) -> Result<Self, BedsideError> {
        let axon = class.axon_for_stimulation()?;
        let pulse = Pulse { highest_ma: 500.0, ..*pulse };
        let found = distances_mm
            .par_iter()
            .map(|&r| {
                let profile = point_source_over_middle(&axon, r, sigma)?;
                Ok(threshold(&axon, &profile, &pulse.search(&axon))?.map(|ma| (r, ma.get())))
            })
            .collect::<Result<Vec<_>, BedsideError>>()?;
        let volts = bedside.quorum_and_sheath * bedside.sensory_over_motor * impedance_ohm * 1e-3;
        Ok(Self(found.into_iter().flatten().map(|(r, ma)| (r.ln(), (ma * volts).ln())).collect()))
    }

    /// ln V at a distance, and its slope against ln r.
    fn ln_v(&self, r_mm: f64) -> Option<(f64, f64)> {
        let (x, points) = (r_mm.ln(), &self.0);
        if points.len() < 2 {
            return None;
        }
        let i = points.partition_point(|p| p.0 <= x).clamp(1, points.len() - 1);
        let (a, b) = (points[i - 1], points[i]);
        let slope = (b.1 - a.1) / (b.0 - a.0);
        // Nearer than the nearest computed, the needle's own radius keeps it from falling further.
        Some((a.1 + slope * (x.max(points[0].0) - a.0), slope))
    }

    /// Median voltage at a distance; infinite where the fibre cannot be excited.
    #[must_use]
    pub fn volts(&self, r_mm: f64) -> f64 {
        self.ln_v(r_mm).map_or(f64::INFINITY, |(v, _)| v.exp())
    }
}

/// What was felt first at 50 Hz.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Felt {
    /// At which voltage, or the highest given when nothing was felt.
    pub volts: f64,
    /// Where: whether groin or thigh; nothing when nothing was felt.
    pub groin_or_thigh: Option<bool>,
}

/// A nerve that may be felt instead.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Competitor {
    ln_v: f64,
    sd: f64,
    groin_or_thigh: bool,
}

/// The likelihood of an observation.
#[derive(Debug, Clone)]
pub struct SensoryLikelihood {
    trunk: VoltageByDistance,
    competitors: Vec<Competitor>,
    spread: f64,
    region_share: f64,
    /// Of answers that have nothing to do with the trunk.
    unrelated: f64,
    /// Top of the ramp, V.
    top_v: f64,
}

/// An unrelated answer comes anywhere in the last three decades of the ramp.
const UNRELATED_DECADES: f64 = 3.0;

impl SensoryLikelihood {
    /// For a tip, with somatic nerves where the belief models them, and a ramp up to `top_v`.
    pub(crate) fn new(
        anatomy: &Anatomy,
        side: Side,
        tip: &Point,
        trunk: VoltageByDistance,
        somatic: &VoltageByDistance,
        top_v: f64,
    ) -> Self {
        let alone = Self::alone(trunk, top_v);
        let spread = alone.spread;
        let competitors = anatomy
            .modelled
            .iter()
            .filter(|h| {
                h.side == side && matches!(h.kind, HazardKind::NerveRoot | HazardKind::GenitofemoralNerve)
            })
            .filter_map(|h| {
                let r = crate::world::distance_to_polyline(&h.course, tip).max(1.0);
                let (ln_v, slope) = somatic.ln_v(r)?;
                let groin_or_thigh = h.kind == HazardKind::GenitofemoralNerve
                    || h.level.is_some_and(|level| level <= VertebralLevel::L3);
                Some(Competitor { ln_v, sd: spread.hypot(slope * h.largest_sd_mm() / r), groin_or_thigh })
            })
            .collect();
        Self { competitors, ..alone }
    }

    /// For a tip beside nothing but the trunk and a ramp up to `top_v`, for studies.
    #[must_use]
    pub fn alone(trunk: VoltageByDistance, top_v: f64) -> Self {
        Self {
            trunk,
            competitors: Vec::new(),
            spread: value("mapping.reading_spread"),
            region_share: value("mapping.trunk_region_share"),
            unrelated: value("mapping.unrelated_share"),
            top_v,
        }
    }

    /// What is said in a ramp beside the trunk alone: `z` is this person's standard normal; of `u`, uniform between 0 and 1,
    /// the first decides whether the answer has to do with the trunk, the second the region, the third the voltage of an
    /// answer that has not.
    #[must_use]
    pub fn draw_alone(&self, d_mm: f64, z: f64, u: [f64; 3]) -> Felt {
        let silent = Felt { volts: self.top_v, groin_or_thigh: None };
        if u[0] < self.unrelated {
            let volts = self.top_v * 10f64.powf(-UNRELATED_DECADES * u[2]);
            let felt = Felt { volts, groin_or_thigh: Some(u[1] < 0.25) };
            return if u[1] < 0.5 { felt } else { silent };
        }
        let volts = self.trunk.volts((d_mm + TRUNK_RADIUS_MM).max(0.1)) * (self.spread * z).exp();
        if volts <= self.top_v {
            Felt { volts, groin_or_thigh: Some(u[1] > self.region_share) }
        } else {
            silent
        }
    }

    /// Likelihood of what was felt if the trunk's surface is `d_mm` from the tip.
    #[must_use]
    pub fn of(&self, felt: &Felt, d_mm: f64) -> f64 {
        (1.0 - self.unrelated) * self.of_the_trunk(felt, d_mm) + self.unrelated * self.of_anything(felt)
    }

    /// Of an answer that has nothing to do with the trunk.
    fn of_anything(&self, felt: &Felt) -> f64 {
        let range = 10f64.powf(-UNRELATED_DECADES) * self.top_v..=self.top_v;
        match felt.groin_or_thigh {
            None => 0.5,
            Some(_) if range.contains(&felt.volts) => 0.25 / (UNRELATED_DECADES * 10f64.ln()),
            Some(_) => 0.0,
        }
    }

    fn of_the_trunk(&self, felt: &Felt, d_mm: f64) -> f64 {
        let r = (d_mm + TRUNK_RADIUS_MM).max(0.1);
        let x = felt.volts.max(1e-9).ln();
        let (trunk_density, trunk_left) = match self.trunk.ln_v(r) {
            Some((m, _)) => (density(x, m, self.spread), left(x, m, self.spread)),
            None => (0.0, 1.0),
        };
        let all_left: f64 = self.competitors.iter().map(|c| left(x, c.ln_v, c.sd)).product();
        let Some(groin_or_thigh) = felt.groin_or_thigh else { return trunk_left * all_left };
        let region = if groin_or_thigh { 1.0 - self.region_share } else { self.region_share };
        let from_somatic: f64 = self
            .competitors
            .iter()
            .enumerate()
            .filter(|(_, c)| c.groin_or_thigh == groin_or_thigh)
            .map(|(i, c)| {
                let others: f64 = self
                    .competitors
                    .iter()
                    .enumerate()
                    .filter(|&(k, _)| k != i)
                    .map(|(_, k)| left(x, k.ln_v, k.sd))
                    .product();
                density(x, c.ln_v, c.sd) * others
            })
            .sum();
        trunk_density * region * all_left + trunk_left * from_somatic
    }
}

fn density(x: f64, mean: f64, sd: f64) -> f64 {
    let z = (x - mean) / sd;
    (-0.5 * z * z).exp() / (sd * (2.0 * std::f64::consts::PI).sqrt())
}

/// Probability of a value above `x`.
fn left(x: f64, mean: f64, sd: f64) -> f64 {
    normal_above((x - mean) / sd)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 0.3 V at 1 mm, growing with the square of the distance.
    fn table() -> VoltageByDistance {
        VoltageByDistance([0.5f64, 1.0, 2.0, 4.0].iter().map(|r| (r.ln(), (0.3 * r * r).ln())).collect())
    }

    #[test]
    fn probabilities_of_what_may_be_felt_add_up_to_one() {
        let mut l = SensoryLikelihood::alone(table(), 3.0);
        l.competitors = vec![
            Competitor { ln_v: 0.2, sd: 0.5, groin_or_thigh: true },
            Competitor { ln_v: 0.9, sd: 0.4, groin_or_thigh: false },
        ];
        for d in [0.2, 1.0, 4.0] {
            let (top, n) = (3.0f64, 4000);
            let (low, high) = ((1e-4f64).ln(), top.ln());
            let h = (high - low) / f64::from(n);
            let felt: f64 = (0..n)
                .flat_map(|i| [true, false].map(|g| (low + (f64::from(i) + 0.5) * h, g)))
                .map(|(x, g)| l.of(&Felt { volts: x.exp(), groin_or_thigh: Some(g) }, d) * h)
                .sum();
            let none = l.of(&Felt { volts: top, groin_or_thigh: None }, d);
            // Midpoint rule with 4000 steps: the tail of the normal is good to 1.5e-7, the lower end of what is unrelated
            // falls within a step of 2.6e-3 of its 6.9.
            assert!((felt + none - 1.0).abs() < 1e-4, "{d}: {felt} + {none}");
        }
    }

    #[test]
    fn silence_speaks_against_a_touching_tip_and_says_nothing_a_centimetre_away() {
        let l = SensoryLikelihood::alone(table(), 1.0);
        let silent = Felt { volts: 1.0, groin_or_thigh: None };
        assert!(l.of(&silent, 0.0) < 0.04);
        assert!(l.of(&silent, 10.0) > 0.95 && l.of(&silent, 10.0) == l.of(&silent, 20.0));
    }

    #[test]
    fn no_single_answer_makes_certain() {
        // Felt at a voltage that the trunk gives within a millimetre and nothing gives elsewhere.
        let l = SensoryLikelihood::alone(table(), 3.0);
        let felt = Felt { volts: 0.3, groin_or_thigh: Some(false) };
        let ratio = l.of(&felt, 0.0) / l.of(&felt, 10.0);
        // Density 0.8 / (0.35 √2π) at the trunk, 0.05 · 0.25 / ln 1000 of anything.
        assert!((ratio - (0.95 * 0.912 / 0.001_81 + 1.0)).abs() < 0.01 * ratio, "{ratio}");
    }

    #[test]
    fn what_is_drawn_is_as_likely_as_the_likelihood_says() {
        use rami_random::distributions::StandardNormal;
        use rami_random::{RngExt, Stream};
        let (l, n) = (SensoryLikelihood::alone(table(), 3.0), 40_000);
        for d in [0.0, 2.0, 6.0] {
            let mut rng = Stream::new(3).named("answers").rng();
            let mut counts = [0.0; 3];
            for _ in 0..n {
                let z: f64 = rng.sample(StandardNormal);
                let felt = l.draw_alone(d, z, std::array::from_fn(|_| rng.random::<f64>()));
                counts[felt.groin_or_thigh.map_or(2, usize::from)] += 1.0 / f64::from(n);
            }
            let h = (3.0f64 / 1e-4).ln() / 4000.0;
            let of = |groin: bool| -> f64 {
                (0..4000)
                    .map(|i| 1e-4 * ((f64::from(i) + 0.5) * h).exp())
                    .map(|volts| l.of(&Felt { volts, groin_or_thigh: Some(groin) }, d) * h)
                    .sum()
            };
            let none = l.of(&Felt { volts: 3.0, groin_or_thigh: None }, d);
            for (found, wanted) in counts.into_iter().zip([of(false), of(true), none]) {
                // Four standard errors of a share among 40,000.
                assert!((found - wanted).abs() < 0.01, "{d}: {counts:?} against {wanted}");
            }
        }
    }
}
