//! What the block is asked for, on which side, and why.

use super::person::Side;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The condition the block is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Indication {
    /// Complex regional pain syndrome, formerly RSD.
    Crps,
    /// Chronic low back pain.
    LowBackPain,
    /// Arterial insufficiency of the leg.
    ArterialInsufficiency,
    /// Raynaud's syndrome.
    Raynaud,
    /// Phantom limb or stump pain.
    PhantomLimb,
    /// Pain after shingles.
    PostHerpeticPain,
    /// Sweating of the soles.
    Hyperhidrosis,
}

impl Indication {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Crps,
        Self::LowBackPain,
        Self::ArterialInsufficiency,
        Self::Raynaud,
        Self::PhantomLimb,
        Self::PostHerpeticPain,
        Self::Hyperhidrosis,
    ];

    /// Its name in charts and data files.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Crps => "crps",
            Self::LowBackPain => "low_back_pain",
            Self::ArterialInsufficiency => "arterial_insufficiency",
            Self::Raynaud => "raynaud",
            Self::PhantomLimb => "phantom_limb",
            Self::PostHerpeticPain => "post_herpetic_pain",
            Self::Hyperhidrosis => "hyperhidrosis",
        }
    }
}

/// What the block is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Complaint {
    /// For what.
    pub indication: Indication,
    /// Side of the block, the person's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub side: Option<Side>,
    /// To find out, to foretell, or to treat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
    /// How long it has lasted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_weeks: Option<f64>,
    /// What the person can and cannot do now, in their words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// What matters to the person.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub what_matters: Vec<String>,
}

/// Why the block is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Is the pain kept up by sympathetic nerves?
    Diagnostic,
    /// Would a longer-lasting treatment work?
    Prognostic,
    /// To ease the pain.
    Therapeutic,
}
