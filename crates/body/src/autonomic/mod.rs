//! What the leg and the circulation do when the sympathetic chain stops conducting.
//!
//! - [`input`]: the share of fibres that fail, over time.
//! - [`traits`]: healthy legs, arterial insufficiency, Raynaud's, warm and cold CRPS.
//! - [`leg`]: tone, skin flow, temperature, sweat and perfusion index of both legs: the equations; their steps in `heat`.
//! - [`pressure`]: blood pressure, heart rate, standing up and fainting.
//! - [`rules`]: the published rules that confirm a block, as functions of a temperature record.
//! - [`report`]: all of it over a population, as the document `rami respond` prints.
//! - [`mapping`]: what a foot temperature says about a small test dose.
//!
//! Ejaculation failure after block of both sides at L1–L2 is evidence text (`adverse.rare_case_level`), not a model.

pub mod beside;
mod heat;
pub mod input;
pub mod leg;
pub mod mapping;
pub mod pressure;
pub mod report;
pub mod rules;
pub mod traits;

pub use beside::BesideTrunk;
pub use input::{Blocked, Stress, StressKind};
pub use leg::{Response, Subject};
pub use report::{RespondOptions, RespondReport, Side};
pub use traits::{Condition, Traits};
