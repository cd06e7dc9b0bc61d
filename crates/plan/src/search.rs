//! The search, in stages: decide every path of a site, score those that are free, refine the best.
//!
//! *Decide*: target by target, each direction of the cone walks the merged forbidden field and stops at the first
//! point below zero. *Score*: the free ones get their cost, in the order of what tip and angles alone cost, until
//! those alone cost more than the best found: what is left cannot be better. *Refine*: the best few of each third of the body
//! are improved over the five numbers of a path by an evolution strategy (CMA-ES), which does not mind that bone
//! bounds the good paths obliquely. Nothing depends on threads: each target's list is made by one, in order.

use crate::brick::Segment;
use crate::cost::{Score, Scorer};
use crate::fields::Fields;
use crate::refine;
use crate::rules::{OBLIQUITY_RANGE_DEG, TILT_RANGE_DEG};
use crate::site::{PathParameters, Site};
use crate::space::{BodyPoint, BodyVector};
use rami_random::Stream;
use rayon::prelude::*;

/// Step of the cone's grid, degrees: 2 mm of skin at 80 mm.
pub(crate) const CONE_STEP_DEG: f64 = 1.5;
/// Starts of the refinement in each third of the body.
const STARTS_A_THIRD: usize = 2;
/// Two starts or two refined paths are the same when nearer than this, tip and skin, mm.
const SAME_TIP_MM: f64 = 4.0;
const SAME_ENTRY_MM: f64 = 10.0;
/// Paths scored at a time, between looks at whether the rest can still be better.
const BATCH: usize = 512;
/// Best refined paths kept for a site.
pub(crate) const KEPT: usize = 3;

/// The directions that are tried, in the vertebra's frame.
#[derive(Debug, Clone)]
pub(crate) struct Cone {
    pub(crate) angles: Vec<[f64; 2]>,
    pub(crate) directions: Vec<BodyVector>,
}

impl Cone {
    pub(crate) fn of(site: &Site) -> Self {
        let steps = |low: f64, high: f64| ((high - low) / CONE_STEP_DEG).round() as usize;
        let [from, to] = OBLIQUITY_RANGE_DEG;
        let mut angles = Vec::new();
        for t in 0..=steps(-TILT_RANGE_DEG, TILT_RANGE_DEG) {
            for o in 0..=steps(from, to) {
                angles.push([from + o as f64 * CONE_STEP_DEG, -TILT_RANGE_DEG + t as f64 * CONE_STEP_DEG]);
            }
        }
        let directions = angles.iter().map(|&[obliquity, tilt]| site.direction(obliquity, tilt)).collect();
        Self { angles, directions }
    }
}

/// A path that was scored.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found {
    pub(crate) path: PathParameters,
    pub(crate) score: Score,
}

/// What the search of a site found.
#[derive(Debug, Clone)]
pub(crate) struct SiteSearch {
    /// Best paths, refined, cheapest first. Where none is allowed, the least bad.
    pub(crate) best: Vec<Found>,
    /// Paths decided.
    pub(crate) decided: usize,
    /// Of those, free of everything forbidden.
    pub(crate) free: usize,
}

/// For each target the directions from which nothing forbidden is met.
pub(crate) fn decide(site: &Site, cone: &Cone, fields: &Fields, reach_mm: f64) -> Vec<Vec<u32>> {
    site.targets
        .par_iter()
        .map(|target| {
            let free =
                |direction: &BodyVector| fields.forbidden.is_free(&Segment::new(target, direction, reach_mm));
            // The tip decides for all its directions at once.
            if fields.forbidden.at(target) < 0.0 {
                return Vec::new();
            }
            (0..cone.directions.len() as u32).filter(|&d| free(&cone.directions[d as usize])).collect()
        })
        .collect()
}

/// Scores the free paths of a site; where a tip has none and `all` is set, a thinned set of its directions.
pub(crate) fn score(
    site: &Site,
    cone: &Cone,
    free: &[Vec<u32>],
    scorer: &Scorer<'_>,
    all: bool,
) -> Vec<Found> {
    let thinned: Vec<u32> = (0..cone.directions.len() as u32).filter(|d| d % 5 == 0).collect();
    site.targets
        .par_iter()
        .zip(free)
        .flat_map_iter(|(target, free)| {
            let tip = scorer.tip(site, target);
            let directions = if all { &thinned } else { free };
            directions.iter().filter_map(move |&d| {
                let [obliquity, tilt] = cone.angles[d as usize];
                let mut score = scorer.way(site, target, &cone.directions[d as usize]);
                score.cost += tip + scorer.angles(site, obliquity, tilt);
                score
                    .reaches_skin
                    .then(|| Found { path: PathParameters::at(site, target, obliquity, tilt), score })
            })
        })
        .collect()
}

/// Searches a site.
pub(crate) fn site(site: &Site, fields: &Fields, scorer: &Scorer<'_>, stream: Stream) -> SiteSearch {
    let cone = Cone::of(site);
    let free = decide(site, &cone, fields, scorer.longest_path_mm());
    let decided = site.targets.len() * cone.directions.len();
    let free_count = free.iter().map(Vec::len).sum();
    let (mut starts, any_allowed) = cheapest(site, &cone, &free, scorer);
    // Where nothing that was scored is allowed, something dearer may be: look at all before settling for the least bad.
    if !any_allowed {
        let mut found = score(site, &cone, &free, scorer, false);
        if found.iter().all(|f| f.score.violation > 0.0) {
            found = score(site, &cone, &free, scorer, true);
        }
        let (upper, lower) = found.into_iter().partition(|f| is_upper(site, &f.path.target(site)));
        starts = [lower, upper].into_iter().flat_map(|third| best_of(site, third)).collect();
    }
    let mut refined: Vec<Found> = starts
        .par_iter()
        .enumerate()
        .map(|(i, start)| refine::refine(site, scorer, &start.path, stream.indexed(i as u64)))
        .collect();
    refined.sort_by(|a, b| a.score.cost.total_cmp(&b.score.cost));
    SiteSearch { best: distinct(site, refined, KEPT), decided, free: free_count }
}

fn is_upper(site: &Site, target: &BodyPoint) -> bool {
    site.height_fraction(target) >= 0.5
}

fn best_of(site: &Site, mut found: Vec<Found>) -> Vec<Found> {
    found.sort_by(|a, b| a.score.cost.total_cmp(&b.score.cost));
    distinct(site, found, STARTS_A_THIRD)
}

/// A path that waits to be scored, with what it costs at least.
#[derive(Clone, Copy)]
struct Waiting {
    least_cost: f64,
    target: u32,
    direction: u32,
}

/// The cheapest free paths of each third that are not neighbours of one another, and whether any path that was scored
/// is allowed.
fn cheapest(site: &Site, cone: &Cone, free: &[Vec<u32>], scorer: &Scorer<'_>) -> (Vec<Found>, bool) {
    let mut thirds = [Vec::new(), Vec::new()];
    let angles: Vec<f64> =
        cone.angles.iter().map(|&[obliquity, tilt]| scorer.angles(site, obliquity, tilt)).collect();
    for (at, (target, free)) in site.targets.iter().zip(free).enumerate() {
        let tip = scorer.tip(site, target);
        let third = &mut thirds[usize::from(is_upper(site, target))];
        third.extend(free.iter().map(|&direction| Waiting {
            least_cost: tip + angles[direction as usize],
            target: at as u32,
            direction,
        }));
    }
    let mut any_allowed = false;
    let mut starts = Vec::new();
    for mut waiting in thirds {
        waiting.sort_by(|a, b| a.least_cost.total_cmp(&b.least_cost));
        let mut found: Vec<Found> = Vec::new();
        let mut best: Vec<Found> = Vec::new();
        for some in waiting.chunks(BATCH) {
            if best.len() == STARTS_A_THIRD && some[0].least_cost > best[STARTS_A_THIRD - 1].score.cost {
                break;
            }
            let scored: Vec<Option<Found>> =
                some.par_iter().map(|one| found_at(site, cone, scorer, one)).collect();
            found.extend(scored.into_iter().flatten());
            any_allowed |= found.iter().any(|f| f.score.violation <= 0.0);
            best = best_of(site, found.clone());
        }
        starts.extend(best);
    }
    (starts, any_allowed)
}

fn found_at(site: &Site, cone: &Cone, scorer: &Scorer<'_>, waiting: &Waiting) -> Option<Found> {
    let (target, direction) = (&site.targets[waiting.target as usize], waiting.direction as usize);
    let [obliquity, tilt] = cone.angles[direction];
    let mut score = scorer.way(site, target, &cone.directions[direction]);
    score.cost += waiting.least_cost;
    score.reaches_skin.then(|| Found { path: PathParameters::at(site, target, obliquity, tilt), score })
}

/// The first of these that are not neighbours of one another.
pub(crate) fn distinct(site: &Site, sorted: Vec<Found>, most: usize) -> Vec<Found> {
    let mut kept: Vec<Found> = Vec::new();
    for found in sorted {
        if kept.len() == most {
            break;
        }
        let ends = |f: &Found| {
            let tip = f.path.target(site);
            (tip, tip + site.direction(f.path.obliquity_deg, f.path.tilt_deg) * f.score.depth)
        };
        let (tip, entry) = ends(&found);
        let is_new = kept.iter().all(|other| {
            let (other_tip, other_entry) = ends(other);
            (tip - other_tip).norm() > SAME_TIP_MM || (entry - other_entry).norm() > SAME_ENTRY_MM
        });
        if is_new {
            kept.push(found);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::person::Person;
    use crate::planner::Prepared;
    use crate::{LevelChoice, PlanOptions, PlannedSide};
    use rami_anatomy::VertebralLevel;

    #[test]
    fn scoring_best_first_finds_what_scoring_every_free_path_finds() {
        let (_, anatomy) = Person::default().make();
        let level = LevelChoice::At(VertebralLevel::L4);
        let options = PlanOptions { side: PlannedSide::Left, level, ..PlanOptions::default() };
        let prepared = Prepared::new(&anatomy, &options).unwrap();
        let (site, fields) = (&prepared.sites[0], &prepared.fields);
        let scorer = Scorer::new(fields, 200.0);
        let cone = Cone::of(site);
        let free = decide(site, &cone, fields, scorer.longest_path_mm());

        let (found, any_allowed) = cheapest(site, &cone, &free, &scorer);
        let all = score(site, &cone, &free, &scorer, false);
        assert!(any_allowed && all.len() > 10 * BATCH, "{} paths leave something to skip", all.len());
        let (upper, lower) = all.into_iter().partition(|f| is_upper(site, &f.path.target(site)));
        let expected: Vec<Found> =
            [lower, upper].into_iter().flat_map(|third| best_of(site, third)).collect();
        assert_eq!(found.len(), expected.len());
        for (a, b) in found.iter().zip(&expected) {
            // The same sums in the same order.
            assert_eq!((a.path, a.score.cost.to_bits()), (b.path, b.score.cost.to_bits()));
        }
    }
}
