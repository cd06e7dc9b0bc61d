//! A myelinated fibre as a double cable: nodes of Ranvier with channels, and between them ten passive compartments
//! whose myelin encloses a thin periaxonal space (McIntyre, Richardson & Grill 2002, J Neurophysiol 87:995).
//!
//! ```text
//! V_i  potential in the axon       V_x  potential in the periaxonal space       V_e  potential outside the myelin
//! U = V_i − V_e    W = V_x − V_e    membrane voltage V = V_i − V_x = U − W      (at a node the space is open: W = 0)
//!
//! axon    C_m dV/dt + I_ion(V)                        = Σ g_i (V_i' − V_i)       over neighbours '
//! space   C_y dW/dt + G_y W − C_m dV/dt − I_ion(V)    = Σ g_x (V_x' − V_x)
//! ```
//!
//! node (1 µm) – MYSA (3 µm, periaxonal space 2 nm) – FLUT (4 nm) – 6 STIN (4 nm) – FLUT – MYSA – node.
//! Axoplasm and periaxonal fluid 70 Ω cm; axolemma 2 µF/cm², leak 1 mS/cm² in MYSA and 0.1 mS/cm² elsewhere, at
//! −80 mV; each of 2 n membranes of n lamellae 0.1 µF/cm² and 1 mS/cm², on the circumference of the fibre.
//!
//! Between compartments the axial conductance is that of their two half lengths in series. Ends are sealed.

mod geometry;
mod internode;
mod stepper;
#[cfg(test)]
mod tabulated;

pub use geometry::{Compartment, Family, Geometry};
pub use stepper::{Myelinated, MyelinatedStepper};
