//! The discretised operator.
//!
//! Transmissibility of the face between cells a and b along an axis with cell size h and face area A:
//!
//! ```text
//! T = A / ( h/(2 κ_a) + h/(2 κ_b) + R )        R = thickness / κ of a thin barrier on the face, else 0
//! ```
//!
//! so that flux from a to b is `T (u_a − u_b)`: exact for layers across the axis. An open outer face holds u = 0 half a
//! cell outside the last centre, with `T = 2 A κ / h`; a closed one lets nothing through. A diagonal κ is the limit of
//! two-point fluxes: fibres oblique to the grid are represented by the diagonal of their tensor only.

use rami_wide::wide;
use rayon::prelude::*;

/// An axis of the grid; `I` is fastest in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Axis {
    I = 0,
    J = 1,
    K = 2,
}

impl Axis {
    /// All three, fastest first.
    pub const ALL: [Self; 3] = [Self::I, Self::J, Self::K];
}

/// What an outer side of the grid does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Boundary {
    /// u = 0 on the outer face.
    Open,
    /// Nothing flows through.
    Closed,
}

/// Why a problem cannot be posed or solved.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FieldError {
    /// No cells, or more than can be numbered.
    #[error(
        "a field on {0:?} cells cannot be solved: each side needs at least 1 cell and all of them at most 2^31"
    )]
    Dimensions([usize; 3]),
    /// A cell size that is not a length.
    #[error("cell sizes of {0:?} must be positive and finite")]
    Spacing([f64; 3]),
    /// A coefficient that is not one.
    #[error("{quantity} of cell {cell} is {value}; it must be finite and not negative")]
    Coefficient {
        /// Which coefficient.
        quantity: &'static str,
        /// Number of the cell.
        cell: usize,
        /// Its value.
        value: f64,
    },
    /// Nothing fixes the level of u.
    #[error(
        "every side is closed and nothing is absorbed: u is fixed only up to a constant. Open a side or absorb"
    )]
    Floating,
    /// A vector of the wrong length.
    #[error("{quantity} has {found} values where the grid has {expected} cells")]
    Length {
        /// Which vector.
        quantity: &'static str,
        /// Its length.
        found: usize,
        /// Number of cells.
        expected: usize,
    },
    /// The iteration did not reach the tolerance.
    #[error("the field did not converge: relative residual {residual:.1e} after {iterations} iterations")]
    NotConverged {
        /// Iterations done.
        iterations: usize,
        /// Relative residual reached.
        residual: f64,
    },
}

/// The operator on a grid of `dims` cells (`i` fastest).
#[derive(Debug, Clone)]
pub struct Problem {
    pub(crate) dims: [usize; 3],
    spacing: [f64; 3],
    /// Transmissibility of each cell's upper face along each axis; 0 at the last cell.
    pub(crate) upper: [Vec<f64>; 3],
    /// What each cell loses per unit of u: open outer faces and absorption.
    pub(crate) loss: Vec<f64>,
}

impl Problem {
    /// Poses the problem for κ given per cell along `[i, j, k]`, and what each outer side does, lower then upper.
    ///
    /// # Errors
    /// [`FieldError::Dimensions`], [`FieldError::Spacing`], and [`FieldError::Coefficient`] for a κ that is negative
    /// or not finite. κ = 0 is allowed: nothing flows through such a cell.
    pub fn new(
        dims: [usize; 3],
        spacing: [f64; 3],
        kappa: impl Fn(usize) -> [f64; 3] + Sync,
        sides: [[Boundary; 2]; 3],
    ) -> Result<Self, FieldError> {
        let cells = dims.iter().try_fold(1usize, |n, &d| n.checked_mul(d)).filter(|&n| n > 0 && n <= 1 << 31);
        let Some(cells) = cells else { return Err(FieldError::Dimensions(dims)) };
        if spacing.iter().any(|h| !(h.is_finite() && *h > 0.0)) {
            return Err(FieldError::Spacing(spacing));
        }
        let bad = (0..cells).into_par_iter().find_map_first(|cell| {
            let value = kappa(cell).into_iter().find(|k| !(k.is_finite() && *k >= 0.0))?;
            Some(FieldError::Coefficient { quantity: "κ", cell, value })
        });
        if let Some(error) = bad {
            return Err(error);
        }
        let stride = strides(dims);
        let mut loss = vec![0.0; cells];
        let upper = [0, 1, 2].map(|axis| {
            let area = spacing[(axis + 1) % 3] * spacing[(axis + 2) % 3];
            let per_length = area / spacing[axis];
            (0..cells)
                .into_par_iter()
                .map(|cell| {
                    if position(dims, cell)[axis] + 1 == dims[axis] {
                        return 0.0;
                    }
                    let (a, b) = (kappa(cell)[axis], kappa(cell + stride[axis])[axis]);
                    if a + b > 0.0 { per_length * (2.0 * a * b) / (a + b) } else { 0.0 }
                })
                .collect()
        });
        loss.par_iter_mut().enumerate().for_each(|(cell, loss)| {
            let at = position(dims, cell);
            for axis in 0..3 {
                let open = usize::from(at[axis] == 0 && sides[axis][0] == Boundary::Open)
                    + usize::from(at[axis] + 1 == dims[axis] && sides[axis][1] == Boundary::Open);
                if open > 0 {
                    let area = spacing[(axis + 1) % 3] * spacing[(axis + 2) % 3];
                    *loss += open as f64 * 2.0 * area * kappa(cell)[axis] / spacing[axis];
                }
            }
        });
        Ok(Self { dims, spacing, upper, loss })
    }

    /// Puts a thin barrier on the upper face of a cell: `resistance` = thickness / κ of the barrier (infinite closes
    /// the face). Nothing happens on the outer side of the grid.
    ///
    /// # Errors
    /// [`FieldError::Coefficient`] for a negative or NaN resistance.
    pub fn add_barrier(&mut self, cell: usize, axis: Axis, resistance: f64) -> Result<(), FieldError> {
        if resistance.is_nan() || resistance < 0.0 {
            return Err(FieldError::Coefficient {
                quantity: "the barrier's resistance",
                cell,
                value: resistance,
            });
        }
        let area = self.face_area(axis);
        let face = &mut self.upper[axis as usize][cell];
        if *face > 0.0 {
            *face = 1.0 / (1.0 / *face + resistance / area);
        }
        Ok(())
    }

    /// Sets the transmissibility of a cell's upper face, for a face that opens or closes.
    ///
    /// # Errors
    /// [`FieldError::Coefficient`] when it is negative or not finite.
    pub fn set_face(&mut self, cell: usize, axis: Axis, transmissibility: f64) -> Result<(), FieldError> {
        if !(transmissibility.is_finite() && transmissibility >= 0.0) {
            return Err(FieldError::Coefficient {
                quantity: "a transmissibility",
                cell,
                value: transmissibility,
            });
        }
        self.upper[axis as usize][cell] = transmissibility;
        Ok(())
    }

    /// Lets a cell absorb `rate` per unit of u (capillary uptake, storage over a time step).
    ///
    /// # Errors
    /// [`FieldError::Coefficient`] when it is negative or not finite.
    pub fn add_absorption(&mut self, cell: usize, rate: f64) -> Result<(), FieldError> {
        if !(rate.is_finite() && rate >= 0.0) {
            return Err(FieldError::Coefficient { quantity: "absorption", cell, value: rate });
        }
        self.loss[cell] += rate;
        Ok(())
    }

    /// Cells along `[i, j, k]`.
    #[must_use]
    pub fn dims(&self) -> [usize; 3] {
        self.dims
    }

    /// Cell sizes along `[i, j, k]`.
    #[must_use]
    pub fn spacing(&self) -> [f64; 3] {
        self.spacing
    }

    /// How many cells there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.loss.len()
    }

    /// Never true.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        false
    }

    /// Transmissibility of a cell's upper face along an axis.
    #[must_use]
    pub fn face(&self, cell: usize, axis: Axis) -> f64 {
        self.upper[axis as usize][cell]
    }

    /// What a cell loses per unit of u: open outer faces and absorption.
    #[must_use]
    pub fn loss(&self, cell: usize) -> f64 {
        self.loss[cell]
    }

    /// Area of a face across an axis.
    #[must_use]
    pub fn face_area(&self, axis: Axis) -> f64 {
        let axis = axis as usize;
        self.spacing[(axis + 1) % 3] * self.spacing[(axis + 2) % 3]
    }

    /// What flows from a cell through its upper face under a solution `u`.
    #[must_use]
    pub fn flux(&self, u: &[f64], cell: usize, axis: Axis) -> f64 {
        let face = self.upper[axis as usize][cell];
        if face == 0.0 { 0.0 } else { face * (u[cell] - u[cell + strides(self.dims)[axis as usize]]) }
    }

    /// `source` − A u, into `out`; returns the sum of its squares and its largest value.
    pub(crate) fn residual(&self, u: &[f64], source: &[f64], out: &mut [f64]) -> [f64; 2] {
        let [ni, nj, _] = self.dims;
        let plane = |(k, out): (usize, &mut [f64])| residual_of_plane(self, k, u, source, out);
        let parts: Vec<[f64; 2]> = out.par_chunks_mut(ni * nj).enumerate().map(plane).collect();
        parts.iter().fold([0.0; 2], |[sum, most], part| [sum + part[0], most.max(part[1])])
    }

    /// What rounding may leave of a residual in double precision: the norm of all that is summed in it.
    pub(crate) fn rounding(&self, u: &[f64]) -> f64 {
        let stride = strides(self.dims);
        let summed = |cell: usize| {
            let own = u[cell].abs();
            let faces = (0..3).flat_map(|axis| {
                let upper = self.upper[axis][cell];
                let lower = cell.checked_sub(stride[axis]).map(|n| (self.upper[axis][n], u[n].abs()));
                let above = (upper > 0.0).then(|| (upper, u[cell + stride[axis]].abs()));
                lower.into_iter().chain(above)
            });
            faces.fold(self.loss[cell] * own, |sum, (face, near)| sum + face * (own + near))
        };
        let squares: f64 = (0..u.len()).map(|cell| summed(cell).powi(2)).sum();
        f64::EPSILON * squares.sqrt()
    }
}

wide! {
    fn residual_of_plane(
        problem: &Problem,
        k: usize,
        u: &[f64],
        source: &[f64],
        out: &mut [f64],
    ) -> [f64; 2] {
        let [ni, nj, nk] = problem.dims;
        let plane = ni * nj;
        let (mut sum, mut most) = (0.0, 0.0f64);
        for j in 0..nj {
            let cell = k * plane + j * ni;
            let own = &u[cell..cell + ni];
            let out = &mut out[j * ni..(j + 1) * ni];
            for (((out, source), loss), own) in
                out.iter_mut().zip(&source[cell..]).zip(&problem.loss[cell..]).zip(own)
            {
                *out = source - loss * own;
            }
            let x = &problem.upper[0][cell..cell + ni];
            for i in 0..ni - 1 {
                out[i] -= x[i] * (own[i] - own[i + 1]);
            }
            for i in 1..ni {
                out[i] -= x[i - 1] * (own[i] - own[i - 1]);
            }
            // A face lies with the lower of its two cells.
            for (axis, step, below, above) in [(1, ni, j > 0, j + 1 < nj), (2, plane, k > 0, k + 1 < nk)] {
                for (face, near) in [
                    below.then(|| (cell - step, cell - step)),
                    above.then(|| (cell, cell + step)),
                ]
                .into_iter()
                .flatten()
                {
                    let faces = &problem.upper[axis][face..face + ni];
                    let near = &u[near..near + ni];
                    for (((out, face), own), near) in out.iter_mut().zip(faces).zip(own).zip(near) {
                        *out -= face * (own - near);
                    }
                }
            }
            let mut squares = [0.0; 4];
            let mut largest = [0.0f64; 4];
            let (fours, rest) = out.as_chunks::<4>();
            for four in fours {
                for l in 0..4 {
                    squares[l] += four[l] * four[l];
                    largest[l] = largest[l].max(four[l].abs());
                }
            }
            sum += squares.iter().sum::<f64>() + rest.iter().map(|r| r * r).sum::<f64>();
            most = rest.iter().chain(&largest).fold(most, |most, r| most.max(r.abs()));
        }
        [sum, most]
    }
}

/// Steps in memory along the axes.
pub(crate) fn strides([ni, nj, _]: [usize; 3]) -> [usize; 3] {
    [1, ni, ni * nj]
}

/// Where a cell is in the grid.
pub(crate) fn position([ni, nj, _]: [usize; 3], cell: usize) -> [usize; 3] {
    [cell % ni, cell / ni % nj, cell / (ni * nj)]
}
