//! How far inferred landmarks lie from those of a reference: another reading, or the truth of a digital patient.

use crate::{Anatomy, Side};
use rami_volume::Point;
use std::collections::BTreeMap;

/// Where a landmark was found and where it should be.
#[derive(Debug, Clone, PartialEq)]
pub struct LandmarkError {
    /// Name as [`landmarks`] gives it.
    pub name: String,
    /// Distance from the reference, mm.
    pub error_mm: f64,
}

/// Point landmarks by name: `L3.centroid`, `L3.upper_endplate`, `L3.pedicle.left`, `L3.transverse_process.right`,
/// `L3.spinous_process`, …
#[must_use]
pub fn landmarks(anatomy: &Anatomy) -> BTreeMap<String, Point> {
    let mut found = BTreeMap::new();
    for (level, v) in &anatomy.vertebrae {
        let mut add = |name: &str, point: Option<Point>| {
            if let Some(point) = point {
                found.insert(format!("{level}.{name}"), point);
            }
        };
        add("centroid", Some(v.centroid));
        add("upper_endplate", Some(v.upper_endplate.centre));
        add("lower_endplate", Some(v.lower_endplate.centre));
        add("spinous_process", v.spinous_process_tip);
        for side in Side::BOTH {
            add(&format!("pedicle.{side}"), v.pedicles.get(side).as_ref().map(|p| p.centre));
            add(&format!("transverse_process.{side}"), *v.transverse_process_tips.get(side));
        }
    }
    found
}

/// Errors of the landmarks that both have, in the order of their names.
#[must_use]
pub fn landmark_errors(anatomy: &Anatomy, reference: &BTreeMap<String, Point>) -> Vec<LandmarkError> {
    landmarks(anatomy)
        .into_iter()
        .filter_map(|(name, point)| {
            let error_mm = (reference.get(&name)? - point).norm();
            Some(LandmarkError { name, error_mm })
        })
        .collect()
}
