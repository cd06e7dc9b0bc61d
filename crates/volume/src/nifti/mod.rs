//! NIfTI-1 files, `.nii` and `.nii.gz`.
//!
//! NIfTI stores RAS; here, and only here, it becomes patient LPS. A header is not believed: the size it claims is
//! compared with the bytes of the file before anything is allocated, and voxels are decoded as they stream in, so a
//! CT needs twice its own size in memory at most (the second copy only when axes must be permuted or flipped).
//!
//! Source: R. W. Cox and others, the NIfTI-1 data format (`nifti1.h`, 2003–2007), <https://nifti.nimh.nih.gov>.

mod error;
mod extension;
mod header;
mod stream;
mod voxels;
mod write;

pub use error::NiftiError;
pub use write::{Compression, NiftiVoxel, WriteError, WriteOptions, write, write_series};

use crate::upright::{self, Interpolate};
use crate::warning::counted;
use crate::{AIR_HU, Ct, Labels, ReadWarning, ReadWarningKind, Volume};
use header::Header;
use std::collections::BTreeMap;
use std::path::Path;
use stream::Source;

/// A CT from a file.
#[derive(Debug, Clone)]
pub struct CtFile {
    /// Hounsfield units, at least -1024, canonical axes.
    pub ct: Ct,
    /// Comments in the header extension, in the order of the file.
    pub comments: Vec<String>,
    /// What every output made from it must say.
    pub warnings: Vec<ReadWarning>,
}

/// A label map from a file.
#[derive(Debug, Clone)]
pub struct LabelFile {
    /// Label numbers, canonical axes.
    pub labels: Labels,
    /// Names of label numbers from the header extension; empty when it has none.
    pub names: BTreeMap<u16, String>,
    /// What every output made from it must say.
    pub warnings: Vec<ReadWarning>,
}

/// Reads a CT: any NIfTI-1 integer or float type, scaled by `scl_slope` and `scl_inter`, rounded to whole Hounsfield
/// units. Padding below -1024 HU and voxels that are not numbers become -1024.
///
/// # Errors
/// [`NiftiError`] names the file, what is wrong in it and what to do.
pub fn read_ct(path: &Path) -> Result<CtFile, NiftiError> {
    ct_from(Source::open(path)?)
}

/// As [`read_ct`], from bytes that came without a file; `name` stands for it in errors.
///
/// # Errors
/// As [`read_ct`].
pub fn read_ct_bytes(name: &Path, bytes: Vec<u8>) -> Result<CtFile, NiftiError> {
    ct_from(Source::from_bytes(name, bytes))
}

fn ct_from(mut source: Source) -> Result<CtFile, NiftiError> {
    let header = Header::read(&mut source)?;
    let mut warnings = header.warnings.clone();
    let (data, odd) = voxels::hounsfield(&mut source, &header)?;
    if odd.not_numbers > 0 {
        warnings.push(ReadWarning::new(
            ReadWarningKind::Values,
            format!("not numbers (NaN) but read as air: {}", counted(odd.not_numbers, "voxel")),
        ));
    }
    if odd.too_large > 0 {
        warnings.push(ReadWarning::new(
            ReadWarningKind::Values,
            format!("above 32767 HU and cut to it: {}", counted(odd.too_large, "voxel")),
        ));
    }
    if odd.range[1] - odd.range[0] < 100 {
        warnings.push(ReadWarning::new(
            ReadWarningKind::Values,
            format!(
                "values span only {} to {}: this may not be a CT in Hounsfield units",
                odd.range[0], odd.range[1]
            ),
        ));
    }
    let ct = volume(&header, data)?.canonical();
    let ct = straighten(ct, Interpolate::Linear, AIR_HU, &mut warnings);
    Ok(CtFile { ct, comments: header.extensions.comments, warnings })
}

/// Reads a quantity at each voxel (a concentration, a share) in any NIfTI-1 type, scaled by `scl_slope` and `scl_inter`.
/// Voxels that are not finite numbers become 0, with a warning.
///
/// # Errors
/// [`NiftiError`] names the file, what is wrong in it and what to do.
pub fn read_quantity(path: &Path) -> Result<(Volume<f32>, Vec<ReadWarning>), NiftiError> {
    let mut source = Source::open(path)?;
    let header = Header::read(&mut source)?;
    let mut warnings = header.warnings.clone();
    let (data, odd) = voxels::quantity(&mut source, &header)?;
    if odd > 0 {
        warnings.push(ReadWarning::new(
            ReadWarningKind::Values,
            format!("{odd} voxels are not finite numbers and were read as 0"),
        ));
    }
    Ok((volume(&header, data)?, warnings))
}

/// Reads a label map: whole numbers from 0 to 65535 in any NIfTI-1 type, and the names in the header extension.
///
/// # Errors
/// [`NiftiError`] names the file, what is wrong in it and what to do.
pub fn read_labels(path: &Path) -> Result<LabelFile, NiftiError> {
    labels_from(Source::open(path)?)
}

/// As [`read_labels`], from bytes that came without a file; `name` stands for it in errors.
///
/// # Errors
/// As [`read_labels`].
pub fn read_labels_bytes(name: &Path, bytes: Vec<u8>) -> Result<LabelFile, NiftiError> {
    labels_from(Source::from_bytes(name, bytes))
}

fn labels_from(mut source: Source) -> Result<LabelFile, NiftiError> {
    let header = Header::read(&mut source)?;
    let mut warnings = header.warnings.clone();
    let data = voxels::labels(&mut source, &header)?;
    let labels = volume(&header, data)?.canonical();
    let labels = straighten(labels, Interpolate::Nearest, 0, &mut warnings);
    Ok(LabelFile { labels, names: header.extensions.names, warnings })
}

fn volume<T>(header: &Header, data: Vec<T>) -> Result<Volume<T>, NiftiError> {
    Volume::new(header.grid.clone(), data).ok_or_else(|| NiftiError::Truncated {
        path: header.path.clone(),
        needed: header.grid.len() as u64,
        found: 0,
    })
}

/// Axes that are not at right angles, which distances and projections cannot use, are resampled to ones that are.
fn straighten<T: crate::resample::Voxel>(
    volume: Volume<T>,
    how: Interpolate,
    outside: T,
    warnings: &mut Vec<ReadWarning>,
) -> Volume<T> {
    match upright::straightened(&volume, how, outside) {
        Some((straight, skew)) => {
            warnings.push(ReadWarning::new(
                ReadWarningKind::Tilt,
                format!(
                    "the voxel axes are {skew:.2}° off a right angle; the volume was resampled to square axes"
                ),
            ));
            straight
        }
        None => volume,
    }
}
