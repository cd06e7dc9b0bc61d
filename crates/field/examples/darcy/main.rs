//! The Darcy yardstick beside its peers: the same coefficient field and tolerance, cold. Prints one line a size:
//! cells, seconds to prepare, seconds to solve, of processors in all, iterations, u at the source, bytes a cell at the
//! highest.
//!
//! `darcy [NX NY NZ H]`, in cells and mm; the two sizes of the yardstick if nothing is said. `darcy growth`: 45 thousand to
//! 3 million cells, and the exponent with which the processors' time grows.
#![allow(clippy::print_stdout, clippy::unwrap_used)] // a measurement that cannot be made has failed

mod field;

use field::field;
use rami_field::{Solver, Stop};
use std::time::Instant;

/// Most memory the process has held, bytes (Linux; 0 elsewhere).
fn peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|l| l.starts_with("VmHWM")).unwrap_or("");
    line.split_whitespace().nth(1).and_then(|n| n.parse::<f64>().ok()).unwrap_or(0.0) * 1024.0
}

/// Seconds of processor time of all threads so far (Linux, to 10 ms; 0 elsewhere).
fn cpu_s() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or("");
    let ticks = |n: usize| after.split_whitespace().nth(n).and_then(|t| t.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

/// Cells, and seconds of processors.
fn measure(shape: [usize; 3], h: i64) -> (f64, f64) {
    let before = peak();
    let (problem, source, at) = field(shape, h);
    let (started, cpu) = (Instant::now(), cpu_s());
    let solver = Solver::new(&problem).unwrap();
    let prepared = started.elapsed().as_secs_f64();
    let started = Instant::now();
    let solution = solver.solve(&problem, &source, None, Stop::default()).unwrap();
    let solved = started.elapsed().as_secs_f64();
    let used = cpu_s() - cpu;
    println!(
        "rami: {} cells, prepared {prepared:.3} s, solved {solved:.3} s, {used:.2} s of processors, {} iterations, u at the source {:.9}, {:.0} bytes a cell",
        problem.len(),
        solution.iterations,
        solution.values[at],
        (peak() - before) / problem.len() as f64
    );
    (problem.len() as f64, used)
}

fn main() {
    let given: Vec<String> = std::env::args().skip(1).collect();
    if given.first().is_some_and(|a| a == "growth") {
        let sizes = [([33, 33, 40], 6), ([66, 66, 80], 3), ([100, 100, 120], 2), ([150, 150, 133], 2)];
        let points = sizes.map(|(shape, h)| measure(shape, h)).map(|(n, s)| (n.ln(), s.max(0.01).ln()));
        let mean = |f: &dyn Fn(&(f64, f64)) -> f64| points.iter().map(f).sum::<f64>() / points.len() as f64;
        let (x, y) = (mean(&|p| p.0), mean(&|p| p.1));
        let slope = mean(&|p| (p.0 - x) * (p.1 - y)) / mean(&|p| (p.0 - x).powi(2));
        println!("processors' time grows with the cells to the power {slope:.2}");
        return;
    }
    let numbers: Vec<i64> = given.iter().filter_map(|a| a.parse().ok()).collect();
    let sizes: Vec<([usize; 3], i64)> = match numbers[..] {
        [nx, ny, nz, h] => vec![([nx as usize, ny as usize, nz as usize], h)],
        _ => vec![([50, 50, 60], 4), ([100, 100, 120], 2)],
    };
    for (shape, h) in sizes {
        measure(shape, h);
    }
}
