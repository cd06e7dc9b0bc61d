//! What can go wrong at the bedside.

use rami_anatomy::AnatomyError;
use rami_case::CaseError;
use rami_field::FieldError;
use rami_needle::NeedleError;
use rami_nerve::NerveError;
use rami_units::QuantityError;

/// Why something at the bedside cannot be done: what, and what to do.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // the texts say what the fields are
pub enum BedsideError {
    #[error(transparent)]
    Case(#[from] CaseError),

    #[error(transparent)]
    Anatomy(#[from] AnatomyError),

    #[error(transparent)]
    Needle(#[from] NeedleError),

    #[error(transparent)]
    Nerve(#[from] NerveError),

    #[error(transparent)]
    Field(#[from] FieldError),

    #[error(transparent)]
    Body(#[from] rami_body::BodyError),

    #[error(transparent)]
    Quantity(#[from] QuantityError),

    #[error("{what} must lie between {low} and {high} {unit}, not {value}")]
    OutOfRange { what: &'static str, value: f64, low: f64, high: f64, unit: &'static str },

    #[error(
        "the tip at {tip_mm:?} mm is {place}: give a point in the body, patient LPS in mm (+x left, +y back, +z head)"
    )]
    OutsideBody { tip_mm: [f64; 3], place: String },

    #[error(
        "the tip at {tip_mm:?} mm is in bone or gas, where a needle's tip cannot map; move it into soft tissue"
    )]
    NotSoft { tip_mm: [f64; 3] },

    #[error(
        "the tip at {tip_mm:?} mm is {distance_mm:.0} mm from the nearest nerve the world knows; mapping is computed within {reach_mm} mm"
    )]
    NoNerveNear { tip_mm: [f64; 3], distance_mm: f64, reach_mm: f64 },

    #[error(
        "a stimulus of {frequency_hz} Hz: mapping uses 50 Hz for what is felt and 2 Hz for what twitches"
    )]
    Frequency { frequency_hz: u32 },

    #[error("the belief has no {side} trunk; are the lumbar vertebrae labelled?")]
    NoChain { side: rami_anatomy::Side },

    #[error("mapping alone is not accepted as guidance: {reason}")]
    SoleGuidance { reason: &'static str },

    #[error(
        "the labels of the case lie on another grid than its CT; import the case again with these labels"
    )]
    Grid,

    #[error("no body can be told from air in the CT; are its values Hounsfield units?")]
    NoBody,

    #[error(
        "fewer than two lumbar vertebrae are known, so levels cannot be told; is this a CT of the lumbar spine?"
    )]
    NoLevels,

    #[error(transparent)]
    Spread(#[from] rami_spread::SpreadError),

    #[error(transparent)]
    Syringe(#[from] rami_formulary::SyringeError),

    #[error(transparent)]
    Film(#[from] rami_xray::GeometryError),

    #[error("cannot read {item:?} in the injection: {why}")]
    Sequence { item: String, why: String },

    #[error(
        "the tip at {at_mm:?} mm (LPS) is outside the lumbar part of the picture: give a point inside the body as x,y,z in mm"
    )]
    TipOutside { at_mm: [f64; 3] },
}

/// Checks that a finite number lies in a range.
pub(crate) fn in_range(
    what: &'static str,
    value: f64,
    low: f64,
    high: f64,
    unit: &'static str,
) -> Result<f64, BedsideError> {
    if value.is_finite() && (low..=high).contains(&value) {
        Ok(value)
    } else {
        Err(BedsideError::OutOfRange { what, value, low, high, unit })
    }
}
