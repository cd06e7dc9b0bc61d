//! `case.toml`: what a case folder says beside its volumes.

use crate::{CASE_FILE, CaseError, Source};
use rami_anatomy::{Posture, Side, Warning};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The contents of `case.toml`. A file written by hand may leave out anything.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseDocument {
    /// What the case is called; the folder's name if it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// How the person lay; from the patient position if it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub posture: Option<Posture>,
    /// DICOM patient position.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patient_position: Option<String>,
    /// The side to be blocked, if it is decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub side: Option<Side>,
    /// What every output must say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
    /// The files that the case was made from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Source>,
}

/// First line of the comment by which a CT file that stands alone says what a case folder would.
const COMMENT_MARK: &str = "rami.case/1\n";

impl CaseDocument {
    /// The comment of a CT file: the document after a mark. Nothing where there is nothing to say.
    pub(crate) fn to_comment(&self) -> Option<String> {
        let text = toml::to_string(self).ok().filter(|text| !text.is_empty())?;
        Some(format!("{COMMENT_MARK}{text}"))
    }

    /// From the comments of a CT file; nothing when none of them is Rami's.
    ///
    /// # Errors
    /// What is wrong with a comment that bears the mark.
    pub(crate) fn from_comments(comments: &[String]) -> Result<Option<Self>, String> {
        comments
            .iter()
            .find_map(|comment| comment.strip_prefix(COMMENT_MARK))
            .map(|text| toml::from_str(text).map_err(|e| e.message().trim().replace('\n', " ")))
            .transpose()
    }

    /// Reads `case.toml` in a folder; a folder without one says nothing.
    ///
    /// # Errors
    /// [`CaseError::Document`] when the file is not what it should be.
    pub fn read(folder: &Path) -> Result<Self, CaseError> {
        let path = folder.join(CASE_FILE);
        match std::fs::read_to_string(&path) {
            Ok(text) => toml::from_str(&text)
                .map_err(|e| CaseError::Document { path, why: e.to_string().trim().replace('\n', " ") }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(source) => Err(CaseError::Io { path, source }),
        }
    }

    /// Writes `case.toml` into a folder, by way of a temporary file.
    ///
    /// # Errors
    /// [`CaseError::Io`] when the file system refuses.
    pub fn write(&self, folder: &Path) -> Result<(), CaseError> {
        let path = folder.join(CASE_FILE);
        let text = toml::to_string(self)
            .map_err(|e| CaseError::Document { path: path.clone(), why: e.to_string() })?;
        rami_volume::files::write(&path, text.as_bytes()).map_err(|source| CaseError::Io { path, source })
    }
}

/// The posture that a DICOM patient position (PS3.3 C.7.3.1.1.2) says.
pub(crate) fn posture_of(position: &str) -> Posture {
    match position {
        "HFS" | "FFS" => Posture::Supine,
        "HFP" | "FFP" => Posture::Prone,
        "HFDR" | "HFDL" | "FFDR" | "FFDL" => Posture::Decubitus,
        _ => Posture::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patient_position_says_the_posture() {
        assert_eq!(posture_of("HFS"), Posture::Supine);
        assert_eq!(posture_of("FFP"), Posture::Prone);
        assert_eq!(posture_of("HFDL"), Posture::Decubitus);
        assert_eq!(posture_of("AFP"), Posture::Unknown);
    }
}
