//! Solutes carried, spread, bound and absorbed; nothing is lost on the way.
//!
//! ```text
//! d m_i/dt = Σ_in F c_up − Σ_out F c_i + Σ D_f (c_j − c_i) + q c_inj          c = m / w
//! D_f = φ D A/h + α |F|/h
//! ```
//!
//! Cells that exchange little of their water in a step are stepped explicitly, upwind with van Leer's limited slope,
//! less the share of the cell that passes in the step (second order in space and time where the solution is smooth, van
//! Leer, J Comput Phys 1974;14:361); the few that exchange much (round the tip, in bottlenecks) implicitly,
//! in the order of falling pressure, where the implicit upwind matrix is triangular. Each mm³ that leaves a cell enters
//! another, so mass is conserved to rounding; the limiter and the step keep concentrations from 0 to what was injected.
//! Numerical dispersion is that of a limited second-order scheme outside a few cells of the tip (measured in
//! `tests/analytic.rs`). Dispersion is isotropic and left out where a cell is implicit.

use crate::flow::{Flow, Load, Source};
use crate::{Properties, Region, Solute};
use rami_field::Axis;
use rayon::prelude::*;

/// Cells that may be implicit: in open tissue those nearer the tip than two and a half cells.
const IMPLICIT_CELLS: usize = 80;

/// Cells below this share of the largest injected concentration keep what they have.
const FAINT: f64 = 1e-7;

const ACTIVE: u8 = 1;
const IMPLICIT: u8 = 2;
const FRESH: u8 = 4;

/// Where each solute is, mg.
#[derive(Debug, Clone)]
pub(crate) struct Masses {
    /// Dissolved, by solute and cell.
    pub(crate) dissolved: Vec<Vec<f64>>,
    /// Bound, by solute and cell; empty for what does not bind.
    pub(crate) bound: Vec<Vec<f64>>,
    /// Poured out of the tips into tissue, by solute.
    pub(crate) injected: Vec<f64>,
    /// Absorbed into blood from tissue.
    pub(crate) absorbed: Vec<f64>,
    /// Left the box.
    pub(crate) left: Vec<f64>,
    /// Largest concentration that was injected, mg/mm³.
    strongest: Vec<f64>,
    /// Cells that hold anything.
    active: Vec<u32>,
    flag: Vec<u8>,
    delta: Vec<f64>,
}

/// One face's worth of what a cell can see.
#[derive(Clone, Copy)]
struct Neighbour {
    cell: usize,
    opposite: Option<usize>,
    /// Out of the cell, mm³/s.
    flux: f64,
    diffusive: f64,
}

/// What does not change while solutes move.
pub(crate) struct Ground<'a> {
    pub(crate) region: &'a Region,
    pub(crate) properties: &'a Properties,
    pub(crate) flow: &'a Flow,
    pub(crate) load: &'a Load,
    pub(crate) moving: bool,
}

impl Ground<'_> {
    #[inline]
    fn water(&self, cell: usize, part: f64) -> f64 {
        let p = if self.moving {
            self.flow.before[cell] + part * (self.flow.p[cell] - self.flow.before[cell])
        } else {
            self.flow.p[cell]
        };
        self.flow.water(self.properties, self.region.tissue()[cell], cell, p)
    }

    #[inline]
    fn neighbours(&self, cell: usize) -> [Option<Neighbour>; 6] {
        let [ni, nj, nk] = self.flow.dims;
        let at = [cell % ni, cell / ni % nj, cell / (ni * nj)];
        let strides = [1, ni, ni * nj];
        let dims = [ni, nj, nk];
        let mut out = [None; 6];
        for axis in 0..3 {
            let up = (at[axis] + 1 < dims[axis]).then(|| cell + strides[axis]);
            let down = (at[axis] > 0).then(|| cell - strides[axis]);
            for (slot, here, opposite, low, sign) in
                [(0, up, down, cell, 1.0), (1, down, up, cell.wrapping_sub(strides[axis]), -1.0)]
            {
                let Some(other) = here else { continue };
                if self.flow.problem.face(low, Axis::ALL[axis]) == 0.0 {
                    continue;
                }
                let flux = if self.moving { sign * self.flow.flux(self.load, low, axis) } else { 0.0 };
                out[2 * axis + slot] = Some(Neighbour {
                    cell: other,
                    opposite,
                    flux,
                    diffusive: self.diffusive(cell, other, flux),
                });
            }
        }
        out
    }

    #[inline]
    fn diffusive(&self, a: usize, b: usize, flux: f64) -> f64 {
        let tissue = self.region.tissue();
        let of = |cell: usize| {
            let porosity = self.flow.porosity(self.properties, tissue[cell], cell);
            porosity * self.properties.medium(tissue[cell]).diffusivity_mm2_s
        };
        of(a).min(of(b)) * self.flow.h + self.properties.dispersivity_mm * flux.abs() / self.flow.h
    }

    /// What leaves the box from a cell, mm³/s.
    #[inline]
    fn over_the_edge(&self, cell: usize) -> f64 {
        if !self.moving {
            return 0.0;
        }
        let [ni, nj, nk] = self.flow.dims;
        let at = [cell % ni, cell / ni % nj, cell / (ni * nj)];
        let sides = (0..3)
            .map(|a| usize::from(at[a] == 0) + usize::from(at[a] + 1 == [ni, nj, nk][a]))
            .sum::<usize>();
        if sides == 0 {
            return 0.0;
        }
        self.flow.outward(self.region, self.properties, cell).max(0.0)
    }
}

/// How often a second each cell may be stepped explicitly without giving away more than it has: cells that exchange
/// anything worth the name.
fn exchange_rates(ground: &Ground<'_>) -> Vec<(u32, f64)> {
    let flow = ground.flow;
    let tissue = ground.region.tissue();
    (0..tissue.len())
        .into_par_iter()
        .filter_map(|cell| {
            if tissue[cell].is_closed() || flow.p[cell] == 0.0 {
                return None;
            }
            let (mut leaves, mut exchanged) = (ground.over_the_edge(cell), 0.0);
            for n in ground.neighbours(cell).into_iter().flatten() {
                leaves += n.flux.max(0.0);
                exchanged += n.diffusive;
            }
            let water = ground.water(cell, 0.0).min(ground.water(cell, 1.0));
            let rate = (1.5 * leaves + exchanged) / (0.9 * water);
            (rate > 1e-3).then_some((cell as u32, rate))
        })
        .collect()
}

/// Steps such that few cells must be implicit; where no more cells than that exchange anything, one in two seconds.
fn substeps(ground: &Ground<'_>, rates: &[(u32, f64)], dt: f64) -> usize {
    let per_s = if ground.moving {
        let mut sorted: Vec<f64> = rates.iter().map(|(_, rate)| *rate).collect();
        if sorted.len() > IMPLICIT_CELLS {
            let (_, rate, _) = sorted.select_nth_unstable_by(IMPLICIT_CELLS, |a, b| b.total_cmp(a));
            *rate
        } else {
            0.5
        }
    } else {
        // Pure diffusion: Σ D_f Δt ≤ w / 2 in the tissue where it is fastest.
        crate::Tissue::ALL
            .iter()
            .map(|t| 12.0 * ground.properties.medium(*t).diffusivity_mm2_s / ground.flow.h.powi(2))
            .fold(0.0, f64::max)
    };
    (dt * per_s).ceil().clamp(1.0, 1e6) as usize
}

impl Masses {
    pub(crate) fn new(cells: usize, solutes: &[Solute]) -> Self {
        let n = solutes.len();
        Self {
            dissolved: vec![vec![0.0; cells]; n],
            bound: solutes
                .iter()
                .map(|s| if s.uptake.bind_per_s > 0.0 { vec![0.0; cells] } else { Vec::new() })
                .collect(),
            injected: vec![0.0; n],
            absorbed: vec![0.0; n],
            left: vec![0.0; n],
            strongest: vec![0.0; n],
            active: Vec::new(),
            flag: vec![0; cells],
            delta: vec![0.0; cells],
        }
    }

    /// Cells that hold anything.
    pub(crate) fn active(&self) -> &[u32] {
        &self.active
    }

    fn activate(&mut self, cell: usize, mark: u8) {
        if self.flag[cell] & (ACTIVE | FRESH) == 0 {
            self.flag[cell] |= mark;
            self.active.push(cell as u32);
        }
    }

    /// Moves everything for `dt` s with the flow's last step. `pour` is mg/mm³ of each solute in what the tips pour.
    pub(crate) fn carry(&mut self, ground: &Ground<'_>, sources: &[Source], pour: &[f64], dt: f64) {
        for (strongest, c) in self.strongest.iter_mut().zip(pour) {
            *strongest = strongest.max(*c);
        }
        if ground.moving {
            for source in sources {
                self.activate(source.cell, ACTIVE);
            }
        }
        self.active.sort_unstable();
        let rates = if ground.moving { exchange_rates(ground) } else { Vec::new() };
        let steps = substeps(ground, &rates, dt);
        let tau = dt / steps as f64;
        let implicit = self.mark_implicit(ground, rates, tau);
        for step in 0..steps {
            let part = (step as f64 + 0.5) / steps as f64;
            for solute in 0..self.dissolved.len() {
                self.substep(ground, sources, pour[solute], solute, tau, part, &implicit);
            }
            for n in 0..self.active.len() {
                let flag = &mut self.flag[self.active[n] as usize];
                *flag = (*flag & !FRESH) | ACTIVE;
            }
        }
        for cell in implicit {
            self.flag[cell as usize] &= !IMPLICIT;
        }
    }

    /// Marks the cells that would give away more than they may in an explicit step, in the order of falling pressure.
    fn mark_implicit(&mut self, ground: &Ground<'_>, rates: Vec<(u32, f64)>, tau: f64) -> Vec<u32> {
        let mut out: Vec<u32> =
            rates.into_iter().filter(|(_, rate)| tau * rate > 1.0).map(|(cell, _)| cell).collect();
        out.iter().for_each(|cell| self.flag[*cell as usize] |= IMPLICIT);
        let p = &ground.flow.p;
        out.sort_by(|&a, &b| p[b as usize].total_cmp(&p[a as usize]).then(a.cmp(&b)));
        out
    }

    fn substep(
        &mut self,
        ground: &Ground<'_>,
        sources: &[Source],
        pour: f64,
        solute: usize,
        tau: f64,
        part: f64,
        implicit: &[u32],
    ) {
        let faint = FAINT * self.strongest[solute];
        if self.strongest[solute] == 0.0 {
            return;
        }
        let mut touched: Vec<u32> = Vec::new();
        let concentration = |m: &[f64], cell: usize| {
            let mass = m[cell];
            if mass == 0.0 { 0.0 } else { mass / ground.water(cell, part) }
        };
        let length = self.active.len();
        for n in 0..length {
            let cell = self.active[n] as usize;
            if self.flag[cell] & IMPLICIT != 0 || self.flag[cell] & ACTIVE == 0 {
                continue;
            }
            let water = ground.water(cell, part);
            let here = self.dissolved[solute][cell] / water;
            if here <= faint {
                continue;
            }
            let mut given = 0.0;
            for near in ground.neighbours(cell).into_iter().flatten() {
                let there = concentration(&self.dissolved[solute], near.cell);
                let mut moved = 0.0;
                if near.flux > 0.0 {
                    let behind = near.opposite.map(|o| {
                        if ground.region.tissue()[o].is_closed() {
                            here
                        } else {
                            concentration(&self.dissolved[solute], o)
                        }
                    });
                    let (a, b) = (behind.map_or(0.0, |c| here - c), there - here);
                    // No steeper than what is here: a face never takes more than one and a half times that.
                    let slope =
                        if a * b > 0.0 { a.signum() * (2.0 * a * b / (a + b).abs()).min(here) } else { 0.0 };
                    let passes = (tau * near.flux / water).min(1.0);
                    moved += near.flux * (here + 0.5 * (1.0 - passes) * slope);
                }
                // Each pair exchanges once: by whoever is richer, and never with an implicit cell.
                if here > there && self.flag[near.cell] & IMPLICIT == 0 {
                    moved += near.diffusive * (here - there);
                }
                if moved > 0.0 {
                    given += tau * moved;
                    self.delta[near.cell] += tau * moved;
                    touched.push(near.cell as u32);
                    self.activate(near.cell, FRESH);
                }
            }
            let over = ground.over_the_edge(cell) * here * tau;
            self.left[solute] += over;
            self.delta[cell] -= given + over;
            touched.push(cell as u32);
        }
        if ground.moving {
            for source in sources.iter().filter(|s| s.q > 0.0) {
                let mass = source.q * pour * tau;
                self.delta[source.cell] += mass;
                self.injected[solute] += mass;
                touched.push(source.cell as u32);
            }
        }
        for &cell in &touched {
            let cell = cell as usize;
            self.dissolved[solute][cell] += std::mem::take(&mut self.delta[cell]);
        }
        for &cell in implicit {
            let cell = cell as usize;
            let mass = self.dissolved[solute][cell];
            if mass == 0.0 {
                continue;
            }
            let neighbours = ground.neighbours(cell);
            let over = ground.over_the_edge(cell);
            let leaves = over + neighbours.iter().flatten().map(|n| n.flux.max(0.0)).sum::<f64>();
            let c = mass / (ground.water(cell, part) + tau * leaves);
            let mut given = tau * over * c;
            self.left[solute] += given;
            for near in neighbours.into_iter().flatten().filter(|n| n.flux > 0.0) {
                let moved = tau * near.flux * c;
                given += moved;
                self.dissolved[solute][near.cell] += moved;
                self.activate(near.cell, FRESH);
            }
            self.dissolved[solute][cell] = mass - given;
        }
    }

    /// Lets capillaries and fat take up for `dt` s.
    pub(crate) fn take_up(&mut self, region: &Region, properties: &Properties, solutes: &[Solute], dt: f64) {
        for (n, solute) in solutes.iter().enumerate() {
            if solute.uptake == crate::Uptake::NONE || self.strongest[n] == 0.0 {
                continue;
            }
            // Nothing in CSF binds: it is cleared with one half-time. A disc has neither vessels nor fat.
            let clears = crate::Uptake::simple(rami_evidence::value("spread.csf.half_life"));
            let steps = crate::Tissue::ALL.map(|t| match t {
                crate::Tissue::Intrathecal => clears.over(dt, 1.0),
                crate::Tissue::Disc => crate::Uptake::NONE.over(dt, 0.0),
                _ => solute.uptake.over(dt, properties.medium(t).perfusion),
            });
            let mut absorbed = 0.0;
            for &cell in &self.active {
                let cell = cell as usize;
                let m = self.dissolved[n][cell];
                let b = self.bound[n].get(cell).copied().unwrap_or(0.0);
                if m == 0.0 && b == 0.0 {
                    continue;
                }
                let s = steps[region.tissue()[cell] as usize];
                let (m1, b1) = (s.mm * m + s.mb * b, s.bm * m + s.bb * b);
                self.dissolved[n][cell] = m1;
                if let Some(bound) = self.bound[n].get_mut(cell) {
                    *bound = b1;
                    absorbed += m + b - m1 - b1;
                } else {
                    absorbed += m - m1;
                }
            }
            self.absorbed[n] += absorbed;
        }
    }

    /// Mass dissolved and bound in the tissue, mg.
    pub(crate) fn in_tissue(&self, solute: usize) -> (f64, f64) {
        (self.dissolved[solute].iter().sum(), self.bound[solute].iter().sum())
    }
}
