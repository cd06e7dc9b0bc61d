//! How often a straight plan ends where it should, bending included.
//!
//! Needles are pushed along the plan without looking: the entry and the direction have the hand's scatter, the curvature
//! that of equal needles, and the bevel is held as told. The share of tips within the tolerance is the probability.
//!
//! Limits: no correction under x-ray, so it is a lower bound for an operator who watches.

use crate::catalogue::Needle;
use crate::error::in_range;
use crate::insertion::{Insertion, Stop};
use crate::tissue::Tissues;
use crate::{NeedleError, Pose};
use rami_evidence::value;
use rami_random::distributions::{Distribution, Normal};
use rami_random::{RngExt, Stream};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::f64::consts::{PI, TAU};

/// How the bevel is held on the way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bevel {
    /// Any way, the same throughout.
    Anyhow,
    /// Turned by half a turn every so many mm, which undoes most of the bending.
    FlippedEvery {
        /// Distance between turns, mm.
        mm: f64,
    },
}

/// A hand's scatter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hand {
    /// Standard deviation of the entry, each way, mm.
    pub entry_sd_mm: f64,
    /// Standard deviation of the direction, each way, degrees.
    pub angle_sd_deg: f64,
    /// Coefficient of variation of the curvature.
    pub curvature_cv: f64,
    /// How the bevel is held.
    pub bevel: Bevel,
}

impl Hand {
    /// The scatter assumed in the evidence, with the bevel held anyhow.
    #[must_use]
    pub fn assumed() -> Self {
        Self {
            entry_sd_mm: value("needle.hand_entry_sd"),
            angle_sd_deg: value("needle.hand_angle_sd"),
            curvature_cv: value("needle.curvature_spread"),
            bevel: Bevel::Anyhow,
        }
    }
}

/// How often, and by how much it misses.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HitProbability {
    /// Share of tips within the tolerance.
    pub probability: f64,
    /// Tolerance, mm.
    pub tolerance_mm: f64,
    /// Median distance of the tip from the target, mm.
    pub median_miss_mm: f64,
    /// The distance that 95 % stay below, mm.
    pub q95_miss_mm: f64,
    /// Share of needles that bone stopped on the way.
    pub stopped_by_bone: f64,
    /// Number of needles tried.
    pub draws: usize,
}

/// Tries a straight plan many times.
///
/// # Errors
/// [`NeedleError`] for a plan without length, a needle shorter than it, no draws, or a hand that cannot be.
pub fn hit_probability<T: Tissues + ?Sized>(
    needle: &Needle,
    tissues: &T,
    entry_mm: [f64; 3],
    target_mm: [f64; 3],
    tolerance_mm: f64,
    hand: &Hand,
    draws: usize,
    stream: Stream,
) -> Result<HitProbability, NeedleError> {
    in_range("number of draws", draws as f64, 1.0, 1e7)?;
    in_range("tolerance (mm)", tolerance_mm, 0.0, 1e3)?;
    in_range("entry scatter (mm)", hand.entry_sd_mm, 0.0, 100.0)?;
    in_range("angle scatter (degrees)", hand.angle_sd_deg, 0.0, 45.0)?;
    in_range("scatter of curvature", hand.curvature_cv, 0.0, 2.0)?;
    if let Bevel::FlippedEvery { mm } = hand.bevel {
        in_range("distance between turns (mm)", mm, 0.1, 1e3)?;
    }
    let line: [f64; 3] = std::array::from_fn(|i| target_mm[i] - entry_mm[i]);
    let plan = Pose::new(entry_mm, line, [1.0, 0.0, 0.0])?;
    let length = line.iter().map(|c| c * c).sum::<f64>().sqrt();
    in_range("length of the plan (mm), against the needle's", length, 0.0, needle.length_mm)?;
    let side = plan.forward.cross(&plan.bend);
    let scatter = |sd: f64| {
        Normal::new(0.0, sd).map_err(|_| NeedleError::OutOfRange {
            what: "scatter",
            value: sd,
            low: 0.0,
            high: 100.0,
        })
    };
    let (shift, tilt, bending) =
        (scatter(hand.entry_sd_mm)?, scatter(hand.angle_sd_deg.to_radians())?, scatter(hand.curvature_cv)?);
    let (mut misses, mut bone) = (Vec::with_capacity(draws), 0_usize);
    for index in 0..draws {
        let mut rng = stream.named("hit probability").indexed(index as u64).rng();
        let mut off = |d: &Normal<f64>| plan.bend * d.sample(&mut rng) + side * d.sample(&mut rng);
        let (from, forward) = (plan.position + off(&shift), plan.forward + off(&tilt));
        let factor = (1.0 + bending.sample(&mut rng)).max(0.0);
        let start =
            Pose::new(from.into(), forward.into(), plan.bend.into())?.turned(rng.random::<f64>() * TAU);
        let mut insertion = Insertion::new(needle.clone(), tissues, start).with_curvature_factor(factor);
        let stopped = match hand.bevel {
            Bevel::Anyhow => insertion.advance(length, 0.0)?.stopped,
            Bevel::FlippedEvery { mm } => flipped(&mut insertion, length, mm)?,
        };
        bone += usize::from(stopped == Some(Stop::Bone));
        let tip = insertion.tip().position;
        misses.push((0..3).map(|i| (tip[i] - target_mm[i]).powi(2)).sum::<f64>().sqrt());
    }
    misses.sort_by(f64::total_cmp);
    let quantile = |q: f64| misses[((draws - 1) as f64 * q).round() as usize];
    Ok(HitProbability {
        probability: misses.iter().filter(|&&miss| miss <= tolerance_mm).count() as f64 / draws as f64,
        tolerance_mm,
        median_miss_mm: quantile(0.5),
        q95_miss_mm: quantile(0.95),
        stopped_by_bone: bone as f64 / draws as f64,
        draws,
    })
}

/// Half of the first stretch, a turn, then whole stretches: the bends on either side of the line cancel.
fn flipped<T: Tissues + ?Sized>(
    insertion: &mut Insertion<'_, T>,
    length: f64,
    every: f64,
) -> Result<Option<Stop>, NeedleError> {
    let mut stretch = every / 2.0;
    loop {
        let left = length - insertion.depth_mm();
        let advance = insertion.advance(stretch.min(left), 0.0)?;
        if advance.stopped.is_some() || insertion.depth_mm() >= length - 1e-9 {
            return Ok(advance.stopped);
        }
        insertion.rotate(PI)?;
        stretch = every;
    }
}
