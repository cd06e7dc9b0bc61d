//! Where the slices fall on the plane, for one view.

use super::stack::{PAD, plane_axes};
use crate::View;
use rami_volume::Ct;
use std::ops::Range;

/// Samples of the plane per voxel at the isocentre, along rows and across them. Slices behind the isocentre, as seen
/// from the source, need fewer, those before it more.
const DENSITY: f64 = 1.12;
/// Widest step along rows, in voxels: the pairs of voxels that four samples need must fit in eight voxels.
const WIDEST_STEP: f64 = 2.0;
/// Most samples a side; a wider cone is left to the reference.
const MOST_SAMPLES: usize = 8192;
/// Samples around the rays of the corners, for the cubic spline and its prefilter.
const MARGIN: f64 = 4.0;

/// Everything about a view that does not depend on the voxels.
#[derive(Debug)]
pub(super) struct Plan {
    /// Index axis the slices are stacked along.
    pub(super) axis: usize,
    /// Samples along rows (a multiple of 16) and across.
    pub(super) columns: usize,
    pub(super) rows: usize,
    pub(super) slices: Vec<Slice>,
    /// A pixel's place on the plane is (numerator of column, numerator of row) / denominator, each linear in (1, row,
    /// column) of the detector.
    pub(super) column_of: [f64; 3],
    pub(super) row_of: [f64; 3],
    pub(super) denominator: [f64; 3],
}

/// One slice: v of the first row of samples and from row to row; the same for u, worked out for groups of samples.
#[derive(Debug)]
pub(super) struct Slice {
    pub(super) v_first: f32,
    pub(super) v_step: f32,
    pub(super) u_first: f32,
    pub(super) u_step: f32,
    pub(super) groups: Vec<Group>,
}

/// Eight neighbouring samples of a row, as two halves of four.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(32))]
pub(super) struct Group {
    /// Where the pair of voxels of each sample lies among the eight voxels from its half's first, as byte shuffles.
    pub(super) shuffle: [u32; 8],
    /// Weights of the two voxels, 7 bits, second in the upper half.
    pub(super) weights: [u32; 8],
    /// First voxel of each half, counted in a padded row.
    pub(super) first: [u16; 2],
}

impl Plan {
    /// Nothing when this way of projecting does not fit: the source among the slices, the detector in the volume, or
    /// rays too far from the axis.
    pub(super) fn new(ct: &Ct, view: &View, rows: Range<usize>) -> Option<Self> {
        let grid = ct.grid();
        let dims = grid.dims();
        let source = grid.to_index(&view.source());
        let corners = grid.corners();
        let sid = view.pose().sid;
        let depth = |p: &rami_volume::Point| (p - view.source()).dot(&view.towards_detector());
        let reach = grid.spacing().into_iter().fold(0.0, f64::max);
        if corners.iter().any(|c| depth(c) + reach >= sid) {
            return None;
        }
        let direction = grid.lps_to_index().transform_vector(&view.towards_detector());
        let axis = direction.iamax();
        let (u, v) = plane_axes(axis);
        let count = dims[axis] as f64;
        if source[axis] > -2.0 && source[axis] < count + 1.0 {
            return None;
        }
        // Detector pixels in index space: linear in row and column.
        let first = grid.to_index(&view.pixel_centre(0.0, 0.0));
        let next_row = grid.to_index(&view.pixel_centre(1.0, 0.0));
        let next_column = grid.to_index(&view.pixel_centre(0.0, 1.0));
        let linear = |a: usize| [first[a] - source[a], next_row[a] - first[a], next_column[a] - first[a]];
        let at = |f: [f64; 3], row: f64, column: f64| f[0] + f[1] * row + f[2] * column;
        let denominator = linear(axis);
        let towards = direction[axis].signum();
        // The plane through the isocentre, or the nearest slice to it.
        let plane = grid.to_index(&view.pose().isocentre)[axis].clamp(0.0, count - 1.0);
        let throw = plane - source[axis];
        let sides: Vec<(f64, f64)> = [rows.start as f64, rows.end as f64 - 1.0]
            .into_iter()
            .flat_map(|r| [0.0, view.detector().columns as f64 - 1.0].map(|c| (r, c)))
            .collect();
        let mut low = [f64::INFINITY; 2];
        let mut high = [f64::NEG_INFINITY; 2];
        for &(r, c) in &sides {
            let d = at(denominator, r, c);
            let centre = direction.map(|x| x * sid);
            if d * towards < 0.25 * centre[axis].abs() {
                return None;
            }
            for (k, a) in [u, v].into_iter().enumerate() {
                let place = source[a] + at(linear(a), r, c) / d * throw;
                low[k] = low[k].min(place);
                high[k] = high[k].max(place);
            }
        }
        // Nothing of the volume falls outside the shadow of its corners.
        for (k, a) in [u, v].into_iter().enumerate() {
            let shadow = corners.iter().map(|c| {
                let c = grid.to_index(c);
                source[a] + (c[a] - source[a]) / (c[axis] - source[axis]) * throw
            });
            let (mut from, mut to) = (f64::INFINITY, f64::NEG_INFINITY);
            shadow.for_each(|s| (from, to) = (from.min(s), to.max(s)));
            (low[k], high[k]) = (low[k].max(from - 2.0), high[k].min(to + 2.0));
            if low[k] > high[k] {
                // The detector sees past the volume: one sample is enough.
                high[k] = low[k];
            }
        }
        let farthest = [0.0, count - 1.0].map(|s| (s - source[axis]) / throw).into_iter().fold(0.0, f64::max);
        let step = [(1.0 / DENSITY).min(WIDEST_STEP / farthest * 0.999), 1.0 / DENSITY];
        let origin = [0, 1].map(|k| low[k] - MARGIN * step[k]);
        let samples = [0, 1].map(|k| ((high[k] - low[k]) / step[k] + 2.0 * MARGIN).ceil() as usize + 1);
        if samples.iter().any(|&n| n > MOST_SAMPLES) {
            return None;
        }
        let columns = samples[0].next_multiple_of(16);
        let slices = (0..dims[axis])
            .map(|s| {
                let m = (s as f64 - source[axis]) / throw;
                let place = |k: usize, a: usize| (source[a] + (origin[k] - source[a]) * m, step[k] * m);
                let ((u_first, u_step), (v_first, v_step)) = (place(0, u), place(1, v));
                Slice {
                    v_first: v_first as f32,
                    v_step: v_step as f32,
                    u_first: u_first as f32,
                    u_step: u_step as f32,
                    groups: groups(u_first, u_step, columns, dims[u]),
                }
            })
            .collect();
        let numerator = |k: usize, a: usize| {
            let shift = (source[a] - origin[k]) / step[k];
            let (n, d) = (linear(a), denominator);
            std::array::from_fn(|i| n[i] * throw / step[k] + d[i] * shift)
        };
        Some(Self {
            axis,
            columns,
            rows: samples[1],
            slices,
            column_of: numerator(0, u),
            row_of: numerator(1, v),
            denominator,
        })
    }
}

/// The groups of a row whose samples lie at u = first + i · step, in a row of `width` voxels. Samples beside the row
/// read its padding.
fn groups(first: f64, step: f64, columns: usize, width: usize) -> Vec<Group> {
    let (first, step) = (first as f32, step as f32);
    let limit = (PAD + width + 8) as i32;
    (0..columns / 8)
        .map(|g| {
            let mut group = Group { shuffle: [0; 8], weights: [0; 8], first: [0; 2] };
            for half in 0..2 {
                let mut start = 0;
                for k in 0..4 {
                    let i = g * 8 + half * 4 + k;
                    let u = first + i as f32 * step;
                    let below = u.floor();
                    let voxel = below as i32 + PAD as i32;
                    if k == 0 {
                        start = voxel.clamp(0, limit);
                        group.first[half] = start as u16;
                    }
                    // Beside the row every place is padding: any will do.
                    let place = (voxel - start).clamp(0, 6) as u32;
                    group.shuffle[half * 4 + k] = place * 0x0202_0202 + 0x0302_0100;
                    let second = ((u - below) * 128.0).round() as u32;
                    group.weights[half * 4 + k] = (second << 16) | (128 - second);
                }
            }
            group
        })
        .collect()
}
