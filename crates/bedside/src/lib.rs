//! At the bedside: what a needle, a current and a drug act on.
//!
//! - [`world`]: the *world*, as opposed to the belief: the truth of a digital patient, or for a real CT one seeded draw
//!   from the belief, recorded. Nothing that plans may see it.
//! - [`electrical`]: a current at the tip: potential, thresholds by nerve, reports, rules.
//! - [`needle`]: a needle pushed, turned and aspirated in the world, step by step.
//! - [`low_volume`]: a test dose at the tip and what the foot does.
//! - [`bayes`]: what either says about where the trunk is.
//! - [`document`] is the contents of `map.json`.
//! - [`inject`]: where contrast and drug go, and whether they block the chain.
//!
//! Millimetres in patient space (LPS).

#![warn(missing_docs)]

pub mod bayes;
pub mod document;
pub mod electrical;
mod error;
mod flow;
pub mod inject;
pub mod low_volume;
pub mod needle;
mod tip;
pub mod world;

pub use error::BedsideError;
pub use world::World;
