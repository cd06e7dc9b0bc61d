//! Points for what went wrong and how it was handled.

use super::{Handling, Sheet};
use crate::action::Action;
use crate::complication::{Active, Complication, Remedy, entry};
use crate::session::Session;
use crate::state::State;

/// What a person with drug in the wrong place needs, that no movement of the needle is; nothing where the engine's own
/// account of the response holds. Drug in psoas makes the knee give way for hours.
fn aftercare(complication: Complication) -> &'static [Remedy] {
    match complication {
        Complication::PsoasInjection => &[Remedy::KeepLying],
        Complication::EpiduralSpread => &[Remedy::WatchNeurology, Remedy::KeepLying],
        _ => &[],
    }
}

/// When somebody did something after a moment, as an act of its own.
fn done_at(session: &Session, wanted: &Remedy, after_s: f64) -> Option<f64> {
    session
        .lines
        .iter()
        .filter(|line| line.refused.is_none() && line.t_s >= after_s)
        .find(|line| matches!(&line.action, Action::Treat { with } if with == wanted))
        .map(|line| line.t_s)
}

pub(super) fn complications(
    session: &Session,
    end: &State,
    sheet: &mut Sheet,
    failures: &mut Vec<String>,
) -> Vec<Handling> {
    end.active
        .iter()
        .map(|active: &Active| {
            let entry = entry(active.complication);
            let after = aftercare(active.complication);
            let response: Vec<String> = if after.is_empty() {
                entry.map_or_else(Vec::new, |entry| entry.response.clone())
            } else {
                after.iter().map(Remedy::name).collect()
            };
            let times: Vec<Option<f64>> =
                after.iter().map(|with| done_at(session, with, active.began_s)).collect();
            let left_out: Vec<String> = if after.is_empty() {
                response.iter().filter(|name| !active.done.contains_key(*name)).cloned().collect()
            } else {
                let each = response.iter().zip(&times);
                each.filter(|(_, at)| at.is_none()).map(|(name, _)| name.clone()).collect()
            };
            // Taking the needle out does nothing about drug that is where it is.
            let handled_s = if after.is_empty() {
                active.handled_s
            } else {
                times.iter().copied().try_fold(active.began_s, |last, at| at.map(|at| last.max(at)))
            };
            let in_time = if after.is_empty() {
                !active.missed
            } else {
                let most_s = entry.map_or(f64::INFINITY, |entry| entry.in_time_s);
                let from_s = active.first_sign_s().unwrap_or(active.began_s);
                handled_s.is_some_and(|at| at <= from_s + most_s)
            };
            let missed = !in_time && (after.is_empty() || active.shown > 0);
            let handled = handled_s.is_some() && in_time;
            if active.shown > 0 {
                let needed = response.len().max(1);
                let done = needed - left_out.len().min(needed);
                let share = if handled { 1.0 } else { 0.5 * done as f64 / needed as f64 };
                let named = active.recognised_s.is_some();
                sheet.add(
                    &format!("handled_{}", word(active.complication)),
                    share,
                    8.0,
                    handled_s.or(active.first_sign_s()),
                    if handled {
                        format!(
                            "{} was dealt with{}",
                            active.complication.name(),
                            if named { "" } else { " without being named" }
                        )
                    } else if left_out.is_empty() {
                        format!("{}: dealt with too late", active.complication.name())
                    } else {
                        let words = left_out.join(", ").replace('_', " ");
                        format!("{}: left out {words}", active.complication.name())
                    },
                );
            }
            let grave = matches!(
                active.complication,
                Complication::Toxicity | Complication::IntrathecalSpread | Complication::ContrastReaction
            );
            if active.complication == Complication::WrongSide {
                failures.push("a needle on the wrong side".to_owned());
            } else if grave && active.shown > 0 && !handled {
                failures.push(format!("{} was not dealt with in time", active.complication.name()));
            }
            Handling {
                complication: active.complication,
                began_s: active.began_s,
                first_sign_s: active.first_sign_s(),
                recognised_s: active.recognised_s,
                handled_s,
                missed,
                left_out,
            }
        })
        .collect()
}

fn word(complication: Complication) -> String {
    serde_json::to_value(complication).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}
