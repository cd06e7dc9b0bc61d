//! Fascia on faces between tissues: where it is, when it parts, what its gap takes.
//!
//! A face parts when the pressures on its two sides differ by more than the fascia's strength, once and for good. The
//! side where a tip is feels the tip where it truly is, and its image behind the fascia ([`crate::well`]): so a face
//! parts at the same injected pressure whatever the cells. Parting leaves a gap that fills from the injection, which
//! spends at most [`GAP_SHARE`] of a step on gaps; faces under the largest excess go first. So planes open with injected
//! volume, outwards from the tip, and by area, not by number of faces.
//!
//! A sheet that lies oblique to the cells is a stair of faces with more area than it has: |n₁| + |n₂| + |n₃| times as much for
//! a normal n, up to √3. What a face conducts while closed, and what its gap takes, go by the sheet's own share; n is the
//! first moment of the two tissues within [`ROUND_CELLS`] of the face.

use super::{Flow, Load, Source};
use crate::well::Lattice;
use crate::{Properties, Region, Sheet, SpreadError};
use rami_field::Axis;

/// Most of a step's volume that newly parted planes may take up.
pub const GAP_SHARE: f64 = 0.5;

/// A tip's place matters to faces no farther than this, cells.
const NEAR_CELLS: i64 = 4;

/// How far tissue tells which way a sheet faces, cells from the middle of a face.
const ROUND_CELLS: f64 = 2.6;

/// A face with fascia.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seam {
    pub(super) cell: u32,
    pub(super) axis: u8,
    pub(super) sheet: Sheet,
    /// Area of the sheet over that of the face.
    pub(super) share: f32,
    pub(super) open: bool,
}

/// All faces between tissues that a sheet separates.
pub(super) fn seams(region: &Region) -> Vec<Seam> {
    let [ni, nj, nk] = region.grid().dims();
    let strides = [1, ni, ni * nj];
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
                        let share = match sheet {
                            Sheet::Wall => 1.0,
                            _ => share_of_face(region, [i, j, k], axis) as f32,
                        };
                        seams.push(Seam { cell: cell as u32, axis: axis as u8, sheet, share, open: false });
                    }
                }
            }
        }
    }
    seams
}

/// How much of a sheet a face of its stair stands for.
fn share_of_face(region: &Region, at: [usize; 3], axis: usize) -> f64 {
    let grid = region.grid();
    let tissue = region.tissue();
    let dims = grid.dims();
    let mut beyond = at;
    beyond[axis] += 1;
    let (here, there) = (tissue[grid.offset(at)], tissue[grid.offset(beyond)]);
    let reach = ROUND_CELLS.ceil() as i64;
    let mut normal = [0.0; 3];
    for k in -reach..=reach + 1 {
        for j in -reach..=reach + 1 {
            for i in -reach..=reach + 1 {
                let step = [i, j, k];
                let middle = |a: usize| if a == axis { 0.5 } else { 0.0 };
                let off: [f64; 3] = std::array::from_fn(|a| step[a] as f64 - middle(a));
                if off.iter().map(|o| o * o).sum::<f64>() > ROUND_CELLS * ROUND_CELLS {
                    continue;
                }
                let cell: [i64; 3] = std::array::from_fn(|a| at[a] as i64 + step[a]);
                if (0..3).any(|a| cell[a] < 0 || cell[a] >= dims[a] as i64) {
                    continue;
                }
                let t = tissue[grid.offset(cell.map(|c| c as usize))];
                let side = if t == there { 1.0 } else { -f64::from(u8::from(t == here)) };
                (0..3).for_each(|a| normal[a] += side * off[a]);
            }
        }
    }
    let length = normal.iter().map(|n| n * n).sum::<f64>().sqrt();
    let stair = normal.iter().map(|n| n.abs()).sum::<f64>();
    if stair > 0.0 { length / stair } else { 1.0 }
}

impl Flow {
    /// Parts the faces whose pressure difference is too large, as far as the budget (mm³) goes. Returns the area, mm².
    pub(super) fn part(
        &mut self,
        region: &Region,
        properties: &Properties,
        load: &Load,
        sources: &[Source],
        budget: &mut f64,
        filling: &mut Vec<(usize, f64)>,
    ) -> Result<f64, SpreadError> {
        let face = self.h * self.h;
        self.know_tips(region, properties, sources);
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
            let seam = &mut self.seams[n];
            let area = face * f64::from(seam.share);
            let gap = area * properties.gap_mm;
            if gap > *budget {
                break;
            }
            *budget -= gap;
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
        for n in 0..self.seams.len() {
            let seam = self.seams[n];
            if !seam.open {
                continue;
            }
            let (cell, axis) = (seam.cell as usize, seam.axis as usize);
            let mobility = |cell: usize| self.mobility(region.tissue(), properties, load, cell)[axis];
            let (a, b) = (mobility(cell), mobility(cell + self.strides[axis]));
            if a + b > 0.0 {
                self.problem.set_face(cell, Axis::ALL[axis], self.h * 2.0 * a * b / (a + b))?;
            }
        }
        Ok(())
    }

    /// Makes sure that the lattice round each tip is known.
    pub(super) fn know_tips(&mut self, region: &Region, properties: &Properties, sources: &[Source]) {
        for source in sources {
            if !self.lattices.iter().any(|(cell, _)| *cell == source.cell) {
                let mobility = self.mobility(region.tissue(), properties, &Load::default(), source.cell);
                self.lattices.push((source.cell, Lattice::new(mobility, self.h)));
            }
        }
    }

    pub(super) fn lattice(&self, source: &Source) -> Option<&Lattice> {
        self.lattices.iter().find(|(cell, _)| *cell == source.cell).map(|(_, lattice)| lattice)
    }

    /// What the true places of the tips, and their images in the fascia, add to the pressures of the two cells of a face
    /// to make them those on the face.
    fn near(
        &self,
        region: &Region,
        properties: &Properties,
        sources: &[Source],
        cell: usize,
        axis: usize,
    ) -> [f64; 2] {
        let mut add = [0.0; 2];
        let tissue = region.tissue();
        let at = self.voxel(cell);
        for source in sources.iter().filter(|s| s.q > 0.0) {
            let Some(lattice) = self.lattice(source) else { continue };
            let home = self.voxel(source.cell);
            let thicker = source.viscosity / properties.viscosity_mpa_s;
            let mut face = region.centre(cell);
            face[axis] += 0.5 * self.h;
            let to_face: [f64; 3] = std::array::from_fn(|a| face[a] - source.at_mm[a]);
            for (side, add) in add.iter_mut().enumerate() {
                let here = cell + side * self.strides[axis];
                // The other side of a seam does not feel the tip.
                if tissue[here] != tissue[source.cell] {
                    continue;
                }
                let mut offset: [i64; 3] = std::array::from_fn(|a| at[a] as i64 - home[a] as i64);
                offset[axis] += side as i64;
                if offset.iter().any(|n| n.abs() > NEAR_CELLS) {
                    continue;
                }
                // The home's mirror image lies as far behind the face as the home before it; in the stairs of cells a
                // tip can lie behind a face's plane, which has no image then.
                let beyond = if side == 0 { 1 } else { -1 };
                let before = beyond * offset[axis] >= 0;
                let mut image = offset;
                image[axis] = offset[axis] + beyond * (1 - 2 * (beyond * offset[axis] + 1));
                let reflected = if before { self.reflected(region, properties, cell, axis) } else { 0.0 };
                let exact = lattice.place(to_face, source.radius_mm, thicker);
                *add += source.q
                    * (exact - lattice.cell(offset, thicker)
                        + reflected * (exact - lattice.cell(image, thicker)));
            }
        }
        add
    }

    /// Share of the flow onto a face that its fascia turns back.
    fn reflected(&self, region: &Region, properties: &Properties, cell: usize, axis: usize) -> f64 {
        let tissue = region.tissue();
        let other = cell + self.strides[axis];
        let Some(fascia) = tissue[cell].between(tissue[other]).and_then(|s| properties.fascia(s)) else {
            return 1.0;
        };
        let resistance = fascia.thickness_over_permeability * properties.viscosity_mpa_s * 1e-12;
        let half = |cell: usize| {
            let k = self.mobility(tissue, properties, &Load::default(), cell)[axis];
            if k > 0.0 { 0.5 * self.h / k } else { f64::INFINITY }
        };
        let tissue_resistance = half(cell) + half(other);
        if tissue_resistance.is_finite() { resistance / (resistance + tissue_resistance) } else { 1.0 }
    }

    fn voxel(&self, cell: usize) -> [usize; 3] {
        let [ni, nj, _] = self.dims;
        [cell % ni, cell / ni % nj, cell / (ni * nj)]
    }

    /// Area of the fascia that has parted, mm².
    pub(crate) fn parted_mm2(&self) -> f64 {
        let shares = self.seams.iter().filter(|s| s.open).map(|s| f64::from(s.share));
        shares.sum::<f64>() * self.h * self.h
    }

    /// Which seams are open, to try a step again.
    pub(super) fn open_seams(&self) -> Vec<bool> {
        self.seams.iter().map(|s| s.open).collect()
    }
}
