//! Human errors of an operator: standard deviations of independent normal errors, and how much is noticed.

use rami_evidence::value;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How well an operator does it. All zero, with vigilance 1, is the plan itself.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Skill {
    /// Of the entry on the skin, each way, mm.
    pub entry_sd_mm: f64,
    /// Of the direction of the needle, each way, degrees.
    pub angle_sd_deg: f64,
    /// Of the angles of the C-arm, degrees.
    pub c_arm_sd_deg: f64,
    /// Of reading a tip in a picture across the beam, mm: down the tunnel, from the side (depth) and from behind. What is
    /// published of a tip's whole error (`planning.tip_error_per_axis`) is an outcome of a block and not put in here.
    pub reading_sd_mm: f64,
    /// Probability that an item of the checklist is not forgotten and that a sign is noticed.
    pub vigilance: f64,
    /// Probability that a picture of contrast is read as what it is.
    pub pattern_reading: f64,
    /// Predicted miss above which the needle is steered, mm.
    pub tolerance_mm: f64,
}

impl Skill {
    /// The plan itself.
    #[must_use]
    pub fn perfect() -> Self {
        Self {
            entry_sd_mm: 0.0,
            angle_sd_deg: 0.0,
            c_arm_sd_deg: 0.0,
            reading_sd_mm: 0.0,
            vigilance: 1.0,
            pattern_reading: 1.0,
            tolerance_mm: 0.8,
        }
    }

    /// A trained human, from the evidence: errors of hand and eye are published or derived where the keys say so, the
    /// rest is assumed.
    #[must_use]
    pub fn human() -> Self {
        Self {
            entry_sd_mm: value("needle.hand_entry_sd"),
            angle_sd_deg: value("needle.hand_angle_sd"),
            c_arm_sd_deg: value("procedure.virtual.c_arm"),
            reading_sd_mm: value("procedure.virtual.reading"),
            vigilance: value("procedure.virtual.vigilance") / 100.0,
            pattern_reading: value("procedure.virtual.pattern_reading") / 100.0,
            tolerance_mm: value("procedure.virtual.tolerance"),
        }
    }
}
