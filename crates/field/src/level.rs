//! One level of the hierarchy: a grid in single precision, and rows that do not fit on it.
//!
//! A block of 2 × 2 × 2 cells that a barrier divides stands for more than one value. Its largest part becomes the coarse
//! grid's cell; the other parts are *loose*: rows of their own with a list of couplings.

use crate::Problem;
use crate::kernels::{self, Faces};
use crate::layout::Layout;
use rami_wide::wide;
use rayon::prelude::*;

/// Fewer cells than this are not worth a second thread.
const PARALLEL: usize = 20_000;

/// Length of the runs that are worked on side by side.
const RUN: usize = 1 << 14;

/// A vector on a level: one colour, the other, then the loose rows.
pub(crate) type Values = Vec<f32>;

/// Rows that do not fit on the grid.
#[derive(Debug, Clone, Default)]
pub(crate) struct Loose {
    /// Start of each row's couplings, and the end of the last's.
    pub(crate) start: Vec<u32>,
    /// Slot at the other end of each.
    pub(crate) near: Vec<u32>,
    /// Strength of each.
    pub(crate) strength: Vec<f32>,
    /// What each row loses.
    pub(crate) loss: Vec<f32>,
    /// One over each row's diagonal.
    pub(crate) inverse: Vec<f32>,
    /// The block each row lies in.
    pub(crate) place: Vec<[u32; 3]>,
}

impl Loose {
    pub(crate) fn len(&self) -> usize {
        self.loss.len()
    }

    /// Slot and strength of each of a row's couplings.
    #[inline]
    pub(crate) fn couplings(&self, row: usize) -> impl Iterator<Item = (usize, f32)> + '_ {
        let entries = self.start[row] as usize..self.start[row + 1] as usize;
        self.near[entries.clone()].iter().map(|n| *n as usize).zip(self.strength[entries].iter().copied())
    }

    /// Strength-weighted sum of the values around a row.
    #[inline]
    fn drawn(&self, row: usize, u: &[f32]) -> f32 {
        self.couplings(row).map(|(near, strength)| strength * u[near]).sum()
    }
}

/// One level.
#[derive(Debug, Clone)]
pub(crate) struct Level {
    pub(crate) layout: Layout,
    pub(crate) faces: Faces,
    pub(crate) loss: [Vec<f32>; 2],
    pub(crate) inverse: [Vec<f32>; 2],
    pub(crate) loose: Loose,
}

wide! {
    /// Every other value of a row into one colour, the rest into the other, scaled.
    pub(crate) fn part(row: &[f64], scale: f64, even: &mut [f32], odd: &mut [f32]) {
        let (pairs, rest) = row.as_chunks::<2>();
        for ((pair, even), odd) in pairs.iter().zip(even.iter_mut()).zip(odd) {
            *even = (pair[0] * scale) as f32;
            *odd = (pair[1] * scale) as f32;
        }
        if let (Some(last), Some(even)) = (rest.first(), even.get_mut(pairs.len())) {
            *even = (last * scale) as f32;
        }
    }
}

/// Writes a field on the grid into the two colours.
pub(crate) fn colours(layout: &Layout, field: &[f64], scale: f64, out: [&mut [f32]; 2]) {
    let [ni, nj, _] = layout.dims;
    let [a, b] = out.map(|v| &mut v[layout.plane..]);
    a.par_chunks_mut(layout.plane)
        .zip(b.par_chunks_mut(layout.plane))
        .zip(field.par_chunks(ni * nj))
        .enumerate()
        .for_each(|(k, ((a, b), field))| {
            let rows = a.chunks_mut(layout.width).zip(b.chunks_mut(layout.width)).zip(field.chunks(ni));
            for (j, ((a, b), row)) in rows.enumerate() {
                if (j + k) % 2 == 0 { part(row, scale, a, b) } else { part(row, scale, b, a) }
            }
        });
}

/// Adds a vector of two colours, scaled, to a field on the grid.
pub(crate) fn add_to_field(layout: &Layout, u: &[f32], scale: f64, field: &mut [f64]) {
    let [ni, nj, _] = layout.dims;
    field.par_chunks_mut(ni * nj).enumerate().for_each(|(k, field)| {
        for (j, row) in field.chunks_mut(ni).enumerate() {
            let start = layout.row(j, k);
            let colours = [0, 1].map(|c| &u[c * layout.len + start..][..layout.width]);
            let [even, odd] = [colours[(j + k) & 1], colours[1 - ((j + k) & 1)]];
            for ((pair, even), odd) in row.chunks_mut(2).zip(even).zip(odd) {
                pair[0] += scale * f64::from(*even);
                if let Some(second) = pair.get_mut(1) {
                    *second += scale * f64::from(*odd);
                }
            }
        }
    });
}

impl Level {
    /// The finest level, and the number that all its coefficients were multiplied by to bring them near one.
    pub(crate) fn finest(problem: &Problem) -> (Self, f64) {
        let layout = Layout::new(problem.dims);
        let largest = |v: &[f64]| v.par_iter().copied().reduce(|| 0.0, f64::max);
        let most = problem.upper.iter().map(|v| largest(v)).fold(largest(&problem.loss), f64::max);
        // A power of two, so that scaling rounds nothing.
        let scale = if most > 0.0 { (-most.log2().round()).exp2() } else { 1.0 };
        let field = |values: &[f64]| {
            let [mut a, mut b] = [vec![0.0; layout.len], vec![0.0; layout.len]];
            colours(&layout, values, scale, [&mut a, &mut b]);
            [a, b]
        };
        let faces = [0, 1, 2].map(|axis| field(&problem.upper[axis]));
        let loss = field(&problem.loss);
        let mut level =
            Self { layout, faces, loss, inverse: [Vec::new(), Vec::new()], loose: Loose::default() };
        level.invert();
        (level, scale)
    }

    /// Finds one over each diagonal.
    pub(crate) fn invert(&mut self) {
        let layout = self.layout;
        let ones = [vec![1.0f32; layout.len], vec![1.0; layout.len]];
        let mut diagonal = [0, 1].map(|colour| {
            let mut out = vec![0.0f32; layout.len];
            let other = &ones[1 - colour];
            self.over_planes(&mut out, |k, out| {
                kernels::relax(
                    &layout,
                    &self.faces,
                    &ones[colour],
                    colour,
                    k,
                    &self.loss[colour],
                    other,
                    out,
                );
            });
            out
        });
        let loose = &mut self.loose;
        loose.inverse.clear();
        for row in 0..loose.len() {
            let mut sum = loose.loss[row];
            let entries = loose.start[row] as usize..loose.start[row + 1] as usize;
            for (near, strength) in loose.near[entries.clone()].iter().zip(&loose.strength[entries]) {
                sum += strength;
                let (colour, at) = (*near as usize / layout.len, *near as usize % layout.len);
                if colour < 2 {
                    diagonal[colour][at] += strength;
                }
            }
            loose.inverse.push(if sum > 0.0 { sum.recip() } else { 0.0 });
        }
        for values in &mut diagonal {
            values.iter_mut().for_each(|v| *v = if *v > 0.0 { v.recip() } else { 0.0 });
        }
        self.inverse = diagonal;
    }

    /// Length of a vector.
    pub(crate) fn len(&self) -> usize {
        2 * self.layout.len + self.loose.len()
    }

    /// Rows that stand for something.
    pub(crate) fn rows(&self) -> usize {
        self.layout.cells() + self.loose.len()
    }

    /// Does something to each plane of one colour, side by side where it pays.
    pub(crate) fn over_planes(&self, colour: &mut [f32], work: impl Fn(usize, &mut [f32]) + Sync + Send) {
        let plane = self.layout.plane;
        let inner = &mut colour[plane..plane * (self.layout.dims[2] + 1)];
        if self.layout.cells() < PARALLEL {
            inner.chunks_mut(plane).enumerate().for_each(|(k, out)| work(k, out));
        } else {
            inner.par_chunks_mut(plane).enumerate().for_each(|(k, out)| work(k, out));
        }
    }

    /// Does something to the rows of blocks under each plane of this level.
    pub(crate) fn over_blocks(&self, blocks: &mut [f32], work: impl Fn(usize, &mut [f32]) + Sync + Send) {
        let rows = (blocks.len() / self.layout.dims[2]).max(1);
        if self.layout.cells() < PARALLEL / 8 {
            blocks.chunks_mut(rows).enumerate().for_each(|(k, out)| work(k, out));
        } else {
            blocks.par_chunks_mut(rows).enumerate().for_each(|(k, out)| work(k, out));
        }
    }

    /// The parts of a vector.
    pub(crate) fn parts<'a>(&self, v: &'a [f32]) -> ([&'a [f32]; 2], &'a [f32]) {
        let (a, rest) = v.split_at(self.layout.len);
        let (b, loose) = rest.split_at(self.layout.len);
        ([a, b], loose)
    }

    /// The parts of a vector, to change.
    pub(crate) fn parts_mut<'a>(&self, v: &'a mut [f32]) -> ([&'a mut [f32]; 2], &'a mut [f32]) {
        let (a, rest) = v.split_at_mut(self.layout.len);
        let (b, loose) = rest.split_at_mut(self.layout.len);
        ([a, b], loose)
    }

    /// Relaxes one colour of `u` against the other.
    fn relax(&self, colour: usize, right: &[f32], u: &mut [f32]) {
        let (right, _) = self.parts(right);
        let ([a, b], _) = self.parts_mut(u);
        let (out, other) = if colour == 0 { (a, &*b) } else { (b, &*a) };
        let (layout, inverse, right) = (&self.layout, &self.inverse[colour], right[colour]);
        self.over_planes(out, |k, out| {
            kernels::relax(layout, &self.faces, inverse, colour, k, right, other, out);
        });
    }

    /// Smooths from nothing: one colour, the other, the first again, then the loose rows one after the other.
    pub(crate) fn smooth_down(&self, right: &[f32], u: &mut [f32]) {
        let (layout, inverse) = (&self.layout, &self.inverse[0]);
        let ([first, _], _) = self.parts_mut(u);
        self.over_planes(first, |k, out| {
            let at = layout.row(0, k);
            let range = at..at + layout.plane;
            kernels::multiply(&inverse[range.clone()], &right[range], out);
        });
        self.relax(1, right, u);
        self.relax(0, right, u);
        let base = 2 * layout.len;
        u[base..].fill(0.0);
        for row in 0..self.loose.len() {
            u[base + row] = self.loose.inverse[row] * (right[base + row] + self.loose.drawn(row, u));
        }
    }

    /// Smooths in the opposite order. The values of the loose rows and of the second colour count at the start.
    pub(crate) fn smooth_up(&self, right: &[f32], u: &mut [f32]) {
        let base = 2 * self.layout.len;
        for row in (0..self.loose.len()).rev() {
            u[base + row] = self.loose.inverse[row] * (right[base + row] + self.loose.drawn(row, u));
        }
        for colour in [0, 1, 0] {
            self.relax(colour, right, u);
            self.draw_from_loose(colour, u);
        }
    }

    /// Adds to the relaxed values of a colour what the loose rows draw them to.
    fn draw_from_loose(&self, colour: usize, u: &mut [f32]) {
        let len = self.layout.len;
        for row in 0..self.loose.len() {
            let value = u[2 * len + row];
            for (near, strength) in self.loose.couplings(row) {
                if near / len == colour {
                    u[near] += self.inverse[colour][near % len] * strength * value;
                }
            }
        }
    }

    /// A u into `out`; returns u · A u and u · `with`.
    pub(crate) fn apply(&self, u: &[f32], with: &[f32], out: &mut [f32]) -> [f64; 2] {
        let layout = &self.layout;
        let (own, loose) = self.parts(u);
        let (with, loose_with) = self.parts(with);
        let ([out_a, out_b], loose_out) = self.parts_mut(out);
        let inner = layout.plane..layout.plane * (layout.dims[2] + 1);
        let plane = |(k, (a, b)): (usize, (&mut [f32], &mut [f32]))| {
            let one = |c: usize, out: &mut [f32]| {
                kernels::apply(layout, &self.faces, &self.loss[c], c, k, own[c], own[1 - c], with[c], out)
            };
            let (a, b) = (one(0, a), one(1, b));
            [a[0] + b[0], a[1] + b[1]]
        };
        let (a, b) = (&mut out_a[inner.clone()], &mut out_b[inner]);
        let parts: Vec<[f64; 2]> = if layout.cells() < PARALLEL {
            a.chunks_mut(layout.plane).zip(b.chunks_mut(layout.plane)).enumerate().map(plane).collect()
        } else {
            a.par_chunks_mut(layout.plane)
                .zip(b.par_chunks_mut(layout.plane))
                .enumerate()
                .map(plane)
                .collect()
        };
        let mut dots = parts.iter().fold([0.0; 2], |sum, part| [sum[0] + part[0], sum[1] + part[1]]);
        for row in 0..self.loose.len() {
            let mut sum = self.loose.loss[row] * loose[row];
            for (near, strength) in self.loose.couplings(row) {
                let flow = strength * (loose[row] - u[near]);
                sum += flow;
                let (colour, at) = (near / layout.len, near % layout.len);
                match colour {
                    0 => out_a[at] -= flow,
                    1 => out_b[at] -= flow,
                    _ => continue,
                }
                dots[0] -= f64::from(u[near]) * f64::from(flow);
            }
            loose_out[row] = sum;
            dots[0] += f64::from(loose[row]) * f64::from(sum);
            dots[1] += f64::from(loose[row]) * f64::from(loose_with[row]);
        }
        dots
    }

    /// a · b, in runs that are added in order.
    pub(crate) fn dot(&self, a: &[f32], b: &[f32]) -> f64 {
        if self.layout.cells() < PARALLEL {
            return a.chunks(RUN).zip(b.chunks(RUN)).map(|(a, b)| kernels::dot(a, b)).sum();
        }
        let parts: Vec<f64> =
            a.par_chunks(RUN).zip(b.par_chunks(RUN)).map(|(a, b)| kernels::dot(a, b)).collect();
        parts.iter().sum()
    }

    /// `out` = a − factor · `out`.
    pub(crate) fn turn(&self, a: &[f32], factor: f32, out: &mut [f32]) {
        if self.layout.cells() < PARALLEL {
            return kernels::turn(a, factor, out);
        }
        out.par_chunks_mut(RUN).zip(a.par_chunks(RUN)).for_each(|(out, a)| kernels::turn(a, factor, out));
    }

    /// `out` += factor · a.
    pub(crate) fn add(&self, a: &[f32], factor: f32, out: &mut [f32]) {
        if self.layout.cells() < PARALLEL {
            return kernels::add(a, factor, out);
        }
        out.par_chunks_mut(RUN).zip(a.par_chunks(RUN)).for_each(|(out, a)| kernels::add(a, factor, out));
    }

    /// `right` − A u at a slot on the grid, without the loose rows.
    pub(crate) fn residual_at(&self, slot: usize, right: &[f32], u: &[f32]) -> f32 {
        let layout = &self.layout;
        let (colour, at) = (slot / layout.len, slot % layout.len);
        let own = u[slot];
        let mut sum = self.loss[colour][at] * own;
        for (beyond, strength) in self.beside(slot) {
            sum += strength * (own - u[beyond]);
        }
        right[slot] - sum
    }

    /// Slot and face of each of the six neighbours on the grid of a slot on it; a face of nought where there is none.
    pub(crate) fn beside(&self, slot: usize) -> [(usize, f32); 6] {
        let layout = &self.layout;
        let (colour, at) = (slot / layout.len, slot % layout.len);
        let (k, j) = (at / layout.plane - 1, at % layout.plane / layout.width);
        let back = at + crate::layout::first(colour, j, k) - 1;
        let base = (1 - colour) * layout.len;
        let [x, y, z] = &self.faces;
        let (width, plane) = (layout.width, layout.plane);
        [
            (base + back, x[1 - colour][back]),
            (base + back + 1, x[colour][at]),
            (base + at - width, y[1 - colour][at - width]),
            (base + at + width, y[colour][at]),
            (base + at - plane, z[1 - colour][at - plane]),
            (base + at + plane, z[colour][at]),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Axis, Boundary};

    /// A field of any dims with a barrier in it and a cell that is coupled to nothing.
    fn rugged(dims: [usize; 3]) -> Problem {
        let noise = |n: usize| ((n * 2_654_435_761) % 1000) as f64 / 1000.0 + 0.1;
        let kappa =
            |cell: usize| if cell == 5 { [0.0; 3] } else { [noise(cell), 2.0 * noise(cell + 7), 0.5] };
        let sides = [[Boundary::Open, Boundary::Closed], [Boundary::Open; 2], [Boundary::Closed; 2]];
        let mut problem = Problem::new(dims, [1.0, 0.5, 2.0], kappa, sides).unwrap();
        for cell in (3..problem.len()).step_by(4) {
            problem.add_barrier(cell, Axis::I, 1e4).unwrap();
        }
        problem
    }

    #[test]
    fn in_colours_the_operator_is_that_of_the_grid() {
        for dims in [[16, 16, 16], [5, 4, 3], [1, 1, 9], [31, 3, 2], [32, 3, 2], [33, 2, 2], [64, 2, 3]] {
            let problem = rugged(dims);
            let (level, scale) = Level::finest(&problem);
            let field: Vec<f64> = (0..problem.len()).map(|n| ((n * 37) % 101) as f64 / 101.0).collect();
            let mut u = vec![0.0; level.len()];
            let ([a, b], _) = level.parts_mut(&mut u);
            colours(&level.layout, &field, 1.0, [a, b]);
            let mut found = vec![0.0; level.len()];
            let [energy, work] = level.apply(&u, &u, &mut found);
            let mut back = vec![0.0; problem.len()];
            add_to_field(&level.layout, &found, scale.recip(), &mut back);
            let mut wanted = vec![0.0; problem.len()];
            problem.residual(&field, &vec![0.0; problem.len()], &mut wanted);
            for (cell, (back, wanted)) in back.iter().zip(&wanted).enumerate() {
                assert!((back + wanted).abs() < 1e-5, "{dims:?} {cell}: {back} against {wanted}");
            }
            let exact: f64 = field.iter().zip(&wanted).map(|(u, r)| -u * r * scale).sum();
            assert!((energy / exact - 1.0).abs() < 1e-5, "{energy} against {exact}");
            let squares: f64 = field.iter().map(|u| u * u).sum();
            assert!((work / squares - 1.0).abs() < 1e-5);
        }
    }
}
