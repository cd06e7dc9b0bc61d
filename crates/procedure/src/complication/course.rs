//! The course of a complication: signs by the clock, responses, and what comes of missing it.

use super::{Complication, Remedy, dose_range, entry};
use crate::action::Sedation;
use crate::event::Event;
use crate::setup::Setup;
use crate::state::State;
use rami_evidence::value;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A complication under way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Active {
    /// Which.
    pub complication: Complication,
    /// When it began.
    pub began_s: f64,
    /// Times of its stages on the block's clock.
    pub stages_s: Vec<f64>,
    /// How many of them have shown.
    pub shown: usize,
    /// What was done and when, by name of the remedy.
    pub done: BTreeMap<String, f64>,
    /// When the operator named it.
    pub recognised_s: Option<f64>,
    /// When it was dealt with.
    pub handled_s: Option<f64>,
    /// Whether its time ran out.
    pub missed: bool,
    /// What was given that harms in it, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub harmed: Vec<String>,
}

impl Active {
    /// When its first sign showed.
    #[must_use]
    pub fn first_sign_s(&self) -> Option<f64> {
        (self.shown > 0).then(|| self.stages_s.first().copied()).flatten()
    }

    /// What has to be done about it as it stands now.
    fn needed(&self) -> Vec<&'static str> {
        let mut needed: Vec<&'static str> = entry(self.complication)
            .map(|e| e.response.iter().map(String::as_str).collect())
            .unwrap_or_default();
        if self.complication == Complication::Toxicity && self.shown >= 2 {
            needed.push("benzodiazepine");
        }
        if self.complication == Complication::Toxicity && self.shown >= 4 {
            needed.push("cpr");
        }
        needed
    }

    /// What of it has not been done, and how much there is of it in all.
    pub(crate) fn left_out(&self) -> (Vec<&'static str>, usize) {
        let needed = self.needed();
        let all = needed.len();
        (needed.into_iter().filter(|name| !self.done.contains_key(*name)).collect(), all)
    }

    /// A pair that was done the wrong way round.
    pub(crate) fn out_of_order(&self) -> Option<&'static [String; 2]> {
        let order = &entry(self.complication)?.order;
        order.iter().find(|[first, then]| {
            let (first, then) = (self.done.get(first), self.done.get(then));
            then.is_some_and(|then| first.is_none_or(|first| first > then))
        })
    }

    /// Whether all of it has been done.
    fn answered(&self) -> bool {
        self.left_out().0.is_empty()
    }
}

/// A complication begins; one that is under way already goes on.
pub(crate) fn begin(
    state: &mut State,
    events: &mut Vec<Event>,
    complication: Complication,
    cause: &str,
    stages_s: Option<Vec<f64>>,
) {
    let running = |active: &&mut Active| active.complication == complication && active.handled_s.is_none();
    if let Some(active) = state.active.iter_mut().find(running) {
        // More of the same: what has not shown yet may come sooner.
        if let Some(times) = stages_s {
            active.stages_s.truncate(active.shown);
            active.stages_s.extend(times.into_iter().skip(active.shown));
        }
        return;
    }
    let stages_s = stages_s.unwrap_or_else(|| {
        let mut at = state.clock_s;
        entry(complication).map_or_else(Vec::new, |entry| {
            entry
                .stages
                .iter()
                .map(|stage| {
                    at += stage.after_s;
                    at
                })
                .collect()
        })
    });
    events.push(Event::ComplicationBegan { complication, cause: cause.to_owned() });
    state.active.push(Active {
        complication,
        began_s: state.clock_s,
        stages_s,
        shown: 0,
        done: BTreeMap::new(),
        recognised_s: None,
        handled_s: None,
        missed: false,
        harmed: Vec::new(),
    });
}

/// Moves the clock, and shows on the way what is due.
pub(crate) fn let_time_pass(state: &mut State, until_s: f64, events: &mut Vec<Event>) {
    let drowsy = state.sedation == Some(Sedation::Moderate);
    loop {
        // The earliest thing due: a stage, or the end of the time to respond.
        let mut due: Option<(f64, usize, bool)> = None;
        for (index, active) in state.active.iter().enumerate() {
            if active.handled_s.is_some() {
                continue;
            }
            if let Some(&at) = active.stages_s.get(active.shown)
                && at <= until_s
                && due.is_none_or(|(first, ..)| at < first)
            {
                due = Some((at, index, true));
            }
            if let (Some(first_sign), Some(entry), false) =
                (active.first_sign_s(), entry(active.complication), active.missed)
            {
                let at = first_sign + entry.in_time_s;
                if at <= until_s && due.is_none_or(|(first, ..)| at < first) {
                    due = Some((at, index, false));
                }
            }
        }
        let Some((at, index, is_stage)) = due else { break };
        state.clock_s = state.clock_s.max(at);
        let Some(active) = state.active.get_mut(index) else { break };
        let Some(entry) = entry(active.complication) else { break };
        if is_stage {
            active.shown += 1;
            let sign =
                entry.stages.get(active.shown - 1).map_or_else(String::new, |stage| stage.sign.clone());
            let sign = if drowsy { mumbled(&sign) } else { sign };
            let (complication, stage) = (active.complication, active.shown as u32);
            events.push(Event::Sign { complication, stage, sign });
            if active.answered() {
                active.handled_s = Some(at);
                events.push(Event::Handled { complication });
            }
        } else {
            active.missed = true;
            let text = entry.consequence.clone();
            events.push(Event::Consequence { complication: active.complication, text });
        }
    }
    if until_s.is_finite() {
        state.clock_s = state.clock_s.max(until_s);
    }
}

/// What is left of a sign when the person is too drowsy to say it: what is seen and measured.
pub(crate) fn mumbled(sign: &str) -> String {
    let mut parts = sign.split('"');
    let before = parts.next().unwrap_or_default().trim().to_owned();
    let Some(_said) = parts.next() else { return sign.to_owned() };
    let rest: Vec<&str> = parts.map(str::trim).filter(|part| !part.is_empty()).collect();
    [before, "The person mumbles.".to_owned(), rest.join(" ")]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Something is done about what goes wrong.
pub(crate) fn treat(setup: &Setup, state: &mut State, with: Remedy, events: &mut Vec<Event>, said: bool) {
    let name = with.name();
    let now = state.clock_s;
    let weight = setup.person.weight_kg;
    let mut effect = String::new();
    let mut harmful = false;
    if let Remedy::LipidBolus { ml } = with {
        state.lipid_ml += ml;
    }
    if let Remedy::LipidInfusion { ml_per_min, minutes } = with {
        state.lipid_ml += ml_per_min * minutes;
    }
    let maximum = value("last.maximum") * weight;
    let over = state.lipid_ml > maximum && name.starts_with("lipid");
    if over {
        harmful = true;
        effect = format!("{:.0} ml of lipid are more than the maximum of {maximum:.0} ml", state.lipid_ml);
    }
    let (mut handled, mut watch_again) = (Vec::new(), false);
    for active in state.active.iter_mut().filter(|active| active.handled_s.is_none()) {
        let Some(entry) = entry(active.complication) else { continue };
        // What is done before anything shows is no response to it, unless it could be foreseen.
        if active.shown == 0 && !entry.foreseen {
            continue;
        }
        if entry.harms.contains(&name) {
            harmful = true;
            active.harmed.push(name.clone());
            effect = format!("to be avoided in {}", entry.name);
            // What harms brings the next stage at once.
            if let Some(next) = active.stages_s.get_mut(active.shown) {
                *next = next.min(now + 30.0);
            }
            continue;
        }
        // It is the needle's movement that counts, not what is said of it.
        if name == "reposition" && said {
            if effect.is_empty() {
                effect = "pulling the needle back or pointing it elsewhere is what counts".to_owned();
            }
            continue;
        }
        if !(entry.response.contains(&name)
            || entry.helps.contains(&name)
            || (name == "cpr" && active.shown >= 4))
        {
            continue;
        }
        if let Some(problem) = dose_problem(active.complication, &with, weight) {
            if effect.is_empty() {
                effect = problem.0;
            }
            harmful |= problem.1;
            if problem.1 {
                active.harmed.push(name.clone());
            }
            // Too little does not count, and too much less.
            continue;
        } else if effect.is_empty() {
            effect = format!("right in {}", entry.name);
        }
        if over {
            active.harmed.push(format!("{name} over the maximum"));
        }
        active.done.entry(name.clone()).or_insert(now);
        if active.complication == Complication::Toxicity && name == "lipid_bolus" {
            // The sink: what has not come yet does not come.
            active.stages_s.truncate(active.shown.max(1));
        }
        if active.shown > 0 && active.answered() {
            active.handled_s = Some(now);
            handled.push(active.complication);
            watch_again |= entry.observe_min > 0.0 || active.complication == Complication::Toxicity;
        }
    }
    if watch_again {
        // The time to watch begins when it was dealt with.
        state.observed_min = 0.0;
    }
    if said {
        if effect.is_empty() {
            effect = "nothing that it would help against".to_owned();
        }
        events.push(Event::Treated { with, effect, harmful });
    }
    events.extend(handled.into_iter().map(|complication| Event::Handled { complication }));
}

/// What is wrong with a dose, and whether it harms.
fn dose_problem(complication: Complication, with: &Remedy, weight_kg: f64) -> Option<(String, bool)> {
    let heavy = weight_kg > value("last.weight_boundary");
    match *with {
        Remedy::LipidBolus { ml } => {
            let right = if heavy {
                value("last.asra.bolus_above_70_kg")
            } else {
                value("last.asra.bolus") * weight_kg
            };
            (ml < 0.8 * right).then(|| (format!("too little: the bolus is {right:.0} ml"), false))
        }
        Remedy::LipidInfusion { ml_per_min, minutes } => {
            let right = if heavy {
                value("last.asra.infusion_above_70_kg")
            } else {
                value("last.asra.infusion") * weight_kg * 15.0
            };
            (ml_per_min * minutes < 0.8 * right)
                .then(|| (format!("too little: about {right:.0} ml over 15 to 20 min"), false))
        }
        Remedy::Adrenaline { ug } if complication == Complication::Toxicity => {
            let most = value("procedure.last.adrenaline") * weight_kg;
            (ug > most).then(|| (format!("more than {most:.0} µg harm in toxicity"), true))
        }
        ref other => {
            let (range, amount) = (dose_range(&other.name())?, other.amount()?);
            let unit = &range.unit;
            if amount < range.least {
                Some((format!("too little: at least {} {unit}", range.least), false))
            } else if amount > range.most {
                Some((format!("too much: at most {} {unit}", range.most), true))
            } else {
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::mumbled;

    #[test]
    fn a_drowsy_person_says_nothing_and_what_is_seen_is_still_seen() {
        assert_eq!(mumbled("\"I feel sick.\" Pale, sweating."), "The person mumbles. Pale, sweating.");
        assert_eq!(mumbled("Numb: \"a tongue of wool\" it says."), "Numb: The person mumbles. it says.");
        assert_eq!(mumbled("\"My leg is heavy.\""), "The person mumbles.");
        assert_eq!(mumbled("Pulse slow, QRS wide."), "Pulse slow, QRS wide.");
    }
}
