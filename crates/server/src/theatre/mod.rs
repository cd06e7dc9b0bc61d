//! Blocks under way: each is a thread that folds actions into a state, writes every line to disk before anyone is told,
//! and hands its pictures to whoever looks, the newest only.
//!
//! - [`Room`]: one block, its thread, its log.
//! - [`Rooms`]: all of them; those of an earlier run are opened again from their logs.
//! - [`show`]: what a screen may see of a state: belief and what an operator perceives, never the truth.
//! - [`failure`]: blocks that are set up to go wrong.
//! - [`desk`]: state, record and log together, and looks back.
//! - [`report`]: score, curves and the page.
//! - [`hours`]: drug and contrast in space through the hours.
//! - [`anatomy`]: what lies in the picture, for who asks to see it.
//! - [`turns`]: whose turn it is to draw.
//! - [`frame`]: a picture as it goes over the wire.

mod anatomy;
mod desk;
mod failure;
mod frame;
mod hours;
mod log;
mod report;
mod room;
mod rooms;
mod setup;
mod show;
mod turns;

pub(crate) use anatomy::Overlay;
pub(crate) use failure::Lesson;
pub(crate) use hours::Hours;
pub(crate) use report::Scored;
pub(crate) use room::{Done, Order, Room};
pub(crate) use rooms::{RoomSummary, Rooms};
pub(crate) use setup::NewSession;
pub(crate) use show::{Debrief, View};
