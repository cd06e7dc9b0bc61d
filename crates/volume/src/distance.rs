//! Exact Euclidean distances to a mask, in millimetres.
//!
//! Squared distance separates by axis, so each axis is one pass of lower envelopes of parabolas, linear in the number
//! of voxels. Two measures:
//! - *to centres*: `D(p) = min over q in the mask of |p - q|`, between voxel centres;
//! - *to cells* (the default): to the nearest point of the boxes that the mask's voxels fill,
//!   `D²(p) = min over q of Σ_axis max(|p - q|_axis - s_axis/2, 0)²`. It does not depend on how coarse the grid is
//!   across the surface, and an envelope gives it exactly: per axis, parabolas stand on the faces between voxels
//!   with the smaller of their two neighbours' heights, and a voxel keeps its own height if that is less.
//!
//! [`squared_steps`] gives the first on bare boxes of nodes, followed only so far: what morphology and planning use.
//!
//! Units mm; any spacing; rotated grids are fine, skewed axes are not (the readers make axes square).
//! Source: P. Felzenszwalb and D. Huttenlocher, Theory of Computing 2012;8:415–428.
//! Limits: f32 results, good to about 1e-4 mm within half a metre.

use crate::{Grid, Volume};
use rayon::prelude::*;

/// Distance from each voxel centre to the mask's voxels (their boxes), mm: 0 in the mask, infinite when it is empty.
///
/// `inside` says which values are the mask: `to_mask(&labels, |id| id == 5)`.
#[must_use]
pub fn to_mask<T: Copy + Sync>(volume: &Volume<T>, inside: impl Fn(T) -> bool + Sync) -> Volume<f32> {
    transform(volume, inside, Measure::Cells)
}

/// Distance from each voxel centre to the nearest voxel centre of the mask, mm.
#[must_use]
pub fn to_centres<T: Copy + Sync>(volume: &Volume<T>, inside: impl Fn(T) -> bool + Sync) -> Volume<f32> {
    transform(volume, inside, Measure::Centres)
}

/// Distance from each voxel centre to the mask's surface (the faces of its voxels), mm: negative inside. Infinite
/// outside an empty mask, minus infinite in one that fills the grid: the edge of the grid is no surface.
#[must_use]
pub fn signed<T: Copy + Sync>(volume: &Volume<T>, inside: impl Fn(T) -> bool + Sync) -> Volume<f32> {
    let mut distance = transform(volume, &inside, Measure::Cells);
    let depth = transform(volume, |v| !inside(v), Measure::Cells);
    distance.data_mut().par_iter_mut().zip(depth.data()).for_each(|(d, &depth)| *d -= depth);
    distance
}

/// Squared distance, in steps from node to node, of every node of a box (`i` fastest) to the nearest set one: exact up
/// to `furthest` steps, and only known to be more beyond. What lies further is not followed, which is what makes short
/// reaches quick.
#[must_use]
pub fn squared_steps(set: &[bool], dims: [usize; 3], furthest: f32) -> Vec<f32> {
    squared(set, dims, [1.0; 3], &|set| set, Measure::Centres, furthest * furthest)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Measure {
    Centres,
    Cells,
}

fn transform<T: Copy + Sync>(
    volume: &Volume<T>,
    inside: impl Fn(T) -> bool + Sync,
    measure: Measure,
) -> Volume<f32> {
    let grid: &Grid = volume.grid();
    let mut data = squared(volume.data(), grid.dims(), grid.spacing(), &inside, measure, f32::INFINITY);
    data.par_iter_mut().for_each(|d| *d = d.sqrt());
    Volume::from_grid_and_data(grid.clone(), data)
}

/// Squared distances; those above `most` only come out as more than that.
fn squared<T: Copy + Sync>(
    values: &[T],
    [ni, nj, nk]: [usize; 3],
    spacing: [f64; 3],
    inside: &(impl Fn(T) -> bool + Sync),
    measure: Measure,
    most: f32,
) -> Vec<f32> {
    let mut data = vec![0f32; values.len()];
    data.par_chunks_mut(ni).zip(values.par_chunks(ni)).for_each(|(out, row)| {
        first_axis(out, row, inside, spacing[0], measure);
    });
    if nj > 1 {
        data.par_chunks_mut(ni * nj).for_each(|slab| {
            let mut rows: Vec<&mut [f32]> = slab.chunks_mut(ni).collect();
            pass(&mut rows, spacing[1], measure, most);
        });
    }
    if nk > 1 {
        // Rows of one j for all k, so that threads share nothing.
        let mut sheets: Vec<Vec<&mut [f32]>> = (0..nj).map(|_| Vec::with_capacity(nk)).collect();
        for (row, values) in data.chunks_mut(ni).enumerate() {
            sheets[row % nj].push(values);
        }
        sheets.par_iter_mut().for_each(|rows| pass(rows, spacing[2], measure, most));
    }
    data
}

/// Squared distance along a row: the steps to the nearest voxel of the mask on either side.
fn first_axis<T: Copy>(
    out: &mut [f32],
    row: &[T],
    inside: &impl Fn(T) -> bool,
    spacing: f64,
    measure: Measure,
) {
    let mut steps = f64::INFINITY;
    for (d, &value) in out.iter_mut().zip(row) {
        steps = if inside(value) { 0.0 } else { steps + 1.0 };
        *d = steps as f32;
    }
    steps = f64::INFINITY;
    for d in out.iter_mut().rev() {
        steps = (steps + 1.0).min(f64::from(*d));
        let gap = match measure {
            Measure::Centres => steps,
            Measure::Cells => (steps - 0.5).max(0.0),
        };
        *d = (gap * spacing).powi(2) as f32;
    }
}

/// Columns handled together: a cache line of f32.
const TILE: usize = 16;

/// One axis: `rows[n]` holds the values at step `n` of the axis for many independent columns.
fn pass(rows: &mut [&mut [f32]], spacing: f64, measure: Measure, most: f32) {
    let length = rows.len();
    let columns = rows.first().map_or(0, |row| row.len());
    let mut tile = vec![0f32; TILE * length];
    let mut envelope = Envelope::new(length + 1);
    let mut sites = Vec::with_capacity(length + 1);
    for start in (0..columns).step_by(TILE) {
        let width = TILE.min(columns - start);
        for (n, row) in rows.iter().enumerate() {
            for (t, &value) in row[start..start + width].iter().enumerate() {
                tile[t * length + n] = value;
            }
        }
        for column in tile.chunks_mut(length).take(width) {
            if column.iter().all(|&d| d == 0.0) || column.iter().all(|d| *d > most || d.is_infinite()) {
                continue;
            }
            sites.clear();
            match measure {
                Measure::Centres => {
                    sites.extend_from_slice(column);
                    envelope.lower(&sites, 0.0, spacing, column, false, most);
                }
                Measure::Cells => {
                    // Sites on the faces: before the first voxel, between voxels, after the last.
                    sites.push(column[0]);
                    sites.extend(column.windows(2).map(|pair| pair[0].min(pair[1])));
                    sites.push(column[length - 1]);
                    envelope.lower(&sites, -0.5, spacing, column, true, most);
                }
            }
        }
        for (n, row) in rows.iter_mut().enumerate() {
            for (t, value) in row[start..start + width].iter_mut().enumerate() {
                *value = tile[t * length + n];
            }
        }
    }
}

/// Parabolas of a lower envelope, and where each takes over from the one before.
struct Envelope {
    place: Vec<f64>,
    height: Vec<f64>,
    from: Vec<f64>,
}

impl Envelope {
    fn new(capacity: usize) -> Self {
        Self {
            place: Vec::with_capacity(capacity),
            height: Vec::with_capacity(capacity),
            from: Vec::with_capacity(capacity),
        }
    }

    /// `out[n] = min over m of sites[m] + (x_n - x_m)²` with `x_n = n·s` and `x_m = (m + shift)·s`; with `keep`, no
    /// larger than `out[n]` was. Sites above `most` stand for nothing.
    fn lower(&mut self, sites: &[f32], shift: f64, spacing: f64, out: &mut [f32], keep: bool, most: f32) {
        self.place.clear();
        self.height.clear();
        self.from.clear();
        for (m, &site) in sites.iter().enumerate() {
            if site > most || site.is_infinite() {
                continue;
            }
            let (x, f) = ((m as f64 + shift) * spacing, f64::from(site));
            let mut begin = f64::NEG_INFINITY;
            while let (Some(&px), Some(&pf), Some(&pb)) =
                (self.place.last(), self.height.last(), self.from.last())
            {
                begin = ((f + x * x) - (pf + px * px)) / (2.0 * (x - px));
                if begin > pb {
                    break;
                }
                self.place.pop();
                self.height.pop();
                self.from.pop();
                begin = f64::NEG_INFINITY;
            }
            self.place.push(x);
            self.height.push(f);
            self.from.push(begin);
        }
        if self.place.is_empty() {
            return;
        }
        let mut at = 0;
        for (n, value) in out.iter_mut().enumerate() {
            let x = n as f64 * spacing;
            while at + 1 < self.from.len() && self.from[at + 1] < x {
                at += 1;
            }
            let found = (self.height[at] + (x - self.place[at]).powi(2)) as f32;
            *value = if keep { value.min(found) } else { found };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Point;
    use proptest::prelude::*;

    /// What the definitions say, voxel pair by voxel pair.
    fn brute_force(mask: &Volume<u8>, value: u8, measure: Measure) -> Vec<f64> {
        let grid = mask.grid();
        let spacing = grid.spacing();
        let at = |o: usize| grid.voxel(o);
        (0..grid.len())
            .map(|p| {
                (0..grid.len())
                    .filter(|&q| mask.data()[q] == value)
                    .map(|q| {
                        (0..3)
                            .map(|axis| {
                                let steps = at(p)[axis].abs_diff(at(q)[axis]) as f64;
                                let gap = match measure {
                                    Measure::Centres => steps,
                                    Measure::Cells => (steps - 0.5).max(0.0),
                                };
                                (gap * spacing[axis]).powi(2)
                            })
                            .sum::<f64>()
                    })
                    .fold(f64::INFINITY, f64::min)
                    .sqrt()
            })
            .collect()
    }

    fn agree(found: &Volume<f32>, wanted: &[f64]) {
        for (&a, &b) in found.data().iter().zip(wanted) {
            // Single precision on squares up to a few thousand mm².
            assert!(
                (a.is_infinite() && f64::from(a) == b) || (f64::from(a) - b).abs() < 1e-4,
                "{a} is not {b}"
            );
        }
    }

    proptest! {
        #[test]
        fn distances_are_those_of_brute_force(
            dims in prop::array::uniform3(1usize..8),
            spacing in prop::array::uniform3(0.3f64..5.0),
            seed in prop::collection::vec(0u8..12, 512),
        ) {
            let grid = Grid::upright(dims, spacing, Point::origin()).unwrap();
            let data: Vec<u8> = seed[..grid.len()].iter().map(|&v| u8::from(v == 0)).collect();
            let mask = Volume::new(grid, data).unwrap();
            agree(&to_centres(&mask, |v| v != 0), &brute_force(&mask, 1, Measure::Centres));
            agree(&to_mask(&mask, |v| v != 0), &brute_force(&mask, 1, Measure::Cells));
            let outside = brute_force(&mask, 1, Measure::Cells);
            let inside = brute_force(&mask, 0, Measure::Cells);
            let wanted: Vec<f64> = outside.iter().zip(&inside).map(|(o, i)| o - i).collect();
            agree(&signed(&mask, |v| v != 0), &wanted);
        }
    }

    proptest! {
        #[test]
        fn steps_are_those_of_brute_force_as_far_as_they_are_followed(
            dims in prop::array::uniform3(1usize..8),
            seed in prop::collection::vec(0u8..20, 512),
            furthest in 1u8..9,
        ) {
            let grid = Grid::upright(dims, [1.0; 3], Point::origin()).unwrap();
            let data: Vec<u8> = seed[..grid.len()].iter().map(|&v| u8::from(v == 0)).collect();
            let set: Vec<bool> = data.iter().map(|&v| v != 0).collect();
            let found = squared_steps(&set, dims, f32::from(furthest));
            let wanted = brute_force(&Volume::new(grid, data).unwrap(), 1, Measure::Centres);
            for (&found, &wanted) in found.iter().zip(&wanted) {
                // Squares of whole numbers of steps are exact in single precision; a root and a square again are not.
                if wanted <= f64::from(furthest) {
                    prop_assert!((f64::from(found) - wanted * wanted).abs() < 1e-4, "{found} for {wanted}²");
                } else {
                    prop_assert!(found > f32::from(furthest).powi(2), "{found} for {wanted}²");
                }
            }
        }
    }

    #[test]
    fn the_surface_of_a_box_is_its_faces_whatever_the_spacing() {
        let grid = Grid::upright([21, 3, 3], [0.5, 2.0, 3.0], Point::origin()).unwrap();
        let data = (0..grid.len()).map(|o| u8::from(grid.voxel(o)[0] >= 10)).collect();
        let distance = signed(&Volume::new(grid, data).unwrap(), |v| v != 0);
        for i in 0..21 {
            // The face lies between voxels 9 and 10.
            let wanted = (9.5 - i as f32) * 0.5;
            assert!((distance.get([i, 1, 1]).unwrap() - wanted).abs() < 1e-6);
        }
    }

    #[test]
    fn nothing_is_infinitely_far() {
        let grid = Grid::upright([4, 4, 4], [1.0; 3], Point::origin()).unwrap();
        let mask = Volume::filled(grid, 0u8);
        assert!(to_mask(&mask, |v| v != 0).data().iter().all(|d| *d == f32::INFINITY));
        assert!(signed(&mask, |v| v == 0).data().iter().all(|d| *d == f32::NEG_INFINITY));
    }
}
