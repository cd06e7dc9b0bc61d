//! Pain under three hypotheses, none of which is settled.
//!
//! - [`model`]: the equations, with a switch for each mechanism: transmission, central gain, expectation.
//! - [`prior`]: what is assumed about their parameters before any data, declared once.
//! - [`arms`]: injections that differ in what reaches the chain and what the person expects.
//! - [`matrix`]: which mechanism can explain which published finding, as prior-predictive shares.
//! - [`report`]: pain, allodynia and function over days under each mechanism and their mixture.
//!
//! Nothing here is fitted: the published samples (7, 23, 41 people) are too small for the parameters. Every output is a
//! range under each mechanism, never one answer. Technical success is another endpoint (see `autonomic`).

pub mod arms;
pub mod matrix;
pub mod model;
pub mod prior;
pub mod report;

pub use arms::Arm;
pub use model::{Mechanisms, Parameters};
pub use report::{PainOptions, PainReport};
