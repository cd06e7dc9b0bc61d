//! Where drug and contrast lie while they are given and through the hours after: the same model, the same draw, looked at
//! more often.
//!
//! Every deposit is poured again from its first ml, in the parts that it was poured in, so that what is looked at is what
//! the block came to; looks between are taken at copies. Deposits do not know of each other.

use super::computed::{Computed, pause, pour};
use super::{Fluid, Injection};
use crate::state::{Deposit, State};
use rami_anatomy::{BySide, Side, VertebralLevel};
use rami_bedside::inject::live::{Forecast, Given, Live};
use rami_spread::Drive;
use rami_volume::Volume;

/// Looks after the drug, minutes from its first ml; without a drug, from the first ml of all.
pub const HOURS_MIN: [f64; 8] = [5.0, 15.0, 30.0, 60.0, 120.0, 240.0, 480.0, 720.0];
/// Shares of a syringe after which is looked while it is emptied.
const PARTS: [f64; 2] = [0.5, 1.0];

/// A moment of an injection or of the hours after it.
#[derive(Debug, Clone)]
pub struct Moment {
    /// On the clock of the block.
    pub at_s: f64,
    /// The syringe that is being emptied, and how much of it is in; nothing in the hours after.
    pub during: Option<(String, f64)>,
    /// One for each place where fluid was left.
    pub fields: Vec<Field>,
    /// Share of the outflow that fails at L2, L3 and L4 of both trunks by the model of nerves: B or C fibres, whichever fail
    /// more, for the path to the skin is one after the other.
    pub blocked: BySide<[f64; 3]>,
}

/// What lies about one place.
#[derive(Debug, Clone)]
pub struct Field {
    /// mg of local anaesthetic per ml of tissue.
    pub drug_mg_ml: Volume<f32>,
    /// mg of iodine per ml of tissue.
    pub iodine_mg_ml: Volume<f32>,
}

impl Field {
    fn of(live: &Live<'_>) -> Self {
        Self { drug_mg_ml: live.drug_mg_ml(), iodine_mg_ml: live.iodine_mg_ml() }
    }
}

/// When is looked, and at which syringe.
struct Look {
    at_s: f64,
    /// Deposit, fluid, and share of it.
    during: Option<(usize, usize, f64)>,
}

/// One deposit through all looks: its fields, and what its nerves do.
struct Told {
    fields: Vec<Option<Field>>,
    forecast: Option<Forecast>,
    began_s: f64,
}

impl Computed<'_> {
    /// Where everything lies while it is given, and at [`HOURS_MIN`]; empty where nothing was.
    ///
    /// # Errors
    /// In words, when the model cannot answer.
    pub fn hours(&self, state: &State, seed: u64) -> Result<Vec<Moment>, String> {
        let looks = looks(&state.deposits);
        let told: Vec<Told> = state
            .deposits
            .iter()
            .enumerate()
            .map(|(number, deposit)| self.through(number, deposit, seed, &looks))
            .collect::<Result<_, _>>()?;
        Ok(looks
            .iter()
            .enumerate()
            .map(|(index, look)| Moment {
                at_s: look.at_s,
                during: look.during.map(|(deposit, fluid, share)| {
                    let fluid = &state.deposits[deposit].fluids[fluid];
                    (fluid.agent.clone(), fluid.volume_ml * share)
                }),
                fields: told.iter().filter_map(|one| one.fields[index].clone()).collect(),
                blocked: BySide::from_fn(|side| {
                    told.iter().map(|one| one.blocked(side, look.at_s)).fold([0.0; 3], |most, here| {
                        [0, 1, 2].map(|level| f64::max(most[level], here[level]))
                    })
                }),
            })
            .collect())
    }

    fn through(&self, number: usize, deposit: &Deposit, seed: u64, looks: &[Look]) -> Result<Told, String> {
        let words = |error: rami_bedside::BedsideError| error.to_string();
        let began_s = deposit.fluids.first().map_or(0.0, |fluid| fluid.at_s);
        let mut told = Told { fields: vec![None; looks.len()], forecast: None, began_s };
        let question =
            Injection { tip_mm: deposit.tip_mm, direction: deposit.direction, fluids: &deposit.fluids, seed };
        // What went into a ureter lies nowhere.
        if self.duct(&question).is_some() {
            return Ok(told);
        }
        let mut live = self.begin(&question)?;
        for (index, fluid) in deposit.fluids.iter().enumerate() {
            // Looks between this syringe and the one before, at copies: another rhythm would give other bits.
            for (slot, look) in told.fields.iter_mut().zip(looks) {
                if index > 0 && slot.is_none() && look.at_s < fluid.at_s && look.at_s >= began_s {
                    let mut copy = live.clone();
                    copy.wait((look.at_s - began_s - live.time_s()).max(0.0)).map_err(words)?;
                    *slot = Some(Field::of(&copy));
                }
            }
            pause(&mut live, &deposit.fluids[..index], fluid)?;
            for (slot, look) in told.fields.iter_mut().zip(looks) {
                if let Some((_, _, share)) =
                    look.during.filter(|(d, f, share)| (*d, *f) == (number, index) && *share < 1.0)
                {
                    let mut copy = live.clone();
                    copy.give(&part(fluid, share)).map_err(words)?;
                    *slot = Some(Field::of(&copy));
                }
            }
            pour(&mut live, fluid)?;
            for (slot, look) in told.fields.iter_mut().zip(looks) {
                if look.during.is_some_and(|during| during == (number, index, 1.0)) {
                    *slot = Some(Field::of(&live));
                }
            }
        }
        // What is left lies in the hours after.
        let after: Vec<(usize, f64)> = looks
            .iter()
            .enumerate()
            .filter(|(index, look)| told.fields[*index].is_none() && look.at_s >= began_s)
            .map(|(index, look)| (index, (look.at_s - began_s) / 60.0))
            .collect();
        let now_min = live.time_s() / 60.0;
        after
            .iter()
            .filter(|(_, minute)| *minute <= now_min)
            .for_each(|(index, _)| told.fields[*index] = Some(Field::of(&live)));
        let minutes: Vec<f64> = after.iter().map(|(_, minute)| *minute).collect();
        let forecast = live.forecast_with(&minutes, &mut |minute, then| {
            let field = Field::of(then);
            after
                .iter()
                .filter(|(_, at)| *at == minute)
                .for_each(|(index, _)| told.fields[*index] = Some(field.clone()));
        });
        told.forecast = Some(forecast.map_err(words)?);
        Ok(told)
    }
}

impl Told {
    fn blocked(&self, side: Side, at_s: f64) -> [f64; 3] {
        let minute = (at_s - self.began_s) / 60.0;
        let mut out = [0.0; 3];
        let chain = self.forecast.iter().flat_map(|forecast| &forecast.courses().chain);
        for (of, level, course) in chain {
            let place = VertebralLevel::PLANNED.iter().position(|planned| planned == level);
            if let (Some(place), true) = (place, *of == side) {
                out[place] = outflow(&course.series, minute);
            }
        }
        out
    }
}

/// Share of the outflow that fails at a time, on straight lines between looks.
fn outflow(series: &[(f64, [f64; 3])], minute: f64) -> f64 {
    let value = |at: &(f64, [f64; 3])| at.1[1].max(at.1[2]);
    let after = series.partition_point(|at| at.0 <= minute);
    match (after.checked_sub(1).and_then(|before| series.get(before)), series.get(after)) {
        (Some(a), Some(b)) => {
            let share = (minute - a.0) / (b.0 - a.0).max(1e-9);
            value(a) + share * (value(b) - value(a))
        }
        (Some(last), None) => value(last),
        (None, _) => 0.0,
    }
}

fn part(fluid: &Fluid, share: f64) -> Given<'_> {
    Given {
        agent: &fluid.agent,
        mg_ml: if fluid.iodine_mg_ml > 0.0 { fluid.iodine_mg_ml } else { fluid.drug_mg_ml },
        volume_ml: fluid.volume_ml * share,
        drive: Drive::Rate(fluid.rate_ml_s),
        adrenaline: fluid.adrenaline,
    }
}

/// While syringes are emptied, and at [`HOURS_MIN`], by the clock.
fn looks(deposits: &[Deposit]) -> Vec<Look> {
    let fluids = || deposits.iter().flat_map(|deposit| &deposit.fluids);
    let earliest = |drug: bool| {
        fluids().filter(|fluid| !drug || fluid.drug_mg_ml > 0.0).map(|fluid| fluid.at_s).reduce(f64::min)
    };
    let Some(first) = earliest(true).or_else(|| earliest(false)) else { return Vec::new() };
    let mut looks: Vec<Look> =
        HOURS_MIN.iter().map(|minutes| Look { at_s: first + 60.0 * minutes, during: None }).collect();
    for (d, deposit) in deposits.iter().enumerate() {
        for (f, fluid) in deposit.fluids.iter().enumerate() {
            looks.extend(PARTS.map(|share| Look {
                at_s: fluid.at_s + share * fluid.volume_ml / fluid.rate_ml_s.max(1e-3),
                during: Some((d, f, share)),
            }));
        }
    }
    looks.sort_by(|a, b| a.at_s.total_cmp(&b.at_s));
    looks
}
