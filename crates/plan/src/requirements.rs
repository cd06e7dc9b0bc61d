//! What must be known before a path is searched, and what is refused.

use crate::options::PlanOptions;
use rami_anatomy::{Anatomy, Posture, Side, VertebralLevel, Warning, WarningKind};

/// Why there is no plan, not even a plan that says no.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PlanError {
    /// The question is not one that can be answered.
    #[error("{0}")]
    Options(String),
    /// A vertebra that was asked for is not in view.
    #[error("{level} is not in the CT and its labels (in view: {}); plan another level or use a CT that covers it", in_view.join(", "))]
    LevelNotInView {
        /// The level.
        level: VertebralLevel,
        /// Levels in view.
        in_view: Vec<String>,
    },
    /// The field of view cuts off the skin where the needle would enter.
    #[error(
        "the CT is cut off at the {place}, so the skin where the needle would enter cannot be found; use a CT reconstructed with the full field of view"
    )]
    CutOff {
        /// `back`, `left flank` or `right flank`.
        place: String,
    },
    /// No target could be placed.
    #[error(
        "no target was found beside {level} on the {side}: the labels of the vertebra give no anterolateral surface there; check the label map"
    )]
    NoTarget {
        /// The level.
        level: VertebralLevel,
        /// The side.
        side: Side,
    },
}

/// Checks that what was asked for is in view. That the labels it needs are there, [`rami_anatomy::infer`] has checked.
///
/// # Errors
/// [`PlanError::LevelNotInView`], [`PlanError::CutOff`], [`PlanError::Options`].
pub(crate) fn check(anatomy: &Anatomy, options: &PlanOptions) -> Result<(), PlanError> {
    if let crate::options::LevelChoice::At(level) = options.level
        && !anatomy.vertebrae.contains_key(&level)
    {
        return Err(PlanError::LevelNotInView { level, in_view: in_view(anatomy) });
    }
    let Some(first) = options.levels().into_iter().find(|level| !anatomy.vertebrae.contains_key(level))
    else {
        return cut_off(anatomy);
    };
    if options.levels().iter().all(|level| !anatomy.vertebrae.contains_key(level)) {
        return Err(PlanError::LevelNotInView { level: first, in_view: in_view(anatomy) });
    }
    cut_off(anatomy)
}

fn in_view(anatomy: &Anatomy) -> Vec<String> {
    anatomy.vertebrae.keys().map(ToString::to_string).collect()
}

fn cut_off(anatomy: &Anatomy) -> Result<(), PlanError> {
    if anatomy.skin.back_cut_off {
        return Err(PlanError::CutOff { place: "back".to_owned() });
    }
    Ok(())
}

/// The warnings of a plan, in the order every output gives them: accepted gaps first, then posture, then the rest.
pub(crate) fn warnings(anatomy: &Anatomy, options: &PlanOptions) -> Vec<Warning> {
    let mut warnings: Vec<Warning> = anatomy.warnings.clone();
    if anatomy.posture != Posture::Prone && !warnings.iter().any(|w| w.kind == WarningKind::Posture) {
        let lay = match anatomy.posture {
            Posture::Supine => "was made supine",
            Posture::Decubitus => "was made with the person on a side",
            _ => "does not say how the person lay",
        };
        warnings.push(Warning {
            kind: WarningKind::Posture,
            text: format!(
                "The CT {lay}, and the block is done prone: kidney, colon, ureter, pleura and skin will lie elsewhere. Their movement is in the probabilities of touching them, not in the clearances."
            ),
        });
    }
    for level in options.levels() {
        if !anatomy.vertebrae.contains_key(&level) {
            warnings.push(Warning {
                kind: WarningKind::VertebraMissing,
                text: format!("{level} is not in view and was not planned."),
            });
        }
    }
    let rank = |warning: &Warning| match warning.kind {
        WarningKind::MissingLabelAccepted => 0,
        WarningKind::Laterality => 1,
        WarningKind::Posture => 2,
        _ => 3,
    };
    warnings.sort_by_key(rank);
    warnings
}
