//! Whether the brain would notice, and what follows from an injection into a vessel.
//!
//! The threshold is the free arterial concentration at the first signs in volunteers (Knudsen 1997: ropivacaine 0.6,
//! bupivacaine 0.3 mg/L), compared with free drug that has reached the brain. A recognised intravascular injection is
//! handled as a risk of systemic toxicity whatever the curve says. No personal probability of systemic toxicity is given:
//! none is known for this block. Doses of lipid emulsion are shown as information, not as an order.

use super::course::{Course, Injection};
use crate::Person;
use rami_evidence::value;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the result must be handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Handling {
    /// Neither in a vessel nor near the threshold: the usual watching.
    UsualObservation,
    /// The curve comes within half of the threshold, or over it.
    NearOrAboveThreshold,
    /// Part of the dose entered a vessel: a risk of systemic toxicity, whatever the curve says.
    IntravascularRisk,
}

/// What the curve means, and what it does not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Toxicity {
    /// Free concentration at the first central nervous signs.
    pub cns_threshold_free_mg_l: f64,
    /// Highest free concentration in the brain over the threshold; signs are expected above 1.
    pub share_of_cns_threshold: f64,
    /// Whether central nervous signs are expected in the typical person.
    pub cns_signs_expected: bool,
    /// How the result must be handled.
    pub handling: Handling,
    /// The same in a sentence.
    pub statement: String,
    /// How long to watch after the injection at least.
    pub observe_min: f64,
    /// Rescue doses for this body mass, as information.
    pub rescue: Rescue,
}

/// Lipid emulsion 20 % as published, for one body mass.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Rescue {
    /// First bolus over 2–3 min.
    pub lipid_bolus_ml: f64,
    /// Infusion after it, per minute.
    pub lipid_infusion_ml_min: f64,
    /// At most this much in all.
    pub lipid_maximum_ml: f64,
    /// What it is.
    pub note: String,
}

/// Judges one course in one person against that person's threshold.
#[must_use]
pub fn judge(injection: &Injection, person: &Person, course: &Course, threshold_mg_l: f64) -> Toxicity {
    let share = course.peak(&course.free_brain).c_max / threshold_mg_l;
    let handling = match injection.in_vessel() {
        inside if inside > 0.0 => Handling::IntravascularRisk,
        _ if share > 0.5 => Handling::NearOrAboveThreshold,
        _ => Handling::UsualObservation,
    };
    let statement = match handling {
        Handling::IntravascularRisk => {
            "Part of the dose is in a vessel: handle as a risk of local anaesthetic systemic toxicity whatever the curve \
             says. Stop injecting, call for help, watch and be ready to treat."
        }
        Handling::NearOrAboveThreshold => {
            "The computed free concentration comes within half of the level at which volunteers had first signs, or \
             above it: reduce the dose."
        }
        Handling::UsualObservation => {
            "The computed free concentration stays below half of the level at which volunteers had first signs. The \
             hazard of this block is injection into a vessel, which this curve does not exclude."
        }
    };
    Toxicity {
        cns_threshold_free_mg_l: threshold_mg_l,
        share_of_cns_threshold: share,
        cns_signs_expected: share >= 1.0,
        handling,
        statement: statement.into(),
        observe_min: observation_min(injection),
        rescue: rescue(person),
    }
}

fn observation_min(injection: &Injection) -> f64 {
    let long_acting = injection.drug.agent.name.ends_with("bupivacaine");
    if long_acting && injection.dose.get() >= value("last.observe_bupivacaine_dose") {
        value("last.observe_bupivacaine")
    } else {
        value("last.observe")
    }
}

fn rescue(person: &Person) -> Rescue {
    let kg = person.weight.get();
    let heavy = kg > value("last.weight_boundary");
    Rescue {
        lipid_bolus_ml: if heavy { value("last.asra.bolus_above_70_kg") } else { value("last.asra.bolus") * kg },
        // Above 70 kg the source gives 250 ml over 15–20 min; the slower of the two is shown.
        lipid_infusion_ml_min: if heavy {
            value("last.asra.infusion_above_70_kg") / 20.0
        } else {
            value("last.asra.infusion") * kg
        },
        lipid_maximum_ml: value("last.maximum") * kg,
        note: "Lipid emulsion 20 %, ASRA 2020 as quoted on a secondary page. Information for teaching, not an order: \
               follow the local protocol."
            .into(),
    }
}
