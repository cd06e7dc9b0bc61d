//! What one may ask of a plan.

use crate::requirements::PlanError;
use crate::rules::NEEDLE_LENGTHS_MM;
use rami_anatomy::{Side, VertebralLevel};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which side or sides to plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the names say it
pub enum PlannedSide {
    Left,
    Right,
    Both,
}

impl PlannedSide {
    /// The sides, left first.
    #[must_use]
    pub fn sides(self) -> &'static [Side] {
        match self {
            Self::Left => &[Side::Left],
            Self::Right => &[Side::Right],
            Self::Both => &Side::BOTH,
        }
    }
}

/// Which level to plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LevelChoice {
    /// The best of L2, L3 and L4.
    Auto,
    /// This one.
    At(VertebralLevel),
}

/// How far an operator's needle strays from the plan: standard deviations of independent normal errors.
///
/// The defaults make a tip that errs by 2.44 mm along each axis at 110 mm of depth, which is the needle error of
/// `technique.needle_error.mri` (3.9 ± 1.7 mm).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HumanError {
    /// Of the entry, along each of two axes across the path, mm.
    pub entry_sd_mm: f64,
    /// Of the direction, about each of two axes across the path, degrees.
    pub angle_sd_deg: f64,
    /// Of the depth, mm.
    pub depth_sd_mm: f64,
    /// Of the tip's sideways deflection at the planned depth, along each of two axes, mm: the needle's own bending,
    /// for whoever has a model of it.
    pub deflection_sd_mm: f64,
}

/// A needle's bending is part of the needle error that was measured, so it is taken out of the error of direction, not
/// added to it: what a 22G Chiba bends between two looks at the screen, by the kinematic model of `rami-needle`.
///
/// Sideways deflection that no look has corrected yet, standard deviation along each of two axes, mm: κ s²/2 over the
/// stretch s between looks, in a direction that is anyone's guess, κ with its scatter between needles.
fn unseen_deflection_mm() -> f64 {
    let Ok(needle) = rami_needle::catalogue::find("22G-150-chiba") else { return 0.0 };
    let stretch = rami_evidence::value("planning.stretch_between_looks");
    let scatter = rami_evidence::value("needle.curvature_spread");
    0.5 * needle.curvature_per_mm() * stretch * stretch * (1.0 + scatter * scatter).sqrt()
        / std::f64::consts::SQRT_2
}

impl Default for HumanError {
    fn default() -> Self {
        const TYPICAL_DEPTH_MM: f64 = 110.0;
        let tip = rami_evidence::value("planning.tip_error_per_axis");
        let entry = rami_evidence::value("planning.entry_error");
        let deflection = unseen_deflection_mm();
        let from_angle = (tip * tip - entry * entry - deflection * deflection).max(0.0).sqrt();
        Self {
            entry_sd_mm: entry,
            angle_sd_deg: (from_angle / TYPICAL_DEPTH_MM).atan().to_degrees(),
            depth_sd_mm: tip,
            deflection_sd_mm: deflection,
        }
    }
}

/// What to plan and how.
#[derive(Debug, Clone)]
pub struct PlanOptions {
    /// Side or sides.
    pub side: PlannedSide,
    /// Level, or the best.
    pub level: LevelChoice,
    /// How many levels to choose on each side: 1 to 3.
    pub needles: usize,
    /// Length of the needle at hand, mm; without it any that is sold (90, 120, 150, 200 mm).
    pub needle_length_mm: Option<f64>,
    /// Seed of the draws behind `hit_probability`.
    pub seed: u64,
    /// Number of those draws.
    pub draws: usize,
    /// The operator's error.
    pub human_error: HumanError,
}

impl Default for PlanOptions {
    fn default() -> Self {
        Self {
            side: PlannedSide::Both,
            level: LevelChoice::Auto,
            needles: 1,
            needle_length_mm: None,
            seed: rami_random::DEFAULT_SEED,
            draws: 4000,
            human_error: HumanError::default(),
        }
    }
}

impl PlanOptions {
    /// Levels that are searched.
    #[must_use]
    pub fn levels(&self) -> Vec<VertebralLevel> {
        match self.level {
            LevelChoice::Auto => VertebralLevel::PLANNED.to_vec(),
            LevelChoice::At(level) => vec![level],
        }
    }

    /// The needle with most reach that may be used, mm.
    pub(crate) fn longest_needle_mm(&self) -> f64 {
        self.needle_length_mm.unwrap_or(NEEDLE_LENGTHS_MM[NEEDLE_LENGTHS_MM.len() - 1])
    }

    /// Whether the options make sense together.
    ///
    /// # Errors
    /// [`PlanError::Options`] with what is wrong.
    pub fn check(&self) -> Result<(), PlanError> {
        let wrong = |text: String| Err(PlanError::Options(text));
        if !(1..=3).contains(&self.needles) {
            return wrong(format!("{} needles: plan 1, 2 or 3 a side", self.needles));
        }
        if let LevelChoice::At(level) = self.level {
            if !VertebralLevel::PLANNED.contains(&level) {
                return wrong(format!("level {level}: the block is planned at L2, L3 or L4"));
            }
            if self.needles > 1 {
                return wrong(format!(
                    "{} needles need as many levels: leave the level to `auto` instead of {level}",
                    self.needles
                ));
            }
        }
        if let Some(length) = self.needle_length_mm {
            let (shortest, longest) = (NEEDLE_LENGTHS_MM[0], NEEDLE_LENGTHS_MM[NEEDLE_LENGTHS_MM.len() - 1]);
            if !(shortest..=longest).contains(&length) {
                return wrong(format!(
                    "a needle of {length} mm: lengths from {shortest} to {longest} mm are planned"
                ));
            }
        }
        if self.draws < 100 {
            return wrong(format!("{} draws are too few to say a probability; use 100 or more", self.draws));
        }
        let error = &self.human_error;
        let sds = [error.entry_sd_mm, error.angle_sd_deg, error.depth_sd_mm, error.deflection_sd_mm];
        if sds.iter().any(|sd| !(sd.is_finite() && *sd >= 0.0)) {
            return wrong("an operator's error must be a finite number, zero or more".to_owned());
        }
        Ok(())
    }
}
