//! After the needle: recovery, discharge, the telephone.

use super::Turn;
use crate::complication::let_time_pass;
use crate::event::Event;
use crate::flow::Compartment;
use crate::refusal::{Refusal, RefusalCode, within};
use crate::setup::Phase;
use crate::state::State;
use crate::theatre::Theatre;
use rami_body::pain::{Arm, PainOptions, PainReport};
use std::collections::BTreeMap;

impl Turn<'_, '_> {
    pub(super) fn observe(&mut self, minutes: f64) -> Result<(), Refusal> {
        if self.state.needle.is_some() {
            return Err(Refusal::new(
                RefusalCode::NeedleIsIn,
                "a needle is in the back",
                "take it out first",
            ));
        }
        self.enter(Phase::Observation);
        self.on_the_back();
        self.state.observed_min += minutes;
        self.events.push(Event::Observed { minutes });
        Ok(())
    }

    pub(super) fn judge(&mut self, worked: bool) -> Result<(), Refusal> {
        if self.state.last_injection_s().is_none() {
            return Err(Refusal::new(
                RefusalCode::NothingThere,
                "nothing was injected",
                "there is nothing to judge",
            ));
        }
        self.state.judged = Some(worked);
        // What could be seen is what is judged: whether a rule of confirmation has come to hold. Before anyone looked, the truth.
        let answer = if self.state.feet_read_s.is_some() {
            !self.state.rules_of_change.is_empty()
        } else {
            self.state.supply_cut(self.theatre.setup.side)
        };
        let right = answer == worked;
        self.events.push(Event::BlockJudged { worked, right });
        Ok(())
    }

    /// Minutes to watch after the last injection, and why: 30, longer for 50 mg of bupivacaine (F5.4, F5.5), and after
    /// toxicity by its worst stage (ASRA 2020).
    fn observation_min(&self) -> (f64, &'static str) {
        use crate::complication::Complication;
        use rami_evidence::value;
        let bupivacaine: f64 =
            self.state.doses.iter().filter(|d| d.agent.contains("bupivacaine")).map(|d| d.mass_mg).sum();
        let worst = self
            .state
            .active
            .iter()
            .filter(|active| active.complication == Complication::Toxicity)
            .map(|active| active.shown)
            .max()
            .unwrap_or(0);
        match worst {
            3.. => (value("procedure.last.observe"), "the circulation was poisoned"),
            1 | 2 => (value("procedure.last.observe_seizure"), "there was toxicity"),
            _ if bupivacaine >= value("last.observe_bupivacaine_dose") => {
                (value("last.observe_bupivacaine"), "much bupivacaine was given")
            }
            _ => (value("last.observe"), "a block was done"),
        }
    }

    /// Whether something that shows and is not dealt with moves pulse, pressure or breathing, and whether it takes away
    /// consciousness; whoever named it.
    fn away_from_rest(&self) -> (bool, bool) {
        let mut out = (false, false);
        for active in self.state.active.iter().filter(|active| active.handled_s.is_none()) {
            let Some(entry) = crate::complication::entry(active.complication) else { continue };
            let shown = entry.stages.iter().take(active.shown);
            let [mut pressure, mut pulse, mut spo2] = [0.0f64; 3];
            for stage in shown {
                pressure += stage.pressure_mmhg;
                pulse += stage.heart_rate;
                spo2 += stage.spo2;
                out.1 |= stage.unconscious;
            }
            // About as far as readings of one person lie apart.
            out.0 |= pressure.abs() > 15.0 || pulse.abs() > 15.0 || spo2 < -3.0;
        }
        out
    }

    /// Minutes to watch after what went wrong was dealt with, by the table.
    fn watch_after_complication_min(&self) -> f64 {
        let of = |active: &crate::complication::Active| {
            let entry = crate::complication::entry(active.complication).filter(|_| active.shown > 0)?;
            Some(entry.observe_min)
        };
        self.state.active.iter().filter_map(of).fold(0.0, f64::max)
    }

    pub(super) fn may_discharge(&self) -> Result<(), Refusal> {
        let state = &self.state;
        let mut open = Vec::new();
        let mut need = |holds: bool, text: String| {
            if !holds {
                open.push(text);
            }
        };
        need(state.needle.is_none(), "the needle is out".to_owned());
        let (away, unconscious) = self.away_from_rest();
        need(!unconscious, "the person is awake".to_owned());
        need(!away, "pulse, pressure and breathing are as they were before".to_owned());
        let after = self.watch_after_complication_min();
        need(
            state.observed_min >= after,
            format!(
                "{after:.0} minutes of watching are over after what went wrong ({:.0} are)",
                state.observed_min
            ),
        );
        if state.passes > 0 && state.last_injection_s().is_none() {
            let least = rami_evidence::value("last.observe");
            need(
                state.observed_min >= least,
                format!(
                    "{least:.0} minutes of watching are over after a needle ({:.0} are)",
                    state.observed_min
                ),
            );
        }
        let poisoned = state.active.iter().any(|active| {
            active.complication == crate::complication::Complication::Toxicity && active.shown > 0
        });
        if state.last_injection_s().is_some() || poisoned {
            let (least, because) = self.observation_min();
            need(
                state.observed_min >= least,
                format!(
                    "{least:.0} minutes of watching are over, because {because} ({:.0} are)",
                    state.observed_min
                ),
            );
        }
        if state.last_injection_s().is_some() {
            need(state.somatic_examined, "groin, thigh and quadriceps are examined".to_owned());
            need(
                !state.quadriceps_weak,
                "the quadriceps has its power back (watch on, and examine again)".to_owned(),
            );
        }
        let shows: Vec<&str> = state
            .active
            .iter()
            .filter(|active| active.handled_s.is_none() && active.recognised_s.is_some() && active.shown > 0)
            .map(|active| active.complication.name())
            .collect();
        need(shows.is_empty(), format!("what was recognised is dealt with: {}", shows.join(", ")));
        if open.is_empty() {
            return Ok(());
        }
        Err(Refusal::new(
            RefusalCode::TooEarly,
            "not all criteria of discharge hold",
            format!("see that {}", open.join("; ")),
        ))
    }

    pub(super) fn discharge(&mut self) {
        self.enter(Phase::Discharged);
        let now = self.state.clock_s;
        self.state.discharged_s = Some(now);
        let minutes = self.state.last_injection_s().map_or(0.0, |at| (now - at) / 60.0);
        self.events.push(Event::Discharged { minutes_after_injection: minutes });
    }

    pub(super) fn follow_up(&mut self, day: f64) -> Result<(), Refusal> {
        // Pain is followed for four weeks.
        within("days after the block", day, 0.1, 28.0)?;
        if self.state.discharged_s.is_none() {
            return Err(Refusal::new(
                RefusalCode::TooEarly,
                "the person is still here",
                "send them home first",
            ));
        }
        self.enter(Phase::FollowUp);
        // What was waiting at home has shown by now; the clock of the block stands still.
        let clock = self.state.clock_s;
        let due = clock + day * 86_400.0;
        let_time_pass(&mut self.state, due, &mut self.events);
        self.state.clock_s = clock;
        self.state.followed_up.push(day);
        let mut nrs_under = BTreeMap::new();
        if let Some(report) = pain(self.theatre, &self.state, day) {
            let at_h = day * 24.0;
            let nearest = |bands: &[rami_body::pain::report::PainBand]| {
                bands
                    .iter()
                    .min_by(|a, b| (a.t_h - at_h).abs().total_cmp(&(b.t_h - at_h).abs()))
                    .map(|band| band.nrs.median)
            };
            for under in &report.under {
                if let Some(nrs) = nearest(&under.bands) {
                    nrs_under.insert(under.mechanism.clone(), nrs);
                }
            }
            if let Some(nrs) = nearest(&report.mixture) {
                nrs_under.insert("mixture".to_owned(), nrs);
            }
        }
        self.events.push(Event::FollowedUp { day, nrs_under });
        Ok(())
    }
}

/// Pain after a block under each hypothesis, hour by hour for so many days; nothing where nothing was injected.
pub(crate) fn pain(theatre: &Theatre<'_>, state: &State, days: f64) -> Option<PainReport> {
    state.last_injection_s()?;
    let side = theatre.setup.side;
    let drug = state.doses.iter().any(|dose| !dose.skin && dose.mass_mg > 0.0);
    let wet = |compartment: Compartment| {
        state.deposits.iter().map(|d| d.spread.share(compartment)).fold(0.0, f64::max)
    };
    let arm = if !drug {
        Arm::Saline
    } else if state.supply_cut(side) {
        Arm::Anaesthetic
    } else if wet(Compartment::Vessel) > 0.5 {
        Arm::Intravenous
    } else if wet(Compartment::Psoas) > 0.5 {
        Arm::Psoas
    } else {
        Arm::Nowhere
    };
    let options = PainOptions {
        arm,
        blocked_fraction: state.blocked(side).clamp(0.0, 1.0),
        block_hours: state.deposits.iter().map(|d| d.spread.duration_min / 60.0).fold(0.5, f64::max),
        nrs_before: theatre.setup.nrs_before,
        days: days.clamp(1.0, 28.0),
        draws: 100,
        seed: theatre.setup.seed,
    };
    options.run().ok()
}
