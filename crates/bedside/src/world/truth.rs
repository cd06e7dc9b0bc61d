//! A digital patient's truth as a world.

use super::FasciaSheet;
use super::levels::{Endplate, LevelScale, VertebraMark};
use super::tube::{Ganglion, Trunk, Tube, TubeKind};
use crate::BedsideError;
use rami_anatomy::patient::Truth;
use rami_anatomy::{Side, VertebralLevel};
use rami_volume::{Point, Vector};

fn points(points_mm: &[[f64; 3]]) -> Vec<Point> {
    points_mm.iter().map(|&p| Point::from(p)).collect()
}

/// A name as a level; a sixth lumbar vertebra has none.
fn level(name: &str) -> Option<VertebralLevel> {
    name.parse().ok()
}

pub(super) fn levels(truth: &Truth) -> Result<LevelScale, BedsideError> {
    let marks = truth
        .vertebrae
        .iter()
        .filter_map(|(name, v)| {
            let upper = Endplate {
                centre: v.upper_endplate.centre_mm.into(),
                normal: v.upper_endplate.normal.into(),
                width_mm: v.upper_endplate.width_mm,
                depth_mm: v.upper_endplate.depth_mm,
            };
            let lower = Endplate {
                centre: v.lower_endplate.centre_mm.into(),
                normal: v.lower_endplate.normal.into(),
                width_mm: v.lower_endplate.width_mm,
                depth_mm: v.lower_endplate.depth_mm,
            };
            Some(VertebraMark {
                level: level(name)?,
                centroid: v.centroid_mm.into(),
                right: v.right.into(),
                anterior: v.anterior.into(),
                cranial: v.cranial.into(),
                upper,
                lower,
            })
        })
        .collect();
    LevelScale::new(marks)
}

pub(super) fn trunk(truth: &Truth, side: Side) -> Trunk {
    let t = truth.chain.get(side);
    let points = points(&t.points_mm);
    let nearest = |p: &Point| {
        let near = points.iter().zip(&t.levels).min_by(|a, b| {
            let to = |q: &Point| (q - p).norm_squared();
            to(a.0).total_cmp(&to(b.0))
        });
        near.map_or(0.0, |(_, &level)| level)
    };
    let ganglia = t
        .ganglia
        .iter()
        .map(|g| {
            let centre = Point::from(g.centre_mm);
            Ganglion { centre, level: nearest(&centre), length_mm: g.length_mm, width_mm: g.width_mm }
        })
        .collect();
    Trunk { points: points.clone(), levels: t.levels.clone(), radius_mm: t.radius_mm, ganglia }
}

pub(super) fn tubes(truth: &Truth) -> Vec<Tube> {
    let mut tubes = Vec::new();
    let lists = [
        (TubeKind::NerveRoot, &truth.nerve_roots),
        (TubeKind::GreyRamus, &truth.grey_rami),
        (TubeKind::WhiteRamus, &truth.white_rami),
        (TubeKind::LumbarArtery, &truth.lumbar_arteries),
        (TubeKind::LumbarVein, &truth.lumbar_veins),
    ];
    for (kind, list) in lists {
        tubes.extend(list.iter().map(|s| Tube {
            kind,
            side: s.side,
            level: level(&s.level),
            points: points(&s.points_mm),
            radius_mm: s.radius_mm,
        }));
    }
    for side in Side::BOTH {
        let mut add = |kind: TubeKind, points_mm: &[[f64; 3]], radius_mm: f64| {
            tubes.push(Tube { kind, side, level: None, points: points(points_mm), radius_mm });
        };
        let genitofemoral = truth.genitofemoral_nerve.get(side);
        add(TubeKind::GenitofemoralNerve, &genitofemoral.points_mm, genitofemoral.radius_mm);
        let cutaneous = truth.lateral_femoral_cutaneous_nerve.get(side);
        add(TubeKind::LateralFemoralCutaneousNerve, &cutaneous.points_mm, cutaneous.radius_mm);
        let ureter = truth.ureter.get(side);
        add(TubeKind::Ureter, &ureter.points_mm, ureter.radius_mm);
    }
    tubes.retain(|tube| tube.points.len() >= 2);
    tubes
}

pub(super) fn fascia(truth: &Truth) -> Vec<FasciaSheet> {
    let rows = |rows: &[Vec<[f64; 3]>]| rows.iter().map(|row| points(row)).collect();
    truth.fascia.iter().map(|s| FasciaSheet { name: s.name.clone(), rows: rows(&s.rows_mm) }).collect()
}

/// An endplate of the belief.
pub(super) fn endplate(plane: &rami_anatomy::EndplatePlane) -> Endplate {
    let normal: Vector = plane.normal.into_inner();
    Endplate { centre: plane.centre, normal, width_mm: plane.width_mm, depth_mm: plane.depth_mm }
}
