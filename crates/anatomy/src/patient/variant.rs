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

/// How many letters must be put in, left out or changed to make one word of the other.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let change = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

impl FromStr for Variant {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(variant) = Self::ALL.into_iter().find(|v| v.name() == text) {
            return Ok(variant);
        }
        let names: Vec<_> = Self::ALL.iter().map(|v| v.name()).collect();
        let plain = text.to_lowercase().replace(['_', ' '], "-");
        // A part of a name, or a few letters off.
        let nearest = names
            .iter()
            .map(|name| {
                let part = plain.len() > 2 && (name.contains(&plain) || plain.contains(name));
                (if part { 0 } else { edits(&plain, name) }, name)
            })
            .min()
            .filter(|(off, name)| *off <= name.len() / 3);
        let hint = nearest.map(|(_, name)| format!(" (did you mean {name}?)")).unwrap_or_default();
        Err(format!("{text:?} is not a variant{hint}; there are {}", names.join(", ")))
    }
}
