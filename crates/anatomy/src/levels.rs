//! Which vertebra is which, counted from both ends by geometry, and compared with what the labels say.

use crate::census::Census;
use crate::vertebra::Measured;
use crate::{LevelCount, VertebralLevel, Warning, WarningKind};
use rami_volume::{Labels, Point, Vector};
use std::collections::BTreeMap;

/// Vertebra labels that can lie in view, cranial first: T9 to S1.
const SPINE: [(u16, &str); 10] = [
    (35, "T9"),
    (34, "T10"),
    (33, "T11"),
    (32, "T12"),
    (31, "L1"),
    (30, "L2"),
    (29, "L3"),
    (28, "L4"),
    (27, "L5"),
    (26, "S1"),
];

/// Least height of sacrum from which levels are counted, mm: half a vertebra.
const SACRUM_IN_VIEW_MM: f64 = 15.0;

/// The label number of a level.
pub(crate) fn label_of(level: VertebralLevel) -> u16 {
    33 - level as u16
}

fn level_of(id: u16) -> Option<VertebralLevel> {
    VertebralLevel::ALL.into_iter().find(|&level| label_of(level) == id)
}

fn name_of(id: u16) -> &'static str {
    SPINE.iter().find(|s| s.0 == id).map_or("?", |s| s.1)
}

/// A vertebra of the column as found, whatever it is called.
struct Found {
    id: u16,
    centroid: Point,
}

/// Counts, and says where counts, labels and distances disagree.
pub(crate) fn count(
    labels: &Labels,
    census: &Census,
    measured: &BTreeMap<VertebralLevel, Measured>,
) -> (LevelCount, Vec<Warning>) {
    let mut warnings = Vec::new();
    // The column, caudal first, by where the vertebrae are.
    let mut column: Vec<Found> = SPINE
        .iter()
        .filter(|(id, _)| census.count(*id) > 0)
        .filter_map(|&(id, _)| {
            let centroid = level_of(id)
                .and_then(|level| measured.get(&level))
                .map(|m| m.vertebra.centroid)
                .or_else(|| label_centroid(labels, census, id))?;
            Some(Found { id, centroid })
        })
        .collect();
    // Along the spine itself: a person may lie askew in the scanner.
    let up: Vector = measured.values().map(|m| m.vertebra.frame.cranial.into_inner()).sum();
    column.sort_by(|a, b| a.centroid.coords.dot(&up).total_cmp(&b.centroid.coords.dot(&up)));

    // What is fused to the sacrum is sacral, whatever its label says.
    let fused = |id: u16| sacral_contact_mm2(labels, census, id) > 400.0;
    // A sliver of sacrum at the edge of the CT tells nobody what lies on it.
    let in_view = |id: u16| {
        census.get(id).is_some_and(|e| {
            (e.high[2] + 1 - e.low[2]) as f64 * labels.grid().spacing()[2] >= SACRUM_IN_VIEW_MM
        })
    };
    let has_sacrum = in_view(25) || in_view(26);
    let mut mobile: Vec<&Found> = column.iter().filter(|f| !in_view(25) || !fused(f.id)).collect();
    if !in_view(25) {
        // Without a sacrum label the label S1 stands for it.
        mobile.retain(|f| f.id != 26);
    }
    let from_sacrum: Vec<VertebralLevel> =
        if has_sacrum { mobile.iter().take(5).filter_map(|f| level_of(f.id)).collect() } else { Vec::new() };

    // Ribs: the vertebra nearest to the head of the last rib is thoracic; those below it are lumbar.
    let last_rib = last_rib_bearer(labels, census, &mobile);
    let thoracic = last_rib.map(|(index, _)| index).or_else(|| {
        // No rib: the vertebra labelled T12 stands for it.
        mobile.iter().position(|f| f.id == label_of(VertebralLevel::T12))
    });
    let from_ribs: Vec<VertebralLevel> = thoracic
        .map(|index| mobile[..index].iter().rev().take(5).filter_map(|f| level_of(f.id)).collect())
        .unwrap_or_default();

    let caudal_first: Vec<VertebralLevel> = VertebralLevel::LUMBAR.into_iter().rev().collect();
    let sacral_ok = from_sacrum == caudal_first;
    // Where the field of view ends above the sacrum, the count from above ends early and may still be right.
    let ends_early = from_sacrum.is_empty() && !from_ribs.is_empty() && from_ribs.len() < 5;
    let rib_ok =
        from_ribs == VertebralLevel::LUMBAR || ends_early && VertebralLevel::LUMBAR.starts_with(&from_ribs);
    // The same of a count from below that ends under T12.
    let caudal_ok = from_ribs.is_empty() && from_sacrum.len() < 5 && caudal_first.starts_with(&from_sacrum);
    let mut text = |kind, text: String| warnings.push(Warning { kind, text });

    missing(&mobile, &mut text);
    if from_sacrum.is_empty() {
        text(
            WarningKind::LevelCountTruncated,
            "The sacrum is not in view or not labelled, so the levels cannot be counted from below. A level may carry the wrong number; confirm it on fluoroscopy from a known landmark.".into(),
        );
    } else if !sacral_ok && !caudal_ok {
        text(
            WarningKind::LevelCount,
            format!(
                "Counted up from the sacrum the lumbar vertebrae are labelled {} instead of L5, L4, L3, L2, L1. The label map may be shifted or a vertebra may be missing; do not trust the level numbers.",
                list(&from_sacrum)
            ),
        );
    }
    match (last_rib, thoracic) {
        (_, None) => text(
            WarningKind::LevelCountTruncated,
            "Neither T12 nor a rib that joins a labelled vertebra is in view, so the levels cannot be counted from above. A transitional vertebra would go unnoticed; confirm the level on fluoroscopy.".into(),
        ),
        (rib, Some(_)) => {
            if !rib_ok {
                text(
                    WarningKind::LevelCount,
                    format!(
                        "Counted down from {} the lumbar vertebrae are labelled {} instead of L1, L2, L3, L4, L5. The label map may be shifted or a vertebra may be missing; do not trust the level numbers.",
                        if rib.is_some() { "the last rib" } else { "T12" },
                        list(&from_ribs)
                    ),
                );
            }
            if let Some((index, _)) = rib
                && has_sacrum
                && index != 5
                && contiguous(&mobile)
            {
                text(
                    WarningKind::TransitionalAnatomy,
                    format!("There are {index} vertebrae without ribs above the sacrum instead of 5: a transitional vertebra, or a label map that misses one. Agree on the numbering before the block."),
                );
            }
            if let Some((_, rib)) = rib
                && rib < 12
            {
                text(
                    WarningKind::TransitionalAnatomy,
                    format!("The lowest rib that meets the spine is labelled rib {rib}, not 12; the count from above rests on it."),
                );
            }
        }
    }
    let agree =
        sacral_ok && from_ribs == VertebralLevel::LUMBAR && (last_rib.is_none_or(|(index, _)| index == 5));
    (LevelCount { from_sacrum, from_ribs, agree }, warnings)
}

fn list(levels: &[VertebralLevel]) -> String {
    if levels.is_empty() {
        return "nothing".into();
    }
    levels.iter().map(|l| l.name()).collect::<Vec<_>>().join(", ")
}

/// Labels out of order, labels left out, gaps in the column.
fn missing(mobile: &[&Found], text: &mut impl FnMut(WarningKind, String)) {
    let place = |id: u16| SPINE.iter().position(|s| s.0 == id).unwrap_or(0);
    for pair in mobile.windows(2) {
        // Caudal first: ids grow by one from each to the next.
        let (below, above) = (place(pair[0].id), place(pair[1].id));
        if below <= above {
            text(
                WarningKind::LevelCount,
                format!(
                    "The labels are out of order: {} lies above {}.",
                    name_of(pair[1].id),
                    name_of(pair[0].id)
                ),
            );
        } else if below > above + 1 {
            let absent: Vec<&str> = SPINE[above + 1..below].iter().map(|s| s.1).collect();
            text(
                WarningKind::VertebraMissing,
                format!(
                    "{} has no label, although {} above and {} below have: nothing can be planned there, and bone without a label is not seen as a vertebra.",
                    absent.join(", "),
                    name_of(pair[1].id),
                    name_of(pair[0].id)
                ),
            );
        }
    }
    let gaps: Vec<f64> = mobile.windows(2).map(|p| (p[1].centroid - p[0].centroid).norm()).collect();
    let mut sorted = gaps.clone();
    sorted.sort_by(f64::total_cmp);
    if let Some(&median) = sorted.get(sorted.len() / 2) {
        for (pair, gap) in mobile.windows(2).zip(&gaps) {
            if *gap > 1.6 * median && place(pair[0].id) == place(pair[1].id) + 1 {
                text(
                    WarningKind::VertebraMissing,
                    format!(
                        "{} and {} are {gap:.0} mm apart, their neighbours {median:.0} mm: a vertebra between them may have no label, and the numbers on one side of it would be wrong.",
                        name_of(pair[1].id),
                        name_of(pair[0].id)
                    ),
                );
            }
        }
    }
}

fn contiguous(mobile: &[&Found]) -> bool {
    mobile.windows(2).all(|p| p[0].id + 1 == p[1].id)
}

fn label_centroid(labels: &Labels, census: &Census, id: u16) -> Option<Point> {
    let extent = census.get(id)?;
    let middle = [0, 1, 2].map(|a| (extent.low[a] + extent.high[a]) as f64 / 2.0);
    Some(labels.grid().to_lps(middle))
}

/// Area of the faces that a label shares with the sacrum, mm².
fn sacral_contact_mm2(labels: &Labels, census: &Census, id: u16) -> f64 {
    let Some(extent) = census.get(id) else { return 0.0 };
    let grid = labels.grid();
    let (dims, spacing) = (grid.dims(), grid.spacing());
    let face = [spacing[1] * spacing[2], spacing[0] * spacing[2], spacing[0] * spacing[1]];
    let stride = [1, dims[0], dims[0] * dims[1]];
    let mut area = 0.0;
    for k in extent.low[2]..=extent.high[2] {
        for j in extent.low[1]..=extent.high[1] {
            for i in extent.low[0]..=extent.high[0] {
                let at = [i, j, k];
                let o = grid.offset(at);
                if labels.data()[o] != id {
                    continue;
                }
                for axis in 0..3 {
                    if at[axis] > 0 && labels.data()[o - stride[axis]] == 25 {
                        area += face[axis];
                    }
                    if at[axis] + 1 < dims[axis] && labels.data()[o + stride[axis]] == 25 {
                        area += face[axis];
                    }
                }
            }
        }
    }
    area
}

/// Index (caudal first) of the lowest vertebra that a rib's head meets, and that rib's number.
fn last_rib_bearer(labels: &Labels, census: &Census, mobile: &[&Found]) -> Option<(usize, u16)> {
    let mut best: Option<(usize, u16)> = None;
    for (first, side) in [(92u16, 1.0), (104, -1.0)] {
        for n in 8..12u16 {
            let Some(extent) = census.get(first + n) else { continue };
            let grid = labels.grid();
            let points: Vec<Point> = crate::census::voxels_of(labels, extent, first + n)
                .into_iter()
                .map(|o| grid.to_lps(grid.voxel(o as usize).map(|v| v as f64)))
                .collect();
            // Its head: the centimetre nearest to the midline.
            let medial = points.iter().map(|p| side * p.x).fold(f64::INFINITY, f64::min);
            let near: Vec<&Point> = points.iter().filter(|p| side * p.x < medial + 10.0).collect();
            let sum = near.iter().fold(rami_volume::Vector::zeros(), |s, p| s + p.coords);
            let head = Point::from(sum / near.len() as f64);
            // The vertebra it meets is the one whose bone is nearest, within 15 mm; a floating piece meets none.
            let nearest = mobile
                .iter()
                .enumerate()
                .filter_map(|(index, f)| Some((index, distance_to_label(labels, census, f.id, &head)?)))
                .min_by(|a, b| a.1.total_cmp(&b.1));
            if let Some((index, distance)) = nearest
                && distance < 15.0
                && best.is_none_or(|(lowest, _)| index < lowest)
            {
                best = Some((index, n + 1));
            }
        }
    }
    best
}

/// Distance from a point to the nearest voxel of a label, mm.
fn distance_to_label(labels: &Labels, census: &Census, id: u16, point: &Point) -> Option<f64> {
    let grid = labels.grid();
    crate::census::voxels_of(labels, census.get(id)?, id)
        .into_iter()
        .map(|o| (grid.to_lps(grid.voxel(o as usize).map(|v| v as f64)) - point).norm())
        .min_by(f64::total_cmp)
}
