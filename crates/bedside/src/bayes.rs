//! What an observation at the tip says about where the trunk is.
//!
//! ```text
//! before   trunk near the tip = mean course + C^½ z, z ~ N(0, I), the same along 25 mm either way
//! after    weights ∝ L(d), d the distance from the tip to the trunk's surface
//! L(d)     = (1 − ε) P(answer | d) + ε u(answer)    one answer in twenty has nothing to do with the trunk (assumed)
//! ```
//!
//! Without ε a model that holds an answer impossible elsewhere would turn one report into certainty.
//!
//! 4000 points of z from one stream; moments, quantiles and P(at the chain) are weighted sums. Mapping is one number
//! about one place, so nothing else of the belief is touched.
//!
//! Limits: a straight shift of the course near the tip (the belief's own correlation length is longer than the
//! window); ganglia are not told from the trunk between them.

use crate::world::{distance_to_polyline, root};
use rami_anatomy::{Chain, Side};
use rami_random::distributions::StandardNormal;
use rami_random::{RngExt, Stream};
use rami_volume::{Point, Vector};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Points of the prior.
const POINTS: usize = 4000;
/// Half of the course that is looked at, mm.
const WINDOW_MM: f64 = 25.0;
/// Radius of the trunk between ganglia, mm (assumed).
const TRUNK_RADIUS_MM: f64 = 1.0;

/// A distance that is not known exactly.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChainBelief {
    /// Probability that the tip is at the chain (within `at_chain_mm` of its surface).
    pub p_at_chain: f64,
    /// Median distance from the tip to the trunk's surface, mm.
    pub distance_median_mm: f64,
    /// 5 % and 95 % of it, mm.
    pub distance_90_mm: [f64; 2],
    /// Mean place of the trunk nearest the tip, LPS mm.
    pub mean_mm: [f64; 3],
    /// Its standard deviation along each axis, mm.
    pub sd_mm: [f64; 3],
}

/// Where the trunk may be near a tip, as weighted points.
#[derive(Debug, Clone)]
pub struct Cloud {
    places: Vec<Point>,
    distances: Vec<f64>,
    weights: Vec<f64>,
    at_chain_mm: f64,
}

impl Cloud {
    /// The belief's trunk near a tip. Nothing where the belief has no trunk.
    #[must_use]
    pub fn near(chain: &Chain, tip: &Point, at_chain_mm: f64, stream: Stream) -> Option<Self> {
        let nearest = chain
            .points
            .iter()
            .min_by(|a, b| (a.mean - tip).norm_squared().total_cmp(&(b.mean - tip).norm_squared()))?;
        let centre = nearest.mean;
        let course: Vec<(Point, nalgebra::Matrix3<f64>)> = chain
            .points
            .iter()
            .filter(|p| (p.mean - centre).norm() <= WINDOW_MM)
            .map(|p| (p.mean, root(&p.covariance)))
            .collect();
        let own = root(&nearest.covariance);
        let mut rng = stream.named("where the trunk is").rng();
        let (mut places, mut distances) = (Vec::with_capacity(POINTS), Vec::with_capacity(POINTS));
        let mut line = vec![centre; course.len()];
        for _ in 0..POINTS {
            let z = Vector::from_fn(|_, _| rng.sample(StandardNormal));
            for (moved, (mean, root)) in line.iter_mut().zip(&course) {
                *moved = mean + root * z;
            }
            places.push(centre + own * z);
            distances.push(distance_to_polyline(&line, tip) - TRUNK_RADIUS_MM);
        }
        Some(Self { places, distances, weights: vec![1.0 / POINTS as f64; POINTS], at_chain_mm })
    }

    /// A cloud of distances alone, for studies.
    #[must_use]
    pub fn of_distances(distances: Vec<f64>, at_chain_mm: f64) -> Self {
        let n = distances.len();
        Self { places: vec![Point::origin(); n], distances, weights: vec![1.0 / n as f64; n], at_chain_mm }
    }

    /// Multiplies by a likelihood of the distance to the trunk's surface.
    #[must_use]
    pub fn updated(&self, likelihood: impl Fn(f64) -> f64) -> Self {
        let mut weights: Vec<f64> =
            self.weights.iter().zip(&self.distances).map(|(w, &d)| w * likelihood(d)).collect();
        let total: f64 = weights.iter().sum();
        if total > 0.0 {
            weights.iter_mut().for_each(|w| *w /= total);
        } else {
            // Nothing the belief holds possible explains it: the belief stays.
            weights.clone_from(&self.weights);
        }
        Self { weights, ..self.clone() }
    }

    /// Probability that the distance is at most `mm`.
    #[must_use]
    pub fn probability_within(&self, mm: f64) -> f64 {
        let within = self.weights.iter().zip(&self.distances).filter(|&(_, &d)| d <= mm);
        // From 0, not from the −0 of an empty sum; rounding may pass 1.
        within.fold(0.0, |sum, (w, _)| sum + w).min(1.0)
    }

    /// Mean likelihood of an observation at the chain over that elsewhere, under the cloud.
    #[must_use]
    pub fn likelihood_ratio(&self, likelihood: impl Fn(f64) -> f64) -> Option<f64> {
        let (mut at, mut off) = ([0.0; 2], [0.0; 2]);
        for (w, &d) in self.weights.iter().zip(&self.distances) {
            let sums = if d <= self.at_chain_mm { &mut at } else { &mut off };
            sums[0] += w;
            sums[1] += w * likelihood(d);
        }
        (at[0] > 0.0 && off[1] > 0.0).then(|| (at[1] / at[0]) / (off[1] / off[0]))
    }

    /// The distance that a share of the weight lies below, mm.
    #[must_use]
    pub fn quantile_mm(&self, share: f64) -> f64 {
        let mut order: Vec<usize> = (0..self.distances.len()).collect();
        order.sort_by(|&a, &b| self.distances[a].total_cmp(&self.distances[b]));
        let mut sum = 0.0;
        for &i in &order {
            sum += self.weights[i];
            if sum >= share {
                return self.distances[i];
            }
        }
        order.last().map_or(f64::NAN, |&i| self.distances[i])
    }

    /// As a document has it.
    #[must_use]
    pub fn summary(&self) -> ChainBelief {
        let mean = self.places.iter().zip(&self.weights).fold(Vector::zeros(), |s, (p, w)| s + p.coords * *w);
        let variance = self
            .places
            .iter()
            .zip(&self.weights)
            .fold(Vector::zeros(), |s, (p, w)| s + (p.coords - mean).map(|c| c * c) * *w);
        ChainBelief {
            p_at_chain: self.probability_within(self.at_chain_mm),
            distance_median_mm: self.quantile_mm(0.5).max(0.0),
            distance_90_mm: [self.quantile_mm(0.05).max(0.0), self.quantile_mm(0.95).max(0.0)],
            mean_mm: mean.into(),
            sd_mm: variance.map(f64::sqrt).into(),
        }
    }
}

/// What an observation did to the belief about one trunk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BeliefUpdate {
    /// Which trunk.
    pub side: Side,
    /// Within this distance of the trunk's surface the tip counts as being at it, mm (assumed).
    pub at_chain_mm: f64,
    /// Before the observation.
    pub before: ChainBelief,
    /// After it.
    pub after: ChainBelief,
    /// Mean likelihood at the chain over that elsewhere; nothing where the belief holds one of the two impossible.
    pub likelihood_ratio: Option<f64>,
    /// What was learnt, in words.
    pub statement: String,
}

impl BeliefUpdate {
    pub(crate) fn new(
        side: Side,
        at_chain_mm: f64,
        before: ChainBelief,
        after: ChainBelief,
        likelihood_ratio: Option<f64>,
        statement: String,
    ) -> Self {
        Self { side, at_chain_mm, before, after, likelihood_ratio, statement }
    }
}

/// 1 − Φ(z), by the complementary error function of Abramowitz & Stegun 7.1.26 (1.5e-7).
pub(crate) fn normal_above(z: f64) -> f64 {
    let x = z.abs() / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let poly = t
        * (0.254_829_592
            + t * (-0.284_496_736 + t * (1.421_413_741 + t * (-1.453_152_027 + t * 1.061_405_429))));
    let half = 0.5 * poly * (-x * x).exp();
    if z >= 0.0 { half } else { 1.0 - half }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flat_likelihood_changes_nothing_and_an_impossible_one_neither() {
        let cloud = Cloud::of_distances((0..100).map(f64::from).collect(), 3.0);
        for l in [1.0, 0.0] {
            let after = cloud.updated(|_| l);
            assert!((after.probability_within(9.5) - 0.1).abs() < 1e-12);
        }
    }

    #[test]
    fn a_probability_is_neither_minus_nothing_nor_more_than_one() {
        let cloud = Cloud::of_distances((0..4000).map(f64::from).collect(), 3.0);
        assert!(cloud.probability_within(-1.0).is_sign_positive());
        assert!(cloud.updated(|d| 1.0 / (1.0 + d)).probability_within(1e9) <= 1.0);
    }

    #[test]
    fn bayes_on_two_places_is_the_textbooks() {
        // Prior 1/4 at the chain; seen 9 times as often there: odds 1:3 become 3:1.
        let cloud = Cloud::of_distances(vec![1.0, 10.0, 11.0, 12.0], 3.0);
        let l = |d: f64| if d < 3.0 { 0.9 } else { 0.1 };
        assert!((cloud.updated(l).probability_within(3.0) - 0.75).abs() < 1e-12);
        assert!((cloud.likelihood_ratio(l).unwrap() - 9.0).abs() < 1e-12);
    }
}
