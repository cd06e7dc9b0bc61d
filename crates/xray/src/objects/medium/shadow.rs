//! A cloud of voxels plane by plane onto a plane through its middle, as the fast projector does with a CT.
//!
//! In voxel indices a ray that meets the plane at (U, V) meets plane s of voxel centres at S + ((U, V) − S) m with
//! m = (s − S_s) / (b − S_s): rows and columns apart, so each plane is resampled by rows, then along them, and added.
//! Samples lie three quarters of a voxel apart; pixels read the sums with straight lines between, times the length of
//! ray from plane to plane.

use super::Filled;
use crate::View;
use rami_volume::Grid;
use rami_wide::wide;
use rayon::prelude::*;
use std::borrow::Cow;

/// How far apart samples are, in voxels.
const SPACING: f64 = 0.75;
/// Rows of samples that are summed together.
const BAND: usize = 16;
/// Widest tilt of a ray from the axis, as advance across per advance along: beyond it one axis does not fit all rays.
const WIDEST: f64 = 4.0;

/// Sums on the plane, and where pixels find themselves on it.
pub(super) struct Shadow {
    columns: usize,
    rows: usize,
    sums: Vec<f32>,
    /// A pixel's place on the plane is (numerator of column, of row) / denominator, each linear in (1, row, column).
    column_of: [f64; 3],
    row_of: [f64; 3],
    denominator: [f64; 3],
    pixel_mm: f64,
    middle: [f64; 2],
    sid: f64,
}

impl Shadow {
    /// Nothing when the source or the detector is too near the box, or rays lie too far from one axis.
    pub(super) fn new(filled: &Filled, grid: &Grid, view: &View) -> Option<Self> {
        let local = |p: &rami_volume::Point| -> [f64; 3] {
            let index = grid.to_index(p);
            std::array::from_fn(|k| index[k] - filled.low[k] as f64 + 1.0)
        };
        let source = local(&view.source());
        let top: [f64; 3] = filled.dims.map(|n| n as f64 - 1.0);
        let towards: [f64; 3] = std::array::from_fn(|k| top[k] / 2.0 - source[k]);
        let axis = (0..3).fold(0, |best, k| if towards[k].abs() > towards[best].abs() { k } else { best });
        let (u, v) = [(1, 2), (0, 2), (0, 1)][axis];
        if source[axis] > -2.0 && source[axis] < top[axis] + 2.0 {
            return None;
        }
        let first = local(&view.pixel_centre(0.0, 0.0));
        let (row, column) = (local(&view.pixel_centre(1.0, 0.0)), local(&view.pixel_centre(0.0, 1.0)));
        let linear = |k: usize| [first[k] - source[k], row[k] - first[k], column[k] - first[k]];
        let denominator = linear(axis);
        let plane = top[axis] / 2.0;
        let throw = plane - source[axis];
        // The shadow of the box on the plane; every ray that meets the box runs within WIDEST of the axis, and ends beyond
        // it.
        let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
        for corner in 0..8 {
            let at: [f64; 3] = std::array::from_fn(|k| if corner >> k & 1 == 0 { 0.0 } else { top[k] });
            let along = at[axis] - source[axis];
            for (n, k) in [u, v].into_iter().enumerate() {
                let across = at[k] - source[k];
                if across.abs() > WIDEST * along.abs() {
                    return None;
                }
                let place = source[k] + across / along * throw;
                low[n] = low[n].min(place);
                high[n] = high[n].max(place);
            }
        }
        let detector = *view.detector();
        let reaches = |r: usize, c: usize| {
            let d = denominator[0] + denominator[1] * r as f64 + denominator[2] * c as f64;
            // Beyond the farther face of the box, and towards it.
            d / throw > 0.0 && d.abs() >= (0.0 - source[axis]).abs().max((top[axis] - source[axis]).abs())
        };
        let (last_row, last_column) = (detector.rows - 1, detector.columns - 1);
        if ![(0, 0), (0, last_column), (last_row, 0), (last_row, last_column)]
            .iter()
            .all(|&(r, c)| reaches(r, c))
        {
            return None;
        }
        let samples = [0, 1].map(|k| ((high[k] - low[k]) / SPACING).ceil() as usize + 2);
        let sums = accumulate(filled, axis, source, throw, low, samples);
        let numerator = |k: usize, n: usize| -> [f64; 3] {
            let shift = (source[k] - low[n]) / SPACING;
            let (across, along) = (linear(k), denominator);
            std::array::from_fn(|i| across[i] * throw / SPACING + along[i] * shift)
        };
        Some(Self {
            columns: samples[0],
            rows: samples[1],
            sums,
            column_of: numerator(u, 0),
            row_of: numerator(v, 1),
            denominator,
            pixel_mm: detector.pixel_mm,
            middle: [detector.rows, detector.columns].map(|n| (n as f64 - 1.0) / 2.0),
            sid: view.pose().sid,
        })
    }

    /// Paths of neighbouring pixels of a row, from a column on.
    pub(super) fn read_row(&self, row: usize, from: usize, per_mm: f32, out: &mut [f32]) {
        let r = row as f64;
        let start = |f: [f64; 3]| f[0] + f[1] * r + f[2] * from as f64;
        let (x, y, d) = (start(self.column_of), start(self.row_of), start(self.denominator));
        let (dx, dy, dd) = (self.column_of[2], self.row_of[2], self.denominator[2]);
        let up = (r - self.middle[0]) * self.pixel_mm;
        let still = self.sid * self.sid + up * up;
        for (c, path) in out.iter_mut().enumerate() {
            let n = c as f64;
            let share = 1.0 / (d + dd * n);
            let (px, py) = (((x + dx * n) * share) as f32, ((y + dy * n) * share) as f32);
            if !(px >= 0.0 && py >= 0.0) {
                continue;
            }
            let (i, j) = (px as usize, py as usize);
            if i + 1 >= self.columns || j + 1 >= self.rows {
                continue;
            }
            let (fx, fy) = (px - i as f32, py - j as f32);
            let at = j * self.columns + i;
            let below = at + self.columns;
            let upper = self.sums[at] + (self.sums[at + 1] - self.sums[at]) * fx;
            let lower = self.sums[below] + (self.sums[below + 1] - self.sums[below]) * fx;
            let across = (from as f64 + n - self.middle[1]) * self.pixel_mm;
            // Length of ray from plane to plane.
            let length = (still + across * across).sqrt() * share.abs();
            *path = (upper + (lower - upper) * fy) * per_mm * length as f32;
        }
    }
}

/// Adds all planes, resampled.
fn accumulate(
    filled: &Filled,
    axis: usize,
    source: [f64; 3],
    throw: f64,
    low: [f64; 2],
    samples: [usize; 2],
) -> Vec<f32> {
    let (u, v) = [(1, 2), (0, 2), (0, 1)][axis];
    let (nu, nv) = (filled.dims[u], filled.dims[v]);
    let planes: Vec<(f64, Cow<'_, [f32]>, usize)> = (1..filled.dims[axis] - 1)
        .map(|s| {
            let (plane, pitch) = filled.plane(axis, s);
            ((s as f64 - source[axis]) / throw, plane, pitch)
        })
        .collect();
    let mut sums = vec![0.0f32; samples[0] * samples[1]];
    sums.par_chunks_mut(samples[0] * BAND).enumerate().for_each(|(band, sums)| {
        let mut line = vec![0.0f32; nu];
        for (m, plane, pitch) in &planes {
            let place = |k: usize, n: usize| (source[k] + (low[n] - source[k]) * m, SPACING * m);
            let ((u_first, u_step), (v_first, v_step)) = (place(u, 0), place(v, 1));
            for (j, out) in sums.chunks_exact_mut(samples[0]).enumerate() {
                let at = v_first + (band * BAND + j) as f64 * v_step;
                if at <= 0.0 || at >= nv as f64 - 1.0 {
                    continue;
                }
                let row = at as usize;
                let (a, b) = (
                    &plane[row * pitch..row * pitch + nu],
                    &plane[(row + 1) * pitch..(row + 1) * pitch + nu],
                );
                blend(a, b, (at - row as f64) as f32, &mut line);
                let inside = |i: usize| {
                    let x = u_first + i as f64 * u_step;
                    x > 0.0 && x < nu as f64 - 1.0
                };
                let first = (-u_first / u_step).floor().max(0.0) as usize;
                let end = ((nu as f64 - 1.0 - u_first) / u_step).ceil().max(0.0) as usize + 1;
                for (i, out) in out.iter_mut().enumerate().take(end).skip(first) {
                    if !inside(i) {
                        continue;
                    }
                    let x = (u_first + i as f64 * u_step) as f32;
                    let k = (x as usize).min(nu - 2);
                    *out += line[k] + (line[k + 1] - line[k]) * (x - k as f32);
                }
            }
        }
    });
    sums
}

wide! {
    fn blend(a: &[f32], b: &[f32], share: f32, line: &mut [f32]) {
        for (l, (a, b)) in line.iter_mut().zip(a.iter().zip(b)) {
            *l = a + (b - a) * share;
        }
    }
}

impl Filled {
    /// A plane of voxels across an axis, row after row along its lower axis, and how far rows are apart.
    fn plane(&self, axis: usize, s: usize) -> (Cow<'_, [f32]>, usize) {
        let [nx, ny, nz] = self.dims;
        match axis {
            2 => (Cow::Borrowed(&self.data[s * nx * ny..(s + 1) * nx * ny]), nx),
            1 => (Cow::Borrowed(&self.data[s * nx..]), nx * ny),
            _ => {
                let turned = (0..nz * ny).map(|at| self.data[at * nx + s]).collect();
                (Cow::Owned(turned), ny)
            }
        }
    }
}
