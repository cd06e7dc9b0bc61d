//! What an operator does about a sign: name it, and go through the response with doses for this weight.

use crate::action::Action;
use crate::complication::{Complication, Remedy, catalogue, entry};
use crate::event::Event;
use rami_evidence::value;

/// Complications whose signs are in what was perceived.
pub(super) fn signs_in(events: &[Event]) -> Vec<Complication> {
    let texts: Vec<&str> = events
        .iter()
        .filter_map(|event| match event {
            Event::Said { words } => Some(words.as_str()),
            _ => None,
        })
        .collect();
    let mut found = Vec::new();
    for entry in catalogue() {
        let shown =
            entry.stages.iter().any(|stage| texts.iter().any(|text| text.contains(stage.sign.as_str())));
        if shown && !found.contains(&entry.id) {
            found.push(entry.id);
        }
    }
    found
}

/// Whether the block is over once this is recognised.
pub(super) fn ends_the_block(complication: Complication) -> bool {
    matches!(
        complication,
        Complication::Toxicity
            | Complication::IntravascularInjection
            | Complication::IntrathecalSpread
            | Complication::EpiduralSpread
            | Complication::ContrastReaction
            | Complication::WrongSide
    )
}

/// The whole response, in order, with doses.
#[must_use]
pub(super) fn response(complication: Complication, weight_kg: f64) -> Vec<Action> {
    let mut list = vec![Action::Recognise { complication }];
    let Some(entry) = entry(complication) else { return list };
    for name in &entry.response {
        if name == "reposition" {
            list.push(Action::Withdraw { mm: 5.0 });
            list.push(Action::Treat { with: Remedy::Reposition });
        } else if let Some(with) = remedy(name, weight_kg) {
            list.push(Action::Treat { with });
        }
    }
    if complication == Complication::PsoasInjection {
        // What comes next shall go elsewhere.
        list.push(Action::Withdraw { mm: 5.0 });
        list.push(Action::Treat { with: Remedy::Reposition });
    }
    if complication == Complication::Toxicity {
        list.push(Action::Treat { with: Remedy::Benzodiazepine { mg: 2.0 } });
    }
    list
}

/// A remedy by name, in the right dose.
#[must_use]
pub fn remedy(name: &str, weight_kg: f64) -> Option<Remedy> {
    let heavy = weight_kg > value("last.weight_boundary");
    Some(match name {
        "lipid_bolus" => Remedy::LipidBolus {
            ml: if heavy {
                value("last.asra.bolus_above_70_kg")
            } else {
                value("last.asra.bolus") * weight_kg
            },
        },
        "lipid_infusion" => {
            let ml_per_min = if heavy {
                value("last.asra.infusion_above_70_kg") / 17.5
            } else {
                value("last.asra.infusion") * weight_kg
            };
            Remedy::LipidInfusion { ml_per_min, minutes: 17.5 }
        }
        "adrenaline" => Remedy::Adrenaline { ug: 0.5 * weight_kg },
        "benzodiazepine" => Remedy::Benzodiazepine { mg: 2.0 },
        "fluids" => Remedy::Fluids { ml: 500.0 },
        "ephedrine" => Remedy::Ephedrine { mg: 6.0 },
        "atropine" => Remedy::Atropine { mg: 0.6 },
        other => serde_json::from_value(serde_json::json!({ "remedy": other })).ok()?,
    })
}
