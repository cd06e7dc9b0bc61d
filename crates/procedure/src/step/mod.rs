//! One step: an action on a state, in a theatre. Pure: the same three give the same answer, anywhere and at any time.

mod after;
mod inject;
pub(crate) mod needle;
mod prepare;
mod stimulate;
mod watch;
mod xray;

pub(crate) use after::pain;
pub(crate) use watch::record;

use crate::action::Action;
use crate::clock;
use crate::complication::{Complication, let_time_pass, treat};
use crate::event::Event;
use crate::refusal::{Refusal, RefusalCode, within};
use crate::setup::Phase;
use crate::state::State;
use crate::theatre::Theatre;

/// A step being taken.
pub(crate) struct Turn<'t, 'a> {
    pub(crate) theatre: &'t Theatre<'a>,
    pub(crate) state: State,
    pub(crate) events: Vec<Event>,
}

/// What an action does to a state: the state after it and what came of it.
///
/// # Errors
/// [`Refusal`] says in words why an action cannot be done now and what to do first; then nothing has happened.
pub fn step(theatre: &Theatre<'_>, state: &State, action: &Action) -> Result<(State, Vec<Event>), Refusal> {
    let mut turn = Turn { theatre, state: state.clone(), events: Vec::new() };
    turn.allowed(action)?;
    turn.act(action)?;
    Ok((turn.state, turn.events))
}

/// What is done for a person whether or not they go on with the block: nothing new goes in.
fn cares(action: &Action) -> bool {
    matches!(
        action,
        Action::Note { .. }
            | Action::Consent { .. }
            | Action::RemoveNeedle
            | Action::Withdraw { .. }
            | Action::Ask
            | Action::CheckVitals
            | Action::AttachMonitoring
            | Action::ReadTemperatures
            | Action::ExamineSomatic
            | Action::Recognise { .. }
            | Action::Treat { .. }
            | Action::Wait { .. }
            | Action::Observe { .. }
            | Action::Check { .. }
            | Action::Discharge
            | Action::FollowUp { .. }
    )
}

impl Turn<'_, '_> {
    /// Rules that hold whatever is done.
    fn allowed(&self, action: &Action) -> Result<(), Refusal> {
        let state = &self.state;
        let after =
            matches!(action, Action::FollowUp { .. } | Action::Note { .. } | Action::Recognise { .. });
        if state.discharged_s.is_some() && !after {
            return Err(Refusal::new(
                RefusalCode::Over,
                "the person has gone home",
                "follow up, or begin another block",
            ));
        }
        if state.consent == Some(false) && !cares(action) {
            return Err(Refusal::new(
                RefusalCode::NoConsent,
                "the person said no",
                "stop here, take out what is in, look after them, and write down why",
            ));
        }
        let arrested = state.active.iter().any(|active| {
            active.complication == Complication::Toxicity && active.shown >= 4 && active.handled_s.is_none()
        });
        let helps = matches!(
            action,
            Action::Treat { .. }
                | Action::Recognise { .. }
                | Action::RemoveNeedle
                | Action::Withdraw { .. }
                | Action::CheckVitals
                | Action::Wait { .. }
                | Action::Note { .. }
        );
        if arrested && !helps {
            return Err(Refusal::new(RefusalCode::Emergency, "there is no pulse", "treat the arrest"));
        }
        Ok(())
    }

    fn act(&mut self, action: &Action) -> Result<(), Refusal> {
        let takes = clock::seconds(action);
        // The needle may be moved with a foot on the pedal; anything else takes the foot off.
        let foot_stays = matches!(
            action,
            Action::Live { .. }
                | Action::Advance { .. }
                | Action::Withdraw { .. }
                | Action::Rotate { .. }
                | Action::Note { .. }
        );
        self.state.radiation.pedal_down &= foot_stays;
        match action {
            Action::Check { item } => self.check(item)?,
            Action::Consent { given } => self.consent(*given),
            Action::RecordSedation { level } => {
                self.state.sedation = Some(*level);
                self.events.push(Event::SedationRecorded { level: *level });
            }
            Action::PositionProne => self.position()?,
            Action::AttachMonitoring => {
                self.enter(Phase::Positioning);
                self.state.monitored = true;
            }
            Action::Acclimatise { minutes } => {
                within("minutes with bare feet", *minutes, 0.0, 120.0)?;
                self.enter(Phase::Baseline);
                self.state.acclimatised_min += minutes;
                if self.state.acclimatised_min >= 20.0 {
                    let now = self.state.clock_s;
                    self.state.checked.entry("acclimatisation".to_owned()).or_insert(now);
                }
            }
            Action::PrepareSkin => self.prepare_skin()?,
            Action::Drape => self.drape()?,
            Action::TimeOut { side, level } => self.time_out(*side, *level)?,
            Action::CorrectSide { side } => self.correct_side(*side)?,
            Action::DrawUp { label, content } => self.draw_up(label, content)?,
            Action::NumbSkin { label, volume_ml, at_mm } => self.numb_skin(label, *volume_ml, *at_mm)?,
            Action::MoveCArm { primary_deg, secondary_deg } => {
                self.move_c_arm(*primary_deg, *secondary_deg)?
            }
            Action::Centre { at_mm } => self.centre(*at_mm)?,
            Action::Collimate { opening_mm } => self.collimate(*opening_mm)?,
            Action::Magnify { field_mm } => self.magnify(*field_mm)?,
            Action::Shot => self.shot()?,
            Action::Live { seconds, pulses_per_s } => self.live(*seconds, *pulses_per_s)?,
            Action::Stimulate { mode, milliamp } => self.stimulate(*mode, *milliamp)?,
            Action::InsertNeedle { needle, entry_mm, direction, bevel_deg } => {
                self.insert(needle, *entry_mm, *direction, *bevel_deg)?;
            }
            Action::Advance { mm } => self.advance(*mm)?,
            Action::Withdraw { mm } => self.withdraw(*mm)?,
            Action::Rotate { deg } => self.rotate(*deg)?,
            Action::Redirect { direction } => self.redirect(*direction)?,
            Action::RemoveNeedle => self.remove()?,
            Action::Aspirate => self.aspirate()?,
            Action::Inject { label, volume_ml, rate_ml_s, watch } => {
                self.inject(label, *volume_ml, *rate_ml_s, *watch)?;
            }
            Action::CallPattern { pattern } => self.call_pattern(*pattern)?,
            Action::Ask => self.ask(),
            Action::CheckVitals => self.check_vitals()?,
            Action::Wait { seconds } => {
                within("seconds to wait", *seconds, 0.0, 7200.0)?;
            }
            Action::Recognise { complication } => self.recognise(*complication),
            Action::Treat { with } => self.treat(*with)?,
            Action::Observe { minutes } => {
                within("minutes to watch", *minutes, 0.0, 1440.0)?;
                self.observe(*minutes)?;
            }
            // These read what is so after their time has passed.
            Action::ReadTemperatures | Action::ExamineSomatic => {}
            Action::JudgeBlock { worked } => self.judge(*worked)?,
            Action::Discharge => self.may_discharge()?,
            Action::FollowUp { day } => self.follow_up(*day)?,
            Action::Note { text } => self.events.push(Event::Noted { text: text.clone() }),
        }
        let until = self.state.clock_s + takes.max(0.0);
        let_time_pass(&mut self.state, until, &mut self.events);
        match action {
            Action::ReadTemperatures => self.read_temperatures()?,
            Action::ExamineSomatic => self.examine_somatic()?,
            Action::Discharge => self.discharge(),
            _ => {}
        }
        Ok(())
    }

    /// The block goes on; it never goes back.
    pub(crate) fn enter(&mut self, phase: Phase) {
        if phase > self.state.phase {
            self.state.phase = phase;
            self.events.push(Event::PhaseEntered { phase });
        }
    }

    pub(crate) fn warn(&mut self, text: impl Into<String>) {
        self.events.push(Event::Warned { text: text.into() });
    }

    /// The next draw of this session.
    pub(crate) fn draw(&mut self, what: &str) -> f64 {
        use rami_random::RngExt;
        self.state.draws += 1;
        self.theatre.stream(what, self.state.draws).rng().random()
    }

    pub(crate) fn begin(&mut self, complication: Complication, cause: &str) {
        crate::complication::begin(&mut self.state, &mut self.events, complication, cause, None);
    }

    fn recognise(&mut self, complication: Complication) {
        let now = self.state.clock_s;
        let mut right = false;
        for active in self.state.active.iter_mut().filter(|a| a.complication == complication) {
            right = true;
            active.recognised_s.get_or_insert(now);
        }
        self.events.push(Event::Recognised { complication, right });
    }

    /// Nobody turns over under drapes with a clean back.
    pub(crate) fn on_the_back(&mut self) {
        self.state.prone = false;
        self.state.skin_clean = false;
        self.state.draped = false;
    }

    fn treat(&mut self, with: crate::complication::Remedy) -> Result<(), Refusal> {
        use crate::complication::Remedy;
        match with {
            Remedy::Benzodiazepine { mg } | Remedy::Ephedrine { mg } | Remedy::Propofol { mg } => {
                within("dose in mg", mg, 0.0, 500.0)?;
            }
            Remedy::Atropine { mg } => {
                within("atropine in mg", mg, 0.0, 3.0)?;
            }
            Remedy::LipidBolus { ml } => {
                within("lipid in ml", ml, 0.0, 2000.0)?;
            }
            Remedy::LipidInfusion { ml_per_min, minutes } => {
                within("lipid in ml/min", ml_per_min, 0.0, 200.0)?;
                within("minutes of lipid", minutes, 0.0, 240.0)?;
            }
            Remedy::Adrenaline { ug } => {
                within("adrenaline in µg", ug, 0.0, 5000.0)?;
            }
            Remedy::Fluids { ml } => {
                within("fluid in ml", ml, 0.0, 5000.0)?;
            }
            Remedy::TurnSupine => {
                if self.state.needle.is_some() {
                    self.remove()?;
                }
                self.on_the_back();
            }
            _ => {}
        }
        let setup = self.theatre.setup;
        treat(setup, &mut self.state, with, &mut self.events, true);
        Ok(())
    }

    /// What an action does about a complication without being said: a needle that is moved is repositioned.
    pub(crate) fn undo(&mut self, with: crate::complication::Remedy) {
        let setup = self.theatre.setup;
        treat(setup, &mut self.state, with, &mut self.events, false);
    }
}
