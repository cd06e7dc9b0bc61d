//! Courses of nerves and of the vessels that accompany them: what a CT hardly shows or does not show.
//!
//! The trunk lies in the groove between the column and psoas: from the angle at which psoas leaves the column it is
//! moved along the column's outline by the trait's distance (towards the front if positive, under the muscle if
//! negative), lifted off by its own radius, and kept clear of bone and of the great vessels. Rami, roots and segmental
//! vessels run around the waists below it. Every point is pushed out of bone along the bone's own distance, so that no
//! nerve runs through bone (tested on many people). Sources: rows B1, B2 and B4 of the evidence through [`Traits`];
//! courses from descriptive anatomy.
//!
//! [`Traits`]: super::Traits

use super::convert::v;
use super::layout::{Course, Layout};
use super::scene::Part;
use super::shape::V;
use super::spine::L1;
use super::vertebra::{pedicle_x, pedicle_z};
use crate::{BySide, Side};
use nalgebra::{Point3, Vector3};
use rami_evidence::value;
use rami_random::Stream;
use rami_random::distributions::{Distribution, StandardNormal};

/// Radius of the sympathetic trunk between ganglia, mm (assumed; a flat cord 1 to 2.5 mm across).
pub(crate) const TRUNK_RADIUS_MM: f64 = 1.0;

/// A swelling of the trunk.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ganglion {
    pub(crate) centre: Point3<f64>,
    pub(crate) level: f64,
    pub(crate) length: f64,
    pub(crate) width: f64,
}

/// One side's trunk.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trunk {
    /// Every tenth of a level, cranial first, and more where osteophytes are in the way.
    pub(crate) points: Vec<Point3<f64>>,
    pub(crate) levels: Vec<f64>,
    pub(crate) ganglia: Vec<Ganglion>,
}

/// A nerve or vessel of one lumbar level on one side.
#[derive(Debug, Clone)]
pub(crate) struct Segmental {
    pub(crate) side: Side,
    /// Index in the spine's levels.
    pub(crate) level: usize,
    pub(crate) course: Vec<Point3<f64>>,
}

/// All of them.
#[derive(Debug, Clone)]
pub(crate) struct Nerves {
    pub(crate) trunks: BySide<Trunk>,
    pub(crate) roots: Vec<Segmental>,
    pub(crate) grey_rami: Vec<Segmental>,
    pub(crate) white_rami: Vec<Segmental>,
    pub(crate) genitofemoral: BySide<Vec<Point3<f64>>>,
    /// Where the genitofemoral nerve leaves psoas.
    pub(crate) genitofemoral_exit: BySide<Point3<f64>>,
    pub(crate) lateral_femoral_cutaneous: BySide<Vec<Point3<f64>>>,
    pub(crate) arteries: Vec<Segmental>,
    pub(crate) veins: Vec<Segmental>,
}

/// Pushes a point out of every bone and disc until it is `margin` from all; less by and by where two leave less room.
fn clear(p: Point3<f64>, bones: &[Part], margin: f64) -> Point3<f64> {
    const STEPS: i32 = 16;
    let mut p = p;
    for n in 0..STEPS {
        let margin = margin * f64::from(STEPS - (n - 4).max(0)) / f64::from(STEPS);
        let here = v(&p);
        let nearest = bones
            .iter()
            .filter(|bone| bone.bound(here) < margin as f32 + 1.0)
            .map(|bone| (bone, f64::from(bone.distance(here))))
            .min_by(|a, b| a.1.total_cmp(&b.1));
        let Some((bone, d)) = nearest else { return p };
        if d >= margin {
            return p;
        }
        let step = 0.15f32;
        let slope =
            |axis: V| f64::from(bone.distance(here + axis * step) - bone.distance(here - axis * step));
        let gradient = Vector3::new(slope(V::x()), slope(V::y()), slope(V::z()));
        if gradient.norm() < 1e-6 {
            return p;
        }
        p += gradient.normalize() * (margin - d + 0.05);
    }
    p
}

/// A polyline through the points with steps of at most 3 mm, each kept clear of bone.
fn course(points: &[Point3<f64>], bones: &[Part], margin: f64) -> Vec<Point3<f64>> {
    let mut out = Vec::new();
    for w in points.windows(2) {
        let n = ((w[1] - w[0]).norm() / 3.0).ceil().max(1.0) as usize;
        for i in 0..n {
            out.push(clear(w[0] + (w[1] - w[0]) * (i as f64 / n as f64), bones, margin));
        }
    }
    if let Some(last) = points.last() {
        out.push(clear(*last, bones, margin));
    }
    around_bone(out.into_iter().map(|p| (p, 0.0)).collect(), bones, margin).into_iter().map(|p| p.0).collect()
}

/// The course (each point with its level) with points added where the line between two runs into bone, until none does.
fn around_bone(mut points: Vec<(Point3<f64>, f64)>, bones: &[Part], margin: f64) -> Vec<(Point3<f64>, f64)> {
    for pass in 0..6 {
        // A line that still runs into a corner passes it further off.
        let margin = margin + 0.4 * f64::from(pass);
        let mut out: Vec<(Point3<f64>, f64)> = Vec::with_capacity(points.len() + 8);
        for w in points.windows(2) {
            out.push(w[0]);
            let between = beside_bone(&w[0].0, &w[1].0, bones, margin);
            out.extend(between.map(|p| (p, 0.5 * (w[0].1 + w[1].1))));
        }
        out.extend(points.last());
        let done = out.len() == points.len();
        points = out;
        if done {
            break;
        }
    }
    points
}

/// Where a line runs into bone, its middle brought out of it.
fn beside_bone(a: &Point3<f64>, b: &Point3<f64>, bones: &[Part], margin: f64) -> Option<Point3<f64>> {
    let hits = |f: f64| {
        let p = v(&(a + (b - a) * f));
        let within = |bone: &Part| bone.bound(p) < 0.2 && bone.distance(p) < 0.2;
        bones.iter().any(within)
    };
    [0.25, 0.5, 0.75].into_iter().any(hits).then(|| clear(nalgebra::center(a, b), bones, margin))
}

impl Nerves {
    pub(crate) fn new(layout: &Layout, bones: &[Part]) -> Self {
        let trunks = BySide::from_fn(|side| trunk(layout, bones, side));
        let spine = &layout.spine;
        let last = spine.sacral() - 1;
        let mut roots = Vec::new();
        let mut grey_rami = Vec::new();
        let mut white_rami = Vec::new();
        let (mut arteries, mut veins) = (Vec::new(), Vec::new());
        for side in Side::BOTH {
            let heights = Stream::new(layout.traits.seed).named("segmental vessels").named(side.name());
            for i in L1..=last {
                roots.push(Segmental { side, level: i, course: root(layout, bones, side, i) });
                let level = (i + 1 - L1) as f64;
                let waist = |z: f64, lift: f64, from: f64, to: f64| -> Vec<Point3<f64>> {
                    let size = &spine.levels[i].size;
                    let half = (0.5 * size.waist_width, 0.5 * size.waist_depth);
                    (0..=8)
                        .map(|n| {
                            let f = f64::from(n) / 8.0;
                            let (x, y) = layout.around(half, from + f * (to - from), lift);
                            spine.levels[i].frame.point(side.sign() * x, y + 0.8, z - 4.0 * f)
                        })
                        .collect()
                };
                let size = &spine.levels[i].size;
                let exit = spine.levels[i].frame.point(
                    side.sign() * (pedicle_x(&spine.levels[i]) + 0.5 * size.pedicle_width + 3.0),
                    size.back() - 1.0,
                    pedicle_z(&spine.levels[i]) - 0.5 * size.pedicle_height - 6.0,
                );
                let trunk = trunks.get(side);
                let ganglion = |wanted: f64| {
                    trunk
                        .ganglia
                        .iter()
                        .min_by(|a, b| (a.level - wanted).abs().total_cmp(&(b.level - wanted).abs()))
                        .map_or(trunk.points[0], |g| g.centre)
                };
                let groove = layout.groove_angle(level) + 0.1;
                for (list, z, wanted) in [(&mut grey_rami, -1.0, level), (&mut white_rami, 2.0, level + 0.1)]
                {
                    // White (preganglionic) rami reach the trunk from the first two lumbar nerves only.
                    if z > 0.0 && i > L1 + 1 {
                        continue;
                    }
                    let mut points = vec![ganglion(wanted)];
                    points.extend(waist(z, 2.6, groove, 1.75));
                    points.push(exit);
                    list.push(Segmental { side, level: i, course: course(&points, bones, 0.8) });
                }
                if i < L1 + 4 {
                    // Artery and vein keep together; how high they cross the side of the body differs.
                    let deviate: f64 = StandardNormal.sample(&mut heights.indexed(i as u64).rng());
                    let higher = value("anatomy_model.segmental_vessel_sd") * deviate.clamp(-2.2, 2.2);
                    for (list, vessel, z) in [
                        (&mut arteries, &layout.aorta, 1.5 + higher),
                        (&mut veins, &layout.ivc, -2.0 + higher),
                    ] {
                        let at = spine.levels[i].frame.point(0.0, 0.0, z);
                        let from = vessel
                            .points
                            .iter()
                            .min_by(|a, b| (a.z - at.z).abs().total_cmp(&(b.z - at.z).abs()))
                            .copied()
                            .unwrap_or(at);
                        let local = spine.levels[i].frame.local(&from);
                        // From the back of the great vessel to the bone, then around it.
                        let start_angle =
                            (side.sign() * local.x / (0.5 * size.waist_width)).clamp(-0.9, 0.9).asin();
                        let mut points = vec![from];
                        points.extend(waist(z, 1.8, start_angle, 1.8));
                        points.push(exit + spine.levels[i].frame.direction(side.sign() * 1.0, 1.0, 1.0));
                        list.push(Segmental { side, level: i, course: course(&points, bones, 1.4) });
                    }
                }
            }
        }
        let stream = Stream::new(layout.traits.seed).named("genitofemoral");
        let mut exits = BySide::from_fn(|_| Point3::origin());
        let genitofemoral = BySide::from_fn(|side| {
            let s = side.sign();
            let z: f64 = StandardNormal.sample(&mut stream.named(side.name()).rng());
            // Opposite the disc L3/4 (B4.6), with a spread of a quarter of a level.
            let exit = 3.45 + 0.25 * z.clamp(-2.0, 2.0);
            let on = |level: f64, across: f64, off: f64| {
                let p = layout.psoas_at(level);
                let y = p.y - p.ry * (1.0 - across * across).sqrt() - off;
                spine.place(level, s * (p.x + across * p.rx), y, 0.0)
            };
            let within = |level: f64| {
                let p = layout.psoas_at(level);
                spine.place(level, s * p.x, p.y + 0.2 * p.ry, 0.0)
            };
            let front = on(exit, -0.05, 0.0);
            *exits.get_mut(side) = front;
            let sacral = spine.levels[spine.sacral()].frame.origin;
            let k = spine.scale;
            let low = |x: f64, y: f64, z: f64| sacral + Vector3::new(s * x * k, y * k, z * k);
            let mut points = vec![within(2.2), within(exit - 0.5), front];
            let mut level = exit + 0.3;
            while level < 5.0 {
                points.push(on(level, 0.0, 1.2));
                level += 0.3;
            }
            points.extend([low(60.0, -62.0, -30.0), low(72.0, -76.0, -80.0)]);
            course(&points, bones, 1.0)
        });
        let lateral_femoral_cutaneous = BySide::from_fn(|side| {
            let s = side.sign();
            let sacral = spine.levels[spine.sacral()].frame.origin;
            let k = spine.scale;
            let low = |x: f64, y: f64, z: f64| sacral + Vector3::new(s * x * k, y * k, z * k);
            let p = |level: f64, across: f64| {
                let p = layout.psoas_at(level);
                spine.place(level, s * (p.x + across * p.rx), p.y + 0.3 * p.ry, 0.0)
            };
            let points = [
                p(2.6, 0.0),
                p(3.4, 0.4),
                p(4.1, 1.02),
                low(86.0, -22.0, 26.0),
                low(104.0, -48.0, 10.0),
                low(112.0, -60.0, -4.0),
            ];
            course(&points, bones, 1.0)
        });
        Self {
            trunks,
            roots,
            grey_rami,
            white_rami,
            genitofemoral,
            genitofemoral_exit: exits,
            lateral_femoral_cutaneous,
            arteries,
            veins,
        }
    }

    /// The segmental vessels as courses with a radius, for building them.
    pub(crate) fn vessel_courses(&self) -> impl Iterator<Item = Course> + '_ {
        let arteries = self.arteries.iter().map(|s| Course::new(s.course.clone(), 1.1));
        arteries.chain(self.veins.iter().map(|s| Course::new(s.course.clone(), 1.5)))
    }
}

/// Offset of the trunk at a level from its values at L2/3, L3/4 and L4/5.
fn offset(values: &[f64; 3], level: f64) -> f64 {
    let s = (level - 2.5).clamp(0.0, 2.0);
    let i = (s as usize).min(1);
    values[i] + (s - i as f64) * (values[i + 1] - values[i])
}

/// Distance of a point of the section at a level from the edge of psoas, to first order, mm.
fn off_psoas(layout: &Layout, level: f64, at: (f64, f64)) -> f64 {
    let m = layout.psoas_at(level);
    let (u, v) = ((at.0 - m.x) / m.rx, (at.1 - m.y) / m.ry);
    let g = u.hypot(v);
    (g - 1.0) * g / (u / m.rx).hypot(v / m.ry)
}

fn trunk(layout: &Layout, bones: &[Part], side: Side) -> Trunk {
    let t = &layout.traits;
    let s = side.sign();
    let spine = &layout.spine;
    let mut rng = Stream::new(t.seed).named("trunk").named(side.name()).rng();
    let mut normal = || {
        let z: f64 = StandardNormal.sample(&mut rng);
        z.clamp(-2.5, 2.5)
    };
    let (phase, sway) = (3.0 * normal(), 0.4 * normal());
    let mut course = Vec::new();
    let lowest = 5.4;
    let mut level = 0.6;
    while level <= lowest + 1e-9 {
        let half = layout.column_at(level);
        let wanted = offset(t.trunk_to_psoas_mm.get(side), level) + sway * (2.2 * level + phase).sin();
        // Walk along the outline from the groove: back under the muscle for a negative distance, forward until the muscle is
        // as far as asked for a positive one (lower down it bulges over the front of the column).
        let mut angle = layout.groove_angle(level);
        let lift = TRUNK_RADIUS_MM + 1.2;
        let mut at = layout.around(half, angle, lift);
        if wanted > 0.0 {
            while off_psoas(layout, level, at) < wanted && angle > 0.25 {
                angle -= 0.004;
                at = layout.around(half, angle, lift);
            }
        }
        let mut gone = 0.0;
        while gone < -wanted && angle < 1.5 {
            angle += 0.004;
            let next = layout.around(half, angle, lift);
            gone += (next.0 - at.0).hypot(next.1 - at.1);
            at = next;
        }
        // Aside of a vessel that lies there, by at most 6 mm; else behind it where there is most room.
        let place = |at: (f64, f64)| spine.place(level, s * at.0, at.1, 0.0);
        let room = |p: &Point3<f64>| clearance(layout, p);
        let (mut p, mut best) = (place(at), room(&place(at)));
        let (mut aside, mut last) = (0.0, at);
        while best <= TRUNK_RADIUS_MM + 0.6 && aside < 6.0 && angle < 1.5 {
            angle += 0.01;
            let next = layout.around(half, angle, lift);
            aside += (next.0 - last.0).hypot(next.1 - last.1);
            last = next;
            let here = room(&place(next));
            if here > best {
                (p, best) = (place(next), here);
            }
        }
        let p = clear(p, bones, TRUNK_RADIUS_MM + 0.5);
        course.push((p, level));
        level += 0.1;
    }
    let (points, levels) = around_bone(course, bones, TRUNK_RADIUS_MM + 0.5).into_iter().unzip();
    let mut out = Trunk { points, levels, ganglia: Vec::new() };
    let count = *t.ganglia.get(side);
    let middles: &[f64] = match count {
        0..=2 => &[2.3, 3.4],
        3 => &[2.2, 3.2, 4.3],
        4 => &[1.4, 2.3, 3.3, 4.4],
        5 => &[1.2, 2.1, 2.7, 3.6, 4.6],
        _ => &[1.1, 1.8, 2.4, 3.1, 4.0, 4.9],
    };
    for &middle in middles {
        let level = middle + 0.13 * normal();
        let i = out.levels.iter().position(|&l| l >= level).unwrap_or(out.levels.len() - 1);
        let (length, width) =
            ((9.0 + 2.3 * normal()).clamp(5.0, 15.0), (3.6 + 0.8 * normal()).clamp(2.0, 6.0));
        // A ganglion is thicker than the cord: it lies further off the bone.
        let centre = clear(out.points[i], bones, 0.25 * width + 0.5);
        out.ganglia.push(Ganglion { centre, level, length, width });
    }
    out
}

/// Distance to the nearest great vessel, mm.
fn clearance(layout: &Layout, p: &Point3<f64>) -> f64 {
    let to = |course: &Course, wide: f64| {
        course
            .points
            .windows(2)
            .zip(&course.radii)
            .filter(|(w, _)| (w[0].z - p.z).abs() < 40.0)
            .map(|(w, &r)| {
                let ab = w[1] - w[0];
                let u = ((p - w[0]).dot(&ab) / ab.norm_squared()).clamp(0.0, 1.0);
                let d = p - (w[0] + ab * u);
                // The vena cava is wider than deep.
                let (rx, ry) =
                    (r * if wide > 1.0 { 1.16 } else { 1.0 }, r * if wide > 1.0 { 0.85 } else { 1.0 });
                let g = ((d.x / rx).powi(2) + (d.y / ry).powi(2) + (d.z / rx).powi(2)).sqrt();
                (g - 1.0) * rx.min(ry)
            })
            .fold(f64::MAX, f64::min)
    };
    let mut nearest = to(&layout.aorta, 1.0).min(to(&layout.ivc, 1.2));
    for side in Side::BOTH {
        nearest =
            nearest.min(to(layout.iliac_veins.get(side), 1.0)).min(to(layout.iliac_arteries.get(side), 1.0));
    }
    nearest
}

/// A spinal nerve from the sac through its foramen into psoas, or over the wing of the sacrum.
fn root(layout: &Layout, bones: &[Part], side: Side, i: usize) -> Vec<Point3<f64>> {
    let spine = &layout.spine;
    let s = side.sign();
    let level = &spine.levels[i];
    let size = &level.size;
    let (px, pz) = (pedicle_x(level), pedicle_z(level));
    let under = pz - 0.5 * size.pedicle_height;
    let f = |x: f64, y: f64, z: f64| level.frame.point(s * x, y, z);
    let back = size.back();
    let mut rng = Stream::new(layout.traits.seed).named("roots").named(side.name()).indexed(i as u64).rng();
    let mut normal = || -> f64 { Distribution::<f64>::sample(&StandardNormal, &mut rng).clamp(-2.2, 2.2) };
    // How far down it leaves the foramen differs.
    let higher = value("anatomy_model.nerve_root_sd") * normal();
    let mut points = vec![
        f(4.0, back + 0.45 * size.canal_depth, pz + 4.0),
        f(0.40 * size.canal_width, back + 0.42 * size.canal_depth, under + 1.0),
        f(px, back + 2.5, under - 4.5),
        f(px + 0.5 * size.pedicle_width + 4.0, back - 1.5, under - 8.0 + higher),
    ];
    let number = (i + 1 - L1) as f64;
    if i + 1 < spine.sacral() {
        // About the front of the muscle's dorsal third, anywhere in a third of its depth.
        let depth = 0.72 + 0.33 * (0.29 * normal()).clamp(-0.5, 0.5);
        for ahead in [0.55, 1.0] {
            let l = (number + ahead).min(5.0);
            let p = layout.psoas_at(l);
            let y = p.y + (2.0 * depth - 1.0) * p.ry;
            points.push(spine.place(number + ahead, s * (p.x - 0.1 * p.rx), y, 0.0));
        }
    } else {
        let sacral = &spine.levels[spine.sacral()];
        let k = spine.scale;
        points.push(sacral.frame.point(s * 32.0 * k, -6.0 * k, 14.0 * k));
        points.push(sacral.frame.point(s * 40.0 * k, -10.0 * k, -4.0 * k));
    }
    course(&points, bones, 1.2)
}
