//! The loops over cells: one plane of one colour at a time, whole vectors, no branches.

use crate::layout::{LANES, Lanes, Layout, first};
use rami_wide::wide;

/// Per axis and colour: the transmissibility of each cell's upper face.
pub(crate) type Faces = [[Vec<f32>; 2]; 3];

/// A row's six faces and the values beyond them.
struct Around<'a> {
    faces: [&'a [Lanes]; 6],
    beyond: [&'a [Lanes]; 6],
}

#[inline(always)]
fn lanes(values: &[f32], start: usize, width: usize) -> &[Lanes] {
    values[start..start + width].as_chunks().0
}

impl<'a> Around<'a> {
    /// Of the row of `colour` at (j, k); `other` are the values of the other colour.
    #[inline(always)]
    fn new(layout: &Layout, faces: &'a Faces, other: &'a [f32], colour: usize, j: usize, k: usize) -> Self {
        let (row, width, plane) = (layout.row(j, k), layout.width, layout.plane);
        // The neighbours along i of a row that begins at i = 0 lie one place back and here, else here and one on.
        let back = row + first(colour, j, k) - 1;
        let [x, y, z] = faces;
        let own = |axis: &'a [Vec<f32>; 2]| lanes(&axis[colour], row, width);
        let below = |axis: &'a [Vec<f32>; 2], at| lanes(&axis[1 - colour], at, width);
        Self {
            faces: [below(x, back), own(x), below(y, row - width), own(y), below(z, row - plane), own(z)],
            beyond: [back, back + 1, row - width, row + width, row - plane, row + plane]
                .map(|at| lanes(other, at, width)),
        }
    }

    /// Σ T u over the faces.
    #[inline(always)]
    fn drawn(&self, at: usize, mut sum: Lanes) -> Lanes {
        for (faces, beyond) in self.faces.iter().zip(&self.beyond) {
            let (faces, beyond) = (&faces[at], &beyond[at]);
            for l in 0..LANES {
                sum[l] += faces[l] * beyond[l];
            }
        }
        sum
    }

    /// Loss · u + Σ T (u − u beyond): exactly nothing for a constant where nothing is lost.
    #[inline(always)]
    fn outflow(&self, at: usize, loss: &Lanes, own: &Lanes) -> Lanes {
        let mut sum = [0.0; LANES];
        for l in 0..LANES {
            sum[l] = loss[l] * own[l];
        }
        for (faces, beyond) in self.faces.iter().zip(&self.beyond) {
            let (faces, beyond) = (&faces[at], &beyond[at]);
            for l in 0..LANES {
                sum[l] += faces[l] * (own[l] - beyond[l]);
            }
        }
        sum
    }
}

/// Sums a row's lanes, always in the same order.
#[inline(always)]
fn total(sum: &Lanes) -> f64 {
    sum.iter().map(|v| f64::from(*v)).sum()
}

wide! {
    /// Relaxes plane `k` of a colour: `out` = (right + Σ T u beyond) / diagonal.
    pub(crate) fn relax(
        layout: &Layout,
        faces: &Faces,
        inverse: &[f32],
        colour: usize,
        k: usize,
        right: &[f32],
        other: &[f32],
        out: &mut [f32],
    ) {
        for j in 0..layout.dims[1] {
            let around = Around::new(layout, faces, other, colour, j, k);
            let right = lanes(right, layout.row(j, k), layout.width);
            let inverse = lanes(inverse, layout.row(j, k), layout.width);
            let out = out[j * layout.width..(j + 1) * layout.width].as_chunks_mut::<LANES>().0;
            for at in 0..layout.width / LANES {
                let sum = around.drawn(at, right[at]);
                for l in 0..LANES {
                    out[at][l] = sum[l] * inverse[at][l];
                }
            }
        }
    }
}

wide! {
    /// Plane `k` of a colour of A u, into `out`; returns u · A u and u · w there.
    pub(crate) fn apply(
        layout: &Layout,
        faces: &Faces,
        loss: &[f32],
        colour: usize,
        k: usize,
        own: &[f32],
        other: &[f32],
        with: &[f32],
        out: &mut [f32],
    ) -> [f64; 2] {
        let mut dots = [0.0; 2];
        for j in 0..layout.dims[1] {
            let row = layout.row(j, k);
            let around = Around::new(layout, faces, other, colour, j, k);
            let [own, loss, with] = [own, loss, with].map(|v| lanes(v, row, layout.width));
            let out = out[j * layout.width..(j + 1) * layout.width].as_chunks_mut::<LANES>().0;
            let (mut energy, mut work) = ([0.0; LANES], [0.0; LANES]);
            for at in 0..layout.width / LANES {
                let sum = around.outflow(at, &loss[at], &own[at]);
                for l in 0..LANES {
                    energy[l] += own[at][l] * sum[l];
                    work[l] += own[at][l] * with[at][l];
                }
                out[at] = sum;
            }
            dots[0] += total(&energy);
            dots[1] += total(&work);
        }
        dots
    }
}

wide! {
    /// Adds what is left of plane `k` of a colour after smoothing, `right` − A u, to the blocks' rows of that plane.
    pub(crate) fn restrict(
        layout: &Layout,
        faces: &Faces,
        loss: &[f32],
        colour: usize,
        k: usize,
        right: &[f32],
        own: &[f32],
        other: &[f32],
        blocks: &mut [f32],
    ) {
        for j in 0..layout.dims[1] {
            let row = layout.row(j, k);
            let around = Around::new(layout, faces, other, colour, j, k);
            let [right, own, loss] = [right, own, loss].map(|v| lanes(v, row, layout.width));
            let start = j / 2 * layout.width;
            let blocks = blocks[start..start + layout.width].as_chunks_mut::<LANES>().0;
            for at in 0..layout.width / LANES {
                let sum = around.outflow(at, &loss[at], &own[at]);
                for l in 0..LANES {
                    blocks[at][l] += right[at][l] - sum[l];
                }
            }
        }
    }
}

wide! {
    /// Adds to plane `k` of a colour, `out`, what its blocks hold.
    pub(crate) fn prolong(layout: &Layout, blocks: &[f32], out: &mut [f32]) {
        for j in 0..layout.dims[1] {
            let start = j / 2 * layout.width;
            let blocks = &blocks[start..start + layout.width];
            let out = &mut out[j * layout.width..(j + 1) * layout.width];
            for (out, block) in out.iter_mut().zip(blocks) {
                *out += block;
            }
        }
    }
}

wide! {
    /// `out` = a · b.
    pub(crate) fn multiply(a: &[f32], b: &[f32], out: &mut [f32]) {
        for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
            *out = a * b;
        }
    }
}

wide! {
    /// `out` = a − factor · `out`.
    pub(crate) fn turn(a: &[f32], factor: f32, out: &mut [f32]) {
        for (out, a) in out.iter_mut().zip(a) {
            *out = a - factor * *out;
        }
    }
}

wide! {
    /// `out` += factor · a.
    pub(crate) fn add(a: &[f32], factor: f32, out: &mut [f32]) {
        for (out, a) in out.iter_mut().zip(a) {
            *out += factor * a;
        }
    }
}

wide! {
    /// a · b, in an order that depends on nothing.
    pub(crate) fn dot(a: &[f32], b: &[f32]) -> f64 {
        // Runs so short that single precision loses little.
        const RUN: usize = 16 * LANES;
        let mut sum = 0.0;
        for (a, b) in a.chunks(RUN).zip(b.chunks(RUN)) {
            let mut part = [0.0f32; LANES];
            let ((a, rest_a), (b, rest_b)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
            for (a, b) in a.iter().zip(b) {
                for l in 0..LANES {
                    part[l] += a[l] * b[l];
                }
            }
            sum += total(&part);
            sum += rest_a.iter().zip(rest_b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
        }
        sum
    }
}
