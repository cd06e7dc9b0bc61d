//! Injection on a case: where contrast and drug go, and whether they block the chain.
//!
//! - [`sequence`]: what is given, as a person writes it.
//! - [`ground`]: the world as fluid sees it.
//! - [`course`]: one injection from the first ml to the last hour.
//! - [`person`]: what differs between people and no CT shows, and what calibration leaves of it.
//! - [`nerves`]: what the nerves make of it; [`live`]: an injection that a procedure goes on with.
//! - [`fibres`]: from concentration in a nerve to the share of its fibres that fail.
//! - [`film`]: contrast on x-ray, frame by frame.
//! - [`document`]: the answer as distributions over draws.
//!
//! [`Plan::run`] puts them together: one run with typical properties on a fine grid, which is shown, and draws of what is
//! uncertain on a coarse one, which are counted. Everything happens in the world; a plan's preview draws worlds from the
//! belief.

pub mod beside;
pub mod course;
pub mod document;
pub mod fibres;
pub mod film;
pub mod ground;
pub mod live;
pub mod nerves;
pub mod person;
pub mod sequence;
mod warnings;

use crate::BedsideError;
use crate::world::World;
use course::Outcome;
use document::{BlockDocument, MassBalance, TipEntry, TraceEntry};
use fibres::Fibres;
use ground::Ground;
use person::Person;
use rami_anatomy::Side;
use rami_random::Stream;
use rami_spread::{Accuracy, Bore, Injection, Region};
use rami_units::Kg;
use rami_volume::Point;
use rayon::prelude::*;
use sequence::Sequence;
use std::sync::Arc;

/// What every document says.
pub const CREDIBILITY: &str = "research and teaching only: most tissue properties are assumed and only weighed by two published figures (validation/spread.md), nothing is validated on this block, and potency is calibrated, not predicted";

/// An injection to be computed.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Tips, LPS mm.
    pub tips: Vec<Point>,
    /// The needles.
    pub bore: Bore,
    /// What is given.
    pub sequence: Sequence,
    /// How many draws; 0 counts the run with typical properties alone.
    pub samples: usize,
    /// Their seed.
    pub seed: u64,
    /// Body mass the maximum dose is for.
    pub weight: Kg,
    /// Cells of the run that is shown and of draws, mm.
    pub cell_mm: [f64; 2],
    /// How many times each syringe is looked at on x-ray.
    pub looks: usize,
    /// Name of the case.
    pub case: String,
}

/// The answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// `block.json`.
    pub document: BlockDocument,
    /// The run that is shown.
    pub shown: Outcome,
}

impl Plan {
    /// Computes it. `worlds(n)` gives the world of draw n where draws differ in anatomy (nothing: all in `world`);
    /// `watch` sees the run that is shown; `progress` is told how many draws are done.
    ///
    /// # Errors
    /// [`BedsideError`] for tips outside the body, and what spread refuses.
    pub fn run(
        &self,
        world: &World,
        worlds: &(dyn Fn(usize) -> Option<World> + Sync),
        watch: course::Watch<'_>,
        progress: &(dyn Fn(usize) + Sync),
    ) -> Result<Answer, BedsideError> {
        let middle = middle(&self.tips)?;
        let size = self.box_mm(&middle);
        let ground = Ground::new(world, &middle, size)?;
        let tips: Vec<_> = self.tips.iter().map(|t| ground.tip(*t, self.bore)).collect();
        let fine = Arc::new(ground.region(middle, size, self.cell_mm[0])?);
        let agents = &self.sequence.agents;
        let anaesthetics = self.sequence.anaesthetics();
        let typical = Person::typical();
        let fibres = Fibres::new(agents, &anaesthetics, typical.kd_factors);
        let shown = course::run(
            world,
            &ground,
            fine,
            tips.clone(),
            typical.properties,
            &self.sequence,
            &fibres,
            Accuracy::default(),
            self.looks,
            Some(watch),
        )?;
        let coarse: Arc<Region> = Arc::new(ground.region(middle, size, self.cell_mm[1])?);
        let stream = Stream::new(self.seed).named("inject");
        let done = std::sync::atomic::AtomicUsize::new(0);
        // Draws beside one another: each is small for two threads, and what comes of it depends on its number alone.
        let draws = (0..self.samples)
            .into_par_iter()
            .map(|n| {
                let stream = stream.indexed(n as u64);
                let own = worlds(n);
                let world = own.as_ref().unwrap_or(world);
                let tips = match &own {
                    Some(world) => self.tips.iter().map(|t| ground.tip_in(world, *t, self.bore)).collect(),
                    None => tips.clone(),
                };
                let Person { properties, kd_factors } = Person::draw(stream);
                let fibres = Fibres::new(agents, &anaesthetics, kd_factors);
                let (region, accuracy) = (coarse.clone(), Accuracy::quick());
                let outcome = course::run(
                    world,
                    &ground,
                    region,
                    tips,
                    properties,
                    &self.sequence,
                    &fibres,
                    accuracy,
                    1,
                    None,
                );
                progress(1 + done.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
                outcome
            })
            .collect::<Result<Vec<Outcome>, _>>()?;
        let document = self.document(world, &tips, &draws, &shown);
        Ok(Answer { document, shown })
    }

    /// The box round the tips: the reference size, longer where tips lie apart.
    fn box_mm(&self, middle: &Point) -> [f64; 3] {
        let mut size = Region::REFERENCE_MM;
        for tip in &self.tips {
            for axis in 0..3 {
                size[axis] =
                    size[axis].max(Region::REFERENCE_MM[axis] + 2.0 * (tip[axis] - middle[axis]).abs());
            }
        }
        size.map(|s| s.min(400.0))
    }

    fn document(
        &self,
        world: &World,
        tips: &[rami_spread::Tip],
        draws: &[Outcome],
        shown: &Outcome,
    ) -> BlockDocument {
        let share_of_maximum = self.sequence.share_of_maximum(self.weight);
        let mut warnings = Vec::new();
        let notice = notice(share_of_maximum, self.weight);
        if share_of_maximum > 1.0 {
            warnings.push(notice.clone());
        }
        warnings.extend(self.sequence.not_modelled());
        warnings.extend(warnings::of_flow(shown));
        if shown.trace.iter().any(|s| s.held_back) {
            warnings.push("the thumb cannot keep up the rate: the injection is slower than asked".into());
        }
        let entries: Vec<TipEntry> = tips
            .iter()
            .map(|tip| TipEntry {
                at_mm: [tip.at.x, tip.at.y, tip.at.z],
                structure: world.structure_name(world.structure_at(&tip.at)),
                tissue: tip.tissue.unwrap_or(rami_spread::Tissue::Fat),
                intravascular_share: tip.intravascular,
            })
            .collect();
        warnings.extend(entries.iter().filter_map(warnings::of_place));
        for entry in entries.iter().filter(|e| e.intravascular_share > 0.0) {
            warnings.push(format!(
                "{:.0} % of what the tip at {:?} mm pours goes into a vessel",
                100.0 * entry.intravascular_share,
                entry.at_mm
            ));
        }
        let side = self.tips.first().map_or(Side::Left, |tip| side_of(world, tip));
        let names = self.sequence.names();
        let counted = if draws.is_empty() { std::slice::from_ref(shown) } else { draws };
        let summary = document::summarise(counted, shown, side, &names);
        warnings.extend(warnings::of_box(counted, shown));
        warnings.extend(warnings::of_horizon(&summary, side));
        BlockDocument {
            notice,
            schema: "rami.block/1".into(),
            warnings,
            credibility: CREDIBILITY.into(),
            world: world.record.statement(),
            case: self.case.clone(),
            tips: entries,
            side,
            sequence: self.sequence.steps.iter().map(in_words).collect(),
            drug_starts_min: shown.drug_from_s.map(|s| s / 60.0),
            not_modelled: self.sequence.not_modelled(),
            share_of_maximum,
            weight_kg: self.weight.get(),
            samples: counted.len(),
            seed: self.seed,
            cell_mm: self.cell_mm,
            p_block: summary.p_block,
            p_block_all_levels: summary.p_block_all_levels,
            chain: summary.chain,
            rami: summary.rami,
            beside_trunk: summary.beside_trunk,
            unwanted: summary.unwanted,
            longitudinal_extent_mm: summary.extent,
            levels_reached: summary
                .reached
                .iter()
                .filter(|(_, share)| **share >= 0.5)
                .map(|(level, _)| level.clone())
                .collect(),
            levels_reached_share: summary.reached,
            absorbed_mg_vs_time: summary.absorbed,
            injection: shown
                .trace
                .iter()
                .map(|s| TraceEntry {
                    time_s: s.time_s,
                    delivered_ml: s.delivered_ml,
                    rate_ml_s: s.rate_ml_s,
                    tip_kpa: s.tip_kpa,
                    syringe_kpa: s.syringe_kpa,
                    held_back: s.held_back,
                    occluded: s.occluded,
                    fascia_parted_mm2: s.parted_mm2,
                })
                .collect(),
            fascia_parted_mm2: summary.parted,
            mass_balance: MassBalance {
                relative_error: summary.relative_error,
                by_solute: shown.balance.clone(),
            },
        }
    }
}

/// The first line of every output.
#[must_use]
pub fn notice(share_of_maximum: f64, weight: Kg) -> String {
    if share_of_maximum > 1.0 {
        format!(
            "OVER THE MAXIMUM DOSE: {:.0} % of the maximum for one administration to {:.0} kg. Computed all the same; not for patients.",
            100.0 * share_of_maximum,
            weight.get()
        )
    } else {
        "Research and teaching software: nothing here is advice for the care of a person.".into()
    }
}

fn in_words(step: &sequence::Step) -> String {
    match step {
        sequence::Step::Pause(seconds) => format!("pause {seconds} s"),
        sequence::Step::Give { syringe, drive: rami_spread::Drive::Pressure(kpa) } => {
            format!("{syringe} @{kpa}kPa")
        }
        sequence::Step::Give { syringe, .. } => syringe.to_string(),
    }
}

/// Middle of the tips.
fn middle(tips: &[Point]) -> Result<Point, BedsideError> {
    let first = tips.first().ok_or(rami_spread::SpreadError::NoTip)?;
    let sum = tips.iter().fold(rami_volume::Vector::zeros(), |sum, tip| sum + (tip - first));
    Ok(first + sum / tips.len() as f64)
}

/// The patient's side of a point.
#[must_use]
pub fn side_of(world: &World, point: &Point) -> Side {
    let mark = world.levels.nearest(point);
    if (point - mark.centroid).dot(&mark.right) > 0.0 { Side::Right } else { Side::Left }
}

/// Concentrations in mg per ml of tissue, all solutes that are drugs together, or contrast where there is no drug; without
/// either, ml of fluid per ml of tissue.
#[must_use]
pub fn shown_field(injection: &Injection, sequence: &Sequence) -> rami_volume::Volume<f32> {
    let drugs = sequence.anaesthetics();
    let mut sum: Option<rami_volume::Volume<f32>> = None;
    for solute in (0..drugs.len()).filter(|&s| drugs[s].is_some() || drugs.iter().all(Option::is_none)) {
        let field = injection.amount(solute);
        match &mut sum {
            Some(sum) => sum.data_mut().iter_mut().zip(field.data()).for_each(|(a, b)| *a += b),
            None => sum = Some(field),
        }
    }
    // Saline and what else is a mere volume, where no drug is given: ml of fluid per ml.
    if sum.is_none() && injection.solutes().len() > drugs.len() {
        return injection.amount(drugs.len());
    }
    sum.unwrap_or_else(|| rami_volume::Volume::filled(injection.region().grid().clone(), 0.0))
}
