//! Voxel grids in patient space, and how they come in and go out.
//!
//! Patient space is LPS in millimetres (+x to the patient's left, +y posterior, +z cranial). A [`Grid`] says where
//! voxel centres are (they have integer indices `[i, j, k]`, fastest axis first); a [`Volume`] is a grid with a value
//! at each voxel. A CT is a `Volume<i16>` in Hounsfield units, a label map a `Volume<u16>` of label numbers.
//! This room knows nothing of anatomy.

pub mod components;
pub mod crop;
pub mod dicom;
pub mod dicom_export;
pub mod distance;
pub mod files;
mod grid;
pub mod labels;
pub mod morphology;
pub mod nifti;
pub mod resample;
mod upright;
mod volume;
mod warning;

pub use grid::{Affine, Direction, Grid, GridError, Point, Vector};
pub use volume::{AIR_HU, Ct, Labels, Volume};
pub use warning::{ReadWarning, ReadWarningKind};
