//! What a path costs: a smooth sum of nearness, muscle crossed, and departure from how the block is done.
//!
//! cost = Σₛ w (max(0, m + r − cₛ) / r)² + v max(0, m − cₛ)²  over structures s with clearance cₛ, margin m, comfort r
//!      + psoas crossed + depth
//!      + (distance to the trunk / 2.5 mm)², along its tangent beyond 4 mm, + (obliquity − 30°)²/6°² + (tilt / 8°)²
//!      + third of the body, gap to the bone, tip in front of psoas
//!      + Σₗ h(departure from landmark l), l: oblique (A6), true lateral (A10) and AP view (A11),
//!        h(d) = (d / 0.6)² up to d = 0.75 and its tangent beyond, counted from 0.75 inside the window's edge.
//!
//! Every term is continuous with a continuous slope, so that a small change of the CT is a small change of the plan.
//! Weights are judgements: see [`crate::rules`]. Windows come from `technique.*`.

use crate::brick::Segment;
use crate::fields::Fields;
use crate::rules::{
    BESIDE_BODY_MM, HUB_ROOM_MM, LANDMARK_ROOM, LANDMARK_STEP_DEG, LOWER_THIRD, NEEDLE_LENGTHS_MM,
    OBLIQUITY_RANGE_DEG, OVERLAP_STEP_MM, OVERLIES_MM, Prices, Rule, STANDOFF_WINDOW_MM, TILT_RANGE_DEG,
    TRUNK_SPREAD_MM, UPPER_THIRD,
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
    /// Skin to tip, mm; the longest needle's length where the way leaves the CT before the skin.
    pub(crate) depth: f64,
    /// Whether skin was found.
    pub(crate) reaches_skin: bool,
}

/// What scoring needs beside a site.
#[derive(Debug, Clone)]
pub(crate) struct Scorer<'a> {
    fields: &'a Fields,
    rules: Vec<Rule>,
    longest_path_mm: f64,
    textbook: Textbook,
    /// Added to each structure's margin, mm.
    extra_margin_mm: Vec<f64>,
    /// Whether leaving the body's side is priced by its measured surface, too: a look at every point of it, which only the
    /// few paths that give way can afford.
    keeps_beside_body: bool,
}

impl<'a> Scorer<'a> {
    pub(crate) fn new(fields: &'a Fields, longest_needle_mm: f64) -> Self {
        Self {
            fields,
            rules: fields.obstacles.iter().map(|obstacle| obstacle.class.rule()).collect(),
            longest_path_mm: longest_needle_mm - HUB_ROOM_MM,
            textbook: Textbook::new(),
            extra_margin_mm: vec![0.0; fields.obstacles.len()],
            keeps_beside_body: false,
        }
    }

    /// The same, for a path that gives way along the body and not off it.
    pub(crate) fn beside_body(mut self) -> Self {
        self.keeps_beside_body = true;
        self
    }

    /// Asks for this much more room to one structure, mm.
    pub(crate) fn widen(&mut self, index: usize, extra_mm: f64) {
        self.extra_margin_mm[index] += extra_mm;
    }

    pub(crate) fn longest_path_mm(&self) -> f64 {
        self.longest_path_mm
    }

    /// Cost and violation of where the tip is, whatever way it came.
    pub(crate) fn tip(&self, site: &Site, target: &BodyPoint) -> f64 {
        let mut cost = 0.0;
        let mut add = |departure: f64, scale: f64| cost += (departure / scale).powi(2);
        let chain = Some(site.distance_to_chain(target)).filter(|mm| mm.is_finite()).unwrap_or(0.0);
        let near = chain.min(TRUNK_SPREAD_MM);
        add((near * (2.0 * chain - near)).sqrt(), Prices::CHAIN_MM);
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
        add(height - 0.5 * (third[0] + third[1]), Prices::THIRD_MIDDLE);
        cost += landmark(site.beyond_anterior_cortex(target), self.textbook.lateral_window_mm);
        let medial_of = site.pedicle_border_mm.unwrap_or(f64::INFINITY);
        cost += landmark(site.lateral_offset(target), [0.0, medial_of]);
        cost + if is_textbook_third(site.level, height) { 0.0 } else { Prices::OTHER_THIRD }
    }

    /// Cost of the angles, points.
    pub(crate) fn angles(&self, site: &Site, obliquity_deg: f64, tilt_deg: f64) -> f64 {
        let range = self.textbook.oblique_range_deg.map(|angle| angle / LANDMARK_STEP_DEG);
        let overlap = site.process_beyond_border_about(obliquity_deg).unwrap_or(0.0) / OVERLAP_STEP_MM;
        let overlies = OVERLIES_MM / OVERLAP_STEP_MM;
        ((obliquity_deg - self.textbook.obliquity_deg) / Prices::OBLIQUITY_DEG).powi(2)
            + (tilt_deg / Prices::TILT_DEG).powi(2)
            + landmark(obliquity_deg / LANDMARK_STEP_DEG, range)
            + landmark(overlap, [-overlies, overlies])
    }

    /// Cost and violation of a way from the tip (where the segment starts) to the skin.
    pub(crate) fn way(&self, site: &Site, tip: &BodyPoint, direction: &BodyVector) -> Score {
        // The skin is looked for beyond a short needle's reach as well, so that one that is too short can be told why.
        let furthest = NEEDLE_LENGTHS_MM[NEEDLE_LENGTHS_MM.len() - 1];
        let way_out = self.fields.skin.way_out(&Segment::new(tip, direction, furthest)).map(f64::from);
        let depth = way_out.unwrap_or(furthest);
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
        score.cost += self.tip(site, &target) + self.angles(site, path.obliquity_deg, path.tilt_deg);
        if self.keeps_beside_body {
            let off = (site.distance_to_surface(&target) - BESIDE_BODY_MM).max(0.0);
            score.cost += (off / Prices::OFF_BODY_MM).powi(2);
        }
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

    /// What a path comes nearer to than allowed.
    pub(crate) fn short_of(&self, site: &Site, path: &PathParameters, score: &Score) -> Vec<usize> {
        let direction = site.direction(path.obliquity_deg, path.tilt_deg);
        let segment = Segment::new(&path.target(site), &direction, score.depth);
        let obstacles = self.fields.obstacles.iter().zip(&self.rules).enumerate();
        obstacles
            .filter(|(index, (obstacle, rule))| {
                let margin = self.margin(*index) as f32;
                rule.forbidden && obstacle.field.least_along(&segment, margin + BEYOND_COMFORT_MM) < margin
            })
            .map(|(index, _)| index)
            .collect()
    }

    /// Margin of an obstacle here, mm.
    pub(crate) fn margin(&self, index: usize) -> f64 {
        self.rules[index].margin_mm + self.extra_margin_mm[index]
    }
}

/// Cost of a landmark: nothing well inside its window, then the square, then a straight line, so that one landmark
/// that cannot be had does not outweigh all else.
fn landmark(value: f64, [low, high]: [f64; 2]) -> f64 {
    let departure = outside(value, [low + LANDMARK_ROOM, high - LANDMARK_ROOM]);
    let square = departure.min(LANDMARK_ROOM);
    (square * square + 2.0 * LANDMARK_ROOM * (departure - square)) / Prices::LANDMARK.powi(2)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_landmark_costs_nothing_inside_its_window_and_ever_more_outside() {
        let window = [-3.0, 2.0];
        assert_eq!(landmark(0.0, window), 0.0);
        // At the edge it already pushes back with more than the trunk can pull from any distance.
        let slope = (landmark(-3.01, window) - landmark(-2.99, window)) / 0.02;
        let trunk = 2.0 * TRUNK_SPREAD_MM / Prices::CHAIN_MM.powi(2);
        assert!(slope > trunk, "{slope} against {trunk} points a millimetre");
        let costs: Vec<f64> = (0..200).map(|n| landmark(-2.0 - 0.1 * f64::from(n), window)).collect();
        assert!(costs.windows(2).all(|pair| pair[1] >= pair[0]));
        // The slope does not jump: a second difference over 0.1 mm stays below that of the square.
        let bend = 2.0 * 0.1f64.powi(2) / Prices::LANDMARK.powi(2) + 1e-9;
        assert!(costs.windows(3).all(|c| (c[2] - 2.0 * c[1] + c[0]).abs() <= bend));
        // What is forbidden outweighs it: a millimetre of bone costs more than the lateral view missed by 4 mm.
        assert!(Prices::VIOLATION_PER_MM2 > landmark(-7.0, window));
    }
}
