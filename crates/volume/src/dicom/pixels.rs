//! Pixels of one slice, decoded and in Hounsfield units.

use super::DicomError;
use super::frame::{Frame, PixelFormat};
use crate::AIR_HU;
use dicom_core::value::{PrimitiveValue, Value};
use dicom_dictionary_std::tags;
use dicom_object::DefaultDicomObject;
use dicom_pixeldata::PixelDecoder;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Writes a slice of an opened file as Hounsfield units of at least -1024.
pub(super) fn hounsfield(
    object: &DefaultDicomObject,
    frame: &Frame,
    out: &mut [i16],
) -> Result<(), DicomError> {
    let decode = |why: String| DicomError::Decode { path: frame.path.clone(), why };
    let count = frame.format.rows * frame.format.columns;
    let start = count * frame.number as usize;
    let to_hu = ToHounsfield::new(frame);
    let short = |found: usize| DicomError::Truncated {
        path: frame.path.clone(),
        needed: ((start + count) * usize::from(frame.format.bits_allocated / 8)) as u64,
        found: found as u64,
    };
    let element = object
        .get(tags::PIXEL_DATA)
        .ok_or_else(|| DicomError::Attribute { path: frame.path.clone(), what: "Pixel Data (7FE0,0010)" })?;
    match element.value() {
        Value::Primitive(PrimitiveValue::U16(words)) if frame.format.bits_allocated == 16 => {
            let words = words.get(start..start + count).ok_or_else(|| short(2 * words.len()))?;
            out.iter_mut().zip(words).for_each(|(hu, &word)| *hu = to_hu.of(word));
        }
        Value::Primitive(value) => {
            let bytes = value.to_bytes();
            to_hu.all(&bytes, start, out).ok_or_else(|| short(bytes.len()))?;
        }
        Value::PixelSequence(sequence) => {
            let first = if sequence.fragments().len() > 1 { frame.number as usize } else { 0 };
            if let Some(fragment) = sequence.fragments().get(first) {
                same_size(fragment, frame.format).map_err(decode)?;
            }
            // Codecs are other people's code and see other people's bytes: a panic in one is a damaged file.
            let decoded = catch_unwind(AssertUnwindSafe(|| object.decode_pixel_data_frame(frame.number)))
                .map_err(|_| decode("the decoder gave up on damaged data".to_owned()))?
                .map_err(|error| decode(chain(&error)))?;
            let bytes = decoded.data();
            to_hu
                .all(bytes, 0, out)
                .ok_or_else(|| decode(format!("{} bytes came out, too few for the slice", bytes.len())))?;
        }
        Value::Sequence(_) => return Err(decode("its pixels are a sequence".to_owned())),
    }
    Ok(())
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text += &format!(": {inner}");
        cause = inner.source();
    }
    text
}

/// Stored pixel to Hounsfield units.
struct ToHounsfield {
    format: PixelFormat,
    slope: f64,
    intercept: f64,
    /// The common case, slope 1 and a whole intercept, in whole numbers.
    whole: Option<i32>,
}

impl ToHounsfield {
    fn new(frame: &Frame) -> Self {
        let whole = (frame.slope == 1.0 && frame.intercept.fract() == 0.0 && frame.intercept.abs() < 1e6)
            .then_some(frame.intercept as i32);
        Self { format: frame.format, slope: frame.slope, intercept: frame.intercept, whole }
    }

    fn of(&self, word: u16) -> i16 {
        let mut stored = if self.format.signed { i32::from(word as i16) } else { i32::from(word) };
        let half = 1i32 << (self.format.bits_stored - 1);
        // A negative number whose sign was not carried into the bits above those stored.
        if self.format.signed && stored >= half && stored < 2 * half {
            stored -= 2 * half;
        }
        let hu = match self.whole {
            Some(intercept) => stored + intercept,
            None => (self.slope * f64::from(stored) + self.intercept).round() as i32,
        };
        hu.clamp(AIR_HU.into(), i16::MAX.into()) as i16
    }

    /// Nothing if there are too few bytes.
    fn all(&self, bytes: &[u8], start: usize, out: &mut [i16]) -> Option<()> {
        if self.format.bits_allocated == 8 {
            let bytes = bytes.get(start..start + out.len())?;
            out.iter_mut().zip(bytes).for_each(|(hu, &b)| {
                let word = if self.format.signed { i16::from(b as i8) as u16 } else { b.into() };
                *hu = self.of(word);
            });
        } else {
            let words = bytes.get(2 * start..2 * (start + out.len()))?.as_chunks::<2>().0;
            out.iter_mut().zip(words).for_each(|(hu, &w)| *hu = self.of(u16::from_le_bytes(w)));
        }
        Some(())
    }
}

/// Whether a JPEG, JPEG-LS or JPEG 2000 stream has the size that the DICOM header says: decoders believe the stream.
fn same_size(stream: &[u8], format: PixelFormat) -> Result<(), String> {
    let found = match stream {
        [0xff, 0xd8, ..] => jpeg_size(stream),
        [0xff, 0x4f, 0xff, 0x51, ..] => jpeg_2000_size(stream),
        // RLE has no size of its own; a wrapped or unknown stream is the decoder's to refuse.
        _ => None,
    };
    match found {
        Some(size) if size != (format.rows as u64, format.columns as u64) => Err(format!(
            "the compressed picture is {} x {} and the header says {} x {}",
            size.1, size.0, format.columns, format.rows
        )),
        _ => Ok(()),
    }
}

/// Lines and samples per line of the frame header (ITU-T T.81, B.2.2; JPEG-LS has the same form).
fn jpeg_size(stream: &[u8]) -> Option<(u64, u64)> {
    let mut at = 2;
    while let [0xff, marker, a, b, ..] = *stream.get(at..)? {
        if marker == 0xff {
            at += 1;
            continue;
        }
        if matches!(marker, 0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf | 0xf7) {
            let size = stream.get(at + 5..at + 9)?;
            let pair = |n: usize| u64::from(u16::from_be_bytes([size[n], size[n + 1]]));
            return Some((pair(0), pair(2)));
        }
        at += 2 + usize::from(u16::from_be_bytes([a, b]));
    }
    None
}

/// Height and width of the SIZ segment (ITU-T T.800, A.5.1).
fn jpeg_2000_size(stream: &[u8]) -> Option<(u64, u64)> {
    let siz = stream.get(8..24)?;
    let word = |n: usize| u64::from(u32::from_be_bytes([siz[n], siz[n + 1], siz[n + 2], siz[n + 3]]));
    Some((word(4).saturating_sub(word(12)), word(0).saturating_sub(word(8))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compressed_picture_of_another_size_is_refused() {
        let format = PixelFormat { rows: 4, columns: 6, bits_allocated: 16, bits_stored: 12, signed: false };
        // SOI, an APP0 of 4 bytes, SOF3: length 11, precision 12, 4 lines of 6 samples.
        let jpeg = [0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xc3, 0, 11, 12, 0, 4, 0, 6, 1, 1, 0x11, 0];
        assert_eq!(same_size(&jpeg, format), Ok(()));
        let wide = PixelFormat { columns: 7, ..format };
        assert!(same_size(&jpeg, wide).unwrap_err().contains("6 x 4"));
        assert_eq!(jpeg_size(&jpeg[..12]), None);
    }
}
