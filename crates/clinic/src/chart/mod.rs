//! The chart: what is known of the person, in typed units; what is missing stays missing and is asked for by name.
//!
//! A chart knows no criteria and no rules: rooms that judge it (`indication`, `safety`, `dose`) read it, and it reads none
//! of them. [`Chart::from_toml`] reads `chart.toml`, [`Chart::from_fhir`] a FHIR R4 bundle; both end in the same checks.

#[macro_use]
mod record;
mod check;
mod complaint;
mod example;
mod fhir;
mod findings;
mod person;
mod read;

pub use complaint::{Complaint, Indication, Purpose};
pub use example::{EXAMPLES, example};
pub use findings::{
    Arteries, BackPain, Claudication, Crps, CrpsSigns, CrpsSymptoms, Raynaud, TissueLoss, Zoster,
};
pub use person::{
    Allergy, Baseline, Consent, Dosing, Health, Implant, Intensity, Kidney, Laboratory, Medication, Override,
    Person, Reaction, Score, Sex, Side, Thresholds, Treatment, TreatmentResult, VesselContrast,
};
pub use read::ChartError;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Name and version of the document.
pub const CHART_SCHEMA: &str = "rami.chart/1";

/// A person's chart. Every field but the complaint may be missing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Chart {
    /// `rami.chart/1`.
    pub schema: String,
    /// Who it is.
    #[serde(default)]
    pub person: Person,
    /// What for.
    pub complaint: Complaint,
    /// Consent and side.
    #[serde(default)]
    pub consent: Consent,
    /// Conditions that bear on safety.
    #[serde(default)]
    pub health: Health,
    /// Blood results.
    #[serde(default)]
    pub laboratory: Laboratory,
    /// Limits of blood results, where the clinic sets its own.
    #[serde(default)]
    pub thresholds: Thresholds,
    /// True when no medicine that thins the blood is taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_blood_thinners: Option<bool>,
    /// Medicines taken.
    #[serde(default, rename = "medication", skip_serializing_if = "Vec::is_empty")]
    pub medications: Vec<Medication>,
    /// True when no allergy is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_known_allergies: Option<bool>,
    /// Allergies.
    #[serde(default, rename = "allergy", skip_serializing_if = "Vec::is_empty")]
    pub allergies: Vec<Allergy>,
    /// What is to be injected.
    #[serde(default)]
    pub dosing: Dosing,
    /// Skin temperatures before the needle.
    #[serde(default)]
    pub baseline: Baseline,
    /// What was tried before, and what came of it.
    #[serde(default, rename = "treatment", skip_serializing_if = "Vec::is_empty")]
    pub treatments: Vec<Treatment>,
    /// Scores of instruments, as entered.
    #[serde(default, rename = "score", skip_serializing_if = "Vec::is_empty")]
    pub scores: Vec<Score>,
    /// Findings for the Budapest criteria.
    #[serde(default)]
    pub crps: Crps,
    /// Findings in chronic low back pain.
    #[serde(default)]
    pub back_pain: BackPain,
    /// Findings of the arteries of the leg.
    #[serde(default)]
    pub arteries: Arteries,
    /// Findings for the Raynaud consensus.
    #[serde(default)]
    pub raynaud: Raynaud,
    /// Findings after shingles.
    #[serde(default)]
    pub zoster: Zoster,
    /// Findings that a clinician decided to go ahead in spite of.
    #[serde(default, rename = "override", skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<Override>,
}
