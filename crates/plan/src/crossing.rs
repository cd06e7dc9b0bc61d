//! Millimetres of each tissue along a path, by dense sampling of the CT's own voxels.
//!
//! Independent of the distance fields: every quarter of a millimetre the nearest voxel's label is read where it was
//! labelled, and its HU where it was not. A tissue's length is the number of samples in it times their distance, so
//! the lengths sum to the path's.

use crate::rules::HazardClass;
use rami_anatomy::{Anatomy, Structure};
use rami_volume::{Ct, Point};
use std::collections::BTreeMap;

/// Distance between samples at most, mm.
const STEP_MM: f64 = 0.25;
/// HU of fat: below muscle, above air. The usual window of CT fat measurements.
const FAT_HU: std::ops::RangeInclusive<i16> = -190..=-30;
/// Unlabelled voxels above this are dense: calcification, contrast or bone that the labels miss.
const DENSE_HU: i16 = 250;

/// Name of what is unlabelled and thinner than fat.
const AIR: &str = "unlabelled_air";
/// Name of the skin and the blur of its edge.
const SKIN: &str = "skin";

/// Millimetres of each tissue between two points, the first on the skin: structures by name, the rest as `skin`,
/// `unlabelled_fat`, `unlabelled_soft_tissue`, `unlabelled_air` and `unlabelled_dense`, and `outside_ct`.
///
/// A voxel at the skin is part air, and an oblique path is in such voxels for millimetres. What is thinner than fat from
/// the entry on is the skin and that blur, not air that the needle meets; what is as thin further in is `unlabelled_air`.
#[must_use]
pub fn tissue_lengths(anatomy: &Anatomy, ct: &Ct, from: &Point, to: &Point) -> BTreeMap<String, f64> {
    let length = (to - from).norm();
    let samples = (length / STEP_MM).ceil().max(1.0) as usize;
    let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
    let mut in_skin = true;
    for sample in 0..samples {
        let t = (sample as f64 + 0.5) / samples as f64;
        let tissue = tissue_at(anatomy, ct, &(from + (to - from) * t));
        in_skin &= tissue == AIR;
        *counts.entry(if in_skin { SKIN } else { tissue }).or_default() += 1;
    }
    let share = length / samples as f64;
    counts.into_iter().map(|(name, count)| (name.to_owned(), count as f64 * share)).collect()
}

fn tissue_at(anatomy: &Anatomy, ct: &Ct, point: &Point) -> &'static str {
    let label = anatomy.structures.labels().at(point).unwrap_or(0);
    if let Some(structure) = Structure::from_id(label) {
        return structure.name();
    }
    match ct.at(point) {
        None => "outside_ct",
        Some(hu) if hu > DENSE_HU => "unlabelled_dense",
        Some(hu) if FAT_HU.contains(&hu) => "unlabelled_fat",
        Some(hu) if hu < *FAT_HU.start() => AIR,
        Some(_) => "unlabelled_soft_tissue",
    }
}

/// Names of forbidden labels in these lengths.
pub(crate) fn forbidden(lengths: &BTreeMap<String, f64>) -> Vec<String> {
    lengths
        .keys()
        .filter(|name| {
            Structure::from_name(name).is_some() && HazardClass::of_structure(name).rule().forbidden
        })
        .cloned()
        .collect()
}
