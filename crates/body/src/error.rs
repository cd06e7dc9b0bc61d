//! What can be wrong with a question to this room.

/// A question that has no answer here.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BodyError {
    /// A number outside what the models hold for.
    #[error("{what} of {value} {unit} is outside {low} to {high} {unit}: {advice}")]
    OutOfRange {
        /// What was asked for.
        what: &'static str,
        /// As given.
        value: f64,
        /// Its unit.
        unit: &'static str,
        /// Smallest allowed.
        low: f64,
        /// Largest allowed.
        high: f64,
        /// What to do.
        advice: &'static str,
    },
    /// A drug nobody knows.
    #[error(transparent)]
    Formulary(#[from] rami_formulary::FormularyError),
    /// A drug without a published disposition.
    #[error("there is no plasma model of {drug}: disposition is known here for {known}")]
    NoPlasmaModel {
        /// The drug.
        drug: String,
        /// Those that have one.
        known: &'static str,
    },
    /// A series that is not a function of time.
    #[error("{what}: {reason}")]
    Series {
        /// Which series.
        what: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
}

/// Checks that a number is finite and lies in a closed range.
pub(crate) fn in_range(
    what: &'static str,
    value: f64,
    unit: &'static str,
    (low, high): (f64, f64),
    advice: &'static str,
) -> Result<f64, BodyError> {
    if (low..=high).contains(&value) {
        return Ok(value);
    }
    Err(BodyError::OutOfRange { what, value, unit, low, high, advice })
}
