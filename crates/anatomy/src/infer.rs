//! From a CT and its labels to the belief.

use crate::census::{Census, voxels_of};
use crate::hazard::{self, Scene};
use crate::prior::TrunkPrior;
use crate::stations::{self, Neighbours};
use crate::vertebra::{self, Measured};
use crate::{
    Anatomy, BySide, Chain, LevelCount, Posture, Skin, StructureMap, VertebralLevel, Warning, WarningKind,
    chain, checks, levels, skin, strays,
};
use rami_evidence::value;
use rami_volume::{Ct, Labels, Point};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// What a caller decides about an inference.
#[derive(Debug, Clone, Default)]
pub struct InferOptions {
    /// How the person lay in the scanner, from the DICOM header, the case or the command line.
    pub posture: Posture,
    /// Names of required labels whose absence is accepted.
    pub accept_missing: Vec<String>,
    /// Names in the label file that Rami does not know (see [`StructureMap::new`]); they become a warning.
    pub unknown_labels: Vec<String>,
    /// Which published distances the place of the trunk rests on.
    pub trunk_prior: TrunkPrior,
    /// Factor on the spread of the trunk round the bone that its sources give; without one, that which was calibrated
    /// (`anatomy_model.trunk_spread_factor`).
    pub trunk_spread: Option<f64>,
}

/// Why no anatomy can be inferred.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[allow(missing_docs)] // the fields are in the messages
pub enum AnatomyError {
    /// Labels and CT are on different grids.
    #[error(
        "the label map has {labels:?} voxels and the CT {ct:?}, or they lie elsewhere; resample the labels onto the CT first"
    )]
    GridMismatch { labels: [usize; 3], ct: [usize; 3] },
    /// Required labels are absent.
    #[error(
        "the label map lacks {}, which planning needs; add the label, or go on without it, at the risk of a path through it, by --accept-missing {}",
        names.join(", "), names.join(",")
    )]
    MissingLabels { names: Vec<String> },
    /// A name given as accepted is no structure.
    #[error("{name:?} is not the name of a structure; names are TotalSegmentator's, such as spinal_cord")]
    UnknownStructure { name: String },
    /// No lumbar vertebra could be measured.
    #[error(
        "none of vertebrae_L1 to vertebrae_L5 has a label from which a vertebral body can be made out; is this a CT of the lumbar spine with its own labels?"
    )]
    NoLumbarVertebra,
    /// No body in the CT.
    #[error("no body can be told from air in the CT; are its values Hounsfield units?")]
    NoBody,
    /// Nothing is as light as air, or nothing is denser than water.
    #[error(
        "the CT's values run from {low} to {high}, which are no Hounsfield units: air would be about -1000 and bone above 300; give the CT as it was scanned, not windowed or normalised, and with its slope and intercept"
    )]
    NotHounsfield { low: i16, high: i16 },
}

/// Infers what planning may know.
///
/// Both volumes are first brought to axes nearest to left, posterior, cranial ([`rami_volume::Volume::canonical`]);
/// offsets in the result, such as [`crate::Vertebra::body_voxels`], refer to that grid, which is that of
/// [`Anatomy::structures`].
///
/// # Errors
/// [`AnatomyError`]: grids that differ, missing labels that were not accepted, no lumbar vertebra, no body.
pub fn infer(ct: &Ct, structures: StructureMap, options: &InferOptions) -> Result<Anatomy, AnatomyError> {
    if !structures.labels().grid().same_as(ct.grid()) {
        return Err(AnatomyError::GridMismatch {
            labels: structures.labels().grid().dims(),
            ct: ct.grid().dims(),
        });
    }
    let mut warnings = checks::required(&structures, options)?;
    checks::hounsfield(ct)?;
    let (structures, exchanged) = checks::sides(structures.canonical());
    warnings.extend(exchanged);
    let canonical;
    let ct = if structures.labels().grid() == ct.grid() {
        ct
    } else {
        canonical = ct.clone().canonical();
        &canonical
    };
    let labels = structures.labels();
    let census = Census::new(labels);

    warnings.extend(checks::posture(options.posture));
    // What stands apart from the bone it names is left out of measuring and counting, but not of what is forbidden.
    let (whole, whole_census);
    let (spine_labels, spine_census) = match strays::without(labels, &census) {
        Some((cleaned, said)) => {
            warnings.extend(said);
            whole = cleaned;
            whole_census = Census::new(&whole);
            (&whole, &whole_census)
        }
        None => (labels, &census),
    };
    let measured = measure(spine_labels, spine_census, &mut warnings);
    if !VertebralLevel::LUMBAR.iter().any(|level| measured.contains_key(level)) {
        return Err(AnatomyError::NoLumbarVertebra);
    }
    let window = window(&measured);
    let spine = || {
        let stations = stations::stations(&measured);
        let neighbours = Neighbours::new(labels, &census, &stations);
        let voxel_mm = ct.grid().voxel_volume().cbrt();
        let spread = options.trunk_spread.unwrap_or_else(|| value("anatomy_model.trunk_spread_factor"));
        let reading = chain::Reading { voxel_mm, prior: options.trunk_prior, spread };
        let chains = chain::infer(&stations, &neighbours, reading);
        let scene = Scene {
            labels,
            census: &census,
            measured: &measured,
            stations: &stations,
            neighbours: &neighbours,
        };
        let modelled = hazard::model(&scene);
        let (count, said) = levels::count(spine_labels, spine_census, &measured);
        (chains, modelled, count, said)
    };
    let (skin, (chains, modelled, count, said)) = rayon::join(|| skin::find(ct, window), spine);
    let skin = skin.ok_or(AnatomyError::NoBody)?;
    warnings.extend(said);
    warnings.extend(checks::contrast(ct, labels, &census));
    warnings.extend(checks::fit(ct, labels, &census));
    warnings.extend(field_of_view(&skin));
    if !options.unknown_labels.is_empty() {
        warnings.push(Warning {
            kind: WarningKind::UnknownLabel,
            text: format!(
                "The label map has names that are not known and were left out: {}.",
                options.unknown_labels.join(", ")
            ),
        });
    }
    let iliac_crest_line_z_mm = iliac_crests(labels, &census);
    Ok(assemble(
        structures,
        options.posture,
        skin,
        measured,
        count,
        chains,
        modelled,
        iliac_crest_line_z_mm,
        warnings,
    ))
}

fn assemble(
    structures: StructureMap,
    posture: Posture,
    skin: Skin,
    measured: BTreeMap<VertebralLevel, Measured>,
    count: LevelCount,
    chains: BySide<Chain>,
    modelled: Vec<crate::ModelledHazard>,
    iliac_crest_line_z_mm: Option<f64>,
    warnings: Vec<Warning>,
) -> Anatomy {
    let vertebrae = measured.into_iter().map(|(level, m)| (level, m.vertebra)).collect();
    Anatomy { structures, posture, skin, vertebrae, count, chains, modelled, iliac_crest_line_z_mm, warnings }
}

/// Measures every labelled vertebra from T11 to S1.
fn measure(
    labels: &Labels,
    census: &Census,
    warnings: &mut Vec<Warning>,
) -> BTreeMap<VertebralLevel, Measured> {
    let grid = labels.grid();
    // Cord, or canal where there is no cord.
    let canal: Vec<Point> = [79, 212]
        .into_iter()
        .find_map(|id| census.get(id).map(|extent| voxels_of(labels, extent, id)))
        .unwrap_or_default()
        .into_iter()
        .map(|o| grid.to_lps(grid.voxel(o as usize).map(|v| v as f64)))
        .collect();
    let results: Vec<(VertebralLevel, bool, Option<Measured>)> = VertebralLevel::ALL
        .into_par_iter()
        .filter_map(|level| {
            let id = levels::label_of(level);
            let extent = census.get(id)?;
            let measured = vertebra::measure(labels, id, extent, level, &canal);
            Some((level, extent.touches_border(grid.dims()), measured))
        })
        .collect();
    let mut found = BTreeMap::new();
    for (level, at_border, measured) in results {
        let lumbar = VertebralLevel::LUMBAR.contains(&level);
        match measured {
            Some(m) => {
                found.insert(level, m);
            }
            None if lumbar => warnings.push(Warning {
                kind: WarningKind::LabelQuality,
                text: format!(
                    "The label of {level} is too small or too damaged to find a vertebral body in; nothing can be planned there."
                ),
            }),
            None => {}
        }
        if lumbar && at_border {
            warnings.push(Warning {
                kind: WarningKind::FieldOfView,
                text: format!("{level} reaches the edge of the CT and may be cut off."),
            });
        }
    }
    vertebra::pedicles::steady(&mut found);
    warnings.extend(checks::heights(&found));
    found
}

/// Where skin must be in view: from 6 cm below the planned levels to 6 cm above, for oblique paths, and 14 cm to either
/// side of the spine, further out than any needle for this block enters.
fn window(measured: &BTreeMap<VertebralLevel, Measured>) -> Option<skin::Window> {
    let planned: Vec<Point> = VertebralLevel::PLANNED
        .iter()
        .filter_map(|level| measured.get(level))
        .map(|m| m.vertebra.centroid)
        .collect();
    let range = |of: &dyn Fn(&Point) -> f64, margin: f64| {
        let low = planned.iter().map(of).fold(f64::INFINITY, f64::min);
        let high = planned.iter().map(of).fold(f64::NEG_INFINITY, f64::max);
        [low - margin, high + margin]
    };
    (!planned.is_empty()).then(|| skin::Window { z_mm: range(&|p| p.z, 60.0), x_mm: range(&|p| p.x, 140.0) })
}

fn field_of_view(skin: &Skin) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let mut say = |text: String| warnings.push(Warning { kind: WarningKind::FieldOfView, text });
    if skin.back_cut_off {
        say("The field of view cuts the back off, so the skin where a needle would enter is not in the CT."
            .into());
    }
    for side in crate::Side::BOTH {
        if *skin.flank_cut_off.get(side) {
            say(format!(
                "The field of view cuts the {side} flank off; entries and distances near that flank are not to be trusted."
            ));
        }
    }
    warnings
}

/// Height of the line through the tops of both iliac crests.
fn iliac_crests(labels: &Labels, census: &Census) -> Option<f64> {
    let grid = labels.grid();
    let top = |id: u16| {
        let extent = census.get(id)?;
        if extent.high[2] + 1 == grid.dims()[2] {
            return None;
        }
        let highest = voxels_of(labels, extent, id)
            .into_iter()
            .map(|o| grid.to_lps(grid.voxel(o as usize).map(|v| v as f64)).z)
            .fold(f64::NEG_INFINITY, f64::max);
        Some(highest + grid.axis(2).z.abs() / 2.0)
    };
    Some(0.5 * (top(77)? + top(78)?))
}
