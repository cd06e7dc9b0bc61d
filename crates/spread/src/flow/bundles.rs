//! Bundles of muscle: what makes spread in psoas striated.

use crate::{Region, Tissue};
use rayon::prelude::*;

/// The factor on permeability along the bundle of each cell of psoas (its root divides that across), 0 elsewhere; empty
/// where bundles do not differ.
pub(super) fn bundles(region: &Region, sd: f64) -> Vec<f32> {
    if sd <= 0.0 || !region.tissue().contains(&Tissue::Psoas) {
        return Vec::new();
    }
    let one = |(cell, t): (usize, &Tissue)| {
        if *t == Tissue::Psoas { fascicle(region, cell, sd) as f32 } else { 0.0 }
    };
    region.tissue().par_iter().enumerate().map(one).collect()
}

/// Multiplies permeability along and across the fibres by how each bundle differs: bundles about 4 mm wide that run
/// down, outwards and a little forwards.
fn fascicle(region: &Region, cell: usize, sd: f64) -> f64 {
    let p = region.centre(cell);
    let out = p.x.signum();
    let (u, v) = (p.x + out * 0.30 * p.z, p.y + 0.15 * p.z);
    let noise = |i: i64, j: i64| -> f64 {
        let mut z =
            (i as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (j as u64).wrapping_mul(0xC2B2_AE3D_27D4_EB4F);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 * 2f64.powi(-53) - 0.5
    };
    // Mirror images have the same bundles: the pattern follows the distance from the midline.
    let (u, v) = (u.abs() / 4.0, v / 4.0);
    let (i, j) = (u.floor(), v.floor());
    let (a, b) = (u - i, v - j);
    let at = |di: i64, dj: i64| noise(i as i64 + di, j as i64 + dj);
    let value = (1.0 - b) * ((1.0 - a) * at(0, 0) + a * at(1, 0)) + b * ((1.0 - a) * at(0, 1) + a * at(1, 1));
    // Bilinear noise of uniforms in ±0.5 has a standard deviation of about 0.19.
    (sd * value / 0.19).exp()
}
