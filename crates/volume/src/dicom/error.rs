//! What can be wrong with a DICOM series.

use crate::GridError;
use crate::warning::counted;
use std::path::PathBuf;

/// Why a DICOM series was not read: the file, what is wrong, what to do.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // the texts say what the fields are
pub enum DicomError {
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: std::io::Error },

    #[error(
        "{path}: no DICOM image in {said}{first}; give the folder that holds the CT's slices, or a NIfTI file",
        said = counted(*.files, "file")
    )]
    NoImages { path: PathBuf, files: usize, first: String },

    #[error("{path}: no CT series here; there is {found}. Rami reads CT only: export the CT series")]
    NoCt { path: PathBuf, found: String },

    #[error("{path}: there is no series {wanted}; choose one of these with --series:\n{found}")]
    NoSuchSeries { path: PathBuf, wanted: String, found: String },

    #[error(
        "{path}: its modality is {modality}, not CT; Hounsfield units are needed, so export the CT series"
    )]
    Modality { path: PathBuf, modality: String },

    #[error("{path}: {what} is missing or damaged; export the series again from the scanner or archive")]
    Attribute { path: PathBuf, what: &'static str },

    #[error("{path}: not readable as DICOM ({why}); copy or export it again, or remove it from the folder")]
    Damaged { path: PathBuf, why: String },

    #[error(
        "{path}: the header claims {needed} bytes of pixels and the file holds {found}; it was cut off, copy or export it again"
    )]
    Truncated { path: PathBuf, needed: u64, found: u64 },

    #[error(
        "{path}: transfer syntax {uid} is not read; save it as explicit little endian \
         (for example with `gdcmconv --raw` or `dcmdjpeg`)"
    )]
    TransferSyntax { path: PathBuf, uid: String },

    #[error(
        "{path}: its pixels could not be decoded ({why}); save the series uncompressed and import it again"
    )]
    Decode { path: PathBuf, why: String },

    #[error("{path}: {what}, which a CT slice never has; remove the file from the folder")]
    Pixels { path: PathBuf, what: String },

    #[error(
        "{path}: its {what} differs from that of {other} in the same series; move the slices that do not belong \
         together into folders of their own and import one"
    )]
    Mixed { path: PathBuf, other: PathBuf, what: &'static str },

    #[error(
        "{path} and {other} are different slices in one place (at {at_mm:.2} mm along the stack): the series holds \
         more than one pass over the patient; move one pass into a folder of its own and import that"
    )]
    Duplicate { path: PathBuf, other: PathBuf, at_mm: f64 },

    #[error(
        "between {path} and {other} {said} missing ({gap_mm:.2} mm where {spacing_mm:.2} mm are usual); \
         export the whole series again, or fill the gap from its neighbours with --allow-gap",
        said = slices_are(*.missing)
    )]
    Gap { path: PathBuf, other: PathBuf, missing: usize, gap_mm: f64, spacing_mm: f64 },

    #[error(
        "{path}: it is shifted {shift_mm:.1} mm sideways from the line of the other slices; export the series again"
    )]
    Shifted { path: PathBuf, shift_mm: f64 },

    #[error(
        "{path}: the series has {said} at different places and a volume needs at least 2; choose another series",
        said = counted(*.slices, "slice")
    )]
    TooFew { path: PathBuf, slices: usize },

    #[error("{path}: {source}; export the series again")]
    Grid { path: PathBuf, source: GridError },

    #[error("{path}: {voxels} voxels need more memory than this machine gives; crop the scan")]
    Memory { path: PathBuf, voxels: usize },
}

/// `1 slice is`, `2 slices are`.
pub(super) fn slices_are(n: usize) -> String {
    format!("{} {}", counted(n, "slice"), if n == 1 { "is" } else { "are" })
}
