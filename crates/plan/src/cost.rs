//! What a path costs: a smooth sum of nearness, muscle crossed, and departure from how the block is done.
//!
//! cost = Σₛ w (max(0, m + r − cₛ) / r)² + v max(0, m − cₛ)²  over structures s with clearance cₛ, margin m, comfort r
//!      + psoas crossed + depth
//!      + (distance to the trunk / 2.5 mm)² + (obliquity − 30°)²/6°² + (tilt / 8°)²
//!      + windows: lateral view (A10), AP view (A11), third of the body, gap to the bone, tip in front of psoas.
//!
//! Every term is continuous with a continuous slope, so that a small change of the CT is a small change of the plan.
//! Weights are judgements: see [`crate::rules`]. Windows come from `technique.*`.

use crate::brick::Segment;
use crate::fields::Fields;
use crate::rules::{
    HUB_ROOM_MM, LOWER_THIRD, OBLIQUITY_RANGE_DEG, Prices, Rule, STANDOFF_WINDOW_MM, TILT_RANGE_DEG,
    UPPER_THIRD,
};
use crate::site::{PathParameters, Site};
use crate::space::{BodyPoint, BodyVector};
use rami_anatomy::VertebralLevel;
use rami_evidence::figure;

/// How far beyond margin and comfort clearances are followed, mm: nothing costs out there.
const BEYOND_COMFORT_MM: f32 = 0.5;

/// Where the textbook wants a tip and a path.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Textbook {
    pub(crate) obliquity_deg: f64,
    pub(crate) oblique_range_deg: [f64; 2],
    pub(crate) lateral_window_mm: [f64; 2],
}

impl Textbook {
    pub(crate) fn new() -> Self {
        let range = |key: &str, otherwise: [f64; 2]| {
            figure(key).interval.map_or(otherwise, |interval| [interval.low, interval.high])
        };
        Self {
            obliquity_deg: rami_evidence::value("technique.c_arm_oblique"),
            oblique_range_deg: range("technique.c_arm_oblique", [25.0, 35.0]),
            lateral_window_mm: range("technique.target_lateral_window", [-3.0, 2.0]),
        }
    }
}

/// A scored path.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Score {
    /// Points, with violations.
    pub(crate) cost: f64,
    /// Sum of squared violations of what is forbidden, mm²; zero for a path that is allowed.
    pub(crate) violation: f64,
    /// Skin to tip, mm; the needle's length where the way leaves the CT before the skin.
    pub(crate) depth: f64,
    /// Whether skin was found.
    pub(crate) reaches_skin: bool,
}

/// What scoring needs beside a site.
#[derive(Debug)]
pub(crate) struct Scorer<'a> {
    fields: &'a Fields,
    rules: Vec<Rule>,
    longest_path_mm: f64,
    textbook: Textbook,
    /// Added to the margin of bone and disc, mm, where voxels stick out of the smoothed surface.
    extra_bone_margin_mm: f64,
}

impl<'a> Scorer<'a> {
    pub(crate) fn new(fields: &'a Fields, longest_needle_mm: f64, extra_bone_margin_mm: f64) -> Self {
        Self {
            fields,
            rules: fields.obstacles.iter().map(|obstacle| obstacle.class.rule()).collect(),
            longest_path_mm: longest_needle_mm - HUB_ROOM_MM,
            textbook: Textbook::new(),
            extra_bone_margin_mm,
        }
    }

    pub(crate) fn longest_path_mm(&self) -> f64 {
        self.longest_path_mm
    }

    /// Cost and violation of where the tip is, whatever way it came.
    pub(crate) fn tip(&self, site: &Site, target: &BodyPoint) -> f64 {
        let mut cost = 0.0;
        let mut add = |departure: f64, scale: f64| cost += (departure / scale).powi(2);
        let chain = site.distance_to_chain(target);
        add(if chain.is_finite() { chain } else { 0.0 }, Prices::CHAIN_MM);
        add(outside(site.beyond_anterior_cortex(target), self.textbook.lateral_window_mm), Prices::WINDOW_MM);
        let medial_of = site.pedicle_border_mm.unwrap_or(f64::INFINITY);
        add(outside(site.lateral_offset(target), [0.0, medial_of]), Prices::WINDOW_MM);
        if let Some(vertebra) = site.vertebra {
            let gap = self.fields.obstacles[vertebra].field.at(target);
            add(outside(gap, STANDOFF_WINDOW_MM), Prices::STANDOFF_MM);
        }
        if let Some(psoas) = site.psoas {
            let gap = self.fields.obstacles[psoas].field.at(target);
            add((Prices::TIP_BEFORE_PSOAS_MM - gap).max(0.0), Prices::TIP_IN_PSOAS_MM);
        }
        let height = site.height_fraction(target);
        let third = if height < 0.5 { LOWER_THIRD } else { UPPER_THIRD };
        add(outside(height, third), Prices::HEIGHT);
        cost + if is_textbook_third(site.level, height) { 0.0 } else { Prices::OTHER_THIRD }
    }

    /// Cost of the angles, points.
    pub(crate) fn angles(&self, obliquity_deg: f64, tilt_deg: f64) -> f64 {
        ((obliquity_deg - self.textbook.obliquity_deg) / Prices::OBLIQUITY_DEG).powi(2)
            + (tilt_deg / Prices::TILT_DEG).powi(2)
    }

    /// Cost and violation of a way from the tip (where the segment starts) to the skin.
    pub(crate) fn way(&self, site: &Site, tip: &BodyPoint, direction: &BodyVector) -> Score {
        let reach = Segment::new(tip, direction, self.longest_path_mm + HUB_ROOM_MM);
        let way_out = self.fields.skin.way_out(&reach).map(f64::from);
        let depth = way_out.unwrap_or(self.longest_path_mm + HUB_ROOM_MM);
        let segment = Segment::new(tip, direction, depth);
        let mut violation = (depth - self.longest_path_mm).max(0.0).powi(2);
        let mut cost = depth * Prices::DEPTH_PER_MM;
        for (index, (obstacle, rule)) in self.fields.obstacles.iter().zip(&self.rules).enumerate() {
            if rule.weight <= 0.0 && !rule.forbidden {
                if Some(index) == site.psoas {
                    cost += f64::from(obstacle.field.length_inside(&segment)) * Prices::PSOAS_PER_MM;
                }
                continue;
            }
            let margin = self.margin(index);
            let enough = (margin + rule.comfort_mm) as f32 + BEYOND_COMFORT_MM;
            let clearance = f64::from(obstacle.field.least_along(&segment, enough));
            cost += rule.weight * ((margin + rule.comfort_mm - clearance).max(0.0) / rule.comfort_mm).powi(2);
            if rule.forbidden {
                violation += (margin - clearance).max(0.0).powi(2);
            }
        }
        cost += violation * Prices::VIOLATION_PER_MM2;
        Score { cost, violation, depth, reaches_skin: way_out.is_some() }
    }

    /// Everything of a path.
    pub(crate) fn path(&self, site: &Site, path: &PathParameters) -> Score {
        let target = path.target(site);
        let direction = site.direction(path.obliquity_deg, path.tilt_deg);
        let mut score = self.way(site, &target, &direction);
        score.cost += self.tip(site, &target) + self.angles(path.obliquity_deg, path.tilt_deg);
        // Beyond the cone that is searched, and in the waist, a path is not one of those asked for.
        let height = site.height_fraction(&target);
        let third = if height < 0.5 { LOWER_THIRD } else { UPPER_THIRD };
        let strays = outside(path.obliquity_deg, OBLIQUITY_RANGE_DEG).powi(2)
            + outside(path.tilt_deg, [-TILT_RANGE_DEG, TILT_RANGE_DEG]).powi(2)
            + (outside(height, [third[0] - 0.06, third[1] + 0.06]) / Prices::HEIGHT).powi(2)
            + (-site.lateral_offset(&target)).max(0.0).powi(2);
        if !score.reaches_skin {
            score.violation += 100.0;
            score.cost += 100.0 * Prices::VIOLATION_PER_MM2;
        }
        score.violation += strays;
        score.cost += strays * Prices::VIOLATION_PER_MM2;
        score
    }

    /// Margin of an obstacle here, mm.
    pub(crate) fn margin(&self, index: usize) -> f64 {
        use crate::rules::HazardClass::{Bone, Disc};
        let extra = matches!(self.fields.obstacles[index].class, Bone | Disc);
        self.rules[index].margin_mm + if extra { self.extra_bone_margin_mm } else { 0.0 }
    }
}

/// How far a value is outside a window.
pub(crate) fn outside(value: f64, [low, high]: [f64; 2]) -> f64 {
    (low - value).max(0.0) + (value - high).max(0.0)
}

/// A2: the lower third of L2 or the upper third of L3; at L4, which the textbook does not name, either.
pub(crate) fn is_textbook_third(level: VertebralLevel, height: f64) -> bool {
    match level {
        VertebralLevel::L2 => height < 0.5,
        VertebralLevel::L3 => height >= 0.5,
        _ => true,
    }
}
