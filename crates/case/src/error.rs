//! Why a case could not be opened or saved.

use rami_volume::dicom::DicomError;
use rami_volume::labels::LabelError;
use rami_volume::nifti::{NiftiError, WriteError};
use std::path::PathBuf;

/// Why a case could not be opened or saved: what, where, and what to do.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // the texts say what the fields are
pub enum CaseError {
    #[error(transparent)]
    Ct(#[from] NiftiError),

    #[error(transparent)]
    Dicom(#[from] DicomError),

    #[error(transparent)]
    Labels(#[from] LabelError),

    #[error(transparent)]
    Write(#[from] WriteError),

    #[error("{path}: {source}")]
    Io { path: PathBuf, source: std::io::Error },

    #[error("{path}: {why}; see `rami import --help`")]
    Document { path: PathBuf, why: String },

    #[error("{path} is not the truth of a digital patient: {why}; make the case again with `rami phantom`")]
    Truth { path: PathBuf, why: String },

    #[error("the case {name} has no labels: give them with --labels (a label map, or a folder of masks)")]
    NoLabels { name: String },
}
