//! Fields of the kind the body has and worse: contrasts of 1e8, sheets, fibres, bone, pockets that nothing reaches.

#![allow(clippy::unwrap_used)] // a test that cannot be set up has failed

use rami_field::{Axis, Boundary, Problem, Solver, Stop};

/// Whole numbers without a pattern.
fn hashed(n: u64) -> u64 {
    let mut z = n.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(0x1234_5678_9ABC_DEF1);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// What a field is made of.
struct Tissues {
    /// Powers of ten that κ ranges over.
    decades: u64,
    /// κ along fibres over κ across.
    along_fibres: f64,
    /// Resistance of the sheets on a quarter of the faces between tissues; another quarter lets nothing through.
    sheet: f64,
    /// Whether a ninth of all is bone, which lets nothing through.
    bone: bool,
}

/// Boxes of five cells a side, each of another κ and another direction of fibres. Some storage, as a step of a transient
/// has, leaves no pocket without a way out.
fn rugged(dims: [usize; 3], seed: u64, tissues: &Tissues) -> Problem {
    let at = |cell: usize| [cell % dims[0], cell / dims[0] % dims[1], cell / (dims[0] * dims[1])];
    let tissue = |cell: usize| {
        let [i, j, k] = at(cell).map(|c| (c / 5) as u64);
        hashed(seed.wrapping_add(i + 1000 * j + 1_000_000 * k))
    };
    let kappa = |cell: usize| {
        let kind = tissue(cell);
        if kind.is_multiple_of(9) && tissues.bone {
            return [0.0; 3];
        }
        let mut kappa = [10f64.powi(-((kind / 9 % (tissues.decades + 1)) as i32)); 3];
        kappa[(kind / 81 % 3) as usize] *= tissues.along_fibres;
        kappa
    };
    let sides = [[Boundary::Open, Boundary::Closed], [Boundary::Open; 2], [Boundary::Closed, Boundary::Open]];
    let mut problem = Problem::new(dims, [1.0, 2.0, 1.5], kappa, sides).unwrap();
    for cell in 0..problem.len() {
        let place = at(cell);
        for axis in Axis::ALL {
            let sheet = place[axis as usize] % 5 == 4;
            match hashed(tissue(cell) + axis as u64) % 4 {
                0 if sheet => problem.add_barrier(cell, axis, tissues.sheet).unwrap(),
                1 if sheet => problem.add_barrier(cell, axis, f64::INFINITY).unwrap(),
                _ => {}
            }
        }
    }
    (0..problem.len()).for_each(|cell| problem.add_absorption(cell, 1e-9).unwrap());
    problem
}

/// Norms of the source, of what is left of it, and of what double precision can hold of that.
fn left(problem: &Problem, source: &[f64], u: &[f64]) -> [f64; 3] {
    let (mut left, mut summed) = (source.to_vec(), vec![0.0; u.len()]);
    let [ni, nj, _] = problem.dims();
    for cell in 0..problem.len() {
        left[cell] -= problem.loss(cell) * u[cell];
        summed[cell] += (problem.loss(cell) * u[cell]).abs();
        for (axis, step) in Axis::ALL.into_iter().zip([1, ni, ni * nj]) {
            if problem.face(cell, axis) == 0.0 {
                continue;
            }
            let flow = problem.flux(u, cell, axis);
            let size = problem.face(cell, axis) * (u[cell].abs() + u[cell + step].abs());
            left[cell] -= flow;
            left[cell + step] += flow;
            summed[cell] += size;
            summed[cell + step] += size;
        }
    }
    [source, &left, &summed].map(|v| v.iter().map(|v| v * v).sum::<f64>().sqrt())
}

/// Iterations for a source in the middle; what is left of it is summed here anew.
fn iterations(dims: [usize; 3], seed: u64, tissues: &Tissues) -> usize {
    let problem = rugged(dims, seed, tissues);
    let mut source = vec![0.0; problem.len()];
    let reached = |cell: &usize| Axis::ALL.iter().all(|axis| problem.face(*cell, *axis) > 0.0);
    source[(problem.len() / 2..).find(reached).unwrap()] = 1.0;
    let solution = Solver::new(&problem).unwrap().solve(&problem, &source, None, Stop::default()).unwrap();
    let [whole, left, summed] = left(&problem, &source, &solution.values);
    let held = 4.0 * f64::EPSILON * summed / whole;
    assert!(left / whole <= 1.01e-8_f64.max(held), "{dims:?}: {} left", left / whole);
    solution.iterations
}

const SHAPES: [[usize; 3]; 5] = [[40, 33, 29], [64, 32, 16], [23, 51, 38], [96, 20, 20], [7, 9, 130]];

#[test]
fn contrast_costs_few_iterations_wherever_its_boundaries_lie() {
    for (seed, dims) in (1..).zip(SHAPES) {
        let of = |decades| Tissues { decades, along_fibres: 1.0, sheet: 0.0, bone: false };
        let [none, contrast] = [0, 8].map(|decades| iterations(dims, seed, &of(decades)));
        assert!(none <= 20, "{dims:?}, no contrast: {none}");
        assert!(contrast <= 40, "{dims:?}, a contrast of 1e8: {contrast}");
    }
}

#[test]
fn bone_fibres_and_sheets_together_converge() {
    for (seed, dims) in (1..).zip(SHAPES) {
        let of = |decades, sheet| Tissues { decades, along_fibres: 20.0, sheet, bone: true };
        let [mild, wild] = [(2, 1e2), (8, 1e6)].map(|(d, s)| iterations(dims, seed, &of(d, s)));
        assert!(mild <= 60, "{dims:?}, a contrast of 100: {mild}");
        assert!(wild <= 150, "{dims:?}, a contrast of 1e8: {wild}");
    }
}
