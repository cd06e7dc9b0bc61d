//! A digital patient to test on.

#![allow(dead_code)] // no test file uses all of it

use rami_anatomy::patient::population::{self, Known, TrunkSource};
use rami_anatomy::patient::{Patient, Scanner, Truth};
use rami_anatomy::{Anatomy, InferOptions, Posture, StructureMap, infer};
use rami_case::Case;
use rami_volume::{Ct, Labels};
use std::collections::BTreeMap;

/// A case of these volumes, in no folder.
pub(crate) fn case_of(ct: Ct, labels: Labels) -> Case {
    let (structures, _) = StructureMap::new(labels, &BTreeMap::new());
    Case { structures: Some(structures), ..Case::new("test".to_owned(), ct, Posture::Prone) }
}

/// A patient of a seed on voxels of 2.5 mm, with the truth.
pub(crate) fn patient(seed: u64) -> (Case, Truth) {
    let traits = population::draw(seed, 0, Known::default(), TrunkSource::Cadaver).unwrap();
    let patient = Patient::grow(&traits, None, Posture::Prone);
    let grid = patient.grid([2.5; 3]).unwrap();
    let scan = patient.scan(&grid, &Scanner::default(), false).unwrap();
    (case_of(scan.ct, scan.labels), patient.truth())
}

/// What planning may know of a case.
pub(crate) fn belief(case: &Case) -> Anatomy {
    let options = InferOptions { posture: case.posture, ..InferOptions::default() };
    infer(&case.ct, case.structures().unwrap().clone(), &options).unwrap()
}
