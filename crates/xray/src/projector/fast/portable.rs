//! Adding one slice's row, in plain loops: what every other way must equal bit for bit.

use super::plan::Group;
use std::ops::Range;

/// Blends rows `a` and `b` (`weight` / 2¹⁵ of b) into `line`, then adds the samples of `groups` to `sums`.
pub(super) fn add_row(
    a: &[i16],
    b: &[i16],
    weight: i16,
    line: &mut [i16],
    table: &[Group],
    groups: Range<usize>,
    sums: &mut [i32],
) {
    let (from, to) = span(table, &groups, line.len());
    let rows = a[from..to].iter().zip(&b[from..to]);
    for (out, (&a, &b)) in line[from..to].iter_mut().zip(rows) {
        let difference = i32::from(b.wrapping_sub(a));
        *out = a.wrapping_add(((difference * i32::from(weight) + 0x4000) >> 15) as i16);
    }
    for (group, sums) in table[groups.clone()].iter().zip(sums[groups.start * 8..].chunks_exact_mut(8)) {
        for (k, sum) in sums.iter_mut().enumerate() {
            let voxel = usize::from(group.first[k / 4]) + (group.shuffle[k] & 0xFF) as usize / 2;
            let (first, second) = ((group.weights[k] & 0xFFFF) as i32, (group.weights[k] >> 16) as i32);
            *sum = sum.wrapping_add(i32::from(line[voxel]) * first + i32::from(line[voxel + 1]) * second);
        }
    }
}

/// The voxels that these groups read, in whole vectors of 16.
pub(super) fn span(table: &[Group], groups: &Range<usize>, pitch: usize) -> (usize, usize) {
    let from = usize::from(table[groups.start].first[0]) / 16 * 16;
    let to = (usize::from(table[groups.end - 1].first[1]) + 8).next_multiple_of(16);
    (from, to.min(pitch))
}
