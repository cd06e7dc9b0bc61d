//! Blood pressure, heart rate, standing up and fainting: small effects, low confidence.
//!
//! ```text
//! ΔMAP/MAP = −(ΔG_legs/G_total)(1 − B)      B: what the baroreflex takes back;   ΔHR = −gain · ΔMAP
//! standing: the fall of systolic pressure is normal with mean μ·(blocked share, summed over sides) and an assumed
//!           spread; μ is set so that a full one-sided block gives the published 1 in 26
//! ```
//!
//! No series of pressures after this block was found: output is "small, low confidence". Vasovagal events are as
//! published, whatever the block does.

use super::leg::Response;
use rami_evidence::{figure, value};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Largest changes over the record, lying down, and what may happen on standing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Pressure {
    /// Largest fall of mean arterial pressure lying down.
    pub map_change_mmhg: f64,
    /// Largest rise of heart rate lying down.
    pub heart_rate_change_per_min: f64,
    /// Orthostatic hypotension on standing.
    pub orthostatic: Event,
    /// Vasovagal event during or after the procedure.
    pub vasovagal: Event,
    /// Mean arterial pressure and heart rate over time, lying down.
    pub course: Vec<PressureAt>,
    /// How much to trust it.
    pub confidence: String,
}

/// A moment of the pressure's course.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PressureAt {
    /// Minutes after the injection.
    pub t_min: f64,
    /// Mean arterial pressure, mmHg.
    pub map_mmhg: f64,
    /// Its change from rest, mmHg.
    pub map_change_mmhg: f64,
    /// Change of heart rate from rest, per min.
    pub heart_rate_change_per_min: f64,
}

/// A probability with where it comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Event {
    /// For this block, 0 to 1.
    pub probability: f64,
    /// 95 % interval of the published share.
    pub published_low: f64,
    /// Its upper end.
    pub published_high: f64,
    /// Key of the published figure.
    pub evidence: String,
}

/// Change of mean arterial pressure (mmHg) for skin of the legs that conducts `relative` times as well as at rest.
#[must_use]
pub fn map_change_mmhg(relative: f64) -> f64 {
    let share = 2.0 * value("autonomic.leg_skin_share");
    value("autonomic.map") * share * (1.0 - relative) * (1.0 - value("autonomic.baroreflex"))
}

/// Probability that standing up lowers systolic pressure by 20 mmHg, for the blocked shares of left and right added up.
#[must_use]
pub fn orthostatic_probability(blocked_sides: f64) -> f64 {
    let (threshold, spread) =
        (value("autonomic.orthostatic.threshold"), value("autonomic.orthostatic.spread"));
    let published = value("adverse.orthostatic_hypotension") / 100.0;
    let mean_of_one_side = threshold - spread * upper_quantile(published);
    upper_tail((threshold - mean_of_one_side * blocked_sides) / spread)
}

/// How far apart the moments of a course are, min.
const COURSE_STEP_MIN: f64 = 2.0;

/// Pressure and heart rate over a record, every few minutes: the quasi-steady answer to how open the legs' skin is then.
#[must_use]
pub fn course(response: &Response) -> Vec<PressureAt> {
    let stride = ((COURSE_STEP_MIN * 60.0 / response.step_s).round() as usize).max(1);
    let (rest, gain) = (value("autonomic.map"), value("autonomic.heart_rate_gain"));
    response
        .skin_conductance
        .iter()
        .enumerate()
        .step_by(stride)
        .map(|(i, &open)| {
            let change = map_change_mmhg(open);
            PressureAt {
                t_min: i as f64 * response.step_s / 60.0,
                map_mmhg: rest + change,
                map_change_mmhg: change,
                heart_rate_change_per_min: 0.0 - change * gain,
            }
        })
        .collect()
}

/// Judges a record; `blocked_sides` is the largest blocked share of left and right added up.
#[must_use]
pub fn judge(response: &Response, blocked_sides: f64) -> Pressure {
    let most_open = response.skin_conductance.iter().copied().fold(1.0, f64::max);
    let map = map_change_mmhg(most_open);
    Pressure {
        map_change_mmhg: map,
        heart_rate_change_per_min: 0.0 - map * value("autonomic.heart_rate_gain"),
        orthostatic: event("adverse.orthostatic_hypotension", orthostatic_probability(blocked_sides)),
        vasovagal: event("adverse.vasovagal", value("adverse.vasovagal") / 100.0),
        course: course(response),
        confidence: "small effect, low confidence: no series of pressures after this block was found".into(),
    }
}

fn event(key: &str, probability: f64) -> Event {
    let (low, high) = figure(key).interval.map_or((0.0, 1.0), |i| (i.low / 100.0, i.high / 100.0));
    Event { probability, published_low: low, published_high: high, evidence: key.into() }
}

/// Probability that a standard normal number exceeds `z`: Abramowitz & Stegun 26.2.17, error below 7.5e-8.
fn upper_tail(z: f64) -> f64 {
    if z < 0.0 {
        return 1.0 - upper_tail(-z);
    }
    let t = 1.0 / (1.0 + 0.231_641_9 * z);
    let poly = t
        * (0.319_381_530
            + t * (-0.356_563_782 + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
    (-0.5 * z * z).exp() / std::f64::consts::TAU.sqrt() * poly
}

/// The number a standard normal one exceeds with probability `p`, by halving.
fn upper_quantile(p: f64) -> f64 {
    let (mut low, mut high) = (-8.0, 8.0);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if upper_tail(middle) > p { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_block_of_one_side_gives_the_published_share_and_both_sides_give_more() {
        let published = value("adverse.orthostatic_hypotension") / 100.0;
        assert!((orthostatic_probability(1.0) - published).abs() < 1e-6);
        assert!(orthostatic_probability(2.0) > 1.5 * published);
        assert!(orthostatic_probability(0.0) < published);
    }

    #[test]
    fn the_course_of_the_pressure_starts_at_rest_and_falls_furthest_where_the_judgement_says() {
        use crate::autonomic::leg::Setting;
        use crate::autonomic::{Blocked, Condition, Subject, Traits};
        let setting = Setting {
            room_c: 22.0,
            baseline_toe_c: None,
            traits: [Traits::of(Condition::Healthy, true); 2],
            weight_kg: 70.0,
        };
        let (block, none) = (Blocked::with_onset(1.0).unwrap(), Blocked::with_onset(0.0).unwrap());
        let response = Subject::typical(&setting).unwrap().follow([&block, &none], None, 90.0, 10.0).unwrap();
        let judged = judge(&response, 1.0);
        let (first, last) = (judged.course[0], judged.course[judged.course.len() - 1]);
        assert!(first.map_change_mmhg.abs() < 0.05, "{}", first.map_change_mmhg);
        assert!((last.t_min - 90.0).abs() < 2.5 && last.map_change_mmhg < -0.2);
        let lowest = judged.course.iter().map(|p| p.map_change_mmhg).fold(0.0, f64::min);
        // Moments are two minutes apart and the fall is slow.
        assert!((lowest - judged.map_change_mmhg).abs() < 0.05, "{lowest} {}", judged.map_change_mmhg);
        assert!(judged.course.iter().all(|p| p.heart_rate_change_per_min * p.map_change_mmhg <= 0.0));
    }

    #[test]
    fn normal_tails_are_those_of_the_tables() {
        // 1.959964 leaves 2.5 %.
        assert!((upper_tail(1.959_964) - 0.025).abs() < 1e-6);
        assert!((upper_quantile(0.025) - 1.959_964).abs() < 1e-4);
    }

    #[test]
    fn a_leg_whose_skin_opens_threefold_costs_a_few_millimetres_of_mercury() {
        // Derived in the module's source as 1–3 mmHg lying down.
        let fall = -map_change_mmhg(2.0);
        assert!((0.3..3.0).contains(&fall), "{fall}");
    }
}
