//! At the bedside: what a needle, a current and a drug act on.
//!
//! - [`world`]: the *world*, as opposed to the belief: the truth of a digital patient, or for a real CT one seeded draw
//!   from the belief, recorded. Nothing that plans may see it.
//!
//! Millimetres in patient space (LPS).

#![warn(missing_docs)]

mod error;
pub mod world;

pub use error::BedsideError;
pub use world::World;
