//! Which blocks of 2 × 2 × 2 cells hold together, so that one value can stand for all their cells.

use crate::layout::{LANES, Layout, first};
use crate::level::Level;
use rami_wide::wide;
use rayon::prelude::*;

/// A face holds two parts together when it is not weaker than this share of the strongest face of the weaker part.
const STRONG: f32 = 0.15;

/// So does one that is only this strong where it is even along its axis: that is what fibres look like, not a barrier.
const ALONG_FIBRES: f32 = 0.05;

/// How even.
const EVEN: f32 = 0.3;

/// Of each slot and loose row: its strongest coupling; 0 where it is coupled to nothing, less where there is no cell.
#[derive(Debug)]
pub(crate) struct Strongest(pub(crate) Vec<f32>);

/// Whether a face of strength `t` holds what it joins together, where nothing there is coupled more strongly than `most`;
/// `before` and `after` are the faces before and after it along its axis, if it has an axis.
#[inline(always)]
pub(crate) fn holds(t: f32, most: f32, [before, after]: [f32; 2]) -> bool {
    (t >= STRONG * most) | ((t >= ALONG_FIBRES * most) & (t >= EVEN * before.min(after)))
}

wide! {
    fn strongest_of_plane(level: &Level, colour: usize, k: usize, out: &mut [f32]) {
        let layout = &level.layout;
        let (width, plane) = (layout.width, layout.plane);
        let [x, y, z] = &level.faces;
        let other = 1 - colour;
        for j in 0..layout.dims[1] {
            let row = layout.row(j, k);
            let back = row + first(colour, j, k) - 1;
            let out = &mut out[j * width..(j + 1) * width];
            out.copy_from_slice(&x[colour][row..row + width]);
            for more in [
                &x[other][back..back + width],
                &y[colour][row..row + width],
                &y[other][row - width..row],
                &z[colour][row..row + width],
                &z[other][row - plane..row - plane + width],
            ] {
                for (out, more) in out.iter_mut().zip(more) {
                    *out = out.max(*more);
                }
            }
            let cells = (layout.dims[0] - first(colour, j, k)).div_ceil(2);
            out[cells..].fill(-1.0);
        }
    }
}

impl Strongest {
    pub(crate) fn of(level: &Level) -> Self {
        let layout = &level.layout;
        let mut all = vec![-1.0f32; level.len()];
        let (colours, _) = level.parts_mut(&mut all);
        for (colour, values) in colours.into_iter().enumerate() {
            level.over_planes(values, |k, out| strongest_of_plane(level, colour, k, out));
        }
        for row in 0..level.loose.len() {
            let own = 2 * layout.len + row;
            all[own] = 0.0;
            for (near, strength) in level.loose.couplings(row) {
                all[own] = all[own].max(strength);
                all[near] = all[near].max(strength);
            }
        }
        Self(all)
    }

    pub(crate) fn at(&self, slot: usize) -> f32 {
        self.0[slot]
    }

    /// Whether anything is coupled to what is at a slot.
    pub(crate) fn is_live(&self, slot: usize) -> bool {
        self.0[slot] > 0.0
    }

    /// Number, in rows of blocks, of each block with a face that is weak beside others of its cells, or with cells of
    /// which some only are coupled to anything.
    pub(crate) fn odd_blocks(&self, level: &Level) -> Vec<u32> {
        let fine = &level.layout;
        let [_, nj, nk] = fine.dims.map(|n| n.div_ceil(2));
        let blocks = fine.dims[0].div_ceil(2);
        let one_row = |number: usize| {
            let mut odd = vec![0u32; fine.width];
            odd_in_row(level, &self.0, number % nj, number / nj, &mut odd);
            let base = (number * fine.width) as u32;
            let found: Vec<u32> =
                (0..blocks as u32).filter(|m| odd[*m as usize] != 0).map(|m| base + m).collect();
            found
        };
        (0..nj * nk).into_par_iter().with_min_len(16).flat_map_iter(one_row).collect()
    }
}

/// Marks what may not hold in one face of each block of a row.
#[inline(always)]
fn mark(face: &[f32], ends: [&[f32]; 2], along: [&[f32]; 2], odd: &mut [u32]) {
    for m in (0..odd.len()).step_by(LANES) {
        let range = m..m + LANES;
        let odd = &mut odd[range.clone()];
        let face = &face[range.clone()];
        let [a, b] = ends.map(|v| &v[range.clone()]);
        let [before, after] = along.map(|v| &v[range.clone()]);
        for l in 0..LANES {
            let apart = (a[l].min(b[l]) > 0.0) & !holds(face[l], a[l].max(b[l]), [before[l], after[l]]);
            let mixed = (a[l] == 0.0) != (b[l] == 0.0);
            odd[l] |= u32::from(apart | mixed);
        }
    }
}

wide! {
    fn odd_in_row(level: &Level, strongest: &[f32], bj: usize, bk: usize, odd: &mut [u32]) {
        let layout: &Layout = &level.layout;
        let (width, plane) = (layout.width, layout.plane);
        let [_, nj, nk] = layout.dims;
        let of = |colour: usize, at: usize| &strongest[colour * layout.len + at..][..width];
        for k in 2 * bk..(2 * bk + 2).min(nk) {
            for j in 2 * bj..(2 * bj + 2).min(nj) {
                let row = layout.row(j, k);
                // The colour of the even cells of this row, and of the odd ones.
                let [even, uneven] = [(j + k) & 1, 1 - ((j + k) & 1)];
                let [x, y, z] = &level.faces;
                mark(
                    &x[even][row..row + width],
                    [of(even, row), of(uneven, row)],
                    [&x[uneven][row - 1..row - 1 + width], &x[uneven][row..row + width]],
                    odd,
                );
                for colour in [0, 1] {
                    let other = 1 - colour;
                    if j % 2 == 0 && j + 1 < nj {
                        mark(
                            &y[colour][row..row + width],
                            [of(colour, row), of(other, row + width)],
                            [&y[other][row - width..row], &y[other][row + width..row + 2 * width]],
                            odd,
                        );
                    }
                    if k % 2 == 0 && k + 1 < nk {
                        mark(
                            &z[colour][row..row + width],
                            [of(colour, row), of(other, row + plane)],
                            [&z[other][row - plane..][..width], &z[other][row + plane..][..width]],
                            odd,
                        );
                    }
                }
            }
        }
    }
}
