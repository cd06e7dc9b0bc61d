//! The three classes of fibre Rami speaks of, each with its model fibre.

use crate::{Axon, NerveError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A class of nerve fibre.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum FibreClass {
    /// Thick myelinated somatic fibres: roots, genitofemoral nerve, lumbar plexus. Model: 10 µm.
    A,
    /// Thin myelinated preganglionic sympathetic fibres. Model: 2 µm.
    B,
    /// Unmyelinated postganglionic fibres and afferents. Model: Sundt's axon of 1 µm.
    C,
}

impl FibreClass {
    /// All three.
    pub const ALL: [Self; 3] = [Self::A, Self::B, Self::C];

    /// The model fibre: 61 nodes (67 mm), 121 nodes (19 mm), 20 mm in steps of 25 µm.
    ///
    /// # Errors
    /// None in practice: the shapes are fixed and tested.
    pub fn axon(self) -> Result<Axon, NerveError> {
        match self {
            Self::A => Axon::myelinated(10.0, 61),
            Self::B => Axon::myelinated(2.0, 121),
            Self::C => Axon::unmyelinated(1.0, 20.0, 25.0),
        }
    }

    /// The model fibre for thresholds of a tip within about a third of its length: 61 nodes (A 67 mm, B 9 mm), or 24 mm in
    /// steps of 50 µm.
    ///
    /// # Errors
    /// None in practice: the shapes are fixed and tested.
    pub fn axon_for_stimulation(self) -> Result<Axon, NerveError> {
        match self {
            Self::A => Axon::myelinated(10.0, 61),
            Self::B => Axon::myelinated(2.0, 61),
            Self::C => Axon::unmyelinated(1.0, 24.0, 50.0),
        }
    }

    /// Time step at which the production stepper is within its promised error, ms.
    #[must_use]
    pub fn step_ms(self) -> f64 {
        match self {
            Self::A | Self::B => 0.005,
            Self::C => 0.0125,
        }
    }

    /// Distance between excitable sites that matters for block, mm: node to node, 0 for an unmyelinated fibre.
    #[must_use]
    pub fn internode_mm(self) -> f64 {
        match self {
            Self::A => 1.1223,
            Self::B => 0.155_12,
            Self::C => 0.0,
        }
    }
}
