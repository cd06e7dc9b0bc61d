//! A block written by hand: a TOML that a clinician can read, run as it stands, with what must come of it.
//!
//! ```toml
//! title = "Blood comes back"
//! teaches = "Aspirate before every injection."
//! [setup]
//! side = "left"
//! [[do]]
//! do = "prepare"                  # consent to numb skin, with the usual syringes
//! [[do]]
//! do = "approach"                 # needle from entry to target, bevel turned on the way, pictures at the end
//! entry_mm = [67, 75, -8]
//! target_mm = [20, -13, -8]
//! [[do]]
//! do = "aspirate"                 # any other action of a session, as it is written there
//! [[expect]]
//! event = "aspirated"             # events in this order, each with at least these fields
//! seen = "blood"
//! ```

use super::{Operator, Seen, prepare};
use crate::action::Action;
use crate::event::Event;
use crate::session::Session;
use crate::setup::Setup;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// A scripted block.
#[derive(Debug, Clone)]
pub struct Script {
    /// What it is called.
    pub title: String,
    /// What one learns.
    pub teaches: String,
    /// Facts, where it says them, over those it was read with.
    pub setup: Option<Setup>,
    /// Which facts it says itself.
    pub says: BTreeSet<String>,
    /// What is done.
    pub actions: Vec<Action>,
    /// What must come of it, in order.
    pub expect: Vec<serde_json::Value>,
    /// What must not.
    pub never: Vec<serde_json::Value>,
    /// Least and most that a line of the score must come to.
    pub score: BTreeMap<String, [f64; 2]>,
    queue: VecDeque<Action>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    title: String,
    #[serde(default)]
    teaches: String,
    #[serde(default)]
    setup: Option<toml::Table>,
    #[serde(default, rename = "do")]
    steps: Vec<toml::Table>,
    #[serde(default)]
    expect: Vec<toml::Table>,
    #[serde(default)]
    never: Vec<toml::Table>,
    #[serde(default)]
    score: BTreeMap<String, [f64; 2]>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Approach {
    #[serde(rename = "do")]
    _name: String,
    entry_mm: [f64; 3],
    target_mm: [f64; 3],
    #[serde(default = "usual_needle")]
    needle: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Prepare {
    #[serde(rename = "do")]
    _name: String,
    #[serde(default)]
    drug: Option<String>,
    #[serde(default)]
    contrast: Option<String>,
}

fn usual_needle() -> String {
    "22G-150-chiba".to_owned()
}

/// Why a script cannot be run.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ScriptError {
    /// Not TOML, or not this one.
    #[error("the script cannot be read: {0}")]
    Toml(String),
    /// A step that is none.
    #[error("step {step} ({name}): {why}")]
    Step {
        /// Which, from 1.
        step: usize,
        /// What it is called.
        name: String,
        /// What is wrong.
        why: String,
    },
}

impl Script {
    /// Reads a script for this block.
    ///
    /// # Errors
    /// [`ScriptError`] names the step.
    pub fn read(text: &str, given: &Setup) -> Result<Self, ScriptError> {
        let document: Document =
            toml::from_str(text).map_err(|e| ScriptError::Toml(e.to_string().trim().to_owned()))?;
        let own = document.setup.as_ref().map(|own| over(given, own)).transpose()?;
        let setup = own.clone().unwrap_or_else(|| given.clone());
        // The numb patch is where the first needle goes.
        let entry = document
            .steps
            .iter()
            .find_map(|step| {
                let numbers = step.get("entry_mm")?.as_array()?;
                let number = |v: &toml::Value| v.as_float().or(v.as_integer().map(|i| i as f64));
                Some([number(numbers.first()?)?, number(numbers.get(1)?)?, number(numbers.get(2)?)?])
            })
            .unwrap_or([0.0; 3]);
        let mut actions = Vec::new();
        for (index, step) in document.steps.iter().enumerate() {
            let name = step.get("do").and_then(|v| v.as_str()).unwrap_or_default().to_owned();
            let wrong = |why: String| ScriptError::Step { step: index + 1, name: name.clone(), why };
            let value = json(step);
            match name.as_str() {
                "prepare" => {
                    let asked: Prepare = serde_json::from_value(value).map_err(|e| wrong(e.to_string()))?;
                    let mut syringes = prepare::SYRINGES;
                    if let Some(drug) = &asked.drug {
                        syringes[2].1 = drug;
                    }
                    if let Some(contrast) = &asked.contrast {
                        syringes[1].1 = contrast;
                    }
                    actions.extend(prepare::before(&setup, entry, &syringes));
                }
                "approach" => {
                    let way: Approach = serde_json::from_value(value).map_err(|e| wrong(e.to_string()))?;
                    actions.extend(approach(&way));
                }
                "home" => actions.extend(prepare::home()),
                _ => actions.push(serde_json::from_value(value).map_err(|e| wrong(e.to_string()))?),
            }
        }
        Ok(Self {
            title: document.title,
            teaches: document.teaches,
            setup: own,
            says: document.setup.iter().flat_map(toml::Table::keys).cloned().collect(),
            queue: actions.iter().cloned().collect(),
            actions,
            expect: document.expect.iter().map(json).collect(),
            never: document.never.iter().map(json).collect(),
            score: document.score,
        })
    }

    /// What of the expected did not come, or came in spite of being excluded; empty when all is as it should be.
    #[must_use]
    pub fn unmet(&self, session: &Session) -> Vec<String> {
        let events: Vec<serde_json::Value> =
            session.events().filter_map(|(_, event)| serde_json::to_value(event).ok()).collect();
        let refusals: Vec<serde_json::Value> = session
            .lines
            .iter()
            .filter_map(|line| serde_json::to_value(line.refused.as_ref()?).ok())
            .collect();
        let mut problems = Vec::new();
        let mut from = 0;
        for wanted in &self.expect {
            if wanted.get("refused").is_some() {
                let code = &wanted["refused"];
                if !refusals.iter().any(|refusal| &refusal["code"] == code) {
                    problems.push(format!("nothing was refused as {code}"));
                }
                continue;
            }
            match events.iter().skip(from).position(|event| covers(event, wanted)) {
                Some(index) => from += index + 1,
                None => problems.push(format!("did not come (in this order): {wanted}")),
            }
        }
        for excluded in &self.never {
            if let Some(event) = events.iter().find(|event| covers(event, excluded)) {
                problems.push(format!("came in spite of being excluded: {event}"));
            }
        }
        problems
    }
}

/// Whether an event has at least these fields with these values.
fn covers(event: &serde_json::Value, wanted: &serde_json::Value) -> bool {
    use serde_json::Value;
    match (event, wanted) {
        (Value::Object(event), Value::Object(wanted)) => {
            wanted.iter().all(|(key, value)| event.get(key).is_some_and(|own| covers(own, value)))
        }
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::String(own), Value::String(part)) => own == part || own.contains(part.as_str()),
        (own, wanted) => own == wanted,
    }
}

/// Facts with those of a script in the place of their own: what it does not say stays.
fn over(given: &Setup, own: &toml::Table) -> Result<Setup, ScriptError> {
    let wrong = |e: serde_json::Error| ScriptError::Toml(format!("[setup]: {e}"));
    let mut facts = serde_json::to_value(given).map_err(wrong)?;
    put(&mut facts, json(own));
    serde_json::from_value(facts).map_err(wrong)
}

fn put(into: &mut serde_json::Value, from: serde_json::Value) {
    match (into, from) {
        (serde_json::Value::Object(into), serde_json::Value::Object(from)) => {
            for (key, value) in from {
                put(into.entry(key).or_insert(serde_json::Value::Null), value);
            }
        }
        (into, from) => *into = from,
    }
}

fn json(table: &toml::Table) -> serde_json::Value {
    serde_json::to_value(table).unwrap_or_default()
}

/// Needle from entry to target, the bevel turned half round on the way so that bends cancel; pictures at the end.
fn approach(way: &Approach) -> Vec<Action> {
    let along = [0, 1, 2].map(|axis| way.target_mm[axis] - way.entry_mm[axis]);
    let length = along.iter().map(|c| c * c).sum::<f64>().sqrt();
    let mut actions = vec![
        Action::Centre { at_mm: way.target_mm },
        Action::InsertNeedle {
            needle: way.needle.clone(),
            entry_mm: way.entry_mm,
            direction: along,
            bevel_deg: 0.0,
        },
    ];
    let mut left = length;
    let mut stretch = 5.0_f64;
    while left > 1e-6 {
        let mm = stretch.min(left);
        actions.push(Action::Advance { mm });
        left -= mm;
        if left > 1e-6 {
            actions.push(Action::Rotate { deg: 180.0 });
        }
        stretch = 10.0;
    }
    actions.push(Action::Shot);
    actions.push(Action::MoveCArm {
        primary_deg: if along[0] < 0.0 { 90.0 } else { -90.0 },
        secondary_deg: 0.0,
    });
    actions.push(Action::Shot);
    actions
}

impl Operator for Script {
    fn next(&mut self, _: &Seen<'_>) -> Option<Action> {
        self.queue.pop_front()
    }
}

/// A description that an event is perceived by, for front ends that print.
#[must_use]
pub fn in_words(event: &Event) -> Option<String> {
    Some(match event.visible()? {
        Event::Said { words } => words,
        Event::Noted { text } => text,
        Event::Warned { text } => format!("warning: {text}"),
        other => serde_json::to_string(&other).ok()?,
    })
}
