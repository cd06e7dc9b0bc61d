//! The model of injection on a person ([`rami_bedside::inject`]), asked as a block goes on.
//!
//! One run with typical properties on cells of 4 mm: pressure with fascia that parts, solutes carried and absorbed, nerves
//! that take them up, and the share of their fibres that fails over 12 hours. Each question is answered from the first ml at
//! that tip, with the pauses between syringes as they were, so an answer depends on the question alone; what was asked
//! before is kept, which changes nothing but the time. Nothing diffuses from one tip's deposit into another's: two deposits
//! do not know of each other.

use super::{Compartment, Flow, Fluid, Injection, Look, Spread, opening_in_vessel};
use crate::state::State;
use crate::world::World;
use rami_anatomy::{BySide, Side, VertebralLevel};
use rami_bedside::inject::course::{self, Outcome};
use rami_bedside::inject::fibres::Fibres;
use rami_bedside::inject::ground::Ground;
use rami_bedside::inject::sequence::{Sequence, Step};
use rami_bedside::world::TubeKind;
use rami_formulary::{Content, Syringe, agent};
use rami_random::Stream;
use rami_spread::{Accuracy, Bore, Drive, Properties, Region, Tissue};
use rami_units::{MgPerMl, Ml};
use rami_volume::Point;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// Cells, mm.
const CELL_MM: f64 = 4.0;
/// Looks at contrast while a syringe of it is emptied.
const LOOKS: usize = 5;
/// Answers that are kept.
const KEPT: usize = 48;
/// A block counts as one when it holds for this long, min: at least nine fibres in ten of either kind.
const HOLDS_MIN: f64 = 30.0;
/// The most that a block which does not hold so long counts for.
const FLEETING: f64 = 0.89;

/// The computed model in a person's world.
pub struct Computed<'w> {
    world: &'w rami_bedside::World,
    answers: Mutex<BTreeMap<String, Arc<Answer>>>,
    /// The tissue about the last tip.
    place: Mutex<Option<(String, Arc<Place<'w>>)>>,
}

struct Answer {
    spread: Result<Spread, String>,
    film: Arc<Vec<Look>>,
}

struct Place<'w> {
    ground: Ground<'w>,
    region: Arc<Region>,
}

impl<'w> Computed<'w> {
    /// In this world: the same that the block happens in.
    #[must_use]
    pub fn new(world: &'w rami_bedside::World) -> Self {
        Self { world, answers: Mutex::default(), place: Mutex::new(None) }
    }

    /// Where the last injection of drug would have gone with other draws of what is uncertain about tissue; empty without
    /// one.
    #[must_use]
    pub fn draws(&self, state: &State, count: usize) -> Vec<Spread> {
        let drug = |fluid: &Fluid| fluid.drug_mg_ml > 0.0;
        let Some(deposit) = state.deposits.iter().rev().find(|deposit| deposit.fluids.iter().any(drug))
        else {
            return Vec::new();
        };
        let question = Injection {
            tip_mm: deposit.tip_mm,
            direction: deposit.direction,
            fluids: &deposit.fluids,
            seed: 0,
        };
        let stream = Stream::new(rami_random::DEFAULT_SEED).named("spread of a block");
        (0..count as u64)
            .filter_map(|n| self.run(&question, Properties::draw(stream.indexed(n)), 1).ok())
            .map(|(spread, _)| spread)
            .collect()
    }

    fn place(&self, tip: Point) -> Result<Arc<Place<'w>>, String> {
        let key = format!("{tip:?}");
        let mut kept = self.place.lock().map_err(|_| "the model of flow has stopped".to_owned())?;
        if let Some((at, place)) = &*kept
            && *at == key
        {
            return Ok(Arc::clone(place));
        }
        let size = Region::REFERENCE_MM;
        let ground = Ground::new(self.world, &tip, size).map_err(|error| error.to_string())?;
        let region = Arc::new(ground.region(tip, size, CELL_MM).map_err(|error| error.to_string())?);
        let place = Arc::new(Place { ground, region });
        *kept = Some((key, Arc::clone(&place)));
        Ok(place)
    }

    fn answer(&self, question: &Injection<'_>) -> Arc<Answer> {
        let key = format!("{:?} {:?}", question.tip_mm, question.fluids);
        if let Ok(kept) = self.answers.lock()
            && let Some(answer) = kept.get(&key)
        {
            return Arc::clone(answer);
        }
        let looks =
            if question.fluids.last().is_some_and(|fluid| fluid.iodine_mg_ml > 0.0) { LOOKS } else { 1 };
        let answer = Arc::new(match self.run(question, Properties::typical(), looks) {
            Ok((spread, film)) => Answer { spread: Ok(spread), film: Arc::new(film) },
            Err(why) => Answer { spread: Err(why), film: Arc::default() },
        });
        if let Ok(mut kept) = self.answers.lock() {
            if kept.len() >= KEPT {
                kept.clear();
            }
            kept.insert(key, Arc::clone(&answer));
        }
        answer
    }

    fn run(
        &self,
        question: &Injection<'_>,
        properties: Properties,
        looks: usize,
    ) -> Result<(Spread, Vec<Look>), String> {
        let mut spread = Spread::nothing();
        let Some(last_fluid) = question.fluids.last() else { return Ok((spread, Vec::new())) };
        let [x, y, z] = question.tip_mm;
        let tip = Point::new(x, y, z);
        let place = self.place(tip)?;
        let mut poured = place.ground.tip(tip, Bore::gauge_22());
        // A bevel is longer than it is wide: the share of its opening in a vessel counts along the shaft too.
        poured.intravascular =
            poured.intravascular.max(opening_in_vessel(self.world, question.tip_mm, question.direction));
        if poured.intravascular > 0.0 && poured.vessel.is_none() {
            poured.vessel = Some((Tissue::Vein, 1.0));
        }
        let sequence = sequence(question.fluids)?;
        let fibres = Fibres::new(&sequence.agents, &sequence.anaesthetics(), [1.0; 3]);
        let solute = sequence.agents.iter().position(|of| of.name == last_fluid.agent);
        let iodine = sequence.agents.iter().position(|of| {
            question.fluids.iter().any(|fluid| fluid.agent == of.name && fluid.iodine_mg_ml > 0.0)
        });
        let last_step = sequence.steps.len().saturating_sub(1);
        let at_tip = poured.tissue;
        let mut film = Vec::new();
        let mut shares = BTreeMap::new();
        let mut seen = 0usize;
        let watch = &mut |step: usize, injection: &rami_spread::Injection| {
            if step == last_step {
                seen += 1;
                if let Some(iodine) = iodine.filter(|_| last_fluid.iodine_mg_ml > 0.0) {
                    let share = seen as f64 / looks.max(1) as f64;
                    film.push(Look { share, iodine_mg_ml: injection.amount(iodine) });
                }
                shares = shares_of(injection, solute, at_tip);
            }
            Ok(())
        };
        let outcome = course::run(
            self.world,
            Arc::clone(&place.region),
            vec![poured],
            properties,
            &sequence,
            &fibres,
            Accuracy::quick(),
            looks,
            Some(watch),
        )
        .map_err(|error| error.to_string())?;
        let state = outcome.trace.last();
        if state.is_some_and(|state| state.occluded) {
            spread.shares.insert(Compartment::Refused, 1.0);
            spread.pressure_kpa = f64::from(u16::MAX);
            return Ok((spread, Vec::new()));
        }
        spread.shares = shares;
        spread.pressure_kpa = outcome.trace.iter().map(|state| state.tip_kpa).fold(0.0, f64::max);
        spread.longitudinal_extent_mm = outcome.extent_mm;
        nerves(&outcome, &mut spread);
        Ok((spread, film))
    }
}

/// The fluids as a sequence, with the pauses between them.
fn sequence(fluids: &[Fluid]) -> Result<Sequence, String> {
    let mut steps = Vec::new();
    let mut free_s: Option<f64> = None;
    for fluid in fluids {
        if let Some(free) = free_s {
            steps.push(Step::Pause((fluid.at_s - free).clamp(1.0, 7200.0)));
        }
        let text = |error: &dyn std::fmt::Display| error.to_string();
        let content = if fluid.iodine_mg_ml > 0.0 {
            Content::Iodine(MgPerMl::new(fluid.iodine_mg_ml).map_err(|e| text(&e))?)
        } else if fluid.drug_mg_ml > 0.0 {
            Content::Drug(MgPerMl::new(fluid.drug_mg_ml).map_err(|e| text(&e))?)
        } else {
            Content::Inert
        };
        let syringe = Syringe {
            agent: agent(&fluid.agent).map_err(|e| text(&e))?,
            content,
            volume: Ml::new(fluid.volume_ml).map_err(|e| text(&e))?,
            rate: None,
            adrenaline: None,
        };
        steps.push(Step::Give { syringe: Box::new(syringe), drive: Drive::Rate(fluid.rate_ml_s) });
        free_s = Some(fluid.at_s + fluid.volume_ml / fluid.rate_ml_s.max(1e-3));
    }
    Ok(Sequence::new(steps))
}

/// Where a solute is, as shares; without one the fluid is taken to be where the tip is.
fn shares_of(
    injection: &rami_spread::Injection,
    solute: Option<usize>,
    at_tip: Option<Tissue>,
) -> BTreeMap<Compartment, f64> {
    let mut sums: BTreeMap<Compartment, f64> = BTreeMap::new();
    if let Some(solute) = solute {
        let amount = injection.amount(solute);
        let ml = injection.region().grid().voxel_volume() / 1000.0;
        for (tissue, mg_ml) in injection.region().tissue().iter().zip(amount.data()) {
            if *mg_ml > 0.0
                && let Some(compartment) = compartment_of(*tissue)
            {
                *sums.entry(compartment).or_default() += f64::from(*mg_ml) * ml;
            }
        }
        *sums.entry(Compartment::Vessel).or_default() += injection.intravascular_mg(solute);
    }
    let total: f64 = sums.values().sum();
    if total > 0.0 {
        sums.values_mut().for_each(|share| *share /= total);
        return sums;
    }
    at_tip
        .and_then(compartment_of)
        .map(|compartment| BTreeMap::from([(compartment, 1.0)]))
        .unwrap_or_default()
}

/// What a tissue counts as; nothing for what holds no fluid of its own (blood is counted as it is poured).
fn compartment_of(tissue: Tissue) -> Option<Compartment> {
    Some(match tissue {
        Tissue::Areolar => Compartment::Prevertebral,
        Tissue::Fat => Compartment::Retroperitoneal,
        Tissue::Psoas => Compartment::Psoas,
        Tissue::Muscle | Tissue::Subcutaneous => Compartment::Muscle,
        Tissue::Epidural => Compartment::Epidural,
        Tissue::Intrathecal => Compartment::Thecal,
        Tissue::Disc => Compartment::Disc,
        Tissue::Organ => Compartment::Visceral,
        Tissue::Artery | Tissue::Vein | Tissue::Bone | Tissue::Air => return None,
    })
}

/// What nerves make of it.
fn nerves(outcome: &Outcome, spread: &mut Spread) {
    let levels = [VertebralLevel::L2, VertebralLevel::L3, VertebralLevel::L4];
    let mut onset: Option<f64> = None;
    for (side, level, course) in &outcome.chain {
        let Some(index) = levels.iter().position(|of| of == level) else { continue };
        let both = course.blocked[1].min(course.blocked[2]);
        let counts = if course.both_min >= HOLDS_MIN { both } else { both.min(FLEETING) };
        if let Some(slot) = spread.blocked.get_mut(*side).get_mut(index) {
            *slot = counts;
        }
        if counts >= 0.5 {
            onset = Some(onset.unwrap_or(f64::INFINITY).min(course.onset_min.unwrap_or(f64::INFINITY)));
            spread.duration_min = spread.duration_min.max(course.duration_min);
        }
    }
    spread.onset_min = onset.filter(|minutes| minutes.is_finite()).unwrap_or(0.0);
    let most = |kind: TubeKind, side: Side| {
        outcome
            .others
            .iter()
            .filter(|(nerve, ..)| nerve.kind == kind && nerve.side == side)
            .map(|(_, _, course)| course.blocked[0])
            .fold(0.0, f64::max)
    };
    spread.genitofemoral_blocked = BySide::from_fn(|side| most(TubeKind::GenitofemoralNerve, side));
    spread.roots_blocked = BySide::from_fn(|side| most(TubeKind::NerveRoot, side));
}

impl Flow for Computed<'_> {
    fn name(&self) -> &'static str {
        "computed"
    }

    fn spread(&self, _: &dyn World, injection: &Injection<'_>) -> Result<Spread, String> {
        self.answer(injection).spread.clone()
    }

    fn film(&self, _: &dyn World, injection: &Injection<'_>) -> Arc<Vec<Look>> {
        Arc::clone(&self.answer(injection).film)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fluid(agent: &str, drug_mg_ml: f64, iodine_mg_ml: f64, volume_ml: f64, at_s: f64) -> Fluid {
        Fluid {
            agent: agent.into(),
            drug_mg_ml,
            iodine_mg_ml,
            volume_ml,
            rate_ml_s: 0.2,
            at_s,
            adrenaline: false,
        }
    }

    #[test]
    fn pauses_are_the_time_between_the_end_of_one_syringe_and_the_begin_of_the_next() {
        let fluids = [fluid("iohexol", 0.0, 240.0, 1.0, 100.0), fluid("bupivacaine", 2.5, 0.0, 2.0, 165.0)];
        let sequence = sequence(&fluids).unwrap();
        assert_eq!(sequence.steps.len(), 3);
        assert_eq!(sequence.steps[1], Step::Pause(60.0), "5 s of injection, 60 s of pause");
        assert_eq!(sequence.agents.len(), 2);
    }
}
