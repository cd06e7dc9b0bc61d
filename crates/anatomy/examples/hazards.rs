//! Prints how far the true courses of what no CT shows lie from the modelled ones, and how far their spread is stated, on
//! the people kept for calibration (seed 815). Nothing is written; run `cargo run --profile ci --example hazards`.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::panic)] // a study, run by hand

#[allow(dead_code)] // each study uses its part
mod study;

use rami_anatomy::patient::{TrunkSource, Truth};
use rami_anatomy::{HazardKind, ModelledHazard, Side, TrunkPrior};
use rami_volume::{Point, Vector};
use rayon::prelude::*;
use std::collections::BTreeMap;
use study::moments;

const SEED: u64 = 815;
const PEOPLE: u64 = 48;

/// True courses that a modelled hazard stands for.
fn courses<'a>(truth: &'a Truth, hazard: &ModelledHazard) -> Vec<&'a [[f64; 3]]> {
    macro_rules! of_level {
        ($list:expr) => {
            $list
                .iter()
                .filter(|s| s.side == hazard.side && hazard.level.is_some_and(|l| l.name() == s.level))
                .map(|s| s.points_mm.as_slice())
                .collect::<Vec<_>>()
        };
    }
    match hazard.kind {
        HazardKind::Ureter => vec![&truth.ureter.get(hazard.side).points_mm],
        HazardKind::NerveRoot => of_level!(truth.nerve_roots),
        HazardKind::LumbarSegmentalVessels => {
            [of_level!(truth.lumbar_arteries), of_level!(truth.lumbar_veins)].concat()
        }
        HazardKind::GenitofemoralNerve => vec![&truth.genitofemoral_nerve.get(hazard.side).points_mm],
        _ => Vec::new(),
    }
}

/// From the nearest point of a course to a point.
fn from_course(course: &[Point], p: &Point) -> Vector {
    course
        .windows(2)
        .map(|w| {
            let along = w[1] - w[0];
            let t = (p - w[0]).dot(&along) / along.norm_squared().max(1e-12);
            p - (w[0] + along * t.clamp(0.0, 1.0))
        })
        .min_by(|a, b| a.norm().total_cmp(&b.norm()))
        .unwrap()
}

fn main() {
    let people = std::env::args().nth(1).map_or(PEOPLE, |n| n.parse().unwrap());
    let rows: Vec<Vec<(String, Vector)>> = (0..people)
        .into_par_iter()
        .map(|row| {
            let person = study::person(SEED, row, TrunkSource::Cadaver, None);
            let anatomy = study::read(&person.ct, person.labels.clone(), TrunkPrior::Cadaver).unwrap();
            let height = |level: &str| person.truth.vertebrae[level].centroid_mm[2];
            let (top, bottom) = (height("L1"), height("L5"));
            let mut out = Vec::new();
            for hazard in &anatomy.modelled {
                let sign = hazard.side.sign();
                for course in courses(&person.truth, hazard) {
                    for p in course {
                        // Only beside the levels that are planned.
                        if p[2] > top || p[2] < bottom {
                            continue;
                        }
                        // Vessels in front of the body are hidden behind the great ones.
                        let centre = person.truth.vertebrae["L3"].centroid_mm;
                        if hazard.kind == HazardKind::LumbarSegmentalVessels
                            && sign * (p[0] - centre[0]) < 14.0
                        {
                            continue;
                        }
                        let off = from_course(&hazard.course, &Point::from(*p));
                        let third = ["L2", "L3", "L4"]
                            .into_iter()
                            .min_by(|a, b| (height(a) - p[2]).abs().total_cmp(&(height(b) - p[2]).abs()))
                            .unwrap();
                        let side = if hazard.side == Side::Left { "left" } else { "right" };
                        let own = hazard.level.map_or(String::new(), |l| format!(" of {l}"));
                        let name = format!("{:?}{own} {side} at {third}", hazard.kind);
                        out.push((name, Vector::new(sign * off.x, off.y, off.z)));
                    }
                }
            }
            out
        })
        .collect();
    let mut kinds: BTreeMap<&str, [Vec<f64>; 3]> = BTreeMap::new();
    for (name, off) in rows.iter().flatten() {
        let of = kinds.entry(name).or_default();
        (0..3).for_each(|axis| of[axis].push(off[axis]));
    }
    println!("{people} people of seed {SEED}; truth less model: lateral, posterior, cranial, mm");
    for (name, axes) in kinds {
        let text: Vec<String> = axes
            .iter()
            .map(|a| {
                let (mean, sd) = moments(a);
                format!("{mean:+6.1} ± {sd:4.1}")
            })
            .collect();
        println!("{name:42} {}", text.join("  "));
    }
}
