//! How legs differ by disease: parameters that a chart sets.

use crate::BodyError;
use crate::error::in_range;
use rami_evidence::value;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Indications and states with parameters of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// No disease of the vessels.
    Healthy,
    /// Stiff vessels behind a narrowed artery: low pressure, steal.
    ArterialInsufficiency,
    /// High tone with an exaggerated answer to cold.
    Raynaud,
    /// Warm CRPS: the affected side has lost constriction.
    CrpsWarm,
    /// Cold CRPS: constriction that no nerve commands.
    CrpsCold,
}

/// What a condition does to one leg.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Traits {
    /// Added to the resting tone.
    pub tone_offset: f64,
    /// Times the tone answers to a colder room or a stress.
    pub cold_gain: f64,
    /// Share of the logarithmic range of flow that is left: 1 is healthy, less is stiff.
    pub range: f64,
    /// Resistance of the large arteries over that of the leg's vessels at rest.
    pub proximal_resistance: f64,
    /// Constriction on the scale of tone that no nerve commands, and no block removes.
    pub local_constriction: f64,
}

impl Traits {
    /// A leg of this condition; `affected` is the side of the disease.
    #[must_use]
    pub fn of(condition: Condition, affected: bool) -> Self {
        let healthy = Self {
            tone_offset: 0.0,
            cold_gain: 1.0,
            range: 1.0,
            proximal_resistance: value("autonomic.proximal_resistance.healthy"),
            local_constriction: 0.0,
        };
        match condition {
            Condition::Raynaud => Self {
                tone_offset: value("autonomic.raynaud.tone"),
                cold_gain: value("autonomic.raynaud.cold_gain"),
                ..healthy
            },
            Condition::ArterialInsufficiency if affected => Self {
                range: value("autonomic.stiffness.ischaemia"),
                proximal_resistance: value("autonomic.proximal_resistance.ischaemia"),
                ..healthy
            },
            Condition::CrpsWarm if affected => {
                Self { tone_offset: value("autonomic.crps_warm.tone"), ..healthy }
            }
            Condition::CrpsCold if affected => {
                Self { local_constriction: value("autonomic.crps_cold.local"), ..healthy }
            }
            _ => healthy,
        }
    }

    /// Refuses traits outside what the equations hold for.
    ///
    /// # Errors
    /// [`BodyError::OutOfRange`], naming the trait.
    pub fn check(&self) -> Result<(), BodyError> {
        in_range("extra tone", self.tone_offset, "(share)", (-1.0, 1.0), "tone lies between 0 and 1")?;
        in_range("cold gain", self.cold_gain, "(times)", (0.0, 10.0), "1 is healthy")?;
        in_range("range of flow", self.range, "(share)", (0.05, 1.0), "1 is healthy")?;
        in_range(
            "proximal resistance",
            self.proximal_resistance,
            "(times)",
            (0.0, 20.0),
            "0 is an open artery",
        )?;
        in_range("local constriction", self.local_constriction, "(share)", (0.0, 1.0), "0 is healthy")?;
        Ok(())
    }
}
