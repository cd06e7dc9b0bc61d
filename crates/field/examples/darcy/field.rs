//! The Darcy yardstick's field: whole numbers and exactly rounded arithmetic, so that any language builds the same.

use rami_field::{Boundary, Problem};

/// The problem on nx × ny × nz cells of `h` mm, a unit source and where it is.
pub(crate) fn field([nx, ny, nz]: [usize; 3], h: i64) -> (Problem, Vec<f64>, usize) {
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
