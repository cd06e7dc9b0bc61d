//! Pain, allodynia and function over days, under each mechanism and their mixture.

use super::arms::{Arm, Given};
use super::model::{Mechanisms, Percept};
use super::prior;
use crate::error::in_range;
use crate::{BodyError, Distribution};
use rami_random::Stream;
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The question.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PainOptions {
    /// What was injected where.
    pub arm: Arm,
    /// Share of the chain's fibres it blocks when it reaches them.
    pub blocked_fraction: f64,
    /// Hours for which it blocks.
    pub block_hours: f64,
    /// Pain before on a scale of 0 to 10.
    pub nrs_before: f64,
    /// Days followed.
    pub days: f64,
    /// Draws of the priors.
    pub draws: u32,
    /// Their seed.
    pub seed: u64,
}

/// Pain after an injection: a range under each hypothesis, never one answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PainReport {
    /// What was injected where.
    pub arm: Arm,
    /// Pain before, 0 to 10.
    pub nrs_before: f64,
    /// Draws of the priors behind the ranges.
    pub draws: u32,
    /// That all three are hypotheses.
    pub statement: String,
    /// Under each mechanism alone.
    pub under: Vec<UnderMechanism>,
    /// Under an even mixture of the three.
    pub mixture: Vec<PainBand>,
}

/// Curves under one mechanism.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UnderMechanism {
    /// `transmission`, `central_gain` or `expectation`.
    pub mechanism: String,
    /// Over time.
    pub bands: Vec<PainBand>,
}

/// Spread over draws at one time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PainBand {
    /// Hours after the injection.
    pub t_h: f64,
    /// Pain, 0 to 10.
    pub nrs: Distribution,
    /// Brush allodynia relative to before.
    pub allodynia: Distribution,
    /// Function, 0 to 100: follows pain with a lag of a day (assumed).
    pub function: Distribution,
}

const STEP_H: f64 = 0.25;
const STATEMENT: &str = "Three hypotheses, none settled: transmission through the chain, altered central processing, \
                         endogenous relief and expectation. The ranges come from declared priors, not from a fit; they \
                         do not say what this person will feel.";

impl PainOptions {
    /// Answers the question.
    ///
    /// # Errors
    /// [`BodyError::OutOfRange`] for a fraction, scale or time that cannot be.
    pub fn run(&self) -> Result<PainReport, BodyError> {
        in_range(
            "blocked fraction",
            self.blocked_fraction,
            "(share)",
            (0.0, 1.0),
            "0 is no block, 1 is every fibre",
        )?;
        in_range("pain before", self.nrs_before, "points", (0.0, 10.0), "a numeric rating of 0 to 10")?;
        in_range(
            "duration of the block",
            self.block_hours,
            "h",
            (0.1, 72.0),
            "hours of a local anaesthetic",
        )?;
        in_range("time followed", self.days, "days", (0.1, 60.0), "the model knows days to weeks")?;
        in_range("draws", f64::from(self.draws), "draws", (2.0, 1e5), "enough for quantiles")?;
        let single = &Mechanisms::ALL[..3];
        let curves: Vec<Vec<Percept>> = single.iter().map(|(_, on)| self.draws_of(*on)).collect();
        let names = ["transmission", "central_gain", "expectation"];
        let under = names
            .iter()
            .zip(&curves)
            .map(|(name, curves)| UnderMechanism {
                mechanism: String::from(*name),
                bands: self.bands(&curves.iter().collect::<Vec<_>>()),
            })
            .collect();
        let mixture = self.bands(&curves.iter().flatten().collect::<Vec<_>>());
        Ok(PainReport {
            arm: self.arm,
            nrs_before: self.nrs_before,
            draws: self.draws,
            statement: STATEMENT.into(),
            under,
            mixture,
        })
    }

    fn draws_of(&self, on: Mechanisms) -> Vec<Percept> {
        let stream = Stream::new(self.seed).named("pain");
        let given = Given { arm: self.arm, fraction: self.blocked_fraction, duration_h: self.block_hours };
        (0..u64::from(self.draws))
            .into_par_iter()
            .map(|i| prior::draw(stream.indexed(i)).follow(on, &given, self.days * 24.0, STEP_H))
            .collect()
    }

    /// Every quarter of an hour for eight hours, then every two hours.
    fn bands(&self, curves: &[&Percept]) -> Vec<PainBand> {
        let functions: Vec<Vec<f64>> = curves.iter().map(|c| function(c, self.nrs_before)).collect();
        let points = curves.first().map_or(0, |c| c.pain.len());
        (0..points)
            .filter(|i| *i <= 32 || i % 8 == 0)
            .filter_map(|i| {
                let spread = |of: &dyn Fn(usize) -> f64| {
                    Distribution::of(&mut (0..curves.len()).map(of).collect::<Vec<_>>())
                };
                Some(PainBand {
                    t_h: i as f64 * STEP_H,
                    nrs: spread(&|k| (self.nrs_before * curves[k].pain[i]).clamp(0.0, 10.0))?,
                    allodynia: spread(&|k| curves[k].allodynia[i])?,
                    function: spread(&|k| functions[k][i])?,
                })
            })
            .collect()
    }
}

/// 100 − 8 per point of pain, with a lag of a day.
fn function(percept: &Percept, nrs_before: f64) -> Vec<f64> {
    let follow = 1.0 - (-percept.step_h / 24.0_f64).exp();
    let mut lagged = 1.0;
    percept
        .pain
        .iter()
        .map(|pain| {
            lagged += (pain - lagged) * follow;
            (100.0 - 8.0 * nrs_before * lagged).clamp(0.0, 100.0)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(arm: Arm) -> PainReport {
        let question = PainOptions {
            arm,
            blocked_fraction: 1.0,
            block_hours: 6.0,
            nrs_before: 7.0,
            days: 14.0,
            draws: 100,
            seed: 1,
        };
        question.run().unwrap()
    }

    fn relief(report: &PainReport, mechanism: usize, t_h: f64) -> f64 {
        let bands = &report.under[mechanism].bands;
        let band = bands.iter().min_by(|a, b| (a.t_h - t_h).abs().total_cmp(&(b.t_h - t_h).abs())).unwrap();
        7.0 - band.nrs.median
    }

    #[test]
    fn relief_by_transmission_ends_with_the_block_and_by_gain_outlasts_it() {
        let report = ask(Arm::Anaesthetic);
        assert!(relief(&report, 0, 2.0) > 1.0 && relief(&report, 0, 8.0).abs() < 1e-9);
        assert!(relief(&report, 1, 24.0) > 0.0);
    }

    #[test]
    fn saline_an_injection_that_reaches_nothing_and_a_vein_leave_expectation_alone() {
        for arm in [Arm::Saline, Arm::Nowhere, Arm::Intravenous] {
            let report = ask(arm);
            assert!(relief(&report, 0, 2.0).abs() < 1e-9 && relief(&report, 1, 24.0).abs() < 1e-9);
            assert!(relief(&report, 2, 1.0) > 0.5);
        }
    }

    #[test]
    fn psoas_still_does_something_and_less_than_the_chain() {
        let (psoas, chain) = (ask(Arm::Psoas), ask(Arm::Anaesthetic));
        assert!(relief(&psoas, 0, 2.0) > 0.0 && relief(&psoas, 0, 2.0) < relief(&chain, 0, 2.0));
    }

    #[test]
    fn naloxone_takes_part_of_expectation_away() {
        let (with, without) = (relief(&ask(Arm::Naloxone), 2, 1.0), relief(&ask(Arm::Anaesthetic), 2, 1.0));
        assert!(with < without && with > 0.0, "{with} of {without}");
    }

    #[test]
    fn repeated_blocks_add_up_in_the_gain_and_not_in_transmission() {
        let (once, thrice) = (ask(Arm::Anaesthetic), ask(Arm::Repeated));
        let last = 2.0 * super::super::arms::REPEAT_H;
        assert!(relief(&thrice, 1, last + 8.0) > relief(&once, 1, 8.0));
        assert!(relief(&thrice, 0, last + 2.0) <= relief(&once, 0, 2.0) + 1e-9);
    }

    #[test]
    fn an_impossible_scale_is_refused() {
        let question = PainOptions {
            arm: Arm::Saline,
            blocked_fraction: 0.0,
            block_hours: 6.0,
            nrs_before: 70.0,
            days: 1.0,
            draws: 10,
            seed: 1,
        };
        assert!(question.run().unwrap_err().to_string().starts_with("pain before of 70"));
    }
}
