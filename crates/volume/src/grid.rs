//! Where the voxels of a volume are in the patient.

use nalgebra::{Matrix3, Matrix4, Point3, Unit, Vector3};

/// A point of patient space: LPS, millimetres.
pub type Point = Point3<f64>;
/// A displacement in patient space: LPS, millimetres.
pub type Vector = Vector3<f64>;
/// A direction in patient space.
pub type Direction = Unit<Vector3<f64>>;
/// A map between index space and patient space, as a homogeneous matrix.
pub type Affine = Matrix4<f64>;

/// Most voxels a grid may have: 2³¹, eight times a whole-body CT at 0.75 mm.
const MAX_VOXELS: usize = 1 << 31;

/// Why a grid cannot exist.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum GridError {
    /// A dimension is zero, or there are too many voxels.
    #[error(
        "a grid of {0:?} voxels cannot be made: each side needs at least 1 voxel and all of them at most 2^31"
    )]
    Dimensions([usize; 3]),
    /// The affine has a NaN or an infinity.
    #[error("the affine has a value that is not finite; the header that gave it is damaged")]
    NotFinite,
    /// The affine squashes the grid flat.
    #[error(
        "the voxel axes do not span space (determinant {0:e}); a spacing of zero or parallel axes in the header"
    )]
    Singular(f64),
}

/// Size and place of a voxel grid: voxel `[i, j, k]` has its centre at `index_to_lps · (i, j, k)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    dims: [usize; 3],
    index_to_lps: Affine,
    lps_to_index: Affine,
}

impl Grid {
    /// A grid of `dims` voxels under an affine from voxel indices to LPS millimetres.
    ///
    /// # Errors
    /// [`GridError`] when a dimension is zero, the grid is too large, or the affine is not finite or not invertible.
    pub fn new(dims: [usize; 3], index_to_lps: Affine) -> Result<Self, GridError> {
        let voxels = dims.iter().try_fold(1usize, |n, &d| n.checked_mul(d));
        if dims.contains(&0) || voxels.is_none_or(|n| n > MAX_VOXELS) {
            return Err(GridError::Dimensions(dims));
        }
        if index_to_lps.iter().any(|v| !v.is_finite()) {
            return Err(GridError::NotFinite);
        }
        let linear: Matrix3<f64> = index_to_lps.fixed_view::<3, 3>(0, 0).into();
        let volume = linear.determinant();
        let scale: f64 = linear.column_iter().map(|c| c.norm()).product();
        if scale.partial_cmp(&1e-12) != Some(std::cmp::Ordering::Greater) || volume.abs() < 1e-6 * scale {
            return Err(GridError::Singular(volume));
        }
        let lps_to_index = index_to_lps.try_inverse().ok_or(GridError::Singular(volume))?;
        Ok(Self { dims, index_to_lps, lps_to_index })
    }

    /// An upright grid: axes along LPS, `spacing` in mm, first voxel centre at `origin`.
    ///
    /// # Errors
    /// As [`Grid::new`].
    pub fn upright(dims: [usize; 3], spacing: [f64; 3], origin: Point) -> Result<Self, GridError> {
        let mut affine = Affine::identity();
        for axis in 0..3 {
            affine[(axis, axis)] = spacing[axis];
            affine[(axis, 3)] = origin[axis];
        }
        Self::new(dims, affine)
    }

    /// Voxels along `[i, j, k]`.
    #[must_use]
    pub fn dims(&self) -> [usize; 3] {
        self.dims
    }

    /// How many voxels there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.dims.iter().product()
    }

    /// Never true: a grid has at least one voxel.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        false
    }

    /// The affine from voxel indices to LPS millimetres.
    #[must_use]
    pub fn index_to_lps(&self) -> &Affine {
        &self.index_to_lps
    }

    /// The affine from LPS millimetres to (fractional) voxel indices.
    #[must_use]
    pub fn lps_to_index(&self) -> &Affine {
        &self.lps_to_index
    }

    /// Distance between neighbouring voxel centres along `[i, j, k]`, mm.
    #[must_use]
    pub fn spacing(&self) -> [f64; 3] {
        [0, 1, 2].map(|axis| self.axis(axis).norm())
    }

    /// The step from one voxel to the next along an index axis, mm in LPS.
    #[must_use]
    pub fn axis(&self, axis: usize) -> Vector {
        self.index_to_lps.fixed_view::<3, 1>(0, axis).into()
    }

    /// Where the centre of a voxel is. Fractional and outside indices are fine.
    #[must_use]
    pub fn to_lps(&self, index: [f64; 3]) -> Point {
        self.index_to_lps.transform_point(&Point::from(index))
    }

    /// The (fractional) index of a point; it may lie outside the grid.
    #[must_use]
    pub fn to_index(&self, point: &Point) -> [f64; 3] {
        let p = self.lps_to_index.transform_point(point);
        [p.x, p.y, p.z]
    }

    /// The voxel whose cell holds a point, if the point is in the grid (a cell reaches half a voxel around its centre).
    #[must_use]
    pub fn voxel_at(&self, point: &Point) -> Option<[usize; 3]> {
        let index = self.to_index(point);
        let mut voxel = [0; 3];
        for axis in 0..3 {
            let nearest = index[axis].round();
            if !(nearest >= 0.0 && nearest < self.dims[axis] as f64) {
                return None;
            }
            voxel[axis] = nearest as usize;
        }
        Some(voxel)
    }

    /// Place of a voxel in the data: `i` fastest.
    #[must_use]
    pub fn offset(&self, [i, j, k]: [usize; 3]) -> usize {
        i + self.dims[0] * (j + self.dims[1] * k)
    }

    /// The voxel at a place in the data.
    #[must_use]
    pub fn voxel(&self, offset: usize) -> [usize; 3] {
        let [ni, nj, _] = self.dims;
        [offset % ni, offset / ni % nj, offset / (ni * nj)]
    }

    /// Volume of one voxel, mm³.
    #[must_use]
    pub fn voxel_volume(&self) -> f64 {
        let linear: Matrix3<f64> = self.index_to_lps.fixed_view::<3, 3>(0, 0).into();
        linear.determinant().abs()
    }

    /// The middle of the grid.
    #[must_use]
    pub fn centre(&self) -> Point {
        self.to_lps(self.dims.map(|d| (d as f64 - 1.0) / 2.0))
    }

    /// The eight corners of the box the voxels fill, half a voxel outside the outer centres.
    #[must_use]
    pub fn corners(&self) -> [Point; 8] {
        std::array::from_fn(|c| {
            self.to_lps(std::array::from_fn(|axis| {
                if c >> axis & 1 == 0 { -0.5 } else { self.dims[axis] as f64 - 0.5 }
            }))
        })
    }

    /// Whether two grids have the same voxels in the same places, to a thousandth of a millimetre.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> bool {
        self.dims == other.dims
            && self.corners().iter().zip(other.corners()).all(|(a, b)| (a - b).norm() < 1e-3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_point_goes_to_an_index_and_back() {
        let rotation = nalgebra::Rotation3::from_euler_angles(0.1, -0.2, 0.3).to_homogeneous();
        let scale = Affine::new_nonuniform_scaling(&Vector::new(0.8, -0.9, 3.0));
        let grid = Grid::new([4, 5, 6], rotation * scale).unwrap();
        let p = Point::new(1.0, -2.0, 7.0);
        assert!((grid.to_lps(grid.to_index(&p)) - p).norm() < 1e-12);
        assert!(grid.spacing().iter().zip([0.8, 0.9, 3.0]).all(|(a, b)| (a - b).abs() < 1e-12));
        assert!((grid.voxel_volume() - 0.8 * 0.9 * 3.0).abs() < 1e-12);
    }

    #[test]
    fn a_damaged_header_makes_no_grid() {
        let affine = Affine::identity();
        assert_eq!(Grid::new([0, 1, 1], affine), Err(GridError::Dimensions([0, 1, 1])));
        assert!(Grid::new([usize::MAX, 2, 2], affine).is_err());
        assert_eq!(Grid::new([1, 1, 1], affine * f64::NAN), Err(GridError::NotFinite));
        assert!(matches!(
            Grid::upright([2, 2, 2], [1.0, 0.0, 1.0], Point::origin()),
            Err(GridError::Singular(_))
        ));
    }

    proptest! {
        #[test]
        fn an_offset_names_one_voxel(dims in prop::array::uniform3(1usize..9), at in 0usize..1000) {
            let grid = Grid::new(dims, Affine::identity()).unwrap();
            let offset = at % grid.len();
            prop_assert_eq!(grid.offset(grid.voxel(offset)), offset);
        }
    }
}
