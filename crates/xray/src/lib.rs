//! The C-arm: where it stands, what its beam goes through, and the picture that comes out.
//!
//! In the order light travels: a [`CArmPose`] and a [`Detector`] make a [`View`], which knows the ray of every pixel;
//! a [`Projector`] measures along each ray how much tissue there is ([`Paths`], millimetres of water and of bone);
//! needles ([`Needle`]) are projected exactly, on their own; a tube's [`beam`] and the imaging [`chain`] turn paths into
//! detector signal and grey levels; [`dose`] keeps the ledger; a picture ([`picture`]) is what a person looks at.
//! Angles, handedness and image orientation are DICOM's (PS3.3 C.8.7.5); see `docs/numerics/projection.md`.

#![warn(missing_docs)]

mod attributes;
pub mod beam;
pub mod chain;
mod collision;
pub mod dicom;
pub mod dose;
mod guidance;
mod image;
mod materials;
mod needle;
pub mod npy;
pub mod picture;
mod pose;
pub mod projector;
mod view;

pub use attributes::XRayAttributes;
pub use collision::{Clearance, Room};
pub use guidance::{
    Landmark, Superimposed, oblique_for_landmark, secondary_for_square_endplate, superimposed,
};
pub use image::Image;
pub use materials::{BONE_ONSET_HU, Radiodensity, bone_mm_per_mm, radiodensity};
pub use needle::{Bevel, Needle};
pub use pose::CArmPose;
pub use projector::{
    FastProjector, Lanes, Paths, Projector, SiddonProjector, TrilinearProjector, WATER_PER_MM, line_integrals,
};
pub use rami_anatomy::Side;
pub use view::{Detector, GeometryError, Pixel, Ray, View};
