//! How likely a needle is to touch each structure when people and bodies are not exact.
//!
//! Each draw moves the entry across the path, turns the direction, changes the depth (normal errors of
//! [`crate::HumanError`]), and moves each structure by a displacement of its own: its border's uncertainty, its
//! model's, its variation from person to person along a direction where one is known, and for what breathes or falls with
//! posture that too. A structure moved by v is touched by a line when the
//! structure at rest is touched by the line moved by −v; so the distance fields serve as they are. The share of
//! draws in which the least distance is below the needle's radius is the probability; its standard error is that of
//! a uniform prior updated with the counts, √((k+1)(n−k+1) / ((n+2)²(n+3))), which is not zero at k = 0.
//!
//! Limits: structures move whole and independently of one another; the needle is straight; the operator neither
//! looks nor corrects. So the numbers are those of a blind execution of the plan, and an upper bound for a careful one.

use crate::brick::Segment;
use crate::fields::{Fields, Obstacle};
use crate::options::HumanError;
use crate::rules::{HazardClass, NEEDLE_RADIUS_MM};
use crate::space::{BodyPoint, BodyVector};
use rami_evidence::{figure, value};
use rami_random::distributions::StandardNormal;
use rami_random::{RngExt, Stream};
use rayon::prelude::*;

/// What the steps of a walk may miss of the least distance, mm.
const STEP_ROOM_MM: f32 = 0.5;

/// A probability from draws.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Estimate {
    pub(crate) p: f64,
    pub(crate) standard_error: f64,
}

impl Estimate {
    pub(crate) fn of(hits: usize, draws: usize) -> Self {
        let (k, n) = (hits as f64, draws as f64);
        let variance = (k + 1.0) * (n - k + 1.0) / ((n + 2.0).powi(2) * (n + 3.0));
        Self { p: k / n, standard_error: variance.sqrt() }
    }
}

/// How a structure's place varies between CT and block, standard deviations along left, posterior and cranial, mm.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Movement {
    sd: [f64; 3],
    /// What a normal deviate of its variation from person to person moves it by, mm.
    sweep: [f64; 3],
    /// Excursion of breathing along the body: mean and standard deviation, mm.
    breathing: Option<(f64, f64)>,
}

fn movement(obstacle: &Obstacle, prone_ct: bool) -> Movement {
    let border = obstacle.modelled_sd_mm.unwrap_or_else(|| value("planning.label_boundary"));
    let posture = |key: &str| if prone_ct { 0.0 } else { value(key) };
    let both = |a: f64, b: f64| a.hypot(b);
    let sweep = obstacle.sweep_mm.into();
    let still = Movement { sd: [border; 3], sweep, breathing: None };
    match obstacle.class {
        HazardClass::Kidney => {
            let along = posture("planning.kidney_posture");
            let breathing = figure("planning.kidney_breathing");
            let excursion = breathing.value.unwrap_or(0.0);
            let sd = breathing.interval.map_or(0.0, |i| (i.high - i.low) / 2.0);
            Movement {
                sd: [both(border, along / 2.0), both(border, along / 2.0), both(border, along)],
                breathing: Some((excursion, sd)),
                ..still
            }
        }
        HazardClass::Bowel => {
            let sd = value("planning.bowel_posture") * if prone_ct { 0.5 } else { 1.0 };
            Movement { sd: [both(border, sd); 3], ..still }
        }
        HazardClass::Ureter => {
            Movement { sd: [both(border, posture("planning.ureter_posture")); 3], ..still }
        }
        HazardClass::Pleura => {
            Movement { sd: [border, border, both(border, value("planning.pleura_breathing"))], ..still }
        }
        _ => still,
    }
}

/// Every draw's displacement of every structure, and of the operator; shared by all candidates, so that candidates
/// differ by where they are and not by luck.
#[derive(Debug)]
pub(crate) struct Draws {
    operator: Vec<[f64; 6]>,
    skin: Vec<f64>,
    displacements: Vec<Vec<[f32; 3]>>,
    human_error: HumanError,
}

impl Draws {
    pub(crate) fn new(
        fields: &Fields,
        human_error: HumanError,
        prone_ct: bool,
        seed: u64,
        draws: usize,
    ) -> Self {
        let root = Stream::new(seed).named("hit probability");
        let normals = |name: &str| {
            let stream = root.named(name);
            move |draw: u64| {
                let mut rng = stream.indexed(draw).rng();
                std::array::from_fn::<f64, 6, _>(|_| rng.sample(StandardNormal))
            }
        };
        let operator = (0..draws as u64).map(normals("operator")).collect();
        let skin_sd = if prone_ct { 0.0 } else { value("planning.skin_posture") };
        let skin = (0..draws as u64).map(normals("skin")).map(|n: [f64; 6]| n[0] * skin_sd).collect();
        let movements: Vec<Movement> =
            fields.obstacles.iter().map(|obstacle| movement(obstacle, prone_ct)).collect();
        let displacements = fields
            .obstacles
            .par_iter()
            .zip(&movements)
            .map(|(obstacle, movement)| {
                let draw_normals = normals(&obstacle.name);
                (0..draws as u64).map(|draw| displacement(movement, draw_normals(draw))).collect()
            })
            .collect();
        Self { operator, skin, displacements, human_error }
    }

    /// The first draws of these.
    pub(crate) fn first(&self, draws: usize) -> Self {
        let some = |n: usize| ..draws.min(n);
        Self {
            operator: self.operator[some(self.operator.len())].to_vec(),
            skin: self.skin[some(self.skin.len())].to_vec(),
            displacements: self.displacements.iter().map(|moved| moved[some(moved.len())].to_vec()).collect(),
            human_error: self.human_error,
        }
    }

    /// Probability of touching each obstacle, and of touching any that `counts`.
    pub(crate) fn touch(
        &self,
        fields: &Fields,
        entry: &BodyPoint,
        target: &BodyPoint,
        counts: impl Fn(HazardClass) -> bool + Sync,
    ) -> (Vec<Estimate>, Estimate) {
        let lines: Vec<Segment> =
            (0..self.operator.len()).map(|draw| self.line(draw, entry, target)).collect();
        let planned = Segment::new(entry, &(target - entry).normalize(), (target - entry).norm());
        let strays: Vec<f32> = lines.iter().map(|line| planned.furthest_end(line)).collect();
        let touched = self.touched(fields, &planned, &lines, &strays);
        let mut any = vec![false; lines.len()];
        for (obstacle, touched) in fields.obstacles.iter().zip(&touched) {
            if counts(obstacle.class) {
                touched.iter().for_each(|&draw| any[draw as usize] = true);
            }
        }
        let estimates = touched.iter().map(|touched| Estimate::of(touched.len(), lines.len())).collect();
        (estimates, Estimate::of(any.iter().filter(|&&hit| hit).count(), lines.len()))
    }

    /// The draws in which each obstacle is touched. Those that stray from the plan by no more than `strays` are not
    /// walked where that cannot bring them near.
    fn touched(
        &self,
        fields: &Fields,
        planned: &Segment,
        lines: &[Segment],
        strays: &[f32],
    ) -> Vec<Vec<u32>> {
        fields
            .obstacles
            .par_iter()
            .enumerate()
            .map(|(index, obstacle)| {
                // Two straight lines are nowhere further apart than at their ends, and a field between nodes rises by
                // no more than √3 a millimetre: a draw that stays that near to the plan need not be walked.
                let clearance = obstacle.field.least_along(planned, obstacle.field.cap);
                let harmless = (clearance - NEEDLE_RADIUS_MM as f32) / 3f32.sqrt() - STEP_ROOM_MM;
                (0..lines.len() as u32)
                    .filter(|&draw| {
                        let moved = self.displacements[index][draw as usize];
                        let moves = moved.iter().map(|v| v * v).sum::<f32>().sqrt();
                        if moves + strays[draw as usize] < harmless {
                            return false;
                        }
                        let mut line = lines[draw as usize];
                        (0..3).for_each(|axis| line.start[axis] -= moved[axis]);
                        let radius = NEEDLE_RADIUS_MM as f32;
                        obstacle.field.least_along(&line, radius) < radius
                    })
                    .collect()
            })
            .collect()
    }

    /// The needle of a draw, from entry to tip.
    fn line(&self, draw: usize, entry: &BodyPoint, target: &BodyPoint) -> Segment {
        let n = self.operator[draw];
        let error = &self.human_error;
        // The mark on the skin is where it is, at another depth; the needle is aimed at the target from there.
        let entry = entry + BodyVector::new(0.0, self.skin[draw], 0.0);
        let planned = target - entry;
        let depth = planned.norm();
        let along = planned / depth;
        let across = along.cross(&BodyVector::z()).normalize();
        let up = across.cross(&along);
        let start = entry + (across * n[0] + up * n[1]) * error.entry_sd_mm;
        let tilt = error.angle_sd_deg.to_radians().hypot(error.deflection_sd_mm / depth.max(1.0));
        let direction = (along + (across * n[2] + up * n[3]) * tilt).normalize();
        Segment::new(&start, &direction, (depth + n[4] * error.depth_sd_mm).max(1.0))
    }
}

fn displacement(movement: &Movement, n: [f64; 6]) -> [f32; 3] {
    let mut moved = [0, 1, 2].map(|axis| n[axis] * movement.sd[axis] + n[3] * movement.sweep[axis]);
    if let Some((mean, sd)) = movement.breathing {
        // Two moments of a sinusoidal breath: the CT's and the block's. A normal deviate's distribution function gives
        // a uniform phase.
        let excursion = (mean + sd * n[3]).max(0.0);
        let height = |normal: f64| 0.5 * (std::f64::consts::PI * uniform(normal)).cos();
        moved[2] += excursion * (height(n[4]) - height(n[5]));
    }
    moved.map(|v| v as f32)
}

/// A uniform number from a standard normal one: the distribution function, by the logistic approximation of
/// Bowling et al. (J Ind Eng Manag 2009;2:114; error below 1.4e-4), monotone and more than exact enough for a phase.
fn uniform(normal: f64) -> f64 {
    1.0 / (1.0 + (-(1.5976 * normal + 0.07056 * normal.powi(3))).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_operators_default_error_is_the_published_needle_error() {
        let error = HumanError::default();
        let tip = |depth: f64| {
            let across = error
                .entry_sd_mm
                .hypot(depth * error.angle_sd_deg.to_radians())
                .hypot(error.deflection_sd_mm);
            (across * across * 2.0 + error.depth_sd_mm.powi(2)).sqrt()
        };
        // Root mean square of a 3-D normal error whose mean length is 3.9 mm: 3.9 · √3 / 1.596.
        assert!((tip(110.0) - 3.9 * 3f64.sqrt() / 1.596).abs() < 0.02, "{}", tip(110.0));
    }

    #[test]
    fn draws_that_are_not_walked_would_not_have_touched_anything() {
        use crate::person::Person;
        use crate::{LevelChoice, PlanOptions, PlannedSide};
        use rami_anatomy::VertebralLevel;
        let (_, anatomy) = Person::default().make();
        let level = LevelChoice::At(VertebralLevel::L2);
        let options = PlanOptions { side: PlannedSide::Left, level, ..PlanOptions::default() };
        let prepared = crate::planner::Prepared::new(&anatomy, &options).unwrap();
        let (site, fields) = (&prepared.sites[0], &prepared.fields);
        // An operator twice as unsteady as by default, so that many draws stray far.
        let usual = HumanError::default();
        let error = HumanError {
            entry_sd_mm: 2.0 * usual.entry_sd_mm,
            depth_sd_mm: 2.0 * usual.depth_sd_mm,
            ..usual
        };
        let draws = Draws::new(fields, error, false, 3, 600);
        let (mut walked, mut hits) = (0, 0);
        for (target, obliquity) in site.targets.iter().step_by(23).zip([14.0, 22.0, 30.0, 38.0, 46.0]) {
            let entry = target + site.direction(obliquity, 0.0) * 110.0;
            let planned = Segment::new(&entry, &(target - entry).normalize(), (target - entry).norm());
            let lines: Vec<Segment> = (0..600).map(|draw| draws.line(draw, &entry, target)).collect();
            let strays: Vec<f32> = lines.iter().map(|line| planned.furthest_end(line)).collect();
            let quick = draws.touched(fields, &planned, &lines, &strays);
            // A stray that is infinitely far is never left out.
            let all = draws.touched(fields, &planned, &lines, &[f32::INFINITY; 600]);
            assert_eq!(quick, all);
            walked += 1;
            hits += all.iter().map(Vec::len).sum::<usize>();
        }
        assert!(walked == 5 && hits > 500, "{hits} touches on {walked} paths are something to compare");
    }

    #[test]
    fn a_part_of_the_operators_error_is_the_needles_own_bending() {
        let error = HumanError::default();
        // 22G Chiba: 7.71 mm over 80 mm, so 1.1 mm over 30 mm, any way round.
        assert!((0.5..1.2).contains(&error.deflection_sd_mm), "{}", error.deflection_sd_mm);
    }

    #[test]
    fn an_estimate_from_no_hits_is_still_uncertain() {
        let none = Estimate::of(0, 4000);
        assert_eq!(none.p, 0.0);
        assert!(none.standard_error > 1e-4 && none.standard_error < 5e-4);
    }

    #[test]
    fn breathing_moves_the_kidney_by_half_its_excursion_in_standard_deviation() {
        let movement = Movement { sd: [0.0; 3], sweep: [0.0; 3], breathing: Some((11.0, 0.0)) };
        let stream = Stream::new(5);
        let n = 20_000u64;
        let sum: f64 = (0..n)
            .map(|i| {
                let mut rng = stream.indexed(i).rng();
                f64::from(displacement(&movement, std::array::from_fn(|_| rng.sample(StandardNormal)))[2])
                    .powi(2)
            })
            .sum();
        // Two arcsine-distributed heights on [0, 1] differ with variance 2/8; 20,000 draws give it to 1 %.
        let sd = (sum / n as f64).sqrt();
        assert!((sd - 5.5).abs() < 0.1, "{sd}");
    }
}
