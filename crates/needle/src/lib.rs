//! Needles: which there are, how they go through tissue, what they feel like, what the tip is in.
//!
//! The room is told what lies at a point ([`Tissues`]) and knows neither images nor plans; it acts on any world.
//!
//! - [`catalogue`]: needles one can buy, with stiffness and dead space.
//! - [`tissue`]: mechanical kinds of tissue, the membranes between them, their properties.
//! - [`Insertion`]: the tip's path (kinematic bevel-tip model), contact, breaches, force.
//! - [`aspirate`]: blood, urine, fluid, air or nothing, with the sensitivity that was measured.
//! - [`deflection`]: how far off its line a needle ends at a depth, in closed form, for those who plan.
//! - [`hit_probability`]: how often a straight plan ends where it should, bending included.
//!
//! Millimetres in patient space (LPS), newtons, radians inside.

#![warn(missing_docs)]

mod aspirate;
pub mod catalogue;
mod deflection;
mod error;
mod insertion;
mod pose;
mod spread;
pub mod tissue;

pub use aspirate::{Aspirate, aspirate};
pub use deflection::{Deflection, deflection};
pub use error::NeedleError;
pub use insertion::{Advance, Breach, Insertion, Reading, Stop};
pub use pose::Pose;
pub use spread::{Bevel, Hand, HitProbability, hit_probability};
pub use tissue::{HazardDistance, Medium, Membrane, Place, Tissues};
