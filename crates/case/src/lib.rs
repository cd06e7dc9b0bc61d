//! A person ready for work: a CT in patient space, what its labels say is where, and how the person lay.
//!
//! [`open`] takes all that a command may be given (a case folder, a NIfTI CT or a DICOM folder, with labels of any
//! labeller) and returns a [`Case`]; [`save`] writes the case folder, [`save_ct`] the CT alone. Documents that other rooms keep in a case
//! folder are paths here ([`Case::document`]), nothing more.

mod document;
mod error;
mod import;
mod open;
mod save;
mod source;

pub use document::CaseDocument;
pub use error::CaseError;
pub use import::{ImportDocument, ImportedLabels, ImportedSeries, Span};
pub use open::{CaseInput, Progress, open, open_with};
pub use save::{save, save_ct};
pub use source::{Source, SourceRole};

use rami_anatomy::patient::Truth;
use rami_anatomy::{Posture, Side, StructureMap, Warning};
use rami_volume::Ct;
use rami_volume::dicom::ImportSummary;
use std::path::PathBuf;

/// File of the CT in a case folder.
pub const CT_FILE: &str = "ct.nii.gz";
/// File of the labels in a case folder.
pub const LABELS_FILE: &str = "labels.nii.gz";
/// File of the rest in a case folder.
pub const CASE_FILE: &str = "case.toml";
/// File with the exact geometry of a digital patient in a case folder.
pub const TRUTH_FILE: &str = "truth.json";

/// A person ready for work.
#[derive(Debug, Clone)]
pub struct Case {
    /// What the case is called.
    pub name: String,
    /// The CT in Hounsfield units, canonical axes.
    pub ct: Ct,
    /// What the labels say is where, on the CT's grid, where there are labels.
    pub structures: Option<StructureMap>,
    /// How the person lay in the scanner.
    pub posture: Posture,
    /// DICOM patient position (`HFS`, `FFP`, …), where the scan says it.
    pub patient_position: Option<String>,
    /// What the headers of the DICOM series say, when it came from one.
    pub series: Option<ImportSummary>,
    /// The side to be blocked, if it is decided.
    pub side: Option<Side>,
    /// The files that the CT and labels were read from, with their SHA-256.
    pub inputs: Vec<Source>,
    /// The files that the case was first made from, as `case.toml` keeps them.
    pub sources: Vec<Source>,
    /// What every output made from the case must say first.
    pub warnings: Vec<Warning>,
    /// The case folder, when it came from one.
    pub folder: Option<PathBuf>,
}

impl Case {
    /// A CT with nothing said of it but how the person lay: no labels, no files, no folder.
    #[must_use]
    pub fn new(name: String, ct: Ct, posture: Posture) -> Self {
        Self {
            name,
            ct,
            structures: None,
            posture,
            patient_position: None,
            series: None,
            side: None,
            inputs: Vec::new(),
            sources: Vec::new(),
            warnings: Vec::new(),
            folder: None,
        }
    }

    /// Where a document of this name is or would be in the case folder, when there is one.
    #[must_use]
    pub fn document(&self, name: &str) -> Option<PathBuf> {
        self.folder.as_ref().map(|folder| folder.join(name))
    }

    /// The exact geometry of a digital patient, where the case folder has it. It is for the world that needles and
    /// currents act on, and for judging; nothing that plans may ask for it.
    ///
    /// # Errors
    /// [`CaseError::Io`] and [`CaseError::Truth`] when the file is there and cannot be read as what it should be.
    pub fn truth(&self) -> Result<Option<Truth>, CaseError> {
        const SCHEMA: &str = "rami.truth/1";
        let Some(path) = self.document(TRUTH_FILE) else { return Ok(None) };
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(CaseError::Io { path, source }),
        };
        match serde_json::from_str::<Truth>(&text) {
            Ok(truth) if truth.schema == SCHEMA => Ok(Some(truth)),
            Ok(truth) => {
                Err(CaseError::Truth { path, why: format!("its schema is {:?}, not {SCHEMA}", truth.schema) })
            }
            Err(error) => Err(CaseError::Truth { path, why: error.to_string() }),
        }
    }

    /// The labelled structures.
    ///
    /// # Errors
    /// [`CaseError::NoLabels`] when the case has none.
    pub fn structures(&self) -> Result<&StructureMap, CaseError> {
        self.structures.as_ref().ok_or_else(|| CaseError::NoLabels { name: self.name.clone() })
    }
}
