//! Connected components and holes.

use crate::Volume;

/// Which voxels touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connectivity {
    /// Those that share a face: 6 neighbours.
    Faces,
    /// Those that share a face, an edge or a corner: 26 neighbours.
    Corners,
}

/// The connected parts of a mask, largest first.
#[derive(Debug, Clone)]
pub struct Components {
    /// 0 outside the mask; 1 is the largest part, 2 the next. Parts of one size are in the order of their first voxel.
    pub map: Volume<u32>,
    /// Voxels of part 1, 2, …
    pub sizes: Vec<usize>,
}

/// A stretch of the mask along a row.
struct Run {
    start: usize,
    end: usize,
}

/// The connected parts of the voxels for which `inside` is true.
#[must_use]
pub fn connected<T: Copy>(
    volume: &Volume<T>,
    inside: impl Fn(T) -> bool,
    connectivity: Connectivity,
) -> Components {
    let grid = volume.grid().clone();
    let [ni, nj, _] = grid.dims();
    let mut runs: Vec<Run> = Vec::new();
    let mut first_run = vec![0usize];
    let mut parent: Vec<u32> = Vec::new();
    // Rows that come before a row and may touch it.
    let (reach, before): (usize, &[(isize, usize)]) = match connectivity {
        Connectivity::Faces => (0, &[(-1, 0), (0, 1)]),
        Connectivity::Corners => (1, &[(-1, 0), (-1, 1), (0, 1), (1, 1)]),
    };
    for (row, values) in volume.data().chunks(ni).enumerate() {
        let mut i = 0;
        while i < ni {
            if inside(values[i]) {
                let start = i;
                while i < ni && inside(values[i]) {
                    i += 1;
                }
                parent.push(runs.len() as u32);
                runs.push(Run { start, end: i });
            } else {
                i += 1;
            }
        }
        first_run.push(runs.len());
        let (j, k) = ((row % nj) as isize, row / nj);
        for &(dj, dk) in before {
            if j + dj < 0 || j + dj >= nj as isize || dk > k {
                continue;
            }
            let other = (j + dj) as usize + nj * (k - dk);
            join(
                &runs,
                &mut parent,
                first_run[row]..runs.len(),
                first_run[other]..first_run[other + 1],
                reach,
            );
        }
    }
    number(grid, &runs, &first_run, &mut parent)
}

/// Joins the runs of two rows that overlap, or with `reach` 1 touch at a corner.
fn join(
    runs: &[Run],
    parent: &mut [u32],
    ours: std::ops::Range<usize>,
    theirs: std::ops::Range<usize>,
    reach: usize,
) {
    let (mut a, mut b) = (ours.start, theirs.start);
    while a < ours.end && b < theirs.end {
        if runs[a].start < runs[b].end + reach && runs[b].start < runs[a].end + reach {
            let (x, y) = (root(parent, a as u32), root(parent, b as u32));
            // The earlier run is the root, so that a root is its part's first run.
            parent[x.max(y) as usize] = x.min(y);
        }
        if runs[a].end < runs[b].end { a += 1 } else { b += 1 }
    }
}

fn root(parent: &mut [u32], mut at: u32) -> u32 {
    while parent[at as usize] != at {
        parent[at as usize] = parent[parent[at as usize] as usize];
        at = parent[at as usize];
    }
    at
}

fn number(grid: crate::Grid, runs: &[Run], first_run: &[usize], parent: &mut [u32]) -> Components {
    let mut size = vec![0usize; runs.len()];
    for run in 0..runs.len() {
        size[root(parent, run as u32) as usize] += runs[run].end - runs[run].start;
    }
    let mut order: Vec<usize> = (0..runs.len()).filter(|&run| size[run] > 0).collect();
    order.sort_by_key(|&run| std::cmp::Reverse(size[run]));
    let mut name = vec![0u32; runs.len()];
    for (part, &run) in order.iter().enumerate() {
        name[run] = part as u32 + 1;
    }
    let ni = grid.dims()[0];
    let mut data = vec![0u32; grid.len()];
    for (row, values) in data.chunks_mut(ni).enumerate() {
        for run in first_run[row]..first_run[row + 1] {
            let part = name[root(parent, run as u32) as usize];
            values[runs[run].start..runs[run].end].fill(part);
        }
    }
    let sizes = order.iter().map(|&run| size[run]).collect();
    Components { map: Volume::from_grid_and_data(grid, data), sizes }
}

/// 1 in the largest connected part, 0 elsewhere.
#[must_use]
pub fn largest<T: Copy>(
    volume: &Volume<T>,
    inside: impl Fn(T) -> bool,
    connectivity: Connectivity,
) -> Volume<u8> {
    connected(volume, inside, connectivity).map.map(|part| u8::from(part == 1))
}

/// The mask with its holes filled: what cannot be reached from the edge of the grid across faces becomes 1.
#[must_use]
pub fn fill_holes(mask: &Volume<u8>) -> Volume<u8> {
    let outside = connected(mask, |v| v == 0, Connectivity::Faces);
    let grid = mask.grid();
    let dims = grid.dims();
    let mut open = vec![false; outside.sizes.len() + 1];
    for (row, parts) in outside.map.data().chunks(dims[0]).enumerate() {
        let (j, k) = (row % dims[1], row / dims[1]);
        if j == 0 || j + 1 == dims[1] || k == 0 || k + 1 == dims[2] {
            parts.iter().for_each(|&part| open[part as usize] = true);
        } else if let (Some(&first), Some(&last)) = (parts.first(), parts.last()) {
            open[first as usize] = true;
            open[last as usize] = true;
        }
    }
    open[0] = false;
    outside.map.map(|part| u8::from(!open[part as usize]))
}

/// As [`fill_holes`], each slice (each `k`) by itself: fills what is open only above or below.
#[must_use]
pub fn fill_holes_in_slices(mask: &Volume<u8>) -> Volume<u8> {
    use rayon::prelude::*;
    let [ni, nj, _] = mask.grid().dims();
    let mut filled = mask.clone();
    filled.data_mut().par_chunks_mut(ni * nj).for_each(|slice| {
        // A flood from the slice's edge through zeros.
        let mut open = vec![false; slice.len()];
        let mut queue: Vec<usize> = (0..slice.len())
            .filter(|&o| {
                let (i, j) = (o % ni, o / ni);
                slice[o] == 0 && (i == 0 || i + 1 == ni || j == 0 || j + 1 == nj)
            })
            .collect();
        queue.iter().for_each(|&o| open[o] = true);
        while let Some(o) = queue.pop() {
            let (i, j) = (o % ni, o / ni);
            let neighbours = [
                (i > 0).then(|| o - 1),
                (i + 1 < ni).then(|| o + 1),
                (j > 0).then(|| o - ni),
                (j + 1 < nj).then(|| o + ni),
            ];
            for n in neighbours.into_iter().flatten() {
                if slice[n] == 0 && !open[n] {
                    open[n] = true;
                    queue.push(n);
                }
            }
        }
        slice.iter_mut().zip(&open).for_each(|(v, &open)| *v = u8::from(!open));
    });
    filled
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Grid, Point};
    use proptest::prelude::*;

    fn mask(dims: [usize; 3], data: Vec<u8>) -> Volume<u8> {
        Volume::new(Grid::upright(dims, [1.0; 3], Point::origin()).unwrap(), data).unwrap()
    }

    /// Parts by flooding from each voxel, one neighbour at a time.
    fn flood(mask: &Volume<u8>, connectivity: Connectivity) -> Vec<usize> {
        let grid = mask.grid();
        let mut part = vec![0usize; grid.len()];
        let mut parts = 0;
        for start in 0..grid.len() {
            if mask.data()[start] == 0 || part[start] != 0 {
                continue;
            }
            parts += 1;
            let mut queue = vec![start];
            part[start] = parts;
            while let Some(o) = queue.pop() {
                for n in 0..grid.len() {
                    let (a, b) = (grid.voxel(o), grid.voxel(n));
                    let far: Vec<usize> = (0..3).map(|axis| a[axis].abs_diff(b[axis])).collect();
                    let touch = match connectivity {
                        Connectivity::Faces => far.iter().sum::<usize>() == 1,
                        Connectivity::Corners => far.iter().max() == Some(&1),
                    };
                    if touch && mask.data()[n] != 0 && part[n] == 0 {
                        part[n] = parts;
                        queue.push(n);
                    }
                }
            }
        }
        part
    }

    proptest! {
        #[test]
        fn parts_are_those_of_flooding(
            dims in prop::array::uniform3(1usize..6),
            seed in prop::collection::vec(0u8..2, 216),
        ) {
            let n = dims.iter().product::<usize>();
            let mask = mask(dims, seed[..n].to_vec());
            for connectivity in [Connectivity::Faces, Connectivity::Corners] {
                let found = connected(&mask, |v| v != 0, connectivity);
                let wanted = flood(&mask, connectivity);
                for a in 0..n {
                    for b in 0..n {
                        let same = found.map.data()[a] == found.map.data()[b];
                        prop_assert_eq!(same, wanted[a] == wanted[b]);
                    }
                }
                prop_assert!(found.sizes.is_sorted_by(|a, b| a >= b));
                prop_assert_eq!(found.sizes.iter().sum::<usize>(), mask.data().iter().filter(|&&v| v != 0).count());
            }
        }
    }

    #[test]
    fn a_hole_is_filled_and_a_bay_is_not() {
        #[rustfmt::skip]
        let ring = vec![
            1, 1, 1, 1, 0,
            1, 0, 1, 0, 0,
            1, 1, 1, 1, 0,
        ];
        let three = [vec![1u8; 15], ring.clone(), vec![1u8; 15]].concat();
        let filled = fill_holes(&mask([5, 3, 3], three));
        assert_eq!(filled.get([1, 1, 1]), Some(1));
        assert_eq!(filled.get([3, 1, 1]), Some(0));
        // The hole of a single ring is open above and below: only a slice by itself closes it.
        let tube = mask([5, 3, 1], ring);
        assert_eq!(fill_holes(&tube).get([1, 1, 0]), Some(0));
        assert_eq!(fill_holes_in_slices(&tube).get([1, 1, 0]), Some(1));
        assert_eq!(fill_holes_in_slices(&tube).get([3, 1, 0]), Some(0));
    }
}
