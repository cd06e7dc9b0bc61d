//! From detector signal to grey levels.
//!
//! As a C-arm does: the logarithm of the signal, the brightness of whole regions brought together (a share of the slow
//! variations is taken away), edges sharpened by an unsharp mask, and a window and level. The order and the kind of the
//! steps are common practice; the amounts are chosen by eye.

use super::coarse::Coarse;
use crate::Image;
use crate::picture::Polarity;
use rayon::prelude::*;

/// How a picture is shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Display {
    /// Which way round the greys run.
    pub polarity: Polarity,
    /// Share of slow brightness variations taken away, 0 to 1.
    pub harmonisation: f32,
    /// Strength of edge enhancement; 0 is off.
    pub edges: f32,
    /// Width of the window in ln of signal: the range from black to white. Nothing for five standard deviations of
    /// what is seen, between 0.3 and 2.5.
    pub window: Option<f32>,
    /// Middle of the window above the mean of the picture, in ln of signal.
    pub level: f32,
}

impl Default for Display {
    fn default() -> Self {
        Self { polarity: Polarity::DenseDark, harmonisation: 0.75, edges: 1.0, window: None, level: 0.0 }
    }
}

impl Display {
    /// Grey levels of detector signals. Pixels outside `lit` (collimated away) are black.
    #[must_use]
    pub fn show(
        &self,
        signal: &Image<f32>,
        lit: &(std::ops::Range<usize>, std::ops::Range<usize>),
    ) -> Image<u8> {
        let (rows, columns) = (signal.rows(), signal.columns());
        let mut log = Image::filled(rows, columns, 0.0f32);
        log.data_mut().par_chunks_mut(columns).zip(signal.data().par_chunks(columns)).for_each(
            |(out, row)| {
                out.iter_mut().zip(row).for_each(|(o, v)| *o = fast_ln(v.max(1e-3)));
            },
        );
        let cell = (columns.min(rows) / 64).max(1);
        let coarse = Coarse::of(&log, cell, 2, None);
        let slow = coarse.blurred(4.0);
        // Blur loses what leaves the grid; the share of a grid of ones says how much.
        let ones = Coarse { data: vec![1.0; coarse.data.len()], ..coarse.clone() }.blurred(4.0);
        let slow = Coarse { data: slow.data.iter().zip(&ones.data).map(|(s, o)| s / o).collect(), ..slow };
        let (inside_rows, inside_columns) = lit.clone();
        let mut sum = (0.0f64, 0usize);
        for row in inside_rows.clone() {
            let row = &log.row(row)[inside_columns.clone()];
            sum.0 += row.iter().map(|v| f64::from(*v)).sum::<f64>();
            sum.1 += row.len();
        }
        let mean = (sum.0 / sum.1.max(1) as f64) as f32;
        let window = self.window.unwrap_or_else(|| {
            let flat = self.spread(&coarse, &slow, mean, lit);
            (5.0 * flat).clamp(0.3, 2.5)
        });
        let scale = 255.0 / window.max(1e-3);
        let sign = if self.polarity == Polarity::DenseDark { 1.0 } else { -1.0 };
        let mut picture = Image::filled(rows, columns, 0u8);
        picture.data_mut().par_chunks_mut(columns).enumerate().for_each(|(r, out)| {
            if !inside_rows.contains(&r) {
                return;
            }
            let mut base = vec![0.0f32; columns];
            slow.read_row(r, &mut base);
            let here = log.row(r);
            let (above, below) = (log.row(r.saturating_sub(1)), log.row((r + 1).min(rows - 1)));
            let column: Vec<f32> = (0..columns).map(|c| above[c] + 2.0 * here[c] + below[c]).collect();
            for c in inside_columns.clone() {
                let (left, right) = (column[c.saturating_sub(1)], column[(c + 1).min(columns - 1)]);
                let smooth = (left + 2.0 * column[c] + right) * (1.0 / 16.0);
                let sharp = here[c] + self.edges * (here[c] - smooth);
                let value = sharp - mean - self.harmonisation * (base[c] - mean) - self.level;
                out[c] = (127.5 + sign * scale * value).clamp(0.0, 255.0) as u8;
            }
        });
        picture
    }

    /// Standard deviation of what remains after harmonisation, over the lit cells.
    fn spread(
        &self,
        cells: &Coarse,
        slow: &Coarse,
        mean: f32,
        lit: &(std::ops::Range<usize>, std::ops::Range<usize>),
    ) -> f32 {
        let cell = |r: &std::ops::Range<usize>| {
            cells.rim + r.start.div_ceil(cells.cell)..cells.rim + r.end / cells.cell
        };
        let (rows, columns) = (cell(&lit.0), cell(&lit.1));
        let (mut squares, mut n) = (0.0f32, 0.0f32);
        for row in rows {
            for column in columns.clone() {
                let at = row * cells.columns + column;
                let value = cells.data[at] - mean - self.harmonisation * (slow.data[at] - mean);
                squares += value * value;
                n += 1.0;
            }
        }
        (squares / n.max(1.0)).sqrt()
    }
}

/// Digital subtraction: what darkened since the mask was taken, ln(mask / live), in grey around the middle: contrast
/// medium is dark. `window` is the range of ln from black to white.
#[must_use]
pub fn subtract(mask: &Image<f32>, live: &Image<f32>, window: f32) -> Option<Image<u8>> {
    if mask.rows() != live.rows() || mask.columns() != live.columns() {
        return None;
    }
    let values = mask
        .data()
        .iter()
        .zip(live.data())
        .map(|(m, l)| {
            let darker = fast_ln(m.max(1e-3)) - fast_ln(l.max(1e-3));
            (160.0 - darker / window * 255.0).clamp(0.0, 255.0) as u8
        })
        .collect();
    Image::new(mask.rows(), mask.columns(), values)
}

/// Natural logarithm to 1e-5 from the exponent bits and a polynomial in the mantissa: a tenth of a grey level is 6e-4.
#[inline(always)]
pub(super) fn fast_ln(x: f32) -> f32 {
    let bits = x.to_bits();
    let exponent = ((bits >> 23) as i32 - 127) as f32;
    let m = f32::from_bits((bits & 0x007F_FFFF) | 0x3F80_0000);
    // atanh series around the middle of 1..2: ln m = ln √2 + 2 artanh((m − √2) / (m + √2)).
    let t = (m - std::f32::consts::SQRT_2) / (m + std::f32::consts::SQRT_2);
    let t2 = t * t;
    let series = t * (2.0 + t2 * (2.0 / 3.0 + t2 * (2.0 / 5.0)));
    (exponent + 0.5) * std::f32::consts::LN_2 + series
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quick_logarithm_is_the_logarithm() {
        for i in 1..4000 {
            let x = (i as f32 * 0.01).exp() * 1e-3;
            assert!((fast_ln(x) - x.ln()).abs() < 2e-5, "{x}");
        }
    }

    #[test]
    fn subtraction_leaves_only_what_changed() {
        let mask = Image::new(1, 3, vec![100.0, 50.0, 10.0]).unwrap();
        let live = Image::new(1, 3, vec![100.0, 40.0, 10.0]).unwrap();
        let grey = subtract(&mask, &live, 1.0).unwrap();
        assert_eq!(grey.data()[0], grey.data()[2]);
        assert!(grey.data()[1] < grey.data()[0], "contrast is dark");
        assert_eq!(subtract(&mask, &Image::filled(1, 2, 1.0), 1.0), None);
    }
}
