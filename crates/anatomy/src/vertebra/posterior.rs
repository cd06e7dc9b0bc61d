//! Pedicles, tips of the transverse processes, tip of the spinous process.

use super::body::{Body, Wall};
use super::frame::CanalLine;
use crate::local::Patch;
use crate::{BySide, Pedicle, Side};
use rami_volume::{Point, Vector};

/// A pedicle in one coronal plane: its columns from the canal outwards while they stay tall. At L5, where the transverse
/// process springs from the whole side of the pedicle, the drop in height is all that tells them apart.
struct Section {
    posterior: f64,
    /// Distances from the middle of the canal, mm.
    medial: f64,
    lateral: f64,
    /// Middle of its height, local cranial coordinate.
    cranial: f64,
    height: f64,
    area: f64,
}

/// The narrowest coronal section between the posterior wall and the facets on one side.
pub(crate) fn pedicle(patch: &Patch, body: &Body, canal: &CanalLine, side: Side) -> Option<Pedicle> {
    let sign = side.sign();
    let lower = body.lower.at(body.centroid.x, body.centroid.y);
    let upper = body.upper.at(body.centroid.x, body.centroid.y);
    let (low, high) = (lower + 0.35 * (upper - lower), upper + 3.0);
    let wall = body.wall.at(0.5 * (low + upper));
    let sections: Vec<Section> = (1..=9)
        .filter_map(|mm| coronal_section(patch, canal, sign, wall + f64::from(mm), low, high))
        .collect();
    // Sections taken over three neighbours, so that one rough slice does not decide.
    let area = |i: usize| {
        let near = &sections[i.saturating_sub(1)..(i + 2).min(sections.len())];
        near.iter().map(|s| s.area).sum::<f64>() / near.len() as f64
    };
    let best = (0..sections.len()).min_by(|&a, &b| area(a).total_cmp(&area(b)))?;
    let s = &sections[best];
    let near = &sections[best.saturating_sub(1)..(best + 2).min(sections.len())];
    let mean = |of: &dyn Fn(&Section) -> f64| near.iter().map(of).sum::<f64>() / near.len() as f64;
    let (medial, lateral) = (mean(&|s| s.medial), mean(&|s| s.lateral));
    let middle = canal.at(s.cranial).x;
    let at = |lateral: f64| patch.local.point(&Vector::new(middle + sign * lateral, s.posterior, s.cranial));
    Some(Pedicle {
        centre: at(0.5 * (medial + lateral)),
        lateral_border: at(lateral),
        width_mm: lateral - medial,
        height_mm: s.height,
    })
}

fn coronal_section(
    patch: &Patch,
    canal: &CanalLine,
    sign: f64,
    posterior: f64,
    low: f64,
    high: f64,
) -> Option<Section> {
    const STEP: f64 = 0.5;
    /// Columns at least this share of the tallest belong to the pedicle.
    const TALL: f64 = 0.5;
    /// No lumbar pedicle is wider, mm.
    const WIDEST: f64 = 18.0;
    let rows = ((high - low) / STEP) as usize;
    let middle = canal.at(0.5 * (low + high)).x;
    // The longest run of bone in the column at a distance from the middle: height and middle.
    let column = |lateral: f64| {
        let (mut best, mut run, mut end) = (0usize, 0usize, 0usize);
        for row in 0..=rows {
            let c = low + STEP * row as f64;
            if patch.sample(&Vector::new(middle + sign * lateral, posterior, c)) >= 0.5 {
                run += 1;
                if run > best {
                    (best, end) = (run, row);
                }
            } else {
                run = 0;
            }
        }
        let height = best as f64 * STEP;
        (height, low + STEP * end as f64 - height / 2.0)
    };
    let columns: Vec<(f64, (f64, f64))> =
        (8..=70).map(|n| f64::from(n) * STEP).map(|lateral| (lateral, column(lateral))).collect();
    let first = columns.iter().position(|c| c.1.0 >= 4.0)?;
    if columns[first].0 > 22.0 {
        return None;
    }
    let reach = first + (WIDEST / STEP) as usize;
    let near = &columns[first..reach.min(columns.len())];
    // Nearly the tallest: a spike of facet or transverse process over a few columns does not count.
    let mut heights: Vec<f64> = near.iter().map(|c| c.1.0).filter(|&h| h > 0.0).collect();
    heights.sort_by(f64::total_cmp);
    let tallest = *heights.get(heights.len() * 3 / 4)?;
    let start = near.iter().position(|c| c.1.0 >= TALL * tallest)?;
    let kept: Vec<_> = near[start..].iter().take_while(|c| c.1.0 >= TALL * tallest).collect();
    let area: f64 = kept.iter().map(|c| c.1.0 * STEP).sum();
    if kept.len() < 6 || tallest < 5.0 {
        return None;
    }
    Some(Section {
        posterior,
        medial: near[start].0 - STEP / 2.0,
        lateral: kept.last()?.0 + STEP / 2.0,
        cranial: kept.iter().map(|c| c.1.1 * c.1.0 * STEP).sum::<f64>() / area,
        height: tallest,
        area,
    })
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
