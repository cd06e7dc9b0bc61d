//! Where an injection happens: an upright box of cells, the tissue of each, and which way is down.

use crate::{SpreadError, Tissue};
use rami_volume::{Grid, Point};

/// A box of cells round the tips.
#[derive(Debug, Clone)]
pub struct Region {
    grid: Grid,
    tissue: Vec<Tissue>,
    gravity: [f64; 3],
}

impl Region {
    /// Cells along x, y, z of the reference box, mm.
    pub const REFERENCE_MM: [f64; 3] = [120.0, 120.0, 200.0];

    /// A region from a tissue per cell of an upright grid, and the direction of gravity (a unit vector in LPS, `+y` for
    /// a person who lies on their back, `-y` for one who lies prone; zero for none).
    ///
    /// # Errors
    /// [`SpreadError::Region`] when the numbers of cells and tissues differ.
    pub fn new(grid: Grid, tissue: Vec<Tissue>, gravity: [f64; 3]) -> Result<Self, SpreadError> {
        if grid.len() != tissue.len() {
            return Err(SpreadError::Region { cells: grid.len(), tissues: tissue.len() });
        }
        Ok(Self { grid, tissue, gravity })
    }

    /// A box of cells of `h` mm whose size is about `size_mm`, round a point, with the tissue that `tissue` tells at
    /// each centre. One cell centre is the point.
    ///
    /// # Errors
    /// [`SpreadError::OutOfRange`] for a cell size that is not from 0.25 to 10 mm.
    pub fn around(
        centre: Point,
        size_mm: [f64; 3],
        h: f64,
        gravity: [f64; 3],
        tissue: impl Fn(&Point) -> Tissue + Sync,
    ) -> Result<Self, SpreadError> {
        use rayon::prelude::*;
        let advice = "cells of 1, 2 or 4 mm are usual; 0.25 to 10 mm can be used";
        crate::error::in_range("the cell size", h, (0.25, 10.0), "mm", advice)?;
        let half = size_mm.map(|s| (s / (2.0 * h)).round().max(1.0));
        let dims = half.map(|n| 2 * n as usize + 1);
        let origin = Point::new(centre.x - half[0] * h, centre.y - half[1] * h, centre.z - half[2] * h);
        let refused = |_| SpreadError::OutOfRange {
            quantity: "the size of the box",
            value: size_mm[0].max(size_mm[1]).max(size_mm[2]),
            unit: "mm",
            advice: "up to 2^31 cells can be used",
        };
        let grid = Grid::upright(dims, [h; 3], origin).map_err(refused)?;
        let cells: Vec<Tissue> = (0..grid.len())
            .into_par_iter()
            .map(|cell| tissue(&grid.to_lps(grid.voxel(cell).map(|c| c as f64))))
            .collect();
        Self::new(grid, cells, gravity)
    }

    /// The cells.
    #[must_use]
    pub fn grid(&self) -> &Grid {
        &self.grid
    }

    /// The tissue of each cell.
    #[must_use]
    pub fn tissue(&self) -> &[Tissue] {
        &self.tissue
    }

    /// Down, in LPS.
    #[must_use]
    pub fn gravity(&self) -> [f64; 3] {
        self.gravity
    }

    /// The centre of a cell.
    #[must_use]
    pub fn centre(&self, cell: usize) -> Point {
        self.grid.to_lps(self.grid.voxel(cell).map(|c| c as f64))
    }

    /// The tissue at a point; nothing outside the box.
    #[must_use]
    pub fn at(&self, point: &Point) -> Option<Tissue> {
        self.grid.voxel_at(point).map(|voxel| self.tissue[self.grid.offset(voxel)])
    }

    /// The cell of a tissue nearest to a point among those within two cells of it.
    pub(crate) fn nearest(&self, point: &Point, wanted: impl Fn(Tissue) -> bool) -> Option<usize> {
        let here = self.grid.voxel_at(point)?;
        let dims = self.grid.dims();
        let range = |axis: usize| here[axis].saturating_sub(2)..=(here[axis] + 2).min(dims[axis] - 1);
        let mut best: Option<(f64, usize)> = None;
        for k in range(2) {
            for j in range(1) {
                for i in range(0) {
                    let cell = self.grid.offset([i, j, k]);
                    let d = (self.centre(cell) - point).norm();
                    if wanted(self.tissue[cell]) && best.is_none_or(|(least, _)| d < least) {
                        best = Some((d, cell));
                    }
                }
            }
        }
        best.map(|(_, cell)| cell)
    }
}
