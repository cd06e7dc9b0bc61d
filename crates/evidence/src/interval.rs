//! The Wilson score interval of a proportion.
//!
//! With p = k/n and z = 1.959964, the ends are (p + z²/2n ∓ z √(p(1−p)/n + z²/4n²)) / (1 + z²/n).
//! Source: Wilson EB, J Am Stat Assoc 1927;22:209. Limit: it takes the n trials as independent; where a study repeats
//! blocks in one person, the true interval is wider.

/// The 97.5th percentile of the standard normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// 95 % Wilson interval of `events` out of `n`, as shares from 0 to 1; all of [0, 1] when `n` is zero.
#[must_use]
pub fn wilson95(events: u32, n: u32) -> (f64, f64) {
    if n == 0 {
        return (0.0, 1.0);
    }
    let n = f64::from(n);
    let p = f64::from(events) / n;
    let spread = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    let (centre, scale) = (p + Z * Z / (2.0 * n), 1.0 + Z * Z / n);
    (((centre - spread) / scale).max(0.0), ((centre + spread) / scale).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_example_of_intravascular_contrast_is_reproduced() {
        let (low, high) = wilson95(27, 216); // printed as 8.7 to 17.6 %
        assert!((low - 0.087).abs() < 5e-4 && (high - 0.176).abs() < 5e-4, "{low} {high}");
    }

    #[test]
    fn none_of_fifteen_still_allows_a_fifth() {
        let (low, high) = wilson95(0, 15); // closed form: z² / (n + z²)
        assert_eq!(low, 0.0);
        assert!((high - Z * Z / (15.0 + Z * Z)).abs() < 1e-12);
    }
}
