//! From a scene to voxels: each part's distance is evaluated where its edge can be, everything else is skipped.
//!
//! The grid is cut into blocks of 8³ samples. A shape is left out of a block when its bound at the block's middle
//! exceeds the block's radius plus the reach of edge and blending; a part that covers a whole block hides the parts
//! before it. What remains is evaluated at every sample. A voxel's share of a part is a smooth step of the signed
//! distance over the width of the voxel (the mean of a box over a plane), and parts are laid over one another in order.
//! Voxels much thicker than wide are averaged over 2, 4 or 8 samples along z. Nothing depends on threads: a slab of
//! blocks is a pure function of the scene.

use super::scene::{Paint, Part, Scene};
use super::shape::{BLOCK, Points, SIDE, V, smooth_min};
use rami_volume::Grid;
use rayon::prelude::*;

/// Hounsfield units before the scanner's blur and noise, and the label of each voxel.
pub(crate) struct Rendered {
    pub(crate) hu: Vec<f32>,
    pub(crate) labels: Vec<u16>,
}

#[derive(Clone, Copy, PartialEq)]
enum Role {
    Solid,
    Carve,
    Clip,
}

/// A shape that may matter in a block.
#[derive(Clone, Copy)]
struct Entry {
    part: u16,
    role: Role,
    shape: u16,
}

/// How far from the surface of a bone its inside still depends on the distance (shell and edge), mm.
const REACH_MM: f32 = 4.0;

/// Renders a scene on an upright grid. `all_labels` also labels what no segmentation of a CT would show.
pub(crate) fn render(scene: &Scene, grid: &Grid, all_labels: bool) -> Rendered {
    let [nx, ny, nz] = grid.dims();
    let spacing = grid.spacing().map(|s| s as f32);
    let origin = grid.to_lps([0.0; 3]);
    let origin = V::new(origin.x as f32, origin.y as f32, origin.z as f32);
    let ratio = spacing[2] / spacing[0].min(spacing[1]);
    let sub = [1usize, 2, 4, 8].into_iter().find(|&n| ratio / n as f32 <= 1.5).unwrap_or(8);
    let slices = SIDE / sub;
    let step = [spacing[0], spacing[1], spacing[2] / sub as f32];
    let edge = (step[0] * step[1] * step[2]).cbrt();

    let mut hu = vec![scene.air_hu; nx * ny * nz];
    let mut labels = vec![0u16; nx * ny * nz];
    hu.par_chunks_mut(nx * ny * slices).zip(labels.par_chunks_mut(nx * ny * slices)).enumerate().for_each(
        |(slab, (hu, labels))| {
            let z0 = origin.z + (slab * slices) as f32 * spacing[2] - 0.5 * (spacing[2] - step[2]);
            let worker = Worker { scene, step, edge, sub, all_labels };
            let all = everything(scene);
            let (mut coarse, mut fine) = (Vec::new(), Vec::new());
            let mut canvas = Canvas::new();
            const GROUP: usize = 4 * SIDE;
            for gy in (0..ny).step_by(GROUP) {
                for gx in (0..nx).step_by(GROUP) {
                    let corner = V::new(origin.x + gx as f32 * step[0], origin.y + gy as f32 * step[1], z0);
                    worker.select(&all, corner, [GROUP, GROUP, SIDE], &mut coarse);
                    if coarse.is_empty() {
                        continue;
                    }
                    for by in (gy..(gy + GROUP).min(ny)).step_by(SIDE) {
                        for bx in (gx..(gx + GROUP).min(nx)).step_by(SIDE) {
                            let corner =
                                V::new(origin.x + bx as f32 * step[0], origin.y + by as f32 * step[1], z0);
                            worker.select(&coarse, corner, [SIDE; 3], &mut fine);
                            if fine.is_empty() {
                                continue;
                            }
                            worker.paint(&fine, corner, &mut canvas);
                            worker.store(&canvas, hu, labels, [bx, by], [nx, ny]);
                        }
                    }
                }
            }
        },
    );
    Rendered { hu, labels }
}

/// Signed distance of one structure on an upright grid: of the parts with its label, less every later part that takes
/// space from them. Far from the surface only the sign is meant.
pub(crate) fn field(scene: &Scene, grid: &Grid, label: u16, all_labels: bool) -> Vec<f32> {
    const FAR_MM: f32 = 1e3;
    let [nx, ny, nz] = grid.dims();
    let spacing = grid.spacing().map(|s| s as f32);
    let origin = grid.to_lps([0.0; 3]);
    let origin = V::new(origin.x as f32, origin.y as f32, origin.z as f32);
    let edge = spacing.iter().copied().fold(0.0, f32::max);
    let worker = Worker { scene, step: spacing, edge, sub: 1, all_labels };
    let all = everything(scene);
    let mut field = vec![FAR_MM; nx * ny * nz];
    field.par_chunks_mut(nx * ny * SIDE).enumerate().for_each(|(slab, field)| {
        let z0 = origin.z + (slab * SIDE) as f32 * spacing[2];
        let mut entries = Vec::new();
        let mut canvas = Canvas::new();
        for by in (0..ny).step_by(SIDE) {
            for bx in (0..nx).step_by(SIDE) {
                let corner = V::new(origin.x + bx as f32 * spacing[0], origin.y + by as f32 * spacing[1], z0);
                worker.select(&all, corner, [SIDE; 3], &mut entries);
                if entries.iter().all(|e| !worker.shows(e.part, label)) {
                    continue;
                }
                canvas.place(corner, spacing);
                let mut own = [FAR_MM; BLOCK];
                let mut i = 0;
                while i < entries.len() {
                    let index = entries[i].part;
                    let end =
                        entries[i..].iter().position(|e| e.part != index).map_or(entries.len(), |n| i + n);
                    worker.distances(&scene.parts[index as usize], &entries[i..end], &mut canvas);
                    let added = worker.shows(index, label);
                    for o in 0..BLOCK {
                        let d = canvas.distance[o];
                        own[o] = if added { own[o].min(d) } else { own[o].max(-d) };
                    }
                    i = end;
                }
                for k in 0..field.len() / (nx * ny) {
                    for j in 0..SIDE.min(ny - by) {
                        for i in 0..SIDE.min(nx - bx) {
                            field[bx + i + nx * (by + j + ny * k)] = own[i + SIDE * (j + SIDE * k)];
                        }
                    }
                }
            }
        }
    });
    field
}

fn everything(scene: &Scene) -> Vec<Entry> {
    let mut entries = Vec::new();
    for (part, p) in scene.parts.iter().enumerate() {
        for (role, shapes) in [(Role::Solid, &p.solids), (Role::Carve, &p.carves), (Role::Clip, &p.clips)] {
            entries.extend((0..shapes.len()).map(|shape| Entry {
                part: part as u16,
                role,
                shape: shape as u16,
            }));
        }
    }
    entries
}

/// The block being painted.
struct Canvas {
    points: Points,
    hu: [f32; BLOCK],
    label: [u16; BLOCK],
    distance: [f32; BLOCK],
    shell: [f32; BLOCK],
    scratch: [f32; BLOCK],
}

impl Canvas {
    fn new() -> Self {
        let zero = [0.0; BLOCK];
        Self {
            points: Points { x: zero, y: zero, z: zero },
            hu: zero,
            label: [0; BLOCK],
            distance: zero,
            shell: zero,
            scratch: zero,
        }
    }
}

impl Canvas {
    /// Puts the samples of a block in their places.
    fn place(&mut self, corner: V, step: [f32; 3]) {
        for o in 0..BLOCK {
            let (i, j, k) = (o % SIDE, o / SIDE % SIDE, o / (SIDE * SIDE));
            self.points.x[o] = corner.x + i as f32 * step[0];
            self.points.y[o] = corner.y + j as f32 * step[1];
            self.points.z[o] = corner.z + k as f32 * step[2];
        }
    }
}

struct Worker<'a> {
    scene: &'a Scene,
    step: [f32; 3],
    edge: f32,
    sub: usize,
    all_labels: bool,
}

impl Worker<'_> {
    /// Whether a part carries this label.
    fn shows(&self, part: u16, label: u16) -> bool {
        let part = &self.scene.parts[part as usize];
        part.label == label && (part.segmented || self.all_labels)
    }

    /// Of `entries` (sorted by part), those that can matter in a box of samples.
    fn select(&self, entries: &[Entry], corner: V, count: [usize; 3], out: &mut Vec<Entry>) {
        out.clear();
        let half = V::new(self.step[0], self.step[1], self.step[2])
            .zip_map(&V::from(count.map(|n| n as f32)), |s, n| 0.5 * s * (n - 1.0));
        let middle = corner + half;
        let radius = half.norm() + self.edge;
        let mut i = 0;
        let mut covered_from = 0;
        while i < entries.len() {
            let index = entries[i].part;
            let part = &self.scene.parts[index as usize];
            let start = out.len();
            let bone = if matches!(part.paint, Paint::Bone { .. }) { REACH_MM } else { 0.0 };
            let (mut solids, mut inside, mut outside) = (false, false, false);
            let mut cut = false;
            while i < entries.len() && entries[i].part == index {
                let entry = entries[i];
                i += 1;
                if outside {
                    continue;
                }
                match entry.role {
                    Role::Solid => {
                        let bound = part.solids[entry.shape as usize].bound(middle);
                        if bound <= radius + 1.5 * part.blend {
                            out.push(entry);
                            solids = true;
                            inside |= bound < -radius - bone;
                        }
                    }
                    Role::Carve => {
                        let bound = part.carves[entry.shape as usize].bound(middle);
                        outside |= bound < -radius;
                        if bound <= radius + bone {
                            out.push(entry);
                            cut = true;
                        }
                    }
                    Role::Clip => {
                        let bound = part.clips[entry.shape as usize].bound(middle);
                        outside |= bound > radius;
                        if bound >= -radius - bone {
                            out.push(entry);
                            cut = true;
                        }
                    }
                }
                outside |= !solids && entry.role != Role::Solid;
            }
            if !solids || outside {
                out.truncate(start);
            } else if inside && !cut {
                // This part hides all before it; of itself one solid is enough.
                covered_from = start;
            }
        }
        if covered_from > 0 {
            out.drain(..covered_from);
        }
    }

    fn paint(&self, entries: &[Entry], corner: V, canvas: &mut Canvas) {
        canvas.place(corner, self.step);
        canvas.hu.fill(self.scene.air_hu);
        canvas.label.fill(0);
        let mut i = 0;
        while i < entries.len() {
            let index = entries[i].part;
            let end = entries[i..].iter().position(|e| e.part != index).map_or(entries.len(), |n| i + n);
            let part = &self.scene.parts[index as usize];
            self.distances(part, &entries[i..end], canvas);
            self.lay(part, canvas);
            i = end;
        }
    }

    /// Distance to a part, and for bones the thickness of the shell of its nearest solid.
    fn distances(&self, part: &Part, entries: &[Entry], canvas: &mut Canvas) {
        let Canvas { points, distance, shell, scratch, .. } = canvas;
        let bone = matches!(part.paint, Paint::Bone { .. });
        let k = part.blend;
        let mut first = true;
        for entry in entries {
            let shape = entry.shape as usize;
            match entry.role {
                Role::Solid if first => {
                    part.solids[shape].fill(points, distance);
                    if bone {
                        shell.fill(part.shells[shape]);
                    }
                    first = false;
                }
                Role::Solid => {
                    part.solids[shape].fill(points, scratch);
                    if bone {
                        let t = part.shells[shape];
                        for o in 0..BLOCK {
                            // The same weight as the smooth minimum's gradient gives the nearer solid.
                            let far = 0.5 * ((k - (distance[o] - scratch[o]).abs()).max(0.0) / k);
                            let w = if scratch[o] < distance[o] { 1.0 - far } else { far };
                            shell[o] += w * (t - shell[o]);
                        }
                    }
                    for o in 0..BLOCK {
                        distance[o] = smooth_min(distance[o], scratch[o], k);
                    }
                }
                Role::Carve => {
                    part.carves[shape].fill(points, scratch);
                    for o in 0..BLOCK {
                        distance[o] = distance[o].max(-scratch[o]);
                    }
                }
                Role::Clip => {
                    part.clips[shape].fill(points, scratch);
                    for o in 0..BLOCK {
                        distance[o] = distance[o].max(scratch[o]);
                    }
                }
            }
        }
    }

    /// Lays a part over what is there.
    fn lay(&self, part: &Part, canvas: &mut Canvas) {
        let Canvas { points, distance, shell, hu, label, .. } = canvas;
        let width = 1.0 / (1.5 * self.edge);
        let id = if part.segmented || self.all_labels { part.label } else { 0 };
        for o in 0..BLOCK {
            if distance[o] < 0.0 {
                label[o] = id;
            }
        }
        match part.paint {
            Paint::Tissue { hu: mean, texture, grain_mm } => {
                // Grains smaller than a voxel average out.
                let texture = texture * (grain_mm / self.edge).min(1.0);
                for o in 0..BLOCK {
                    let share = share(distance[o], width);
                    if share > 0.0 {
                        let grain = if texture > 0.0 {
                            texture * noise(points.x[o], points.y[o], points.z[o], 1.0 / grain_mm)
                        } else {
                            0.0
                        };
                        hu[o] += share * (mean + grain - hu[o]);
                    }
                }
            }
            Paint::Bone { cortical_hu, cancellous_hu, rise_hu } => {
                let grain = 1.0 / 1.8;
                let amplitude = 0.45 * cancellous_hu * (1.5 / self.edge).min(1.0);
                for o in 0..BLOCK {
                    let d = distance[o];
                    let outer = share(d, width);
                    if outer <= 0.0 {
                        continue;
                    }
                    hu[o] += outer * (cortical_hu - hu[o]);
                    let inner = share(d + shell[o], width);
                    if inner > 0.0 {
                        // Struts run along the load: grains are drawn out along z.
                        let strut = noise(points.x[o], points.y[o], 0.45 * points.z[o], grain) * amplitude;
                        let depth = ((d + shell[o]) / 3.5).max(-1.0) + 1.0;
                        let marrow = cancellous_hu + rise_hu * depth * depth + strut;
                        hu[o] += inner * (marrow - hu[o]);
                    }
                }
            }
        }
    }

    /// Averages the samples of each voxel along z and writes a block to its slab.
    fn store(&self, canvas: &Canvas, hu: &mut [f32], labels: &mut [u16], at: [usize; 2], dims: [usize; 2]) {
        let slices = hu.len() / (dims[0] * dims[1]);
        for k in 0..slices {
            for j in 0..SIDE.min(dims[1] - at[1]) {
                for i in 0..SIDE.min(dims[0] - at[0]) {
                    let to = at[0] + i + dims[0] * (at[1] + j + dims[1] * k);
                    let from = |s: usize| i + SIDE * (j + SIDE * (k * self.sub + s));
                    hu[to] = (0..self.sub).map(|s| canvas.hu[from(s)]).sum::<f32>() / self.sub as f32;
                    labels[to] = canvas.label[from(self.sub / 2)];
                }
            }
        }
    }
}

/// Share of a voxel inside a surface at a signed distance; `width` is one over the width of the voxel.
#[inline(always)]
fn share(distance: f32, width: f32) -> f32 {
    let s = (0.5 - distance * width).clamp(0.0, 1.0);
    s * s * (3.0 - 2.0 * s)
}

#[inline(always)]
fn hash(x: i32, y: i32, z: i32) -> f32 {
    let mut h = (x as u32).wrapping_mul(0x8DA6_B343)
        ^ (y as u32).wrapping_mul(0xD816_3841)
        ^ (z as u32).wrapping_mul(0xCB1A_B31F);
    h = (h ^ (h >> 15)).wrapping_mul(0x2C1B_3C6D);
    h = (h ^ (h >> 12)).wrapping_mul(0x297A_2D39);
    (h >> 8) as f32 * (2.0 / 16_777_216.0) - 1.0
}

/// Value noise between -1 and 1 on a lattice fixed in the patient: the same at any spacing.
fn noise(x: f32, y: f32, z: f32, frequency: f32) -> f32 {
    let (x, y, z) = (x * frequency, y * frequency, z * frequency);
    let (fx, fy, fz) = (x.floor(), y.floor(), z.floor());
    let (i, j, k) = (fx as i32, fy as i32, fz as i32);
    let (u, v, w) = (x - fx, y - fy, z - fz);
    let mix = |a: f32, b: f32, t: f32| a + t * (b - a);
    let row = |j: i32, k: i32| mix(hash(i, j, k), hash(i + 1, j, k), u);
    mix(mix(row(j, k), row(j + 1, k), v), mix(row(j, k + 1), row(j + 1, k + 1), v), w)
}
