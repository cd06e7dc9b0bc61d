//! A volume on another grid: nearest neighbour for labels, trilinear for values.
//!
//! Both take the value of the cell a point is in, so a volume reaches half a voxel around its outer centres (where
//! trilinear repeats the outer value); beyond, the value is `outside`. Trilinear interpolation does not smooth first:
//! a much coarser grid aliases.

use crate::{Affine, Grid, GridError, Volume};
use nalgebra::{Matrix3, Vector3, Vector4};
use rayon::prelude::*;

/// A voxel value that can be interpolated.
pub trait Voxel: Copy + Send + Sync + Into<f64> {
    /// The nearest value of this type.
    fn from_f64(value: f64) -> Self;
}

macro_rules! whole {
    ($($type:ty),*) => {$(impl Voxel for $type {
        // `as` saturates, and turns NaN into 0.
        fn from_f64(value: f64) -> Self { value.round() as Self }
    })*};
}
whole!(u8, i16, u16, i32, u32);

impl Voxel for f32 {
    fn from_f64(value: f64) -> Self {
        value as Self
    }
}

impl Voxel for f64 {
    fn from_f64(value: f64) -> Self {
        value
    }
}

/// The value of the nearest voxel at each voxel centre of `grid`.
#[must_use]
pub fn nearest<T: Copy + Send + Sync>(volume: &Volume<T>, grid: &Grid, outside: T) -> Volume<T> {
    if volume.grid() == grid {
        return volume.clone();
    }
    let dims = volume.grid().dims();
    let data = volume.data();
    onto(volume.grid(), grid, move |index| {
        let mut voxel = [0usize; 3];
        for axis in 0..3 {
            let at = (index[axis] + 0.5).floor();
            if !(at >= 0.0 && at < dims[axis] as f64) {
                return outside;
            }
            voxel[axis] = at as usize;
        }
        data[voxel[0] + dims[0] * (voxel[1] + dims[1] * voxel[2])]
    })
}

/// The value by trilinear interpolation at each voxel centre of `grid`.
#[must_use]
pub fn trilinear<T: Voxel>(volume: &Volume<T>, grid: &Grid, outside: T) -> Volume<T> {
    if volume.grid() == grid {
        return volume.clone();
    }
    let dims = volume.grid().dims();
    let data = volume.data();
    onto(volume.grid(), grid, move |index| {
        let mut low = [0usize; 3];
        let mut step = [0usize; 3];
        let mut fraction = [0.0f64; 3];
        let mut stride = 1;
        for axis in 0..3 {
            let last = dims[axis] as f64 - 1.0;
            if !(index[axis] >= -0.5 && index[axis] < last + 0.5) {
                return outside;
            }
            let at = index[axis].clamp(0.0, last);
            low[axis] = at as usize;
            fraction[axis] = at - low[axis] as f64;
            step[axis] = if low[axis] + 1 < dims[axis] { stride } else { 0 };
            stride *= dims[axis];
        }
        let base = low[0] + dims[0] * (low[1] + dims[1] * low[2]);
        let along = |at: usize| {
            let (a, b): (f64, f64) = (data[at].into(), data[at + step[0]].into());
            a + fraction[0] * (b - a)
        };
        let across = |at: usize| {
            let (a, b) = (along(at), along(at + step[1]));
            a + fraction[1] * (b - a)
        };
        let (a, b) = (across(base), across(base + step[2]));
        T::from_f64(a + fraction[2] * (b - a))
    })
}

/// Calls `value` with the index in `from` of each voxel centre of `to`, rows in parallel.
fn onto<T: Copy + Send + Sync>(
    from: &Grid,
    to: &Grid,
    value: impl Fn(Vector3<f64>) -> T + Sync,
) -> Volume<T> {
    let map: Affine = from.lps_to_index() * to.index_to_lps();
    let [ni, nj, _] = to.dims();
    let step: Vector3<f64> = map.fixed_view::<3, 1>(0, 0).into();
    let mut data: Vec<T> = Vec::with_capacity(to.len());
    data.par_extend((0..to.len() / ni).into_par_iter().flat_map_iter(|row| {
        let start = (map * Vector4::new(0.0, (row % nj) as f64, (row / nj) as f64, 1.0)).xyz();
        let value = &value;
        (0..ni).map(move |i| {
            // Grids that share planes differ by rounding only; snap so that rounding cannot pick a side.
            let snap = |x: f64| if (x - x.round()).abs() < 1e-6 { x.round() } else { x };
            value((start + step * i as f64).map(snap))
        })
    }));
    // One value was made for each voxel of `to`.
    Volume::from_grid_and_data(to.clone(), data)
}

/// The same box of the patient with other spacing: as many whole voxels as cover it, about the same centre.
///
/// # Errors
/// [`GridError`] when the spacing is not above zero or gives too many voxels.
pub fn with_spacing(grid: &Grid, spacing: [f64; 3]) -> Result<Grid, GridError> {
    let old = grid.spacing();
    let dims = grid.dims();
    let mut new = [0usize; 3];
    for axis in 0..3 {
        if !(spacing[axis] > 0.0 && spacing[axis].is_finite()) {
            return Err(GridError::Singular(0.0));
        }
        // A box that already fits is not made larger by rounding.
        new[axis] = ((dims[axis] as f64 * old[axis] / spacing[axis] - 1e-6).ceil() as usize).max(1);
    }
    let axes = Matrix3::from_fn(|row, column| grid.axis(column)[row] / old[column] * spacing[column]);
    let half = Vector3::from_fn(|axis, _| (new[axis] as f64 - 1.0) / 2.0);
    let origin = grid.centre().coords - axes * half;
    let mut affine = Affine::identity();
    affine.fixed_view_mut::<3, 3>(0, 0).copy_from(&axes);
    affine.fixed_view_mut::<3, 1>(0, 3).copy_from(&origin);
    Grid::new(new, affine)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Ct, Point};

    fn ramp(grid: &Grid) -> Volume<f64> {
        let data = (0..grid.len())
            .map(|o| {
                let p = grid.to_lps(grid.voxel(o).map(|v| v as f64));
                0.5 * p.x - 2.0 * p.y + p.z
            })
            .collect();
        Volume::new(grid.clone(), data).unwrap()
    }

    #[test]
    fn trilinear_keeps_a_linear_field_on_a_rotated_grid() {
        let from = Grid::upright([20, 20, 20], [1.0, 1.5, 2.0], Point::new(-10.0, -15.0, -20.0)).unwrap();
        let turn = nalgebra::Rotation3::from_euler_angles(0.2, 0.1, -0.4).to_homogeneous();
        let to = Grid::new([6, 7, 8], turn).unwrap();
        let moved = trilinear(&ramp(&from), &to, f64::NAN);
        for (a, b) in moved.data().iter().zip(ramp(&to).data()) {
            // Rounding only: the field is linear and the grid lies inside.
            assert!((a - b).abs() < 1e-9);
        }
    }

    #[test]
    fn nearest_takes_the_value_of_the_cell_and_outside_beyond_it() {
        let from = Grid::upright([3, 1, 1], [2.0; 3], Point::origin()).unwrap();
        let volume = Volume::new(from, vec![1u16, 2, 3]).unwrap();
        let to = Grid::upright([9, 1, 1], [1.0; 3], Point::new(-2.0, 0.0, 0.0)).unwrap();
        assert_eq!(nearest(&volume, &to, 9).data(), [9, 1, 1, 2, 2, 3, 3, 9, 9]);
    }

    #[test]
    fn values_round_to_the_nearest_and_edges_repeat() {
        let from = Grid::upright([2, 1, 1], [1.0; 3], Point::origin()).unwrap();
        let volume = Ct::new(from, vec![-5, 0]).unwrap();
        let to = Grid::upright([6, 1, 1], [0.3; 3], Point::new(-0.3, 0.0, 0.0)).unwrap();
        assert_eq!(trilinear(&volume, &to, -1024).data(), [-5, -5, -4, -2, -1, 0]);
    }

    #[test]
    fn a_new_spacing_covers_the_same_box() {
        let grid = Grid::upright([122, 101, 112], [3.0; 3], Point::new(1.0, 2.0, 3.0)).unwrap();
        let fine = with_spacing(&grid, [0.75, 0.75, 1.5]).unwrap();
        assert_eq!(fine.dims(), [488, 404, 224]);
        assert!(fine.corners().iter().zip(grid.corners()).all(|(a, b)| (a - b).norm() < 1e-9));
        assert!(with_spacing(&grid, [0.0, 1.0, 1.0]).is_err());
    }
}
