//! Two-compartment disposition.
//!
//! ```text
//! V1 dC/dt  = R(t) − CL·C − Q·(C − C2)         k10 = CL/V1   k12 = Q/V1   k21 = Q/V2
//! V2 dC2/dt = Q·(C − C2)                        α + β = k10 + k12 + k21     αβ = k10·k21     α > β
//! unit impulse:  C(t) = w_α e^(−αt) + w_β e^(−βt)
//!                w_α = (k21 − α) / (V1 (β − α))        w_β = (k21 − β) / (V1 (α − β))
//! ```
//!
//! Parametrised by (V1, Q, V2, CL): published half-lives with an assumed V1 do not imply the published volume at steady
//! state. Units: L, L/min, min. Source: any text (Gibaldi & Perrier); sets from evidence `plasma.*`. Limits: linear in
//! the total concentration; fitted to venous plasma after epidural or slow intravenous doses.

use crate::numerics::{Tolerance, integrate};
use std::f64::consts::LN_2;

/// A linear two-compartment body.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Disposition {
    /// Volume of the central compartment in L.
    pub v1_l: f64,
    /// Exchange between the compartments in L/min.
    pub q_l_min: f64,
    /// Volume of the peripheral compartment in L.
    pub v2_l: f64,
    /// Total plasma clearance in L/min.
    pub cl_l_min: f64,
}

/// The two exponentials of a unit impulse, slower last.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Impulse {
    /// Rates α and β per minute.
    pub rate: [f64; 2],
    /// Their weights per litre.
    pub weight: [f64; 2],
}

impl Disposition {
    /// The body that has these half-lives (min) with this central volume and clearance.
    #[must_use]
    pub fn from_half_lives(v1_l: f64, cl_l_min: f64, half_life_alpha: f64, half_life_beta: f64) -> Self {
        let (alpha, beta) = (LN_2 / half_life_alpha, LN_2 / half_life_beta);
        let k10 = cl_l_min / v1_l;
        let k21 = alpha * beta / k10;
        let k12 = alpha + beta - k10 - k21;
        Self { v1_l, q_l_min: k12 * v1_l, v2_l: v1_l * k12 / k21, cl_l_min }
    }

    /// The body of these volumes and this clearance whose elimination half-life is `half_life_beta` (min): Q is
    /// solved for from β² − β(k10 + Q/V1 + Q/V2) + k10·Q/V2 = 0.
    ///
    /// Returns `None` where no exchange gives that half-life (it is shorter than that of one compartment of Vss).
    #[must_use]
    pub fn from_terminal_half_life(
        v1_l: f64,
        vss_l: f64,
        cl_l_min: f64,
        half_life_beta: f64,
    ) -> Option<Self> {
        let (beta, k10, v2_l) = (LN_2 / half_life_beta, cl_l_min / v1_l, vss_l - v1_l);
        let q_l_min = beta * (k10 - beta) / (k10 / v2_l - beta / v1_l - beta / v2_l);
        (v2_l > 0.0 && q_l_min.is_finite() && q_l_min > 0.0).then_some(Self { v1_l, q_l_min, v2_l, cl_l_min })
    }

    /// Volume of distribution at steady state in L.
    #[must_use]
    pub fn vss_l(&self) -> f64 {
        self.v1_l + self.v2_l
    }

    /// The answer to 1 mg put into the central compartment at once.
    #[must_use]
    pub fn impulse(&self) -> Impulse {
        let (k10, k12, k21) = (self.cl_l_min / self.v1_l, self.q_l_min / self.v1_l, self.q_l_min / self.v2_l);
        let sum = k10 + k12 + k21;
        let alpha = 0.5 * (sum + (sum * sum - 4.0 * k10 * k21).sqrt());
        let beta = k10 * k21 / alpha;
        let weight =
            [(k21 - alpha) / (self.v1_l * (beta - alpha)), (k21 - beta) / (self.v1_l * (alpha - beta))];
        Impulse { rate: [alpha, beta], weight }
    }

    /// Half-lives of the two phases in min.
    #[must_use]
    pub fn half_lives(&self) -> [f64; 2] {
        self.impulse().rate.map(|rate| LN_2 / rate)
    }

    /// Central concentration at `t_min` after first-order absorption of `mass_mg` at `rate` per minute began.
    #[must_use]
    pub fn first_order(impulse: &Impulse, mass_mg: f64, rate: f64, t_min: f64) -> f64 {
        let pool = mass_mg * rate * t_min * (-rate * t_min).exp();
        (0..2).map(|i| impulse.weight[i] * pool * phi((impulse.rate[i] - rate) * t_min)).sum()
    }

    /// The same by integrating the differential equations: the check of the closed form. `inputs` are pairs of mass
    /// (mg) and rate (per min); `times` rise from 0.
    #[must_use]
    pub fn by_integration(&self, inputs: [(f64, f64); 2], times: &[f64]) -> Vec<f64> {
        let tolerance = Tolerance { absolute: 1e-13, relative: 1e-12 };
        let [(fast_mg, fast), (slow_mg, slow)] = inputs;
        let derivative = |_: f64, y: &[f64; 4]| {
            let exchange = self.q_l_min * (y[0] / self.v1_l - y[1] / self.v2_l);
            let input = fast * y[2] + slow * y[3];
            [input - self.cl_l_min * y[0] / self.v1_l - exchange, exchange, -fast * y[2], -slow * y[3]]
        };
        let (mut t, mut y) = (0.0, [0.0, 0.0, fast_mg, slow_mg]);
        times
            .iter()
            .map(|&next| {
                y = integrate(derivative, y, (t, next), tolerance);
                t = next;
                y[0] / self.v1_l
            })
            .collect()
    }
}

/// (1 − e^(−x)) / x, which is 1 at 0: keeps the closed form right where an absorption rate meets α or β.
fn phi(x: f64) -> f64 {
    if x.abs() < 1e-12 { 1.0 } else { -(-x).exp_m1() / x }
}
