//! Files dropped into the browser, kept in a temporary folder until they are a case.
//!
//! Names of files come from outside and are used for nothing but their ending: on disk a file is a number.

use crate::problem::Problem;
use crate::state::lock;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;
use utoipa::ToSchema;

/// Most bytes of one upload.
pub(crate) const MOST_BYTES: u64 = 2 << 30;
/// Most files of one upload.
const MOST_FILES: usize = 5000;
/// Most uploads at a time; the oldest is dropped.
const MOST_UPLOADS: usize = 4;

/// What a file is meant to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum UploadKind {
    /// A slice of a DICOM series, or a NIfTI CT.
    Ct,
    /// A label map, or one mask of several.
    Labels,
}

struct Upload {
    folder: TempDir,
    files: usize,
    bytes: u64,
}

/// Uploads under way.
#[derive(Default)]
pub(crate) struct Uploads {
    open: Mutex<BTreeMap<String, Arc<Mutex<Upload>>>>,
}

impl Uploads {
    /// Begins one, under a name that cannot be guessed.
    pub(crate) fn begin(&self) -> std::io::Result<String> {
        let id = crate::guard::Token::random()?.text().to_owned();
        let folder = tempfile::Builder::new().prefix("rami-upload-").tempdir()?;
        std::fs::create_dir(folder.path().join("ct"))?;
        std::fs::create_dir(folder.path().join("labels"))?;
        let mut open = lock(&self.open);
        while open.len() >= MOST_UPLOADS {
            open.pop_first();
        }
        open.insert(id.clone(), Arc::new(Mutex::new(Upload { folder, files: 0, bytes: 0 })));
        Ok(id)
    }

    fn get(&self, id: &str) -> Result<Arc<Mutex<Upload>>, Problem> {
        lock(&self.open).get(id).cloned().ok_or_else(|| Problem::not_found("upload of that name"))
    }

    /// Takes the next file's name on disk, after checking that there is room for its bytes.
    pub(crate) fn place(
        &self,
        id: &str,
        kind: UploadKind,
        name: &str,
        bytes: u64,
    ) -> Result<PathBuf, Problem> {
        let upload = self.get(id)?;
        let mut upload = lock(&upload);
        if upload.files >= MOST_FILES {
            return Err(Problem::too_large(format!("an upload may have {MOST_FILES} files")));
        }
        if upload.bytes.saturating_add(bytes) > MOST_BYTES {
            return Err(Problem::too_large(format!(
                "an upload may have {} GiB; use `rami import` for more",
                MOST_BYTES >> 30
            )));
        }
        upload.files += 1;
        upload.bytes += bytes;
        let folder = upload.folder.path().join(match kind {
            UploadKind::Ct => "ct",
            UploadKind::Labels => "labels",
        });
        Ok(match kind {
            // Masks are told apart by their names, which are structures'.
            UploadKind::Labels => folder
                .join(structure_name(name).unwrap_or_else(|| format!("{:05}{}", upload.files, ending(name)))),
            UploadKind::Ct => folder.join(format!("{:05}{}", upload.files, ending(name))),
        })
    }

    /// Ends an upload: the CT to open and its labels, and the folder that goes away with the returned guard.
    pub(crate) fn finish(&self, id: &str) -> Result<(TempDir, PathBuf, Option<PathBuf>), Problem> {
        let upload = lock(&self.open).remove(id).ok_or_else(|| Problem::not_found("upload of that name"))?;
        let upload = Arc::try_unwrap(upload)
            .map_err(|_| Problem::conflict("a file of this upload is still coming in"))?
            .into_inner()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let single = |name: &str| -> Result<Option<PathBuf>, Problem> {
            let folder = upload.folder.path().join(name);
            let files: Vec<PathBuf> = std::fs::read_dir(&folder)
                .map_err(Problem::internal)?
                .filter_map(|entry| Some(entry.ok()?.path()))
                .collect();
            Ok(match files.as_slice() {
                [] => None,
                [one] => Some(one.clone()),
                _ => Some(folder),
            })
        };
        let ct = single("ct")?
            .ok_or_else(|| Problem::bad_input("no CT came: drop a DICOM folder, or a .nii or .nii.gz"))?;
        let labels = single("labels")?;
        Ok((upload.folder, ct, labels))
    }
}

/// The ending that readers go by, and nothing else of a name.
fn ending(name: &str) -> &'static str {
    let lower = name.to_lowercase();
    if lower.ends_with(".nii.gz") {
        ".nii.gz"
    } else if lower.ends_with(".nii") {
        ".nii"
    } else {
        ".dcm"
    }
}

/// `kidney_left.nii.gz` if the name is that of a structure.
fn structure_name(name: &str) -> Option<String> {
    let base = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let stem = base.strip_suffix(".nii.gz").or_else(|| base.strip_suffix(".nii"))?;
    rami_anatomy::Structure::from_name(stem).map(|structure| format!("{}{}", structure.name(), ending(base)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_from_outside_gives_a_file_nothing_but_its_ending() {
        let uploads = Uploads::default();
        let id = uploads.begin().unwrap();
        let place = |kind, name: &str| uploads.place(&id, kind, name, 10).unwrap();
        let path = place(UploadKind::Ct, "../../etc/passwd");
        assert!(path.ends_with("ct/00001.dcm"), "{path:?}");
        assert!(place(UploadKind::Ct, "..\\x.NII.GZ").ends_with("ct/00002.nii.gz"));
        assert!(place(UploadKind::Labels, "../kidney_left.nii.gz").ends_with("labels/kidney_left.nii.gz"));
        assert!(place(UploadKind::Labels, "../../secret.nii").ends_with("labels/00004.nii"));
    }

    #[test]
    fn an_upload_beyond_its_size_is_refused_before_a_byte_is_taken() {
        let uploads = Uploads::default();
        let id = uploads.begin().unwrap();
        assert_eq!(uploads.place(&id, UploadKind::Ct, "a", 5 << 30).unwrap_err().status, 413);
        uploads.place(&id, UploadKind::Ct, "a", MOST_BYTES - 1).unwrap();
        assert_eq!(uploads.place(&id, UploadKind::Ct, "b", 2).unwrap_err().status, 413);
    }
}
