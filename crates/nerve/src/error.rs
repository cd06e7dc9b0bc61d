//! What can be wrong with a question to this room.

/// A fibre, a stimulus or a step that cannot be right.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum NerveError {
    /// A quantity outside what has a meaning or a model.
    #[error("{quantity} must lie between {low} and {high} {unit}, not {value}")]
    OutOfRange {
        /// What was asked for, for example `diameter`.
        quantity: &'static str,
        /// What was given.
        value: f64,
        /// Smallest value allowed.
        low: f64,
        /// Largest value allowed.
        high: f64,
        /// Unit of the three.
        unit: &'static str,
    },
    /// The time step is longer than the membrane can be followed with.
    #[error(
        "a time step of {dt_ms} ms is too coarse for the {model} membrane: at the peak of an impulse the open sodium \
         channels charge it within {limit_ms:.4} ms, so the computed voltage would swing from side to side instead of \
         following the impulse; use {limit_ms:.4} ms or less"
    )]
    StepTooCoarse {
        /// Name of the membrane model.
        model: &'static str,
        /// The step asked for.
        dt_ms: f64,
        /// The longest step that can be used.
        limit_ms: f64,
    },
    /// A profile along the fibre has the wrong number of places.
    #[error("the {profile} along the fibre has {got} values; the fibre has {want} compartments")]
    ProfileLength {
        /// Which profile.
        profile: &'static str,
        /// Number of values given.
        got: usize,
        /// Number of compartments.
        want: usize,
    },
    /// Fibres that run side by side must be divided alike.
    #[error("fibres computed side by side need the same number of compartments: {first} and {other}")]
    UnequalCompartments {
        /// Compartments of the first fibre.
        first: usize,
        /// Compartments of the one that differs.
        other: usize,
    },
}

/// Checks that a finite number lies in a range.
pub(crate) fn in_range(
    quantity: &'static str,
    value: f64,
    low: f64,
    high: f64,
    unit: &'static str,
) -> Result<f64, NerveError> {
    if value.is_finite() && (low..=high).contains(&value) {
        Ok(value)
    } else {
        Err(NerveError::OutOfRange { quantity, value, low, high, unit })
    }
}
