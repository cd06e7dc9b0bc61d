//! The model of injection on a person ([`rami_bedside::inject::live`]), asked as a block goes on.
//!
//! One draw of tissue and nerve by the session's seed, on cells of 4 mm: pressure with fascia that parts, solutes carried
//! and absorbed, nerves that take them up, and the share of their fibres that fails over 12 hours. A question holds
//! everything given at that tip from the first ml on, with the pauses as they were, so an answer depends on the question
//! alone. What was asked before is kept and gone on with, which changes nothing but the time. Two deposits do not know of
//! each other.

use super::duct::Duct;
use super::{Compartment, Flow, Fluid, Injection, Look, OCCLUDED_KPA, Spread, opening_in_vessel};
use crate::state::State;
use crate::world::World;
use rami_anatomy::{BySide, Side};
use rami_bedside::inject::live::{Forecast, Given, Live, Site, Standing};
use rami_spread::{Bore, Drive, Tissue};
use rami_volume::Point;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// Looks at contrast while a syringe of it is emptied.
pub(super) const LOOKS: usize = 5;
/// Answers that are kept.
const KEPT: usize = 24;
/// The longest pause that is followed between two syringes, s.
const LONGEST_PAUSE_S: f64 = 7200.0;
/// Radius of a vessel that a bevel lies partly in, where the world does not say, mm.
const VESSEL_MM: f64 = 1.0;

/// The computed model in a person's world.
pub struct Computed<'w> {
    world: &'w rami_bedside::World,
    answers: Mutex<BTreeMap<String, Arc<Answer<'w>>>>,
    /// The tissue about the last tips.
    site: Mutex<Option<Arc<Site<'w>>>>,
}

/// Everything about one question.
struct Answer<'w> {
    spread: Result<Spread, String>,
    film: Arc<Vec<Look>>,
    /// The injection as it then was, to go on with: handed on to the question that does, for it is large.
    live: Mutex<Option<Live<'w>>>,
}

impl<'w> Computed<'w> {
    /// In this world: the same that the block happens in.
    #[must_use]
    pub fn new(world: &'w rami_bedside::World) -> Self {
        Self { world, answers: Mutex::default(), site: Mutex::new(None) }
    }

    /// Where the last injection of drug would have gone with other draws of what is uncertain about tissue and nerve; empty
    /// without one.
    #[must_use]
    pub fn draws(&self, state: &State, seed: u64, count: usize) -> Vec<Spread> {
        let drug = |fluid: &Fluid| fluid.drug_mg_ml > 0.0;
        let Some(deposit) = state.deposits.iter().rev().find(|deposit| deposit.fluids.iter().any(drug))
        else {
            return Vec::new();
        };
        (1..=count as u64)
            .filter_map(|n| {
                let question = Injection {
                    tip_mm: deposit.tip_mm,
                    direction: deposit.direction,
                    fluids: &deposit.fluids,
                    seed: seed.wrapping_add(n),
                };
                self.compute(&question, None).spread.ok()
            })
            .collect()
    }

    fn site(&self, tip: Point) -> Result<Arc<Site<'w>>, String> {
        let mut kept = self.site.lock().map_err(|_| "the model of flow has stopped".to_owned())?;
        // The box is about the tip itself, never about an earlier one: what is kept must not change an answer.
        if let Some(site) = &*kept
            && site.middle() == tip
        {
            return Ok(Arc::clone(site));
        }
        let site = Arc::new(Site::new(self.world, &tip, Site::CELL_MM).map_err(|error| error.to_string())?);
        *kept = Some(Arc::clone(&site));
        Ok(site)
    }

    fn answer(&self, question: &Injection<'_>) -> Arc<Answer<'w>> {
        let key = |fluids: &[Fluid]| format!("{} {:?} {:?}", question.seed, question.tip_mm, fluids);
        let kept = |fluids: &[Fluid]| self.answers.lock().ok()?.get(&key(fluids)).cloned();
        if let Some(answer) = kept(question.fluids) {
            return answer;
        }
        let before = question.fluids.split_last().and_then(|(_, before)| kept(before));
        let answer =
            Arc::new(self.compute(question, before.and_then(|answer| answer.live.lock().ok()?.take())));
        if let Ok(mut answers) = self.answers.lock() {
            if answers.len() >= KEPT {
                answers.clear();
            }
            // Only the last injection is gone on with; one that is left is done again should someone come back to it.
            for other in answers.values() {
                if let Ok(mut live) = other.live.lock() {
                    *live = None;
                }
            }
            answers.insert(key(question.fluids), Arc::clone(&answer));
        }
        answer
    }

    /// Answers from the first ml, or from where the syringe before the last left off.
    fn compute(&self, question: &Injection<'_>, from: Option<Live<'w>>) -> Answer<'w> {
        match self.run(question, from) {
            Ok(answer) => answer,
            Err(why) => Answer { spread: Err(why), film: Arc::default(), live: Mutex::default() },
        }
    }

    /// The ureter that the tip lies in.
    pub(super) fn duct(&self, question: &Injection<'_>) -> Option<Duct> {
        Duct::at(self.world, question.tip_mm)
    }

    /// Needle in place, nothing given.
    pub(super) fn begin(&self, question: &Injection<'_>) -> Result<Live<'w>, String> {
        let [x, y, z] = question.tip_mm;
        let site = self.site(Point::new(x, y, z))?;
        let mut tip = site.tip(Point::new(x, y, z), Bore::gauge_22());
        // A bevel is longer than it is wide: the share of its opening in a vessel counts along the shaft too.
        let opening = opening_in_vessel(self.world, question.tip_mm, question.direction);
        tip.intravascular = tip.intravascular.max(opening);
        if tip.intravascular > 0.0 && tip.vessel.is_none() {
            tip.vessel = Some((Tissue::Vein, VESSEL_MM));
        }
        Live::new(&site, &[tip], question.seed).map_err(|error| error.to_string())
    }

    fn run(&self, question: &Injection<'_>, from: Option<Live<'w>>) -> Result<Answer<'w>, String> {
        let Some((last, before)) = question.fluids.split_last() else {
            return Ok(Answer {
                spread: Ok(Spread::nothing()),
                film: Arc::default(),
                live: Mutex::default(),
            });
        };
        if let Some(duct) = self.duct(question) {
            let site = self.site(Point::from(question.tip_mm))?;
            let film = Arc::new(duct.film(question.fluids, &site));
            return Ok(Answer { spread: Ok(duct.spread(question.fluids)), film, live: Mutex::default() });
        }
        let words = |error: rami_bedside::BedsideError| error.to_string();
        let mut live = match from {
            Some(live) => live,
            None => {
                let mut live = self.begin(question)?;
                for (index, fluid) in before.iter().enumerate() {
                    pause(&mut live, &question.fluids[..index], fluid)?;
                    pour(&mut live, fluid)?;
                }
                live
            }
        };
        pause(&mut live, before, last)?;
        let earlier_ml = live.standing().delivered_ml;
        let (standing, film) = pour(&mut live, last)?;
        let mut spread = Spread::nothing();
        if standing.occluded {
            let now_ml = standing.delivered_ml - earlier_ml;
            spread.delivered = (now_ml / last.volume_ml.max(1e-9)).clamp(0.0, 1.0);
        }
        if standing.occluded && spread.delivered < NEXT_TO_NOTHING {
            spread.delivered = 0.0;
            spread.shares.insert(Compartment::Refused, 1.0);
            spread.pressure_kpa = OCCLUDED_KPA;
            return Ok(Answer { spread: Ok(spread), film: Arc::default(), live: Mutex::default() });
        }
        spread.shares = shares(&standing);
        spread.pressure_kpa = standing.tip_kpa;
        spread.longitudinal_extent_mm = standing.extent_mm;
        // Only drug fails a nerve: without any there is nothing to look ahead to.
        if question.fluids.iter().any(|fluid| fluid.drug_mg_ml > 0.0) {
            nerves(&live.forecast().map_err(words)?, &mut spread);
        }
        Ok(Answer { spread: Ok(spread), film: Arc::new(film), live: Mutex::new(Some(live)) })
    }
}

/// A share of a syringe below which nobody would say that it went in (judged).
const NEXT_TO_NOTHING: f64 = 0.05;

/// The pause between the syringes before and this one.
pub(super) fn pause(live: &mut Live<'_>, before: &[Fluid], fluid: &Fluid) -> Result<(), String> {
    let Some(last) = before.last() else { return Ok(()) };
    let free_s = last.at_s + last.volume_ml / last.rate_ml_s.max(1e-3);
    let seconds = (fluid.at_s - free_s).clamp(1.0, LONGEST_PAUSE_S);
    live.wait(seconds).map(|_| ()).map_err(|error| error.to_string())
}

/// Empties a syringe, contrast with looks: always in the same parts, so that an injection that is gone on with and one that
/// is done again come to the same bits.
pub(super) fn pour(live: &mut Live<'_>, fluid: &Fluid) -> Result<(Standing, Vec<Look>), String> {
    let contrast = fluid.iodine_mg_ml > 0.0;
    let parts = if contrast { LOOKS } else { 1 };
    let given = Given {
        agent: &fluid.agent,
        mg_ml: if contrast { fluid.iodine_mg_ml } else { fluid.drug_mg_ml },
        volume_ml: fluid.volume_ml / parts as f64,
        drive: Drive::Rate(fluid.rate_ml_s),
        adrenaline: fluid.adrenaline,
    };
    let mut film = Vec::new();
    let mut standing = live.standing();
    for part in 1..=parts {
        standing = live.give(&given).map_err(|error| error.to_string())?;
        if standing.occluded {
            break;
        }
        if contrast {
            film.push(Look { share: part as f64 / parts as f64, iodine_mg_ml: live.iodine_mg_ml() });
        }
    }
    Ok((standing, film))
}

/// Shares of the volume by compartment; what left the box is not counted.
fn shares(standing: &Standing) -> BTreeMap<Compartment, f64> {
    let mut sums: BTreeMap<Compartment, f64> = BTreeMap::new();
    for (tissue, share) in &standing.shares {
        if let Some(compartment) = compartment_of(*tissue) {
            *sums.entry(compartment).or_default() += share;
        }
    }
    // To flow a kidney is an organ as any other; to whoever looks it is not.
    if let Some(organs) = sums.get_mut(&Compartment::Visceral)
        && standing.urinary > 0.0
    {
        *organs = (*organs - standing.urinary).max(0.0);
        sums.insert(Compartment::Urinary, standing.urinary);
    }
    if standing.intravascular > 0.0 {
        *sums.entry(Compartment::Vessel).or_default() += standing.intravascular;
    }
    let total: f64 = sums.values().sum();
    if total > 0.0 {
        sums.values_mut().for_each(|share| *share /= total);
    }
    sums
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
fn nerves(forecast: &Forecast, spread: &mut Spread) {
    let levels = rami_anatomy::VertebralLevel::PLANNED;
    for (side, level, course) in &forecast.courses().chain {
        let Some(index) = levels.iter().position(|of| of == level) else { continue };
        spread.blocked.get_mut(*side)[index] = course.blocked[1].max(course.blocked[2]);
        spread.cut_min.get_mut(*side)[index] = course.either_min;
        spread.held_min.get_mut(*side)[index] = course.both_min;
    }
    let deepest = |side: Side| spread.blocked.get(side).iter().copied().fold(0.0, f64::max);
    let side = if deepest(Side::Left) >= deepest(Side::Right) { Side::Left } else { Side::Right };
    if let Some((onset, duration)) = forecast.onset_and_duration_min(side) {
        (spread.onset_min, spread.duration_min) = (onset, duration);
    }
    spread.beside_trunk = BySide::from_fn(|side| forecast.beside_trunk(side).fraction);
    spread.genitofemoral_blocked = BySide::from_fn(|side| forecast.genitofemoral(side));
    spread.roots_blocked = BySide::from_fn(|side| forecast.roots(side));
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
