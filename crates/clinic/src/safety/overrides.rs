//! Going ahead in spite of a finding: possible with a recorded reason, except where it never is.

use super::{Finding, Outcome};
use crate::chart::Override;
use crate::data::{edit_distance, plain};

/// An override that cannot stand.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum OverrideError {
    /// No finding has this name.
    #[error("override of {finding:?}: no finding has this name; the nearest is {nearest:?}")]
    Unknown {
        /// What was named.
        finding: String,
        /// The name most like it.
        nearest: String,
    },
    /// Reason or name is empty.
    #[error("override of {finding:?} needs a reason and who decided")]
    Empty {
        /// Which finding.
        finding: String,
    },
    /// Nobody can override it.
    #[error("{finding:?} cannot be overridden: {why}")]
    Never {
        /// Which finding.
        finding: String,
        /// What it says.
        why: String,
    },
}

pub(super) fn apply(overrides: &[Override], findings: &mut [Finding]) -> Result<(), OverrideError> {
    for wanted in overrides {
        let name = plain(&wanted.finding);
        if wanted.reason.trim().is_empty() || wanted.by.trim().is_empty() {
            return Err(OverrideError::Empty { finding: name });
        }
        let Some(finding) = findings.iter_mut().find(|finding| finding.id == name) else {
            let nearest = findings.iter().map(|f| f.id.as_str()).min_by_key(|id| edit_distance(id, &name));
            return Err(OverrideError::Unknown {
                nearest: nearest.unwrap_or_default().into(),
                finding: name,
            });
        };
        if finding.outcome == Outcome::Stop && !finding.overridable {
            return Err(OverrideError::Never { finding: name, why: finding.why.clone() });
        }
        if finding.outcome == Outcome::Stop {
            finding.outcome = Outcome::Caution;
        }
        finding.overridden = Some(plain(&format!("{}: {}", wanted.by.trim(), wanted.reason.trim())));
    }
    Ok(())
}
