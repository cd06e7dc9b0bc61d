//! One block: a thread that does one thing after the other.

use super::frame::Frame;
use super::log::Log;
use super::report::{Scored, report, undrawn};
use super::show::{Debrief, Shown};
use crate::cases::Loaded;
use rami_anatomy::Side;
use rami_plan::{Plan, PlanOptions, PlannedSide};
use rami_procedure::session::{Aim, Header, Line, Session};
use rami_procedure::theatre::Picture;
use rami_procedure::{Action, Event, Imaging, Refusal, Setup, State, Theatre, step};
use std::cell::Cell;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::{oneshot, watch};

/// What came of an action, as the screen sees it.
#[derive(Debug, Clone)]
pub(crate) enum Done {
    /// It was done; what an operator perceives of it.
    Events(Vec<Event>),
    /// The engine said why not.
    Refused(Refusal),
    /// The log could not be written: nothing was done.
    Failed(String),
}

/// What a room is asked.
pub(crate) enum Order {
    /// Do something; `n` is the client's own number, which the next pictures carry.
    Act {
        /// Number of the client.
        n: u32,
        /// What.
        action: Action,
        /// Whom to tell.
        reply: oneshot::Sender<Done>,
    },
    /// Press or release the pedal.
    Pedal {
        /// Whether it goes down.
        down: bool,
        /// Pulses a second.
        pulses_per_s: f64,
    },
    /// Everything for the debriefing.
    Debrief(oneshot::Sender<Debrief>),
    /// The score, the reference run beside it, and what the body did.
    Score(oneshot::Sender<Scored>),
    /// The report as one page.
    Report(oneshot::Sender<Result<String, String>>),
    /// Draw again the pictures of a line.
    Redraw {
        /// Which line.
        line: u64,
        /// The last picture of it.
        reply: oneshot::Sender<Option<Frame>>,
    },
}

/// A block that runs.
pub(crate) struct Room {
    orders: Mutex<Sender<Order>>,
    pub(crate) frames: watch::Receiver<Option<Frame>>,
    pub(crate) shown: watch::Receiver<Option<Shown>>,
}

/// What a room is made of.
pub(crate) struct Furniture {
    pub(crate) loaded: Arc<Loaded>,
    pub(crate) setup: Setup,
    pub(crate) aim: Option<Aim>,
    /// Who operates, and what they practise.
    pub(crate) operator: String,
    pub(crate) path: PathBuf,
    pub(crate) seed: u64,
    /// An earlier record to go on from.
    pub(crate) resume: bool,
}

impl Furniture {
    /// The plan that goes with the block.
    fn plan(&self) -> Result<Arc<Plan>, String> {
        let side = if self.setup.side == Side::Left { PlannedSide::Left } else { PlannedSide::Right };
        let options = PlanOptions { side, ..PlanOptions::default() };
        self.loaded.plan(&options).map_err(|problem| problem.detail)
    }
}

impl Room {
    /// Opens a room; fails in words when the world cannot be made or the log is not what it should be.
    pub(crate) fn open(furniture: Furniture) -> Result<Self, String> {
        let (orders, inbox) = channel();
        let (frame_out, frames) = watch::channel(None);
        let (shown_out, shown) = watch::channel(None);
        let (ready_out, ready) = channel();
        std::thread::Builder::new()
            .name("block".to_owned())
            .spawn(move || run(&furniture, &inbox, &frame_out, &shown_out, &ready_out))
            .map_err(|error| error.to_string())?;
        ready
            .recv()
            .unwrap_or_else(|_| Err("an error of Rami's own while the room was opened".to_owned()))?;
        Ok(Self { orders: Mutex::new(orders), frames, shown })
    }

    /// Asks something of it; false when its thread is gone.
    pub(crate) fn order(&self, order: Order) -> bool {
        crate::state::lock(&self.orders).send(order).is_ok()
    }
}

fn run(
    furniture: &Furniture,
    inbox: &Receiver<Order>,
    frames: &watch::Sender<Option<Frame>>,
    shown: &watch::Sender<Option<Shown>>,
    ready: &Sender<Result<(), String>>,
) {
    let world = match furniture.loaded.world(furniture.seed) {
        Ok(world) => world,
        Err(why) => {
            let _ = ready.send(Err(why));
            return;
        }
    };
    let imaging = Imaging::new(&furniture.loaded.ct);
    let flow = rami_procedure::flow::Computed::new(&world);
    let applied = AtomicU32::new(0);
    let began = Mutex::new(Instant::now());
    let film = |picture: &Picture| {
        let drawn = crate::state::lock(&began).elapsed().as_secs_f32() * 1000.0;
        frames.send_replace(Some(Frame::of(picture, applied.load(Ordering::Relaxed), drawn)));
    };
    let theatre = Theatre {
        setup: &furniture.setup,
        world: &*world,
        flow: &flow,
        imaging: Some(&imaging),
        film: Some(&film),
    };
    let mut desk = match Desk::new(&theatre, furniture, &world.record.statement()) {
        Ok(desk) => desk,
        Err(why) => {
            let _ = ready.send(Err(why));
            return;
        }
    };
    shown.send_replace(Some(desk.show(false)));
    let _ = ready.send(Ok(()));
    let mut pedal: Option<Pedal> = None;
    loop {
        let wait = pedal
            .as_ref()
            .map_or(Duration::from_secs(3600), |p| p.due.saturating_duration_since(Instant::now()));
        match inbox.recv_timeout(wait) {
            Ok(Order::Act { n, action, reply }) => {
                applied.store(n, Ordering::Relaxed);
                *crate::state::lock(&began) = Instant::now();
                let done = desk.act(action);
                shown.send_replace(Some(desk.show(pedal.is_some())));
                let _ = reply.send(done);
            }
            Ok(Order::Pedal { down: false, .. }) => {
                pedal = None;
                shown.send_replace(Some(desk.show(false)));
            }
            Ok(Order::Pedal { down: true, pulses_per_s }) => {
                pedal = Some(Pedal::new(pulses_per_s));
            }
            Ok(Order::Debrief(reply)) => {
                let _ = reply.send(Debrief::of(&desk.session, furniture.aim.as_ref(), &desk.state));
            }
            Ok(Order::Score(reply)) => {
                let _ = reply.send(Scored::of(&theatre, &desk.session, &desk.state));
            }
            Ok(Order::Report(reply)) => {
                let plan = furniture.plan();
                let page = plan.map(|plan| report(&theatre, &desk.session, &desk.state, &plan));
                let _ = reply.send(page);
            }
            Ok(Order::Redraw { line, reply }) => {
                let _ = reply.send(redraw(&theatre, &desk.session, line));
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        let Some(held) = pedal.as_mut().filter(|p| Instant::now() >= p.due) else { continue };
        *crate::state::lock(&began) = Instant::now();
        let pulse = desk.act(held.action());
        held.next();
        if !matches!(pulse, Done::Events(_)) {
            pedal = None;
        }
        shown.send_replace(Some(desk.show(pedal.is_some())));
    }
}

/// A pedal that is held.
struct Pedal {
    pulses_per_s: f64,
    due: Instant,
}

impl Pedal {
    fn new(pulses_per_s: f64) -> Self {
        Self { pulses_per_s: pulses_per_s.clamp(1.0, 20.0), due: Instant::now() }
    }

    /// One pulse.
    fn action(&self) -> Action {
        // A hair less than a period, so that rounding never makes two pulses of one.
        Action::Live { seconds: (1e6 / self.pulses_per_s).floor() / 1e6, pulses_per_s: self.pulses_per_s }
    }

    /// When the next one is due: what was missed is not made up for.
    fn next(&mut self) {
        let period = Duration::from_secs_f64(1.0 / self.pulses_per_s);
        self.due = (self.due + period).max(Instant::now());
    }
}

/// State, record and log together.
struct Desk<'t, 'a> {
    theatre: &'t Theatre<'a>,
    state: State,
    session: Session,
    log: Log,
    vitals: Cell<Option<(u64, f64)>>,
    monitor: Option<Event>,
}

impl<'t, 'a> Desk<'t, 'a> {
    fn new(theatre: &'t Theatre<'a>, furniture: &Furniture, world: &str) -> Result<Self, String> {
        let (log, session, state) = if furniture.resume {
            let (log, text) = Log::again(&furniture.path).map_err(|error| error.to_string())?;
            let session = Session::from_jsonl(&text).map_err(|error| error.to_string())?;
            let state = fold(theatre, &session)?;
            (log, session, state)
        } else {
            let mut header = Header::new(theatre, &furniture.operator, world);
            header.aim.clone_from(&furniture.aim);
            header.inputs = furniture.loaded.inputs().to_vec();
            let log = Log::begin(&furniture.path, &header).map_err(|error| error.to_string())?;
            (log, Session::new(header), State::new(theatre.setup))
        };
        Ok(Self { theatre, state, session, log, vitals: Cell::new(None), monitor: None })
    }

    /// Does one thing. It counts once it is on disk.
    fn act(&mut self, action: Action) -> Done {
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
        done
    }

    /// What the screen shows; the monitor is read about once a second of the block's clock.
    fn show(&mut self, pedal: bool) -> Shown {
        let (n, clock) = (self.session.lines.len() as u64, self.state.clock_s);
        let stale = self.vitals.get().is_none_or(|(_, at)| (clock - at).abs() >= 1.0);
        if self.state.monitored && stale {
            self.vitals.set(Some((n, clock)));
            // Looking at the monitor takes the operator time; the monitor itself shows all the while.
            let peek = step(self.theatre, &self.state, &Action::CheckVitals).ok();
            self.monitor =
                peek.and_then(|(_, events)| events.into_iter().find(|e| matches!(e, Event::Vitals { .. })));
        }
        Shown::of(self.theatre.setup, &self.state, &self.session, self.monitor.as_ref(), pedal)
    }
}

/// The state that a record leads to, compared line by line with what was recorded.
fn fold(theatre: &Theatre<'_>, session: &Session) -> Result<State, String> {
    // Pictures change no state: they are not drawn again.
    let setup = undrawn(theatre.setup);
    let blind = Theatre {
        setup: &setup,
        world: theatre.world,
        flow: theatre.flow,
        imaging: theatre.imaging,
        film: None,
    };
    let mut state = State::new(theatre.setup);
    for line in &session.lines {
        if let Ok((next, _)) = step(&blind, &state, &line.action) {
            state = next;
        }
        if state.sha256() != line.state_sha256 {
            return Err(format!(
                "line {} of the log does not lead where it led before; this session was recorded by another version of Rami",
                line.n
            ));
        }
    }
    Ok(state)
}

/// The last picture of a line, drawn again from the actions before it.
fn redraw(theatre: &Theatre<'_>, session: &Session, number: u64) -> Option<Frame> {
    let setup = undrawn(theatre.setup);
    let blind = Theatre {
        setup: &setup,
        world: theatre.world,
        flow: theatre.flow,
        imaging: theatre.imaging,
        film: None,
    };
    let mut state = State::new(theatre.setup);
    for line in session.lines.iter().take_while(|line| line.n < number) {
        if let Ok((next, _)) = step(&blind, &state, &line.action) {
            state = next;
        }
    }
    let line = session.lines.iter().find(|line| line.n == number)?;
    let last: Mutex<Option<Frame>> = Mutex::new(None);
    let film = |picture: &Picture| *crate::state::lock(&last) = Some(Frame::of(picture, 0, 0.0));
    let filmed = Theatre {
        setup: theatre.setup,
        world: theatre.world,
        flow: theatre.flow,
        imaging: theatre.imaging,
        film: Some(&film),
    };
    step(&filmed, &state, &line.action).ok()?;
    crate::state::lock(&last).take()
}
