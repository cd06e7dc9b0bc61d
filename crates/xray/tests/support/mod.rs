//! A synthetic torso for benchmarks and accuracy figures when no CT may be used: not anatomy, but as much tissue, bone,
//! gas and noise as an abdomen has.

use rami_random::{RngExt, Stream};
use rami_volume::{Ct, Grid, Point};
use rayon::prelude::*;

/// A torso of 340 × 230 mm with a spine, gas and noise (standard deviation `noise_hu`), in a grid of these dimensions
/// and spacing around the origin.
#[must_use]
pub(crate) fn torso(dims: [usize; 3], spacing: [f64; 3], noise_hu: f64) -> Option<Ct> {
    let origin = Point::from(std::array::from_fn(|a| -(dims[a] as f64 - 1.0) / 2.0 * spacing[a]));
    let grid = Grid::upright(dims, spacing, origin).ok()?;
    let data: Vec<i16> = (0..dims[2])
        .into_par_iter()
        .flat_map_iter(|k| {
            let grid = &grid;
            let mut noise = Stream::new(7).named("torso").indexed(k as u64).rng();
            (0..dims[0] * dims[1]).map(move |at| {
                let p = grid.to_lps([(at % dims[0]) as f64, (at / dims[0]) as f64, k as f64]);
                let clean = hounsfield(&p);
                // A sum of four uniforms is normal enough, and quick.
                let sum: f64 = (0..4).map(|_| noise.random::<f64>()).sum();
                let noise = (sum - 2.0) * (3f64).sqrt() * noise_hu;
                if clean < -900.0 { -1000 } else { (clean + noise).round() as i16 }
            })
        })
        .collect();
    Ct::new(grid, data)
}

fn hounsfield(p: &Point) -> f64 {
    let inside = |cx: f64, cy: f64, rx: f64, ry: f64| ((p.x - cx) / rx).powi(2) + ((p.y - cy) / ry).powi(2);
    let body = inside(0.0, 0.0, 170.0, 115.0);
    if body > 1.0 {
        return -1000.0;
    }
    let level = (p.z / 36.0).rem_euclid(1.0);
    let vertebra = inside(0.0, 20.0, 24.0, 17.0);
    if level < 0.72 && vertebra < 1.0 {
        return if vertebra > 0.8 || !(0.05..0.67).contains(&level) {
            650.0
        } else {
            180.0 + 60.0 * (p.x * 1.7).sin() * (p.z * 1.3).sin()
        };
    }
    let canal = inside(0.0, 46.0, 11.0, 9.0);
    let ring = inside(0.0, 46.0, 17.0, 14.0);
    if level < 0.5 && ring < 1.0 && canal > 1.0 {
        return 700.0;
    }
    if level < 0.3 && p.x.abs() < 45.0 && (p.y - 44.0).abs() < 5.0 && canal > 1.0 {
        return 500.0;
    }
    if level < 0.4 && p.x.abs() < 3.5 && (55.0..85.0).contains(&p.y) {
        return 550.0;
    }
    for (cx, cy, cz, r) in [(60.0, -50.0, 20.0, 22.0), (-40.0, -70.0, -40.0, 18.0), (10.0, -80.0, 60.0, 15.0)]
    {
        if (p - Point::new(cx, cy, cz)).norm() < r {
            return -950.0 + 60.0;
        }
    }
    if body > 0.8 { -100.0 } else { 45.0 }
}
