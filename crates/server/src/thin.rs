//! Every n-th voxel of a volume.

use rami_volume::{Affine, Grid, Volume};

/// A coarser grid and which voxels it keeps.
pub(crate) struct Thin {
    grid: Grid,
    offsets: Vec<usize>,
}

impl Thin {
    /// Keeps every `step`-th voxel along each axis.
    pub(crate) fn new(grid: &Grid, step: usize) -> Option<Self> {
        let dims = grid.dims().map(|n| n.div_ceil(step));
        let affine: Affine = grid.index_to_lps() * nalgebra::Matrix4::new_scaling(step as f64);
        let coarse = Grid::new(dims, affine).ok()?;
        let offsets = (0..coarse.len()).map(|o| grid.offset(coarse.voxel(o).map(|v| v * step))).collect();
        Some(Self { grid: coarse, offsets })
    }

    /// The kept voxels.
    pub(crate) fn of<T: Copy>(&self, volume: &Volume<T>) -> Option<Volume<T>> {
        Volume::new(self.grid.clone(), self.offsets.iter().map(|&o| volume.data()[o]).collect())
    }
}
