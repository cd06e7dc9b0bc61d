//! How much drug reaches the blood.
//!
//! - [`disposition`]: two compartments (V1, Q, V2, CL); closed form and differential equations.
//! - [`absorption`]: fast and slow paths from the site, or a curve that a spread model computed.
//! - [`binding`]: free drug from total drug, saturable on alpha-1-acid glycoprotein.
//! - [`first_pass`]: what an intravenous bolus does to arterial blood before it mixes.
//! - [`drug`]: the parameter sets, from the evidence tables, scaled to a person.
//! - [`course`]: one injection in one person: curves and peaks.
//! - [`toxicity`]: thresholds, the handling of intravascular injection, rescue doses as information.
//! - [`report`]: the same over a population, as the document `rami pk` prints.
//!
//! Times in minutes, volumes in litres, concentrations in mg/L of plasma. "Venous" is peripheral venous plasma, what
//! the published parameters were fitted to.

pub mod absorption;
pub mod binding;
pub mod course;
pub mod disposition;
pub mod drug;
pub mod first_pass;
pub mod report;
pub mod toxicity;

pub use absorption::{Absorbed, Absorption, Site};
pub use course::{Course, Injection};
pub use drug::DrugModel;
pub use report::{PkOptions, PkReport};
