//! The squid giant axon of Hodgkin & Huxley 1952 (J Physiol 117:500), in the modern sign: rest −65 mV.
//!
//! ```text
//! g_Na 120 m³ h (V − 50)   g_K 36 n⁴ (V + 77)   g_L 0.3 (V + 54.3)   mS/cm²; u = V + 65; E(x, y) = x/(exp(x/y) − 1)
//! α_m = 0.1 E(25 − u, 10)    β_m = 4 exp(−u/18)      α_h = 0.07 exp(−u/20)   β_h = 1/(exp((30 − u)/10) + 1)
//! α_n = 0.01 E(10 − u, 10)   β_n = 0.125 exp(−u/80)  all × 3^((T − 6.3)/10);  R_a 35.4 Ω cm; c_m 1 µF/cm²
//! ```
//!
//! Limits: a verification case only. It does not conduct at 37 °C.

use super::{Constants, GATES, GateRate, Membrane, linoid};

/// Hodgkin and Huxley's membrane at one temperature.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HodgkinHuxley {
    rate_factor: f64,
}

impl HodgkinHuxley {
    /// Temperature of the reference cable of 1952.
    pub const SQUID_CELSIUS: f64 = 18.5;
    const REST: f64 = -65.0;

    /// The membrane at a temperature in °C.
    #[must_use]
    pub fn new(celsius: f64) -> Self {
        Self { rate_factor: 3.0_f64.powf((celsius - 6.3) / 10.0) }
    }

    /// The gates at `u` mV above rest, all rates multiplied by `factor`.
    pub(super) fn gates(u: f64, factor: f64) -> [GateRate; GATES] {
        let gate = |opening: f64, closing: f64| GateRate::from_rates(factor * opening, factor * closing);
        [
            gate(0.1 * linoid(25.0 - u, 10.0), 4.0 * (-u / 18.0).exp()),
            gate(0.07 * (-u / 20.0).exp(), 1.0 / (((30.0 - u) / 10.0).exp() + 1.0)),
            gate(0.01 * linoid(10.0 - u, 10.0), 0.125 * (-u / 80.0).exp()),
            GateRate::UNUSED,
        ]
    }

    #[inline(always)]
    pub(super) fn open(&[m, h, n, _]: &[f64; GATES]) -> (f64, f64) {
        (120.0 * (m * m) * (m * h), 36.0 * (n * n) * (n * n))
    }
}

impl Membrane for HodgkinHuxley {
    fn name(&self) -> &'static str {
        "hh"
    }

    fn constants(&self) -> Constants {
        Constants {
            rest_mv: Self::REST,
            capacitance_uf_cm2: 1.0,
            axoplasm_ohm_cm: 35.4,
            leak_ms_cm2: 0.3,
            leak_mv: -54.3,
            sodium_mv: 50.0,
            potassium_mv: -77.0,
            sodium_ms_cm2: 120.0,
        }
    }

    fn gate_rates(&self, v: f64) -> [GateRate; GATES] {
        Self::gates(v - Self::REST, self.rate_factor)
    }

    #[inline(always)]
    fn conductances(&self, gates: &[f64; GATES]) -> (f64, f64) {
        Self::open(gates)
    }
}
