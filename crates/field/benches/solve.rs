//! The Darcy yardstick's field at its two sizes: hierarchy and solve to 1e-8, cold.

#[path = "../examples/darcy/field.rs"]
#[allow(clippy::unwrap_used)] // a field that cannot be posed cannot be measured
mod field;

use field::field;
use rami_field::{Solver, Stop};

fn main() {
    divan::main();
}

#[divan::bench(args = [([50, 50, 60], 4), ([100, 100, 120], 2)], sample_count = 5)]
fn cold_solve(bencher: divan::Bencher, (shape, h): ([usize; 3], i64)) {
    let (problem, source, _) = field(shape, h);
    bencher.bench(|| {
        let solver = Solver::new(&problem).unwrap_or_else(|error| unreachable!("{error}"));
        solver.solve(&problem, &source, None, Stop::default()).map(|solution| solution.iterations)
    });
}
