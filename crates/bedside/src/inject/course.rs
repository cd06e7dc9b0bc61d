//! One injection from the first ml to the last hour, and what the nerves make of it.

use super::fibres::Fibres;
use super::ground::Ground;
use super::nerves::{Courses, NerveCourse, NerveOf, courses, follow, live_through, nerves};
use super::sequence::{BETWEEN_S, Sequence, Step};
use crate::BedsideError;
use crate::world::World;
use rami_anatomy::{Side, VertebralLevel};
use rami_spread::{Accuracy, Balance, Drive, Fluid, Injection, Properties, Region, State, Tip, Tissue};
use rami_volume::Point;
use std::sync::Arc;

/// Share of the strongest concentration that counts as reached.
pub const REACHED: f64 = 0.1;

/// One draw's outcome.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// By side and level L1–L5; nothing where the world has no trunk.
    pub chain: Vec<(Side, VertebralLevel, NerveCourse)>,
    /// Everything else, by name.
    pub others: Vec<(NerveOf, String, NerveCourse)>,
    /// Along the spine at the end of the injection, mm.
    pub extent_mm: f64,
    /// Levels that the fluid reached.
    pub reached: Vec<VertebralLevel>,
    /// mg of the first anaesthetic (or, without one, the first solute) by tissue at the end of the injection.
    pub by_tissue: Vec<(Tissue, f64)>,
    /// The same solute straight into blood, mg.
    pub intravascular_mg: f64,
    /// mg by solute absorbed from tissue over time; what went straight into a vessel is in the balance.
    pub absorbed: Vec<(f64, Vec<f64>)>,
    /// Where all is in the end.
    pub balance: Vec<Balance>,
    /// State after each step of the injection.
    pub trace: Vec<State>,
    /// Largest area of fascia parted, mm².
    pub parted_mm2: f64,
    /// When the first anaesthetic began to flow, s; nothing where none did.
    pub drug_from_s: Option<f64>,
}

/// Nerves are looked at about this often while syringes are given and paused between, s: at the end of the first step of
/// the flow after it has passed.
pub const LOOK_S: f64 = 30.0;

/// Pours `ml`, with looks at the nerves before it, on the way and after it: straight lines between looks then begin where
/// the drug does. Looking changes nothing of what happens.
///
/// # Errors
/// [`BedsideError::Spread`].
pub(super) fn pour(
    injection: &mut Injection,
    fluid: &Fluid,
    ml: f64,
    drive: Drive,
) -> Result<State, BedsideError> {
    injection.snapshot();
    injection.look_every(LOOK_S);
    let state = injection.advance(fluid, ml, drive)?;
    injection.look_every(f64::INFINITY);
    injection.snapshot();
    Ok(state)
}

/// Lets time pass, with looks at the nerves before it, on the way and at the end.
///
/// # Errors
/// [`BedsideError::Spread`].
pub(super) fn pass(injection: &mut Injection, seconds: f64) -> Result<(), BedsideError> {
    injection.snapshot();
    injection.look_every(LOOK_S);
    injection.wait(seconds)?;
    injection.look_every(f64::INFINITY);
    injection.snapshot();
    Ok(())
}

/// What is told while it runs: after how much of which step, with the injection as it is.
pub type Watch<'a> = &'a mut dyn FnMut(usize, &Injection) -> Result<(), BedsideError>;

/// Runs a sequence. `looks` is how many times a syringe is interrupted to look.
///
/// # Errors
/// [`BedsideError::Spread`].
pub fn run(
    world: &World,
    ground: &Ground<'_>,
    region: Arc<Region>,
    tips: Vec<Tip>,
    properties: Properties,
    sequence: &Sequence,
    fibres: &Fibres,
    accuracy: Accuracy,
    looks: usize,
    mut watch: Option<Watch<'_>>,
) -> Result<Outcome, BedsideError> {
    let quick = accuracy == Accuracy::quick();
    let nerves = nerves(world, ground, &properties);
    let mut injection = Injection::new(region, properties, tips, sequence.solutes(), accuracy)?;
    let followed = follow(&mut injection, nerves);
    let mut trace = Vec::new();
    let mut last_was_syringe = false;
    let anaesthetics = sequence.anaesthetics();
    let mut drug_from_s = None;
    for (n, step) in sequence.steps.iter().enumerate() {
        match step {
            Step::Pause(seconds) => {
                pass(&mut injection, *seconds)?;
                last_was_syringe = false;
            }
            Step::Give { syringe, drive } => {
                if last_was_syringe {
                    pass(&mut injection, BETWEEN_S)?;
                }
                let fluid = sequence.fluid(syringe);
                let is_drug = fluid
                    .concentration_mg_ml
                    .iter()
                    .zip(&anaesthetics)
                    .any(|(c, drug)| *c > 0.0 && drug.is_some());
                if is_drug && drug_from_s.is_none() {
                    drug_from_s = Some(injection.state().time_s);
                }
                let parts = if watch.is_some() { looks.max(1) } else { 1 };
                for _ in 0..parts {
                    let ml = syringe.volume.get() / parts as f64;
                    let state = pour(&mut injection, &fluid, ml, *drive)?;
                    trace.push(state);
                    if let Some(watch) = watch.as_deref_mut() {
                        watch(n, &injection)?;
                    }
                    if state.occluded {
                        break;
                    }
                }
                last_was_syringe = true;
            }
        }
    }
    let main = anaesthetics.iter().position(Option::is_some).or((!anaesthetics.is_empty()).then_some(0));
    let (extent_mm, reached) = extent(world, &injection, main);
    let by_tissue = by_tissue(&injection, main);
    if let Some(watch) = watch {
        watch(sequence.steps.len(), &injection)?;
    }
    live_through(&mut injection, quick)?;
    let Courses { chain, others } = courses(&injection, &followed, &anaesthetics, fibres);
    let solutes = injection.solutes().len();
    let intravascular: Vec<f64> = (0..solutes).map(|s| injection.intravascular_mg(s)).collect();
    Ok(Outcome {
        chain,
        others,
        extent_mm,
        reached,
        by_tissue,
        intravascular_mg: main.map_or(0.0, |m| intravascular[m]),
        absorbed: injection.absorbed().to_vec(),
        balance: (0..solutes).map(|s| injection.balance(s)).collect(),
        trace,
        parted_mm2: injection.state().parted_mm2,
        drug_from_s,
    })
}

/// Length along the spine of what is reached, and the levels in it.
pub(super) fn extent(
    world: &World,
    injection: &Injection,
    solute: Option<usize>,
) -> (f64, Vec<VertebralLevel>) {
    let Some(solute) = solute else { return (0.0, Vec::new()) };
    let field = injection.concentration(solute);
    let strongest = field.data().iter().copied().fold(0.0f32, f32::max);
    if strongest <= 0.0 {
        return (0.0, Vec::new());
    }
    let region = injection.region();
    let h = region.grid().spacing()[2];
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    let mut reached = [false; 5];
    for (cell, &c) in field.data().iter().enumerate() {
        if f64::from(c) < REACHED * f64::from(strongest) {
            continue;
        }
        let p: Point = region.centre(cell);
        (low, high) = (low.min(p.z), high.max(p.z));
        let level = world.levels.level_of(&p).round();
        if (1.0..=5.0).contains(&level) {
            reached[level as usize - 1] = true;
        }
    }
    let levels =
        VertebralLevel::LUMBAR.into_iter().zip(reached).filter(|(_, r)| *r).map(|(l, _)| l).collect();
    (high - low + h, levels)
}

pub(super) fn by_tissue(injection: &Injection, solute: Option<usize>) -> Vec<(Tissue, f64)> {
    let Some(solute) = solute else { return Vec::new() };
    let amount = injection.in_tissue(solute);
    let region = injection.region();
    let ml = region.grid().voxel_volume() / 1000.0;
    let mut sums = [0.0; Tissue::ALL.len()];
    for (tissue, mg_ml) in region.tissue().iter().zip(amount.data()) {
        sums[*tissue as usize] += f64::from(*mg_ml) * ml;
    }
    Tissue::ALL.into_iter().zip(sums).filter(|(t, mg)| *mg > 0.0 && !t.is_closed()).collect()
}
