//! The operator's hand, as it should not be seen: soft tissue and bones as rods with round ends.
//!
//! Sizes are those of a grown-up's hand (assumed). Where rods of tissue overlap they count once; bones do not overlap.

use super::marker::visit;
use crate::View;
use crate::chain::{Layer, Overlay};
use rami_volume::{Point, Vector};

/// Share of a bone of the hand that is cortical bone.
const CORTICAL_SHARE: f64 = 0.4;

/// A rod with round ends.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Capsule {
    from: Point,
    to: Point,
    radius: f64,
}

/// A flat hand.
#[derive(Debug, Clone, PartialEq)]
pub struct Hand {
    tissue: Vec<Capsule>,
    bones: Vec<Capsule>,
}

impl Hand {
    /// A hand with its wrist at a point, pointing one way, its palm facing another. Nothing when the two directions are
    /// not directions or lie along each other.
    #[must_use]
    pub fn new(wrist: Point, pointing: Vector, palm: Vector) -> Option<Self> {
        let along = pointing.try_normalize(1e-9)?;
        let out = (palm - along * palm.dot(&along)).try_normalize(1e-9)?;
        let side = along.cross(&out);
        let at = |forwards: f64, sideways: f64| wrist + along * forwards + side * sideways;
        let (mut tissue, mut bones) = (Vec::new(), Vec::new());
        // Place across the palm, length of metacarpal, of the three phalanges, and radius of the finger.
        for (x, metacarpal, phalanges, radius) in [
            (30.0, 62.0, [40.0, 23.0, 18.0], 9.0),
            (10.0, 62.0, [45.0, 28.0, 19.0], 9.5),
            (-10.0, 56.0, [41.0, 26.0, 19.0], 9.0),
            (-29.0, 52.0, [33.0, 18.0, 17.0], 8.0),
        ] {
            let mut start = 24.0;
            let knuckle = start + metacarpal;
            tissue.push(Capsule { from: at(0.0, x * 0.6), to: at(knuckle, x), radius: 13.0 });
            let tip = knuckle + phalanges.iter().sum::<f64>();
            tissue.push(Capsule { from: at(knuckle, x), to: at(tip, x * 1.15), radius });
            for (i, length) in [metacarpal, phalanges[0], phalanges[1], phalanges[2]].into_iter().enumerate()
            {
                let lean = |f: f64| x * (0.7 + 0.45 * f / tip);
                let bone = Capsule {
                    from: at(start + 4.0, lean(start)),
                    to: at(start + length - 4.0, lean(start + length)),
                    radius: if i == 3 { 2.8 } else { 4.0 },
                };
                bones.push(bone);
                start += length;
            }
        }
        // Thumb and wrist.
        tissue.push(Capsule { from: at(12.0, 22.0), to: at(105.0, 68.0), radius: 10.5 });
        for (a, b) in [(0.12, 0.45), (0.50, 0.74), (0.80, 0.97)] {
            let on = |f: f64| at(12.0 + 93.0 * f, 22.0 + 46.0 * f);
            bones.push(Capsule { from: on(a), to: on(b), radius: 4.2 });
        }
        tissue.push(Capsule { from: at(-60.0, 12.0), to: at(5.0, 12.0), radius: 20.0 });
        tissue.push(Capsule { from: at(-60.0, -12.0), to: at(5.0, -12.0), radius: 20.0 });
        for (x, r) in [(14.0, 8.0), (-16.0, 5.5)] {
            bones.push(Capsule { from: at(-70.0, x), to: at(-6.0, x), radius: r });
        }
        for i in 0..4 {
            let x = 18.0 - 12.0 * f64::from(i);
            bones.push(Capsule { from: at(6.0, x), to: at(13.0, x), radius: 5.0 });
        }
        Some(Self { tissue, bones })
    }

    /// Millimetres of soft tissue and of cortical bone along the ray to a pixel.
    #[must_use]
    pub fn path(&self, view: &View, row: f64, column: f64) -> (f64, f64) {
        let ray = view.ray(row, column);
        let (source, d, length) = (ray.source, ray.direction(), ray.length());
        let bone: f64 =
            self.bones.iter().filter_map(|c| c.cut(source, d)).map(|(a, b)| clip(a, b, length)).sum();
        let mut pieces: Vec<(f64, f64)> = self.tissue.iter().filter_map(|c| c.cut(source, d)).collect();
        pieces.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (mut all, mut done) = (0.0, f64::NEG_INFINITY);
        for (enter, leave) in pieces {
            all += clip(enter.max(done), leave, length);
            done = done.max(leave);
        }
        ((all - bone).max(0.0) + bone * (1.0 - CORTICAL_SHARE), bone * CORTICAL_SHARE)
    }

    /// Puts the hand into what moves in the beam; whether any of it is there, between these rows and columns.
    pub fn overlay(
        &self,
        view: &View,
        lit: &(std::ops::Range<usize>, std::ops::Range<usize>),
        overlay: &mut Overlay,
    ) -> bool {
        let ends = self.tissue.iter().flat_map(|c| [(c.from, c.radius), (c.to, c.radius)]);
        let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
        for (point, radius) in ends {
            let Some(pixel) = view.project(&point) else { continue };
            let reach = 1.1 * radius * pixel.magnification / view.detector().pixel_mm + 2.0;
            for (k, at) in [pixel.row, pixel.column].into_iter().enumerate() {
                low[k] = low[k].min(at - reach);
                high[k] = high[k].max(at + reach);
            }
        }
        if !(low[0] < high[0]) {
            return false;
        }
        let mut seen = false;
        let half = [(high[0] - low[0]) / 2.0, (high[1] - low[1]) / 2.0];
        visit(view, low[0] + half[0], low[1] + half[1], half, |row, column| {
            let (tissue, bone) = self.path(view, row as f64, column as f64);
            if tissue + bone > 0.0 {
                overlay.add(Layer::Water, row, column, tissue as f32);
                overlay.add(Layer::Bone, row, column, bone as f32);
                seen |= lit.0.contains(&row) && lit.1.contains(&column);
            }
        });
        seen
    }
}

/// Length of a piece of a ray that lies between source and pixel.
fn clip(enter: f64, leave: f64, length: f64) -> f64 {
    (leave.min(length) - enter.max(0.0)).max(0.0)
}

impl Capsule {
    /// Where a line enters and leaves.
    fn cut(&self, source: Point, d: Vector) -> Option<(f64, f64)> {
        let r2 = self.radius * self.radius;
        let ball = |centre: &Point| {
            let from = source - centre;
            let nearest = -from.dot(&d);
            let gap = (from + d * nearest).norm_squared();
            (gap < r2).then(|| ((r2 - gap).sqrt(), nearest)).map(|(half, n)| (n - half, n + half))
        };
        let axis = self.to - self.from;
        let length = axis.norm();
        let axis = axis / length.max(1e-12);
        let (from, along) = (source - self.from, d.dot(&axis));
        let across = d - axis * along;
        let offset = from - axis * from.dot(&axis);
        let a = across.norm_squared();
        let rod = if a < 1e-15 {
            None
        } else {
            let nearest = -offset.dot(&across) / a;
            let gap = (offset + across * nearest).norm_squared();
            (gap < r2).then(|| ((r2 - gap) / a).sqrt()).and_then(|half| {
                let (mut enter, mut leave) = (nearest - half, nearest + half);
                let start = from.dot(&axis);
                if along.abs() < 1e-15 {
                    return (0.0..=length).contains(&start).then_some((enter, leave));
                }
                let (p, q) = (-start / along, (length - start) / along);
                enter = enter.max(p.min(q));
                leave = leave.min(p.max(q));
                (enter < leave).then_some((enter, leave))
            })
        };
        [ball(&self.from), ball(&self.to), rod]
            .into_iter()
            .flatten()
            .reduce(|(a, b), (c, d)| (a.min(c), b.max(d)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CArmPose, Detector};

    #[test]
    fn a_hand_over_the_field_is_seen_and_one_beside_it_is_not() {
        let view = View::new(CArmPose::prone_ap(Point::origin()), Detector::square(256, 1.2)).unwrap();
        let lit = (0..256, 0..256);
        let hand = |x: f64| Hand::new(Point::new(x, 130.0, 0.0), -Vector::x(), Vector::y()).unwrap();
        let mut overlay = Overlay::new(&view);
        assert!(hand(80.0).overlay(&view, &lit, &mut overlay));
        let at = view.project(&Point::new(0.0, 130.0, 10.0)).unwrap();
        let (row, column) = (at.row.round() as usize, at.column.round() as usize);
        let water = overlay.path(Layer::Water, row, column);
        assert!((15.0..30.0).contains(&water), "a palm is about 25 mm thick: {water}");
        assert!(!hand(600.0).overlay(&view, &lit, &mut Overlay::new(&view)));
        assert!(Hand::new(Point::origin(), Vector::x(), Vector::x()).is_none());
    }

    #[test]
    fn a_rod_with_round_ends_is_as_thick_as_it_should_be() {
        let capsule = Capsule { from: Point::origin(), to: Point::new(0.0, 0.0, 20.0), radius: 5.0 };
        let cut =
            |x: f64, z: f64| capsule.cut(Point::new(x, -50.0, z), Vector::y()).map_or(0.0, |(a, b)| b - a);
        assert!((cut(0.0, 10.0) - 10.0).abs() < 1e-9 && (cut(3.0, 10.0) - 8.0).abs() < 1e-9);
        assert!((cut(0.0, -3.0) - 8.0).abs() < 1e-9, "in the round end");
        assert_eq!(cut(0.0, -5.1), 0.0);
        let along = capsule.cut(Point::new(0.0, 0.0, -50.0), Vector::z()).unwrap();
        assert!((along.1 - along.0 - 30.0).abs() < 1e-9, "along it, both ends count");
    }
}
