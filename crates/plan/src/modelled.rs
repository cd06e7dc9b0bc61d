//! Obstacles that no label carries: hazards modelled as tubes, discs between endplates, and the spinal canal.
//!
//! *Tube*: distance to the course less its radius. *Disc*: the elliptic column between two endplate planes, with the
//! endplates' mean width and depth, widened as discs are (`anatomy.disc_wider_than_body`). *Canal*: a tube through the
//! vertebrae's canal centres, its radius 0.8 of half the gap between the pedicles. The disc and the canal are left out
//! where a label carries them.

use crate::brick::Brick;
use crate::distance;
use crate::fields::{CAP_MM, Obstacle, SPACING_MM};
use crate::rules::HazardClass;
use crate::space::{BodyPoint, BodySpace, LatticeBox};
use rami_anatomy::{Anatomy, HazardKind, Vertebra};
use rayon::prelude::*;

/// Field distances of a tube beyond its surface, mm: what costs reach to.
const TUBE_CAP_MM: f32 = 15.0;
/// Standard deviation of a disc's border, mm: that of the endplates it is made from. Judged.
const DISC_SD_MM: f64 = 1.0;
/// Standard deviation of the canal's border, mm. Judged.
const CANAL_SD_MM: f64 = 1.5;

/// All modelled obstacles of a person.
pub(crate) fn obstacles(anatomy: &Anatomy, space: &BodySpace, region: &LatticeBox) -> Vec<Obstacle> {
    let mut all: Vec<Obstacle> = anatomy
        .modelled
        .par_iter()
        .filter(|hazard| !hazard.course.is_empty())
        .map(|hazard| {
            let course: Vec<BodyPoint> = hazard.course.iter().map(|p| space.point(p)).collect();
            let class = match hazard.kind {
                HazardKind::Ureter => HazardClass::Ureter,
                HazardKind::NerveRoot => HazardClass::NerveRoot,
                HazardKind::LumbarSegmentalVessels => HazardClass::SegmentalVessel,
                HazardKind::GenitofemoralNerve => HazardClass::GenitofemoralNerve,
                HazardKind::PleuralRecess => HazardClass::Pleura,
                HazardKind::RenalArtery | HazardKind::RenalVein => HazardClass::GreatVessel,
            };
            tube(hazard.name(), class, &course, hazard.radius_mm, hazard.sd_mm, region)
                .sweeping(space.vector(&hazard.sweep_mm))
        })
        .collect();
    if !anatomy.structures.has_name("intervertebral_disc") {
        all.extend(discs(anatomy, space, region));
    }
    if !anatomy.structures.has_name("spinal_canal") {
        all.extend(canal(anatomy, space, region));
    }
    all
}

fn tube(
    name: String,
    class: HazardClass,
    course: &[BodyPoint],
    radius: f64,
    sd: f64,
    region: &LatticeBox,
) -> Obstacle {
    let reach = f64::from(TUBE_CAP_MM) + radius;
    let bound = |pick: fn(f64, f64) -> f64, start: f64| {
        [0, 1, 2].map(|axis| course.iter().map(|p| p[axis]).fold(start, pick))
    };
    let low = bound(f64::min, f64::INFINITY).map(|v| v - reach);
    let high = bound(f64::max, f64::NEG_INFINITY).map(|v| v + reach);
    let nodes = LatticeBox::around(low, high, SPACING_MM).and_then(|nodes| nodes.grown_within(0, region));
    let field = match nodes {
        Some(nodes) if nodes.dims.iter().all(|&n| n >= 2) => {
            let last = nodes.last();
            let mut data = Vec::with_capacity(nodes.len());
            for k in nodes.first[2]..=last[2] {
                for j in nodes.first[1]..=last[1] {
                    for i in nodes.first[0]..=last[0] {
                        let at = LatticeBox::position([i, j, k], SPACING_MM);
                        let gap = distance_to_course(&at, course) - radius;
                        data.push((gap as f32).min(TUBE_CAP_MM));
                    }
                }
            }
            Brick::new(nodes, SPACING_MM, TUBE_CAP_MM, data)
        }
        _ => nothing_near(region, TUBE_CAP_MM),
    };
    Obstacle::new(name, class, field, fine_points(course), radius, Some(sd))
}

fn nothing_near(region: &LatticeBox, cap: f32) -> Brick {
    Brick::new(LatticeBox { first: region.first, dims: [2; 3] }, SPACING_MM, cap, vec![cap; 8])
}

/// Distance from a point to a polyline, mm.
pub(crate) fn distance_to_course(point: &BodyPoint, course: &[BodyPoint]) -> f64 {
    if let [only] = course {
        return (point - only).norm();
    }
    course
        .windows(2)
        .map(|piece| {
            let along = piece[1] - piece[0];
            let t = (point - piece[0]).dot(&along) / along.norm_squared().max(1e-12);
            (point - (piece[0] + along * t.clamp(0.0, 1.0))).norm_squared()
        })
        .fold(f64::INFINITY, f64::min)
        .sqrt()
}

/// Points of a course at most 2 mm apart.
fn fine_points(course: &[BodyPoint]) -> Vec<BodyPoint> {
    let mut points = vec![course[0]];
    for piece in course.windows(2) {
        let along = piece[1] - piece[0];
        let pieces = (along.norm() / 2.0).ceil().max(1.0) as usize;
        points.extend((1..=pieces).map(|i| piece[0] + along * (i as f64 / pieces as f64)));
    }
    points
}

fn discs(anatomy: &Anatomy, space: &BodySpace, region: &LatticeBox) -> Vec<Obstacle> {
    let wider = 1.0 + rami_evidence::value("anatomy.disc_wider_than_body") / 100.0;
    let pairs: Vec<(&Vertebra, &Vertebra)> = anatomy
        .vertebrae
        .values()
        .filter_map(|upper| Some((upper, anatomy.vertebrae.get(&upper.level.caudal()?)?)))
        .collect();
    pairs.into_par_iter().filter_map(|(upper, lower)| disc(upper, lower, wider, space, region)).collect()
}

fn disc(
    upper: &Vertebra,
    lower: &Vertebra,
    wider: f64,
    space: &BodySpace,
    region: &LatticeBox,
) -> Option<Obstacle> {
    let (top, bottom) = (&upper.lower_endplate, &lower.upper_endplate);
    let (top_centre, bottom_centre) = (space.point(&top.centre), space.point(&bottom.centre));
    let (top_normal, bottom_normal) = (space.vector(&top.normal), space.vector(&bottom.normal));
    let right = space.vector(&(upper.frame.right.into_inner() + lower.frame.right.into_inner())).normalize();
    let cranial = (top_normal + bottom_normal).normalize();
    let anterior = cranial.cross(&right).normalize();
    let half_width = wider * (top.width_mm + bottom.width_mm) / 4.0;
    let half_depth = wider * (top.depth_mm + bottom.depth_mm) / 4.0;
    let middle = nalgebra::center(&top_centre, &bottom_centre);
    let reach = half_width.max(half_depth) + 5.0;
    let own = LatticeBox::around(
        [0, 1, 2].map(|axis| middle[axis] - reach),
        [0, 1, 2].map(|axis| middle[axis] + reach),
        SPACING_MM,
    )?;
    let nodes = own.grown_within((f64::from(TUBE_CAP_MM) / SPACING_MM) as i32, region)?;
    let last = nodes.last();
    let mut mask = Vec::with_capacity(nodes.len());
    let mut points = Vec::new();
    for k in nodes.first[2]..=last[2] {
        for j in nodes.first[1]..=last[1] {
            for i in nodes.first[0]..=last[0] {
                let at = LatticeBox::position([i, j, k], SPACING_MM);
                let from = at - middle;
                let (x, y) = (from.dot(&right) / half_width, from.dot(&anterior) / half_depth);
                let inside = x * x + y * y <= 1.0
                    && (at - top_centre).dot(&top_normal) <= 0.0
                    && (at - bottom_centre).dot(&bottom_normal) >= 0.0;
                mask.push(inside);
                if inside && (i + j + k) % 2 == 0 {
                    points.push(at);
                }
            }
        }
    }
    if points.is_empty() || nodes.dims.iter().any(|&n| n < 2) {
        return None;
    }
    let field =
        Brick::new(nodes, SPACING_MM, CAP_MM, distance::signed(&mask, nodes.dims, SPACING_MM, CAP_MM));
    let name = format!("intervertebral_disc_{}_{}", upper.level, lower.level);
    Some(Obstacle::new(name, HazardClass::Disc, field.with_cap(TUBE_CAP_MM), points, 0.0, Some(DISC_SD_MM)))
}

fn canal(anatomy: &Anatomy, space: &BodySpace, region: &LatticeBox) -> Option<Obstacle> {
    let mut course = Vec::new();
    let mut radii = Vec::new();
    for vertebra in anatomy.vertebrae.values() {
        let (Some(left), Some(right)) = (vertebra.pedicles.left, vertebra.pedicles.right) else { continue };
        let gap = (left.centre - right.centre).norm() - (left.width_mm + right.width_mm) / 2.0;
        let radius = 0.8 * gap / 2.0;
        if radius > 2.0 {
            course.push(space.point(&vertebra.canal_centre));
            radii.push(radius);
        }
    }
    if course.len() < 2 {
        return None;
    }
    let radius = radii.iter().sum::<f64>() / radii.len() as f64;
    Some(tube("spinal_canal".to_owned(), HazardClass::Canal, &course, radius, CANAL_SD_MM, region))
}
