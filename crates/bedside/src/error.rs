//! What can go wrong at the bedside.

use rami_anatomy::AnatomyError;
use rami_case::CaseError;
use rami_needle::NeedleError;

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
}
