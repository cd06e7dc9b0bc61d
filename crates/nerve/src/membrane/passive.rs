//! A membrane that only leaks: the linear cable, whose solutions are known in closed form.

use super::{Constants, GATES, GateRate, Membrane};

/// A leak and a capacitance at a rest of 0 mV.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Passive {
    /// Leak conductance, mS/cm².
    pub leak_ms_cm2: f64,
    /// Capacitance, µF/cm².
    pub capacitance_uf_cm2: f64,
    /// Resistivity of the axoplasm, Ω cm.
    pub axoplasm_ohm_cm: f64,
}

impl Membrane for Passive {
    fn name(&self) -> &'static str {
        "passive"
    }

    fn constants(&self) -> Constants {
        Constants {
            rest_mv: 0.0,
            capacitance_uf_cm2: self.capacitance_uf_cm2,
            axoplasm_ohm_cm: self.axoplasm_ohm_cm,
            leak_ms_cm2: self.leak_ms_cm2,
            leak_mv: 0.0,
            sodium_mv: 0.0,
            potassium_mv: 0.0,
            sodium_ms_cm2: 0.0,
        }
    }

    fn gate_rates(&self, _: f64) -> [GateRate; GATES] {
        [GateRate::UNUSED; GATES]
    }

    #[inline(always)]
    fn conductances(&self, _: &[f64; GATES]) -> (f64, f64) {
        (0.0, 0.0)
    }
}
