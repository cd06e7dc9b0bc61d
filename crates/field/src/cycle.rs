//! The preconditioner: one multigrid cycle in single precision.
//!
//! Each level is smoothed by Gauss–Seidel in colours, once one, the other, the first again, and in the opposite order
//! after the correction from the coarser level, so that the whole is symmetric up to the inner iterations. On the first
//! coarse levels the coarse problem is solved roughly by two steps of conjugate gradients preconditioned by the next level
//! (the K-cycle of Notay & Vassilevski 2008), which also finds the length of the correction that piecewise constants get
//! wrong. A sweep over one colour does not depend on the order of its cells, so neither does the result on threads.

use crate::bottom::{Bottom, DIRECT};
use crate::coarsen::{Transfer, unweave, weave};
use crate::kernels;
use crate::level::{Level, Values};

/// Coarse levels that are solved by two steps; below them one is enough.
const TWO_STEPS: usize = 2;

/// A residual this much smaller after the first inner step needs no second.
const GOOD_ENOUGH: f64 = 0.25;

/// Where coarsening no longer pays: the share of rows that are left.
const STUCK: f64 = 0.8;

/// All levels but the finest, which belongs to the problem that is solved.
#[derive(Debug)]
pub(crate) struct Hierarchy {
    transfers: Vec<Transfer>,
    coarse: Vec<Level>,
    bottom: Bottom,
}

/// Vectors of one level.
#[derive(Debug, Default)]
pub(crate) struct Work {
    pub(crate) right: Values,
    pub(crate) u: Values,
    first: Values,
    a_first: Values,
    a_second: Values,
    /// Rows of blocks of the next level, in the order of the grid.
    blocks: Vec<f32>,
    saved: Vec<f32>,
}

impl Hierarchy {
    pub(crate) fn new(finest: &Level) -> Self {
        let (mut transfers, mut coarse): (Vec<Transfer>, Vec<Level>) = (Vec::new(), Vec::new());
        loop {
            let level = coarse.last().unwrap_or(finest);
            if level.rows() <= DIRECT {
                break;
            }
            let (next, transfer) = level.coarsen();
            if next.rows() as f64 > STUCK * level.rows() as f64 {
                break;
            }
            coarse.push(next);
            transfers.push(transfer);
        }
        let bottom = Bottom::new(coarse.last().unwrap_or(finest));
        Self { transfers, coarse, bottom }
    }

    /// Room for the vectors of all levels.
    pub(crate) fn work(&self, finest: &Level) -> Vec<Work> {
        let of = |(depth, level): (usize, &Level)| {
            let inner = |wanted: bool| if wanted { vec![0.0; level.len()] } else { Vec::new() };
            let two = (1..=TWO_STEPS).contains(&depth) && depth < self.coarse.len();
            let blocks = self
                .transfers
                .get(depth)
                .map_or(0, |transfer| level.layout.width * transfer.coarse.dims[1] * transfer.coarse.dims[2]);
            Work {
                right: vec![0.0; level.len()],
                u: vec![0.0; level.len()],
                first: inner(two),
                a_first: inner(two),
                a_second: inner(two),
                blocks: vec![0.0; blocks],
                saved: Vec::new(),
            }
        };
        std::iter::once(finest).chain(&self.coarse).enumerate().map(of).collect()
    }

    /// Roughly solves the finest level for its work's `right`, into its `u`.
    pub(crate) fn precondition(&self, finest: &Level, work: &mut [Work]) {
        self.v_cycle(0, finest, work);
    }

    fn v_cycle(&self, depth: usize, level: &Level, work: &mut [Work]) {
        let Some((own, below)) = work.split_first_mut() else { return };
        let Some((transfer, next)) = self.transfers.get(depth).zip(self.coarse.get(depth)) else {
            self.bottom.solve(level, &own.right, &mut own.u);
            return;
        };
        level.smooth_down(&own.right, &mut own.u);
        transfer.restrict(level, own, next, &mut below[0].right);
        if depth < TWO_STEPS && depth + 1 < self.transfers.len() {
            self.two_steps(depth + 1, next, below);
        } else {
            self.v_cycle(depth + 1, next, below);
        }
        transfer.prolong(level, own, next, &below[0].u);
        level.smooth_up(&own.right, &mut own.u);
    }

    /// Two steps of flexible conjugate gradients on a level. The right side is used up.
    fn two_steps(&self, depth: usize, level: &Level, work: &mut [Work]) {
        self.v_cycle(depth, level, work);
        let own = &mut work[0];
        let [energy, gain] = level.apply(&own.u, &own.right, &mut own.a_first);
        if !(energy > 0.0) {
            return;
        }
        let step = gain / energy;
        let before = kernels::dot(&own.right, &own.right);
        kernels::add(&own.a_first, -step as f32, &mut own.right);
        if kernels::dot(&own.right, &own.right) <= GOOD_ENOUGH * GOOD_ENOUGH * before {
            own.u.iter_mut().for_each(|u| *u *= step as f32);
            return;
        }
        std::mem::swap(&mut own.first, &mut own.u);
        self.v_cycle(depth, level, work);
        let own = &mut work[0];
        let [energy_second, gain] = level.apply(&own.u, &own.right, &mut own.a_second);
        let mixed = kernels::dot(&own.u, &own.a_first) / energy;
        let energy_second = energy_second - mixed * mixed * energy;
        let second = if energy_second > 0.0 { gain / energy_second } else { 0.0 };
        let (one, two) = ((step - second * mixed) as f32, second as f32);
        own.u.iter_mut().zip(&own.first).for_each(|(u, first)| *u = two * *u + one * first);
    }
}

impl Transfer {
    /// What is left of `right` after smoothing, added up over the parts of blocks.
    fn restrict(&self, level: &Level, own: &mut Work, next: &Level, coarse: &mut [f32]) {
        let (fine, base) = (&level.layout, 2 * level.layout.len);
        let (right, _) = level.parts(&own.right);
        let (u, loose) = level.parts(&own.u);
        next.over_blocks(&mut own.blocks, |bk, rows| {
            rows.fill(0.0);
            for k in 2 * bk..(2 * bk + 2).min(fine.dims[2]) {
                kernels::restrict(fine, &level.faces, &level.loss[1], 1, k, right[1], u[1], u[0], rows);
            }
        });
        let ends = self.divided.iter().skip(1).map(|d| d.1).chain([self.staying.len() as u32]);
        for (&(block, start), end) in self.divided.iter().zip(ends) {
            let cells = &self.staying[start as usize..end as usize];
            let sum = cells.iter().map(|slot| level.residual_at(*slot as usize, &own.right, &own.u)).sum();
            own.blocks[block as usize] = sum;
        }
        let (colours, parts) = next.parts_mut(coarse);
        deal_out(fine.width, &self.coarse, &own.blocks, colours);
        parts.fill(0.0);
        for &(slot, parent) in &self.moved {
            coarse[parent as usize] += level.residual_at(slot as usize, &own.right, &own.u);
        }
        let entries = level.loose.near.iter().zip(&level.loose.strength).zip(&self.near_parents);
        let mut entries =
            entries.map(|((near, strength), parent)| (*near as usize, *strength, *parent as usize));
        for row in 0..level.loose.len() {
            let count = level.loose.start[row + 1] - level.loose.start[row];
            for (near, strength, parent) in entries.by_ref().take(count as usize) {
                if near < fine.len || (near >= base && near - base < row) {
                    coarse[parent] += strength * loose[row];
                } else if near < base {
                    coarse[parent] += strength * (loose[row] - own.u[near]);
                }
            }
        }
    }

    /// Adds the coarse level's correction where the smoothing that follows will look for it.
    fn prolong(&self, level: &Level, own: &mut Work, next: &Level, correction: &[f32]) {
        let (fine, base) = (&level.layout, 2 * level.layout.len);
        let (colours, _) = next.parts(correction);
        next.over_blocks(&mut own.blocks, |bk, rows| {
            for (bj, row) in rows.chunks_mut(fine.width).enumerate() {
                let start = self.coarse.row(bj, bk);
                weave(colours.map(|c| &c[start..start + self.coarse.width]), (bj + bk) & 1, row);
            }
        });
        own.saved.clear();
        own.saved.extend(self.moved.iter().map(|(slot, _)| own.u[*slot as usize]));
        let blocks = &own.blocks;
        let rows = fine.width * self.coarse.dims[1];
        let ([_, second], loose) = level.parts_mut(&mut own.u);
        level.over_planes(second, |k, out| kernels::prolong(fine, &blocks[k / 2 * rows..][..rows], out));
        for (value, parent) in loose.iter_mut().zip(&self.parents) {
            *value += correction[*parent as usize];
        }
        for ((slot, parent), before) in self.moved.iter().zip(&own.saved) {
            own.u[*slot as usize] = before + correction[*parent as usize];
        }
        for (slot, parent) in &self.fringe {
            own.u[*slot as usize] += correction[*parent as usize];
        }
        debug_assert!(own.u.len() >= base);
    }
}

/// Deals rows of blocks out to the colours of the coarse level.
fn deal_out(width: usize, coarse: &crate::layout::Layout, blocks: &[f32], [a, b]: [&mut [f32]; 2]) {
    let [_, nj, nk] = coarse.dims;
    for bk in 0..nk {
        for bj in 0..nj {
            let start = coarse.row(bj, bk);
            let out = [&mut a[start..start + coarse.width], &mut b[start..start + coarse.width]];
            unweave(&blocks[(bk * nj + bj) * width..][..width], (bj + bk) & 1, out);
        }
    }
}
