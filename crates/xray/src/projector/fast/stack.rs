//! A CT packed for looking along one of its axes.

use crate::{bone_mm_per_mm, radiodensity};
use rami_volume::Ct;
use rayon::prelude::*;

/// Zeros on either side of a row, so that samples beside the volume need no test. Eight samples reach at most 16 voxels
/// on, and a vector load 32 more.
pub(super) const PAD: usize = 48;

/// Both materials, slice after slice along one axis.
#[derive(Debug)]
pub(super) struct Stack {
    pub(super) total: Sheets,
    pub(super) bone: Sheets,
}

/// One material in 16-bit fixed point: rows of `pitch` values, only those that hold anything; all others are row 0.
#[derive(Debug)]
pub(super) struct Sheets {
    data: Vec<i16>,
    /// For each (slice, v): number of its row in `data`, and the voxels u that hold anything.
    rows: Vec<(u32, u16, u16)>,
    across: usize,
    pub(super) pitch: usize,
    /// Value of one unit, in mm per mm.
    pub(super) unit: f32,
}

/// The axes (u along rows, v across rows) when looking along `axis`. Rows along i where possible, as in the CT.
pub(super) fn plane_axes(axis: usize) -> (usize, usize) {
    match axis {
        0 => (1, 2),
        1 => (0, 2),
        _ => (0, 1),
    }
}

impl Stack {
    pub(super) fn pack(ct: &Ct, axis: usize) -> Self {
        Self { total: Sheets::pack(ct, axis, radiodensity), bone: Sheets::pack(ct, axis, bone_mm_per_mm) }
    }
}

impl Sheets {
    fn pack(ct: &Ct, axis: usize, value: fn(f32) -> f32) -> Self {
        let dims = ct.grid().dims();
        let (u, v) = plane_axes(axis);
        let stride = [1, dims[0], dims[0] * dims[1]];
        let largest_hu = ct.data().par_iter().copied().max().unwrap_or(0);
        let largest = value(f32::from(largest_hu)).max(1e-3);
        // As fine as 16 bits hold the largest value and 32 bits the sum of a whole row of it, with weights of 7 bits.
        let most = (32767.0f64).min(f64::from(i32::MAX) / (128.0 * (dims[axis] + 2) as f64));
        let scale = (most / f64::from(largest)) as f32;
        let table: Vec<i16> = (i32::from(i16::MIN)..=i32::from(i16::MAX))
            .map(|hu| (value(hu as f32) * scale).min(32767.0).round() as i16)
            .collect();
        let pitch = (dims[u] + 2 * PAD).next_multiple_of(32);
        let fill = |s: usize, j: usize, row: &mut [i16]| -> Option<(u16, u16)> {
            let base = s * stride[axis] + j * stride[v];
            let (mut low, mut high) = (usize::MAX, 0);
            for (i, out) in row[PAD..PAD + dims[u]].iter_mut().enumerate() {
                let packed = table[(i32::from(ct.data()[base + i * stride[u]]) + 32768) as usize];
                *out = packed;
                if packed > 0 {
                    low = low.min(i);
                    high = i + 1;
                }
            }
            (high > 0).then_some((low as u16, high as u16))
        };
        let slabs: Vec<(Vec<i16>, Vec<Option<(u16, u16)>>)> = (0..dims[axis])
            .into_par_iter()
            .map(|s| {
                let mut data = Vec::new();
                let mut row = vec![0i16; pitch];
                let extents = (0..dims[v])
                    .map(|j| {
                        let extent = fill(s, j, &mut row);
                        if extent.is_some() {
                            data.extend_from_slice(&row);
                        }
                        extent
                    })
                    .collect();
                (data, extents)
            })
            .collect();
        let mut data = Vec::with_capacity(pitch + slabs.iter().map(|(d, _)| d.len()).sum::<usize>());
        data.resize(pitch, 0);
        let mut rows = Vec::with_capacity(dims[axis] * dims[v]);
        let mut next = 1u32;
        for (slab, extents) in slabs {
            data.extend_from_slice(&slab);
            for extent in extents {
                rows.push(match extent {
                    Some((low, high)) => {
                        next += 1;
                        (next - 1, low, high)
                    }
                    None => (0, u16::MAX, 0),
                });
            }
        }
        Self { data, rows, across: dims[v], pitch, unit: 1.0 / (scale * 128.0) }
    }

    /// Rows v and v + 1 of a slice and the voxels where either holds anything; nothing when neither does.
    pub(super) fn row_pair(&self, slice: usize, v: isize) -> Option<(&[i16], &[i16], u16, u16)> {
        let row = |v: isize| {
            if v < 0 || v >= self.across as isize {
                (0, u16::MAX, 0)
            } else {
                self.rows[slice * self.across + v as usize]
            }
        };
        let ((a, low_a, high_a), (b, low_b, high_b)) = (row(v), row(v + 1));
        let (low, high) = (low_a.min(low_b), high_a.max(high_b));
        let at = |number: u32| &self.data[number as usize * self.pitch..(number as usize + 1) * self.pitch];
        (low < high).then(|| (at(a), at(b), low, high))
    }
}
