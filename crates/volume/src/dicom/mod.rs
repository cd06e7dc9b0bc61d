//! DICOM CT series: a folder of slices, or an Enhanced multi-frame file, as one volume.
//!
//! What is read: little endian, explicit and implicit; RLE; JPEG lossless; JPEG-LS; JPEG 2000; and files without a
//! preamble, without `DICM` or without meta information, as older archives write them. What is done, in order:
//! 1. every file's header is read up to its pixels ([`list`]); files that are no DICOM image are counted and left;
//! 2. one series is chosen, by UID or the largest CT;
//! 3. its frames are sorted by `t = n · p`, position along the normal of the slices, never by name;
//! 4. doubles are dropped when their pixels agree and refused when not; gaps are refused unless allowed; uneven
//!    spacing is resampled evenly and a tilted gantry is resampled square, both with a warning;
//! 5. frames are decoded in parallel straight into the volume; `HU = slope · stored + intercept`, at least -1024.
//!
//! Source: DICOM PS3.3 C.7.6.2 (image plane), C.8.2 (CT), C.8.15 and C.7.6.16 (enhanced, functional groups), PS3.5 A.
//! Memory: the volume and a few slices; twice the volume when it must be resampled or comes as one file.

mod error;
mod frame;
mod guard;
mod input;
mod load;
mod pixels;
mod series;
mod stack;
mod start;

pub use error::DicomError;
pub use input::DicomInput;
pub use series::{SeriesSummary, list};
pub use start::begins_as_dicom;

use crate::{Ct, ReadWarning};
use serde::{Deserialize, Serialize};

/// How a series is to be read.
#[derive(Default)]
pub struct SeriesOptions<'a> {
    /// Series Instance UID; the largest CT if not given.
    pub series: Option<String>,
    /// Fill missing slices between their neighbours, with a warning, instead of refusing.
    pub allow_gap: bool,
    /// Called with slices done and slices to do, from any thread.
    pub progress: Option<&'a (dyn Fn(usize, usize) + Sync)>,
}

/// A CT read from a DICOM series.
#[derive(Debug, Clone)]
pub struct SeriesFile {
    /// Hounsfield units, at least -1024, canonical axes.
    pub ct: Ct,
    /// What the headers say.
    pub summary: ImportSummary,
    /// The files that were read, in the order of the slices.
    pub files: Vec<std::path::PathBuf>,
    /// What every output made from it must say.
    pub warnings: Vec<ReadWarning>,
}

/// What the headers of a series say beside its geometry.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ImportSummary {
    /// Series Instance UID.
    pub series_uid: String,
    /// Series Description.
    pub description: String,
    /// Patient Position: `HFS`, `FFP`, …; empty if the files do not say.
    pub patient_position: String,
    /// Slices that were read.
    pub slices: usize,
    /// Slice Thickness, mm.
    pub slice_thickness_mm: Option<f64>,
    /// Contrast/Bolus Agent; empty if the files do not say.
    pub contrast_agent: String,
    /// Transfer syntax by name.
    pub transfer_syntax: String,
}

/// Reads a CT series from a folder, a file, or bytes.
///
/// # Errors
/// [`DicomError`] names the file, what is wrong in it and what to do.
pub fn read(input: &DicomInput, options: &SeriesOptions<'_>) -> Result<SeriesFile, DicomError> {
    let found = series::find(input)?;
    let (series, warnings) = series::choose(found, options.series.as_deref(), input)?;
    load::load(series, warnings, options)
}
