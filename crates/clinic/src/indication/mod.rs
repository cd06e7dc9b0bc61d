//! What the block is asked for: criteria item by item, the evidence for this block, and what would have to be known.

mod accuracy;
mod arteries;
mod crps;
mod other;
mod raynaud;
mod table;
mod wifi;

pub use accuracy::{RuleAccuracy, TestAccuracy, accuracy};
pub use arteries::{AbiBand, abi_band, fontaine, rutherford};
pub(crate) use arteries::{acute as acute_ischaemia, limb_threatened};
pub use crps::{budapest_clinical, budapest_research, severity};
pub use raynaud::{RaynaudKind, raynaud};
pub use table::{BenefitFigure, IndicationFacts, facts};
pub use wifi::{wifi_ischaemia, wifi_stage};

pub use crate::chart::Indication;
use crate::chart::{Chart, Purpose, TreatmentResult};
use crate::evidence::{Cited, cite};
use crate::status::{Criterion, Status};
use schemars::JsonSchema;
use serde::Serialize;

/// How a scale came out.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Scale {
    /// Which scale.
    pub name: String,
    /// The grade, or the range it lies in while items are unknown; "unknown" when nothing settles it.
    pub grade: String,
    /// Keys of its figures.
    pub evidence: Vec<Cited>,
    /// Fields that would settle it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
}

impl Scale {
    fn new(name: &str, grade: Option<String>, keys: &[&str], missing: &[&str]) -> Self {
        Self {
            name: name.into(),
            missing: if grade.is_some() { Vec::new() } else { missing.iter().map(|&m| m.into()).collect() },
            grade: grade.unwrap_or_else(|| "unknown".into()),
            evidence: keys.iter().map(|key| cite(key)).collect(),
        }
    }
}

/// An indication, assessed.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct IndicationAssessment {
    /// Which.
    pub indication: Indication,
    /// Its name in words.
    pub name: String,
    /// Whether the criteria of the condition hold.
    pub status: Status,
    /// The criteria, item by item.
    pub criteria: Vec<Criterion>,
    /// Scales and scores.
    pub scales: Vec<Scale>,
    /// How well the rules of diagnosis tell people with the condition from others, where it was studied.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accuracy: Vec<RuleAccuracy>,
    /// What must happen before any block, such as a vascular opinion.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<String>,
    /// Evidence for this block in this condition.
    pub evidence: Vec<Cited>,
    /// Positions of guidelines and reviews.
    pub guidelines: Vec<Cited>,
    /// What is not known, by anyone.
    pub not_known: Vec<String>,
}

impl IndicationAssessment {
    fn new(indication: Indication, status: Status, criteria: Vec<Criterion>, scales: Vec<Scale>) -> Self {
        let facts = facts(indication);
        Self {
            indication,
            name: facts.name.clone(),
            status,
            criteria,
            scales,
            accuracy: Vec::new(),
            first: None,
            evidence: facts.evidence.iter().map(|key| cite(key)).collect(),
            guidelines: facts.guidelines.iter().map(|key| cite(key)).collect(),
            not_known: facts.not_known.clone(),
        }
    }
}

/// Assesses the indication the chart names.
#[must_use]
pub fn assess(chart: &Chart) -> IndicationAssessment {
    let mut assessed = match chart.complaint.indication {
        Indication::Crps => crps::assess(&chart.crps),
        Indication::ArterialInsufficiency => arteries::assess(&chart.arteries),
        Indication::Raynaud => raynaud::assess(&chart.raynaud),
        indication => other::assess(indication, chart),
    };
    assessed.criteria.push(not_responded(chart));
    assessed
}

/// The block is for what has not responded to other treatment.
fn not_responded(chart: &Chart) -> Criterion {
    let name = "other treatment was tried and did not help enough";
    let results: Vec<_> = chart.treatments.iter().map(|treatment| treatment.result).collect();
    let status = if results.contains(&Some(TreatmentResult::Enough)) {
        Status::Unmet
    } else if results.iter().any(Option::is_some) {
        Status::Met
    } else {
        Status::Unknown
    };
    let missing = if status == Status::Unknown { &["treatment[].result"][..] } else { &[] };
    let found = format!("{} treatments recorded", results.len());
    Criterion::new(name, status, missing).found(found)
}

/// What a diagnostic, prognostic or therapeutic block can tell.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PurposeNote {
    /// Which, when it is recorded.
    pub purpose: Option<Purpose>,
    /// What to know about it.
    pub notes: Vec<String>,
    /// Figures behind that.
    pub evidence: Vec<Cited>,
}

/// What the purpose of the block means for how it is read.
#[must_use]
pub fn purpose_note(purpose: Option<Purpose>) -> PurposeNote {
    let (notes, keys): (&[&str], &[&str]) = match purpose {
        None => {
            (&["Say whether the block is to find out, to foretell or to treat: it is read differently."], &[])
        }
        Some(Purpose::Diagnostic) => (
            &[
                "Relief at its peak does not tell anaesthetic from saline; only its duration did.",
                "A numb groin or thigh, or a weak quadriceps, voids the result: check before scoring pain.",
                "Warmth shows that the block took, not that the pain is sympathetic.",
            ],
            &[
                "efficacy.anaesthetic.peak_relief",
                "efficacy.saline.peak_relief",
                "efficacy.anaesthetic.duration",
                "efficacy.saline.duration",
                "confirmation.incomplete_or_somatic",
                "confirmation.warming_vs_relief.nam",
                "confirmation.warming_vs_relief.tran",
            ],
        ),
        Some(Purpose::Prognostic) => (
            &["Sources disagree on whether a good block foretells a good trial of stimulation."],
            &[
                "efficacy.predicts_stimulation",
                "efficacy.predicts_stimulation.negative",
                "efficacy.crps.predicts_stimulation.cheng",
                "efficacy.neurolysis.crps_6_months",
            ],
        ),
        Some(Purpose::Therapeutic) => (
            &["Relief may outlast the drug; the share still better falls over weeks."],
            &[
                "mechanism.carry_over_relief",
                "efficacy.lower_limb.relief_1_week",
                "efficacy.lower_limb.relief_4_weeks",
            ],
        ),
    };
    PurposeNote {
        purpose,
        notes: notes.iter().map(|&note| note.into()).collect(),
        evidence: keys.iter().map(|key| cite(key)).collect(),
    }
}
