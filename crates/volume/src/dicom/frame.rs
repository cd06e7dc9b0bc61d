//! What one slice's header says: place, spacing, scaling, and which file has its pixels.

use super::DicomError;
use super::input::DicomFile;
use crate::{Point, Vector};
use dicom_core::Tag;
use dicom_dictionary_std::tags;
use dicom_object::{DefaultDicomObject, InMemDicomObject};
use std::path::{Path, PathBuf};

/// How stored pixels become numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PixelFormat {
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) bits_allocated: u16,
    pub(super) bits_stored: u16,
    pub(super) signed: bool,
}

/// One slice.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    /// Place of its file in the list of files.
    pub(super) file: usize,
    pub(super) path: PathBuf,
    /// Number of the frame in its file, from 0.
    pub(super) number: u32,
    pub(super) sop_uid: String,
    pub(super) position: Point,
    /// Unit vectors along a row (to the next column) and along a column (to the next row).
    pub(super) along_row: Vector,
    pub(super) along_column: Vector,
    /// Between rows, and between columns, mm.
    pub(super) row_spacing: f64,
    pub(super) column_spacing: f64,
    pub(super) slope: f64,
    pub(super) intercept: f64,
    pub(super) format: PixelFormat,
}

impl Frame {
    pub(super) fn normal(&self) -> Vector {
        self.along_row.cross(&self.along_column)
    }
}

pub(super) fn text(object: &InMemDicomObject, tag: Tag) -> String {
    object
        .get(tag)
        .and_then(|e| e.to_str().ok().map(|s| s.trim_matches([' ', '\0']).to_owned()))
        .unwrap_or_default()
}

pub(super) fn numbers(object: &InMemDicomObject, tag: Tag) -> Option<Vec<f64>> {
    let values = object.get(tag)?.to_multi_float64().ok()?;
    (!values.is_empty() && values.iter().all(|v| v.is_finite())).then_some(values)
}

fn whole(object: &InMemDicomObject, tag: Tag) -> Option<u32> {
    object.get(tag)?.to_int::<u32>().ok()
}

fn item(object: &InMemDicomObject, sequence: Tag, number: usize) -> Option<&InMemDicomObject> {
    object.get(sequence)?.items()?.get(number)
}

/// Values of one frame of an enhanced file: its own functional group, then the shared one, then the file itself.
struct Groups<'a> {
    own: Option<&'a InMemDicomObject>,
    shared: Option<&'a InMemDicomObject>,
    file: &'a InMemDicomObject,
}

impl Groups<'_> {
    fn numbers(&self, group: Tag, tag: Tag) -> Option<Vec<f64>> {
        [self.own, self.shared]
            .into_iter()
            .flatten()
            .find_map(|groups| numbers(item(groups, group, 0)?, tag))
            .or_else(|| numbers(self.file, tag))
    }
}

/// All slices that a file holds.
pub(super) fn of(
    object: &DefaultDicomObject,
    index: usize,
    file: &DicomFile,
) -> Result<Vec<Frame>, DicomError> {
    let path = &file.path;
    let missing = |what| DicomError::Attribute { path: path.clone(), what };
    let format = pixel_format(object, path)?;
    let count = match object.get(tags::NUMBER_OF_FRAMES) {
        Some(_) => whole(object, tags::NUMBER_OF_FRAMES)
            .filter(|&n| n > 0)
            .ok_or_else(|| missing("Number of Frames (0028,0008)"))?,
        None => 1,
    };
    let groups = object.get(tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE).and_then(|e| e.items());
    // The count is checked against what the header really holds before anything is made of it.
    if count > 1 && groups.is_none_or(|g| g.len() != count as usize) {
        return Err(missing("Per-frame Functional Groups Sequence (5200,9230)"));
    }
    check_size(object, path, file.size(), count, format)?;
    let sop_uid = text(object, tags::SOP_INSTANCE_UID);
    (0..count)
        .map(|number| {
            let groups = Groups {
                own: groups.and_then(|g| g.get(number as usize)),
                shared: item(object, tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE, 0),
                file: object,
            };
            frame(&groups, index, path, number, format, &sop_uid)
        })
        .collect()
}

fn frame(
    groups: &Groups<'_>,
    file: usize,
    path: &Path,
    number: u32,
    format: PixelFormat,
    sop_uid: &str,
) -> Result<Frame, DicomError> {
    let missing = |what| DicomError::Attribute { path: path.to_owned(), what };
    let position = groups
        .numbers(tags::PLANE_POSITION_SEQUENCE, tags::IMAGE_POSITION_PATIENT)
        .filter(|v| v.len() == 3)
        .ok_or_else(|| missing("Image Position (Patient) (0020,0032)"))?;
    let orientation = groups
        .numbers(tags::PLANE_ORIENTATION_SEQUENCE, tags::IMAGE_ORIENTATION_PATIENT)
        .filter(|v| v.len() == 6)
        .ok_or_else(|| missing("Image Orientation (Patient) (0020,0037)"))?;
    let spacing = groups
        .numbers(tags::PIXEL_MEASURES_SEQUENCE, tags::PIXEL_SPACING)
        .filter(|v| v.len() == 2 && v.iter().all(|&s| s > 1e-3 && s < 1e3))
        .ok_or_else(|| missing("Pixel Spacing (0028,0030)"))?;
    let one =
        |tag| groups.numbers(tags::PIXEL_VALUE_TRANSFORMATION_SEQUENCE, tag).and_then(|v| v.first().copied());
    let slope = one(tags::RESCALE_SLOPE).filter(|&s| s != 0.0).ok_or_else(|| {
        missing("Rescale Slope (0028,1053), without which pixels are not Hounsfield units,")
    })?;
    let intercept = one(tags::RESCALE_INTERCEPT).ok_or_else(|| {
        missing("Rescale Intercept (0028,1052), without which pixels are not Hounsfield units,")
    })?;
    let along_row = Vector::new(orientation[0], orientation[1], orientation[2]);
    let along_column = Vector::new(orientation[3], orientation[4], orientation[5]);
    let is_unit = |v: &Vector| (v.norm() - 1.0).abs() < 1e-2;
    if !is_unit(&along_row) || !is_unit(&along_column) || along_row.dot(&along_column).abs() > 1e-2 {
        return Err(missing("Image Orientation (Patient) (0020,0037), two unit vectors at a right angle,"));
    }
    Ok(Frame {
        file,
        path: path.to_owned(),
        number,
        sop_uid: sop_uid.to_owned(),
        position: Point::new(position[0], position[1], position[2]),
        along_row: along_row.normalize(),
        along_column: along_column.normalize(),
        row_spacing: spacing[0],
        column_spacing: spacing[1],
        slope,
        intercept,
        format,
    })
}

fn pixel_format(object: &InMemDicomObject, path: &Path) -> Result<PixelFormat, DicomError> {
    let missing = |what| DicomError::Attribute { path: path.to_owned(), what };
    let pixels = |what| DicomError::Pixels { path: path.to_owned(), what };
    let side = |tag| whole(object, tag).filter(|&n| n > 0 && n <= 0xffff).map(|n| n as usize);
    let bits = |tag| whole(object, tag).and_then(|n| u16::try_from(n).ok());
    let samples = whole(object, tags::SAMPLES_PER_PIXEL).unwrap_or(1);
    if samples != 1 {
        return Err(pixels(format!("its pixels have {samples} colours")));
    }
    let bits_allocated = bits(tags::BITS_ALLOCATED).ok_or_else(|| missing("Bits Allocated (0028,0100)"))?;
    if bits_allocated != 8 && bits_allocated != 16 {
        return Err(pixels(format!("its pixels have {bits_allocated} bits")));
    }
    let bits_stored = bits(tags::BITS_STORED)
        .filter(|&b| b > 0 && b <= bits_allocated)
        .ok_or_else(|| missing("Bits Stored (0028,0101)"))?;
    Ok(PixelFormat {
        rows: side(tags::ROWS).ok_or_else(|| missing("Rows (0028,0010)"))?,
        columns: side(tags::COLUMNS).ok_or_else(|| missing("Columns (0028,0011)"))?,
        bits_allocated,
        bits_stored,
        signed: whole(object, tags::PIXEL_REPRESENTATION) == Some(1),
    })
}

/// Uncompressed pixels cannot be more than the file has bytes; compressed CT is never packed a thousandfold.
fn check_size(
    object: &DefaultDicomObject,
    path: &Path,
    size: u64,
    count: u32,
    format: PixelFormat,
) -> Result<(), DicomError> {
    let bytes = u64::from(format.bits_allocated / 8);
    let needed = (format.rows as u64 * format.columns as u64 * bytes).saturating_mul(count.into());
    let syntax = object.meta().transfer_syntax().trim_end_matches(['\0', ' ']);
    let native = matches!(syntax, "1.2.840.10008.1.2" | "1.2.840.10008.1.2.1");
    let most = if native { size } else { size.saturating_mul(1000) };
    if needed > most {
        return Err(DicomError::Truncated { path: path.to_owned(), needed, found: size });
    }
    Ok(())
}
