//! Weighed draws, and the normal distribution with their mean and covariance.

use nalgebra::{SMatrix, SVector};
use rami_bedside::inject::person::{DIMENSIONS, Posterior, names};

type Vector = SVector<f64, DIMENSIONS>;
type Matrix = SMatrix<f64, DIMENSIONS, DIMENSIONS>;

/// Weighed mean and covariance, and the same mixed with a share of a wider one.
pub(crate) fn of(draws: &[([f64; DIMENSIONS], f64)], grown: f64, prior_share: f64) -> Posterior {
    let total: f64 = draws.iter().map(|d| d.1).sum();
    let mut mean = Vector::zeros();
    draws.iter().for_each(|(x, w)| mean += Vector::from(*x) * (w / total));
    let mut covariance = Matrix::zeros();
    for (x, w) in draws {
        let off = Vector::from(*x) - mean;
        covariance += off * off.transpose() * (w / total);
    }
    let covariance = covariance * grown * (1.0 - prior_share) + Matrix::identity() * prior_share;
    let root = (covariance + Matrix::identity() * 1e-6).cholesky().unwrap().l();
    Posterior {
        names: names().map(str::to_owned).to_vec(),
        mean: mean.into(),
        root: std::array::from_fn(|i| std::array::from_fn(|j| root[(i, j)])),
    }
}

/// ln of the density, constants left out that all of them share.
pub(crate) fn log_density(of: &Posterior, x: &[f64; DIMENSIONS]) -> f64 {
    let mut z = [0.0; DIMENSIONS];
    let mut sum = 0.0;
    for i in 0..DIMENSIONS {
        let before: f64 = (0..i).map(|j| of.root[i][j] * z[j]).sum();
        z[i] = (x[i] - of.mean[i] - before) / of.root[i][i];
        sum -= 0.5 * z[i] * z[i] + of.root[i][i].ln();
    }
    sum
}

/// The file that draws are made from.
pub(crate) fn file(posterior: &Posterior) -> String {
    let list = |row: &[f64]| row.iter().map(|v| format!("{v:.4}")).collect::<Vec<_>>().join(", ");
    let names: Vec<String> = posterior.names.iter().map(|n| format!("{n:?}")).collect();
    let rows: String = posterior.root.iter().map(|row| format!("    [{}],\n", list(row))).collect();
    format!(
        "# What calibration leaves of the deviates of tissue and nerve, in their prior's standard deviations: mean, and the lower\n\
         # triangle of the covariance's root. Written by `cargo xtask validate spread`; what was weighed: validation/spread.md.\n\
         names = [{}]\nmean = [{}]\nroot = [\n{rows}]\n",
        names.join(", "),
        list(&posterior.mean)
    )
}
