//! What a current at the tip excites: a model fibre laid along each nerve near it.
//!
//! A fibre of the nerve's class follows the nerve's middle with an excitable site at the point nearest the tip; beyond the
//! nerve's ends it goes on straight. Its potential per mA is read from the field, and the full cable gives the least
//! current (`rami_nerve::stimulate`). The activating function is what the cable integrates: its largest value per mA
//! over the excitable sites is reported beside it.

use super::potential::TipField;
use crate::BedsideError;
use crate::world::{Tube, TubeKind};
use rami_nerve::stimulate::threshold::{Search, threshold};
use rami_nerve::{Axon, FibreClass};
use rami_volume::Point;

/// Which fibres a nerve carries that matter here, and who they speak for.
pub(crate) fn classes(kind: TubeKind) -> &'static [FibreClass] {
    match kind {
        TubeKind::SympatheticTrunk => &[FibreClass::C, FibreClass::B],
        TubeKind::GreyRamus => &[FibreClass::C],
        TubeKind::WhiteRamus => &[FibreClass::B],
        TubeKind::NerveRoot | TubeKind::GenitofemoralNerve | TubeKind::LateralFemoralCutaneousNerve => {
            &[FibreClass::A]
        }
        TubeKind::LumbarArtery | TubeKind::LumbarVein | TubeKind::Ureter => &[],
    }
}

/// A fibre's answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Excited {
    /// Least current for a single fibre, mA; none below the largest looked at.
    pub(crate) fibre_ma: Option<f64>,
    /// Largest second difference of the potential between excitable sites, mV per mA.
    pub(crate) activating_mv_per_ma: f64,
    /// Where it fires.
    pub(crate) site: Point,
    /// Length of the fibre that runs straight on beyond the nerve's ends, mm.
    pub(crate) extended_mm: f64,
}

/// The pulse and how finely it is followed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Pulse {
    pub(crate) width_ms: f64,
    pub(crate) dt_ms: Option<f64>,
    pub(crate) highest_ma: f64,
}

impl Pulse {
    pub(crate) fn search(&self, axon: &Axon) -> Search {
        let mut search = Search::cathodic(axon, self.width_ms);
        if let Some(dt_ms) = self.dt_ms {
            search.dt_ms = dt_ms;
        }
        search.highest_ma = self.highest_ma;
        search
    }
}

/// A place along a polyline, straight on beyond its ends; how far beyond.
fn along(points: &[Point], lengths: &[f64], s: f64) -> (Point, f64) {
    let last = points.len() - 1;
    let i = lengths.partition_point(|&l| l <= s).clamp(1, last);
    let piece = (lengths[i] - lengths[i - 1]).max(1e-9);
    let f = (s - lengths[i - 1]) / piece;
    let beyond = if s < 0.0 { -s } else { (s - lengths[last]).max(0.0) };
    (points[i - 1] + (points[i] - points[i - 1]) * f, beyond)
}

pub(crate) fn excite(
    tube: &Tube,
    class: FibreClass,
    field: &TipField,
    tip: &Point,
    pulse: &Pulse,
) -> Result<Excited, BedsideError> {
    let points = distinct(&tube.points);
    if points.len() < 2 {
        return Err(BedsideError::Grid);
    }
    let mut lengths = vec![0.0];
    for w in points.windows(2) {
        lengths.push(lengths[lengths.len() - 1] + (w[1] - w[0]).norm());
    }
    let (mut nearest, mut least) = (0.0, f64::INFINITY);
    for (i, w) in points.windows(2).enumerate() {
        let on = crate::world::nearest_on(&w[0], &w[1], tip);
        let d = (on - tip).norm();
        if d < least {
            (nearest, least) = (lengths[i] + (on - w[0]).norm(), d);
        }
    }
    let axon = class.axon_for_stimulation()?;
    let sites = axon.sites_mm();
    let middle = sites[sites.len() / 2];
    let mut extended_mm = 0.0f64;
    let mut at = |x: f64| {
        let (point, beyond) = along(&points, &lengths, nearest + x - middle);
        extended_mm = extended_mm.max(beyond);
        point
    };
    let profile: Vec<f64> = axon.positions_mm().iter().map(|&x| field.mv_per_ma(&at(x))).collect();
    let at_sites: Vec<f64> = sites.iter().map(|&x| field.mv_per_ma(&at(x))).collect();
    // A cathode pulls the potential down: the second difference of minus V.
    let (mut best, mut activating) = (sites.len() / 2, f64::NEG_INFINITY);
    for (i, v) in at_sites.windows(3).enumerate() {
        let second = 2.0 * v[1] - v[0] - v[2];
        if second > activating {
            (best, activating) = (i + 1, second);
        }
    }
    let site = at(sites[best]);
    let fibre = threshold(&axon, &profile, &pulse.search(&axon))?;
    Ok(Excited { fibre_ma: fibre.map(|ma| ma.get()), activating_mv_per_ma: activating, site, extended_mm })
}

/// Without points that repeat.
fn distinct(points: &[Point]) -> Vec<Point> {
    let mut out: Vec<Point> = Vec::with_capacity(points.len());
    for p in points {
        if out.last().is_none_or(|last| (p - last).norm() > 1e-6) {
            out.push(*p);
        }
    }
    out
}
