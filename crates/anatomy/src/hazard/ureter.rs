//! The ureter, from the renal pelvis down the front of psoas.
//!
//! It leaves the medial side of the kidney a little below its middle, reaches the front of psoas within about 3 cm,
//! and crosses the muscle obliquely, from its middle to nearer its medial edge at L5. A labelled ureter is used as it
//! is and not modelled.

use super::Scene;
use crate::census::voxels_of;
use crate::{HazardKind, ModelledHazard, Side};
use rami_evidence::value;
use rami_volume::{Point, Vector};

/// Length over which it comes from the pelvis to psoas, mm along the spine.
const DESCENT_MM: f64 = 30.0;
/// Its centre lies this far in front of the muscle's front, mm.
const STAND_OFF_MM: f64 = 3.0;

pub(crate) fn model(scene: &Scene, side: Side) -> Option<ModelledHazard> {
    let labelled = if side == Side::Left { 202 } else { 203 };
    if scene.census.count(labelled) > 0 {
        return None;
    }
    let pelvis = renal_pelvis(scene, side);
    let mut course: Vec<Point> = Vec::new();
    let mut start = None;
    for station in scene.stations {
        if station.coordinate < 1.6 {
            continue;
        }
        // Nothing before the plane of the pelvis.
        if let Some(pelvis) = &pelvis
            && station.local.coordinates(pelvis).z < 0.0
        {
            continue;
        }
        let Some(section) = scene.neighbours.psoas_section(side, station) else { continue };
        // From the middle of the muscle at L2 to half-way to its medial edge at L5.
        let share = ((station.coordinate - 2.0) / 3.0).clamp(0.0, 1.0) * 0.5;
        let x = section.towards_midline(side, share);
        let (front, _) = section.front_and_back(x);
        let on_psoas = station.local.point(&Vector::new(x, front - STAND_OFF_MM, 0.0));
        let from = *start.get_or_insert(station.along_mm);
        let t = ((station.along_mm - from) / DESCENT_MM).clamp(0.0, 1.0);
        course.push(match &pelvis {
            // Both ends of the way are known; in between it runs in a smooth line.
            Some(pelvis) => {
                let local = station.local;
                let high = local.coordinates(pelvis);
                let above = Vector::new(high.x, high.y, 0.0);
                let s = t * t * (3.0 - 2.0 * t);
                local.point(&(above * (1.0 - s))) + (on_psoas - local.origin) * s
            }
            None => on_psoas,
        });
    }
    if let Some(pelvis) = pelvis
        && !course.is_empty()
    {
        course.insert(0, pelvis);
    }
    Some(ModelledHazard {
        kind: HazardKind::Ureter,
        side,
        level: None,
        course,
        radius_mm: value("anatomy_model.ureter_radius"),
        sd_mm: value("anatomy_model.ureter_sd"),
        evidence: vec![
            "anatomy_model.ureter_radius",
            "anatomy_model.ureter_sd",
            "anatomy.ureter_injury_cases",
        ],
    })
}

/// Where the renal pelvis leaves the kidney: beside its medial surface, a little below its middle.
fn renal_pelvis(scene: &Scene, side: Side) -> Option<Point> {
    let id = if side == Side::Left { 3 } else { 2 };
    let extent = scene.census.get(id)?;
    let grid = scene.labels.grid();
    let local = scene.stations.get(scene.stations.len() / 2)?.local;
    let points: Vec<Vector> = voxels_of(scene.labels, extent, id)
        .into_iter()
        .map(|o| local.coordinates(&grid.to_lps(grid.voxel(o as usize).map(|v| v as f64))))
        .collect();
    let mean = points.iter().sum::<Vector>() / points.len() as f64;
    let sign = side.sign();
    let height = mean.z - 8.0;
    let near: Vec<&Vector> = points.iter().filter(|c| (c.z - height).abs() < 8.0).collect();
    let mut medial: Vec<f64> = near.iter().map(|c| sign * c.x).collect();
    medial.sort_by(f64::total_cmp);
    // A twentieth from the end, so that one stray voxel does not decide.
    let edge = *medial.get(medial.len() / 20)?;
    let rim: Vec<&&Vector> = near.iter().filter(|c| sign * c.x < edge + 8.0).collect();
    let depth = rim.iter().map(|c| c.y).sum::<f64>() / rim.len().max(1) as f64;
    Some(local.point(&Vector::new(sign * (edge - 4.0), depth, height)))
}
