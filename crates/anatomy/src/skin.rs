//! The skin: what of the CT is the person, without table and clothing.
//!
//! Tissue is what is denser than -500 HU, half-way between air and soft tissue. On cells of about 3 mm: an opening
//! with a ball of 6 mm takes away table tops, sheets and hoses; the largest piece that is left, grown back into the
//! tissue around it, is the person; air that is enclosed in a transverse section (lungs, bowel) is filled.
//! The signed distance solves |∇d| = 1 outwards and inwards from where the share of tissue in a cell crosses one
//! half, by fast sweeping (Zhao, Math Comp 2005;74:603; first order, its error grows slowly with distance and is
//! well below a cell near the skin).
//!
//! Limits: folds of clothing that press on the skin over more than a hand's breadth and are as dense as fat stay.

use crate::local::{flood, largest_component};
use crate::{BySide, Skin};
use rami_volume::distance::squared_steps;
use rami_volume::{Affine, Ct, Grid, Volume};
use rayon::prelude::*;

/// Half-way between air and soft tissue, HU.
const TISSUE_HU: i16 = -500;
/// Coarse cells are about this wide, mm.
const CELL_MM: f64 = 3.0;
/// Radius of the ball of the opening, mm.
const OPENING_MM: f64 = 6.0;
/// A cut through the body shows as at least this much of it in the outermost layer, mm².
const CUT_MM2: f64 = 600.0;

/// The part of the body in which skin must be in view.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    /// Heights, LPS z, mm.
    pub(crate) z_mm: [f64; 2],
    /// Distances from right to left, LPS x, mm.
    pub(crate) x_mm: [f64; 2],
}

/// The outside of the body in a CT of canonical axes, cut-offs anywhere in it included. Nothing where no body is in view.
#[must_use]
pub fn skin(ct: &Ct) -> Option<Skin> {
    find(ct, None)
}

/// Finds the skin. Cut-offs outside the window do not matter. Nothing where no body is in view.
pub(crate) fn find(ct: &Ct, window: Option<Window>) -> Option<Skin> {
    let coarse = Coarse::new(ct)?;
    let person = coarse.person()?;
    let filled = coarse.filled(&person);
    let body = coarse.fine_body(ct, &person, &filled)?;
    let (back_cut_off, flank_cut_off) = coarse.cuts(&filled, window);
    let share = coarse.share(&body, &filled);
    let distance_mm = Volume::new(coarse.grid.clone(), signed_distance(&coarse.grid, &share))?;
    Some(Skin { body, distance_mm, back_cut_off, flank_cut_off })
}

/// The CT on cells of about 3 mm.
struct Coarse {
    grid: Grid,
    factor: [usize; 3],
    fine: [usize; 3],
    /// Mean HU of each cell.
    hu: Vec<f32>,
    /// Cells that hold nothing but padding.
    padding: Vec<bool>,
}

impl Coarse {
    fn new(ct: &Ct) -> Option<Self> {
        let grid = ct.grid();
        let factor = grid.spacing().map(|s| (CELL_MM / s).round().max(1.0) as usize);
        let fine = grid.dims();
        let dims = [0, 1, 2].map(|a| fine[a].div_ceil(factor[a]));
        let mut affine: Affine = *grid.index_to_lps();
        for axis in 0..3 {
            affine.fixed_view_mut::<3, 1>(0, axis).copy_from(&(grid.axis(axis) * factor[axis] as f64));
        }
        let origin = grid.to_lps(factor.map(|f| (f as f64 - 1.0) / 2.0));
        affine.fixed_view_mut::<3, 1>(0, 3).copy_from(&origin.coords);
        let coarse = Grid::new(dims, affine).ok()?;
        let cells: Vec<(f32, bool)> = (0..coarse.len())
            .into_par_iter()
            .map(|o| {
                let cell = coarse.voxel(o);
                let (mut sum, mut n, mut padding) = (0i64, 0i64, true);
                each_voxel(cell, factor, fine, |at| {
                    let hu = ct.data()[at];
                    sum += i64::from(hu);
                    n += 1;
                    padding &= hu <= rami_volume::AIR_HU;
                });
                (sum as f32 / n as f32, padding)
            })
            .collect();
        let (hu, padding) = cells.into_iter().unzip();
        Some(Self { grid: coarse, factor, fine, hu, padding })
    }

    fn steps(&self, mm: f64) -> f32 {
        let mean = self.grid.spacing().iter().product::<f64>().cbrt();
        (mm / mean) as f32
    }

    /// The person's tissue: the largest piece after an opening, grown back.
    fn person(&self) -> Option<Vec<bool>> {
        let dims = self.grid.dims();
        let tissue: Vec<bool> = self.hu.iter().map(|&hu| hu > f32::from(TISSUE_HU)).collect();
        let air: Vec<bool> = tissue.iter().map(|&t| !t).collect();
        let radius = self.steps(OPENING_MM);
        let depth = squared_steps(&air, dims, radius.ceil());
        let core: Vec<bool> = depth.iter().map(|&d| d > radius * radius).collect();
        let kept = largest_component(dims, &core);
        if kept.is_empty() {
            return None;
        }
        let mut core = vec![false; core.len()];
        kept.into_iter().for_each(|o| core[o] = true);
        let reach = squared_steps(&core, dims, radius.ceil() + 1.0);
        let grown = (radius + 1.0).powi(2);
        Some((0..core.len()).map(|o| tissue[o] && reach[o] <= grown).collect())
    }

    /// The person with the air inside: what is enclosed in a transverse section.
    fn filled(&self, person: &[bool]) -> Vec<bool> {
        let [ni, nj, nk] = self.grid.dims();
        let mut filled = person.to_vec();
        filled.par_chunks_mut(ni * nj).for_each(|slice| {
            // A rim of one cell that is always outside.
            let dims = [ni + 2, nj + 2, 1];
            let free: Vec<bool> = (0..dims[0] * dims[1])
                .map(|o| {
                    let (x, y) = (o % dims[0], o / dims[0]);
                    x == 0 || y == 0 || x == ni + 1 || y == nj + 1 || !slice[(x - 1) + ni * (y - 1)]
                })
                .collect();
            let mut seen = vec![false; free.len()];
            flood(dims, &free, 0, &mut seen);
            for y in 0..nj {
                for x in 0..ni {
                    if !seen[(x + 1) + dims[0] * (y + 1)] {
                        slice[x + ni * y] = true;
                    }
                }
            }
        });
        debug_assert_eq!(filled.len(), ni * nj * nk);
        filled
    }

    /// The body on the CT's own grid: cells well inside whole, cells at the skin voxel by voxel.
    fn fine_body(&self, ct: &Ct, person: &[bool], filled: &[bool]) -> Option<Volume<u8>> {
        let dims = self.grid.dims();
        let outside: Vec<bool> = filled.iter().map(|&f| !f).collect();
        let depth = squared_steps(&outside, dims, 2.0);
        let near = squared_steps(person, dims, 1.0);
        let [ni, nj, _] = self.fine;
        let mut body = vec![0u8; ct.grid().len()];
        body.par_chunks_mut(ni).enumerate().for_each(|(row, values)| {
            let (j, k) = (row % nj / self.factor[1], row / nj / self.factor[2]);
            for (i, value) in values.iter_mut().enumerate() {
                let cell = i / self.factor[0] + dims[0] * (j + dims[1] * k);
                let whole = depth[cell] > 2.5;
                let partly = near[cell] <= 1.0 && ct.data()[row * ni + i] > TISSUE_HU;
                *value = u8::from(whole || partly || (filled[cell] && depth[cell] > 1.5));
            }
        });
        Volume::new(ct.grid().clone(), body)
    }

    /// Share of each cell that is body, 0 to 1; where cells are voxels the partial volume in the HU refines it.
    fn share(&self, body: &Volume<u8>, filled: &[bool]) -> Vec<f32> {
        let single = self.factor == [1, 1, 1];
        (0..self.grid.len())
            .into_par_iter()
            .map(|o| {
                let (mut sum, mut n) = (0u32, 0u32);
                each_voxel(self.grid.voxel(o), self.factor, self.fine, |at| {
                    sum += u32::from(body.data()[at]);
                    n += 1;
                });
                let share = sum as f32 / n as f32;
                if single && touches_other(&self.grid, filled, o) {
                    // -1000 HU: no tissue; -100 HU: all fat. One half at -550 HU.
                    let tissue = ((self.hu[o] + 1000.0) / 900.0).clamp(0.0, 1.0);
                    if share > 0.5 { tissue.max(0.51) } else { tissue.min(0.49) }
                } else {
                    share
                }
            })
            .collect()
    }

    /// Whether the field of view cuts the body at the back or at a flank.
    fn cuts(&self, filled: &[bool], window: Option<Window>) -> (bool, BySide<bool>) {
        let dims = self.grid.dims();
        let spacing = self.grid.spacing();
        let cut = |axis: usize, forward: bool| {
            let other = 1 - axis;
            let face = spacing[other] * spacing[2];
            let mut area = 0.0;
            for o in 0..filled.len() {
                if !filled[o] {
                    continue;
                }
                let cell = self.grid.voxel(o);
                if let Some(Window { z_mm, x_mm }) = window {
                    let p = self.grid.to_lps(cell.map(|v| v as f64));
                    if p.z < z_mm[0] || p.z > z_mm[1] || p.x < x_mm[0] || p.x > x_mm[1] {
                        continue;
                    }
                }
                let at_edge = if forward { cell[axis] + 1 == dims[axis] } else { cell[axis] == 0 };
                let stride = if axis == 0 { 1 } else { dims[0] };
                let lost = at_edge || {
                    let next = if forward { o + stride } else { o - stride };
                    !filled[next] && self.padding[next] && self.hu[o] > -300.0
                };
                if lost {
                    area += face;
                }
            }
            area > CUT_MM2
        };
        // Canonical axes: i runs to the left, j to the back.
        (cut(1, true), BySide { left: cut(0, true), right: cut(0, false) })
    }
}

fn touches_other(grid: &Grid, filled: &[bool], o: usize) -> bool {
    let dims = grid.dims();
    let at = grid.voxel(o);
    let stride = [1, dims[0], dims[0] * dims[1]];
    (0..3).any(|a| {
        (at[a] > 0 && filled[o - stride[a]] != filled[o])
            || (at[a] + 1 < dims[a] && filled[o + stride[a]] != filled[o])
    })
}

fn each_voxel(cell: [usize; 3], factor: [usize; 3], fine: [usize; 3], mut f: impl FnMut(usize)) {
    let end = [0, 1, 2].map(|a| ((cell[a] + 1) * factor[a]).min(fine[a]));
    for k in cell[2] * factor[2]..end[2] {
        for j in cell[1] * factor[1]..end[1] {
            for i in cell[0] * factor[0]..end[0] {
                f(i + fine[0] * (j + fine[1] * k));
            }
        }
    }
}

/// Signed distance to the one-half level of `share`, mm, negative where it is above.
fn signed_distance(grid: &Grid, share: &[f32]) -> Vec<f32> {
    let dims = grid.dims();
    let h = grid.spacing().map(|s| s as f32);
    let stride = [1, dims[0], dims[0] * dims[1]];
    let far = 1e6f32;
    // Cells beside the surface: from the crossings along the axes, d = (Σ 1/dₐ²)^(-1/2).
    let mut d: Vec<f32> = (0..share.len())
        .into_par_iter()
        .map(|o| {
            let at = grid.voxel(o);
            let here = share[o];
            let mut sum = 0.0f32;
            for a in 0..3 {
                let mut nearest = f32::INFINITY;
                let mut look = |other: f32| {
                    if (here >= 0.5) != (other >= 0.5) {
                        nearest = nearest.min(h[a] * (here - 0.5).abs() / (here - other).abs().max(1e-6));
                    }
                };
                if at[a] > 0 {
                    look(share[o - stride[a]]);
                }
                if at[a] + 1 < dims[a] {
                    look(share[o + stride[a]]);
                }
                if nearest.is_finite() {
                    sum += 1.0 / nearest.max(1e-3).powi(2);
                }
            }
            if sum > 0.0 { 1.0 / sum.sqrt() } else { far }
        })
        .collect();
    let fixed: Vec<bool> = d.iter().map(|&v| v < far).collect();
    for sweep in 0..8u8 {
        let order = |a: usize, n: usize| if sweep >> a & 1 == 0 { n } else { dims[a] - 1 - n };
        for kk in 0..dims[2] {
            let k = order(2, kk);
            for jj in 0..dims[1] {
                let j = order(1, jj);
                for ii in 0..dims[0] {
                    let i = order(0, ii);
                    let o = i + stride[1] * j + stride[2] * k;
                    if fixed[o] {
                        continue;
                    }
                    let at = [i, j, k];
                    let mut best = [(far, 1.0f32); 3];
                    for a in 0..3 {
                        let before = if at[a] > 0 { d[o - stride[a]] } else { far };
                        let after = if at[a] + 1 < dims[a] { d[o + stride[a]] } else { far };
                        best[a] = (before.min(after), h[a]);
                    }
                    let value = upwind(best);
                    if value < d[o] {
                        d[o] = value;
                    }
                }
            }
        }
    }
    d.iter().zip(share).map(|(&d, &s)| if s >= 0.5 { -d } else { d }).collect()
}

/// Solves Σ ((u - aᵢ)⁺ / hᵢ)² = 1 for u.
fn upwind(mut v: [(f32, f32); 3]) -> f32 {
    if v[1].0 < v[0].0 {
        v.swap(0, 1);
    }
    if v[2].0 < v[1].0 {
        v.swap(1, 2);
        if v[1].0 < v[0].0 {
            v.swap(0, 1);
        }
    }
    // Relative to the least value, so that single precision is enough.
    let base = v[0].0;
    let mut u = v[0].1;
    let w0 = 1.0 / (v[0].1 * v[0].1);
    let (mut a, mut b, mut c) = (w0, 0.0f32, -1.0f32);
    for &(value, h) in &v[1..] {
        let value = value - base;
        if u <= value {
            break;
        }
        let w = 1.0 / (h * h);
        a += w;
        b += w * value;
        c += w * value * value;
        u = (b + (b * b - a * c).max(0.0).sqrt()) / a;
    }
    base + u
}

#[cfg(test)]
mod tests {
    use super::*;
    use rami_volume::Point;

    /// A cylinder of fat lying on a thin table, with an air-filled hole.
    fn cylinder(spacing: f64) -> Ct {
        let n = (300.0 / spacing) as usize;
        let grid =
            Grid::upright([n, n, (60.0 / spacing) as usize], [spacing; 3], Point::new(-150.0, -150.0, 0.0))
                .unwrap();
        let data = (0..grid.len())
            .map(|o| {
                let p = grid.to_lps(grid.voxel(o).map(|v| v as f64));
                let r = p.x.hypot(p.y);
                let table = (101.0..107.0).contains(&p.y);
                // The partial volume of a voxel at the skin is its share of fat.
                let share = ((100.0 - r) / spacing + 0.5).clamp(0.0, 1.0);
                let gas = (p.x - 30.0).hypot(p.y) < 20.0;
                if gas {
                    -1000
                } else if table {
                    -100
                } else {
                    (-1000.0 + 900.0 * share) as i16
                }
            })
            .collect();
        Ct::new(grid, data).unwrap()
    }

    #[test]
    fn a_table_is_left_out_and_gas_is_filled() {
        for spacing in [3.0, 1.5] {
            let skin = find(&cylinder(spacing), None).unwrap();
            assert_eq!(skin.body.at(&Point::new(30.0, 0.0, 30.0)), Some(1), "gas at {spacing} mm");
            assert_eq!(skin.body.at(&Point::new(90.0, 104.0, 30.0)), Some(0), "table at {spacing} mm");
            assert!(!skin.back_cut_off && !skin.flank_cut_off.left);
        }
    }

    #[test]
    fn distance_to_a_cylinder_is_right_to_half_a_millimetre_near_it() {
        for spacing in [3.0, 1.5] {
            let skin = find(&cylinder(spacing), None).unwrap();
            for degrees in [150.0f64, 180.0, 210.0, 250.0, 290.0, 340.0] {
                for r in [94.0, 100.0, 106.0] {
                    let (s, c) = degrees.to_radians().sin_cos();
                    let d = skin.distance_mm.sample(&Point::new(r * c, r * s, 30.0), 0.0);
                    // First-order sweeping on 3 mm cells: an eighth of a cell at the surface, a little more away.
                    assert!((d - (r - 100.0)).abs() < 0.6, "{spacing} mm, {degrees} degrees, {r}: {d}");
                }
            }
        }
    }

    #[test]
    fn a_back_outside_the_field_of_view_is_noticed() {
        let ct = cylinder(3.0);
        let grid = ct.grid().clone();
        // Keep what lies in front of y = 60 mm.
        let dims = [grid.dims()[0], 71, grid.dims()[2]];
        let data = (0..dims[0] * dims[1] * dims[2])
            .map(|o| ct.data()[grid.offset([o % dims[0], o / dims[0] % dims[1], o / (dims[0] * dims[1])])])
            .collect();
        let cut = Ct::new(Grid::new(dims, *grid.index_to_lps()).unwrap(), data).unwrap();
        let skin = find(&cut, None).unwrap();
        assert!(skin.back_cut_off);
        assert!(!skin.flank_cut_off.left && !skin.flank_cut_off.right);
    }
}
