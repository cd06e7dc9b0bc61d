//! What differs between people and no CT shows: how tissue conducts and stores, what nerves take up, how sensitive they are.
//!
//! ```text
//! prior       14 independent standard normal deviates: 11 of the tissues ([`Deviates`]), ln K_d of A, B and C fibres
//! posterior   z ~ N(m, L Lᵀ), what weighing published extents and durations leaves of it (`data/posterior.toml`)
//! ```
//!
//! The posterior is a normal distribution with the weighed draws' mean and covariance, written by `cargo xtask validate
//! spread`, which says what was weighed (`validation/spread.md`). Limits: a normal distribution has no other shape than
//! that; one figure stands for all people, so that its uncertainty and the differences between people are not told apart.

use rami_random::Stream;
use rami_random::distributions::{Distribution as _, StandardNormal};
use rami_spread::{Deviates, Properties};
use serde::Deserialize;
use std::sync::OnceLock;

/// How many numbers a person is.
pub const DIMENSIONS: usize = 14;

/// Names of the deviates that are not of the tissues.
const POTENCY: [&str; 3] = ["kd_a", "kd_b", "kd_c"];

/// One person's tissues and nerves.
#[derive(Debug, Clone, PartialEq)]
pub struct Person {
    /// Tissues, and what reaches the inside of a nerve.
    pub properties: Properties,
    /// K_d of A, B and C fibres, times the usual one.
    pub kd_factors: [f64; 3],
}

/// A normal distribution of deviates.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Posterior {
    /// Names of the deviates, in order.
    pub names: Vec<String>,
    /// Mean of each.
    pub mean: [f64; DIMENSIONS],
    /// Lower triangle L of the covariance's root, rows of full length.
    pub root: [[f64; DIMENSIONS]; DIMENSIONS],
}

impl Posterior {
    /// What the study left.
    #[must_use]
    pub fn calibrated() -> &'static Self {
        static TABLE: OnceLock<Posterior> = OnceLock::new();
        // A test reads the file, so that a mistake in it cannot reach anyone.
        TABLE.get_or_init(|| {
            toml::from_str(include_str!("../../data/posterior.toml")).unwrap_or_else(|_| Self::prior())
        })
    }

    /// Standard normal deviates.
    #[must_use]
    pub fn prior() -> Self {
        let root = std::array::from_fn(|i| std::array::from_fn(|j| f64::from(u8::from(i == j))));
        Self { names: names().map(str::to_owned).to_vec(), mean: [0.0; DIMENSIONS], root }
    }

    /// m + L z.
    #[must_use]
    pub fn at(&self, z: &[f64; DIMENSIONS]) -> [f64; DIMENSIONS] {
        std::array::from_fn(|i| self.mean[i] + (0..=i).map(|j| self.root[i][j] * z[j]).sum::<f64>())
    }
}

/// Names of the deviates, in order.
#[must_use]
pub fn names() -> [&'static str; DIMENSIONS] {
    std::array::from_fn(|i| {
        Deviates::NAMES.get(i).copied().unwrap_or_else(|| POTENCY[(i - Deviates::NAMES.len()).min(2)])
    })
}

impl Person {
    /// At given deviates.
    #[must_use]
    pub fn at(deviates: &[f64; DIMENSIONS]) -> Self {
        let (tissues, potency) = deviates.split_at(Deviates::NAMES.len());
        let properties = Properties::at(&Deviates::of(std::array::from_fn(|i| tissues[i])));
        let sd = rami_evidence::value("spread.nerve.kd_sd");
        Self { properties, kd_factors: std::array::from_fn(|class| (sd * potency[class]).exp()) }
    }

    /// The middle of what calibration left.
    #[must_use]
    pub fn typical() -> Self {
        Self::at(&Posterior::calibrated().mean)
    }

    /// One of those that calibration left.
    #[must_use]
    pub fn draw(stream: Stream) -> Self {
        let z = names().map(|name| StandardNormal.sample(&mut stream.named("person").named(name).rng()));
        Self::at(&Posterior::calibrated().at(&z))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_posterior_reads_and_is_one() {
        let read: Posterior = toml::from_str(include_str!("../../data/posterior.toml")).unwrap();
        assert_eq!(read.names, names());
        assert_eq!(&read, Posterior::calibrated());
        for (i, row) in read.root.iter().enumerate() {
            assert!(row[i] > 0.0 && row[i + 1..].iter().all(|v| *v == 0.0), "row {i}");
            // Nothing was learnt that makes a deviate less certain than half as much again as its prior.
            let variance: f64 = row.iter().map(|v| v * v).sum();
            assert!(variance < 2.25 && read.mean[i].abs() < 3.0, "{}: {variance}", read.names[i]);
        }
    }

    #[test]
    fn draws_have_the_posteriors_mean_and_spread() {
        let posterior = Posterior::calibrated();
        let n = 4000;
        let (mut mean, mut cross) = ([0.0; DIMENSIONS], [[0.0; DIMENSIONS]; DIMENSIONS]);
        for seed in 0..n {
            let stream = Stream::new(seed).named("inject");
            let z = names().map(|name| StandardNormal.sample(&mut stream.named("person").named(name).rng()));
            let x = posterior.at(&z);
            assert_eq!(Person::draw(stream), Person::at(&x));
            for i in 0..DIMENSIONS {
                mean[i] += x[i] / n as f64;
                (0..DIMENSIONS).for_each(|j| {
                    cross[i][j] += (x[i] - posterior.mean[i]) * (x[j] - posterior.mean[j]) / n as f64;
                });
            }
        }
        for i in 0..DIMENSIONS {
            assert!((mean[i] - posterior.mean[i]).abs() < 0.1, "{}", posterior.names[i]);
            for (j, got) in cross[i].iter().enumerate() {
                let asked: f64 = (0..DIMENSIONS).map(|k| posterior.root[i][k] * posterior.root[j][k]).sum();
                assert!(
                    (got - asked).abs() < 0.1,
                    "{} {}: {got} {asked}",
                    posterior.names[i],
                    posterior.names[j]
                );
            }
        }
    }
}
