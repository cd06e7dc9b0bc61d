//! Conversions that clinicians do in their heads, and get wrong.

use crate::{Centimetres, Kg, MgPerMl, QuantityError};

/// Per cent weight per volume to milligrams per millilitre: 0.25 % is 2.5 mg/ml.
///
/// # Errors
/// [`QuantityError`] when the percentage is negative or not finite.
pub fn percent_to_mg_per_ml(percent: f64) -> Result<MgPerMl, QuantityError> {
    MgPerMl::new(percent * 10.0)
}

/// Body mass index in kg/m².
///
/// # Errors
/// [`QuantityError`] when the height is zero.
pub fn body_mass_index(weight: Kg, height: Centimetres) -> Result<f64, QuantityError> {
    let metres = height.get() / 100.0;
    if metres <= 0.0 {
        return Err(QuantityError::NotFinite {
            quantity: "body mass index",
            unit: "kg/m²",
            value: f64::INFINITY,
        });
    }
    Ok(weight.get() / (metres * metres))
}

/// Ideal body weight, Devine 1974: 50 kg (men) or 45.5 kg (women) plus 2.3 kg per inch over 5 feet, never below
/// the constant. Devine BJ, Drug Intell Clin Pharm 1974;8:650.
#[must_use]
pub fn ideal_body_weight(height: Centimetres, female: bool) -> Kg {
    let inches_over_five_feet = (height.get() / 2.54 - 60.0).max(0.0);
    Kg::literal(if female { 45.5 } else { 50.0 } + 2.3 * inches_over_five_feet)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_quarter_per_cent_is_two_and_a_half_milligrams_per_millilitre() {
        assert_eq!(percent_to_mg_per_ml(0.25).unwrap(), MgPerMl::literal(2.5));
    }

    #[test]
    fn ideal_weight_of_a_woman_of_165_cm_is_about_57_kg() {
        assert!((ideal_body_weight(Centimetres::literal(165.0), true).get() - 56.9).abs() < 0.1);
    }

    proptest! {
        #[test]
        fn body_mass_index_falls_with_height(weight in 30.0..200.0, height in 130.0..200.0) {
            let at = |cm: f64| body_mass_index(Kg::literal(weight), Centimetres::literal(cm)).unwrap();
            prop_assert!(at(height + 1.0) < at(height));
        }
    }
}
