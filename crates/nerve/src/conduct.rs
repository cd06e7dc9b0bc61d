//! One impulse down one fibre: does it arrive, how fast, how high.
//!
//! A current into the first compartment starts it. Velocity is read between 0.25 and 0.75 of the length as the time
//! between upward crossings of −20 mV, arrival at 0.9, the peak at 0.75 (behind a blocked stretch in the middle).

use crate::NerveError;
use crate::action::Action;
use crate::cable::{Fibre, Reference, Stepper};
use crate::membrane::Membrane;
use crate::myelin::{Myelinated, MyelinatedStepper};
use crate::potential::Waveform;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Voltage whose upward crossing marks an impulse, mV.
pub const IMPULSE_MV: f64 = -20.0;
/// Current that starts the impulse in the reference cases, nA for 1 ms.
pub const START_NA: f64 = 0.2;

/// The same for a myelinated fibre, for 0.1 ms into its first node.
pub const MYELINATED_START_NA: f64 = 5.0;
/// A fibre nowhere this far above rest, in mV, carries no impulse that could grow again.
pub(crate) const QUIET_MV: f64 = 5.0;

/// How time is stepped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scheme {
    /// Staggered Crank–Nicolson with tabulated rates, second order: the production stepper.
    #[default]
    CrankNicolson,
    /// Backward Euler with exact rates, first order: the scheme of most published velocities.
    BackwardEuler,
}

/// What became of an impulse.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Conduction {
    /// Velocity between 0.25 and 0.75 of the length, m/s; none where the impulse did not pass both.
    pub conduction_velocity_m_s: Option<f64>,
    /// Whether it passed 0.9 of the length.
    pub conducted: bool,
    /// Highest voltage at 0.75 of the length, mV.
    pub spike_peak_mv: f64,
    /// Time followed, ms.
    pub simulated_ms: f64,
}

/// The question and its answer as one document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ConductionDocument {
    /// `rami.conduction/1`.
    pub schema: String,
    /// Fibre model.
    pub model: String,
    /// Diameter of the fibre, µm.
    pub diameter_um: f64,
    /// Length of the fibre, mm.
    pub length_mm: f64,
    /// Length of a compartment, µm; for a myelinated fibre the distance between nodes.
    pub dx_um: f64,
    /// Number of compartments.
    pub compartments: usize,
    /// Time step, ms.
    pub dt_ms: f64,
    /// Temperature, °C.
    pub temperature_c: f64,
    /// How time was stepped.
    pub scheme: Scheme,
    /// Length of the stretch in the middle with less sodium conductance, mm.
    pub block_window_mm: Option<f64>,
    /// Share of sodium conductance left in that stretch.
    pub gna_fraction: Option<f64>,
    /// The answer.
    #[serde(flatten)]
    pub conduction: Conduction,
    /// Wall-clock time of the computation, ms: the one number here that differs from run to run.
    pub wall_ms: f64,
}

impl ConductionDocument {
    /// Name and version of the document.
    pub const SCHEMA: &'static str = "rami.conduction/1";
}

/// Follows the first upward crossing of a level.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Crossing {
    before: f64,
    at_ms: Option<f64>,
}

impl Crossing {
    pub(crate) fn new(rest_mv: f64) -> Self {
        Self { before: rest_mv, at_ms: None }
    }

    /// Takes the voltage at `time_ms`, one step of `dt_ms` after the last.
    pub(crate) fn see(&mut self, voltage: f64, time_ms: f64, dt_ms: f64) {
        if self.at_ms.is_none() && self.before < IMPULSE_MV && voltage >= IMPULSE_MV {
            let part = (IMPULSE_MV - self.before) / (voltage - self.before);
            self.at_ms = Some(time_ms - dt_ms * (1.0 - part));
        }
        self.before = voltage;
    }

    pub(crate) fn at_ms(&self) -> Option<f64> {
        self.at_ms
    }
}

/// Starts an impulse at the first compartment and follows it until it has passed the far end, died, or `until_ms`.
///
/// # Errors
/// What the stepper refuses.
pub fn conduct(
    membrane: &impl Membrane,
    fibre: Fibre,
    dt_ms: f64,
    until_ms: f64,
    scheme: Scheme,
) -> Result<Conduction, NerveError> {
    let fibre = if fibre.action.clamp.is_some() || fibre.action.field.is_some() {
        fibre
    } else {
        fibre.with_clamp(0, START_NA, Waveform::pulse(1.0, 1.0))
    };
    let positions: Vec<f64> = fibre.cable.positions_mm().collect();
    let watch =
        Watch { rest_mv: membrane.constants().rest_mv, started_ms: fibre.action.end_ms(), dt_ms, until_ms };
    match scheme {
        Scheme::CrankNicolson => {
            let mut stepper = Stepper::<_, 1>::new(membrane, [fibre], dt_ms)?;
            watch.follow(&positions, |row| {
                stepper.step();
                row.copy_from_slice(stepper.voltage_mv().as_flattened());
            })
        }
        Scheme::BackwardEuler => {
            let mut stepper = Reference::new(membrane, &fibre, dt_ms)?;
            watch.follow(&positions, |row| {
                stepper.step();
                row.copy_from_slice(stepper.voltage_mv());
            })
        }
    }
}

/// The same for a myelinated fibre, watched at its nodes; `sodium` is the share left at each node.
///
/// # Errors
/// What the stepper refuses.
pub fn conduct_myelinated(
    fibre: Myelinated,
    sodium: Option<Vec<f64>>,
    dt_ms: f64,
    until_ms: f64,
    scheme: Scheme,
) -> Result<Conduction, NerveError> {
    let mut action = Action::clamp(0, MYELINATED_START_NA, Waveform::pulse(1.0, 0.1));
    action.sodium = sodium;
    let positions: Vec<f64> = (0..fibre.nodes).map(|node| fibre.node_mm(node)).collect();
    let rest_mv = fibre.membrane.constants().rest_mv;
    let watch = Watch { rest_mv, started_ms: action.end_ms(), dt_ms, until_ms };
    let mut stepper = MyelinatedStepper::<1>::new(fibre, [action], dt_ms, scheme)?;
    watch.follow(&positions, |row| {
        stepper.step();
        row.copy_from_slice(stepper.nodes_mv().as_flattened());
    })
}

/// How to follow an impulse.
struct Watch {
    rest_mv: f64,
    started_ms: f64,
    dt_ms: f64,
    until_ms: f64,
}

impl Watch {
    fn follow(
        &self,
        positions_mm: &[f64],
        mut step: impl FnMut(&mut [f64]),
    ) -> Result<Conduction, NerveError> {
        crate::error::in_range("time to follow", self.until_ms, self.dt_ms, 1e5, "ms")?;
        let (n, rest, dt) = (positions_mm.len(), self.rest_mv, self.dt_ms);
        let [near, far, end] = [n / 4, 3 * n / 4, 9 * n / 10];
        let [mut at_near, mut at_far, mut at_end] = [Crossing::new(rest); 3];
        let mut peak = rest;
        let mut voltage = vec![rest; n];
        let steps = (self.until_ms / dt).round() as u64;
        let check_every = ((1.0 / dt) as u64).max(1);
        let mut taken = 0;
        while taken < steps {
            step(&mut voltage);
            taken += 1;
            let time = taken as f64 * dt;
            at_near.see(voltage[near], time, dt);
            at_far.see(voltage[far], time, dt);
            at_end.see(voltage[end], time, dt);
            peak = peak.max(voltage[far]);
            if at_end.at_ms().is_some() {
                break;
            }
            // Nowhere more than 5 mV above rest: no impulse is left that could grow again.
            let quiet = || voltage.iter().all(|&v| v < rest + QUIET_MV);
            if taken % check_every == 0 && time > self.started_ms + 1.0 && quiet() {
                break;
            }
        }
        let velocity = at_near.at_ms().zip(at_far.at_ms()).and_then(|(from, to)| {
            (to > from).then_some((positions_mm[far] - positions_mm[near]) / (to - from))
        });
        Ok(Conduction {
            conduction_velocity_m_s: velocity,
            conducted: at_end.at_ms().is_some(),
            spike_peak_mv: peak,
            simulated_ms: taken as f64 * dt,
        })
    }
}
