//! How far inferred landmarks lie from those of a reference: another reading, or the truth of a digital patient.

use crate::patient::Truth;
use crate::{Anatomy, Side, VertebralLevel};
use nalgebra::Unit;
use rami_volume::{Point, Vector};
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

/// Point landmarks of a digital patient's truth, by the names of [`landmarks`].
///
/// Endplates are hollow: their inferred middle is the mean of the hollow plate, the truth's lies in the plane of the rim.
#[must_use]
pub fn landmarks_of_truth(truth: &Truth) -> BTreeMap<String, Point> {
    let mut found = BTreeMap::new();
    for (level, v) in &truth.vertebrae {
        let mut add = |name: &str, point: [f64; 3]| {
            found.insert(format!("{level}.{name}"), Point::from(point));
        };
        add("centroid", v.centroid_mm);
        add("upper_endplate", v.upper_endplate.centre_mm);
        add("lower_endplate", v.lower_endplate.centre_mm);
        add("spinous_process", v.spinous_process_tip_mm);
        for side in Side::BOTH {
            add(&format!("pedicle.{side}"), v.pedicle.get(side).centre_mm);
            add(&format!("transverse_process.{side}"), *v.transverse_process_tip_mm.get(side));
        }
    }
    found
}

/// How far the true trunk lies from a point of the inferred one, in the plane across the inferred one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChainError {
    /// Level of the inferred point.
    pub level: VertebralLevel,
    /// Distance, mm.
    pub error_mm: f64,
    /// Of it towards the side and round to the back of the bone (positive), mm.
    pub lateral_mm: f64,
    /// Of it away from the middle of the bone (positive), mm.
    pub outward_mm: f64,
    /// Squared Mahalanobis distance under the stated covariance, within the plane: two degrees of freedom.
    pub mahalanobis2: f64,
}

impl ChainError {
    /// Whether the stated region of this probability holds the truth: a chi-squared law of two degrees of freedom.
    #[must_use]
    pub fn within(&self, probability: f64) -> bool {
        self.mahalanobis2 <= -2.0 * (1.0 - probability).ln()
    }
}

/// Errors at every inferred point of one side beside (or below) the given levels, where the true trunk passes its plane.
#[must_use]
pub fn chain_errors(
    anatomy: &Anatomy,
    truth: &Truth,
    side: Side,
    levels: &[VertebralLevel],
) -> Vec<ChainError> {
    let points = &anatomy.chains.get(side).points;
    let trunk: Vec<Point> = truth.chain.get(side).points_mm.iter().map(|p| Point::from(*p)).collect();
    let mut errors = Vec::new();
    for (i, point) in points.iter().enumerate().filter(|(_, p)| levels.contains(&p.level)) {
        let Some(vertebra) = anatomy.vertebrae.get(&point.level) else { continue };
        let ahead = points[(i + 1).min(points.len() - 1)].mean - points[i.saturating_sub(1)].mean;
        let Some(along) = Unit::try_new(ahead, 1e-6) else { continue };
        // Where the true trunk passes the plane.
        let height = |p: &Point| along.dot(&(p - point.mean));
        let Some(crossing) = trunk.windows(2).find_map(|w| {
            let (a, b) = (height(&w[0]), height(&w[1]));
            (a * b <= 0.0 && a != b).then(|| w[0] + (w[1] - w[0]) * (a / (a - b)))
        }) else {
            continue;
        };
        let error = crossing - point.mean;
        let from_bone = point.mean - vertebra.centroid;
        let Some(out) = Unit::try_new(from_bone - along.into_inner() * along.dot(&from_bone), 1e-6) else {
            continue;
        };
        let mut lateral = along.cross(&out);
        if lateral.dot(&vertebra.frame.right) * side.sign() > 0.0 {
            lateral = -lateral;
        }
        let (u, v) = (lateral.dot(&error), out.dot(&error));
        let within = |a: &Vector, b: &Vector| a.dot(&(point.covariance * b));
        let out = out.into_inner();
        let plane = nalgebra::Matrix2::new(
            within(&lateral, &lateral),
            within(&lateral, &out),
            within(&out, &lateral),
            within(&out, &out),
        );
        let Some(inverse) = plane.try_inverse() else { continue };
        let e = nalgebra::Vector2::new(u, v);
        errors.push(ChainError {
            level: point.level,
            error_mm: error.norm(),
            lateral_mm: u,
            outward_mm: v,
            mahalanobis2: e.dot(&(inverse * e)),
        });
    }
    errors
}
