//! The assessment: everything the clinic can say about a chart and a plan, with the figures it used.

use crate::benefit::{Benefit, benefit};
use crate::chart::Chart;
use crate::dose::{DoseError, DoseLedger, LipidCard, ledger, lipid_card};
use crate::evidence::Cited;
use crate::indication::{self, IndicationAssessment, PurposeNote, purpose_note};
use crate::plan::PlanSummary;
use crate::risk::{Risk, risks};
use crate::safety::{self, Finding, Outcome, OverrideError};
use rami_units::Kg;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeSet;

/// Name and version of the document.
pub const ASSESSMENT_SCHEMA: &str = "rami.assessment/1";

/// What every output says of itself.
pub const NOTICE: &str = "Research and teaching software. Not advice for the care of a person; every rule can be \
                          overridden by a clinician and shows its source.";

/// An assessment that cannot be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum AssessError {
    /// A syringe cannot be read.
    #[error(transparent)]
    Dose(#[from] DoseError),
    /// An override cannot stand.
    #[error(transparent)]
    Override(#[from] OverrideError),
}

/// Everything the clinic can say about a chart and a plan.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Assessment {
    /// `rami.assessment/1`.
    pub schema: String,
    /// What this is not.
    pub notice: String,
    /// The worst of the findings.
    pub outcome: Outcome,
    /// Criteria and evidence of the indication.
    pub indication: IndicationAssessment,
    /// What the purpose of the block means.
    pub purpose: PurposeNote,
    /// Contraindications and cautions.
    pub findings: Vec<Finding>,
    /// Local anaesthetic as shares of the maximum.
    pub doses: DoseLedger,
    /// Lipid rescue for this weight; nothing without one.
    pub lipid_rescue: Option<LipidCard>,
    /// What could go wrong.
    pub risks: Vec<Risk>,
    /// What could be gained.
    pub benefit: Benefit,
    /// Fields of the chart that would settle more.
    pub missing: Vec<String>,
    /// Keys of all figures used.
    pub evidence: Vec<String>,
    /// Those of them that nobody has verified.
    pub unverified: Vec<String>,
}

/// Assesses a chart, with a plan where there is one.
///
/// # Errors
/// [`AssessError`] for a syringe or an override that cannot be used.
pub fn assess(chart: &Chart, plan: Option<&PlanSummary>) -> Result<Assessment, AssessError> {
    let doses = ledger(chart)?;
    let findings = safety::findings(chart, &doses, plan)?;
    let weight = doses.weight_kg.and_then(|kg| Kg::new(kg).ok());
    let mut assessment = Assessment {
        schema: ASSESSMENT_SCHEMA.into(),
        notice: NOTICE.into(),
        outcome: safety::overall(&findings),
        indication: indication::assess(chart),
        purpose: purpose_note(chart.complaint.purpose),
        lipid_rescue: weight.map(lipid_card),
        risks: risks(&findings, plan),
        benefit: benefit(chart.complaint.indication),
        missing: Vec::new(),
        evidence: Vec::new(),
        unverified: Vec::new(),
        findings,
        doses,
    };
    assessment.missing = missing(&assessment, chart);
    let figures: Vec<(String, bool)> =
        figures(&assessment).iter().map(|figure| (figure.key.clone(), figure.unverified)).collect();
    assessment.unverified = figures.iter().filter(|(_, mark)| *mark).map(|(key, _)| key.clone()).collect();
    assessment.evidence = figures.into_iter().map(|(key, _)| key).collect();
    Ok(assessment)
}

fn missing(assessment: &Assessment, chart: &Chart) -> Vec<String> {
    let criteria = assessment.indication.criteria.iter().flat_map(|criterion| &criterion.missing);
    let scales = assessment.indication.scales.iter().flat_map(|scale| &scale.missing);
    let findings = assessment.findings.iter().flat_map(|finding| &finding.missing);
    let mut fields: BTreeSet<String> = criteria.chain(scales).chain(findings).cloned().collect();
    let complaint = &chart.complaint;
    for (field, absent) in [
        ("complaint.purpose", complaint.purpose.is_none()),
        ("complaint.function", complaint.function.is_none()),
        ("complaint.what_matters", complaint.what_matters.is_empty()),
        ("score", chart.scores.is_empty()),
    ] {
        if absent {
            fields.insert(field.into());
        }
    }
    fields.into_iter().collect()
}

/// Every figure the assessment cites, once, by key.
#[must_use]
pub fn figures(assessment: &Assessment) -> Vec<&Cited> {
    let indication = &assessment.indication;
    let benefit = &assessment.benefit;
    let rates =
        assessment.risks.iter().flat_map(|risk| risk.rates.iter().map(|r| &r.figure).chain(&risk.beside));
    let responses = benefit.technical.iter().chain(&benefit.relief).map(|response| &response.rate.figure);
    let lipid = assessment.lipid_rescue.iter().flat_map(|card| &card.evidence);
    let all: BTreeSet<&Cited> = indication
        .evidence
        .iter()
        .chain(&indication.guidelines)
        .chain(indication.scales.iter().flat_map(|scale| &scale.evidence))
        .chain(indication.accuracy.iter().flat_map(|rule| &rule.evidence))
        .chain(&assessment.purpose.evidence)
        .chain(assessment.findings.iter().flat_map(|finding| &finding.evidence))
        .chain(&assessment.doses.evidence)
        .chain(assessment.doses.lines.iter().flat_map(|line| &line.evidence))
        .chain(lipid)
        .chain(rates)
        .chain(responses)
        .chain(&benefit.saline)
        .chain(&benefit.apart)
        .collect();
    all.into_iter().collect()
}
