//! What can be in a syringe: drugs, contrast agents, strengths, concentrations and maximum doses.
//!
//! - [`Agent`]: one drug, contrast agent or fluid; [`agent`] finds it by name, [`agents`] lists all (`data/agents.toml`).
//! - [`Syringe`]: an agent at a concentration, a volume and perhaps a rate, as read from text such as
//!   `bupivacaine 0.25% 10ml @0.2ml/s` or `iohexol 300 1ml`; [`parse_sequence`] reads several with `;` between them.
//! - [`Dose`], [`maximum_dose`] and [`share_of_maximum`]: ceilings for one administration, summed over drugs.
//!
//! This room knows nothing of patients beyond a body mass: frailty, liver and ideal weight are the clinic's.

#![warn(missing_docs)]

mod agent;
mod dose;
mod syringe;

pub use agent::{Agent, AgentClass, FormularyError, agent, agents};
pub use dose::{Ceiling, Dose, maximum_dose, share_of_maximum};
pub use syringe::{Adrenaline, Content, Syringe, SyringeError, parse_sequence};
