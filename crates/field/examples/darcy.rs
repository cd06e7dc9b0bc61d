//! The Darcy yardstick beside its peers: the same coefficient field and tolerance, cold. Prints one line a size:
//! cells, seconds to prepare, seconds to solve, iterations, u at the source, bytes a cell at the highest.
//!
//! `darcy [NX NY NZ H]`, in cells and mm; the two sizes of the yardstick if nothing is said.
#![allow(clippy::print_stdout, clippy::unwrap_used)] // a measurement that cannot be made has failed

use rami_field::{Boundary, Problem, Solver, Stop};
use std::time::Instant;

fn field([nx, ny, nz]: [usize; 3], h: i64) -> (Problem, Vec<f64>, usize) {
    let kappa = |n: usize| {
        let (i, j) = ((n / (ny * nz)) as i64, (n / nz % ny) as i64);
        let (x, y) = ((2 * i + 1) * h / 2, (2 * j + 1) * h / 2);
        let mut base = 1.0;
        if (x - 100).pow(2) + (y - 70).pow(2) < 484 {
            base = 1e-4;
        }
        if (x - 145).abs() < 20 && (y - 70).abs() < 25 {
            base = 1e-2;
        }
        if (x - 124).abs() < 4 && (y - 70).abs() < 25 {
            base = 1e-4;
        }
        let mut z = (n as u64).wrapping_add(0x9E37_79B9_7F4A_7C15);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        [base * (0.25 + 1.5 * ((z >> 11) as f64 * 2f64.powi(-53))); 3]
    };
    let problem = Problem::new([nz, ny, nx], [1.0; 3], kappa, [[Boundary::Open; 2]; 3]).unwrap();
    let mut source = vec![0.0; problem.len()];
    let at = ((116 / h as usize) * ny + 92 / h as usize) * nz + nz / 2;
    source[at] = 1.0;
    (problem, source, at)
}

/// Most memory the process has held, bytes (Linux; 0 elsewhere).
fn peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|l| l.starts_with("VmHWM")).unwrap_or("");
    line.split_whitespace().nth(1).and_then(|n| n.parse::<f64>().ok()).unwrap_or(0.0) * 1024.0
}

fn main() {
    let given: Vec<i64> = std::env::args().skip(1).filter_map(|a| a.parse().ok()).collect();
    let sizes: Vec<([usize; 3], i64)> = match given[..] {
        [nx, ny, nz, h] => vec![([nx as usize, ny as usize, nz as usize], h)],
        _ => vec![([50, 50, 60], 4), ([100, 100, 120], 2)],
    };
    let before = peak();
    for (shape, h) in sizes {
        let (problem, source, at) = field(shape, h);
        let started = Instant::now();
        let solver = Solver::new(&problem).unwrap();
        let prepared = started.elapsed().as_secs_f64();
        let started = Instant::now();
        let solution = solver.solve(&problem, &source, None, Stop::default()).unwrap();
        let solved = started.elapsed().as_secs_f64();
        println!(
            "rami: {} cells, prepared {prepared:.3} s, solved {solved:.3} s, {} iterations, u at the source {:.9}, {:.0} bytes a cell",
            problem.len(),
            solution.iterations,
            solution.values[at],
            (peak() - before) / problem.len() as f64
        );
    }
}
