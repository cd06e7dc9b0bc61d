//! What the nerves of the world make of an injection: concentrations along them, and the share of fibres that fail.

use super::fibres::Fibres;
use super::ground::Ground;
use crate::BedsideError;
use crate::world::{TubeKind, World};
use rami_anatomy::{Side, VertebralLevel};
use rami_nerve::block::potency::Anaesthetic;
use rami_spread::{Injection, NervePath, Properties, Tissue};

/// How long a block is followed, min.
pub const HORIZON_MIN: f64 = 720.0;

/// Points along nerves are this far apart, mm.
const NERVE_STEP_MM: f64 = 1.0;

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
pub fn nerves(world: &World, ground: &Ground<'_>, properties: &Properties) -> Vec<(NerveOf, NervePath)> {
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
                within: Vec::new(),
                uptake_s,
                partition: properties.nerve_partition,
            }
            .resampled(NERVE_STEP_MM)
            // The trunk lies in the loose layer by definition, also where a voxel of psoas reaches over it.
            .within(|p| {
                if tube.kind == TubeKind::SympatheticTrunk { Tissue::Areolar } else { ground.bulk(p) }
            });
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
    /// Whether at least half of it still holds when following ends ([`HORIZON_MIN`]).
    pub outlasts: bool,
    /// Minutes at which at least 90 % of B and of C fail together, the longest stretch.
    pub both_min: f64,
    /// The same of B or of C: the way to the skin is cut by either.
    pub either_min: f64,
    /// Share that fails over time, by class.
    pub series: Vec<(f64, [f64; 3])>,
}

/// Lets an injection follow nerves: each with its name and its number there. A nerve outside the box meets nothing.
#[must_use]
pub fn follow(injection: &mut Injection, nerves: Vec<(NerveOf, NervePath)>) -> Vec<(NerveOf, String, usize)> {
    let grid = injection.region().grid().clone();
    nerves
        .into_iter()
        .filter(|(_, path)| path.points.iter().any(|p| grid.voxel_at(p).is_some()))
        .map(|(nerve, path)| (nerve, path.name.clone(), injection.follow(path)))
        .collect()
}

/// Lets the hours pass until [`HORIZON_MIN`], with looks at the nerves that are seldom for `quick` draws.
///
/// # Errors
/// [`BedsideError::Spread`].
pub fn live_through(injection: &mut Injection, quick: bool) -> Result<(), BedsideError> {
    for minute in schedule(quick) {
        let ahead = 60.0 * minute - injection.state().time_s;
        if ahead > 0.0 {
            injection.wait(ahead)?;
            injection.snapshot();
        }
    }
    Ok(())
}

/// What became of all nerves that were followed.
#[derive(Debug, Clone, PartialEq)]
pub struct Courses {
    /// The trunks by side and level.
    pub chain: Vec<(Side, VertebralLevel, NerveCourse)>,
    /// Every other nerve with its name.
    pub others: Vec<(NerveOf, String, NerveCourse)>,
}

/// Reads them off the looks that were taken.
#[must_use]
pub fn courses(
    injection: &Injection,
    followed: &[(NerveOf, String, usize)],
    anaesthetics: &[Option<Anaesthetic>],
    fibres: &Fibres,
) -> Courses {
    let (mut chain, mut others) = (Vec::new(), Vec::new());
    for (nerve, name, number) in followed {
        if nerve.kind == TubeKind::SympatheticTrunk {
            for (i, level) in VertebralLevel::LUMBAR.into_iter().enumerate() {
                let middle = i as f64 + 1.0;
                let part: Vec<usize> =
                    (0..nerve.levels.len()).filter(|&p| (nerve.levels[p] - middle).abs() <= 0.5).collect();
                let (Some(&first), Some(&last)) = (part.first(), part.last()) else { continue };
                let course = course(injection, *number, first..last + 1, anaesthetics, fibres, false);
                chain.push((nerve.side, level, course));
            }
        } else {
            let points = injection.nerve(*number).0.points.len();
            let somatic = nerve.kind.is_somatic();
            let course = course(injection, *number, 0..points, anaesthetics, fibres, somatic);
            others.push((nerve.clone(), name.clone(), course));
        }
    }
    Courses { chain, others }
}

/// Minutes at which nerves are looked at.
pub(super) fn schedule(quick: bool) -> Vec<f64> {
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
    anaesthetics: &[Option<Anaesthetic>],
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
    let either_min = longest(&series, |s| s[1].max(s[2]), 0.9);
    let outlasts = most > 0.0 && series.last().is_some_and(|(_, s)| value(s) >= 0.5 * most);
    NerveCourse { outlasts, c_max_mg_ml, blocked, onset_min, duration_min, both_min, either_min, series }
}

/// When a share first reaches `level`, and for how long in all it stays there (straight lines between times).
pub(super) fn half_times<T>(
    series: &[(f64, T)],
    value: impl Fn(&T) -> f64,
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
