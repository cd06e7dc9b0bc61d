//! Three-valued answers: a criterion is met, unmet, or nobody has looked yet.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether a criterion holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Looked at and absent.
    Unmet,
    /// Not recorded: it is asked for, never assumed.
    Unknown,
    /// Looked at and present.
    Met,
}

impl From<Option<bool>> for Status {
    fn from(answer: Option<bool>) -> Self {
        match answer {
            Some(true) => Self::Met,
            Some(false) => Self::Unmet,
            None => Self::Unknown,
        }
    }
}

impl Status {
    /// Met when all are, unmet when any is, else unknown (Kleene's conjunction: the least of them).
    #[must_use]
    pub fn all(statuses: &[Self]) -> Self {
        statuses.iter().copied().min().unwrap_or(Self::Met)
    }

    /// Met when any is, unmet when all are, else unknown (Kleene's disjunction: the greatest of them).
    #[must_use]
    pub fn any(statuses: &[Self]) -> Self {
        statuses.iter().copied().max().unwrap_or(Self::Unmet)
    }

    /// Met when at least `n` are; unmet when too few could be, whatever the unknown ones turn out to be.
    #[must_use]
    pub fn at_least(n: usize, statuses: &[Self]) -> Self {
        let count = |status| statuses.iter().filter(|s| **s == status).count();
        if count(Self::Met) >= n {
            Self::Met
        } else if count(Self::Met) + count(Self::Unknown) < n {
            Self::Unmet
        } else {
            Self::Unknown
        }
    }

    /// The word reports print.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Unmet => "not met",
            Self::Unknown => "unknown",
        }
    }
}

/// One criterion with its answer.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Criterion {
    /// What is asked, in words.
    pub name: String,
    /// The answer.
    pub status: Status,
    /// Fields of the chart that would settle it, when it is unknown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// What was found, where a number or a count says more than yes or no.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
}

impl Criterion {
    /// A criterion that one yes-or-no field of the chart settles.
    #[must_use]
    pub fn ask(field: &str, name: &str, answer: Option<bool>) -> Self {
        let missing: &[&str] = if answer.is_none() { &[field] } else { &[] };
        Self::new(name, answer.into(), missing)
    }

    /// A criterion with its answer; `missing` names the fields that would settle it.
    #[must_use]
    pub fn new<S: AsRef<str>>(name: &str, status: Status, missing: &[S]) -> Self {
        let missing = missing.iter().map(|field| field.as_ref().to_owned()).collect();
        Self { name: name.into(), status, missing, found: None }
    }

    /// The same with what was found.
    #[must_use]
    pub fn found(mut self, found: impl Into<String>) -> Self {
        self.found = Some(found.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::Status::{Met, Unknown, Unmet};
    use super::*;

    #[test]
    fn two_of_three_is_settled_as_soon_as_the_unknown_one_cannot_matter() {
        for (statuses, expected) in [
            ([Met, Met, Unknown], Met),
            ([Met, Unmet, Unknown], Unknown),
            ([Unmet, Unmet, Unknown], Unmet),
            ([Met, Unknown, Unknown], Unknown),
            ([Met, Met, Met], Met),
        ] {
            assert_eq!(Status::at_least(2, &statuses), expected, "{statuses:?}");
        }
    }

    #[test]
    fn all_and_any_follow_three_valued_logic() {
        assert_eq!(Status::all(&[Met, Unknown]), Unknown);
        assert_eq!(Status::all(&[Unmet, Unknown]), Unmet);
        assert_eq!(Status::any(&[Unmet, Unknown]), Unknown);
        assert_eq!(Status::any(&[Met, Unknown]), Met);
    }
}
