//! How much tissue lies along each ray.
//!
//! Three projectors share one interface and one quantity, the path through each of two materials in millimetres
//! ([`Paths`]): [`SiddonProjector`] takes voxels as blocks and is exact for them; [`TrilinearProjector`] integrates the
//! trilinear interpolant between voxel centres exactly; [`FastProjector`] approximates the second in real time.

mod fast;
mod siddon;
mod trilinear;

use crate::{CArmPose, Detector, GeometryError, Image, View};
use rami_volume::Ct;
use std::ops::Range;

pub use fast::{FastProjector, Lanes};
pub use siddon::SiddonProjector;
pub(crate) use siddon::walk;
pub use trilinear::TrilinearProjector;

/// Linear attenuation of water in the convention of compared images, 1/mm.
pub const WATER_PER_MM: f32 = 0.02;

/// Path through the two materials along each ray, mm.
#[derive(Debug, Clone, PartialEq)]
pub struct Paths {
    /// Integral of attenuation relative to water (`radiodensity`) along the ray: millimetres of water that would
    /// attenuate as much at the scanner's energy.
    pub total: Image<f32>,
    /// Integral of the bone basis (`bone_mm_per_mm`): millimetres of cortical bone.
    pub bone: Image<f32>,
}

impl Paths {
    /// The dimensionless line integral of μ = 0.02/mm · max(0, 1 + HU/1000).
    #[must_use]
    pub fn line_integrals(&self) -> Image<f32> {
        self.total.map(|mm| mm * WATER_PER_MM)
    }
}

/// Measures along rays.
pub trait Projector: Sync {
    /// The paths of a band of detector rows: images of `rows.len()` rows. Rays start at the source, end at the pixel,
    /// and what lies outside the volume is nothing.
    ///
    /// # Errors
    /// [`GeometryError::SourceInPatient`].
    fn project_rows(&self, view: &View, rows: Range<usize>) -> Result<Paths, GeometryError>;

    /// The paths of all detector pixels.
    ///
    /// # Errors
    /// As [`Projector::project_rows`].
    fn project(&self, view: &View) -> Result<Paths, GeometryError> {
        self.project_rows(view, 0..view.detector().rows)
    }
}

/// Line integrals of μ = 0.02/mm · max(0, 1 + HU/1000) by the fast projector, for one picture of a CT. To take more
/// than one picture keep a [`FastProjector`].
///
/// # Errors
/// [`GeometryError`] for a pose or detector that cannot be.
pub fn line_integrals(ct: &Ct, pose: CArmPose, detector: Detector) -> Result<Image<f32>, GeometryError> {
    Ok(FastProjector::new(ct).project(&View::new(pose, detector)?)?.line_integrals())
}

/// Hounsfield units above which a source stands in somebody.
const TISSUE_HU: f64 = -500.0;

/// Whether the X-ray source stands in somebody. The projectors ask it themselves, of the CT they are given.
///
/// # Errors
/// [`GeometryError::SourceInPatient`] where there is more than -500 HU.
pub fn refuse_source_in_patient(ct: &Ct, view: &View) -> Result<(), GeometryError> {
    let source = view.source();
    if ct.at(&source).is_some_and(|hu| f64::from(hu) > TISSUE_HU) {
        return Err(GeometryError::SourceInPatient { x: source.x, y: source.y, z: source.z });
    }
    Ok(())
}

/// A ray in voxel indices: `at(t)` runs from source (t = 0) to pixel (t = 1).
#[derive(Debug, Clone, Copy)]
pub(crate) struct IndexRay {
    pub(crate) start: [f64; 3],
    pub(crate) step: [f64; 3],
    pub(crate) length_mm: f64,
}

impl IndexRay {
    pub(crate) fn new(ct: &Ct, ray: &crate::Ray) -> Self {
        let (start, end) = (ct.grid().to_index(&ray.source), ct.grid().to_index(&ray.end));
        Self { start, step: std::array::from_fn(|a| end[a] - start[a]), length_mm: ray.length() }
    }

    pub(crate) fn at(&self, t: f64) -> [f64; 3] {
        std::array::from_fn(|a| self.start[a] + self.step[a] * t)
    }

    /// The part of the ray inside the box from `low` to `high` on every axis; nothing when it misses.
    pub(crate) fn clip(&self, low: [f64; 3], high: [f64; 3]) -> Option<(f64, f64)> {
        let (mut enter, mut leave) = (0.0f64, 1.0f64);
        for a in 0..3 {
            if self.step[a].abs() < 1e-12 {
                if self.start[a] <= low[a] || self.start[a] >= high[a] {
                    return None;
                }
                continue;
            }
            let (t0, t1) =
                ((low[a] - self.start[a]) / self.step[a], (high[a] - self.start[a]) / self.step[a]);
            enter = enter.max(t0.min(t1));
            leave = leave.min(t0.max(t1));
        }
        (enter < leave).then_some((enter, leave))
    }
}
