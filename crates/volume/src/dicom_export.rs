//! Writing a CT as a DICOM series: one CT Image Storage file a slice, explicit VR little endian, uncompressed.
//!
//! Source: DICOM PS3.3 A.3 (CT image), C.7.6.2 (image plane), C.8.2.1 (CT image); PS3.5 7.1.2 (explicit VR), B.2 (UIDs under
//! 2.25); PS3.10 7.1 (file meta). Pixels are signed 16-bit HU with slope 1 and intercept 0. Limits: volumes whose axes are
//! not orthogonal are refused by construction of the orientation (columns of the affine are normalised).

use crate::{Ct, files};
use std::path::{Path, PathBuf};

/// What the files say about the person and the series.
#[derive(Debug, Clone, Default)]
pub struct SeriesText {
    /// Patient's name, `Family^Given`.
    pub patient_name: String,
    /// Patient ID.
    pub patient_id: String,
    /// `F`, `M` or empty.
    pub sex: String,
    /// DICOM patient position, for example `HFP`.
    pub patient_position: String,
    /// Description of the series.
    pub description: String,
    /// Number that the unique identifiers are derived from: the same number gives the same identifiers.
    pub identity: u128,
}

/// Why a series was not written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The file system refused.
    #[error("cannot write {path}: {source}")]
    Io {
        /// The file that was to be written.
        path: PathBuf,
        /// What the file system says.
        source: std::io::Error,
    },
    /// Rows and columns are 16-bit numbers.
    #[error("DICOM holds at most 65535 rows and columns, and these are {0:?}; crop the volume")]
    TooLarge([usize; 3]),
}

const CT_IMAGE_STORAGE: &str = "1.2.840.10008.5.1.4.1.1.2";
const EXPLICIT_LITTLE_ENDIAN: &str = "1.2.840.10008.1.2.1";

/// Elements of one data set, in ascending order of tag.
struct DataSet(Vec<u8>);

impl DataSet {
    fn put(&mut self, group: u16, element: u16, vr: &[u8; 2], value: &[u8], pad: u8) {
        self.0.extend_from_slice(&group.to_le_bytes());
        self.0.extend_from_slice(&element.to_le_bytes());
        self.0.extend_from_slice(vr);
        let odd = value.len() % 2;
        let length = value.len() + odd;
        if matches!(vr, b"OB" | b"OW" | b"UN" | b"UT" | b"SQ") {
            self.0.extend_from_slice(&[0, 0]);
            self.0.extend_from_slice(&(length as u32).to_le_bytes());
        } else {
            self.0.extend_from_slice(&(length as u16).to_le_bytes());
        }
        self.0.extend_from_slice(value);
        if odd == 1 {
            self.0.push(pad);
        }
    }

    fn text(&mut self, group: u16, element: u16, vr: &[u8; 2], value: &str) {
        self.put(group, element, vr, value.as_bytes(), if vr == b"UI" { 0 } else { b' ' });
    }

    fn number(&mut self, group: u16, element: u16, value: u16) {
        self.put(group, element, b"US", &value.to_le_bytes(), 0);
    }
}

/// A unique identifier under 2.25 from a number and a role.
fn uid(identity: u128, role: u64) -> String {
    // An odd multiplier keeps different roles of one number, and one role of different numbers, apart.
    let mixed = (identity ^ (u128::from(role) << 64)).wrapping_mul(0x2D99_787E_0FD9_51B1_9E37_79B9_7F4A_7C15)
        ^ u128::from(role).wrapping_mul(0xD134_2543_DE82_EF95_0A5D_1B54_A32D_192B);
    format!("2.25.{mixed}")
}

/// A decimal string of at most 16 characters.
fn decimal(value: f64) -> String {
    let mut digits = 8;
    loop {
        let text = format!("{value:.digits$}");
        if text.len() <= 16 || digits == 0 {
            return text;
        }
        digits -= 1;
    }
}

fn decimals(values: &[f64]) -> String {
    values.iter().map(|&v| decimal(v)).collect::<Vec<_>>().join("\\")
}

/// Writes `IM00001.dcm` and on into a folder, which is made if need be; each file appears complete or not at all.
///
/// # Errors
/// [`ExportError`] when the file system refuses or a slice is too large.
pub fn write_series(folder: &Path, ct: &Ct, text: &SeriesText) -> Result<(), ExportError> {
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| ExportError::Io { path, source }
    };
    std::fs::create_dir_all(folder).map_err(io(folder))?;
    let [nx, ny, nz] = ct.grid().dims();
    if nx > 65535 || ny > 65535 {
        return Err(ExportError::TooLarge([nx, ny, nz]));
    }
    for k in 0..nz {
        let bytes = slice(ct, text, k);
        let path = folder.join(format!("IM{:05}.dcm", k + 1));
        files::write(&path, &bytes).map_err(io(&path))?;
    }
    Ok(())
}

/// The file of one slice.
fn slice(ct: &Ct, text: &SeriesText, k: usize) -> Vec<u8> {
    let grid = ct.grid();
    let [nx, ny, _] = grid.dims();
    let spacing = grid.spacing();
    let instance = uid(text.identity, 16 + k as u64);

    let mut meta = DataSet(Vec::new());
    meta.put(2, 0x0001, b"OB", &[0, 1], 0);
    meta.text(2, 0x0002, b"UI", CT_IMAGE_STORAGE);
    meta.text(2, 0x0003, b"UI", &instance);
    meta.text(2, 0x0010, b"UI", EXPLICIT_LITTLE_ENDIAN);
    meta.text(2, 0x0012, b"UI", &uid(0x5261_6D69, 0));
    meta.text(2, 0x0013, b"SH", "RAMI");

    let row = grid.axis(0).normalize();
    let column = grid.axis(1).normalize();
    let position = grid.to_lps([0.0, 0.0, k as f64]);
    let mut d = DataSet(Vec::with_capacity(2 * nx * ny + 2048));
    d.text(0x0008, 0x0005, b"CS", "ISO_IR 192");
    d.text(0x0008, 0x0008, b"CS", "ORIGINAL\\PRIMARY\\AXIAL");
    d.text(0x0008, 0x0016, b"UI", CT_IMAGE_STORAGE);
    d.text(0x0008, 0x0018, b"UI", &instance);
    d.text(0x0008, 0x0020, b"DA", "");
    d.text(0x0008, 0x0030, b"TM", "");
    d.text(0x0008, 0x0050, b"SH", "");
    d.text(0x0008, 0x0060, b"CS", "CT");
    d.text(0x0008, 0x0070, b"LO", "Rami");
    d.text(0x0008, 0x0090, b"PN", "");
    d.text(0x0008, 0x103E, b"LO", &text.description);
    d.text(0x0010, 0x0010, b"PN", &text.patient_name);
    d.text(0x0010, 0x0020, b"LO", &text.patient_id);
    d.text(0x0010, 0x0030, b"DA", "");
    d.text(0x0010, 0x0040, b"CS", &text.sex);
    // An unpaired part of the body: a series without it would need a laterality.
    d.text(0x0018, 0x0015, b"CS", "LSPINE");
    d.text(0x0018, 0x0050, b"DS", &decimal(spacing[2]));
    d.text(0x0018, 0x0060, b"DS", "120");
    d.text(0x0018, 0x5100, b"CS", &text.patient_position);
    d.text(0x0020, 0x000D, b"UI", &uid(text.identity, 1));
    d.text(0x0020, 0x000E, b"UI", &uid(text.identity, 2));
    d.text(0x0020, 0x0010, b"SH", "1");
    d.text(0x0020, 0x0011, b"IS", "1");
    d.text(0x0020, 0x0012, b"IS", "1");
    d.text(0x0020, 0x0013, b"IS", &(k + 1).to_string());
    d.text(0x0020, 0x0032, b"DS", &decimals(&[position.x, position.y, position.z]));
    d.text(0x0020, 0x0037, b"DS", &decimals(&[row.x, row.y, row.z, column.x, column.y, column.z]));
    d.text(0x0020, 0x0052, b"UI", &uid(text.identity, 3));
    d.text(0x0020, 0x1040, b"LO", "");
    d.number(0x0028, 0x0002, 1);
    d.text(0x0028, 0x0004, b"CS", "MONOCHROME2");
    d.number(0x0028, 0x0010, ny as u16);
    d.number(0x0028, 0x0011, nx as u16);
    d.text(0x0028, 0x0030, b"DS", &decimals(&[spacing[1], spacing[0]]));
    d.number(0x0028, 0x0100, 16);
    d.number(0x0028, 0x0101, 16);
    d.number(0x0028, 0x0102, 15);
    d.number(0x0028, 0x0103, 1);
    d.text(0x0028, 0x1050, b"DS", "40");
    d.text(0x0028, 0x1051, b"DS", "400");
    d.text(0x0028, 0x1052, b"DS", "0");
    d.text(0x0028, 0x1053, b"DS", "1");
    d.text(0x0028, 0x1054, b"LO", "HU");
    let area = nx * ny;
    let pixels: Vec<u8> = ct.data()[k * area..(k + 1) * area].iter().flat_map(|v| v.to_le_bytes()).collect();
    d.put(0x7FE0, 0x0010, b"OW", &pixels, 0);

    let mut file = vec![0u8; 128];
    file.extend_from_slice(b"DICM");
    let mut length = DataSet(Vec::new());
    length.put(2, 0, b"UL", &(meta.0.len() as u32).to_le_bytes(), 0);
    file.extend_from_slice(&length.0);
    file.extend_from_slice(&meta.0);
    file.extend_from_slice(&d.0);
    file
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Grid, Point, Volume};

    #[test]
    fn identifiers_are_valid_and_different() {
        let all: std::collections::BTreeSet<String> = (0..400).map(|role| uid(7, role)).collect();
        assert_eq!(all.len(), 400);
        assert!(
            all.iter().all(|u| u.len() <= 64 && !u.contains(".0")),
            "a component may not begin with zero"
        );
        assert_ne!(uid(1, 1), uid(2, 1));
    }

    #[test]
    fn decimal_strings_fit_in_sixteen_characters() {
        for v in [-0.123_456_789, 1_234.567_890_12, -98_765.432_1, 0.0] {
            let text = decimal(v);
            assert!(text.len() <= 16 && (text.parse::<f64>().unwrap() - v).abs() < 1e-6, "{text}");
        }
    }

    #[test]
    fn a_slice_carries_its_place_and_its_pixels() {
        let grid = Grid::upright([3, 2, 2], [0.5, 0.75, 2.0], Point::new(-1.0, 2.0, 30.0)).unwrap();
        let ct = Volume::new(grid, (0..12).map(|v| v * 100 - 1000).collect()).unwrap();
        let bytes = slice(&ct, &SeriesText { identity: 5, ..SeriesText::default() }, 1);
        assert_eq!(&bytes[128..132], b"DICM");
        assert_eq!(&bytes[bytes.len() - 12..bytes.len() - 10], &(-400i16).to_le_bytes());
        let text = String::from_utf8_lossy(&bytes);
        assert!(text.contains("-1.00000000\\2.00000000\\32.00000000"));
        assert!(text.contains("0.75000000\\0.50000000"), "row spacing first");
    }
}
