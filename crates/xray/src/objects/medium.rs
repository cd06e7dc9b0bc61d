//! Contrast medium or gas as a volume on any grid.
//!
//! Rays are sampled where they cross the planes of voxel centres along the axis they run along most, with straight lines
//! between the four nearest centres (Joseph 1982), inside the box that holds anything. A picture is made plane by plane
//! (`shadow`); where that does not fit, and for single rays, rays are walked.

mod shadow;

use crate::View;
use crate::chain::{Layer, Overlay};
use rami_volume::{Grid, Volume};
use rayon::prelude::*;
use std::ops::Range;

/// A cloud of something in the anatomy.
#[derive(Debug, Clone)]
pub struct Medium {
    grid: Grid,
    layer: Layer,
    /// Path in the unit of the layer, per mm and unit of value.
    per_mm: f32,
    /// The voxels that hold anything; nothing when none does.
    filled: Option<Filled>,
}

/// A box of voxels with a rim of nothing one voxel wide, so that interpolation needs no test.
#[derive(Debug, Clone)]
struct Filled {
    /// First voxel of the box, without the rim.
    low: [usize; 3],
    /// Voxels along each axis, with the rim.
    dims: [usize; 3],
    data: Vec<f32>,
}

impl Filled {
    fn of(volume: &Volume<f32>) -> Option<Self> {
        let grid = volume.grid();
        let [ni, nj, _] = grid.dims();
        let mut bounds: Option<([usize; 3], [usize; 3])> = None;
        for (row, values) in volume.data().chunks(ni.max(1)).enumerate() {
            let Some(first) = values.iter().position(|v| *v > 0.0) else { continue };
            let last = values.iter().rposition(|v| *v > 0.0).unwrap_or(first);
            let (j, k) = (row % nj, row / nj);
            let (low, high) = bounds.get_or_insert(([first, j, k], [last, j, k]));
            for (axis, (from, to)) in [(first, last), (j, j), (k, k)].into_iter().enumerate() {
                low[axis] = low[axis].min(from);
                high[axis] = high[axis].max(to);
            }
        }
        let (low, high) = bounds?;
        let dims: [usize; 3] = std::array::from_fn(|axis| high[axis] - low[axis] + 3);
        let mut data = vec![0.0f32; dims[0] * dims[1] * dims[2]];
        for k in low[2]..=high[2] {
            for j in low[1]..=high[1] {
                let from = grid.offset([low[0], j, k]);
                let values = &volume.data()[from..from + dims[0] - 2];
                let at = ((k - low[2] + 1) * dims[1] + j - low[1] + 1) * dims[0] + 1;
                data[at..].iter_mut().zip(values).for_each(|(out, v)| *out = v.max(0.0));
            }
        }
        Some(Self { low, dims, data })
    }

    /// Sum over the planes of voxel centres along the axis that a ray from `a` to `b` (indices of the volume) advances
    /// along most, and how many planes it advances in all.
    fn sum(&self, a: [f64; 3], b: [f64; 3]) -> (f32, f64) {
        let step: [f64; 3] = std::array::from_fn(|k| b[k] - a[k]);
        let axis = (0..3).fold(0, |best, k| if step[k].abs() > step[best].abs() { k } else { best });
        let (u, v) = ((axis + 1) % 3, (axis + 2) % 3);
        let a: [f64; 3] = std::array::from_fn(|k| a[k] - self.low[k] as f64 + 1.0);
        let end = a[axis] + step[axis];
        if step[axis] == 0.0 {
            return (0.0, 1.0);
        }
        let strides = [1, self.dims[0], self.dims[0] * self.dims[1]];
        let (du, dv) = (step[u] / step[axis], step[v] / step[axis]);
        // Rays begin at the source and end at the pixel; planes whose crossing lies in the box on both other axes count.
        let mut first = a[axis].min(end).ceil().max(1.0);
        let mut last = a[axis].max(end).floor().min(self.dims[axis] as f64 - 2.0);
        for (k, d) in [(u, du), (v, dv)] {
            let to = self.dims[k] as f64 - 1.0;
            if d.abs() < 1e-12 {
                if a[k] <= 0.0 || a[k] >= to {
                    return (0.0, 1.0);
                }
                continue;
            }
            let (p, q) = (a[axis] - a[k] / d, a[axis] + (to - a[k]) / d);
            first = first.max(p.min(q).ceil());
            last = last.min(p.max(q).floor());
        }
        let (most_u, most_v) = (self.dims[u] - 2, self.dims[v] - 2);
        let mut sum = 0.0f32;
        let mut plane = first;
        while plane <= last {
            let (x, y) = (a[u] + (plane - a[axis]) * du, a[v] + (plane - a[axis]) * dv);
            let (i, j) = ((x as usize).min(most_u), (y as usize).min(most_v));
            let (fx, fy) = ((x - i as f64) as f32, (y - j as f64) as f32);
            let at = plane as usize * strides[axis] + i * strides[u] + j * strides[v];
            let beside = at + strides[v];
            let lower = self.data[at] + (self.data[at + strides[u]] - self.data[at]) * fx;
            let upper = self.data[beside] + (self.data[beside + strides[u]] - self.data[beside]) * fx;
            sum += lower + (upper - lower) * fy;
            plane += 1.0;
        }
        (sum, step[axis].abs())
    }
}

impl Medium {
    /// Contrast medium, mg of iodine per ml.
    #[must_use]
    pub fn iodine(mg_per_ml: Volume<f32>) -> Self {
        Self::new(&mg_per_ml, Layer::Iodine, 1e-3)
    }

    /// Gas that takes the place of tissue: its share of each voxel, 0 to 1.
    #[must_use]
    pub fn gas(share: Volume<f32>) -> Self {
        Self::new(&share, Layer::Water, -1.0)
    }

    fn new(volume: &Volume<f32>, layer: Layer, per_mm: f32) -> Self {
        Self { grid: volume.grid().clone(), layer, per_mm, filled: Filled::of(volume) }
    }

    /// Whether there is nothing of it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.filled.is_none()
    }

    /// Its path along the ray to a (fractional) pixel, in the unit of its layer.
    #[must_use]
    pub fn path(&self, view: &View, row: f64, column: f64) -> f32 {
        let Some(filled) = &self.filled else { return 0.0 };
        let ray = view.ray(row, column);
        let (sum, planes) = filled.sum(self.grid.to_index(&ray.source), self.grid.to_index(&ray.end));
        sum * self.per_mm * (ray.length() / planes) as f32
    }

    /// Puts it into what moves in the beam.
    pub fn overlay(&self, view: &View, overlay: &mut Overlay) {
        let Some(filled) = &self.filled else { return };
        let (rows, columns) = self.bounds(filled, view);
        if rows.is_empty() || columns.is_empty() {
            return;
        }
        let width = columns.len();
        let mut paths = vec![0.0f32; rows.len() * width];
        let shadow = shadow::Shadow::new(filled, &self.grid, view);
        paths.par_chunks_mut(width).enumerate().with_min_len(8).for_each(|(r, out)| {
            let row = rows.start + r;
            match &shadow {
                Some(shadow) => shadow.read_row(row, columns.start, self.per_mm, out),
                None => {
                    for (c, path) in out.iter_mut().enumerate() {
                        *path = self.path(view, row as f64, (columns.start + c) as f64);
                    }
                }
            }
        });
        for (row, paths) in rows.zip(paths.chunks(width)) {
            overlay.add_run(self.layer, row, columns.start, paths);
        }
    }

    /// Rows and columns of the detector that the shadow of the box lies in.
    fn bounds(&self, filled: &Filled, view: &View) -> (Range<usize>, Range<usize>) {
        let (rows, columns) = (view.detector().rows, view.detector().columns);
        let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
        for corner in 0..8 {
            let index = std::array::from_fn(|k| {
                // The corners of the rim.
                let first = filled.low[k] as f64 - 1.0;
                if corner >> k & 1 == 0 { first } else { first + filled.dims[k] as f64 - 1.0 }
            });
            let Some(pixel) = view.project(&self.grid.to_lps(index)) else {
                return (0..rows, 0..columns);
            };
            for (k, at) in [pixel.row, pixel.column].into_iter().enumerate() {
                low[k] = low[k].min(at);
                high[k] = high[k].max(at);
            }
        }
        let range = |k: usize, n: usize| {
            let end = (high[k].ceil() + 1.0).clamp(0.0, n as f64) as usize;
            low[k].floor().clamp(0.0, n as f64) as usize..end
        };
        (range(0, rows), range(1, columns))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CArmPose, Detector};
    use rami_volume::Point;

    /// A ball of contrast medium with a soft edge, 12 mm of full strength.
    fn ball(spacing: f64) -> Volume<f32> {
        let n = (40.0 / spacing) as usize;
        let origin = -(n as f64 - 1.0) / 2.0 * spacing;
        let grid =
            Grid::upright([n; 3], [spacing; 3], Point::new(origin + 10.0, origin - 4.0, origin)).unwrap();
        let mut volume = Volume::filled(grid.clone(), 0.0f32);
        for at in 0..grid.len() {
            let r = (grid.to_lps(grid.voxel(at).map(|v| v as f64)) - Point::new(10.0, -4.0, 0.0)).norm();
            volume.data_mut()[at] = 200.0 * ((14.0 - r) / 4.0).clamp(0.0, 1.0) as f32;
        }
        volume
    }

    #[test]
    fn the_path_through_a_ball_of_contrast_is_its_chord_times_its_strength() {
        let medium = Medium::iodine(ball(1.0));
        for (p, s) in [(180.0, 0.0), (150.0, 20.0), (90.0, 0.0), (100.0, 60.0)] {
            let view = View::new(CArmPose::new(p, s, Point::origin()), Detector::default()).unwrap();
            let at = view.project(&Point::new(10.0, -4.0, 0.0)).unwrap();
            let path = medium.path(&view, at.row, at.column);
            // 20 mm at 0.2 g/cm³ and two ramps of 4 mm that hold half: 24 mm in all; a voxel of 1 mm blurs the ramp.
            assert!((path / (24.0 * 0.2) - 1.0).abs() < 0.01, "{path} at ({p}, {s})");
        }
    }

    #[test]
    fn every_pixel_gets_what_its_own_ray_would_measure() {
        for (p, s) in [(155.0, 10.0), (180.0, 0.0), (90.0, 0.0), (-134.0, 5.0), (20.0, 70.0)] {
            a_picture_is_its_rays(
                &View::new(CArmPose::new(p, s, Point::origin()), Detector::default()).unwrap(),
            );
        }
    }

    fn a_picture_is_its_rays(view: &View) {
        let medium = Medium::iodine(ball(1.0));
        let mut overlay = Overlay::new(view);
        medium.overlay(view, &mut overlay);
        let (mut squares, mut mass, mut exact_mass) = (0.0f64, 0.0f64, 0.0f64);
        for row in 180..340 {
            for column in 140..360 {
                let exact = f64::from(medium.path(view, row as f64, column as f64));
                let got = f64::from(overlay.path(Layer::Iodine, row, column));
                squares += (got - exact).powi(2);
                mass += got;
                exact_mass += exact;
            }
        }
        let rms = (squares / (160.0 * 220.0)).sqrt();
        // Samples three quarters of a voxel apart: well below a grey level (0.01 mm g/cm³ is about 0.003 in ln).
        assert!(rms < 0.01, "{rms} mm g/cm³");
        assert!(
            (mass / exact_mass - 1.0).abs() < 2e-3,
            "iodine is neither lost nor made: {mass}, {exact_mass}"
        );
    }

    #[test]
    fn gas_takes_water_away_and_nothing_is_nothing() {
        let view = View::new(CArmPose::prone_ap(Point::origin()), Detector::square(64, 2.0)).unwrap();
        let mut overlay = Overlay::new(&view);
        Medium::iodine(ball(2.0).map(|_| 0.0)).overlay(&view, &mut overlay);
        assert!(overlay.is_empty());
        let gas = Medium::gas(ball(2.0).map(|v| v / 200.0));
        gas.overlay(&view, &mut overlay);
        let at = view.project(&Point::new(10.0, -4.0, 0.0)).unwrap();
        let path = overlay.path(Layer::Water, at.row.round() as usize, at.column.round() as usize);
        assert!((path + 24.0).abs() < 1.5, "{path}");
    }
}
