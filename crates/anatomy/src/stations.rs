//! Cross-sections every two millimetres from the top of L1 to the bottom of L5, and what lies in their planes.

use crate::census::Census;
use crate::local::{Local, Patch, SMOOTHING_MM};
use crate::vertebra::Measured;
use crate::vertebra::surface::{HALF, angle};
use crate::{BySide, Side, VertebralLevel};
use rami_volume::{Labels, Point, Vector};
use std::collections::BTreeMap;

/// Distance between stations, mm.
const STEP_MM: f64 = 2.0;

/// A transverse section through the spine: the outline of a body, or between two bodies of the disc.
#[derive(Debug, Clone)]
pub(crate) struct Station {
    /// Level of the body, or of the one above the disc.
    pub(crate) level: VertebralLevel,
    /// 3.0 in the middle of L3, 3.5 in the middle of the disc below it.
    pub(crate) coordinate: f64,
    /// Axes, with the origin on the axis of the bodies.
    pub(crate) local: Local,
    /// Radii of the outline, mm; the middle one points forwards.
    pub(crate) radii: Vec<f64>,
    /// Distance from the axis back to the posterior wall, mm.
    pub(crate) back: f64,
    /// Path length along the axis from the first station, mm.
    pub(crate) along_mm: f64,
}

impl Station {
    /// In-plane point at an angle from the front (positive to the left) and a distance from the axis.
    pub(crate) fn at(&self, theta: f64, radius: f64) -> Point {
        self.local.point(&Vector::new(theta.sin() * radius, -theta.cos() * radius, 0.0))
    }

    /// Radius of the outline at an angle.
    pub(crate) fn radius(&self, theta: f64) -> f64 {
        let ray = (theta / angle(HALF + 1) + HALF as f64).clamp(0.0, (2 * HALF) as f64);
        let low = (ray.floor() as usize).min(2 * HALF - 1);
        let f = ray - low as f64;
        self.radii[low] * (1.0 - f) + self.radii[low + 1] * f
    }

    /// Share of the body's depth in front of the outline's point at an angle.
    pub(crate) fn depth_fraction(&self, theta: f64) -> f64 {
        (self.radii[HALF] - self.radius(theta) * theta.cos()) / (self.radii[HALF] + self.back)
    }
}

/// Number of a lumbar level: 1.0 for L1.
pub(crate) fn number(level: VertebralLevel) -> f64 {
    level as u8 as f64 - VertebralLevel::L1 as u8 as f64 + 1.0
}

/// Stations through all measured lumbar vertebrae and the gaps between them, cranial first.
pub(crate) fn stations(measured: &BTreeMap<VertebralLevel, Measured>) -> Vec<Station> {
    let lumbar: Vec<&Measured> =
        VertebralLevel::LUMBAR.iter().filter_map(|level| measured.get(level)).collect();
    let mut found: Vec<Station> = Vec::new();
    for (n, m) in lumbar.iter().enumerate() {
        let level = m.vertebra.level;
        let through = m.vertebra.height_mm;
        let rows = m.sections.len();
        let steps = (through / STEP_MM).round().max(2.0) as usize;
        for step in 0..steps {
            // Cranial first: sections run the other way.
            let row = (rows - 1) - step * (rows - 1) / (steps - 1);
            let s = &m.sections[row];
            found.push(Station {
                level,
                coordinate: number(level) + 0.4 * (1.0 - 2.0 * s.height),
                local: m.local.moved_to(s.centre),
                radii: s.radii.clone(),
                back: s.back,
                along_mm: 0.0,
            });
        }
        // The disc (or whatever is between this and the next vertebra that was found).
        if let Some(below) = lumbar.get(n + 1) {
            let (Some(top), Some(bottom)) = (m.sections.first(), below.sections.last()) else { continue };
            let from = number(level) + 0.4;
            let to = number(below.vertebra.level) - 0.4;
            let gap = (bottom.centre - top.centre).norm();
            // The disc stands out over the bodies by what is published of it (B5.7), most in its middle.
            let disc = disc_outline(m, below);
            let steps = (gap / STEP_MM).round() as usize;
            for step in 1..steps {
                let t = step as f64 / steps as f64;
                let mix = |a: &Vector, b: &Vector| a * (1.0 - t) + b * t;
                let centre = Point::from(mix(&top.centre.coords, &bottom.centre.coords));
                let cranial = mix(&m.local.cranial, &below.local.cranial);
                let anterior = -mix(&m.local.posterior, &below.local.posterior);
                let Some(local) = Local::new(centre, nalgebra::Unit::new_normalize(cranial), &anterior)
                else {
                    continue;
                };
                let coordinate = from + (to - from) * t;
                found.push(Station {
                    level: if coordinate - from < 1.0 { level } else { below.vertebra.level },
                    coordinate,
                    local,
                    radii: (0..top.radii.len())
                        .map(|ray| {
                            let between = top.radii[ray] * (1.0 - t) + bottom.radii[ray] * t;
                            let bulge = (disc[ray] - between).max(0.0);
                            between + bulge * (4.0 * t * (1.0 - t)).sqrt()
                        })
                        .collect(),
                    back: top.back * (1.0 - t) + bottom.back * t,
                    along_mm: 0.0,
                });
            }
        }
    }
    for i in 1..found.len() {
        let step = (found[i].local.origin - found[i - 1].local.origin).norm();
        found[i].along_mm = found[i - 1].along_mm + step;
    }
    found
}

/// Radii of the disc between two vertebrae: those of their waists, larger by the published ratio.
fn disc_outline(above: &Measured, below: &Measured) -> Vec<f64> {
    let ratio = 1.0 + rami_evidence::value("anatomy.disc_wider_than_body") / 100.0;
    let waist = |m: &Measured, ray: usize| {
        let middle = m.sections.iter().filter(|s| (0.3..=0.7).contains(&s.height));
        middle.map(|s| s.radii[ray]).fold(f64::INFINITY, f64::min)
    };
    (0..2 * HALF + 1)
        .map(|ray| {
            let mean = 0.5 * (waist(above, ray) + waist(below, ray));
            if mean.is_finite() { ratio * mean } else { 0.0 }
        })
        .collect()
}

/// The station nearest to a coordinate, if one lies within half a level.
pub(crate) fn nearest(stations: &[Station], coordinate: f64) -> Option<&Station> {
    stations
        .iter()
        .min_by(|a, b| (a.coordinate - coordinate).abs().total_cmp(&(b.coordinate - coordinate).abs()))
        .filter(|s| (s.coordinate - coordinate).abs() < 0.5)
}

/// Smoothed indicators of what lies beside the bodies.
pub(crate) struct Neighbours {
    psoas: BySide<Option<Patch>>,
    /// Aorta, then inferior vena cava.
    pub(crate) vessels: [Option<Patch>; 2],
}

impl Neighbours {
    pub(crate) fn new(labels: &Labels, census: &Census, stations: &[Station]) -> Self {
        let field = |id: u16| -> Option<Patch> {
            let extent = census.get(id)?;
            let middle = stations.get(stations.len() / 2)?;
            let (first, last) = (stations.first()?, stations.last()?);
            let up = middle.local.coordinates(&first.local.origin).z + 25.0;
            let down = middle.local.coordinates(&last.local.origin).z - 25.0;
            let low = Vector::new(-85.0, -90.0, down);
            let high = Vector::new(85.0, 55.0, up);
            Some(Patch::occupancy(labels, id, extent, middle.local, low, high, 2.0, SMOOTHING_MM))
        };
        Self { psoas: BySide { left: field(88), right: field(89) }, vessels: [field(52), field(63)] }
    }

    /// Smoothed indicator of psoas at a point.
    pub(crate) fn psoas_at(&self, side: Side, point: &Point) -> f64 {
        self.psoas
            .get(side)
            .as_ref()
            .map_or(0.0, |patch| f64::from(patch.sample(&patch.local.coordinates(point))))
    }

    /// Section of psoas in the plane of a station.
    pub(crate) fn psoas_section(&self, side: Side, station: &Station) -> Option<CrossSection> {
        let patch = self.psoas.get(side).as_ref()?;
        CrossSection::of(patch, &station.local, [-80.0, 80.0], [-50.0, 50.0]).filter(|s| s.area_mm2 > 60.0)
    }

    /// Section of a vessel in the plane of a station.
    pub(crate) fn vessel_section(&self, which: usize, station: &Station) -> Option<CrossSection> {
        let patch = self.vessels[which].as_ref()?;
        CrossSection::of(patch, &station.local, [-60.0, 60.0], [-85.0, 5.0]).filter(|s| s.area_mm2 > 40.0)
    }
}

/// What of a structure lies in a plane, in the plane's own coordinates (left, posterior), mm.
#[derive(Debug, Clone)]
pub(crate) struct CrossSection {
    pub(crate) area_mm2: f64,
    pub(crate) centroid: [f64; 2],
    /// Left coordinates of its right-most and left-most points.
    pub(crate) span: [f64; 2],
    /// Left coordinate, and the posterior coordinates of front and back there.
    columns: Vec<(f64, f64, f64)>,
    /// The circle of its area about its centre of gravity, both from shares of voxels.
    pub(crate) round: Round,
}

/// A circle in a station's plane (left, posterior), mm.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Round {
    pub(crate) centre: [f64; 2],
    pub(crate) radius: f64,
}

impl CrossSection {
    fn of(patch: &Patch, local: &Local, x_range: [f64; 2], y_range: [f64; 2]) -> Option<Self> {
        const STEP: f64 = 2.0;
        let nx = ((x_range[1] - x_range[0]) / STEP) as usize + 1;
        let ny = ((y_range[1] - y_range[0]) / STEP) as usize + 1;
        let origin = patch.local.coordinates(&local.origin);
        let dx = patch.local.coordinates(&(local.origin + local.left.into_inner())) - origin;
        let dy = patch.local.coordinates(&(local.origin + local.posterior.into_inner())) - origin;
        let value = |x: f64, y: f64| f64::from(patch.sample(&(origin + dx * x + dy * y)));
        let (mut area, mut sum) = (0.0, [0.0; 2]);
        let mut soft = [0.0; 3];
        let mut columns = Vec::new();
        let mut peak: Vec<(f64, f64)> = Vec::with_capacity(nx);
        for i in 0..nx {
            let x = x_range[0] + STEP * i as f64;
            let line: Vec<f64> = (0..ny).map(|j| value(x, y_range[0] + STEP * j as f64)).collect();
            peak.push((x, line.iter().copied().fold(0.0, f64::max)));
            for (j, &v) in line.iter().enumerate() {
                let y = y_range[0] + STEP * j as f64;
                soft =
                    [soft[0] + v * STEP * STEP, soft[1] + v * x * STEP * STEP, soft[2] + v * y * STEP * STEP];
            }
            let (Some(first), Some(last)) =
                (line.iter().position(|&v| v >= 0.5), line.iter().rposition(|&v| v >= 0.5))
            else {
                continue;
            };
            for (j, &v) in line.iter().enumerate() {
                if v >= 0.5 {
                    area += STEP * STEP;
                    sum[0] += x * STEP * STEP;
                    sum[1] += (y_range[0] + STEP * j as f64) * STEP * STEP;
                }
            }
            let cross = |inside: usize, outside: Option<usize>| {
                let a = line[inside];
                let b = outside.and_then(|o| line.get(o)).copied().unwrap_or(0.0);
                (a - 0.5) / (a - b).max(1e-9) * STEP
            };
            let front = y_range[0] + STEP * first as f64 - cross(first, first.checked_sub(1));
            let back = y_range[0] + STEP * last as f64 + cross(last, Some(last + 1));
            columns.push((x, front, back));
        }
        if columns.is_empty() {
            return None;
        }
        let edge = |inside: (f64, f64), outside: Option<(f64, f64)>| {
            let b = outside.map_or(0.0, |o| o.1);
            (inside.1 - 0.5) / (inside.1 - b).max(1e-9) * STEP
        };
        let first = peak.iter().position(|p| p.1 >= 0.5)?;
        let last = peak.iter().rposition(|p| p.1 >= 0.5)?;
        let before = first.checked_sub(1).map(|i| peak[i]);
        let after = peak.get(last + 1).copied();
        Some(Self {
            area_mm2: area,
            centroid: sum.map(|s| s / area),
            round: Round {
                centre: [soft[1] / soft[0], soft[2] / soft[0]],
                radius: (soft[0] / std::f64::consts::PI).sqrt(),
            },
            span: [peak[first].0 - edge(peak[first], before), peak[last].0 + edge(peak[last], after)],
            columns,
        })
    }

    /// Left coordinate of its most lateral point on a side.
    pub(crate) fn lateral(&self, side: Side) -> f64 {
        match side {
            Side::Left => self.span[1],
            Side::Right => self.span[0],
        }
    }

    /// Front and back (posterior coordinates) at a left coordinate; the nearest column's outside the span.
    pub(crate) fn front_and_back(&self, x: f64) -> (f64, f64) {
        let after = self.columns.partition_point(|c| c.0 < x);
        let (Some(first), Some(last)) = (self.columns.first(), self.columns.last()) else {
            return (0.0, 0.0);
        };
        if after == 0 {
            return (first.1, first.2);
        }
        let Some(b) = self.columns.get(after) else { return (last.1, last.2) };
        let a = &self.columns[after - 1];
        let f = (x - a.0) / (b.0 - a.0).max(1e-9);
        (a.1 + f * (b.1 - a.1), a.2 + f * (b.2 - a.2))
    }

    /// Left coordinate of its foremost line, the middle of what lies within a millimetre of the front, and the posterior
    /// coordinate there.
    pub(crate) fn foremost(&self) -> (f64, f64) {
        let front = self.columns.iter().map(|c| c.1).fold(f64::INFINITY, f64::min);
        let near = self.columns.iter().filter(|c| c.1 < front + 1.0);
        let (sum, count) = near.fold((0.0, 0.0), |(sum, count), c| (sum + c.0, count + 1.0));
        (sum / f64::max(count, 1.0), front)
    }

    /// A left coordinate at a share of the way from the section's middle to its medial edge.
    pub(crate) fn towards_midline(&self, side: Side, share: f64) -> f64 {
        let medial = self.span[usize::from(side == Side::Right)];
        self.centroid[0] + share * (medial - self.centroid[0])
    }
}
