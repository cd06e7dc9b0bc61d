//! Slow variations of a picture, on a coarse grid: scatter, glare, brightness of regions.

use crate::Image;
use rayon::prelude::*;

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
    /// Means of the cells of `value(pixel index)`; the rim holds `outside`, or the nearest cell when that is nothing.
    pub(super) fn of(image: &Image<f32>, cell: usize, rim: usize, outside: Option<f32>) -> Self {
        let (rows, columns) = (image.rows().div_ceil(cell), image.columns().div_ceil(cell));
        let means: Vec<f32> = (0..rows)
            .into_par_iter()
            .flat_map_iter(|r| {
                let band = r * cell..((r + 1) * cell).min(image.rows());
                let mut sums = vec![0.0f32; columns];
                for row in band.clone() {
                    for (sum, pixels) in sums.iter_mut().zip(image.row(row).chunks(cell)) {
                        *sum += pixels.iter().sum::<f32>();
                    }
                }
                let height = band.len();
                sums.into_iter().enumerate().map(move |(c, sum)| {
                    let width = cell.min(image.columns() - c * cell);
                    sum / (height * width) as f32
                })
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

    /// Blurred by a Gaussian of this standard deviation in cells. Its weights sum to one; what leaves the grid is lost.
    pub(super) fn blurred(&self, sigma: f32) -> Self {
        let reach = (3.5 * sigma).ceil() as isize;
        let mut weights: Vec<f32> =
            (-reach..=reach).map(|i| (-0.5 * (i as f32 / sigma).powi(2)).exp()).collect();
        let sum: f32 = weights.iter().sum();
        weights.iter_mut().for_each(|w| *w /= sum);
        let mut along = vec![0.0f32; self.data.len()];
        along.par_chunks_mut(self.columns).zip(self.data.par_chunks(self.columns)).for_each(|(out, row)| {
            for (c, out) in out.iter_mut().enumerate() {
                let first = (c as isize - reach).max(0) as usize;
                let skip = (first as isize - (c as isize - reach)) as usize;
                *out = row[first..].iter().zip(&weights[skip..]).map(|(v, w)| v * w).sum();
            }
        });
        let mut data = vec![0.0f32; self.data.len()];
        data.par_chunks_mut(self.columns).enumerate().for_each(|(r, out)| {
            for (k, weight) in weights.iter().enumerate() {
                let row = r as isize + k as isize - reach;
                if (0..self.rows as isize).contains(&row) {
                    let row = row as usize * self.columns;
                    out.iter_mut().zip(&along[row..row + self.columns]).for_each(|(o, v)| *o += weight * v);
                }
            }
        });
        Self { data, ..self.clone() }
    }

    /// The values along a row of pixels, straight lines between the middles of cells.
    pub(super) fn read_row(&self, row: usize, out: &mut [f32]) {
        let place = |pixel: usize| {
            let at = (pixel as f32 + 0.5) / self.cell as f32 - 0.5 + self.rim as f32;
            let at = at.max(0.0);
            (at as usize, at - (at as usize) as f32)
        };
        let (r, fr) = place(row);
        let (low, high) = (r * self.columns, (r + 1).min(self.rows - 1) * self.columns);
        let mix: Vec<f32> = (0..self.columns)
            .map(|c| self.data[low + c] + (self.data[high + c] - self.data[low + c]) * fr)
            .collect();
        for (c, out) in out.iter_mut().enumerate() {
            let (x, fx) = place(c);
            let right = mix[(x + 1).min(self.columns - 1)];
            *out = mix[x] + (right - mix[x]) * fx;
        }
    }
}
