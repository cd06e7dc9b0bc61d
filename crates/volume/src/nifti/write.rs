//! Writing NIfTI-1: to a temporary file beside the target, renamed when complete.

use super::extension;
use crate::{Affine, Volume, files};
use flate2::GzBuilder;
use nalgebra::{Matrix3, Rotation3, UnitQuaternion};
use std::collections::BTreeMap;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// How hard `.nii.gz` is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Compression {
    /// Quick: about a tenth larger, several times faster.
    #[default]
    Fast,
    /// Small, for files that are kept.
    Small,
}

/// What goes into the file beside the voxels.
#[derive(Debug, Clone, Default)]
pub struct WriteOptions<'a> {
    /// Names of label numbers, for the header extension.
    pub names: Option<&'a BTreeMap<u16, String>>,
    /// A comment, for the header extension.
    pub comment: Option<&'a str>,
    /// How hard to pack; ignored for `.nii`.
    pub compression: Compression,
}

/// Why a file was not written. Nothing half-written is left behind.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The file system refused.
    #[error("cannot write {path}: {source}")]
    Io {
        /// The file that was to be written.
        path: PathBuf,
        /// What the file system says.
        source: std::io::Error,
    },
    /// NIfTI-1 stores sides as 16-bit numbers.
    #[error(
        "cannot write {path}: NIfTI-1 holds at most 32767 voxels a side, and these are {dims:?}; crop the volume"
    )]
    TooLarge {
        /// The file that was to be written.
        path: PathBuf,
        /// Voxels a side.
        dims: [usize; 3],
    },
}

/// A type that NIfTI-1 stores.
pub trait NiftiVoxel: Copy + Sync {
    /// NIfTI's code for the type.
    const DATATYPE: i16;
    /// Bytes of one voxel.
    const BYTES: usize;
    /// Appends the little-endian bytes.
    fn put(self, out: &mut Vec<u8>);
}

macro_rules! nifti_voxel {
    ($($type:ty = $code:literal),*) => {$(
        impl NiftiVoxel for $type {
            const DATATYPE: i16 = $code;
            const BYTES: usize = size_of::<$type>();
            fn put(self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_le_bytes());
            }
        }
    )*};
}
nifti_voxel!(u8 = 2, i16 = 4, f32 = 16, u16 = 512);

/// Writes a volume; a path that ends in `.gz` is compressed. The same volume gives the same bytes.
///
/// # Errors
/// [`WriteError`] when the file system refuses or the volume is too large for NIfTI-1.
pub fn write<T: NiftiVoxel>(
    path: &Path,
    volume: &Volume<T>,
    options: &WriteOptions<'_>,
) -> Result<(), WriteError> {
    write_frames(path, std::slice::from_ref(volume), None, options)
}

/// Writes volumes of one grid one after another as a fourth axis, `step_s` seconds apart.
///
/// # Errors
/// As [`write`], also when there are none or they differ in size.
pub fn write_series<T: NiftiVoxel>(
    path: &Path,
    frames: &[Volume<T>],
    step_s: f64,
    options: &WriteOptions<'_>,
) -> Result<(), WriteError> {
    write_frames(path, frames, Some(step_s), options)
}

fn write_frames<T: NiftiVoxel>(
    path: &Path,
    frames: &[Volume<T>],
    step_s: Option<f64>,
    options: &WriteOptions<'_>,
) -> Result<(), WriteError> {
    let io = |source| WriteError::Io { path: path.to_owned(), source };
    let wrong = |text: &str| io(std::io::Error::new(std::io::ErrorKind::InvalidInput, text));
    let volume = frames.first().ok_or_else(|| wrong("a series needs at least one volume"))?;
    if frames.iter().any(|frame| frame.grid().dims() != volume.grid().dims()) {
        return Err(wrong("the volumes of a series must have one size"));
    }
    let mut head = head(path, volume, options)?;
    if let Some(step_s) = step_s {
        let count = i16::try_from(frames.len()).map_err(|_| wrong("a series holds at most 32767 volumes"))?;
        head[40..42].copy_from_slice(&4i16.to_le_bytes());
        head[48..50].copy_from_slice(&count.to_le_bytes());
        head[92..96].copy_from_slice(&(step_s as f32).to_le_bytes());
        head[123] = 2 + 8; // millimetres and seconds
    }
    let file = files::beside(path).map_err(io)?;
    {
        let mut out = BufWriter::with_capacity(1 << 18, file.as_file());
        if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("gz")) {
            let level = match options.compression {
                Compression::Fast => flate2::Compression::new(1),
                Compression::Small => flate2::Compression::new(6),
            };
            // No time stamp and no name in the gzip header: the same volume gives the same bytes.
            let mut packed = GzBuilder::new().mtime(0).write(&mut out, level);
            put(&mut packed, &head, frames).map_err(io)?;
            packed.finish().map_err(io)?;
        } else {
            put(&mut out, &head, frames).map_err(io)?;
        }
        out.flush().map_err(io)?;
    }
    file.persist(path).map_err(|e| io(e.error))?;
    Ok(())
}

fn put<T: NiftiVoxel>(out: &mut impl Write, head: &[u8], frames: &[Volume<T>]) -> std::io::Result<()> {
    out.write_all(head)?;
    let mut bytes = Vec::with_capacity(T::BYTES << 16);
    for block in frames.iter().flat_map(|volume| volume.data().chunks(1 << 16)) {
        bytes.clear();
        block.iter().for_each(|v| v.put(&mut bytes));
        out.write_all(&bytes)?;
    }
    Ok(())
}

/// Header, extender and extension: everything before the first voxel.
fn head<T: NiftiVoxel>(
    path: &Path,
    volume: &Volume<T>,
    options: &WriteOptions<'_>,
) -> Result<Vec<u8>, WriteError> {
    let grid = volume.grid();
    let dims = grid.dims();
    let too_large = || WriteError::TooLarge { path: path.to_owned(), dims };
    let mut sides = [1i16; 3];
    for axis in 0..3 {
        sides[axis] = i16::try_from(dims[axis]).map_err(|_| too_large())?;
    }
    let mut block = options.names.map(extension::encode).unwrap_or_default();
    block.extend(options.comment.map(extension::encode_comment).unwrap_or_default());
    let offset = 352 + block.len();

    let mut head = vec![0u8; 352];
    let mut at = |place: usize, bytes: &[u8]| head[place..place + bytes.len()].copy_from_slice(bytes);
    at(0, &348i32.to_le_bytes());
    at(38, b"r");
    for (n, side) in [3, sides[0], sides[1], sides[2], 1, 1, 1, 1].into_iter().enumerate() {
        at(40 + 2 * n, &side.to_le_bytes());
    }
    // NIFTI_INTENT_LABEL for a map with names.
    at(68, &if options.names.is_some() { 1002i16 } else { 0 }.to_le_bytes());
    at(70, &T::DATATYPE.to_le_bytes());
    at(72, &(8 * T::BYTES as i16).to_le_bytes());
    at(108, &(offset as f32).to_le_bytes());
    at(112, &1f32.to_le_bytes());
    at(123, &[2]); // millimetres
    let text = concat!("Rami ", env!("CARGO_PKG_VERSION"));
    at(148, text.as_bytes());

    // LPS to RAS.
    let mut ras = *grid.index_to_lps();
    for column in 0..4 {
        ras[(0, column)] = -ras[(0, column)];
        ras[(1, column)] = -ras[(1, column)];
    }
    at(254, &1i16.to_le_bytes());
    for row in 0..3 {
        for column in 0..4 {
            at(280 + 16 * row + 4 * column, &(ras[(row, column)] as f32).to_le_bytes());
        }
    }
    let spacing = grid.spacing();
    let quaternion = quaternion(&ras, spacing);
    at(76, &quaternion.map_or(1f32, |(qfac, _)| qfac).to_le_bytes());
    for axis in 0..3 {
        at(80 + 4 * axis, &(spacing[axis] as f32).to_le_bytes());
        at(268 + 4 * axis, &(ras[(axis, 3)] as f32).to_le_bytes());
    }
    if let Some((_, bcd)) = quaternion {
        at(252, &1i16.to_le_bytes());
        for axis in 0..3 {
            at(256 + 4 * axis, &(bcd[axis] as f32).to_le_bytes());
        }
    }
    at(344, b"n+1\0");
    at(348, &[u8::from(!block.is_empty()), 0, 0, 0]);
    head.extend_from_slice(&block);
    Ok(head)
}

/// `qfac` and the quaternion's b, c, d, when the axes are at right angles; else only the sform can say it.
fn quaternion(ras: &Affine, spacing: [f64; 3]) -> Option<(f32, [f64; 3])> {
    let mut rotation: Matrix3<f64> = ras.fixed_view::<3, 3>(0, 0).into();
    for axis in 0..3 {
        rotation.column_mut(axis).scale_mut(1.0 / spacing[axis]);
    }
    if (rotation.transpose() * rotation - Matrix3::identity()).amax() > 1e-4 {
        return None;
    }
    let qfac = if rotation.determinant() < 0.0 { -1.0 } else { 1.0 };
    rotation.column_mut(2).scale_mut(qfac);
    let q = UnitQuaternion::from_rotation_matrix(&Rotation3::from_matrix_unchecked(rotation));
    let sign = if q.w < 0.0 { -1.0 } else { 1.0 };
    Some((qfac as f32, [q.i * sign, q.j * sign, q.k * sign]))
}
