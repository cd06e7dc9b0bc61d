//! Square axes for volumes whose axes are not at right angles: a CT made with a tilted gantry, or a sheared header.
//!
//! The first axis stays, the second is turned in its plane with the first, and the third becomes their normal. For a
//! tilted gantry the first two are already square, so new slices lie in the old slices' planes and interpolation
//! happens within a slice only. Nothing is cut off: the new box holds the old one.

use crate::resample::{self, Voxel};
use crate::{Affine, Grid, Volume};
use nalgebra::{Matrix3, Vector3};

/// Axes this far from square (0.06°) leave 0.5 mm over half a metre: less than a voxel, and more than rounding makes.
const SQUARE_COSINE: f64 = 1e-3;

/// How values between voxels are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Interpolate {
    Nearest,
    Linear,
}

/// The largest angle by which two axes of the grid miss a right angle, degrees.
pub(crate) fn skew_deg(grid: &Grid) -> f64 {
    let axis = |a: usize| grid.axis(a).normalize();
    let cosine = [(0, 1), (0, 2), (1, 2)].map(|(a, b)| axis(a).dot(&axis(b)).abs());
    cosine.into_iter().fold(0.0, f64::max).min(1.0).asin().to_degrees()
}

/// The volume on square axes and the angle it was off, or nothing when its axes are square already.
pub(crate) fn straightened<T: Voxel>(
    volume: &Volume<T>,
    how: Interpolate,
    outside: T,
) -> Option<(Volume<T>, f64)> {
    let skew = skew_deg(volume.grid());
    if skew.to_radians().sin() <= SQUARE_COSINE {
        return None;
    }
    let grid = square_grid(volume.grid())?;
    let straight = match how {
        Interpolate::Nearest => resample::nearest(volume, &grid, outside),
        Interpolate::Linear => resample::trilinear(volume, &grid, outside),
    };
    Some((straight, skew))
}

fn square_grid(grid: &Grid) -> Option<Grid> {
    let [a, b, c] = [0, 1, 2].map(|axis| grid.axis(axis));
    let u = a.normalize();
    let v = (b - u * u.dot(&b)).normalize();
    let w = u.cross(&v);
    let w = if w.dot(&c) < 0.0 { -w } else { w };
    let spacing = [a.norm(), b.norm(), w.dot(&c)];
    let frame = Matrix3::from_columns(&[u, v, w]);

    let mut low = Vector3::repeat(f64::INFINITY);
    let mut high = Vector3::repeat(f64::NEG_INFINITY);
    let dims = grid.dims();
    for corner in 0..8 {
        let index =
            std::array::from_fn(|axis| if corner >> axis & 1 == 1 { dims[axis] as f64 - 1.0 } else { 0.0 });
        let p = frame.transpose() * grid.to_lps(index).coords;
        low = low.inf(&p);
        high = high.sup(&p);
    }
    let count =
        [0, 1, 2].map(|axis| ((high[axis] - low[axis]) / spacing[axis] - 1e-6).ceil().max(0.0) as usize + 1);
    let mut affine = Affine::identity();
    affine.fixed_view_mut::<3, 3>(0, 0).copy_from(&(frame * Matrix3::from_diagonal(&Vector3::from(spacing))));
    affine.fixed_view_mut::<3, 1>(0, 3).copy_from(&(frame * low));
    Grid::new(count, affine).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Ct, Point};

    #[test]
    fn a_tilted_stack_becomes_square_and_keeps_values_where_they_are() {
        let mut affine = Affine::identity();
        // 10° of gantry tilt: slices shift along y as they go up.
        affine[(1, 2)] = 2.0 * 10f64.to_radians().tan();
        affine[(2, 2)] = 2.0;
        let grid = Grid::new([10, 30, 20], affine).unwrap();
        let data = (0..grid.len())
            .map(|o| {
                let p = grid.to_lps(grid.voxel(o).map(|v| v as f64));
                (10.0 * p.y + 3.0 * p.z).round() as i16
            })
            .collect();
        let tilted = Ct::new(grid, data).unwrap();
        let (straight, skew) = straightened(&tilted, Interpolate::Linear, -1024).unwrap();
        assert!((skew - 10.0).abs() < 1e-9);
        assert_eq!(straight.grid().dims()[2], 20);
        let p = Point::new(4.0, 18.0, 20.0);
        // Two roundings to whole HU.
        assert!((straight.sample(&p, 0.0) - (10.0 * p.y + 3.0 * p.z)).abs() <= 1.0);
        assert!(straightened(&straight, Interpolate::Linear, 0).is_none());
    }
}
