//! Nerve fibres: how an impulse travels, how local anaesthetic stops it, what a current at a needle tip excites.
//!
//! The room knows fibres and nothing of the case they lie in: it is given potentials and concentrations along a path.
//!
//! - [`membrane`]: the ion channels (Hodgkin–Huxley 1952, Sundt 2015, Rattay–Aberham 1993), from their equations.
//! - [`cable`]: an unmyelinated fibre as a chain of compartments; the reference stepper (backward Euler) and the
//!   production stepper (staggered Crank–Nicolson, several fibres side by side).
//! - [`myelin`]: a myelinated fibre as a double cable (McIntyre, Richardson & Grill 2002), internodes condensed.
//! - [`Axon`] and [`Action`]: either kind of fibre, and what acts on it.
//! - [`potential`]: the potential of a current in simple media, and how a stimulus varies in time.
//! - [`conduct`]: one impulse down one fibre: velocity, peak, whether it arrives.
//! - [`block`]: the critical share of sodium conductance, its fast surrogate, and the potency of drugs.
//! - [`stimulate`]: thresholds of a current at a tip, strength–duration, current–distance, what a person reports.
//!
//! Units inside: mV, ms, µA/cm², mS/cm², µF/cm², Ω cm, nA; lengths carry their unit in the name.

#![warn(missing_docs)]

mod action;
mod axon;
pub mod block;
pub mod cable;
mod class;
pub mod conduct;
mod error;
pub mod membrane;
pub mod myelin;
pub mod potential;
pub mod stimulate;

pub use action::{Action, Clamp, Field};
pub use axon::{Axon, Bundle};
pub use class::FibreClass;
pub use error::NerveError;
