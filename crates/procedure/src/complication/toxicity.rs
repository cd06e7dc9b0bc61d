//! When the brain and the heart would notice the drug: the plasma model's free concentration against thresholds.
//!
//! ```text
//! r(t) = Σ doses  c_free,brain(t − t_dose) / c_CNS        stage k begins when r first reaches its threshold: 1, 2, 3, 5
//! ```
//!
//! Doses add up as if binding were linear, which holds at low concentrations and errs to the safe side at high ones.
//! Infiltration of the skin is taken up as a deposit beside the chain. The first threshold is published (free arterial,
//! volunteers), the others are ratios to it (`procedure.last.*`). No probability for a person follows from it.

use crate::setup::Subject;
use crate::state::Given;
use rami_body::pharmacokinetics::course::Injection;
use rami_body::pharmacokinetics::{DrugModel, Site};
use rami_body::{Person, Variation};
use rami_evidence::value;
use rami_units::{Kg, Mg, Minutes};

/// Free concentration in the brain over the threshold of first signs, at times in s on the block's clock.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BrainCurve {
    /// Times, s.
    pub t_s: Vec<f64>,
    /// Ratio.
    pub ratio: Vec<f64>,
    /// Total venous concentration summed over drugs, mg/L.
    pub venous_mg_l: Vec<f64>,
}

/// The curve from the first dose to an hour after the last.
#[must_use]
pub fn brain(doses: &[Given], subject: &Subject) -> BrainCurve {
    let mut curve = BrainCurve::default();
    let drugs: Vec<&Given> = doses.iter().filter(|dose| dose.mass_mg > 0.01).collect();
    let (Some(&first), Some(&last)) = (drugs.first(), drugs.last()) else { return curve };
    let Ok(weight) = Kg::new(subject.weight_kg) else { return curve };
    let person = Person {
        weight,
        age_years: subject.age_years,
        liver_function: subject.liver_function,
        aag_ratio: 1.0,
    };
    let mut t = first.at_s;
    while t <= last.at_s + 3600.0 {
        curve.t_s.push(t);
        t += if t < last.at_s + 600.0 { 5.0 } else { 60.0 };
    }
    curve.ratio = vec![0.0; curve.t_s.len()];
    curve.venous_mg_l = vec![0.0; curve.t_s.len()];
    for dose in drugs {
        let Ok(drug) = DrugModel::of(&dose.agent) else { continue };
        let threshold = drug.cns_threshold_mg_l;
        let (Ok(mass), Ok(over)) =
            (Mg::new(dose.mass_mg), Minutes::new((dose.over_s / 60.0).max(1.0 / 60.0)))
        else {
            continue;
        };
        let injection = Injection {
            drug,
            dose: mass,
            site: Site::Retroperitoneal,
            adrenaline: dose.adrenaline,
            intravascular_fraction: dose.in_vessel.clamp(0.0, 1.0),
            over,
            absorbed: None,
        };
        let horizon = Minutes::literal(((last.at_s - dose.at_s) / 60.0 + 61.0).max(2.0));
        let Ok(course) = injection.run(&person, &Variation::NONE, horizon) else { continue };
        let mut k = 0;
        for (i, &t) in curve.t_s.iter().enumerate() {
            let minutes = (t - dose.at_s) / 60.0;
            if minutes < 0.0 {
                continue;
            }
            while k + 2 < course.t_min.len() && course.t_min[k + 1] < minutes {
                k += 1;
            }
            let span = (course.t_min[k + 1] - course.t_min[k]).max(1e-9);
            let w = ((minutes - course.t_min[k]) / span).clamp(0.0, 1.0);
            let at = |values: &[f64]| values[k] * (1.0 - w) + values[k + 1] * w;
            curve.ratio[i] += at(&course.free_brain) / threshold;
            curve.venous_mg_l[i] += at(&course.venous);
        }
    }
    curve
}

/// What lipid leaves of the free concentration: at the right bolus it takes `procedure.last.lipid_share` of it, at less in
/// proportion.
#[must_use]
pub fn beside_lipid(lipid_ml: f64, weight_kg: f64) -> f64 {
    let heavy = weight_kg > value("last.weight_boundary");
    let bolus =
        if heavy { value("last.asra.bolus_above_70_kg") } else { value("last.asra.bolus") * weight_kg };
    1.0 - value("procedure.last.lipid_share") * (lipid_ml / bolus.max(1.0)).clamp(0.0, 1.0)
}

/// When each of the four stages begins from a time on, s, with this share of the concentration free; shorter when the last
/// ones are never reached.
#[must_use]
pub fn stages(curve: &BrainCurve, from_s: f64, free: f64) -> Vec<f64> {
    let thresholds = [
        1.0,
        value("procedure.last.seizure"),
        value("procedure.last.cardiac"),
        value("procedure.last.arrest"),
    ];
    thresholds
        .iter()
        .map_while(|&threshold| {
            let mut course = curve.t_s.iter().zip(&curve.ratio);
            course.find(|&(&t, &ratio)| t >= from_s && free * ratio >= threshold).map(|(t, _)| *t)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dose(agent: &str, mass_mg: f64, in_vessel: f64, over_s: f64) -> Given {
        Given {
            label: String::new(),
            agent: agent.into(),
            volume_ml: 10.0,
            mass_mg,
            iodine_mg: 0.0,
            adrenaline: false,
            at_s: 100.0,
            over_s,
            in_vessel,
            in_canal: 0.0,
            skin: false,
        }
    }

    #[test]
    fn twenty_five_milligrams_beside_the_chain_reach_no_threshold_and_fifty_in_a_vein_do() {
        let subject = Subject::default();
        assert!(stages(&brain(&[dose("bupivacaine", 25.0, 0.0, 60.0)], &subject), 0.0, 1.0).is_empty());
        let curve = brain(&[dose("bupivacaine", 100.0, 1.0, 30.0)], &subject);
        let fast = stages(&curve, 0.0, 1.0);
        assert!(!fast.is_empty(), "100 mg into a vein within half a minute give signs");
        assert!(fast.windows(2).all(|pair| pair[0] <= pair[1]), "stages come in order: {fast:?}");
        assert!(fast[0] > 100.0 && fast[0] < 400.0, "within minutes: {fast:?}");
        // A millilitre of lipid from before takes nothing to speak of; the right bolus takes its share and no more.
        assert_eq!(stages(&curve, 0.0, beside_lipid(1.0, 70.0)).len(), fast.len());
        assert!((beside_lipid(105.0, 70.0) - (1.0 - value("procedure.last.lipid_share"))).abs() < 1e-12);
        assert!(stages(&curve, 100.0 + 3000.0, 1.0).is_empty(), "an hour later it is over");
    }

    #[test]
    fn sixty_milligrams_of_ropivacaine_over_twenty_seconds_give_signs_as_in_all_fifteen_volunteers() {
        // Evidence H2.6.
        assert!(
            !stages(&brain(&[dose("ropivacaine", 60.0, 1.0, 20.0)], &Subject::default()), 0.0, 1.0)
                .is_empty()
        );
    }
}
