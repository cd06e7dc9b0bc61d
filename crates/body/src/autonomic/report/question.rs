//! The question, and how its answer is put together.

use super::super::input::{Blocked, Stress};
use super::super::leg::{Response, SIDES, Setting, Subject};
use super::super::traits::{Condition, Traits};
use super::super::{pressure, rules};
use super::document::{RespondReport, Side, StressAnswer};
use super::milestones::{Columns, Milestones, milestones};
use super::people::{OnePerson, per_side, per_site, population, share_fired};
use crate::BodyError;
use crate::error::in_range;
use crate::pain::{Arm, PainOptions, PainReport};
use rami_random::Stream;
use rami_units::{Celsius, Kg, Minutes};
use rayon::prelude::*;

/// Step of the typical person and of the population, seconds.
const STEP_S: f64 = 1.0;
const POPULATION_STEP_S: f64 = 5.0;

/// A cut of the supply beside the trunk that is told to whoever reads a warm foot (assumed: warmth of it is lost in noise).
const WORTH_SAYING: f64 = 0.02;
/// Less of the supply than this warms nothing that could be felt.
const WORTH_WARMING: f64 = 0.01;

/// The question.
#[derive(Debug, Clone)]
pub struct RespondOptions {
    /// Share of fibres that fail on the injected side, or on both.
    pub blocked: Blocked,
    /// Of the right chain where both are injected and the right one answers otherwise than the left.
    pub blocked_right: Option<Blocked>,
    /// Largest share of the foot's supply that is cut in roots and rami on the injected side, already in `blocked`: it
    /// warms the foot without the trunk.
    pub beside_trunk: f64,
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
        let advice = "0 is none, 1 is the whole supply";
        in_range("supply cut beside the trunk", self.beside_trunk, "(share)", (0.0, 1.0), advice)?;
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
            beside_trunk_fraction: self.beside_trunk,
            statement: self.statement(pair.iter().map(Blocked::largest).fold(0.0, f64::max)),
            pain: self.pain()?,
            warnings: self.warnings(&setting, &milestones),
            evidence: EVIDENCE
                .iter()
                .chain((self.side == Side::Both).then_some(&"adverse.rare_case_level"))
                .map(|key| String::from(*key))
                .collect(),
        })
    }

    /// What the warmth stands for. Of a foot that roots and rami warm, the trunk cannot be told.
    fn statement(&self, blocked: f64) -> String {
        let endpoint = "Pain relief is another endpoint, and correlates poorly with it.";
        if blocked < WORTH_WARMING {
            return format!(
                "No fibre to the foot fails, or hardly any: nothing warms, and there is no block. {endpoint}"
            );
        }
        if self.beside_trunk < WORTH_SAYING {
            return format!(
                "This is technical success: fibres that no longer conduct, and a warm foot. {endpoint}"
            );
        }
        format!(
            "{:.0} % of the foot's supply is cut in roots and rami, beside the trunk (shares of segments assumed): that much \
             of the warmth is no sign that the trunk is blocked, and a diagnostic block read by it is false. {endpoint}",
            100.0 * self.beside_trunk
        )
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
                "block of both sides: failure of ejaculation is known from surgery on both sides at L1, and at case \
                 level after blocks (adverse.rare_case_level)"
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
