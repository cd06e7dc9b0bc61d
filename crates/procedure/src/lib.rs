//! The block as a sequence of timed events.
//!
//! An [`Action`] is one thing done: turn the C-arm, push the needle 3 mm, inject 1 ml of contrast, read the toe's
//! temperature. [`step`] takes a [`Theatre`] (facts, world, flow, x-ray machine), a [`State`] and an action, and gives the
//! state after it with the [`Event`]s that came of it, or a [`Refusal`] that says in words why not and what to do first. It
//! is pure: no clock but the simulated one ([`clock`]), no chance but the session's seed, no file.
//!
//! A block is a fold of `step` over actions: [`Session`] keeps header, actions, events and hashes as JSON lines
//! (`rami.session/1`), and everything else (score, report, replay, study) is a fold over those lines.
//!
//! - who and what: [`setup`], [`state`], [`world`], [`flow`]
//! - what is done and what comes of it: [`action`], [`event`], [`refusal`], [`clock`], [`complication`]
//! - the step itself: [`step()`], [`theatre`]
//! - the record and folds over it: [`session`], [`replay`], [`score`]
//! - who acts: [`operator`]; a person of ellipses for teaching cases: [`schematic`]
//!
//! Two anatomies: an operator sees the belief and [`Event::visible`]; needle, fluid and x-rays act on the [`World`].

#![warn(missing_docs)]

pub mod action;
pub mod clock;
pub mod complication;
pub mod curves;
pub mod event;
pub mod flow;
mod imaging;
pub mod operator;
pub mod refusal;
pub mod replay;
pub mod schematic;
pub mod score;
pub mod session;
pub mod setup;
pub mod sources;
pub mod state;
mod step;
pub mod theatre;
pub mod world;

pub use action::Action;
pub use complication::{Complication, Remedy};
pub use event::Event;
pub use flow::Flow;
pub use imaging::Imaging;
pub use refusal::{Refusal, RefusalCode};
pub use session::Session;
pub use setup::{Phase, Setup};
pub use state::State;
pub use step::step;
pub use theatre::Theatre;
pub use world::World;
