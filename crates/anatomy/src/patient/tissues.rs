//! Trunk wall, muscles, great vessels, kidneys, ureters and the canal's contents, as parts.

use super::convert::{d, matrix, v};
use super::layout::{Course, Kidney, Layout};
use super::nerves::Nerves;
use super::scene::{Paint, Part};
use super::shape::{Cone, Ellipsoid, HalfSpace, Layer, M, Shape, Tube, V};
use super::spine::L1;
use super::variant::Variant;
use crate::{Side, Structure};
use nalgebra::{Matrix3, Point3, Vector3};
use rami_random::Stream;
use rami_random::distributions::{Distribution, StandardNormal};

/// Number of a structure in the label map.
pub(crate) fn label(name: &str) -> u16 {
    Structure::from_name(name).map_or(0, Structure::id)
}

/// A part with a structure's name.
pub(crate) fn named(name: &str, hu: f32, texture: f32) -> Part {
    Part::tissue(name, label(name), hu, texture)
}

/// A part no segmentation would show.
pub(crate) fn unseen(name: &str, hu: f32, texture: f32) -> Part {
    Part { segmented: false, ..named(name, hu, texture) }
}

pub(crate) fn sided(name: &str, side: Side) -> String {
    format!("{name}_{side}")
}

/// Round tubes along a course.
pub(crate) fn cones(course: &Course) -> impl Iterator<Item = Shape> + '_ {
    course
        .points
        .windows(2)
        .zip(course.radii.windows(2))
        .map(|(p, r)| Shape::Cone(Cone::new(v(&p[0]), v(&p[1]), r[0] as f32, r[1] as f32)))
}

fn layer(layout: &Layout, depth: [f64; 3]) -> Shape {
    Shape::Trunk(Layer { trunk: layout.trunk.clone(), depth: depth.map(|t| t as f32), loin: (0.0, 0.0) })
}

/// The inside of the abdominal wall.
pub(crate) fn cavity(layout: &Layout, inset: f64) -> Shape {
    let l = &layout.layers;
    layer(layout, [0, 1, 2].map(|i| 2.0 + l.fat[i] + l.wall[i] + inset))
}

/// Skin, fat, wall: everything later is laid over them.
pub(crate) fn wall(layout: &Layout) -> Vec<Part> {
    let l = &layout.layers;
    let mut skin = unseen("skin", 25.0, 5.0);
    skin.solids.push(layer(layout, [0.0; 3]));
    let mut fat = unseen("subcutaneous_fat", -105.0, 7.0);
    fat.solids.push(layer(layout, [2.0; 3]));
    let mut muscle = unseen("abdominal_wall", 48.0, 12.0);
    muscle.solids.push(layer(layout, [0, 1, 2].map(|i| 2.0 + l.fat[i])));
    let mut inside = unseen("retroperitoneal_fat", -98.0, 8.0);
    inside.solids.push(cavity(layout, 0.0));
    vec![skin, fat, muscle, inside]
}

/// A muscle of elliptic sections through points; each with its radii across and along the depth.
fn muscle(name: &str, points: &[(Point3<f64>, f64, f64)], hu: f32) -> Part {
    let mut part = named(name, hu, 14.0);
    part.blend = 6.0;
    for w in points.windows(2) {
        let (a, b) = (&w[0], &w[1]);
        let r = |p: &(Point3<f64>, f64, f64)| (p.1 as f32, p.2 as f32);
        part.solids.push(Shape::Tube(Tube::new(v(&a.0), v(&b.0), V::x(), r(a), r(b))));
    }
    part
}

/// Psoas with iliacus below the crest, quadratus lumborum, erector spinae.
pub(crate) fn muscles(layout: &Layout) -> Vec<Part> {
    let mut parts = Vec::new();
    let spine = &layout.spine;
    let k = spine.scale;
    let sacral = spine.levels[spine.sacral()].frame.origin;
    let age = ((layout.traits.age_y - 40.0) / 40.0).clamp(0.0, 1.2) as f32;
    for side in Side::BOTH {
        let s = side.sign();
        let w = layout.traits.psoas_ratio;
        // Erector spinae: between spinous and transverse processes, in its fascia under the fat.
        let mut erector = named(&sided("autochthon", side), 48.0 - 16.0 * age, 26.0 + 14.0 * age);
        erector.paint = match erector.paint {
            Paint::Tissue { hu, texture, .. } => Paint::Tissue { hu, texture, grain_mm: 3.5 },
            bone @ Paint::Bone { .. } => bone,
        };
        erector.blend = 8.0;
        let column = |level: f64, x: f64, rx: f64, ry: f64| {
            let back = spine.size_at(level, |s| s.lower_depth * 0.5 + s.canal_depth);
            (spine.place(level, s * x * k, back + 15.0 * k, 0.0), rx * k, ry * k)
        };
        let rows = [
            column(-1.8, 29.0, 27.0, 17.0),
            column(0.0, 32.0, 30.0, 19.0),
            column(1.5, 34.0, 32.5, 21.0),
            column(3.0, 34.5, 33.0, 21.5),
            column(4.2, 32.5, 31.0, 20.0),
            column(5.2, 27.0, 26.0, 18.0),
            column(6.2, 22.0, 20.0, 13.0),
        ];
        for r in rows.windows(2) {
            let f = |p: &(Point3<f64>, f64, f64)| (p.1 as f32, p.2 as f32);
            erector.solids.push(Shape::Tube(Tube::new(v(&r[0].0), v(&r[1].0), V::x(), f(&r[0]), f(&r[1]))));
        }
        erector.clips.push(layer(layout, [0, 1, 2].map(|i| 3.0 + layout.layers.fat[i])));
        // A seam of fat on the midline.
        erector.clips.push(Shape::HalfSpace(HalfSpace { normal: V::new(-s as f32, 0.0, 0.0), offset: 40.0 }));
        parts.push(erector);

        // Quadratus lumborum: from the crest to the last rib, a sheet behind the kidney's lower pole.
        let row = |level: f64, x: f64, y: f64, rx: f64, ry: f64| {
            (spine.place(level, s * x * k, y * k, 0.0), rx * k, ry * k)
        };
        parts.push(muscle(
            &sided("quadratus_lumborum", side),
            &[
                row(0.9, 42.0, 27.0, 8.0, 4.0),
                row(1.6, 47.0, 25.5, 11.0, 5.5),
                row(2.5, 54.0, 24.5, 13.5, 7.0),
                row(3.4, 60.0, 24.5, 15.5, 8.0),
                row(4.1, 66.0, 25.0, 16.0, 8.0),
                (spine.place(4.6, s * 72.0 * k, 27.0 * k, 0.0), 13.0 * k, 6.0 * k),
            ],
            52.0,
        ));

        let mut rows: Vec<(Point3<f64>, f64, f64)> =
            layout.psoas.iter().map(|p| (spine.place(p.level, s * p.x, p.y, 0.0), p.rx, p.ry)).collect();
        let low = |x: f64, y: f64, z: f64, rx: f64, ry: f64| {
            (sacral + Vector3::new(s * x * k, y * k, z * k), rx * k * w, ry * k * w)
        };
        rows.push(low(62.0, -38.0, -14.0, 20.0, 19.0));
        rows.push(low(72.0, -52.0, -52.0, 22.0, 17.0));
        rows.push(low(80.0, -66.0, -92.0, 23.0, 16.0));
        rows.push(low(86.0, -66.0, -140.0, 22.0, 17.0));
        let mut psoas = muscle(&sided("iliopsoas", side), &rows, 55.0);
        // Iliacus, in the hollow of the wing.
        let wing = |x: f64, y: f64, z: f64| v(&(sacral + Vector3::new(s * x * k, y * k, z * k)));
        psoas.solids.push(Shape::Tube(Tube::new(
            wing(88.0, -12.0, 22.0),
            wing(84.0, -45.0, -60.0),
            V::x(),
            (9.0 * k as f32, 26.0 * k as f32),
            (15.0 * k as f32, 22.0 * k as f32),
        )));
        parts.push(psoas);
    }
    parts
}

/// Gluteal muscle behind and outside the wings, so that the pelvis is not bare.
pub(crate) fn gluteal(layout: &Layout) -> Vec<Part> {
    let spine = &layout.spine;
    let k = spine.scale;
    let sacral = spine.levels[spine.sacral()].frame.origin;
    let mut parts = Vec::new();
    for side in Side::BOTH {
        let s = side.sign();
        let at = |x: f64, y: f64, z: f64| v(&(sacral + Vector3::new(s * x * k, y * k, z * k)));
        let mut medius = named(&sided("gluteus_medius", side), 50.0, 18.0);
        medius.solids.push(Shape::Tube(Tube::new(
            at(110.0, -8.0, 15.0),
            at(128.0, 0.0, -95.0),
            V::x(),
            (14.0 * k as f32, 40.0 * k as f32),
            (26.0 * k as f32, 38.0 * k as f32),
        )));
        let mut maximus = named(&sided("gluteus_maximus", side), 45.0, 20.0);
        maximus.solids.push(Shape::Tube(Tube::new(
            at(52.0, 50.0, -22.0),
            at(98.0, 42.0, -120.0),
            V::x(),
            (24.0 * k as f32, 14.0 * k as f32),
            (48.0 * k as f32, 26.0 * k as f32),
        )));
        for part in [&mut medius, &mut maximus] {
            part.blend = 6.0;
            part.clips.push(layer(layout, [0, 1, 2].map(|i| 4.0 + layout.layers.fat[i])));
        }
        parts.extend([medius, maximus]);
    }
    parts
}

/// Aorta, vena cava, iliac and renal vessels.
pub(crate) fn vessels(layout: &Layout) -> Vec<Part> {
    let mut parts = Vec::new();
    let t = &layout.traits;
    let mut renal = unseen("renal_vessels", 40.0, 3.0);
    renal.blend = 2.0;
    // Where they leave the great vessels differs from person to person, little from side to side (half of people not at all).
    let origin = crate::prior::Gaussian::of("anatomy_model.renal_artery_level");
    let stream = Stream::new(t.seed).named("renal vessels");
    let deviate: f64 = StandardNormal.sample(&mut stream.rng());
    let artery_radius = rami_evidence::value("anatomy_model.renal_artery_radius");
    let vein_radius = rami_evidence::value("anatomy_model.renal_vein_radius");
    for side in Side::BOTH {
        let kidney = layout.kidneys.get(side);
        let from = |course: &Course, z: f64| {
            let i = course.points.iter().position(|p| p.z < z).unwrap_or(1);
            course.points[i]
        };
        let z = layout.z((origin.mean + origin.sd * deviate).clamp(0.8, 2.7));
        for (start, radius, dy) in
            [(from(&layout.aorta, z), artery_radius, 4.0), (from(&layout.ivc, z - 4.0), vein_radius, -7.0)]
        {
            let middle = nalgebra::center(&start, &kidney.hilum) + Vector3::new(0.0, dy, 0.0);
            renal.solids.extend(cones(&Course::new(vec![start, middle, kidney.hilum], radius)));
        }
    }
    parts.push(renal);
    for side in Side::BOTH {
        let mut vein = named(&sided("iliac_vena", side), 40.0, 3.0);
        vein.solids.extend(cones(layout.iliac_veins.get(side)));
        parts.push(vein);
    }
    for side in Side::BOTH {
        let mut artery = named(&sided("iliac_artery", side), 42.0, 3.0);
        artery.solids.extend(cones(layout.iliac_arteries.get(side)));
        parts.push(artery);
    }
    let mut ivc = named("inferior_vena_cava", 40.0, 3.0);
    for (i, w) in layout.ivc.points.windows(2).enumerate() {
        let r = layout.ivc.radii[i];
        let radii = ((1.16 * r) as f32, (0.85 * r) as f32);
        ivc.solids.push(Shape::Tube(Tube::new(v(&w[0]), v(&w[1]), V::x(), radii, radii)));
    }
    parts.push(ivc);
    let mut aorta = named("aorta", 42.0, 3.0);
    aorta.solids.extend(cones(&layout.aorta));
    parts.push(aorta);
    if layout.variant == Some(Variant::CalcifiedAorta) || t.age_y > 72.0 {
        parts.push(plaques(layout));
    }
    parts
}

/// Calcified plaques in the wall of the aorta; labelled as the aorta, as a segmentation would.
fn plaques(layout: &Layout) -> Part {
    let mut part = Part::tissue("calcification", label("aorta"), 700.0, 120.0);
    part.blend = 1.0;
    for (n, w) in layout.aorta.points.windows(2).enumerate().skip(6) {
        let axis = (w[1] - w[0]).normalize();
        let r = layout.aorta.radii[n];
        for m in 0..2 {
            let angle = 2.4 * n as f64 + 2.9 * f64::from(m) + 0.7 * layout.traits.age_y;
            let out = axis.cross(&Vector3::new(angle.cos(), angle.sin(), 0.1)).normalize();
            let centre = w[0] + out * (r - 0.9);
            let axes =
                M::from_rows(&[d(&out).transpose(), d(&axis.cross(&out)).transpose(), d(&axis).transpose()]);
            let long = 2.5 + 2.0 * (angle * 3.1).sin().abs();
            part.solids.push(Shape::Ellipsoid(Ellipsoid::new(
                v(&centre),
                axes,
                V::new(0.8, 2.2, long as f32),
            )));
        }
    }
    part
}

/// Rows: outward along the kidney's flat, across it, towards the lower pole.
pub(crate) fn kidney_axes(kidney: &Kidney, side: Side) -> Matrix3<f64> {
    let down = kidney.down;
    // The flat of the kidney faces forward and outward.
    let lateral = Vector3::new(side.sign() * 0.90, 0.42, 0.0);
    let lateral = (lateral - down * lateral.dot(&down)).normalize();
    Matrix3::from_rows(&[lateral.transpose(), down.cross(&lateral).transpose(), down.transpose()])
}

/// The renal fascia: an ellipsoid about the kidney and its fat, longer below and behind. Middle, axes, radii.
pub(crate) fn renal_fascia(kidney: &Kidney, side: Side) -> (Point3<f64>, Matrix3<f64>, Vector3<f64>) {
    let axes = kidney_axes(kidney, side);
    let r = kidney.radii;
    let centre = kidney.centre + axes.row(0).transpose() * 2.0 + Vector3::new(0.0, 2.0, -4.0);
    (centre, axes, Vector3::new(1.28 * r.x, 1.30 * r.y, 1.16 * r.z))
}

/// Lumbar arteries and veins around the waists.
pub(crate) fn segmental_vessels(nerves: &Nerves) -> Part {
    let mut part = unseen("lumbar_segmental_vessels", 40.0, 0.0);
    part.blend = 0.5;
    for course in nerves.vessel_courses() {
        part.solids.extend(cones(&course));
    }
    part
}

/// The fat about the kidneys; it gives way to the muscles behind it.
pub(crate) fn renal_fat(layout: &Layout) -> Vec<Part> {
    Side::BOTH
        .into_iter()
        .map(|side| {
            let (centre, axes, radii) = renal_fascia(layout.kidneys.get(side), side);
            let mut fascia = unseen(&sided("renal_fascia", side), -104.0, 6.0);
            fascia.solids.push(Shape::Ellipsoid(Ellipsoid::new(v(&centre), matrix(&axes), d(&radii))));
            fascia.clips.push(cavity(layout, 1.0));
            fascia
        })
        .collect()
}

/// Kidneys with their sinus; ureters.
pub(crate) fn kidneys(layout: &Layout) -> Vec<Part> {
    let mut parts = Vec::new();
    for side in Side::BOTH {
        let kidney = layout.kidneys.get(side);
        let axes64 = kidney_axes(kidney, side);
        let lateral = axes64.row(0).transpose();
        let axes = matrix(&axes64);
        let r = kidney.radii;
        let sinus_centre = kidney.centre - lateral * (0.78 * r.x);
        let sinus = Shape::Ellipsoid(Ellipsoid::new(
            v(&sinus_centre),
            axes,
            V::new(0.55 * r.x as f32, 0.30 * r.y as f32, 0.34 * r.z as f32),
        ));
        let name = sided("kidney", side);
        let mut body = named(&name, 32.0, 6.0);
        body.solids.push(Shape::Ellipsoid(Ellipsoid::new(
            v(&kidney.centre),
            axes,
            V::new(r.x as f32, r.y as f32, r.z as f32),
        )));
        body.carves.push(sinus);
        if layout.variant == Some(Variant::HorseshoeKidney) && side == Side::Left {
            let other = layout.kidneys.get(Side::Right);
            let front = layout.spine.place(3.2, 0.0, 0.0, 0.0);
            let arch = Point3::new(front.x, layout.aorta.points[16].y - 20.0, kidney.lower_pole.z + 8.0);
            for end in [kidney.lower_pole, other.lower_pole] {
                let end = end + Vector3::new(0.0, 0.0, 16.0);
                body.solids.push(Shape::Cone(Cone::new(v(&end), v(&arch), 13.0, 9.0)));
            }
        }
        parts.push(body);
    }
    for side in Side::BOTH {
        let mut ureter = unseen(&sided("ureter", side), 25.0, 0.0);
        ureter.solids.extend(cones(layout.ureters.get(side)));
        parts.push(ureter);
    }
    parts
}

/// Epidural fat, thecal sac, and the cord to the conus.
pub(crate) fn canal(layout: &Layout) -> Vec<Part> {
    let spine = &layout.spine;
    let mut fat = unseen("epidural_fat", -70.0, 10.0);
    let mut sac = named("spinal_cord", 14.0, 6.0);
    let mut cord = Part::tissue("cord", label("spinal_cord"), 36.0, 2.0);
    let middle = |i: usize, z: f64| {
        let s = &spine.levels[i].size;
        (
            spine.levels[i].frame.point(0.0, s.back() + 0.5 * s.canal_depth - 0.8, z),
            s.canal_width,
            s.canal_depth,
        )
    };
    let mut rows: Vec<(Point3<f64>, f64, f64)> = Vec::new();
    let first = middle(0, 40.0);
    rows.push(first);
    for i in 0..spine.levels.len() {
        rows.push(middle(i, 0.0));
    }
    let n = spine.levels.len();
    for (i, w) in rows.windows(2).enumerate() {
        let r = |row: &(Point3<f64>, f64, f64), f: f64| ((0.5 * f * row.1) as f32, (0.5 * f * row.2) as f32);
        fat.solids.push(Shape::Tube(Tube::new(
            v(&w[0].0),
            v(&w[1].0),
            V::x(),
            r(&w[0], 0.97),
            r(&w[1], 0.97),
        )));
        let taper = |i: usize| 0.80 - 0.05 * (i as f64 - 5.0).max(0.0);
        sac.solids.push(Shape::Tube(Tube::new(
            v(&w[0].0),
            v(&w[1].0),
            V::x(),
            r(&w[0], taper(i)),
            r(&w[1], taper(i + 1)),
        )));
        if i < L1 + 1 {
            let thin = |i: usize| if i < L1 { 4.6 } else { 2.6 };
            cord.solids.push(Shape::Cone(Cone::new(v(&w[0].0), v(&w[1].0), thin(i), thin(i + 1))));
        }
    }
    // The sac ends at S2; its fat goes on in the sacral canal.
    let last = &spine.levels[n - 1].frame;
    let end = last.point(0.0, 20.0, -24.0);
    sac.solids.push(Shape::Cone(Cone::new(v(&rows[n].0), v(&end), 6.0, 4.0)));
    fat.solids.push(Shape::Cone(Cone::new(v(&rows[n].0), v(&last.point(0.0, 22.0, -32.0)), 7.5, 5.5)));
    vec![fat, sac, cord]
}
