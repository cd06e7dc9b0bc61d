//! The field against closed forms and against an independent solver.

#![allow(clippy::unwrap_used)] // a test that cannot be set up has failed

use rami_field::{Axis, Boundary, Problem, Solver, Stop};
use std::f64::consts::PI;

const OPEN: [[Boundary; 2]; 3] = [[Boundary::Open; 2]; 3];

fn tight() -> Stop {
    Stop { relative_residual: 1e-12, iterations: 400 }
}

/// The deterministic field of the Darcy yardstick: heterogeneous, contrast 1e4. `small` is 50×50×60 cells of 4 mm.
/// Its fastest axis is z, so our axes are (z, y, x).
fn yardstick(shape: [usize; 3], h: i64) -> (Problem, Vec<f64>, u64) {
    let [nx, ny, nz] = shape;
    let mobility: Vec<f64> = (0..nx * ny * nz)
        .map(|n| {
            let (i, j) = ((n / (ny * nz)) as i64, (n / nz % ny) as i64);
            let (x, y) = ((2 * i + 1) * h / 2, (2 * j + 1) * h / 2);
            let mut base = 1.0;
            if (x - 100).pow(2) + (y - 70).pow(2) < 484 {
                base = 1.0 / 10000.0;
            }
            if (x - 145).abs() < 20 && (y - 70).abs() < 25 {
                base = 1.0 / 100.0;
            }
            if (x - 124).abs() < 4 && (y - 70).abs() < 25 {
                base = 1.0 / 10000.0;
            }
            let mut z = (n as u64).wrapping_add(0x9E37_79B9_7F4A_7C15);
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            z ^= z >> 31;
            let u = (z >> 11) as f64 * 2f64.powi(-53);
            base * (0.25 + 1.5 * u)
        })
        .collect();
    let xor = mobility.iter().fold(0, |xor, m| xor ^ m.to_bits());
    let problem = Problem::new([nz, ny, nx], [1.0; 3], |n| [mobility[n]; 3], OPEN).unwrap();
    let mut source = vec![0.0; mobility.len()];
    source[((116 / h as usize) * ny + 92 / h as usize) * nz + nz / 2] = 1.0;
    (problem, source, xor)
}

#[test]
fn pressures_of_the_yardstick_case_agree_with_an_independent_solver() {
    let (problem, source, xor) = yardstick([50, 50, 60], 4);
    assert_eq!(xor, 0x003c_15b8_3d43_4997, "the mobility field was not rebuilt bit for bit");
    let solution = Solver::new(&problem).unwrap().solve(&problem, &source, None, tight()).unwrap();
    let at = |mx: usize, my: usize, mz: usize| solution.values[((mx / 4) * 50 + my / 4) * 60 + mz / 4];
    let largest = solution.values.iter().copied().fold(0.0, f64::max);
    // scipy and pyamg, printed with ten digits.
    for (place, expected) in [
        ((116, 92, 120), 0.336_532_034),
        ((100, 100, 120), 3.462_574_495e-2),
        ((100, 70, 120), 1.939_322_961e-2),
        ((145, 70, 120), 4.579_131_343e-3),
        ((116, 92, 60), 6.687_058_383e-3),
        ((160, 120, 120), 5.219_404_691e-3),
        ((60, 140, 200), 1.129_714_149e-3),
    ] {
        let found = at(place.0, place.1, place.2);
        assert!((found - expected).abs() < 1e-7 * largest, "at {place:?}: {found} against {expected}");
    }
}

#[test]
fn the_yardstick_case_converges_in_few_iterations_despite_its_contrast() {
    let (problem, source, _) = yardstick([50, 50, 60], 4);
    let solution = Solver::new(&problem).unwrap().solve(&problem, &source, None, Stop::default()).unwrap();
    // Jacobi-preconditioned gradients need 225; a multigrid that loses the contrast needs above 60.
    assert!(solution.iterations <= 30, "{} iterations", solution.iterations);
}

#[test]
fn two_layers_in_series_drop_pressure_in_proportion_to_their_resistance() {
    // A column of 20 cells: κ = 1 below, 0.01 above, all flow out at the top.
    let sides = [[Boundary::Closed; 2], [Boundary::Closed; 2], [Boundary::Closed, Boundary::Open]];
    let problem =
        Problem::new([1, 1, 20], [2.0; 3], |c| [if c < 10 { 1.0 } else { 0.01 }; 3], sides).unwrap();
    let mut source = vec![0.0; 20];
    source[0] = 3.0;
    let u = Solver::new(&problem).unwrap().solve(&problem, &source, None, tight()).unwrap().values;
    // Flux 3 through area 4: gradient 0.75/κ. Exact for two-point fluxes.
    let exact = |cell: usize| {
        let z = 2.0 * cell as f64 + 1.0;
        if z < 20.0 { 0.75 * (20.0 - z) + 75.0 * 20.0 } else { 75.0 * (40.0 - z) }
    };
    for (cell, u) in u.iter().enumerate() {
        assert!((u - exact(cell)).abs() < 1e-7 * exact(0), "cell {cell}: {u} against {}", exact(cell));
    }
}

#[test]
fn a_barrier_drops_pressure_by_flux_times_resistance() {
    let sides = [[Boundary::Closed; 2], [Boundary::Closed; 2], [Boundary::Closed, Boundary::Open]];
    let mut problem = Problem::new([1, 1, 10], [1.0; 3], |_| [1.0; 3], sides).unwrap();
    problem.add_barrier(4, Axis::K, 250.0).unwrap();
    let mut source = vec![0.0; 10];
    source[0] = 2.0;
    let u = Solver::new(&problem).unwrap().solve(&problem, &source, None, tight()).unwrap().values;
    assert!((u[4] - u[5] - 2.0 * (1.0 + 250.0)).abs() < 1e-6);
    assert!((problem.flux(&u, 4, Axis::K) - 2.0).abs() < 1e-8);
}

/// Largest relative error of a point source in a box of `n` cells a side whose outer pressure is the exact one minus
/// that of the corner region: compared as differences between two radii, where the box's boundary cancels.
fn point_source_error(n: usize, kappa: [f64; 3]) -> f64 {
    // Cells as long along each axis as √κ, so that the box is a cube in the metric of the flow.
    let h = kappa.map(|k| k.sqrt() * 61.0 / n as f64);
    let problem = Problem::new([n; 3], h, |_| kappa, OPEN).unwrap();
    let middle = n / 2;
    let mut source = vec![0.0; n * n * n];
    source[(middle * n + middle) * n + middle] = 1.0;
    let u = Solver::new(&problem).unwrap().solve(&problem, &source, None, tight()).unwrap().values;
    // Exact in infinite space: 1/(4π sqrt(κyκz x² + κxκz y² + κxκy z²)); differences of nearby radii cancel most of
    // the box's influence, which is smooth and small near its middle.
    let exact = |d: [f64; 3]| {
        let [kx, ky, kz] = kappa;
        1.0 / (4.0 * PI * (ky * kz * d[0] * d[0] + kx * kz * d[1] * d[1] + kx * ky * d[2] * d[2]).sqrt())
    };
    let value = |d: [i64; 3]| {
        let at = |c: i64| (middle as i64 + c) as usize;
        u[(at(d[2]) * n + at(d[1])) * n + at(d[0])]
    };
    let scale = (5 * n / 61) as i64;
    [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
        .into_iter()
        .map(|axis| {
            let place = |r: i64| axis.map(|a| a * r);
            let mm = |r: i64| [0, 1, 2].map(|a| place(r)[a] as f64 * h[a]);
            let found = value(place(scale)) - value(place(2 * scale));
            let wanted = exact(mm(scale)) - exact(mm(2 * scale));
            (found / wanted - 1.0).abs()
        })
        .fold(0.0, f64::max)
}

#[test]
fn a_point_source_spreads_as_one_over_r_also_where_the_tissue_is_anisotropic() {
    // On an axis the seven-point stencil's 1/r is too large by 1/(4 r²), r in cells: 1.75 % of the difference between
    // five and ten cells. The box around adds up to 0.5 %.
    for (kappa, tolerance) in [([1.0; 3], 0.0225), ([1.0, 1.0, 4.0], 0.0225)] {
        let error = point_source_error(61, kappa);
        assert!(error < tolerance, "κ {kappa:?}: relative error {error}");
    }
}

/// Root-mean-square error for u = sin(πx) sin(πy) sin(πz) with κ = 1 + x/2 on the unit cube.
fn manufactured_error(n: usize) -> f64 {
    let h = 1.0 / n as f64;
    let at = |cell: usize| [cell % n, cell / n % n, cell / (n * n)].map(|c| (c as f64 + 0.5) * h);
    let problem = Problem::new([n; 3], [h; 3], |c| [1.0 + at(c)[0] / 2.0; 3], OPEN).unwrap();
    let exact = |c: usize| at(c).iter().map(|x| (PI * x).sin()).product::<f64>();
    // s = −∇·(κ∇u) = 3π² κ u − ½ ∂u/∂x
    let source: Vec<f64> = (0..n * n * n)
        .map(|c| {
            let [x, y, z] = at(c);
            let slope = PI * (PI * x).cos() * (PI * y).sin() * (PI * z).sin();
            (3.0 * PI * PI * (1.0 + x / 2.0) * exact(c) - 0.5 * slope) * h * h * h
        })
        .collect();
    let u = Solver::new(&problem).unwrap().solve(&problem, &source, None, tight()).unwrap().values;
    let sum: f64 = u.iter().enumerate().map(|(c, u)| (u - exact(c)).powi(2)).sum();
    (sum / u.len() as f64).sqrt()
}

#[test]
fn the_error_of_a_manufactured_solution_falls_with_the_square_of_the_cell() {
    let order = (manufactured_error(16) / manufactured_error(32)).log2();
    assert!((1.9..2.2).contains(&order), "observed order {order}");
}

#[test]
fn what_goes_in_comes_out() {
    let (problem, source, _) = yardstick([50, 50, 60], 4);
    let u = Solver::new(&problem).unwrap().solve(&problem, &source, None, tight()).unwrap().values;
    let out: f64 = (0..problem.len()).map(|c| problem.loss(c) * u[c]).sum();
    assert!((out - 1.0).abs() < 1e-10, "outflow {out}");
}

#[test]
fn potential_at_a_for_a_source_at_b_is_potential_at_b_for_a_source_at_a() {
    let (problem, _, _) = yardstick([50, 50, 60], 4);
    let solver = Solver::new(&problem).unwrap();
    let (a, b) = (88_410, 40_031);
    let u = |at: usize| {
        let mut source = vec![0.0; problem.len()];
        source[at] = 1.0;
        solver.solve(&problem, &source, None, tight()).unwrap().values
    };
    let (ab, ba) = (u(a)[b], u(b)[a]);
    assert!((ab - ba).abs() < 1e-9 * ab.abs());
}

#[test]
fn a_face_that_opens_after_the_hierarchy_was_made_is_seen_in_the_solution() {
    let sides = [[Boundary::Closed; 2], [Boundary::Closed; 2], [Boundary::Open; 2]];
    let mut problem = Problem::new([1, 1, 10], [1.0; 3], |_| [1.0; 3], sides).unwrap();
    let open = problem.face(4, Axis::K);
    problem.add_barrier(4, Axis::K, 1e9).unwrap();
    let solver = Solver::new(&problem).unwrap();
    let mut source = vec![0.0; 10];
    source[0] = 1.0;
    let closed = solver.solve(&problem, &source, None, tight()).unwrap().values;
    problem.set_face(4, Axis::K, open).unwrap();
    let opened = solver.solve(&problem, &source, Some(&closed), tight()).unwrap().values;
    // Flux splits 19 : 1 by the resistance to either end (0.5 and 9.5 cells).
    let out_top = problem.loss(9) * opened[9];
    assert!((out_top - 0.05).abs() < 1e-9, "{out_top}");
    assert!(problem.loss(9) * closed[9] < 1e-8);
}

#[test]
fn threads_do_not_change_a_bit() {
    let (problem, source, _) = yardstick([50, 50, 60], 4);
    let run = |threads: usize| {
        let pool = rayon_pool(threads);
        pool.install(|| {
            Solver::new(&problem).unwrap().solve(&problem, &source, None, Stop::default()).unwrap()
        })
    };
    assert_eq!(run(1), run(2));
}

fn rayon_pool(threads: usize) -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap()
}

#[test]
fn problems_without_an_answer_are_refused() {
    let closed = [[Boundary::Closed; 2]; 3];
    let floating = Problem::new([2; 3], [1.0; 3], |_| [1.0; 3], closed).unwrap();
    assert!(Solver::new(&floating).unwrap_err().to_string().contains("Open a side"));
    assert!(Problem::new([0, 2, 2], [1.0; 3], |_| [1.0; 3], OPEN).is_err());
    assert!(Problem::new([2; 3], [1.0, 0.0, 1.0], |_| [1.0; 3], OPEN).is_err());
    assert!(Problem::new([2; 3], [1.0; 3], |_| [1.0, f64::NAN, 1.0], OPEN).is_err());
    assert!(Problem::new([2; 3], [1.0; 3], |_| [-1.0; 3], OPEN).is_err());
    let problem = Problem::new([2; 3], [1.0; 3], |_| [1.0; 3], OPEN).unwrap();
    let solver = Solver::new(&problem).unwrap();
    assert!(solver.solve(&problem, &[1.0], None, Stop::default()).is_err());
    assert!(solver.solve(&problem, &[f64::NAN; 8], None, Stop::default()).is_err());
}
