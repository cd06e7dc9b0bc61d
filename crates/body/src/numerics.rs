//! One explicit Runge–Kutta pair, for the systems without a closed form and to check those with one.
//!
//! Dormand & Prince 1980 (J Comput Appl Math 6:19), order 5 with an embedded order 4 for the error; step control on
//! the largest component error against `absolute + relative · |y|`; local extrapolation.

/// Error limits of [`integrate`], per step.
#[derive(Debug, Clone, Copy)]
pub struct Tolerance {
    /// In the unit of the state.
    pub absolute: f64,
    /// Relative to the state.
    pub relative: f64,
}

/// Carries `state` from time `from` to time `to` by `derivative(t, y)`.
///
/// A right-hand side that jumps must be integrated piecewise, from jump to jump.
pub fn integrate<const N: usize>(
    derivative: impl Fn(f64, &[f64; N]) -> [f64; N],
    state: [f64; N],
    (from, to): (f64, f64),
    tolerance: Tolerance,
) -> [f64; N] {
    let (mut t, mut y) = (from, state);
    let mut step = to - from;
    while t < to {
        // Land on `to` exactly; never leave a remainder that rounding cannot advance over.
        if t + step * (1.0 + 1e-9) >= to {
            step = to - t;
        }
        let (next, error) = dormand_prince(&derivative, t, &y, step, tolerance);
        if error <= 1.0 || step <= f64::EPSILON * to.abs().max(1.0) * 16.0 {
            t = if step >= to - t { to } else { t + step };
            y = next;
        }
        step *= (0.9 * error.max(1e-10).powf(-0.2)).clamp(0.2, 5.0);
    }
    y
}

const C: [f64; 7] = [0.0, 0.2, 0.3, 0.8, 8.0 / 9.0, 1.0, 1.0];
const A: [[f64; 6]; 7] = [
    [0.0; 6],
    [0.2, 0.0, 0.0, 0.0, 0.0, 0.0],
    [3.0 / 40.0, 9.0 / 40.0, 0.0, 0.0, 0.0, 0.0],
    [44.0 / 45.0, -56.0 / 15.0, 32.0 / 9.0, 0.0, 0.0, 0.0],
    [19372.0 / 6561.0, -25360.0 / 2187.0, 64448.0 / 6561.0, -212.0 / 729.0, 0.0, 0.0],
    [9017.0 / 3168.0, -355.0 / 33.0, 46732.0 / 5247.0, 49.0 / 176.0, -5103.0 / 18656.0, 0.0],
    [35.0 / 384.0, 0.0, 500.0 / 1113.0, 125.0 / 192.0, -2187.0 / 6784.0, 11.0 / 84.0],
];
/// Order 5 minus order 4 weights.
const E: [f64; 7] =
    [71.0 / 57600.0, 0.0, -71.0 / 16695.0, 71.0 / 1920.0, -17253.0 / 339_200.0, 22.0 / 525.0, -1.0 / 40.0];

/// One step: the new state, and its error in units of the tolerance.
fn dormand_prince<const N: usize>(
    derivative: &impl Fn(f64, &[f64; N]) -> [f64; N],
    t: f64,
    y: &[f64; N],
    step: f64,
    tolerance: Tolerance,
) -> ([f64; N], f64) {
    let mut k = [[0.0; N]; 7];
    let mut stage = *y;
    for s in 0..7 {
        for i in 0..N {
            let slope: f64 = (0..s).map(|j| A[s][j] * k[j][i]).sum();
            stage[i] = y[i] + step * slope;
        }
        k[s] = derivative(t + C[s] * step, &stage);
    }
    // The last stage is the order 5 solution (first same as last).
    let error = (0..N)
        .map(|i| {
            let difference: f64 = (0..7).map(|s| E[s] * k[s][i]).sum();
            (step * difference).abs()
                / (tolerance.absolute + tolerance.relative * stage[i].abs().max(y[i].abs()))
        })
        .fold(0.0, f64::max);
    (stage, error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_oscillator_returns_after_one_period() {
        let tolerance = Tolerance { absolute: 1e-12, relative: 1e-12 };
        let y =
            integrate(|_, y: &[f64; 2]| [y[1], -y[0]], [1.0, 0.0], (0.0, std::f64::consts::TAU), tolerance);
        // Some 300 steps of local error 1e-12.
        assert!((y[0] - 1.0).abs() < 1e-9 && y[1].abs() < 1e-9, "{y:?}");
    }

    #[test]
    fn a_tighter_tolerance_gives_a_smaller_error() {
        let error = |tol: f64| {
            let tolerance = Tolerance { absolute: tol, relative: tol };
            let y = integrate(|t, _: &[f64; 1]| [t.cos()], [0.0], (0.0, 10.0), tolerance);
            (y[0] - 10.0_f64.sin()).abs()
        };
        assert!(error(1e-11) < error(1e-5) / 100.0);
    }
}
