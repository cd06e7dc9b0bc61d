//! What a scanner does to the picture: its point spread, then quantum noise by dose.
//!
//! The point spread is a separable Gaussian with a full width at half maximum of 1.1 mm in the slice and 1.0 mm across
//! it (a soft body kernel; assumed). Noise is white before the same Gaussian, so that it has the kernel's grain, and is
//! scaled to the standard deviation asked for: `noise_hu` at 1 mm³ voxels, falling with the root of the voxel's volume.
//! Limits: noise is stationary (no streaks, no shadow between the hips), metal makes no artefact beyond its blur.

use rami_random::Stream;
use rami_random::distributions::{Distribution, StandardNormal};
use rami_volume::Grid;
use rayon::prelude::*;

/// Settings of the scanner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scanner {
    /// Full width at half maximum of the point spread in the slice and across it, mm.
    pub point_spread_mm: [f64; 2],
    /// Standard deviation of the noise for voxels of 1 mm³, HU.
    pub noise_hu: f64,
}

impl Default for Scanner {
    fn default() -> Self {
        Self { point_spread_mm: [1.1, 1.0], noise_hu: 14.0 }
    }
}

fn kernel(sigma: f64) -> Vec<f32> {
    if sigma < 0.2 {
        return vec![1.0];
    }
    let reach = (3.0 * sigma).ceil() as i32;
    let weights: Vec<f64> = (-reach..=reach).map(|i| (-0.5 * (f64::from(i) / sigma).powi(2)).exp()).collect();
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|w| (w / sum) as f32).collect()
}

/// Blurs, adds noise, and rounds to HU from -1024 to 3071.
pub(crate) fn scan(mut hu: Vec<f32>, grid: &Grid, scanner: &Scanner, stream: Stream) -> Vec<i16> {
    let [nx, ny, nz] = grid.dims();
    let spacing = grid.spacing();
    let sigma = |fwhm: f64, mm: f64| fwhm / 2.354_82 / mm;
    let kernels = [
        kernel(sigma(scanner.point_spread_mm[0], spacing[0])),
        kernel(sigma(scanner.point_spread_mm[0], spacing[1])),
        kernel(sigma(scanner.point_spread_mm[1], spacing[2])),
    ];
    // A white field loses this factor of its standard deviation to each kernel.
    let loss: f64 = kernels.iter().map(|k| k.iter().map(|w| f64::from(w * w)).sum::<f64>().sqrt()).product();
    let volume = spacing.iter().product::<f64>();
    let sd = (scanner.noise_hu / volume.sqrt()).min(80.0) / loss;
    let area = nx * ny;
    hu.par_chunks_mut(area).enumerate().for_each(|(k, slice)| {
        if sd > 0.0 {
            let mut rng = stream.indexed(k as u64).rng();
            for v in slice.iter_mut() {
                let z: f32 = StandardNormal.sample(&mut rng);
                *v += sd as f32 * z;
            }
        }
        blur_slice(slice, nx, &kernels[0], &kernels[1]);
    });
    let weights = &kernels[2];
    let reach = weights.len() / 2;
    let mut out = vec![0i16; hu.len()];
    out.par_chunks_mut(area).enumerate().for_each(|(k, slice)| {
        let mut sum = vec![0.0f32; area];
        for (n, &w) in weights.iter().enumerate() {
            let from = (k + n).saturating_sub(reach).min(nz - 1);
            for (s, v) in sum.iter_mut().zip(&hu[from * area..(from + 1) * area]) {
                *s += w * v;
            }
        }
        for (to, v) in slice.iter_mut().zip(&sum) {
            *to = v.round().clamp(-1024.0, 3071.0) as i16;
        }
    });
    out
}

fn blur_slice(slice: &mut [f32], nx: usize, kx: &[f32], ky: &[f32]) {
    let ny = slice.len() / nx;
    let (rx, ry) = (kx.len() / 2, ky.len() / 2);
    if rx > 0 {
        let mut padded = vec![0.0f32; nx + 2 * rx];
        for row in slice.chunks_mut(nx) {
            padded[..rx].fill(row[0]);
            padded[rx..rx + nx].copy_from_slice(row);
            padded[rx + nx..].fill(row[nx - 1]);
            row.fill(0.0);
            for (n, &w) in kx.iter().enumerate() {
                for (to, v) in row.iter_mut().zip(&padded[n..]) {
                    *to += w * v;
                }
            }
        }
    }
    if ry > 0 {
        let source = slice.to_vec();
        for j in 0..ny {
            let row = &mut slice[j * nx..(j + 1) * nx];
            row.fill(0.0);
            for (n, &w) in ky.iter().enumerate() {
                let from = (j + n).saturating_sub(ry).min(ny - 1);
                for (to, v) in row.iter_mut().zip(&source[from * nx..(from + 1) * nx]) {
                    *to += w * v;
                }
            }
        }
    }
}
