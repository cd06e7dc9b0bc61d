//! Where the C-arm stands.
//!
//! The angles are DICOM's positioner angles (PS3.3 C.8.7.5): they say where the **detector** is, seen from the
//! isocentre. Primary 0° is in front of the chest, +90° to the patient's left; secondary +90° is cranial. The unit
//! vector from isocentre to detector, in LPS, is d = (sin p cos s, −cos p cos s, sin s). A person lying prone over an
//! under-table tube has the detector behind them: their AP view is p = 180°.

use rami_anatomy::Side;
use rami_volume::{Point, Vector};

/// Pose of a C-arm: one rigid thing that turns about its isocentre.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CArmPose {
    /// Positioner primary angle, degrees, (−180, 180].
    pub primary_angle: f64,
    /// Positioner secondary angle, degrees, [−90, 90].
    pub secondary_angle: f64,
    /// What the C-arm turns about, LPS mm.
    pub isocentre: Point,
    /// Source to image distance, mm.
    pub sid: f64,
    /// Source to isocentre distance, mm.
    pub sod: f64,
}

impl CArmPose {
    /// Source to detector when nothing else is asked for, mm.
    pub const DEFAULT_SID: f64 = 1000.0;
    /// Source to isocentre when nothing else is asked for, mm.
    pub const DEFAULT_SOD: f64 = 600.0;

    /// A pose at the default distances. The primary angle is brought into (−180, 180].
    #[must_use]
    pub fn new(primary_angle: f64, secondary_angle: f64, isocentre: Point) -> Self {
        Self {
            primary_angle: wrap_degrees(primary_angle),
            secondary_angle,
            isocentre,
            sid: Self::DEFAULT_SID,
            sod: Self::DEFAULT_SOD,
        }
    }

    /// The AP view of a prone patient: detector straight behind.
    #[must_use]
    pub fn prone_ap(isocentre: Point) -> Self {
        Self::new(180.0, 0.0, isocentre)
    }

    /// The view with the detector turned from straight behind towards a side of a prone patient.
    #[must_use]
    pub fn prone_oblique(side: Side, degrees: f64, secondary_angle: f64, isocentre: Point) -> Self {
        Self::new(side.sign() * (180.0 - degrees), secondary_angle, isocentre)
    }

    /// The lateral view with the detector on this side.
    #[must_use]
    pub fn lateral(side: Side, isocentre: Point) -> Self {
        Self::new(side.sign() * 90.0, 0.0, isocentre)
    }

    /// The tunnel view of a path: the detector stands where the hub points, so that the needle is a point.
    /// Nothing when entry and target coincide.
    #[must_use]
    pub fn tunnel(target: Point, entry: Point, isocentre: Point) -> Option<Self> {
        let (primary, secondary) = angles_towards(&(entry - target))?;
        Some(Self::new(primary, secondary, isocentre))
    }

    /// From the isocentre to the detector, a unit vector in LPS.
    #[must_use]
    pub fn towards_detector(&self) -> Vector {
        let (sin_p, cos_p) = exact_sin_cos(self.primary_angle);
        let (sin_s, cos_s) = exact_sin_cos(self.secondary_angle);
        Vector::new(sin_p * cos_s, -cos_p * cos_s, sin_s)
    }

    /// Upwards in the picture: +z made perpendicular to the line of sight, a unit vector. At ±90° secondary, where
    /// that has no direction, it is the limit along the orbit.
    #[must_use]
    pub fn up(&self) -> Vector {
        let (sin_p, cos_p) = exact_sin_cos(self.primary_angle);
        let (sin_s, cos_s) = exact_sin_cos(self.secondary_angle);
        Vector::new(-sin_p * sin_s, cos_p * sin_s, cos_s)
    }

    /// To the right in the picture, along columns: look × up, where look points from detector to source.
    #[must_use]
    pub fn right(&self) -> Vector {
        (-self.towards_detector()).cross(&self.up())
    }

    /// Where the x-ray source is, LPS mm.
    #[must_use]
    pub fn source(&self) -> Point {
        self.isocentre - self.towards_detector() * self.sod
    }

    /// Where the middle of the detector is, LPS mm.
    #[must_use]
    pub fn detector_centre(&self) -> Point {
        self.isocentre + self.towards_detector() * (self.sid - self.sod)
    }

    /// What one would say at the table: "detector 27° to the patient's left, 6° cranial". Whole degrees.
    #[must_use]
    pub fn in_words(&self) -> String {
        let primary = wrap_degrees(self.primary_angle);
        let behind = primary.abs() > 90.0;
        let turn = if behind { 180.0 - primary.abs() } else { primary.abs() }.round();
        let side = if primary >= 0.0 { "left" } else { "right" };
        let mut words = match (behind, turn as i64) {
            (true, 0) => "detector straight behind the patient".to_owned(),
            (false, 0) => "detector straight in front of the patient".to_owned(),
            (true, _) => format!("detector {turn}° to the patient's {side}"),
            (false, 90) => format!("detector 90° to the patient's {side}"),
            (false, _) => format!("detector in front, {turn}° to the patient's {side}"),
        };
        let tilt = self.secondary_angle.abs().round();
        if tilt > 0.0 {
            let end = if self.secondary_angle > 0.0 { "cranial" } else { "caudal" };
            words += &format!(", {tilt}° {end}");
        }
        words
    }
}

/// Positioner angles (primary, secondary, degrees) at which the detector lies in a direction from the isocentre.
/// Nothing for a direction of no length.
#[must_use]
pub(crate) fn angles_towards(direction: &Vector) -> Option<(f64, f64)> {
    let length = direction.norm();
    if !length.is_finite() || length < 1e-9 {
        return None;
    }
    let d = direction / length;
    let secondary = d.z.clamp(-1.0, 1.0).asin().to_degrees();
    let primary = if d.x.hypot(d.y) < 1e-12 { 180.0 } else { d.x.atan2(-d.y).to_degrees() };
    Some((wrap_degrees(primary), secondary))
}

/// The same angle in (−180, 180].
#[must_use]
pub(crate) fn wrap_degrees(degrees: f64) -> f64 {
    let turned = degrees.rem_euclid(360.0);
    if turned > 180.0 { turned - 360.0 } else { turned }
}

/// Sine and cosine of degrees, exact at the quarter turns, so that an AP view is not a hair oblique.
fn exact_sin_cos(degrees: f64) -> (f64, f64) {
    match wrap_degrees(degrees) {
        0.0 => (0.0, 1.0),
        90.0 => (1.0, 0.0),
        180.0 => (0.0, -1.0),
        -90.0 => (-1.0, 0.0),
        other => other.to_radians().sin_cos(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn angles_say_where_the_detector_stands() {
        let at = |p, s| CArmPose::new(p, s, Point::origin()).towards_detector();
        assert_eq!(at(0.0, 0.0), Vector::new(0.0, -1.0, 0.0), "in front of the chest");
        assert_eq!(at(90.0, 0.0), Vector::new(1.0, 0.0, 0.0), "to the patient's left");
        assert_eq!(at(180.0, 0.0), Vector::new(0.0, 1.0, 0.0), "behind");
        assert_eq!(at(30.0, 90.0), Vector::new(0.0, 0.0, 1.0), "cranial");
        assert!(at(155.0, 0.0).x > 0.0 && at(155.0, 0.0).y > 0.0, "+155 is behind and left");
    }

    #[test]
    fn the_picture_of_a_prone_patient_has_their_left_at_column_0_and_their_head_on_top() {
        let ap = CArmPose::prone_ap(Point::origin());
        assert_eq!(ap.right(), Vector::new(-1.0, 0.0, 0.0), "columns run to the patient's right");
        assert_eq!(ap.up(), Vector::new(0.0, 0.0, 1.0));
        let radiograph = CArmPose::new(0.0, 0.0, Point::origin());
        assert_eq!(
            radiograph.right(),
            Vector::new(1.0, 0.0, 0.0),
            "the usual radiograph starts at the right"
        );
        assert_eq!(
            ap.source(),
            Point::new(0.0, -600.0, 0.0),
            "tube under the table, in front of a prone patient"
        );
    }

    #[test]
    fn words_are_the_patients() {
        let say = |p, s| CArmPose::new(p, s, Point::origin()).in_words();
        assert_eq!(say(153.0, 6.2), "detector 27° to the patient's left, 6° cranial");
        assert_eq!(say(-155.0, -10.0), "detector 25° to the patient's right, 10° caudal");
        assert_eq!(say(180.0, 0.3), "detector straight behind the patient");
        assert_eq!(say(-90.0, 0.0), "detector 90° to the patient's right");
        assert_eq!(say(20.0, 0.0), "detector in front, 20° to the patient's left");
    }

    proptest! {
        #[test]
        fn the_axes_of_a_picture_are_right_handed_and_up_is_cranial(p in -180.0..180.0f64, s in -89.0..89.0f64) {
            let pose = CArmPose::new(p, s, Point::origin());
            let (d, up, right) = (pose.towards_detector(), pose.up(), pose.right());
            prop_assert!((d.norm() - 1.0).abs() < 1e-12 && (up.norm() - 1.0).abs() < 1e-12);
            prop_assert!(d.dot(&up).abs() < 1e-12);
            prop_assert!((right.cross(&up) - d).norm() < 1e-12);
            let z = Vector::z();
            let perpendicular = (z - d * z.dot(&d)).normalize();
            prop_assert!((up - perpendicular).norm() < 1e-9, "up is +z made perpendicular to d");
        }

        #[test]
        fn a_tunnel_view_looks_down_the_path(x in -50.0..50.0f64, y in -90.0..90.0f64, z in -50.0..50.0f64) {
            let (target, entry) = (Point::new(5.0, -3.0, 8.0), Point::new(x, y, z));
            let pose = CArmPose::tunnel(target, entry, target).unwrap();
            let along = (entry - target).normalize();
            prop_assert!((pose.towards_detector() - along).norm() < 1e-9);
        }
    }
}
