//! Lines with a radius: nerves, thin vessels, ureters; and the sympathetic trunk with its ganglia.

use super::Tissue;
use rami_anatomy::{Side, VertebralLevel};
use rami_volume::Point;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a tube is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the names say it
pub enum TubeKind {
    SympatheticTrunk,
    GreyRamus,
    WhiteRamus,
    NerveRoot,
    GenitofemoralNerve,
    LateralFemoralCutaneousNerve,
    LumbarArtery,
    LumbarVein,
    Ureter,
}

impl TubeKind {
    /// What is inside.
    #[must_use]
    pub fn tissue(self) -> Tissue {
        match self {
            Self::LumbarArtery | Self::LumbarVein => Tissue::Blood,
            Self::Ureter => Tissue::Urine,
            _ => Tissue::Nerve,
        }
    }

    /// Whether it is a nerve.
    #[must_use]
    pub fn is_nerve(self) -> bool {
        self.tissue() == Tissue::Nerve
    }

    /// Whether it is a somatic nerve: one to stay away from.
    #[must_use]
    pub fn is_somatic(self) -> bool {
        matches!(self, Self::NerveRoot | Self::GenitofemoralNerve | Self::LateralFemoralCutaneousNerve)
    }

    fn word(self) -> &'static str {
        match self {
            Self::SympatheticTrunk => "sympathetic_trunk",
            Self::GreyRamus => "grey_ramus",
            Self::WhiteRamus => "white_ramus",
            Self::NerveRoot => "nerve_root",
            Self::GenitofemoralNerve => "genitofemoral_nerve",
            Self::LateralFemoralCutaneousNerve => "lateral_femoral_cutaneous_nerve",
            Self::LumbarArtery => "lumbar_artery",
            Self::LumbarVein => "lumbar_vein",
            Self::Ureter => "ureter",
        }
    }
}

/// A line with a radius.
#[derive(Debug, Clone, PartialEq)]
pub struct Tube {
    /// What it is.
    pub kind: TubeKind,
    /// The patient's side.
    pub side: Side,
    /// The level it belongs to, for roots, rami and segmental vessels.
    pub level: Option<VertebralLevel>,
    /// Along its middle.
    pub points: Vec<Point>,
    /// Radius, mm.
    pub radius_mm: f64,
}

impl Tube {
    /// `nerve_root_L3_left` and so on.
    #[must_use]
    pub fn name(&self) -> String {
        match self.level {
            Some(level) => format!("{}_{level}_{}", self.kind.word(), self.side),
            None => format!("{}_{}", self.kind.word(), self.side),
        }
    }

    /// Distance from a point to its surface, mm: negative inside.
    #[must_use]
    pub fn distance_mm(&self, point: &Point) -> f64 {
        distance_to_polyline(&self.points, point) - self.radius_mm
    }

    /// The nearest point of its middle.
    #[must_use]
    pub fn nearest(&self, point: &Point) -> Option<Point> {
        self.points
            .windows(2)
            .map(|w| nearest_on(&w[0], &w[1], point))
            .min_by(|a, b| (a - point).norm_squared().total_cmp(&(b - point).norm_squared()))
    }
}

/// A swelling of the trunk: a spindle about it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ganglion {
    /// Its middle.
    pub centre: Point,
    /// Fractional level: 2 the middle of L2, 2.5 the disc L2/3.
    pub level: f64,
    /// Along the trunk, mm.
    pub length_mm: f64,
    /// Across it, mm.
    pub width_mm: f64,
}

/// One side's sympathetic trunk.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Trunk {
    /// Along its middle, cranial first.
    pub points: Vec<Point>,
    /// Fractional level of each point: 1 the middle of L1, 2.5 the disc L2/3.
    pub levels: Vec<f64>,
    /// Radius between ganglia, mm.
    pub radius_mm: f64,
    /// Its ganglia, cranial first.
    pub ganglia: Vec<Ganglion>,
}

impl Trunk {
    /// The trunk without its swellings.
    #[must_use]
    pub fn tube(&self, side: Side) -> Tube {
        Tube {
            kind: TubeKind::SympatheticTrunk,
            side,
            level: None,
            points: self.points.clone(),
            radius_mm: self.radius_mm,
        }
    }

    /// The point of its middle at a fractional level, held at its ends.
    #[must_use]
    pub fn at_level(&self, level: f64) -> Option<Point> {
        let (first, last) = (self.points.first()?, self.points.last()?);
        let i = self.levels.partition_point(|&l| l < level);
        if i == 0 {
            return Some(*first);
        }
        if i >= self.points.len() {
            return Some(*last);
        }
        let f = (level - self.levels[i - 1]) / (self.levels[i] - self.levels[i - 1]);
        Some(self.points[i - 1] + (self.points[i] - self.points[i - 1]) * f)
    }

    /// Distance from a point to its surface, swellings included, mm: negative inside.
    #[must_use]
    pub fn distance_mm(&self, point: &Point) -> f64 {
        let cord = distance_to_polyline(&self.points, point) - self.radius_mm;
        self.ganglia.iter().enumerate().map(|(i, _)| self.ganglion_distance_mm(i, point)).fold(cord, f64::min)
    }

    /// Distance to a ganglion's surface, mm: a spheroid about the trunk's direction, exact on its axes and close to
    /// its surface.
    #[must_use]
    pub fn ganglion_distance_mm(&self, ganglion: usize, point: &Point) -> f64 {
        let g = &self.ganglia[ganglion];
        let (a, b) = (0.5 * g.length_mm, 0.5 * g.width_mm.min(g.length_mm));
        let d = point - g.centre;
        let along = d.dot(&self.direction_at(&g.centre));
        let across = (d.norm_squared() - along * along).max(0.0).sqrt();
        let scaled = (along / a).hypot(across / b);
        let slope = (along / (a * a)).hypot(across / (b * b));
        // First-order distance of an implicit surface, with its exact value at the centre.
        if slope < 1e-9 { -b } else { (scaled - 1.0) * scaled / slope }
    }

    /// Direction of the trunk near a point, cranial to caudal.
    #[must_use]
    pub fn direction_at(&self, point: &Point) -> rami_volume::Vector {
        self.points
            .windows(2)
            .min_by(|a, b| {
                let to = |w: &[Point]| (nearest_on(&w[0], &w[1], point) - point).norm_squared();
                to(a).total_cmp(&to(b))
            })
            .and_then(|w| (w[1] - w[0]).try_normalize(1e-9))
            .unwrap_or_else(|| -rami_volume::Vector::z())
    }
}

/// The point of a straight stretch nearest to a point.
pub(crate) fn nearest_on(a: &Point, b: &Point, p: &Point) -> Point {
    let ab = b - a;
    let length = ab.norm_squared();
    let t = if length > 0.0 { ((p - a).dot(&ab) / length).clamp(0.0, 1.0) } else { 0.0 };
    a + ab * t
}

/// Distance to a polyline's middle, mm; infinite for fewer than two points.
pub(crate) fn distance_to_polyline(points: &[Point], p: &Point) -> f64 {
    points
        .windows(2)
        .map(|w| (nearest_on(&w[0], &w[1], p) - p).norm_squared())
        .fold(f64::INFINITY, f64::min)
        .sqrt()
}
