//! The lowest line of the pleura behind: from the neck of rib 12 outwards at the height of the disc T12/L1, just
//! inside the ribs. Without the lower ribs in view there is nothing to lay it along, and none is modelled.

use super::Scene;
use crate::census::voxels_of;
use crate::{HazardKind, ModelledHazard, Side, VertebralLevel};
use rami_evidence::value;
use rami_volume::Vector;

pub(crate) fn recess(scene: &Scene, side: Side) -> Option<ModelledHazard> {
    let first = scene.measured.get(&VertebralLevel::L1)?;
    let local = first.local;
    let top = local.coordinates(&first.vertebra.upper_endplate.centre).z;
    // The middle of the disc above L1.
    let height = scene
        .measured
        .get(&VertebralLevel::T12)
        .map_or(top + 4.0, |t12| 0.5 * (top + local.coordinates(&t12.vertebra.lower_endplate.centre).z));
    let grid = scene.labels.grid();
    let sign = side.sign();
    let base = if side == Side::Left { 92 } else { 104 };
    let ribs: Vec<Vector> = [base + 9, base + 10, base + 11]
        .into_iter()
        .filter_map(|id| Some((id, scene.census.get(id)?)))
        .flat_map(|(id, extent)| voxels_of(scene.labels, extent, id))
        .map(|o| local.coordinates(&grid.to_lps(grid.voxel(o as usize).map(|v| v as f64))))
        .filter(|c| (c.z - height).abs() < 40.0)
        .collect();
    let course = (0..=8)
        .filter_map(|n| {
            let lateral = 25.0 + 10.0 * f64::from(n);
            let (mut weight, mut sum) = (0.0, 0.0);
            for c in ribs.iter().filter(|c| (sign * c.x - lateral).abs() < 6.0) {
                // Ribs at this height count most.
                let w = (-0.5 * ((c.z - height) / 15.0).powi(2)).exp();
                weight += w;
                sum += w * c.y;
            }
            // 6 mm: half a rib's thickness and the muscle inside it.
            (weight > 1e-3).then(|| local.point(&Vector::new(sign * lateral, sum / weight - 6.0, height)))
        })
        .collect();
    Some(ModelledHazard {
        kind: HazardKind::PleuralRecess,
        side,
        level: None,
        course,
        radius_mm: value("anatomy_model.pleural_recess_radius"),
        sd_mm: value("anatomy_model.pleural_recess_sd"),
        sweep_mm: Vector::zeros(),
        evidence: vec!["anatomy_model.pleural_recess_radius", "anatomy_model.pleural_recess_sd"],
    })
}
