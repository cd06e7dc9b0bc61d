//! What can be wrong with a question to this room.

/// A needle or a movement that cannot be.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum NeedleError {
    /// No such needle.
    #[error(
        "no needle is called {name:?}; names are like 22G-150-chiba or 20G-150-rf10, and there is {nearest}"
    )]
    Unknown {
        /// What was asked for.
        name: String,
        /// A needle there is.
        nearest: String,
    },
    /// A direction without length, or a coordinate that is not a number.
    #[error("{what} must be finite and not zero: {x}, {y}, {z}")]
    BadVector {
        /// Which vector.
        what: &'static str,
        /// First coordinate.
        x: f64,
        /// Second coordinate.
        y: f64,
        /// Third coordinate.
        z: f64,
    },
    /// A distance or an angle that cannot be.
    #[error("{what} must lie between {low} and {high}, not {value}")]
    OutOfRange {
        /// What.
        what: &'static str,
        /// What was given.
        value: f64,
        /// Smallest value allowed.
        low: f64,
        /// Largest value allowed.
        high: f64,
    },
}

pub(crate) fn in_range(what: &'static str, value: f64, low: f64, high: f64) -> Result<f64, NeedleError> {
    if value.is_finite() && (low..=high).contains(&value) {
        Ok(value)
    } else {
        Err(NeedleError::OutOfRange { what, value, low, high })
    }
}
