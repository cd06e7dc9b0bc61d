//! What a reader corrected or doubts, to be said in every output made from the volume.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Something a reader corrected or could not be sure of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadWarning {
    /// What it is about, for programs.
    pub kind: ReadWarningKind,
    /// What it says, for people.
    pub text: String,
}

/// What a reader's warning is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadWarningKind {
    /// Slices were not perpendicular to their stack; the volume was resampled upright.
    Tilt,
    /// Slices were not evenly spaced; the volume was resampled to even spacing.
    UnevenSpacing,
    /// Slices are missing and were filled in between their neighbours.
    MissingSlices,
    /// The same slice was there more than once.
    DuplicateSlices,
    /// Files in the folder were not part of the series that was read.
    OtherFiles,
    /// Several series were there and one was chosen.
    SeveralSeries,
    /// The header's geometry is unusual or contradicts itself.
    Geometry,
    /// Values did not fit Hounsfield units, or were not numbers.
    Values,
    /// The patient's position is not said, or not one Rami knows.
    PatientPosition,
    /// The label table or its names are unusual.
    LabelNames,
    /// Labels and CT cover different parts of the patient.
    Overlap,
}

impl ReadWarning {
    /// A warning of this kind with this text.
    pub fn new(kind: ReadWarningKind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into() }
    }
}

impl fmt::Display for ReadWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A number of things, with the noun in the number that it has.
pub(crate) fn counted(n: usize, one: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") }
}
