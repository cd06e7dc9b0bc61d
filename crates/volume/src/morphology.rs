//! Growing and shrinking masks by millimetres: balls in patient space, whatever the spacing.
//!
//! A voxel is in the ball about another when their centres are within the radius. What is beyond the grid is
//! neither in the mask nor out of it: growing does not come in from there and shrinking does not start there.

use crate::crop::{VoxelBox, crop, paste};
use crate::{Volume, distance};
use rayon::prelude::*;

/// Slack for radii that are a whole number of voxels, mm: rounding must not decide.
const SLACK: f32 = 1e-4;

/// Every voxel within `radius_mm` of the mask.
#[must_use]
pub fn dilate(mask: &Volume<u8>, radius_mm: f64) -> Volume<u8> {
    near(mask, radius_mm, |v| v != 0, |distance, radius| u8::from(distance <= radius))
}

/// The voxels of the mask that are further than `radius_mm` from all others.
#[must_use]
pub fn erode(mask: &Volume<u8>, radius_mm: f64) -> Volume<u8> {
    let distance = distance::to_centres(mask, |v| v == 0);
    let radius = radius_mm as f32 + SLACK;
    distance.map(|d| u8::from(d > radius))
}

/// The mask without what a ball of `radius_mm` does not fit in: removes spurs and thin bridges.
#[must_use]
pub fn open(mask: &Volume<u8>, radius_mm: f64) -> Volume<u8> {
    dilate(&erode(mask, radius_mm), radius_mm)
}

/// The mask and what a ball of `radius_mm` outside it does not reach: closes cracks and narrow bays.
#[must_use]
pub fn close(mask: &Volume<u8>, radius_mm: f64) -> Volume<u8> {
    erode(&dilate(mask, radius_mm), radius_mm)
}

/// Works in the box that the ball can reach and leaves the rest 0: a small structure in a large CT costs little.
fn near(
    mask: &Volume<u8>,
    radius_mm: f64,
    inside: impl Fn(u8) -> bool + Sync,
    value: impl Fn(f32, f32) -> u8 + Sync,
) -> Volume<u8> {
    let mut result = Volume::filled(mask.grid().clone(), 0u8);
    let part = VoxelBox::around(mask, &inside).map(|b| b.grown(mask.grid(), radius_mm));
    if let Some(part) = part
        && let Ok(small) = crop(mask, part)
    {
        let distance = distance::to_centres(&small, inside);
        let mut near = Volume::filled(small.grid().clone(), 0u8);
        near.data_mut()
            .par_iter_mut()
            .zip(distance.data())
            .for_each(|(v, &d)| *v = value(d, radius_mm as f32 + SLACK));
        paste(&mut result, &near, part.low);
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Grid, Point};

    fn ball(radius: f64) -> Volume<u8> {
        let grid = Grid::upright([41, 41, 21], [1.0, 1.0, 2.0], Point::new(-20.0, -20.0, -20.0)).unwrap();
        let data = (0..grid.len())
            .map(|o| u8::from(grid.to_lps(grid.voxel(o).map(|v| v as f64)).coords.norm() <= radius))
            .collect();
        Volume::new(grid, data).unwrap()
    }

    #[test]
    fn a_voxel_grows_to_the_ball_of_the_radius() {
        assert_eq!(dilate(&ball(0.5), 8.0), ball(8.0));
        assert_eq!(dilate(&ball(-1.0), 8.0), ball(-1.0), "nothing grows to nothing");
    }

    #[test]
    fn opening_shrinks_and_closing_grows_and_twice_is_once() {
        let mut mask = ball(9.0);
        let spur = mask.grid().offset([36, 20, 10]);
        let pit = mask.grid().offset([20, 20, 10]);
        mask.data_mut()[spur] = 1;
        mask.data_mut()[pit] = 0;
        let opened = open(&mask, 2.0);
        assert_eq!(opened.data()[spur], 0);
        assert!(opened.data().iter().zip(mask.data()).all(|(o, m)| o <= m));
        assert_eq!(open(&opened, 2.0), opened);
        let closed = close(&mask, 2.0);
        assert_eq!(closed.data()[pit], 1);
        assert!(closed.data().iter().zip(mask.data()).all(|(c, m)| c >= m));
        assert_eq!(close(&closed, 2.0), closed);
    }
}
