//! Which series are in a folder, and which one is meant.

use super::frame::{self, Frame, text};
use super::input::DicomFile;
use super::{DicomError, DicomInput, ImportSummary};
use crate::warning::counted;
use crate::{ReadWarning, ReadWarningKind};
use dicom_dictionary_std::tags;
use dicom_object::DefaultDicomObject;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

/// Names that a list of files gives before it says how many more there are.
const NAMES_SAID: usize = 3;

/// One series of a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeriesSummary {
    /// Series Instance UID.
    pub series_uid: String,
    /// Modality: CT, MR, …
    pub modality: String,
    /// Series Description.
    pub description: String,
    /// Slices, without scout views.
    pub slices: usize,
    /// Rows and columns of the first slice.
    pub rows: usize,
    /// Columns of the first slice.
    pub columns: usize,
    /// Patient Position.
    pub patient_position: String,
}

/// One series with its slices, or why they cannot be used.
pub(super) struct Series {
    pub(super) listed: SeriesSummary,
    pub(super) summary: ImportSummary,
    pub(super) frames: Vec<Frame>,
    pub(super) files: Vec<DicomFile>,
    scouts: Vec<PathBuf>,
    first_error: Option<DicomError>,
    first_file: PathBuf,
}

/// What a folder holds.
pub(super) struct Found {
    series: Vec<Series>,
    others: usize,
    damaged: Vec<DicomError>,
}

enum Kind {
    Other,
    Damaged(DicomError),
    Image(Box<Image>),
}

struct Image {
    listed: SeriesSummary,
    summary: ImportSummary,
    scout: bool,
    frames: Result<Vec<Frame>, DicomError>,
}

/// The series in a folder, by UID.
///
/// # Errors
/// [`DicomError`] when the folder cannot be read or has no DICOM image.
pub fn list(input: &DicomInput) -> Result<Vec<SeriesSummary>, DicomError> {
    Ok(find(input)?.series.into_iter().map(|series| series.listed).collect())
}

/// Reads every header, in parallel.
pub(super) fn find(input: &DicomInput) -> Result<Found, DicomError> {
    let files = input.files()?;
    let kinds: Vec<Kind> = files.par_iter().enumerate().map(|(n, file)| kind(n, file)).collect();
    let mut series: BTreeMap<String, Series> = BTreeMap::new();
    let (mut others, mut damaged) = (0, Vec::new());
    for (kind, file) in kinds.into_iter().zip(&files) {
        match kind {
            Kind::Other => others += 1,
            Kind::Damaged(error) => damaged.push(error),
            Kind::Image(image) => {
                let one = series.entry(image.listed.series_uid.clone()).or_insert_with(|| Series {
                    listed: SeriesSummary { slices: 0, ..image.listed.clone() },
                    summary: image.summary.clone(),
                    frames: Vec::new(),
                    files: Vec::new(),
                    scouts: Vec::new(),
                    first_error: None,
                    first_file: file.path.clone(),
                });
                one.add(*image, file);
            }
        }
    }
    if series.is_empty() {
        let first = damaged.first().map(|e| format!(" (the first problem: {e})")).unwrap_or_default();
        return Err(DicomError::NoImages { path: input.name(), files: files.len(), first });
    }
    Ok(Found { series: series.into_values().collect(), others, damaged })
}

impl Series {
    fn add(&mut self, image: Image, file: &DicomFile) {
        if image.scout {
            self.scouts.push(file.path.clone());
            return;
        }
        match image.frames {
            Ok(mut frames) => {
                frames.iter_mut().for_each(|f| f.file = self.files.len());
                // Other modalities are listed and not looked into: a file counts as a slice.
                self.listed.slices += frames.len().max(1);
                self.frames.append(&mut frames);
                self.files.push(file.clone());
            }
            Err(error) => {
                self.listed.slices += 1;
                self.first_error.get_or_insert(error);
            }
        }
    }

    fn voxels(&self) -> usize {
        self.listed.slices * self.listed.rows * self.listed.columns
    }
}

fn kind(n: usize, file: &DicomFile) -> Kind {
    match file.is_dicom() {
        Ok(true) => {}
        Ok(false) => return Kind::Other,
        Err(error) => return Kind::Damaged(error),
    }
    let object = match file.header() {
        Ok(object) => object,
        Err(error) => return Kind::Damaged(error),
    };
    // Directories, reports and structure sets are DICOM without pixels.
    if object.get(tags::ROWS).is_none() {
        return Kind::Other;
    }
    let listed = listed(&object);
    // Only CT is asked for what CT must have.
    let frames = if listed.modality == "CT" { frame::of(&object, n, file) } else { Ok(Vec::new()) };
    Kind::Image(Box::new(Image {
        summary: summary(&object, &listed),
        scout: text(&object, tags::IMAGE_TYPE).split('\\').any(|part| part.trim() == "LOCALIZER"),
        listed,
        frames,
    }))
}

fn listed(object: &DefaultDicomObject) -> SeriesSummary {
    let side = |tag| object.get(tag).and_then(|e| e.to_int::<u16>().ok()).map_or(0, usize::from);
    SeriesSummary {
        series_uid: text(object, tags::SERIES_INSTANCE_UID),
        modality: text(object, tags::MODALITY),
        description: text(object, tags::SERIES_DESCRIPTION),
        slices: 0,
        rows: side(tags::ROWS),
        columns: side(tags::COLUMNS),
        patient_position: text(object, tags::PATIENT_POSITION),
    }
}

fn summary(object: &DefaultDicomObject, listed: &SeriesSummary) -> ImportSummary {
    let syntax = object.meta().transfer_syntax().trim_end_matches(['\0', ' ']);
    ImportSummary {
        series_uid: listed.series_uid.clone(),
        description: listed.description.clone(),
        patient_position: listed.patient_position.clone(),
        slices: 0,
        slice_thickness_mm: frame::numbers(object, tags::SLICE_THICKNESS).and_then(|v| v.first().copied()),
        contrast_agent: text(object, tags::CONTRAST_BOLUS_AGENT),
        transfer_syntax: syntax_name(syntax).to_owned(),
    }
}

fn syntax_name(uid: &str) -> &str {
    match uid {
        "1.2.840.10008.1.2" => "implicit little endian",
        "1.2.840.10008.1.2.1" => "explicit little endian",
        "1.2.840.10008.1.2.4.57" | "1.2.840.10008.1.2.4.70" => "JPEG lossless",
        "1.2.840.10008.1.2.4.80" => "JPEG-LS lossless",
        "1.2.840.10008.1.2.4.81" => "JPEG-LS near-lossless",
        "1.2.840.10008.1.2.4.90" => "JPEG 2000 lossless",
        "1.2.840.10008.1.2.4.91" => "JPEG 2000",
        "1.2.840.10008.1.2.5" => "RLE",
        other => other,
    }
}

/// The series of this UID, or the largest CT.
pub(super) fn choose(
    found: Found,
    wanted: Option<&str>,
    input: &DicomInput,
) -> Result<(Series, Vec<ReadWarning>), DicomError> {
    let path = input.name();
    let table = table(&found.series);
    let several = found.series.iter().filter(|s| s.listed.modality == "CT").count() > 1;
    let mut warnings = Vec::new();
    let others = found.others;
    let rest = found.series.len() - 1;
    let chosen = match wanted {
        Some(uid) => found.series.into_iter().find(|s| s.listed.series_uid == uid).ok_or_else(|| {
            DicomError::NoSuchSeries { path: path.clone(), wanted: uid.to_owned(), found: table.clone() }
        })?,
        None => {
            let mut ct: Vec<Series> =
                found.series.into_iter().filter(|s| s.listed.modality == "CT").collect();
            // Of equally large ones the first UID, so that the choice never depends on the order of files.
            ct.sort_by_key(|s| std::cmp::Reverse(s.voxels()));
            ct.into_iter()
                .next()
                .ok_or_else(|| DicomError::NoCt { path: path.clone(), found: table.clone() })?
        }
    };
    if chosen.listed.modality != "CT" {
        return Err(DicomError::Modality { path: chosen.first_file, modality: chosen.listed.modality });
    }
    if let Some(error) = chosen.first_error {
        return Err(error);
    }
    if several && wanted.is_none() {
        warnings.push(ReadWarning::new(
            ReadWarningKind::SeveralSeries,
            format!(
                "the folder has several CT series and the largest was taken; choose with --series:\n{table}"
            ),
        ));
    }
    if others + rest > 0 {
        warnings.push(ReadWarning::new(
            ReadWarningKind::OtherFiles,
            format!(
                "left out: {} that hold no DICOM image, and {rest} other series",
                counted(others, "file")
            ),
        ));
    }
    if !found.damaged.is_empty() {
        let first: Vec<String> = found.damaged.iter().take(NAMES_SAID).map(ToString::to_string).collect();
        warnings.push(ReadWarning::new(
            ReadWarningKind::OtherFiles,
            format!("{} could not be read: {}", counted(found.damaged.len(), "DICOM file"), first.join("; ")),
        ));
    }
    if !chosen.scouts.is_empty() {
        warnings.push(ReadWarning::new(
            ReadWarningKind::OtherFiles,
            format!("left out: {} in the series", counted(chosen.scouts.len(), "scout view")),
        ));
    }
    Ok((Series { first_error: None, ..chosen }, warnings))
}

/// A line for each series.
fn table(series: &[Series]) -> String {
    let mut lines = String::new();
    for one in series {
        let s = &one.listed;
        let _ = writeln!(
            lines,
            "  {}  {}  {} of {} x {}  {}",
            s.series_uid,
            s.modality,
            counted(s.slices, "slice"),
            s.columns,
            s.rows,
            s.description
        );
    }
    lines.trim_end().to_owned()
}
