//! Lumbar segmental vessels, round the waist of each body from the great vessels (evidence B3.6) down to the foramen below
//! its pedicle. Artery and vein are one tube about their middle. How far they fall is judged, not measured: that they divide
//! at the foramen is anatomy, the digital patients' vessels fall likewise.

use super::{Scene, foramen};
use crate::{HazardKind, ModelledHazard, Side, VertebralLevel};
use rami_evidence::value;
use rami_volume::Vector;

/// Steps round the body, from the great vessels to where its side turns into the foramen.
const FIRST: usize = 4;
const LAST: usize = 42;

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
            let mouth = foramen::below(measured, side).map(|f| f.local.point(&f.vessels));
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
                sweep_mm: Vector::zeros(),
                evidence: vec![
                    "anatomy.lumbar_vessels_at_waist",
                    "anatomy_model.segmental_vessel_radius",
                    "anatomy_model.segmental_vessel_sd",
                ],
            })
        })
        .collect()
}
