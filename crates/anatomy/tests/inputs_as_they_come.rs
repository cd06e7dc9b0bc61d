//! The labelled CT as other people's files come: lying askew, cut off at an end, with sides exchanged, with stray voxels,
//! windowed. Each is understood or refused in words; none is silently misread.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a failed unwrap is a failed test

use nalgebra::Rotation3;
use rami_anatomy::{
    Anatomy, AnatomyError, InferOptions, Posture, StructureMap, VertebralLevel, WarningKind, infer,
};
use rami_volume::crop::{VoxelBox, crop};
use rami_volume::{Ct, Grid, Labels, nifti};
use std::collections::BTreeMap;
use std::path::Path;

/// CT and labels with upright axes; nothing, with a printed line, where the shared data is missing.
fn real() -> Option<(Ct, Labels)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/totalsegmentator-example");
    if !folder.exists() {
        println!("skipped: {} is not there", folder.display());
        return None;
    }
    let ct = nifti::read_ct(&folder.join("ct.nii.gz")).unwrap().ct.canonical();
    let labels = nifti::read_labels(&folder.join("labels.nii.gz")).unwrap().labels.canonical();
    Some((ct, labels))
}

fn anatomy(ct: &Ct, labels: Labels) -> Result<Anatomy, AnatomyError> {
    let (structures, _) = StructureMap::new(labels, &BTreeMap::new());
    infer(ct, structures, &InferOptions { posture: Posture::Prone, ..InferOptions::default() })
}

fn kinds(anatomy: &Anatomy) -> Vec<WarningKind> {
    anatomy.warnings.iter().map(|warning| warning.kind).collect()
}

/// Slices (from, to) of a volume that starts caudally.
fn slices(ct: &Ct, labels: &Labels, from: usize, to: usize) -> (Ct, Labels) {
    let [ni, nj, _] = ct.grid().dims();
    let part = VoxelBox { low: [0, 0, from], high: [ni, nj, to] };
    (crop(ct, part).unwrap(), crop(labels, part).unwrap())
}

/// Lowest and highest slice of a label.
fn rows(labels: &Labels, id: u16) -> (usize, usize) {
    let part = VoxelBox::around(labels, |label| label == id).unwrap();
    (part.low[2], part.high[2])
}

#[test]
fn a_person_who_lies_askew_has_the_same_levels_and_nothing_to_warn_of() {
    let Some((ct, labels)) = real() else { return };
    for (nod, roll) in [(12.0f64, 8.0f64), (30.0, 0.0), (-20.0, -10.0)] {
        let turn = Rotation3::from_euler_angles(nod.to_radians(), 0.0, roll.to_radians());
        let grid = Grid::new(ct.grid().dims(), turn.to_homogeneous() * ct.grid().index_to_lps()).unwrap();
        let ct = Ct::new(grid.clone(), ct.data().to_vec()).unwrap();
        let found = anatomy(&ct, Labels::new(grid, labels.data().to_vec()).unwrap()).unwrap();
        assert!(found.count.agree, "{nod}° and {roll}°: {:?}", found.count);
        assert_eq!(found.warnings, [], "{nod}° and {roll}°");
    }
}

#[test]
fn a_ct_that_ends_within_the_lumbar_spine_is_counted_as_far_as_it_goes() {
    let Some((ct, labels)) = real() else { return };
    // From the upper half of L4 upwards: the count from the ribs ends early, which is no disagreement.
    let (low, high) = rows(&labels, 28);
    let (top_ct, top_labels) = slices(&ct, &labels, (low + high) / 2, ct.grid().dims()[2]);
    let found = anatomy(&top_ct, top_labels).unwrap();
    assert!(kinds(&found).contains(&WarningKind::LevelCountTruncated));
    assert!(!kinds(&found).contains(&WarningKind::LevelCount), "{:?}", found.warnings);
    assert!(!found.count.agree && found.vertebrae.contains_key(&VertebralLevel::L3));
    // A sliver of sacrum at the lower edge is nothing to count from.
    let (l4, l2) = (rows(&labels, 28).0, rows(&labels, 30).1);
    let (middle_ct, middle_labels) = slices(&ct, &labels, l4 - 4, l2 + 4);
    let mut structures = StructureMap::new(middle_labels, &BTreeMap::new()).0;
    let mut options = InferOptions { posture: Posture::Prone, ..InferOptions::default() };
    options.accept_missing = rami_anatomy::REQUIRED_LABELS
        .iter()
        .filter(|name| !structures.has_name(name))
        .map(|&name| name.to_owned())
        .collect();
    structures = structures.canonical();
    let found = infer(&middle_ct, structures, &options).unwrap();
    assert!(found.count.from_sacrum.is_empty(), "{:?}", found.count);
    assert!(!kinds(&found).contains(&WarningKind::LevelCount), "{:?}", found.warnings);
}

#[test]
fn exchanged_sides_are_named_first_and_sides_stay_those_of_the_header() {
    let Some((ct, labels)) = real() else { return };
    let [ni, _, _] = ct.grid().dims();
    // Voxels the wrong way round under an unchanged header.
    let flip = |o: usize| o / ni * ni + (ni - 1 - o % ni);
    let values = |o: usize| ct.data()[flip(o)];
    let flipped = Ct::new(ct.grid().clone(), (0..ct.grid().len()).map(values).collect()).unwrap();
    let names =
        Labels::new(labels.grid().clone(), (0..ct.grid().len()).map(|o| labels.data()[flip(o)]).collect())
            .unwrap();
    let found = anatomy(&flipped, names).unwrap();
    assert_eq!(kinds(&found)[0], WarningKind::Laterality, "{:?}", found.warnings);
    let straight = anatomy(&ct, labels).unwrap();
    assert!(!kinds(&straight).contains(&WarningKind::Laterality));
    // The trunk that was found on the left is now found as well on the right.
    let spread = |a: &Anatomy| (a.chains.left.points.len(), a.chains.right.points.len());
    assert_eq!(spread(&found), spread(&straight));
    let level = VertebralLevel::L3;
    let beside = |a: &Anatomy, left: bool| {
        let chain = if left { &a.chains.left } else { &a.chains.right };
        let at = chain.points.iter().filter(|p| p.level == level);
        let centroid = a.vertebrae[&level].centroid;
        at.map(|p| (p.mean - centroid).x.abs()).fold(0.0, f64::max)
    };
    assert!((beside(&found, false) - beside(&straight, true)).abs() < 1.0);
}

#[test]
fn stray_voxels_do_not_change_the_count() {
    let Some((ct, labels)) = real() else { return };
    let mut speckled = labels.clone();
    let n = speckled.data().len();
    // A few hundred voxels of vertebrae and ribs wherever they fall.
    for s in 0..400usize {
        let at = (s * 7_919_117 + 13) % n;
        speckled.data_mut()[at] = 26 + (s % 10) as u16;
    }
    let found = anatomy(&ct, speckled).unwrap();
    assert!(found.count.agree, "{:?} {:?}", found.count, found.warnings);
    assert_eq!(kinds(&found), [WarningKind::LabelQuality], "{:?}", found.warnings);
    let plain = anatomy(&ct, labels).unwrap();
    for (level, vertebra) in &plain.vertebrae {
        let moved = (found.vertebrae[level].centroid - vertebra.centroid).norm();
        assert!(moved < 1.5, "{level} by {moved:.1} mm");
    }
}

#[test]
fn half_a_vertebra_under_its_neighbours_name_is_noticed() {
    let Some((ct, mut labels)) = real() else { return };
    let (low, high) = rows(&labels, 29);
    let [ni, nj, _] = labels.grid().dims();
    let middle = (low + high) / 2 * ni * nj;
    for label in labels.data_mut().iter_mut().skip(middle).filter(|label| **label == 29) {
        *label = 30;
    }
    let found = anatomy(&ct, labels).unwrap();
    let said = found.warnings.iter().filter(|w| w.kind == WarningKind::LabelQuality);
    assert!(said.into_iter().any(|w| w.text.contains("L3") || w.text.contains("L2")), "{:?}", found.warnings);
}

#[test]
fn values_that_are_no_hounsfield_units_are_refused_with_their_range() {
    let Some((ct, labels)) = real() else { return };
    type Change = fn(i16) -> i16;
    let changes: [(&str, Change); 3] = [
        ("1024 added", |hu| hu.saturating_add(1024).max(0)),
        ("windowed to grey", |hu| ((hu.clamp(-160, 240) + 160) as f32 * 255.0 / 400.0) as i16),
        ("normalised", |hu| i16::from(hu > 0)),
    ];
    for (name, change) in changes {
        let error = anatomy(&ct.map(change), labels.clone()).unwrap_err();
        assert!(matches!(error, AnatomyError::NotHounsfield { .. }), "{name}: {error}");
        assert!(error.to_string().contains("no Hounsfield units"), "{error}");
    }
}
