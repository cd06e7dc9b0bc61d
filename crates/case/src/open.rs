//! Opening what a command is given as a case.

use crate::document::posture_of;
use crate::{CT_FILE, Case, CaseDocument, CaseError, LABELS_FILE, Source, SourceRole};
use rami_anatomy::{Posture, StructureMap, Warning, WarningKind};
use rami_volume::dicom::{self, DicomInput, SeriesOptions};
use rami_volume::labels::{self, LabelMapping};
use rami_volume::nifti::{self, CtFile};
use rami_volume::{ReadWarning, ReadWarningKind};
use std::path::{Path, PathBuf};

/// Called with slices read and slices to read, from any thread.
pub type Progress<'a> = &'a (dyn Fn(usize, usize) + Sync);

/// What a command is given.
#[derive(Debug, Clone, Default)]
pub struct CaseInput {
    /// A case folder, a NIfTI CT, or a DICOM folder or file.
    pub path: PathBuf,
    /// DICOM Series Instance UID; the largest CT of the folder if not given.
    pub series: Option<String>,
    /// Fill missing DICOM slices between their neighbours instead of refusing.
    pub allow_gap: bool,
    /// Labels that replace the case's own: a NIfTI label map, or a folder with one mask per structure.
    pub labels: Option<PathBuf>,
    /// TOML that says what the numbers of the labels mean.
    pub label_mapping: Option<PathBuf>,
    /// How the person lay, if the scan says it wrongly or not at all.
    pub posture: Option<Posture>,
}

impl CaseInput {
    /// A case folder, a CT or a DICOM folder, with nothing else said.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), ..Self::default() }
    }
}

/// Opens a case folder, or a CT with labels, as a case.
///
/// # Errors
/// [`CaseError`] names the file, what is wrong and what to do.
pub fn open(input: &CaseInput) -> Result<Case, CaseError> {
    open_with(input, None)
}

/// As [`open`], and says how far reading slices has come.
///
/// # Errors
/// As [`open`].
pub fn open_with(input: &CaseInput, progress: Option<Progress<'_>>) -> Result<Case, CaseError> {
    let folder = is_case_folder(&input.path).then(|| input.path.clone());
    let mut case = match &folder {
        Some(folder) => from_folder(folder)?,
        None if is_dicom(&input.path) => from_dicom(input, progress)?,
        None => from_ct(&input.path)?,
    };
    let labels = match (&input.labels, &folder) {
        (Some(labels), _) => Some(labels.clone()),
        (None, Some(folder)) => Some(folder.join(LABELS_FILE)).filter(|path| path.is_file()),
        (None, None) => None,
    };
    if let Some(labels) = labels {
        add_labels(&mut case, &labels, input.label_mapping.as_deref())?;
    }
    if let Some(posture) = input.posture {
        case.posture = posture;
    }
    Ok(case)
}

/// Whether a path is a folder with a CT where a case folder has it.
fn is_case_folder(path: &Path) -> bool {
    path.join(CT_FILE).is_file()
}

fn from_folder(folder: &Path) -> Result<Case, CaseError> {
    let document = CaseDocument::read(folder)?;
    let path = folder.join(CT_FILE);
    let file = nifti::read_ct(&path)?;
    let mut case = from_document(document, file, name_of(folder));
    case.inputs.push(Source::of(SourceRole::Ct, &path)?);
    case.folder = Some(folder.to_owned());
    Ok(case)
}

/// A CT with what `case.toml` says of it and, where that is silent, what the file says of itself.
fn from_document(document: CaseDocument, file: CtFile, name: String) -> Case {
    let (of_itself, doubt) = match CaseDocument::from_comments(&file.comments) {
        Ok(said) => (said.unwrap_or_default(), None),
        Err(why) => (CaseDocument::default(), Some(why)),
    };
    let position = document.patient_position.or(of_itself.patient_position);
    let posture = document
        .posture
        .or(of_itself.posture)
        .unwrap_or_else(|| position.as_deref().map_or(Posture::Unknown, posture_of));
    let mut case = Case::new(document.name.unwrap_or(name), file.ct, posture);
    case.patient_position = position;
    case.side = document.side.or(of_itself.side);
    case.sources = document.sources;
    case.warnings = document.warnings;
    of_itself.warnings.into_iter().for_each(|warning| add(&mut case, warning));
    if let Some(why) = doubt {
        let text = format!("what an import said of this CT cannot be read ({why}); import the scan again");
        add(&mut case, Warning { kind: WarningKind::Geometry, text });
    }
    warn(&mut case, file.warnings);
    case
}

/// A folder that is no case folder, or a file that begins as DICOM files do.
fn is_dicom(path: &Path) -> bool {
    path.is_dir() || dicom::begins_as_dicom(path)
}

fn from_dicom(input: &CaseInput, progress: Option<Progress<'_>>) -> Result<Case, CaseError> {
    let options = SeriesOptions { series: input.series.clone(), allow_gap: input.allow_gap, progress };
    let file = dicom::read(&DicomInput::Path(input.path.clone()), &options)?;
    let mut case = Case::new(name_of(&input.path), file.ct, posture_of(&file.summary.patient_position));
    case.patient_position = Some(file.summary.patient_position.clone()).filter(|p| !p.is_empty());
    case.series = Some(file.summary);
    for slice in &file.files {
        case.inputs.push(Source::of(SourceRole::Ct, slice)?);
    }
    warn(&mut case, file.warnings);
    Ok(case)
}

fn from_ct(path: &Path) -> Result<Case, CaseError> {
    let file = nifti::read_ct(path)?;
    let mut case = from_document(CaseDocument::default(), file, name_of(path));
    case.inputs.push(Source::of(SourceRole::Ct, path)?);
    Ok(case)
}

fn add_labels(case: &mut Case, path: &Path, mapping: Option<&Path>) -> Result<(), CaseError> {
    let names = mapping.map(LabelMapping::read).transpose()?;
    let file = labels::read(path, names.as_ref())?;
    let (on_ct, moved) = labels::onto(&file.labels, case.ct.grid())?;
    let (structures, unknown) = StructureMap::new(on_ct, &file.names);
    warn(case, file.warnings);
    warn(case, moved);
    if !unknown.is_empty() {
        let warning = Warning {
            kind: WarningKind::UnknownLabel,
            text: format!("labels that Rami does not know were left out: {}", unknown.join(", ")),
        };
        add(case, warning);
    }
    case.structures = Some(structures);
    for file in files_at(path)? {
        case.inputs.push(Source::of(SourceRole::Labels, &file)?);
    }
    if let Some(mapping) = mapping {
        case.inputs.push(Source::of(SourceRole::LabelMapping, mapping)?);
    }
    Ok(())
}

/// The file, or the files of a folder by name.
fn files_at(path: &Path) -> Result<Vec<PathBuf>, CaseError> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let io = |source| CaseError::Io { path: path.to_owned(), source };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(io)? {
        let file = entry.map_err(io)?.path();
        if file.is_file() {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}

/// A reader's warnings, in the words of every output.
fn warn(case: &mut Case, warnings: Vec<ReadWarning>) {
    for warning in warnings {
        let kind = match warning.kind {
            ReadWarningKind::LabelNames => WarningKind::UnknownLabel,
            ReadWarningKind::Overlap => WarningKind::LabelQuality,
            ReadWarningKind::PatientPosition => WarningKind::Posture,
            _ => WarningKind::Geometry,
        };
        add(case, Warning { kind, text: warning.text });
    }
}

fn add(case: &mut Case, warning: Warning) {
    if !case.warnings.contains(&warning) {
        case.warnings.push(warning);
    }
}

/// A file or folder name without its endings.
fn name_of(path: &Path) -> String {
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let stem = name.strip_suffix(".nii.gz").or_else(|| name.strip_suffix(".nii")).unwrap_or(&name);
    if stem.is_empty() { "case".to_owned() } else { stem.to_owned() }
}
