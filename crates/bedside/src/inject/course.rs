//! One injection from the first ml to the last hour, and what the nerves make of it.

use super::fibres::Fibres;
use super::ground::Ground;
use super::nerves::{Courses, NerveCourse, NerveOf, courses, follow, live_through, nerves};
use super::sequence::{BETWEEN_S, Sequence, Step};
use crate::BedsideError;
use crate::world::World;
use rami_anatomy::{Side, VertebralLevel};
use rami_spread::{
    Accuracy, Balance, Drive, Fluid, Injection, Properties, Region, Solute, State, Tip, Tissue, Uptake,
};
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
    /// Along the spine at the end of the injection, mm: of the first drug (else of contrast), or of all fluid where something
    /// is given that is a mere volume.
    pub extent_mm: f64,
    /// Whether it goes to the edge of the box that is computed.
    pub to_the_edge: bool,
    /// Largest share of what was given that left the box, by solutes and volume, at the end.
    pub left: f64,
    /// Levels that the fluid reached.
    pub reached: Vec<VertebralLevel>,
    /// mg of the first anaesthetic (without one, ml of what is a mere volume, or else mg of contrast) by tissue at the end of
    /// the injection.
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

/// Looks at what a vessel carries away after the last syringe, s after one another.
const WASH_OUT_S: [f64; 4] = [0.5, 1.0, 2.0, 4.0];

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
    let washes = tips.iter().any(|t| t.intravascular > 0.0 || t.tissue.is_some_and(Tissue::is_vessel));
    let mut solutes = sequence.solutes();
    let count = solutes.len();
    // What does not dissolve is followed with all the rest as a fluid without a name.
    let tracer = sequence.has_mere_volume().then_some(count);
    if tracer.is_some() {
        solutes.push(Solute::drug("fluid", Uptake::NONE));
    }
    let mut injection = Injection::new(region, properties, tips, solutes, accuracy)?;
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
                let mut fluid = sequence.fluid(syringe);
                fluid.concentration_mg_ml.extend(tracer.map(|_| 1.0));
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
    if let (Some(watch), true, true) = (watch.as_deref_mut(), washes, last_was_syringe) {
        for seconds in WASH_OUT_S {
            injection.wait(seconds)?;
            trace.push(injection.state());
            watch(sequence.steps.len() - 1, &injection)?;
        }
    }
    // One agent with adrenaline and without is one drug here.
    let first = anaesthetics.iter().position(Option::is_some);
    let drug: Vec<usize> = (0..count)
        .filter(|&s| first.is_some_and(|f| sequence.agents[f].name == sequence.agents[s].name))
        .collect();
    let other = || tracer.or((count > 0).then_some(0)).into_iter().collect::<Vec<usize>>();
    let main = if drug.is_empty() { other() } else { drug };
    let spreads = tracer.map_or_else(|| main.clone(), |tracer| vec![tracer]);
    let Extent { mm: extent_mm, reached, to_the_edge } = extent(world, &injection, &spreads);
    let by_tissue = by_tissue(&injection, &main);
    if let Some(watch) = watch {
        watch(sequence.steps.len(), &injection)?;
    }
    live_through(&mut injection, quick)?;
    let Courses { chain, others } = courses(&injection, &followed, &anaesthetics, fibres);
    let left = (0..injection.solutes().len())
        .map(|s| injection.balance(s))
        .filter(|b| b.injected_mg > 0.0)
        .map(|b| b.left_mg / b.injected_mg)
        .fold(0.0, f64::max);
    Ok(Outcome {
        chain,
        others,
        extent_mm,
        reached,
        by_tissue,
        intravascular_mg: main.iter().map(|&s| injection.intravascular_mg(s)).sum(),
        to_the_edge,
        left,
        absorbed: injection.absorbed().to_vec(),
        balance: (0..count).map(|s| injection.balance(s)).collect(),
        trace,
        parted_mm2: injection.state().parted_mm2,
        drug_from_s,
    })
}

/// How far something reaches along the spine.
pub(super) struct Extent {
    pub(super) mm: f64,
    pub(super) reached: Vec<VertebralLevel>,
    /// Whether it goes to the edge of the box.
    pub(super) to_the_edge: bool,
}

/// Length along the spine of what some solutes together reach, and the levels in it.
pub(super) fn extent(world: &World, injection: &Injection, solutes: &[usize]) -> Extent {
    let nothing = Extent { mm: 0.0, reached: Vec::new(), to_the_edge: false };
    let mut fields = solutes.iter().map(|s| injection.concentration(*s));
    let Some(mut field) = fields.next() else { return nothing };
    fields.for_each(|f| field.data_mut().iter_mut().zip(f.data()).for_each(|(a, b)| *a += b));
    let strongest = field.data().iter().copied().fold(0.0f32, f32::max);
    if strongest <= 0.0 {
        return nothing;
    }
    let region = injection.region();
    let (h, dims) = (region.grid().spacing()[2], region.grid().dims());
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    let mut reached = [false; 5];
    let mut to_the_edge = false;
    for (cell, &c) in field.data().iter().enumerate() {
        if f64::from(c) < REACHED * f64::from(strongest) {
            continue;
        }
        let p: Point = region.centre(cell);
        (low, high) = (low.min(p.z), high.max(p.z));
        let voxel = region.grid().voxel(cell);
        to_the_edge |= (0..3).any(|a| voxel[a] == 0 || voxel[a] + 1 == dims[a]);
        let level = world.levels.level_of(&p).round();
        if (1.0..=5.0).contains(&level) {
            reached[level as usize - 1] = true;
        }
    }
    let levels =
        VertebralLevel::LUMBAR.into_iter().zip(reached).filter(|(_, r)| *r).map(|(l, _)| l).collect();
    Extent { mm: high - low + h, reached: levels, to_the_edge }
}

pub(super) fn by_tissue(injection: &Injection, solutes: &[usize]) -> Vec<(Tissue, f64)> {
    let region = injection.region();
    let ml = region.grid().voxel_volume() / 1000.0;
    let mut sums = [0.0; Tissue::ALL.len()];
    for solute in solutes {
        let amount = injection.in_tissue(*solute);
        for (tissue, mg_ml) in region.tissue().iter().zip(amount.data()) {
            sums[*tissue as usize] += f64::from(*mg_ml) * ml;
        }
    }
    Tissue::ALL.into_iter().zip(sums).filter(|(t, mg)| *mg > 0.0 && !t.is_closed()).collect()
}
