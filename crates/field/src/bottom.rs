//! The coarsest level, solved at once.

use crate::level::Level;
use nalgebra::{Cholesky, DMatrix};

/// Up to this many rows a level is solved directly: the inverse then stays in the processor's cache.
pub(crate) const DIRECT: usize = 150;

/// Sweeps where a level does not get small: what is left is coupled to nearly nothing.
const SWEEPS: usize = 4;

/// How the coarsest level is solved.
#[derive(Debug)]
pub(crate) struct Bottom {
    /// Slot of each row of the inverse.
    slots: Vec<u32>,
    /// Row after row; nothing where the level is too large for it.
    inverse: Vec<f32>,
}

impl Bottom {
    pub(crate) fn new(level: &Level) -> Self {
        let [ni, nj, nk] = level.layout.dims;
        let mut slots = Vec::new();
        if level.rows() > DIRECT {
            return Self { slots, inverse: Vec::new() };
        }
        for k in 0..nk {
            for j in 0..nj {
                slots.extend((0..ni).map(|i| level.layout.slot([i, j, k]) as u32));
            }
        }
        let base = 2 * level.layout.len;
        slots.extend((base..base + level.loose.len()).map(|slot| slot as u32));
        let inverse = invert(level, &slots).unwrap_or_default();
        Self { slots, inverse }
    }

    pub(crate) fn solve(&self, level: &Level, right: &[f32], u: &mut [f32]) {
        if self.inverse.is_empty() {
            level.smooth_down(right, u);
            for _ in 1..SWEEPS {
                level.smooth_up(right, u);
            }
            return;
        }
        let right: Vec<f32> = self.slots.iter().map(|slot| right[*slot as usize]).collect();
        for (slot, row) in self.slots.iter().zip(self.inverse.chunks_exact(right.len())) {
            u[*slot as usize] = crate::kernels::dot(row, &right) as f32;
        }
    }
}

/// The inverse, with the faintest loss so that parts without any have one too.
fn invert(level: &Level, slots: &[u32]) -> Option<Vec<f32>> {
    let (rows, base) = (slots.len(), 2 * level.layout.len);
    let mut number = vec![usize::MAX; level.len()];
    slots.iter().enumerate().for_each(|(row, slot)| number[*slot as usize] = row);
    let mut matrix = DMatrix::<f64>::zeros(rows, rows);
    let couple = |matrix: &mut DMatrix<f64>, a: usize, b: usize, strength: f32| {
        let strength = f64::from(strength);
        matrix[(a, b)] -= strength;
        matrix[(b, a)] -= strength;
        matrix[(a, a)] += strength * (1.0 + 1e-6);
        matrix[(b, b)] += strength * (1.0 + 1e-6);
    };
    for (row, &slot) in slots.iter().enumerate() {
        let slot = slot as usize;
        if slot >= base {
            matrix[(row, row)] += f64::from(level.loose.loss[slot - base]) + f64::from(f32::MIN_POSITIVE);
            for (near, strength) in level.loose.couplings(slot - base) {
                if near < base || near > slot {
                    couple(&mut matrix, row, number[near], strength);
                }
            }
            continue;
        }
        let (colour, at) = (slot / level.layout.len, slot % level.layout.len);
        matrix[(row, row)] += f64::from(level.loss[colour][at]) + f64::from(f32::MIN_POSITIVE);
        let around = level.beside(slot);
        for axis in 0..3 {
            let (near, face) = around[2 * axis + 1];
            if face > 0.0 {
                couple(&mut matrix, row, number[near], face);
            }
        }
    }
    let inverse = Cholesky::new(matrix)?.inverse();
    // A row that stands for nothing has an inverse beyond single precision; nothing ever flows into it.
    let single = |v: &f64| if v.abs() < 1e30 { *v as f32 } else { 0.0 };
    Some(inverse.iter().map(single).collect())
}
