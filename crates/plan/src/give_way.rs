//! The search of a site, and how its best paths give way: to voxels that stick out of the smoothed surface, to margins
//! that they fall short of by a little, to limits on probability. Each time the path is refined again with more room to what
//! it came too near to.

use crate::assess::Assessor;
use crate::cost::Scorer;
use crate::options::PlanOptions;
use crate::probability::Draws;
use crate::refine;
use crate::search::{self, Found, SiteSearch};
use crate::site::Site;
use rami_random::Stream;
use rayon::prelude::*;

/// Steps by which the margin of what a refined path still touches voxels of grows, mm, and how often.
const VOXEL_STEP_MM: f64 = 0.25;
const VOXEL_STEPS: usize = 9;
/// The same for what a path would touch too often.
const LIMIT_STEP_MM: f64 = 0.5;
const LIMIT_STEPS: usize = 10;
/// Draws behind each of these steps: the first of those that the plan is judged by.
pub(crate) const DRAWS: usize = 1000;
/// The same for a margin that a path falls short of by a little, because a departure is only priced: what the rest of the
/// cost gains by it. Beyond a sum of squares of `FAR_MM2` the site is blocked, not a little short.
const MARGIN_STEP_MM: f64 = 0.2;
const MARGIN_STEPS: usize = 3;
const FAR_MM2: f64 = 1.0;
/// Share of a limit within which a path is brought.
const NEARLY: f64 = 0.9;
/// Sum of squared violations that still counts as none, mm².
const ALLOWED: f64 = 0.01;

/// Searches a site. Where a path touches voxels that stick out of the smoothed surface, or touches something more
/// often than is allowed, it is refined again with more room to that.
pub(crate) fn search_site(
    site: &Site,
    assessor: &Assessor<'_>,
    few: &Draws,
    options: &PlanOptions,
) -> SiteSearch {
    let stream = Stream::new(options.seed).named("refine").named(site.level.name());
    let scorer = Scorer::new(assessor.fields, options.longest_needle_mm());
    let mut search = search::site(site, assessor.fields, &scorer, stream);
    search.best = search
        .best
        .par_iter()
        .map(|found| {
            let found = within_margins(site, &scorer, *found, stream);
            let mut scorer = scorer.clone();
            let found = off_voxels(site, assessor, &mut scorer, found, stream);
            within_limits(site, assessor, few, &scorer, found, stream)
        })
        .collect();
    search.best.sort_by(|a, b| a.score.cost.total_cmp(&b.score.cost));
    search.best = search::distinct(site, search.best, search::KEPT);
    search
}

/// A path that keeps the margins, where a little more room asked for brings it there.
fn within_margins(site: &Site, scorer: &Scorer<'_>, found: Found, stream: Stream) -> Found {
    let mut here = found;
    let mut wider = scorer.clone();
    for _ in 0..MARGIN_STEPS {
        let short = scorer.short_of(site, &here.path, &here.score);
        if short.is_empty() || here.score.violation > FAR_MM2 {
            break;
        }
        for index in short {
            wider.widen(index, MARGIN_STEP_MM);
        }
        let path = refine::refine(site, &wider, &here.path, stream.named("margins")).path;
        here = Found { path, score: scorer.path(site, &path) };
    }
    if here.score.violation < found.score.violation { here } else { found }
}

/// A path with as much more room to what it touches voxels of as keeps it off them. The scorer keeps that room.
fn off_voxels(
    site: &Site,
    assessor: &Assessor<'_>,
    wider: &mut Scorer<'_>,
    mut found: Found,
    stream: Stream,
) -> Found {
    for _ in 0..VOXEL_STEPS {
        let touched = assessor.touched_labels(site, &found.path, &found.score);
        if found.score.violation > ALLOWED || touched.is_empty() {
            break;
        }
        for index in touched.iter().filter_map(|name| assessor.fields.index_of(name)) {
            wider.widen(index, VOXEL_STEP_MM);
        }
        found = refine::refine(site, wider, &found.path, stream.named("wider"));
    }
    found
}

/// The path, or one a few millimetres off that keeps within the limits of probability, where there is one. A limit is so
/// no edge at which a small change of the CT throws a plan to another place: before it is reached the path gives way.
fn within_limits(
    site: &Site,
    assessor: &Assessor<'_>,
    few: &Draws,
    scorer: &Scorer<'_>,
    found: Found,
    stream: Stream,
) -> Found {
    // What is refused for a margin, an angle or a needle too short is not saved by wandering to another place.
    if found.score.violation > ALLOWED {
        return found;
    }
    let over = |found: &Found, share: f64| assessor.over_limit(site, few, &found.path, &found.score, share);
    let mut here = found;
    let mut wider = scorer.clone().beside_body();
    for _ in 0..LIMIT_STEPS {
        let near = over(&here, NEARLY);
        if near.is_empty() {
            return here;
        }
        for index in near {
            wider.widen(index, LIMIT_STEP_MM);
        }
        // What gives way to a limit may come upon voxels that it was clear of.
        let next = refine::refine(site, &wider, &here.path, stream.named("limits"));
        let next = off_voxels(site, assessor, &mut wider, next, stream);
        let next = Found { path: next.path, score: scorer.path(site, &next.path) };
        // What cannot give way further without coming too near to something else stays where it is.
        if next.score.violation > ALLOWED {
            break;
        }
        here = next;
    }
    let is_free = assessor.touched_labels(site, &here.path, &here.score).is_empty();
    if is_free && over(&here, 1.0).is_empty() { here } else { found }
}
