//! Whether the C-arm can stand there: limits of its joints, and the room left to table and patient.
//!
//! Tube and detector are discs across the beam (the housings that face the patient); the table is a slab, the patient a
//! box. The least distance is measured from points over both discs to both boxes, so it is right to the spacing of the
//! points (about 30 mm at the default radii) and says nothing of the arc between tube and detector. Sizes are those of
//! an ordinary mobile C-arm (assumed) and can be set.

use crate::CArmPose;
use rami_volume::Point;

/// The C-arm's joints and what stands around it. Boxes are (low corner, high corner) in LPS mm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Room {
    /// How far the primary angle may lie from the AP view of a prone patient, degrees.
    pub orbital_limit_deg: f64,
    /// How far the secondary angle may lie from 0, degrees.
    pub angular_limit_deg: f64,
    /// Radius of the housing of the tube, and how far its front stands before the focus, mm.
    pub tube_mm: [f64; 2],
    /// Radius of the housing of the detector, mm.
    pub detector_radius_mm: f64,
    /// The table top.
    pub table: (Point, Point),
    /// The patient.
    pub patient: (Point, Point),
}

/// How a pose stands in the room.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Clearance {
    /// Whether both angles are within the limits of the joints.
    pub within_limits: bool,
    /// Least distance of tube or detector to the table, mm; 0 when they touch.
    pub table_mm: f64,
    /// Least distance of tube or detector to the patient, mm; 0 when they touch.
    pub patient_mm: f64,
}

impl Clearance {
    /// Whether the pose can be taken.
    #[must_use]
    pub fn is_free(&self) -> bool {
        self.within_limits && self.table_mm > 0.0 && self.patient_mm > 0.0
    }
}

impl Room {
    /// A prone patient of these outer corners on a table 500 mm wide and 40 mm thick that touches their front.
    #[must_use]
    pub fn prone(patient: (Point, Point)) -> Self {
        let (low, high) = patient;
        let middle = (low.x + high.x) / 2.0;
        Self {
            orbital_limit_deg: 115.0,
            angular_limit_deg: 45.0,
            tube_mm: [120.0, 150.0],
            detector_radius_mm: 170.0,
            table: (
                Point::new(middle - 250.0, low.y - 40.0, low.z - 300.0),
                Point::new(middle + 250.0, low.y, high.z + 300.0),
            ),
            patient,
        }
    }

    /// The table moved: up means towards the patient's back, as an operator raises a prone patient (the patient moves
    /// with it).
    #[must_use]
    pub fn moved(&self, by: rami_volume::Vector) -> Self {
        let shift = |(a, b): (Point, Point)| (a + by, b + by);
        Self { table: shift(self.table), patient: shift(self.patient), ..*self }
    }

    /// Measures a pose.
    #[must_use]
    pub fn clearance(&self, pose: &CArmPose) -> Clearance {
        let from_ap = 180.0 - pose.primary_angle.abs();
        let within_limits =
            from_ap <= self.orbital_limit_deg && pose.secondary_angle.abs() <= self.angular_limit_deg;
        let d = pose.towards_detector();
        let tube = pose.source() + d * self.tube_mm[1];
        let least = |boxed: &(Point, Point)| {
            let discs = [(tube, self.tube_mm[0]), (pose.detector_centre(), self.detector_radius_mm)];
            let mut least = f64::INFINITY;
            for (centre, radius) in discs {
                for ring in 0..=5 {
                    for step in 0..36 {
                        let (sin, cos) = (f64::from(step) * 10f64.to_radians()).sin_cos();
                        let across = pose.right() * cos + pose.up() * sin;
                        let point = centre + across * (radius * f64::from(ring) / 5.0);
                        least = least.min(distance(&point, boxed));
                    }
                }
            }
            least
        };
        Clearance { within_limits, table_mm: least(&self.table), patient_mm: least(&self.patient) }
    }
}

/// Distance of a point to a box; 0 inside.
fn distance(point: &Point, (low, high): &(Point, Point)) -> f64 {
    (0..3).map(|a| (low[a] - point[a]).max(point[a] - high[a]).max(0.0).powi(2)).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rami_volume::Vector;

    fn room() -> Room {
        Room::prone((Point::new(-180.0, -120.0, -300.0), Point::new(180.0, 120.0, 300.0)))
    }

    #[test]
    fn the_usual_views_are_free_and_a_tilted_tube_meets_the_table() {
        let at = |p: f64, s: f64| room().clearance(&CArmPose::new(p, s, Point::origin()));
        assert!(at(180.0, 0.0).is_free());
        // From the focus 600 mm in front to the table at 160 mm, less the housing of 150 mm.
        assert!((at(180.0, 0.0).table_mm - 290.0).abs() < 1e-9);
        assert!(at(155.0, 10.0).is_free());
        assert!(!at(0.0, 0.0).within_limits, "the detector does not go under the table");
        assert!(!at(180.0, 60.0).within_limits);
        let close = CArmPose { sod: 300.0, ..CArmPose::prone_ap(Point::origin()) };
        assert_eq!(room().clearance(&close).table_mm, 0.0);
    }

    #[test]
    fn raising_the_table_brings_the_patient_to_the_detector() {
        let pose = CArmPose::prone_ap(Point::origin());
        let raised = room().moved(Vector::new(0.0, 100.0, 0.0)).clearance(&pose);
        assert!((room().clearance(&pose).patient_mm - raised.patient_mm - 100.0).abs() < 1e-9);
    }
}
