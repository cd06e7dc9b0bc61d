//! The C-fibre axon of Sundt, Gamper & Jaffe 2015 (J Neurophysiol 114:3140).
//!
//! ```text
//! Na   0.04 S/cm² m³ h (V − 50)      v1 = V + 65 − 6     v2 = V + 65 + 6     E(x, y) = x / (exp(x/y) − 1)
//!      α_m = 0.32 q E(13.1 − v1, 4)       β_m = 0.28 q E(v1 − 40.1, 5)
//!      α_h = 0.128 q exp((17 − v2)/18)    β_h = 4 q / (exp((40 − v2)/5) + 1)
//! K    0.04 S/cm² n³ l (V + 90)      s = 1e-3 F / (R T)
//!      a = exp(−5 s (V + 32))   n_∞ = 1/(1 + a)   τ_n = exp(−2 s (V + 32)) / (0.03 q (1 + a))
//!      b = exp( 2 s (V + 61))   l_∞ = 1/(1 + b)   τ_l = exp( 2 s (V + 61)) / (0.001 q (1 + b))
//! leak 1e-4 S/cm², reversal such that the total current is 0 at −60 mV; R_a 100 Ω cm; c_m 1 µF/cm²
//! q = 3^((T − 30)/10)
//! ```
//!
//! Limits: four gates and no ion pools, so it neither fatigues nor accumulates; published at 35 °C and used at 37 °C;
//! at 1 µm it is a slow C fibre (0.49 m/s, where human sympathetic skin fibres conduct at 0.93 m/s).

use super::{Constants, GATES, GateRate, Membrane, linoid};

/// Sundt's C-fibre membrane at one temperature.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sundt {
    rate_factor: f64,
    /// F / (R T) per mV.
    slope: f64,
    leak_mv: f64,
}

impl Sundt {
    /// Temperature the model is used at.
    pub const BODY_CELSIUS: f64 = 37.0;
    const REST: f64 = -60.0;
    const SODIUM: f64 = 40.0;
    const POTASSIUM: f64 = 40.0;
    const LEAK: f64 = 0.1;
    const E_NA: f64 = 50.0;
    const E_K: f64 = -90.0;

    /// The membrane at a temperature in °C.
    #[must_use]
    pub fn new(celsius: f64) -> Self {
        let mut membrane = Self {
            rate_factor: 3.0_f64.powf((celsius - 30.0) / 10.0),
            slope: 1e-3 * 9.648e4 / (8.315 * (273.16 + celsius)),
            leak_mv: 0.0,
        };
        let (na, k) = membrane.conductances(&membrane.gates_at_rest());
        let current = na * (Self::REST - Self::E_NA) + k * (Self::REST - Self::E_K);
        membrane.leak_mv = Self::REST + current / Self::LEAK;
        membrane
    }
}

impl Membrane for Sundt {
    fn name(&self) -> &'static str {
        "sundt"
    }

    fn constants(&self) -> Constants {
        Constants {
            rest_mv: Self::REST,
            capacitance_uf_cm2: 1.0,
            axoplasm_ohm_cm: 100.0,
            leak_ms_cm2: Self::LEAK,
            leak_mv: self.leak_mv,
            sodium_mv: Self::E_NA,
            potassium_mv: Self::E_K,
            sodium_ms_cm2: Self::SODIUM,
        }
    }

    fn gate_rates(&self, v: f64) -> [GateRate; GATES] {
        let (q, s) = (self.rate_factor, self.slope);
        let (v1, v2) = (v + 65.0 - 6.0, v + 65.0 + 6.0);
        let m = GateRate::from_rates(0.32 * q * linoid(13.1 - v1, 4.0), 0.28 * q * linoid(v1 - 40.1, 5.0));
        let h = GateRate::from_rates(
            0.128 * q * ((17.0 - v2) / 18.0).exp(),
            4.0 * q / (((40.0 - v2) / 5.0).exp() + 1.0),
        );
        let a = (-5.0 * s * (v + 32.0)).exp();
        let n = GateRate {
            steady: 1.0 / (1.0 + a),
            tau_ms: (-2.0 * s * (v + 32.0)).exp() / (0.03 * q * (1.0 + a)),
        };
        let b = (2.0 * s * (v + 61.0)).exp();
        let l = GateRate { steady: 1.0 / (1.0 + b), tau_ms: b / (0.001 * q * (1.0 + b)) };
        [m, h, n, l]
    }

    #[inline(always)]
    fn conductances(&self, &[m, h, n, l]: &[f64; GATES]) -> (f64, f64) {
        (Self::SODIUM * (m * m) * (m * h), Self::POTASSIUM * (n * n) * (n * l))
    }
}
