//! What about a person moves drug and heat, and how people differ.
//!
//! Everything here scales typical parameters: body mass (allometry, volumes ∝ mass, flows ∝ mass^0.75), age, liver,
//! alpha-1-acid glycoprotein. [`Variation`] holds the rest: what differs between people of the same age and mass.

use crate::BodyError;
use crate::error::in_range;
use rami_random::distributions::{Distribution as _, StandardNormal};
use rami_random::{Rng, Stream};
use rami_units::Kg;

/// The measurable part of a person.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Person {
    /// Body mass.
    pub weight: Kg,
    /// Age in years.
    pub age_years: f64,
    /// 1 for a healthy liver, 0 for end-stage disease.
    pub liver_function: f64,
    /// Alpha-1-acid glycoprotein relative to that of a healthy adult.
    pub aag_ratio: f64,
}

impl Person {
    /// 70 kg, 45 years, healthy: whom the published parameters are taken to describe.
    #[must_use]
    pub fn typical() -> Self {
        let weight = Kg::literal(rami_evidence::value("plasma.weight.reference"));
        Self { weight, age_years: 45.0, liver_function: 1.0, aag_ratio: 1.0 }
    }

    /// Glycoprotein relative to before an operation, so many days after a major one: a straight line to the published
    /// ratio at three days, held after that. Total concentrations rise with it and free ones hardly do.
    #[must_use]
    pub fn glycoprotein_after_surgery(days: f64) -> f64 {
        let (ratio, at) = (
            rami_evidence::value("plasma.after_surgery.glycoprotein"),
            rami_evidence::value("plasma.after_surgery.days"),
        );
        1.0 + (ratio - 1.0) * (days / at).clamp(0.0, 1.0)
    }

    /// Refuses what cannot be an adult person.
    ///
    /// # Errors
    /// [`BodyError::OutOfRange`], naming the field.
    pub fn check(&self) -> Result<(), BodyError> {
        let adult = "the parameters are of adults; check the unit";
        in_range("weight", self.weight.get(), "kg", (25.0, 300.0), adult)?;
        in_range("age", self.age_years, "years", (16.0, 110.0), adult)?;
        in_range(
            "liver function",
            self.liver_function,
            "(share)",
            (0.0, 1.0),
            "1 is healthy, 0 end-stage disease",
        )?;
        in_range("alpha-1-acid glycoprotein", self.aag_ratio, "(times normal)", (0.2, 5.0), "1 is normal")?;
        Ok(())
    }

    /// Body mass relative to the reference.
    #[must_use]
    pub fn mass_ratio(&self) -> f64 {
        self.weight.get() / rami_evidence::value("plasma.weight.reference")
    }
}

/// What differs between people who look alike: factors with median 1, and one standard normal number for each input
/// whose spread depends on the drug or site.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Variation {
    /// Of clearance.
    pub clearance: f64,
    /// Of volumes.
    pub volume: f64,
    /// Standard normal number for the share absorbed by the fast path.
    pub fast_fraction_z: f64,
    /// Standard normal number for the fast absorption half-life.
    pub fast_half_life_z: f64,
    /// Of alpha-1-acid glycoprotein.
    pub aag: f64,
    /// Of cardiac output.
    pub cardiac_output: f64,
    /// Of the threshold of the central nervous system.
    pub threshold: f64,
}

impl Variation {
    /// The typical person.
    pub const NONE: Self = Self {
        clearance: 1.0,
        volume: 1.0,
        fast_fraction_z: 0.0,
        fast_half_life_z: 0.0,
        aag: 1.0,
        cardiac_output: 1.0,
        threshold: 1.0,
    };

    /// One person of the population.
    #[must_use]
    pub fn draw(stream: Stream) -> Self {
        let factor = |name: &str, cv: f64| log_normal(&mut stream.named(name).rng(), 1.0, cv);
        Self {
            clearance: factor("clearance", rami_evidence::value("plasma.spread.clearance")),
            volume: factor("volume", rami_evidence::value("plasma.spread.volume")),
            fast_fraction_z: normal(&mut stream.named("fast fraction").rng()),
            fast_half_life_z: normal(&mut stream.named("fast half-life").rng()),
            aag: factor("aag", rami_evidence::value("plasma.spread.aag")),
            cardiac_output: factor("cardiac output", rami_evidence::value("plasma.spread.cardiac_output")),
            threshold: factor("cns threshold", rami_evidence::value("plasma.spread.cns_threshold")),
        }
    }
}

/// A standard normal number.
pub(crate) fn normal(rng: &mut impl Rng) -> f64 {
    StandardNormal.sample(rng)
}

/// A log-normal number of this median and coefficient of variation.
pub(crate) fn log_normal(rng: &mut impl Rng, median: f64, cv: f64) -> f64 {
    median * (normal(rng) * log_sd(cv)).exp()
}

/// Standard deviation of the logarithm that gives this coefficient of variation.
pub(crate) fn log_sd(cv: f64) -> f64 {
    (cv * cv).ln_1p().sqrt()
}
