//! The logarithm and the exponential in loops over pixels, to what an eye can tell.

/// Natural logarithm to 2e-5 from the exponent bits and a polynomial in the mantissa: a tenth of a grey level is 6e-4.
#[inline(always)]
pub(crate) fn fast_ln(x: f32) -> f32 {
    let bits = x.to_bits();
    let exponent = ((bits >> 23) as i32).wrapping_sub(127) as f32;
    let m = f32::from_bits((bits & 0x007F_FFFF) | 0x3F80_0000);
    // atanh series around the middle of 1..2: ln m = ln √2 + 2 artanh((m − √2) / (m + √2)).
    let t = (m - std::f32::consts::SQRT_2) / (m + std::f32::consts::SQRT_2);
    let t2 = t * t;
    let series = t * (2.0 + t2 * (2.0 / 3.0 + t2 * (2.0 / 5.0)));
    (exponent + 0.5) * std::f32::consts::LN_2 + series
}

/// Exponential to 3e-6 between −80 and 80: 2ⁿ from the exponent bits times a polynomial in the rest.
#[inline(always)]
pub(crate) fn fast_exp(x: f32) -> f32 {
    let y = x.clamp(-80.0, 80.0) * std::f32::consts::LOG2_E;
    // Adding and taking away 1.5 · 2²³ rounds to the nearest whole number.
    let n = (y + 12_582_912.0) - 12_582_912.0;
    let f = (y - n) * std::f32::consts::LN_2;
    let p = 1.0 + f * (1.0 + f * (0.5 + f * (1.0 / 6.0 + f * (1.0 / 24.0 + f * (1.0 / 120.0)))));
    let scale = f32::from_bits((((n as i32).wrapping_add(127)) as u32) << 23);
    p * scale
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quick_logarithm_is_the_logarithm() {
        for i in 1..4000 {
            let x = (i as f32 * 0.01).exp() * 1e-3;
            assert!((fast_ln(x) - x.ln()).abs() < 2e-5, "{x}");
        }
    }

    #[test]
    fn the_quick_exponential_is_the_exponential() {
        for i in -4000..4000 {
            let x = i as f32 * 0.017;
            assert!((f64::from(fast_exp(x)) / f64::from(x).exp() - 1.0).abs() < 1e-5, "{x}");
        }
        assert!(fast_exp(-1e9) < 1e-34 && fast_exp(1e9).is_finite());
    }
}
