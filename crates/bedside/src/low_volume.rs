//! Mapping with a small volume of anaesthetic: a test dose at the tip, the foot followed, positive at a rise.
//!
//! ```text
//! reach    R = (3 V / 4π φ)^(1/3)                         V the volume, φ the share of tissue that fluid fills
//! block    f(d) = w_level · P(R e^(σ z) > d)              d from the tip to the trunk's surface, z ~ N(0, 1)
//! foot     f(d) with the fitted onset through `rami_body::autonomic`: one person for the world, a population for the
//!          likelihood L(d) = P(positive | f(d)), or its complement
//! ```
//!
//! In the world, room `spread` carries the dose through the tissue, and f is w_level times the share whose arrival volume the
//! dose exceeds; the formula above is what the belief uses, which does not know the tissue between tip and trunk.
//! [`Spread`] says how the share blocked falls with distance; [`Reach`] is the stated model above, for use where flow is
//! not computed. w_level is the level's share of the foot's supply.
//!
//! No answer after a few minutes is weak evidence of a miss, because the first degree takes a quarter of an hour
//! (Frank 2000), and the likelihood says so by itself.
//!
//! Limits: to the belief a dose behind the sheath of psoas counts as one in front of it.

use crate::bayes::{BeliefUpdate, Cloud};
use crate::error::in_range;
use crate::tip::{check_tip, level_of, side_of};
use crate::{BedsideError, World};
use rami_anatomy::{Anatomy, Side, VertebralLevel};
use rami_body::autonomic::input::over_levels;
use rami_body::autonomic::leg::Setting;
use rami_body::autonomic::mapping::MappingTest;
use rami_body::autonomic::{Blocked, Condition, Subject, Traits};
use rami_evidence::value;
use rami_random::Stream;
use rami_volume::Point;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::f64::consts::PI;

/// How the share of a trunk's fibres that a test dose blocks falls with distance.
pub trait Spread {
    /// Share of the fibres at a distance from the tip to the trunk's surface.
    fn share(&self, distance_mm: f64) -> f64;
    /// What it is, in words.
    fn statement(&self) -> String;
}

/// A ball of tissue that fluid fills to a stated share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reach {
    /// Median radius, mm.
    pub reach_mm: f64,
    /// Standard deviation of its logarithm.
    pub spread: f64,
}

impl Reach {
    /// Of a volume.
    #[must_use]
    pub fn of(volume_ml: f64) -> Self {
        let filled = volume_ml * 1e3 / value("mapping.fluid_share");
        Self { reach_mm: (3.0 * filled / (4.0 * PI)).cbrt(), spread: value("mapping.reach_spread") }
    }
}

impl Spread for Reach {
    fn share(&self, distance_mm: f64) -> f64 {
        let d = distance_mm.max(0.1);
        crate::bayes::normal_above((d / self.reach_mm).ln() / self.spread)
    }

    fn statement(&self) -> String {
        format!(
            "A distance model stands for flow: the dose fills a fifth of the tissue within about {:.0} mm (assumed), whatever \
             fascia lies between.",
            self.reach_mm
        )
    }
}

/// What is asked of a test dose.
#[derive(Debug, Clone, PartialEq)]
pub struct LowVolumeOptions {
    /// Where the tip is.
    pub tip: Point,
    /// Volume, ml.
    pub volume_ml: f64,
    /// Rise of the toe that counts as positive, °C.
    pub rise_c: f64,
    /// How long the foot is followed, min.
    pub watch_min: f64,
    /// Room temperature, °C.
    pub room_c: f64,
    /// Body mass, kg.
    pub weight_kg: f64,
    /// People behind the likelihood.
    pub population: u32,
}

impl LowVolumeOptions {
    /// 1 ml at a tip, 20 min, 1 °C.
    #[must_use]
    pub fn at(tip: Point) -> Self {
        Self {
            tip,
            volume_ml: 1.0,
            rise_c: 1.0,
            watch_min: 20.0,
            room_c: 22.0,
            weight_kg: 70.0,
            population: 200,
        }
    }
}

/// A moment of the foot's record.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ToeAt {
    /// Minutes after the dose.
    pub t_min: f64,
    /// Toe on the side of the dose, °C.
    pub toe_c: f64,
    /// Toe on the other side, °C.
    pub other_toe_c: f64,
}

/// The answer of the world to a test dose.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LowVolumeAnswer {
    /// Volume, ml.
    pub volume_ml: f64,
    /// Level of the tip.
    pub level: VertebralLevel,
    /// Share of the foot's supply that runs through this level.
    pub level_share: f64,
    /// Millilitres until the front reaches the trunk in this world; nothing where flow does not get there or could not be
    /// computed.
    pub arrival_ml: Option<f64>,
    /// How the share blocked was found, in the world and for the update.
    pub spread_statement: String,
    /// Share of the foot's sympathetic supply that the dose blocks in this world.
    pub blocked_fraction: f64,
    /// Rise that counts, °C.
    pub rise_c: f64,
    /// How long the foot was followed, min.
    pub watch_min: f64,
    /// The foot's record, each minute.
    pub toe: Vec<ToeAt>,
    /// Whether the toe rose enough in time.
    pub positive: bool,
    /// When it did, min.
    pub positive_at_min: Option<f64>,
    /// Probability of a positive answer with the tip at the trunk.
    pub p_positive_at_chain: f64,
    /// Probability of a positive answer without any block.
    pub p_positive_without_block: f64,
    /// What a negative answer is worth.
    pub statement: String,
}

/// Share of the foot's supply through a level; none at L5 and below, all levels above L2 as L2.
fn level_share(level: VertebralLevel) -> f64 {
    match level {
        VertebralLevel::T11 | VertebralLevel::T12 | VertebralLevel::L1 | VertebralLevel::L2 => {
            over_levels(1.0, 0.0, 0.0)
        }
        VertebralLevel::L3 => over_levels(0.0, 1.0, 0.0),
        VertebralLevel::L4 => over_levels(0.0, 0.0, 1.0),
        VertebralLevel::L5 | VertebralLevel::S1 => 0.0,
    }
}

/// P(positive) against the share blocked: straight lines between tabulated shares.
struct PositiveByShare {
    step: f64,
    values: Vec<f64>,
}

impl PositiveByShare {
    const PARTS: usize = 6;

    fn new(options: &LowVolumeOptions, top: f64, setting: &Setting, seed: u64) -> Result<Self, BedsideError> {
        let step = (top / Self::PARTS as f64).max(1e-3);
        let values = (0..=Self::PARTS)
            .map(|i| {
                let test = MappingTest {
                    fraction_on_target: (i as f64 * step).min(1.0),
                    fraction_off_target: 0.0,
                    rise_c: options.rise_c,
                    watch_min: options.watch_min,
                    population: options.population,
                    seed,
                };
                Ok(test.likelihoods(setting)?.positive_on)
            })
            .collect::<Result<Vec<f64>, BedsideError>>()?;
        Ok(Self { step, values })
    }

    fn at(&self, share: f64) -> f64 {
        let x = (share / self.step).clamp(0.0, Self::PARTS as f64);
        let i = (x as usize).min(Self::PARTS - 1);
        self.values[i] + (x - i as f64) * (self.values[i + 1] - self.values[i])
    }
}

/// P(positive) against the distance to the trunk's surface, at a level with this share of the foot's supply.
pub struct PositiveByDistance {
    table: PositiveByShare,
    spread: Reach,
    weight: f64,
}

impl PositiveByDistance {
    /// For a test dose, in a healthy person.
    ///
    /// # Errors
    /// A rise, time or population that cannot be.
    pub fn new(options: &LowVolumeOptions, level_share: f64, seed: u64) -> Result<Self, BedsideError> {
        let table = PositiveByShare::new(options, level_share, &healthy(options), seed)?;
        Ok(Self { table, spread: Reach::of(options.volume_ml), weight: level_share })
    }

    /// At a distance, mm.
    #[must_use]
    pub fn at(&self, distance_mm: f64) -> f64 {
        self.table.at(self.weight * self.spread.share(distance_mm))
    }

    /// Likelihood of an answer at a distance: a toe may warm, or not, for a reason that has nothing to do with the trunk.
    #[must_use]
    pub fn of(&self, positive: bool, distance_mm: f64) -> f64 {
        let unrelated = value("mapping.unrelated_share");
        let warm = self.at(distance_mm);
        (1.0 - unrelated) * if positive { warm } else { 1.0 - warm } + 0.5 * unrelated
    }
}

fn healthy(options: &LowVolumeOptions) -> Setting {
    Setting {
        room_c: options.room_c,
        baseline_toe_c: None,
        traits: [Traits::of(Condition::Healthy, true); 2],
        weight_kg: options.weight_kg,
    }
}

/// Maps with a test dose: what the world's foot does, and what the belief learns from it.
///
/// # Errors
/// Doses, rises and times that cannot be, a tip outside the body or in bone.
pub fn map(
    world: &World,
    anatomy: &Anatomy,
    options: &LowVolumeOptions,
) -> Result<(LowVolumeAnswer, BeliefUpdate), BedsideError> {
    in_range("the volume of the test dose", options.volume_ml, 0.1, 5.0, "ml")?;
    in_range("the rise that counts", options.rise_c, 0.1, 10.0, "°C")?;
    in_range("the time the foot is followed", options.watch_min, 1.0, 240.0, "min")?;
    in_range("the population behind the likelihood", f64::from(options.population), 10.0, 1e5, "people")?;
    check_tip(world, &options.tip)?;
    let side = side_of(world, &options.tip);
    let level = level_of(world, &options.tip);
    let weight = level_share(level);
    let spread = Reach::of(options.volume_ml);
    let setting = healthy(options);
    let seed = world.record.seed;
    let distance = world.distance_to_trunk_mm(side, &options.tip);
    let flow = crate::flow::arrival_at_trunk_ml(world, side, &options.tip, options.volume_ml);
    let (share, arrival_ml, said) = match flow {
        Ok(Some(ml)) => {
            let said = format!(
                "Flow through the world's tissue on cells of 2 mm: the front needs {ml:.2} ml to the trunk."
            );
            (crate::flow::share(options.volume_ml, ml), Some(ml), said)
        }
        Ok(None) => (0.0, None, "Flow through the world's tissue does not reach the trunk.".to_owned()),
        Err(error) => (spread.share(distance), None, format!("Flow could not be computed ({error}).")),
    };
    let blocked_fraction = weight * share;
    let (toe, positive_at_min) = foot(options, &setting, side, blocked_fraction, seed)?;
    let positive = positive_at_min.is_some();

    let table = PositiveByDistance::new(options, weight, seed)?;
    let likelihood = |d: f64| table.of(positive, d);
    let at_chain_mm = value("mapping.at_chain");
    let stream = Stream::new(seed).named("belief");
    let cloud = Cloud::near(anatomy.chains.get(side), &options.tip, at_chain_mm, stream)
        .ok_or(BedsideError::NoChain { side })?;
    let (p_on, p_off) = (table.at(0.0), table.at(1e3));
    let statement = if positive {
        "The toe warmed: evidence that the dose reached the trunk. Warming does not prove that pain will ease.".to_owned()
    } else {
        format!(
            "The toe did not warm within {:.0} min. With the tip at the trunk it would have in {:.0} % of people: the shorter \
             the wait, the weaker the evidence of a miss (the first degree took 17 min in Frank 2000).",
            options.watch_min,
            100.0 * p_on
        )
    };
    let update = BeliefUpdate::new(
        side,
        at_chain_mm,
        cloud.summary(),
        cloud.updated(likelihood).summary(),
        cloud.likelihood_ratio(likelihood),
        statement.clone(),
    );
    let answer = LowVolumeAnswer {
        volume_ml: options.volume_ml,
        level,
        level_share: weight,
        arrival_ml,
        spread_statement: format!("{said} For the update: {}", spread.statement()),
        blocked_fraction,
        rise_c: options.rise_c,
        watch_min: options.watch_min,
        toe,
        positive,
        positive_at_min,
        p_positive_at_chain: p_on,
        p_positive_without_block: p_off,
        statement,
    };
    Ok((answer, update))
}

/// One person's feet after the dose: the record, and when the toe had risen enough.
fn foot(
    options: &LowVolumeOptions,
    setting: &Setting,
    side: Side,
    blocked_fraction: f64,
    seed: u64,
) -> Result<(Vec<ToeAt>, Option<f64>), BedsideError> {
    const STEP_S: f64 = 10.0;
    let person = Subject::draw(setting, Stream::new(seed).named("foot"))?;
    let (block, none) = (Blocked::with_onset(blocked_fraction)?, Blocked::with_onset(0.0)?);
    let (own, both) = match side {
        Side::Left => (0, [&block, &none]),
        Side::Right => (1, [&none, &block]),
    };
    let response = person.follow(both, None, options.watch_min, STEP_S)?;
    let minute = STEP_S / 60.0;
    let start = response.temperature.first().map_or(0.0, |t| t[own][0]);
    let positive_at_min = response
        .temperature
        .iter()
        .position(|t| t[own][0] - start >= options.rise_c)
        .map(|i| i as f64 * minute);
    let toe = response
        .temperature
        .iter()
        .enumerate()
        .step_by((60.0 / STEP_S) as usize)
        .map(|(i, t)| ToeAt { t_min: i as f64 * minute, toe_c: t[own][0], other_toe_c: t[1 - own][0] })
        .collect();
    Ok((toe, positive_at_min))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_millilitre_reaches_about_a_centimetre_and_eight_twice_as_far() {
        let one = Reach::of(1.0);
        assert!((one.reach_mm - 10.6).abs() < 0.1, "{}", one.reach_mm);
        assert!((Reach::of(8.0).reach_mm / one.reach_mm - 2.0).abs() < 1e-12);
        assert!((one.share(one.reach_mm) - 0.5).abs() < 1e-6);
        assert!(one.share(1.0) > 0.999 && one.share(40.0) < 1e-3);
    }
}
