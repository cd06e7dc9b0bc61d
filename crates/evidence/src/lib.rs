//! Every published figure Rami uses, as data with its source.
//!
//! A [`Figure`] has a key (`anatomy.trunk_to_psoas.l2_3`), a value with its interval, where it comes from, whether
//! anyone has read it there ([`Tag`]), and the sentence it supports. They live in `data/*.toml`, one file a topic;
//! [`figure`] asks for one by key. A figure without a source cannot be expressed: the loader refuses the file.
//! Conflicting sources are separate figures that name each other in `conflicts_with`; nothing averages them.

mod figure;
mod interval;
mod load;

pub use figure::{Confidence, Figure, Interval, IntervalKind, Tag};
pub use interval::wilson95;
pub use load::{EvidenceError, all, figure, find, parse, search, value};
