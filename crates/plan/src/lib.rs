//! Which straight paths to the lumbar sympathetic chain are possible, and how safe each is.
//!
//! [`plan`] takes a CT, the belief about its anatomy and [`PlanOptions`], and gives a [`Plan`]: candidate paths with
//! clearances, tissue crossed, landmarks and probabilities of touching things, one chosen, and the reason in words.
//! It sees nothing but the belief. The method is described in `docs/planning.md`.
//!
//! In the order of the work: what is needed ([`requirements`]), distance fields in the patient's own axes (`space`,
//! `brick`, `fields`, `modelled`), the search (`site`, `cost`, `search`, `refine`, `give_way`), what is said about a path
//! (`assess`, `probability`, [`crossing`]), the choice (`choice`), and the document ([`document`]).

mod assess;
mod brick;
mod choice;
mod cost;
pub mod crossing;
mod distance;
pub mod document;
mod drag;
mod fields;
mod give_way;
mod modelled;
pub mod options;
mod planner;
mod probability;
mod refine;
pub mod requirements;
mod rules;
mod search;
mod site;
mod space;
mod words;

/// The person of the tests, whose anatomy is known exactly.
#[cfg(test)]
#[path = "../tests/common/mod.rs"]
mod person;

pub use document::{Candidate, Chosen, InputFile, Plan};
pub use drag::PathBench;
pub use options::{HumanError, LevelChoice, PlanOptions, PlannedSide};
pub use planner::{SearchBench, plan};
pub use requirements::PlanError;
pub use rules::{HazardClass, Rule};
pub use words::in_words;
