//! One block: a thread that does one thing after the other.

use super::anatomy::{self, Overlay};
use super::desk::Desk;
use super::frame::Frame;
use super::hours::{Drawn, Hours};
use super::report::{Dossier, Scored, report};
use super::show::{Debrief, Shown};
use super::turns::Turns;
use crate::cases::Loaded;
use crate::state::lock;
use rami_anatomy::Side;
use rami_clinic::Chart;
use rami_plan::{Plan, PlanOptions, PlannedSide};
use rami_procedure::flow::{Computed, Flow};
use rami_procedure::session::Aim;
use rami_procedure::theatre::Picture;
use rami_procedure::{Action, Event, Refusal, Setup, Theatre};
use rami_xray::dose::PulseRate;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::{oneshot, watch};

/// Orders that wait for a room; a client that sends more is cut off.
const MOST_WAITING: usize = 256;

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
    Pedal(
        /// How often it pulses while it is down; nothing when it is released.
        Option<PulseRate>,
    ),
    /// Everything for the debriefing.
    Debrief(oneshot::Sender<Debrief>),
    /// The score, the reference run beside it, and what the body did.
    Score(oneshot::Sender<Scored>),
    /// The report as one page.
    Report(oneshot::Sender<Result<String, String>>),
    /// The report as tagged PDF.
    Pdf(oneshot::Sender<Result<Vec<u8>, String>>),
    /// The anatomy over the picture, or why it is not shown.
    Anatomy(oneshot::Sender<Result<Overlay, String>>),
    /// Drug and contrast through the hours.
    Hours(oneshot::Sender<Result<Hours, String>>),
    /// One of their surfaces.
    Surface {
        /// Which.
        number: u64,
        /// As it is sent; nothing when there is none of that number.
        reply: oneshot::Sender<Result<Option<Vec<u8>>, String>>,
    },
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
    orders: SyncSender<Order>,
    pub(crate) frames: watch::Receiver<Option<Frame>>,
    pub(crate) shown: watch::Receiver<Option<Shown>>,
}

/// What a room is made of.
pub(crate) struct Furniture {
    /// Name of the case in addresses.
    pub(crate) case: String,
    pub(crate) loaded: Arc<Loaded>,
    pub(crate) setup: Setup,
    pub(crate) aim: Option<Aim>,
    /// The person's chart, where one was entered.
    pub(crate) chart: Option<Chart>,
    /// Who operates, and what they practise.
    pub(crate) operator: String,
    pub(crate) path: PathBuf,
    pub(crate) seed: u64,
    /// An earlier record to go on from.
    pub(crate) resume: bool,
    /// Whose turn it is to draw.
    pub(crate) turns: Arc<Turns>,
}

impl Furniture {
    /// The plan that goes with the block.
    pub(super) fn plan(&self) -> Result<Arc<Plan>, String> {
        let side = if self.setup.side == Side::Left { PlannedSide::Left } else { PlannedSide::Right };
        let options = PlanOptions { side, ..PlanOptions::default() };
        self.loaded.plan(&options).map_err(|problem| problem.detail)
    }
}

impl Room {
    /// Opens a room; fails in words when the world cannot be made or the log is not what it should be.
    pub(crate) fn open(furniture: Furniture) -> Result<Self, String> {
        let (orders, inbox) = sync_channel(MOST_WAITING);
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
        Ok(Self { orders, frames, shown })
    }

    /// Asks something of it; false when its thread is gone or too much waits already.
    pub(crate) fn order(&self, order: Order) -> bool {
        self.orders.try_send(order).is_ok()
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
    let imaging = furniture.loaded.imaging();
    let flow = Computed::new(&world);
    let applied = AtomicU32::new(0);
    let began = Mutex::new(Instant::now());
    let film = |picture: &Picture| {
        let drawn = lock(&began).elapsed().as_secs_f32() * 1000.0;
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
    let mut scored: Option<(usize, Scored)> = None;
    let mut drawn: Option<(usize, Drawn)> = None;
    loop {
        let wait = pedal
            .as_ref()
            .map_or(Duration::from_secs(3600), |p| p.due.saturating_duration_since(Instant::now()));
        match inbox.recv_timeout(wait) {
            Ok(Order::Act { n, action, reply }) => {
                applied.store(n, Ordering::Relaxed);
                let turn = matches!(action, Action::Shot).then(|| furniture.turns.take());
                *lock(&began) = Instant::now();
                let done = desk.act(action);
                drop(turn);
                shown.send_replace(Some(desk.show(pedal.is_some())));
                let _ = reply.send(done);
            }
            Ok(Order::Pedal(None)) => {
                pedal = None;
                shown.send_replace(Some(desk.show(false)));
            }
            Ok(Order::Pedal(Some(rate))) => {
                pedal = Some(Pedal { rate, due: Instant::now() });
            }
            Ok(Order::Debrief(reply)) => {
                let _ = reply.send(Debrief::of(&desk.session, &desk.state));
            }
            Ok(Order::Score(reply)) => {
                let lines = desk.session.lines.len();
                // The reference run is a whole block: it is not done twice for the same record.
                let known = scored.take().filter(|(own, _)| *own == lines).map(|(_, scored)| scored);
                let now = known.unwrap_or_else(|| Scored::of(&theatre, &desk.session, &desk.state));
                scored = Some((lines, now.clone()));
                let _ = reply.send(now);
            }
            Ok(Order::Report(reply)) => {
                let page = Dossier::of(furniture, &desk, &flow)
                    .map(|dossier| report(&theatre, &dossier, rami_report::session::html));
                let _ = reply.send(page);
            }
            Ok(Order::Pdf(reply)) => {
                let pdf = Dossier::of(furniture, &desk, &flow).and_then(|dossier| {
                    report(&theatre, &dossier, rami_report::session::pdf).map_err(|error| error.to_string())
                });
                let _ = reply.send(pdf);
            }
            Ok(Order::Anatomy(reply)) => {
                let overlay = anatomy::overlay(&theatre, &furniture.loaded, &desk.session, &desk.state);
                let _ = reply.send(overlay);
            }
            Ok(Order::Hours(reply)) => {
                let hours = kept(&mut drawn, &desk, &flow).map(|drawn| drawn.document.clone());
                let _ = reply.send(hours);
            }
            Ok(Order::Surface { number, reply }) => {
                let drawn = kept(&mut drawn, &desk, &flow);
                let at = usize::try_from(number).unwrap_or(usize::MAX);
                let _ = reply.send(drawn.map(|drawn| drawn.surfaces.get(at).cloned()));
            }
            Ok(Order::Redraw { line, reply }) => {
                let _turn = furniture.turns.take();
                let _ = reply.send(desk.redraw(line));
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        let Some(held) = pedal.as_mut().filter(|p| Instant::now() >= p.due) else { continue };
        let pulse = {
            let _turn = furniture.turns.take();
            *lock(&began) = Instant::now();
            desk.act(held.action())
        };
        held.next();
        if !matches!(pulse, Done::Events(_)) {
            pedal = None;
        }
        shown.send_replace(Some(desk.show(pedal.is_some())));
    }
}

/// The hours of the record as it stands: seconds of work, not done twice for the same record.
fn kept<'d>(
    drawn: &'d mut Option<(usize, Drawn)>,
    desk: &Desk<'_, '_>,
    flow: &Computed<'_>,
) -> Result<&'d Drawn, String> {
    let lines = desk.session.lines.len();
    if drawn.as_ref().is_none_or(|(own, _)| *own != lines) {
        let moments = flow.hours(&desk.state, desk.session.header.setup.seed)?;
        *drawn = Some((lines, Drawn::of(&moments, &desk.state, flow.name())));
    }
    drawn.as_ref().map(|(_, drawn)| drawn).ok_or_else(|| "the hours were not drawn".to_owned())
}

/// A pedal that is held.
struct Pedal {
    rate: PulseRate,
    due: Instant,
}

impl Pedal {
    /// One pulse.
    fn action(&self) -> Action {
        // A hair less than a period, so that rounding never makes two pulses of one.
        let seconds = (1e6 * self.rate.period_s()).floor() / 1e6;
        Action::Live { seconds, pulses_per_s: self.rate.per_s() }
    }

    /// When the next one is due: what was missed is not made up for.
    fn next(&mut self) {
        let period = Duration::from_secs_f64(self.rate.period_s());
        self.due = (self.due + period).max(Instant::now());
    }
}
