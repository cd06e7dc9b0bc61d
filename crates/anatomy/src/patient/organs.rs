//! Organs of the belly, and the lungs above them.
//!
//! They fill the cavity in an order of precedence; places are shares of the cavity (see [`Layout::belly`]). Gas rises:
//! in each gut segment it lies over the content along the direction of gravity, so it is at the back of a person lying
//! prone and at the front of one lying supine.

use super::convert::{d, matrix, v};
use super::layout::Layout;
use super::scene::Part;
use super::shape::{Cone, Ellipsoid, HalfSpace, M, Shape, Tube, V};
use super::tissues::{cavity, label, named, renal_fascia, sided};
use crate::{Posture, Side};
use nalgebra::{Point3, Vector3};
use rami_random::{RngExt, Stream};

fn ball(centre: Point3<f64>, radii: [f64; 3]) -> Shape {
    Shape::Ellipsoid(Ellipsoid::new(v(&centre), M::identity(), V::from(radii.map(|r| r as f32))))
}

/// An ellipsoid turned about the y axis (positive: its left end up) and the x axis.
fn turned(centre: Point3<f64>, radii: [f64; 3], about_y: f64, about_x: f64) -> Shape {
    let turn = nalgebra::Rotation3::from_axis_angle(&Vector3::y_axis(), -about_y)
        * nalgebra::Rotation3::from_axis_angle(&Vector3::x_axis(), about_x);
    let axes = turn.matrix().transpose().map(|m| m as f32);
    Shape::Ellipsoid(Ellipsoid::new(v(&centre), axes, V::from(radii.map(|r| r as f32))))
}

/// Lungs, liver, spleen, stomach, pancreas, duodenum, small bowel and colon, first the ones that give way.
pub(crate) fn organs(layout: &Layout) -> Vec<Part> {
    let mut parts = Vec::new();
    let inside = cavity(layout, 1.5);
    let k = layout.spine.scale;
    parts.extend(lungs(layout));
    parts.push(liver(layout));
    parts.push(spleen(layout));
    parts.extend(small_bowel(layout));
    parts.extend(colon(layout));
    parts.extend(stomach(layout));

    let mut duodenum = named("duodenum", 32.0, 14.0);
    duodenum.blend = 8.0;
    let c = |x: f64, y: f64, level: f64| layout.belly(x, y, level);
    let loop_ = [
        c(-0.20, 0.46, 1.0),
        c(-0.34, 0.62, 1.1),
        c(-0.40, 0.70, 1.9),
        c(-0.36, 0.66, 2.8),
        c(-0.15, 0.46, 3.15),
        c(0.08, 0.42, 3.05),
        c(0.24, 0.52, 2.3),
    ];
    for w in loop_.windows(2) {
        duodenum.solids.push(Shape::Cone(Cone::new(v(&w[0]), v(&w[1]), 11.0 * k as f32, 11.0 * k as f32)));
    }
    duodenum.clips.push(inside.clone());
    parts.push(duodenum);

    let mut pancreas = named("pancreas", 32.0, 24.0);
    for w in [c(-0.28, 0.62, 2.0), c(-0.10, 0.60, 1.2), c(0.14, 0.64, 0.8), c(0.42, 0.80, 0.3)].windows(2) {
        pancreas.solids.push(Shape::Cone(Cone::new(v(&w[0]), v(&w[1]), 10.0 * k as f32, 9.0 * k as f32)));
    }
    parts.push(pancreas);

    let mut gallbladder = named("gallbladder", 10.0, 2.0);
    gallbladder.solids.push(turned(c(-0.52, 0.30, 1.4), [13.0, 18.0, 26.0], 0.2, 0.5));
    gallbladder.clips.push(inside.clone());
    parts.push(gallbladder);

    // What lies in front of the kidneys is hollowed by them and by what is behind them.
    let hollows: Vec<Shape> =
        Side::BOTH.into_iter().flat_map(|side| behind_peritoneum(layout, side)).collect();
    for part in &mut parts {
        if !part.name.starts_with("lung") {
            part.carves.extend(hollows.iter().cloned());
        }
    }
    parts
}

/// The renal fascia and the space behind it on one side: no organ of the belly reaches there.
fn behind_peritoneum(layout: &Layout, side: Side) -> [Shape; 2] {
    let kidney = layout.kidneys.get(side);
    let (centre, axes, radii) = renal_fascia(kidney, side);
    let fascia = Ellipsoid::new(v(&centre), matrix(&axes), d(&radii));
    let back = Vector3::new(0.0, 30.0, 0.0);
    let half = kidney.down * (0.9 * kidney.radii.z);
    let wide = (1.1 * kidney.radii.x as f32, 32.0);
    let behind = Tube::new(v(&(centre - half + back)), v(&(centre + half + back)), V::x(), wide, wide);
    [Shape::Ellipsoid(fascia), Shape::Tube(behind)]
}

/// Liver: right lobe against the flank, tapering down to about L2/3; left lobe across the front.
fn liver(layout: &Layout) -> Part {
    let k = layout.spine.scale;
    let inside = cavity(layout, 1.5);
    let mut liver = named("liver", 54.0, 7.0);
    liver.blend = 18.0;
    let (_, _, half) = layout.outline(layout.z(0.5));
    let half = half - layout.layers.fat[1] - layout.layers.wall[1];
    let right = layout.spine.place(-0.6, 0.0, 0.0, 0.0);
    let (front, back, _) = layout.outline(right.z);
    let deep = 0.5 * (back - front);
    liver.solids.push(turned(
        Point3::new(-0.54 * half, 0.5 * (front + back) - 0.10 * deep, right.z + 6.0 * k),
        [0.50 * half, 0.64 * deep, 82.0 * k],
        0.16,
        0.0,
    ));
    liver.solids.push(turned(
        Point3::new(-0.02 * half, front + 0.55 * deep, right.z + 26.0 * k),
        [0.52 * half, 0.30 * deep, 36.0 * k],
        0.20,
        0.0,
    ));
    liver.clips.push(inside.clone());
    liver
}

fn spleen(layout: &Layout) -> Part {
    let k = layout.spine.scale;
    let (_, _, half) = layout.outline(layout.z(0.5));
    let half = half - layout.layers.fat[1] - layout.layers.wall[1];
    let right = layout.spine.place(-0.6, 0.0, 0.0, 0.0);
    let (front, back, _) = layout.outline(right.z);
    let deep = 0.5 * (back - front);
    let mut spleen = named("spleen", 48.0, 5.0);
    spleen.solids.push(turned(
        Point3::new(0.72 * half, 0.5 * (front + back) + 0.26 * deep, right.z + 12.0 * k),
        [24.0 * k, 42.0 * k, 46.0 * k],
        0.15,
        0.5,
    ));
    spleen.clips.push(cavity(layout, 1.5));
    spleen
}

/// The recesses of both lungs above and around the dome of the diaphragm.
fn lungs(layout: &Layout) -> Vec<Part> {
    let k = layout.spine.scale;
    let t12 = layout.z(0.0);
    let (front, back, half) = layout.outline(t12);
    let half = half - layout.layers.fat[1] - layout.layers.wall[1];
    let mut parts = Vec::new();
    for side in Side::BOTH {
        let s = side.sign();
        let mut lung = named(&sided("lung_lower_lobe", side), -830.0, 45.0);
        // The thorax inside the ribs, above a plane that falls backwards to the level of L1 (the pleural recess) …
        let mut thorax = cavity(layout, 5.0);
        if let Shape::Trunk(layer) = &mut thorax {
            layer.depth[2] = (layout.layers.fat[2] + 22.0 * k) as f32;
        }
        lung.solids.push(thorax);
        let normal = V::new(0.0, -0.80, -0.60);
        let recess = V::new(0.0, back as f32 - 35.0, (t12 - 14.0 * k) as f32);
        lung.clips.push(Shape::HalfSpace(HalfSpace { normal, offset: normal.dot(&recess) }));
        lung.clips.push(Shape::HalfSpace(HalfSpace {
            normal: V::new(-s as f32, 0.0, 0.0),
            offset: -16.0 * k as f32,
        }));
        // … less what lies under the dome.
        let rise = if side == Side::Right { 8.0 } else { 0.0 };
        lung.carves.push(ball(
            Point3::new(s * 0.46 * half, 0.5 * (front + back) - 10.0, t12 - 45.0 * k),
            [0.58 * half, 0.43 * (back - front), (115.0 + rise) * k],
        ));
        lung.carves.push(ball(
            Point3::new(0.0, 0.5 * (front + back) - 20.0, t12 - 30.0 * k),
            [0.50 * half, 0.40 * (back - front), 110.0 * k],
        ));
        parts.push(lung);
    }
    parts
}

/// Which way gas rises.
fn up(layout: &Layout) -> V {
    if layout.posture == Posture::Prone { V::new(0.0, 1.0, 0.0) } else { V::new(0.0, -1.0, 0.0) }
}

/// Gas over the content of one pool of a lumen of spheres (middle, radius, share of gas): all of it above one level,
/// the height that leaves the mean share of gas above it.
fn gas(name: &str, id: u16, layout: &Layout, lumen: &[(Point3<f64>, f64, f64)]) -> Vec<Part> {
    let up = up(layout);
    let share = lumen.iter().map(|p| p.2).sum::<f64>() / lumen.len().max(1) as f64;
    let mut heights: Vec<f32> = lumen
        .iter()
        .flat_map(|p| (-4..=4).map(move |n| (p, n)))
        .map(|(p, n)| up.dot(&v(&p.0)) + 0.22 * n as f32 * p.1 as f32)
        .collect();
    heights.sort_by(f32::total_cmp);
    let level = heights[(((1.0 - share) * heights.len() as f64) as usize).min(heights.len() - 1)];
    let wall = 2.2;
    let mut part = Part::tissue(name, id, -960.0, 15.0);
    part.blend = 3.0;
    for w in lumen.windows(2) {
        let (a, b) = (&w[0], &w[1]);
        part.solids.push(Shape::Cone(Cone::new(
            v(&a.0),
            v(&b.0),
            (a.1 - wall).max(2.0) as f32,
            (b.1 - wall).max(2.0) as f32,
        )));
    }
    part.clips.push(Shape::HalfSpace(HalfSpace { normal: -up, offset: -level }));
    vec![part]
}

/// Loops of jejunum and ileum: rows of a meander in two layers, with gas at a few places.
fn small_bowel(layout: &Layout) -> Vec<Part> {
    let mut part = named("small_bowel", 26.0, 22.0);
    part.blend = 2.0;
    let stream = Stream::new(layout.traits.seed).named("small bowel");
    let k = layout.spine.scale;
    let mut rng = stream.rng();
    let mut jitter = |amount: f64| amount * (2.0 * rng.random::<f64>() - 1.0);
    let radius = 11.5 * k;
    let mut last: Option<Point3<f64>> = None;
    let mut loops: Vec<(Point3<f64>, Point3<f64>, f64)> = Vec::new();
    for layer in 0..2 {
        let rows = 8;
        for row in 0..rows {
            let level = 1.9 + 0.52 * f64::from(row) + 0.1 * f64::from(layer);
            for column in 0..5 {
                let column = if (row + layer) % 2 == 0 { column } else { 4 - column };
                let x = -0.46 + 0.25 * f64::from(column) + jitter(0.05);
                let y = if layer == 0 { 0.64 } else { 0.30 } + jitter(0.09);
                let p = layout.belly(x, y, level + jitter(0.14));
                if let Some(from) = last {
                    let r = radius * (1.0 + jitter(0.14));
                    if (p - from).norm() < 90.0 {
                        part.solids.push(Shape::Cone(Cone::new(v(&from), v(&p), r as f32, r as f32)));
                        loops.push((from, p, r));
                    }
                }
                last = Some(p);
            }
        }
        last = None;
    }
    part.clips.push(cavity(layout, 2.0));
    let mut parts = vec![part];
    for n in 0..5 {
        let (from, to, r) = loops[(7 + n * loops.len() / 5) % loops.len()];
        let share = 0.35 + 0.15 * jitter(1.0);
        let mut pocket = gas("bowel_gas", label("small_bowel"), layout, &[(from, r, share), (to, r, share)]);
        pocket.iter_mut().for_each(|part| part.clips.push(cavity(layout, 4.0)));
        parts.extend(pocket);
    }
    parts
}

/// The frame of the colon, with haustra, content and gas.
fn colon(layout: &Layout) -> Vec<Part> {
    let stream = Stream::new(layout.traits.seed).named("colon");
    let mut rng = stream.rng();
    let k = layout.spine.scale;
    let drop = 0.35 * (rng.random::<f64>() - 0.3);
    // Share of the cavity across, share from front to spine, level, radius, share of gas.
    let path: [[f64; 5]; 19] = [
        [-0.66, 0.52, 5.6, 27.0, 0.50],
        [-0.74, 0.70, 5.0, 27.0, 0.55],
        [-0.77, 0.82, 4.2, 25.0, 0.35],
        [-0.79, 0.88, 3.4, 24.0, 0.25],
        [-0.78, 0.84, 2.7, 23.0, 0.35],
        [-0.68, 0.55, 2.3, 22.0, 0.55],
        [-0.52, 0.24, 2.7, 21.0, 0.50],
        [-0.28, 0.15, 3.2, 21.0, 0.45],
        [0.00, 0.13, 3.4, 21.0, 0.55],
        [0.28, 0.15, 3.0, 20.0, 0.50],
        [0.52, 0.24, 2.2, 20.0, 0.45],
        [0.70, 0.48, 1.2, 20.0, 0.60],
        [0.78, 0.82, 0.5, 19.0, 0.65],
        [0.82, 0.95, 1.3, 17.0, 0.35],
        [0.83, 0.98, 2.5, 15.5, 0.20],
        [0.82, 0.96, 3.7, 15.0, 0.15],
        [0.76, 0.82, 4.9, 15.5, 0.25],
        [0.58, 0.66, 5.6, 17.0, 0.45],
        [0.30, 0.70, 6.1, 18.0, 0.50],
    ];
    let places: Vec<(Point3<f64>, f64, f64)> = path
        .iter()
        .enumerate()
        .map(|(i, &[x, y, level, r, g])| {
            let sag = if (6..=10).contains(&i) { drop } else { 0.0 };
            let p = if !(2..=15).contains(&i) {
                // Below the crest the level's own axes lean too far; stay upright.
                layout.belly(x, y, level.min(5.2)) - Vector3::new(0.0, 0.0, 40.0 * k * (level - 5.2).max(0.0))
            } else {
                layout.belly(x, y, level + sag)
            };
            (p, r * k, (g + 0.25 * (rng.random::<f64>() - 0.5)).max(0.0))
        })
        .collect();
    // Haustra: a narrow and a wide place every 11 mm.
    let mut lumen: Vec<(Point3<f64>, f64, f64)> = Vec::new();
    for w in places.windows(2) {
        let n = ((w[1].0 - w[0].0).norm() / 11.0).round().max(1.0) as usize;
        for i in 0..n {
            let f = i as f64 / n as f64;
            let narrow = if lumen.len().is_multiple_of(2) { 0.70 } else { 0.9 + 0.25 * rng.random::<f64>() };
            let r = (w[0].1 + f * (w[1].1 - w[0].1)) * narrow;
            lumen.push((w[0].0 + (w[1].0 - w[0].0) * f, r, w[0].2 + f * (w[1].2 - w[0].2)));
        }
    }
    let mut colon = named("colon", 20.0, 130.0);
    colon.blend = 4.0;
    for w in lumen.windows(2) {
        colon.solids.push(Shape::Cone(Cone::new(v(&w[0].0), v(&w[1].0), w[0].1 as f32, w[1].1 as f32)));
    }
    colon.clips.push(cavity(layout, 1.0));
    if let super::scene::Paint::Tissue { grain_mm, .. } = &mut colon.paint {
        *grain_mm = 5.0;
    }
    // Content and gas settle within the right, the transverse and the left colon apart.
    let pools = [
        0..lumen.len() * 3 / 10,
        lumen.len() * 3 / 10..lumen.len() * 6 / 10,
        lumen.len() * 6 / 10..lumen.len(),
    ];
    let mut gas: Vec<Part> =
        pools.into_iter().flat_map(|pool| gas("bowel_gas", label("colon"), layout, &lumen[pool])).collect();
    for part in &mut gas {
        part.clips.push(cavity(layout, 3.0));
    }
    let mut parts = vec![colon];
    parts.append(&mut gas);
    parts
}

/// Stomach with its bubble.
fn stomach(layout: &Layout) -> Vec<Part> {
    let k = layout.spine.scale;
    let c = |x: f64, y: f64, level: f64| layout.belly(x, y, level);
    let lumen = [
        (c(0.50, 0.72, -1.2), 34.0 * k, 0.45),
        (c(0.50, 0.55, -0.3), 33.0 * k, 0.35),
        (c(0.38, 0.36, 0.6), 27.0 * k, 0.25),
        (c(0.12, 0.30, 1.2), 19.0 * k, 0.15),
        (c(-0.14, 0.36, 1.1), 14.0 * k, 0.10),
    ];
    let mut part = named("stomach", 32.0, 24.0);
    part.blend = 10.0;
    for w in lumen.windows(2) {
        let r = |p: &(Point3<f64>, f64, f64)| (p.1 as f32, 0.85 * p.1 as f32);
        part.solids.push(Shape::Tube(Tube::new(v(&w[0].0), v(&w[1].0), V::x(), r(&w[0]), r(&w[1]))));
    }
    part.clips.push(cavity(layout, 2.0));
    let inner: Vec<_> = lumen.iter().map(|&(p, r, g)| (p, 0.82 * r, g)).collect();
    let mut parts = vec![part];
    for mut bubble in gas("bowel_gas", label("stomach"), layout, &inner) {
        bubble.clips.push(cavity(layout, 4.0));
        parts.push(bubble);
    }
    parts
}
