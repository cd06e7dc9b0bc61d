//! Every published figure Rami uses, as data with its source.
//!
//! A [`Figure`] has a key (`anatomy.trunk_to_psoas.l2_3`), a value with its interval, where it comes from, whether
//! anyone has read it there ([`Tag`]), and the sentence it supports. They live in `data/*.toml`, one file a topic;
//! [`figure`] asks for one by key. A figure without a source cannot exist: the build checks every file and stops.
//! Conflicting sources are separate figures that name each other in `conflicts_with`; nothing averages them.

mod figure;
mod interval;
mod load;
mod rules;

pub use figure::{Confidence, EVIDENCE_SCHEMA, EvidenceDocument, Figure, Interval, IntervalKind, Tag};
pub use interval::wilson95;
pub use load::{all, figure, find, search, value};
pub use rules::{EvidenceError, parse, read_all};
