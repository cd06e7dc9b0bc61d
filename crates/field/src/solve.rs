//! Conjugate gradients in single precision inside a correction in double precision.
//!
//! ```text
//! r = s − A u                    in double precision, with the problem as it was given
//! A d ≈ r                        flexible conjugate gradients (Notay, SIAM J Sci Comput 2000;22:1444) in single
//!                                precision, preconditioned by one multigrid cycle, as far as single precision carries
//! u += d, and again, until |r| is small enough
//! ```
//!
//! So the solution is as exact as in double precision throughout, and nearly all of the memory that is read is half as
//! long. Sums run over planes that are added in order, so the result does not depend on threads.

use crate::cycle::{Hierarchy, Work};
use crate::level::{Level, add_to_field, colours};
use crate::{FieldError, Problem};

/// The most that one round of single precision is asked to reduce the residual by.
const ROUND: f64 = 1e-4;

/// What a round must reduce it by to be worth another. One that does not has failed, unless what is left is no more than
/// what rounding the sums leaves: behind a tight barrier u can be so high that double precision holds no smaller residual.
const PROGRESS: f64 = 0.5;

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
    /// Norm of the residual over the norm of the source: more than was asked for only where double precision cannot hold
    /// less.
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
        if problem.loss.iter().all(|loss| *loss == 0.0) {
            return Err(FieldError::Floating);
        }
        let (finest, _) = Level::finest(problem);
        let hierarchy = rayon::scope(|_| Hierarchy::new(&finest));
        Ok(Self { hierarchy })
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
        let norm = source.iter().map(|s| s * s).sum::<f64>().sqrt();
        if norm == 0.0 {
            return Ok(Solution { values: vec![0.0; cells], iterations: 0, relative_residual: 0.0 });
        }
        // All room is taken by the caller's thread: what one thread gives back, another does not take again.
        let u = guess.map_or_else(|| vec![0.0; cells], <[f64]>::to_vec);
        let mut room = Room::new(&self.hierarchy, problem);
        // On a thread of the pool from here on: each sweep is too short to wait for one.
        rayon::scope(|_| self.correct(problem, source, u, &mut room, norm, stop))
    }

    fn correct(
        &self,
        problem: &Problem,
        source: &[f64],
        mut u: Vec<f64>,
        room: &mut Room,
        norm: f64,
        stop: Stop,
    ) -> Result<Solution, FieldError> {
        let Room { residual, finest, scale, work, krylov } = room;
        let mut iterations = 0;
        let mut before = f64::INFINITY;
        loop {
            let [squares, largest] = problem.residual(&u, source, residual);
            let relative_residual = squares.sqrt() / norm;
            if relative_residual <= stop.relative_residual {
                return Ok(Solution { values: u, iterations, relative_residual });
            }
            let stuck = !(relative_residual <= PROGRESS * before);
            if stuck && squares.sqrt() <= problem.rounding(&u) {
                return Ok(Solution { values: u, iterations, relative_residual });
            }
            if iterations >= stop.iterations || stuck || !largest.is_finite() {
                return Err(FieldError::NotConverged { iterations, residual: relative_residual });
            }
            before = relative_residual;
            // Single precision holds 1e±38: the residual is scaled to one.
            let (layout, right) = (&finest.layout, &mut work[0].right);
            let ([a, b], _) = finest.parts_mut(right);
            colours(layout, residual, 1.0 / largest, [a, b]);
            let aim = (0.9 * stop.relative_residual / relative_residual).max(ROUND);
            iterations += krylov.solve(&self.hierarchy, finest, work, aim, stop.iterations - iterations);
            add_to_field(layout, &krylov.u, *scale * largest, &mut u);
        }
    }
}

/// Everything that a solution needs room for besides the hierarchy.
struct Room {
    residual: Vec<f64>,
    finest: Level,
    scale: f64,
    work: Vec<Work>,
    krylov: Krylov,
}

impl Room {
    fn new(hierarchy: &Hierarchy, problem: &Problem) -> Self {
        let (finest, scale) = Level::finest(problem);
        let (work, krylov) = (hierarchy.work(&finest), Krylov::new(&finest));
        Self { residual: vec![0.0; problem.len()], finest, scale, work, krylov }
    }
}

/// The vectors of conjugate gradients.
struct Krylov {
    u: Vec<f32>,
    direction: Vec<f32>,
    a_direction: Vec<f32>,
}

impl Krylov {
    fn new(level: &Level) -> Self {
        let zero = || vec![0.0; level.len()];
        Self { u: zero(), direction: zero(), a_direction: zero() }
    }

    /// Solves for the first work's right side until it has shrunk to `aim` of itself; returns the iterations it took.
    fn solve(
        &mut self,
        hierarchy: &Hierarchy,
        level: &Level,
        work: &mut [Work],
        aim: f64,
        most: usize,
    ) -> usize {
        self.u.fill(0.0);
        let start = level.dot(&work[0].right, &work[0].right);
        let mut energy = 0.0;
        for iteration in 0..most {
            hierarchy.precondition(level, work);
            let own = &mut work[0];
            // The new direction is made conjugate to the last one: `a_direction` still holds A · direction.
            let keep = if iteration == 0 { 0.0 } else { level.dot(&own.u, &self.a_direction) / energy };
            level.turn(&own.u, keep as f32, &mut self.direction);
            let [found, gain] = level.apply(&self.direction, &own.right, &mut self.a_direction);
            energy = found;
            if !(energy.is_finite() && energy > 0.0) {
                return iteration.max(1);
            }
            let step = (gain / energy) as f32;
            level.add(&self.direction, step, &mut self.u);
            level.add(&self.a_direction, -step, &mut own.right);
            if level.dot(&own.right, &own.right) <= aim * aim * start {
                return iteration + 1;
            }
        }
        most
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Axis, Boundary};
    use rami_wide::PORTABLE;
    use std::sync::atomic::Ordering::Relaxed;

    #[test]
    fn wider_vectors_do_not_change_a_bit() {
        let kappa = |cell: usize| [if cell.is_multiple_of(7) { 1e-3 } else { 1.0 }, 0.3, 2.0];
        let mut problem = Problem::new([37, 18, 21], [1.0; 3], kappa, [[Boundary::Open; 2]; 3]).unwrap();
        for cell in (0..problem.len()).filter(|cell| cell % 37 == 20) {
            problem.add_barrier(cell, Axis::I, 1e5).unwrap();
        }
        let mut source = vec![0.0; problem.len()];
        source[3000] = 1.0;
        let solve = |portable: bool| {
            PORTABLE.store(portable, Relaxed);
            let solver = Solver::new(&problem).unwrap();
            solver.solve(&problem, &source, None, Stop::default()).unwrap()
        };
        let (wide, portable) = (solve(false), solve(true));
        PORTABLE.store(false, Relaxed);
        assert!(wide.iterations > 5);
        assert_eq!(wide, portable);
    }
}
