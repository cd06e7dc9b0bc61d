//! Bulk tissue from a CT and its labels.

use super::levels::{Endplate, LevelScale, VertebraMark};
use super::tissue::Tissue;
use crate::BedsideError;
use rami_anatomy::{Skin, StructureMap};
use rami_volume::crop::{VoxelBox, crop};
use rami_volume::{Ct, Labels, Point, Volume};
use rayon::prelude::*;

/// How far above and below the vertebrae's middles the grid goes, mm: room for steep paths and for flow.
const MARGIN_MM: f64 = 75.0;
/// Skin is this thick, mm.
const SKIN_MM: f32 = 2.0;
/// Gas below, fat from here to [`FAT_HU`], soft tissue above, HU.
const GAS_HU: i16 = -500;
/// Half-way between fat (-100) and muscle (50).
const FAT_HU: i16 = -30;
/// Soft tissue, HU.
const SOFT_HU: i16 = 50;
/// Bone without a label from here up, HU (contrast in vessels without a label would count as bone too).
const BONE_HU: i16 = 250;

/// Tissue numbers and labels on the lumbar part of the grid.
pub(super) fn bulk(
    ct: &Ct,
    structures: &StructureMap,
    skin: &Skin,
    levels: &LevelScale,
) -> Result<(Volume<u8>, Labels), BedsideError> {
    let labels = structures.labels();
    if !labels.grid().same_as(ct.grid()) || !skin.body.grid().same_as(ct.grid()) {
        return Err(BedsideError::Grid);
    }
    let part = lumbar(ct, levels);
    let cut = |_| BedsideError::Grid;
    let (hu, labels, body) = (
        crop(ct, part).map_err(cut)?,
        crop(labels, part).map_err(cut)?,
        crop(&skin.body, part).map_err(cut)?,
    );
    let grid = labels.grid().clone();
    let discs: Vec<Disc> = levels.marks().windows(2).filter_map(|w| Disc::between(&w[0], &w[1])).collect();
    let numbers = (0..grid.len())
        .into_par_iter()
        .map(|o| {
            let (hu, label) = (hu.data()[o], labels.data()[o]);
            let tissue = match Tissue::of_label(label, hu) {
                Some(tissue) => tissue,
                None if body.data()[o] == 0 => Tissue::Air,
                None => {
                    let point = grid.to_lps(grid.voxel(o).map(|v| v as f64));
                    let hu = if hu >= BONE_HU && beside_bone(&labels, o) { SOFT_HU } else { hu };
                    unlabelled(hu, &point, skin, levels, &discs)
                }
            };
            tissue.number()
        })
        .collect();
    let tissue = Volume::new(grid, numbers).ok_or(BedsideError::Grid)?;
    Ok((tissue, labels))
}

/// Whether a voxel shares a face with labelled bone: what is dense there is the bone's own edge within the voxel, and the
/// label has decided which side it is on.
fn beside_bone(labels: &Labels, offset: usize) -> bool {
    let grid = labels.grid();
    let (at, dims) = (grid.voxel(offset), grid.dims());
    (0..3).any(|axis| {
        [-1isize, 1].into_iter().any(|step| {
            let mut next = at;
            let Some(moved) = at[axis].checked_add_signed(step).filter(|&m| m < dims[axis]) else {
                return false;
            };
            next[axis] = moved;
            labels.get(next).is_some_and(|id| Tissue::of_label(id, 0).is_some_and(Tissue::is_bone))
        })
    })
}

/// The voxels between planes a margin beyond the first and last vertebra.
fn lumbar(ct: &Ct, levels: &LevelScale) -> VoxelBox {
    let grid = ct.grid();
    let axis = (0..3).max_by(|&a, &b| grid.axis(a).z.abs().total_cmp(&grid.axis(b).z.abs())).unwrap_or(2);
    let heights = levels.marks().iter().map(|mark| grid.to_index(&mark.centroid)[axis]);
    let (low, high) = heights.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
    let margin = MARGIN_MM / grid.spacing()[axis];
    let mut part = VoxelBox { low: [0; 3], high: grid.dims() };
    part.low[axis] = (low - margin).floor().max(0.0) as usize;
    part.high[axis] = ((high + margin).ceil().max(1.0) as usize).min(grid.dims()[axis]);
    part
}

fn unlabelled(hu: i16, point: &Point, skin: &Skin, levels: &LevelScale, discs: &[Disc]) -> Tissue {
    if hu < GAS_HU {
        return Tissue::Gas;
    }
    let depth = -skin.distance_mm.at(point).unwrap_or(0.0);
    if depth < SKIN_MM {
        return Tissue::Skin;
    }
    if hu < FAT_HU {
        return if depth > 20.0 && in_front_of_back_wall(point, levels) {
            Tissue::RetroperitonealFat
        } else {
            Tissue::Fat
        };
    }
    if discs.iter().any(|disc| disc.holds(point)) {
        return Tissue::Disc;
    }
    if hu >= BONE_HU { Tissue::CorticalBone } else { Tissue::Muscle }
}

/// In front of the back wall of the bodies, less than 9 cm from the midline.
fn in_front_of_back_wall(point: &Point, levels: &LevelScale) -> bool {
    let mark = levels.nearest(point);
    let d = point - mark.centroid;
    d.dot(&mark.anterior) > -0.5 * mark.upper.depth_mm && d.dot(&mark.right).abs() < 90.0
}

/// The elliptic slab between two endplates.
struct Disc {
    top: Endplate,
    bottom: Endplate,
    right: rami_volume::Vector,
    anterior: rami_volume::Vector,
    reach_mm: f64,
}

impl Disc {
    fn between(above: &VertebraMark, below: &VertebraMark) -> Option<Self> {
        let (top, bottom) = (above.lower, below.upper);
        let height = (top.centre - bottom.centre).norm();
        // Neighbours only: a missing vertebra is no disc.
        (height < 25.0 && below.level as usize == above.level as usize + 1).then(|| Self {
            top,
            bottom,
            right: above.right,
            anterior: above.anterior,
            reach_mm: 0.5 * top.width_mm.max(bottom.width_mm) + height,
        })
    }

    fn holds(&self, point: &Point) -> bool {
        let middle = nalgebra::center(&self.top.centre, &self.bottom.centre);
        let d = point - middle;
        if d.norm_squared() > self.reach_mm * self.reach_mm {
            return false;
        }
        let below_top = (point - self.top.centre).dot(&self.top.normal) <= 0.0;
        let above_bottom = (point - self.bottom.centre).dot(&self.bottom.normal) >= 0.0;
        let width = 0.25 * (self.top.width_mm + self.bottom.width_mm);
        let depth = 0.25 * (self.top.depth_mm + self.bottom.depth_mm);
        let (x, y) = (d.dot(&self.right) / width, d.dot(&self.anterior) / depth);
        below_top && above_bottom && x * x + y * y <= 1.0
    }
}
