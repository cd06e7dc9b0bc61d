//! Who operates. One interface, three kinds: a person (any front end that calls [`crate::Session`]'s block), the plan itself
//! and a simulated operator with stated human errors (both [`protocol::Protocol`], with another [`skill::Skill`]), and a
//! script that a clinician can write ([`script`]).
//!
//! An operator sees [`Seen`]: what the room shows. Not the world, not the tip, not what is going wrong.

pub mod prepare;
pub mod protocol;
mod respond;
pub mod script;
pub mod skill;

pub use protocol::Protocol;
pub use respond::remedy;
pub use script::Script;
pub use skill::Skill;

use crate::action::Action;
use crate::event::Event;
use crate::refusal::Refusal;
use crate::session::Block;
use crate::setup::{Phase, Setup};
use crate::state::{CArm, Radiation};

/// What an operator can perceive.
pub struct Seen<'s> {
    /// Facts everyone knows.
    pub setup: &'s Setup,
    /// The clock on the wall, s.
    pub clock_s: f64,
    /// Where in the block.
    pub phase: Phase,
    /// Where the C-arm stands.
    pub c_arm: &'s CArm,
    /// The dose display.
    pub radiation: &'s Radiation,
    /// Marks on the needle's shaft: how much of it is in; nothing without a needle.
    pub depth_mm: Option<f64>,
    /// Share of the maximum of local anaesthetic given.
    pub share_of_maximum: f64,
    /// What was perceived of the last action.
    pub events: Vec<Event>,
    /// Why the last action was not done.
    pub refused: Option<Refusal>,
}

/// Somebody who says what to do next.
pub trait Operator {
    /// The next action; nothing when the block is over.
    fn next(&mut self, seen: &Seen<'_>) -> Option<Action>;
}

/// Most actions of one block: an operator that does not come to an end is ended.
pub const MOST_ACTIONS: usize = 5000;

/// Lets an operator run a block to its end, and returns how many actions were done.
pub fn run(block: &mut Block<'_, '_>, operator: &mut dyn Operator) -> usize {
    let mut events: Vec<Event> = Vec::new();
    let mut refused = None;
    for count in 0..MOST_ACTIONS {
        let seen = Seen {
            setup: block.theatre.setup,
            clock_s: block.state.clock_s,
            phase: block.state.phase,
            c_arm: &block.state.c_arm,
            radiation: &block.state.radiation,
            depth_mm: block.state.needle.as_ref().map(|held| held.depth_mm),
            share_of_maximum: block.state.share_of_maximum(&block.theatre.setup.person),
            events: std::mem::take(&mut events),
            refused: refused.take(),
        };
        let Some(action) = operator.next(&seen) else { return count };
        match block.act(action) {
            Ok(came) => events = came.iter().filter_map(Event::visible).collect(),
            Err(refusal) => refused = Some(refusal),
        }
    }
    MOST_ACTIONS
}
