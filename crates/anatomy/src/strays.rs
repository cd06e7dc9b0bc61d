//! Pieces of a label that stand apart from the bone it names: what a labeller threw in elsewhere.

use crate::census::Census;
use crate::{Warning, WarningKind};
use rami_volume::Labels;
use rami_volume::components::{Connectivity, connected};
use rami_volume::crop::{VoxelBox, crop};

/// Sacrum and vertebrae up to T9, and the ribs that levels are counted from.
fn of_spine() -> impl Iterator<Item = u16> {
    (25..=35).chain(100..=103).chain(112..=115)
}

/// A smaller piece of a bone is none, mm³: a tip of a process that the label cuts off is larger.
const SMALLEST_PIECE_MM3: f64 = 300.0;
/// Less than this of a bone is no bone to count, mm³.
const SMALLEST_BONE_MM3: f64 = 1000.0;
/// Every label map has a few voxels astray; more than this is said, mm³.
const WORTH_SAYING_MM3: f64 = 2000.0;

/// The labels without stray pieces of the bones that are measured and counted, and what is to be said of it; nothing
/// where there is none.
pub(crate) fn without(labels: &Labels, census: &Census) -> Option<(Labels, Option<Warning>)> {
    let voxel_mm3 = labels.grid().voxel_volume();
    let mut cleaned: Option<Labels> = None;
    let mut taken = 0usize;
    for id in of_spine() {
        let Some(extent) = census.get(id) else { continue };
        let part = VoxelBox { low: extent.low, high: extent.high.map(|v| v + 1) };
        let Ok(own) = crop(labels, part) else { continue };
        let parts = connected(&own, |label| label == id, Connectivity::Corners);
        let largest = parts.sizes.first().map_or(0.0, |&n| n as f64 * voxel_mm3);
        let least = if largest < SMALLEST_BONE_MM3 { f64::INFINITY } else { SMALLEST_PIECE_MM3 };
        let stray: Vec<bool> = std::iter::once(false)
            .chain(parts.sizes.iter().map(|&size| (size as f64 * voxel_mm3) < least))
            .collect();
        if !stray.contains(&true) {
            continue;
        }
        let cleaned = cleaned.get_or_insert_with(|| labels.clone());
        let dims = own.grid().dims();
        for k in 0..dims[2] {
            for j in 0..dims[1] {
                for i in 0..dims[0] {
                    let piece = parts.map.data()[i + dims[0] * (j + dims[1] * k)];
                    if stray[piece as usize] {
                        let at =
                            labels.grid().offset([extent.low[0] + i, extent.low[1] + j, extent.low[2] + k]);
                        cleaned.data_mut()[at] = 0;
                        taken += 1;
                    }
                }
            }
        }
    }
    let is_much = taken as f64 * voxel_mm3 > WORTH_SAYING_MM3;
    cleaned.map(|labels| (labels, is_much.then(warning)))
}

fn warning() -> Warning {
    Warning {
        kind: WarningKind::LabelQuality,
        text: "Pieces of vertebra, sacrum or rib labels stand apart from the bone they name. They were left out where \
               levels are measured and counted, and are still avoided."
            .to_owned(),
    }
}
