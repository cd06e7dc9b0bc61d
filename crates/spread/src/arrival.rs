//! Arrival volume: how much must be injected before the front reaches each cell, for all volumes from one solve.
//!
//! ```text
//! V_i = ( w_i + Σ_in F_ji V_j ) / Σ_out F_ij            swept in the order of falling pressure, F per unit injection
//! reported: V_i − w_i / (2 Σ_out F)                      the value at the middle of the cell
//! ```
//!
//! Valid only while flow is steady and no fascia parts (the set of open faces is frozen), without gravity: then
//! velocity is proportional to the rate, and the front for an injected volume V is {V_i < V}. First order; the centre
//! value takes out most of the bias. Cells that nothing reaches get infinity.

use rami_field::{Axis, Problem};

/// Injected mm³ at which each cell's centre is reached, from steady pressures `p` for a total source of `q` mm³/s and
/// the water each cell holds (mm³).
#[must_use]
pub fn arrival_volume(problem: &Problem, p: &[f64], q: f64, water: impl Fn(usize) -> f64) -> Vec<f64> {
    let [ni, nj, nk] = problem.dims();
    let strides = [1, ni, ni * nj];
    // Pressures fall away from the source; cells below this share of the largest are not reached in practice.
    let highest = p.iter().copied().fold(0.0, f64::max);
    let mut order: Vec<u32> = (0..p.len() as u32).filter(|&cell| p[cell as usize] > 1e-9 * highest).collect();
    order.sort_unstable_by(|&a, &b| p[b as usize].total_cmp(&p[a as usize]).then(a.cmp(&b)));
    let mut arrival = vec![f64::INFINITY; p.len()];
    let mut centre = vec![f64::INFINITY; p.len()];
    for &cell in &order {
        let cell = cell as usize;
        let at = [cell % ni, cell / ni % nj, cell / (ni * nj)];
        let (mut carried, mut inflow, mut out) = (0.0, 0.0, problem.loss(cell) * p[cell]);
        for axis in 0..3 {
            if at[axis] + 1 < [ni, nj, nk][axis] {
                let f = problem.flux(p, cell, Axis::ALL[axis]);
                if f > 0.0 {
                    out += f;
                } else if f < 0.0 {
                    inflow -= f;
                    carried -= f * arrival[cell + strides[axis]].min(1e300);
                }
            }
            if at[axis] > 0 {
                let f = problem.flux(p, cell - strides[axis], Axis::ALL[axis]);
                if f < 0.0 {
                    out -= f;
                } else if f > 0.0 {
                    inflow += f;
                    carried += f * arrival[cell - strides[axis]].min(1e300);
                }
            }
        }
        let w = water(cell);
        // A share of the injection, so that V comes out in injected volume.
        let through = out.max(inflow);
        if through > 1e-12 * q && w > 0.0 {
            arrival[cell] = (w * q + carried) / through;
            centre[cell] = arrival[cell] - 0.5 * w * q / through;
        }
    }
    centre
}
