//! Writing a case folder, or its CT alone.

use crate::{CT_FILE, Case, CaseDocument, CaseError, LABELS_FILE};
use rami_anatomy::Posture;
use rami_volume::nifti::{self, Compression, WriteOptions};
use std::path::Path;

/// Writes the CT alone. How the person lay and what every output must say go with it, in a comment of the NIfTI header
/// that [`crate::open`] reads back and other programs pass over. The names of the case and of its files stay out of it.
///
/// # Errors
/// [`CaseError`] when the file system refuses.
pub fn save_ct(case: &Case, path: &Path, compression: Compression) -> Result<(), CaseError> {
    let document = CaseDocument {
        posture: Some(case.posture).filter(|posture| *posture != Posture::Unknown),
        patient_position: case.patient_position.clone(),
        side: case.side,
        warnings: case.warnings.clone(),
        ..CaseDocument::default()
    };
    let comment = document.to_comment();
    let options = WriteOptions { comment: comment.as_deref(), compression, ..WriteOptions::default() };
    Ok(nifti::write(path, &case.ct, &options)?)
}

/// Writes `ct.nii.gz`, `labels.nii.gz` where there are labels, and `case.toml` into a folder, which is made if need be.
/// Each file appears complete or not at all, `case.toml` last.
///
/// # Errors
/// [`CaseError`] when the file system refuses.
pub fn save(case: &Case, folder: &Path, compression: Compression) -> Result<(), CaseError> {
    std::fs::create_dir_all(folder).map_err(|source| CaseError::Io { path: folder.to_owned(), source })?;
    nifti::write(&folder.join(CT_FILE), &case.ct, &WriteOptions { compression, ..WriteOptions::default() })?;
    let labels = folder.join(LABELS_FILE);
    match &case.structures {
        Some(map) => {
            let names = map.present().map(|s| (s.id(), s.name().to_owned())).collect();
            nifti::write(
                &labels,
                map.labels(),
                &WriteOptions { names: Some(&names), compression, ..WriteOptions::default() },
            )?;
        }
        // Labels of an earlier case of this name would be taken for this one's.
        None if labels.exists() => {
            std::fs::remove_file(&labels).map_err(|source| CaseError::Io { path: labels.clone(), source })?;
        }
        None => {}
    }
    let sources = if case.sources.is_empty() { &case.inputs } else { &case.sources };
    CaseDocument {
        name: Some(case.name.clone()),
        posture: Some(case.posture),
        patient_position: case.patient_position.clone(),
        side: case.side,
        warnings: case.warnings.clone(),
        sources: sources.clone(),
    }
    .write(folder)
}
