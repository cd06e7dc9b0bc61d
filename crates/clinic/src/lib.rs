//! Who a lumbar sympathetic block is for, what could go wrong, and deciding together.
//!
//! In the order of a visit:
//! - [`chart`]: what is known of the person; TOML or FHIR R4, typed units, missing items stay missing.
//! - [`indication`]: criteria item by item, with the evidence for this block.
//! - [`safety`]: contraindications and cautions: stop, caution, clear; overrides with a reason.
//! - [`dose`]: the ledger of local anaesthetic, lipid rescue, observation.
//! - [`risk`], [`benefit`]: probabilities with intervals from counts, or that no figure is known.
//! - [`assess`]: all of these as one document; [`text`] prints it.
//! - [`decision`]: the decision aid, in plain language, for the person.
//! - [`course`], [`outcome`], [`follow_up`]: checklist, somatic check, discharge, diary, instruments, responder rules.
//!
//! Every figure comes from `rami-evidence` by key, and every output names the keys it used. Nothing here reads a file,
//! a clock or a random source.

#![warn(missing_docs)]

pub mod assess;
pub mod benefit;
pub mod chart;
pub mod course;
mod data;
pub mod decision;
pub mod dose;
pub mod evidence;
pub mod follow_up;
pub mod indication;
pub mod outcome;
mod pharmacy;
pub mod plan;
pub mod rate;
pub mod risk;
pub mod safety;
pub mod stats;
mod status;
pub mod text;

pub use assess::{Assessment, assess};
pub use chart::Chart;
pub use plan::PlanSummary;
pub use status::{Criterion, Status};
