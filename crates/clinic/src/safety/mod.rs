//! Contraindications and cautions: one finding a question, each clear, caution or stop.
//!
//! A finding never speaks against another, so that more things known to be wrong can only add stops.

mod allergy;
mod anticoagulation;
mod condition;
mod laboratory;
mod overrides;
mod planned;

pub use overrides::OverrideError;

use crate::chart::Chart;
use crate::dose::DoseLedger;
use crate::evidence::{Cited, cite};
use crate::plan::PlanSummary;
use schemars::JsonSchema;
use serde::Serialize;

/// What a finding means for going ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Nothing against it.
    Clear,
    /// Go ahead only after the action, or find out what is missing.
    Caution,
    /// Do not go ahead.
    Stop,
}

impl Outcome {
    /// The word reports print.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Clear => "clear",
            Self::Caution => "caution",
            Self::Stop => "stop",
        }
    }
}

/// One question with its answer.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Finding {
    /// Its name, by which it can be overridden.
    pub id: String,
    /// What it means, overrides included: an overridden stop is a caution.
    pub outcome: Outcome,
    /// Why.
    pub why: String,
    /// What to do; empty when it is clear.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub action: String,
    /// Fields of the chart that are missing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// True when all it says is that something is not recorded.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub asks: bool,
    /// False for refused or withdrawn consent, an unconfirmed side, and uncleared contrast in a vessel.
    pub overridable: bool,
    /// Who decided to go ahead in spite of it, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overridden: Option<String>,
    /// Figures behind it.
    pub evidence: Vec<Cited>,
}

impl Finding {
    fn new(id: &str, outcome: Outcome, why: impl Into<String>, action: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            outcome,
            why: why.into(),
            action: action.into(),
            missing: Vec::new(),
            asks: false,
            overridable: true,
            overridden: None,
            evidence: Vec::new(),
        }
    }

    fn clear(id: &str, why: impl Into<String>) -> Self {
        Self::new(id, Outcome::Clear, why, "")
    }

    fn caution(id: &str, why: impl Into<String>, action: impl Into<String>) -> Self {
        Self::new(id, Outcome::Caution, why, action)
    }

    fn stop(id: &str, why: impl Into<String>, action: impl Into<String>) -> Self {
        Self::new(id, Outcome::Stop, why, action)
    }

    /// Something is not recorded: a caution whose action is to ask.
    fn ask(id: &str, field: &str, why: &str) -> Self {
        Self { asks: true, ..Self::caution(id, why, format!("Find out: {field}.")).missing(field) }
    }

    fn missing(mut self, field: &str) -> Self {
        self.missing.push(field.into());
        self
    }

    fn not_overridable(mut self) -> Self {
        self.overridable = false;
        self
    }

    fn citing(mut self, keys: &[&str]) -> Self {
        self.evidence.extend(keys.iter().map(|key| cite(key)));
        self
    }
}

/// All findings of a chart, with its ledger and plan, overrides applied.
///
/// # Errors
/// [`OverrideError`] when an override names no finding, gives no reason, or is of what cannot be overridden.
pub fn findings(
    chart: &Chart,
    ledger: &DoseLedger,
    plan: Option<&PlanSummary>,
) -> Result<Vec<Finding>, OverrideError> {
    let mut findings = condition::findings(chart);
    findings.extend(anticoagulation::findings(chart));
    findings.extend(laboratory::findings(chart));
    findings.extend(allergy::findings(chart));
    findings.extend(planned::findings(chart, ledger, plan));
    overrides::apply(&chart.overrides, &mut findings)?;
    Ok(findings)
}

/// The worst of the findings.
#[must_use]
pub fn overall(findings: &[Finding]) -> Outcome {
    findings.iter().map(|finding| finding.outcome).max().unwrap_or(Outcome::Clear)
}
