//! Poses that help the hand: square endplates, the oblique at which landmarks meet.

use crate::projector::walk;
use crate::{CArmPose, Detector, GeometryError, Side, View};
use rami_volume::{Labels, Point, Vector};

/// The secondary angle, degrees, at which the line of sight runs in the plane of an endplate at this primary angle, so
/// that the endplate is seen as a line. `normal` is the endplate's normal in LPS. Nothing when the endplate is seen as
/// a line at no angle within ±45° (its normal lies too near the line of sight).
#[must_use]
pub fn secondary_for_square_endplate(primary_angle: f64, normal: &Vector) -> Option<f64> {
    // d · n = 0 with d = (sin p cos s, −cos p cos s, sin s): tan s = −(sin p n_x − cos p n_y) / n_z.
    let (sin_p, cos_p) = primary_angle.to_radians().sin_cos();
    let along = sin_p * normal.x - cos_p * normal.y;
    if normal.norm().is_nan() || normal.norm() < 1e-9 {
        return None;
    }
    let (along, up) = if normal.z < 0.0 { (along, -normal.z) } else { (-along, normal.z) };
    let secondary = along.atan2(up).to_degrees();
    (secondary.abs() <= 45.0).then_some(secondary)
}

/// Where the tip of a transverse process falls beside the lateral border of its vertebral body in a picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Landmark {
    /// How far the tip lies outside the border (negative: inside), mm in the plane through the isocentre.
    pub outside_mm: f64,
}

impl Landmark {
    /// Measures the landmark in a view. `body` are points on the surface of the vertebral body, `side` the side of the
    /// transverse process. Nothing when a point cannot be projected or `body` is empty.
    #[must_use]
    pub fn measure(view: &View, side: Side, tip: &Point, body: &[Point]) -> Option<Self> {
        // +1 when the side lies towards higher columns. Seen from the front or the back that is unambiguous.
        let towards = (view.right().x * side.sign()).signum();
        let column = |p: &Point| view.project(p).map(|pixel| pixel.column * towards);
        let border = body.iter().filter_map(column).fold(f64::NEG_INFINITY, f64::max);
        let outside_mm = (column(tip)? - border) * view.pixel_at_isocentre_mm();
        outside_mm.is_finite().then_some(Self { outside_mm })
    }
}

/// The oblique of a prone patient, turned to `side` by up to `most` degrees, at which the tip of the transverse process
/// overlies the lateral border of the body (evidence `technique.c_arm_oblique`). Degrees from the AP view; nothing when
/// the two never meet.
///
/// # Errors
/// [`GeometryError`] when the distances of `pose` cannot be.
pub fn oblique_for_landmark(
    pose: &CArmPose,
    side: Side,
    tip: &Point,
    body: &[Point],
    most: f64,
) -> Result<Option<f64>, GeometryError> {
    let outside = |degrees: f64| -> Result<Option<f64>, GeometryError> {
        let turned = CArmPose { primary_angle: side.sign() * (180.0 - degrees), ..*pose };
        let view = View::new(turned, Detector::default())?;
        Ok(Landmark::measure(&view, side, tip, body).map(|l| l.outside_mm))
    };
    let (mut low, mut high) = (0.0, most);
    let (Some(at_low), Some(at_high)) = (outside(low)?, outside(high)?) else { return Ok(None) };
    if at_low.signum() == at_high.signum() {
        return Ok(None);
    }
    for _ in 0..40 {
        let middle = (low + high) / 2.0;
        match outside(middle)? {
            Some(value) if value.signum() == at_low.signum() => low = middle,
            Some(_) => high = middle,
            None => return Ok(None),
        }
    }
    Ok(Some((low + high) / 2.0))
}

/// How much of a structure a ray passes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Superimposed {
    /// Number of the structure in the label map.
    pub label: u16,
    /// Millimetres of it along the ray.
    pub mm: f64,
    /// Whether it begins nearer the source than the point does.
    pub before_the_point: bool,
}

/// What lies over and under a point in a view: every label that the ray through the point passes, in the order the beam
/// meets them. Nothing for a point level with the source or behind it.
#[must_use]
pub fn superimposed(labels: &Labels, view: &View, point: &Point) -> Option<Vec<Superimposed>> {
    let pixel = view.project(point)?;
    let ray = view.ray(pixel.row, pixel.column);
    let depth = (point - ray.source).norm();
    let mut passed: Vec<Superimposed> = Vec::new();
    walk(labels, &ray, |label, from_source, mm| {
        if label == 0 {
            return;
        }
        match passed.iter_mut().find(|p| p.label == label) {
            Some(known) => known.mm += mm,
            None => passed.push(Superimposed { label, mm, before_the_point: from_source < depth }),
        }
    });
    Some(passed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_squared_endplate_is_seen_edge_on() {
        // An endplate whose normal leans 12 degrees forwards, seen from behind.
        let lean = 12f64.to_radians();
        let normal = Vector::new(0.0, -lean.sin(), lean.cos());
        for primary in [180.0, 155.0, -150.0, 20.0] {
            let secondary = secondary_for_square_endplate(primary, &normal).unwrap();
            let d = CArmPose::new(primary, secondary, Point::origin()).towards_detector();
            assert!(d.dot(&normal).abs() < 1e-12);
            assert_eq!(
                secondary_for_square_endplate(primary, &-normal),
                Some(secondary),
                "either normal will do"
            );
        }
        let behind = secondary_for_square_endplate(180.0, &normal).unwrap();
        assert!((behind - 12.0).abs() < 1e-9, "from behind, a forward lean is met from above: {behind}");
        assert_eq!(secondary_for_square_endplate(180.0, &Vector::y()), None);
    }

    #[test]
    fn a_point_is_superimposed_on_what_its_ray_passes() {
        let grid =
            rami_volume::Grid::upright([21, 41, 21], [5.0; 3], Point::new(-50.0, -100.0, -50.0)).unwrap();
        let mut labels = Labels::filled(grid.clone(), 0);
        for at in 0..grid.len() {
            let [_, j, _] = grid.voxel(at);
            labels.data_mut()[at] = if j < 5 {
                18
            } else if (30..34).contains(&j) {
                86
            } else {
                0
            };
        }
        let view = View::new(CArmPose::prone_ap(Point::origin()), Detector::default()).unwrap();
        let met = superimposed(&labels, &view, &Point::origin()).unwrap();
        // The beam comes from the front: five voxels of bowel before the point, four of muscle behind it.
        assert_eq!(
            met.iter().map(|m| (m.label, m.before_the_point)).collect::<Vec<_>>(),
            [(18, true), (86, false)]
        );
        assert!((met[0].mm - 25.0).abs() < 1e-9 && (met[1].mm - 20.0).abs() < 1e-9);
    }

    #[test]
    fn the_oblique_brings_the_transverse_process_to_the_border_of_the_body() {
        let body: Vec<Point> = (0..72)
            .map(|i| f64::from(i) * 5f64.to_radians())
            .map(|a| Point::new(24.0 * a.cos(), -18.0 + 17.0 * a.sin(), 0.0))
            .collect();
        let pose = CArmPose::prone_ap(Point::origin());
        for side in [Side::Left, Side::Right] {
            let tip = Point::new(side.sign() * 42.0, 14.0, 0.0);
            let degrees = oblique_for_landmark(&pose, side, &tip, &body, 60.0).unwrap().unwrap();
            let view =
                View::new(CArmPose::prone_oblique(side, degrees, 0.0, Point::origin()), Detector::default());
            let landmark = Landmark::measure(&view.unwrap(), side, &tip, &body).unwrap();
            assert!(landmark.outside_mm.abs() < 1e-6, "{landmark:?} at {degrees}");
            assert!((20.0..45.0).contains(&degrees), "a textbook body gives a textbook oblique: {degrees}");
        }
        let far = Point::new(300.0, 14.0, 0.0);
        assert_eq!(oblique_for_landmark(&pose, Side::Left, &far, &body, 45.0), Ok(None));
    }
}
