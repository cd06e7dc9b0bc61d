//! The person, their health, and what is planned for them.

use rami_units::{Celsius, Centimetres, Kg, Minutes};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

record! {
    /// Who it is.
    Person {
        /// Name, as it is to be printed.
        name: String,
        /// Age in years.
        age_years: f64,
        /// Sex, for ideal weight and pregnancy.
        sex: Sex,
        /// Body mass.
        weight_kg: Kg,
        /// Body mass in pounds, instead of kilograms.
        weight_lb: f64,
        /// Stature.
        height_cm: Centimetres,
        /// Stature in inches, instead of centimetres.
        height_in: f64,
    }
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

record! {
    /// Consent, and what is confirmed with the person.
    Consent {
        /// The person agreed.
        given: bool,
        /// The person took it back, at any time.
        withdrawn: bool,
        /// Side and level are confirmed with the person and marked.
        side_confirmed: bool,
        /// What contrast showed, once the needle is in.
        vessel_contrast: VesselContrast,
    }
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

record! {
    /// Conditions that bear on safety; each is asked for when it is missing.
    Health {
        /// Infection where the needle goes.
        infection_at_site: bool,
        /// Tumour where the needle goes.
        tumour_at_site: bool,
        /// A vascular anomaly where the needle goes.
        vascular_anomaly: bool,
        /// Fever or infection elsewhere.
        systemic_infection: bool,
        /// A disorder of clotting.
        bleeding_disorder: bool,
        /// A history of bleeding, or another reason for a high bleeding risk.
        high_bleeding_risk: bool,
        /// Pregnant, or may be.
        pregnant: bool,
        /// Whether there is only one kidney, and where.
        solitary_kidney: Kidney,
        /// Dry, bleeding or low in pressure, and not corrected.
        hypovolaemia: bool,
        /// Heart block of the second or third degree, or a conduction disease.
        heart_block: bool,
        /// Can lie on the front for an hour.
        can_lie_prone: bool,
        /// Can lie still for an hour.
        can_lie_still: bool,
        /// An implanted electrical device.
        implant: Implant,
        /// Elderly and frail, or debilitated.
        frail: bool,
        /// Liver disease that slows drugs.
        liver_disease: bool,
        /// Heart failure or another disease that slows drugs.
        heart_disease: bool,
        /// Creatinine clearance.
        creatinine_clearance_ml_min: f64,
    }
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

record! {
    /// Blood results.
    Laboratory {
        /// International normalised ratio.
        inr: f64,
        /// Platelets in 10⁹ per litre.
        platelets_10e9_l: f64,
    }
}

record! {
    /// Limits the clinic sets itself; the cautious defaults of the evidence hold where they are missing.
    Thresholds {
        /// Highest INR to go ahead with.
        inr_maximum: f64,
        /// Platelets from which to go ahead, in 10⁹ per litre.
        platelets_go: f64,
        /// Platelets below which to stop, in 10⁹ per litre.
        platelets_stop: f64,
    }
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

record! {
    /// Skin temperatures before the needle.
    Baseline {
        /// Great toe or sole on the side of the block.
        toe_c: Celsius,
        /// The same on the other side.
        other_toe_c: Celsius,
        /// The room.
        room_c: Celsius,
        /// How long the feet were bare in it.
        acclimatised_min: Minutes,
    }
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
