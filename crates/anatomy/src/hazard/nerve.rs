//! Exiting nerve roots and the genitofemoral nerve.
//!
//! A root leaves the canal under the pedicle of its own number, turns down and outwards through the foramen behind
//! the disc, and enters the back of psoas, in which the lumbar plexus descends. The genitofemoral nerve (L1, L2) runs
//! in psoas, pierces its front about the disc L3/4 (evidence B4.6) and descends on it.

use super::{Scene, foramen};
use crate::stations::{nearest, number};
use crate::{HazardKind, ModelledHazard, Side, VertebralLevel};
use rami_evidence::value;
use rami_volume::{Point, Vector};

/// Share of the depth of psoas in front of the roots in it. Sections find them in its dorsal third
/// (`anatomy.plexus_in_dorsal_third`), neurography at L4/5 about as often before as behind three quarters of the disc's depth
/// (`anatomy.plexus_at_l4_5`): between the two.
const IN_PSOAS: f64 = 0.7;

/// Roots L1 to L5 of one side.
pub(crate) fn roots(scene: &Scene, side: Side) -> Vec<ModelledHazard> {
    VertebralLevel::LUMBAR
        .into_iter()
        .filter_map(|level| {
            let (course, sweep_mm) = root(scene, side, level)?;
            Some(ModelledHazard {
                kind: HazardKind::NerveRoot,
                side,
                level: Some(level),
                course,
                radius_mm: value("anatomy_model.nerve_root_radius"),
                sd_mm: value("anatomy_model.nerve_root_sd"),
                sweep_mm,
                evidence: vec![
                    "anatomy.nerve_root_below_pedicle",
                    "anatomy.nerve_root_slope",
                    "anatomy.plexus_in_dorsal_third",
                    "anatomy.plexus_at_l4_5",
                    "anatomy_model.root_at_foramen",
                    "anatomy_model.nerve_root_radius",
                    "anatomy_model.nerve_root_sd",
                ],
            })
        })
        .collect()
}

/// Its course, and what a standard deviation along the depth of psoas moves it by.
fn root(scene: &Scene, side: Side, level: VertebralLevel) -> Option<(Vec<Point>, Vector)> {
    let measured = scene.measured.get(&level)?;
    let foramen = foramen::below(measured, side)?;
    let (vertebra, local) = (&measured.vertebra, foramen.local);
    let sign = side.sign();
    let pedicle = vertebra.pedicles.get(side).as_ref()?;
    let centre = local.coordinates(&pedicle.centre);
    let canal = local.coordinates(&vertebra.canal_centre);
    let inner = sign * (centre.x * sign - pedicle.width_mm / 2.0);
    let mut course = vec![
        // In the lateral recess, medial to the pedicle.
        Vector::new(inner * 0.6 + canal.x * 0.4, canal.y - 1.0, centre.z),
        // Under the pedicle, where the ganglion lies.
        Vector::new(centre.x, centre.y, foramen.roof - 4.0),
        foramen.root,
    ]
    .into_iter()
    .map(|c| local.point(&c))
    .collect::<Vec<_>>();
    let mut sweep = Vector::zeros();
    // In the back of psoas, down to the middle of the next body.
    for (step, share) in [(0.6, 0.25), (0.8, 0.15), (1.0, 0.0)] {
        let Some(station) = nearest(scene.stations, number(level) + step) else { continue };
        if (station.coordinate - number(level) - step).abs() > 0.1 {
            continue;
        }
        let Some(section) = scene.neighbours.psoas_section(side, station) else { continue };
        let x = section.towards_midline(side, share);
        let (front, back) = section.front_and_back(x);
        let point = station.local.point(&Vector::new(x, front + IN_PSOAS * (back - front), 0.0));
        // Only ever downwards.
        let last = course.last()?;
        if station.local.cranial.dot(&(point - last)) < 0.0 {
            course.push(point);
            // Anywhere in a third of the depth alike: a uniform law.
            sweep = station.local.posterior.into_inner() * ((back - front) / 3.0 / 12f64.sqrt());
        }
    }
    if course.len() == 3 {
        // L5: over the ala of the sacrum.
        let end = Vector::new(foramen.lateral + sign * 12.0, foramen.wall - 6.0, foramen.roof - 24.0);
        course.push(local.point(&end));
    }
    Some((course, sweep))
}

/// The genitofemoral nerve of one side.
pub(crate) fn genitofemoral(scene: &Scene, side: Side) -> Option<ModelledHazard> {
    // Level coordinate and how deep in the muscle it is: 0 in front of it, 1 at its middle.
    const COURSE: [(f64, f64); 8] =
        [(2.3, 1.0), (2.7, 0.9), (3.1, 0.5), (3.5, 0.0), (3.9, 0.0), (4.3, 0.0), (4.7, 0.0), (5.1, 0.0)];
    let course = COURSE
        .into_iter()
        .filter_map(|(coordinate, depth)| {
            let station = nearest(scene.stations, coordinate)?;
            let section = scene.neighbours.psoas_section(side, station)?;
            let x = section.towards_midline(side, 0.35);
            let (front, back) = section.front_and_back(x);
            let y = front + depth * 0.5 * (back - front) - if depth == 0.0 { 1.0 } else { 0.0 };
            Some(station.local.point(&Vector::new(x, y, 0.0)))
        })
        .collect();
    Some(ModelledHazard {
        kind: HazardKind::GenitofemoralNerve,
        side,
        level: None,
        course,
        radius_mm: value("anatomy_model.genitofemoral_radius"),
        sd_mm: value("anatomy_model.genitofemoral_sd"),
        sweep_mm: Vector::zeros(),
        evidence: vec![
            "anatomy.genitofemoral_emerges",
            "anatomy.genitofemoral_zone",
            "anatomy_model.genitofemoral_radius",
            "anatomy_model.genitofemoral_sd",
        ],
    })
}
