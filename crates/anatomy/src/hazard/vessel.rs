//! Lumbar segmental vessels, round the waist of each body from the great vessels (evidence B3.6) down to the foramen below
//! its pedicle. Artery and vein are one tube about their middle. How far they fall is judged, not measured: that they divide
//! at the foramen is anatomy, the digital patients' vessels fall likewise.

use super::Scene;
use crate::vertebra::Measured;
use crate::{HazardKind, ModelledHazard, Side, VertebralLevel};
use rami_evidence::value;
use rami_volume::{Point, Vector};

/// Steps round the body, from the great vessels to where its side turns into the foramen.
const FIRST: usize = 4;
const LAST: usize = 42;
/// Below the pedicle, above the root that leaves there, mm.
const BELOW_PEDICLE_MM: f64 = 6.0;

/// The mouth of the foramen below a vertebra's pedicle, where the vessels divide.
fn foramen(measured: &Measured, side: Side) -> Option<Point> {
    let (vertebra, local) = (&measured.vertebra, &measured.local);
    let pedicle = vertebra.pedicles.get(side).as_ref()?;
    let section = measured.sections.first()?;
    let below = local.coordinates(&pedicle.centre).z - pedicle.height_mm / 2.0;
    let lateral = local.coordinates(&pedicle.lateral_border).x;
    let wall = local.coordinates(&section.centre).y + section.back;
    Some(local.point(&Vector::new(lateral + side.sign() * 2.0, wall + 1.0, below - BELOW_PEDICLE_MM)))
}

/// L1 to L4: the fifth pair comes from elsewhere (iliolumbar, median sacral) and has no constant course.
pub(crate) fn segmental(scene: &Scene, side: Side) -> Vec<ModelledHazard> {
    let radius_mm = value("anatomy_model.segmental_vessel_radius");
    VertebralLevel::LUMBAR[..4]
        .iter()
        .filter_map(|level| {
            let measured = scene.measured.get(level)?;
            let waist = measured
                .sections
                .iter()
                .filter(|s| (0.35..=0.65).contains(&s.height))
                .min_by(|a, b| a.width().total_cmp(&b.width()))?;
            let local = measured.local.moved_to(waist.centre);
            let mouth = foramen(measured, side);
            // They fall as they go round, by all the height between waist and foramen.
            let fall = mouth.map_or(0.0, |m| local.coordinates(&m).z.min(0.0));
            let course = (FIRST..=LAST)
                .step_by(2)
                .map(|step| {
                    let ray = match side {
                        Side::Left => crate::vertebra::surface::HALF + step,
                        Side::Right => crate::vertebra::surface::HALF - step,
                    };
                    let theta = crate::vertebra::surface::angle(ray);
                    // On the bone: the bundle's own radius and a thin layer of periosteum and fat off it.
                    let r = waist.radii[ray] + radius_mm + 0.5;
                    let z = fall * (step - FIRST) as f64 / (LAST - FIRST) as f64;
                    local.point(&Vector::new(theta.sin() * r, -theta.cos() * r, z))
                })
                .chain(mouth)
                .collect();
            Some(ModelledHazard {
                kind: HazardKind::LumbarSegmentalVessels,
                side,
                level: Some(*level),
                course,
                radius_mm,
                sd_mm: value("anatomy_model.segmental_vessel_sd"),
                evidence: vec![
                    "anatomy.lumbar_vessels_at_waist",
                    "anatomy_model.segmental_vessel_radius",
                    "anatomy_model.segmental_vessel_sd",
                ],
            })
        })
        .collect()
}
