//! Points for what went wrong and how it was handled.

use super::{Handling, Sheet};
use crate::complication::{Active, Complication};
use crate::state::State;

pub(super) fn complications(end: &State, sheet: &mut Sheet, failures: &mut Vec<String>) -> Vec<Handling> {
    end.active
        .iter()
        .map(|active: &Active| {
            let (left_out, needed) = active.left_out();
            let handled = active.handled_s.is_some() && !active.missed;
            if active.shown > 0 {
                let done = needed - left_out.len();
                let share = if handled { 1.0 } else { 0.5 * done as f64 / needed.max(1) as f64 };
                let named = active.recognised_s.is_some();
                sheet.add(
                    &format!("handled_{}", word(active.complication)),
                    share,
                    8.0,
                    active.handled_s.or(active.first_sign_s()),
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
                handled_s: active.handled_s,
                missed: active.missed,
                left_out: left_out.into_iter().map(str::to_owned).collect(),
            }
        })
        .collect()
}

fn word(complication: Complication) -> String {
    serde_json::to_value(complication).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}
