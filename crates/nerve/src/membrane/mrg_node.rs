//! The node of Ranvier of McIntyre, Richardson & Grill 2002 (J Neurophysiol 87:995).
//!
//! ```text
//! fast Na        3.0 S/cm²  m³ h (V − 50)        persistent Na  0.01 S/cm² p³ (V − 50)
//! slow K         0.08 S/cm² s (V + 90)           leak           0.007 S/cm² (V + 90)       c_m 2 µF/cm²
//! E(x, y) = x / (exp(x/y) − 1)
//! α_m = 1.86 q₁ E(−(V + 21.4), 10.3)     β_m = 0.086 q₁ E(V + 25.7, 9.16)
//! α_h = 0.062 q₂ E(V + 114, 11)          β_h = 2.3 q₂ / (1 + exp(−(V + 31.8)/13.4))
//! α_p = 0.01 q₁ E(−(V + 27), 10.2)       β_p = 0.00025 q₁ E(V + 34, 10)
//! α_s = 0.3 q₃ / (1 + exp(−(V + 53)/5))  β_s = 0.03 q₃ / (1 + exp(−(V + 90)))
//! q₁ = 2.2^((T − 20)/10)   q₂ = 2.9^((T − 20)/10)   q₃ = 3^((T − 36)/10)
//! ```
//!
//! Peña et al. 2024 (PLoS Comput Biol 20:e1011833) give small fibres (1 to 5.7 µm) fast Na 2.333 and slow K 0.1156
//! S/cm²: [`MrgNode::pena`], kept for comparison. Rami's small fibres have the conductances of 2002.
//!
//! Limits: a mammalian motor axon's node, at rest at −80 mV; both sodium currents are scaled together by a block.

use super::{Constants, GATES, GateRate, Membrane, linoid};

/// A node of Ranvier at one temperature.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MrgNode {
    sodium_factor: f64,
    inactivation_factor: f64,
    potassium_factor: f64,
    sodium_ms_cm2: f64,
    potassium_ms_cm2: f64,
}

impl MrgNode {
    const PERSISTENT: f64 = 10.0;

    /// The node of 2002.
    #[must_use]
    pub fn new(celsius: f64) -> Self {
        Self {
            sodium_factor: 2.2_f64.powf((celsius - 20.0) / 10.0),
            inactivation_factor: 2.9_f64.powf((celsius - 20.0) / 10.0),
            potassium_factor: 3.0_f64.powf((celsius - 36.0) / 10.0),
            sodium_ms_cm2: 3000.0,
            potassium_ms_cm2: 80.0,
        }
    }

    /// The node of small fibres with the conductances of Peña et al. 2024.
    #[must_use]
    pub fn pena(celsius: f64) -> Self {
        Self { sodium_ms_cm2: 2333.333, potassium_ms_cm2: 115.556, ..Self::new(celsius) }
    }
}

impl Membrane for MrgNode {
    fn name(&self) -> &'static str {
        "mrg"
    }

    fn constants(&self) -> Constants {
        Constants {
            rest_mv: -80.0,
            capacitance_uf_cm2: 2.0,
            axoplasm_ohm_cm: 70.0,
            leak_ms_cm2: 7.0,
            leak_mv: -90.0,
            sodium_mv: 50.0,
            potassium_mv: -90.0,
            sodium_ms_cm2: self.sodium_ms_cm2,
        }
    }

    fn gate_rates(&self, v: f64) -> [GateRate; GATES] {
        let (q1, q2, q3) = (self.sodium_factor, self.inactivation_factor, self.potassium_factor);
        [
            GateRate::from_rates(1.86 * q1 * linoid(-(v + 21.4), 10.3), 0.086 * q1 * linoid(v + 25.7, 9.16)),
            GateRate::from_rates(
                0.062 * q2 * linoid(v + 114.0, 11.0),
                2.3 * q2 / (1.0 + (-(v + 31.8) / 13.4).exp()),
            ),
            GateRate::from_rates(
                0.01 * q1 * linoid(-(v + 27.0), 10.2),
                0.00025 * q1 * linoid(v + 34.0, 10.0),
            ),
            GateRate::from_rates(
                0.3 * q3 / (1.0 + (-(v + 53.0) / 5.0).exp()),
                0.03 * q3 / (1.0 + (-(v + 90.0)).exp()),
            ),
        ]
    }

    #[inline(always)]
    fn conductances(&self, &[m, h, p, s]: &[f64; GATES]) -> (f64, f64) {
        (self.sodium_ms_cm2 * (m * m) * (m * h) + Self::PERSISTENT * (p * p * p), self.potassium_ms_cm2 * s)
    }
}
