//! What several tests need: hand-made files, and the shared CTs.
#![allow(dead_code, clippy::print_stdout)] // not every test uses all of it; a skipped test says so

pub(crate) mod dicom;

use rami_volume::Affine;
use std::path::{Path, PathBuf};

/// A folder of the shared data, or nothing (said in a line) where it is missing.
pub(crate) fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(name);
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: {} is not here", path.display());
    None
}

/// A NIfTI file made by hand, so that the reader is not tested with its own writer alone.
pub(crate) struct NiftiBytes {
    pub(crate) dim: [i16; 8],
    pub(crate) pixdim: [f32; 8],
    pub(crate) srow: [[f32; 4]; 3],
    pub(crate) sform_code: i16,
    pub(crate) qform_code: i16,
    pub(crate) quaternion: [f32; 3],
    pub(crate) slope: f32,
    pub(crate) intercept: f32,
    pub(crate) vox_offset: f32,
    pub(crate) units: u8,
    pub(crate) magic: [u8; 4],
    pub(crate) big_endian: bool,
}

impl NiftiBytes {
    /// With this affine to LPS as the sform.
    pub(crate) fn new(dims: [usize; 3], affine: &Affine) -> Self {
        let sign = [-1.0, -1.0, 1.0];
        let srow = std::array::from_fn(|row| {
            std::array::from_fn(|column| (sign[row] * affine[(row, column)]) as f32)
        });
        Self {
            dim: [3, dims[0] as i16, dims[1] as i16, dims[2] as i16, 1, 1, 1, 1],
            pixdim: [1.0; 8],
            srow,
            sform_code: 1,
            qform_code: 0,
            quaternion: [0.0; 3],
            slope: 1.0,
            intercept: 0.0,
            vox_offset: 352.0,
            units: 2,
            magic: *b"n+1\0",
            big_endian: false,
        }
    }

    /// Says the same by the qform and forgets the sform.
    pub(crate) fn use_qform(&mut self) {
        let mut m = nalgebra::Matrix3::from_fn(|r, c| f64::from(self.srow[r][c]));
        for axis in 0..3 {
            let length = m.column(axis).norm();
            self.pixdim[axis + 1] = length as f32;
            m.column_mut(axis).scale_mut(1.0 / length);
        }
        self.pixdim[0] = if m.determinant() < 0.0 { -1.0 } else { 1.0 };
        m.column_mut(2).scale_mut(f64::from(self.pixdim[0]));
        let q =
            nalgebra::UnitQuaternion::from_rotation_matrix(&nalgebra::Rotation3::from_matrix_unchecked(m));
        let sign = if q.w < 0.0 { -1.0 } else { 1.0 };
        self.quaternion = [q.i, q.j, q.k].map(|v| (v * sign) as f32);
        self.sform_code = 0;
        self.qform_code = 1;
    }

    /// The bytes of the file, with these voxels stored as a NIfTI type.
    pub(crate) fn with(&self, code: i16, voxels: &[f64]) -> Vec<u8> {
        let mut head = vec![0u8; 352];
        let big = self.big_endian;
        let mut put = |at: usize, mut bytes: Vec<u8>| {
            if big {
                bytes.reverse();
            }
            head[at..at + bytes.len()].copy_from_slice(&bytes);
        };
        let i16s = |v: i16| v.to_le_bytes().to_vec();
        let f32s = |v: f32| v.to_le_bytes().to_vec();
        put(0, 348i32.to_le_bytes().to_vec());
        for (n, v) in self.dim.iter().enumerate() {
            put(40 + 2 * n, i16s(*v));
        }
        put(70, i16s(code));
        for (n, v) in self.pixdim.iter().enumerate() {
            put(76 + 4 * n, f32s(*v));
        }
        put(108, f32s(self.vox_offset));
        put(112, f32s(self.slope));
        put(116, f32s(self.intercept));
        put(123, vec![self.units]);
        put(252, i16s(self.qform_code));
        put(254, i16s(self.sform_code));
        for n in 0..3 {
            put(256 + 4 * n, f32s(self.quaternion[n]));
            put(268 + 4 * n, f32s(self.srow[n][3]));
            for column in 0..4 {
                put(280 + 16 * n + 4 * column, f32s(self.srow[n][column]));
            }
        }
        head[344..348].copy_from_slice(&self.magic);
        for &v in voxels {
            let mut bytes: Vec<u8> = match code {
                2 => vec![v as u8],
                256 => (v as i8).to_le_bytes().to_vec(),
                4 => (v as i16).to_le_bytes().to_vec(),
                512 => (v as u16).to_le_bytes().to_vec(),
                8 => (v as i32).to_le_bytes().to_vec(),
                768 => (v as u32).to_le_bytes().to_vec(),
                1024 => (v as i64).to_le_bytes().to_vec(),
                1280 => (v as u64).to_le_bytes().to_vec(),
                16 => (v as f32).to_le_bytes().to_vec(),
                _ => v.to_le_bytes().to_vec(),
            };
            if big {
                bytes.reverse();
            }
            head.extend_from_slice(&bytes);
        }
        head
    }
}
