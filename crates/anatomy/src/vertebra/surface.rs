//! The outline of the body at every height, as radii around its axis, and the anterolateral surface from it.
//!
//! The axis joins the middles of the endplate planes. At height `h` (0 lower, 1 upper endplate) the outline is
//! `A(h) + r(h, θ) (cos θ anterior + sin θ left)`, with θ from -120° to 120°.

use super::body::Body;
use crate::{Side, SurfacePoint, VertebraFrame};
use nalgebra::Unit;
use rami_volume::{Point, Vector};

/// Step of θ, degrees.
pub(crate) const STEP_DEG: f64 = 2.5;
/// Steps to either side of the front.
pub(crate) const HALF: usize = 48;
const RAYS: usize = 2 * HALF + 1;

/// One outline.
#[derive(Debug, Clone)]
pub(crate) struct Section {
    /// Height in the body: 0 lower endplate, 1 upper.
    pub(crate) height: f64,
    /// Point of the axis.
    pub(crate) centre: Point,
    /// Distance from the axis back to the posterior wall, mm.
    pub(crate) back: f64,
    /// Radii, mm; the middle one points forwards.
    pub(crate) radii: Vec<f64>,
}

/// The angle of a ray, radians; positive to the left.
pub(crate) fn angle(ray: usize) -> f64 {
    ((ray as f64 - HALF as f64) * STEP_DEG).to_radians()
}

impl Section {
    /// Point of the outline on a ray.
    pub(crate) fn point(&self, frame: &VertebraFrame, ray: usize) -> Point {
        let theta = angle(ray);
        let left = -frame.right.into_inner();
        self.centre + (frame.anterior.into_inner() * theta.cos() + left * theta.sin()) * self.radii[ray]
    }

    /// Antero-posterior depth in the middle, mm.
    pub(crate) fn depth(&self) -> f64 {
        self.radii[HALF] + self.back
    }

    /// Right-left width of its front two thirds, mm: behind, the roots of pedicles and transverse processes begin.
    pub(crate) fn width(&self) -> f64 {
        let x = |ray: usize| {
            if self.depth_fraction(ray) < 0.67 { self.radii[ray] * angle(ray).sin() } else { 0.0 }
        };
        let left = (0..RAYS).map(x).fold(0.0, f64::max);
        let right = (0..RAYS).map(x).fold(0.0, f64::min);
        left - right
    }

    /// Share of the depth that lies in front of a ray's point: 0 at the front, 1 at the posterior wall.
    pub(crate) fn depth_fraction(&self, ray: usize) -> f64 {
        (self.radii[HALF] - self.radii[ray] * angle(ray).cos()) / self.depth()
    }
}

/// Outlines about every millimetre between the endplates.
pub(crate) fn sections(body: &Body) -> Vec<Section> {
    let local = body.field.local;
    let centre_of = |plane: &super::body::Plane| {
        Vector::new(body.centroid.x, body.centroid.y, plane.at(body.centroid.x, body.centroid.y))
    };
    let (lower, upper) = (centre_of(&body.lower), centre_of(&body.upper));
    let height = upper.z - lower.z;
    let rows = (height.round() as usize).max(8);
    let mut radii: Vec<Vec<f64>> = Vec::with_capacity(rows);
    let heights: Vec<f64> = (0..rows).map(|i| 0.04 + 0.92 * i as f64 / (rows - 1) as f64).collect();
    for &h in &heights {
        let centre = lower + (upper - lower) * h;
        radii.push(
            (0..RAYS)
                .map(|ray| {
                    let theta = angle(ray);
                    let out = Vector::new(theta.sin(), -theta.cos(), 0.0);
                    let mut before = f64::from(body.field.sample(&(centre + out * 6.0)));
                    let mut r = 6.0;
                    loop {
                        r += 0.5;
                        let now = f64::from(body.field.sample(&(centre + out * r)));
                        if now < 0.5 && before >= 0.5 {
                            break r - 0.5 * (0.5 - now) / (before - now).max(1e-9);
                        }
                        if r > 45.0 {
                            break f64::NAN;
                        }
                        before = now;
                    }
                })
                .collect(),
        );
    }
    smooth(&mut radii, height * 0.92 / (rows - 1) as f64);
    heights
        .into_iter()
        .zip(radii)
        .map(|(h, radii)| {
            let centre = lower + (upper - lower) * h;
            Section {
                height: h,
                centre: local.point(&centre),
                back: body.wall.at(centre.z) - centre.y,
                radii,
            }
        })
        .collect()
}

/// Gaussian smoothing of the radii over about 2 mm along both directions; rays that met no surface take their
/// neighbours' value.
fn smooth(radii: &mut [Vec<f64>], row_step: f64) {
    const SD_MM: f64 = 2.0;
    let rows = radii.len();
    let ray_step = STEP_DEG.to_radians() * 22.0;
    let reach = |step: f64| (2.5 * SD_MM / step).ceil() as isize;
    let (dr, dt) = (reach(row_step), reach(ray_step));
    for along_rows in [true, false] {
        let old = radii.to_vec();
        for row in 0..rows {
            for ray in 0..RAYS {
                let (mut sum, mut total) = (0.0, 0.0);
                let n = if along_rows { dr } else { dt };
                let step = if along_rows { row_step } else { ray_step };
                for d in -n..=n {
                    let (r, t) = if along_rows {
                        (row as isize + d, ray as isize)
                    } else {
                        (row as isize, ray as isize + d)
                    };
                    if r < 0 || t < 0 || r >= rows as isize || t >= RAYS as isize {
                        continue;
                    }
                    let value = old[r as usize][t as usize];
                    if value.is_finite() {
                        let weight = (-0.5 * (d as f64 * step / SD_MM).powi(2)).exp();
                        sum += weight * value;
                        total += weight;
                    }
                }
                radii[row][ray] = if total > 0.0 { sum / total } else { 20.0 };
            }
        }
    }
}

/// Points of the body's surface on one side, from the front to four fifths of its depth.
pub(crate) fn anterolateral(sections: &[Section], frame: &VertebraFrame, side: Side) -> Vec<SurfacePoint> {
    let mut points = Vec::new();
    for (row, section) in sections.iter().enumerate() {
        let below = &sections[row.saturating_sub(1)];
        let above = &sections[(row + 1).min(sections.len() - 1)];
        for step in 0..HALF {
            let ray = match side {
                Side::Left => HALF + step,
                Side::Right => HALF - step,
            };
            let depth_fraction = section.depth_fraction(ray);
            if depth_fraction > 0.8 {
                break;
            }
            let along = section.point(frame, ray + 1) - section.point(frame, ray - 1);
            let up = above.point(frame, ray) - below.point(frame, ray);
            let Some(normal) = Unit::try_new(up.cross(&along), 1e-9) else { continue };
            let point = section.point(frame, ray);
            let normal = if normal.dot(&(point - section.centre)) < 0.0 { -normal } else { normal };
            points.push(SurfacePoint { point, normal, height_fraction: section.height, depth_fraction });
        }
    }
    points
}
