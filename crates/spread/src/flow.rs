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

use crate::well::near_tip;
use crate::{Properties, Region, Sheet, SpreadError, Tissue};
use rami_field::{Axis, Boundary, Problem, Solver, Stop};
use rayon::prelude::*;

/// Most of a step's volume that newly parted planes may take up.
pub const GAP_SHARE: f64 = 0.5;

/// Rounds of parting and solving again within one step.
const ROUNDS: usize = 4;

/// kPa per mm of a fluid that is 1 g/ml denser than water.
const WEIGHT: f64 = 9.81e-3;

/// A face with fascia.
#[derive(Debug, Clone, Copy)]
struct Seam {
    cell: u32,
    axis: u8,
    sheet: Sheet,
    open: bool,
}

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
#[derive(Debug)]
pub(crate) struct Flow {
    pub(crate) h: f64,
    pub(crate) dims: [usize; 3],
    strides: [usize; 3],
    pub(crate) problem: Problem,
    solver: Option<Solver>,
    first_iterations: usize,
    pub(crate) p: Vec<f64>,
    pub(crate) before: Vec<f64>,
    /// Fluid in parted planes, mm³ a cell.
    pub(crate) gap: Vec<f32>,
    seams: Vec<Seam>,
    gravity: [f64; 3],
    stop: Stop,
    dt: f64,
    pub(crate) iterations: usize,
}

/// Gaps and seams before a step; the pressure is in `before`.
#[derive(Debug)]
pub(crate) struct Checkpoint {
    filled: Vec<(u32, f32)>,
    open: Vec<bool>,
}

/// Multiplies permeability along and across the fibres by how each bundle differs: bundles about 4 mm wide that run
/// down, outwards and a little forwards.
fn fascicle(region: &Region, cell: usize, sd: f64) -> f64 {
    let p = region.centre(cell);
    let out = p.x.signum();
    let (u, v) = (p.x + out * 0.30 * p.z, p.y + 0.15 * p.z);
    let noise = |i: i64, j: i64| -> f64 {
        let mut z =
            (i as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (j as u64).wrapping_mul(0xC2B2_AE3D_27D4_EB4F);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 * 2f64.powi(-53) - 0.5
    };
    // Mirror images have the same bundles: the pattern follows the distance from the midline.
    let (u, v) = (u.abs() / 4.0, v / 4.0);
    let (i, j) = (u.floor(), v.floor());
    let (a, b) = (u - i, v - j);
    let at = |di: i64, dj: i64| noise(i as i64 + di, j as i64 + dj);
    let value = (1.0 - b) * ((1.0 - a) * at(0, 0) + a * at(1, 0)) + b * ((1.0 - a) * at(0, 1) + a * at(1, 1));
    // Bilinear noise of uniforms in ±0.5 has a standard deviation of about 0.19.
    (sd * value / 0.19).exp()
}

impl Flow {
    pub(crate) fn new(region: &Region, properties: &Properties, stop: Stop) -> Result<Self, SpreadError> {
        let grid = region.grid();
        let dims = grid.dims();
        let [ni, nj, nk] = dims;
        let strides = [1, ni, ni * nj];
        let h = grid.spacing()[0];
        let tissue = region.tissue();
        let mut seams = Vec::new();
        for k in 0..nk {
            for j in 0..nj {
                for i in 0..ni {
                    let cell = i + ni * (j + nj * k);
                    for (axis, last) in [(0usize, i + 1 == ni), (1, j + 1 == nj), (2, k + 1 == nk)] {
                        if last {
                            continue;
                        }
                        if let Some(sheet) = tissue[cell].between(tissue[cell + strides[axis]]) {
                            seams.push(Seam { cell: cell as u32, axis: axis as u8, sheet, open: false });
                        }
                    }
                }
            }
        }
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
            seams,
            gravity: region.gravity(),
            stop,
            dt: f64::INFINITY,
            iterations: 0,
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
        let sd = properties.fascicle_sd;
        let base: Vec<[f64; 3]> =
            Tissue::ALL.iter().map(|t| properties.medium(*t).permeability_m2.map(|k| k * scale)).collect();
        let mobility = |cell: usize| -> [f64; 3] {
            let t = tissue[cell];
            let mut k = base[t as usize];
            if t.is_closed() {
                return [0.0; 3];
            }
            if sd > 0.0 && t == Tissue::Psoas {
                let f = fascicle(region, cell, sd);
                k = [k[0] / f.sqrt(), k[1] / f.sqrt(), k[2] * f];
            }
            match load.ln_viscosity.get(cell) {
                Some(ln) if *ln != 0.0 => k.map(|k| k * f64::from(-*ln).exp()),
                _ => k,
            }
        };
        let mut problem = Problem::new(self.dims, [self.h; 3], mobility, [[Boundary::Open; 2]; 3])?;
        for seam in &self.seams {
            let (cell, axis) = (seam.cell as usize, Axis::ALL[seam.axis as usize]);
            match properties.fascia(seam.sheet) {
                None => problem.set_face(cell, axis, 0.0)?,
                Some(fascia) if !seam.open => {
                    let resistance = fascia.thickness_over_permeability / scale;
                    problem.add_barrier(cell, axis, resistance)?;
                }
                Some(_) => {}
            }
        }
        if dt.is_finite() {
            let volume = self.h.powi(3);
            let store: Vec<f64> =
                Tissue::ALL
                    .iter()
                    .map(|t| {
                        if t.is_closed() {
                            0.0
                        } else {
                            volume / (properties.medium(*t).bulk_modulus_kpa * dt)
                        }
                    })
                    .collect();
            for (cell, t) in tissue.iter().enumerate() {
                problem.add_absorption(cell, store[*t as usize])?;
            }
        }
        self.problem = problem;
        self.dt = dt;
        Ok(())
    }

    fn storage(&self, properties: &Properties, tissue: Tissue) -> f64 {
        let k = properties.medium(tissue).bulk_modulus_kpa;
        if tissue.is_closed() || k.is_infinite() { 0.0 } else { self.h.powi(3) / k }
    }

    /// Water that a cell holds for solutes, mm³.
    #[inline]
    pub(crate) fn water(&self, properties: &Properties, tissue: Tissue, cell: usize, p: f64) -> f64 {
        let medium = properties.medium(tissue);
        let volume = self.h.powi(3);
        volume * medium.porosity + self.storage(properties, tissue) * p.max(0.0) + f64::from(self.gap[cell])
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
            self.solver = Some(Solver::new(&self.problem)?);
        }
        let Some(solver) = &self.solver else { return Ok(()) };
        let solution = solver.solve(&self.problem, &right, Some(&self.p), self.stop)?;
        if stale {
            self.first_iterations = solution.iterations.max(8);
        }
        self.iterations = solution.iterations;
        self.p = solution.values;
        Ok(())
    }

    /// Parts the faces whose pressure difference is too large, as far as the budget goes.
    fn part(
        &mut self,
        region: &Region,
        properties: &Properties,
        load: &Load,
        sources: &[Source],
        budget: &mut f64,
        filling: &mut Vec<(usize, f64)>,
    ) -> Result<f64, SpreadError> {
        let area = self.h * self.h;
        let gap = area * properties.gap_mm;
        let mut over: Vec<(f64, usize)> = Vec::new();
        for (n, seam) in self.seams.iter().enumerate() {
            let Some(fascia) = properties.fascia(seam.sheet).filter(|_| !seam.open) else { continue };
            let (a, b) = (seam.cell as usize, seam.cell as usize + self.strides[seam.axis as usize]);
            let near = self.near(region, properties, sources, a, seam.axis as usize);
            let difference = (self.p[a] + near[0] - self.p[b] - near[1]).abs();
            if difference > fascia.opening_kpa {
                over.push((difference / fascia.opening_kpa, n));
            }
        }
        over.sort_by(|x, y| y.0.total_cmp(&x.0).then(x.1.cmp(&y.1)));
        let mut parted = 0.0;
        for (_, n) in over {
            if gap > *budget {
                break;
            }
            *budget -= gap;
            let seam = &mut self.seams[n];
            seam.open = true;
            let (cell, axis) = (seam.cell as usize, seam.axis as usize);
            let other = cell + self.strides[axis];
            filling.push((cell, 0.5 * gap));
            filling.push((other, 0.5 * gap));
            parted += area;
        }
        if parted > 0.0 {
            // The open faces get their full transmissibility with the step's viscosities.
            self.pose_open(region, properties, load)?;
        }
        Ok(parted)
    }

    fn pose_open(
        &mut self,
        region: &Region,
        properties: &Properties,
        load: &Load,
    ) -> Result<(), SpreadError> {
        let scale = 1e12 / properties.viscosity_mpa_s;
        let mobility = |cell: usize, axis: usize| {
            let t = region.tissue()[cell];
            let thick = load.ln_viscosity.get(cell).map_or(1.0, |ln| f64::from(-*ln).exp());
            let bundle = if properties.fascicle_sd > 0.0 && t == Tissue::Psoas {
                let f = fascicle(region, cell, properties.fascicle_sd);
                if axis == 2 { f } else { 1.0 / f.sqrt() }
            } else {
                1.0
            };
            properties.medium(t).permeability_m2[axis] * scale * thick * bundle
        };
        for seam in self.seams.iter().filter(|s| s.open) {
            let (cell, axis) = (seam.cell as usize, seam.axis as usize);
            let (a, b) = (mobility(cell, axis), mobility(cell + self.strides[axis], axis));
            if a + b > 0.0 {
                self.problem.set_face(cell, Axis::ALL[axis], self.h * 2.0 * a * b / (a + b))?;
            }
        }
        Ok(())
    }

    /// What the true place of the tips adds to the pressures on both sides of a face.
    fn near(
        &self,
        region: &Region,
        properties: &Properties,
        sources: &[Source],
        cell: usize,
        axis: usize,
    ) -> [f64; 2] {
        let mut add = [0.0; 2];
        for source in sources.iter().filter(|s| s.q > 0.0) {
            let home = region.tissue()[source.cell];
            let centre = region.centre(source.cell);
            for (side, add) in add.iter_mut().enumerate() {
                let here = cell + side * self.strides[axis];
                // The other side of a seam does not feel the tip.
                if region.tissue()[here] != home {
                    continue;
                }
                let middle = region.centre(here);
                let from_cell = (middle - centre).norm();
                if from_cell > 4.0 * self.h {
                    continue;
                }
                let mut face = region.centre(cell);
                face[axis] += 0.5 * self.h;
                let tip = rami_volume::Point::from(source.at_mm);
                let mobility = Self::tip_mobility(region, properties, source);
                *add +=
                    near_tip(source.q, mobility, self.h, source.radius_mm, (face - tip).norm(), from_cell);
            }
        }
        add
    }

    /// Mobility round a tip for the fluid that leaves it, mm²/(kPa s).
    pub(crate) fn tip_mobility(region: &Region, properties: &Properties, source: &Source) -> f64 {
        let [a, b, c] = properties.medium(region.tissue()[source.cell]).permeability_m2;
        (a * b * c).cbrt() * 1e12 / source.viscosity
    }

    /// Pressure at a tip, kPa.
    pub(crate) fn tip_kpa(&self, region: &Region, properties: &Properties, source: &Source) -> f64 {
        let mobility = Self::tip_mobility(region, properties, source);
        crate::well::tip_pressure(self.p[source.cell], source.q, mobility, self.h, source.radius_mm)
    }

    /// Steady pressures with the fascia as it is, uniform viscosity and no weight; and the operator they belong to.
    pub(crate) fn steady(
        &mut self,
        region: &Region,
        properties: &Properties,
        sources: &[Source],
        stop: Stop,
    ) -> Result<(Vec<f64>, Problem), SpreadError> {
        self.pose(region, properties, &Load::default(), f64::INFINITY)?;
        let problem = self.problem.clone();
        let mut right = vec![0.0; self.p.len()];
        sources.iter().for_each(|s| right[s.cell] += s.q);
        let solution = Solver::new(&problem)?.solve(&problem, &right, None, stop)?;
        Ok((solution.values, problem))
    }

    /// What a step changes, to try it again.
    pub(crate) fn checkpoint(&self) -> Checkpoint {
        let filled =
            self.gap.iter().enumerate().filter(|(_, g)| **g > 0.0).map(|(c, g)| (c as u32, *g)).collect();
        Checkpoint { filled, open: self.seams.iter().map(|s| s.open).collect() }
    }

    pub(crate) fn restore(&mut self, to: &Checkpoint) {
        self.p.clone_from(&self.before);
        self.gap.fill(0.0);
        to.filled.iter().for_each(|(cell, gap)| self.gap[*cell as usize] = *gap);
        self.seams.iter_mut().zip(&to.open).for_each(|(seam, open)| seam.open = *open);
    }

    /// Area of the fascia that has parted, mm².
    pub(crate) fn parted_mm2(&self) -> f64 {
        self.seams.iter().filter(|s| s.open).count() as f64 * self.h * self.h
    }
}
