//! Questions asked before anything is inferred: is every label there that planning needs, do labels and CT belong
//! together, was contrast given, how did the person lie.

use crate::census::{Census, voxels_of};
use crate::{AnatomyError, InferOptions, Posture, Structure, StructureMap, Warning, WarningKind};
use rami_evidence::value;
use rami_volume::{Ct, Labels};
use std::collections::BTreeSet;

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
