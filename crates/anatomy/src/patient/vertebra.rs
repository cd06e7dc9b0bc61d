//! One vertebra: body, pedicles, laminae, articular, transverse and spinous processes, about the canal.
//!
//! Each facet joint is placed once, between two vertebrae, and the articular processes of both grow to it, so that
//! their surfaces are parallel with a gap of 2 mm whatever the curve of the spine. Proportions that no row of the
//! evidence gives (where a process leaves the arch, how thick it is) are drawn from descriptive anatomy and assumed.

use super::convert::{d as v_dir, matrix, v};
use super::scene::Part;
use super::shape::{Body, Cone, Plate, Shape, Tube};
use super::spine::{Frame, Level, Spine};
use super::variant::Variant;
use crate::Side;
use nalgebra::{Point3, Vector3};
use std::sync::Arc;

/// Gap of a facet joint, mm (two layers of cartilage and the joint space; assumed).
const FACET_GAP_MM: f64 = 2.2;
/// Half thickness of an articular process, mm.
const FACET_HALF_THICKNESS_MM: f64 = 3.3;

/// The joint between the inferior process of one vertebra and the superior process of the next.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FacetJoint {
    pub(crate) centre: Point3<f64>,
    /// From the superior process (below) to the inferior (above).
    pub(crate) normal: Vector3<f64>,
    /// Along the joint, horizontal.
    pub(crate) along: Vector3<f64>,
    pub(crate) up: Vector3<f64>,
    pub(crate) half_height: f64,
    pub(crate) half_width: f64,
}

/// Height of the pedicle's axis above the middle of the body.
pub(crate) fn pedicle_z(level: &Level) -> f64 {
    0.5 * level.size.posterior_height - 0.5 * level.size.pedicle_height - 0.2
}

/// Local x of the pedicle's middle.
pub(crate) fn pedicle_x(level: &Level) -> f64 {
    0.5 * (level.size.canal_width + level.size.pedicle_width)
}

/// The joint below level `i` on a side; at the last mobile level, with the sacrum.
pub(crate) fn facet_joint(spine: &Spine, i: usize, side: Side) -> FacetJoint {
    let (above, below) = (&spine.levels[i], &spine.levels[i + 1]);
    let s = side.sign();
    let frame = &below.frame;
    let back = 0.5 * (above.size.back() + below.size.back());
    let depth = above.size.canal_depth;
    let centre = frame.point(
        s * above.size.facet_x,
        back + 0.86 * depth,
        0.5 * below.size.height() + 0.45 * above.size.disc + 1.5,
    );
    let angle = above.size.facet_deg.to_radians();
    // A coronal joint (90°) faces backwards, a sagittal one (0°) faces the midline.
    let normal = frame.direction(-s * angle.cos(), angle.sin(), 0.0);
    let up = frame.direction(0.0, 0.0, 1.0);
    let along = frame.direction(s * angle.sin(), angle.cos(), 0.0);
    let half_height = 0.30 * above.size.height() + 0.5;
    FacetJoint { centre, normal, along, up, half_height, half_width: 6.6 * spine.scale }
}

/// The shape of a vertebral body.
pub(crate) fn body_shape(level: &Level) -> Body {
    let size = &level.size;
    let slope = (size.anterior_height - size.posterior_height) / (2.0 * size.depth());
    Body {
        centre: v(&level.frame.origin),
        axes: matrix(&level.frame.axes),
        waist: half(size.waist_width, size.waist_depth),
        upper: half(size.upper_width, size.upper_depth),
        lower: half(size.lower_width, size.lower_depth),
        height: half(size.height(), size.height()),
        slope: (-slope as f32, slope as f32),
        hollow: (1.3, 1.6),
        mix: 1.15,
        rounding: 1.6,
    }
}

fn half(a: f64, b: f64) -> (f32, f32) {
    (0.5 * a as f32, 0.5 * b as f32)
}

/// The disc below level `i`.
pub(crate) fn disc(spine: &Spine, i: usize) -> Part {
    let (a, b) = (&spine.levels[i], &spine.levels[i + 1]);
    let top = a.frame.point(0.0, 0.0, -0.5 * a.size.height());
    let bottom = b.frame.point(0.0, 0.0, 0.5 * b.size.height());
    let level = i as f64 - 0.5;
    let axes = spine.axes_at(level);
    let thickness = (top - bottom).norm();
    // Endplates lean against the disc's middle plane by half its wedge.
    let lean = |frame: &Frame, slope: f64| {
        let plane = frame.direction(0.0, 1.0, slope);
        (axes * plane).z / (axes * plane).y
    };
    let slope_of = |level: &Level| {
        (level.size.anterior_height - level.size.posterior_height) / (2.0 * level.size.depth())
    };
    let width = 0.5 * (a.size.lower_width + b.size.upper_width) + 0.8;
    let depth = 0.5 * (a.size.lower_depth + b.size.upper_depth) + 0.8;
    let mut part = Part::tissue("intervertebral_disc", 204, 85.0, 6.0);
    part.solids.push(Shape::Body(Arc::new(Body {
        centre: v(&nalgebra::center(&top, &bottom)),
        axes: matrix(&axes),
        waist: half(width, depth),
        upper: half(width - 1.0, depth - 1.0),
        lower: half(width - 1.0, depth - 1.0),
        height: ((0.5 * thickness) as f32 + 0.8, (0.5 * thickness) as f32 + 0.8),
        slope: (lean(&a.frame, slope_of(a)) as f32, lean(&b.frame, -slope_of(b)) as f32),
        hollow: (-1.6, -1.3),
        mix: 1.15,
        rounding: 2.0,
    })));
    part
}

/// Bone of a vertebra (not of the sacrum).
pub(crate) fn vertebra(
    spine: &Spine,
    i: usize,
    cortical: f32,
    cancellous: f32,
    variant: Option<Variant>,
) -> Part {
    let level = &spine.levels[i];
    let size = &level.size;
    let f = &level.frame;
    let k = spine.scale;
    let at = |x: f64, y: f64, z: f64| v(&f.point(x, y, z));
    let up = v_dir(&f.direction(0.0, 0.0, 1.0));
    let left = v_dir(&f.direction(1.0, 0.0, 0.0));
    let back = size.back();
    let canal_back = back + size.canal_depth - 1.0;
    let (px, pz) = (pedicle_x(level), pedicle_z(level));
    let thin = if variant == Some(Variant::Osteoporotic) { 0.6 } else { 1.0 };
    let mut part = Part::bone(&format!("vertebrae_{}", level.name), level.label, cortical, cancellous);
    part.blend = 3.0;
    part.add(Shape::Body(Arc::new(body_shape(level))), 0.75 * thin);

    let thoracic = i < 2;
    for side in Side::BOTH {
        let s = side.sign();
        let (pw, ph) = (0.5 * size.pedicle_width as f32, 0.5 * size.pedicle_height as f32);
        // Pedicle: from inside the body to the articular mass, converging forwards.
        let converge = 0.10 + 0.05 * (i as f64 - 2.0).max(0.0);
        part.add(
            Shape::Plate(Plate::new(
                at(s * (px - 10.0 * converge), back - 7.0, pz - 0.5),
                at(s * (px + 8.0 * converge), back + 9.0 * k, pz - 0.5),
                up,
                (ph, ph * 0.94),
                (pw, pw),
            )),
            1.15,
        );
        // Superior articular process, up to the joint with the vertebra above.
        if i > 0 {
            let joint = facet_joint(spine, i - 1, side);
            let centre = joint.centre - joint.normal * (0.5 * FACET_GAP_MM + FACET_HALF_THICKNESS_MM);
            let top = centre + joint.up * (joint.half_height - FACET_HALF_THICKNESS_MM);
            let root = f.point(s * (px + 1.0), back + 0.62 * size.canal_depth, pz - 1.0);
            let w = (joint.half_width * 0.92) as f32;
            let t = FACET_HALF_THICKNESS_MM as f32;
            let low = centre - joint.up * (0.4 * joint.half_height);
            part.add(
                Shape::Plate(Plate::new(v(&top), v(&low), v_dir(&joint.along), (w * 0.8, w), (t, t))),
                1.4,
            );
            part.add(Shape::Cone(Cone::new(v(&low), v(&root), t + 1.0, t + 2.2)), 1.4);
        }
        // Inferior articular process, down to the joint below, from the lamina through the pars.
        let joint = facet_joint(spine, i, side);
        let t = FACET_HALF_THICKNESS_MM as f32;
        let centre = joint.centre + joint.normal * (0.5 * FACET_GAP_MM + FACET_HALF_THICKNESS_MM);
        let top = centre + joint.up * (0.5 * joint.half_height);
        let bottom = centre - joint.up * (joint.half_height - FACET_HALF_THICKNESS_MM);
        let w = joint.half_width as f32;
        part.add(
            Shape::Plate(Plate::new(v(&top), v(&bottom), v_dir(&joint.along), (w, w * 0.72), (t, t * 0.9))),
            1.4,
        );
        // Pars interarticularis: the isthmus from the pedicle's back to the inferior process.
        let pars =
            f.point(s * (0.55 * px + 0.45 * size.facet_x), back + 0.95 * size.canal_depth, pz - 6.5 * k);
        let arch = f.point(s * (px - 0.5), back + 0.70 * size.canal_depth, pz - 1.5);
        part.add(Shape::Tube(Tube::new(v(&arch), v(&pars), left, (4.6, 4.2), (4.8, 3.6))), 1.5);
        part.add(Shape::Tube(Tube::new(v(&pars), v(&top), left, (4.8, 3.6), (5.6, 3.6))), 1.5);
        // Lamina.
        let lamina_height = (0.30 * size.height() + 1.2) as f32;
        part.add(
            Shape::Plate(Plate::new(
                at(s * (0.5 * size.canal_width + 1.5), back + 0.84 * size.canal_depth, pz - 7.0 * k),
                at(s * 1.5, canal_back + 4.5, pz - 9.0 * k),
                up,
                (lamina_height, lamina_height * 1.1),
                (3.0, 3.0),
            )),
            1.3,
        );
        // Transverse process.
        let tip = 0.5 * size.transverse_span;
        let root = f.point(s * (px + 0.25 * size.pedicle_width), back + 0.58 * size.canal_depth, pz - 2.5);
        if thoracic {
            let end = f.point(s * tip, back + 1.05 * size.canal_depth, pz + 1.0);
            part.add(Shape::Cone(Cone::new(v(&root), v(&end), 5.2, 4.4)), 1.5);
        } else {
            let stout = if i >= 6 { 1.55 } else { 1.0 };
            let rise = transverse_rise(level);
            let knee =
                f.point(s * (0.45 * px + 0.55 * tip), back + 0.82 * size.canal_depth, pz - 2.0 + 0.4 * rise);
            let end = f.point(s * (tip - 3.0), back + 0.92 * size.canal_depth, pz - 2.0 + rise);
            debug_assert!((end - transverse_tip(level, side)).norm() < 3.1);
            let h = (5.4 * stout) as f32;
            part.add(
                Shape::Plate(Plate::new(v(&root), v(&knee), up, (h * 1.15, h), (3.6 * stout as f32, 2.5))),
                1.4,
            );
            part.add(Shape::Plate(Plate::new(v(&knee), v(&end), up, (h, h * 0.66), (2.5, 2.4))), 1.2);
        }
    }
    // Spinous process: a hatchet on edge, a little caudal, thicker along its tip.
    let h = 0.5 * size.spinous_height as f32;
    let drop = if thoracic { 12.0 } else { 5.5 } * k;
    let root = at(0.0, canal_back + 3.0, pz - 9.0 * k);
    let tip = f.point(0.0, canal_back + size.spinous_length - 3.0, pz - 9.0 * k - drop);
    part.add(Shape::Plate(Plate::new(root, v(&tip), up, (h * 0.85, h), (3.2, 2.7))), 1.2);
    let edge = f.direction(0.0, -0.12, 1.0) * (f64::from(h) - 3.5);
    part.add(Shape::Cone(Cone::new(v(&(tip + edge)), v(&(tip - edge)), 2.6, 4.6)), 1.0);

    if variant == Some(Variant::Spondylosis) && !thoracic {
        osteophytes(&mut part, level);
    }
    part.carves.push(canal(level));
    part
}

/// How much the tip of a transverse process stands above its root, mm.
fn transverse_rise(level: &Level) -> f64 {
    match level.name {
        "L1" => 2.0,
        "L2" => 1.5,
        "L3" => 1.0,
        "L4" => 4.5,
        _ => 5.0,
    }
}

/// Tip of a transverse process.
pub(crate) fn transverse_tip(level: &Level, side: Side) -> Point3<f64> {
    let size = &level.size;
    let thoracic = level.name.starts_with('T');
    let (y, z) = if thoracic { (1.05, 1.0) } else { (0.92, -2.0 + transverse_rise(level)) };
    level.frame.point(
        side.sign() * 0.5 * size.transverse_span,
        size.back() + y * size.canal_depth,
        pedicle_z(level) + z,
    )
}

/// Tip of the spinous process.
pub(crate) fn spinous_tip(level: &Level) -> Point3<f64> {
    let size = &level.size;
    let drop = if level.name.starts_with('T') { 12.0 } else { 5.5 };
    let k = size.canal_depth / 16.5;
    level.frame.point(
        0.0,
        size.back() + size.canal_depth - 1.0 + size.spinous_length,
        pedicle_z(level) - 9.0 * k - drop * k,
    )
}

/// The canal through one vertebra.
fn canal(level: &Level) -> Shape {
    let size = &level.size;
    let middle = size.back() + 0.5 * size.canal_depth - 0.8;
    let reach = 0.62 * size.height() + size.disc;
    let a = v(&level.frame.point(0.0, middle, reach));
    let b = v(&level.frame.point(0.0, middle, -reach));
    let left = v_dir(&level.frame.direction(1.0, 0.0, 0.0));
    let r = half(size.canal_width, size.canal_depth);
    Shape::Tube(Tube::new(a, b, left, r, r))
}

/// Beaks of bone from both rims, all around the front.
fn osteophytes(part: &mut Part, level: &Level) {
    let size = &level.size;
    for (edge, width, depth) in
        [(1.0, size.upper_width, size.upper_depth), (-1.0, size.lower_width, size.lower_depth)]
    {
        for step in 0..7 {
            let angle = (-165.0 + 25.0 * f64::from(step)).to_radians();
            let (x, y) = (0.5 * width * angle.cos(), 0.5 * depth * angle.sin());
            // Wider to the sides, uneven by place so that no two rims are alike.
            let grow = 1.10
                + 0.07 * ((f64::from(step) * 2.3 + edge * 1.7 + level.frame.origin.z * 0.21).sin() + 1.0);
            let z = edge * (0.5 * size.height() - 1.5);
            let root = level.frame.point(0.88 * x, 0.88 * y, z);
            let tip = level.frame.point(grow * x, grow * y, z + edge * 2.0);
            part.add(Shape::Cone(Cone::new(v(&root), v(&tip), 3.2, 1.6)), 1.3);
        }
    }
}
