//! Quantum noise.
//!
//! The signal of a pixel is a sum over photons, each of its own energy: a compound Poisson variable with mean S and
//! variance g S, g the mean energy of detected photons weighted by energy. It is drawn as S + √(g S) z + g (z² − 1) / 6,
//! z normal: the first three cumulants are those of a Poisson variable of S/g photons (Cornish–Fisher), and below a few
//! photons it is cut off at nothing. The scintillator's blur comes after, so that noise is coloured as in a detector.
//! Rows have their own random stream, so a picture does not depend on threads.

use rami_random::{Rng, Stream};
use rami_wide::wide;
use std::sync::LazyLock;

/// Normal quantiles at the middles of 2¹⁶ equal shares: one look-up a draw.
static NORMAL: LazyLock<Vec<f32>> =
    LazyLock::new(|| (0..65536).map(|i| quantile((f64::from(i) + 0.5) / 65536.0) as f32).collect());

/// Adds noise to one row of signals (keV); `variance` is g, keV. `draws` is scratch.
pub(super) fn add(row: &mut [f32], variance: &[f32], stream: Stream, electronic: f32, draws: &mut Vec<f32>) {
    let table: &[f32] = &NORMAL;
    let mut rng = stream.rng();
    draws.clear();
    for _ in 0..row.len().div_ceil(4) {
        let bits = rng.next_u64();
        draws.extend([0, 16, 32, 48].map(|shift| table[(bits >> shift) as usize & 0xFFFF]));
    }
    disturb(row, variance, draws, electronic);
}

wide! {
    fn disturb(row: &mut [f32], variance: &[f32], draws: &[f32], electronic: f32) {
        for ((signal, g), z) in row.iter_mut().zip(variance).zip(draws) {
            let mean = signal.max(0.0);
            let sd = (g * mean + electronic).sqrt();
            *signal = (mean + sd * z + g * (z * z - 1.0) * (1.0 / 6.0)).max(0.0);
        }
    }
}

/// The normal quantile by Acklam's rational approximation (relative error below 1.2e-9).
fn quantile(p: f64) -> f64 {
    const A: [f64; 6] = [
        -3.969_683_028_665_376e1,
        2.209_460_984_245_205e2,
        -2.759_285_104_469_687e2,
        1.383_577_518_672_69e2,
        -3.066_479_806_614_716e1,
        2.506_628_277_459_239,
    ];
    const B: [f64; 5] = [
        -5.447_609_879_822_406e1,
        1.615_858_368_580_409e2,
        -1.556_989_798_598_866e2,
        6.680_131_188_771_972e1,
        -1.328_068_155_288_572e1,
    ];
    const C: [f64; 6] = [
        -7.784_894_002_430_293e-3,
        -3.223_964_580_411_365e-1,
        -2.400_758_277_161_838,
        -2.549_732_539_343_734,
        4.374_664_141_464_968,
        2.938_163_982_698_783,
    ];
    const D: [f64; 4] =
        [7.784_695_709_041_462e-3, 3.224_671_290_700_398e-1, 2.445_134_137_142_996, 3.754_408_661_907_416];
    let poly = |c: &[f64], x: f64| c.iter().fold(0.0, |sum, c| sum * x + c);
    let tail = |q: f64| poly(&C, q) / (poly(&D, q) * q + 1.0);
    if p < 0.02425 {
        tail((-2.0 * p.ln()).sqrt())
    } else if p > 1.0 - 0.02425 {
        -tail((-2.0 * (1.0 - p).ln()).sqrt())
    } else {
        let (q, r) = (p - 0.5, (p - 0.5) * (p - 0.5));
        poly(&A, r) * q / (poly(&B, r) * r + 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_variance_and_skewness_are_those_of_poisson() {
        for photons in [25.0f64, 300.0] {
            let g = 50.0f32;
            let n = 400_000;
            let mut row = vec![photons as f32 * g; n];
            add(&mut row, &vec![g; n], Stream::new(5), 0.0, &mut Vec::new());
            let counts: Vec<f64> = row.iter().map(|v| f64::from(v / g)).collect();
            let mean = counts.iter().sum::<f64>() / n as f64;
            let moment = |k: i32| counts.iter().map(|c| (c - mean).powi(k)).sum::<f64>() / n as f64;
            let (variance, skewness) = (moment(2), moment(3) / moment(2).powf(1.5));
            assert!((mean / photons - 1.0).abs() < 2e-3, "mean {mean} of {photons}: 5 standard errors");
            assert!((variance / photons - 1.0).abs() < 0.015, "variance {variance} of {photons}");
            assert!((skewness - photons.powf(-0.5)).abs() < 0.03, "skewness {skewness}");
        }
    }

    #[test]
    fn quantiles_are_normal() {
        assert!((quantile(0.975) - 1.959_964).abs() < 1e-6);
        assert!((quantile(0.001) + 3.090_232).abs() < 1e-6);
    }
}
