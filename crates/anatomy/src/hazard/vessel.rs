//! Lumbar segmental vessels, round the waist of each body from the great vessels to the foramen (evidence B3.6).

use super::Scene;
use crate::{HazardKind, ModelledHazard, Side, VertebralLevel};
use rami_evidence::value;
use rami_volume::Vector;

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
            let course = (4..=42)
                .step_by(2)
                .map(|step| {
                    let ray = match side {
                        Side::Left => crate::vertebra::surface::HALF + step,
                        Side::Right => crate::vertebra::surface::HALF - step,
                    };
                    let theta = crate::vertebra::surface::angle(ray);
                    // On the bone: the bundle's own radius and a thin layer of periosteum and fat off it.
                    let r = waist.radii[ray] + radius_mm + 0.5;
                    local.point(&Vector::new(theta.sin() * r, -theta.cos() * r, 0.0))
                })
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
