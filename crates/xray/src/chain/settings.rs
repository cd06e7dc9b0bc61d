//! What the operator and the service engineer set.

use super::scatter::{Grid, Scatter};
use crate::beam::Filtration;

/// Settings of tube, detector and generator.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Filters in the tube.
    pub filtration: Filtration,
    /// Scatter, glare and grid.
    pub scatter: Scatter,
    /// Whether quantum and electronic noise is drawn.
    pub noise: bool,
    /// Whether the field is brighter towards the cathode (caudal) than towards the anode.
    pub heel: bool,
    /// Peak voltage by hand; nothing for the automatic curve.
    pub kvp: Option<f64>,
    /// Air kerma the automatic exposure keeps at the detector, nGy a frame.
    pub detector_kerma_ngy: f64,
    /// Opening of the shutters on the detector, mm (width, height); nothing for all of it.
    pub collimator_mm: Option<[f64; 2]>,
    /// Share of a frame's signal that stays in the scintillator until the next, at 30 frames a second.
    pub lag: f32,
    /// Share of the new frame in the noise filter's picture: 1 is no filter.
    pub recursion: f32,
    /// Standard deviation of the detector's blur, mm.
    pub blur_mm: f64,
    /// Size of the focal spot, mm: how soft the edges of the shutters are.
    pub focal_spot_mm: f64,
    /// Most mAs of one pulse: automatic exposure raises the voltage before it goes beyond.
    pub most_mas: f64,
}

impl Settings {
    /// Pulsed fluoroscopy.
    #[must_use]
    pub fn fluoroscopy() -> Self {
        Self {
            filtration: Filtration::default(),
            scatter: Scatter::new(Grid::In),
            noise: true,
            heel: true,
            kvp: None,
            detector_kerma_ngy: 30.0,
            collimator_mm: None,
            lag: 0.03,
            recursion: 0.35,
            blur_mm: 0.25,
            focal_spot_mm: 0.6,
            most_mas: 0.4,
        }
    }

    /// A single picture with more dose.
    #[must_use]
    pub fn spot_film() -> Self {
        Self { detector_kerma_ngy: 500.0, lag: 0.0, recursion: 1.0, most_mas: 20.0, ..Self::fluoroscopy() }
    }

    /// Lag of a frame this many seconds after the last: what is left of the 30th of a second's, with a time constant of
    /// 0.1 s (assumed).
    #[must_use]
    pub fn lag_after(&self, seconds: f64) -> f32 {
        self.lag * (-(seconds - 1.0 / 30.0).max(0.0) / 0.1).exp() as f32
    }
}
