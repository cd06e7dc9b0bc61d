//! The preconditioner: one multigrid K-cycle in single precision.
//!
//! Each level smooths once with Gauss–Seidel forwards, corrects from the coarser level, and smooths once backwards, so
//! that the whole is symmetric up to the inner iterations. The coarse problem is solved roughly by two steps of
//! conjugate gradients preconditioned by the next level (Notay & Vassilevski 2008), which also finds the length of the
//! correction that piecewise constants get wrong. The grid is cut into slabs of fixed thickness that smooth
//! independently; slabs do not depend on threads, so neither does the result.

use crate::aggregate::Graph;
use crate::{FieldError, Problem};
use nalgebra::{Cholesky, DMatrix, DVector, Dyn};
use rayon::prelude::*;

/// Planes of the grid that smooth one after another.
const SLAB: usize = 8;

/// Below this many rows a level is solved directly.
const DIRECT: usize = 300;

/// A residual this much smaller after the first inner step needs no second.
const GOOD_ENOUGH: f32 = 0.25;

/// The finest level, on the grid.
#[derive(Debug)]
struct Finest {
    dims: [usize; 3],
    upper: [Vec<f32>; 3],
    inverse_diagonal: Vec<f32>,
    /// Aggregate of each cell.
    map: Vec<u32>,
}

/// A coarse level.
#[derive(Debug)]
struct Level {
    graph: Graph,
    diagonal: Vec<f32>,
    /// Aggregate of each row on the next level; empty on the last.
    map: Vec<u32>,
}

/// All levels.
#[derive(Debug)]
pub(crate) struct Hierarchy {
    finest: Finest,
    levels: Vec<Level>,
    /// The factor of the last level, where it is small enough to have one.
    direct: Option<Cholesky<f64, Dyn>>,
}

impl Hierarchy {
    pub(crate) fn new(problem: &Problem) -> Result<Self, FieldError> {
        if problem.loss.iter().all(|loss| *loss == 0.0) {
            return Err(FieldError::Floating);
        }
        let (map, mut graph) = problem.coarsen();
        let upper = [0, 1, 2].map(|axis| problem.upper[axis].par_iter().map(|t| *t as f32).collect());
        let inverse_diagonal = (0..problem.len())
            .into_par_iter()
            .map(|cell| {
                let sum: f64 = problem.loss[cell] + problem.neighbours(cell).map(|(_, t)| t).sum::<f64>();
                if sum > 0.0 { (1.0 / sum) as f32 } else { 0.0 }
            })
            .collect();
        let finest = Finest { dims: problem.dims, upper, inverse_diagonal, map };
        let mut levels = Vec::new();
        loop {
            let diagonal = diagonal(&graph);
            if graph.len() <= DIRECT {
                levels.push(Level { graph, diagonal, map: Vec::new() });
                break;
            }
            let (map, coarse) = graph.coarsen();
            // Where nothing is coupled any more, joining stops; what is left is diagonal and solved directly enough.
            if coarse.len() * 10 > graph.len() * 9 {
                levels.push(Level { graph, diagonal, map: Vec::new() });
                break;
            }
            levels.push(Level { graph, diagonal, map });
            graph = coarse;
        }
        let direct = factorise(&levels);
        Ok(Self { finest, levels, direct })
    }

    /// Roughly solves the problem for `residual`, in the problem's own scale.
    pub(crate) fn precondition(&self, residual: &[f64], out: &mut [f64]) {
        // Single precision holds 1e±38: scale the residual to about one.
        let largest = residual.par_iter().map(|r| r.abs()).reduce(|| 0.0, f64::max);
        if largest == 0.0 {
            out.fill(0.0);
            return;
        }
        let scale = 1.0 / largest;
        let right: Vec<f32> = residual.par_iter().map(|r| (r * scale) as f32).collect();
        let mut u = vec![0.0f32; right.len()];
        self.finest.smooth_forward(&right, &mut u);
        let mut coarse = self.finest.restricted_residual(&right, &u, self.levels[0].graph.len());
        let correction = self.k_cycle(0, &mut coarse);
        u.par_iter_mut()
            .zip(&self.finest.map)
            .for_each(|(u, aggregate)| *u += correction[*aggregate as usize]);
        self.finest.smooth_backward(&right, &mut u);
        out.par_iter_mut().zip(&u).for_each(|(out, u)| *out = f64::from(*u) * largest);
    }

    /// Two steps of flexible conjugate gradients on a level. `right` is used up.
    fn k_cycle(&self, depth: usize, right: &mut [f32]) -> Vec<f32> {
        let level = &self.levels[depth];
        if depth + 1 == self.levels.len() {
            return self.bottom(level, right);
        }
        let first = self.v_cycle(depth, right);
        let a_first = level.apply(&first);
        let energy = dot(&first, &a_first);
        if energy <= 0.0 {
            return first;
        }
        let step = dot(&first, right) / energy;
        let before = dot(right, right);
        right.iter_mut().zip(&a_first).for_each(|(r, a)| *r -= (step as f32) * a);
        let mut sum: Vec<f32> = first.iter().map(|v| step as f32 * v).collect();
        if dot(right, right) <= f64::from(GOOD_ENOUGH * GOOD_ENOUGH) * before {
            return sum;
        }
        let second = self.v_cycle(depth, right);
        let a_second = level.apply(&second);
        let mixed = dot(&second, &a_first) / energy;
        let energy_second = dot(&second, &a_second) - mixed * mixed * energy;
        if energy_second <= 0.0 {
            return sum;
        }
        let step_second = dot(&second, right) / energy_second;
        for ((sum, second), first) in sum.iter_mut().zip(&second).zip(&first) {
            *sum += step_second as f32 * (second - mixed as f32 * first);
        }
        sum
    }

    fn v_cycle(&self, depth: usize, right: &[f32]) -> Vec<f32> {
        let level = &self.levels[depth];
        let mut u = vec![0.0; right.len()];
        level.smooth(right, &mut u, false);
        let a_u = level.apply(&u);
        let mut coarse = vec![0.0; self.levels[depth + 1].graph.len()];
        for (row, aggregate) in level.map.iter().enumerate() {
            coarse[*aggregate as usize] += right[row] - a_u[row];
        }
        let correction = self.k_cycle(depth + 1, &mut coarse);
        u.iter_mut().zip(&level.map).for_each(|(u, aggregate)| *u += correction[*aggregate as usize]);
        level.smooth(right, &mut u, true);
        u
    }

    fn bottom(&self, level: &Level, right: &[f32]) -> Vec<f32> {
        if let Some(direct) = &self.direct {
            let right = DVector::from_iterator(right.len(), right.iter().map(|r| f64::from(*r)));
            return direct.solve(&right).iter().map(|v| *v as f32).collect();
        }
        let mut u = vec![0.0; right.len()];
        for sweep in 0..8 {
            level.smooth(right, &mut u, sweep % 2 == 1);
        }
        u
    }
}

fn diagonal(graph: &Graph) -> Vec<f32> {
    (0..graph.len())
        .map(|row| {
            let entries = graph.start[row] as usize..graph.start[row + 1] as usize;
            graph.loss[row] + graph.strength[entries].iter().sum::<f32>()
        })
        .collect()
}

/// The factor of the last level where it is small, with the faintest loss so that parts without any have one too.
fn factorise(levels: &[Level]) -> Option<Cholesky<f64, Dyn>> {
    let level = levels.last().filter(|level| level.graph.len() <= DIRECT)?;
    let rows = level.graph.len();
    let mut matrix = DMatrix::<f64>::zeros(rows, rows);
    for row in 0..rows {
        let mut sum = f64::from(level.graph.loss[row]);
        for entry in level.graph.start[row] as usize..level.graph.start[row + 1] as usize {
            let strength = f64::from(level.graph.strength[entry]);
            // Both directions were summed in single precision, in different orders: use their mean.
            let column = level.graph.column[entry] as usize;
            matrix[(row, column)] -= strength / 2.0;
            matrix[(column, row)] -= strength / 2.0;
            sum += strength;
        }
        matrix[(row, row)] += sum * (1.0 + 1e-6) + f64::MIN_POSITIVE;
    }
    Cholesky::new_with_substitute(matrix, 1.0)
}

impl Level {
    fn apply(&self, u: &[f32]) -> Vec<f32> {
        let graph = &self.graph;
        (0..u.len())
            .map(|row| {
                let entries = graph.start[row] as usize..graph.start[row + 1] as usize;
                let coupled: f32 = graph.column[entries.clone()]
                    .iter()
                    .zip(&graph.strength[entries])
                    .map(|(column, strength)| strength * u[*column as usize])
                    .sum();
                self.diagonal[row] * u[row] - coupled
            })
            .collect()
    }

    fn smooth(&self, right: &[f32], u: &mut [f32], backward: bool) {
        let graph = &self.graph;
        let mut relax = |row: usize| {
            let mut sum = right[row];
            for entry in graph.start[row] as usize..graph.start[row + 1] as usize {
                sum += graph.strength[entry] * u[graph.column[entry] as usize];
            }
            if self.diagonal[row] > 0.0 {
                u[row] = sum / self.diagonal[row];
            }
        };
        if backward {
            (0..right.len()).rev().for_each(&mut relax)
        } else {
            (0..right.len()).for_each(&mut relax)
        }
    }
}

impl Finest {
    /// One Gauss–Seidel sweep from zero: only neighbours already visited in the same slab contribute.
    fn smooth_forward(&self, right: &[f32], u: &mut [f32]) {
        let [ni, nj, _] = self.dims;
        let plane = ni * nj;
        u.par_chunks_mut(plane * SLAB).enumerate().for_each(|(slab, u)| {
            let base = slab * SLAB * plane;
            for row in 0..u.len() / ni {
                let first = row * ni;
                let (has_j, has_k) = (row % nj > 0, row >= nj);
                let mut before = 0.0;
                for i in 0..ni {
                    let (local, cell) = (first + i, base + first + i);
                    let mut sum = right[cell];
                    if i > 0 {
                        sum += self.upper[0][cell - 1] * before;
                    }
                    if has_j {
                        sum += self.upper[1][cell - ni] * u[local - ni];
                    }
                    if has_k {
                        sum += self.upper[2][cell - plane] * u[local - plane];
                    }
                    before = sum * self.inverse_diagonal[cell];
                    u[local] = before;
                }
            }
        });
    }

    /// One Gauss–Seidel sweep in the opposite order; neighbours in other slabs count with their old values.
    fn smooth_backward(&self, right: &[f32], u: &mut [f32]) {
        let [ni, nj, nk] = self.dims;
        let plane = ni * nj;
        let slabs = nk.div_ceil(SLAB);
        let edge = |k: usize| u[k * plane..(k + 1) * plane].to_vec();
        let edges: Vec<[Vec<f32>; 2]> = (0..slabs)
            .map(|slab| {
                let (first, end) = (slab * SLAB, ((slab + 1) * SLAB).min(nk));
                [
                    if first > 0 { edge(first - 1) } else { Vec::new() },
                    if end < nk { edge(end) } else { Vec::new() },
                ]
            })
            .collect();
        u.par_chunks_mut(plane * SLAB).zip(edges).enumerate().for_each(|(slab, (u, [below, above]))| {
            let base = slab * SLAB * plane;
            for row in (0..u.len() / ni).rev() {
                let first = row * ni;
                let j = row % nj;
                for i in (0..ni).rev() {
                    let (local, cell) = (first + i, base + first + i);
                    let mut sum = right[cell];
                    if i > 0 {
                        sum += self.upper[0][cell - 1] * u[local - 1];
                    }
                    if i + 1 < ni {
                        sum += self.upper[0][cell] * u[local + 1];
                    }
                    if j > 0 {
                        sum += self.upper[1][cell - ni] * u[local - ni];
                    }
                    if j + 1 < nj {
                        sum += self.upper[1][cell] * u[local + ni];
                    }
                    if local >= plane {
                        sum += self.upper[2][cell - plane] * u[local - plane];
                    } else if let Some(value) = below.get(local) {
                        sum += self.upper[2][cell - plane] * value;
                    }
                    if local + plane < u.len() {
                        sum += self.upper[2][cell] * u[local + plane];
                    } else if let Some(value) = above.get(local % plane) {
                        sum += self.upper[2][cell] * value;
                    }
                    u[local] = sum * self.inverse_diagonal[cell];
                }
            }
        });
    }

    /// What is left after smoothing, added up over each aggregate in the order of the cells.
    fn restricted_residual(&self, right: &[f32], u: &[f32], aggregates: usize) -> Vec<f32> {
        let [ni, nj, _] = self.dims;
        let plane = ni * nj;
        let mut residual = vec![0.0f32; right.len()];
        residual.par_chunks_mut(plane).enumerate().for_each(|(k, residual)| {
            for j in 0..nj {
                for i in 0..ni {
                    let cell = k * plane + j * ni + i;
                    let mut sum = 0.0;
                    if i > 0 {
                        sum += self.upper[0][cell - 1] * u[cell - 1];
                    }
                    if i + 1 < ni {
                        sum += self.upper[0][cell] * u[cell + 1];
                    }
                    if j > 0 {
                        sum += self.upper[1][cell - ni] * u[cell - ni];
                    }
                    if j + 1 < nj {
                        sum += self.upper[1][cell] * u[cell + ni];
                    }
                    if k > 0 {
                        sum += self.upper[2][cell - plane] * u[cell - plane];
                    }
                    if cell + plane < u.len() {
                        sum += self.upper[2][cell] * u[cell + plane];
                    }
                    let inverse = self.inverse_diagonal[cell];
                    let own = if inverse > 0.0 { u[cell] / inverse } else { 0.0 };
                    residual[j * ni + i] = right[cell] - own + sum;
                }
            }
        });
        let mut coarse = vec![0.0f32; aggregates];
        for (value, aggregate) in residual.iter().zip(&self.map) {
            coarse[*aggregate as usize] += value;
        }
        coarse
    }
}

/// A dot product in double precision, in order.
fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}
