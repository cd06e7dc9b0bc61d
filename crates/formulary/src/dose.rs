//! Maximum doses for one administration to an adult.
//!
//! The ceiling of a drug is the smaller of (mg per kg) × body mass and an absolute mass. Shares of ceilings add up over
//! drugs: two halves of two drugs are a whole. Source: evidence `formulary.*`, section F4. Limits: adults; no frailty,
//! liver or obesity correction (the clinic makes those); labels differ, and the tagged figures say so.

use crate::{Agent, FormularyError};
use rami_units::{Kg, Mg, MgPerKg};

/// A mass of one local anaesthetic that is given or planned.
#[derive(Debug, Clone, Copy)]
pub struct Dose {
    /// Which drug.
    pub agent: &'static Agent,
    /// How much of it.
    pub mass: Mg,
    /// Whether the solution holds adrenaline.
    pub adrenaline: bool,
}

/// The ceiling of a drug and where it comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Ceiling {
    /// Per body mass.
    pub per_kg: MgPerKg,
    /// Whatever the body mass.
    pub absolute: Mg,
    /// The smaller of the two for this person.
    pub mass: Mg,
    /// Keys of the two figures.
    pub evidence: [String; 2],
}

/// The most of `agent` that one administration may hold for this body mass.
///
/// Where no figure with adrenaline exists, the plain one holds.
///
/// # Errors
/// [`FormularyError::NoCeiling`] for what is not a local anaesthetic.
pub fn maximum_dose(agent: &Agent, adrenaline: bool, weight: Kg) -> Result<Ceiling, FormularyError> {
    let with = agent.maximum_adrenaline.as_ref().filter(|_| adrenaline);
    let stem = with
        .or(agent.maximum_plain.as_ref())
        .ok_or_else(|| FormularyError::NoCeiling { agent: agent.name.clone() })?;
    let evidence = [format!("{stem}.per_kg"), format!("{stem}.absolute")];
    let per_kg = MgPerKg::literal(rami_evidence::value(&evidence[0]));
    let absolute = Mg::literal(rami_evidence::value(&evidence[1]));
    let by_weight = per_kg * weight;
    let mass = if by_weight < absolute { by_weight } else { absolute };
    Ok(Ceiling { per_kg, absolute, mass, evidence })
}

/// The sum over drugs of dose / ceiling: 1 is the maximum.
///
/// # Errors
/// [`FormularyError::NoCeiling`] for what is not a local anaesthetic.
pub fn share_of_maximum(doses: &[Dose], weight: Kg) -> Result<f64, FormularyError> {
    doses.iter().map(|dose| Ok(dose.mass / maximum_dose(dose.agent, dose.adrenaline, weight)?.mass)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent;
    use proptest::prelude::*;

    fn dose(name: &str, mg: f64, adrenaline: bool) -> Dose {
        Dose { agent: agent(name).unwrap(), mass: Mg::literal(mg), adrenaline }
    }

    #[test]
    fn each_ceiling_is_the_tables() {
        // F4 at 70 kg: (drug, adrenaline, mg)
        for (name, adrenaline, mg) in [
            ("lidocaine", false, 300.0),
            ("lidocaine", true, 490.0),
            ("bupivacaine", false, 175.0),
            ("bupivacaine", true, 210.0),
            ("levobupivacaine", false, 150.0),
            ("levobupivacaine", true, 150.0),
            ("ropivacaine", false, 200.0),
            ("ropivacaine", true, 210.0),
            ("mepivacaine", false, 300.0),
            ("mepivacaine", true, 490.0),
        ] {
            let ceiling = maximum_dose(agent(name).unwrap(), adrenaline, Kg::literal(70.0)).unwrap();
            assert!((ceiling.mass.get() - mg).abs() < 1e-9, "{name} {adrenaline}: {}", ceiling.mass);
        }
    }

    #[test]
    fn twenty_ml_of_half_per_cent_bupivacaine_is_four_sevenths_and_thirty_of_lidocaine_is_the_limit() {
        let share = |d: Dose| share_of_maximum(&[d], Kg::literal(70.0)).unwrap();
        assert!((share(dose("bupivacaine", 100.0, false)) - 100.0 / 175.0).abs() < 1e-12);
        assert!((share(dose("lidocaine", 300.0, false)) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn contrast_has_no_ceiling() {
        assert!(maximum_dose(agent("iohexol").unwrap(), false, Kg::literal(70.0)).is_err());
    }

    proptest! {
        #[test]
        fn more_drug_or_less_body_never_lowers_the_share(mg in 0.0..400.0, more in 0.0..100.0, kg in 30.0..150.0) {
            let share = |mg: f64, kg: f64| share_of_maximum(&[dose("ropivacaine", mg, false)], Kg::literal(kg)).unwrap();
            prop_assert!(share(mg + more, kg) >= share(mg, kg));
            prop_assert!(share(mg, kg) >= share(mg, kg + 5.0));
        }
    }
}
