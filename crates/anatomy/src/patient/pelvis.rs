//! Sacrum, hip bones, ribs, and metal.

use super::convert::{d, matrix, v};
use super::layout::Layout;
use super::scene::{Paint, Part};
use super::shape::{Body, Cone, Ellipsoid, M, Plate, Shape, Tube, V};
use super::spine::{Frame, L1};
use super::tissues::{label, named, sided};
use super::traits::Traits;
use super::variant::Variant;
use super::vertebra::{body_shape, facet_joint, pedicle_x, pedicle_z};
use crate::Side;
use nalgebra::{Point3, Rotation3, Vector3};
use std::sync::Arc;

/// Frames of the sacral segments below the first: each turned on by a little, so that the bone is hollow in front.
fn segments(layout: &Layout) -> Vec<(Frame, f64)> {
    let s1 = &layout.spine.levels[layout.spine.sacral()];
    let k = layout.spine.scale;
    let mut frame = s1.frame;
    let mut out = Vec::new();
    let turns = [-0.10, 0.12, 0.30, 0.38];
    let mut height = s1.size.height();
    for (n, turn) in turns.into_iter().enumerate() {
        let next = [24.0, 21.0, 19.0, 17.0][n] * k;
        // Turning about the left axis by a positive angle brings the lower end forward.
        let rotation = Rotation3::from_axis_angle(&Vector3::x_axis(), turn);
        let axes = frame.axes * rotation.matrix();
        let below = Frame { origin: frame.origin, axes };
        let origin = frame.point(0.0, 0.0, -0.5 * height) + below.direction(0.0, 0.0, -0.5 * next - 1.0);
        frame = Frame { origin, axes };
        out.push((frame, next));
        height = next;
    }
    out
}

/// The first sacral segment (its own label) and the rest.
pub(crate) fn sacrum(layout: &Layout, cortical: f32, cancellous: f32) -> Vec<Part> {
    let spine = &layout.spine;
    let k = spine.scale;
    let level = &spine.levels[spine.sacral()];
    let size = &level.size;
    let f = &level.frame;
    let at = |x: f64, y: f64, z: f64| v(&f.point(x, y, z));
    let up = d(&f.direction(0.0, 0.0, 1.0));
    let back = size.back();
    let (px, pz) = (pedicle_x(level), pedicle_z(level));
    let canal_back = back + size.canal_depth;

    // Where the first segment is the last lumbar-like one's neighbour, both parts carry the sacrum's label.
    let own = if layout.variant == Some(Variant::Transitional) { label("sacrum") } else { level.label };
    let mut s1 = Part::bone("vertebrae_S1", own, cortical, cancellous);
    let mut rest = Part::bone("sacrum", label("sacrum"), cortical, cancellous * 0.8);
    s1.blend = 5.0;
    rest.blend = 6.0;
    let mut body = body_shape(level);
    body.waist = (0.42 * size.upper_width as f32, 0.42 * size.upper_depth as f32);
    s1.add(Shape::Body(Arc::new(body)), 0.9);
    let segments = segments(layout);
    for (n, (frame, height)) in segments.iter().enumerate() {
        let w = [17.0, 14.0, 12.0, 10.0][n] * k;
        let depth = [11.0, 9.0, 7.5, 6.0][n] * k;
        rest.add(
            Shape::Body(Arc::new(Body {
                centre: v(&frame.origin),
                axes: matrix(&frame.axes),
                waist: ((0.92 * w) as f32, (0.92 * depth) as f32),
                upper: (w as f32, depth as f32),
                lower: ((0.9 * w) as f32, (0.85 * depth) as f32),
                height: ((0.5 * height + 0.6) as f32, (0.5 * height + 0.6) as f32),
                slope: (0.0, 0.0),
                hollow: (0.0, 0.0),
                mix: 1.2,
                rounding: 2.0,
            })),
            0.9,
        );
    }
    for side in Side::BOTH {
        let s = side.sign();
        // Ala: from the body out to the joint with the hip bone, then down along it.
        let joint_top = f.point(s * 39.0 * k, back + 1.0 * k, -7.0 * k);
        s1.add(
            Shape::Plate(Plate::new(
                at(s * 17.0 * k, back - 9.0 * k, 3.0),
                v(&joint_top),
                up,
                (10.0 * k as f32, 16.0 * k as f32),
                (8.5 * k as f32, 9.0 * k as f32),
            )),
            1.0,
        );
        let s2 = &segments[0].0;
        let s3 = &segments[1].0;
        let a = s2.point(s * 35.0 * k, 10.0 * k, 6.0 * k);
        let b = s3.point(s * 30.0 * k, 7.0 * k, -2.0 * k);
        let c = segments[3].0.point(s * 17.0 * k, 3.0 * k, 0.0);
        rest.add(
            Shape::Tube(Tube::new(
                v(&a),
                v(&b),
                V::y(),
                (10.0 * k as f32, 11.0 * k as f32),
                (7.5 * k as f32, 9.0 * k as f32),
            )),
            1.1,
        );
        rest.add(Shape::Cone(Cone::new(v(&b), v(&c), 7.5 * k as f32, 5.0 * k as f32)), 1.1);
        for (n, (frame, _)) in segments.iter().take(3).enumerate() {
            let x = [35.0, 28.0, 22.0][n] * k;
            let w = [17.0, 14.0, 12.0][n] * k;
            rest.add(
                Shape::Cone(Cone::new(
                    v(&frame.point(s * (w - 4.0), 1.0, 1.0)),
                    v(&frame.point(s * x, 6.0 * k, 1.0)),
                    6.0 * k as f32,
                    7.0 * k as f32,
                )),
                1.0,
            );
            // Back wall of the sacral canal.
            rest.add(
                Shape::Plate(Plate::new(
                    v(&frame.point(s * x * 0.72, 14.0 * k, 0.0)),
                    v(&frame.point(0.0, 21.0 * k, -1.0)),
                    d(&frame.direction(0.0, 0.0, 1.0)),
                    (11.0 * k as f32, 10.0 * k as f32),
                    (3.0, 3.2),
                )),
                1.4,
            );
        }
        // Superior articular process, to the joint with the last lumbar vertebra.
        let joint = facet_joint(spine, spine.sacral() - 1, side);
        let centre = joint.centre - joint.normal * 4.6;
        let top = centre + joint.up * (joint.half_height - 3.0);
        let low = centre - joint.up * (0.5 * joint.half_height);
        let w = joint.half_width as f32;
        s1.add(Shape::Plate(Plate::new(v(&top), v(&low), d(&joint.along), (w * 0.8, w), (3.4, 3.4))), 1.8);
        let root = f.point(s * (px + 3.0), back + 0.5 * size.canal_depth, pz - 4.0);
        s1.add(Shape::Cone(Cone::new(v(&low), v(&root), 5.0, 8.0)), 1.6);
        s1.add(
            Shape::Plate(Plate::new(
                at(s * (px - 1.0), back - 6.0, pz - 3.0),
                at(s * (px + 4.0), back + 12.0 * k, pz - 4.0),
                up,
                (8.0, 8.0),
                (8.0, 7.0),
            )),
            1.3,
        );
        s1.add(
            Shape::Plate(Plate::new(
                at(s * (px + 2.0), back + 0.95 * size.canal_depth, pz - 9.0 * k),
                at(s * 1.0, canal_back + 4.0, pz - 11.0 * k),
                up,
                (9.0, 8.0),
                (3.2, 3.2),
            )),
            1.5,
        );
    }
    s1.add(
        Shape::Plate(Plate::new(
            at(0.0, canal_back + 3.0, pz - 10.0 * k),
            at(0.0, canal_back + size.spinous_length, pz - 14.0 * k),
            up,
            (7.0, 6.0),
            (3.2, 3.6),
        )),
        1.4,
    );
    rest.add(
        Shape::Cone(Cone::new(
            v(&segments[0].0.point(0.0, 24.0 * k, 6.0)),
            v(&segments[2].0.point(0.0, 20.0 * k, 0.0)),
            4.5,
            3.5,
        )),
        1.5,
    );
    // Canal and foramina.
    let left = d(&f.direction(1.0, 0.0, 0.0));
    let middle = back + 0.5 * size.canal_depth - 0.8;
    let through = Shape::Tube(Tube::new(
        at(0.0, middle, 30.0),
        at(0.0, middle, -0.5 * size.height()),
        left,
        (0.5 * size.canal_width as f32, 0.5 * size.canal_depth as f32),
        (11.0 * k as f32, 6.5 * k as f32),
    ));
    let lower = Shape::Tube(Tube::new(
        at(0.0, middle, -0.5 * size.height()),
        v(&segments[1].0.point(0.0, 14.0 * k, 0.0)),
        left,
        (11.0 * k as f32, 6.5 * k as f32),
        (8.0 * k as f32, 4.5 * k as f32),
    ));
    s1.carves.push(through.clone());
    s1.carves.push(lower.clone());
    rest.carves.push(lower);
    for side in Side::BOTH {
        let s = side.sign();
        for (n, (frame, height)) in segments.iter().take(3).enumerate() {
            let x = [24.0, 20.5, 17.5][n] * k;
            let hole = Shape::Cone(Cone::new(
                v(&frame.point(s * x, -22.0 * k, 0.5 * height + 1.0)),
                v(&frame.point(s * x * 0.86, 14.0 * k, 0.5 * height + 1.0)),
                (5.6 - n as f64 * 0.7) as f32,
                4.2,
            ));
            rest.carves.push(hole.clone());
            if n == 0 {
                s1.carves.push(hole);
            }
        }
    }
    vec![rest, s1]
}

/// Along the crest from behind to the front, at the mean size from the first sacral segment: the crest itself, then the
/// lower edge of the wing under it.
const CREST: [([f64; 3], [f64; 3]); 7] = [
    ([44.0, 58.0, -20.0], [45.0, 50.0, -48.0]),
    ([54.0, 54.0, 8.0], [54.0, 36.0, -52.0]),
    ([70.0, 44.0, 30.0], [64.0, 22.0, -62.0]),
    ([92.0, 24.0, 46.0], [76.0, 6.0, -78.0]),
    ([112.0, -4.0, 48.0], [84.0, -10.0, -86.0]),
    ([124.0, -34.0, 34.0], [90.0, -28.0, -84.0]),
    ([124.0, -60.0, 4.0], [98.0, -42.0, -72.0]),
];

/// Radius of the crest at the mean size, mm.
const CREST_RADIUS: f64 = 5.6;

/// Height of the tops of the crests.
pub(crate) fn crest_top(layout: &Layout) -> f64 {
    let spine = &layout.spine;
    let top = CREST.iter().map(|c| c.0[2]).fold(f64::MIN, f64::max);
    spine.levels[spine.sacral()].frame.origin.z + (top + CREST_RADIUS) * spine.scale
}

/// Width of the pelvis against the mean of both sexes.
fn pelvic_width(traits: &Traits) -> f64 {
    traits.sex.pick(1.02, 0.98)
}

/// Spheres that reach as far out as the left hip bone does, from the first sacral segment: the skin must hold them.
pub(crate) fn outermost(traits: &Traits, scale: f64) -> Vec<([f64; 3], f64)> {
    let wide = pelvic_width(traits);
    let crest = CREST.iter().flat_map(|c| [c.0, c.1]).map(|p| (p, CREST_RADIUS));
    crest
        .chain([([90.0, -14.0, -122.0], 27.0), ([82.0, 10.0, -122.0], 13.0), ([12.0, -64.0, -150.0], 9.0)])
        .map(|([x, y, z], radius)| ([x * wide * scale, y * scale, z * scale], radius * scale))
        .collect()
}

/// A hip bone: the wing with its crest down to the roof of the socket; more of it where the view reaches down.
pub(crate) fn hip(layout: &Layout, side: Side, cortical: f32, cancellous: f32) -> Part {
    let spine = &layout.spine;
    let k = spine.scale;
    let s = side.sign();
    let sacral = spine.levels[spine.sacral()].frame.origin;
    let wide = pelvic_width(&layout.traits);
    let at = |x: f64, y: f64, z: f64| v(&(sacral + Vector3::new(s * x * k * wide, y * k, z * k)));
    let mut part = Part::bone(&sided("hip", side), label(&sided("hip", side)), cortical, cancellous * 0.75);
    part.blend = 7.0;
    for w in CREST.windows(2) {
        let p = |c: [f64; 3]| at(c[0], c[1], c[2]);
        let (a, b) = (p(w[0].0), p(w[1].0));
        part.add(Shape::Cone(Cone::new(a, b, (CREST_RADIUS * k) as f32, (CREST_RADIUS * k) as f32)), 1.5);
        // Wing: a plate from the middle of one edge pair to the next, as high as both.
        let (la, lb) = (p(w[0].1), p(w[1].1));
        let (ma, mb) = ((a + la) * 0.5, (b + lb) * 0.5);
        let up = ((a - la) + (b - lb)).normalize();
        let (ha, hb) = ((a - la).norm() * 0.5, (b - lb).norm() * 0.5);
        part.add(Shape::Plate(Plate::new(ma, mb, up, (ha, hb), (2.8 * k as f32, 2.8 * k as f32))), 1.3);
    }
    // The thick pillar from the joint to the socket.
    part.add(
        Shape::Cone(Cone::new(at(57.0, 24.0, -30.0), at(82.0, -8.0, -92.0), 6.0 * k as f32, 14.0 * k as f32)),
        1.8,
    );
    part.add(
        Shape::Cone(Cone::new(at(49.0, 48.0, -28.0), at(57.0, 26.0, -30.0), 6.0 * k as f32, 6.5 * k as f32)),
        1.5,
    );
    part.add(
        Shape::Cone(Cone::new(
            at(97.0, -44.0, -70.0),
            at(90.0, -22.0, -92.0),
            7.0 * k as f32,
            13.0 * k as f32,
        )),
        1.6,
    );
    // Socket, pubis and ischium.
    let head = at(90.0, -14.0, -122.0);
    part.add(Shape::Ellipsoid(Ellipsoid::new(head, M::identity(), V::new(27.0, 27.0, 27.0) * k as f32)), 1.8);
    part.add(
        Shape::Cone(Cone::new(
            at(78.0, -28.0, -118.0),
            at(12.0, -64.0, -150.0),
            9.0 * k as f32,
            9.0 * k as f32,
        )),
        1.5,
    );
    part.add(
        Shape::Cone(Cone::new(
            at(82.0, 10.0, -122.0),
            at(62.0, 16.0, -178.0),
            13.0 * k as f32,
            13.0 * k as f32,
        )),
        1.5,
    );
    part.add(
        Shape::Cone(Cone::new(
            at(62.0, 14.0, -182.0),
            at(14.0, -56.0, -172.0),
            8.0 * k as f32,
            7.0 * k as f32,
        )),
        1.3,
    );
    part.carves.push(Shape::Ellipsoid(Ellipsoid::new(
        at(94.0, -14.0, -124.0),
        M::identity(),
        V::new(25.0, 25.0, 25.0) * k as f32,
    )));
    part
}

/// Head, neck and shaft of the femur, of bone or of metal.
pub(crate) fn femur(layout: &Layout, side: Side, cortical: f32, cancellous: f32) -> Part {
    let spine = &layout.spine;
    let k = spine.scale;
    let s = side.sign();
    let sacral = spine.levels[spine.sacral()].frame.origin;
    let at = |x: f64, y: f64, z: f64| v(&(sacral + Vector3::new(s * x * k, y * k, z * k)));
    let name = sided("femur", side);
    let metal = layout.variant == Some(Variant::Hip) && side == Side::Left;
    let mut part = Part::bone(&name, label(&name), cortical, cancellous * 0.9);
    if metal {
        part.paint = Paint::Tissue { hu: 3000.0, texture: 0.0, grain_mm: 1.0 };
        part.label = label("metal");
        part.name = "metal_hip".to_owned();
    }
    part.blend = 5.0;
    let (r, neck) = if metal { (16.0, 7.0) } else { (22.5, 15.0) };
    part.add(
        Shape::Ellipsoid(Ellipsoid::new(at(94.0, -14.0, -124.0), M::identity(), V::repeat(r * k as f32))),
        1.5,
    );
    part.add(
        Shape::Cone(Cone::new(
            at(96.0, -14.0, -126.0),
            at(126.0, -6.0, -152.0),
            neck * k as f32,
            neck * k as f32,
        )),
        1.8,
    );
    let shaft = if metal { 7.0 } else { 15.0 };
    part.add(
        Shape::Cone(Cone::new(
            at(128.0, -5.0, -150.0),
            at(128.0, -8.0, -290.0),
            shaft * k as f32,
            shaft * k as f32,
        )),
        4.0,
    );
    part
}

/// Ribs nine to twelve of a side, as far as they are in view.
pub(crate) fn ribs(layout: &Layout, side: Side, cortical: f32, cancellous: f32) -> Vec<Part> {
    let spine = &layout.spine;
    let k = spine.scale;
    let s = side.sign();
    let mut parts = Vec::new();
    for n in 9usize..=12 {
        let name = format!("rib_{side}_{n}");
        let mut part = Part::bone(&name, label(&name), cortical * 0.75, cancellous * 0.55);
        part.blend = 2.0;
        let points = rib_course(layout, side, n);
        for w in points.windows(2) {
            let up = V::new(0.0, 0.0, 1.0);
            let axis = (v(&w[1]) - v(&w[0])).normalize();
            let up = if axis.z.abs() > 0.9 { V::new(0.0, 1.0, 0.0) } else { up };
            let (h, t) = ((5.6 * k) as f32, 3.0 * k as f32);
            part.add(Shape::Plate(Plate::new(v(&w[0]), v(&w[1]), up, (h, h), (t, t))), 0.9);
        }
        if n >= 11 {
            // The head, on the side of its vertebra.
            let level = &spine.levels[n - 11];
            let head =
                level.frame.point(s * (0.5 * level.size.waist_width + 3.0), level.size.back() - 2.0, 5.0);
            part.add(Shape::Cone(Cone::new(v(&head), v(&points[0]), 3.8, 4.2)), 1.1);
        }
        parts.push(part);
    }
    parts
}

/// Middle line of a rib from its neck to its end.
fn rib_course(layout: &Layout, side: Side, n: usize) -> Vec<Point3<f64>> {
    let spine = &layout.spine;
    let k = spine.scale;
    let s = side.sign();
    // Vertebra of the rib; the ninth and tenth lie above the view behind and come into it at the flank.
    let level = n as f64 - 12.0;
    let origin = spine.place(level, 0.0, 0.0, 0.0);
    let start = spine.place(level, s * 24.0 * k, 30.0 * k, 3.0);
    // Arc around the inside of the wall: angle from straight behind, with a fall that grows with the angle.
    let (end, fall) = match n {
        12 => (0.92, 62.0),
        11 => (1.35, 70.0),
        10 => (2.0, 66.0),
        _ => (2.3, 62.0),
    };
    let mut points = vec![start];
    let steps = 9;
    for i in 1..=steps {
        let angle: f64 = 0.42 + (end - 0.42) * f64::from(i) / f64::from(steps);
        let z = origin.z - fall * k * (angle / 1.35).powf(1.2);
        let (front, back, half) = layout.outline(z);
        let flank = half - layout.layers.fat[1] - 0.62 * layout.layers.wall[1] - 2.0;
        let rear = back - layout.layers.fat[2] - 13.0 * k;
        let ahead = front + layout.layers.fat[0] + layout.layers.wall[0];
        let middle = 0.5 * (rear + ahead);
        let deep = 0.5 * (rear - ahead);
        let squeeze = (angle.sin().powi(4) + angle.cos().powi(4) + 0.9 * (angle.sin() * angle.cos()).powi(2))
            .powf(0.25);
        let x = flank * angle.sin() / squeeze;
        let y = middle + deep * angle.cos() / squeeze;
        points.push(Point3::new(s * x, y.min(start.y + 24.0 * k), z));
    }
    points
}

/// Screws through both pedicles of L4 into the body.
pub(crate) fn pedicle_screws(layout: &Layout) -> Part {
    let level = &layout.spine.levels[L1 + 3];
    let size = &level.size;
    let (px, pz) = (pedicle_x(level), pedicle_z(level));
    let mut part = named("metal", 3000.0, 0.0);
    part.blend = 1.0;
    for side in Side::BOTH {
        let s = side.sign();
        let at = |x: f64, y: f64, z: f64| v(&level.frame.point(s * x, y, z));
        let back = size.back();
        part.add(
            Shape::Cone(Cone::new(
                at(px + 3.5, back + 24.0, pz + 1.0),
                at(px - 8.0, back - 24.0, pz - 1.0),
                3.2,
                2.6,
            )),
            0.0,
        );
        part.add(
            Shape::Cone(Cone::new(
                at(px + 4.2, back + 27.0, pz + 5.0),
                at(px + 4.2, back + 27.0, pz - 4.0),
                6.5,
                6.5,
            )),
            0.0,
        );
    }
    part
}
