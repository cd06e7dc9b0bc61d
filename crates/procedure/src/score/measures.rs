//! Measures of a session: facts with their units, without a judgement.

use super::perk::Sample;
use super::{first, perk};
use crate::action::Action;
use crate::event::Event;
use crate::flow::Compartment;
use crate::session::Session;
use crate::state::State;
use std::collections::BTreeMap;

/// The tip's way while a needle was in, from a session: each movement at the time it was over.
#[must_use]
pub fn trace(session: &Session) -> Vec<Sample> {
    let mut samples = Vec::new();
    for (index, line) in session.lines.iter().enumerate() {
        let over_s = match (session.lines.get(index + 1), &session.end) {
            (Some(next), _) => next.t_s,
            (None, Some(end)) => end.clock_s,
            (None, None) => line.t_s,
        };
        samples.extend(line.events.iter().filter_map(|event| match event {
            Event::TipAt { tip_mm, .. } => Some(Sample { t_s: over_s, tip_mm: *tip_mm }),
            Event::NeedleInserted { entry_mm, .. } => Some(Sample { t_s: over_s, tip_mm: *entry_mm }),
            _ => None,
        }));
    }
    samples
}

/// Where the C-arm stands before it is turned: behind the person.
const BEHIND_DEG: (f64, f64) = (180.0, 0.0);
/// Depth up to which a needle can still be pointed elsewhere, so that a look down it guides, mm.
const STILL_TURNS_MM: f64 = 40.0;

/// The picture that was meant as the view down the needle: when, and by how much the needle missed being a point. Of the
/// pictures in which the first needle is still at the skin (or, where there is none, of all) the one from nearest to the
/// plan's angles; without a plan the one in which the needle is most like a point.
#[must_use]
pub(super) fn tunnel_view(session: &Session) -> Option<(f64, f64)> {
    let aim = session.header.aim.as_ref();
    let wanted = aim.map(|aim| beam(aim.primary_deg, aim.secondary_deg));
    let (mut at, mut deepest, mut inserted) = (beam(BEHIND_DEG.0, BEHIND_DEG.1), 0.0f64, 0u32);
    // Not at the skin, how far from the plan's angles, when, by how much off a point.
    let mut best: Option<(bool, f64, f64, f64)> = None;
    for (t, event) in session.events() {
        match event {
            Event::CArmMoved { primary_deg, secondary_deg, .. } => at = beam(*primary_deg, *secondary_deg),
            Event::NeedleInserted { .. } => inserted += 1,
            Event::NeedleMoved { depth_mm, .. } => deepest = deepest.max(*depth_mm),
            Event::NeedleSeen { off_axis_deg, .. } => {
                let late = inserted > 1 || deepest > STILL_TURNS_MM;
                let off = wanted.map_or(*off_axis_deg, |wanted| {
                    let along: f64 = (0..3).map(|i| wanted[i] * at[i]).sum();
                    along.abs().min(1.0).acos().to_degrees()
                });
                // Half a degree of the C-arm is the same view: the first look from there is the one that counts.
                let nearer = |(was_late, was_off, ..): (bool, f64, f64, f64)| {
                    (was_late && !late) || (was_late == late && off < was_off - 0.5)
                };
                if best.is_none_or(nearer) {
                    best = Some((late, off, t, *off_axis_deg));
                }
            }
            _ => {}
        }
    }
    best.map(|(_, _, t, error)| (t, error))
}

/// Which way the beam looks, from DICOM's positioner angles.
fn beam(primary_deg: f64, secondary_deg: f64) -> [f64; 3] {
    let (p, s) = (primary_deg.to_radians(), secondary_deg.to_radians());
    [p.sin() * s.cos(), -p.cos() * s.cos(), s.sin()]
}

/// Facts of a session by name.
#[must_use]
pub fn measures(session: &Session, end: &State) -> BTreeMap<String, Option<f64>> {
    let trace = trace(session);
    let mut all: BTreeMap<String, Option<f64>> = BTreeMap::new();
    let mut put = |name: &str, value: Option<f64>| {
        all.insert(name.to_owned(), value.filter(|v| v.is_finite()));
    };
    let count = |is: &dyn Fn(&Action) -> bool| {
        session.lines.iter().filter(|line| line.refused.is_none() && is(&line.action)).count() as f64
    };
    put("block_min", Some(end.clock_s / 60.0));
    let held = end.time_out.as_ref().map(|time_out| time_out.at_s);
    put("time_out_to_discharge_min", held.zip(end.discharged_s).map(|(from, to)| (to - from) / 60.0));
    let inserted = first(session, |e| matches!(e, Event::NeedleInserted { .. }));
    let removed =
        session.events().filter(|(_, e)| matches!(e, Event::NeedleRemoved { .. })).map(|(t, _)| t).last();
    put("needle_time_s", inserted.zip(removed).map(|(from, to)| to - from));
    put("elapsed_time_s", Some(perk::elapsed_s(&trace)));
    put("path_length_mm", Some(perk::path_length_mm(&trace)));
    put("path_inefficiency_percent", perk::path_inefficiency_percent(&trace));
    put("motion_smoothness", Some(perk::smoothness(&trace)));
    put("bounding_box_mm3", Some(perk::bounding_box_mm3(&trace)));
    put(
        "translational_actions",
        Some(count(&|a| matches!(a, Action::Advance { .. } | Action::Withdraw { .. }))),
    );
    put("rotational_actions", Some(count(&|a| matches!(a, Action::Rotate { .. } | Action::Redirect { .. }))));
    put("needle_passes", Some(f64::from(end.passes)));
    put("redirections", Some(f64::from(end.redirections)));
    // Three things that are easily taken for one another: pictures by the button, pressings of the pedal, and the pulses of
    // those.
    put("c_arm_shots", Some(end.radiation.shots as f64));
    put("fluoroscopy_runs", Some(end.radiation.runs as f64));
    put("fluoroscopy_pulses", Some(end.radiation.pulses as f64));
    put("frames", Some(end.radiation.frames as f64));
    put("fluoroscopy_s", Some(end.radiation.fluoroscopy_s));
    put("dap_gy_cm2", Some(end.radiation.dap_gy_cm2));
    put("effective_dose_msv", Some(end.radiation.effective_dose_msv));
    put("share_of_maximum", Some(end.share_of_maximum(&session.header.setup.person)));
    put("tunnel_view_error_deg", tunnel_view(session).map(|(_, error)| error));
    let injected_at = end
        .deposits
        .iter()
        .rev()
        .find(|deposit| deposit.fluids.iter().any(|f| f.iodine_mg_ml == 0.0))
        .map(|deposit| deposit.tip_mm)
        .or(trace.iter().max_by(|a, b| a.t_s.total_cmp(&b.t_s)).map(|sample| sample.tip_mm));
    let miss = session
        .header
        .aim
        .as_ref()
        .zip(injected_at)
        .map(|(aim, tip)| (0..3).map(|i| (aim.target_mm[i] - tip[i]).powi(2)).sum::<f64>().sqrt());
    put("tip_to_target_mm", miss);
    put("targets_hit_percent", miss.map(|miss| if miss <= 5.0 { 100.0 } else { 0.0 }));
    let punctures = session.events().filter(|(_, e)| matches!(e, Event::Entered { .. })).count();
    put("tissue_punctures", Some(punctures as f64));
    let side = session.header.setup.side;
    put("blocked_share", Some(end.blocked(side)));
    put("held_min", Some(end.held_min(side)));
    put("supply_cut", Some(f64::from(u8::from(end.supply_cut(side)))));
    put("block_achieved", Some(f64::from(u8::from(end.block_achieved(side)))));
    let most = |compartment: Compartment| {
        end.deposits.iter().map(|deposit| deposit.spread.share(compartment)).fold(0.0, f64::max)
    };
    put("psoas_share", Some(most(Compartment::Psoas)));
    put("vessel_share", Some(most(Compartment::Vessel)));
    put("refusals", Some(session.lines.iter().filter(|line| line.refused.is_some()).count() as f64));
    all
}
