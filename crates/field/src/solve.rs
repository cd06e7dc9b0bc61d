//! Flexible conjugate gradients with the multigrid cycle as preconditioner (Notay, SIAM J Sci Comput 2000;22:1444).
//! Sums run over fixed chunks that are added in order, so the result does not depend on threads.

use crate::cycle::Hierarchy;
use crate::{FieldError, Problem};
use rayon::prelude::*;

/// Length of the chunks that are summed apart.
const CHUNK: usize = 1 << 14;

/// When to stop.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stop {
    /// Norm of the residual over the norm of the source.
    pub relative_residual: f64,
    /// Most iterations before giving up.
    pub iterations: usize,
}

impl Default for Stop {
    fn default() -> Self {
        Self { relative_residual: 1e-8, iterations: 200 }
    }
}

/// A solved field.
#[derive(Debug, Clone, PartialEq)]
pub struct Solution {
    /// u per cell.
    pub values: Vec<f64>,
    /// Iterations it took.
    pub iterations: usize,
    /// Norm of the residual over the norm of the source.
    pub relative_residual: f64,
}

/// A prepared multigrid hierarchy. It stays useful when some faces of the problem change afterwards: the solution is
/// that of the problem given to [`solve`](Self::solve), only the number of iterations grows.
#[derive(Debug)]
pub struct Solver {
    hierarchy: Hierarchy,
}

impl Solver {
    /// Prepares the hierarchy of a problem.
    ///
    /// # Errors
    /// [`FieldError::Floating`] when nothing fixes the level of u.
    pub fn new(problem: &Problem) -> Result<Self, FieldError> {
        Ok(Self { hierarchy: Hierarchy::new(problem)? })
    }

    /// Solves for a source per cell (an amount, not a density), from a guess or from zero.
    ///
    /// # Errors
    /// [`FieldError::Length`] for vectors that do not fit the grid; [`FieldError::Coefficient`] for a source that is
    /// not finite; [`FieldError::NotConverged`].
    pub fn solve(
        &self,
        problem: &Problem,
        source: &[f64],
        guess: Option<&[f64]>,
        stop: Stop,
    ) -> Result<Solution, FieldError> {
        let cells = problem.len();
        for (quantity, vector) in [("the source", Some(source)), ("the guess", guess)] {
            let Some(vector) = vector else { continue };
            if vector.len() != cells {
                return Err(FieldError::Length { quantity, found: vector.len(), expected: cells });
            }
            if let Some(cell) = vector.iter().position(|v| !v.is_finite()) {
                return Err(FieldError::Coefficient { quantity, cell, value: vector[cell] });
            }
        }
        let norm = dot(source, source).sqrt();
        let mut u = guess.map_or_else(|| vec![0.0; cells], <[f64]>::to_vec);
        if norm == 0.0 {
            return Ok(Solution { values: vec![0.0; cells], iterations: 0, relative_residual: 0.0 });
        }
        let mut a_d = vec![0.0; cells];
        let mut residual = source.to_vec();
        if guess.is_some() {
            problem.apply(&u, &mut a_d);
            residual.par_iter_mut().zip(&a_d).for_each(|(r, a)| *r -= a);
        }
        let (mut z, mut direction) = (vec![0.0; cells], vec![0.0; cells]);
        let mut energy = 0.0;
        for iteration in 0..=stop.iterations {
            let relative_residual = dot(&residual, &residual).sqrt() / norm;
            if relative_residual <= stop.relative_residual {
                return Ok(Solution { values: u, iterations: iteration, relative_residual });
            }
            if iteration == stop.iterations {
                return Err(FieldError::NotConverged { iterations: iteration, residual: relative_residual });
            }
            self.hierarchy.precondition(&residual, &mut z);
            // The new direction is made conjugate to the last one: `a_d` still holds A·direction.
            let keep = if iteration == 0 { 0.0 } else { dot(&z, &a_d) / energy };
            direction.par_iter_mut().zip(&z).for_each(|(d, z)| *d = z - keep * *d);
            problem.apply(&direction, &mut a_d);
            energy = dot(&direction, &a_d);
            if !(energy.is_finite() && energy > 0.0) {
                return Err(FieldError::NotConverged { iterations: iteration, residual: relative_residual });
            }
            let step = dot(&direction, &residual) / energy;
            u.par_iter_mut().zip(&direction).for_each(|(u, d)| *u += step * d);
            residual.par_iter_mut().zip(&a_d).for_each(|(r, a)| *r -= step * a);
        }
        Err(FieldError::NotConverged { iterations: stop.iterations, residual: f64::NAN })
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    let parts: Vec<f64> = a
        .par_chunks(CHUNK)
        .zip(b.par_chunks(CHUNK))
        .map(|(a, b)| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>())
        .collect();
    parts.iter().sum()
}
