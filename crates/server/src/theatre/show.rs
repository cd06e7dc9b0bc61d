//! What a screen may see of a block.
//!
//! While it runs: what an operator at the table sees, reads and hears. Where the tip is and what it is in are the truth;
//! they are shown when the block is over, or when the trainee asks to see the anatomy, which is counted.

use super::room::Furniture;
use rami_anatomy::{BySide, Side, VertebralLevel};
use rami_procedure::action::Sedation;
use rami_procedure::session::{Aim, Header, Line, Session};
use rami_procedure::setup::Phase;
use rami_procedure::state::{CArm, Deposit, InHand, Loaded as Syringe, Movement, Radiation};
use rami_procedure::{Action, Event, State};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// The remark that asks for the anatomy.
pub(crate) const ANATOMY_NOTE: &str = "the anatomy was shown";

/// A [`View`] as JSON.
#[derive(Debug, Clone)]
pub(crate) struct Shown(pub(crate) Value);

/// A block as the screen of the theatre shows it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct View {
    /// Name of the case in addresses.
    pub(crate) case: String,
    /// What the case is called.
    pub(crate) name: String,
    /// Body mass that drugs are counted by.
    pub(crate) weight_kg: f64,
    /// Where the needle is to go, from the plan.
    pub(crate) aim: Option<Aim>,
    /// Lines of the record.
    pub(crate) n: usize,
    /// Time on the block's clock.
    pub(crate) clock_s: f64,
    pub(crate) phase: Phase,
    pub(crate) side: Side,
    pub(crate) level: VertebralLevel,
    pub(crate) checked: BTreeMap<String, f64>,
    pub(crate) consent: Option<bool>,
    pub(crate) sedation: Option<Sedation>,
    pub(crate) prone: bool,
    pub(crate) monitored: bool,
    pub(crate) acclimatised_min: f64,
    pub(crate) skin_clean: bool,
    pub(crate) draped: bool,
    pub(crate) time_out: bool,
    /// What did not fit at the time-out and is not set right.
    pub(crate) mismatch: Option<String>,
    pub(crate) numb: bool,
    pub(crate) syringes: BTreeMap<String, Syringe>,
    pub(crate) c_arm: CArm,
    pub(crate) radiation: Radiation,
    pub(crate) needle: Option<Needle>,
    pub(crate) passes: u32,
    pub(crate) redirections: u32,
    pub(crate) aspirated: bool,
    pub(crate) given: Vec<Given>,
    /// 1 is the maximum of local anaesthetic.
    pub(crate) share_of_maximum: f64,
    pub(crate) temperatures: Vec<Temperatures>,
    /// What the monitor reads.
    pub(crate) vitals: Option<Vitals>,
    pub(crate) lipid_ml: f64,
    pub(crate) judged: Option<bool>,
    pub(crate) discharged: bool,
    /// How often the trainee asked to see the anatomy.
    pub(crate) anatomy_shown: usize,
    /// Whether somebody's foot is on the pedal.
    pub(crate) pedal: bool,
}

/// The needle that is in.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct Needle {
    pub(crate) name: String,
    pub(crate) entry_mm: [f64; 3],
    pub(crate) direction: [f64; 3],
    pub(crate) bevel_deg: f64,
    pub(crate) depth_mm: f64,
    pub(crate) on_bone: bool,
    pub(crate) force_n: f64,
    /// Only when the anatomy was asked for.
    pub(crate) tip_mm: Option<[f64; 3]>,
}

/// A dose.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct Given {
    pub(crate) agent: String,
    pub(crate) volume_ml: f64,
    pub(crate) mass_mg: f64,
    pub(crate) at_s: f64,
}

/// Both feet at one time.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct Temperatures {
    pub(crate) t_s: f64,
    pub(crate) toe_c: BySide<f64>,
    pub(crate) sole_c: BySide<f64>,
    pub(crate) since_injection_min: Option<f64>,
}

/// The monitor.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct Vitals {
    pub(crate) mean_pressure_mmhg: f64,
    pub(crate) heart_rate_per_min: f64,
    pub(crate) spo2_percent: f64,
    pub(crate) awake: bool,
}

impl View {
    /// Builds it from a state and its record; `monitor` is the last reading.
    pub(crate) fn of(
        furniture: &Furniture,
        state: &State,
        session: &Session,
        monitor: Option<&Event>,
        pedal: bool,
    ) -> Self {
        let setup = &furniture.setup;
        let anatomy_shown = session.lines.iter().filter(|line| asks_for_anatomy(&line.action)).count();
        let force_n = session.lines.iter().rev().take(400).find_map(|line| {
            line.events.iter().rev().find_map(|event| match event {
                Event::NeedleMoved { force_n, .. } => Some(*force_n),
                _ => None,
            })
        });
        let temperatures = session.events().filter_map(|(t_s, event)| match event {
            Event::Temperatures { toe_c, sole_c, since_injection_min } => Some(Temperatures {
                t_s,
                toe_c: *toe_c,
                sole_c: *sole_c,
                since_injection_min: *since_injection_min,
            }),
            _ => None,
        });
        let vitals = monitor.and_then(|event| match event {
            Event::Vitals { mean_pressure_mmhg, heart_rate_per_min, spo2_percent, awake } => Some(Vitals {
                mean_pressure_mmhg: *mean_pressure_mmhg,
                heart_rate_per_min: *heart_rate_per_min,
                spo2_percent: *spo2_percent,
                awake: *awake,
            }),
            _ => None,
        });
        let needle = state.needle.as_ref().map(|held| Needle {
            name: held.needle.clone(),
            entry_mm: held.start_mm,
            direction: held.direction,
            bevel_deg: bevel(held),
            depth_mm: held.depth_mm,
            on_bone: held.on_bone,
            force_n: force_n.unwrap_or(0.0),
            tip_mm: (anatomy_shown > 0).then_some(held.tip_mm),
        });
        let given = state.doses.iter().map(|dose| Given {
            agent: dose.agent.clone(),
            volume_ml: dose.volume_ml,
            mass_mg: dose.mass_mg,
            at_s: dose.at_s,
        });
        Self {
            case: furniture.case.clone(),
            name: furniture.loaded.name.clone(),
            weight_kg: setup.person.weight_kg,
            aim: furniture.aim.clone(),
            n: session.lines.len(),
            clock_s: state.clock_s,
            phase: state.phase,
            side: setup.side,
            level: setup.level,
            checked: state.checked.clone(),
            consent: state.consent,
            sedation: state.sedation,
            prone: state.prone,
            monitored: state.monitored,
            acclimatised_min: state.acclimatised_min,
            skin_clean: state.skin_clean,
            draped: state.draped,
            time_out: state.time_out.is_some(),
            mismatch: state.time_out.as_ref().and_then(|time_out| time_out.mismatch.clone()),
            numb: state.numb_at_mm.is_some(),
            syringes: state.syringes.clone(),
            c_arm: state.c_arm.clone(),
            radiation: state.radiation,
            needle,
            passes: state.passes,
            redirections: state.redirections,
            aspirated: state.aspirated,
            given: given.collect(),
            share_of_maximum: state.share_of_maximum(&setup.person),
            temperatures: temperatures.collect(),
            vitals,
            lipid_ml: state.lipid_ml,
            judged: state.judged,
            discharged: state.discharged_s.is_some(),
            anatomy_shown,
            pedal,
        }
    }
}

/// Where the bevel points now: as it went in, and every turn of the hub since; −180 to 180.
fn bevel(held: &InHand) -> f64 {
    let turned = held.moves.iter().map(|movement| match movement {
        Movement::Turn(deg) => *deg,
        Movement::Push(_) | Movement::Pull(_) => 0.0,
    });
    let now = held.bevel_deg + turned.sum::<f64>();
    180.0 - (180.0 - now).rem_euclid(360.0)
}

/// Whether an action is the remark that asks for the anatomy.
pub(crate) fn asks_for_anatomy(action: &Action) -> bool {
    matches!(action, Action::Note { text } if text == ANATOMY_NOTE)
}

/// A block as the debriefing shows it: everything, truth too.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct Debrief {
    /// `rami.debrief/1`.
    pub(crate) schema: String,
    pub(crate) header: Header,
    pub(crate) lines: Vec<Line>,
    pub(crate) deposits: Vec<Deposit>,
    pub(crate) radiation: Radiation,
    /// Whether the chain of the side is blocked.
    pub(crate) block_achieved: bool,
    /// Whether the person has gone home.
    pub(crate) over: bool,
}

impl Debrief {
    /// Builds it from the record.
    pub(crate) fn of(session: &Session, state: &State) -> Self {
        Self {
            schema: "rami.debrief/1".to_owned(),
            header: session.header.clone(),
            lines: session.lines.clone(),
            deposits: state.deposits.clone(),
            radiation: state.radiation,
            block_achieved: state.block_achieved(session.header.setup.side),
            over: state.discharged_s.is_some(),
        }
    }
}
