//! From the plane through the isocentre to the detector.
//!
//! The plane's samples become coefficients of a cubic B-spline that passes through them (Unser M, IEEE Signal Process
//! Mag 1999;16:22): along rows and columns a recursive filter with the pole z = √3 − 2. Each pixel then weighs 4 × 4
//! coefficients. Both materials lie side by side, so that one vector of eight holds four samples of each.

use super::plan::Plan;
use crate::projector::Paths;
use crate::{Image, View};
use rayon::prelude::*;
use std::ops::Range;

/// Spline coefficients of (total, bone) side by side.
#[derive(Debug)]
pub(super) struct Plane {
    coefficients: Vec<f32>,
    columns: usize,
    rows: usize,
}

const POLE: f32 = -0.267_949_2;

impl Plane {
    pub(super) fn new(plan: &Plan, total: &[i32], bone: &[i32], units: [f32; 2]) -> Self {
        let (columns, rows) = (plan.columns, plan.rows);
        let mut coefficients = vec![0.0f32; columns * rows * 2];
        coefficients.par_chunks_mut(columns * 2).enumerate().for_each(|(row, out)| {
            let at = row * columns..(row + 1) * columns;
            for (pair, (&t, &b)) in
                out.as_chunks_mut::<2>().0.iter_mut().zip(total[at.clone()].iter().zip(&bone[at]))
            {
                *pair = [t as f32 * units[0], b as f32 * units[1]];
            }
            filter_along(out);
        });
        filter_across(&mut coefficients, columns * 2, rows);
        Self { coefficients, columns, rows }
    }
}

/// The prefilter of one row of pairs. The ends lie in the margin and only need to stay quiet there.
fn filter_along(row: &mut [f32]) {
    let (pairs, _) = row.as_chunks_mut::<2>();
    for i in 1..pairs.len() {
        let before = pairs[i - 1];
        pairs[i] = [pairs[i][0] + POLE * before[0], pairs[i][1] + POLE * before[1]];
    }
    let end = POLE / (POLE * POLE - 1.0);
    if let [.., before, last] = pairs {
        *last = [end * (last[0] + POLE * before[0]) * 6.0, end * (last[1] + POLE * before[1]) * 6.0];
    }
    for i in (0..pairs.len().saturating_sub(1)).rev() {
        let after = pairs[i + 1];
        let here = pairs[i];
        pairs[i] = [POLE * (after[0] - here[0] * 6.0), POLE * (after[1] - here[1] * 6.0)];
    }
}

/// The same from row to row, whole rows at once.
fn filter_across(data: &mut [f32], width: usize, rows: usize) {
    let step = |data: &mut [f32], from: usize, to: usize, f: &dyn Fn(&[f32], &mut [f32])| {
        let (a, b) = (from.min(to), from.max(to));
        let (head, tail) = data.split_at_mut(b * width);
        let (low, high) = (&mut head[a * width..(a + 1) * width], &mut tail[..width]);
        if from < to { f(low, high) } else { f(high, low) }
    };
    for row in 1..rows {
        step(data, row - 1, row, &|before, here| {
            here.iter_mut().zip(before).for_each(|(h, b)| *h += POLE * b)
        });
    }
    let end = POLE / (POLE * POLE - 1.0);
    if rows > 1 {
        step(data, rows - 2, rows - 1, &|before, last| {
            last.iter_mut().zip(before).for_each(|(l, b)| *l = end * (*l + POLE * b) * 6.0);
        });
    }
    for row in (0..rows.saturating_sub(1)).rev() {
        step(data, row + 1, row, &|after, here| {
            here.iter_mut().zip(after).for_each(|(h, a)| *h = POLE * (a - *h * 6.0))
        });
    }
}

/// Reads the plane at the pixels of a band of detector rows.
pub(super) fn read(plan: &Plan, plane: &Plane, view: &View, rows: Range<usize>) -> Paths {
    let columns = view.detector().columns;
    let mut paths = Paths {
        total: Image::filled(rows.len(), columns, 0.0),
        bone: Image::filled(rows.len(), columns, 0.0),
    };
    let reader = Reader::new(plan, view);
    let total = paths.total.data_mut().par_chunks_mut(columns);
    let bone = paths.bone.data_mut().par_chunks_mut(columns);
    total.zip(bone).zip(rows.into_par_iter()).with_min_len(8).for_each(|((total, bone), row)| {
        reader.row(plane, row, total, bone);
    });
    paths
}

/// What is the same for all rows.
struct Reader<'a> {
    plan: &'a Plan,
    pixel_mm: f64,
    middle: [f64; 2],
    sid: f64,
    /// Length per slice of a ray is its length / |denominator|.
    sign: f64,
    wide: bool,
}

impl<'a> Reader<'a> {
    fn new(plan: &'a Plan, view: &View) -> Self {
        let detector = view.detector();
        #[cfg(target_arch = "x86_64")]
        let wide = std::arch::is_x86_feature_detected!("avx2");
        #[cfg(not(target_arch = "x86_64"))]
        let wide = false;
        Self {
            plan,
            pixel_mm: detector.pixel_mm,
            middle: [detector.rows, detector.columns].map(|n| (n as f64 - 1.0) / 2.0),
            sid: view.pose().sid,
            sign: plan.denominator[0].signum(),
            wide,
        }
    }

    fn row(&self, plane: &Plane, row: usize, total: &mut [f32], bone: &mut [f32]) {
        #[cfg(target_arch = "x86_64")]
        if self.wide {
            // SAFETY: `wide` is only true where AVX2 was detected.
            #[allow(unsafe_code)]
            // the same safe code, compiled for wider vectors
            unsafe {
                return self.row_avx2(plane, row, total, bone);
            }
        }
        let _ = self.wide;
        self.row_body(plane, row, total, bone);
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn row_avx2(&self, plane: &Plane, row: usize, total: &mut [f32], bone: &mut [f32]) {
        self.row_body(plane, row, total, bone);
    }

    #[inline(always)]
    fn row_body(&self, plane: &Plane, row: usize, total: &mut [f32], bone: &mut [f32]) {
        let r = row as f64;
        let along = |f: [f64; 3]| ((f[0] + f[1] * r) * self.sign, f[2] * self.sign);
        let (x, x_step) = along(self.plan.column_of);
        let (y, y_step) = along(self.plan.row_of);
        let (d, d_step) = along(self.plan.denominator);
        let up = (r - self.middle[0]) * self.pixel_mm;
        let (x_most, y_most) = ((plane.columns - 3) as f32, (plane.rows - 3) as f32);
        for (column, (total, bone)) in total.iter_mut().zip(bone).enumerate() {
            let c = column as f64;
            let share = 1.0 / (d + d_step * c);
            let (px, py) = (((x + x_step * c) * share) as f32, ((y + y_step * c) * share) as f32);
            // Beside the plane there is nothing of the volume; NaN cannot be (the denominator was checked).
            if !(px >= 1.0 && px < x_most && py >= 1.0 && py < y_most) {
                continue;
            }
            let across = (c - self.middle[1]) * self.pixel_mm;
            let length = (self.sid * self.sid + up * up + across * across).sqrt() * share;
            let (ix, iy) = (px as usize, py as usize);
            let (wx, wy) = (spline_pairs(px - ix as f32), spline(py - iy as f32));
            let mut sum = [0.0f32; 8];
            for k in 0..4 {
                let at = ((iy + k - 1) * plane.columns + ix - 1) * 2;
                if let Some(four) = plane.coefficients[at..].first_chunk::<8>() {
                    for lane in 0..8 {
                        sum[lane] += wy[k] * four[lane];
                    }
                }
            }
            for lane in 0..8 {
                sum[lane] *= wx[lane];
            }
            let length = length as f32;
            *total = ((sum[0] + sum[2]) + (sum[4] + sum[6])) * length;
            *bone = ((sum[1] + sum[3]) + (sum[5] + sum[7])) * length;
        }
    }
}

/// Weights of the four B-splines around a place between the middle two.
#[inline(always)]
fn spline(f: f32) -> [f32; 4] {
    let g = 1.0 - f;
    let sixth = 1.0 / 6.0;
    [
        sixth * g * g * g,
        2.0 / 3.0 - 0.5 * f * f * (2.0 - f),
        2.0 / 3.0 - 0.5 * g * g * (2.0 - g),
        sixth * f * f * f,
    ]
}

#[inline(always)]
fn spline_pairs(f: f32) -> [f32; 8] {
    let [a, b, c, d] = spline(f);
    [a, a, b, b, c, c, d, d]
}
