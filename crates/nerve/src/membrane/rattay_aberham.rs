//! Hodgkin and Huxley's membrane moved to rest at −70 mV with all rates × 12, after Rattay & Aberham 1993
//! (IEEE Trans Biomed Eng 40:1201).
//!
//! g_Na 120, g_K 36, g_L 0.3 mS/cm²; E 45, −82, −59.4 mV; R_a 100 Ω cm; c_m 1 µF/cm²; 37 °C.
//!
//! Limits: a numerical test only. Its impulse peaks at −5 mV, so it fails at a quarter of sodium block: never for block.

use super::{Constants, GATES, GateRate, HodgkinHuxley, Membrane};

/// Rattay and Aberham's membrane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RattayAberham;

impl RattayAberham {
    const REST: f64 = -70.0;

    /// The membrane at 37 °C, the only temperature it is defined at.
    #[must_use]
    pub fn new() -> Self {
        Self
    }
}

impl Membrane for RattayAberham {
    fn name(&self) -> &'static str {
        "rattay"
    }

    fn constants(&self) -> Constants {
        Constants {
            rest_mv: Self::REST,
            capacitance_uf_cm2: 1.0,
            axoplasm_ohm_cm: 100.0,
            leak_ms_cm2: 0.3,
            leak_mv: -59.4,
            sodium_mv: 45.0,
            potassium_mv: -82.0,
            sodium_ms_cm2: 120.0,
        }
    }

    fn gate_rates(&self, v: f64) -> [GateRate; GATES] {
        HodgkinHuxley::gates(v - Self::REST, 12.0)
    }

    #[inline(always)]
    fn conductances(&self, gates: &[f64; GATES]) -> (f64, f64) {
        HodgkinHuxley::open(gates)
    }
}
