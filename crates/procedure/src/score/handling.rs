//! Points for what went wrong and how it was handled.

use super::{Handling, Sheet};
use crate::complication::{Active, Complication};
use crate::state::State;
use std::fmt::Write;

pub(super) fn complications(end: &State, sheet: &mut Sheet, failures: &mut Vec<String>) -> Vec<Handling> {
    end.active
        .iter()
        .map(|active: &Active| {
            let (left_out, needed) = active.left_out();
            let handled = active.handled_s.is_some() && !active.missed;
            if active.shown > 0 {
                let done = needed - left_out.len();
                let mut share = if handled { 1.0 } else { 0.5 * done as f64 / needed.max(1) as f64 };
                let mut but = String::new();
                if let Some([first, then]) = active.out_of_order() {
                    share *= 0.75;
                    let _ = write!(but, "; {then} came before {first}");
                }
                if !active.harmed.is_empty() {
                    share *= 0.5;
                    let _ = write!(but, "; what harms was given: {}", active.harmed.join(", "));
                }
                let but = but.replace('_', " ");
                let named = active.recognised_s.is_some();
                sheet.add(
                    &format!("handled_{}", word(active.complication)),
                    share,
                    8.0,
                    active.handled_s.or(active.first_sign_s()),
                    if handled {
                        format!(
                            "{} was dealt with{}{but}",
                            active.complication.name(),
                            if named { "" } else { " without being named" }
                        )
                    } else if left_out.is_empty() {
                        format!("{}: dealt with too late{but}", active.complication.name())
                    } else {
                        let words = left_out.join(", ").replace('_', " ");
                        format!("{}: left out {words}{but}", active.complication.name())
                    },
                );
            }
            let grave = matches!(
                active.complication,
                Complication::Toxicity
                    | Complication::IntrathecalSpread
                    | Complication::ContrastReaction
                    | Complication::RootContact
            );
            if active.complication == Complication::WrongSide {
                failures.push("a needle on the wrong side".to_owned());
            } else if grave && !active.harmed.is_empty() {
                let what = active.harmed.join(", ").replace('_', " ");
                failures.push(format!("what harms in {} was given: {what}", active.complication.name()));
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
