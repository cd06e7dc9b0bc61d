//! The person, their health, and what is planned for them.

use rami_units::{Celsius, Centimetres, Kg, Minutes};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who it is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// Name, as it is to be printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Age in years.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age_years: Option<f64>,
    /// Sex, for ideal weight and pregnancy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sex: Option<Sex>,
    /// Body mass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight_kg: Option<Kg>,
    /// Body mass in pounds, instead of kilograms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight_lb: Option<f64>,
    /// Stature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height_cm: Option<Centimetres>,
    /// Stature in inches, instead of centimetres.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height_in: Option<f64>,
}

/// Sex.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    /// Female.
    Female,
    /// Male.
    Male,
}

/// A side of the person, their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Left.
    Left,
    /// Right.
    Right,
}

/// Consent, and what is confirmed with the person.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// The person agreed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given: Option<bool>,
    /// The person took it back, at any time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<bool>,
    /// Side and level are confirmed with the person and marked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub side_confirmed: Option<bool>,
    /// What contrast showed, once the needle is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vessel_contrast: Option<VesselContrast>,
}

/// What contrast showed about vessels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum VesselContrast {
    /// No vessel filled.
    NoneSeen,
    /// A vessel filled, the needle was moved, and contrast is clear now.
    Cleared,
    /// A vessel filled and that is not cleared.
    Uncleared,
}

/// Conditions that bear on safety; each is asked for when it is missing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Health {
    /// Infection where the needle goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub infection_at_site: Option<bool>,
    /// Tumour where the needle goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tumour_at_site: Option<bool>,
    /// A vascular anomaly where the needle goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vascular_anomaly: Option<bool>,
    /// Fever or infection elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub systemic_infection: Option<bool>,
    /// A disorder of clotting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bleeding_disorder: Option<bool>,
    /// A history of bleeding, or another reason for a high bleeding risk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high_bleeding_risk: Option<bool>,
    /// Pregnant, or may be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pregnant: Option<bool>,
    /// Whether there is only one kidney, and where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub solitary_kidney: Option<Kidney>,
    /// Dry, bleeding or low in pressure, and not corrected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hypovolaemia: Option<bool>,
    /// Heart block of the second or third degree, or a conduction disease.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heart_block: Option<bool>,
    /// Can lie on the front for an hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub can_lie_prone: Option<bool>,
    /// Can lie still for an hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub can_lie_still: Option<bool>,
    /// An implanted electrical device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub implant: Option<Implant>,
    /// Elderly and frail, or debilitated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frail: Option<bool>,
    /// Liver disease that slows drugs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub liver_disease: Option<bool>,
    /// Heart failure or another disease that slows drugs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heart_disease: Option<bool>,
    /// Creatinine clearance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creatinine_clearance_ml_min: Option<f64>,
}

/// Whether there is only one working kidney.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kidney {
    /// Both work.
    Two,
    /// Only the left.
    OnlyLeft,
    /// Only the right.
    OnlyRight,
}

/// Implanted electrical devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Implant {
    /// None.
    None,
    /// A pacemaker.
    Pacemaker,
    /// A defibrillator.
    Defibrillator,
    /// A spinal cord or nerve stimulator.
    Stimulator,
}

/// Blood results.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Laboratory {
    /// International normalised ratio.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inr: Option<f64>,
    /// Platelets in 10⁹ per litre.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platelets_10e9_l: Option<f64>,
}

/// Limits the clinic sets itself; the cautious defaults of the evidence hold where they are missing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// Highest INR to go ahead with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inr_maximum: Option<f64>,
    /// Platelets from which to go ahead, in 10⁹ per litre.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platelets_go: Option<f64>,
    /// Platelets below which to stop, in 10⁹ per litre.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platelets_stop: Option<f64>,
}

/// A medicine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Medication {
    /// International name or brand.
    pub name: String,
    /// For heparins: to prevent or to treat clots.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intensity: Option<Intensity>,
    /// Hours from the last dose to the procedure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours_since_last_dose: Option<f64>,
    /// The prescriber agreed to the pause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop_agreed_with_prescriber: Option<bool>,
}

/// How much of a heparin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Intensity {
    /// To prevent clots.
    Prophylactic,
    /// To treat clots.
    Therapeutic,
}

/// An allergy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Allergy {
    /// To what.
    pub substance: String,
    /// How bad it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reaction: Option<Reaction>,
}

/// How bad a reaction was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reaction {
    /// Mild.
    Mild,
    /// Moderate.
    Moderate,
    /// Severe: anaphylaxis.
    Severe,
}

/// What is to be injected.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dosing {
    /// Every syringe in order, skin wheal included: `lidocaine 1% 3ml`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub syringes: Vec<String>,
    /// Local anaesthetic given in the last 24 hours.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub given: Vec<String>,
}

/// Skin temperatures before the needle.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// Great toe or sole on the side of the block.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub toe_c: Option<Celsius>,
    /// The same on the other side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_toe_c: Option<Celsius>,
    /// The room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room_c: Option<Celsius>,
    /// How long the feet were bare in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acclimatised_min: Option<Minutes>,
}

/// A treatment before this one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Treatment {
    /// What it was.
    pub name: String,
    /// What came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<TreatmentResult>,
}

/// What came of a treatment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TreatmentResult {
    /// It did harm or was not tolerated.
    Harmed,
    /// No help.
    NoHelp,
    /// Some help, not enough.
    SomeHelp,
    /// Enough help.
    Enough,
}

/// A score of an instrument, as it was entered; no item text is kept here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Score {
    /// Which instrument.
    pub instrument: crate::outcome::Instrument,
    /// The score.
    pub value: f64,
    /// When, in words or as a date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
}

/// A finding that a clinician decided to go ahead in spite of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Override {
    /// Which finding, by its name in the assessment.
    pub finding: String,
    /// Why.
    pub reason: String,
    /// Who decided.
    pub by: String,
}

impl Person {
    /// Body mass, whichever unit it was entered in.
    #[must_use]
    pub fn weight(&self) -> Option<Kg> {
        self.weight_kg.or_else(|| Kg::new(self.weight_lb? * KG_PER_LB).ok())
    }

    /// Stature, whichever unit it was entered in.
    #[must_use]
    pub fn height(&self) -> Option<Centimetres> {
        self.height_cm.or_else(|| Centimetres::new(self.height_in? * CM_PER_IN).ok())
    }
}

/// Kilograms in a pound (avoirdupois, by definition).
const KG_PER_LB: f64 = 0.453_592_37;
/// Centimetres in an inch (by definition).
const CM_PER_IN: f64 = 2.54;

impl Side {
    /// The word reports print.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Right => "right",
        }
    }
}
