//! What can be wrong with an injection.

use crate::Tissue;
use rami_field::FieldError;

/// Why an injection cannot be computed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SpreadError {
    /// The needle's tip is not in the body.
    #[error(
        "the tip at {at_mm:?} mm (LPS) is {what}: nothing can be injected there. Give a point inside the body as x,y,z in mm"
    )]
    TipOutside {
        /// Where the tip was said to be.
        at_mm: [f64; 3],
        /// Outside the grid, or in air.
        what: &'static str,
    },
    /// No needle at all.
    #[error("an injection needs at least one needle tip")]
    NoTip,
    /// A tissue per cell is needed.
    #[error("the region has {cells} cells and {tissues} tissues")]
    Region {
        /// Cells of the grid.
        cells: usize,
        /// Tissues given.
        tissues: usize,
    },
    /// A number that cannot be.
    #[error("{quantity} is {value} {unit}: {advice}")]
    OutOfRange {
        /// What it is.
        quantity: &'static str,
        /// What it was.
        value: f64,
        /// In which unit.
        unit: &'static str,
        /// What it may be.
        advice: &'static str,
    },
    /// A property of a tissue that cannot be.
    #[error("{quantity} of {tissue:?} is {value}: it must be positive and finite")]
    Property {
        /// Which property.
        quantity: &'static str,
        /// Of which tissue.
        tissue: Tissue,
        /// What it was.
        value: f64,
    },
    /// The fluid names other solutes than the injection was made for.
    #[error("the fluid has {found} solutes, the injection was made for {expected}")]
    Solutes {
        /// In the fluid.
        found: usize,
        /// In the injection.
        expected: usize,
    },
    /// The pressure could not be found.
    #[error("the pressure in the tissue could not be found: {0}")]
    Pressure(#[from] FieldError),
}

/// Refuses a value outside `low` to `high`.
pub(crate) fn in_range(
    quantity: &'static str,
    value: f64,
    (low, high): (f64, f64),
    unit: &'static str,
    advice: &'static str,
) -> Result<f64, SpreadError> {
    if value >= low && value <= high {
        Ok(value)
    } else {
        Err(SpreadError::OutOfRange { quantity, value, unit, advice })
    }
}
