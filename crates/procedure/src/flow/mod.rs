//! Where injected fluid goes: the question to a model of flow, and its answer.
//!
//! The engine asks through [`Flow`]; which model answers is said in every session ([`Flow::name`]). [`Computed`] is the
//! model of injection on a person: pressure, fascia, transport, nerves. [`Geometric`] is for schematic teaching cases only:
//! an ellipsoid about the tip, as long as the published extent of 10 ml, cut by what it may not enter.

mod computed;
mod duct;
mod geometric;
pub mod hours;

pub use computed::Computed;
pub use geometric::Geometric;

use crate::world::World;
use rami_anatomy::{BySide, Side};
use rami_evidence::value;
use rami_needle::Medium;
use rami_volume::Volume;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Fluid given through the needle at one place, in order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Fluid {
    /// Agent of the formulary.
    pub agent: String,
    /// Drug per volume; 0 for contrast and saline.
    pub drug_mg_ml: f64,
    /// Iodine per volume.
    pub iodine_mg_ml: f64,
    /// How much.
    pub volume_ml: f64,
    /// How fast.
    pub rate_ml_s: f64,
    /// When, on the clock of the block.
    pub at_s: f64,
    /// Whether adrenaline is in it.
    #[serde(default)]
    pub adrenaline: bool,
}

/// A question to a model of flow: everything given so far with the tip at one place.
#[derive(Debug, Clone, PartialEq)]
pub struct Injection<'a> {
    /// Where the tip is, LPS mm.
    pub tip_mm: [f64; 3],
    /// Which way it looks.
    pub direction: [f64; 3],
    /// In order.
    pub fluids: &'a [Fluid],
    /// Seed of what the model must draw.
    pub seed: u64,
}

/// A kind of place that fluid can be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the names say it
pub enum Compartment {
    /// The plane of the chain.
    Prevertebral,
    /// Fat in front of that plane and of psoas.
    Retroperitoneal,
    Psoas,
    /// Muscle and the fat between muscles and under the skin.
    Muscle,
    Vessel,
    Epidural,
    Thecal,
    Disc,
    Urinary,
    Visceral,
    Nerve,
    /// Nowhere: bone lets nothing in.
    Refused,
}

/// What stands for the pressure at a tip that lets nothing in: beyond any hand. It is told in words and never shown.
pub const OCCLUDED_KPA: f64 = 1000.0;

/// Where the fluid went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spread {
    /// Share of the volume in each compartment; they sum to 1.
    pub shares: BTreeMap<Compartment, f64>,
    /// Share of the last syringe that went in: less than all where what the tip is in fills up, as a disc does.
    #[serde(default = "whole")]
    pub delivered: f64,
    /// Share of the sympathetic ways to the skin that the drug will cut at L2, L3 and L4 of each side: of B or of C fibres,
    /// whichever more of fail, for the way is one after the other.
    pub blocked: BySide<[f64; 3]>,
    /// Largest share of each foot's supply that the drug will cut beside the trunk, in roots and rami; nothing by the
    /// geometric stand-in.
    #[serde(default = "no_share")]
    pub beside_trunk: BySide<f64>,
    /// Longest time for which at least nine in ten of B *or* of C fail there, min: what the leg feels.
    #[serde(default = "no_time")]
    pub cut_min: BySide<[f64; 3]>,
    /// Longest time for which at least nine in ten of B *and* of C fail there, min: what counts as a block of the chain.
    #[serde(default = "no_time")]
    pub held_min: BySide<[f64; 3]>,
    /// Minutes until half of them have failed, and for which they fail.
    pub onset_min: f64,
    /// Minutes for which they fail.
    pub duration_min: f64,
    /// Share of the genitofemoral nerve's fibres that will be blocked.
    pub genitofemoral_blocked: BySide<f64>,
    /// Share of the roots' or plexus' fibres that will be blocked.
    pub roots_blocked: BySide<f64>,
    /// Head-to-foot extent of the fluid.
    pub longitudinal_extent_mm: f64,
    /// Pressure at the tip, kPa: what the hand feels as resistance. [`OCCLUDED_KPA`] where nothing goes in.
    pub pressure_kpa: f64,
    /// Points with equal shares of the fluid outside vessels, LPS mm: what an x-ray shows of contrast where the model has no
    /// concentrations.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cloud_mm: Vec<[f64; 3]>,
}

/// A block counts as one when it holds for this long, min.
pub const HOLDS_MIN: f64 = 30.0;

fn no_time() -> BySide<[f64; 3]> {
    BySide::from_fn(|_| [0.0; 3])
}

fn whole() -> f64 {
    1.0
}

fn no_share() -> BySide<f64> {
    BySide::from_fn(|_| 0.0)
}

/// What a reader must know of a model of flow, by its name in a session.
#[must_use]
pub fn credibility(name: &str) -> &'static str {
    match name {
        "geometric" => {
            "Spread of contrast and drug is a geometric stand-in about the tip, not a computed flow: read it as teaching, \
             not as a prediction."
        }
        "computed" => {
            "Spread of contrast and drug is computed: pressure, fascia that parts, transport, uptake by nerves, on a coarse \
             grid with one draw of the properties of tissue and nerve. Their ranges are assumed, and were calibrated on one \
             published extent and two usual durations; nothing was measured at this site, and potency is calibrated, not \
             predicted."
        }
        _ => "Spread of contrast and drug is by a model that this version does not know.",
    }
}

/// A model of flow.
pub trait Flow: Sync {
    /// Its name, for the session.
    fn name(&self) -> &'static str;

    /// Where the fluid is after the last of it has gone in.
    ///
    /// # Errors
    /// In words, when the model cannot answer.
    fn spread(&self, world: &dyn World, injection: &Injection<'_>) -> Result<Spread, String>;

    /// Iodine in tissue during the last of the fluids and at its end, for x-rays; empty for a model that has none but the
    /// points of [`Spread::cloud_mm`].
    fn film(&self, _world: &dyn World, _injection: &Injection<'_>) -> Arc<Vec<Look>> {
        Arc::default()
    }
}

/// Iodine in tissue at one moment of an injection.
#[derive(Debug, Clone)]
pub struct Look {
    /// Share of the last fluid that was in, 0 to 1.
    pub share: f64,
    /// mg of iodine per ml of tissue.
    pub iodine_mg_ml: Volume<f32>,
}

impl Spread {
    /// Share of a compartment.
    #[must_use]
    pub fn share(&self, compartment: Compartment) -> f64 {
        self.shares.get(&compartment).copied().unwrap_or(0.0)
    }

    /// Whether the chain of a side is blocked: at some level of L2 to L4 at least nine in ten of B and of C fibres fail
    /// for half an hour.
    #[must_use]
    pub fn blocks_chain(&self, side: Side) -> bool {
        self.held_min.get(side).iter().any(|min| *min >= HOLDS_MIN)
    }

    /// Whether the leg of a side loses its sympathetic supply for half an hour: either kind of fibre is enough.
    #[must_use]
    pub fn cuts_supply(&self, side: Side) -> bool {
        self.cut_min.get(side).iter().any(|min| *min >= HOLDS_MIN)
    }

    /// Nothing anywhere.
    #[must_use]
    pub fn nothing() -> Self {
        Self {
            shares: BTreeMap::new(),
            delivered: whole(),
            blocked: no_time(),
            beside_trunk: no_share(),
            cut_min: no_time(),
            held_min: no_time(),
            onset_min: 0.0,
            duration_min: 0.0,
            genitofemoral_blocked: BySide::from_fn(|_| 0.0),
            roots_blocked: BySide::from_fn(|_| 0.0),
            longitudinal_extent_mm: 0.0,
            pressure_kpa: 0.0,
            cloud_mm: Vec::new(),
        }
    }
}

/// What a place counts as.
pub(crate) fn compartment(world: &dyn World, point: [f64; 3]) -> Compartment {
    let place = world.at(point);
    match place.medium {
        Medium::Areolar => Compartment::Prevertebral,
        Medium::Fat => {
            let name = world.name(place);
            if name.contains("canal") || name.contains("epidural") || name.contains("foramen") {
                Compartment::Epidural
            } else {
                Compartment::Muscle
            }
        }
        Medium::Psoas => Compartment::Psoas,
        Medium::Vessel => Compartment::Vessel,
        Medium::CerebrospinalFluid => Compartment::Thecal,
        Medium::Disc => Compartment::Disc,
        Medium::Kidney | Medium::Urine => Compartment::Urinary,
        Medium::Bowel | Medium::Organ => Compartment::Visceral,
        Medium::Nerve => Compartment::Nerve,
        Medium::Bone => Compartment::Refused,
        Medium::Muscle | Medium::Ligament | Medium::Skin | Medium::Air => Compartment::Muscle,
    }
}

/// Share of the bevel's opening that lies in a vessel: a tip can be half in and half out.
pub(crate) fn opening_in_vessel(world: &dyn World, tip: [f64; 3], direction: [f64; 3]) -> f64 {
    const POINTS: usize = 9;
    let opening = value("procedure.bevel_opening");
    let inside = (0..POINTS)
        .filter(|&i| {
            let back = opening * i as f64 / (POINTS - 1) as f64;
            let at = [0, 1, 2].map(|axis| tip[axis] - direction[axis] * back);
            world.at(at).medium == Medium::Vessel
        })
        .count();
    inside as f64 / POINTS as f64
}
