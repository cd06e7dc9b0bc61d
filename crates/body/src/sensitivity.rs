//! Which inputs an answer hangs on.
//!
//! ```text
//! Morris 1991:  elementary effects along r random one-at-a-time paths on a 4-level grid; μ* = mean |effect|, σ their spread
//! Sobol:        S_i  = mean f(B) (f(A_B^i) − f(A)) / V          Saltelli 2010
//!               ST_i = mean (f(A) − f(A_B^i))² / 2V             Jansen 1999
//! ```
//!
//! A and B are Latin hypercubes; A_B^i is A with column i of B. Inputs are given on the unit cube: the caller maps them.
//! Checked on the Ishigami function (closed form). Cost: Morris r (k + 1) runs, Sobol n (k + 2).

use rami_random::distributions::{Distribution as _, Uniform};
use rami_random::{Rng, RngExt, Stream};
use rayon::prelude::*;

/// Morris's screening of one input.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Screening {
    /// Mean absolute effect of moving the input over its range.
    pub mu_star: f64,
    /// Standard deviation of the effect: large beside μ* when the input interacts or is not linear.
    pub sigma: f64,
}

/// Sobol's indices of one input.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Indices {
    /// Share of the variance this input explains alone.
    pub first: f64,
    /// Share it has a part in.
    pub total: f64,
}

/// Screens `k` inputs of `f` along `paths` paths.
pub fn morris(k: usize, paths: usize, stream: Stream, f: impl Fn(&[f64]) -> f64 + Sync) -> Vec<Screening> {
    const STEP: f64 = 2.0 / 3.0;
    let effects: Vec<Vec<f64>> = (0..paths as u64)
        .into_par_iter()
        .map(|path| {
            let mut rng = stream.named("morris").indexed(path).rng();
            // Levels 0, 1/3, 2/3, 1; from the lower two a step goes up, from the upper two down.
            let mut x: Vec<f64> = (0..k).map(|_| f64::from(rng.random_range(0..4_u32)) / 3.0).collect();
            let mut order: Vec<usize> = (0..k).collect();
            shuffle(&mut order, &mut rng);
            let (mut effect, mut before) = (vec![0.0; k], f(&x));
            for i in order {
                let step = if x[i] < 0.5 { STEP } else { -STEP };
                x[i] += step;
                let after = f(&x);
                effect[i] = (after - before) / step;
                before = after;
            }
            effect
        })
        .collect();
    (0..k)
        .map(|i| {
            let n = effects.len() as f64;
            let mean = effects.iter().map(|e| e[i]).sum::<f64>() / n;
            let variance = effects.iter().map(|e| (e[i] - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
            Screening { mu_star: effects.iter().map(|e| e[i].abs()).sum::<f64>() / n, sigma: variance.sqrt() }
        })
        .collect()
}

/// First and total indices of `k` inputs of `f` from `n` rows.
pub fn sobol(k: usize, n: usize, stream: Stream, f: impl Fn(&[f64]) -> f64 + Sync) -> Vec<Indices> {
    let (a, b) = (latin_hypercube(k, n, stream.named("A")), latin_hypercube(k, n, stream.named("B")));
    let rows: Vec<(f64, f64, Vec<f64>)> = (0..n)
        .into_par_iter()
        .map(|row| {
            let mixed = |i: usize| {
                let mut x = a[row].clone();
                x[i] = b[row][i];
                f(&x)
            };
            (f(&a[row]), f(&b[row]), (0..k).map(mixed).collect())
        })
        .collect();
    let count = n as f64;
    let mean = rows.iter().map(|(fa, fb, _)| fa + fb).sum::<f64>() / (2.0 * count);
    let variance =
        rows.iter().map(|(fa, fb, _)| (fa - mean).powi(2) + (fb - mean).powi(2)).sum::<f64>() / (2.0 * count);
    (0..k)
        .map(|i| {
            let first = rows.iter().map(|(fa, fb, fab)| (fb - mean) * (fab[i] - fa)).sum::<f64>();
            let total = rows.iter().map(|(fa, _, fab)| (fa - fab[i]).powi(2)).sum::<f64>();
            Indices { first: first / count / variance, total: total / (2.0 * count) / variance }
        })
        .collect()
}

/// `n` rows of `k` numbers in 0..1, each column with one number in each of `n` equal strata.
fn latin_hypercube(k: usize, n: usize, stream: Stream) -> Vec<Vec<f64>> {
    let mut rows = vec![vec![0.0; k]; n];
    for column in 0..k {
        let mut rng = stream.indexed(column as u64).rng();
        let mut strata: Vec<usize> = (0..n).collect();
        shuffle(&mut strata, &mut rng);
        for (row, stratum) in strata.into_iter().enumerate() {
            rows[row][column] = (stratum as f64 + rng.random::<f64>()) / n as f64;
        }
    }
    rows
}

/// Fisher and Yates.
fn shuffle(items: &mut [usize], rng: &mut impl Rng) {
    for i in (1..items.len()).rev() {
        let Ok(range) = Uniform::new_inclusive(0, i) else { continue };
        items.swap(i, range.sample(rng));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::PI;

    fn ishigami(x: &[f64]) -> f64 {
        let [x1, x2, x3] = [0, 1, 2].map(|i| (2.0 * x[i] - 1.0) * PI);
        x1.sin() + 7.0 * x2.sin().powi(2) + 0.1 * x3.powi(4) * x1.sin()
    }

    #[test]
    fn the_indices_of_ishigami_are_those_of_its_closed_form() {
        let indices = sobol(3, 1 << 15, Stream::new(1), ishigami);
        for (got, (first, total)) in indices.iter().zip([(0.3139, 0.5576), (0.4424, 0.4424), (0.0, 0.2437)]) {
            // Standard errors of the estimators at 32,768 rows are 0.004 to 0.008.
            assert!((got.first - first).abs() < 0.025 && (got.total - total).abs() < 0.025, "{indices:?}");
        }
    }

    #[test]
    fn screening_a_line_gives_its_slopes_and_no_spread() {
        let screening = morris(3, 20, Stream::new(1), |x| 2.0 * x[0] - x[1]);
        for (got, slope) in screening.iter().zip([2.0, 1.0, 0.0]) {
            assert!((got.mu_star - slope).abs() < 1e-12 && got.sigma < 1e-12, "{screening:?}");
        }
    }

    #[test]
    fn screening_finds_what_interacts() {
        let screening = morris(2, 200, Stream::new(1), |x| x[0] * x[1]);
        assert!(screening[0].sigma > 0.2, "{screening:?}");
    }
}
