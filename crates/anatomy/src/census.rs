//! One pass over a label map: how much of each label there is and where.

use rami_volume::Labels;
use rayon::prelude::*;

/// How much of a label there is and the box it fills, in voxel indices.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Extent {
    pub(crate) count: usize,
    pub(crate) low: [usize; 3],
    pub(crate) high: [usize; 3],
}

impl Extent {
    /// Whether the box touches a face of a grid of these dimensions.
    pub(crate) fn touches_border(&self, dims: [usize; 3]) -> bool {
        (0..3).any(|axis| self.low[axis] == 0 || self.high[axis] + 1 == dims[axis])
    }
}

/// Extents of all labels.
#[derive(Debug, Clone)]
pub(crate) struct Census(Vec<Option<Extent>>);

impl Census {
    pub(crate) fn new(labels: &Labels) -> Self {
        let [ni, nj, _] = labels.grid().dims();
        let merge = |mut a: Vec<Option<Extent>>, b: Vec<Option<Extent>>| {
            if a.len() < b.len() {
                a.resize(b.len(), None);
            }
            for (to, from) in a.iter_mut().zip(b) {
                *to = match (*to, from) {
                    (Some(x), Some(y)) => Some(Extent {
                        count: x.count + y.count,
                        low: [0, 1, 2].map(|i| x.low[i].min(y.low[i])),
                        high: [0, 1, 2].map(|i| x.high[i].max(y.high[i])),
                    }),
                    (x, y) => x.or(y),
                };
            }
            a
        };
        let table = labels
            .data()
            .par_chunks(ni * nj)
            .enumerate()
            .map(|(k, slice)| {
                let mut table: Vec<Option<Extent>> = vec![None; 256];
                for (row, line) in slice.chunks(ni).enumerate() {
                    for (i, &id) in line.iter().enumerate() {
                        if id == 0 {
                            continue;
                        }
                        let id = usize::from(id);
                        if id >= table.len() {
                            table.resize(id + 1, None);
                        }
                        let at = [i, row, k];
                        let extent = table[id].get_or_insert(Extent { count: 0, low: at, high: at });
                        extent.count += 1;
                        for axis in 0..3 {
                            extent.low[axis] = extent.low[axis].min(at[axis]);
                            extent.high[axis] = extent.high[axis].max(at[axis]);
                        }
                    }
                }
                table
            })
            .reduce(Vec::new, merge);
        Self(table)
    }

    pub(crate) fn get(&self, id: u16) -> Option<&Extent> {
        self.0.get(usize::from(id)).and_then(Option::as_ref)
    }

    pub(crate) fn count(&self, id: u16) -> usize {
        self.get(id).map_or(0, |extent| extent.count)
    }
}

/// Offsets of the voxels with this label, in the order of the data.
pub(crate) fn voxels_of(labels: &Labels, extent: &Extent, id: u16) -> Vec<u32> {
    let [ni, nj, _] = labels.grid().dims();
    let mut found = Vec::with_capacity(extent.count);
    for k in extent.low[2]..=extent.high[2] {
        for j in extent.low[1]..=extent.high[1] {
            let row = ni * (j + nj * k);
            for i in extent.low[0]..=extent.high[0] {
                if labels.data()[row + i] == id {
                    found.push((row + i) as u32);
                }
            }
        }
    }
    found
}
