//! The elements of FHIR R4 resources that a chart is read from. Everything else in a resource is passed over.

use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Bundle {
    pub(super) resource_type: String,
    pub(super) timestamp: Option<String>,
    #[serde(default)]
    pub(super) entry: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entry {
    pub(super) full_url: Option<String>,
    pub(super) resource: Option<Value>,
    pub(super) request: Option<Value>,
    pub(super) response: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Patient {
    #[serde(default)]
    pub(super) name: Vec<HumanName>,
    pub(super) gender: Option<String>,
    pub(super) birth_date: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct HumanName {
    pub(super) text: Option<String>,
    #[serde(default)]
    pub(super) given: Vec<String>,
    pub(super) family: Option<String>,
}

#[derive(Deserialize, Default)]
pub(super) struct CodeableConcept {
    #[serde(default)]
    pub(super) coding: Vec<Coding>,
    pub(super) text: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Coding {
    #[serde(default)]
    pub(super) system: String,
    #[serde(default)]
    pub(super) code: String,
    pub(super) display: Option<String>,
}

/// The two states of a condition or an allergy, which decide whether it counts.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct States {
    #[serde(default)]
    clinical_status: CodeableConcept,
    #[serde(default)]
    verification_status: CodeableConcept,
}

#[derive(Deserialize)]
pub(super) struct Condition {
    #[serde(flatten)]
    pub(super) states: States,
    #[serde(default)]
    pub(super) code: CodeableConcept,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Observation {
    pub(super) status: Option<String>,
    pub(super) code: CodeableConcept,
    effective_date_time: Option<String>,
    effective_instant: Option<String>,
    effective_period: Option<Period>,
    pub(super) data_absent_reason: Option<Value>,
    pub(super) value_quantity: Option<Quantity>,
    pub(super) value_boolean: Option<bool>,
    pub(super) value_string: Option<String>,
    pub(super) value_integer: Option<i64>,
    pub(super) value_codeable_concept: Option<CodeableConcept>,
}

#[derive(Deserialize)]
pub(super) struct Period {
    start: Option<String>,
    end: Option<String>,
}

impl Observation {
    /// When it was observed; of a period, its end.
    pub(super) fn when(&self) -> Option<&str> {
        let period =
            self.effective_period.as_ref().and_then(|period| period.end.as_ref().or(period.start.as_ref()));
        self.effective_date_time.as_ref().or(self.effective_instant.as_ref()).or(period).map(String::as_str)
    }
}

#[derive(Deserialize)]
pub(super) struct Quantity {
    pub(super) value: Option<f64>,
    pub(super) comparator: Option<String>,
    #[serde(default)]
    pub(super) unit: String,
    #[serde(default)]
    pub(super) code: String,
}

/// A MedicationStatement or a MedicationRequest: a medicine that is taken, or to be taken.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MedicationUse {
    pub(super) status: Option<String>,
    pub(super) medication_codeable_concept: Option<CodeableConcept>,
    pub(super) medication_reference: Option<Reference>,
    #[serde(default)]
    pub(super) contained: Vec<Medication>,
}

#[derive(Deserialize)]
pub(super) struct Reference {
    #[serde(default)]
    pub(super) reference: String,
    pub(super) display: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Medication {
    pub(super) id: Option<String>,
    #[serde(default)]
    pub(super) code: CodeableConcept,
}

#[derive(Deserialize)]
pub(super) struct AllergyIntolerance {
    #[serde(flatten)]
    pub(super) states: States,
    #[serde(default)]
    pub(super) code: CodeableConcept,
    pub(super) criticality: Option<String>,
    #[serde(default)]
    pub(super) reaction: Vec<AllergyReaction>,
}

#[derive(Deserialize)]
pub(super) struct AllergyReaction {
    pub(super) severity: Option<String>,
}

impl CodeableConcept {
    /// Its codes of one system, in their order.
    pub(super) fn codes<'a>(&'a self, system: &'a str) -> impl Iterator<Item = &'a str> {
        self.coding.iter().filter(move |coding| coding.system == system).map(|coding| coding.code.as_str())
    }

    pub(super) fn label(&self) -> Option<&str> {
        self.text.as_deref().or_else(|| self.coding.iter().find_map(|coding| coding.display.as_deref()))
    }

    fn is_one_of(&self, codes: &[&str]) -> bool {
        self.coding.iter().any(|coding| codes.contains(&coding.code.as_str()))
    }
}

impl States {
    /// False for what was refuted, entered by mistake, or is over.
    pub(super) fn count(&self) -> bool {
        !self.verification_status.is_one_of(&["refuted", "entered-in-error"])
            && !self.clinical_status.is_one_of(&["inactive", "remission", "resolved"])
    }
}
