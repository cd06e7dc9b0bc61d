//! The exact projector for voxels taken as blocks of constant value.
//!
//! A ray is cut where it crosses the faces between voxels; each piece counts its length times the value of its voxel
//! (Siddon RL, Med Phys 1985;12:252; traversal by Amanatides J, Woo A, Eurographics 1987). Slow, and the yardstick.

use super::{IndexRay, Paths, Projector, refuse_source_in_patient};
use crate::{GeometryError, Image, View, bone_mm_per_mm, radiodensity};
use rami_volume::Ct;
use rayon::prelude::*;
use std::ops::Range;

/// Constant-voxel line integrals, exact to rounding.
#[derive(Debug, Clone, Copy)]
pub struct SiddonProjector<'a> {
    ct: &'a Ct,
}

impl<'a> SiddonProjector<'a> {
    /// A projector of this CT.
    #[must_use]
    pub fn new(ct: &'a Ct) -> Self {
        Self { ct }
    }

    /// Millimetres of the whole and of bone along a ray.
    pub(crate) fn along(ct: &Ct, ray: &crate::Ray) -> (f64, f64) {
        let mut sum = (0.0, 0.0);
        walk(ct, ray, |hu, _, mm| {
            sum.0 += mm * f64::from(radiodensity(f32::from(hu)));
            sum.1 += mm * f64::from(bone_mm_per_mm(f32::from(hu)));
        });
        sum
    }
}

impl Projector for SiddonProjector<'_> {
    fn project_rows(&self, view: &View, rows: Range<usize>) -> Result<Paths, GeometryError> {
        refuse_source_in_patient(self.ct, view)?;
        let columns = view.detector().columns;
        let mut paths = Paths {
            total: Image::filled(rows.len(), columns, 0.0),
            bone: Image::filled(rows.len(), columns, 0.0),
        };
        let total = paths.total.data_mut().par_chunks_mut(columns);
        let bone = paths.bone.data_mut().par_chunks_mut(columns);
        total.zip(bone).zip(rows.into_par_iter()).for_each(|((total, bone), row)| {
            for column in 0..columns {
                let (all, mineral) = Self::along(self.ct, &view.ray(row as f64, column as f64));
                total[column] = all as f32;
                bone[column] = mineral as f32;
            }
        });
        Ok(paths)
    }
}

/// Calls `visit(value, mm from the source, mm in it)` for each voxel a ray passes, from source to detector.
pub(crate) fn walk<T: Copy>(
    volume: &rami_volume::Volume<T>,
    ray: &crate::Ray,
    mut visit: impl FnMut(T, f64, f64),
) {
    let grid = volume.grid();
    let dims = grid.dims();
    let (start, end) = (grid.to_index(&ray.source), grid.to_index(&ray.end));
    let along = IndexRay { start, step: std::array::from_fn(|a| end[a] - start[a]), length_mm: ray.length() };
    let Some((enter, leave)) = along.clip([-0.5; 3], dims.map(|d| d as f64 - 0.5)) else { return };
    let middle = along.at(enter + (leave - enter) * 1e-9);
    let stride = [1isize, dims[0] as isize, (dims[0] * dims[1]) as isize];
    let mut voxel = [0isize; 3];
    let mut next = [f64::INFINITY; 3];
    let mut delta = [f64::INFINITY; 3];
    let mut way = [0isize; 3];
    for a in 0..3 {
        voxel[a] = (middle[a].round() as isize).clamp(0, dims[a] as isize - 1);
        if along.step[a].abs() >= 1e-12 {
            way[a] = if along.step[a] > 0.0 { 1 } else { -1 };
            let face = voxel[a] as f64 + 0.5 * way[a] as f64;
            next[a] = (face - along.start[a]) / along.step[a];
            delta[a] = 1.0 / along.step[a].abs();
        }
    }
    let mut t = enter;
    loop {
        let a = if next[0] <= next[1] && next[0] <= next[2] {
            0
        } else if next[1] <= next[2] {
            1
        } else {
            2
        };
        let until = next[a].min(leave);
        if until > t {
            let offset = voxel[0] * stride[0] + voxel[1] * stride[1] + voxel[2] * stride[2];
            visit(volume.data()[offset as usize], t * along.length_mm, (until - t) * along.length_mm);
            t = until;
        }
        if next[a] >= leave {
            return;
        }
        voxel[a] += way[a];
        if voxel[a] < 0 || voxel[a] >= dims[a] as isize {
            return;
        }
        next[a] += delta[a];
    }
}
