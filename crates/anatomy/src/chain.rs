//! The sympathetic trunk: where it probably runs, and how sure that is. No CT shows it.
//!
//! In the plane of each station the trunk lies on the outline of the body or disc, at an arc length `s` from the
//! front. Its density over `s` is the product of what is known:
//!
//! - **psoas**: with `u` the distance medial to the muscle's edge, a mixture: with probability `p` it lies in the
//!   open corridor at `u ~ N(m, σ²)`, else beneath the edge (evidence B2.2, B2.8; `p` grows from 20 % at L2/3 to 76 %
//!   at L4/5). `m` and `σ` are the published mean and standard deviation with the trunks beneath the edge counted as
//!   zero taken out of them: `m = M/p`, `σ² = (S² + M²)/p - m²`.
//! - **vessel**: straight from the aorta's wall, a circle of the section's area, the trunk lies 11 to 7 mm (B2.5); with the
//!   cadavers' distance from psoas, what that leaves of the corridor (B2.6). Beside the vena cava it lies behind or lateral to
//!   the wall (B2.12, wide). Which vessel is beside it is seen, not assumed from the side.
//! - **depth**: 95 % of trunks lie in the anterior third of the body's depth (B2.10).
//!
//! Mean angles are smoothed along the spine. The trunk bridges the waists of the bodies, over the segmental vessels that
//! pass behind it: its centre stands half a ganglion's width off the upper envelope of the outline's radii over a
//! vertebra's length.
//! The covariance has the density's variance along the outline, times a factor that is calibrated on digital patients
//! (with how far a trunk can be moved, B2.9, and the voxel), a small one off the bone and none to speak of along the trunk.
//!
//! Limits: the three sources are multiplied as if independent; medial branches, doubled and interrupted trunks are not modelled.

use crate::local::SMOOTHING_MM;
use crate::prior::{Gaussian, TrunkPrior, along};
use crate::stations::{Neighbours, Round, Station, number};
use crate::{BySide, Chain, ChainPoint, Side, VertebralLevel};
use nalgebra::Matrix3;
use rami_evidence::value;
use rami_volume::Vector;

/// Largest angle from the front that is considered, radians.
const WIDEST: f64 = 1.95;
/// Step of the search over angles, radians.
const STEP: f64 = 0.0125;

/// What the density over the outline says at one station.
struct Estimate {
    angle: f64,
    variance_mm2: f64,
}

/// How the trunk is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading {
    pub(crate) voxel_mm: f64,
    pub(crate) prior: TrunkPrior,
    /// Factor on the spread of the density along the outline.
    pub(crate) spread: f64,
}

/// Both trunks.
pub(crate) fn infer(stations: &[Station], neighbours: &Neighbours, reading: Reading) -> BySide<Chain> {
    BySide::from_fn(|side| trunk(side, stations, neighbours, reading))
}

fn trunk(side: Side, stations: &[Station], neighbours: &Neighbours, reading: Reading) -> Chain {
    let voxel_mm = reading.voxel_mm;
    let correlation_length_mm = value("anatomy_model.trunk_correlation_length");
    let estimates: Vec<Estimate> = stations.iter().map(|s| estimate(side, s, neighbours, reading)).collect();
    let along_mm: Vec<f64> = stations.iter().map(|s| s.along_mm).collect();
    let angles = smooth(&along_mm, &estimates.iter().map(|e| e.angle).collect::<Vec<_>>(), 8.0);
    let off = value("anatomy.ganglion_width") / 2.0;
    let standing: Vec<f64> =
        stations.iter().zip(&angles).map(|(s, &a)| s.radius(a * side.sign()) + off).collect();
    let radii = smooth(&along_mm, &bridged(&along_mm, &standing), 5.0);
    let sd_off = Gaussian::of("anatomy_model.trunk_off_bone").sd;
    let variances = smooth(&along_mm, &estimates.iter().map(|e| e.variance_mm2).collect::<Vec<_>>(), 8.0);
    let density = ganglia(stations);
    let points = stations
        .iter()
        .enumerate()
        .map(|(i, station)| {
            let theta = angles[i] * side.sign();
            let out = station.local.vector(&Vector::new(theta.sin(), -theta.cos(), 0.0));
            let around = station.local.vector(&Vector::new(theta.cos(), theta.sin(), 0.0));
            let up = station.local.cranial.into_inner();
            let outer = |v: &Vector, variance: f64| -> Matrix3<f64> { v * v.transpose() * variance };
            ChainPoint {
                mean: station.at(theta, radii[i]),
                covariance: outer(&around, variances[i])
                    + outer(&out, sd_off * sd_off + voxel_mm * voxel_mm / 12.0)
                    + outer(&up, 1.0),
                level: station.level,
                ganglia_per_mm: density[i],
            }
        })
        .collect();
    Chain { points, correlation_length_mm }
}

/// Upper envelope: at each place the highest chord over it between places within half a vertebra's length.
fn bridged(along_mm: &[f64], radii: &[f64]) -> Vec<f64> {
    const REACH_MM: f64 = 18.0;
    let n = radii.len();
    (0..n)
        .map(|i| {
            let before = (0..i).rev().take_while(|&a| along_mm[i] - along_mm[a] <= REACH_MM);
            let mut highest = radii[i];
            for a in before {
                for b in (i + 1..n).take_while(|&b| along_mm[b] - along_mm[i] <= REACH_MM) {
                    let f = (along_mm[i] - along_mm[a]) / (along_mm[b] - along_mm[a]).max(1e-9);
                    highest = highest.max(radii[a] + f * (radii[b] - radii[a]));
                }
            }
            highest
        })
        .collect()
}

/// Mean angle (positive towards the side) and variance along the outline at one station.
fn estimate(side: Side, station: &Station, neighbours: &Neighbours, reading: Reading) -> Estimate {
    let Reading { voxel_mm, prior, spread } = reading;
    let sign = side.sign();
    let steps = (WIDEST / STEP) as usize;
    // Arc length along the outline from the front.
    let mut arc = vec![0.0; steps + 1];
    for n in 1..=steps {
        let (a, b) = ((n - 1) as f64 * STEP, n as f64 * STEP);
        let (p, q) =
            (station.at(a * sign, station.radius(a * sign)), station.at(b * sign, station.radius(b * sign)));
        arc[n] = arc[n - 1] + (q - p).norm();
    }
    let edge = psoas_edge(side, station, neighbours, &arc);
    let mixture = PsoasMixture::at(station.coordinate, prior);
    let beside = vessel_beside(side, station, neighbours, prior);
    let depth = Gaussian::of("anatomy_model.trunk_depth_fraction");
    let voxel_variance = voxel_mm * voxel_mm / 12.0 + SMOOTHING_MM * SMOOTHING_MM / 12.0;
    let mut weights = Vec::with_capacity(steps + 1);
    for n in 0..=steps {
        let theta = n as f64 * STEP;
        let mut weight = depth.density(station.depth_fraction(theta * sign), 0.0);
        if let Some((edge, trust)) = edge {
            weight *= mixture.density(edge - arc[n], voxel_variance).powf(trust);
        }
        if let Some((vessel, from_wall)) = &beside {
            let r = station.radius(theta * sign);
            let (x, y) = (r * (theta * sign).sin(), -r * theta.cos());
            weight *= from_wall.density(vessel.to(side, x, y), voxel_variance);
        }
        weights.push(weight);
    }
    let total: f64 = weights.iter().sum::<f64>().max(1e-300);
    let mean_arc = weights.iter().zip(&arc).map(|(w, s)| w * s).sum::<f64>() / total;
    let variance = weights.iter().zip(&arc).map(|(w, s)| w * (s - mean_arc).powi(2)).sum::<f64>() / total;
    let at = arc.partition_point(|&s| s < mean_arc).clamp(1, steps);
    let f = (mean_arc - arc[at - 1]) / (arc[at] - arc[at - 1]).max(1e-9);
    let mobility = along("anatomy.trunk_mobility", station.coordinate).mean / 2.0;
    Estimate {
        angle: (at as f64 - 1.0 + f) * STEP,
        variance_mm2: spread * spread * variance + mobility * mobility + voxel_variance,
    }
}

/// Where the trunk lies about the edge of psoas: `u` mm medial to it.
struct PsoasMixture {
    share: f64,
    corridor: Gaussian,
    beneath: Gaussian,
}

impl PsoasMixture {
    fn at(coordinate: f64, prior: TrunkPrior) -> Self {
        let beneath = Gaussian::of("anatomy_model.trunk_beneath_psoas_edge");
        if prior == TrunkPrior::Mri {
            // Every trunk that was seen lay medial to the muscle's leading edge.
            let corridor = along("anatomy.trunk_to_psoas_left_mri", coordinate);
            return Self { share: 1.0, corridor, beneath };
        }
        let share = along("anatomy.trunk_in_corridor", coordinate).mean / 100.0;
        let all = along("anatomy.trunk_to_psoas_left", coordinate);
        let mean = all.mean / share;
        let variance = ((all.sd.powi(2) + all.mean.powi(2)) / share - mean * mean).max(0.25);
        Self { share, corridor: Gaussian { mean, sd: variance.sqrt() }, beneath }
    }

    fn density(&self, u: f64, extra: f64) -> f64 {
        self.share * self.corridor.density(u, extra) + (1.0 - self.share) * self.beneath.density(u, extra)
    }
}

/// Arc length of the medial edge of psoas: the least over the muscle's points of the arc length they lie at, a point
/// that stands more than 3 mm off the outline counting as further round by what it stands off more. So the edge moves
/// smoothly where the muscle leaves the bone. And how far it is to be trusted: less from 8 mm off the bone, not at all from 16
/// mm; and less from the disc below L1 up, not at all from the middle of L1, where the muscle begins far round the bone and no
/// one has measured from it. So nothing hangs on the slice in which the muscle begins.
fn psoas_edge(side: Side, station: &Station, neighbours: &Neighbours, arc: &[f64]) -> Option<(f64, f64)> {
    const CLOSE_MM: f64 = 3.0;
    const BESIDE_MM: f64 = 8.0;
    const FURTHEST_MM: f64 = 16.0;
    const STRIDE: usize = 2;
    /// Middle of L1 and the disc below it.
    const BEGINS: [f64; 2] = [1.0, 1.5];
    let sign = side.sign();
    let below = ((station.coordinate - BEGINS[0]) / (BEGINS[1] - BEGINS[0])).clamp(0.0, 1.0);
    let mut edge: Option<(f64, f64)> = None;
    for n in (0..arc.len()).step_by(STRIDE) {
        let theta = n as f64 * STEP * sign;
        let radius = station.radius(theta);
        let mut before = 0.0;
        let mut gap = 0.0;
        while gap <= FURTHEST_MM {
            let now = neighbours.psoas_at(side, &station.at(theta, radius + gap));
            if now >= 0.5 {
                let back = if gap > 0.0 { (now - 0.5) / (now - before).max(1e-9) } else { 0.0 };
                let at = arc[n] + (gap - back - CLOSE_MM).max(0.0);
                let trust = (FURTHEST_MM - (gap - back)) / (FURTHEST_MM - BESIDE_MM);
                if edge.is_none_or(|e| at < e.0) {
                    edge = Some((at, below * trust.clamp(0.0, 1.0)));
                }
                break;
            }
            before = now;
            gap += 1.0;
        }
        // Nothing further round can lie nearer.
        if edge.is_some_and(|e| arc[n] > e.0) {
            break;
        }
    }
    edge
}

/// The vessel beside a trunk, and how the trunk's place is counted from it.
enum Beside {
    /// Straight from the wall of a round vessel.
    Aorta(Round),
    /// Lateral to the lateral wall, a left coordinate.
    Cava(f64),
}

impl Beside {
    /// Where a point of the station's plane (left, posterior) lies from the vessel, mm.
    fn to(&self, side: Side, x: f64, y: f64) -> f64 {
        match self {
            Self::Aorta(Round { centre, radius }) => (x - centre[0]).hypot(y - centre[1]) - radius,
            Self::Cava(wall) => side.sign() * (x - wall),
        }
    }
}

/// The vessel beside the trunk and where the trunk lies from it.
fn vessel_beside(
    side: Side,
    station: &Station,
    neighbours: &Neighbours,
    prior: TrunkPrior,
) -> Option<(Beside, Gaussian)> {
    let sign = side.sign();
    let sections = [0, 1].map(|which| neighbours.vessel_section(which, station));
    let (which, section) = (0..2)
        .filter_map(|which| sections[which].as_ref().map(|s| (which, s)))
        .max_by(|a, b| (sign * a.1.centroid[0]).total_cmp(&(sign * b.1.centroid[0])))?;
    // A lone vessel on the other side of the middle is not beside this trunk.
    if sign * section.centroid[0] < -5.0 {
        return None;
    }
    if which == 1 {
        let wall = section.lateral(side);
        return Some((Beside::Cava(wall), Gaussian::of("anatomy_model.trunk_from_vena_cava_wall")));
    }
    let at = |topic: &str| along(topic, station.coordinate);
    let from_wall = match prior {
        TrunkPrior::Mri => at("anatomy.aorta_to_trunk_left"),
        // What the cadavers' distance from psoas leaves of the corridor, with the spread of both.
        TrunkPrior::Cadaver => {
            let (whole, psoas) = (at("anatomy.aorta_to_psoas_left"), at("anatomy.trunk_to_psoas_left"));
            Gaussian { mean: whole.mean - psoas.mean, sd: whole.sd.hypot(psoas.sd) }
        }
    };
    Some((Beside::Aorta(section.round), from_wall))
}

/// Expected ganglia per millimetre: spindles about the places the evidence names, as many as it counts.
fn ganglia(stations: &[Station]) -> Vec<f64> {
    let total = value("anatomy.ganglia_per_side");
    let sd = value("anatomy.ganglion_length");
    // Place (coordinate) and weight of each: the lower third of L2 and the upper third of L3 are densest (A2, B1.5),
    // L2 commonest (B1.1).
    let place = |level: VertebralLevel, fraction: f64| number(level) + 0.4 * (1.0 - 2.0 * fraction);
    let bumps = [
        (place(VertebralLevel::L1, 0.3), value("anatomy_model.ganglia_weight.l1")),
        (place(VertebralLevel::L2, 0.2), value("anatomy_model.ganglia_weight.l2")),
        (place(VertebralLevel::L3, 0.8), value("anatomy_model.ganglia_weight.l3")),
        (place(VertebralLevel::L4, 0.5), value("anatomy_model.ganglia_weight.l4")),
        (place(VertebralLevel::L5, 0.5), value("anatomy_model.ganglia_weight.l5")),
    ];
    let centres: Vec<(f64, f64)> = bumps
        .iter()
        .filter_map(|&(coordinate, weight)| {
            crate::stations::nearest(stations, coordinate).map(|s| (s.along_mm, weight))
        })
        .collect();
    let all: f64 = bumps.iter().map(|b| b.1).sum();
    let norm = total / all / (sd * (2.0 * std::f64::consts::PI).sqrt());
    stations
        .iter()
        .map(|s| {
            centres
                .iter()
                .map(|(at, weight)| weight * norm * (-0.5 * ((s.along_mm - at) / sd).powi(2)).exp())
                .sum()
        })
        .collect()
}

/// Gaussian kernel smoothing over path length, exact for linear functions (local linear regression).
fn smooth(along_mm: &[f64], values: &[f64], sd_mm: f64) -> Vec<f64> {
    (0..values.len())
        .map(|i| {
            let (mut s0, mut s1, mut s2, mut t0, mut t1) = (0.0, 0.0, 0.0, 0.0, 0.0);
            for j in 0..values.len() {
                let d = along_mm[j] - along_mm[i];
                if d.abs() > 4.0 * sd_mm {
                    continue;
                }
                let w = (-0.5 * (d / sd_mm).powi(2)).exp();
                s0 += w;
                s1 += w * d;
                s2 += w * d * d;
                t0 += w * values[j];
                t1 += w * d * values[j];
            }
            let determinant = s0 * s2 - s1 * s1;
            if determinant > 1e-9 * s0 * s0 { (s2 * t0 - s1 * t1) / determinant } else { t0 / s0 }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smoothing_keeps_a_straight_line_to_its_ends() {
        let at: Vec<f64> = (0..30).map(|i| f64::from(i) * 2.0).collect();
        let line: Vec<f64> = at.iter().map(|x| 3.0 - 0.2 * x).collect();
        let out = smooth(&at, &line, 8.0);
        assert!(out.iter().zip(&line).all(|(a, b)| (a - b).abs() < 1e-9));
    }

    #[test]
    fn a_trunk_bridges_a_waist_and_stays_where_the_outline_bulges() {
        let at: Vec<f64> = (0..20).map(|i| 2.0 * f64::from(i)).collect();
        let waist: Vec<f64> = at.iter().map(|z| 20.0 - 3.0 * (-(z - 19.0f64).powi(2) / 60.0).exp()).collect();
        let over = bridged(&at, &waist);
        assert!(over[9] > 19.5, "{}", over[9]);
        assert!(over.iter().zip(&waist).all(|(o, w)| o >= w));
        let bulge: Vec<f64> = at.iter().map(|z| 20.0 - 0.005 * (z - 19.0f64).powi(2)).collect();
        assert_eq!(bridged(&at, &bulge), bulge);
    }

    #[test]
    fn the_mixture_gives_back_the_published_mean_with_trunks_beneath_the_edge_as_zero() {
        for (coordinate, mean) in [(2.5, 0.61), (3.5, 1.72), (4.5, 2.94)] {
            let m = PsoasMixture::at(coordinate, TrunkPrior::Cadaver);
            assert!((m.share * m.corridor.mean - mean).abs() < 1e-9);
        }
    }
}
