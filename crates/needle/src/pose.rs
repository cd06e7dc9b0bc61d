//! Where a tip is and which way it looks.
//!
//! The tip moves forward along `forward` while its path curves towards `bend` (away from the face of the bevel) with
//! curvature κ: the unicycle model of Webster et al. 2006 (Int J Robot Res 25:509). Over an arc of length a,
//!
//! ```text
//! p' = p + bend (1 − cos κa)/κ + forward sin(κa)/κ       forward' = forward cos κa + bend sin κa
//! ```
//!
//! exactly, so arcs compose: two arcs of the same curvature are one. Turning the hub turns `bend` about `forward`.

use crate::NeedleError;
use nalgebra::{Unit, Vector3};

/// Position and attitude of a tip.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pose {
    /// Position, mm.
    pub position: Vector3<f64>,
    /// Unit vector along the shaft at the tip.
    pub forward: Vector3<f64>,
    /// Unit vector across it, towards which the path curves.
    pub bend: Vector3<f64>,
}

impl Pose {
    /// A tip at `position` looking along `forward`, curving towards `bend_hint` as far as that is across `forward`.
    ///
    /// # Errors
    /// [`NeedleError::BadVector`] for vectors that are not finite or have no length.
    pub fn new(position: [f64; 3], forward: [f64; 3], bend_hint: [f64; 3]) -> Result<Self, NeedleError> {
        let position = Vector3::from(position);
        if !position.iter().all(|c| c.is_finite()) {
            return Err(bad("position", position));
        }
        let forward = unit("direction", Vector3::from(forward))?;
        let hint = Vector3::from(bend_hint);
        let across = |v: Vector3<f64>| v - forward * forward.dot(&v);
        let mut bend = across(hint);
        if bend.norm().is_nan() || bend.norm() <= 1e-6 * hint.norm().max(1e-12) {
            // The hint lies along the needle, or is none: the axis most across it serves.
            let axis = forward
                .iter()
                .enumerate()
                .min_by(|a, b| a.1.abs().total_cmp(&b.1.abs()))
                .map_or(0, |(i, _)| i);
            bend = across(Vector3::ith(axis, 1.0));
        }
        Ok(Self { position, forward, bend: unit("bend", bend)? })
    }

    /// The pose after an arc.
    #[must_use]
    pub fn along(&self, curvature_per_mm: f64, arc_mm: f64) -> Self {
        let angle = curvature_per_mm * arc_mm;
        let (sin, cos) = angle.sin_cos();
        // Below a microradian the quotients lose digits; the series is exact there.
        let (ahead, aside) = if angle.abs() < 1e-6 {
            (arc_mm, 0.5 * angle * arc_mm)
        } else {
            (sin / curvature_per_mm, (1.0 - cos) / curvature_per_mm)
        };
        Self {
            position: self.position + self.forward * ahead + self.bend * aside,
            forward: self.forward * cos + self.bend * sin,
            bend: self.bend * cos - self.forward * sin,
        }
    }

    /// The pose after the hub is turned by this angle, clockwise as seen along the needle.
    #[must_use]
    pub fn turned(&self, radians: f64) -> Self {
        let axis = Unit::new_unchecked(self.forward);
        Self { bend: nalgebra::Rotation3::from_axis_angle(&axis, radians) * self.bend, ..*self }
    }
}

fn bad(what: &'static str, v: Vector3<f64>) -> NeedleError {
    NeedleError::BadVector { what, x: v.x, y: v.y, z: v.z }
}

fn unit(what: &'static str, v: Vector3<f64>) -> Result<Vector3<f64>, NeedleError> {
    let norm = v.norm();
    if norm.is_finite() && norm > 1e-12 { Ok(v / norm) } else { Err(bad(what, v)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arcs_of_one_curvature_compose_and_close_a_circle() {
        let start = Pose::new([1.0, 2.0, 3.0], [0.0, -1.0, 0.2], [1.0, 0.0, 0.0]).unwrap();
        let once = start.along(0.01, 37.0);
        let twice = start.along(0.01, 12.5).along(0.01, 24.5);
        assert!((once.position - twice.position).norm() < 1e-12);
        let round = start.along(0.01, 2.0 * std::f64::consts::PI / 0.01);
        assert!((round.position - start.position).norm() < 1e-10);
    }

    #[test]
    fn the_series_meets_the_closed_form() {
        let start = Pose::new([0.0; 3], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]).unwrap();
        let (below, above) = (start.along(0.99e-6, 1.0), start.along(1.01e-6, 1.0));
        assert!((below.position - above.position).norm() < 1e-7);
        assert!(Pose::new([0.0; 3], [0.0; 3], [1.0, 0.0, 0.0]).is_err());
        assert!(Pose::new([f64::NAN, 0.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]).is_err());
    }
}
