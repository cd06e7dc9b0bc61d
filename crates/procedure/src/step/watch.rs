//! The person: what they say, the monitor, the skin of the feet, the leg.

use super::Turn;
use crate::complication::entry;
use crate::event::Event;
use crate::refusal::{Refusal, RefusalCode};
use crate::setup::Phase;
use crate::theatre::Theatre;
use rami_anatomy::{BySide, Side};
use rami_body::autonomic::beside::in_series;
use rami_body::autonomic::leg::{Response, Setting};
use rami_body::autonomic::rules::{RULES, Record, times};
use rami_body::autonomic::{Blocked, Subject, Traits};
use rami_evidence::value;
use rami_random::Stream;
use rami_random::distributions::{Distribution, StandardNormal};

/// Seconds between points of the record of temperature.
pub(crate) const RECORD_STEP_S: f64 = 10.0;

impl Theatre<'_> {
    /// This person's legs.
    pub(crate) fn legs(&self) -> Option<Subject> {
        let setup = self.setup;
        let traits = [Side::Left, Side::Right].map(|side| Traits::of(setup.condition, side == setup.side));
        let setting = Setting {
            room_c: setup.room_c,
            baseline_toe_c: setup.baseline_toe_c,
            traits,
            weight_kg: setup.person.weight_kg,
        };
        Subject::draw(&setting, Stream::new(setup.seed).named("legs")).ok()
    }

    /// Mean arterial pressure, pulse and saturation of this person at rest, as read at a time: drawn once from what adults
    /// have, within two standard deviations, and a little otherwise at each reading. No model of the circulation: sex, age,
    /// disease and drugs change nothing.
    fn at_rest(&self, clock_s: f64) -> [f64; 3] {
        let normal = |what: &str, index: u64| {
            let z: f64 = StandardNormal.sample(&mut self.stream(what, index).rng());
            z.clamp(-2.0, 2.0)
        };
        let read = value("procedure.vitals.reading_sd");
        // Whole seconds: the same time reads the same, however often it is asked for.
        let at =
            |what: &str, sd: f64| sd * normal(what, 0) + read * normal(what, 1 + clock_s.max(0.0) as u64);
        [
            value("procedure.vitals.pressure") + at("pressure", value("procedure.vitals.pressure_sd")),
            value("procedure.vitals.pulse") + at("pulse", value("procedure.vitals.pulse_sd")),
            value("procedure.vitals.saturation") - normal("saturation", 0).abs(),
        ]
    }
}

/// Both legs from the first drug on, for so many minutes; nothing before it.
pub(crate) fn record(theatre: &Theatre<'_>, state: &crate::state::State, minutes: f64) -> Option<Response> {
    let legs = theatre.legs()?;
    let minutes = minutes.max(1.0);
    let [left, right] = [Side::Left, Side::Right].map(|side| cut_over_time(state, side, minutes));
    legs.follow([&left?, &right?], None, minutes, RECORD_STEP_S).ok()
}

/// The supply of a leg that is cut over time, in minutes from the first drug of all: what each place cuts comes on by the
/// fitted onset law from the first drug there, and goes over the last fifth of its duration (as in `rami respond`).
fn cut_over_time(state: &crate::state::State, side: Side, minutes: f64) -> Option<Blocked> {
    let first = state.first_drug_s()?;
    let places: Vec<(f64, f64, Blocked)> = state
        .deposits
        .iter()
        .filter_map(|deposit| {
            let began = deposit.fluids.iter().find(|fluid| fluid.drug_mg_ml > 0.0)?.at_s;
            let spread = &deposit.spread;
            let trunk = spread.blocked.get(side).iter().copied().fold(0.0, f64::max);
            let share = in_series(trunk, *spread.beside_trunk.get(side)).clamp(0.0, 1.0);
            let course = Blocked::with_onset(share).ok()?;
            Some(((began - first) / 60.0, spread.duration_min, course))
        })
        .collect();
    let at = |t: f64| {
        let of = |(began, lasts, course): &(f64, f64, Blocked)| {
            let since = t - began;
            let fall = ((lasts - since) / (0.2 * lasts).max(0.1)).clamp(0.0, 1.0);
            course.at(since.max(0.0)).min(course.largest() * fall)
        };
        places.iter().map(of).fold(0.0, f64::max)
    };
    // Half minutes in the first two hours, when a foot is watched; five after.
    let mut t_min = vec![0.0];
    while let Some(&last) = t_min.last().filter(|last| **last < minutes) {
        t_min.push(last + if last < 120.0 { 0.5 } else { 5.0 });
    }
    let shares = t_min.iter().map(|&t| at(t)).collect();
    Blocked::series(t_min, shares).ok()
}

impl Turn<'_, '_> {
    pub(super) fn ask(&mut self) {
        let now = self.state.clock_s;
        let words: Vec<String> = self
            .state
            .active
            .iter()
            .filter(|active| active.handled_s.is_none() && active.shown > 0)
            .filter_map(|active| {
                let stage = entry(active.complication)?.stages.get(active.shown - 1)?;
                // What was felt a while ago is not told again.
                (now - active.stages_s.get(active.shown - 1).copied().unwrap_or(now) < 600.0)
                    .then(|| stage.sign.clone())
            })
            .collect();
        let sedated = self.state.sedation == Some(crate::action::Sedation::Moderate);
        let words = if sedated && !words.is_empty() {
            words.iter().map(|sign| crate::complication::mumbled(sign)).collect::<Vec<_>>().join(" ")
        } else if words.is_empty() {
            "\"I am all right.\"".to_owned()
        } else {
            words.join(" ")
        };
        self.events.push(Event::Said { words });
    }

    /// Pressure, pulse and saturation, with what goes wrong added.
    pub(super) fn check_vitals(&mut self) -> Result<(), Refusal> {
        if !self.state.monitored {
            return Err(Refusal::new(RefusalCode::NothingThere, "no monitor is on", "attach it"));
        }
        let [mut pressure, mut pulse, mut spo2] = self.theatre.at_rest(self.state.clock_s);
        let mut awake = true;
        for active in self.state.active.iter().filter(|active| active.handled_s.is_none()) {
            let Some(entry) = entry(active.complication) else { continue };
            for stage in entry.stages.iter().take(active.shown) {
                pressure += stage.pressure_mmhg;
                pulse += stage.heart_rate;
                spo2 += stage.spo2;
            }
            awake &= !entry.stages.get(active.shown.wrapping_sub(1)).is_some_and(|stage| stage.unconscious);
        }
        self.events.push(Event::Vitals {
            // A monitor shows whole numbers.
            mean_pressure_mmhg: f64::max(pressure, 0.0).round(),
            heart_rate_per_min: f64::max(pulse, 0.0).round(),
            spo2_percent: f64::clamp(spo2, 0.0, 100.0).round(),
            awake,
        });
        Ok(())
    }

    pub(super) fn read_temperatures(&mut self) -> Result<(), Refusal> {
        let theatre = self.theatre;
        let Some(legs) = theatre.legs() else {
            return Err(Refusal::new(
                RefusalCode::OutOfRange,
                "no foot is as cold or warm as this set-up says in this room",
                "check room and baseline temperature",
            ));
        };
        let Some(first) = self.state.first_drug_s() else {
            let toe = legs.baseline_toe();
            let minutes =
                legs.follow([&Blocked::AtOnce(0.0), &Blocked::AtOnce(0.0)], None, 1.0, RECORD_STEP_S);
            let sole = minutes.ok().and_then(|r| r.temperature.first().copied()).map(|t| [t[0][1], t[1][1]]);
            let toe_c = BySide { left: toe[0], right: toe[1] };
            let sole = sole.unwrap_or(toe);
            self.state.baseline_toe_c = Some(toe_c);
            let now = self.state.clock_s;
            self.state.checked.entry("baseline_temperature".to_owned()).or_insert(now);
            self.enter(Phase::Baseline);
            if self.state.acclimatised_min < 20.0 {
                self.warn(
                    "the feet have not been bare for 20 minutes: a baseline may still drift (not modelled)",
                );
            }
            let sole_c = BySide { left: sole[0], right: sole[1] };
            self.events.push(Event::Temperatures { toe_c, sole_c, since_injection_min: None });
            return Ok(());
        };
        if self.state.needle.is_none() || self.state.judged.is_none() {
            self.enter(Phase::Confirmation);
        }
        let minutes = (self.state.clock_s - first) / 60.0;
        let Some(response) = record(theatre, &self.state, minutes.clamp(1.0, 2800.0)) else {
            return Ok(());
        };
        if let Some(last) = response.temperature.last() {
            let toe_c = BySide { left: last[0][0], right: last[1][0] };
            let sole_c = BySide { left: last[0][1], right: last[1][1] };
            self.state.feet_read_s = Some(self.state.clock_s);
            self.events.push(Event::Temperatures { toe_c, sole_c, since_injection_min: Some(minutes) });
        }
        self.rules(&response);
        Ok(())
    }

    /// Rules of confirmation that hold by now.
    fn rules(&mut self, response: &Response) {
        let side = if self.theatre.setup.side == Side::Left { 0 } else { 1 };
        let toe: Vec<f64> = response.temperature.iter().map(|t| t[side][0]).collect();
        let other: Vec<f64> = response.temperature.iter().map(|t| t[1 - side][0]).collect();
        let index: Vec<f64> = response.perfusion_index.iter().map(|p| f64::from(p[side])).collect();
        let record = Record {
            step_min: RECORD_STEP_S / 60.0,
            toe: &toe,
            other_toe: &other,
            core: &response.core,
            perfusion_index: &index,
        };
        // Drug on both sides, or drug of one side that reaches the other.
        let both = Side::BOTH.iter().all(|side| {
            self.state.blocked(*side) > 0.1
                || self.state.deposits.iter().any(|deposit| {
                    self.side_of(deposit.tip_mm) == *side && deposit.fluids.iter().any(|f| f.drug_mg_ml > 0.0)
                })
        });
        for (name, at) in RULES.iter().zip(times(&record)) {
            // One leg against the other says something in a one-sided block only.
            if at.is_none() || (both && name.starts_with("difference")) {
                continue;
            }
            let first = self.state.rules.insert((*name).to_owned());
            // A foot that was warm before tells nothing by being warm.
            let new = at.is_some_and(|at| at > 0.0);
            if new {
                self.state.rules_of_change.insert((*name).to_owned());
            }
            if first {
                let statement = if new {
                    format!("holds {:.0} min after the injection", at.unwrap_or_default())
                } else {
                    "held before the drug could act: it tells nothing of the block".to_owned()
                };
                self.events.push(Event::RuleFired { rule: (*name).to_owned(), statement, at_min: at });
            }
        }
    }

    pub(super) fn examine_somatic(&mut self) -> Result<(), Refusal> {
        let minutes = self.state.first_drug_s().map_or(0.0, |at| (self.state.clock_s - at) / 60.0);
        // A somatic nerve is not followed to its end here: it is taken to be back when the chain is, two hours at least.
        let lasts_min =
            self.state.deposits.iter().map(|deposit| deposit.spread.duration_min).fold(120.0, f64::max);
        let shown = |share: f64| share > 0.5 && (5.0..=lasts_min).contains(&minutes);
        let most = |pick: &dyn Fn(&crate::flow::Spread) -> f64| {
            self.state.deposits.iter().map(|deposit| pick(&deposit.spread)).fold(0.0, f64::max)
        };
        // Both legs: drug may have gone to the other side.
        let either = |of: &BySide<f64>| f64::max(of.left, of.right);
        let groin = most(&|spread| either(&spread.genitofemoral_blocked));
        let roots = most(&|spread| either(&spread.roots_blocked));
        let psoas = self.state.deposits.iter().any(|deposit| {
            deposit.fluids.iter().any(|fluid| fluid.drug_mg_ml > 0.0)
                && deposit.spread.share(crate::flow::Compartment::Psoas) > 0.5
        });
        let psoas = f64::from(u8::from(psoas));
        let quadriceps_weak = shown(roots) || (shown(psoas) && minutes >= 10.0);
        self.state.somatic_examined = self.state.last_injection_s().is_some();
        self.state.quadriceps_weak = quadriceps_weak;
        self.events.push(Event::SomaticFound {
            groin_numb: shown(groin),
            thigh_numb: shown(roots) || shown(psoas),
            quadriceps_weak,
        });
        Ok(())
    }
}
