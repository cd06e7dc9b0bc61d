//! State, record and log of a block together, and looks back at its past.

use super::frame::Frame;
use super::log::Log;
use super::room::{Done, Furniture};
use super::show::{Shown, View};
use crate::state::lock;
use rami_procedure::session::{Header, Line, Session};
use rami_procedure::setup::Pictures;
use rami_procedure::theatre::Picture;
use rami_procedure::{Action, Event, Setup, State, Theatre, step};
use std::sync::Mutex;

/// Lines between two states that are kept, so that a look back need not begin at the beginning.
const MARK_EVERY: usize = 32;

/// A block as it is worked on.
pub(super) struct Desk<'t, 'a> {
    theatre: &'t Theatre<'a>,
    furniture: &'t Furniture,
    pub(super) state: State,
    pub(super) session: Session,
    log: Log,
    /// The state after every `MARK_EVERY` lines, the first before any.
    marks: Vec<State>,
    read_at_s: Option<f64>,
    monitor: Option<Event>,
}

impl<'t, 'a> Desk<'t, 'a> {
    pub(super) fn new(
        theatre: &'t Theatre<'a>,
        furniture: &'t Furniture,
        world: &str,
    ) -> Result<Self, String> {
        let (log, session) = if furniture.resume {
            let (log, text) = Log::again(&furniture.path).map_err(|error| error.to_string())?;
            (log, Session::from_jsonl(&text).map_err(|error| error.to_string())?)
        } else {
            let mut header = Header::new(theatre, &furniture.operator, world);
            header.aim.clone_from(&furniture.aim);
            header.inputs = furniture.loaded.inputs().to_vec();
            let log = Log::begin(&furniture.path, &header).map_err(|error| error.to_string())?;
            (log, Session::new(header))
        };
        let state = State::new(theatre.setup);
        let marks = vec![state.clone()];
        let mut desk =
            Self { theatre, furniture, state, session, log, marks, read_at_s: None, monitor: None };
        desk.fold()?;
        Ok(desk)
    }

    /// Goes through the record, compared line by line with what was recorded.
    fn fold(&mut self) -> Result<(), String> {
        let setup = undrawn(self.theatre.setup);
        let blind = recast(self.theatre, &setup, None);
        for (i, line) in self.session.lines.iter().enumerate() {
            if let Ok((next, _)) = step(&blind, &self.state, &line.action) {
                self.state = next;
            }
            if self.state.sha256() != line.state_sha256 {
                return Err(format!(
                    "line {} of the log does not lead where it led before; this session was recorded by another version of Rami",
                    line.n
                ));
            }
            if (i + 1).is_multiple_of(MARK_EVERY) {
                self.marks.push(self.state.clone());
            }
        }
        Ok(())
    }

    /// Does one thing. It counts once it is on disk.
    pub(super) fn act(&mut self, action: Action) -> Done {
        let n = self.session.lines.len() as u64 + 1;
        let t_s = self.state.clock_s;
        let (state, events, refused) = match step(self.theatre, &self.state, &action) {
            Ok((state, events)) => (Some(state), events, None),
            Err(refusal) => (None, Vec::new(), Some(refusal)),
        };
        let state_sha256 = state.as_ref().unwrap_or(&self.state).sha256();
        let line = Line { n, t_s, action, events, refused, state_sha256 };
        if let Err(error) = self.log.add(&line) {
            return Done::Failed(format!("the log cannot be written ({error}); nothing was done"));
        }
        if let Some(state) = state {
            self.state = state;
        }
        let done = match &line.refused {
            Some(refusal) => Done::Refused(refusal.clone()),
            None => Done::Events(line.events.iter().filter_map(Event::visible).collect()),
        };
        self.session.lines.push(line);
        if self.session.lines.len().is_multiple_of(MARK_EVERY) {
            self.marks.push(self.state.clone());
        }
        done
    }

    /// What the screen shows; the monitor is read about once a second of the block's clock.
    pub(super) fn show(&mut self, pedal: bool) -> Shown {
        let clock = self.state.clock_s;
        let stale = self.read_at_s.is_none_or(|at| (clock - at).abs() >= 1.0);
        if self.state.monitored && stale {
            self.read_at_s = Some(clock);
            // Looking at the monitor takes the operator time; the monitor itself shows all the while.
            let peek = step(self.theatre, &self.state, &Action::CheckVitals).ok();
            self.monitor =
                peek.and_then(|(_, events)| events.into_iter().find(|e| matches!(e, Event::Vitals { .. })));
        }
        let view = View::of(self.furniture, &self.state, &self.session, self.monitor.as_ref(), pedal);
        Shown(serde_json::to_value(view).unwrap_or_default())
    }

    /// The last picture of a line, drawn again from the actions before it.
    pub(super) fn redraw(&self, number: u64) -> Option<Frame> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        let line = self.session.lines.get(index)?;
        let setup = undrawn(self.theatre.setup);
        let blind = recast(self.theatre, &setup, None);
        let mark = index / MARK_EVERY;
        let mut state = self.marks.get(mark)?.clone();
        for line in &self.session.lines[mark * MARK_EVERY..index] {
            if let Ok((next, _)) = step(&blind, &state, &line.action) {
                state = next;
            }
        }
        let last: Mutex<Option<Frame>> = Mutex::new(None);
        let film = |picture: &Picture| *lock(&last) = Some(Frame::of(picture, 0, 0.0));
        step(&recast(self.theatre, self.theatre.setup, Some(&film)), &state, &line.action).ok()?;
        lock(&last).take()
    }
}

/// Facts of a block whose pictures are not drawn: pictures change no state.
pub(super) fn undrawn(setup: &Setup) -> Setup {
    Setup { pictures: Pictures { draw: false, ..setup.pictures.clone() }, ..setup.clone() }
}

/// The same room with other facts and another onlooker.
pub(super) fn recast<'x>(
    theatre: &Theatre<'x>,
    setup: &'x Setup,
    film: Option<&'x (dyn Fn(&Picture) + Sync)>,
) -> Theatre<'x> {
    Theatre { setup, world: theatre.world, flow: theatre.flow, imaging: theatre.imaging, film }
}
