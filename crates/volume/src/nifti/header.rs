//! The 348-byte header, checked before anything is believed.
//!
//! Orientation, in the standard's order of preference here: the sform when its code is above 0, else the qform.
//! Quaternion to rotation and `qfac` as in `nifti1.h`, section "3D image (volume) orientation".

use super::extension::{self, Extensions};
use super::stream::Source;
use super::{NiftiError, NiftiError::Unsupported};
use crate::{Affine, Grid, ReadWarning, ReadWarningKind};
use nalgebra::{Matrix3, Vector3};
use nifti::{Endianness, NiftiHeader, NiftiType};
use std::path::PathBuf;

const HEADER_BYTES: u64 = 348;
/// Label tables are a few kilobytes; more than this is skipped, not kept.
const MOST_EXTENSION_BYTES: u64 = 16 << 20;

/// A checked header.
pub(super) struct Header {
    pub(super) path: PathBuf,
    pub(super) grid: Grid,
    pub(super) kind: NiftiType,
    pub(super) little_endian: bool,
    /// `value = slope · stored + intercept`.
    pub(super) slope: f64,
    pub(super) intercept: f64,
    pub(super) extensions: Extensions,
    pub(super) warnings: Vec<ReadWarning>,
}

impl Header {
    /// Reads up to the first voxel.
    pub(super) fn read(source: &mut Source) -> Result<Self, NiftiError> {
        let path = source.path.clone();
        let raw = parse(source)?;
        let mut warnings = Vec::new();
        let dims = dims(&raw, &path)?;
        let kind = kind(&raw, &path)?;
        let affine = affine(&raw, &path, &mut warnings)?;
        let grid =
            Grid::new(dims, affine).map_err(|source| NiftiError::Grid { path: path.clone(), source })?;

        let offset = raw.vox_offset;
        if offset != 0.0 && !(352.0..1e9).contains(&offset) {
            return Err(bad(&path, "vox_offset", offset));
        }
        let offset = (offset as u64).max(352);
        let needed = offset + grid.len() as u64 * kind.size_of() as u64;
        if needed > source.capacity {
            return Err(NiftiError::Truncated { path, needed, found: source.capacity });
        }
        let little_endian = raw.endianness == Endianness::Little;
        let extensions = read_extensions(source, offset, little_endian, &mut warnings)?;
        let (slope, intercept) = scaling(&raw, &path)?;
        Ok(Self { path, grid, kind, little_endian, slope, intercept, extensions, warnings })
    }

    pub(super) fn is_scaled(&self) -> bool {
        self.slope != 1.0 || self.intercept != 0.0
    }
}

fn bad(path: &std::path::Path, field: &'static str, value: impl std::fmt::Debug) -> NiftiError {
    NiftiError::Header { path: path.to_owned(), field, value: format!("{value:?}") }
}

fn parse(source: &mut Source) -> Result<NiftiHeader, NiftiError> {
    let not =
        |source: &Source, why: &str| NiftiError::NotNifti { path: source.path.clone(), why: why.to_owned() };
    let mut bytes = [0u8; HEADER_BYTES as usize];
    match source.fill(&mut bytes, HEADER_BYTES, 0) {
        Err(NiftiError::Truncated { found, .. }) => {
            return Err(not(source, &format!("it has {found} bytes and a header alone has 348")));
        }
        other => other?,
    }
    let size = [bytes[0], bytes[1], bytes[2], bytes[3]];
    if [540, 540i32.swap_bytes()].contains(&i32::from_le_bytes(size)) {
        return Err(Unsupported {
            path: source.path.clone(),
            what: "this is NIfTI-2".to_owned(),
            remedy: "save it as NIfTI-1 (for example with nibabel or fslchfiletype)",
        });
    }
    if ![348, 348i32.swap_bytes()].contains(&i32::from_le_bytes(size)) {
        return Err(not(source, "it does not begin with the number 348"));
    }
    match &bytes[344..348] {
        b"n+1\0" => {}
        b"ni1\0" => {
            return Err(Unsupported {
                path: source.path.clone(),
                what: "this is the header of a two-file NIfTI (.hdr and .img)".to_owned(),
                remedy: "save it as one .nii or .nii.gz file",
            });
        }
        _ => return Err(not(source, "its magic bytes are not n+1")),
    }
    NiftiHeader::from_reader(&bytes[..]).map_err(|error| not(source, &error.to_string()))
}

/// Three sides from the header's seven; a fourth and further axis may only have one step.
fn dims(raw: &NiftiHeader, path: &std::path::Path) -> Result<[usize; 3], NiftiError> {
    let rank = usize::from(raw.dim[0]);
    if !(1..=7).contains(&rank) {
        return Err(bad(path, "dim[0]", raw.dim[0]));
    }
    let side = |axis: usize| if axis <= rank { raw.dim[axis] } else { 1 };
    for axis in 1..=rank {
        // The fields are signed in the file: a set top bit is a negative size.
        if raw.dim[axis] > i16::MAX as u16 || (raw.dim[axis] == 0 && axis <= 3) {
            return Err(bad(path, "dim", raw.dim.map(|d| d as i16)));
        }
    }
    let frames: u64 = (4..=7).map(|axis| u64::from(side(axis).max(1))).product();
    if frames > 1 {
        return Err(NiftiError::SeveralFrames {
            path: path.to_owned(),
            frames,
            dims: raw.dim[1..=rank].to_vec(),
        });
    }
    Ok([1, 2, 3].map(|axis| usize::from(side(axis))))
}

fn kind(raw: &NiftiHeader, path: &std::path::Path) -> Result<NiftiType, NiftiError> {
    use NiftiType as T;
    let kind = raw.data_type().map_err(|_| bad(path, "datatype", raw.datatype))?;
    match kind {
        T::Uint8
        | T::Int8
        | T::Uint16
        | T::Int16
        | T::Uint32
        | T::Int32
        | T::Uint64
        | T::Int64
        | T::Float32
        | T::Float64 => Ok(kind),
        other => Err(Unsupported {
            path: path.to_owned(),
            what: format!("its voxels are of type {other:?}"),
            remedy: "save it with integer or float voxels",
        }),
    }
}

fn scaling(raw: &NiftiHeader, path: &std::path::Path) -> Result<(f64, f64), NiftiError> {
    let (slope, intercept) = (raw.scl_slope, raw.scl_inter);
    // A slope of 0 means "not scaled" by the standard, NaN the same by common use (nibabel writes it).
    if slope == 0.0 || slope.is_nan() {
        return Ok((1.0, 0.0));
    }
    if !slope.is_finite() {
        return Err(bad(path, "scl_slope", slope));
    }
    if !intercept.is_finite() {
        return Err(bad(path, "scl_inter", intercept));
    }
    Ok((f64::from(slope), f64::from(intercept)))
}

/// From voxel indices to LPS millimetres.
fn affine(
    raw: &NiftiHeader,
    path: &std::path::Path,
    warnings: &mut Vec<ReadWarning>,
) -> Result<Affine, NiftiError> {
    let mut ras = match (raw.sform_code > 0, raw.qform_code > 0) {
        (false, false) => return Err(NiftiError::NoOrientation { path: path.to_owned() }),
        (false, true) => qform(raw, path)?,
        (true, q) => {
            let sform = sform(raw);
            if q && let Ok(qform) = qform(raw, path) {
                warn_if_apart(&sform, &qform, raw, warnings);
            }
            sform
        }
    };
    let scale = match raw.xyzt_units & 0x07 {
        1 => 1000.0,
        3 => 0.001,
        _ => 1.0,
    };
    if scale != 1.0 {
        warnings.push(ReadWarning::new(
            ReadWarningKind::Geometry,
            format!(
                "the header's lengths are in {}; they were converted to mm",
                if scale > 1.0 { "metres" } else { "micrometres" }
            ),
        ));
        for row in 0..3 {
            for column in 0..4 {
                ras[(row, column)] *= scale;
            }
        }
    }
    // RAS to LPS: x and y change sign. Nothing outside this file knows RAS.
    for column in 0..4 {
        ras[(0, column)] = -ras[(0, column)];
        ras[(1, column)] = -ras[(1, column)];
    }
    Ok(ras)
}

fn sform(raw: &NiftiHeader) -> Affine {
    let mut affine = Affine::identity();
    for (row, values) in [raw.srow_x, raw.srow_y, raw.srow_z].iter().enumerate() {
        for column in 0..4 {
            affine[(row, column)] = f64::from(values[column]);
        }
    }
    affine
}

fn qform(raw: &NiftiHeader, path: &std::path::Path) -> Result<Affine, NiftiError> {
    let [b, c, d] = [raw.quatern_b, raw.quatern_c, raw.quatern_d].map(f64::from);
    let rest = 1.0 - (b * b + c * c + d * d);
    // Slightly over one by rounding is common; clearly over one is no rotation.
    if rest.is_nan() || rest < -1e-3 {
        return Err(bad(path, "quaternion", [b, c, d]));
    }
    // Below single precision's rounding the fourth component is noise: `nifti1_io` takes it as 0, and so do we.
    let a = if rest < 1e-7 { 0.0 } else { rest.sqrt() };
    let quaternion = nalgebra::Quaternion::new(a, b, c, d);
    let rotation: Matrix3<f64> =
        nalgebra::UnitQuaternion::from_quaternion(quaternion).to_rotation_matrix().into_inner();
    let qfac = if raw.pixdim[0] < 0.0 { -1.0 } else { 1.0 };
    let spacing = Vector3::new(raw.pixdim[1], raw.pixdim[2], raw.pixdim[3]).map(f64::from);
    if !spacing.iter().all(|&s| s > 0.0 && s.is_finite()) {
        return Err(bad(path, "pixdim", &raw.pixdim[1..4]));
    }
    let mut affine = Affine::identity();
    affine.fixed_view_mut::<3, 3>(0, 0).copy_from(
        &(rotation * Matrix3::from_diagonal(&spacing.component_mul(&Vector3::new(1.0, 1.0, qfac)))),
    );
    let shift = Vector3::new(raw.quatern_x, raw.quatern_y, raw.quatern_z).map(f64::from);
    affine.fixed_view_mut::<3, 1>(0, 3).copy_from(&shift);
    Ok(affine)
}

/// Both orientations given, and a corner of the volume more than a millimetre apart between them.
fn warn_if_apart(sform: &Affine, qform: &Affine, raw: &NiftiHeader, warnings: &mut Vec<ReadWarning>) {
    let far =
        (0..8)
            .map(|corner| {
                let index = Vector3::from_fn(|axis, _| {
                    if corner >> axis & 1 == 1 { f64::from(raw.dim[axis + 1]) } else { 0.0 }
                });
                let at = |m: &Affine| m.transform_point(&index.into());
                (at(sform) - at(qform)).norm()
            })
            .fold(0.0, f64::max);
    if far > 1.0 {
        warnings.push(ReadWarning::new(
            ReadWarningKind::Geometry,
            format!("sform and qform place the volume up to {far:.1} mm apart; the sform was used"),
        ));
    }
}

/// The four extender bytes and the extension blocks up to the voxels.
fn read_extensions(
    source: &mut Source,
    offset: u64,
    little_endian: bool,
    warnings: &mut Vec<ReadWarning>,
) -> Result<Extensions, NiftiError> {
    let mut extender = [0u8; 4];
    source.fill(&mut extender, offset, HEADER_BYTES)?;
    let bytes = offset - HEADER_BYTES - 4;
    if extender[0] == 0 || bytes == 0 || bytes > MOST_EXTENSION_BYTES {
        source.skip(bytes)?;
        return Ok(Extensions::default());
    }
    let mut blocks = vec![0u8; bytes as usize];
    source.fill(&mut blocks, offset, HEADER_BYTES + 4)?;
    Ok(extension::read(&blocks, little_endian).unwrap_or_else(|doubt| {
        warnings.push(ReadWarning::new(
            ReadWarningKind::LabelNames,
            format!("the label names and notes in the header were not read: {doubt}"),
        ));
        Extensions::default()
    }))
}
