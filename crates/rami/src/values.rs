//! Parsers for values that several commands take.

/// `x,y,z` in LPS millimetres.
pub(crate) fn point(text: &str) -> Result<[f64; 3], String> {
    numbers::<3>(text, "x,y,z in LPS mm, for example -12,4,80")
}

/// `N` finite numbers with commas between them.
pub(crate) fn numbers<const N: usize>(text: &str, form: &str) -> Result<[f64; N], String> {
    let parts: Vec<f64> = text
        .split(',')
        .map(|part| part.trim().parse::<f64>().ok().filter(|v| v.is_finite()))
        .collect::<Option<_>>()
        .ok_or_else(|| format!("{text:?} is not {form}"))?;
    parts
        .try_into()
        .map_err(|parts: Vec<f64>| format!("{} numbers where {N} are wanted: {form}", parts.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_is_three_finite_numbers() {
        assert_eq!(point("-12,4, 80"), Ok([-12.0, 4.0, 80.0]));
        for bad in ["", "1,2", "1,2,3,4", "1,2,x", "1,2,NaN", "1,2,inf"] {
            assert!(point(bad).is_err(), "{bad}");
        }
    }
}
