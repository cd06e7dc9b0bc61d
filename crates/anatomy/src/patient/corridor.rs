//! The corridor between the great vessel and psoas, as it is measured on axial pictures: the smallest distance from the
//! vessel's wall to what is seen of the muscle (so defined in World Neurosurgery 2018;111:e678, row
//! `anatomy.smallest_corridor`), and the trunk's place in it.

use super::convert::v;
use super::layout::Course;
use super::scene::Paint;
use super::{Layout, Patient};
use crate::Side;
use nalgebra::Point3;
use std::f64::consts::PI;

/// Distances at the height of a level, mm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Corridor {
    /// From the wall of the nearest great vessel to psoas.
    pub vessel_to_psoas_mm: f64,
    /// From the wall of the nearest great vessel to the middle of the trunk.
    pub vessel_to_trunk_mm: f64,
    /// From the middle of the trunk to psoas; negative where it lies in the muscle's outline.
    pub trunk_to_psoas_mm: f64,
}

impl Patient {
    /// The corridor of a side at a fractional level (2.5 the disc L2/3): beside the aorta and the common iliac artery on
    /// the left, beside the vena cava and the common iliac vein on the right. For judging, as [`Patient::truth`].
    #[must_use]
    pub fn corridor(&self, side: Side, level: f64) -> Corridor {
        let layout = &self.layout;
        let seen = seen_psoas(self, side, level);
        let trunk = self.nerves.trunks.get(side);
        let at = trunk.levels.iter().position(|l| *l >= level - 1e-6).unwrap_or(trunk.levels.len() - 1);
        let trunk = trunk.points[at];
        let muscle = layout.psoas_at(level);
        // Sections lie in the plane of the spine's frame at the level.
        let middle = layout.spine.place(level, side.sign() * muscle.x, muscle.y, 0.0);
        let d = layout.spine.axes_at(level) * (trunk - middle);
        let inside = (d.x / muscle.rx).hypot(d.y / muscle.ry) < 1.0;
        let to_edge = seen.iter().map(|p| (p - trunk).norm()).fold(f64::MAX, f64::min);
        Corridor {
            vessel_to_psoas_mm: seen.iter().map(|p| to_vessel(layout, side, p)).fold(f64::MAX, f64::min),
            vessel_to_trunk_mm: to_vessel(layout, side, &trunk),
            trunk_to_psoas_mm: if inside { -to_edge } else { to_edge },
        }
    }
}

/// Points on the outline of psoas at a level, without those that lie in bone or disc.
fn seen_psoas(patient: &Patient, side: Side, level: f64) -> Vec<Point3<f64>> {
    let layout = &patient.layout;
    let muscle = layout.psoas_at(level);
    let hidden = |p: &Point3<f64>| {
        let here = v(p);
        patient.scene.parts.iter().any(|part| {
            let hard = matches!(part.paint, Paint::Bone { .. }) || part.name.starts_with("intervertebral");
            hard && part.bound(here) < 0.0 && part.distance(here) < 0.0
        })
    };
    (0..180)
        .map(|n| f64::from(n) * PI / 90.0)
        .map(|a| {
            let (x, y) = (muscle.x + muscle.rx * a.cos(), muscle.y + muscle.ry * a.sin());
            layout.spine.place(level, side.sign() * x, y, 0.0)
        })
        .filter(|p| !hidden(p))
        .collect()
}

/// Distance to the wall of the artery of the left side or the vein of the right.
fn to_vessel(layout: &Layout, side: Side, p: &Point3<f64>) -> f64 {
    let (great, iliac) = match side {
        Side::Left => (&layout.aorta, layout.iliac_arteries.get(side)),
        Side::Right => (&layout.ivc, layout.iliac_veins.get(side)),
    };
    // The cava is wider than deep: its width is what stands towards psoas.
    let wide = if side == Side::Right { 1.16 } else { 1.0 };
    to_course(great, p, wide).min(to_course(iliac, p, 1.0))
}

/// Distance from a point to the wall of a vessel this much wider than its radius, mm.
pub(super) fn to_course(course: &Course, p: &Point3<f64>, wide: f64) -> f64 {
    let radii = course.radii.windows(2).map(|r| 0.5 * (r[0] + r[1]) * wide);
    course
        .points
        .windows(2)
        .zip(radii)
        .map(|(w, r)| {
            let along = w[1] - w[0];
            let u = ((p - w[0]).dot(&along) / along.norm_squared()).clamp(0.0, 1.0);
            (p - (w[0] + along * u)).norm() - r
        })
        .fold(f64::MAX, f64::min)
}
