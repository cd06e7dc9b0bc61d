//! The ten passive compartments of an internode, eliminated once and for all.
//!
//! In the unknowns (U, W) a step reads, with a = 2 C_m/dt + G_m and x = 2 C_y/dt + G_y (1/dt for backward Euler),
//!
//! ```text
//! [ a + Σ g_i      −a        ] [U]     neighbours: diag(g_i, g_x)
//! [   −a       a + x + Σ g_x ] [W]
//! ```
//!
//! a symmetric block-tridiagonal matrix that never changes: only nodes have channels. Its block elimination is done
//! when the fibre is built; a step forwards and back-substitutes, for all internodes at once in vector registers,
//! without a division. What the internode does to its two nodes is then the same for every step, so the nodes alone
//! form a tridiagonal system (static condensation):
//!
//! ```text
//! U_first = u₀ + α U_left + β U_right        U_last = u₉ + β U_left + α U_right
//! ```

use super::geometry::{Compartment, Geometry};

/// Number of compartments.
pub(crate) const INNER: usize = 10;

/// An eliminated internode for one time step.
#[derive(Debug, Clone)]
pub(crate) struct Internode {
    /// 2 C_m/dt per compartment (C_m/dt for backward Euler), µS.
    pub(crate) membrane: [f64; INNER],
    /// 2 C_y/dt, µS.
    pub(crate) myelin: [f64; INNER],
    /// Leak conductance times its reversal, nA.
    pub(crate) leak_na: [f64; INNER],
    /// Conductance to the next compartment in axon and space, µS; the last to the node.
    pub(crate) next: [[f64; 2]; INNER],
    /// Inverse pivots: (U,U), (U,W), (W,W).
    pub(crate) pivot: [[f64; 3]; INNER],
    /// Response of (U, W) to 1 mV at the left node.
    pub(crate) left: [[f64; 2]; INNER],
    /// Response of (U, W) to 1 mV at the right node.
    pub(crate) right: [[f64; 2]; INNER],
    /// Axial conductance between node and first compartment in axon and space, µS.
    pub(crate) to_node: [f64; 2],
}

impl Internode {
    /// Eliminates the internode; `per_step` is 2/dt or 1/dt per ms, `rest_mv` the reversal of the leak.
    pub(crate) fn new(geometry: &Geometry, per_step: f64, rest_mv: f64) -> Self {
        let parts = geometry.internode();
        let node = geometry.node();
        let link = |a: &Compartment, b: &Compartment| {
            [1.0 / (a.half_axon_mohm + b.half_axon_mohm), 1.0 / (a.half_space_mohm + b.half_space_mohm)]
        };
        let to_node = link(&node, &parts[0]);
        let next: [[f64; 2]; INNER] =
            std::array::from_fn(|c| if c + 1 < INNER { link(&parts[c], &parts[c + 1]) } else { to_node });
        let mut pivot = [[0.0; 3]; INNER];
        for c in 0..INNER {
            let before = if c == 0 { to_node } else { next[c - 1] };
            let a = per_step * parts[c].capacitance_nf + parts[c].leak_us;
            let x = per_step * parts[c].myelin_nf + parts[c].myelin_us;
            let mut d = [a + before[0] + next[c][0], -a, a + x + before[1] + next[c][1]];
            if c > 0 {
                let [uu, uw, ww] = pivot[c - 1];
                d[0] -= before[0] * uu * before[0];
                d[1] -= before[0] * uw * before[1];
                d[2] -= before[1] * ww * before[1];
            }
            let determinant = d[0] * d[2] - d[1] * d[1];
            pivot[c] = [d[2] / determinant, -d[1] / determinant, d[0] / determinant];
        }
        let mut internode = Self {
            membrane: std::array::from_fn(|c| per_step * parts[c].capacitance_nf),
            myelin: std::array::from_fn(|c| per_step * parts[c].myelin_nf),
            leak_na: std::array::from_fn(|c| parts[c].leak_us * rest_mv),
            next,
            pivot,
            left: [[0.0; 2]; INNER],
            right: [[0.0; 2]; INNER],
            to_node,
        };
        let mut load = [[0.0; 2]; INNER];
        load[0][0] = to_node[0];
        internode.left = internode.solve(load);
        load = [[0.0; 2]; INNER];
        load[INNER - 1][0] = to_node[0];
        internode.right = internode.solve(load);
        internode
    }

    /// Solves one internode between nodes held at 0.
    pub(crate) fn solve(&self, load: [[f64; 2]; INNER]) -> [[f64; 2]; INNER] {
        let mut y = load;
        for c in 0..INNER {
            let mut f = load[c];
            if c > 0 {
                f[0] += self.next[c - 1][0] * y[c - 1][0];
                f[1] += self.next[c - 1][1] * y[c - 1][1];
            }
            let [uu, uw, ww] = self.pivot[c];
            y[c] = [uu * f[0] + uw * f[1], uw * f[0] + ww * f[1]];
        }
        for c in (0..INNER - 1).rev() {
            let [uu, uw, ww] = self.pivot[c];
            let pull = [self.next[c][0] * y[c + 1][0], self.next[c][1] * y[c + 1][1]];
            y[c][0] += uu * pull[0] + uw * pull[1];
            y[c][1] += uw * pull[0] + ww * pull[1];
        }
        y
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_eliminated_internode_solves_its_equations() {
        let geometry = Geometry::for_diameter(10.0).unwrap();
        let internode = Internode::new(&geometry, 2.0 / 0.005, -80.0);
        let parts = geometry.internode();
        let load: [[f64; 2]; INNER] = std::array::from_fn(|c| [1.0 + c as f64, 0.3 - 0.1 * c as f64]);
        let y = internode.solve(load);
        for c in 0..INNER {
            let before = if c == 0 { internode.to_node } else { internode.next[c - 1] };
            let a = 400.0 * parts[c].capacitance_nf + parts[c].leak_us;
            let x = 400.0 * parts[c].myelin_nf + parts[c].myelin_us;
            for k in 0..2 {
                let low = if c > 0 { y[c - 1][k] } else { 0.0 };
                let high = if c + 1 < INNER { y[c + 1][k] } else { 0.0 };
                let own =
                    if k == 0 { a * (y[c][0] - y[c][1]) } else { a * (y[c][1] - y[c][0]) + x * y[c][1] };
                let got = own + before[k] * (y[c][k] - low) + internode.next[c][k] * (y[c][k] - high);
                // Conductances reach 50 uS and the solution 1e3 mV, so rounding is near 1e-11.
                assert!((got - load[c][k]).abs() < 1e-8, "{c} {k}: {got}");
            }
        }
    }

    #[test]
    fn an_internode_is_the_same_from_both_sides() {
        let internode = Internode::new(&Geometry::for_diameter(2.0).unwrap(), 400.0, -80.0);
        for c in 0..INNER {
            for k in 0..2 {
                let difference = internode.left[c][k] - internode.right[INNER - 1 - c][k];
                assert!(difference.abs() < 1e-12, "{c} {k}");
            }
        }
    }
}
