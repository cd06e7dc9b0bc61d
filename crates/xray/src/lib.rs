//! The C-arm: where it stands, what its beam goes through, and the picture that comes out.
//!
//! **To show live fluoroscopy** make a [`live::Live`] from a CT once and ask it for frames: a [`live::Setup`] (pose,
//! detector, shutters), a [`live::Scene`] (needles of any shape, contrast medium, markers, a hand) and the kind of pulse
//! go in, pixels and the dose ledger come out. It keeps whatever has not moved. The rest of this page is what it is made
//! of.
//!
//! In the order light travels: a [`CArmPose`] and a [`Detector`] make a [`View`], which knows the ray of every pixel;
//! a [`Projector`] measures along each ray how much tissue there is ([`Paths`], millimetres of water and of bone);
//! needles ([`Needle`]) and whatever else moves ([`Medium`], [`Marker`], [`Letter`], [`Hand`]) are projected on their own
//! into a [`chain::Overlay`]; a tube's [`beam`] and the imaging [`chain`] turn paths into
//! detector signal and grey levels; [`dose`] keeps the ledger; a picture ([`picture`]) is what a person looks at.
//! Angles, handedness and image orientation are DICOM's (PS3.3 C.8.7.5); see `docs/numerics/projection.md`.

#![warn(missing_docs)]

mod attributes;
pub mod beam;
pub mod chain;
mod coaxial;
mod collision;
pub mod dicom;
pub mod dose;
mod guidance;
mod image;
pub mod live;
mod materials;
pub mod npy;
mod objects;
pub mod picture;
mod pose;
pub mod projector;
mod view;

pub use attributes::XRayAttributes;
pub use coaxial::{Coaxial, Seen, Wanted, search_coaxial};
pub use collision::{Clearance, Room};
pub use guidance::{
    Landmark, Superimposed, oblique_for_landmark, secondary_for_square_endplate, superimposed,
};
pub use image::Image;
pub use materials::{BONE_ONSET_HU, Radiodensity, bone_mm_per_mm, radiodensity};
pub use objects::{Bevel, Hand, Letter, Marker, Medium, Needle, Table};
pub use pose::CArmPose;
pub use projector::{
    FastProjector, Lanes, Paths, Projector, SiddonProjector, TrilinearProjector, WATER_PER_MM,
    line_integrals, refuse_source_in_patient,
};
pub use rami_anatomy::Side;
pub use view::{Detector, GeometryError, Pixel, Ray, View};
