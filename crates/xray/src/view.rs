//! A pose with a detector: the ray of every pixel, and the pixel of every point.

use crate::CArmPose;
use rami_volume::{Point, Vector};

/// A flat detector with square pixels; the principal ray meets its middle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Detector {
    /// Number of rows.
    pub rows: usize,
    /// Number of columns.
    pub columns: usize,
    /// Side of a pixel on the detector, mm.
    pub pixel_mm: f64,
}

impl Detector {
    /// Most pixels a side may have; larger pictures are refused before memory is asked for.
    pub const MAX_SIDE: usize = 32_768;

    /// A square detector.
    #[must_use]
    pub fn square(pixels: usize, pixel_mm: f64) -> Self {
        Self { rows: pixels, columns: pixels, pixel_mm }
    }

    /// A magnification mode: as many pixels over a field smaller by this factor (1 or more; less is taken as 1).
    #[must_use]
    pub fn magnified(&self, factor: f64) -> Self {
        Self { pixel_mm: self.pixel_mm / factor.max(1.0), ..*self }
    }
}

impl Default for Detector {
    fn default() -> Self {
        Self::square(512, 0.6)
    }
}

/// Why a C-arm cannot take a picture.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum GeometryError {
    /// A number is NaN or infinite.
    #[error("{quantity} is not a finite number")]
    NotFinite {
        /// Which number.
        quantity: &'static str,
    },
    /// The detector would be behind the source, or the isocentre not between them.
    #[error(
        "source-detector distance {sid} mm and source-isocentre distance {sod} mm: needs 0 < sod < sid, or the detector is not behind the patient"
    )]
    Distances {
        /// Source to detector, mm.
        sid: f64,
        /// Source to isocentre, mm.
        sod: f64,
    },
    /// The secondary angle is out of range.
    #[error("secondary angle {0}° is outside -90 to 90°; turn the primary angle by 180° instead")]
    Secondary(f64),
    /// No pixels, or too many.
    #[error(
        "a detector of {rows} x {columns} pixels of {pixel_mm} mm: needs 1 to {} pixels a side and a positive size",
        Detector::MAX_SIDE
    )]
    Detector {
        /// Rows asked for.
        rows: usize,
        /// Columns asked for.
        columns: usize,
        /// Pixel size asked for.
        pixel_mm: f64,
    },
    /// Pixels that are not square.
    #[error("pixels of {row_spacing} x {column_spacing} mm are not square; only square pixels are modelled")]
    NotSquare {
        /// Row spacing, mm.
        row_spacing: f64,
        /// Column spacing, mm.
        column_spacing: f64,
    },
    /// The source is in the patient.
    #[error(
        "the x-ray source at ({x:.0}, {y:.0}, {z:.0}) mm is inside the patient; enlarge the source-isocentre distance or move the isocentre"
    )]
    SourceInPatient {
        /// LPS x, mm.
        x: f64,
        /// LPS y, mm.
        y: f64,
        /// LPS z, mm.
        z: f64,
    },
}

/// A ray of the beam.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ray {
    /// Where it starts: the source, LPS mm.
    pub source: Point,
    /// Where it ends: on the detector, LPS mm.
    pub end: Point,
}

impl Ray {
    /// Source to detector along this ray, mm.
    #[must_use]
    pub fn length(&self) -> f64 {
        (self.end - self.source).norm()
    }

    /// Unit vector from source to detector.
    #[must_use]
    pub fn direction(&self) -> Vector {
        (self.end - self.source) / self.length()
    }
}

/// Where a point falls on the detector; pixel centres are at whole numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pixel {
    /// Row, from the cranial edge.
    pub row: f64,
    /// Column.
    pub column: f64,
    /// How much larger than life things at this depth are.
    pub magnification: f64,
}

/// A pose and a detector, checked, with the axes worked out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct View {
    pose: CArmPose,
    detector: Detector,
    source: Point,
    first_pixel: Point,
    right: Vector,
    up: Vector,
    towards_detector: Vector,
}

impl View {
    /// Checks pose and detector.
    ///
    /// # Errors
    /// [`GeometryError`] for numbers that are not finite, a detector that is not beyond the isocentre as seen from
    /// the source, a secondary angle beyond ±90°, or a detector without pixels or with too many.
    pub fn new(pose: CArmPose, detector: Detector) -> Result<Self, GeometryError> {
        for (quantity, value) in [
            ("the primary angle", pose.primary_angle),
            ("the secondary angle", pose.secondary_angle),
            ("the isocentre", pose.isocentre.coords.sum()),
            ("the source-detector distance", pose.sid),
            ("the source-isocentre distance", pose.sod),
            ("the pixel size", detector.pixel_mm),
        ] {
            if !value.is_finite() {
                return Err(GeometryError::NotFinite { quantity });
            }
        }
        if !(pose.sod > 0.0 && pose.sid > pose.sod) {
            return Err(GeometryError::Distances { sid: pose.sid, sod: pose.sod });
        }
        if pose.secondary_angle.abs() > 90.0 {
            return Err(GeometryError::Secondary(pose.secondary_angle));
        }
        let side = 1..=Detector::MAX_SIDE;
        if !(side.contains(&detector.rows) && side.contains(&detector.columns) && detector.pixel_mm > 0.0) {
            let Detector { rows, columns, pixel_mm } = detector;
            return Err(GeometryError::Detector { rows, columns, pixel_mm });
        }
        let (right, up) = (pose.right(), pose.up());
        let middle = |n: usize| (n as f64 - 1.0) / 2.0 * detector.pixel_mm;
        let first_pixel =
            pose.detector_centre() - right * middle(detector.columns) + up * middle(detector.rows);
        let towards_detector = pose.towards_detector();
        Ok(Self { pose, detector, source: pose.source(), first_pixel, right, up, towards_detector })
    }

    /// The pose.
    #[must_use]
    pub fn pose(&self) -> &CArmPose {
        &self.pose
    }

    /// The detector.
    #[must_use]
    pub fn detector(&self) -> &Detector {
        &self.detector
    }

    /// The x-ray source, LPS mm.
    #[must_use]
    pub fn source(&self) -> Point {
        self.source
    }

    /// Along columns, a unit vector.
    #[must_use]
    pub fn right(&self) -> Vector {
        self.right
    }

    /// Against rows, a unit vector.
    #[must_use]
    pub fn up(&self) -> Vector {
        self.up
    }

    /// From isocentre to detector, a unit vector.
    #[must_use]
    pub fn towards_detector(&self) -> Vector {
        self.towards_detector
    }

    /// Centre of a pixel, LPS mm. Fractional and outside pixels are fine.
    #[must_use]
    pub fn pixel_centre(&self, row: f64, column: f64) -> Point {
        self.first_pixel + (self.right * column - self.up * row) * self.detector.pixel_mm
    }

    /// The ray that ends at a pixel.
    #[must_use]
    pub fn ray(&self, row: f64, column: f64) -> Ray {
        Ray { source: self.source, end: self.pixel_centre(row, column) }
    }

    /// Where a point falls; nothing for a point level with the source or behind it. The pixel may lie outside the
    /// detector.
    #[must_use]
    pub fn project(&self, point: &Point) -> Option<Pixel> {
        let from_source = point - self.source;
        let depth = from_source.dot(&self.towards_detector);
        if depth <= 1e-9 {
            return None;
        }
        let magnification = self.pose.sid / depth;
        let hit = self.source + from_source * magnification;
        let on = (hit - self.first_pixel) / self.detector.pixel_mm;
        Some(Pixel { row: -on.dot(&self.up), column: on.dot(&self.right), magnification })
    }

    /// Size of a pixel at the isocentre, mm.
    #[must_use]
    pub fn pixel_at_isocentre_mm(&self) -> f64 {
        self.detector.pixel_mm * self.pose.sod / self.pose.sid
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ap() -> View {
        View::new(CArmPose::prone_ap(Point::new(10.0, 20.0, 30.0)), Detector::default()).unwrap()
    }

    #[test]
    fn a_magnification_mode_shows_less_of_the_patient_larger() {
        let detector = Detector::default().magnified(2.0);
        let near = View::new(*ap().pose(), detector).unwrap();
        let point = Point::new(30.0, 20.0, 50.0);
        let (wide, close) = (ap().project(&point).unwrap(), near.project(&point).unwrap());
        assert!((close.column - 255.5 - 2.0 * (wide.column - 255.5)).abs() < 1e-9);
        assert!((close.row - 255.5 - 2.0 * (wide.row - 255.5)).abs() < 1e-9);
        assert_eq!(
            (detector.rows, detector.magnified(0.5)),
            (512, detector),
            "there is no mode that shows more"
        );
    }

    #[test]
    fn the_principal_ray_meets_the_middle_of_the_detector() {
        let pixel = ap().project(&Point::new(10.0, 20.0, 30.0)).unwrap();
        assert!((pixel.row - 255.5).abs() < 1e-9 && (pixel.column - 255.5).abs() < 1e-9);
        assert!((pixel.magnification - 1000.0 / 600.0).abs() < 1e-12);
    }

    #[test]
    fn in_the_prone_ap_view_the_patients_left_is_at_low_columns_and_the_head_at_low_rows() {
        let left = ap().project(&Point::new(60.0, 20.0, 30.0)).unwrap();
        assert!((left.column - (255.5 - 50.0 * 1000.0 / 600.0 / 0.6)).abs() < 1e-9);
        let head = ap().project(&Point::new(10.0, 20.0, 80.0)).unwrap();
        assert!((head.row - (255.5 - 50.0 * 1000.0 / 600.0 / 0.6)).abs() < 1e-9);
    }

    #[test]
    fn a_lateral_view_from_the_left_has_the_back_at_low_columns() {
        // d = +x, look = -x, up = +z: right = look x up = +y x ... = (-1,0,0) x (0,0,1) = (0,1,0): columns run posterior.
        let view =
            View::new(CArmPose::lateral(crate::Side::Left, Point::origin()), Detector::default()).unwrap();
        assert_eq!(view.right(), Vector::new(0.0, 1.0, 0.0));
    }

    #[test]
    fn a_needle_in_its_tunnel_view_is_a_point() {
        let (entry, target) = (Point::new(70.0, 90.0, -10.0), Point::new(25.0, -20.0, 5.0));
        let pose = CArmPose::tunnel(target, entry, target).unwrap();
        let view = View::new(pose, Detector::default()).unwrap();
        let (a, b) = (view.project(&entry).unwrap(), view.project(&target).unwrap());
        assert!((a.row - b.row).abs() < 1e-6 && (a.column - b.column).abs() < 1e-6);
    }

    #[test]
    fn impossible_geometry_is_refused() {
        let pose = CArmPose::prone_ap(Point::origin());
        let refuse = |pose, detector| View::new(pose, detector).unwrap_err();
        let default = Detector::default();
        assert!(matches!(refuse(CArmPose { sid: 500.0, ..pose }, default), GeometryError::Distances { .. }));
        assert!(matches!(refuse(CArmPose { sod: 0.0, ..pose }, default), GeometryError::Distances { .. }));
        assert!(matches!(
            refuse(CArmPose { primary_angle: f64::NAN, ..pose }, default),
            GeometryError::NotFinite { .. }
        ));
        assert!(matches!(
            refuse(CArmPose { secondary_angle: 91.0, ..pose }, default),
            GeometryError::Secondary(_)
        ));
        for bad in [Detector::square(0, 0.6), Detector::square(40_000, 0.6), Detector::square(512, 0.0)] {
            assert!(matches!(refuse(pose, bad), GeometryError::Detector { .. }));
        }
    }

    proptest! {
        #[test]
        fn a_projected_point_lies_on_the_ray_of_its_pixel(
            p in -180.0..180.0f64, s in -80.0..80.0f64,
            x in -100.0..100.0f64, y in -100.0..100.0f64, z in -100.0..100.0f64,
        ) {
            let view = View::new(CArmPose::new(p, s, Point::new(3.0, -4.0, 5.0)), Detector::default()).unwrap();
            let point = Point::new(x, y, z);
            let pixel = view.project(&point).unwrap();
            let ray = view.ray(pixel.row, pixel.column);
            let off = (point - ray.source).cross(&ray.direction()).norm();
            prop_assert!(off < 1e-9, "{off} mm off the ray");
        }
    }
}
