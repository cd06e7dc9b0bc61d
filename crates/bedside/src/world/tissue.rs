//! Kinds of tissue, and what they are to a needle.

use rami_needle::Medium;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A kind of tissue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Tissue {
    /// Outside the body.
    Air,
    /// Skin.
    Skin,
    /// Fat under the skin and between muscles.
    Fat,
    /// Fat and loose tissue in front of the spine's back wall: the plane of the chain.
    RetroperitonealFat,
    /// Muscle other than psoas, and soft tissue without a label.
    Muscle,
    /// Psoas.
    Psoas,
    /// Compact bone.
    CorticalBone,
    /// Spongy bone.
    CancellousBone,
    /// Intervertebral disc.
    Disc,
    /// Content of the dural sac.
    CerebrospinalFluid,
    /// Blood in a vessel.
    Blood,
    /// Kidney.
    Kidney,
    /// Ureter or bladder.
    Urine,
    /// Wall and content of gut.
    Bowel,
    /// Gas in gut or lung.
    Gas,
    /// Another organ.
    Organ,
    /// Nerve.
    Nerve,
    /// Metal.
    Metal,
}

impl Tissue {
    /// All, in the order of their numbers.
    pub const ALL: [Self; 18] = [
        Self::Air,
        Self::Skin,
        Self::Fat,
        Self::RetroperitonealFat,
        Self::Muscle,
        Self::Psoas,
        Self::CorticalBone,
        Self::CancellousBone,
        Self::Disc,
        Self::CerebrospinalFluid,
        Self::Blood,
        Self::Kidney,
        Self::Urine,
        Self::Bowel,
        Self::Gas,
        Self::Organ,
        Self::Nerve,
        Self::Metal,
    ];

    /// Its number on a grid.
    #[must_use]
    pub fn number(self) -> u8 {
        self as u8
    }

    /// The tissue of a number; air for one there is not.
    #[must_use]
    pub fn from_number(number: u8) -> Self {
        Self::ALL.get(usize::from(number)).copied().unwrap_or(Self::Air)
    }

    /// Whether it is bone (or metal in it).
    #[must_use]
    pub fn is_bone(self) -> bool {
        matches!(self, Self::CorticalBone | Self::CancellousBone | Self::Metal)
    }

    /// Whether it is body and neither bone nor gas.
    #[must_use]
    pub fn is_soft(self) -> bool {
        !self.is_bone() && !matches!(self, Self::Air | Self::Gas)
    }

    /// What it is to a needle.
    #[must_use]
    pub fn medium(self) -> Medium {
        match self {
            Self::Air => Medium::Air,
            Self::Skin => Medium::Skin,
            Self::Fat => Medium::Fat,
            Self::RetroperitonealFat => Medium::Areolar,
            Self::Muscle => Medium::Muscle,
            Self::Psoas => Medium::Psoas,
            Self::CorticalBone | Self::CancellousBone | Self::Metal => Medium::Bone,
            Self::Disc => Medium::Disc,
            Self::CerebrospinalFluid => Medium::CerebrospinalFluid,
            Self::Blood => Medium::Vessel,
            Self::Kidney => Medium::Kidney,
            Self::Urine => Medium::Urine,
            Self::Bowel | Self::Gas => Medium::Bowel,
            Self::Organ => Medium::Organ,
            Self::Nerve => Medium::Nerve,
        }
    }

    /// What a label says, where it says it whatever the Hounsfield units are.
    pub(super) fn of_label(label: u16, hu: i16) -> Option<Self> {
        let bone = || if hu >= CORTICAL_HU { Self::CorticalBone } else { Self::CancellousBone };
        Some(match label {
            1 | 4..=9 => Self::Organ,
            2 | 3 | 23 | 24 => Self::Kidney,
            10..=14 => Self::Gas,
            18..=20 => Self::Bowel,
            21 | 202 | 203 => Self::Urine,
            25..=50 | 75..=78 | 92..=117 => bone(),
            52 | 53 | 62..=68 | 205 | 206 => Self::Blood,
            79 | 212 => Self::CerebrospinalFluid,
            80..=87 | 200 | 201 => Self::Muscle,
            88 | 89 => Self::Psoas,
            204 => Self::Disc,
            209 => Self::Skin,
            210 => Self::Fat,
            211 => Self::RetroperitonealFat,
            213 => Self::Gas,
            214 => Self::Metal,
            215 => Self::CorticalBone,
            _ => return None,
        })
    }
}

/// Bone from here up counts as compact, HU.
pub(super) const CORTICAL_HU: i16 = 400;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_tissues_are_one_to_one() {
        assert!(Tissue::ALL.iter().all(|t| Tissue::from_number(t.number()) == *t));
        assert_eq!(Tissue::from_number(200), Tissue::Air);
    }
}
