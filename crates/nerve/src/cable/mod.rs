//! An unmyelinated fibre as a chain of compartments with sealed ends.
//!
//! ```text
//! c_m ∂V/∂t = (d / 4 R_a) ∂²(V + V_e)/∂x² − I_ion(V, gates) + I_clamp
//! ```
//!
//! V is the voltage across the membrane, V_e the potential outside. Between neighbours h apart the axial term is
//! g (V_{j+1} − 2 V_j + V_{j−1}) with g = d / (4 R_a h²), second order in h; at the ends one neighbour is missing.

mod geometry;
mod reference;
mod stepper;
pub(crate) mod tridiagonal;

pub(crate) use geometry::check_step;
pub use geometry::{Cable, Fibre};
pub use reference::Reference;
pub use stepper::Stepper;
