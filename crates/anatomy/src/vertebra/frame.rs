//! Where the canal runs and which way a vertebra faces, before anything is measured on it.

use crate::local::{Local, flood};
use nalgebra::{Matrix3, SymmetricEigen, Unit, UnitVector3};
use rami_volume::{Labels, Point, Vector};

/// The spinal canal near a vertebra as a straight line in the vertebra's local coordinates: its left and posterior
/// coordinates are linear in the cranial one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CanalLine {
    left: [f64; 2],
    posterior: [f64; 2],
}

impl CanalLine {
    /// Least-squares line through the canal points within `reach` mm of the height of the origin.
    pub(crate) fn fit(local: &Local, canal: &[Point], reach: f64) -> Option<Self> {
        let (mut n, mut sz, mut szz, mut sl, mut slz, mut sp, mut spz) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
        for q in canal {
            let c = local.coordinates(q);
            if c.z.abs() > reach || c.x.abs() > 40.0 || c.y.abs() > 70.0 {
                continue;
            }
            n += 1.0;
            sz += c.z;
            szz += c.z * c.z;
            sl += c.x;
            slz += c.x * c.z;
            sp += c.y;
            spz += c.y * c.z;
        }
        let determinant = n * szz - sz * sz;
        if n < 8.0 || determinant < 1e-6 {
            return None;
        }
        let line = |s: f64, sc: f64| [(szz * s - sz * sc) / determinant, (n * sc - sz * s) / determinant];
        Some(Self { left: line(sl, slz), posterior: line(sp, spz) })
    }

    /// Its point at a cranial coordinate.
    pub(crate) fn at(&self, cranial: f64) -> Vector {
        Vector::new(
            self.left[0] + self.left[1] * cranial,
            self.posterior[0] + self.posterior[1] * cranial,
            cranial,
        )
    }
}

/// Local axes from the canal and the bone in front of it; the origin is about the middle of the body.
pub(crate) fn rough(bone: &[Point], canal: &[Point]) -> Option<Local> {
    let mean = |points: &mut dyn Iterator<Item = &Point>| {
        let (mut n, mut sum) = (0.0, Vector::zeros());
        for p in points {
            n += 1.0;
            sum += p.coords;
        }
        (n > 3.0).then(|| Point::from(sum / n))
    };
    let centroid = mean(&mut bone.iter())?;
    let mut cranial = Vector::z_axis();
    let mut anterior = -Vector::y();
    let mut body = centroid;
    for _ in 0..4 {
        let near = |reach: f64| {
            let cranial = cranial;
            canal.iter().filter(move |q| {
                let d = *q - body;
                d.dot(&cranial).abs() < reach && d.norm() < 70.0
            })
        };
        let middle = mean(&mut near(15.0))?;
        cranial = direction_of(near(30.0), &middle)?;
        let local = Local::new(middle, cranial, &anterior)?;
        body = mean(&mut bone.iter().filter(|p| local.coordinates(p).y < -8.0))?;
        anterior = body - middle;
    }
    Local::new(body, cranial, &anterior)
}

/// Principal direction of points, cranial end up.
fn direction_of<'a>(points: impl Iterator<Item = &'a Point>, about: &Point) -> Option<UnitVector3<f64>> {
    let mut scatter = Matrix3::zeros();
    let mut n = 0;
    for p in points {
        let d = p - about;
        scatter += d * d.transpose();
        n += 1;
    }
    if n < 8 {
        return None;
    }
    let eigen = SymmetricEigen::new(scatter);
    let axis = eigen.eigenvectors.column(eigen.eigenvalues.imax()).into_owned();
    Unit::try_new(if axis.z < 0.0 { -axis } else { axis }, 1e-9)
}

/// Points of the vertebral foramen, for a label map without a canal: holes of the vertebra's own axial sections.
pub(crate) fn foramen(labels: &Labels, low: [usize; 3], high: [usize; 3], id: u16) -> Vec<Point> {
    let grid = labels.grid();
    let dims = [high[0] - low[0] + 3, high[1] - low[1] + 3, 1];
    let mut points = Vec::new();
    for k in low[2]..=high[2] {
        // A rim of one voxel around the box, so that everything outside the ring is joined.
        let free: Vec<bool> = (0..dims[0] * dims[1])
            .map(|o| {
                let (x, y) = (o % dims[0], o / dims[0]);
                if x == 0 || y == 0 || x + 1 == dims[0] || y + 1 == dims[1] {
                    return true;
                }
                labels.data()[grid.offset([low[0] + x - 1, low[1] + y - 1, k])] != id
            })
            .collect();
        let mut seen = vec![false; free.len()];
        flood(dims, &free, 0, &mut seen);
        let area = grid.spacing()[0] * grid.spacing()[1];
        for seed in 0..free.len() {
            if seen[seed] || !free[seed] {
                continue;
            }
            let hole = flood(dims, &free, seed, &mut seen);
            if hole.len() as f64 * area > 60.0 {
                points.extend(hole.iter().map(|&o| {
                    grid.to_lps([
                        (low[0] + o % dims[0]) as f64 - 1.0,
                        (low[1] + o / dims[0]) as f64 - 1.0,
                        k as f64,
                    ])
                }));
            }
        }
    }
    points
}
