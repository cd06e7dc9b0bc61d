//! Strength–duration and current–distance curves, fitted to thresholds.
//!
//! ```text
//! Weiss      I_th = I_rh (1 + t_c / PW)              charge I PW is a straight line in PW; chronaxie = t_c
//! Lapicque   I_th = I_rh / (1 − exp(−PW/τ))          chronaxie = τ ln 2
//! distance   I_th = I_0 + k r²
//! ```
//!
//! Limits: Weiss's line is least squares in charge, Lapicque's curve least squares in relative current; both are
//! descriptions of the computed thresholds, not the model.

/// A strength–duration law.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StrengthDuration {
    /// Current that a very long pulse needs, mA.
    pub rheobase_ma: f64,
    /// Pulse width at which twice the rheobase is needed, ms.
    pub chronaxie_ms: f64,
    /// Largest relative misfit at the given points.
    pub worst_misfit: f64,
}

/// Weiss's law through points (width ms, threshold mA); `None` with fewer than two different widths.
#[must_use]
pub fn weiss(points: &[(f64, f64)]) -> Option<StrengthDuration> {
    let (slope, start) = line(&points.iter().map(|&(w, i)| (w, w * i)).collect::<Vec<_>>())?;
    let (rheobase_ma, chronaxie_ms) = (slope, start / slope);
    Some(fit(points, rheobase_ma, chronaxie_ms, |w| rheobase_ma * (1.0 + chronaxie_ms / w)))
}

/// Lapicque's law through points (width ms, threshold mA); `None` with fewer than two different widths.
#[must_use]
pub fn lapicque(points: &[(f64, f64)]) -> Option<StrengthDuration> {
    line(points)?;
    // For a given τ the rheobase is linear; log τ is searched on a grid, then around the best of it.
    let misfit = |tau: f64| {
        let shape = |w: f64| 1.0 / -(-w / tau).exp_m1();
        let (top, bottom) = points.iter().fold((0.0, 0.0), |(t, b), &(w, i)| {
            let s = shape(w) / i;
            (t + s, b + s * s)
        });
        let rheobase = top / bottom;
        let sum: f64 = points.iter().map(|&(w, i)| (rheobase * shape(w) / i - 1.0).powi(2)).sum();
        (sum, rheobase)
    };
    let (mut centre, mut step) = (0.0_f64, 0.1);
    for round in 0..8 {
        let range = if round == 0 { -70..=70 } else { -10..=10 };
        let best = range
            .map(|k| centre + f64::from(k) * step)
            .min_by(|a, b| misfit(a.exp()).0.total_cmp(&misfit(b.exp()).0));
        centre = best.unwrap_or(centre);
        step *= 0.1;
    }
    let tau = centre.exp();
    let rheobase = misfit(tau).1;
    Some(fit(points, rheobase, tau * std::f64::consts::LN_2, |w| rheobase / -(-w / tau).exp_m1()))
}

/// I_0 (mA) and k (mA/mm²) of I_th = I_0 + k r² through points (distance mm, threshold mA).
#[must_use]
pub fn current_distance(points: &[(f64, f64)]) -> Option<(f64, f64)> {
    line(&points.iter().map(|&(r, i)| (r * r, i)).collect::<Vec<_>>()).map(|(slope, start)| (start, slope))
}

fn fit(
    points: &[(f64, f64)],
    rheobase_ma: f64,
    chronaxie_ms: f64,
    law: impl Fn(f64) -> f64,
) -> StrengthDuration {
    let worst_misfit = points.iter().map(|&(w, i)| (law(w) / i - 1.0).abs()).fold(0.0, f64::max);
    StrengthDuration { rheobase_ma, chronaxie_ms, worst_misfit }
}

/// Slope and start of the least-squares line.
fn line(points: &[(f64, f64)]) -> Option<(f64, f64)> {
    let n = points.len() as f64;
    let (mx, my) = points.iter().fold((0.0, 0.0), |(a, b), &(x, y)| (a + x / n, b + y / n));
    let (sxx, sxy) =
        points.iter().fold((0.0, 0.0), |(a, b), &(x, y)| (a + (x - mx) * (x - mx), b + (x - mx) * (y - my)));
    (points.len() > 1 && sxx > 0.0 && sxy.is_finite()).then(|| (sxy / sxx, my - sxy / sxx * mx))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_law_is_recovered_from_its_own_points() {
        let widths = [0.05, 0.1, 0.3, 1.0, 3.0];
        let of = |law: &dyn Fn(f64) -> f64| widths.map(|w| (w, law(w)));
        let w = weiss(&of(&|w| 0.4 * (1.0 + 0.2 / w))).unwrap();
        assert!((w.rheobase_ma - 0.4).abs() < 1e-12 && (w.chronaxie_ms - 0.2).abs() < 1e-12);
        let l = lapicque(&of(&|w| 0.4 / (1.0 - (-w / 0.3_f64).exp()))).unwrap();
        assert!((l.rheobase_ma - 0.4).abs() < 1e-6 && (l.chronaxie_ms - 0.3 * 2.0_f64.ln()).abs() < 1e-6);
        let (start, k) = current_distance(&[(1.0, 0.3), (2.0, 0.9), (5.0, 5.1)]).unwrap();
        assert!((start - 0.1).abs() < 1e-12 && (k - 0.2).abs() < 1e-12);
        assert!(weiss(&[(0.1, 1.0)]).is_none() && current_distance(&[(1.0, 1.0), (1.0, 2.0)]).is_none());
    }
}
