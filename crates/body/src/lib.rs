//! The body's answer to the block.
//!
//! - [`pharmacokinetics`]: how much drug reaches the blood, and whether the brain would notice.
//! - [`autonomic`]: tone, skin flow and temperature of both legs, blood pressure, and the rules that confirm a block.
//! - [`pain`]: three hypotheses, never one answer.
//! - [`sensitivity`]: Morris and Sobol, for this room's studies and others.
//!
//! The room knows no voxels: it takes fractions, doses and traits. Every answer carries the spread between people,
//! flags what lies outside the published range, and names the figures it rests on.

#![warn(missing_docs)]

pub mod autonomic;
mod distribution;
mod error;
pub mod numerics;
pub mod pain;
mod person;
pub mod pharmacokinetics;
pub mod sensitivity;

pub use distribution::Distribution;
pub use error::BodyError;
pub use person::{Person, Variation};
