//! Slow variations of a picture, on a coarse grid: scatter, glare, brightness of regions.

use crate::Image;
use rami_wide::wide;
use rayon::prelude::*;
use std::ops::Range;

/// Cells of `cell` × `cell` pixels, with empty cells around the picture.
#[derive(Debug, Clone)]
pub(super) struct Coarse {
    pub(super) cell: usize,
    pub(super) rim: usize,
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) data: Vec<f32>,
}

impl Coarse {
    /// Means of the cells; the rim holds `outside`, or the nearest cell when that is nothing.
    pub(super) fn of(image: &Image<f32>, cell: usize, rim: usize, outside: Option<f32>) -> Self {
        let (rows, columns) = (image.rows().div_ceil(cell), image.columns().div_ceil(cell));
        let means: Vec<f32> = (0..rows)
            .into_par_iter()
            .with_min_len(4)
            .flat_map_iter(|r| {
                let band = r * cell..((r + 1) * cell).min(image.rows());
                let mut tall = vec![0.0f32; image.columns()];
                for row in band.clone() {
                    add_row(&mut tall, image.row(row), 1.0);
                }
                let height = band.len();
                let means: Vec<f32> = tall
                    .chunks(cell)
                    .map(|pixels| pixels.iter().sum::<f32>() / (height * pixels.len()) as f32)
                    .collect();
                means
            })
            .collect();
        let (all_rows, all_columns) = (rows + 2 * rim, columns + 2 * rim);
        let mut data = vec![outside.unwrap_or(0.0); all_rows * all_columns];
        for r in 0..all_rows {
            for c in 0..all_columns {
                let (y, x) = (r as isize - rim as isize, c as isize - rim as isize);
                let (ny, nx) = (y.clamp(0, rows as isize - 1), x.clamp(0, columns as isize - 1));
                if outside.is_none() || (ny == y && nx == x) {
                    data[r * all_columns + c] = means[ny as usize * columns + nx as usize];
                }
            }
        }
        Self { cell, rim, rows: all_rows, columns: all_columns, data }
    }

    /// The cells between the shutters, and elsewhere the nearest of them.
    pub(super) fn within(mut self, (rows, columns): &(Range<usize>, Range<usize>)) -> Self {
        let cells = |pixels: &Range<usize>| {
            let (first, end) = (pixels.start.div_ceil(self.cell), pixels.end / self.cell);
            (first < end).then_some((self.rim + first, self.rim + end - 1))
        };
        let (Some((top, bottom)), Some((left, right))) = (cells(rows), cells(columns)) else { return self };
        for r in 0..self.rows {
            for c in 0..self.columns {
                let from = r.clamp(top, bottom) * self.columns + c.clamp(left, right);
                self.data[r * self.columns + c] = self.data[from];
            }
        }
        self
    }

    /// A grid like this one that holds nothing.
    pub(super) fn empty(&self) -> Self {
        Self { data: vec![0.0; self.data.len()], ..*self }
    }

    /// Blurred by a Gaussian of this standard deviation in cells. Its weights sum to one; what leaves the grid is lost.
    pub(super) fn blurred(&self, sigma: f32) -> Self {
        let weights = gaussian(sigma);
        let reach = weights.len() / 2;
        let mut along = vec![0.0f32; self.data.len()];
        // Rows are padded with nothing so that every tap is one addition of shifted rows.
        along.par_chunks_mut(self.columns).zip(self.data.par_chunks(self.columns)).with_min_len(16).for_each(
            |(out, row)| {
                if row.iter().all(|v| *v == 0.0) {
                    return;
                }
                let mut padded = vec![0.0f32; self.columns + 2 * reach];
                padded[reach..reach + self.columns].copy_from_slice(row);
                for (k, weight) in weights.iter().enumerate() {
                    add_row(out, &padded[k..k + self.columns], *weight);
                }
            },
        );
        let filled: Vec<bool> = along.chunks(self.columns).map(|row| row.iter().any(|v| *v != 0.0)).collect();
        let mut data = vec![0.0f32; self.data.len()];
        data.par_chunks_mut(self.columns).enumerate().with_min_len(16).for_each(|(r, out)| {
            for (k, weight) in weights.iter().enumerate() {
                let row = r as isize + k as isize - reach as isize;
                if (0..self.rows as isize).contains(&row) && filled[row as usize] {
                    let row = row as usize * self.columns;
                    add_row(out, &along[row..row + self.columns], *weight);
                }
            }
        });
        Self { data, ..*self }
    }

    /// Blurred, and where the kernel reaches beyond the grid divided by the share of it inside.
    pub(super) fn smoothed(&self, sigma: f32) -> Self {
        let weights = gaussian(sigma);
        let reach = (weights.len() / 2) as isize;
        let inside = |n: usize| -> Vec<f32> {
            (0..n as isize)
                .map(|i| {
                    (-reach..=reach)
                        .zip(&weights)
                        .filter(|(d, _)| (0..n as isize).contains(&(i + d)))
                        .map(|(_, w)| w)
                        .sum()
                })
                .collect()
        };
        let (rows, columns) = (inside(self.rows), inside(self.columns));
        let mut blurred = self.blurred(sigma);
        for (row, r) in blurred.data.chunks_mut(self.columns).zip(&rows) {
            row.iter_mut().zip(&columns).for_each(|(v, c)| *v /= r * c);
        }
        blurred
    }

    /// Adds a value of a pixel to the mean of its cell, as if all other pixels of the cell stayed.
    pub(super) fn add_pixel(&mut self, row: usize, column: usize, value: f32) {
        let at = (row / self.cell + self.rim) * self.columns + column / self.cell + self.rim;
        if let Some(cell) = self.data.get_mut(at) {
            *cell += value / (self.cell * self.cell) as f32;
        }
    }

    /// The value of the cell that holds a pixel.
    pub(super) fn cell_of(&self, row: usize, column: usize) -> f32 {
        let at = (row / self.cell + self.rim) * self.columns + column / self.cell + self.rim;
        self.data.get(at).copied().unwrap_or(0.0)
    }

    /// The values along a row of pixels, straight lines between the middles of cells. `mix` is scratch.
    pub(super) fn read_row(&self, row: usize, mix: &mut Vec<f32>, out: &mut [f32]) {
        let at = ((row as f32 + 0.5) / self.cell as f32 - 0.5 + self.rim as f32).max(0.0);
        let (r, fr) = (at as usize, at - (at as usize) as f32);
        let (low, high) = (r * self.columns, (r + 1).min(self.rows - 1) * self.columns);
        mix.resize(self.columns, 0.0);
        blend(&self.data[low..low + self.columns], &self.data[high..high + self.columns], fr, mix);
        // From the middle of one cell to the middle of the next the line is straight. The middle of cell k is at pixel
        // k · cell + (cell − 1) / 2; pixels before the first and behind the last middle lie between rim cells, if any.
        let (step, last) = (1.0 / self.cell as f32, self.columns - 1);
        let offset = self.rim as f32 + 0.5 * step - 0.5;
        let mut column = 0;
        while column < out.len() {
            let at = (column as f32 * step + offset).max(0.0);
            let x = (at as usize).min(last);
            // First pixel at or beyond the middle of the next cell.
            let next = (x + 1).saturating_sub(self.rim) * self.cell + self.cell / 2;
            let end = next.clamp(column + 1, out.len());
            let left = mix[x];
            let slope = mix[(x + 1).min(last)] - left;
            ramp(&mut out[column..end], left + slope * (at - x as f32), slope * step);
            column = end;
        }
    }
}

wide! {
    /// Between two rows.
    fn blend(low: &[f32], high: &[f32], share: f32, out: &mut [f32]) {
        for (o, (l, h)) in out.iter_mut().zip(low.iter().zip(high)) {
            *o = l + (h - l) * share;
        }
    }
}

wide! {
    /// A straight line: first, first + step, …
    fn ramp(out: &mut [f32], first: f32, step: f32) {
        for (i, o) in out.iter_mut().enumerate() {
            *o = first + step * i as u32 as f32;
        }
    }
}

/// Weights that sum to one, out to three and a half standard deviations.
fn gaussian(sigma: f32) -> Vec<f32> {
    let reach = (3.5 * sigma).ceil() as i32;
    let mut weights: Vec<f32> = (-reach..=reach).map(|i| (-0.5 * (i as f32 / sigma).powi(2)).exp()).collect();
    let sum: f32 = weights.iter().sum();
    weights.iter_mut().for_each(|w| *w /= sum);
    weights
}

wide! {
    /// out += weight · row.
    fn add_row(out: &mut [f32], row: &[f32], weight: f32) {
        for (o, v) in out.iter_mut().zip(row) {
            *o += weight * v;
        }
    }
}
