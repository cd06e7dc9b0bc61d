//! The vertebral body, parted from the posterior elements, and its endplates.
//!
//! The body is the bone in front of its posterior wall. The wall is found where bone meets canal in the middle, and
//! carried sideways through the roots of the pedicles as a surface `p = w0 + w1 c + w2 c²`. What hangs on the body
//! by less than 10 mm (roots of transverse processes, osteophytes) is removed by an opening with a ball of 5 mm.

use super::frame::CanalLine;
use crate::local::{Patch, largest_component};
use nalgebra::{Matrix3, Vector3};
use rami_volume::Vector;
use rami_volume::distance::squared_steps;

/// Half of the thinnest part that still counts as body, mm.
const OPENING_MM: f64 = 5.0;

/// Posterior coordinate of the posterior wall of the body, quadratic in the cranial coordinate.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wall(Vector3<f64>);

impl Wall {
    pub(crate) fn at(&self, cranial: f64) -> f64 {
        self.0.x + self.0.y * cranial + self.0.z * cranial * cranial
    }

    /// Fits the wall to where bone ends in front of the canal.
    pub(crate) fn fit(patch: &Patch, canal: &CanalLine) -> Option<Self> {
        let mut found: Vec<(f64, f64)> = Vec::new();
        for z in 0..patch.dims[2] {
            let c = patch.coordinate(2, z);
            let centre = canal.at(c);
            for x in 0..patch.dims[0] {
                if (patch.coordinate(0, x) - centre.x).abs() > 5.0 {
                    continue;
                }
                let from = patch.nearest(1, centre.y);
                let to = patch.nearest(1, centre.y - 20.0);
                let bone = |y: usize| patch.get([x, y, z]);
                if bone(from) >= 0.5 {
                    continue;
                }
                if let Some(y) = (to..from).rev().find(|&y| bone(y) >= 0.5) {
                    // Ten millimetres of bone in front: a body, not a stray voxel.
                    let deep = patch.nearest(1, patch.coordinate(1, y) - 10.0);
                    if bone(deep) < 0.5 {
                        continue;
                    }
                    let (inside, outside) = (f64::from(bone(y)), f64::from(bone(y + 1)));
                    let fraction = (inside - 0.5) / (inside - outside).max(1e-6);
                    found.push((c, patch.coordinate(1, y) + fraction * patch.step));
                }
            }
        }
        let low = found.iter().map(|f| f.0).fold(f64::INFINITY, f64::min);
        let high = found.iter().map(|f| f.0).fold(f64::NEG_INFINITY, f64::max);
        if found.len() < 12 || high - low < 8.0 {
            return None;
        }
        let rows: Vec<(Vector3<f64>, f64)> =
            found.iter().map(|&(c, p)| (Vector3::new(1.0, c, c * c), p)).collect();
        robust_fit(&rows, 1.5).map(Self)
    }
}

/// Iteratively reweighted least squares with Tukey's biweight of width `4.685 · scale`.
fn robust_fit(rows: &[(Vector3<f64>, f64)], scale: f64) -> Option<Vector3<f64>> {
    let mut solution: Option<Vector3<f64>> = None;
    for round in 0..8 {
        let (mut normal, mut right) = (Matrix3::zeros(), Vector3::zeros());
        for (row, value) in rows {
            let weight = match (&solution, round) {
                (Some(s), 1..) => {
                    let u = (value - row.dot(s)) / (4.685 * scale);
                    if u.abs() < 1.0 { (1.0 - u * u).powi(2) } else { 0.0 }
                }
                _ => 1.0,
            };
            normal += row * row.transpose() * weight;
            right += row * (value * weight);
        }
        match normal.cholesky() {
            Some(cholesky) => solution = Some(cholesky.solve(&right)),
            None => return solution,
        }
    }
    solution
}

/// A plane `c = a + b l + d p` in local coordinates.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plane(Vector3<f64>);

impl Plane {
    pub(crate) fn at(&self, left: f64, posterior: f64) -> f64 {
        self.0.x + self.0.y * left + self.0.z * posterior
    }

    /// Cranial unit normal, in local components.
    pub(crate) fn normal(&self) -> Vector {
        Vector::new(-self.0.y, -self.0.z, 1.0).normalize()
    }
}

/// The body in a patch.
pub(crate) struct Body {
    /// Smoothed indicator of the vertebra, 0 away from the body.
    pub(crate) field: Patch,
    /// Which nodes are body.
    pub(crate) mask: Vec<bool>,
    pub(crate) wall: Wall,
    /// Mean of the body's nodes, local coordinates.
    pub(crate) centroid: Vector,
    pub(crate) upper: Plane,
    pub(crate) lower: Plane,
}

impl Body {
    /// Parts the body of the vertebra whose smoothed indicator is `patch` and fits its endplates.
    pub(crate) fn part(mut patch: Patch, canal: &CanalLine) -> Option<Self> {
        let wall = Wall::fit(&patch, canal)?;
        let raw: Vec<bool> = (0..patch.data.len())
            .map(|o| {
                let c = patch.coordinates(patch.node(o));
                patch.data[o] >= 0.5 && c.y <= wall.at(c.z)
            })
            .collect();
        // Opening: what a ball of OPENING_MM can reach without leaving the bone. Beyond the wall the ball may
        // stand in the pedicle, so that the edges of the wall are not rounded off.
        let radius = (OPENING_MM / patch.step) as f32;
        let outside: Vec<bool> = patch
            .data
            .iter()
            .enumerate()
            .map(|(o, &v)| {
                let c = patch.coordinates(patch.node(o));
                v < 0.5 && c.y <= wall.at(c.z)
            })
            .collect();
        let depth = squared_steps(&outside, patch.dims, radius.ceil());
        let core: Vec<bool> = (0..raw.len()).map(|o| raw[o] && depth[o] > radius * radius).collect();
        let core_nodes = largest_component(patch.dims, &core);
        let mut core = vec![false; raw.len()];
        core_nodes.iter().for_each(|&o| core[o] = true);
        let reach = squared_steps(&core, patch.dims, (radius + 3.5).ceil());
        let grown = (radius + 1.5).powi(2);
        let mask: Vec<bool> = (0..raw.len()).map(|o| raw[o] && reach[o] <= grown).collect();
        let kept = largest_component(patch.dims, &mask);
        if (kept.len() as f64) * patch.step.powi(3) < 4000.0 {
            return None;
        }
        let mut mask = vec![false; raw.len()];
        kept.iter().for_each(|&o| mask[o] = true);
        let sum: Vector = kept.iter().map(|&o| patch.coordinates(patch.node(o))).sum();
        let centroid = sum / kept.len() as f64;
        let near = (radius + 3.5).powi(2);
        for o in 0..patch.data.len() {
            let c = patch.coordinates(patch.node(o));
            if reach[o] > near || c.y > wall.at(c.z) + patch.step {
                patch.data[o] = 0.0;
            }
        }
        let upper = endplate(&patch, &mask, &kept, &centroid, true)?;
        let lower = endplate(&patch, &mask, &kept, &centroid, false)?;
        Some(Self { field: patch, mask, wall, centroid, upper, lower })
    }
}

/// Plane through the upper or lower ends of the body's columns, its rim left out.
fn endplate(patch: &Patch, mask: &[bool], kept: &[usize], centroid: &Vector, upper: bool) -> Option<Plane> {
    let (mut half_width, mut half_depth): (f64, f64) = (1.0, 1.0);
    for &o in kept {
        let c = patch.coordinates(patch.node(o)) - centroid;
        if c.z.abs() < 3.0 {
            half_width = half_width.max(c.x.abs());
            half_depth = half_depth.max(c.y.abs());
        }
    }
    let mut rows = Vec::new();
    for y in 0..patch.dims[1] {
        for x in 0..patch.dims[0] {
            let (l, p) = (patch.coordinate(0, x), patch.coordinate(1, y));
            let (u, v) = ((l - centroid.x) / half_width, (p - centroid.y) / half_depth);
            if u * u + v * v > 0.64 {
                continue;
            }
            let inside = |z: &usize| mask[patch.offset([x, y, *z])];
            let end =
                if upper { (0..patch.dims[2]).rev().find(inside) } else { (0..patch.dims[2]).find(inside) };
            let Some(z) = end else { continue };
            let next = if upper { z + 1 } else { z.wrapping_sub(1) };
            if next >= patch.dims[2] {
                continue;
            }
            let (here, there) = (f64::from(patch.get([x, y, z])), f64::from(patch.get([x, y, next])));
            let fraction = ((here - 0.5) / (here - there).max(1e-6)).clamp(0.0, 1.0);
            let sign = if upper { 1.0 } else { -1.0 };
            rows.push((Vector3::new(1.0, l, p), patch.coordinate(2, z) + sign * fraction * patch.step));
        }
    }
    if rows.len() < 40 {
        return None;
    }
    robust_fit(&rows, 2.0).map(Plane)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_robust_fit_ignores_a_tenth_of_outliers() {
        let rows: Vec<_> = (0..100)
            .map(|i| {
                let (x, y) = (f64::from(i % 10), f64::from(i / 10));
                let value = 2.0 + 0.3 * x - 0.1 * y + if i % 10 == 7 { 8.0 } else { 0.0 };
                (Vector3::new(1.0, x, y), value)
            })
            .collect();
        let s = robust_fit(&rows, 1.0).unwrap();
        // Outliers 8 mm off lie beyond the biweight's reach (4.7 mm), so the fit is exact once they are dropped.
        assert!((s - Vector3::new(2.0, 0.3, -0.1)).norm() < 1e-6, "{s}");
    }
}
