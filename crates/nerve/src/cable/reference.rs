//! The reference stepper: backward Euler for the voltage, exact rates, one fibre. First order in time, plain to read.
//!
//! ```text
//! (c/dt + g_Na + g_K + g_L) V' − L V' = c/dt V + g_Na E_Na + g_K E_K + g_L E_L + drive      with the gates at t
//! x' = x_∞(V') + (x − x_∞(V')) exp(−dt/τ(V'))
//! ```
//!
//! It is the scheme of the tabulated velocities, so it reproduces them at the same dx and dt; the production stepper
//! ([`Stepper`](super::Stepper)) is tested against its limit for dt → 0.

use super::geometry::{Fibre, check_step};
use crate::NerveError;
use crate::membrane::{GATES, Membrane};

/// One fibre followed by backward Euler.
#[derive(Debug, Clone)]
pub struct Reference<'a, M> {
    membrane: &'a M,
    fibre: &'a Fibre,
    dt_ms: f64,
    steps: u64,
    voltage_mv: Vec<f64>,
    gates: Vec<[f64; GATES]>,
    drive: Vec<f64>,
}

impl<'a, M: Membrane> Reference<'a, M> {
    /// A fibre at rest.
    ///
    /// # Errors
    /// A profile that does not fit the fibre, or a step too coarse for the membrane.
    pub fn new(membrane: &'a M, fibre: &'a Fibre, dt_ms: f64) -> Result<Self, NerveError> {
        check_step(membrane, dt_ms)?;
        fibre.check()?;
        let n = fibre.cable.compartments();
        Ok(Self {
            membrane,
            fibre,
            dt_ms,
            steps: 0,
            voltage_mv: vec![membrane.constants().rest_mv; n],
            gates: vec![membrane.gates_at_rest(); n],
            drive: fibre.outside_drive(membrane),
        })
    }

    /// Time reached, ms.
    #[must_use]
    pub fn time_ms(&self) -> f64 {
        self.steps as f64 * self.dt_ms
    }

    /// Voltage across the membrane of each compartment, mV.
    #[must_use]
    pub fn voltage_mv(&self) -> &[f64] {
        &self.voltage_mv
    }

    /// One step.
    pub fn step(&mut self) {
        let constants = self.membrane.constants();
        let n = self.voltage_mv.len();
        let g = self.fibre.cable.coupling_ms_cm2(constants.axoplasm_ohm_cm);
        let inertia = constants.capacitance_uf_cm2 / self.dt_ms;
        let (from, to) = (self.time_ms(), (self.steps + 1) as f64 * self.dt_ms);
        let level = self.fibre.action.field_level(from, to);
        let mut diagonal = vec![0.0; n];
        let mut right = vec![0.0; n];
        for j in 0..n {
            let (na, k) = self.membrane.conductances(&self.gates[j]);
            let na = na * self.fibre.action.sodium_at(j);
            let neighbours = if j == 0 || j == n - 1 { 1.0 } else { 2.0 };
            diagonal[j] = inertia + na + k + constants.leak_ms_cm2 + neighbours * g;
            right[j] = inertia * self.voltage_mv[j]
                + na * constants.sodium_mv
                + k * constants.potassium_mv
                + constants.leak_ms_cm2 * constants.leak_mv
                + level * self.drive[j];
        }
        if let Some((compartment, density)) = self.fibre.clamp_density(from, to) {
            right[compartment] += density;
        }
        for j in 1..n {
            let factor = g / diagonal[j - 1];
            diagonal[j] -= factor * g;
            right[j] += factor * right[j - 1];
        }
        self.voltage_mv[n - 1] = right[n - 1] / diagonal[n - 1];
        for j in (0..n - 1).rev() {
            self.voltage_mv[j] = (right[j] + g * self.voltage_mv[j + 1]) / diagonal[j];
        }
        for (gates, &voltage) in self.gates.iter_mut().zip(&self.voltage_mv) {
            for (gate, rate) in gates.iter_mut().zip(self.membrane.gate_rates(voltage)) {
                *gate = rate.steady + (*gate - rate.steady) * (-self.dt_ms / rate.tau_ms).exp();
            }
        }
        self.steps += 1;
    }
}
