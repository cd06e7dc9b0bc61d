//! What can be wrong with a NIfTI file.

use crate::GridError;
use std::path::PathBuf;

/// Why a NIfTI file was not read: the file, what is wrong, what to do.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // the texts say what the fields are
pub enum NiftiError {
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: std::io::Error },

    #[error("{path}: its gzip stream is damaged or cut off ({why}); copy or export it again")]
    Packed { path: PathBuf, why: String },

    #[error("{path}: not a NIfTI-1 file ({why}); Rami reads .nii, .nii.gz and folders of DICOM slices")]
    NotNifti { path: PathBuf, why: String },

    #[error("{path}: {what}, which Rami does not read; {remedy}")]
    Unsupported { path: PathBuf, what: String, remedy: &'static str },

    #[error(
        "{path}: the file has {frames} volumes in a row (dimensions {dims:?}); give the one to use as a file of its own"
    )]
    SeveralFrames { path: PathBuf, frames: u64, dims: Vec<u16> },

    #[error("{path}: the header's {field} is {value}, which cannot be; the file is damaged, export it again")]
    Header { path: PathBuf, field: &'static str, value: String },

    #[error("{path}: {source}; export the file again")]
    Grid { path: PathBuf, source: GridError },

    #[error(
        "{path}: neither sform nor qform says how the voxels lie in the patient, so left and right are unknown; \
         convert the original scan again with a tool that writes them (dcm2niix, or rami import)"
    )]
    NoOrientation { path: PathBuf },

    #[error(
        "{path}: the header claims {needed} bytes of voxels but the file can hold only {found}; it was cut off or is \
         damaged, copy or export it again"
    )]
    Truncated { path: PathBuf, needed: u64, found: u64 },

    #[error("{path}: {voxels} voxels need more memory than this machine gives; crop or resample the scan")]
    Memory { path: PathBuf, voxels: usize },

    #[error(
        "{path}: voxel [{}, {}, {}] is {value}, not a label number from 0 to 65535; is this a label map?",
        voxel[0], voxel[1], voxel[2]
    )]
    NotALabel { path: PathBuf, voxel: [usize; 3], value: f64 },
}
