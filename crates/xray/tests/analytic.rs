//! Projectors against shapes whose line integrals are known exactly.
#![allow(clippy::unwrap_used)] // helpers of tests, outside #[test] functions

use rami_volume::{Affine, Ct, Grid, Point, Vector};
use rami_xray::{
    CArmPose, Detector, FastProjector, GeometryError, Projector, SiddonProjector, TrilinearProjector, View,
};

/// A box of water, voxel faces at known places, on a rotated and flipped grid.
fn brick() -> Ct {
    let affine = nalgebra::Rotation3::from_euler_angles(0.2, -0.1, 0.4).to_homogeneous()
        * Affine::new_nonuniform_scaling(&Vector::new(-2.0, 3.0, 4.0));
    Ct::filled(Grid::new([20, 16, 12], affine).unwrap(), 0)
}

/// Where a ray enters and leaves a slab of an index axis, by hand.
fn exact_chord(ct: &Ct, view: &View, row: usize, column: usize, margin: f64) -> f64 {
    let ray = view.ray(row as f64, column as f64);
    let (a, b) = (ct.grid().to_index(&ray.source), ct.grid().to_index(&ray.end));
    let (mut enter, mut leave) = (0.0f64, 1.0f64);
    for axis in 0..3 {
        let high = ct.grid().dims()[axis] as f64 - 1.0 + margin;
        let (t0, t1) = ((-margin - a[axis]) / (b[axis] - a[axis]), (high - a[axis]) / (b[axis] - a[axis]));
        enter = enter.max(t0.min(t1));
        leave = leave.min(t0.max(t1));
    }
    (leave - enter).max(0.0) * ray.length()
}

#[test]
fn siddon_measures_the_chord_of_a_tilted_brick_exactly() {
    let ct = brick();
    let pose = CArmPose { isocentre: ct.grid().centre(), ..CArmPose::new(155.0, 12.0, Point::origin()) };
    let view = View::new(pose, Detector::square(64, 3.0)).unwrap();
    let paths = SiddonProjector::new(&ct).project(&view).unwrap();
    let mut hit = 0;
    for row in 0..64 {
        for column in 0..64 {
            let exact = exact_chord(&ct, &view, row, column, 0.5);
            let got = f64::from(paths.total.get(row, column).unwrap());
            assert!((got - exact).abs() < 1e-4, "({row}, {column}): {got} mm, exact {exact} mm; f32 output");
            hit += usize::from(exact > 1.0);
        }
    }
    assert!(hit > 100, "the brick is in the picture: {hit}");
}

#[test]
fn the_trilinear_reference_falls_off_linearly_over_a_voxel_outside_the_outer_centres() {
    // Straight through the middle along one index axis: n - 1 full steps and two ramps of half weight: n steps.
    let grid = Grid::upright([9, 9, 9], [2.0, 2.0, 2.0], Point::new(-8.0, -8.0, -8.0)).unwrap();
    let ct = Ct::filled(grid, 0);
    let view = View::new(CArmPose::prone_ap(Point::origin()), Detector::square(1, 0.6)).unwrap();
    let paths = TrilinearProjector::new(&ct).project(&view).unwrap();
    assert!((paths.total.get(0, 0).unwrap() - 18.0).abs() < 1e-4);
}

#[test]
fn a_bright_blob_shows_where_its_centre_projects() {
    let grid = Grid::upright([41, 41, 41], [2.0, 2.0, 2.0], Point::new(-40.0, -40.0, -40.0)).unwrap();
    let centre = Point::new(18.3, -15.1, 10.4);
    let mut ct = Ct::filled(grid.clone(), -1000);
    for at in 0..grid.len() {
        let apart = (grid.to_lps(grid.voxel(at).map(|v| v as f64)) - centre).norm();
        ct.data_mut()[at] = (2000.0 * (-apart * apart / 32.0).exp()) as i16 - 1000;
    }
    for (p, s) in [(180.0, 0.0), (155.0, 10.0), (90.0, 0.0), (-150.0, -20.0), (20.0, 70.0)] {
        let view = View::new(CArmPose::new(p, s, Point::origin()), Detector::square(256, 1.0)).unwrap();
        let pixel = view.project(&centre).unwrap();
        let projectors: [&dyn Projector; 3] =
            [&SiddonProjector::new(&ct), &TrilinearProjector::new(&ct), &FastProjector::new(&ct)];
        for projector in projectors {
            let image = projector.project(&view).unwrap().line_integrals();
            let (mut sum, mut row, mut column) = (0.0, 0.0, 0.0);
            for r in 0..256 {
                for c in 0..256 {
                    let v = f64::from(image.get(r, c).unwrap());
                    sum += v;
                    row += v * r as f64;
                    column += v * c as f64;
                }
            }
            let off = (row / sum - pixel.row).hypot(column / sum - pixel.column);
            assert!(
                off < 0.05,
                "centroid {off} pixels off at ({p}, {s}); a smooth blob is sampled to a few hundredths"
            );
        }
    }
}

#[test]
fn a_source_in_the_patient_is_refused() {
    let ct = Ct::filled(Grid::upright([50, 50, 50], [10.0; 3], Point::origin()).unwrap(), 0);
    let near = CArmPose { sod: 100.0, ..CArmPose::prone_ap(ct.grid().centre()) };
    let view = View::new(near, Detector::square(8, 1.0)).unwrap();
    let error = FastProjector::new(&ct).project(&view).unwrap_err();
    assert!(matches!(error, GeometryError::SourceInPatient { .. }), "{error}");
}
