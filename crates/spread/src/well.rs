//! The needle's tip, much smaller than a cell, and the needle behind it.
//!
//! A point source on the seven-point stencil gives the cells round it not the exact field at their centres but the
//! lattice's Green's function g. What is exact is put in its place:
//!
//! ```text
//! g(n)   = ∫ Π_a e^(−2λ_a t) I_{n_a}(2λ_a t) dt / h                  cell n of the lattice, source at 0   (1/h·λ: 0.2527 at 0)
//! G(x)   = 1 / (4π √(λ_y λ_z x² + λ_x λ_z y² + λ_x λ_y z²))          the same in continuous, anisotropic tissue
//! p_tip  = p_cell + q ( R_F(r²/λ_x, r²/λ_y, r²/λ_z) / (4π √(λ_x λ_y λ_z)) − g(0) )
//! p_face = p_cell + q ( G(face − tip) − g(cell − home) + w [ G(face − tip′) − g(cell − home′) ] )
//! p_syringe = p_tip + 8 μ L q / (π a⁴)                               (Poiseuille in the needle)
//! ```
//!
//! R_F is Carlson's integral: the pressure of a sphere of radius r that pours evenly held at one pressure. The primes
//! are the images of tip and cell in the plane of a face that lets only the share 1 − w through: a fascia turns the
//! flow back, so that its near side feels nearly twice the free pressure. With them neither the pressure at the tip nor
//! when a fascia parts depends on the cell size or on where in its cell the tip lies.
//!
//! Source of the images: method of images for a plane, any text on potential theory; g: Joyce & Zucker, J Phys A
//! 2001;34:7349 gives the isotropic value 0.252731 at the origin. Peaceman's well model is the same idea in two
//! dimensions.
//!
//! Limits: laminar flow; no tubing; the tip is a sphere, its bevel has no direction; one kind of tissue round the tip.

use std::f64::consts::PI;

/// Offsets along an axis for which the lattice differs from the continuum enough to matter.
const REACH: usize = 5;

/// The field of a source of 1 mm³/s on a lattice of one tissue, and without a lattice.
#[derive(Debug, Clone)]
pub(crate) struct Lattice {
    /// mm²/(kPa s).
    mobility: [f64; 3],
    h: f64,
    /// g at offsets 0..=REACH along the three axes, kPa s/mm³.
    table: Vec<f64>,
}

impl Lattice {
    /// For a tissue of this mobility (mm²/(kPa s) along the axes) in cells of `h` mm.
    pub(crate) fn new(mobility: [f64; 3], h: f64) -> Self {
        let side = REACH + 1;
        let mut table = vec![0.0; side.pow(3)];
        // In units where the geometric mean is one, trapezoids in ln t: the integrand is smooth and dies at both ends,
        // so a step of 0.15 is exact to 1e-9; beyond the last t the integrand is a power.
        let mean = mobility.iter().product::<f64>().cbrt();
        let k = mobility.map(|m| m / mean);
        let (low, high, step) = ((1e-11f64).ln(), (1e6f64).ln(), 0.15);
        let steps = ((high - low) / step).ceil() as usize;
        for n in 0..=steps {
            let t = (low + n as f64 * step).exp();
            let weight = if n == 0 || n == steps { 0.5 } else { 1.0 } * step * t;
            let along = k.map(|k| scaled_bessel(2.0 * k * t));
            for (i, slot) in table.iter_mut().enumerate() {
                let [a, b, c] = [i % side, i / side % side, i / (side * side)];
                *slot += weight * along[0][a] * along[1][b] * along[2][c];
            }
        }
        let last = (low + steps as f64 * step).exp();
        // Of a power that still falls at the last node trapezoids keep an error of its slope there (Euler–Maclaurin).
        let tail = 2.0 / last.sqrt() / (4.0 * PI).powf(1.5) * (1.0 + step * step / 48.0);
        table.iter_mut().for_each(|g| *g = (*g + tail) / (mean * h));
        Self { mobility, h, table }
    }

    /// g between cells this far apart, in fluid `thicker` times as viscous as the mobility is for.
    pub(crate) fn cell(&self, offset: [i64; 3], thicker: f64) -> f64 {
        let n = offset.map(i64::unsigned_abs);
        if n.iter().all(|n| *n <= REACH as u64) {
            let [a, b, c] = n.map(|n| n as usize);
            return thicker * self.table[a + (REACH + 1) * (b + (REACH + 1) * c)];
        }
        self.place(offset.map(|n| n as f64 * self.h), 0.0, thicker)
    }

    /// G at a vector from the tip, no nearer than `radius_mm`.
    pub(crate) fn place(&self, d: [f64; 3], radius_mm: f64, thicker: f64) -> f64 {
        let [kx, ky, kz] = self.mobility;
        let scaled = ky * kz * d[0] * d[0] + kx * kz * d[1] * d[1] + kx * ky * d[2] * d[2];
        let nearest = (kx * ky * kz).cbrt() * radius_mm;
        thicker / (4.0 * PI * scaled.sqrt().max(nearest))
    }

    /// What the tip of a needle has above its cell, kPa, at `q` mm³/s.
    pub(crate) fn tip_above_cell(&self, q: f64, radius_mm: f64, thicker: f64) -> f64 {
        let r = self.mobility.map(|k| radius_mm * radius_mm / k);
        let root = self.mobility.iter().product::<f64>().sqrt();
        q * thicker * (carlson_rf(r) / (4.0 * PI * root) - self.table[0])
    }
}

/// e^(−x) I_n(x) for n = 0..=REACH: a series for small x, Miller's recurrence, Hankel's expansion for large x.
fn scaled_bessel(x: f64) -> [f64; REACH + 1] {
    let mut out = [0.0; REACH + 1];
    if x < 1e-3 {
        let mut term = (-x).exp();
        for (n, value) in out.iter_mut().enumerate() {
            *value = term * (1.0 + 0.25 * x * x / (n as f64 + 1.0));
            term *= 0.5 * x / (n as f64 + 1.0);
        }
        return out;
    }
    if x > 60.0 {
        for (n, value) in out.iter_mut().enumerate() {
            let mu = 4.0 * (n * n) as f64;
            let (mut term, mut sum) = (1.0, 1.0);
            for k in 1..9 {
                let odd = f64::from(2 * k - 1);
                term *= -(mu - odd * odd) / (f64::from(k) * 8.0 * x);
                sum += term;
            }
            *value = sum / (2.0 * PI * x).sqrt();
        }
        return out;
    }
    let start = 16 + (1.6 * x) as usize;
    let (mut above, mut here, mut total) = (0.0, 1e-280f64, 0.0);
    for n in (0..=start).rev() {
        if n <= REACH {
            out[n] = here;
        }
        total += if n == 0 { here } else { 2.0 * here };
        let below = above + 2.0 * n as f64 / x * here;
        (above, here) = (here, below);
    }
    out.map(|v| v / total)
}

/// Carlson's R_F by duplication (Carlson, Numer Algorithms 1995;10:13).
fn carlson_rf([mut x, mut y, mut z]: [f64; 3]) -> f64 {
    for _ in 0..60 {
        let l = (x * y).sqrt() + (y * z).sqrt() + (z * x).sqrt();
        (x, y, z) = (0.25 * (x + l), 0.25 * (y + l), 0.25 * (z + l));
        let a = (x + y + z) / 3.0;
        let off = (a - x).abs().max((a - y).abs()).max((a - z).abs()) / a;
        if off < 1e-3 {
            let (dx, dy) = (1.0 - x / a, 1.0 - y / a);
            let dz = -dx - dy;
            let (e2, e3) = (dx * dy - dz * dz, dx * dy * dz);
            return (1.0 - e2 / 10.0 + e3 / 14.0) / a.sqrt();
        }
    }
    1.0 / x.sqrt()
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lattice_has_its_published_value_at_the_source_and_obeys_its_own_equation() {
        let lattice = Lattice::new([1.0; 3], 1.0);
        assert!((lattice.cell([0; 3], 1.0) - 0.252_731_009_858_663).abs() < 1e-9);
        // −Δg = δ, with any anisotropy.
        for k in [[1.0; 3], [0.2, 0.3, 2.0]] {
            let lattice = Lattice::new(k, 2.0);
            for at in [[0i64, 0, 0], [1, 0, 0], [2, 1, 0], [3, 3, 3]] {
                let g = |d: [i64; 3]| lattice.cell(std::array::from_fn(|a| at[a] + d[a]), 1.0);
                let mut sum = 0.0;
                for axis in 0..3 {
                    let mut d = [0; 3];
                    d[axis] = 1;
                    sum += 2.0 * k[axis] * (2.0 * g([0; 3]) - g(d) - g(d.map(|n| -n)));
                }
                let source = if at == [0; 3] { 1.0 } else { 0.0 };
                assert!((sum - source).abs() < 1e-7, "{k:?} {at:?}: {sum}");
            }
        }
    }

    #[test]
    fn far_away_the_lattice_is_the_continuum() {
        let lattice = Lattice::new([0.5, 0.5, 2.5], 1.0);
        let (g, exact) = (lattice.cell([4, 3, 5], 1.0), lattice.place([4.0, 3.0, 5.0], 0.0, 1.0));
        assert!((g / exact - 1.0).abs() < 0.03, "{g} {exact}");
    }

    #[test]
    fn a_spherical_tip_in_isotropic_tissue_has_the_pressure_of_a_sphere() {
        let lattice = Lattice::new([3.0; 3], 2.0);
        let above = lattice.tip_above_cell(100.0, 0.35, 1.0) + 100.0 * lattice.cell([0; 3], 1.0);
        assert!((above / (100.0 / (4.0 * PI * 3.0 * 0.35)) - 1.0).abs() < 1e-6);
    }
}
