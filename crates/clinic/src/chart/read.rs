//! Reading a chart.

use super::{CHART_SCHEMA, Chart};
use crate::data;

/// A chart that cannot be read, or cannot be true.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ChartError {
    /// The text is not the document it should be.
    #[error("chart field {field}: {reason}")]
    Field {
        /// Path of the field.
        field: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A number outside what the field can hold.
    #[error("chart field {field}: {value}{unit} is outside {low} to {high}{unit}; {hint}")]
    Range {
        /// Path of the field.
        field: String,
        /// What was given.
        value: f64,
        /// Its unit with a space before it, or nothing.
        unit: String,
        /// Smallest.
        low: f64,
        /// Largest.
        high: f64,
        /// The usual slip.
        hint: &'static str,
    },
    /// Two entries that cannot both be true.
    #[error("chart fields {first} and {second} contradict each other: {reason}")]
    Contradiction {
        /// One field.
        first: String,
        /// The other.
        second: String,
        /// Why they cannot both hold.
        reason: String,
    },
    /// Not a FHIR bundle that can be read.
    #[error("FHIR bundle, {place}: {reason}")]
    Fhir {
        /// Which entry and element.
        place: String,
        /// What is wrong with it, and what to do.
        reason: String,
    },
}

impl Chart {
    /// Reads `chart.toml`.
    ///
    /// # Errors
    /// [`ChartError`] naming the field.
    pub fn from_toml(text: &str) -> Result<Self, ChartError> {
        let unreadable = |error: toml::de::Error| ChartError::Field {
            field: String::from("(document)"),
            reason: error.to_string().trim_end().to_owned(),
        };
        let document = toml::Deserializer::parse(text).map_err(unreadable)?;
        let chart: Self = serde_path_to_error::deserialize(document).map_err(|error| ChartError::Field {
            field: error.path().to_string(),
            reason: data::for_people(error.inner().message()),
        })?;
        chart.check()?;
        Ok(chart)
    }

    /// Checks ranges and contradictions.
    pub(super) fn check(&self) -> Result<(), ChartError> {
        if self.schema != CHART_SCHEMA {
            return Err(ChartError::Field {
                field: String::from("schema"),
                reason: format!("is {:?}; this program reads {CHART_SCHEMA:?}", self.schema),
            });
        }
        self.check_ranges()?;
        self.check_contradictions()
    }
}
