//! The leg's answer over a population: the document `rami respond` prints.
//!
//! - `document`: what it holds.
//! - `question`: what is asked, and how the answer is put together.
//! - `people`: the virtual people behind its quantiles.
//! - `milestones`: a record reduced to minutes and degrees, and the rules applied to it.

mod document;
mod milestones;
mod people;
mod question;

pub use document::{Band, BySide, Population, RespondReport, Side, StressAnswer};
pub use milestones::{Milestones, judge_rules, milestones};
pub use question::RespondOptions;
