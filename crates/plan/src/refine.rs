//! Continuous refinement of a path by an evolution strategy.
//!
//! CMA-ES (Hansen, arXiv:1604.00772) in the five numbers of a path, with the tutorial's default constants for this
//! dimension. The random numbers are a named stream's, and the unknowns are in the vertebra's own axes, so a person
//! moved, turned or mirrored gets the same refinement.

use crate::cost::Scorer;
use crate::search::Found;
use crate::site::{PathParameters, Site};
use nalgebra::{SMatrix, SVector};
use rami_random::distributions::StandardNormal;
use rami_random::{RngExt, Stream};

const N: usize = 5;
type Unknowns = SVector<f64, N>;
type Square = SMatrix<f64, N, N>;

const POPULATION: usize = 10;
const PARENTS: usize = 5;
const MOST_GENERATIONS: usize = 160;
/// Scales that make the unknowns alike: millimetres of tip, degrees of angle.
const SCALE: [f64; N] = [2.0, 2.0, 2.0, 3.0, 3.0];
/// Stops when the step is below this share of the scales: 0.01 mm and 0.015°.
const SMALLEST_STEP: f64 = 0.005;

fn to_path(x: &Unknowns) -> PathParameters {
    PathParameters {
        tip_mm: [x[0] * SCALE[0], x[1] * SCALE[1], x[2] * SCALE[2]],
        obliquity_deg: x[3] * SCALE[3],
        tilt_deg: x[4] * SCALE[4],
    }
}

fn to_unknowns(path: &PathParameters) -> Unknowns {
    let [a, b, c] = path.tip_mm;
    Unknowns::from([
        a / SCALE[0],
        b / SCALE[1],
        c / SCALE[2],
        path.obliquity_deg / SCALE[3],
        path.tilt_deg / SCALE[4],
    ])
}

/// The cheapest path found from a start.
pub(crate) fn refine(site: &Site, scorer: &Scorer<'_>, start: &PathParameters, stream: Stream) -> Found {
    let best = minimise(to_unknowns(start), stream, |x| scorer.path(site, &to_path(x)).cost);
    let path = to_path(&best);
    Found { path, score: scorer.path(site, &path) }
}

fn minimise(start: Unknowns, stream: Stream, f: impl Fn(&Unknowns) -> f64) -> Unknowns {
    let n = N as f64;
    let mut weights: [f64; PARENTS] =
        std::array::from_fn(|i| (PARENTS as f64 + 0.5).ln() - ((i + 1) as f64).ln());
    let sum: f64 = weights.iter().sum();
    weights.iter_mut().for_each(|w| *w /= sum);
    let mu_eff = 1.0 / weights.iter().map(|w| w * w).sum::<f64>();
    let c_sigma = (mu_eff + 2.0) / (n + mu_eff + 5.0);
    let d_sigma = 1.0 + 2.0 * (((mu_eff - 1.0) / (n + 1.0)).sqrt() - 1.0).max(0.0) + c_sigma;
    let c_c = (4.0 + mu_eff / n) / (n + 4.0 + 2.0 * mu_eff / n);
    let c_1 = 2.0 / ((n + 1.3).powi(2) + mu_eff);
    let c_mu = (2.0 * (mu_eff - 2.0 + 1.0 / mu_eff) / ((n + 2.0).powi(2) + mu_eff)).min(1.0 - c_1);
    let expected = n.sqrt() * (1.0 - 1.0 / (4.0 * n) + 1.0 / (21.0 * n * n));

    let mut rng = stream.rng();
    let (mut mean, mut sigma) = (start, 0.5);
    let (mut path_sigma, mut path_c) = (Unknowns::zeros(), Unknowns::zeros());
    let mut covariance = Square::identity();
    let mut best = (f(&start), start);
    for generation in 0..MOST_GENERATIONS {
        let eigen = covariance.symmetric_eigen();
        let root = eigen.eigenvalues.map(|v| v.max(1e-12).sqrt());
        let (axes, spread) = (eigen.eigenvectors, Square::from_diagonal(&root));
        let mut offspring: Vec<(f64, Unknowns)> = (0..POPULATION)
            .map(|_| {
                let z = Unknowns::from_fn(|_, _| rng.sample(StandardNormal));
                let y = axes * spread * z;
                (f(&(mean + y * sigma)), y)
            })
            .collect();
        offspring.sort_by(|a, b| a.0.total_cmp(&b.0));
        if offspring[0].0 < best.0 {
            best = (offspring[0].0, mean + offspring[0].1 * sigma);
        }
        let step: Unknowns = offspring.iter().zip(&weights).map(|((_, y), &w)| y * w).sum();
        mean += step * sigma;
        let whitened = axes * Square::from_diagonal(&root.map(|v| 1.0 / v)) * axes.transpose() * step;
        path_sigma = path_sigma * (1.0 - c_sigma) + whitened * (c_sigma * (2.0 - c_sigma) * mu_eff).sqrt();
        let settled = 1.0 - (1.0 - c_sigma).powi(2 * (generation as i32 + 1));
        let stalls = path_sigma.norm() / settled.sqrt() > (1.4 + 2.0 / (n + 1.0)) * expected;
        path_c *= 1.0 - c_c;
        if !stalls {
            path_c += step * (c_c * (2.0 - c_c) * mu_eff).sqrt();
        }
        let rank_mu: Square = offspring.iter().zip(&weights).map(|((_, y), &w)| y * y.transpose() * w).sum();
        let lost = if stalls { c_1 * c_c * (2.0 - c_c) } else { 0.0 };
        covariance =
            covariance * (1.0 - c_1 - c_mu + lost) + path_c * path_c.transpose() * c_1 + rank_mu * c_mu;
        covariance = (covariance + covariance.transpose()) * 0.5;
        sigma *= ((c_sigma / d_sigma) * (path_sigma.norm() / expected - 1.0)).exp();
        if sigma * root.max() < SMALLEST_STEP {
            break;
        }
    }
    let at_mean = f(&mean);
    if at_mean < best.0 { mean } else { best.1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrow_oblique_valley_is_followed_to_its_end() {
        let target = Unknowns::from([1.0, -2.0, 0.5, 3.0, -1.0]);
        let valley = |x: &Unknowns| {
            let d = x - target;
            d.norm_squared() + 400.0 * (d[0] - d[3]).powi(2) + 20.0 * (d[1] + d[2]).max(0.0).powi(2)
        };
        let found = minimise(Unknowns::zeros(), Stream::new(1), valley);
        // The strategy stops at a step of 0.005.
        assert!((found - target).norm() < 0.05, "{found}");
    }

    #[test]
    fn refinement_is_the_same_every_time() {
        let f = |x: &Unknowns| (x.norm_squared() - 4.0).powi(2) + x[0];
        let once = minimise(Unknowns::repeat(0.3), Stream::new(7), f);
        assert_eq!(once, minimise(Unknowns::repeat(0.3), Stream::new(7), f));
    }
}
