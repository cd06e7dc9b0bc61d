//! Before the needle: checklist, position, skin, time-out, syringes.

use super::Turn;
use crate::complication::Complication;
use crate::event::Event;
use crate::refusal::{Refusal, RefusalCode, within};
use crate::setup::Phase;
use crate::state::{Given, Loaded, TimeOut};
use rami_anatomy::{Side, VertebralLevel};
use rami_clinic::course::course;
use rami_formulary::{Content, parse_sequence};

/// What does not fit about the level that is said.
fn wrong_level(planned: VertebralLevel, said: VertebralLevel) -> Option<String> {
    (said != planned).then(|| format!("the plan says {planned}, the time-out says {said}"))
}

impl Turn<'_, '_> {
    pub(super) fn check(&mut self, item: &str) -> Result<(), Refusal> {
        let known = course().steps.iter().any(|step| step.id == item)
            || course().discharge.iter().any(|check| check.id == item);
        if !known {
            let names: Vec<&str> = course().steps.iter().map(|step| step.id.as_str()).collect();
            return Err(Refusal::new(
                RefusalCode::UnknownThing,
                format!("the checklist has no item {item:?}"),
                format!("it has {}", names.join(", ")),
            ));
        }
        // What has an action of its own is done, not ticked.
        let state = &self.state;
        let undone = match item {
            "consent" => (state.consent != Some(true)).then_some("ask for consent"),
            "asepsis" => (!state.skin_clean).then_some("clean the skin"),
            "time_out" => state.time_out.is_none().then_some("hold the time-out"),
            "baseline_temperature" => state.baseline_toe_c.is_none().then_some("read both feet"),
            "acclimatisation" => (state.acclimatised_min <= 0.0).then_some("bare the feet and wait"),
            "access_and_monitoring" => (!state.monitored).then_some("attach the monitor"),
            _ => None,
        };
        if let Some(first) = undone {
            return Err(Refusal::new(
                RefusalCode::TooEarly,
                format!("{} is not done", item.replace('_', " ")),
                first,
            ));
        }
        let now = self.state.clock_s;
        self.state.checked.entry(item.to_owned()).or_insert(now);
        self.events.push(Event::Checked { item: item.to_owned() });
        Ok(())
    }

    pub(super) fn consent(&mut self, given: bool) {
        self.state.consent = Some(given);
        let now = self.state.clock_s;
        if given {
            self.state.checked.entry("consent".to_owned()).or_insert(now);
        }
        self.events.push(Event::Consented { given });
    }

    pub(super) fn position(&mut self) -> Result<(), Refusal> {
        if self.state.needle.is_some() {
            return Err(Refusal::new(
                RefusalCode::NeedleIsIn,
                "a needle is in the back",
                "take it out first",
            ));
        }
        self.enter(Phase::Positioning);
        self.state.prone = true;
        Ok(())
    }

    pub(super) fn prepare_skin(&mut self) -> Result<(), Refusal> {
        if !self.state.prone {
            return Err(Refusal::new(
                RefusalCode::NotProne,
                "the person does not lie on the front",
                "turn them first",
            ));
        }
        self.enter(Phase::Preparation);
        self.state.skin_clean = true;
        let now = self.state.clock_s;
        self.state.checked.entry("asepsis".to_owned()).or_insert(now);
        Ok(())
    }

    pub(super) fn drape(&mut self) -> Result<(), Refusal> {
        if !self.state.skin_clean {
            return Err(Refusal::new(
                RefusalCode::NotPrepared,
                "the skin is not clean",
                "clean it and let it dry",
            ));
        }
        self.state.draped = true;
        Ok(())
    }

    pub(super) fn time_out(&mut self, side: Side, level: VertebralLevel) -> Result<(), Refusal> {
        if self.state.consent != Some(true) {
            return Err(Refusal::new(
                RefusalCode::NoConsent,
                "nobody has asked the person today",
                "ask for consent",
            ));
        }
        if !VertebralLevel::PLANNED.contains(&level) {
            return Err(Refusal::new(
                RefusalCode::OutOfRange,
                format!("the block is done at L2, L3 or L4, not at {level}"),
                "say the level again",
            ));
        }
        self.enter(Phase::TimeOut);
        let setup = self.theatre.setup;
        let mut wrong = Vec::new();
        if side != setup.side {
            wrong.push(format!("consent says {}, the time-out says {side}", setup.side));
        }
        if let Some(mark) = setup.marked_side.filter(|mark| *mark != setup.side) {
            wrong.push(format!("consent says {}, the mark on the skin says {mark}", setup.side));
        }
        wrong.extend(wrong_level(setup.level, level));
        let mismatch = (!wrong.is_empty()).then(|| wrong.join("; "));
        let at_s = self.state.clock_s;
        self.state.checked.entry("time_out".to_owned()).or_insert(at_s);
        self.state.time_out = Some(TimeOut { side, level, mismatch: mismatch.clone(), at_s });
        self.events.push(Event::TimeOutHeld { side, level, mismatch });
        Ok(())
    }

    pub(super) fn correct_side(&mut self, side: Side) -> Result<(), Refusal> {
        let setup = self.theatre.setup;
        let Some(time_out) = self.state.time_out.as_mut() else {
            return Err(Refusal::new(RefusalCode::NoTimeOut, "there was no time-out", "hold it first"));
        };
        if side != setup.side {
            return Err(Refusal::new(
                RefusalCode::NothingThere,
                format!("consent is for the {}", setup.side),
                format!("set the side to {}", setup.side),
            ));
        }
        time_out.side = side;
        // Another level is said again, in another time-out.
        time_out.mismatch = wrong_level(setup.level, time_out.level);
        self.events.push(Event::SideCorrected { side });
        Ok(())
    }

    pub(super) fn draw_up(&mut self, label: &str, content: &str) -> Result<(), Refusal> {
        let wrong = |why: String| {
            Refusal::new(RefusalCode::UnknownThing, why, "write for example `bupivacaine 0.25% 10ml`")
        };
        let syringes = parse_sequence(content).map_err(|error| wrong(error.to_string()))?;
        let [syringe] = syringes.as_slice() else {
            return Err(wrong(format!("{content:?} is {} syringes", syringes.len())));
        };
        if self.state.syringes.get(label).is_some_and(|old| old.left_ml > 0.0) {
            return Err(Refusal::new(
                RefusalCode::NothingThere,
                format!("a syringe called {label:?} is there and not empty"),
                "give this one another label",
            ));
        }
        let iodine_mg_ml = match syringe.content {
            Content::Iodine(strength) => strength.get(),
            _ => 0.0,
        };
        let volume_ml = syringe.volume.get();
        self.state.syringes.insert(
            label.to_owned(),
            Loaded {
                content: content.to_owned(),
                agent: syringe.agent.name.clone(),
                drug_mg_ml: syringe.drug_concentration().get(),
                iodine_mg_ml,
                adrenaline: syringe.adrenaline.is_some(),
                volume_ml,
                left_ml: volume_ml,
            },
        );
        self.events.push(Event::DrawnUp {
            label: label.to_owned(),
            content: content.to_owned(),
            volume_ml,
            mass_mg: syringe.mass().get(),
        });
        Ok(())
    }

    /// Takes fluid from a syringe.
    pub(super) fn take(&mut self, label: &str, volume_ml: f64) -> Result<Loaded, Refusal> {
        within("volume in ml", volume_ml, 0.05, 60.0)?;
        let Some(syringe) = self.state.syringes.get_mut(label) else {
            let labels: Vec<&str> = self.state.syringes.keys().map(String::as_str).collect();
            return Err(Refusal::new(
                RefusalCode::NoSyringe,
                format!("no syringe is called {label:?}"),
                if labels.is_empty() {
                    "draw one up".to_owned()
                } else {
                    format!("there are {}; or draw one up", labels.join(", "))
                },
            ));
        };
        if volume_ml > syringe.left_ml + 1e-9 {
            return Err(Refusal::new(
                RefusalCode::EmptySyringe,
                format!("{label:?} holds {:.2} ml, not {volume_ml} ml", syringe.left_ml),
                "give less, or draw up another",
            ));
        }
        syringe.left_ml = (syringe.left_ml - volume_ml).max(0.0);
        Ok(syringe.clone())
    }

    pub(super) fn numb_skin(&mut self, label: &str, volume_ml: f64, at_mm: [f64; 3]) -> Result<(), Refusal> {
        if !self.state.skin_clean {
            return Err(Refusal::new(
                RefusalCode::NotPrepared,
                "the skin is not clean",
                "clean and drape it first",
            ));
        }
        if self.state.time_out.is_none() {
            return Err(Refusal::new(
                RefusalCode::NoTimeOut,
                "there was no time-out",
                "hold it before any needle",
            ));
        }
        self.agreed()?;
        at_mm.iter().try_for_each(|v| within("a coordinate", *v, -3000.0, 3000.0).map(|_| ()))?;
        let syringe = self.take(label, volume_ml)?;
        if syringe.drug_mg_ml == 0.0 {
            self.warn("there is no anaesthetic in that syringe: the skin stays awake");
        }
        self.enter(Phase::SkinAnaesthesia);
        let mass_mg = syringe.drug_mg_ml * volume_ml;
        self.state.numb_at_mm = (mass_mg > 0.0).then_some(at_mm);
        let at_s = self.state.clock_s;
        self.state.doses.push(Given {
            label: label.to_owned(),
            agent: syringe.agent,
            volume_ml,
            mass_mg,
            iodine_mg: syringe.iodine_mg_ml * volume_ml,
            adrenaline: syringe.adrenaline,
            at_s,
            over_s: volume_ml / 0.1,
            in_vessel: 0.0,
            in_canal: 0.0,
            skin: true,
        });
        self.events.push(Event::SkinNumbed { volume_ml, mass_mg });
        self.dose_warning();
        self.plasma();
        Ok(())
    }

    /// Refuses what goes in while the last time-out did not agree.
    pub(super) fn agreed(&self) -> Result<(), Refusal> {
        match self.state.time_out.as_ref().and_then(|held| held.mismatch.as_ref()) {
            Some(mismatch) => Err(Refusal::new(
                RefusalCode::NoTimeOut,
                format!("the time-out did not agree: {mismatch}"),
                "set the side right with everyone, or hold the time-out again",
            )),
            None => Ok(()),
        }
    }

    /// Says when the maximum of local anaesthetic is near or passed.
    pub(super) fn dose_warning(&mut self) {
        let share = self.state.share_of_maximum(&self.theatre.setup.person);
        if share > 1.0 {
            self.warn(format!("{:.0} % of the maximum of local anaesthetic is in", 100.0 * share));
        }
    }

    /// The needle is about to go in on a side: the wrong one is a complication, not a refusal.
    pub(super) fn side_of_entry(&mut self, entry_mm: [f64; 3]) {
        let side = self.side_of(entry_mm);
        if side != self.theatre.setup.side {
            self.begin(
                Complication::WrongSide,
                &format!("the needle goes in on the {side}; consent is for the {}", self.theatre.setup.side),
            );
        }
    }
}
