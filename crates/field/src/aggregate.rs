//! Coarser problems, by pairwise aggregation along strong couplings.
//!
//! Three passes of matching each cell with the neighbour it is coupled to most strongly (Notay, ETNA 2010;37:123)
//! join up to eight cells that share nearly one value. A pair is never made across a weak face, so a thin barrier
//! stays a barrier on every level, where joining fixed 2×2×2 blocks would leak through it. The coarse operator is the
//! Galerkin one of piecewise constants: couplings between aggregates add up, losses add up.

use crate::Problem;

/// Couplings weaker than this share of a cell's strongest are not joined.
const STRONG: f32 = 0.25;

/// Marks a cell that has no aggregate yet.
const NONE: u32 = u32::MAX;

/// A coarse operator: for each row its couplings (positive) and its loss.
#[derive(Debug, Clone, Default)]
pub(crate) struct Graph {
    /// Start of each row's couplings, and their end after the last.
    pub(crate) start: Vec<u32>,
    /// Column of each coupling.
    pub(crate) column: Vec<u32>,
    /// Strength of each coupling.
    pub(crate) strength: Vec<f32>,
    /// What each row loses.
    pub(crate) loss: Vec<f32>,
}

/// What can be joined: a problem on the grid, or a coarse operator.
trait Couplings {
    fn rows(&self) -> usize;
    fn loss(&self, row: usize) -> f32;
    fn each(&self, row: usize, f: impl FnMut(usize, f32));
}

impl Couplings for Problem {
    fn rows(&self) -> usize {
        self.loss.len()
    }
    fn loss(&self, row: usize) -> f32 {
        self.loss[row] as f32
    }
    fn each(&self, row: usize, mut f: impl FnMut(usize, f32)) {
        self.neighbours(row).for_each(|(column, strength)| f(column, strength as f32));
    }
}

impl Couplings for Graph {
    fn rows(&self) -> usize {
        self.loss.len()
    }
    fn loss(&self, row: usize) -> f32 {
        self.loss[row]
    }
    fn each(&self, row: usize, mut f: impl FnMut(usize, f32)) {
        for entry in self.start[row] as usize..self.start[row + 1] as usize {
            f(self.column[entry] as usize, self.strength[entry]);
        }
    }
}

impl Graph {
    /// Number of rows.
    pub(crate) fn len(&self) -> usize {
        self.loss.len()
    }

    /// Joins rows into aggregates of up to eight: the aggregate of each row, and the coarse operator.
    pub(crate) fn coarsen(&self) -> (Vec<u32>, Self) {
        three_passes(self)
    }
}

impl Problem {
    /// The first coarse operator and the aggregate of each cell.
    pub(crate) fn coarsen(&self) -> (Vec<u32>, Graph) {
        three_passes(self)
    }
}

fn three_passes(fine: &impl Couplings) -> (Vec<u32>, Graph) {
    let (mut map, mut graph) = one_pass(fine);
    for _ in 0..2 {
        let (next, coarse) = one_pass(&graph);
        map.iter_mut().for_each(|aggregate| *aggregate = next[*aggregate as usize]);
        graph = coarse;
    }
    (map, graph)
}

fn one_pass(fine: &impl Couplings) -> (Vec<u32>, Graph) {
    let rows = fine.rows();
    let mut map = vec![NONE; rows];
    let mut members: Vec<[u32; 2]> = Vec::with_capacity(rows / 2 + 1);
    for row in 0..rows {
        if map[row] != NONE {
            continue;
        }
        let mut strongest = 0.0f32;
        let mut free = (0.0f32, NONE);
        fine.each(row, |column, strength| {
            strongest = strongest.max(strength);
            if map[column] == NONE && strength > free.0 {
                free = (strength, column as u32);
            }
        });
        let aggregate = members.len() as u32;
        map[row] = aggregate;
        if free.1 != NONE && free.0 >= STRONG * strongest {
            map[free.1 as usize] = aggregate;
            members.push([row as u32, free.1]);
        } else {
            members.push([row as u32, NONE]);
        }
    }
    let mut graph = Graph { start: vec![0], ..Graph::default() };
    graph.start.reserve(members.len());
    graph.loss.reserve(members.len());
    let mut row_entries: Vec<(u32, f32)> = Vec::with_capacity(32);
    for (aggregate, pair) in members.iter().enumerate() {
        row_entries.clear();
        let mut loss = 0.0;
        for &row in pair.iter().filter(|row| **row != NONE) {
            loss += fine.loss(row as usize);
            fine.each(row as usize, |column, strength| {
                let other = map[column];
                if other as usize == aggregate || strength == 0.0 {
                    return;
                }
                match row_entries.iter_mut().find(|(known, _)| *known == other) {
                    Some((_, sum)) => *sum += strength,
                    None => row_entries.push((other, strength)),
                }
            });
        }
        graph.loss.push(loss);
        graph.column.extend(row_entries.iter().map(|(column, _)| *column));
        graph.strength.extend(row_entries.iter().map(|(_, strength)| *strength));
        graph.start.push(graph.column.len() as u32);
    }
    (map, graph)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Axis, Boundary};

    #[test]
    fn a_coarse_operator_keeps_every_loss_and_shrinks_eightfold() {
        let problem = Problem::new([16; 3], [1.0; 3], |_| [1.0; 3], [[Boundary::Open; 2]; 3]).unwrap();
        let (map, graph) = problem.coarsen();
        assert!(map.iter().all(|&aggregate| (aggregate as usize) < graph.len()));
        let fine: f64 = problem.loss.iter().sum();
        let coarse: f64 = graph.loss.iter().map(|l| f64::from(*l)).sum();
        // Sums of f32.
        assert!((fine - coarse).abs() < 1e-4 * fine);
        assert!(graph.len() <= 16 * 16 * 16 / 7, "{} aggregates", graph.len());
    }

    #[test]
    fn no_aggregate_reaches_across_a_barrier() {
        let mut problem = Problem::new([9, 8, 8], [1.0; 3], |_| [1.0; 3], [[Boundary::Open; 2]; 3]).unwrap();
        for row in 0..64 {
            problem.add_barrier(row * 9 + 4, Axis::I, 1e6).unwrap();
        }
        let (map, _) = problem.coarsen();
        let mut side = std::collections::BTreeMap::new();
        for (cell, aggregate) in map.iter().enumerate() {
            let right = cell % 9 > 4;
            assert_eq!(*side.entry(aggregate).or_insert(right), right);
        }
    }
}
