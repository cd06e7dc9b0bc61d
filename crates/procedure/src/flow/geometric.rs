//! The geometric stand-in, for schematic teaching cases.

use super::{Compartment, Flow, Injection, OCCLUDED_KPA, Spread, compartment, opening_in_vessel};
use crate::world::World;
use rami_anatomy::{BySide, Side};
use std::collections::BTreeMap;
use std::f64::consts::PI;

/// The geometric stand-in.
///
/// ```text
/// half-length a = 45 mm (V/10 ml)^(1/3) in the plane of the chain, 1.5 times that in psoas, along the body's axis
/// half-width  b = √(3 V / (4 π a φ)), φ = 0.3
/// ```
///
/// a at 10 ml is the published extent (`technique.spread_of_10_ml`); the power and φ are assumed. A trunk inside the
/// ellipsoid is blocked by more than 0.5 mg/ml of bupivacaine's potency, thinned evenly; nothing diffuses.
#[derive(Debug, Clone, Copy, Default)]
pub struct Geometric;

const POROSITY: f64 = 0.3;
const CLOUD: usize = 240;

impl Flow for Geometric {
    fn name(&self) -> &'static str {
        "geometric"
    }

    fn spread(&self, world: &dyn World, injection: &Injection<'_>) -> Result<Spread, String> {
        let volume: f64 = injection.fluids.iter().map(|fluid| fluid.volume_ml).sum();
        let mut spread = Spread::nothing();
        if !(volume > 0.0) {
            return Ok(spread);
        }
        let tip = injection.tip_mm;
        let home = compartment(world, tip);
        if home == Compartment::Refused {
            spread.shares.insert(Compartment::Refused, 1.0);
            spread.pressure_kpa = OCCLUDED_KPA;
            return Ok(spread);
        }
        let in_vessel = opening_in_vessel(world, tip, injection.direction);
        let long = 45.0 * (volume / 10.0).cbrt() * if home == Compartment::Psoas { 1.5 } else { 1.0 };
        let wide =
            (3.0 * volume * 1000.0 * (1.0 - in_vessel).max(0.02) / (4.0 * PI * long * POROSITY)).sqrt();
        let inside = |point: [f64; 3]| {
            let [x, y, z] = [0, 1, 2].map(|axis| point[axis] - tip[axis]);
            (x * x + y * y) / (wide * wide) + z * z / (long * long) <= 1.0
        };
        let mut counts: BTreeMap<Compartment, usize> = BTreeMap::new();
        let closed = matches!(
            home,
            Compartment::Disc | Compartment::Thecal | Compartment::Urinary | Compartment::Visceral
        );
        for i in 0..CLOUD {
            let unit = ball(i);
            let point = [tip[0] + wide * unit[0], tip[1] + wide * unit[1], tip[2] + long * unit[2]];
            let there = compartment(world, point);
            let enters = if closed || home == Compartment::Psoas {
                there == home
            } else {
                // One part in four of what would cross a fascia does.
                let next_door =
                    matches!(there, Compartment::Prevertebral | Compartment::Psoas | Compartment::Epidural);
                there == home || (next_door && i % 4 == 0)
            };
            if enters {
                *counts.entry(there).or_default() += 1;
                spread.cloud_mm.push(point);
            }
        }
        if spread.cloud_mm.is_empty() {
            counts.insert(home, 1);
            spread.cloud_mm.push(tip);
        }
        let total: usize = counts.values().sum();
        for (compartment, count) in counts {
            spread.shares.insert(compartment, (1.0 - in_vessel) * count as f64 / total as f64);
        }
        if in_vessel > 0.0 {
            *spread.shares.entry(Compartment::Vessel).or_default() += in_vessel;
        }
        let mass: f64 = injection.fluids.iter().map(|f| f.drug_mg_ml * f.volume_ml * potency(&f.agent)).sum();
        let thinned = mass / volume * (1.0 - in_vessel) * 0.5;
        let strong = (thinned / 0.5).powi(4);
        let depth = strong / (1.0 + strong);
        let reached = |course: &[([f64; 3], f64)], level: f64| {
            let here: Vec<_> = course.iter().filter(|(_, at)| (at - level).abs() <= 0.5).collect();
            let wet = here.iter().filter(|(point, _)| inside(*point)).count();
            if here.is_empty() { 0.0 } else { wet as f64 / here.len() as f64 }
        };
        let plane = spread.share(Compartment::Prevertebral);
        spread.blocked = BySide::from_fn(|side| {
            let trunk = world.trunk(side);
            [2.0, 3.0, 4.0].map(|level| {
                let wet = reached(&trunk, level);
                if home == Compartment::Prevertebral {
                    depth * (2.0 * wet).min(1.0)
                } else {
                    depth * wet * plane
                }
            })
        });
        let nerve = |side: Side, names: &[&str]| {
            let wet = names
                .iter()
                .any(|name| world.course(&format!("{name}_{side}")).iter().any(|point| inside(*point)));
            if wet { depth } else { 0.0 }
        };
        let in_psoas = spread.share(Compartment::Psoas);
        spread.genitofemoral_blocked = BySide::from_fn(|side| {
            nerve(side, &["genitofemoral_nerve"]) * if in_psoas > 0.3 { 1.0 } else { 0.0 }
        });
        let canal = spread.share(Compartment::Epidural)
            + spread.share(Compartment::Thecal)
            + spread.share(Compartment::Nerve);
        spread.roots_blocked = BySide::from_fn(|_| depth * (2.0 * canal).min(1.0));
        spread.longitudinal_extent_mm = 2.0 * long;
        spread.onset_min = 8.0;
        spread.duration_min = if mass > 0.0 { 300.0 } else { 0.0 };
        // B and C are not told apart here.
        let duration_min = spread.duration_min;
        let held =
            |side: Side| spread.blocked.get(side).map(|share| if share >= 0.9 { duration_min } else { 0.0 });
        spread.held_min = BySide::from_fn(held);
        spread.cut_min = spread.held_min;
        let rate = injection.fluids.last().map_or(0.0, |fluid| fluid.rate_ml_s);
        spread.pressure_kpa = world.at(tip).medium.injection_resistance_kpa() * rate / 0.1;
        Ok(spread)
    }
}

/// Potency relative to bupivacaine, by weight (mechanism figures I1: 26, 112 and 324 µM).
fn potency(agent: &str) -> f64 {
    match agent {
        "bupivacaine" | "levobupivacaine" => 1.0,
        "ropivacaine" => 0.7,
        "lidocaine" => 0.25,
        "mepivacaine" => 0.2,
        _ => 0.0,
    }
}

/// The i-th of evenly spread points in the unit ball (Halton's sequence in bases 2, 3, 5).
fn ball(i: usize) -> [f64; 3] {
    let halton = |base: usize| {
        let (mut share, mut result, mut index) = (1.0, 0.0, i + 1);
        while index > 0 {
            share /= base as f64;
            result += share * (index % base) as f64;
            index /= base;
        }
        result
    };
    let (radius, turn, height) = (halton(2).cbrt(), 2.0 * PI * halton(3), 2.0 * halton(5) - 1.0);
    let across = (1.0 - height * height).max(0.0).sqrt();
    [radius * across * turn.cos(), radius * across * turn.sin(), radius * height]
}
