//! Anaesthetic block: how much sodium conductance a fibre can lose before an impulse fails.
//!
//! - [`critical`]: the full cable, asked whether an impulse passes; the critical share against exposed length.
//! - [`surrogate`]: the same answer from a table and a sliding window, for cohorts.
//! - [`potency`]: from concentration to the share of sodium conductance left, calibrated per class of fibre.

pub mod critical;
pub mod potency;
pub mod surrogate;
