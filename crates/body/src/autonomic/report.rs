//! The leg's answer over a population: the document `rami respond` prints.

use super::input::{Blocked, Stress, StressKind};
use super::leg::{Response, SIDES, SITES, Setting, Subject};
use super::pressure::{self, Pressure};
use super::rules::{self, Record, Rule};
use super::traits::{Condition, Traits};
use crate::error::in_range;
use crate::pain::{Arm, PainOptions, PainReport};
use crate::{BodyError, Distribution};
use rami_random::Stream;
use rami_units::{Celsius, Kg, Minutes};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Which chain was injected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The left one.
    Left,
    /// The right one.
    Right,
    /// Both.
    Both,
}

/// The question.
#[derive(Debug, Clone)]
pub struct RespondOptions {
    /// Share of fibres that fail on the injected side, or on both.
    pub blocked: Blocked,
    /// Of the right chain where both are injected and the right one answers otherwise than the left.
    pub blocked_right: Option<Blocked>,
    /// What is injected: a control, or drug in the wrong place, gives less of that block, or none.
    pub injected: Arm,
    /// Pain before, 0 to 10.
    pub nrs_before: f64,
    /// Which side.
    pub side: Side,
    /// Room temperature.
    pub room: Celsius,
    /// Toe temperature before, where it was measured.
    pub baseline_toe: Option<Celsius>,
    /// What the legs are like; the disease is on the injected side.
    pub condition: Condition,
    /// Body mass.
    pub weight: Kg,
    /// A stress during the record.
    pub stress: Option<Stress>,
    /// How long the foot is followed.
    pub horizon: Minutes,
    /// People in the population behind the quantiles.
    pub population: u32,
    /// Seed of the population.
    pub seed: u64,
}

/// Skin temperature and flow after a sympathetic block. Keys without `population` are of the typical person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RespondReport {
    /// `rami.respond/1`.
    pub schema: String,
    /// What was injected.
    pub injected: Arm,
    /// Which chain was injected.
    pub side: Side,
    /// Largest share of fibres that fails.
    pub blocked_fraction: f64,
    /// Room temperature.
    pub room_c: f64,
    /// What the legs are like.
    pub condition: Condition,
    /// Toe of the injected side before.
    pub baseline_toe_c: f64,
    /// Highest toe temperature of the injected side.
    pub t_max_c: f64,
    /// Rise of that toe.
    pub toe_rise_c: f64,
    /// Largest warming over a minute.
    pub fastest_warming_c_min: f64,
    /// Minutes to the first degree; `null` if never.
    pub rise_1c_min: Option<f64>,
    /// Minutes to half of the rise.
    pub t50_min: Option<f64>,
    /// Minutes to 95 % of the rise.
    pub t95_min: Option<f64>,
    /// Which confirmation rules fire when.
    pub rules: Vec<Rule>,
    /// The same numbers over people.
    pub population: Population,
    /// Skin temperature in °C by site and side.
    pub sites: BTreeMap<String, BySide>,
    /// Skin flow relative to rest by site and side: what laser Doppler shows.
    pub flow: BTreeMap<String, BySide>,
    /// Perfusion index of the toe in %, by side.
    pub perfusion_index: BySide,
    /// Sweating of the foot relative to rest, by side.
    pub sweating: BySide,
    /// Pressure at the ankle relative to rest, by side.
    pub distal_pressure: BySide,
    /// Toe systolic pressure before and after in arterial insufficiency, from the published resting value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub toe_systolic_mmhg: Option<[f64; 2]>,
    /// Blood pressure, heart rate, standing up.
    pub pressure: Pressure,
    /// What a stress did to the flow of either toe.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stress: Option<StressAnswer>,
    /// Technical success is not pain relief.
    pub statement: String,
    /// Pain over days under three hypotheses, from the same injection: a week, or ten days for repeated blocks.
    pub pain: PainReport,
    /// What lies outside the published range or must be said.
    pub warnings: Vec<String>,
    /// Keys of the evidence figures behind it.
    pub evidence: Vec<String>,
}

/// Numbers of the population; times only over those people in whom they exist.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Population {
    /// How many.
    pub n: u32,
    /// From which seed.
    pub seed: u64,
    /// Rise of the toe.
    pub toe_rise_c: Distribution,
    /// Highest toe temperature.
    pub t_max_c: Distribution,
    /// Share of people whose toe warms by a degree.
    pub share_rise_1c: f64,
    /// Minutes to the first degree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rise_1c_min: Option<Distribution>,
    /// Minutes to half of the rise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub t50_min: Option<Distribution>,
    /// Minutes to 95 % of the rise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub t95_min: Option<Distribution>,
}

/// A series on each side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BySide {
    /// Left leg.
    pub left: Vec<Band>,
    /// Right leg.
    pub right: Vec<Band>,
}

/// Spread over people at one time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Band {
    /// Minutes after the injection.
    pub t_min: f64,
    /// The spread.
    #[serde(flatten)]
    pub spread: Distribution,
}

/// Fight or flight, and what a blocked chain passes on of it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StressAnswer {
    /// What happened.
    pub kind: StressKind,
    /// When.
    pub at_min: f64,
    /// Flow of the left toe at its lowest during the stress, relative to just before.
    pub left_toe_flow: f64,
    /// The same of the right toe.
    pub right_toe_flow: f64,
}

/// What a record is reduced to: minutes and degrees of the injected toe.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Milestones {
    /// Before.
    pub baseline_c: f64,
    /// Highest.
    pub t_max_c: f64,
    /// Largest warming over a minute.
    pub fastest_c_min: f64,
    /// To the first degree.
    pub rise_1c_min: Option<f64>,
    /// To half of the rise.
    pub t50_min: Option<f64>,
    /// To 95 % of the rise.
    pub t95_min: Option<f64>,
}

/// Step of the typical person and of the population, seconds.
const STEP_S: f64 = 1.0;
const POPULATION_STEP_S: f64 = 5.0;
/// A rise too small to speak of halves of it.
const SMALL_RISE_C: f64 = 0.2;

impl RespondOptions {
    fn blocked_pair(&self) -> Result<[Blocked; 2], BodyError> {
        let none = Blocked::at_once(0.0)?;
        let share = self.injected.share_of_block();
        let blocked = self.blocked.times(share);
        Ok(match self.side {
            Side::Left => [blocked, none],
            Side::Right => [none, blocked],
            Side::Both => {
                let right = self.blocked_right.as_ref().unwrap_or(&self.blocked).times(share);
                [blocked, right]
            }
        })
    }

    fn injected(&self) -> usize {
        usize::from(self.side == Side::Right)
    }

    /// Where the person lies.
    #[must_use]
    pub fn setting(&self) -> Setting {
        let affected = [self.side != Side::Right, self.side != Side::Left];
        Setting {
            room_c: self.room.get(),
            baseline_toe_c: self.baseline_toe.map(Celsius::get),
            traits: affected.map(|affected| Traits::of(self.condition, affected)),
            weight_kg: self.weight.get(),
        }
    }

    /// Answers the question.
    ///
    /// # Errors
    /// [`BodyError`] for a fraction, room, baseline, time or population that cannot be.
    pub fn run(&self) -> Result<RespondReport, BodyError> {
        in_range(
            "population",
            f64::from(self.population),
            "people",
            (1.0, 1e6),
            "at least one, at most a million",
        )?;
        let (setting, pair, minutes) = (self.setting(), self.blocked_pair()?, self.horizon.get());
        if let Some(stress) = self.stress {
            in_range("time of the stress", stress.at_min, "min", (0.0, minutes), "within the time followed")?;
        }
        let typical =
            Subject::typical(&setting)?.follow([&pair[0], &pair[1]], self.stress, minutes, STEP_S)?;
        let people = self.people(&setting, &pair)?;
        let side = self.injected();
        let milestones = milestones(&typical, side);
        let columns = Columns::of(&typical, side);
        let shares = share_fired(&people);
        let blocked_sides = pair.iter().map(Blocked::largest).sum();
        Ok(RespondReport {
            schema: "rami.respond/1".into(),
            injected: self.injected,
            side: self.side,
            blocked_fraction: pair.iter().map(Blocked::largest).fold(0.0, f64::max),
            room_c: setting.room_c,
            condition: self.condition,
            baseline_toe_c: milestones.baseline_c,
            t_max_c: milestones.t_max_c,
            toe_rise_c: milestones.t_max_c - milestones.baseline_c,
            fastest_warming_c_min: milestones.fastest_c_min,
            rise_1c_min: milestones.rise_1c_min,
            t50_min: milestones.t50_min,
            t95_min: milestones.t95_min,
            rules: rules::judge(&columns.record(STEP_S), Some(shares)),
            population: population(&people, self.seed),
            sites: per_site(&people, |p, i, side, site| f64::from(p.temperature[i][side][site])),
            flow: per_site(&people, |p, i, side, site| f64::from(p.flow[i][side][site])),
            perfusion_index: per_side(&people, |p, i, side| f64::from(p.perfusion_index[i][side])),
            sweating: per_side(&people, |p, i, side| f64::from(p.sweat[i][side])),
            distal_pressure: per_side(&people, |p, i, side| f64::from(p.distal_pressure[i][side])),
            toe_systolic_mmhg: self.toe_systolic(&typical),
            pressure: pressure::judge(&typical, blocked_sides),
            stress: self.stress.map(|stress| stress_answer(&typical, stress)),
            statement:
                "This is technical success: fibres that no longer conduct, and a warm foot. Pain relief is \
                        another endpoint, and correlates poorly with it."
                    .into(),
            pain: self.pain()?,
            warnings: self.warnings(&setting, &milestones),
            evidence: EVIDENCE.iter().map(|key| String::from(*key)).collect(),
        })
    }

    fn pain(&self) -> Result<PainReport, BodyError> {
        let question = PainOptions {
            arm: self.injected,
            blocked_fraction: self.blocked.largest(),
            block_hours: rami_evidence::value("confirmation.duration.bupivacaine"),
            nrs_before: self.nrs_before,
            days: if self.injected == Arm::Repeated { 10.0 } else { 7.0 },
            draws: 200,
            seed: self.seed,
        };
        question.run()
    }

    fn people(&self, setting: &Setting, pair: &[Blocked; 2]) -> Result<Vec<OnePerson>, BodyError> {
        let stream = Stream::new(self.seed).named("leg population");
        let side = self.injected();
        (0..u64::from(self.population))
            .into_par_iter()
            .map(|i| {
                let subject = Subject::draw(setting, stream.indexed(i))?;
                let response = subject.follow(
                    [&pair[0], &pair[1]],
                    self.stress,
                    self.horizon.get(),
                    POPULATION_STEP_S,
                )?;
                Ok(OnePerson::of(&response, side))
            })
            .collect()
    }

    fn toe_systolic(&self, typical: &Response) -> Option<[f64; 2]> {
        let lowest =
            typical.distal_pressure.iter().map(|p| f64::from(p[self.injected()])).fold(1.0, f64::min);
        let before = rami_evidence::value("autonomic.toe_pressure.before");
        (self.condition == Condition::ArterialInsufficiency).then_some([before, before * lowest])
    }

    fn warnings(&self, setting: &Setting, milestones: &Milestones) -> Vec<String> {
        let mut warnings = Vec::new();
        if !(20.0..=26.0).contains(&setting.room_c) {
            warnings.push(format!(
                "extrapolation: a room of {} °C is outside 20 to 26 °C, where published and compared courses lie",
                setting.room_c
            ));
        }
        if milestones.baseline_c >= rami_evidence::value("confirmation.warm_ceiling") {
            warnings.push(
                "the toe is warm before the block: little rise is possible, so judge by absolute warmth or perfusion".into(),
            );
        }
        if self.horizon.get() > 240.0 && !matches!(self.blocked, Blocked::Series { .. }) {
            warnings.push(
                "extrapolation: a constant fraction is held for longer than a local anaesthetic lasts".into(),
            );
        }
        if self.condition != Condition::Healthy {
            warnings.push("sizes of the disease's effects on tone and flow are assumed".into());
        }
        match self.injected {
            Arm::Psoas => warnings.push(format!(
                "an injection into psoas is taken to give {:.0} % of the intended block (assumed)",
                100.0 * self.injected.share_of_block()
            )),
            Arm::Repeated => warnings.push("legs are followed after the first of three blocks".into()),
            _ => {}
        }
        if self.side == Side::Both {
            warnings.push(
                "block of both sides: failure of ejaculation is known from surgery on both sides at L1"
                    .into(),
            );
        }
        warnings
    }
}

const EVIDENCE: &[&str] = &[
    "confirmation.time_to_1_c",
    "confirmation.time_to_half",
    "confirmation.time_to_95",
    "confirmation.toe_maximum",
    "confirmation.rise_criterion",
    "confirmation.rate_of_warming",
    "confirmation.perfusion_index",
    "confirmation.warm_ceiling",
    "mechanism.vasoconstrictor_gain.toe",
    "mechanism.vasoconstrictor_gain.leg",
    "autonomic.onset.t50",
    "autonomic.baseline_tone",
    "autonomic.toe.flow_maximum",
    "adverse.orthostatic_hypotension",
    "adverse.vasovagal",
];

/// Columns of a record that the rules read.
struct Columns {
    toe: Vec<f64>,
    other: Vec<f64>,
    core: Vec<f64>,
    perfusion: Vec<f64>,
}

impl Columns {
    fn of(response: &Response, side: usize) -> Self {
        Self {
            toe: response.temperature.iter().map(|t| t[side][0]).collect(),
            other: response.temperature.iter().map(|t| t[1 - side][0]).collect(),
            core: response.core.clone(),
            perfusion: response.perfusion_index.iter().map(|p| f64::from(p[side])).collect(),
        }
    }

    fn record(&self, step_s: f64) -> Record<'_> {
        Record {
            step_min: step_s / 60.0,
            toe: &self.toe,
            other_toe: &self.other,
            core: &self.core,
            perfusion_index: &self.perfusion,
        }
    }
}

/// What the confirmation rules say of a record on one side (0 left, 1 right).
#[must_use]
pub fn judge_rules(response: &Response, side: usize) -> Vec<Rule> {
    rules::judge(&Columns::of(response, side).record(response.step_s), None)
}

/// Reduces a record to its milestones on one side (0 left, 1 right).
#[must_use]
pub fn milestones(response: &Response, side: usize) -> Milestones {
    let columns = Columns::of(response, side);
    let record = columns.record(response.step_s);
    let baseline_c = record.toe[0];
    let t_max_c = record.toe.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let rise = t_max_c - baseline_c;
    let part = |share: f64| (rise > SMALL_RISE_C).then(|| rules::first_rise(&record, share * rise)).flatten();
    Milestones {
        baseline_c,
        t_max_c,
        fastest_c_min: rules::fastest_warming(&record),
        rise_1c_min: rules::first_rise(&record, 1.0),
        t50_min: part(0.5),
        t95_min: part(0.95),
    }
}

/// What is kept of one virtual person, once a minute.
struct OnePerson {
    milestones: Milestones,
    fired: [bool; 9],
    temperature: Vec<[[f32; 4]; 2]>,
    flow: Vec<[[f32; 4]; 2]>,
    perfusion_index: Vec<[f32; 2]>,
    sweat: Vec<[f32; 2]>,
    distal_pressure: Vec<[f32; 2]>,
}

impl OnePerson {
    fn of(response: &Response, side: usize) -> Self {
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

fn per_side(people: &[OnePerson], of: impl Fn(&OnePerson, usize, usize) -> f64) -> BySide {
    let one = |side: usize| bands(people, |p, i| of(p, i, side));
    BySide { left: one(0), right: one(1) }
}

fn per_site(
    people: &[OnePerson],
    of: impl Fn(&OnePerson, usize, usize, usize) -> f64,
) -> BTreeMap<String, BySide> {
    (0..SITES.len())
        .map(|site| (SITES[site].into(), per_side(people, |p, i, side| of(p, i, side, site))))
        .collect()
}

fn share_fired(people: &[OnePerson]) -> [f64; 9] {
    let mut share = [0.0; 9];
    for person in people {
        for (sum, fired) in share.iter_mut().zip(person.fired) {
            *sum += f64::from(u8::from(fired)) / people.len() as f64;
        }
    }
    share
}

fn population(people: &[OnePerson], seed: u64) -> Population {
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

/// Lowest toe flow from the start of a stress until half a minute after it, over the flow just before.
fn stress_answer(response: &Response, stress: Stress) -> StressAnswer {
    let index = |minutes: f64| ((minutes * 60.0 / response.step_s) as usize).min(response.flow.len() - 1);
    let (from, to) = (index(stress.at_min), index(stress.at_min + stress.lasts_min() + 0.5));
    let lowest = |side: usize| {
        let before = response.flow[from][side][0];
        response.flow[from..=to].iter().map(|f| f64::from(f[side][0] / before)).fold(1.0, f64::min)
    };
    let [left_toe_flow, right_toe_flow] = [0, 1].map(lowest);
    debug_assert_eq!(SIDES, ["left", "right"]);
    StressAnswer { kind: stress.kind, at_min: stress.at_min, left_toe_flow, right_toe_flow }
}
