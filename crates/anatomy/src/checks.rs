//! Questions asked before anything is inferred: is every label there that planning needs, do labels and CT belong
//! together, was contrast given, how did the person lie.

use crate::census::{Census, voxels_of};
use crate::vertebra::Measured;
use crate::{
    AnatomyError, InferOptions, Posture, Structure, StructureMap, VertebralLevel, Warning, WarningKind,
};
use rami_evidence::value;
use rami_volume::{Ct, Labels};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Labels that planning cannot do without. Vertebrae are not among them: without one nothing is planned at its level,
/// and a warning says so. Lungs and ribs may lie above the field of view.
pub const REQUIRED: [&str; 12] = [
    "spinal_cord",
    "iliopsoas_left",
    "iliopsoas_right",
    "aorta",
    "inferior_vena_cava",
    "kidney_left",
    "kidney_right",
    "colon",
    "small_bowel",
    "duodenum",
    "liver",
    "spleen",
];

/// Refuses a map that lacks a required label unless its absence is accepted, which makes it the first warning.
pub(crate) fn required(map: &StructureMap, options: &InferOptions) -> Result<Vec<Warning>, AnatomyError> {
    for name in &options.accept_missing {
        if Structure::from_name(name).is_none() {
            return Err(AnatomyError::UnknownStructure { name: name.clone() });
        }
    }
    // The canal itself is as good as the cord in it.
    let there = |name: &str| map.has_name(name) || (name == "spinal_cord" && map.has_name("spinal_canal"));
    let mut absent: BTreeSet<&str> = REQUIRED.into_iter().filter(|name| !there(name)).collect();
    let mut warnings = Vec::new();
    for name in &options.accept_missing {
        absent.remove(name.as_str());
        if !there(name) {
            warnings.push(Warning {
                kind: WarningKind::MissingLabelAccepted,
                text: format!(
                    "There is no label {name}, and its absence was accepted: a path through it would not be noticed."
                ),
            });
        }
    }
    if absent.is_empty() {
        Ok(warnings)
    } else {
        Err(AnatomyError::MissingLabels { names: absent.into_iter().map(str::to_owned).collect() })
    }
}

/// Refuses values that cannot be Hounsfield units.
pub(crate) fn hounsfield(ct: &Ct) -> Result<(), AnatomyError> {
    // Skin is found between air and tissue, so both must be there; bone is denser than any of them.
    const AIR: i16 = -500;
    const BONE: i16 = 150;
    let (low, high) = ct
        .data()
        .par_iter()
        .fold(|| (i16::MAX, i16::MIN), |(low, high), &v| (low.min(v), high.max(v)))
        .reduce(|| (i16::MAX, i16::MIN), |a, b| (a.0.min(b.0), a.1.max(b.1)));
    if low <= AIR && high >= BONE { Ok(()) } else { Err(AnatomyError::NotHounsfield { low, high }) }
}

/// Paired structures that tell the sides of the body apart.
const PAIRS: [[&str; 2]; 4] = [
    ["kidney_left", "kidney_right"],
    ["iliopsoas_left", "iliopsoas_right"],
    ["autochthon_left", "autochthon_right"],
    ["hip_left", "hip_right"],
];

/// Sides are those of the patient, by geometry. Where most labels named left lie to the right of their partners, the
/// names of both sides are exchanged, and the first warning says so.
pub(crate) fn sides(map: StructureMap) -> (StructureMap, Option<Warning>) {
    let census = Census::new(map.labels());
    let x = |name: &str| {
        let id = Structure::from_name(name)?.id();
        let extent = census.get(id)?;
        let grid = map.labels().grid();
        let voxels = voxels_of(map.labels(), extent, id);
        let sum: f64 = voxels.iter().map(|&o| grid.to_lps(grid.voxel(o as usize).map(|v| v as f64)).x).sum();
        Some(sum / voxels.len() as f64)
    };
    let wrong: Vec<bool> = PAIRS.iter().filter_map(|[left, right]| Some(x(left)? < x(right)?)).collect();
    let count = wrong.iter().filter(|&&wrong| wrong).count();
    if 2 * count <= wrong.len() {
        return (map, None);
    }
    let warning = Warning {
        kind: WarningKind::Laterality,
        text: "The structures labelled left lie on the patient's right: CT or labels have left and right exchanged. \
               Sides here are the patient's by the CT's header, and the labels' sides were exchanged to fit. \
               Find out which of the two is wrong before anything is done: the needle could go to the wrong side."
            .to_owned(),
    };
    (map.with_sides_exchanged(), Some(warning))
}

/// What the posture means for a block that is done prone.
pub(crate) fn posture(posture: Posture) -> Option<Warning> {
    let how = match posture {
        Posture::Prone => return None,
        Posture::Supine => "was made supine",
        Posture::Decubitus => "was made lying on a side",
        Posture::Unknown => "does not say how the person lay",
    };
    Some(Warning {
        kind: WarningKind::Posture,
        text: format!(
            "The CT {how}, but the block is done prone: kidneys, bowel, ureters, pleura and skin will lie elsewhere. Distances to them are less certain than they look; a prone scan would be better."
        ),
    })
}

/// Bodies much lower or higher than their neighbours: crushed, or labels that share a vertebra between two names.
pub(crate) fn heights(measured: &BTreeMap<VertebralLevel, Measured>) -> Vec<Warning> {
    // The height of a body changes by about 5 % from one lumbar level to the next (evidence B5.3).
    const USUAL: std::ops::RangeInclusive<f64> = 0.7..=1.4;
    let whole: Vec<(VertebralLevel, f64)> = measured
        .iter()
        .filter(|(level, m)| VertebralLevel::LUMBAR.contains(level) && !m.vertebra.truncated)
        .map(|(&level, m)| (level, m.vertebra.height_mm))
        .collect();
    let mut sorted: Vec<f64> = whole.iter().map(|(_, height)| *height).collect();
    sorted.sort_by(f64::total_cmp);
    let Some(&median) = sorted.get(sorted.len() / 2).filter(|_| sorted.len() >= 3) else { return Vec::new() };
    whole
        .into_iter()
        .filter(|(_, height)| !USUAL.contains(&(height / median)))
        .map(|(level, height)| Warning {
            kind: WarningKind::LabelQuality,
            text: format!(
                "The body of {level} is {height:.0} mm high and the others about {median:.0} mm: a crushed vertebra, or a label that shares a vertebra with its neighbour. Look at the labels there before trusting the plan."
            ),
        })
        .collect()
}

/// A CT with contrast in the vessels, by the median HU deep inside them.
pub(crate) fn contrast(ct: &Ct, labels: &Labels, census: &Census) -> Option<Warning> {
    let threshold = value("anatomy_model.contrast_hu");
    let enhanced: Vec<String> =
        [(52, "aorta"), (63, "inferior vena cava"), (2, "right kidney"), (3, "left kidney")]
            .into_iter()
            .filter_map(|(id, name)| {
                let median = f64::from(median_hu(ct, labels, census, id)?);
                (median >= threshold).then(|| format!("{name} {median:.0} HU"))
            })
            .collect();
    (!enhanced.is_empty()).then(|| Warning {
        kind: WarningKind::VascularContrast,
        text: format!(
            "The CT was made with contrast in the vessels ({}): simulated x-ray views will show kidneys, ureters and vessels that fluoroscopy does not.",
            enhanced.join(", ")
        ),
    })
}

/// Labels that do not fit the CT under them.
pub(crate) fn fit(ct: &Ct, labels: &Labels, census: &Census) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let mut check = |ids: &[u16], what: &str, low: i16, high: i16| {
        let wrong: Vec<i16> = ids
            .iter()
            .filter_map(|&id| median_hu(ct, labels, census, id))
            .filter(|hu| !(low..=high).contains(hu))
            .collect();
        if let Some(hu) = wrong.first() {
            warnings.push(Warning {
                kind: WarningKind::LabelQuality,
                text: format!(
                    "Under the labels of {what} the CT has a median of {hu} HU, outside {low} to {high}: labels and CT may not belong together."
                ),
            });
        }
    };
    check(&[27, 28, 29, 30, 31], "the lumbar vertebrae", 60, 1500);
    check(&[88, 89], "psoas", -40, 140);
    check(&[2, 3], "the kidneys", -20, 500);
    warnings
}

/// Median HU of the voxels of a label whose six neighbours carry it too; `None` where there are fewer than 20.
fn median_hu(ct: &Ct, labels: &Labels, census: &Census, id: u16) -> Option<i16> {
    let extent = census.get(id)?;
    let dims = labels.grid().dims();
    let stride = [1, dims[0], dims[0] * dims[1]];
    let data = labels.data();
    let mut values: Vec<i16> = voxels_of(labels, extent, id)
        .into_iter()
        .map(|o| o as usize)
        .filter(|&o| {
            let at = labels.grid().voxel(o);
            (0..3).all(|a| {
                at[a] > 0 && at[a] + 1 < dims[a] && data[o - stride[a]] == id && data[o + stride[a]] == id
            })
        })
        .map(|o| ct.data()[o])
        .collect();
    if values.len() < 20 {
        return None;
    }
    let middle = values.len() / 2;
    Some(*values.select_nth_unstable(middle).1)
}
