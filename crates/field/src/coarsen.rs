//! From one level to the next: blocks of 2 × 2 × 2 cells become cells, and what a barrier divides stays divided.
//!
//! Most blocks hold together and become one cell each, so the coarse grid is a grid again. In a block that does not, cells
//! are joined only through faces that hold ([`crate::strength`]); its largest part becomes the coarse grid's cell, the
//! others loose rows. The coarse operator is the Galerkin one of piecewise constants: couplings between two parts add up,
//! losses add up. So a sheet stays a sheet on every level. What is coupled to nothing needs no correction and has none.

use crate::layout::Layout;
use crate::level::{Level, Loose};
use crate::strength::{Strongest, holds};
use rayon::prelude::*;

/// A coupling between two slots, at least one of them loose.
type Coupling = (u32, u32, f32);

/// A face between two members of a block, with the faces before and after it along its axis.
struct Joint {
    strength: f32,
    along: [f32; 2],
    ends: [usize; 2],
}

/// What connects a level to the next coarser one.
#[derive(Debug)]
pub(crate) struct Transfer {
    pub(crate) coarse: Layout,
    /// Blocks that are divided, by their number in rows of blocks, and where their part of `staying` begins.
    pub(crate) divided: Vec<(u32, u32)>,
    /// Slots of the second colour that are part of the coarse grid's cell, of one divided block after the other.
    pub(crate) staying: Vec<u32>,
    /// Slots of the second colour that are part of a loose row, and that row's slot on the coarse level.
    pub(crate) moved: Vec<(u32, u32)>,
    /// Coarse slot of each loose row.
    pub(crate) parents: Vec<u32>,
    /// Coarse slot of the other end of each coupling of a loose row.
    pub(crate) near_parents: Vec<u32>,
    /// Slots of the first colour beside loose rows, and their coarse slots.
    pub(crate) fringe: Vec<(u32, u32)>,
}

/// Everything that is being found out about the parts of blocks.
struct Parts<'a> {
    fine: &'a Level,
    coarse: Layout,
    strongest: Strongest,
    /// Cells on the grid that are part of a loose row, with its coarse slot; in the order of their slots.
    moved: Vec<(u32, u32)>,
    parents: Vec<u32>,
    divided: Vec<(u32, u32)>,
    staying: Vec<u32>,
    /// Divided or not, what the coarse cell of an odd block loses.
    losses: Vec<([usize; 3], f32)>,
    loose: Loose,
}

impl Level {
    /// The next coarser level.
    pub(crate) fn coarsen(&self) -> (Level, Transfer) {
        let coarse = self.layout.coarser();
        let strongest = Strongest::of(self);
        let mut parts = Parts {
            fine: self,
            coarse,
            strongest,
            moved: Vec::new(),
            parents: vec![u32::MAX; self.loose.len()],
            divided: Vec::new(),
            staying: Vec::new(),
            losses: Vec::new(),
            loose: Loose::default(),
        };
        parts.divide();
        let mut level = self.summed(coarse);
        parts.correct(&mut level);
        level.invert();
        let transfer = parts.transfer();
        (level, transfer)
    }

    /// The coarse grid as if every block held together.
    fn summed(&self, coarse: Layout) -> Level {
        let fine = &self.layout;
        let [_, nj, nk] = fine.dims;
        let field = |wanted: &(dyn Fn([usize; 3]) -> bool + Sync), from: &[Vec<f32>; 2]| {
            let mut out = [vec![0.0f32; coarse.len], vec![0.0; coarse.len]];
            let [a, b] = &mut out;
            let planes = a[coarse.plane..]
                .par_chunks_mut(coarse.plane)
                .zip(b[coarse.plane..].par_chunks_mut(coarse.plane))
                .take(coarse.dims[2]);
            planes.enumerate().for_each(|(bk, (a, b))| {
                let mut sum = vec![0.0f32; fine.width];
                for bj in 0..coarse.dims[1] {
                    sum.fill(0.0);
                    for k in 2 * bk..(2 * bk + 2).min(nk) {
                        for j in 2 * bj..(2 * bj + 2).min(nj) {
                            let row = fine.row(j, k);
                            for colour in 0..2 {
                                let i = crate::layout::first(colour, j, k);
                                if wanted([i, j, k]) {
                                    let values = &from[colour][row..row + fine.width];
                                    sum.iter_mut().zip(values).for_each(|(sum, v)| *sum += v);
                                }
                            }
                        }
                    }
                    let start = bj * coarse.width;
                    let out = [&mut a[start..start + coarse.width], &mut b[start..start + coarse.width]];
                    unweave(&sum, (bj + bk) & 1, out);
                }
            });
            out
        };
        // Upper faces of the upper cells of a block are the block's; the others lie within.
        let faces = [
            field(&|[i, ..]| i % 2 == 1, &self.faces[0]),
            field(&|[_, j, _]| j % 2 == 1, &self.faces[1]),
            field(&|[.., k]| k % 2 == 1, &self.faces[2]),
        ];
        let loss = field(&|_| true, &self.loss);
        Level { layout: coarse, faces, loss, inverse: [Vec::new(), Vec::new()], loose: Loose::default() }
    }
}

/// Deals a row of blocks out to its two colours; `parity` of the row tells which comes first.
#[inline]
pub(crate) fn unweave(row: &[f32], parity: usize, out: [&mut [f32]; 2]) {
    let [a, b] = out;
    let (even, odd) = if parity == 0 { (a, b) } else { (b, a) };
    for ((pair, even), odd) in row.as_chunks::<2>().0.iter().zip(even).zip(odd) {
        (*even, *odd) = (pair[0], pair[1]);
    }
}

/// The other way round.
#[inline]
pub(crate) fn weave(colours: [&[f32]; 2], parity: usize, row: &mut [f32]) {
    let [even, odd] = [colours[parity], colours[1 - parity]];
    for ((pair, even), odd) in row.as_chunks_mut::<2>().0.iter_mut().zip(even).zip(odd) {
        *pair = [*even, *odd];
    }
}

impl Parts<'_> {
    fn base(&self) -> usize {
        2 * self.fine.layout.len
    }

    fn block_number(&self, [i, j, k]: [usize; 3]) -> u32 {
        ((k * self.coarse.dims[1] + j) * self.fine.layout.width + i) as u32
    }

    fn block_of_number(&self, number: u32) -> [usize; 3] {
        let (row, i) = (number as usize / self.fine.layout.width, number as usize % self.fine.layout.width);
        [i, row % self.coarse.dims[1], row / self.coarse.dims[1]]
    }

    /// Finds the parts of every block that is not plain.
    fn divide(&mut self) {
        let loose = &self.fine.loose;
        let mut rows: Vec<(u32, u32)> = (0..loose.len())
            .map(|row| (self.block_number(loose.place[row].map(|c| c as usize / 2)), row as u32))
            .collect();
        rows.sort_unstable();
        let mut odd = self.strongest.odd_blocks(self.fine);
        odd.extend(rows.iter().map(|(block, _)| *block));
        odd.sort_unstable();
        odd.dedup();
        let mut next = 0;
        for number in odd {
            let first = next;
            while rows.get(next).is_some_and(|(block, _)| *block == number) {
                next += 1;
            }
            self.divide_block(number, &rows[first..next]);
        }
        self.moved.sort_unstable();
    }

    fn divide_block(&mut self, number: u32, rows: &[(u32, u32)]) {
        let (fine, base) = (self.fine, self.base());
        let block = self.block_of_number(number);
        let mut members: Vec<usize> =
            cells_of(block, fine.layout.dims).map(|c| fine.layout.slot(c)).collect();
        members.retain(|slot| self.strongest.is_live(*slot));
        members.extend(rows.iter().map(|(_, row)| base + *row as usize));
        if members.is_empty() {
            return;
        }
        let part = self.parts_of(&members);
        let size = |of: usize| part.iter().filter(|p| **p == of).count();
        let main = (0..members.len()).max_by_key(|p| (size(*p), members.len() - p)).unwrap_or(0);
        let mut slots = vec![u32::MAX; members.len()];
        slots[main] = self.coarse.slot(block) as u32;
        let mut loss = 0.0;
        let before = self.moved.len();
        for (member, &slot) in members.iter().enumerate() {
            let of = part[member];
            let lost = self.loss_at(slot);
            if of == main {
                loss += lost;
            } else {
                if slots[of] == u32::MAX {
                    slots[of] = (2 * self.coarse.len + self.loose.len()) as u32;
                    self.loose.loss.push(0.0);
                    self.loose.place.push(block.map(|c| c as u32));
                }
                self.loose.loss[slots[of] as usize - 2 * self.coarse.len] += lost;
            }
            if slot >= base {
                self.parents[slot - base] = slots[of];
            } else if of != main {
                self.moved.push((slot as u32, slots[of]));
            }
        }
        self.losses.push((block, loss));
        if self.moved.len() > before {
            self.divided.push((number, self.staying.len() as u32));
            let second = fine.layout.len..base;
            let stays = members.iter().zip(&part).filter(|(slot, p)| **p == main && second.contains(slot));
            self.staying.extend(stays.map(|(slot, _)| *slot as u32));
        }
    }

    fn loss_at(&self, slot: usize) -> f32 {
        let len = self.fine.layout.len;
        if slot >= 2 * len {
            self.fine.loose.loss[slot - 2 * len]
        } else {
            self.fine.loss[slot / len][slot % len]
        }
    }

    /// The number of the first member of each member's part. Strongest faces first: what a weak cell is joined to, it is
    /// joined to by its strongest face, and it does not join two strong parts that lie on either side of it.
    fn parts_of(&self, members: &[usize]) -> Vec<usize> {
        let mut joints = self.joints(members);
        joints.sort_by(|a, b| b.strength.total_cmp(&a.strength));
        let mut part: Vec<usize> = (0..members.len()).collect();
        let mut strongest: Vec<f32> = members.iter().map(|slot| self.strongest.at(*slot)).collect();
        for joint in joints {
            let [a, b] = joint.ends.map(|end| part[end]);
            if a != b && holds(joint.strength, strongest[a].min(strongest[b]), joint.along) {
                let (keep, drop) = (a.min(b), a.max(b));
                part.iter_mut().filter(|p| **p == drop).for_each(|p| *p = keep);
                strongest[keep] = strongest[a].max(strongest[b]);
            }
        }
        part
    }

    /// What couples the members of a block, each once.
    fn joints(&self, members: &[usize]) -> Vec<Joint> {
        let mut joints = Vec::new();
        let number = |slot: usize| members.iter().position(|m| *m == slot);
        for (a, &slot) in members.iter().enumerate() {
            if slot >= self.base() {
                for (near, strength) in self.fine.loose.couplings(slot - self.base()) {
                    // Loose members come last, and two of them each know of their coupling.
                    if let Some(b) = number(near).filter(|b| *b < a) {
                        joints.push(Joint { strength, along: [f32::INFINITY; 2], ends: [a, b] });
                    }
                }
                continue;
            }
            let around = self.fine.beside(slot);
            for axis in 0..3 {
                let (before, (next, strength)) = (around[2 * axis].1, around[2 * axis + 1]);
                if strength > 0.0
                    && let Some(b) = number(next)
                {
                    let after = self.fine.beside(next)[2 * axis + 1].1;
                    joints.push(Joint { strength, along: [before, after], ends: [a, b] });
                }
            }
        }
        joints
    }

    /// The coarse slot of a slot.
    fn parent(&self, slot: usize) -> u32 {
        if slot >= self.base() {
            return self.parents[slot - self.base()];
        }
        match self.moved.binary_search_by_key(&(slot as u32), |(slot, _)| *slot) {
            Ok(found) => self.moved[found].1,
            Err(_) => self.coarse.slot(self.fine.layout.cell(slot).map(|c| c / 2)) as u32,
        }
    }

    /// Makes a coarse grid that was summed as if every block held together into that of the parts.
    fn correct(&mut self, level: &mut Level) {
        let len = self.coarse.len;
        for &(block, loss) in &self.losses {
            let slot = self.coarse.slot(block);
            level.loss[slot / len][slot % len] = loss;
        }
        let mut apart: Vec<Coupling> = Vec::new();
        // Sums over faces between blocks, some of which belong to loose rows now: once for each such sum.
        let mut sums: Vec<(u8, u32)> = Vec::new();
        for &(slot, own) in &self.moved {
            let cell = self.fine.layout.cell(slot as usize);
            let around = self.fine.beside(slot as usize);
            for axis in 0..3 {
                for (side, (near, face)) in [around[2 * axis], around[2 * axis + 1]].into_iter().enumerate() {
                    if face == 0.0 {
                        continue;
                    }
                    if cell[axis] % 2 == side {
                        let mut block = cell.map(|c| c / 2);
                        block[axis] -= 1 - side;
                        sums.push((axis as u8, self.block_number(block)));
                    } else {
                        let other = self.parent(near);
                        // Of two loose ends the lower one speaks.
                        let first = (near as u32) < slot && self.is_moved(near);
                        if other != own && !first {
                            apart.push((own, other, face));
                        }
                    }
                }
            }
        }
        sums.sort_unstable();
        sums.dedup();
        for (axis, number) in sums {
            self.sum_again(level, axis as usize, number, &mut apart);
        }
        self.couple_loose(level, &mut apart);
        self.loose.connect(len, apart);
        level.loose = std::mem::take(&mut self.loose);
    }

    fn is_moved(&self, slot: usize) -> bool {
        self.moved.binary_search_by_key(&(slot as u32), |(slot, _)| *slot).is_ok()
    }

    /// The upper face of a block, without what belongs to loose rows.
    fn sum_again(&self, level: &mut Level, axis: usize, number: u32, apart: &mut Vec<Coupling>) {
        let block = self.block_of_number(number);
        let fine = &self.fine.layout;
        let mut sum = 0.0;
        for cell in cells_of(block, fine.dims).filter(|cell| cell[axis] % 2 == 1) {
            let slot = fine.slot(cell);
            let (near, face) = self.fine.beside(slot)[2 * axis + 1];
            if face == 0.0 {
                continue;
            }
            if self.is_moved(slot) || self.is_moved(near) {
                apart.push((self.parent(slot), self.parent(near), face));
            } else {
                sum += face;
            }
        }
        let slot = self.coarse.slot(block);
        level.faces[axis][slot / self.coarse.len][slot % self.coarse.len] = sum;
    }

    /// Couplings of the fine level's loose rows.
    fn couple_loose(&self, level: &mut Level, apart: &mut Vec<Coupling>) {
        let len = self.coarse.len;
        for row in 0..self.fine.loose.len() {
            let own = self.parents[row];
            for (near, strength) in self.fine.loose.couplings(row) {
                // Two loose rows each know of their coupling.
                if near >= self.base() && near - self.base() < row {
                    continue;
                }
                let other = self.parent(near);
                if own == other {
                    continue;
                }
                if own as usize >= 2 * len || other as usize >= 2 * len {
                    apart.push((own, other, strength));
                    continue;
                }
                let (a, b) = (self.coarse.cell(own as usize), self.coarse.cell(other as usize));
                let Some(axis) = (0..3).find(|axis| a[*axis] != b[*axis]) else { continue };
                let lower = if a[axis] < b[axis] { own } else { other } as usize;
                level.faces[axis][lower / len][lower % len] += strength;
            }
        }
    }

    fn transfer(self) -> Transfer {
        let (base, len) = (self.base(), self.fine.layout.len);
        let near = &self.fine.loose.near;
        let near_parents: Vec<u32> = near.iter().map(|near| self.parent(*near as usize)).collect();
        let mut fringe: Vec<(u32, u32)> = near
            .iter()
            .zip(&near_parents)
            .filter(|(near, _)| (**near as usize) < len)
            .map(|(near, parent)| (*near, *parent))
            .collect();
        fringe.sort_unstable();
        fringe.dedup();
        let mut moved = self.moved;
        moved.retain(|(slot, _)| (len..base).contains(&(*slot as usize)));
        Transfer {
            coarse: self.coarse,
            divided: self.divided,
            staying: self.staying,
            moved,
            parents: self.parents,
            near_parents,
            fringe,
        }
    }
}

impl Loose {
    /// Gives each row its couplings; those between the same two rows add up.
    fn connect(&mut self, len: usize, couplings: Vec<Coupling>) {
        let base = 2 * len as u32;
        let mut entries: Vec<Coupling> = Vec::with_capacity(2 * couplings.len());
        for (a, b, strength) in couplings {
            if a >= base {
                entries.push((a - base, b, strength));
            }
            if b >= base {
                entries.push((b - base, a, strength));
            }
        }
        entries.sort_by_key(|(row, near, _)| (*row, *near));
        self.start = vec![0];
        let mut last = None;
        for (row, near, strength) in entries {
            if last == Some((row, near)) {
                if let Some(sum) = self.strength.last_mut() {
                    *sum += strength;
                }
                continue;
            }
            last = Some((row, near));
            while self.start.len() <= row as usize {
                self.start.push(self.near.len() as u32);
            }
            self.near.push(near);
            self.strength.push(strength);
        }
        while self.start.len() <= self.len() {
            self.start.push(self.near.len() as u32);
        }
    }
}

/// The cells of a block that exist.
fn cells_of(block: [usize; 3], dims: [usize; 3]) -> impl Iterator<Item = [usize; 3]> {
    (0..8)
        .map(move |corner| [0, 1, 2].map(|axis| 2 * block[axis] + (corner >> axis & 1)))
        .filter(move |cell| (0..3).all(|axis| cell[axis] < dims[axis]))
}
