//! The exact projector for the trilinear interpolant between voxel centres.
//!
//! Between the planes through voxel centres the interpolant is trilinear, so along a straight ray it is a cubic, and
//! Simpson's rule over each such piece is exact. Missing neighbours outside the grid count as nothing. Slow, and the
//! yardstick of the fast projector, which interpolates too.

use super::{IndexRay, Paths, Projector, refuse_source_in_patient};
use crate::{GeometryError, Image, View, bone_mm_per_mm, radiodensity};
use rami_volume::Ct;
use rayon::prelude::*;
use std::ops::Range;

/// Line integrals of the trilinear interpolant, exact to rounding.
#[derive(Debug, Clone, Copy)]
pub struct TrilinearProjector<'a> {
    ct: &'a Ct,
}

impl<'a> TrilinearProjector<'a> {
    /// A projector of this CT.
    #[must_use]
    pub fn new(ct: &'a Ct) -> Self {
        Self { ct }
    }

    /// Millimetres of the whole and of bone along a ray.
    pub(crate) fn along(ct: &Ct, ray: &crate::Ray) -> (f64, f64) {
        let along = IndexRay::new(ct, ray);
        let dims = ct.grid().dims();
        let Some((enter, leave)) = along.clip([-1.0; 3], dims.map(|d| d as f64)) else { return (0.0, 0.0) };
        let mut next = [f64::INFINITY; 3];
        let mut delta = [f64::INFINITY; 3];
        let inside = along.at(enter + (leave - enter) * 1e-9);
        for a in 0..3 {
            if along.step[a].abs() >= 1e-12 {
                let plane =
                    if along.step[a] > 0.0 { inside[a].floor() + 1.0 } else { inside[a].ceil() - 1.0 };
                next[a] = (plane - along.start[a]) / along.step[a];
                delta[a] = 1.0 / along.step[a].abs();
            }
        }
        let mut sum = (0.0, 0.0);
        let mut t = enter;
        let mut here = interpolate(ct, along.at(t));
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
                let middle = interpolate(ct, along.at((t + until) / 2.0));
                let there = interpolate(ct, along.at(until));
                let sixth = (until - t) * along.length_mm / 6.0;
                sum.0 += sixth * (here.0 + 4.0 * middle.0 + there.0);
                sum.1 += sixth * (here.1 + 4.0 * middle.1 + there.1);
                (here, t) = (there, until);
            }
            if next[a] >= leave {
                return sum;
            }
            next[a] += delta[a];
        }
    }
}

/// Radiodensity and bone at a fractional index.
fn interpolate(ct: &Ct, index: [f64; 3]) -> (f64, f64) {
    let dims = ct.grid().dims();
    let base = index.map(f64::floor);
    let mut sum = (0.0, 0.0);
    for corner in 0..8 {
        let mut weight = 1.0;
        let mut voxel = [0usize; 3];
        let mut inside = true;
        for a in 0..3 {
            let bit = f64::from(corner >> a & 1);
            let fraction = index[a] - base[a];
            weight *= if bit == 1.0 { fraction } else { 1.0 - fraction };
            let at = base[a] + bit;
            inside &= at >= 0.0 && at < dims[a] as f64;
            voxel[a] = at as usize;
        }
        if inside && weight > 0.0 {
            let hu = f32::from(ct.data()[ct.grid().offset(voxel)]);
            sum.0 += weight * f64::from(radiodensity(hu));
            sum.1 += weight * f64::from(bone_mm_per_mm(hu));
        }
    }
    sum
}

impl Projector for TrilinearProjector<'_> {
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
