//! Pressure: one implicit step of Darcy flow with storage, and fascia that parts.
//!
//! ```text
//! S V (p' − p)/Δt + Σ_f T_f (p − p_neighbour + ρ̂ g·Δx) = q − (gap filled)/Δt        S = 1/K
//! T_f = A / ( h/(2λ_i) + h/(2λ_j) + δ μ/k_f ),   λ = k/μ
//! ```
//!
//! p in kPa above that of the resting tissue, lengths in mm, q in mm³/s, λ in mm²/(kPa s) = 1e12 k[m²] / μ[mPa s].
//! The box is open outside (p = 0), where it does not end in a closed tissue. ρ̂ is how much denser the fluid is than
//! water. A face with fascia whose pressure difference exceeds its strength parts, once and for good: its resistance
//! goes, and a gap of given width between the layers fills with fluid. What fills gaps comes out of the injection, and
//! no step may spend more than [`GAP_SHARE`] of what it injects on it; faces under the largest difference go first. So
//! planes open with injected volume, not all at once, and by area, not by number of faces.
//!
//! Limits: linear elastic storage, permeability that does not follow the strain, no healing.

mod bundles;
mod seams;

pub use seams::GAP_SHARE;

use crate::well::Lattice;
use crate::{Properties, Region, SpreadError, Tissue};
use rami_field::{Axis, Boundary, Problem, Solver, Stop};
use rayon::prelude::*;
use seams::Seam;
use std::sync::Arc;

/// Rounds of parting and solving again within one step.
const ROUNDS: usize = 4;

/// kPa per mm of a fluid that is 1 g/ml denser than water.
const WEIGHT: f64 = 9.81e-3;

/// A tip that pours into a cell.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source {
    pub(crate) cell: usize,
    pub(crate) at_mm: [f64; 3],
    /// mm³/s.
    pub(crate) q: f64,
    /// Viscosity of what is poured, mPa s.
    pub(crate) viscosity: f64,
    pub(crate) radius_mm: f64,
}

/// What thickens and weighs in each cell: ln(μ/μ₀) and g/ml above water; empty where nothing does.
#[derive(Debug, Clone, Default)]
pub(crate) struct Load {
    pub(crate) ln_viscosity: Vec<f32>,
    pub(crate) density: Vec<f32>,
}

/// Pressure and the state of the seams.
#[derive(Debug, Clone)]
pub(crate) struct Flow {
    pub(crate) h: f64,
    pub(crate) dims: [usize; 3],
    strides: [usize; 3],
    pub(crate) problem: Problem,
    solver: Option<Arc<Solver>>,
    first_iterations: usize,
    pub(crate) p: Vec<f64>,
    pub(crate) before: Vec<f64>,
    /// Fluid in parted planes, mm³ a cell.
    pub(crate) gap: Vec<f32>,
    seams: Vec<Seam>,
    /// The lattice round each tip's cell.
    lattices: Vec<(usize, Lattice)>,
    /// Porosity of each cell of a bundle over that of its tissue, 0 elsewhere; empty where bundles do not differ.
    pores: Vec<f32>,
    gravity: [f64; 3],
    stop: Stop,
    dt: f64,
    pub(crate) iterations: usize,
    /// Solves, and their iterations, so far.
    pub(crate) work: [usize; 2],
}

/// Gaps and seams before a step; the pressure is in `before`.
#[derive(Debug)]
pub(crate) struct Checkpoint {
    filled: Vec<(u32, f32)>,
    open: Vec<bool>,
}

impl Flow {
    pub(crate) fn new(region: &Region, properties: &Properties, stop: Stop) -> Result<Self, SpreadError> {
        let grid = region.grid();
        let dims = grid.dims();
        let [ni, nj, _] = dims;
        let strides = [1, ni, ni * nj];
        let h = grid.spacing()[0];
        let cells = grid.len();
        let mut flow = Self {
            h,
            dims,
            strides,
            problem: Problem::new([1; 3], [1.0; 3], |_| [1.0; 3], [[Boundary::Open; 2]; 3])?,
            solver: None,
            first_iterations: 0,
            p: vec![0.0; cells],
            before: Vec::new(),
            gap: vec![0.0; cells],
            seams: seams::seams(region),
            lattices: Vec::new(),
            pores: bundles::pores(region, properties.fascicle_sd),
            gravity: region.gravity(),
            stop,
            dt: f64::INFINITY,
            iterations: 0,
            work: [0; 2],
        };
        flow.pose(region, properties, &Load::default(), f64::INFINITY)?;
        Ok(flow)
    }

    /// Sets up the operator for a step of `dt` seconds.
    pub(crate) fn pose(
        &mut self,
        region: &Region,
        properties: &Properties,
        load: &Load,
        dt: f64,
    ) -> Result<(), SpreadError> {
        let tissue = region.tissue();
        let scale = 1e12 / properties.viscosity_mpa_s;
        // The old operator goes first: two of them would be what takes most memory.
        self.problem = Problem::new([1; 3], [1.0; 3], |_| [1.0; 3], [[Boundary::Open; 2]; 3])?;
        let mobility = |cell: usize| self.mobility(tissue, properties, load, cell);
        let mut problem = Problem::new(self.dims, [self.h; 3], mobility, [[Boundary::Open; 2]; 3])?;
        for seam in &self.seams {
            let (cell, axis) = (seam.cell as usize, Axis::ALL[seam.axis as usize]);
            match properties.fascia(seam.sheet) {
                None => problem.set_face(cell, axis, 0.0)?,
                Some(fascia) if !seam.open => {
                    let resistance = fascia.thickness_over_permeability / scale / f64::from(seam.share);
                    problem.add_barrier(cell, axis, resistance)?;
                }
                Some(_) => {}
            }
        }
        if dt.is_finite() {
            let store = Tissue::ALL.map(|t| self.storage(properties, t) / dt);
            for (cell, t) in tissue.iter().enumerate() {
                problem.add_absorption(cell, store[*t as usize])?;
            }
        }
        self.problem = problem;
        self.dt = dt;
        Ok(())
    }

    /// Mobility along the axes, mm²/(kPa s), with what thickens the fluid there.
    fn mobility(&self, tissue: &[Tissue], properties: &Properties, load: &Load, cell: usize) -> [f64; 3] {
        let t = tissue[cell];
        if t.is_closed() {
            return [0.0; 3];
        }
        let thin = match load.ln_viscosity.get(cell) {
            Some(ln) if *ln != 0.0 => f64::from(-*ln).exp(),
            _ => 1.0,
        };
        let scale = thin * 1e12 / properties.viscosity_mpa_s;
        let [x, y, z] = properties.medium(t).permeability_m2.map(|k| k * scale);
        match self.pores.get(cell) {
            Some(pores) if *pores > 0.0 => {
                let along = bundles::permeability(*pores, properties.fascicle_sd);
                let across = along.sqrt().recip();
                [x * across, y * across, z * along]
            }
            _ => [x, y, z],
        }
    }

    fn storage(&self, properties: &Properties, tissue: Tissue) -> f64 {
        let k = properties.medium(tissue).bulk_modulus_kpa;
        if tissue.is_closed() || k.is_infinite() { 0.0 } else { self.h.powi(3) / k }
    }

    /// Water that a cell holds for solutes, mm³.
    #[inline]
    pub(crate) fn water(&self, properties: &Properties, tissue: Tissue, cell: usize, p: f64) -> f64 {
        let volume = self.h.powi(3);
        volume * self.porosity(properties, tissue, cell)
            + self.storage(properties, tissue) * p.max(0.0)
            + f64::from(self.gap[cell])
    }

    /// Share of a cell that injected fluid can take.
    #[inline]
    pub(crate) fn porosity(&self, properties: &Properties, tissue: Tissue, cell: usize) -> f64 {
        let mean = properties.medium(tissue).porosity;
        match self.pores.get(cell) {
            Some(pores) if *pores > 0.0 => mean * f64::from(*pores),
            _ => mean,
        }
    }

    /// What leaves the box from a cell, mm³/s: what the cell loses, without what it stores.
    #[inline]
    pub(crate) fn outward(&self, region: &Region, properties: &Properties, cell: usize) -> f64 {
        let stored = self.storage(properties, region.tissue()[cell]) / self.dt;
        (self.problem.loss(cell) - stored) * self.p[cell]
    }

    /// How much the weight of the fluid adds to the drop from a cell to its upper neighbour, kPa.
    #[inline]
    pub(crate) fn weight(&self, load: &Load, cell: usize, axis: usize) -> f64 {
        if load.density.is_empty() || self.gravity[axis] == 0.0 {
            return 0.0;
        }
        let density = 0.5 * (load.density[cell] + load.density[cell + self.strides[axis]]);
        WEIGHT * f64::from(density) * self.h * self.gravity[axis]
    }

    /// Flow from a cell through its upper face, mm³/s.
    #[inline]
    pub(crate) fn flux(&self, load: &Load, cell: usize, axis: usize) -> f64 {
        let face = self.problem.face(cell, Axis::ALL[axis]);
        if face == 0.0 {
            return 0.0;
        }
        face * (self.p[cell] - self.p[cell + self.strides[axis]] + self.weight(load, cell, axis))
    }

    /// One step of `dt` s (infinite: the steady state). Returns the area newly parted, mm².
    pub(crate) fn step(
        &mut self,
        region: &Region,
        properties: &Properties,
        load: &Load,
        sources: &[Source],
        dt: f64,
    ) -> Result<f64, SpreadError> {
        self.before.clone_from(&self.p);
        self.know_tips(region, properties, sources);
        self.pose(region, properties, load, dt)?;
        let injected: f64 = sources.iter().map(|s| s.q).sum();
        let mut budget = if dt.is_finite() { GAP_SHARE * injected * dt } else { f64::INFINITY };
        let mut filling = vec![];
        let mut parted = 0.0;
        for round in 0..ROUNDS {
            self.solve(region, properties, load, sources, &filling, dt)?;
            if round + 1 == ROUNDS || injected <= 0.0 {
                break;
            }
            let area = self.part(region, properties, load, sources, &mut budget, &mut filling)?;
            if area == 0.0 {
                break;
            }
            parted += area;
        }
        for (cell, volume) in filling {
            self.gap[cell] += volume as f32;
        }
        Ok(parted)
    }

    fn solve(
        &mut self,
        region: &Region,
        properties: &Properties,
        load: &Load,
        sources: &[Source],
        filling: &[(usize, f64)],
        dt: f64,
    ) -> Result<(), SpreadError> {
        let tissue = region.tissue();
        let mut right = vec![0.0; self.p.len()];
        if dt.is_finite() {
            let store = Tissue::ALL.map(|t| self.storage(properties, t) / dt);
            right
                .par_iter_mut()
                .zip(&self.before)
                .zip(tissue)
                .for_each(|((r, p), t)| *r = store[*t as usize] * p);
            filling.iter().for_each(|(cell, volume)| right[*cell] -= volume / dt);
        }
        if !load.density.is_empty() {
            for axis in (0..3).filter(|a| self.gravity[*a] != 0.0) {
                for cell in 0..right.len() - self.strides[axis] {
                    if load.density[cell] == 0.0 && load.density[cell + self.strides[axis]] == 0.0 {
                        continue;
                    }
                    let face = self.problem.face(cell, Axis::ALL[axis]);
                    let flow = face * self.weight(load, cell, axis);
                    right[cell] -= flow;
                    right[cell + self.strides[axis]] += flow;
                }
            }
        }
        for source in sources {
            right[source.cell] += source.q;
        }
        if right.iter().all(|r| *r == 0.0) {
            self.p.fill(0.0);
            return Ok(());
        }
        let stale = self.solver.is_none() || self.iterations > 3 * self.first_iterations + 12;
        if stale {
            self.solver = Some(Arc::new(Solver::new(&self.problem)?));
        }
        let Some(solver) = &self.solver else { return Ok(()) };
        let solution = solver.solve(&self.problem, &right, Some(&self.p), self.stop)?;
        if stale {
            self.first_iterations = solution.iterations.max(8);
        }
        self.iterations = solution.iterations;
        self.work = [self.work[0] + 1, self.work[1] + solution.iterations];
        self.p = solution.values;
        Ok(())
    }

    /// Pressure at a tip, kPa.
    pub(crate) fn tip_kpa(&self, properties: &Properties, source: &Source) -> f64 {
        let thicker = source.viscosity / properties.viscosity_mpa_s;
        let above =
            self.lattice(source).map_or(0.0, |l| l.tip_above_cell(source.q, source.radius_mm, thicker));
        self.p[source.cell] + above
    }

    /// Steady pressures with the fascia as it is, uniform viscosity and no weight; the operator is then theirs.
    pub(crate) fn steady(
        &mut self,
        region: &Region,
        properties: &Properties,
        sources: &[Source],
        stop: Stop,
    ) -> Result<Vec<f64>, SpreadError> {
        self.pose(region, properties, &Load::default(), f64::INFINITY)?;
        let mut right = vec![0.0; self.p.len()];
        sources.iter().for_each(|s| right[s.cell] += s.q);
        let solution = Solver::new(&self.problem)?.solve(&self.problem, &right, None, stop)?;
        Ok(solution.values)
    }

    /// What a step changes, to try it again.
    pub(crate) fn checkpoint(&self) -> Checkpoint {
        let filled =
            self.gap.iter().enumerate().filter(|(_, g)| **g > 0.0).map(|(c, g)| (c as u32, *g)).collect();
        Checkpoint { filled, open: self.open_seams() }
    }

    pub(crate) fn restore(&mut self, to: &Checkpoint) {
        self.p.clone_from(&self.before);
        self.gap.fill(0.0);
        to.filled.iter().for_each(|(cell, gap)| self.gap[*cell as usize] = *gap);
        self.seams.iter_mut().zip(&to.open).for_each(|(seam, open)| seam.open = *open);
    }
}
