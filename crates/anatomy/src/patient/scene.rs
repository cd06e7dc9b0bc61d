//! A person as a list of parts, each a few shapes and what they are made of.
//!
//! Parts are in order of precedence: where two overlap the later one wins, so every point of space belongs to exactly
//! one part whatever the spacing. How much the earlier one then loses is measured by tests, not hidden.

use super::shape::{Shape, V, smooth_min};

/// What a part is made of.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Paint {
    /// Soft tissue, fluid or gas: Hounsfield units, and the amplitude and grain (mm) of its texture.
    Tissue {
        /// Mean, HU.
        hu: f32,
        /// Amplitude of the texture, HU.
        texture: f32,
        /// Size of its grains, mm.
        grain_mm: f32,
    },
    /// A cortical shell over cancellous bone that gets denser towards the shell.
    Bone {
        /// Of the shell, HU.
        cortical_hu: f32,
        /// Of the marrow space in the middle, HU.
        cancellous_hu: f32,
        /// How much denser the cancellous bone is right under the shell, HU.
        rise_hu: f32,
    },
}

/// One organ, bone, layer or vessel.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    /// Its name: the structure's, or its own where it has no label.
    pub(crate) name: String,
    /// Number in the label map; 0 where it has none.
    pub(crate) label: u16,
    /// Whether a segmentation of the CT would show it. Others are labelled only on request.
    pub(crate) segmented: bool,
    /// Shapes it is the smooth union of.
    pub(crate) solids: Vec<Shape>,
    /// Thickness of the cortical shell of each solid, mm (bone only).
    pub(crate) shells: Vec<f32>,
    /// Width over which solids blend, mm.
    pub(crate) blend: f32,
    /// Shapes taken away from it.
    pub(crate) carves: Vec<Shape>,
    /// Shapes it stays within.
    pub(crate) clips: Vec<Shape>,
    /// What it is made of.
    pub(crate) paint: Paint,
}

impl Part {
    /// A part of soft tissue.
    pub(crate) fn tissue(name: &str, label: u16, hu: f32, texture: f32) -> Self {
        Self {
            name: name.to_owned(),
            label,
            segmented: true,
            solids: Vec::new(),
            shells: Vec::new(),
            blend: 4.0,
            carves: Vec::new(),
            clips: Vec::new(),
            paint: Paint::Tissue { hu, texture, grain_mm: 3.0 },
        }
    }

    /// A bone.
    pub(crate) fn bone(name: &str, label: u16, cortical_hu: f32, cancellous_hu: f32) -> Self {
        Self {
            paint: Paint::Bone { cortical_hu, cancellous_hu, rise_hu: 0.55 * cancellous_hu },
            ..Self::tissue(name, label, 0.0, 0.0)
        }
    }

    /// Adds a shape of bone under a shell of this thickness.
    pub(crate) fn add(&mut self, shape: Shape, shell_mm: f32) {
        self.solids.push(shape);
        self.shells.push(shell_mm);
    }

    /// Signed distance to its surface, mm, negative inside, first-order exact at the surface.
    pub(crate) fn distance(&self, p: V) -> f32 {
        let union =
            self.solids.iter().map(|s| s.distance(p)).fold(f32::MAX, |d, s| smooth_min(d, s, self.blend));
        let carved = self.carves.iter().map(|s| -s.distance(p)).fold(union, f32::max);
        self.clips.iter().map(|s| s.distance(p)).fold(carved, f32::max)
    }

    /// At most the distance to the part, outside it; what is taken away from the part is not counted.
    pub(crate) fn bound(&self, p: V) -> f32 {
        let union = self.solids.iter().map(|s| s.bound(p)).fold(f32::MAX, f32::min) - self.blend;
        self.clips.iter().map(|s| s.bound(p)).fold(union, f32::max)
    }
}

/// Everything in a person, in order of precedence.
#[derive(Debug, Clone)]
pub(crate) struct Scene {
    /// Earlier parts give way to later ones.
    pub(crate) parts: Vec<Part>,
    /// HU outside the person.
    pub(crate) air_hu: f32,
}

impl Scene {
    /// The last part (the one that wins) at a point.
    pub(crate) fn at(&self, p: V) -> Option<&Part> {
        self.parts.iter().rev().find(|part| part.distance(p) < 0.0)
    }
}
