//! Pedicles, tips of the transverse processes, tip of the spinous process.

use super::body::{Body, Wall};
use super::frame::CanalLine;
use crate::local::{Patch, flood};
use crate::{BySide, Pedicle, Side};
use rami_volume::{Point, Vector};

/// The narrowest coronal section between the posterior wall and the facets on one side.
pub(crate) fn pedicle(patch: &Patch, body: &Body, canal: &CanalLine, side: Side) -> Option<Pedicle> {
    let (wall, sign) = (&body.wall, side.sign());
    let lower = body.lower.at(body.centroid.x, body.centroid.y);
    let upper = body.upper.at(body.centroid.x, body.centroid.y);
    let (low, high) = (lower + 0.35 * (upper - lower), upper + 5.0);
    let sections: Vec<(usize, Vec<usize>)> = (2..=14)
        .filter_map(|mm| {
            let p = wall.at(0.5 * (low + upper)) + f64::from(mm);
            let y = patch.nearest(1, p);
            let section = coronal_section(patch, canal, sign, y, low, high)?;
            Some((y, section))
        })
        .collect();
    // Sections taken over three neighbours, so that one rough slice does not decide.
    let area = |i: usize| {
        let from = i.saturating_sub(1);
        let to = (i + 2).min(sections.len());
        sections[from..to].iter().map(|s| s.1.len()).sum::<usize>() as f64 / (to - from) as f64
    };
    let best = (0..sections.len()).min_by(|&a, &b| area(a).total_cmp(&area(b)))?;
    let (y, nodes) = &sections[best];
    let mean: Vector =
        nodes.iter().map(|&o| patch.coordinates(patch.node(o))).sum::<Vector>() / nodes.len() as f64;
    let centre = Vector::new(mean.x, patch.coordinate(1, *y), mean.z);
    let reach = |direction: Vector| {
        let mut r = 0.0;
        let mut before = f64::from(patch.sample(&centre));
        while r < 20.0 {
            r += 0.5;
            let now = f64::from(patch.sample(&(centre + direction * r)));
            if now < 0.5 {
                return r - 0.5 * (0.5 - now) / (before - now).max(1e-9);
            }
            before = now;
        }
        r
    };
    let (out, inward) = (reach(Vector::x() * sign), reach(-Vector::x() * sign));
    let (up, down) = (reach(Vector::z()), reach(-Vector::z()));
    let local = &patch.local;
    Some(Pedicle {
        centre: local.point(&centre),
        lateral_border: local.point(&(centre + Vector::x() * sign * out)),
        width_mm: out + inward,
        height_mm: up + down,
    })
}

/// The part of a coronal section that is pedicle: the largest piece beside the canal.
fn coronal_section(
    patch: &Patch,
    canal: &CanalLine,
    sign: f64,
    y: usize,
    low: f64,
    high: f64,
) -> Option<Vec<usize>> {
    let dims = [patch.dims[0], 1, patch.dims[2]];
    let inside: Vec<bool> = (0..dims[0] * dims[2])
        .map(|o| {
            let (x, z) = (o % dims[0], o / dims[0]);
            let (l, c) = (patch.coordinate(0, x), patch.coordinate(2, z));
            let lateral = sign * (l - canal.at(c).x);
            (5.0..30.0).contains(&lateral) && (low..=high).contains(&c) && patch.get([x, y, z]) >= 0.5
        })
        .collect();
    let mut seen = vec![false; inside.len()];
    let mut best: Vec<usize> = Vec::new();
    for seed in 0..inside.len() {
        if inside[seed] && !seen[seed] {
            let part = flood(dims, &inside, seed, &mut seen);
            if part.len() > best.len() {
                best = part;
            }
        }
    }
    let area = best.len() as f64 * patch.step * patch.step;
    (area > 20.0).then(|| best.iter().map(|&o| patch.offset([o % dims[0], y, o / dims[0]])).collect())
}

/// Tips of the transverse processes: the most lateral bone behind the body, where it reaches well past the pedicle.
pub(crate) fn transverse_tips(
    patch: &Patch,
    bone: &[bool],
    wall: &Wall,
    pedicles: &BySide<Option<Pedicle>>,
) -> BySide<Option<Point>> {
    BySide::from_fn(|side| {
        let sign = side.sign();
        let border = pedicles.get(side).map_or(20.0, |p| sign * patch.local.coordinates(&p.lateral_border).x);
        let candidates =
            nodes(patch, bone, |c| c.y > wall.at(c.z.clamp(-20.0, 20.0)) - 10.0 && c.z.abs() < 28.0);
        let tip = extreme(&candidates, |c| sign * c.x)?;
        (sign * tip.x > border + 8.0).then(|| patch.local.point(&tip))
    })
}

/// Tip of the spinous process: the most posterior bone near the middle plane.
pub(crate) fn spinous_tip(patch: &Patch, bone: &[bool], canal: &CanalLine) -> Option<Point> {
    let candidates = nodes(patch, bone, |c| {
        let canal = canal.at(c.z.clamp(-25.0, 25.0));
        (c.x - canal.x).abs() < 12.0 && c.y > canal.y + 8.0
    });
    extreme(&candidates, |c| c.y).map(|tip| patch.local.point(&tip))
}

fn nodes(patch: &Patch, bone: &[bool], wanted: impl Fn(&Vector) -> bool) -> Vec<Vector> {
    (0..bone.len())
        .filter(|&o| bone[o])
        .map(|o| patch.coordinates(patch.node(o)))
        .filter(|c| wanted(c))
        .collect()
}

/// The mean of what lies within 2 mm of the furthest point, moved out to it.
fn extreme(candidates: &[Vector], measure: impl Fn(&Vector) -> f64) -> Option<Vector> {
    let far = candidates.iter().map(&measure).fold(f64::NEG_INFINITY, f64::max);
    let (mut n, mut sum) = (0.0, Vector::zeros());
    for c in candidates.iter().filter(|c| measure(c) > far - 2.0) {
        n += 1.0;
        sum += c;
    }
    (n > 0.0).then(|| sum / n)
}
