//! Free drug from total drug.
//!
//! ```text
//! C_total = C_u · (1 + N/(Kd + C_u) + n_alb)        N: capacity of alpha-1-acid glycoprotein, one site a molecule
//! ```
//!
//! Units mg/L. Kd is set so that the free share at low concentration and normal glycoprotein is the published one; N
//! from 0.7 g/L at 41 kg/mol. Checked, not fitted: the venous totals and free values at the volunteers' threshold.
//! Limits: pH, competing drugs and pregnancy are left out.

/// Saturable and unsaturable binding of one drug in one plasma.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Binding {
    /// Capacity of alpha-1-acid glycoprotein in mg of drug per L.
    pub capacity_mg_l: f64,
    /// Dissociation constant in mg/L.
    pub kd_mg_l: f64,
    /// Bound to albumin per free.
    pub albumin_ratio: f64,
}

impl Binding {
    /// The binding whose free share at vanishing concentration is `free_fraction`.
    #[must_use]
    pub fn from_free_fraction(free_fraction: f64, molar_mass_g_mol: f64, albumin_ratio: f64) -> Self {
        let aag_mmol_l =
            rami_evidence::value("plasma.aag.normal") / rami_evidence::value("plasma.aag.molar_mass");
        let capacity_mg_l = aag_mmol_l * molar_mass_g_mol;
        let kd_mg_l = capacity_mg_l / (1.0 / free_fraction - 1.0 - albumin_ratio);
        Self { capacity_mg_l, kd_mg_l, albumin_ratio }
    }

    /// With this many times the glycoprotein.
    #[must_use]
    pub fn scaled(self, aag: f64) -> Self {
        Self { capacity_mg_l: self.capacity_mg_l * aag, ..self }
    }

    /// Free share at vanishing concentration.
    #[must_use]
    pub fn free_fraction(&self) -> f64 {
        1.0 / (1.0 + self.capacity_mg_l / self.kd_mg_l + self.albumin_ratio)
    }

    /// Total concentration that belongs to a free one.
    #[must_use]
    pub fn total(&self, free_mg_l: f64) -> f64 {
        free_mg_l * (1.0 + self.capacity_mg_l / (self.kd_mg_l + free_mg_l) + self.albumin_ratio)
    }

    /// Free concentration that belongs to a total one: the positive root of
    /// (1 + n) C_u² + ((1 + n) Kd + N − C) C_u − C Kd = 0, in the form that does not cancel.
    #[must_use]
    pub fn free(&self, total_mg_l: f64) -> f64 {
        let a = 1.0 + self.albumin_ratio;
        let b = a * self.kd_mg_l + self.capacity_mg_l - total_mg_l;
        let c = total_mg_l * self.kd_mg_l;
        let root = (b * b + 4.0 * a * c).sqrt();
        if b > 0.0 { 2.0 * c / (b + root) } else { (root - b) / (2.0 * a) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_free_share_at_low_concentration_is_the_published_one() {
        let binding = Binding::from_free_fraction(0.048, 288.43, 1.5);
        // At a thousandth of Kd saturation changes the share by less than a thousandth.
        assert!((binding.free(1e-3 * binding.kd_mg_l) / (1e-3 * binding.kd_mg_l) - 0.048).abs() < 1e-4);
    }

    #[test]
    fn at_the_volunteers_threshold_total_and_free_agree_with_what_was_measured() {
        for (drug, free_fraction, molar_mass) in
            [("bupivacaine", 0.048, 288.43), ("ropivacaine", 0.061, 274.4)]
        {
            let binding = Binding::from_free_fraction(free_fraction, molar_mass, 1.5);
            let published = rami_evidence::figure(&format!("toxicity.{drug}.total_venous"));
            let interval = published.interval.unwrap();
            let total = binding.total(rami_evidence::value(&format!("toxicity.{drug}.free_venous")));
            // Within one standard deviation of the people measured; nothing was fitted to it.
            assert!((interval.low..=interval.high).contains(&total), "{drug}: {total}");
        }
    }

    proptest! {
        #[test]
        fn free_and_total_are_inverse_and_free_rises(free in 1e-6..20.0, aag in 0.2..5.0) {
            let binding = Binding::from_free_fraction(0.061, 274.4, 1.5).scaled(aag);
            let total = binding.total(free);
            prop_assert!((binding.free(total) / free - 1.0).abs() < 1e-9);
            prop_assert!(binding.free(total * 1.01) > free);
        }
    }
}
