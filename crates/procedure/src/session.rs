//! The record of a block: JSON lines, `rami.session/1`.
//!
//! The first line is the [`Header`]; each other line is one action with its time, its events or its refusal, and the hash
//! of the state after it. Reading is forward-compatible: unknown fields and unknown events are kept aside and passed over, an unknown
//! action is kept by name and reported, and a later version says which it needs.

use crate::action::Action;
use crate::event::Event;
use crate::refusal::{Refusal, RefusalCode};
use crate::setup::Setup;
use crate::state::State;
use crate::step::step;
use crate::theatre::Theatre;
use rami_plan::{Candidate, InputFile};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Name and version of the document.
pub const SCHEMA: &str = "rami.session/1";

/// What every reader of a session must know first.
pub const DISCLAIMER: &str =
    "Research and teaching software, not a medical device. Not for decisions about the care of a person.";

/// First line of a session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Header {
    /// `rami.session/1`.
    pub schema: String,
    /// Version of Rami that wrote it.
    pub rami_version: String,
    /// Facts that do not change.
    pub setup: Setup,
    /// Who operated: `plan`, `virtual`, `script` or `person`, with what belongs to it.
    pub operator: String,
    /// What the needle acted on: the truth of a digital patient, or one draw from the belief, or the schematic person.
    pub world: String,
    /// Model of flow.
    pub flow: String,
    /// SIMD path of the x-ray pictures: hashes agree on one path.
    pub lanes: String,
    /// The case as it was given, for a replay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<String>,
    /// The label map as it was given beside the CT.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<String>,
    /// Files it was made from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<InputFile>,
    /// Where the needle was to go, when there is a plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aim: Option<Aim>,
    /// What it is not.
    pub disclaimer: String,
}

/// Where a needle is to go, from a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Aim {
    /// Entry on the skin, LPS mm.
    pub entry_mm: [f64; 3],
    /// Where the tip is to end.
    pub target_mm: [f64; 3],
    /// Tunnel view.
    pub primary_deg: f64,
    /// Tunnel view.
    pub secondary_deg: f64,
    /// Needle in the catalogue.
    pub needle: String,
}

impl Aim {
    /// Where a planned path goes, with the needle of its length.
    #[must_use]
    pub fn of(path: &Candidate) -> Self {
        Self {
            entry_mm: path.entry_mm,
            target_mm: path.target_mm,
            primary_deg: path.primary_angle_deg,
            secondary_deg: path.secondary_angle_deg,
            needle: format!("22G-{:.0}-chiba", path.needle_length_mm),
        }
    }
}

/// A line after the first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Line {
    /// Its number, from 1.
    pub n: u64,
    /// Time on the block's clock before it, s.
    pub t_s: f64,
    /// What was done.
    pub action: Action,
    /// What came of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Event>,
    /// Why it was not done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refusal>,
    /// SHA-256 of the state after it.
    pub state_sha256: String,
}

/// A block as it was recorded.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
pub struct Session {
    /// First line.
    pub header: Header,
    /// The others.
    pub lines: Vec<Line>,
    /// The state it ended in: the last line, so that a score needs nothing but the file.
    pub end: Option<State>,
    /// What a reader of this version could not understand, line by line; replay ends before the first such action.
    pub not_understood: Vec<String>,
    /// The line of the first action that this version does not know: nothing is known from there on.
    pub stopped_at: Option<String>,
}

/// Why a session cannot be read.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SessionError {
    /// Nothing in it.
    #[error("the session is empty: its first line must be a header of {SCHEMA}")]
    Empty,
    /// Not a session.
    #[error("line {line} is not a line of {SCHEMA}: {why}")]
    Line {
        /// Which line, from 1.
        line: usize,
        /// What is wrong.
        why: String,
    },
    /// Another document.
    #[error("the document is {found:?}; {SCHEMA} is read")]
    Schema {
        /// What it says.
        found: String,
    },
}

impl Header {
    /// A header for this theatre.
    #[must_use]
    pub fn new(theatre: &Theatre<'_>, operator: &str, world: &str) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            rami_version: env!("CARGO_PKG_VERSION").to_owned(),
            setup: theatre.setup.clone(),
            operator: operator.to_owned(),
            world: world.to_owned(),
            flow: theatre.flow.name().to_owned(),
            lanes: format!("{:?}", rami_xray::Lanes::detect()).to_lowercase(),
            case: None,
            labels: None,
            inputs: Vec::new(),
            aim: None,
            disclaimer: DISCLAIMER.to_owned(),
        }
    }
}

impl Session {
    /// A session with nothing done yet.
    #[must_use]
    pub fn new(header: Header) -> Self {
        Self { header, lines: Vec::new(), end: None, not_understood: Vec::new(), stopped_at: None }
    }

    /// As JSON lines.
    ///
    /// # Errors
    /// When a number cannot be written as JSON.
    pub fn to_jsonl(&self) -> Result<String, serde_json::Error> {
        let mut text = serde_json::to_string(&self.header)?;
        text.push('\n');
        for line in &self.lines {
            text.push_str(&serde_json::to_string(line)?);
            text.push('\n');
        }
        if let Some(end) = &self.end {
            text.push_str(&serde_json::to_string(&serde_json::json!({ "end": end }))?);
            text.push('\n');
        }
        Ok(text)
    }

    /// Reads JSON lines, of this version and as far as possible of later ones.
    ///
    /// # Errors
    /// [`SessionError`] names the line.
    pub fn from_jsonl(text: &str) -> Result<Self, SessionError> {
        let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let (_, first) = lines.next().ok_or(SessionError::Empty)?;
        let value: serde_json::Value =
            serde_json::from_str(first).map_err(|e| SessionError::Line { line: 1, why: e.to_string() })?;
        let found = value.get("schema").and_then(|s| s.as_str()).unwrap_or_default().to_owned();
        // A later minor version keeps the name: `rami.session/1` with more in it.
        if found != SCHEMA {
            return Err(SessionError::Schema { found });
        }
        let header: Header =
            serde_json::from_value(value).map_err(|e| SessionError::Line { line: 1, why: e.to_string() })?;
        let mut session = Self::new(header);
        for (index, text) in lines {
            let wrong = |why: String| SessionError::Line { line: index + 1, why };
            let mut value: serde_json::Value =
                serde_json::from_str(text).map_err(|e| wrong(e.to_string()))?;
            if let Some(end) = value.get("end") {
                match serde_json::from_value(end.clone()) {
                    Ok(end) => session.end = Some(end),
                    // What a later version holds there is passed over; what this one wrote and cannot read is wrong.
                    Err(_) if session.is_of_another_version() => {
                        session.not_understood.push(format!("line {}: the state at the end", index + 1));
                    }
                    Err(e) => return Err(wrong(e.to_string())),
                }
                continue;
            }
            if let Some(events) = value.get_mut("events").and_then(|events| events.as_array_mut()) {
                let aside =
                    |event: &serde_json::Value| serde_json::from_value::<Event>(event.clone()).is_err();
                for event in events.iter().filter(|event| aside(event)) {
                    let name = event.get("event").and_then(|n| n.as_str()).unwrap_or("without a name");
                    session.not_understood.push(format!("line {}: event {name}", index + 1));
                }
                events.retain(|event| !aside(event));
            }
            if serde_json::from_value::<Action>(value.get("action").cloned().unwrap_or_default()).is_err() {
                let name = value.pointer("/action/do").and_then(|n| n.as_str()).unwrap_or("without a name");
                let what = format!("line {}: action {name}", index + 1);
                session.stopped_at = Some(what.clone());
                session.not_understood.push(what);
                break;
            }
            session.lines.push(serde_json::from_value(value).map_err(|e| wrong(e.to_string()))?);
        }
        Ok(session)
    }

    fn is_of_another_version(&self) -> bool {
        self.header.rami_version != env!("CARGO_PKG_VERSION")
    }

    /// Whether the recorded end is the state after the last line; that of another version is taken as it is, for a field
    /// that this one does not know changes its hash.
    #[must_use]
    pub fn end_agrees(&self) -> bool {
        let (Some(end), Some(last)) = (&self.end, self.lines.last()) else { return true };
        self.is_of_another_version() || end.sha256() == last.state_sha256
    }

    /// All events with their times.
    pub fn events(&self) -> impl Iterator<Item = (f64, &Event)> {
        self.lines.iter().flat_map(|line| line.events.iter().map(move |event| (line.t_s, event)))
    }
}

/// A block under way: a state and its record.
pub struct Block<'t, 'a> {
    /// Where.
    pub theatre: &'t Theatre<'a>,
    /// Now.
    pub state: State,
    /// So far.
    pub session: Session,
}

impl<'t, 'a> Block<'t, 'a> {
    /// Before the first action.
    #[must_use]
    pub fn new(theatre: &'t Theatre<'a>, header: Header) -> Self {
        Self { theatre, state: State::new(theatre.setup), session: Session::new(header) }
    }

    /// Ends the record with the state as it is.
    #[must_use]
    pub fn finish(self) -> (Session, State) {
        let mut session = self.session;
        session.end = Some(self.state.clone());
        (session, self.state)
    }

    /// Does one thing and records it, refusals too, but for an action that no record can hold (a number that is none).
    ///
    /// # Errors
    /// [`Refusal`] with the reason; the state is as before.
    pub fn act(&mut self, action: Action) -> Result<&[Event], Refusal> {
        if !can_be_written(&action) {
            // Nor would a record that holds it be read again. The engine knows best what is wrong with it.
            let none = || Refusal::new(RefusalCode::OutOfRange, "a number is none", "give finite numbers");
            return Err(step(self.theatre, &self.state, &action).err().unwrap_or_else(none));
        }
        let n = self.session.lines.len() as u64 + 1;
        let t_s = self.state.clock_s;
        let (events, refused) = match step(self.theatre, &self.state, &action) {
            Ok((state, events)) => {
                self.state = state;
                (events, None)
            }
            Err(refusal) => (Vec::new(), Some(refusal)),
        };
        let state_sha256 = self.state.sha256();
        self.session.lines.push(Line { n, t_s, action, events, refused: refused.clone(), state_sha256 });
        match refused {
            Some(refusal) => Err(refusal),
            None => Ok(self.session.lines.last().map_or(&[], |line| line.events.as_slice())),
        }
    }
}
/// Whether an action is the same after it was written as JSON, which knows no NaN and no infinity.
fn can_be_written(action: &Action) -> bool {
    let read = serde_json::to_value(action).and_then(serde_json::from_value::<Action>);
    read.is_ok_and(|read| read == *action)
}
