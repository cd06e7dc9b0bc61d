//! Departures from ordinary anatomy that one can ask for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A departure from ordinary anatomy, or something a person carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Variant {
    /// A sixth lumbar-type vertebra: the first sacral segment is lumbarised.
    Transitional,
    /// A lumbar curve of 26° (Cobb) with rotation.
    Scoliosis,
    /// Kidneys joined below the inferior mesenteric artery, in front of the great vessels.
    HorseshoeKidney,
    /// The left kidney about 60 mm low.
    LowKidney,
    /// Body mass index 42.
    Obese,
    /// Bone of two thirds the density, thin shells.
    Osteoporotic,
    /// Narrow discs with beaks of bone at every lumbar rim.
    Spondylosis,
    /// The inferior vena cava left of the aorta below the renal veins.
    LeftIvc,
    /// Pedicle screws at L4.
    PedicleScrew,
    /// A metal left hip (the field of view reaches down to it).
    Hip,
    /// Calcified plaques in the wall of the aorta.
    CalcifiedAorta,
}

impl Variant {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Transitional,
        Self::Scoliosis,
        Self::HorseshoeKidney,
        Self::LowKidney,
        Self::Obese,
        Self::Osteoporotic,
        Self::Spondylosis,
        Self::LeftIvc,
        Self::PedicleScrew,
        Self::Hip,
        Self::CalcifiedAorta,
    ];

    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Transitional => "transitional",
            Self::Scoliosis => "scoliosis",
            Self::HorseshoeKidney => "horseshoe-kidney",
            Self::LowKidney => "low-kidney",
            Self::Obese => "obese",
            Self::Osteoporotic => "osteoporotic",
            Self::Spondylosis => "spondylosis",
            Self::LeftIvc => "left-ivc",
            Self::PedicleScrew => "pedicle-screw",
            Self::Hip => "hip",
            Self::CalcifiedAorta => "calcified-aorta",
        }
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Variant {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|v| v.name() == text).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|v| v.name()).collect();
            format!("{text:?} is not a variant; there are {}", names.join(", "))
        })
    }
}
