//! The ureter, from the renal pelvis down the front of psoas.
//!
//! How far from the great vessels it lies at each disc was measured on 108 people (`anatomy.ureter_to_vessel_left`,
//! `…_right`): far out on the muscle at L2/3, near its medial edge at L4/5, and by 4 to 10 mm differently from one person to
//! the next. The vessels and the muscle are seen; the course is laid at the mean distance, on the front of the muscle or,
//! medial of the muscle's foremost line, behind the peritoneum that spans from there to the vessel. The same at a standard
//! deviation nearer and further gives the direction in which it varies. A labelled ureter is used as it is and not modelled.

use super::Scene;
use crate::census::voxels_of;
use crate::prior::along;
use crate::stations::{CrossSection, Station};
use crate::{HazardKind, ModelledHazard, Side};
use rami_evidence::value;
use rami_volume::{Point, Vector};

/// Length over which it comes from the pelvis to psoas, mm along the spine.
const DESCENT_MM: f64 = 30.0;
/// Its centre lies this far in front of the muscle's front, mm.
const STAND_OFF_MM: f64 = 3.0;
/// Furthest aside of psoas, mm: there the kidney and the colon begin.
const FURTHEST_ASIDE_MM: f64 = 12.0;
/// The renal pelvis below the middle of the kidney, mm.
const PELVIS_BELOW_MIDDLE_MM: f64 = 8.0;
/// Length over which what single sections say is smoothed, stations either way.
const SMOOTHED_OVER: usize = 5;

/// In a station's plane: where it lies, and what a standard deviation moves it by.
type Place = ([f64; 2], [f64; 2]);

pub(crate) fn model(scene: &Scene, side: Side) -> Option<ModelledHazard> {
    let labelled = if side == Side::Left { 202 } else { 203 };
    if scene.census.count(labelled) > 0 {
        return None;
    }
    let pelvis = beside_kidney(scene, side, PELVIS_BELOW_MIDDLE_MM);
    let mut stations: Vec<(&Station, Place)> = Vec::new();
    for station in scene.stations.iter().filter(|s| s.coordinate >= 1.6) {
        if let Some(place) = place(scene, side, station).or_else(|| Some(stations.last()?.1)) {
            stations.push((station, place));
        }
    }
    let mut course: Vec<Point> = Vec::new();
    let mut start = None;
    let (mut sweep, mut counted) = (Vector::zeros(), 0.0);
    for n in 0..stations.len() {
        let station = stations[n].0;
        // Nothing before the plane of the pelvis.
        if let Some(pelvis) = &pelvis
            && station.local.coordinates(pelvis).z < 0.0
        {
            continue;
        }
        let near = &stations[n.saturating_sub(SMOOTHED_OVER)..(n + SMOOTHED_OVER + 1).min(stations.len())];
        let mean =
            |of: &dyn Fn(&Place) -> f64| near.iter().map(|s| of(&s.1)).sum::<f64>() / near.len() as f64;
        let on_psoas = station.local.point(&Vector::new(mean(&|p| p.0[0]), mean(&|p| p.0[1]), 0.0));
        if (2.0..=4.2).contains(&station.coordinate) {
            sweep += station.local.vector(&Vector::new(mean(&|p| p.1[0]), mean(&|p| p.1[1]), 0.0));
            counted += 1.0;
        }
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
        sweep_mm: sweep / f64::max(counted, 1.0),
        evidence: vec![
            "anatomy_model.ureter_radius",
            "anatomy_model.ureter_sd",
            match side {
                Side::Left => "anatomy.ureter_to_vessel_left.l2_3",
                Side::Right => "anatomy.ureter_to_vessel_right.l2_3",
            },
            "anatomy.ureter_injury_cases",
        ],
    })
}

/// Where it lies in the plane of a station, if psoas is there.
fn place(scene: &Scene, side: Side, station: &Station) -> Option<Place> {
    let psoas = scene.neighbours.psoas_section(side, station)?;
    let law = match side {
        Side::Left => along("anatomy.ureter_to_vessel_left", station.coordinate),
        Side::Right => along("anatomy.ureter_to_vessel_right", station.coordinate),
    };
    let which = usize::from(side == Side::Right);
    if scene.neighbours.vessels[which].is_none() {
        // Nothing to measure from: over the muscle from its lateral edge at L2/3 to half-way to its medial edge at L5.
        let share = ((station.coordinate - 2.5) / 2.5).clamp(0.0, 1.0);
        let edge = psoas.lateral(side);
        let x = edge + share * (psoas.towards_midline(side, 0.5) - edge);
        let y = psoas.front_and_back(x).0 - STAND_OFF_MM;
        return Some(([x, y], [side.sign() * law.sd, 0.0]));
    }
    // Below its fork the vessel is followed no further.
    let vessel = scene.neighbours.vessel_section(which, station)?;
    let line = Line { psoas: &psoas, vessel: &vessel, side };
    let at = |distance: f64| line.at(distance.max(1.0) + value("anatomy_model.ureter_radius"));
    let (near, far) = (at(law.mean - law.sd), at(law.mean + law.sd));
    Some((at(law.mean), [0, 1].map(|axis| 0.5 * (far[axis] - near[axis]))))
}

/// The line on which it lies in a plane, from the great vessel over the front of psoas.
struct Line<'a> {
    psoas: &'a CrossSection,
    vessel: &'a CrossSection,
    side: Side,
}

impl Line<'_> {
    /// The first place, from the vessel outwards, whose middle is this far from the vessel's wall.
    fn at(&self, distance: f64) -> [f64; 2] {
        let sign = self.side.sign();
        let [cx, cy] = self.vessel.round.centre;
        let (apex, front) = self.psoas.foremost();
        // Where the muscle's front turns into its side.
        let shoulder = apex + 0.9 * (self.psoas.lateral(self.side) - apex);
        let last = sign * self.psoas.lateral(self.side) + FURTHEST_ASIDE_MM;
        let mut x = sign * cx;
        loop {
            let y = if x < sign * apex {
                let way = ((sign * apex - x) / (sign * (apex - cx)).max(1.0)).clamp(0.0, 1.0);
                front - STAND_OFF_MM + way * (cy.min(front - STAND_OFF_MM) - front + STAND_OFF_MM)
            } else {
                self.psoas.front_and_back(sign * x.min(sign * shoulder)).0 - STAND_OFF_MM
            };
            let place = [sign * x, y];
            if x >= last || (sign * x - cx).hypot(y - cy) - self.vessel.round.radius >= distance {
                return place;
            }
            x += 0.5;
        }
    }
}

/// A place beside the medial surface of the kidney, so far below its middle: where pelvis and vessels leave it.
pub(super) fn beside_kidney(scene: &Scene, side: Side, below_middle_mm: f64) -> Option<Point> {
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
    let height = mean.z - below_middle_mm;
    let near: Vec<&Vector> = points.iter().filter(|c| (c.z - height).abs() < 8.0).collect();
    let mut medial: Vec<f64> = near.iter().map(|c| sign * c.x).collect();
    medial.sort_by(f64::total_cmp);
    // A twentieth from the end, so that one stray voxel does not decide.
    let edge = *medial.get(medial.len() / 20)?;
    let rim: Vec<&&Vector> = near.iter().filter(|c| sign * c.x < edge + 8.0).collect();
    let depth = rim.iter().map(|c| c.y).sum::<f64>() / rim.len().max(1) as f64;
    Some(local.point(&Vector::new(sign * (edge - 4.0), depth, height)))
}
