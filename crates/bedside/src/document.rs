//! `map.json`.

use crate::World;
use crate::bayes::BeliefUpdate;
use crate::electrical::ElectricalAnswer;
use crate::low_volume::LowVolumeAnswer;
use crate::world::{Record, Tissue};
use rami_anatomy::VertebralLevel;
use rami_volume::Point;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Schema of [`MapDocument`].
pub const SCHEMA: &str = "rami.map/1";

/// Why mapping may not be the only guidance.
pub const SOLE_GUIDANCE_REASON: &str = "the trunk's C fibres cannot be excited from more than about a millimetre, so a current \
    finds somatic nerves to stay away from and hardly ever the chain, and a test dose answers late; the tip must be \
    placed and confirmed by imaging";

/// Whether mapping may be the only guidance: never.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SoleGuidance {
    /// Always false.
    pub accepted: bool,
    /// Why.
    pub reason: String,
}

/// The answer of `rami map`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MapDocument {
    /// `rami.map/1`.
    pub schema: String,
    /// What it is not.
    pub disclaimer: String,
    /// Name of the case.
    pub case: String,
    /// Where the world comes from.
    pub world: Record,
    /// The same in words.
    pub world_statement: String,
    /// Where the tip is, LPS mm.
    pub tip_mm: [f64; 3],
    /// What it is in.
    pub tip_in: Tissue,
    /// Name of the structure it is in.
    pub tip_structure: String,
    /// Level of the tip.
    pub level: VertebralLevel,
    /// Distance to the trunk in this world, mm: known here, never at a bedside.
    pub distance_to_trunk_in_world_mm: f64,
    /// Answer to a current.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub electrical: Option<ElectricalAnswer>,
    /// Answer to a test dose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub low_volume: Option<LowVolumeAnswer>,
    /// What the belief about the trunk learnt.
    pub belief: BeliefUpdate,
    /// Mapping is never the only guidance.
    pub sole_guidance: SoleGuidance,
    /// What every output must say.
    pub warnings: Vec<String>,
    /// Rows and keys of the evidence used.
    pub evidence: Vec<String>,
}

impl MapDocument {
    /// Puts the answers together.
    #[must_use]
    pub fn new(
        world: &World,
        case: &str,
        tip: &Point,
        electrical: Option<ElectricalAnswer>,
        low_volume: Option<LowVolumeAnswer>,
        belief: BeliefUpdate,
        warnings: Vec<String>,
    ) -> Self {
        let keys: &[&str] = if electrical.is_some() {
            &[
                "A28",
                "A29",
                "A30",
                "nerve.drg_motor_threshold",
                "nerve.drg_sensory_threshold",
                "nerve.tip_impedance",
                "nerve.sigma_muscle",
                "nerve.sigma_fat",
                "conductivity.muscle_anisotropy",
                "mapping.reading_spread",
                "mapping.trunk_region_share",
                "mapping.at_chain",
            ]
        } else {
            &[
                "mapping.fluid_share",
                "mapping.reach_spread",
                "mapping.at_chain",
                "autonomic.onset.t50",
                "autonomic.level_weight.l2",
                "autonomic.level_weight.l3",
                "autonomic.level_weight.l4",
            ]
        };
        Self {
            schema: SCHEMA.to_owned(),
            disclaimer: "Research and teaching software. Not a medical device; not for treating anyone."
                .to_owned(),
            case: case.to_owned(),
            world: world.record,
            world_statement: world.record.statement(),
            tip_mm: (*tip).into(),
            tip_in: world.tissue_at(tip),
            tip_structure: world.structure_name(world.structure_at(tip)),
            level: world.levels.nearest(tip).level,
            distance_to_trunk_in_world_mm: world.distance_to_trunk_mm(belief.side, tip),
            electrical,
            low_volume,
            belief,
            sole_guidance: SoleGuidance { accepted: false, reason: SOLE_GUIDANCE_REASON.to_owned() },
            warnings,
            evidence: keys.iter().map(|&key| key.to_owned()).collect(),
        }
    }
}
