//! What the world answers to a mapping current.

use super::Region;
use super::rules::AppliedRule;
use crate::world::TubeKind;
use rami_nerve::FibreClass;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A nerve's thresholds. Volts are at the generator: current times impedance at the tip.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NerveThreshold {
    /// Which nerve.
    pub nerve: String,
    /// Its kind.
    pub kind: TubeKind,
    /// Fibres that were followed.
    pub fibre: FibreClass,
    /// Distance from the tip to its surface, mm.
    pub distance_mm: f64,
    /// Activating function at its strongest, mV per mA.
    pub activating_mv_per_ma: f64,
    /// Threshold of a single model fibre, mA; none below the largest current looked at.
    pub single_fibre_ma: Option<f64>,
    /// Current at which tingling is felt at 50 Hz, mA, in a typical person.
    pub sensory_ma: Option<f64>,
    /// The same in volts.
    pub sensory_v: Option<f64>,
    /// Current at which a muscle twitches at 2 Hz, mA, in a typical person.
    pub motor_ma: Option<f64>,
    /// The same in volts.
    pub motor_v: Option<f64>,
    /// This person's reading over the typical one, in this world.
    pub person_factor: f64,
    /// Where along the nerve it fires, LPS mm.
    pub excited_at_mm: [f64; 3],
    /// Length of model fibre beyond the nerve's known ends, mm.
    pub extended_mm: f64,
}

/// Something reported during a ramp.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Response {
    /// 50 Hz (felt) or 2 Hz (seen).
    pub frequency_hz: u32,
    /// Step of the ramp at which it appears, mA.
    pub current_ma: f64,
    /// The same in volts.
    pub voltage_v: f64,
    /// From which nerve, as the world knows and the operator does not.
    pub nerve: String,
    /// Where it is felt.
    pub region: Option<Region>,
    /// In words.
    pub report: String,
}

/// The answer of the world to a mapping current.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ElectricalAnswer {
    /// Frequencies that were given, Hz.
    pub frequencies_hz: Vec<u32>,
    /// Width of a pulse, µs (cathode at the tip).
    pub pulse_us: f64,
    /// Highest current of the ramp, mA.
    pub ramp_to_ma: f64,
    /// Step of the ramp, mA.
    pub ramp_step_ma: f64,
    /// Impedance at the tip, ohm.
    pub impedance_ohm: f64,
    /// Impedance the same tip would have all in one tissue, ohm.
    pub impedance_by_tissue_ohm: std::collections::BTreeMap<String, f64>,
    /// Length of bare tip, mm.
    pub active_tip_mm: f64,
    /// The fitted factor between a single fibre and a person.
    pub quorum_and_sheath: f64,
    /// What it was fitted on, and what it is not.
    pub fit_statement: String,
    /// Nerves within reach, the lowest threshold first.
    pub nerves: Vec<NerveThreshold>,
    /// What is reported as the current rises.
    pub responses: Vec<Response>,
    /// Rules of the evidence, applied.
    pub rules: Vec<AppliedRule>,
    /// Where rules contradict each other. No conflict is resolved.
    pub conflicts: Vec<String>,
}
