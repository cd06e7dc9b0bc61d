//! The distance fields of one person: one for each structure near the block, one for what is forbidden, one for skin.

use crate::brick::{Brick, Segment};
use crate::distance;
use crate::modelled;
use crate::rules::HazardClass;
use crate::space::{BodyPoint, BodySpace, BodyVector, LatticeBox};
use rami_anatomy::{Anatomy, Structure};
use rami_volume::{Grid, Labels, Volume};
use rayon::prelude::*;

/// Distances beyond this are not told apart in the search, mm.
pub(crate) const CAP_MM: f32 = 25.0;
/// Space between lattice nodes, mm.
pub(crate) const SPACING_MM: f64 = 1.5;

/// Something a path can be near to.
#[derive(Debug, Clone)]
pub(crate) struct Obstacle {
    pub(crate) name: String,
    pub(crate) class: HazardClass,
    pub(crate) field: Brick,
    /// Points of it with their common radius, for distances beyond the field's cap.
    far: Vec<BodyPoint>,
    far_radius: f64,
    /// For what no label carries: standard deviation of its place along each axis, mm.
    pub(crate) modelled_sd_mm: Option<f64>,
    /// What a standard deviation of its variation from person to person moves it by as a whole, beside that, mm.
    pub(crate) sweep_mm: BodyVector,
}

impl Obstacle {
    pub(crate) fn new(
        name: String,
        class: HazardClass,
        field: Brick,
        far: Vec<BodyPoint>,
        far_radius: f64,
        modelled_sd_mm: Option<f64>,
    ) -> Self {
        Self { name, class, field, far, far_radius, modelled_sd_mm, sweep_mm: BodyVector::zeros() }
    }

    /// The same, varying from person to person along a direction.
    pub(crate) fn sweeping(self, sweep_mm: BodyVector) -> Self {
        Self { sweep_mm, ..self }
    }

    /// Clearance of a segment, mm: from the field where it is near, from a thinned set of its points where it is
    /// further than the field's cap (within 3 mm there).
    pub(crate) fn clearance(&self, segment: &Segment) -> f64 {
        let cap = self.field.cap;
        let near = self.field.least_along(segment, cap);
        if near < cap {
            return f64::from(near);
        }
        let start = BodyPoint::new(
            f64::from(segment.start[0]),
            f64::from(segment.start[1]),
            f64::from(segment.start[2]),
        );
        let direction = BodyVector::new(
            f64::from(segment.direction[0]),
            f64::from(segment.direction[1]),
            f64::from(segment.direction[2]),
        );
        let nearest = self
            .far
            .iter()
            .map(|point| {
                let along = (point - start).dot(&direction).clamp(0.0, f64::from(segment.length));
                (point - (start + direction * along)).norm_squared()
            })
            .fold(f64::INFINITY, f64::min)
            .sqrt();
        (nearest - self.far_radius).max(f64::from(cap))
    }
}

/// All fields of a person.
#[derive(Debug)]
pub(crate) struct Fields {
    pub(crate) space: BodySpace,
    pub(crate) obstacles: Vec<Obstacle>,
    /// Smallest of distance minus margin over everything forbidden: below zero a path is refused.
    pub(crate) forbidden: Brick,
    /// Signed distance to the skin; -100 where the CT does not reach.
    pub(crate) skin: Brick,
}

impl Fields {
    /// Builds the fields in a box of planning space. `extra_bone_mm` widens the margin of bone and disc.
    pub(crate) fn build(anatomy: &Anatomy, space: BodySpace, region: LatticeBox) -> Self {
        let labels = resample_labels(anatomy.structures.labels(), &space, &region);
        let mut obstacles = labelled_obstacles(anatomy, &labels, &space, &region);
        drop(labels);
        obstacles.extend(modelled::obstacles(anatomy, &space, &region));
        let forbidden = merge(&obstacles, &region);
        let skin = skin_field(&anatomy.skin.distance_mm, &space, &region);
        Self { space, obstacles, forbidden, skin }
    }

    pub(crate) fn index_of(&self, name: &str) -> Option<usize> {
        self.obstacles.iter().position(|obstacle| obstacle.name == name)
    }
}

/// The affine from lattice nodes to the indices of a grid, as origin and three steps.
struct NodeToIndex {
    origin: [f64; 3],
    step: [[f64; 3]; 3],
}

impl NodeToIndex {
    fn new(space: &BodySpace, grid: &Grid) -> Self {
        let map = grid.lps_to_index() * space.lattice_affine(SPACING_MM);
        Self {
            origin: [0, 1, 2].map(|row| map[(row, 3)]),
            step: [0, 1, 2].map(|axis| [0, 1, 2].map(|row| map[(row, axis)])),
        }
    }

    #[inline]
    fn at(&self, node: [i32; 3]) -> [f64; 3] {
        [0, 1, 2].map(|row| {
            self.origin[row]
                + f64::from(node[0]) * self.step[0][row]
                + f64::from(node[1]) * self.step[1][row]
                + f64::from(node[2]) * self.step[2][row]
        })
    }
}

/// The label with most trilinear weight at each node: the border between two labels becomes the surface on which
/// both weigh the same, instead of the voxels' staircase.
fn resample_labels(labels: &Labels, space: &BodySpace, region: &LatticeBox) -> Vec<u16> {
    let grid = labels.grid();
    let map = NodeToIndex::new(space, grid);
    let dims = grid.dims();
    let data = labels.data();
    let slab = region.dims[0] * region.dims[1];
    let mut out = vec![0u16; region.len()];
    out.par_chunks_exact_mut(slab).enumerate().for_each(|(k, out)| {
        for j in 0..region.dims[1] {
            for i in 0..region.dims[0] {
                let node =
                    [region.first[0] + i as i32, region.first[1] + j as i32, region.first[2] + k as i32];
                out[i + region.dims[0] * j] = vote(data, dims, map.at(node));
            }
        }
    });
    out
}

#[inline]
fn vote(data: &[u16], dims: [usize; 3], index: [f64; 3]) -> u16 {
    let mut base = [0usize; 3];
    let mut next = [0usize; 3];
    let mut f = [0f64; 3];
    for axis in 0..3 {
        let v = index[axis];
        // A cell reaches half a voxel around its centre.
        if !(v > -0.5 && v < dims[axis] as f64 - 0.5) {
            return 0;
        }
        let low = v.floor();
        f[axis] = v - low;
        base[axis] = low.max(0.0) as usize;
        next[axis] = ((low + 1.0) as usize).min(dims[axis] - 1);
    }
    let at = |i: usize, j: usize, k: usize| data[i + dims[0] * (j + dims[1] * k)];
    let corner = |c: usize| {
        at(
            if c & 1 == 0 { base[0] } else { next[0] },
            if c & 2 == 0 { base[1] } else { next[1] },
            if c & 4 == 0 { base[2] } else { next[2] },
        )
    };
    let values: [u16; 8] = std::array::from_fn(corner);
    if values.iter().all(|&value| value == values[0]) {
        return values[0];
    }
    let weight = |c: usize| {
        (0..3).map(|axis| if c >> axis & 1 == 0 { 1.0 - f[axis] } else { f[axis] }).product::<f64>()
    };
    let weights: [f64; 8] = std::array::from_fn(weight);
    let mut best = (values[0], -1.0);
    for &candidate in &values {
        let sum: f64 = (0..8).filter(|&c| values[c] == candidate).map(|c| weights[c]).sum();
        if sum > best.1 + 1e-12 || (sum > best.1 - 1e-12 && candidate < best.0) {
            best = (candidate, sum);
        }
    }
    best.0
}

/// Smallest box of the region that holds each label.
fn boxes(labels: &[u16], region: &LatticeBox) -> Vec<(u16, LatticeBox)> {
    let slab = region.dims[0] * region.dims[1];
    let ranges = labels
        .par_chunks_exact(slab)
        .enumerate()
        .map(|(k, labels)| {
            let mut found = std::collections::BTreeMap::<u16, ([i32; 3], [i32; 3])>::new();
            for (at, &label) in labels.iter().enumerate().filter(|&(_, &label)| label != 0) {
                let node = [
                    region.first[0] + (at % region.dims[0]) as i32,
                    region.first[1] + (at / region.dims[0]) as i32,
                    region.first[2] + k as i32,
                ];
                widen(&mut found, label, node, node);
            }
            found
        })
        .reduce(Default::default, |mut all, some| {
            some.into_iter().for_each(|(label, (low, high))| widen(&mut all, label, low, high));
            all
        });
    ranges
        .into_iter()
        .filter_map(|(label, (low, high))| LatticeBox::between(low, high).map(|nodes| (label, nodes)))
        .collect()
}

fn widen(
    all: &mut std::collections::BTreeMap<u16, ([i32; 3], [i32; 3])>,
    label: u16,
    low: [i32; 3],
    high: [i32; 3],
) {
    let entry = all.entry(label).or_insert((low, high));
    for axis in 0..3 {
        entry.0[axis] = entry.0[axis].min(low[axis]);
        entry.1[axis] = entry.1[axis].max(high[axis]);
    }
}

fn labelled_obstacles(
    anatomy: &Anatomy,
    labels: &[u16],
    space: &BodySpace,
    region: &LatticeBox,
) -> Vec<Obstacle> {
    let far = thinned_points(anatomy.structures.labels(), space);
    let near = boxes(labels, region);
    let reach = (f64::from(CAP_MM) / SPACING_MM).ceil() as i32;
    let mut present: Vec<Structure> = anatomy.structures.present().collect();
    present.sort_by_key(|structure| structure.id());
    present
        .into_par_iter()
        .filter(|structure| HazardClass::of_structure(structure.name()) != HazardClass::Tissue)
        .filter_map(|structure| {
            let id = structure.id();
            let class = HazardClass::of_structure(structure.name());
            let points = far.get(&id).cloned().unwrap_or_default();
            let own = near.iter().find(|(label, _)| *label == id).map(|(_, nodes)| *nodes);
            let field = match own.and_then(|nodes| nodes.grown_within(reach, region)) {
                Some(nodes) if nodes.dims.iter().all(|&n| n >= 2) => {
                    let mask = mask_of(labels, region, &nodes, id);
                    Brick::new(
                        nodes,
                        SPACING_MM,
                        CAP_MM,
                        distance::signed(&mask, nodes.dims, SPACING_MM, CAP_MM),
                    )
                }
                // Nowhere in the region: the cap everywhere.
                _ => Brick::new(
                    LatticeBox { first: region.first, dims: [2; 3] },
                    SPACING_MM,
                    CAP_MM,
                    vec![CAP_MM; 8],
                ),
            };
            (!points.is_empty())
                .then(|| Obstacle::new(structure.name().to_owned(), class, field, points, 0.0, None))
        })
        .collect()
}

fn mask_of(labels: &[u16], region: &LatticeBox, nodes: &LatticeBox, id: u16) -> Vec<bool> {
    let mut mask = Vec::with_capacity(nodes.len());
    let last = nodes.last();
    for k in nodes.first[2]..=last[2] {
        for j in nodes.first[1]..=last[1] {
            let row = region.offset([nodes.first[0], j, k]);
            mask.extend(labels[row..row + nodes.dims[0]].iter().map(|&label| label == id));
        }
    }
    mask
}

/// Points of every labelled structure about 3 mm apart, over the whole CT.
fn thinned_points(labels: &Labels, space: &BodySpace) -> std::collections::BTreeMap<u16, Vec<BodyPoint>> {
    let grid = labels.grid();
    let [ni, nj, nk] = grid.dims();
    let stride = grid.spacing().map(|spacing| ((3.0 / spacing).round() as usize).max(1));
    let mut points = std::collections::BTreeMap::<u16, Vec<BodyPoint>>::new();
    for k in (stride[2] / 2..nk).step_by(stride[2]) {
        for j in (stride[1] / 2..nj).step_by(stride[1]) {
            for i in (stride[0] / 2..ni).step_by(stride[0]) {
                let label = labels.data()[i + ni * (j + nj * k)];
                if label != 0 {
                    let point = space.point(&grid.to_lps([i as f64, j as f64, k as f64]));
                    points.entry(label).or_default().push(point);
                }
            }
        }
    }
    points
}

fn merge(obstacles: &[Obstacle], region: &LatticeBox) -> Brick {
    let slab = region.dims[0] * region.dims[1];
    let mut data = vec![CAP_MM; region.len()];
    data.par_chunks_exact_mut(slab).enumerate().for_each(|(k, data)| {
        let z = region.first[2] + k as i32;
        for obstacle in obstacles.iter().filter(|obstacle| obstacle.class.rule().forbidden) {
            let margin = obstacle.class.rule().margin_mm as f32;
            let nodes = obstacle.field.nodes();
            let last = nodes.last();
            if z < nodes.first[2] || z > last[2] {
                continue;
            }
            for y in nodes.first[1]..=last[1] {
                let from = nodes.offset([nodes.first[0], y, z]);
                let to = (nodes.first[0] - region.first[0]) as usize
                    + region.dims[0] * (y - region.first[1]) as usize;
                let values = &obstacle.field.data()[from..from + nodes.dims[0]];
                for (merged, &value) in data[to..to + nodes.dims[0]].iter_mut().zip(values) {
                    *merged = merged.min(value - margin);
                }
            }
        }
    });
    // Beyond the cap of one structure there may be another just as near: walking must not trust more than the least.
    let least_cap = obstacles
        .iter()
        .map(|obstacle| obstacle.field.cap - obstacle.class.rule().margin_mm as f32)
        .fold(CAP_MM, f32::min);
    data.par_iter_mut().for_each(|value| *value = value.min(least_cap));
    Brick::new(*region, SPACING_MM, CAP_MM, data)
}

fn skin_field(skin: &Volume<f32>, space: &BodySpace, region: &LatticeBox) -> Brick {
    const BEYOND: f32 = -100.0;
    let grid = skin.grid();
    let dims = grid.dims();
    let data = skin.data();
    let map = NodeToIndex::new(space, grid);
    let slab = region.dims[0] * region.dims[1];
    let mut out = vec![BEYOND; region.len()];
    out.par_chunks_exact_mut(slab).enumerate().for_each(|(k, out)| {
        for j in 0..region.dims[1] {
            for i in 0..region.dims[0] {
                let node =
                    [region.first[0] + i as i32, region.first[1] + j as i32, region.first[2] + k as i32];
                let index = map.at(node);
                if (0..3).all(|axis| index[axis] >= 0.0 && index[axis] <= dims[axis] as f64 - 1.0) {
                    out[i + region.dims[0] * j] = trilinear(data, dims, index);
                }
            }
        }
    });
    Brick::new(*region, SPACING_MM, CAP_MM, out)
}

#[inline]
fn trilinear(data: &[f32], dims: [usize; 3], index: [f64; 3]) -> f32 {
    let base = [0, 1, 2].map(|axis| (index[axis] as usize).min(dims[axis].saturating_sub(2)));
    let f = [0, 1, 2].map(|axis| (index[axis] - base[axis] as f64) as f32);
    let mut sum = 0.0;
    for c in 0..8usize {
        let at = [0, 1, 2].map(|axis| (base[axis] + (c >> axis & 1)).min(dims[axis] - 1));
        let weight: f32 =
            (0..3).map(|axis| if c >> axis & 1 == 0 { 1.0 - f[axis] } else { f[axis] }).product();
        sum += weight * data[at[0] + dims[0] * (at[1] + dims[1] * at[2])];
    }
    sum
}
