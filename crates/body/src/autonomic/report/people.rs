//! What is kept of each virtual person, and its spread over all of them.

use super::super::leg::{Response, SITES};
use super::super::rules;
use super::document::{Band, BySide, Population};
use super::milestones::{Columns, Milestones, milestones};
use crate::Distribution;
use std::collections::BTreeMap;

/// What is kept of one virtual person, once a minute.
pub(super) struct OnePerson {
    milestones: Milestones,
    fired: [bool; 9],
    pub(super) temperature: Vec<[[f32; 4]; 2]>,
    pub(super) flow: Vec<[[f32; 4]; 2]>,
    pub(super) perfusion_index: Vec<[f32; 2]>,
    pub(super) sweat: Vec<[f32; 2]>,
    pub(super) distal_pressure: Vec<[f32; 2]>,
}

impl OnePerson {
    pub(super) fn of(response: &Response, side: usize) -> Self {
        let stride = (60.0 / response.step_s).round() as usize;
        fn every<T: Copy>(stride: usize, series: &[T]) -> Vec<T> {
            series.iter().step_by(stride).copied().collect()
        }
        Self {
            milestones: milestones(response, side),
            fired: rules::times(&Columns::of(response, side).record(response.step_s)).map(|t| t.is_some()),
            temperature: response
                .temperature
                .iter()
                .step_by(stride)
                .map(|v| v.map(|leg| leg.map(|x| x as f32)))
                .collect(),
            flow: every(stride, &response.flow),
            perfusion_index: every(stride, &response.perfusion_index),
            sweat: every(stride, &response.sweat),
            distal_pressure: every(stride, &response.distal_pressure),
        }
    }
}

fn bands(people: &[OnePerson], of: impl Fn(&OnePerson, usize) -> f64) -> Vec<Band> {
    let points = people.first().map_or(0, |p| p.temperature.len());
    (0..points)
        .filter_map(|i| {
            let mut sample: Vec<f64> = people.iter().map(|p| of(p, i)).collect();
            Some(Band { t_min: i as f64, spread: Distribution::of(&mut sample)? })
        })
        .collect()
}

pub(super) fn per_side(people: &[OnePerson], of: impl Fn(&OnePerson, usize, usize) -> f64) -> BySide {
    let one = |side: usize| bands(people, |p, i| of(p, i, side));
    BySide { left: one(0), right: one(1) }
}

pub(super) fn per_site(
    people: &[OnePerson],
    of: impl Fn(&OnePerson, usize, usize, usize) -> f64,
) -> BTreeMap<String, BySide> {
    (0..SITES.len())
        .map(|site| (SITES[site].into(), per_side(people, |p, i, side| of(p, i, side, site))))
        .collect()
}

pub(super) fn share_fired(people: &[OnePerson]) -> [f64; 9] {
    std::array::from_fn(|rule| people.iter().filter(|p| p.fired[rule]).count() as f64 / people.len() as f64)
}

pub(super) fn population(people: &[OnePerson], seed: u64) -> Population {
    let spread = |of: &dyn Fn(&Milestones) -> Option<f64>| {
        Distribution::of(&mut people.iter().filter_map(|p| of(&p.milestones)).collect::<Vec<_>>())
    };
    let sure =
        |of: &dyn Fn(&Milestones) -> f64| spread(&|m| Some(of(m))).unwrap_or(Distribution::certain(f64::NAN));
    let risen = people.iter().filter(|p| p.milestones.rise_1c_min.is_some()).count();
    Population {
        n: people.len() as u32,
        seed,
        toe_rise_c: sure(&|m| m.t_max_c - m.baseline_c),
        t_max_c: sure(&|m| m.t_max_c),
        share_rise_1c: risen as f64 / people.len() as f64,
        rise_1c_min: spread(&|m| m.rise_1c_min),
        t50_min: spread(&|m| m.t50_min),
        t95_min: spread(&|m| m.t95_min),
    }
}
