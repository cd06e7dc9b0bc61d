//! One injection from the first ml to the last hour, and what the nerves make of it.

use super::fibres::Fibres;
use super::sequence::{BETWEEN_S, Sequence, Step};
use crate::BedsideError;
use crate::world::{TubeKind, World};
use rami_anatomy::{Side, VertebralLevel};
use rami_spread::{Accuracy, Balance, Injection, NervePath, Properties, Region, State, Tip, Tissue};
use rami_volume::Point;
use std::sync::Arc;

/// How long a block is followed, min.
pub const HORIZON_MIN: f64 = 720.0;

/// Points along nerves are this far apart, mm.
const NERVE_STEP_MM: f64 = 1.0;

/// Share of the strongest concentration that counts as reached.
pub const REACHED: f64 = 0.1;

/// A nerve of the world that is followed.
#[derive(Debug, Clone, PartialEq)]
pub struct NerveOf {
    /// What it is.
    pub kind: TubeKind,
    /// Its side.
    pub side: Side,
    /// Its level, for rami and roots.
    pub level: Option<VertebralLevel>,
    /// Fractional level of each point, for trunks.
    levels: Vec<f64>,
}

/// All nerves of a world as paths to follow.
#[must_use]
pub fn nerves(world: &World, properties: &Properties) -> Vec<(NerveOf, NervePath)> {
    world
        .tubes
        .iter()
        .filter(|tube| tube.kind.is_nerve())
        .map(|tube| {
            let uptake_s =
                if tube.kind.is_somatic() { properties.root_uptake_s } else { properties.trunk_uptake_s };
            let path = NervePath {
                name: tube.name(),
                points: tube.points.clone(),
                uptake_s,
                partition: properties.nerve_partition,
            }
            .resampled(NERVE_STEP_MM);
            let levels = if tube.kind == TubeKind::SympatheticTrunk {
                path.points.iter().map(|p| world.levels.level_of(p)).collect()
            } else {
                Vec::new()
            };
            (NerveOf { kind: tube.kind, side: tube.side, level: tube.level, levels }, path)
        })
        .collect()
}

/// What became of one stretch of nerve.
#[derive(Debug, Clone, PartialEq)]
pub struct NerveCourse {
    /// Largest concentration of anaesthetic beside it, mg/ml.
    pub c_max_mg_ml: f64,
    /// Largest share that failed, by class A, B, C.
    pub blocked: [f64; 3],
    /// Minutes until half of that, of the class that fails most (B or C; A for somatic nerves).
    pub onset_min: Option<f64>,
    /// For how long at least half of it fails, min.
    pub duration_min: f64,
    /// Minutes at which at least 90 % of B and of C fail together, the longest stretch.
    pub both_min: f64,
    /// Share that fails over time, by class.
    pub series: Vec<(f64, [f64; 3])>,
}

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
    /// Absorbed mg by solute over time, tissue and vessel together.
    pub absorbed: Vec<(f64, Vec<f64>)>,
    /// Where all is in the end.
    pub balance: Vec<Balance>,
    /// State after each step of the injection.
    pub trace: Vec<State>,
    /// Largest area of fascia parted, mm².
    pub parted_mm2: f64,
}

/// What is told while it runs: after how much of which step, with the injection as it is.
pub type Watch<'a> = &'a mut dyn FnMut(usize, &Injection) -> Result<(), BedsideError>;

/// Runs a sequence. `looks` is how many times a syringe is interrupted to look.
///
/// # Errors
/// [`BedsideError::Spread`].
pub fn run(
    world: &World,
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
    let nerves = nerves(world, &properties);
    let mut injection = Injection::new(region, properties, tips, sequence.solutes(), accuracy)?;
    let mut followed = Vec::new();
    for (nerve, path) in nerves {
        // A nerve outside the box meets nothing.
        let grid = injection.region().grid();
        if path.points.iter().any(|p| grid.voxel_at(p).is_some()) {
            followed.push((nerve, path.name.clone(), injection.follow(path)));
        }
    }
    let mut trace = Vec::new();
    let mut last_was_syringe = false;
    for (n, step) in sequence.steps.iter().enumerate() {
        match step {
            Step::Pause(seconds) => {
                injection.wait(*seconds)?;
                last_was_syringe = false;
            }
            Step::Give { syringe, drive } => {
                if last_was_syringe {
                    injection.wait(BETWEEN_S)?;
                }
                let fluid = sequence.fluid(syringe);
                let parts = if watch.is_some() { looks.max(1) } else { 1 };
                for _ in 0..parts {
                    let state = injection.advance(&fluid, syringe.volume.get() / parts as f64, *drive)?;
                    trace.push(state);
                    injection.snapshot();
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
    let anaesthetics = sequence.anaesthetics();
    let main = anaesthetics.iter().position(Option::is_some).or((!anaesthetics.is_empty()).then_some(0));
    let (extent_mm, reached) = extent(world, &injection, main);
    let by_tissue = by_tissue(&injection, main);
    if let Some(watch) = watch {
        watch(sequence.steps.len(), &injection)?;
    }
    for minute in schedule(quick) {
        let ahead = 60.0 * minute - injection.state().time_s;
        if ahead > 0.0 {
            injection.wait(ahead)?;
            injection.snapshot();
        }
    }
    let mut chain = Vec::new();
    let mut others = Vec::new();
    for (nerve, name, number) in followed {
        if nerve.kind == TubeKind::SympatheticTrunk {
            for (i, level) in VertebralLevel::LUMBAR.into_iter().enumerate() {
                let middle = i as f64 + 1.0;
                let part: Vec<usize> =
                    (0..nerve.levels.len()).filter(|&p| (nerve.levels[p] - middle).abs() <= 0.5).collect();
                let (Some(&first), Some(&last)) = (part.first(), part.last()) else { continue };
                let course = course(&injection, number, first..last + 1, &anaesthetics, fibres, false);
                chain.push((nerve.side, level, course));
            }
        } else {
            let points = injection.nerve(number).0.points.len();
            let somatic = nerve.kind.is_somatic();
            let course = course(&injection, number, 0..points, &anaesthetics, fibres, somatic);
            others.push((nerve, name, course));
        }
    }
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
    })
}

/// Minutes at which nerves are looked at.
fn schedule(quick: bool) -> Vec<f64> {
    let stages: [(f64, f64); 4] = if quick {
        [(20.0, 2.5), (60.0, 5.0), (240.0, 15.0), (HORIZON_MIN, 60.0)]
    } else {
        [(20.0, 1.0), (60.0, 2.0), (180.0, 5.0), (HORIZON_MIN, 15.0)]
    };
    let mut at = Vec::new();
    let mut t: f64 = 0.0;
    for (end, step) in stages {
        while t + step <= end + 1e-9 {
            t += step;
            at.push(t);
        }
    }
    at
}

fn course(
    injection: &Injection,
    number: usize,
    part: std::ops::Range<usize>,
    anaesthetics: &[Option<rami_nerve::block::potency::Anaesthetic>],
    fibres: &Fibres,
    somatic: bool,
) -> NerveCourse {
    let (path, snapshots) = injection.nerve(number);
    let spacing = path.spacing_mm();
    let peak = injection.nerve_peak(number);
    let c_max_mg_ml = anaesthetics
        .iter()
        .zip(peak)
        .filter(|(drug, _)| drug.is_some())
        .flat_map(|(_, points)| &points[part.clone()])
        .fold(0.0f64, |most, c| most.max(f64::from(*c)));
    let mut series = vec![(0.0, [0.0; 3])];
    for snapshot in snapshots {
        let inside: Vec<&[f32]> = snapshot.inside_mg_ml.iter().map(|c| &c[part.clone()]).collect();
        let share = [0, 1, 2].map(|class| fibres.blocked(class, &inside, spacing));
        series.push((snapshot.time_s / 60.0, share));
    }
    let blocked = [0, 1, 2].map(|class| series.iter().map(|s| s.1[class]).fold(0.0, f64::max));
    // The path to the skin is B and then C, cut when either fails; a somatic nerve is its A fibres.
    let value = |s: &[f64; 3]| if somatic { s[0] } else { s[1].max(s[2]) };
    let most = value(&blocked);
    let (onset_min, duration_min) = half_times(&series, |s| value(s), 0.5 * most);
    let both_min = longest(&series, |s| s[1].min(s[2]), 0.9);
    NerveCourse { c_max_mg_ml, blocked, onset_min, duration_min, both_min, series }
}

/// When a share first reaches `level`, and for how long in all it stays there (straight lines between times).
fn half_times(
    series: &[(f64, [f64; 3])],
    value: impl Fn(&[f64; 3]) -> f64,
    level: f64,
) -> (Option<f64>, f64) {
    if level <= 0.0 {
        return (None, 0.0);
    }
    let (mut first, mut total) = (None, 0.0);
    for pair in series.windows(2) {
        let (a, b) = (value(&pair[0].1), value(&pair[1].1));
        let (from, to) = above(a, b, level);
        let dt = pair[1].0 - pair[0].0;
        if to > from {
            first = first.or(Some(pair[0].0 + from * dt));
            total += (to - from) * dt;
        }
    }
    (first, total)
}

/// The longest uninterrupted stretch with a share of at least `level`, min.
fn longest(series: &[(f64, [f64; 3])], value: impl Fn(&[f64; 3]) -> f64, level: f64) -> f64 {
    let (mut best, mut run) = (0.0f64, 0.0f64);
    for pair in series.windows(2) {
        let (from, to) = above(value(&pair[0].1), value(&pair[1].1), level);
        let dt = pair[1].0 - pair[0].0;
        if to <= from {
            run = 0.0;
            continue;
        }
        run = if from > 0.0 { 0.0 } else { run } + (to - from) * dt;
        best = best.max(run);
        if to < 1.0 {
            run = 0.0;
        }
    }
    best
}

/// Between which shares of a step the line from `a` to `b` is at or above `level`.
fn above(a: f64, b: f64, level: f64) -> (f64, f64) {
    match (a >= level, b >= level) {
        (true, true) => (0.0, 1.0),
        (false, false) => (0.0, 0.0),
        (true, false) => (0.0, (a - level) / (a - b)),
        (false, true) => ((level - a) / (b - a), 1.0),
    }
}

/// Length along the spine of what is reached, and the levels in it.
fn extent(world: &World, injection: &Injection, solute: Option<usize>) -> (f64, Vec<VertebralLevel>) {
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

fn by_tissue(injection: &Injection, solute: Option<usize>) -> Vec<(Tissue, f64)> {
    let Some(solute) = solute else { return Vec::new() };
    let amount = injection.amount(solute);
    let region = injection.region();
    let ml = region.grid().voxel_volume() / 1000.0;
    let mut sums = [0.0; Tissue::ALL.len()];
    for (tissue, mg_ml) in region.tissue().iter().zip(amount.data()) {
        sums[*tissue as usize] += f64::from(*mg_ml) * ml;
    }
    Tissue::ALL.into_iter().zip(sums).filter(|(t, mg)| *mg > 0.0 && !t.is_closed()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(values: &[(f64, f64)]) -> Vec<(f64, [f64; 3])> {
        values.iter().map(|&(t, v)| (t, [v; 3])).collect()
    }

    #[test]
    fn onset_and_duration_follow_straight_lines() {
        let series = shares(&[(0.0, 0.0), (10.0, 1.0), (60.0, 1.0), (80.0, 0.0)]);
        let (onset, duration) = half_times(&series, |s| s[1], 0.5);
        assert_eq!(onset, Some(5.0));
        assert!((duration - 65.0).abs() < 1e-12);
        assert!((longest(&series, |s| s[1], 0.9) - 53.0).abs() < 1e-9);
    }

    #[test]
    fn an_interrupted_block_counts_its_longest_stretch() {
        let series = shares(&[(0.0, 1.0), (20.0, 1.0), (21.0, 0.0), (22.0, 1.0), (47.0, 1.0)]);
        assert!((longest(&series, |s| s[1], 0.9) - 25.1).abs() < 1e-9);
    }
}
