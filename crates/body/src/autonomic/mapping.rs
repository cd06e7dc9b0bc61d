//! Low-volume mapping: a small test dose at a level, and what the foot says about it.
//!
//! ```text
//! P(positive by t | on target)  = share of a population with this blocked fraction whose toe has risen enough by t
//! P(positive by t | off target) = the same without block, plus a floor for drifts and errors
//! Bayes: odds = prior odds × P(result | on) / P(result | off)
//! ```
//!
//! No response after a few minutes is weak evidence of a miss: in Frank 2000 the first degree took 17 min. The caller
//! says which fraction a small volume on target blocks; `bedside` gets it from the spread.

use super::input::Blocked;
use super::leg::{Setting, Subject};
use crate::BodyError;
use crate::error::in_range;
use rami_random::Stream;
use rayon::prelude::*;

/// Share of tests that look positive for other reasons (drift, draught, a moved probe): assumed, not published.
pub const FALSE_POSITIVE_FLOOR: f64 = 0.02;

/// A test dose and how its answer is read.
#[derive(Debug, Clone)]
pub struct MappingTest {
    /// Share of fibres that the dose blocks when it is on target.
    pub fraction_on_target: f64,
    /// Share that it blocks when it is not.
    pub fraction_off_target: f64,
    /// Rise that counts as positive, °C.
    pub rise_c: f64,
    /// How long the foot is watched, min.
    pub watch_min: f64,
    /// People in the population behind the likelihoods.
    pub population: u32,
    /// Their seed.
    pub seed: u64,
}

/// What the test is worth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Likelihoods {
    /// Probability of a positive answer on target.
    pub positive_on: f64,
    /// Probability of a positive answer off target.
    pub positive_off: f64,
}

impl MappingTest {
    /// Probabilities of a positive answer on and off target.
    ///
    /// # Errors
    /// [`BodyError::OutOfRange`] for shares, rises or times that cannot be.
    pub fn likelihoods(&self, setting: &Setting) -> Result<Likelihoods, BodyError> {
        in_range("rise that counts", self.rise_c, "°C", (0.1, 10.0), "usually 1 to 2 °C")?;
        in_range("population", f64::from(self.population), "people", (10.0, 1e6), "enough to count shares")?;
        let positive = |fraction: f64| -> Result<f64, BodyError> {
            let block = Blocked::with_onset(fraction)?;
            let none = Blocked::with_onset(0.0)?;
            let stream = Stream::new(self.seed).named("mapping");
            let risen = (0..u64::from(self.population))
                .into_par_iter()
                .map(|i| {
                    let subject = Subject::draw(setting, stream.indexed(i))?;
                    let response = subject.follow([&block, &none], None, self.watch_min, 10.0)?;
                    let start = response.temperature[0][0][0];
                    Ok(response.temperature.iter().any(|t| t[0][0] - start >= self.rise_c))
                })
                .collect::<Result<Vec<bool>, BodyError>>()?;
            let share = risen.iter().filter(|r| **r).count() as f64 / risen.len() as f64;
            Ok(FALSE_POSITIVE_FLOOR + (1.0 - 2.0 * FALSE_POSITIVE_FLOOR) * share)
        };
        Ok(Likelihoods {
            positive_on: positive(self.fraction_on_target)?,
            positive_off: positive(self.fraction_off_target)?,
        })
    }
}

impl Likelihoods {
    /// Probability of being on target after the answer, from the probability before.
    #[must_use]
    pub fn update(&self, prior: f64, positive: bool) -> f64 {
        let of = |p: f64| if positive { p } else { 1.0 - p };
        let (on, off) = (prior * of(self.positive_on), (1.0 - prior) * of(self.positive_off));
        on / (on + off)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autonomic::{Condition, Traits};

    #[test]
    fn no_answer_after_five_minutes_is_weak_evidence_and_after_forty_it_is_strong() {
        let setting = Setting {
            room_c: 22.0,
            baseline_toe_c: None,
            traits: [Traits::of(Condition::Healthy, true); 2],
            weight_kg: 70.0,
        };
        let after = |watch_min: f64| {
            let test = MappingTest {
                fraction_on_target: 0.9,
                fraction_off_target: 0.0,
                rise_c: 1.0,
                watch_min,
                population: 100,
                seed: 1,
            };
            test.likelihoods(&setting).unwrap().update(0.5, false)
        };
        // One in twenty people has an onset half-time below 10 min.
        assert!(after(5.0) > 0.45, "{}", after(5.0));
        assert!(after(40.0) < 0.15, "{}", after(40.0));
    }
}
