//! `rami.respond/1`: what the document holds.

use super::super::input::StressKind;
use super::super::pressure::Pressure;
use super::super::rules::Rule;
use super::super::traits::Condition;
use crate::Distribution;
use crate::pain::{Arm, PainReport};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Which chain was injected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The left one.
    Left,
    /// The right one.
    Right,
    /// Both.
    Both,
}

/// Skin temperature and flow after a sympathetic block. Keys without `population` are of the typical person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RespondReport {
    /// `rami.respond/1`.
    pub schema: String,
    /// What was injected.
    pub injected: Arm,
    /// Which chain was injected.
    pub side: Side,
    /// Largest share of fibres that fails.
    pub blocked_fraction: f64,
    /// The part of it that is cut in roots and rami of the injected side: it warms the foot without the trunk.
    #[serde(default)]
    pub beside_trunk_fraction: f64,
    /// Room temperature.
    pub room_c: f64,
    /// What the legs are like.
    pub condition: Condition,
    /// Toe of the injected side before.
    pub baseline_toe_c: f64,
    /// Highest toe temperature of the injected side.
    pub t_max_c: f64,
    /// Rise of that toe.
    pub toe_rise_c: f64,
    /// Largest warming over a minute.
    pub fastest_warming_c_min: f64,
    /// Minutes to the first degree; `null` if never.
    pub rise_1c_min: Option<f64>,
    /// Minutes to half of the rise.
    pub t50_min: Option<f64>,
    /// Minutes to 95 % of the rise.
    pub t95_min: Option<f64>,
    /// Which confirmation rules fire when.
    pub rules: Vec<Rule>,
    /// The same numbers over people.
    pub population: Population,
    /// Skin temperature in °C by site and side.
    pub sites: BTreeMap<String, BySide>,
    /// Skin flow relative to rest by site and side: what laser Doppler shows.
    pub flow: BTreeMap<String, BySide>,
    /// Perfusion index of the toe in %, by side.
    pub perfusion_index: BySide,
    /// Sweating of the foot relative to rest, by side.
    pub sweating: BySide,
    /// Pressure at the ankle relative to rest, by side.
    pub distal_pressure: BySide,
    /// Toe systolic pressure before and after in arterial insufficiency, from the published resting value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub toe_systolic_mmhg: Option<[f64; 2]>,
    /// Blood pressure, heart rate, standing up.
    pub pressure: Pressure,
    /// What a stress did to the flow of either toe.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stress: Option<StressAnswer>,
    /// Technical success is not pain relief.
    pub statement: String,
    /// Pain over days under three hypotheses, from the same injection: a week, or ten days for repeated blocks.
    pub pain: PainReport,
    /// What lies outside the published range or must be said.
    pub warnings: Vec<String>,
    /// Keys of the evidence figures behind it.
    pub evidence: Vec<String>,
}

/// Numbers of the population; times only over those people in whom they exist.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Population {
    /// How many.
    pub n: u32,
    /// From which seed.
    pub seed: u64,
    /// Rise of the toe.
    pub toe_rise_c: Distribution,
    /// Highest toe temperature.
    pub t_max_c: Distribution,
    /// Share of people whose toe warms by a degree.
    pub share_rise_1c: f64,
    /// Minutes to the first degree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rise_1c_min: Option<Distribution>,
    /// Minutes to half of the rise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub t50_min: Option<Distribution>,
    /// Minutes to 95 % of the rise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub t95_min: Option<Distribution>,
}

/// A series on each side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BySide {
    /// Left leg.
    pub left: Vec<Band>,
    /// Right leg.
    pub right: Vec<Band>,
}

/// Spread over people at one time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Band {
    /// Minutes after the injection.
    pub t_min: f64,
    /// The spread.
    #[serde(flatten)]
    pub spread: Distribution,
}

/// Fight or flight, and what a blocked chain passes on of it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StressAnswer {
    /// What happened.
    pub kind: StressKind,
    /// When.
    pub at_min: f64,
    /// Flow of the left toe at its lowest during the stress, relative to just before.
    pub left_toe_flow: f64,
    /// The same of the right toe.
    pub right_toe_flow: f64,
}
