//! Curves over time for a report: the skin of both legs and the drug in the blood.

use crate::complication::toxicity::{BrainCurve, brain};
use crate::state::State;
use crate::step::record;
use crate::theatre::Theatre;

/// A moment of both feet, minutes after the first drug.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Feet {
    /// Minutes.
    pub t_min: f64,
    /// Toes, left and right, °C.
    pub toe_c: [f64; 2],
    /// Soles, left and right, °C.
    pub sole_c: [f64; 2],
}

/// What a body did.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Curves {
    /// Skin temperature over the first hour and a half; empty when no drug was given.
    pub feet: Vec<Feet>,
    /// Drug in brain and blood.
    pub plasma: BrainCurve,
}

/// The curves of a block that has ended.
#[must_use]
pub fn curves(theatre: &Theatre<'_>, end: &State) -> Curves {
    let feet =
        end.first_drug_s().and_then(|_| record(theatre, end, 90.0)).map_or_else(Vec::new, |response| {
            response
                .temperature
                .iter()
                .enumerate()
                .step_by(3)
                .map(|(i, t)| Feet {
                    t_min: i as f64 * response.step_s / 60.0,
                    toe_c: [t[0][0], t[1][0]],
                    sole_c: [t[0][1], t[1][1]],
                })
                .collect()
        });
    Curves { feet, plasma: brain(&end.doses, &theatre.setup.person) }
}
