//! A steel needle in the beam, exactly.
//!
//! A needle is a chain of straight round rods, cut where they meet by the plane that halves the angle and at the tip
//! by the bevel. Each rod is convex, so a ray goes through it in one piece: the part of the ray inside the infinite
//! cylinder, |(x − p) × a| ≤ r, cut by the two end planes. The pieces do not overlap, so their lengths add.

use crate::chain::{Layer, Overlay};
use crate::{Image, Ray, View};
use rami_volume::{Point, Vector};
use rayon::prelude::*;

/// How the tip of a needle is ground.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bevel {
    /// Angle between the ground face and the axis, degrees in (0, 90].
    pub angle_deg: f64,
    /// The way the face looks; only its part across the axis counts. The sharp point lies on the other side.
    pub facing: Vector,
}

/// A solid steel needle (with its stylet in).
#[derive(Debug, Clone, PartialEq)]
pub struct Needle {
    rods: Vec<Rod>,
    radius: f64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Rod {
    from: Point,
    to: Point,
    axis: Vector,
    /// Inside is where (x − point) · normal ≤ 0.
    ends: [(Point, Vector); 2],
}

impl Needle {
    /// Outer diameter of a 22 gauge needle, mm (ISO 9626).
    pub const GAUGE_22_MM: f64 = 0.72;

    /// A straight needle from its entry (or hub) to its target, cut square. Nothing without length or thickness.
    #[must_use]
    pub fn straight(entry: Point, target: Point, diameter_mm: f64) -> Option<Self> {
        Self::bent(&[entry, target], diameter_mm, None)
    }

    /// A needle along a chain of points, hub first, tip last. Points closer than a micrometre to the one before are
    /// left out; nothing when fewer than two remain or the diameter is not positive.
    #[must_use]
    pub fn bent(points: &[Point], diameter_mm: f64, bevel: Option<Bevel>) -> Option<Self> {
        let mut chain: Vec<Point> = Vec::with_capacity(points.len());
        for &point in points {
            if !point.coords.iter().all(|v| v.is_finite()) {
                return None;
            }
            if chain.last().is_none_or(|last| (point - last).norm() > 1e-3) {
                chain.push(point);
            }
        }
        if chain.len() < 2 || !(diameter_mm > 0.0 && diameter_mm.is_finite()) {
            return None;
        }
        let radius = diameter_mm / 2.0;
        let axes: Vec<Vector> = chain.windows(2).map(|w| (w[1] - w[0]).normalize()).collect();
        let last = axes.len() - 1;
        let rods = (0..axes.len())
            .map(|i| {
                let start = if i == 0 { -axes[0] } else { -(axes[i - 1] + axes[i]) };
                let end = if i == last {
                    tip_plane(chain[i + 1], axes[i], radius, bevel)
                } else {
                    (chain[i + 1], axes[i] + axes[i + 1])
                };
                Rod { from: chain[i], to: chain[i + 1], axis: axes[i], ends: [(chain[i], start), end] }
            })
            .collect();
        Some(Self { rods, radius })
    }

    /// Its free end, outside the patient.
    #[must_use]
    pub fn hub(&self) -> Point {
        self.rods.first().map_or_else(Point::origin, |rod| rod.from)
    }

    /// Its tip.
    #[must_use]
    pub fn tip(&self) -> Point {
        self.rods.last().map_or_else(Point::origin, |rod| rod.to)
    }

    /// Millimetres of steel along a ray.
    #[must_use]
    pub fn chord(&self, ray: &Ray) -> f64 {
        let (direction, length) = (ray.direction(), ray.length());
        self.rods.iter().map(|rod| rod.chord(ray.source, direction, length, self.radius)).sum()
    }

    /// Adds millimetres of steel to each pixel. With `samples` = 1 a pixel has the value of the ray through its
    /// centre; with more, the mean over `samples` × `samples` rays spread over it.
    pub fn add_to(&self, view: &View, samples: usize, steel: &mut Image<f32>) {
        self.shadow(view, samples, |row, column, mm| {
            let index = row * steel.columns() + column;
            if let Some(pixel) = steel.data_mut().get_mut(index) {
                *pixel += mm;
            }
        });
    }

    /// Puts the needle into what moves in the beam, the mean over 2 × 2 rays a pixel.
    pub fn overlay(&self, view: &View, overlay: &mut Overlay) {
        self.shadow(view, 2, |row, column, mm| overlay.add(Layer::Steel, row, column, mm));
    }

    /// Rod by rod (their paths add), the pixels of a narrow band around each.
    fn shadow(&self, view: &View, samples: usize, mut add: impl FnMut(usize, usize, f32)) {
        let share = 1.0 / (samples * samples) as f64;
        let pixels = |rod: &Rod| -> Vec<(usize, usize, f32)> {
            let mut lit = Vec::new();
            for (row, columns) in self.band(view, rod) {
                for column in columns {
                    let mut sum = 0.0;
                    for i in 0..samples {
                        for j in 0..samples {
                            let at = |k: usize| (k as f64 + 0.5) / samples as f64 - 0.5;
                            let ray = view.ray(row as f64 + at(i), column as f64 + at(j));
                            sum += rod.chord(ray.source, ray.direction(), ray.length(), self.radius);
                        }
                    }
                    if sum > 0.0 {
                        lit.push((row, column, (sum * share) as f32));
                    }
                }
            }
            lit
        };
        // Rods are measured side by side and added in their order.
        let rods: Vec<_> = self.rods.par_iter().map(pixels).collect();
        rods.into_iter().flatten().for_each(|(row, column, mm)| add(row, column, mm));
    }

    /// For each row the columns that hold the shadow of a rod.
    fn band(&self, view: &View, rod: &Rod) -> Vec<(usize, std::ops::Range<usize>)> {
        let (rows, columns) = (view.detector().rows, view.detector().columns);
        // A rod that reaches behind the source, or runs through it, throws no shadow that ends; the whole detector is
        // searched.
        let ends = view.project(&rod.from).zip(view.project(&rod.to));
        let Some((a, b)) = ends.filter(|(a, b)| a.magnification.max(b.magnification) < 100.0) else {
            return (0..rows).map(|row| (row, 0..columns)).collect();
        };
        let reach = 2.0 * self.radius * a.magnification.max(b.magnification) / view.detector().pixel_mm + 1.5;
        let (low, high) = (a.row.min(b.row) - reach, a.row.max(b.row) + reach);
        let first = low.floor().clamp(0.0, rows as f64) as usize;
        let end = (high.ceil() + 1.0).clamp(0.0, rows as f64) as usize;
        let run = b.row - a.row;
        let at = |row: f64| (run.abs() >= 1e-9).then(|| ((row - a.row) / run).clamp(0.0, 1.0));
        (first..end)
            .filter_map(|row| {
                let t0 = at(row as f64 - reach).unwrap_or(0.0);
                let t1 = at(row as f64 + reach).unwrap_or(1.0);
                let column = |t: f64| a.column + (b.column - a.column) * t;
                let (c0, c1) = (column(t0), column(t1));
                let from = (c0.min(c1) - reach).floor().clamp(0.0, columns as f64) as usize;
                let to = ((c0.max(c1) + reach).ceil() + 1.0).clamp(0.0, columns as f64) as usize;
                (from < to).then_some((row, from..to))
            })
            .collect()
    }
}

fn tip_plane(tip: Point, axis: Vector, radius: f64, bevel: Option<Bevel>) -> (Point, Vector) {
    let square = (tip, axis);
    let Some(bevel) = bevel.filter(|b| b.angle_deg > 0.0 && b.angle_deg < 90.0) else { return square };
    let across = bevel.facing - axis * bevel.facing.dot(&axis);
    let Some(facing) = across.try_normalize(1e-9) else { return square };
    let (sin, cos) = bevel.angle_deg.to_radians().sin_cos();
    (tip - facing * radius, axis * sin + facing * cos)
}

impl Rod {
    fn chord(&self, source: Point, direction: Vector, length: f64, radius: f64) -> f64 {
        let (mut enter, mut leave) = (0.0, length);
        let offset = source - self.from;
        // Across the axis: |o⊥ + t d⊥|² ≤ r².
        let d = direction - self.axis * direction.dot(&self.axis);
        let o = offset - self.axis * offset.dot(&self.axis);
        let a = d.norm_squared();
        if a < 1e-18 {
            if o.norm_squared() > radius * radius {
                return 0.0;
            }
        } else {
            let nearest = -o.dot(&d) / a;
            let gap = (o + d * nearest).norm_squared();
            if gap >= radius * radius {
                return 0.0;
            }
            let half = ((radius * radius - gap) / a).sqrt();
            enter = f64::max(enter, nearest - half);
            leave = f64::min(leave, nearest + half);
        }
        for (point, normal) in self.ends {
            let slope = direction.dot(&normal);
            let distance = (source - point).dot(&normal);
            if slope.abs() < 1e-15 {
                if distance > 0.0 {
                    return 0.0;
                }
            } else if slope > 0.0 {
                leave = leave.min(-distance / slope);
            } else {
                enter = enter.max(-distance / slope);
            }
        }
        (leave - enter).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CArmPose, Detector};

    fn ray(from: [f64; 3], to: [f64; 3]) -> Ray {
        Ray { source: Point::from(from), end: Point::from(to) }
    }

    #[test]
    fn across_a_needle_the_path_is_its_chord() {
        let needle = Needle::straight(Point::new(0.0, 0.0, 50.0), Point::new(0.0, 0.0, -50.0), 1.0).unwrap();
        let through = |x: f64| needle.chord(&ray([x, -100.0, 0.0], [x, 100.0, 0.0]));
        assert!((through(0.0) - 1.0).abs() < 1e-12);
        assert!((through(0.3) - 0.8).abs() < 1e-12, "2 sqrt(0.25 - 0.09)");
        assert_eq!(through(0.51), 0.0);
        let slant = needle.chord(&ray([0.0, -100.0, -100.0], [0.0, 100.0, 100.0]));
        assert!((slant - 2f64.sqrt()).abs() < 1e-9, "45 degrees: {slant}");
        assert!((needle.chord(&ray([0.2, 0.0, -100.0], [0.2, 0.0, 100.0])) - 100.0).abs() < 1e-9, "along it");
        assert_eq!(needle.chord(&ray([0.0, -100.0, 50.01], [0.0, 100.0, 50.01])), 0.0, "beyond the hub");
    }

    #[test]
    fn a_bevel_leaves_the_point_on_the_far_side_of_its_face() {
        let bevel = Bevel { angle_deg: 45.0, facing: Vector::x() };
        let needle = Needle::bent(&[Point::new(0.0, 0.0, 50.0), Point::origin()], 1.0, Some(bevel)).unwrap();
        let near_tip = |x: f64, z: f64| needle.chord(&ray([x, -100.0, z], [x, 100.0, z]));
        assert!(near_tip(-0.3, 0.3) > 0.0, "steel on the side of the point");
        assert_eq!(near_tip(0.3, 0.3), 0.0, "none where the face was ground away");
        assert!(near_tip(0.3, 1.1) > 0.0, "the face ends one diameter up at 45 degrees");
    }

    #[test]
    fn a_bend_neither_overlaps_nor_gapes() {
        // Along the first rod's axis to the bend and on into the second rod's mitre: total volume is kept.
        let points = [Point::new(0.0, 0.0, 20.0), Point::origin(), Point::new(3.0, 0.0, -4.0)];
        let needle = Needle::bent(&points, 1.0, None).unwrap();
        let (mut volume, h) = (0.0, 0.02);
        for i in 0..400 {
            for k in 0..1400 {
                let (x, z) = (-2.0 + f64::from(i) * h, -6.0 + f64::from(k) * h);
                volume += needle.chord(&ray([x, -9.0, z], [x, 9.0, z])) * h * h;
            }
        }
        let exact = std::f64::consts::PI * 0.25 * 25.0;
        assert!(
            (volume / exact - 1.0).abs() < 2e-3,
            "{volume} against {exact}: the midpoint rule at h = 0.02"
        );
    }

    #[test]
    fn no_pixel_of_the_shadow_is_missed() {
        let view = View::new(CArmPose::new(150.0, 7.0, Point::origin()), Detector::square(96, 3.0)).unwrap();
        let points = [Point::new(60.0, 80.0, 20.0), Point::new(10.0, 10.0, 5.0), Point::new(0.0, -20.0, 3.0)];
        let needle = Needle::bent(&points, 4.0, None).unwrap();
        let mut banded = Image::filled(96, 96, 0.0);
        needle.add_to(&view, 1, &mut banded);
        for row in 0..96 {
            for column in 0..96 {
                let direct = needle.chord(&view.ray(row as f64, column as f64)) as f32;
                let got = banded.get(row, column).unwrap();
                // Rods are added in single precision.
                assert!((got - direct).abs() < 1e-5, "row {row}, column {column}: {got}, {direct}");
            }
        }
    }
}
