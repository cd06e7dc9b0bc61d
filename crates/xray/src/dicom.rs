//! A picture as an X-Ray Angiographic Image (PS3.3 A.14), with the angles, distances and spacing it was taken with.
//!
//! The isocentre in the patient has no place in that object. It stands in a private block, creator `RAMI XRAY 1` at
//! (0031,0010): (0031,1001) FD, three values, LPS mm. Dates and the person's name are left empty or plainly artificial:
//! this room knows neither clock nor patient. UIDs are made from the content, so the same picture has the same UID.

use crate::chain::Exposure;
use crate::{GeometryError, Image, View, XRayAttributes};
use dicom_core::{DataElement, PrimitiveValue, Tag, VR};
use dicom_dictionary_std::{tags, uids};
use dicom_object::{FileMetaTableBuilder, InMemDicomObject};
use rami_volume::Point;

/// Why a picture cannot be written or a geometry not read.
#[derive(Debug, thiserror::Error)]
pub enum DicomError {
    /// The geometry does not fit.
    #[error(transparent)]
    Geometry(#[from] GeometryError),
    /// The object cannot be written.
    #[error("the DICOM object cannot be written: {0}")]
    Write(String),
    /// The file is not readable as DICOM.
    #[error("not a readable DICOM file: {0}")]
    Read(String),
    /// An attribute is missing or not a number.
    #[error("the DICOM file has no usable {0}; without it the C-arm's pose is not known")]
    Attribute(&'static str),
}

const CREATOR: Tag = Tag(0x0031, 0x0010);
const ISOCENTRE: Tag = Tag(0x0031, 0x1001);

/// The bytes of a file: one frame, 8 bits, explicit VR little endian.
///
/// # Errors
/// [`DicomError`] when there are more than 65,535 rows or columns, or the encoder refuses.
pub fn angiogram(
    view: &View,
    picture: &Image<u8>,
    exposure: Option<&Exposure>,
) -> Result<Vec<u8>, DicomError> {
    let attributes = XRayAttributes::from_pose(view.pose(), view.detector())?;
    let isocentre = view.pose().isocentre;
    let uid = |kind: u8| content_uid(kind, picture.data(), &attributes, &isocentre);
    let mut object = InMemDicomObject::new_empty();
    let mut text = |tag: Tag, vr: VR, value: &str| {
        object.put(DataElement::new(tag, vr, PrimitiveValue::from(value)));
    };
    let ds = |values: &[f64]| values.iter().map(|v| decimal(*v)).collect::<Vec<_>>().join("\\");
    text(tags::SPECIFIC_CHARACTER_SET, VR::CS, "ISO_IR 192");
    text(tags::IMAGE_TYPE, VR::CS, "DERIVED\\PRIMARY\\SINGLE PLANE");
    text(tags::SOP_CLASS_UID, VR::UI, uids::X_RAY_ANGIOGRAPHIC_IMAGE_STORAGE);
    text(tags::SOP_INSTANCE_UID, VR::UI, &uid(1));
    for (tag, vr) in [
        (tags::STUDY_DATE, VR::DA),
        (tags::STUDY_TIME, VR::TM),
        (tags::ACCESSION_NUMBER, VR::SH),
        (tags::REFERRING_PHYSICIAN_NAME, VR::PN),
        (tags::PATIENT_BIRTH_DATE, VR::DA),
        (tags::PATIENT_SEX, VR::CS),
        (tags::X_RAY_TUBE_CURRENT, VR::IS),
        (tags::EXPOSURE_TIME, VR::IS),
        (tags::EXPOSURE, VR::IS),
    ] {
        text(tag, vr, "");
    }
    text(tags::STUDY_ID, VR::SH, "1");
    text(tags::MODALITY, VR::CS, "XA");
    text(tags::MANUFACTURER, VR::LO, "Rami");
    text(tags::MANUFACTURER_MODEL_NAME, VR::LO, "Rami simulated C-arm");
    text(tags::SOFTWARE_VERSIONS, VR::LO, env!("CARGO_PKG_VERSION"));
    text(tags::PATIENT_NAME, VR::PN, "Simulated^Picture");
    text(tags::PATIENT_ID, VR::LO, "SIMULATED");
    text(
        tags::DERIVATION_DESCRIPTION,
        VR::ST,
        "Simulated x-ray picture made from a CT. Research and teaching; not for care.",
    );
    let (kvp, mas) = exposure.map_or((String::new(), 0.0), |e| (decimal(e.kvp), e.mas));
    text(tags::KVP, VR::DS, &kvp);
    text(tags::DISTANCE_SOURCE_TO_DETECTOR, VR::DS, &ds(&[attributes.distance_source_to_detector_mm]));
    text(tags::DISTANCE_SOURCE_TO_PATIENT, VR::DS, &ds(&[attributes.distance_source_to_patient_mm]));
    text(tags::RADIATION_SETTING, VR::CS, "SC");
    text(tags::IMAGER_PIXEL_SPACING, VR::DS, &ds(&attributes.imager_pixel_spacing_mm));
    text(tags::POSITIONER_MOTION, VR::CS, "STATIC");
    text(tags::POSITIONER_PRIMARY_ANGLE, VR::DS, &ds(&[attributes.positioner_primary_angle_deg]));
    text(tags::POSITIONER_SECONDARY_ANGLE, VR::DS, &ds(&[attributes.positioner_secondary_angle_deg]));
    if exposure.is_some() {
        // Only the product is modelled: as microampere seconds.
        text(tags::EXPOSURE_INU_AS, VR::IS, &format!("{}", (mas * 1000.0).round()));
    }
    text(tags::STUDY_INSTANCE_UID, VR::UI, &uid(2));
    // An unpaired part of the body: a series without it would need a laterality.
    text(tags::BODY_PART_EXAMINED, VR::CS, "LSPINE");
    text(tags::SERIES_INSTANCE_UID, VR::UI, &uid(3));
    text(tags::SERIES_NUMBER, VR::IS, "1");
    text(tags::INSTANCE_NUMBER, VR::IS, "1");
    let [left, right, top, bottom] = crate::picture::edge_letters(view);
    let _ = (left, top);
    text(tags::PATIENT_ORIENTATION, VR::CS, &format!("{right}\\{bottom}"));
    text(tags::PHOTOMETRIC_INTERPRETATION, VR::CS, "MONOCHROME2");
    text(tags::PIXEL_INTENSITY_RELATIONSHIP, VR::CS, "DISP");
    text(tags::LOSSY_IMAGE_COMPRESSION, VR::CS, "00");
    text(tags::WINDOW_CENTER, VR::DS, "127.5");
    text(tags::WINDOW_WIDTH, VR::DS, "256");
    text(CREATOR, VR::LO, "RAMI XRAY 1");
    for (tag, value) in [
        (tags::SAMPLES_PER_PIXEL, 1),
        (tags::ROWS, attributes.rows),
        (tags::COLUMNS, attributes.columns),
        (tags::BITS_ALLOCATED, 8),
        (tags::BITS_STORED, 8),
        (tags::HIGH_BIT, 7),
        (tags::PIXEL_REPRESENTATION, 0),
    ] {
        object.put(DataElement::new(tag, VR::US, PrimitiveValue::from(value)));
    }
    let lps = PrimitiveValue::F64(vec![isocentre.x, isocentre.y, isocentre.z].into());
    object.put(DataElement::new(ISOCENTRE, VR::FD, lps));
    let mut pixels = picture.data().to_vec();
    if pixels.len() % 2 == 1 {
        pixels.push(0);
    }
    object.put(DataElement::new(tags::PIXEL_DATA, VR::OB, PrimitiveValue::from(pixels)));
    let meta = FileMetaTableBuilder::new().transfer_syntax(uids::EXPLICIT_VR_LITTLE_ENDIAN);
    let file = object.with_meta(meta).map_err(|e| DicomError::Write(e.to_string()))?;
    let mut bytes = Vec::new();
    file.write_all(&mut bytes).map_err(|e| DicomError::Write(e.to_string()))?;
    Ok(bytes)
}

/// The geometry of an X-ray angiographic file, and the isocentre if it has Rami's private block.
///
/// # Errors
/// [`DicomError`] when the bytes are no DICOM file or an attribute of the geometry is missing.
pub fn read_geometry(bytes: &[u8]) -> Result<(XRayAttributes, Option<Point>), DicomError> {
    let object = dicom_object::from_reader(std::io::Cursor::new(bytes))
        .map_err(|e| DicomError::Read(e.to_string()))?;
    let numbers = |tag: Tag, name: &'static str| -> Result<Vec<f64>, DicomError> {
        object.element(tag).ok().and_then(|e| e.to_multi_float64().ok()).ok_or(DicomError::Attribute(name))
    };
    let number = |tag: Tag, name: &'static str| -> Result<f64, DicomError> {
        numbers(tag, name)?.first().copied().ok_or(DicomError::Attribute(name))
    };
    let spacing = numbers(tags::IMAGER_PIXEL_SPACING, "Imager Pixel Spacing")?;
    let &[row_spacing, column_spacing] = spacing.as_slice() else {
        return Err(DicomError::Attribute("Imager Pixel Spacing"));
    };
    let attributes = XRayAttributes {
        positioner_primary_angle_deg: number(tags::POSITIONER_PRIMARY_ANGLE, "Positioner Primary Angle")?,
        positioner_secondary_angle_deg: number(
            tags::POSITIONER_SECONDARY_ANGLE,
            "Positioner Secondary Angle",
        )?,
        distance_source_to_detector_mm: number(
            tags::DISTANCE_SOURCE_TO_DETECTOR,
            "Distance Source to Detector",
        )?,
        distance_source_to_patient_mm: number(
            tags::DISTANCE_SOURCE_TO_PATIENT,
            "Distance Source to Patient",
        )?,
        imager_pixel_spacing_mm: [row_spacing, column_spacing],
        rows: number(tags::ROWS, "Rows")? as u16,
        columns: number(tags::COLUMNS, "Columns")? as u16,
    };
    let ours = object
        .element(CREATOR)
        .ok()
        .and_then(|e| e.to_str().ok())
        .is_some_and(|creator| creator.trim() == "RAMI XRAY 1");
    let isocentre = numbers(ISOCENTRE, "isocentre").ok().filter(|v| ours && v.len() == 3);
    Ok((attributes, isocentre.map(|v| Point::new(v[0], v[1], v[2]))))
}

/// A number in at most 16 characters, as the decimal string of DICOM demands.
fn decimal(value: f64) -> String {
    (0..=12)
        .rev()
        .map(|digits| format!("{value:.digits$}"))
        .find(|s| s.len() <= 16)
        .unwrap_or_else(|| format!("{value:e}"))
}

/// A UID under 2.25 from 122 bits of a hash (FNV-1a) of everything that makes the picture.
fn content_uid(kind: u8, pixels: &[u8], attributes: &XRayAttributes, isocentre: &Point) -> String {
    let numbers = [
        attributes.positioner_primary_angle_deg,
        attributes.positioner_secondary_angle_deg,
        attributes.distance_source_to_detector_mm,
        attributes.distance_source_to_patient_mm,
        attributes.imager_pixel_spacing_mm[0],
        isocentre.x,
        isocentre.y,
        isocentre.z,
    ];
    let mut hash: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    let mut feed =
        |byte: u8| hash = (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013B);
    feed(kind);
    numbers.iter().flat_map(|n| n.to_le_bytes()).for_each(&mut feed);
    pixels.iter().copied().for_each(&mut feed);
    format!("2.25.{}", hash >> 6)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CArmPose, Detector};

    #[test]
    fn the_geometry_of_a_file_comes_back() {
        let isocentre = Point::new(-12.25, 4.5, 80.125);
        let pose = CArmPose { sid: 980.5, sod: 612.25, ..CArmPose::new(-153.4, 7.3, isocentre) };
        let view = View::new(pose, Detector { rows: 9, columns: 7, pixel_mm: 0.308 }).unwrap();
        let bytes = angiogram(&view, &Image::filled(9, 7, 77u8), None).unwrap();
        let (attributes, point) = read_geometry(&bytes).unwrap();
        assert_eq!(attributes.to_pose(point.unwrap()), Ok((pose, *view.detector())));
        assert_eq!(
            bytes,
            angiogram(&view, &Image::filled(9, 7, 77u8), None).unwrap(),
            "same picture, same file"
        );
    }

    #[test]
    fn a_file_that_is_none_is_refused() {
        assert!(matches!(read_geometry(b"nonsense"), Err(DicomError::Read(_))));
    }

    #[test]
    fn decimal_strings_are_short_enough() {
        for v in [-153.123_456_789_012_34, 1.0 / 3.0, -1e9, 0.308] {
            assert!(
                decimal(v).len() <= 16 && (decimal(v).parse::<f64>().unwrap() - v).abs() <= 1e-6 * v.abs()
            );
        }
    }
}
