//! Bundles of muscle: what makes spread in psoas striated.
//!
//! ```text
//! k along the bundle = k f, across it k / √f, porosity = φ f^⅓ e^(−σ²/18)          ln f ~ (0, σ²) over bundles
//! ```
//!
//! Bundles are about 4 mm wide and run down, outwards and a little forwards, as psoas does. Porosity follows permeability by
//! its third root (Kozeny and Carman, k ~ φ³), its mean kept: fluid lies where it can run, and contrast shows it. Limits:
//! the bundles' pattern is oblique, the permeability along them stays that along z; outwards is away from x = 0.

use crate::{Region, Tissue};
use rayon::prelude::*;

/// Porosity of each cell of psoas over that of the tissue, 0 elsewhere; empty where bundles do not differ.
pub(super) fn pores(region: &Region, sd: f64) -> Vec<f32> {
    if sd <= 0.0 || !region.tissue().contains(&Tissue::Psoas) {
        return Vec::new();
    }
    let one = |(cell, t): (usize, &Tissue)| {
        if *t == Tissue::Psoas { (fascicle(region, cell, sd).cbrt() / mean(sd)) as f32 } else { 0.0 }
    };
    region.tissue().par_iter().enumerate().map(one).collect()
}

/// The factor on permeability along a bundle that has these pores (its root divides that across).
pub(super) fn permeability(pores: f32, sd: f64) -> f64 {
    (f64::from(pores) * mean(sd)).powi(3)
}

/// Mean of f^⅓.
fn mean(sd: f64) -> f64 {
    (sd * sd / 18.0).exp()
}

/// The factor of the bundle at a cell.
fn fascicle(region: &Region, cell: usize, sd: f64) -> f64 {
    let p = region.centre(cell);
    let out = p.x.signum();
    let (u, v) = (p.x + out * 0.30 * p.z, p.y - 0.15 * p.z);
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

#[cfg(test)]
mod tests {
    use super::*;
    use rami_volume::Point;

    fn psoas() -> Region {
        Region::around(Point::new(40.0, 0.0, 0.0), [60.0; 3], 2.0, [0.0; 3], |_| Tissue::Psoas).unwrap()
    }

    #[test]
    fn bundles_keep_the_mean_porosity_and_half_of_them_conduct_better_than_typical() {
        let pores = pores(&psoas(), 0.8);
        let n = pores.len() as f64;
        let mean = pores.iter().map(|p| f64::from(*p)).sum::<f64>() / n;
        // Some two hundred bundles of a scatter of a fourth: 2 %.
        assert!((mean - 1.0).abs() < 0.02, "{mean}");
        let factors: Vec<f64> = pores.iter().map(|p| permeability(*p, 0.8)).collect();
        let above = factors.iter().filter(|f| **f > 1.0).count() as f64 / n;
        assert!((above - 0.5).abs() < 0.1, "{above}");
        let ln: Vec<f64> = factors.iter().map(|f| f.ln()).collect();
        let sd = (ln.iter().map(|l| l * l).sum::<f64>() / n).sqrt();
        assert!((sd / 0.8 - 1.0).abs() < 0.1, "{sd}");
    }

    #[test]
    fn bundles_run_down_outwards_and_forwards() {
        // LPS: the left is +x, the front is −y. A step along the fibres stays in its bundle, one to its mirror image does not.
        let region = psoas();
        let factors: Vec<f64> = pores(&region, 0.8).iter().map(|p| permeability(*p, 0.8)).collect();
        let alike = |step: [f64; 3]| {
            let (mut both, mut one) = (0.0, 0.0);
            for (cell, f) in factors.iter().enumerate() {
                let p = region.centre(cell);
                let there = Point::new(p.x + step[0], p.y + step[1], p.z + step[2]);
                if let Some(other) = region.grid().voxel_at(&there) {
                    let (a, b) = (f.ln(), factors[region.grid().offset(other)].ln());
                    both += a * b;
                    one += 0.5 * (a * a + b * b);
                }
            }
            both / one
        };
        // 40 mm down: 12 outwards, 6 forwards.
        let along = alike([12.0, -6.0, -40.0]);
        assert!((along - 1.0).abs() < 1e-6, "{along}");
        for other in [[-12.0, -6.0, -40.0], [12.0, 6.0, -40.0], [0.0, 0.0, -40.0]] {
            assert!(alike(other) < 0.3, "{other:?} {}", alike(other));
        }
    }
}
