//! What a drug cuts of the foot's sympathetic supply beside the trunk: in roots and rami.

use super::nerves::{NerveCourse, NerveOf, half_times};
use crate::world::TubeKind;
use rami_anatomy::{Side, VertebralLevel};
use rami_body::autonomic::BesideTrunk;

/// The cut over time.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BesideCourse {
    /// Largest share of the foot's supply.
    pub fraction: f64,
    /// Minutes until half of that.
    pub onset_min: Option<f64>,
    /// For how long at least half of it, min.
    pub duration_min: f64,
    /// Share over time: (minutes, share).
    pub series: Vec<(f64, f64)>,
}

impl BesideCourse {
    /// Of a side, from every nerve that was followed.
    #[must_use]
    pub fn of(others: &[(NerveOf, String, NerveCourse)], side: Side) -> Self {
        use VertebralLevel::{L1, L2, L4, L5};
        let course = |kind: TubeKind, level: VertebralLevel| {
            others
                .iter()
                .find(|(nerve, ..)| nerve.side == side && nerve.kind == kind && nerve.level == Some(level))
                .map(|(_, _, course)| course)
        };
        let pair = |kind: TubeKind, levels: [VertebralLevel; 2]| levels.map(|level| course(kind, level));
        let upper_root = pair(TubeKind::NerveRoot, [L1, L2]);
        let white_ramus = pair(TubeKind::WhiteRamus, [L1, L2]);
        let grey_ramus = pair(TubeKind::GreyRamus, [L4, L5]);
        let lower_root = pair(TubeKind::NerveRoot, [L4, L5]);
        // All nerves are looked at together.
        let ways = [upper_root, white_ramus, grey_ramus, lower_root];
        let Some(longest) = ways.iter().flatten().flatten().max_by_key(|course| course.series.len()) else {
            return Self::default();
        };
        let at = |pair: [Option<&NerveCourse>; 2], look: usize, class: usize| {
            pair.map(|course| course.and_then(|c| c.series.get(look)).map_or(0.0, |(_, share)| share[class]))
        };
        let (b, c) = (1, 2);
        let series: Vec<(f64, f64)> = longest
            .series
            .iter()
            .enumerate()
            .map(|(look, (minute, _))| {
                let cut = BesideTrunk {
                    upper_root: at(upper_root, look, b),
                    white_ramus: at(white_ramus, look, b),
                    grey_ramus: at(grey_ramus, look, c),
                    lower_root: at(lower_root, look, c),
                };
                (*minute, cut.cut())
            })
            .collect();
        let fraction = series.iter().map(|look| look.1).fold(0.0, f64::max);
        let (onset_min, duration_min) = half_times(&series, |share| *share, 0.5 * fraction);
        Self { fraction, onset_min, duration_min, series }
    }
}
