//! The needle's tip, much smaller than a cell, and the needle behind it.
//!
//! A point source in a cell of edge h on the seven-point stencil gives the cell the pressure that the exact field has
//! at the distance `r₀ = h / (4π g)`, `g = 0.2527310098586630` (the lattice Green's function at the origin), so
//!
//! ```text
//! p_tip = p_cell + q / (4πλ) (1/r_tip − 1/r₀)                    (Peaceman's idea in three dimensions)
//! p at distance d = p_cell' + q / (4πλ) (1/max(d, r_tip) − 1/r_lattice)
//! p_syringe = p_tip + 8 μ L q / (π a⁴)                             (Poiseuille in the needle)
//! ```
//!
//! The second line says what pressure a fascia near the tip feels, so that when it opens does not depend on the cell
//! size or on where in its cell the tip lies. λ is the geometric mean of the cell's mobilities.
//!
//! Limits: isotropic form; laminar flow; no tubing; the tip is a sphere, its bevel has no direction.

use std::f64::consts::PI;

/// 1/(4π g): where the exact field of a point source has the pressure of its cell, in cells.
pub(crate) const LATTICE_RADIUS: f64 = 0.314_867_7;

/// A needle's bore.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bore {
    /// Radius of the opening as a sphere, mm.
    pub tip_radius_mm: f64,
    /// Inner radius, mm.
    pub inner_radius_mm: f64,
    /// Length, mm.
    pub length_mm: f64,
}

impl Bore {
    /// 22 gauge, 15 cm.
    #[must_use]
    pub fn gauge_22() -> Self {
        let value = rami_evidence::value;
        Self {
            tip_radius_mm: value("spread.needle.tip_radius"),
            inner_radius_mm: value("spread.needle.inner_radius"),
            length_mm: value("spread.needle.length"),
        }
    }

    /// Pressure lost in the needle, kPa, at `q` mm³/s of a fluid of this viscosity.
    #[must_use]
    pub fn loss_kpa(&self, q: f64, viscosity_mpa_s: f64) -> f64 {
        // mPa s is 1e-6 kPa s.
        8.0 * viscosity_mpa_s * 1e-6 * self.length_mm * q / (PI * self.inner_radius_mm.powi(4))
    }
}

/// Pressure at the tip from that of its cell, kPa; `mobility` in mm²/(kPa s), `q` in mm³/s, `h` in mm.
pub(crate) fn tip_pressure(cell_kpa: f64, q: f64, mobility: f64, h: f64, tip_radius_mm: f64) -> f64 {
    cell_kpa + q / (4.0 * PI * mobility) * (1.0 / tip_radius_mm - 1.0 / (LATTICE_RADIUS * h))
}

/// What to add to the pressure of a cell `cell_mm` from the source's cell to have that at a place `place_mm` from the
/// true tip.
pub(crate) fn near_tip(q: f64, mobility: f64, h: f64, radius_mm: f64, place_mm: f64, cell_mm: f64) -> f64 {
    // The lattice's Green's function: at the source, at its six neighbours (0.0860641, times 4π), and 1/r beyond.
    let r = cell_mm / h;
    let lattice = if r < 0.5 {
        1.0 / (LATTICE_RADIUS * h)
    } else if r < 1.2 {
        1.081_51 / cell_mm
    } else {
        1.0 / cell_mm
    };
    q / (4.0 * PI * mobility) * (1.0 / place_mm.max(radius_mm) - lattice)
}
