//! The digital patient: a lumbar region grown from a row of traits, with known truth.
//!
//! [`population`] draws adults ([`Traits`]) from published distributions. [`Patient::grow`] lays a person out in patient
//! space ([`layout`]: spine, muscles, vessels, organs, nerves), builds every structure as signed distance functions
//! ([`shape`], [`scene`]), and [`Patient::scan`] evaluates them on a grid of any spacing ([`render`]) and does to the
//! picture what a scanner does ([`image`]). [`Patient::truth`] is the exact geometry, for judging what is inferred from
//! the picture; nothing that plans may see it.
//!
//! A digital patient is a drawing to scale, not a person: sizes and distances follow the evidence where there is any
//! (and `crates/evidence/data/population.toml` says which figures are recalled or assumed), shapes are descriptive.

mod convert;
mod corridor;
mod image;
mod layout;
pub mod mesh;
mod nerves;
mod organs;
mod pelvis;
pub mod population;
mod render;
mod scene;
mod shape;
mod spine;
mod tissues;
mod traits;
mod truth;
mod ureter;
mod variant;
mod vertebra;

#[cfg(test)]
mod overlap;
#[cfg(test)]
mod tables;
#[cfg(test)]
mod tests;

pub use corridor::Corridor;
pub use image::Scanner;
pub use population::{BodyError, Known, TrunkSource};
pub use traits::{Sex, Traits};
pub use truth::{Sheet, Truth};
pub use variant::Variant;

use crate::{Posture, Side};
use layout::Layout;
use nerves::Nerves;
use rami_random::Stream;
use rami_volume::{Ct, Grid, GridError, Labels, Point, Volume};
use scene::{Part, Scene};

/// Why a patient cannot be scanned.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ScanError {
    /// The spacing is outside what is meaningful.
    #[error("a spacing of {0:?} mm cannot be rendered: each of the three must be from 0.3 to 6 mm")]
    Spacing([f64; 3]),
    /// The grid cannot be made.
    #[error(transparent)]
    Grid(#[from] GridError),
}

/// A person laid out in patient space.
#[derive(Debug, Clone)]
pub struct Patient {
    layout: Layout,
    nerves: Nerves,
    scene: Scene,
}

/// A picture of a patient and what is where in it.
#[derive(Debug, Clone)]
pub struct Scan {
    /// Hounsfield units.
    pub ct: Ct,
    /// Structures, by the numbers of [`crate::Structure`].
    pub labels: Labels,
}

impl Patient {
    /// Grows a person lying prone or supine (any other posture counts as supine).
    #[must_use]
    pub fn grow(traits: &Traits, variant: Option<Variant>, posture: Posture) -> Self {
        let mut traits = traits.clone();
        if variant == Some(Variant::Obese) {
            let more = 42.0 - traits.bmi();
            traits.weight_kg = 42.0 * (traits.height_cm / 100.0).powi(2);
            traits.back_fat_mm += traits.sex.pick(1.0, 0.8) * more.max(0.0);
        }
        if variant == Some(Variant::Osteoporotic) {
            traits.cancellous_hu = (traits.cancellous_hu * 0.4).min(75.0);
        }
        let layout = Layout::new(&traits, variant, posture);
        let bones = bones(&layout);
        let nerves = Nerves::new(&layout, &bones);
        let scene = scene(&layout, &nerves, bones);
        Self { layout, nerves, scene }
    }

    /// The row they were grown from (with what the variant changed).
    #[must_use]
    pub fn traits(&self) -> &Traits {
        &self.layout.traits
    }

    /// The exact geometry, for judging what is inferred. Nothing that plans may see it.
    #[must_use]
    pub fn truth(&self) -> Truth {
        truth::truth(&self.layout, &self.nerves)
    }

    /// What is at a point, by its structure's name or its own where it has none (`skin`, `epidural_fat`); nothing outside.
    /// For judging, as [`Patient::truth`].
    #[must_use]
    pub fn structure_at(&self, point: &Point) -> Option<&str> {
        self.scene.at(convert::v(point)).map(|part| part.name.as_str())
    }

    /// A grid of this spacing that holds the trunk with a margin of air: from T11 to below the iliac crests.
    ///
    /// # Errors
    /// [`ScanError`] when a spacing is not from 0.3 to 6 mm.
    pub fn grid(&self, spacing: [f64; 3]) -> Result<Grid, ScanError> {
        if spacing.iter().any(|s| !(s.is_finite() && (0.3..=6.0).contains(s))) {
            return Err(ScanError::Spacing(spacing));
        }
        let [z_low, z_high] = self.layout.z_range;
        let mut low = [f64::MAX, f64::MAX, z_low];
        let mut high = [f64::MIN, f64::MIN, z_high];
        let mut z = z_low;
        while z <= z_high {
            let (front, back, half) = self.layout.outline(z);
            low[0] = low[0].min(-half);
            high[0] = high[0].max(half);
            low[1] = low[1].min(front);
            high[1] = high[1].max(back);
            z += 5.0;
        }
        let margin = 12.0;
        for axis in 0..2 {
            low[axis] -= margin;
            high[axis] += margin;
        }
        // Centres fill the box symmetrically, so that another spacing covers the same person.
        let dims = [0, 1, 2].map(|a| ((high[a] - low[a]) / spacing[a]).round().max(1.0) as usize);
        let first = [0, 1, 2].map(|a| 0.5 * (low[a] + high[a]) - 0.5 * spacing[a] * (dims[a] as f64 - 1.0));
        Ok(Grid::upright(dims, spacing, Point::from(first))?)
    }

    /// Scans them on a grid. `all_labels` also labels what no segmentation of a CT would show (ureters, segmental and
    /// renal vessels, layers of fat and skin).
    #[must_use]
    pub fn scan(&self, grid: &Grid, scanner: &Scanner, all_labels: bool) -> Option<Scan> {
        let rendered = render::render(&self.scene, grid, all_labels);
        let noise = Stream::new(self.layout.traits.seed).named("noise");
        let hu = image::scan(rendered.hu, grid, scanner, noise);
        Some(Scan { ct: Volume::new(grid.clone(), hu)?, labels: Volume::new(grid.clone(), rendered.labels)? })
    }
}

/// Bones and discs, the ones that give way first.
fn bones(layout: &Layout) -> Vec<Part> {
    let cancellous = layout.traits.cancellous_hu as f32;
    let cortical = 950.0 + 1.5 * cancellous;
    let spine = &layout.spine;
    let mut parts: Vec<Part> = (0..spine.sacral()).map(|i| vertebra::disc(spine, i)).collect();
    for side in Side::BOTH {
        parts.extend(pelvis::ribs(layout, side, cortical, cancellous));
        parts.push(pelvis::hip(layout, side, cortical, cancellous));
        parts.push(pelvis::femur(layout, side, cortical, cancellous));
    }
    parts.extend(pelvis::sacrum(layout, cortical, cancellous));
    parts.extend(
        (0..spine.sacral()).map(|i| vertebra::vertebra(spine, i, cortical, cancellous, layout.variant)),
    );
    parts
}

/// All parts of a person, the ones that give way first.
fn scene(layout: &Layout, nerves: &Nerves, bones: Vec<Part>) -> Scene {
    let mut parts: Vec<Part> = Vec::new();
    parts.extend(tissues::wall(layout));
    parts.extend(tissues::gluteal(layout));
    parts.extend(organs::organs(layout));
    parts.extend(tissues::renal_fat(layout));
    parts.extend(tissues::muscles(layout));
    parts.extend(tissues::kidneys(layout));
    parts.push(tissues::segmental_vessels(nerves));
    parts.extend(tissues::vessels(layout));
    parts.extend(tissues::canal(layout));
    parts.extend(bones);
    if layout.variant == Some(Variant::PedicleScrew) {
        parts.push(pelvis::pedicle_screws(layout));
    }
    Scene { parts, air_hu: -1000.0 }
}
