//! A value at every voxel of a grid.

use crate::{Grid, Point, Vector};
use rayon::prelude::*;

/// Hounsfield units of air, and what lies outside every CT.
pub const AIR_HU: i16 = -1024;

/// A CT in Hounsfield units.
pub type Ct = Volume<i16>;
/// A map of label numbers.
pub type Labels = Volume<u16>;

/// A value at each voxel of a grid, `i` fastest.
#[derive(Debug, Clone, PartialEq)]
pub struct Volume<T> {
    grid: Grid,
    data: Vec<T>,
}

impl<T> Volume<T> {
    /// A volume of these values, or nothing when there is not exactly one value a voxel.
    #[must_use]
    pub fn new(grid: Grid, data: Vec<T>) -> Option<Self> {
        (data.len() == grid.len()).then_some(Self { grid, data })
    }

    /// For makers in this room that made one value for each voxel of the grid.
    pub(crate) fn from_grid_and_data(grid: Grid, data: Vec<T>) -> Self {
        debug_assert_eq!(data.len(), grid.len());
        Self { grid, data }
    }

    /// Where the voxels are.
    #[must_use]
    pub fn grid(&self) -> &Grid {
        &self.grid
    }

    /// The values, `i` fastest, then `j`, then `k`.
    #[must_use]
    pub fn data(&self) -> &[T] {
        &self.data
    }

    /// The values, to change in place.
    pub fn data_mut(&mut self) -> &mut [T] {
        &mut self.data
    }

    /// Grid and values apart.
    #[must_use]
    pub fn into_parts(self) -> (Grid, Vec<T>) {
        (self.grid, self.data)
    }
}

impl<T: Copy> Volume<T> {
    /// The same value at every voxel.
    #[must_use]
    pub fn filled(grid: Grid, value: T) -> Self {
        let data = vec![value; grid.len()];
        Self { grid, data }
    }

    /// The value of a voxel, if it is in the grid.
    #[must_use]
    pub fn get(&self, voxel: [usize; 3]) -> Option<T> {
        let dims = self.grid.dims();
        (0..3).all(|axis| voxel[axis] < dims[axis]).then(|| self.data[self.grid.offset(voxel)])
    }

    /// The value of the voxel whose cell holds a point, if there is one.
    #[must_use]
    pub fn at(&self, point: &Point) -> Option<T> {
        self.grid.voxel_at(point).map(|voxel| self.data[self.grid.offset(voxel)])
    }

    /// A value for each voxel's value.
    #[must_use]
    pub fn map<U: Send>(&self, f: impl Fn(T) -> U + Sync) -> Volume<U>
    where
        T: Sync,
    {
        Volume { grid: self.grid.clone(), data: self.data.par_iter().map(|&v| f(v)).collect() }
    }

    /// The same voxels with the axes permuted and flipped so that `i` runs most nearly to the patient's left, `j`
    /// posterior and `k` cranial. Nothing is interpolated; patient space does not change.
    #[must_use]
    pub fn canonical(self) -> Self
    where
        T: Send + Sync,
    {
        let Some((source, flip)) = canonical_axes(&self.grid) else { return self };
        if source == [0, 1, 2] && flip == [false; 3] {
            return self;
        }
        let old = self.grid.dims();
        let dims = source.map(|axis| old[axis]);
        let old_stride = [1isize, old[0] as isize, (old[0] * old[1]) as isize];
        let mut affine = *self.grid.index_to_lps();
        let mut start = 0isize;
        let mut stride = [0isize; 3];
        for axis in 0..3 {
            let step: Vector = self.grid.axis(source[axis]);
            let (sign, first) = if flip[axis] { (-1.0, old[source[axis]] - 1) } else { (1.0, 0) };
            affine.fixed_view_mut::<3, 1>(0, axis).copy_from(&(step * sign));
            stride[axis] = old_stride[source[axis]] * sign as isize;
            start += old_stride[source[axis]] * first as isize;
        }
        let first: [f64; 3] = {
            let mut index = [0.0; 3];
            for axis in 0..3 {
                if flip[axis] {
                    index[source[axis]] = old[source[axis]] as f64 - 1.0;
                }
            }
            index
        };
        let origin = self.grid.to_lps(first);
        affine.fixed_view_mut::<3, 1>(0, 3).copy_from(&origin.coords);
        let Ok(grid) = Grid::new(dims, affine) else { return self };
        let mut data = Vec::with_capacity(grid.len());
        data.par_extend((0..dims[1] * dims[2]).into_par_iter().flat_map_iter(|row| {
            let (j, k) = ((row % dims[1]) as isize, (row / dims[1]) as isize);
            let base = start + j * stride[1] + k * stride[2];
            let values = &self.data;
            (0..dims[0] as isize).map(move |i| values[(base + i * stride[0]) as usize])
        }));
        Self { grid, data }
    }
}

/// For each canonical axis the index axis nearest to it, and whether it runs the other way; of the six ways to match
/// axes the one with the largest sum of cosines, so that an oblique scan never uses an axis twice.
fn canonical_axes(grid: &Grid) -> Option<([usize; 3], [bool; 3])> {
    let cosine = |source: usize, axis: usize| grid.axis(source).normalize()[axis];
    let permutations = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    let source = permutations.into_iter().max_by(|a, b| {
        let total = |p: &[usize; 3]| (0..3).map(|axis| cosine(p[axis], axis).abs()).sum::<f64>();
        total(a).total_cmp(&total(b))
    })?;
    Some((source, [0, 1, 2].map(|axis| cosine(source[axis], axis) < 0.0)))
}

impl<T: Copy + Into<f64>> Volume<T> {
    /// The value at a point by trilinear interpolation; outside the outer voxel centres each missing neighbour counts
    /// as `outside`.
    #[must_use]
    pub fn sample(&self, point: &Point, outside: f64) -> f64 {
        let index = self.grid.to_index(point);
        let dims = self.grid.dims();
        let base = index.map(f64::floor);
        let mut sum = 0.0;
        for corner in 0..8 {
            let mut weight = 1.0;
            let mut voxel = [0usize; 3];
            let mut inside = true;
            for axis in 0..3 {
                let fraction = index[axis] - base[axis];
                let bit = (corner >> axis & 1) as f64;
                weight *= if bit == 1.0 { fraction } else { 1.0 - fraction };
                let at = base[axis] + bit;
                inside &= at >= 0.0 && at < dims[axis] as f64;
                voxel[axis] = if inside { at as usize } else { 0 };
            }
            if weight > 0.0 {
                sum += weight * if inside { self.data[self.grid.offset(voxel)].into() } else { outside };
            }
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Affine;

    /// A volume whose value at each voxel is a linear function of where it is.
    fn ramp(grid: Grid) -> Volume<f64> {
        let data = (0..grid.len())
            .map(|o| {
                let p = grid.to_lps(grid.voxel(o).map(|v| v as f64));
                2.0 * p.x - 3.0 * p.y + 0.5 * p.z
            })
            .collect();
        Volume::new(grid, data).unwrap()
    }

    #[test]
    fn trilinear_interpolation_is_exact_on_a_linear_field() {
        let volume = ramp(Grid::upright([5, 6, 7], [1.0, 2.0, 0.5], Point::new(-1.0, 3.0, 2.0)).unwrap());
        let p = Point::new(1.3, 6.1, 4.2);
        assert!((volume.sample(&p, 0.0) - (2.0 * p.x - 3.0 * p.y + 0.5 * p.z)).abs() < 1e-12);
    }

    #[test]
    fn canonical_axes_keep_every_value_where_it_is_in_the_patient() {
        for (source, flip) in [([2, 0, 1], [true, false, true]), ([1, 0, 2], [false, true, false])] {
            let mut affine = Affine::zeros();
            affine[(3, 3)] = 1.0;
            for axis in 0..3 {
                affine[(axis, source[axis])] = if flip[axis] { -1.5 } else { 0.75 };
            }
            let volume = ramp(Grid::new([3, 4, 5], affine).unwrap());
            let canonical = volume.clone().canonical();
            assert!((0..3).all(|a| canonical.grid().axis(a)[a] > 0.0));
            for offset in 0..volume.grid().len() {
                let p = volume.grid().to_lps(volume.grid().voxel(offset).map(|v| v as f64));
                assert_eq!(canonical.at(&p), Some(volume.data()[offset]));
            }
        }
    }

    #[test]
    fn outside_the_grid_there_is_nothing() {
        let volume = Volume::filled(Grid::new([2, 2, 2], Affine::identity()).unwrap(), 7i16);
        assert_eq!(volume.at(&Point::new(-0.6, 0.0, 0.0)), None);
        assert_eq!(volume.at(&Point::new(-0.4, 0.0, 0.0)), Some(7));
        assert_eq!(volume.sample(&Point::new(-5.0, 0.0, 0.0), -1024.0), -1024.0);
    }
}
