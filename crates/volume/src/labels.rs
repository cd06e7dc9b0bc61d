//! Label maps from any labeller, brought onto the CT's grid.
//!
//! Three shapes: one NIfTI file with numbers (names from its header extension, where it has them); a folder with one
//! NIfTI mask per structure, named after it; and either of a labeller with names of its own, with a TOML file that
//! says `name = id` or `name = [id, id]`. What a name means is not this room's business.

use crate::nifti::{self, LabelFile, NiftiError};
use crate::{Grid, Labels, ReadWarning, ReadWarningKind, resample};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Share of labelled voxels outside the CT above which it is said.
const OUTSIDE_WORTH_SAYING: f64 = 0.01;

/// Why labels were not read.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // the texts say what the fields are
pub enum LabelError {
    #[error(transparent)]
    Nifti(#[from] NiftiError),

    #[error("{path}: {source}")]
    Io { path: PathBuf, source: std::io::Error },

    #[error(
        "{path}: the folder has no .nii or .nii.gz file; give a label map, or a folder with one mask per structure"
    )]
    EmptyFolder { path: PathBuf },

    #[error("{path}: its grid differs from that of {first}; masks of one folder must share a grid")]
    GridsDiffer { path: PathBuf, first: PathBuf },

    #[error("{path}: the folder has {count} masks and a label map holds at most 65535")]
    TooMany { path: PathBuf, count: usize },

    #[error("{path}: {why}; a label mapping has lines like `kidney_left = 3` or `colon = [20, 21]`")]
    Mapping { path: PathBuf, why: String },

    #[error(
        "no labelled voxel lies in the CT: the labels span {labels} and the CT {ct} (LPS mm); they belong to \
         different scans, or one of the files has lost its place in the patient"
    )]
    NoOverlap { labels: String, ct: String },

    #[error("the label map has no label: every voxel is 0")]
    Nothing,
}

/// Which numbers mean a structure, in a labeller's own numbering.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelMapping {
    names: BTreeMap<u16, String>,
}

impl LabelMapping {
    /// Reads `name = id` and `name = [ids]` lines.
    ///
    /// # Errors
    /// [`LabelError::Mapping`] says which line is wrong.
    pub fn read(path: &Path) -> Result<Self, LabelError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| LabelError::Io { path: path.to_owned(), source })?;
        Self::parse(&text).map_err(|why| LabelError::Mapping { path: path.to_owned(), why })
    }

    fn parse(text: &str) -> Result<Self, String> {
        let table: toml::Table = text.parse().map_err(|e: toml::de::Error| e.message().to_owned())?;
        let mut names = BTreeMap::new();
        for (name, value) in table {
            let ids = match value {
                toml::Value::Array(ids) => ids,
                one => vec![one],
            };
            for id in ids {
                let id = id
                    .as_integer()
                    .and_then(|id| u16::try_from(id).ok())
                    .filter(|&id| id > 0)
                    .ok_or_else(|| format!("{name}: {id} is not a label number from 1 to 65535"))?;
                if let Some(other) = names.insert(id, name.clone()) {
                    return Err(format!("label {id} is both {other} and {name}"));
                }
            }
        }
        if names.is_empty() {
            return Err("it maps nothing".to_owned());
        }
        Ok(Self { names })
    }

    /// Renames a label map's numbers; a number that is not mapped keeps no meaning and is called `label N`.
    fn apply(&self, file: &mut LabelFile) {
        let mut names = self.names.clone();
        for id in present(&file.labels) {
            names.entry(id).or_insert_with(|| format!("label {id}"));
        }
        file.names = names;
    }
}

/// Label numbers that occur, without 0.
#[must_use]
pub fn present(labels: &Labels) -> Vec<u16> {
    let mut seen = vec![false; 1 << 16];
    labels.data().iter().for_each(|&id| seen[usize::from(id)] = true);
    (1..=u16::MAX).filter(|&id| seen[usize::from(id)]).collect()
}

/// Reads a label map, or a folder with one mask per structure.
///
/// # Errors
/// [`LabelError`] names the file and what to do.
pub fn read(path: &Path, mapping: Option<&LabelMapping>) -> Result<LabelFile, LabelError> {
    let mut file = if path.is_dir() { read_folder(path)? } else { nifti::read_labels(path)? };
    if file.labels.data().iter().all(|&id| id == 0) {
        return Err(LabelError::Nothing);
    }
    if let Some(mapping) = mapping {
        if path.is_dir() {
            file.warnings.push(ReadWarning::new(
                ReadWarningKind::LabelNames,
                "the label mapping was not used: masks in a folder are named by their files",
            ));
        } else {
            mapping.apply(&mut file);
        }
    }
    Ok(file)
}

/// One mask per structure, in the order of their names; where masks overlap the later name wins, which is said.
fn read_folder(path: &Path) -> Result<LabelFile, LabelError> {
    let masks = masks_in(path)?;
    if masks.len() > usize::from(u16::MAX) {
        return Err(LabelError::TooMany { path: path.to_owned(), count: masks.len() });
    }
    let mut merged: Option<(Labels, PathBuf)> = None;
    let mut names = BTreeMap::new();
    let mut warnings = Vec::new();
    let mut doubly = 0usize;
    for (n, (name, file)) in masks.into_iter().enumerate() {
        let id = n as u16 + 1;
        let mask = nifti::read_labels(&file)?;
        for warning in mask.warnings {
            if !warnings.contains(&warning) {
                warnings.push(warning);
            }
        }
        let (labels, first) =
            merged.get_or_insert_with(|| (Labels::filled(mask.labels.grid().clone(), 0), file.clone()));
        if !labels.grid().same_as(mask.labels.grid()) {
            return Err(LabelError::GridsDiffer { path: file, first: first.clone() });
        }
        for (label, &voxel) in labels.data_mut().iter_mut().zip(mask.labels.data()) {
            if voxel != 0 {
                doubly += usize::from(*label != 0);
                *label = id;
            }
        }
        names.insert(id, name);
    }
    let (labels, _) = merged.ok_or_else(|| LabelError::EmptyFolder { path: path.to_owned() })?;
    if doubly > 0 {
        warnings.push(ReadWarning::new(
            ReadWarningKind::LabelNames,
            format!("{doubly} voxels are in more than one mask; the mask later in the alphabet was taken"),
        ));
    }
    Ok(LabelFile { labels, names, warnings })
}

/// The structure name and path of each NIfTI file in a folder, by name.
fn masks_in(path: &Path) -> Result<BTreeMap<String, PathBuf>, LabelError> {
    let io = |source| LabelError::Io { path: path.to_owned(), source };
    let mut masks = BTreeMap::new();
    for entry in std::fs::read_dir(path).map_err(io)? {
        let file = entry.map_err(io)?.path();
        let Some(name) = file.file_name().and_then(|n| n.to_str()) else { continue };
        if let Some(stem) = name.strip_suffix(".nii.gz").or_else(|| name.strip_suffix(".nii")) {
            masks.insert(stem.to_owned(), file);
        }
    }
    Ok(masks)
}

/// The labels on the CT's grid, by nearest neighbour in patient space.
///
/// # Errors
/// [`LabelError::NoOverlap`] when no labelled voxel lies in the CT.
pub fn onto(labels: &Labels, ct: &Grid) -> Result<(Labels, Vec<ReadWarning>), LabelError> {
    let mut warnings = Vec::new();
    if labels.grid().same_as(ct) {
        // Headers in single precision differ in the last digits: take the CT's.
        let same = Labels::new(ct.clone(), labels.data().to_vec()).ok_or(LabelError::Nothing)?;
        return Ok((same, warnings));
    }
    let moved = resample::nearest(labels, ct, 0);
    if moved.data().iter().all(|&id| id == 0) {
        return Err(LabelError::NoOverlap { labels: extent(labels.grid()), ct: extent(ct) });
    }
    let grid = labels.grid();
    let labelled = || (0..grid.len()).filter(|&o| labels.data()[o] != 0);
    let outside =
        labelled().filter(|&o| ct.voxel_at(&grid.to_lps(grid.voxel(o).map(|v| v as f64))).is_none()).count();
    let share = outside as f64 / labelled().count().max(1) as f64;
    if share > OUTSIDE_WORTH_SAYING {
        warnings.push(ReadWarning::new(
            ReadWarningKind::Overlap,
            format!(
                "{:.0} % of the labelled voxels lie outside the CT (labels {}, CT {} in LPS mm)",
                100.0 * share,
                extent(grid),
                extent(ct)
            ),
        ));
    }
    if ct.corners().iter().any(|p| {
        let index = grid.to_index(p);
        (0..3).any(|a| index[a] < -1.5 || index[a] > grid.dims()[a] as f64 + 0.5)
    }) {
        warnings.push(ReadWarning::new(
            ReadWarningKind::Overlap,
            format!(
                "the label map does not cover the whole CT (labels {}, CT {} in LPS mm): beyond it nothing is labelled",
                extent(grid),
                extent(ct)
            ),
        ));
    }
    Ok((moved, warnings))
}

/// The box a grid fills, in words.
#[must_use]
pub fn extent(grid: &Grid) -> String {
    let corners = grid.corners();
    let span = |axis: usize| {
        let values = corners.iter().map(|p| p[axis]);
        let low = values.clone().fold(f64::INFINITY, f64::min);
        let high = values.fold(f64::NEG_INFINITY, f64::max);
        // Adding 0 turns a rounded -0 into 0.
        format!("{:.0} to {:.0}", low.round() + 0.0, high.round() + 0.0)
    };
    format!("x {}, y {}, z {}", span(0), span(1), span(2))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Point;
    use crate::nifti::WriteOptions;

    fn grid(dims: [usize; 3], spacing: f64, origin: f64) -> Grid {
        Grid::upright(dims, [spacing; 3], Point::new(origin, origin, origin)).unwrap()
    }

    #[test]
    fn a_folder_of_masks_becomes_one_map_named_by_its_files() {
        let folder = tempfile::tempdir().unwrap();
        let mask = |values: Vec<u16>| Labels::new(grid([3, 1, 1], 1.0, 0.0), values).unwrap();
        let write = |name: &str, mask: &Labels| {
            nifti::write(&folder.path().join(name), mask, &WriteOptions::default()).unwrap();
        };
        assert!(matches!(read(folder.path(), None), Err(LabelError::EmptyFolder { .. })));
        write("aorta.nii.gz", &mask(vec![1, 0, 0]));
        write("colon.nii", &mask(vec![1, 255, 0]));
        std::fs::write(folder.path().join("notes.txt"), "not a mask").unwrap();
        let read_back = read(folder.path(), None).unwrap();
        assert_eq!(read_back.labels.data(), [2, 2, 0]);
        assert_eq!(read_back.names, BTreeMap::from([(1, "aorta".to_owned()), (2, "colon".to_owned())]));
        assert!(read_back.warnings[0].text.contains("1 voxels are in more than one mask"));
        write("liver.nii", &Labels::filled(grid([4, 1, 1], 1.0, 0.0), 1));
        assert!(matches!(read(folder.path(), None), Err(LabelError::GridsDiffer { .. })));
    }

    #[test]
    fn a_mapping_gives_other_numbers_their_names() {
        let mapping = LabelMapping::parse("kidney_left = 3\ncolon = [20, 21]\n").unwrap();
        let labels = Labels::new(grid([4, 1, 1], 1.0, 0.0), vec![3, 20, 21, 7]).unwrap();
        let mut file = LabelFile { labels, names: BTreeMap::new(), warnings: Vec::new() };
        mapping.apply(&mut file);
        let names: Vec<&str> = file.names.values().map(String::as_str).collect();
        assert_eq!(names, ["kidney_left", "label 7", "colon", "colon"]);
        for bad in ["kidney_left = 0", "a = 1\nb = 1", "a = \"x\"", "a = [1, 70000]", "", "not toml"] {
            assert!(LabelMapping::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn labels_on_their_own_grid_come_to_lie_where_they_are_in_the_patient() {
        let mut labels = Labels::filled(grid([4; 3], 2.0, -2.0), 0);
        let at = labels.grid().voxel_at(&Point::new(2.0, 2.0, 2.0)).unwrap();
        let offset = labels.grid().offset(at);
        labels.data_mut()[offset] = 5;
        let (moved, warnings) = onto(&labels, &grid([6; 3], 1.0, -1.5)).unwrap();
        assert_eq!(moved.at(&Point::new(2.4, 1.6, 2.4)), Some(5));
        assert_eq!(moved.data().iter().filter(|&&id| id == 5).count(), 8);
        assert_eq!(warnings, []);
        let error = onto(&labels, &grid([6; 3], 1.0, 500.0)).unwrap_err();
        assert!(error.to_string().contains("no labelled voxel lies in the CT"), "{error}");
    }
}
