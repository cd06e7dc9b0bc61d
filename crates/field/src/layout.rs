//! How a level's cells lie in memory: by colour, so that a sweep over one colour reads and writes whole vectors.
//!
//! Cells are coloured like a chessboard, by the parity of i + j + k: a cell's six neighbours have the other colour. Each
//! colour is one array of rows along i, and cell i lies at i / 2 in its row, whichever its colour. So the cells of a block
//! of 2 × 2 × 2 have one place in their rows, which is the block's number along i: what a block sums or shares is a sum or
//! a copy of whole rows.
//!
//! Rows are padded to whole vectors, and a plane of nothing lies below and above, so that no sweep needs a branch: what is
//! read beyond an edge is multiplied by a coefficient of nought.

/// Values that are worked on together. A multiple of what any processor's register holds.
pub(crate) const LANES: usize = 16;

/// Values that are worked on together.
pub(crate) type Lanes = [f32; LANES];

/// Where the cells of a grid lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Layout {
    /// Cells along i, j, k.
    pub(crate) dims: [usize; 3],
    /// Length of a row of one colour.
    pub(crate) width: usize,
    /// Length of a plane of one colour.
    pub(crate) plane: usize,
    /// Length of one colour's array.
    pub(crate) len: usize,
}

impl Layout {
    pub(crate) fn new(dims: [usize; 3]) -> Self {
        // At least one place of nothing ends a row: it is the neighbour of the next row's first cell.
        let width = (dims[0] / 2 + 1).next_multiple_of(LANES);
        let plane = width * dims[1];
        Self { dims, width, plane, len: plane * (dims[2] + 2) }
    }

    /// The grid of blocks of 2 × 2 × 2 cells.
    pub(crate) fn coarser(&self) -> Self {
        Self::new(self.dims.map(|n| n.div_ceil(2)))
    }

    /// How many cells there are.
    pub(crate) fn cells(&self) -> usize {
        self.dims.iter().product()
    }

    /// Where a row begins in its colour's array.
    #[inline(always)]
    pub(crate) fn row(&self, j: usize, k: usize) -> usize {
        (k + 1) * self.plane + j * self.width
    }

    /// Where a cell lies when one colour's array follows the other's.
    #[inline(always)]
    pub(crate) fn slot(&self, [i, j, k]: [usize; 3]) -> usize {
        ((i + j + k) & 1) * self.len + self.row(j, k) + i / 2
    }

    /// The cell at a slot.
    pub(crate) fn cell(&self, slot: usize) -> [usize; 3] {
        let (colour, at) = (slot / self.len, slot % self.len);
        let (k, j) = (at / self.plane - 1, at % self.plane / self.width);
        [2 * (at % self.width) + first(colour, j, k), j, k]
    }
}

/// The i of a colour's first cell in a row: 0 or 1.
#[inline(always)]
pub(crate) fn first(colour: usize, j: usize, k: usize) -> usize {
    (colour + j + k) & 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cell_has_its_own_slot_and_blocks_share_a_place_in_their_rows() {
        for dims in [[1, 1, 1], [5, 4, 3], [32, 3, 2], [33, 2, 2], [34, 3, 1]] {
            let layout = Layout::new(dims);
            let mut seen = std::collections::BTreeSet::new();
            for k in 0..dims[2] {
                for j in 0..dims[1] {
                    for i in 0..dims[0] {
                        let slot = layout.slot([i, j, k]);
                        assert!(seen.insert(slot) && slot < 2 * layout.len);
                        assert_eq!(layout.cell(slot), [i, j, k]);
                        assert_eq!(slot % layout.width, i / 2);
                    }
                }
            }
            assert_eq!(seen.len(), layout.cells());
        }
    }
}
