//! What a screen may see of a block.
//!
//! While it runs: what an operator at the table sees, reads and hears. Where the tip is and what it is in are the truth;
//! they are shown when the block is over, or when the trainee asks to see the anatomy, which is counted.

use rami_procedure::session::{Aim, Session};
use rami_procedure::{Action, Event, Setup, State};
use serde::Serialize;
use serde_json::{Value, json};

/// The remark that asks for the anatomy.
pub(crate) const ANATOMY_NOTE: &str = "the anatomy was shown";

/// A block as the screen of the theatre shows it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Shown(pub(crate) Value);

impl Shown {
    /// Builds it from a state and its record; `vitals` is what the monitor reads.
    pub(crate) fn of(
        setup: &Setup,
        state: &State,
        session: &Session,
        vitals: Option<&Event>,
        pedal: bool,
    ) -> Self {
        let anatomy_shown = session.lines.iter().filter(|line| asks_for_anatomy(&line.action)).count();
        let last = |pick: &dyn Fn(&Event) -> bool| {
            session
                .lines
                .iter()
                .rev()
                .take(400)
                .flat_map(|line| line.events.iter().rev())
                .find(|e| pick(e))
                .and_then(Event::visible)
        };
        let moved = last(&|e| matches!(e, Event::NeedleMoved { .. }));
        let force_n = match &moved {
            Some(Event::NeedleMoved { force_n, .. }) => *force_n,
            _ => 0.0,
        };
        let temperatures: Vec<Value> = session
            .lines
            .iter()
            .flat_map(|line| line.events.iter().map(move |event| (line.t_s, event)))
            .filter_map(|(t_s, event)| match event {
                Event::Temperatures { toe_c, sole_c, since_injection_min } => {
                    Some(json!({ "t_s": t_s, "toe_c": toe_c, "sole_c": sole_c, "since_injection_min": since_injection_min }))
                }
                _ => None,
            })
            .collect();
        let needle = state.needle.as_ref().map(|held| {
            json!({
                "name": held.needle,
                "entry_mm": held.start_mm,
                "direction": held.direction,
                "bevel_deg": held.bevel_deg,
                "depth_mm": held.depth_mm,
                "on_bone": held.on_bone,
                "force_n": force_n,
                "tip_mm": (anatomy_shown > 0).then_some(held.tip_mm),
            })
        });
        Self(json!({
            "n": session.lines.len(),
            "clock_s": state.clock_s,
            "phase": state.phase,
            "side": setup.side,
            "level": setup.level,
            "checked": state.checked,
            "consent": state.consent,
            "sedation": state.sedation,
            "prone": state.prone,
            "monitored": state.monitored,
            "acclimatised_min": state.acclimatised_min,
            "skin_clean": state.skin_clean,
            "draped": state.draped,
            "time_out": state.time_out.is_some(),
            "numb": state.numb_at_mm.is_some(),
            "syringes": state.syringes,
            "c_arm": state.c_arm,
            "radiation": state.radiation,
            "needle": needle,
            "passes": state.passes,
            "redirections": state.redirections,
            "aspirated": state.aspirated,
            "given": state.doses.iter().map(|dose| json!({
                "agent": dose.agent, "volume_ml": dose.volume_ml, "mass_mg": dose.mass_mg, "at_s": dose.at_s,
            })).collect::<Vec<_>>(),
            "share_of_maximum": state.share_of_maximum(setup.person.weight_kg),
            "temperatures": temperatures,
            "vitals": vitals,
            "lipid_ml": state.lipid_ml,
            "judged": state.judged,
            "discharged": state.discharged_s.is_some(),
            "anatomy_shown": anatomy_shown,
            "pedal": pedal,
        }))
    }
}

/// Whether an action is the remark that asks for the anatomy.
pub(crate) fn asks_for_anatomy(action: &Action) -> bool {
    matches!(action, Action::Note { text } if text == ANATOMY_NOTE)
}

/// A block as the debriefing shows it: everything, truth too.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Debrief(pub(crate) Value);

impl Debrief {
    /// Builds it from the record.
    pub(crate) fn of(session: &Session, aim: Option<&Aim>, state: &State) -> Self {
        let lines: Vec<Value> = session
            .lines
            .iter()
            // Pulses of the pedal are many and say little each; their pictures are asked for by number.
            .map(|line| json!({ "n": line.n, "t_s": line.t_s, "action": line.action, "events": line.events, "refused": line.refused }))
            .collect();
        Self(json!({
            "schema": "rami.debrief/1",
            "header": session.header,
            "aim": aim,
            "lines": lines,
            "deposits": state.deposits,
            "radiation": state.radiation,
            "block_achieved": state.block_achieved(session.header.setup.side),
        }))
    }
}
