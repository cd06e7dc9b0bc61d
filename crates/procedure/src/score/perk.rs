//! Perk Tutor's measures of a tool's movement, on a trace of its tip.
//!
//! ```text
//! path length        L = Σ |p_i − p_(i−1)|
//! path inefficiency  100 (L / |p_n − p_0| − 1) %; nothing when the tool never leaves its start (Perk Tutor divides by 0)
//! motion smoothness  √(Σ |jerk|² Δt), backward differences of third order, mm/s³ · √s
//! bounding box       product of the extents
//! translational actions  times that the speed rises above a threshold and stays, after a pause (50 mm/s and 0.2 s there)
//! Hausdorff          largest distance of a point of one trace from the other
//! Fréchet            least leash over both traces, discrete (Eiter & Mannila 1994)
//! ```
//!
//! Formulas after PerkTutor/PythonMetrics as published.

/// A moment of a tool.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// Time, s.
    pub t_s: f64,
    /// Tip, mm.
    pub tip_mm: [f64; 3],
}

fn distance(a: [f64; 3], b: [f64; 3]) -> f64 {
    (0..3).map(|i| (a[i] - b[i]).powi(2)).sum::<f64>().sqrt()
}

/// Time from first to last, s.
#[must_use]
pub fn elapsed_s(trace: &[Sample]) -> f64 {
    match (trace.first(), trace.last()) {
        (Some(first), Some(last)) => last.t_s - first.t_s,
        _ => 0.0,
    }
}

/// Way of the tip, mm.
#[must_use]
pub fn path_length_mm(trace: &[Sample]) -> f64 {
    trace.windows(2).map(|pair| distance(pair[0].tip_mm, pair[1].tip_mm)).sum()
}

/// How much longer than straight, %; nothing when the tool ends where it began.
#[must_use]
pub fn path_inefficiency_percent(trace: &[Sample]) -> Option<f64> {
    let (first, last) = (trace.first()?, trace.last()?);
    let straight = distance(first.tip_mm, last.tip_mm);
    (straight > 1e-9).then(|| 100.0 * (path_length_mm(trace) / straight - 1.0))
}

/// Root of the integrated squared jerk.
#[must_use]
pub fn smoothness(trace: &[Sample]) -> f64 {
    let mut distinct: Vec<Sample> = Vec::new();
    for sample in trace {
        if distinct.last().is_none_or(|last| sample.t_s > last.t_s) {
            distinct.push(*sample);
        }
    }
    let rate = |a: [f64; 3], b: [f64; 3], dt: f64| [0, 1, 2].map(|i| (a[i] - b[i]) / dt);
    let mut sum = 0.0;
    for w in distinct.windows(4) {
        let dt = [w[3].t_s - w[2].t_s, w[2].t_s - w[1].t_s, w[1].t_s - w[0].t_s];
        let v0 = rate(w[3].tip_mm, w[2].tip_mm, dt[0]);
        let v1 = rate(w[2].tip_mm, w[1].tip_mm, dt[1]);
        let v2 = rate(w[1].tip_mm, w[0].tip_mm, dt[2]);
        let jerk = rate(rate(v0, v1, dt[0]), rate(v1, v2, dt[1]), dt[0]);
        sum += jerk.iter().map(|c| c * c).sum::<f64>() * dt[0];
    }
    sum.sqrt()
}

/// Volume of the box about the trace, mm³.
#[must_use]
pub fn bounding_box_mm3(trace: &[Sample]) -> f64 {
    if trace.is_empty() {
        return 0.0;
    }
    (0..3)
        .map(|axis| {
            let values = trace.iter().map(|sample| sample.tip_mm[axis]);
            values.clone().fold(f64::MIN, f64::max) - values.fold(f64::MAX, f64::min)
        })
        .product()
}

/// Times that the speed rises above a threshold (mm/s) and holds for longer than `hold_s` after the last change.
#[must_use]
pub fn translational_actions(trace: &[Sample], threshold_mm_s: f64, hold_s: f64) -> u32 {
    let (mut count, mut moving, mut since) = (0, false, 0.0);
    for pair in trace.windows(2) {
        let dt = pair[1].t_s - pair[0].t_s;
        if dt <= 0.0 {
            continue;
        }
        let fast = distance(pair[0].tip_mm, pair[1].tip_mm) / dt > threshold_mm_s;
        if fast == moving {
            since = pair[1].t_s;
        } else if pair[1].t_s - since > hold_s {
            moving = fast;
            since = pair[1].t_s;
            count += u32::from(fast);
        }
    }
    count
}

/// Largest distance of a point of either trace from the nearest point of the other, mm.
#[must_use]
pub fn hausdorff_mm(a: &[Sample], b: &[Sample]) -> Option<f64> {
    let one_way = |from: &[Sample], to: &[Sample]| {
        from.iter()
            .map(|p| to.iter().map(|q| distance(p.tip_mm, q.tip_mm)).fold(f64::INFINITY, f64::min))
            .fold(0.0, f64::max)
    };
    (!a.is_empty() && !b.is_empty()).then(|| one_way(a, b).max(one_way(b, a)))
}

/// Least leash with which both traces can be walked without going back, mm.
#[must_use]
pub fn frechet_mm(a: &[Sample], b: &[Sample]) -> Option<f64> {
    if a.is_empty() || b.is_empty() {
        return None;
    }
    let mut above: Vec<f64> = Vec::new();
    for (i, p) in a.iter().enumerate() {
        let mut row: Vec<f64> = Vec::with_capacity(b.len());
        for (j, q) in b.iter().enumerate() {
            let here = distance(p.tip_mm, q.tip_mm);
            let before = match (i, j) {
                (0, 0) => here,
                (0, _) => row[j - 1],
                (_, 0) => above[0],
                _ => row[j - 1].min(above[j]).min(above[j - 1]),
            };
            row.push(here.max(before));
        }
        above = row;
    }
    above.last().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trace(points: &[[f64; 3]], dt: f64) -> Vec<Sample> {
        points.iter().enumerate().map(|(i, p)| Sample { t_s: dt * i as f64, tip_mm: *p }).collect()
    }

    #[test]
    fn a_detour_of_seven_for_five_is_forty_per_cent_too_long() {
        let l = trace(&[[0.0; 3], [3.0, 0.0, 0.0], [3.0, 4.0, 0.0]], 1.0);
        assert!((path_length_mm(&l) - 7.0).abs() < 1e-12);
        assert!((path_inefficiency_percent(&l).unwrap() - 40.0).abs() < 1e-9);
        assert!((elapsed_s(&l) - 2.0).abs() < 1e-12);
        assert_eq!(bounding_box_mm3(&trace(&[[0.0; 3], [2.0, 3.0, 4.0]], 1.0)), 24.0);
    }

    #[test]
    fn a_tool_that_never_leaves_its_start_has_no_inefficiency_instead_of_a_division_by_zero() {
        assert_eq!(path_inefficiency_percent(&trace(&[[1.0; 3]; 5], 1.0)), None);
        assert_eq!(path_inefficiency_percent(&trace(&[[0.0; 3], [5.0, 0.0, 0.0], [0.0; 3]], 1.0)), None);
        assert_eq!(path_inefficiency_percent(&[]), None);
    }

    #[test]
    fn constant_acceleration_is_smooth_and_a_cubic_has_the_jerk_of_its_third_derivative() {
        let along =
            |f: fn(f64) -> f64| trace(&(0..20).map(|i| [f(f64::from(i)), 0.0, 0.0]).collect::<Vec<_>>(), 1.0);
        assert!(smoothness(&along(|t| t * t)) < 1e-9, "no jerk in t²");
        // t³ has jerk 6 everywhere; 17 windows of 1 s: √(17 · 36).
        assert!((smoothness(&along(|t| t * t * t)) - (17.0f64 * 36.0).sqrt()).abs() < 1e-6);
    }

    #[test]
    fn two_dashes_with_a_rest_between_are_two_actions() {
        let mut samples = Vec::new();
        let (mut t, mut x) = (0.0, 0.0);
        for speed in [0.0, 0.0, 100.0, 100.0, 0.0, 0.0, 100.0, 100.0, 0.0] {
            for _ in 0..5 {
                samples.push(Sample { t_s: t, tip_mm: [x, 0.0, 0.0] });
                t += 0.1;
                x += speed * 0.1;
            }
        }
        assert_eq!(translational_actions(&samples, 50.0, 0.2), 2);
        assert_eq!(translational_actions(&samples, 500.0, 0.2), 0);
    }

    #[test]
    fn frechet_knows_direction_and_hausdorff_does_not() {
        let there = trace(&[[0.0; 3], [5.0, 0.0, 0.0], [10.0, 0.0, 0.0]], 1.0);
        let mut back = there.clone();
        back.reverse();
        assert_eq!(hausdorff_mm(&there, &back), Some(0.0));
        assert_eq!(frechet_mm(&there, &back), Some(10.0));
        let shifted: Vec<Sample> =
            there.iter().map(|s| Sample { tip_mm: [s.tip_mm[0], 3.0, 0.0], ..*s }).collect();
        assert_eq!(frechet_mm(&there, &shifted), Some(3.0));
        assert_eq!(frechet_mm(&there, &[]), None);
    }
}
