//! Renal arteries and veins, from aorta and vena cava to the hilum of the kidney.
//!
//! Both ends are seen: the great vessel and the kidney's medial side. At which height they leave the great vessels is not: it
//! is taken from CT angiography (`anatomy.renal_artery_origin`), and by as much as that varies the whole course is uncertain
//! along the body, less the nearer it comes to the kidney. The artery passes behind the straight line between its ends
//! (on the right behind the vena cava), the vein before it. A labelled renal vessel is used as it is and not modelled.

use super::Scene;
use super::ureter::beside_kidney;
use crate::prior::Gaussian;
use crate::stations::{nearest, number};
use crate::{HazardKind, ModelledHazard, Side, VertebralLevel};
use rami_evidence::value;
use rami_volume::{Point, Vector};

/// The artery behind and the vein before the middle of the straight line between their ends, mm. As drawn in atlases.
const ARTERY_BEHIND_MM: f64 = 4.0;
const VEIN_BEFORE_MM: f64 = 7.0;
/// The hilum below the middle of the kidney, mm.
const HILUM_BELOW_MIDDLE_MM: f64 = 4.0;
/// How far the vein lies below its artery where they leave the great vessels, mm.
const VEIN_BELOW_MM: f64 = 4.0;

/// Number of their label.
const RENAL_VESSELS: u16 = 205;

/// Artery and vein of one side.
pub(crate) fn model(scene: &Scene, side: Side) -> Vec<ModelledHazard> {
    if scene.census.count(RENAL_VESSELS) > 0 {
        return Vec::new();
    }
    let Some(hilum) = beside_kidney(scene, side, HILUM_BELOW_MIDDLE_MM) else { return Vec::new() };
    let artery = Course { vessel: 0, below_mm: 0.0, backwards_mm: ARTERY_BEHIND_MM };
    let vein = Course { vessel: 1, below_mm: VEIN_BELOW_MM, backwards_mm: -VEIN_BEFORE_MM };
    [(HazardKind::RenalArtery, artery), (HazardKind::RenalVein, vein)]
        .into_iter()
        .filter_map(|(kind, course)| {
            let (course, sweep_mm) = course.lay(scene, side, &hilum)?;
            let radius = match kind {
                HazardKind::RenalVein => "anatomy_model.renal_vein_radius",
                _ => "anatomy_model.renal_artery_radius",
            };
            Some(ModelledHazard {
                kind,
                side,
                level: None,
                course,
                radius_mm: value(radius),
                sd_mm: value("anatomy_model.renal_vessel_sd"),
                sweep_mm,
                evidence: vec![
                    "anatomy.renal_artery_origin",
                    "anatomy_model.renal_artery_level",
                    radius,
                    "anatomy_model.renal_vessel_sd",
                ],
            })
        })
        .collect()
}

/// What tells artery from vein.
struct Course {
    /// In [`crate::stations::Neighbours::vessels`].
    vessel: usize,
    below_mm: f64,
    backwards_mm: f64,
}

impl Course {
    /// From the great vessel to the hilum, and by how much it may lie higher or lower, mm.
    fn lay(&self, scene: &Scene, side: Side, hilum: &Point) -> Option<(Vec<Point>, Vector)> {
        let origin = Gaussian::of("anatomy_model.renal_artery_level");
        let station = nearest(scene.stations, origin.mean)?;
        let section = scene.neighbours.vessel_section(self.vessel, station)?;
        let local = station.local;
        let [x, y] = section.round.centre;
        let start = local.point(&Vector::new(x, y, -self.below_mm));
        let middle = nalgebra::center(&start, hilum) + local.posterior.into_inner() * self.backwards_mm;
        // A parabola through the three.
        let course: Vec<Point> = (0..=8)
            .map(|n| {
                let t = f64::from(n) / 8.0;
                let straight = start + (hilum - start) * t;
                let bend = (middle - nalgebra::center(&start, hilum)) * (4.0 * t * (1.0 - t));
                straight + bend
            })
            .collect();
        // It turns about the hilum: beside the body, where a needle may meet it, it moves by what is left of the way.
        let body = scene.measured.get(&VertebralLevel::L2)?;
        let aside = side.sign() * 0.4 * body.vertebra.waist_width_mm;
        let (from, to) = (local.coordinates(&start).x, local.coordinates(hilum).x);
        let left = (1.0 - (aside - from) / (to - from)).clamp(0.2, 1.0);
        let higher = nearest(scene.stations, number(VertebralLevel::L1))?.local.origin;
        let lower = nearest(scene.stations, number(VertebralLevel::L2))?.local.origin;
        let sweep = local.cranial.into_inner() * (origin.sd * (higher - lower).norm() * left);
        Some((course, sweep))
    }
}
