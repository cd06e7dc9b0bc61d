//! Where everything in a person is, before anything is given a shape: the outline of the trunk, the muscles' sections,
//! and the courses of vessels. All of it hangs on the spine's frames, so that it follows lordosis, posture, scoliosis
//! and size. Proportions not in the evidence are drawn from descriptive anatomy at the scale of the skeleton.

use super::shape::{OUTLINE_MIX, ROW_MM, Trunk};
use super::spine::{L1, Spine};
use super::traits::Traits;
use super::variant::Variant;
use crate::{BySide, Posture, Side};
use nalgebra::{Point3, Vector3};
use rami_evidence::value;
use rami_random::Stream;
use rami_random::distributions::{Distribution, StandardNormal};
use std::f64::consts::PI;
use std::sync::Arc;

/// A polyline with a radius at each point.
#[derive(Debug, Clone, Default)]
pub(crate) struct Course {
    pub(crate) points: Vec<Point3<f64>>,
    pub(crate) radii: Vec<f64>,
}

impl Course {
    pub(crate) fn new(points: Vec<Point3<f64>>, radius: f64) -> Self {
        let radii = vec![radius; points.len()];
        Self { points, radii }
    }
}

/// Section of psoas at a level: middle and radii in the frame there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Section {
    pub(crate) level: f64,
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) rx: f64,
    pub(crate) ry: f64,
}

/// A kidney's place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kidney {
    pub(crate) centre: Point3<f64>,
    /// Towards the lower pole.
    pub(crate) down: Vector3<f64>,
    /// Radii: medial-lateral, antero-posterior, along.
    pub(crate) radii: Vector3<f64>,
    pub(crate) lower_pole: Point3<f64>,
    pub(crate) hilum: Point3<f64>,
}

/// Thickness of the layers of the trunk at front, flank and back, mm.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layers {
    pub(crate) fat: [f64; 3],
    pub(crate) wall: [f64; 3],
}

/// Everything about a person's geometry.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    pub(crate) traits: Traits,
    pub(crate) variant: Option<Variant>,
    pub(crate) posture: Posture,
    pub(crate) spine: Spine,
    pub(crate) trunk: Arc<Trunk>,
    pub(crate) layers: Layers,
    /// Half width of the trunk and the y of front and back, at the middle of L3.
    pub(crate) half_width: f64,
    pub(crate) psoas: Vec<Section>,
    pub(crate) kidneys: BySide<Kidney>,
    pub(crate) aorta: Course,
    pub(crate) bifurcation: Point3<f64>,
    pub(crate) ivc: Course,
    pub(crate) confluence: Point3<f64>,
    pub(crate) iliac_arteries: BySide<Course>,
    pub(crate) iliac_veins: BySide<Course>,
    pub(crate) ureters: BySide<Course>,
    /// Highest and lowest z that the person is built for.
    pub(crate) z_range: [f64; 2],
}

impl Layout {
    pub(crate) fn new(traits: &Traits, variant: Option<Variant>, posture: Posture) -> Self {
        let prone = posture == Posture::Prone;
        let flatten = if prone { value("population.lordosis_prone_ratio") } else { 1.0 };
        let spine = Spine::new(traits, variant, traits.lordosis_deg * flatten);
        let k = spine.scale;
        let (trunk, layers, half_width) = trunk(traits, &spine, prone);
        let psoas = psoas(traits, &spine);
        let z_top = spine.levels[0].frame.origin.z + 22.0 * k;
        let z_bottom = if variant == Some(Variant::Hip) { -265.0 * k } else { z_top - 325.0 * k };
        let mut layout = Self {
            traits: traits.clone(),
            variant,
            posture,
            spine,
            trunk: Arc::new(trunk),
            layers,
            half_width,
            psoas,
            kidneys: BySide::from_fn(|_| Kidney {
                centre: Point3::origin(),
                down: Vector3::z(),
                radii: Vector3::repeat(1.0),
                lower_pole: Point3::origin(),
                hilum: Point3::origin(),
            }),
            aorta: Course::default(),
            bifurcation: Point3::origin(),
            ivc: Course::default(),
            confluence: Point3::origin(),
            iliac_arteries: BySide::default(),
            iliac_veins: BySide::default(),
            ureters: BySide::default(),
            z_range: [z_bottom, z_top],
        };
        layout.great_vessels();
        layout.kidneys = BySide::from_fn(|side| layout.kidney(side, prone));
        let iliac = [&layout.iliac_arteries, &layout.iliac_veins];
        let crossed: Vec<&Course> = iliac.into_iter().flat_map(|pair| [&pair.left, &pair.right]).collect();
        layout.ureters = BySide::from_fn(|side| in_front_of(&layout.ureter(side), &crossed, 4.0, 1.3));
        layout
    }

    /// Height of a level's middle.
    pub(crate) fn z(&self, level: f64) -> f64 {
        self.spine.place(level, 0.0, 0.0, 0.0).z
    }

    /// Front and back of the skin in the midline region at a height: (front y, back y, half width).
    pub(crate) fn outline(&self, z: f64) -> (f64, f64, f64) {
        let trunk = &self.trunk;
        let s = ((z as f32 - trunk.z0) / ROW_MM).clamp(0.0, (trunk.rows.len() - 2) as f32);
        let (i, f) = (s as usize, s.fract());
        let row = |n: usize| f64::from(trunk.rows[i][n] + f * (trunk.rows[i + 1][n] - trunk.rows[i][n]));
        (row(1) - row(2), row(1) + row(2), row(0))
    }

    /// A place in the belly: `x` as a share of the cavity's half width, `y` from 0 at the front wall to 1 at the front
    /// of the spine, at a level.
    pub(crate) fn belly(&self, x: f64, y: f64, level: f64) -> Point3<f64> {
        let spine = self.spine.place(level, 0.0, 0.0, 0.0);
        let (front, _, half) = self.outline(spine.z);
        let front = front + self.layers.fat[0] + self.layers.wall[0] + 2.0;
        let half = half - self.layers.fat[1] - self.layers.wall[1] - 2.0;
        let back = spine.y - 0.5 * self.spine.size_at(level, |s| s.upper_depth) - 2.0;
        // The further aside, the less deep the front is: the wall curves back.
        let front = front + (back - front) * 0.35 * x.abs().powi(4);
        Point3::new(x * half, front + y * (back - front), spine.z)
    }

    /// Psoas at a fractional level.
    pub(crate) fn psoas_at(&self, level: f64) -> Section {
        let sections = &self.psoas;
        let i = sections.iter().rposition(|s| s.level <= level).unwrap_or(0).min(sections.len() - 2);
        let (a, b) = (sections[i], sections[i + 1]);
        let f = ((level - a.level) / (b.level - a.level)).clamp(0.0, 1.0);
        let mix = |a: f64, b: f64| a + f * (b - a);
        Section { level, x: mix(a.x, b.x), y: mix(a.y, b.y), rx: mix(a.rx, b.rx), ry: mix(a.ry, b.ry) }
    }

    /// Half width and half depth of the column (rims and discs, bridging the waists) at a level.
    pub(crate) fn column_at(&self, level: f64) -> (f64, f64) {
        let of = |f: fn(&super::spine::VertebraSize) -> f64| self.spine.size_at(level, f);
        (
            0.25 * (of(|s| s.upper_width) + of(|s| s.lower_width)),
            0.25 * (of(|s| s.upper_depth) + of(|s| s.lower_depth)),
        )
    }

    /// Point of an outline like the column's at an angle from the front (0) towards the left (π/2), `lift` mm off it.
    pub(crate) fn around(&self, half: (f64, f64), angle: f64, lift: f64) -> (f64, f64) {
        let (s, c) = angle.sin_cos();
        let (s2, c2) = (s * s, c * c);
        // The superellipse of Body, in polar form of the scaled coordinates.
        let g = (s2 * s2 + c2 * c2 + 1.15 * s2 * c2).powf(0.25);
        let (x, y) = (half.0 * s / g, -half.1 * c / g);
        let n = Vector3::new(x / (half.0 * half.0), y / (half.1 * half.1), 0.0).normalize();
        (x + lift * n.x, y + lift * n.y)
    }

    /// Angle around the column where psoas leaves it: the groove in which the trunk lies.
    pub(crate) fn groove_angle(&self, level: f64) -> f64 {
        let psoas = self.psoas_at(level);
        let half = self.column_at(level);
        let inside = |angle: f64| {
            let (x, y) = self.around(half, angle, 1.0);
            ((x - psoas.x) / psoas.rx).powi(2) + ((y - psoas.y) / psoas.ry).powi(2) < 1.0
        };
        let mut angle = 0.2;
        while angle < 0.5 * PI && !inside(angle) {
            angle += 0.01;
        }
        angle
    }

    fn great_vessels(&mut self) {
        let t = &self.traits;
        let left_ivc = self.variant == Some(Variant::LeftIvc);
        let k = self.spine.scale;
        let stream = Stream::new(t.seed).named("vessels");
        let mut rng = stream.rng();
        let mut normal = || {
            let z: f64 = StandardNormal.sample(&mut rng);
            z.clamp(-2.0, 2.0)
        };
        let spine = &self.spine;
        let top = -1.6;
        let wander = 1.5 + 1.2 * ((t.age_y - 50.0) / 20.0).clamp(0.0, 2.0);
        let (phase, amount) = (normal(), wander * (0.5 + 0.3 * normal()));
        let r = t.aorta_radius_mm;
        let aorta_x = if left_ivc { t.aorta_left_mm - 9.0 } else { t.aorta_left_mm };
        let steps = 22;
        let mut aorta = Course::default();
        let aorta_radius = |level: f64| r * (1.18 - 0.05 * (level - top) / 1.3).max(1.0);
        let aorta_across = |level: f64| {
            aorta_x
                + amount * (1.1 * level + phase).sin()
                + if level < 1.0 { -2.0 * (1.0 - level).min(1.5) } else { 0.0 }
        };
        for i in 0..=steps {
            let level = top + (t.aortic_bifurcation_level - top) * i as f64 / steps as f64;
            let (radius, x) = (aorta_radius(level), aorta_across(level));
            let y = -0.5 * spine.size_at(level, |s| s.upper_depth) - t.aorta_gap_mm - radius + 0.012 * x * x;
            aorta.points.push(spine.place(level, x, y, 0.0));
            aorta.radii.push(radius);
        }
        let mut ivc = Course::default();
        let end = t.ivc_confluence_level;
        for i in 0..=steps {
            let level = top + (end - top) * i as f64 / steps as f64;
            let gap = {
                let f = ((4.5 - level) / 2.5).clamp(0.0, 1.35);
                t.ivc_gap_mm[0] + f * (t.ivc_gap_mm[1] - t.ivc_gap_mm[0])
            };
            let ry = 0.85 * t.ivc_radius_mm;
            let lateral = 18.0 * k - 3.0 * ((level - 4.2) / 0.6).clamp(0.0, 1.0);
            let x = if left_ivc {
                // Left below the renal veins, then across the front of the aorta to the right.
                let f = ((level - 1.2) / 0.8).clamp(0.0, 1.0);
                -lateral + f * (2.0 * lateral + 3.0)
            } else {
                // Clear of the aorta.
                let beside = level.min(t.aortic_bifurcation_level);
                (-lateral).min(aorta_across(beside) - aorta_radius(beside) - 1.2 * t.ivc_radius_mm - 0.5)
            };
            let (half_w, half_d) = self.column_at(level);
            let front = -half_d * (1.0 - (x / half_w).abs().min(0.92).powf(2.6)).powf(1.0 / 2.6);
            let across = if left_ivc && (1.2..2.0).contains(&level) { -1.7 * r } else { 0.0 };
            ivc.points.push(spine.place(level, x, front - gap - ry + across, 0.0));
            ivc.radii.push(t.ivc_radius_mm);
        }
        let bifurcation = aorta.points[steps];
        let confluence = ivc.points[steps];
        // Along the brim of the pelvis, in front of the medial edge of psoas.
        let sacral = spine.levels[spine.sacral()].frame.origin;
        let brim =
            |side: Side, x: f64, y: f64, z: f64| sacral + Vector3::new(side.sign() * x * k, y * k, z * k);
        self.iliac_arteries = BySide::from_fn(|side| Course {
            points: vec![
                bifurcation + Vector3::new(side.sign() * 4.5, 1.0, -4.0),
                nalgebra::center(&bifurcation, &brim(side, 35.0, -41.0, 8.0)) + Vector3::new(0.0, -1.0, 0.0),
                brim(side, 36.0, -41.0, 2.0),
                brim(side, 46.0, -38.0, -35.0),
                brim(side, 62.0, -52.0, -75.0),
                brim(side, 74.0, -74.0, -115.0),
            ],
            radii: vec![0.62 * r, 0.6 * r, 0.56 * r, 0.52 * r, 0.48 * r, 0.45 * r],
        });
        let rv = t.ivc_radius_mm;
        self.iliac_veins = BySide::from_fn(|side| Course {
            points: vec![
                confluence + Vector3::new(side.sign() * 4.0, 0.0, -3.0),
                nalgebra::center(&confluence, &brim(side, 30.0, -30.0, -4.0)),
                brim(side, 32.0, -29.0, -8.0),
                brim(side, 43.0, -26.0, -42.0),
                brim(side, 56.0, -42.0, -80.0),
                brim(side, 66.0, -66.0, -118.0),
            ],
            radii: vec![0.75 * rv, 0.7 * rv, 0.66 * rv, 0.62 * rv, 0.58 * rv, 0.55 * rv],
        });
        for side in Side::BOTH {
            let vein = self.before_column(self.iliac_veins.get(side));
            *self.iliac_veins.get_mut(side) = vein;
            let artery = self.before_column(self.iliac_arteries.get(side));
            *self.iliac_arteries.get_mut(side) = artery;
        }
        for side in Side::BOTH {
            let veins = [&ivc, &self.iliac_veins.left, &self.iliac_veins.right];
            let clear = in_front_of(self.iliac_arteries.get(side), &veins, STEP_MM, 0.3);
            *self.iliac_arteries.get_mut(side) = clear;
        }
        self.aorta = aorta;
        self.ivc = ivc;
        self.bifurcation = bifurcation;
        self.confluence = confluence;
    }

    /// A vessel's course brought far enough before the column that the trunk passes behind it.
    fn before_column(&self, course: &Course) -> Course {
        const ROOM_MM: f64 = 4.0;
        let mut course = stepped(course, STEP_MM);
        let moved: Vec<f64> = course
            .points
            .iter()
            .zip(&course.radii)
            .map(|(p, radius)| {
                let level = self.spine.level_at_z(p.z).clamp(3.0, 5.6);
                let half = self.column_at(level);
                let middle = self.spine.place(level, 0.0, 0.0, 0.0);
                // The column's outline, further out all around by the vessel's radius and the room behind it.
                let (wide, deep) = (half.0 + ROOM_MM + radius, half.1 + ROOM_MM + radius);
                let across = ((p.x - middle.x) / wide).abs();
                if across >= 1.0 {
                    return 0.0;
                }
                (p.y - middle.y + deep * (1.0 - across.powf(2.6)).powf(1.0 / 2.6)).max(0.0)
            })
            .collect();
        ease_forward(&mut course, &moved, STEP_MM);
        course
    }

    fn kidney(&self, side: Side, prone: bool) -> Kidney {
        let t = &self.traits;
        let s = side.sign();
        let k = self.spine.scale;
        let l3 = &self.spine.levels[L1 + 2];
        let edge = l3.frame.point(0.0, 0.0, 0.5 * l3.size.height()).z;
        let mut pole =
            edge + *t.kidney_pole_mm.get(side) + if prone { *t.kidney_prone_mm.get(side) } else { 0.0 };
        let mut medial = 0.0;
        if self.variant == Some(Variant::LowKidney) && side == Side::Left {
            pole -= 60.0;
            medial = -4.0;
        }
        let horseshoe = self.variant == Some(Variant::HorseshoeKidney);
        if horseshoe {
            pole = pole.min(edge + 4.0) - 22.0;
        }
        let half = 0.5 * t.kidney_length_mm;
        let aside = if horseshoe { -0.30 } else { 0.20 };
        let down = Vector3::new(s * aside, -0.16, -1.0).normalize();
        let wide = 0.245 * t.kidney_length_mm;
        // Furthest z the long axis reaches is a little less than half its length; the ellipsoid adds its width.
        let reach = ((half * down.z).powi(2) + (wide * down.x).powi(2)).sqrt();
        let z = pole + reach;
        let level = self.spine.level_at_z(z);
        let psoas = self.psoas_at(level.max(1.0));
        let middle = self.spine.place(level, 0.0, 0.0, 0.0);
        let x = (psoas.x + psoas.rx + wide + 2.0 * k + medial).max(56.0 * k)
            + 0.06 * (self.half_width - 150.0).max(0.0);
        let y = middle.y - 3.0 * k - 0.05 * t.back_fat_mm;
        let centre = Point3::new(middle.x + s * x, y, z);
        Kidney {
            centre,
            down,
            radii: Vector3::new(wide, 0.215 * t.kidney_length_mm, half),
            lower_pole: Point3::new(centre.x + down.x * half, centre.y + down.y * half, pole),
            hilum: centre + Vector3::new(-s * 0.75 * wide, -6.0, -4.0),
        }
    }
}

/// Length of the steps in which the courses of vessels are bent, mm.
const STEP_MM: f64 = 8.0;

/// A course brought in front of the vessels it crosses, in steps of this length and this far off their walls, mm.
fn in_front_of(course: &Course, veins: &[&Course], step: f64, off: f64) -> Course {
    let mut out = stepped(course, step);
    let near = |p: &Point3<f64>, radius: f64| {
        veins.iter().any(|vein| {
            vein.points.windows(2).zip(&vein.radii).any(|(w, &r)| {
                let ab = w[1] - w[0];
                let u = ((p - w[0]).dot(&ab) / ab.norm_squared()).clamp(0.0, 1.0);
                let d = p - (w[0] + ab * u);
                // The vena cava is wider than deep; the others are taken so too.
                let across = d.x.hypot(d.z) / (1.16 * r + radius);
                across.hypot(d.y / (r + radius)) < 1.0
            })
        })
    };
    let mut moved = vec![0.0; out.points.len()];
    for (n, p) in out.points.iter().enumerate() {
        while moved[n] < 25.0 && near(&(p - Vector3::new(0.0, moved[n], 0.0)), out.radii[n] + off) {
            moved[n] += 0.5;
        }
    }
    ease_forward(&mut out, &moved, step);
    out
}

/// A course in steps of at most this length, mm.
pub(super) fn stepped(course: &Course, step: f64) -> Course {
    let mut out = Course::default();
    for (w, r) in course.points.windows(2).zip(course.radii.windows(2)) {
        let n = ((w[1] - w[0]).norm() / step).ceil().max(1.0) as usize;
        for i in 0..n {
            let f = i as f64 / n as f64;
            out.points.push(w[0] + (w[1] - w[0]) * f);
            out.radii.push(r[0] + (r[1] - r[0]) * f);
        }
    }
    out.points.extend(course.points.last());
    out.radii.extend(course.radii.last());
    out
}

/// Moves points forwards; neighbours follow, so that the vessel bends over what it passes and does not step over it.
fn ease_forward(course: &mut Course, moved: &[f64], step: f64) {
    for (n, point) in course.points.iter_mut().enumerate() {
        let eased = moved.iter().enumerate().map(|(m, by)| by - 0.5 * step * m.abs_diff(n) as f64);
        point.y -= eased.fold(0.0, f64::max);
    }
}

fn psoas(traits: &Traits, spine: &Spine) -> Vec<Section> {
    let k = spine.scale;
    let grow = traits.psoas_ratio;
    // Level, then middle and radii at the mean size, mm; the medial edge stays on the column when the muscle grows. Set so
    // that, with the aorta's place, the corridor between them has the mean of B2.6 and the groove lies in the anterior third
    // of the bodies (B2.10).
    let rows: [[f64; 5]; 9] = [
        [0.9, 25.0, 9.0, 6.0, 8.0],
        [1.5, 27.3, 8.0, 8.7, 11.7],
        [2.0, 29.5, 5.5, 11.2, 14.5],
        [2.5, 31.9, 5.5, 14.0, 17.3],
        [3.0, 34.7, 4.5, 16.0, 19.4],
        [3.5, 37.6, 2.5, 18.0, 20.6],
        [4.0, 40.2, -0.5, 19.0, 21.0],
        [4.5, 42.4, -3.8, 19.6, 21.2],
        [5.0, 46.8, -9.5, 19.8, 20.5],
    ];
    rows.into_iter()
        .map(|[level, x, y, rx, ry]| {
            let medial = x - rx;
            Section { level, x: k * (medial + rx * grow), y: k * y, rx: k * rx * grow, ry: k * ry * grow }
        })
        .collect()
}

/// The outline of the trunk from girth, and the thickness of its layers.
fn trunk(traits: &Traits, spine: &Spine, prone: bool) -> (Trunk, Layers, f64) {
    let sex = traits.sex;
    let k = spine.scale;
    let more = traits.bmi() - 25.0;
    let girth = (value(sex.pick("population.girth.female", "population.girth.male"))
        + sex.pick(21.0, 24.0) * more)
        * traits.girth_ratio
        * (0.75 + 0.25 * traits.height_cm / 168.0);
    // Depth against width rises with girth; the perimeter of the outline is about 1.04 of an ellipse's.
    let aspect = (0.64 + 0.010 * more).clamp(0.56, 0.86);
    let mut half_width = girth / (2.0 * PI * 1.04 * ((1.0 + aspect * aspect) / 2.0).sqrt());
    let mut depth = 2.0 * half_width * aspect;
    if prone {
        let ratio = value("population.prone_depth_ratio");
        depth *= ratio;
        half_width *= 1.0 + 0.5 * (1.0 - ratio);
    }
    let fat_front = sex.pick(19.0, 15.0) + sex.pick(1.9, 1.5) * more;
    let fat_flank = sex.pick(15.0, 10.0) + sex.pick(1.7, 1.3) * more;
    let layers = Layers {
        fat: [fat_front.max(4.0), fat_flank.max(3.5), traits.back_fat_mm],
        wall: [9.0 * k, 17.0 * k, 3.0 * k],
    };
    // The back follows the tips of the spinous processes, smoothed.
    let furrow = 5.0 + 0.12 * traits.back_fat_mm;
    let tips: Vec<(f64, f64, f64)> = spine
        .levels
        .iter()
        .enumerate()
        .map(|(i, level)| {
            let s = &level.size;
            let reach =
                if i == spine.sacral() { 46.0 * k } else { s.back() + s.canal_depth + s.spinous_length };
            let tip = level.frame.point(0.0, reach, -5.0);
            (tip.z, tip.y, level.frame.origin.x)
        })
        .collect();
    let at = |z: f64, of: fn(&(f64, f64, f64)) -> f64| {
        let i = tips.iter().rposition(|t| t.0 >= z).unwrap_or(0).min(tips.len() - 2);
        let f = ((z - tips[i].0) / (tips[i + 1].0 - tips[i].0)).clamp(0.0, 1.0);
        of(&tips[i]) * (1.0 - f) + of(&tips[i + 1]) * f
    };
    let z0 = -330.0;
    let count = 120;
    let mut rows = Vec::with_capacity(count);
    let mut midline = Vec::with_capacity(count);
    let back_l3 = (-4..=4).map(|n| at(f64::from(n) * 8.0, |t| t.1)).sum::<f64>() / 9.0;
    for n in 0..count {
        let z = z0 + f64::from(ROW_MM) * n as f64;
        let smooth = |of: fn(&(f64, f64, f64)) -> f64| {
            (-4..=4).map(|n| at(z + f64::from(n) * 9.0, of)).sum::<f64>() / 9.0
        };
        let back = smooth(|t| t.1) + layers.fat[2] + 4.0 + furrow;
        // Waist at L3/4, wider over ribs and hips.
        let u = (z + 15.0) / 130.0;
        let widen = if u < 0.0 {
            1.0 + sex.pick(0.13, 0.05) * (u * u / (0.25 + u * u)) * 1.25
        } else {
            1.0 + sex.pick(0.02, 0.035) * (u * u).min(1.5)
        };
        let here = depth * if u < 0.0 { 1.0 - 0.02 * u.abs() } else { 1.0 - 0.03 * u };
        let lean = 0.35 * (smooth(|t| t.1) - back_l3);
        let front = back_l3 + layers.fat[2] + 4.0 + furrow + lean - here;
        rows.push([
            (half_width * widen) as f32,
            (0.5 * (back + front)) as f32,
            (0.5 * (back - front)) as f32,
        ]);
        midline.push((0.5 * smooth(|t| t.2)) as f32);
    }
    let mut trunk = Trunk { z0: z0 as f32, rows, furrow: furrow as f32, midline };
    hold_pelvis(&mut trunk, traits, spine);
    (trunk, layers, half_width)
}

/// Moves the outline out where a pelvis would reach through the skin of a thin person.
fn hold_pelvis(trunk: &mut Trunk, traits: &Traits, spine: &Spine) {
    // Skin, and as much fat as the thinnest carry over the crests.
    const COVER_MM: f64 = 5.0;
    // Neighbouring rows follow by this much a row.
    const EASE_MM: f32 = 0.8;
    let sacral = spine.levels[spine.sacral()].frame.origin;
    let bones = super::pelvis::outermost(traits, spine.scale);
    let mut wanted = trunk.rows.clone();
    for (n, row) in wanted.iter_mut().enumerate() {
        let z = f64::from(trunk.z0 + ROW_MM * n as f32);
        let midline = f64::from(trunk.midline[n]);
        for ([x, y, up], radius) in &bones {
            let off = (z - (sacral.z + up)).abs();
            if off > radius + COVER_MM {
                continue;
            }
            // The sphere's section at this height.
            let reach = ((radius + COVER_MM).powi(2) - off * off).sqrt();
            for s in [-1.0, 1.0] {
                let (x, y) = ((sacral.x + s * x - midline).abs(), sacral.y + y);
                for angle in (0..12).map(|a| f64::from(a) * PI / 6.0) {
                    let (x, y) = (x + reach * angle.cos(), y + reach * angle.sin());
                    // Out at the flank, forward where the point lies at the front, back where it lies at the back.
                    for _ in 0..80 {
                        let [a, middle, b] = row.map(f64::from);
                        let furrow = f64::from(trunk.furrow) / (1.0 + x * x / 500.0);
                        let deep = if y > middle { y + furrow * ((y - middle) / b).min(1.0) } else { y };
                        let (u, v) = (x / a, (deep - middle) / b);
                        if u.powi(4) + v.powi(4) + f64::from(OUTLINE_MIX) * (u * v).powi(2) <= 1.0 {
                            break;
                        }
                        if v.abs() > 0.7 {
                            row[1] += 0.25 * v.signum() as f32;
                            row[2] += 0.25;
                        } else {
                            row[0] += 0.5;
                        }
                    }
                }
            }
        }
    }
    let own = trunk.rows.clone();
    for (n, row) in trunk.rows.iter_mut().enumerate() {
        let most = |moved: fn(&[f32; 3], &[f32; 3]) -> f32| {
            let ease = |m: usize| EASE_MM * m.abs_diff(n) as f32;
            let moves = wanted.iter().zip(&own).enumerate().map(|(m, (to, from))| moved(to, from) - ease(m));
            moves.fold(0.0, f32::max)
        };
        let front = most(|to, from| (from[1] - from[2]) - (to[1] - to[2]));
        let back = most(|to, from| (to[1] + to[2]) - (from[1] + from[2]));
        row[0] += most(|to, from| to[0] - from[0]);
        row[1] += 0.5 * (back - front);
        row[2] += 0.5 * (back + front);
    }
}
