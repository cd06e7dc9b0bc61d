//! The pose in which a given needle is a point and the landmark holds.
//!
//! Two angles make a needle a point, and one more condition, that the tip of the transverse process overlies the lateral
//! border of the vertebral body (evidence `technique.c_arm_oblique`), is asked of the same two: in general both cannot
//! hold. So the search minimises
//!
//!   (angle between needle and line of sight / 1°)² + (distance of tip and border / 2 mm)² + (tilt of the endplate / 10°)²
//!
//! around the tunnel view and says how well each part is met. The three scales are choices: what one sees at a glance.

use crate::pose::angles_towards;
use crate::{CArmPose, Detector, GeometryError, Landmark, Side, View};
use rami_volume::{Point, Vector};

/// Off-axis angle of a needle that still looks like a point, degrees: 100 mm of it throw a shadow of 1.7 mm.
const POINT_DEG: f64 = 1.0;
/// Distance of tip and border at which they still overlie, mm.
const OVERLIES_MM: f64 = 3.0;
/// How far from the tunnel view the search goes, degrees.
const REACH_DEG: f64 = 16.0;

/// What is asked of the pose.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// Hub of the needle.
    pub hub: Point,
    /// Tip of the needle.
    pub tip: Point,
    /// Side of the block.
    pub side: Side,
    /// Tip of the transverse process on that side.
    pub transverse_process: Point,
    /// Points on the surface of the vertebral body.
    pub body: &'a [Point],
    /// Normal of the endplate that is to be square, if that is asked.
    pub endplate: Option<Vector>,
}

/// How well a pose meets it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seen {
    /// The pose.
    pub pose: CArmPose,
    /// Angle between needle and line of sight through its tip, degrees.
    pub needle_deg: f64,
    /// How far the tip of the transverse process lies outside the border of the body, mm at the isocentre.
    pub outside_mm: f64,
    /// Angle between the endplate and the line of sight, degrees; 0 when none was given.
    pub endplate_deg: f64,
}

impl Seen {
    /// Whether the needle is a point and the landmark holds.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.needle_deg <= POINT_DEG && self.outside_mm.abs() <= OVERLIES_MM
    }

    fn cost(&self) -> f64 {
        self.needle_deg.powi(2) + (self.outside_mm / 2.0).powi(2) + (self.endplate_deg / 10.0).powi(2)
    }
}

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coaxial {
    /// The tunnel view: the needle exactly a point.
    pub tunnel: Seen,
    /// The best of both.
    pub best: Seen,
}

/// Searches around the tunnel view. Nothing when needle or body give no direction or cannot be seen.
///
/// # Errors
/// [`GeometryError`] when the distances of `pose`, whose isocentre is kept, cannot be.
pub fn search_coaxial(pose: &CArmPose, wanted: &Wanted<'_>) -> Result<Option<Coaxial>, GeometryError> {
    let Some((primary, secondary)) = angles_towards(&(wanted.hub - wanted.tip)) else { return Ok(None) };
    let at = |primary: f64, secondary: f64| -> Result<Option<Seen>, GeometryError> {
        let turned =
            CArmPose { sid: pose.sid, sod: pose.sod, ..CArmPose::new(primary, secondary, pose.isocentre) };
        Ok(see(&View::new(turned, Detector::default())?, wanted))
    };
    let Some(tunnel) = at(primary, secondary)? else { return Ok(None) };
    let (mut best, mut centre, mut step) = (tunnel, (primary, secondary), REACH_DEG / 4.0);
    // Nine by nine poses around the best so far, ever finer.
    for _ in 0..9 {
        for i in -4..=4 {
            for j in -4..=4 {
                let (p, s) = (centre.0 + f64::from(i) * step, centre.1 + f64::from(j) * step);
                if s.abs() > 90.0 {
                    continue;
                }
                if let Some(seen) = at(p, s)?.filter(|seen| seen.cost() < best.cost()) {
                    best = seen;
                }
            }
        }
        centre = (best.pose.primary_angle, best.pose.secondary_angle);
        step /= 2.5;
    }
    Ok(Some(Coaxial { tunnel, best }))
}

fn see(view: &View, wanted: &Wanted<'_>) -> Option<Seen> {
    let needle = (wanted.hub - wanted.tip).try_normalize(1e-9)?;
    let sight = (wanted.tip - view.source()).try_normalize(1e-9)?;
    let landmark = Landmark::measure(view, wanted.side, &wanted.transverse_process, wanted.body)?;
    let endplate = wanted.endplate.and_then(|n| n.try_normalize(1e-9));
    Some(Seen {
        pose: *view.pose(),
        needle_deg: needle.dot(&sight).clamp(-1.0, 1.0).acos().to_degrees(),
        outside_mm: landmark.outside_mm,
        endplate_deg: endplate
            .map_or(0.0, |n| view.towards_detector().dot(&n).clamp(-1.0, 1.0).asin().abs().to_degrees()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oblique_for_landmark;

    fn body() -> Vec<Point> {
        (0..72)
            .map(|i| f64::from(i) * 5f64.to_radians())
            .map(|a| Point::new(24.0 * a.cos(), -18.0 + 17.0 * a.sin(), 0.0))
            .collect()
    }

    fn wanted(body: &[Point], degrees: f64) -> Wanted<'_> {
        let tip = Point::origin();
        let d = CArmPose::prone_oblique(Side::Left, degrees, 0.0, tip).towards_detector();
        Wanted {
            hub: tip + d * 130.0,
            tip,
            side: Side::Left,
            transverse_process: Point::new(42.0, 14.0, 0.0),
            body,
            endplate: Some(Vector::z()),
        }
    }

    #[test]
    fn a_needle_along_the_textbook_oblique_is_a_point_where_the_landmark_holds() {
        let body = body();
        let pose = CArmPose::prone_ap(Point::origin());
        let tp = Point::new(42.0, 14.0, 0.0);
        let oblique = oblique_for_landmark(&pose, Side::Left, &tp, &body, 60.0).unwrap().unwrap();
        let found = search_coaxial(&pose, &wanted(&body, oblique)).unwrap().unwrap();
        assert!(found.tunnel.holds() && found.best.holds(), "{found:?}");
        assert!(found.tunnel.needle_deg < 1e-6 && found.best.outside_mm.abs() < 0.1);
    }

    #[test]
    fn a_needle_from_elsewhere_is_told_that_both_cannot_be() {
        let body = body();
        let pose = CArmPose::prone_ap(Point::origin());
        let found = search_coaxial(&pose, &wanted(&body, 10.0)).unwrap().unwrap();
        assert!(found.tunnel.needle_deg < 1e-6 && !found.tunnel.holds());
        assert!(found.best.cost() < found.tunnel.cost() && !found.best.holds(), "{found:?}");
        // Between the two: the needle a little long, the landmark a little off.
        assert!(found.best.needle_deg > 1.0 && found.best.outside_mm.abs() < found.tunnel.outside_mm.abs());
    }

    #[test]
    fn a_needle_without_length_has_no_view() {
        let body = body();
        let nowhere = Wanted { hub: Point::origin(), ..wanted(&body, 30.0) };
        assert_eq!(search_coaxial(&CArmPose::prone_ap(Point::origin()), &nowhere), Ok(None));
    }
}
