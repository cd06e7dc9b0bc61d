//! What an import did, for programs and people.

use crate::{Case, Source};
use rami_anatomy::{Posture, Warning};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The document of `rami import`: `rami.import/1`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ImportDocument {
    /// `rami.import/1`.
    pub schema: String,
    /// What the case is called.
    pub name: String,
    /// Paths of the files that were written.
    pub written: Vec<String>,
    /// The DICOM series, if it was one.
    pub series: Option<ImportedSeries>,
    /// Voxels along i (to the left), j (posterior) and k (cranial).
    pub size_voxels: [usize; 3],
    /// Between voxel centres along i, j and k.
    pub spacing_mm: [f64; 3],
    /// The box in the patient that the voxels fill: x, y and z in LPS.
    pub coverage_mm: [Span; 3],
    /// Smallest and largest value.
    pub range_hu: [i16; 2],
    /// DICOM patient position, if the scan says it.
    pub patient_position: Option<String>,
    /// How the person lay.
    pub posture: Posture,
    /// The labels, if there are any.
    pub labels: Option<ImportedLabels>,
    /// What every output made from the case must say.
    pub warnings: Vec<Warning>,
    /// The files that were read.
    pub inputs: Vec<Source>,
}

/// A DICOM series that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ImportedSeries {
    /// Series Instance UID.
    pub uid: String,
    /// Series Description.
    pub description: String,
    /// Slices that were read.
    pub slices: usize,
    /// How the pixels were stored.
    pub transfer_syntax: String,
    /// Contrast/Bolus Agent, empty if the files do not say.
    pub contrast_agent: String,
}

/// From one end to the other.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Span {
    /// The smaller end, mm.
    pub low_mm: f64,
    /// The larger end, mm.
    pub high_mm: f64,
}

/// Labels that were read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ImportedLabels {
    /// Names of the structures that are there.
    pub structures: Vec<String>,
}

impl ImportDocument {
    /// Describes a case and the files that were written of it.
    #[must_use]
    pub fn of(case: &Case, written: Vec<String>) -> Self {
        let grid = case.ct.grid();
        let corners = grid.corners();
        let coverage_mm = [0, 1, 2].map(|axis| {
            let values = corners.iter().map(|p| p[axis]);
            Span {
                low_mm: values.clone().fold(f64::INFINITY, f64::min),
                high_mm: values.fold(f64::NEG_INFINITY, f64::max),
            }
        });
        let (low, high) =
            case.ct.data().iter().fold((i16::MAX, i16::MIN), |(low, high), &v| (low.min(v), high.max(v)));
        Self {
            schema: "rami.import/1".to_owned(),
            name: case.name.clone(),
            written,
            series: case.series.as_ref().map(|series| ImportedSeries {
                uid: series.series_uid.clone(),
                description: series.description.clone(),
                slices: series.slices,
                transfer_syntax: series.transfer_syntax.clone(),
                contrast_agent: series.contrast_agent.clone(),
            }),
            size_voxels: grid.dims(),
            spacing_mm: grid.spacing(),
            coverage_mm,
            range_hu: [low, high],
            patient_position: case.patient_position.clone(),
            posture: case.posture,
            labels: case.structures.as_ref().map(|map| ImportedLabels {
                structures: map.present().map(|s| s.name().to_owned()).collect(),
            }),
            warnings: case.warnings.clone(),
            inputs: case.inputs.clone(),
        }
    }

    /// The document in words, a line for each thing.
    #[must_use]
    pub fn summary(&self) -> String {
        let mut lines = vec![format!("case       {}", self.name)];
        if let Some(series) = &self.series {
            lines.push(format!("series     {}", series.uid));
            let about = if series.description.is_empty() { "no description" } else { &series.description };
            lines.push(format!("           {about}, {} slices, {}", series.slices, series.transfer_syntax));
            if !series.contrast_agent.is_empty() {
                lines.push(format!("contrast   {}", series.contrast_agent));
            }
        }
        let [i, j, k] = self.size_voxels;
        lines.push(format!("size       {i} x {j} x {k} voxels"));
        let [x, y, z] = self.spacing_mm;
        lines.push(format!("spacing    {x:.3} x {y:.3} x {z:.3} mm"));
        let span = |n: usize| {
            let s = self.coverage_mm[n];
            format!("{:.0} to {:.0} ({:.0} mm)", s.low_mm, s.high_mm, s.high_mm - s.low_mm)
        };
        lines.push(format!("coverage   left-right {}, front-back {}, height {}", span(0), span(1), span(2)));
        lines.push(format!("values     {} to {} HU", self.range_hu[0], self.range_hu[1]));
        let posture = match self.posture {
            Posture::Prone => "prone",
            Posture::Supine => "supine",
            Posture::Decubitus => "on a side",
            Posture::Unknown => "not known",
        };
        let position = self.patient_position.as_deref().map(|p| format!(" ({p})")).unwrap_or_default();
        lines.push(format!("posture    {posture}{position}"));
        lines.push(match &self.labels {
            Some(labels) => format!("labels     {} structures", labels.structures.len()),
            None => "labels     none".to_owned(),
        });
        lines.extend(self.written.iter().map(|path| format!("written    {path}")));
        lines.join("\n") + "\n"
    }
}
