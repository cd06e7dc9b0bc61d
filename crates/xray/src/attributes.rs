//! A pose and a detector as DICOM says them, and back.
//!
//! DICOM's X-Ray Angiographic Image (PS3.3 A.14) holds angles and distances, but not where the isocentre is in the
//! patient. [`XRayAttributes`] are the attributes of a file; with an isocentre they make a [`CArmPose`].
//! One quirk of the standard: *Imager Pixel Spacing* is measured at the front of the detector (not at the isocentre)
//! and is row spacing, column spacing. *Distance Source to Patient* is to the table, bed or chair side of the patient
//! where the isocentre is meant in practice; here it is source to isocentre.

use crate::{CArmPose, Detector, GeometryError};
use rami_volume::Point;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The geometry in an X-Ray Angiographic Image.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct XRayAttributes {
    /// Positioner Primary Angle (0018,1510), degrees.
    pub positioner_primary_angle_deg: f64,
    /// Positioner Secondary Angle (0018,1511), degrees.
    pub positioner_secondary_angle_deg: f64,
    /// Distance Source to Detector (0018,1110), mm.
    pub distance_source_to_detector_mm: f64,
    /// Distance Source to Patient (0018,1111), mm: here to the isocentre.
    pub distance_source_to_patient_mm: f64,
    /// Imager Pixel Spacing (0018,1164), row spacing then column spacing, mm at the detector.
    pub imager_pixel_spacing_mm: [f64; 2],
    /// Rows (0028,0010).
    pub rows: u16,
    /// Columns (0028,0011).
    pub columns: u16,
}

impl XRayAttributes {
    /// What a file says of a picture taken with this pose and detector.
    ///
    /// # Errors
    /// [`GeometryError::Detector`] for more pixels than the attributes can count.
    pub fn from_pose(pose: &CArmPose, detector: &Detector) -> Result<Self, GeometryError> {
        let Detector { rows, columns, pixel_mm } = *detector;
        let refuse = GeometryError::Detector { rows, columns, pixel_mm };
        Ok(Self {
            positioner_primary_angle_deg: pose.primary_angle,
            positioner_secondary_angle_deg: pose.secondary_angle,
            distance_source_to_detector_mm: pose.sid,
            distance_source_to_patient_mm: pose.sod,
            imager_pixel_spacing_mm: [pixel_mm; 2],
            rows: u16::try_from(rows).map_err(|_| refuse.clone())?,
            columns: u16::try_from(columns).map_err(|_| refuse)?,
        })
    }

    /// The pose and detector that took the picture, given where the isocentre was in the patient.
    ///
    /// # Errors
    /// [`GeometryError`] when the numbers cannot be a C-arm, or the pixels are not square (to one part in a thousand).
    pub fn to_pose(&self, isocentre: Point) -> Result<(CArmPose, Detector), GeometryError> {
        let [row_spacing, column_spacing] = self.imager_pixel_spacing_mm;
        let pose = CArmPose {
            sid: self.distance_source_to_detector_mm,
            sod: self.distance_source_to_patient_mm,
            ..CArmPose::new(self.positioner_primary_angle_deg, self.positioner_secondary_angle_deg, isocentre)
        };
        let detector =
            Detector { rows: self.rows.into(), columns: self.columns.into(), pixel_mm: column_spacing };
        if row_spacing.is_nan() || (row_spacing - column_spacing).abs() > 1e-3 * column_spacing.abs() {
            return Err(GeometryError::NotSquare { row_spacing, column_spacing });
        }
        crate::View::new(pose, detector)?;
        Ok((pose, detector))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_pose_survives_dicom(
            p in -179.99..180.0f64, s in -90.0..90.0f64, sid in 700.0..1300.0f64, share in 0.3..0.9f64,
            rows in 1usize..4000, pixel_mm in 0.05..2.0f64,
        ) {
            let isocentre = Point::new(1.0, -2.0, 3.0);
            let pose = CArmPose { sid, sod: sid * share, ..CArmPose::new(p, s, isocentre) };
            let detector = Detector { rows, columns: rows / 2 + 1, pixel_mm };
            let back = XRayAttributes::from_pose(&pose, &detector).unwrap().to_pose(isocentre);
            prop_assert_eq!(back, Ok((pose, detector)));
        }
    }

    #[test]
    fn oblong_pixels_are_refused() {
        let pose = CArmPose::prone_ap(Point::origin());
        let mut attributes = XRayAttributes::from_pose(&pose, &Detector::default()).unwrap();
        attributes.imager_pixel_spacing_mm[0] = 0.5;
        assert!(matches!(attributes.to_pose(Point::origin()), Err(GeometryError::NotSquare { .. })));
    }
}
