//! Curves over time for a report: the skin of both legs, the drug in the blood, the block of the chain, and pain.

use crate::complication::toxicity::{BrainCurve, brain};
use crate::state::State;
use crate::step::record;
use crate::theatre::Theatre;
use rami_anatomy::{BySide, Side};
use rami_body::autonomic::Blocked;

pub use rami_body::pain::PainReport;

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

/// The chain at one moment after the first drug.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChainBlock {
    /// Minutes.
    pub t_min: f64,
    /// Share of the fibres that fail at L2, L3 and L4.
    pub blocked: BySide<[f64; 3]>,
}

/// How much of the chain fails at each level over so many hours, in steps of five minutes: what each deposit blocks in
/// the end, by the onset law of the body's model, and nothing once its duration is over. How a block fades is not
/// modelled: the end is sharp here and is not in a person. Empty when no drug was given.
#[must_use]
pub fn chain(end: &State, hours: f64) -> Vec<ChainBlock> {
    let Some(first) = end.first_drug_s() else { return Vec::new() };
    let steps = (hours.clamp(0.0, 48.0) * 12.0) as u32;
    let at = |t_min: f64| {
        let now_s = first + t_min * 60.0;
        let of = |side: Side| {
            let mut most = [0.0f64; 3];
            for deposit in &end.deposits {
                let since = deposit.fluids.iter().filter(|f| f.drug_mg_ml > 0.0).map(|f| f.at_s);
                let Some(began) = since.reduce(f64::min) else { continue };
                let age_min = (now_s - began) / 60.0;
                if !(0.0..=deposit.spread.duration_min).contains(&age_min) {
                    continue;
                }
                for (most, share) in most.iter_mut().zip(deposit.spread.blocked.get(side)) {
                    let now = Blocked::with_onset(share.clamp(0.0, 1.0)).map_or(0.0, |b| b.at(age_min));
                    *most = most.max(now);
                }
            }
            most
        };
        ChainBlock { t_min, blocked: BySide::from_fn(of) }
    };
    (0..=steps).map(|i| at(f64::from(i) * 5.0)).collect()
}

/// Pain after the block under each hypothesis, for so many days (1 to 28); nothing where nothing was injected.
#[must_use]
pub fn pain(theatre: &Theatre<'_>, end: &State, days: f64) -> Option<PainReport> {
    crate::step::pain(theatre, end, days)
}
