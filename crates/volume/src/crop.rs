//! Parts of a volume: boxes of voxels, cropping, padding and pasting.

use crate::{Grid, GridError, Volume};
use rayon::prelude::*;

/// A box of voxels: from `low` up to but not including `high`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VoxelBox {
    /// First voxel.
    pub low: [usize; 3],
    /// One past the last voxel.
    pub high: [usize; 3],
}

impl VoxelBox {
    /// The smallest box around the voxels for which `inside` is true, if there are any.
    #[must_use]
    pub fn around<T: Copy + Sync>(volume: &Volume<T>, inside: impl Fn(T) -> bool + Sync) -> Option<Self> {
        let [ni, nj, _] = volume.grid().dims();
        volume
            .data()
            .par_chunks(ni)
            .enumerate()
            .filter_map(|(row, values)| {
                let first = values.iter().position(|&v| inside(v))?;
                let last = values.iter().rposition(|&v| inside(v))?;
                let (j, k) = (row % nj, row / nj);
                Some(Self { low: [first, j, k], high: [last + 1, j + 1, k + 1] })
            })
            .reduce_with(Self::union)
    }

    /// The smallest box that holds both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            low: std::array::from_fn(|a| self.low[a].min(other.low[a])),
            high: std::array::from_fn(|a| self.high[a].max(other.high[a])),
        }
    }

    /// The box with at least this many millimetres more on every side, as far as the grid goes.
    #[must_use]
    pub fn grown(self, grid: &Grid, margin_mm: f64) -> Self {
        let steps = grid.spacing().map(|s| (margin_mm.max(0.0) / s).ceil() as usize);
        let dims = grid.dims();
        Self {
            low: std::array::from_fn(|a| self.low[a].saturating_sub(steps[a])),
            high: std::array::from_fn(|a| self.high[a].saturating_add(steps[a]).min(dims[a])),
        }
    }

    /// Voxels a side.
    #[must_use]
    pub fn dims(self) -> [usize; 3] {
        std::array::from_fn(|a| self.high[a].saturating_sub(self.low[a]))
    }
}

/// The voxels of a box, where they are in the patient.
///
/// # Errors
/// [`GridError::Dimensions`] when the box is empty or reaches beyond the volume.
pub fn crop<T: Copy + Send + Sync>(volume: &Volume<T>, part: VoxelBox) -> Result<Volume<T>, GridError> {
    let grid = volume.grid();
    let dims = part.dims();
    if (0..3).any(|a| part.high[a] > grid.dims()[a]) {
        return Err(GridError::Dimensions(dims));
    }
    let mut affine = *grid.index_to_lps();
    affine.fixed_view_mut::<3, 1>(0, 3).copy_from(&grid.to_lps(part.low.map(|v| v as f64)).coords);
    let cropped = Grid::new(dims, affine)?;
    let [ni, nj, nk] = dims;
    let mut data = Vec::with_capacity(cropped.len());
    for row in 0..nj * nk {
        let start = grid.offset([part.low[0], part.low[1] + row % nj, part.low[2] + row / nj]);
        data.extend_from_slice(&volume.data()[start..start + ni]);
    }
    Ok(Volume::from_grid_and_data(cropped, data))
}

/// More voxels of one value before and after each axis.
///
/// # Errors
/// [`GridError::Dimensions`] when there would be too many voxels.
pub fn pad<T: Copy + Send + Sync>(
    volume: &Volume<T>,
    before: [usize; 3],
    after: [usize; 3],
    value: T,
) -> Result<Volume<T>, GridError> {
    let grid = volume.grid();
    let dims: [usize; 3] =
        std::array::from_fn(|a| before[a].saturating_add(grid.dims()[a]).saturating_add(after[a]));
    let mut affine = *grid.index_to_lps();
    affine.fixed_view_mut::<3, 1>(0, 3).copy_from(&grid.to_lps(before.map(|v| -(v as f64))).coords);
    let mut padded = Volume::filled(Grid::new(dims, affine)?, value);
    paste(&mut padded, volume, before);
    Ok(padded)
}

/// Copies a volume's values into another from voxel `low` on; what does not fit is left out.
pub fn paste<T: Copy>(into: &mut Volume<T>, from: &Volume<T>, low: [usize; 3]) {
    let target = into.grid().clone();
    let fits: [usize; 3] =
        std::array::from_fn(|a| from.grid().dims()[a].min(target.dims()[a].saturating_sub(low[a])));
    if fits.contains(&0) {
        return;
    }
    for row in 0..fits[1] * fits[2] {
        let (j, k) = (row % fits[1], row / fits[1]);
        let (source, place) =
            (from.grid().offset([0, j, k]), target.offset([low[0], low[1] + j, low[2] + k]));
        into.data_mut()[place..place + fits[0]].copy_from_slice(&from.data()[source..source + fits[0]]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Point;

    #[test]
    fn a_crop_stays_where_it_was_and_padding_undoes_it() {
        let grid = Grid::upright([5, 6, 7], [1.0, 2.0, 3.0], Point::new(9.0, 8.0, 7.0)).unwrap();
        let mut volume = Volume::filled(grid, 0u16);
        let offset = volume.grid().offset([2, 3, 4]);
        volume.data_mut()[offset] = 5;
        let around = VoxelBox::around(&volume, |v| v == 5).unwrap();
        assert_eq!(around, VoxelBox { low: [2, 3, 4], high: [3, 4, 5] });
        let part = crop(&volume, around.grown(volume.grid(), 2.0)).unwrap();
        assert_eq!(part.grid().dims(), [5, 3, 3]);
        assert_eq!(part.at(&Point::new(11.0, 14.0, 19.0)), Some(5));
        let back = pad(&part, [0, 2, 3], [0, 1, 1], 0).unwrap();
        assert!(back.grid().same_as(volume.grid()));
        assert_eq!(back.data(), volume.data());
        assert!(crop(&volume, VoxelBox { low: [0; 3], high: [6, 1, 1] }).is_err());
        assert!(crop(&volume, VoxelBox { low: [3; 3], high: [2; 3] }).is_err());
    }
}
