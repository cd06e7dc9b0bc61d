//! Tridiagonal systems of a cable, for one fibre or several side by side.
//!
//! Divided by the axial coupling g the system is `d_j x_j − x_{j−1} − x_{j+1} = r_j`. Elimination from one end gives
//!
//! ```text
//! c_j = 1 / (d_j − c_{j−1})        r'_j = (r_j + r'_{j−1}) c_j        x_j = r'_j + c_j x_{j+1}
//! ```
//!
//! Each c waits for a division, so a single fibre is eliminated from both ends at once (two chains of divisions side
//! by side), meeting in the middle. With several fibres in lanes each division is a vector division. The matrix is
//! diagonally dominant, so no pivots are needed.

/// Solves in place: `diagonal` is overwritten with c, `right` with the solution.
#[inline(always)]
pub(crate) fn solve<const L: usize>(diagonal: &mut [[f64; L]], right: &mut [[f64; L]]) {
    let n = diagonal.len().min(right.len());
    let (diagonal, right) = (&mut diagonal[..n], &mut right[..n]);
    if n == 0 {
        return;
    }
    let half = n / 2;
    let (mut top_c, mut top_r) = ([0.0; L], [0.0; L]);
    let (mut end_c, mut end_r) = ([0.0; L], [0.0; L]);
    {
        let (upper_d, lower_d) = diagonal.split_at_mut(half);
        let (upper_r, lower_r) = right.split_at_mut(half);
        let pairs = upper_d
            .iter_mut()
            .zip(upper_r.iter_mut())
            .zip(lower_d.iter_mut().rev().zip(lower_r.iter_mut().rev()));
        for ((ud, ur), (ld, lr)) in pairs {
            eliminate(ud, ur, &mut top_c, &mut top_r);
            eliminate(ld, lr, &mut end_c, &mut end_r);
        }
        if n % 2 == 1 {
            eliminate(&mut lower_d[0], &mut lower_r[0], &mut end_c, &mut end_r);
        }
    }
    // The last of the upper half says x_u = r_u + c_u x_l, the first of the lower x_l = r_l + c_l x_u.
    let (mut upper, mut lower) = ([0.0; L], [0.0; L]);
    for l in 0..L {
        lower[l] = (end_r[l] + end_c[l] * top_r[l]) / (1.0 - end_c[l] * top_c[l]);
        upper[l] = top_r[l] + top_c[l] * lower[l];
    }
    right[half] = lower;
    if half == 0 {
        return;
    }
    right[half - 1] = upper;
    let (upper_r, lower_r) = right.split_at_mut(half);
    let (upper_c, lower_c) = diagonal.split_at(half);
    let upward = upper_r[..half - 1].iter_mut().rev().zip(upper_c[..half - 1].iter().rev());
    let mut downward = lower_r[1..].iter_mut().zip(&lower_c[1..]);
    for (ur, uc) in upward {
        substitute(ur, uc, &mut upper);
        if let Some((lr, lc)) = downward.next() {
            substitute(lr, lc, &mut lower);
        }
    }
    for (lr, lc) in downward {
        substitute(lr, lc, &mut lower);
    }
}

#[inline(always)]
fn eliminate<const L: usize>(d: &mut [f64; L], r: &mut [f64; L], c: &mut [f64; L], sum: &mut [f64; L]) {
    for l in 0..L {
        c[l] = 1.0 / (d[l] - c[l]);
        sum[l] = (r[l] + sum[l]) * c[l];
        d[l] = c[l];
        r[l] = sum[l];
    }
}

#[inline(always)]
fn substitute<const L: usize>(r: &mut [f64; L], c: &[f64; L], x: &mut [f64; L]) {
    for l in 0..L {
        x[l] = r[l] + c[l] * x[l];
        r[l] = x[l];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_solution_put_back_gives_the_right_hand_side_for_every_size_and_lane() {
        for n in 1..40 {
            let entry = |j: usize, l: usize, salt: usize| ((j * 37 + l * 101 + salt) % 17) as f64 / 17.0;
            let diagonal: Vec<[f64; 3]> =
                (0..n).map(|j| std::array::from_fn(|l| 2.1 + entry(j, l, 1))).collect();
            let right: Vec<[f64; 3]> =
                (0..n).map(|j| std::array::from_fn(|l| entry(j, l, 5) - 0.4)).collect();
            let (mut d, mut x) = (diagonal.clone(), right.clone());
            solve(&mut d, &mut x);
            for j in 0..n {
                for l in 0..3 {
                    let before = if j > 0 { x[j - 1][l] } else { 0.0 };
                    let after = if j + 1 < n { x[j + 1][l] } else { 0.0 };
                    let residual = diagonal[j][l] * x[j][l] - before - after - right[j][l];
                    // The condition number is at most (2.1 + 1 + 2)/(2.1 − 2), so rounding stays near 1e-15 · 50.
                    assert!(residual.abs() < 1e-12, "n {n}, row {j}, lane {l}: {residual:e}");
                }
            }
        }
    }
}
