//! One elliptic problem on a voxel grid: `−∇·(κ ∇u) + σ u = s`, with κ a diagonal tensor per cell.
//!
//! A [`Problem`] is the discretised operator: cell-centred finite volumes with two-point fluxes, harmonic between
//! neighbouring cells, with an optional thin barrier on any face. A [`Solver`] prepares a multigrid hierarchy for it
//! and solves for any source. [`Problem::flux`] gives what flows through a face. What κ means (mobility of a fluid,
//! conductivity of tissue) is the caller's business; so are the units, as long as they agree.
//!
//! Equations, order and limits are in `docs/numerics/field.md`.

mod bottom;
mod coarsen;
mod cycle;
mod kernels;
mod layout;
mod level;
mod problem;
mod solve;
mod strength;

pub use problem::{Axis, Boundary, FieldError, Problem};
pub use solve::{Solution, Solver, Stop};
