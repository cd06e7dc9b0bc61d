//! What the studies of digital patients share: growing, scanning and reading a person, and summaries.

use rami_anatomy::patient::{Known, Patient, Scanner, TrunkSource, Truth, Variant, population};
use rami_anatomy::{Anatomy, AnatomyError, InferOptions, Posture, StructureMap, TrunkPrior, infer};
use rami_volume::{Ct, Grid, Labels, Point};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Distance between voxels of the studies, mm: that of the coarsest CTs in use.
pub(crate) const SPACING_MM: f64 = 3.0;

/// A person with their picture.
pub(crate) struct Person {
    pub(crate) patient: Patient,
    pub(crate) truth: Truth,
    pub(crate) ct: Ct,
    pub(crate) labels: Labels,
}

/// Row `row` of the studies' population, lying prone.
pub(crate) fn person(seed: u64, row: u64, trunk: TrunkSource, variant: Option<Variant>) -> Person {
    let traits = population::draw(seed, row, Known::default(), trunk).unwrap();
    let patient = Patient::grow(&traits, variant, Posture::Prone);
    let grid = patient.grid([SPACING_MM; 3]).unwrap();
    scanned(patient, grid)
}

/// The same with only the spine and its ribs in view, for what needs no more.
pub(crate) fn spine(seed: u64, row: u64, variant: Option<Variant>) -> Person {
    let traits = population::draw(seed, row, Known::default(), TrunkSource::Cadaver).unwrap();
    let patient = Patient::grow(&traits, variant, Posture::Prone);
    let whole = patient.grid([SPACING_MM; 3]).unwrap();
    let [nx, ny, nz] = whole.dims();
    let (first, last) =
        (whole.to_index(&Point::new(-95.0, 0.0, 0.0)), whole.to_index(&Point::new(95.0, 0.0, 0.0)));
    let first = (first[0].round().max(0.0) as usize).min(nx - 1);
    let last = (last[0].round().max(0.0) as usize).min(nx - 1);
    let origin = whole.to_lps([first as f64, 0.0, 0.0]);
    let grid = Grid::upright([last - first + 1, ny, nz], [SPACING_MM; 3], origin).unwrap();
    scanned(patient, grid)
}

fn scanned(patient: Patient, grid: Grid) -> Person {
    let scan = patient.scan(&grid, &Scanner::default(), false).unwrap();
    Person { truth: patient.truth(), ct: scan.ct, labels: scan.labels, patient }
}

/// What is inferred from a picture.
pub(crate) fn read(ct: &Ct, labels: Labels, prior: TrunkPrior) -> Result<Anatomy, AnatomyError> {
    read_with(ct, labels, prior, None)
}

/// The same with a factor on the trunk's stated spread.
pub(crate) fn read_with(
    ct: &Ct,
    labels: Labels,
    prior: TrunkPrior,
    spread: Option<f64>,
) -> Result<Anatomy, AnatomyError> {
    let (structures, unknown) = StructureMap::new(labels, &BTreeMap::new());
    assert!(unknown.is_empty());
    let options = InferOptions {
        posture: Posture::Prone,
        trunk_prior: prior,
        trunk_spread: spread,
        ..InferOptions::default()
    };
    infer(ct, structures, &options)
}

/// A file of `validation/`.
pub(crate) fn page(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../validation").join(name)
}

/// Mean and standard deviation.
pub(crate) fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt())
}

/// The value below which this share of the values lies.
pub(crate) fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(((sorted.len().max(1) - 1) as f64 * share).round() as usize).copied().unwrap_or(f64::NAN)
}

/// `mean ± sd`.
pub(crate) fn spread(values: &[f64]) -> String {
    if values.is_empty() {
        return "–".into();
    }
    let (mean, sd) = moments(values);
    format!("{mean:.1} ± {sd:.1}")
}
