//! Ion channels of a patch of membrane.
//!
//! Every membrane here carries sodium, potassium and leak currents, each kind with one reversal,
//!
//! ```text
//! I = f g_Na(gates) (V − E_Na) + g_K(gates) (V − E_K) + g_L (V − E_L)      dx/dt = (x_∞(V) − x) / τ_x(V)
//! ```
//!
//! where f is the share of sodium conductance left by an anaesthetic.

mod hodgkin_huxley;
mod mrg_node;
mod passive;
mod rate_table;
mod rattay_aberham;
mod sundt;

pub use hodgkin_huxley::HodgkinHuxley;
pub use mrg_node::MrgNode;
pub use passive::Passive;
pub use rate_table::RateTable;
pub use rattay_aberham::RattayAberham;
pub use sundt::Sundt;

/// Places for gating variables; a membrane with fewer leaves the rest at 0.
pub const GATES: usize = 4;

/// Where a gate tends to at a voltage, and how fast.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GateRate {
    /// Steady value, 0 to 1.
    pub steady: f64,
    /// Time constant in ms.
    pub tau_ms: f64,
}

impl GateRate {
    /// A place without a gate.
    pub const UNUSED: Self = Self { steady: 0.0, tau_ms: 1.0 };

    /// From opening and closing rates per ms.
    #[must_use]
    pub fn from_rates(opening: f64, closing: f64) -> Self {
        let sum = opening + closing;
        Self { steady: opening / sum, tau_ms: 1.0 / sum }
    }
}

/// What does not change with voltage.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Constants {
    /// Resting potential, mV.
    pub rest_mv: f64,
    /// Membrane capacitance, µF/cm².
    pub capacitance_uf_cm2: f64,
    /// Resistivity of the axoplasm, Ω cm.
    pub axoplasm_ohm_cm: f64,
    /// Leak conductance, mS/cm².
    pub leak_ms_cm2: f64,
    /// Reversal of the leak, mV.
    pub leak_mv: f64,
    /// Reversal of sodium, mV.
    pub sodium_mv: f64,
    /// Reversal of potassium, mV.
    pub potassium_mv: f64,
    /// Sodium conductance with every gate open, mS/cm².
    pub sodium_ms_cm2: f64,
}

/// A model of a patch of membrane.
pub trait Membrane: Sync {
    /// Name as it is printed.
    fn name(&self) -> &'static str;
    /// What does not change with voltage.
    fn constants(&self) -> Constants;
    /// Steady value and time constant of each gate at a membrane voltage in mV.
    fn gate_rates(&self, voltage_mv: f64) -> [GateRate; GATES];
    /// Sodium and potassium conductance, mS/cm², at these gates.
    fn conductances(&self, gates: &[f64; GATES]) -> (f64, f64);

    /// The gates after a long time at rest.
    fn gates_at_rest(&self) -> [f64; GATES] {
        self.gate_rates(self.constants().rest_mv).map(|gate| gate.steady)
    }

    /// The longest time step the membrane can be followed with, ms.
    ///
    /// A Crank–Nicolson step of c dV/dt = −g V changes the sign of V when g dt > 2 c. About a quarter of the sodium
    /// conductance is open at the peak of an impulse, so the limit is 8 c / g_Na.
    fn coarsest_step_ms(&self) -> f64 {
        let constants = self.constants();
        8.0 * constants.capacitance_uf_cm2 / constants.sodium_ms_cm2
    }
}

/// x / (exp(x/y) − 1), with its limit y at x = 0: the rate of a gate whose opening is a barrier in a field.
#[must_use]
pub(crate) fn linoid(x: f64, y: f64) -> f64 {
    let ratio = x / y;
    // Where the ratio is small the quotient loses digits; the series is exact there to 1e-12 of y.
    if ratio.abs() < 1e-6 { y * (1.0 - ratio / 2.0) } else { x / ratio.exp_m1() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_linoid_is_continuous_through_zero() {
        for y in [4.0, 10.0] {
            let (below, at, above) = (linoid(-1e-5, y), linoid(0.0, y), linoid(1e-5, y));
            assert!((below - at - 0.5e-5).abs() < 1e-9 && (above - at + 0.5e-5).abs() < 1e-9);
        }
    }

    #[test]
    fn every_membrane_is_at_equilibrium_at_rest() {
        // HH and Rattay–Aberham give their leak reversal to a tenth of a millivolt, so their published rest is off
        // by up to 0.03 mV of leak; Sundt's leak is balanced exactly.
        let balance = |m: &dyn Membrane, tolerance: f64| {
            let c = m.constants();
            let (na, k) = m.conductances(&m.gates_at_rest());
            let current = na * (c.rest_mv - c.sodium_mv)
                + k * (c.rest_mv - c.potassium_mv)
                + c.leak_ms_cm2 * (c.rest_mv - c.leak_mv);
            let slope = na + k + c.leak_ms_cm2;
            assert!((current / slope).abs() < tolerance, "{}: off by {} mV", m.name(), current / slope);
        };
        balance(&Sundt::new(37.0), 1e-9);
        balance(&HodgkinHuxley::new(18.5), 0.05);
        balance(&RattayAberham::new(), 0.5);
    }
}
