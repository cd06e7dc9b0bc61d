//! Why an action is not done.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An action that cannot be done now: why, and what to do first. Nothing changes and no time passes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, thiserror::Error)]
#[error("{why}; {first}")]
pub struct Refusal {
    /// A word for programs.
    pub code: RefusalCode,
    /// Why not.
    pub why: String,
    /// What to do first or instead.
    pub first: String,
}

/// Kinds of refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the words of the refusal say it
pub enum RefusalCode {
    NoConsent,
    NoTimeOut,
    NotPrepared,
    NotProne,
    NoNeedle,
    NeedleIsIn,
    NoSyringe,
    EmptySyringe,
    NoImage,
    MappingAlone,
    TooDeep,
    OutOfRange,
    UnknownThing,
    NothingThere,
    TooEarly,
    Over,
    Emergency,
    /// One that this version does not know.
    #[serde(other)]
    Unknown,
}

impl Refusal {
    /// A refusal in words.
    pub(crate) fn new(code: RefusalCode, why: impl Into<String>, first: impl Into<String>) -> Self {
        Self { code, why: why.into(), first: first.into() }
    }

    /// A number outside what can be.
    pub(crate) fn range(what: &str, value: f64, low: f64, high: f64) -> Self {
        Self::new(
            RefusalCode::OutOfRange,
            format!("{what} of {value} cannot be"),
            format!("it lies between {low} and {high}"),
        )
    }
}

/// Checks a number.
pub(crate) fn within(what: &str, value: f64, low: f64, high: f64) -> Result<f64, Refusal> {
    if value.is_finite() && (low..=high).contains(&value) {
        Ok(value)
    } else {
        Err(Refusal::range(what, value, low, high))
    }
}
