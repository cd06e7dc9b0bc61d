//! From detector signal to grey levels.
//!
//! As a C-arm does: the logarithm of the signal, the brightness of whole regions brought together (a share of the slow
//! variations is taken away), edges sharpened by an unsharp mask, and a window and level. The order and the kind of the
//! steps are common practice; the amounts are chosen by eye.

use super::coarse::Coarse;
use super::quick::fast_ln;
use crate::Image;
use crate::picture::Polarity;
use rami_wide::wide;
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
    /// Share of brightness lost at the rim of a round field, as an image intensifier loses it; beyond the rim there is
    /// no picture. 0 is a flat panel: neither loss nor rim.
    pub vignetting: f32,
}

impl Default for Display {
    fn default() -> Self {
        Self {
            polarity: Polarity::DenseDark,
            harmonisation: 0.75,
            edges: 1.0,
            window: None,
            level: 0.0,
            vignetting: 0.0,
        }
    }
}

/// How much brighter than the median, in ln of signal, the naked beam is at least.
const NAKED_BEAM: f32 = 1.0;

impl Display {
    /// What an image intensifier and its camera lose at the rim (assumed; by eye).
    pub const INTENSIFIER_VIGNETTING: f32 = 0.35;

    /// Grey levels of detector signals. Pixels outside `lit` (collimated away) are black.
    #[must_use]
    pub fn show(
        &self,
        signal: &Image<f32>,
        lit: &(std::ops::Range<usize>, std::ops::Range<usize>),
    ) -> Image<u8> {
        let (rows, columns) = (signal.rows(), signal.columns());
        let mut log = Image::filled(rows, columns, 0.0f32);
        log.data_mut()
            .par_chunks_mut(columns)
            .zip(signal.data().par_chunks(columns))
            .with_min_len(8)
            .for_each(|(out, row)| logarithms(row, out));
        let cell = (columns.min(rows) / 64).max(1);
        let mut coarse = Coarse::of(&log, cell, 2, None).within(lit);
        let (inside_rows, inside_columns) = lit.clone();
        // The naked beam beside the patient is as white as white gets; it sets neither brightness nor window.
        let mut sorted = coarse.data.clone();
        sorted.sort_unstable_by(f32::total_cmp);
        let limit = sorted.get(sorted.len() / 2).map_or(f32::MAX, |median| median + NAKED_BEAM);
        coarse.data.iter_mut().for_each(|v| *v = v.min(limit));
        let slow = coarse.smoothed(4.0);
        let mean = coarse.data.iter().sum::<f32>() / coarse.data.len().max(1) as f32;
        let window = self.window.unwrap_or_else(|| {
            let flat = self.spread(&coarse, &slow, mean, lit);
            (5.0 * flat).clamp(0.3, 2.5)
        });
        let sign = if self.polarity == Polarity::DenseDark { 1.0 } else { -1.0 };
        let levels = Levels {
            edges: self.edges,
            share: self.harmonisation,
            offset: mean - self.harmonisation * mean + self.level,
            scale: sign * 255.0 / window.max(1e-3),
        };
        let mut picture = Image::filled(rows, columns, 0u8);
        picture.data_mut().par_chunks_mut(columns).enumerate().with_min_len(8).for_each_init(
            || (Vec::new(), vec![0.0f32; columns], vec![0.0f32; columns + 2]),
            |(mix, base, column), (r, out)| {
                if !inside_rows.contains(&r) {
                    return;
                }
                slow.read_row(r, mix, base);
                let (above, below) = (log.row(r.saturating_sub(1)), log.row((r + 1).min(rows - 1)));
                smooth_across(above, log.row(r), below, column);
                grey_row(log.row(r), column, base, &levels, out);
                out[..inside_columns.start].fill(0);
                out[inside_columns.end..].fill(0);
                if self.vignetting > 0.0 {
                    let up = r as f32 - (rows as f32 - 1.0) / 2.0;
                    vignette(out, up, rows.min(columns) as f32 / 2.0, self.vignetting);
                }
            },
        );
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

/// What makes a grey level of a logarithm: 127.5 + scale · (sharpened − share · slow − offset).
struct Levels {
    edges: f32,
    share: f32,
    offset: f32,
    scale: f32,
}

/// Darkens a row this far from the middle with the square of the distance, to black beyond the radius.
fn vignette(out: &mut [u8], up: f32, radius: f32, loss: f32) {
    let middle = (out.len() as f32 - 1.0) / 2.0;
    for (column, grey) in out.iter_mut().enumerate() {
        let r2 = (up * up + (column as f32 - middle).powi(2)) / (radius * radius);
        let light = if r2 < 1.0 { 1.0 - loss * r2 } else { 0.0 };
        *grey = (f32::from(*grey) * light) as u8;
    }
}

wide! {
    fn logarithms(signal: &[f32], out: &mut [f32]) {
        for (o, v) in out.iter_mut().zip(signal) {
            *o = fast_ln(v.max(1e-3));
        }
    }
}

wide! {
    /// Weights 1, 2, 1 across rows, with the ends repeated: `column` has one value more at either end.
    fn smooth_across(above: &[f32], here: &[f32], below: &[f32], column: &mut [f32]) {
        let n = here.len();
        for (c, ((a, h), b)) in column[1..=n].iter_mut().zip(above.iter().zip(here).zip(below)) {
            *c = a + 2.0 * h + b;
        }
        column[0] = column[1];
        column[n + 1] = column[n];
    }
}

wide! {
    fn grey_row(here: &[f32], column: &[f32], base: &[f32], levels: &Levels, out: &mut [u8]) {
        let n = here.len();
        let (left, middle, right) = (&column[..n], &column[1..=n], &column[2..n + 2]);
        let sides = left.iter().zip(middle).zip(right);
        for (((out, h), slow), ((l, m), r)) in out.iter_mut().zip(here).zip(base).zip(sides) {
            let smooth = (l + 2.0 * m + r) * (1.0 / 16.0);
            let sharp = h + levels.edges * (h - smooth);
            let value = sharp - levels.share * slow - levels.offset;
            *out = (127.5 + levels.scale * value).clamp(0.0, 255.0) as i32 as u8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_intensifiers_picture_is_round_and_darker_towards_its_rim() {
        let signal = Image::filled(128, 128, 1000.0f32);
        let lit = (0..128, 0..128);
        let flat = Display { window: Some(1.0), ..Display::default() };
        let round = Display { vignetting: Display::INTENSIFIER_VIGNETTING, ..flat };
        let (flat, round) = (flat.show(&signal, &lit), round.show(&signal, &lit));
        assert!(flat.data().iter().all(|v| v.abs_diff(127) <= 1), "a flat panel loses nothing");
        let at = |column: usize| round.get(64, column).unwrap();
        assert!(at(64) > at(100) && at(100) > at(124));
        assert!((f32::from(at(124)) / f32::from(at(64)) - 0.68).abs() < 0.03, "a third is lost near the rim");
        assert_eq!(round.get(3, 3), Some(0), "no picture beyond it");
    }

    #[test]
    fn edge_enhancement_steepens_an_edge_and_off_leaves_it_as_it_is() {
        let mut signal = Image::filled(64, 64, 1000.0f32);
        for row in 0..64 {
            signal.data_mut()[row * 64 + 32..row * 64 + 64].fill(800.0);
        }
        let across = |edges: f32| {
            let display = Display { edges, harmonisation: 0.0, window: Some(2.0), ..Display::default() };
            let picture = display.show(&signal, &(0..64, 0..64));
            let at = |column: usize| f32::from(picture.get(30, column).unwrap());
            (at(31) - at(32), at(10) - at(50))
        };
        let ((off, far_off), (on, far_on)) = (across(0.0), across(1.0));
        // ln(1000 / 800) of a window of 2: 28 grey levels, no more at the edge than far from it.
        assert!((off - 28.4).abs() < 1.5 && (far_off - off).abs() < 1.5, "{off}, {far_off}");
        // A mask of weights 1, 2, 1 takes a quarter of the step from either side.
        assert!((on / off - 1.5).abs() < 0.1 && (far_on - far_off).abs() < 1.5, "{on}, {far_on}");
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
