//! What acts on a fibre: a current from a pipette, a potential outside, an anaesthetic on its sodium channels.

use crate::error::{NerveError, in_range};
use crate::potential::Waveform;

/// A current pushed into one excitable site from a pipette.
#[derive(Debug, Clone, PartialEq)]
pub struct Clamp {
    /// Which site: a compartment of an unmyelinated fibre, a node of a myelinated one.
    pub site: usize,
    /// Current at waveform 1, nA; positive depolarises.
    pub current_na: f64,
    /// How it varies in time.
    pub waveform: Waveform,
}

/// A potential outside the fibre.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Potential at each compartment at waveform 1, mV.
    pub potential_mv: Vec<f64>,
    /// How it varies in time.
    pub waveform: Waveform,
}

/// Everything that acts on one fibre. The default is nothing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Action {
    /// Share of sodium conductance left at each excitable site, 0 to 1; `None` leaves all of it everywhere.
    pub sodium: Option<Vec<f64>>,
    /// A current into one site.
    pub clamp: Option<Clamp>,
    /// A potential outside.
    pub field: Option<Field>,
}

impl Action {
    /// A current into one site.
    #[must_use]
    pub fn clamp(site: usize, current_na: f64, waveform: Waveform) -> Self {
        Self { clamp: Some(Clamp { site, current_na, waveform }), ..Self::default() }
    }

    /// A potential outside, one value a compartment.
    #[must_use]
    pub fn field(potential_mv: Vec<f64>, waveform: Waveform) -> Self {
        Self { field: Some(Field { potential_mv, waveform }), ..Self::default() }
    }

    /// The same, with this share of sodium conductance left at each excitable site.
    #[must_use]
    pub fn with_sodium(mut self, share: Vec<f64>) -> Self {
        self.sodium = Some(share);
        self
    }

    /// When the last stimulus ends, ms.
    #[must_use]
    pub fn end_ms(&self) -> f64 {
        let clamp = self.clamp.as_ref().map_or(0.0, |clamp| clamp.waveform.end_ms());
        clamp.max(self.field.as_ref().map_or(0.0, |field| field.waveform.end_ms()))
    }

    /// Share of sodium conductance left at a site.
    pub(crate) fn sodium_at(&self, site: usize) -> f64 {
        self.sodium.as_ref().map_or(1.0, |sodium| sodium[site])
    }

    /// Outside potential of a compartment at waveform 1, mV.
    pub(crate) fn outside_at(&self, compartment: usize) -> f64 {
        self.field.as_ref().map_or(0.0, |field| field.potential_mv[compartment])
    }

    /// Mean level of the outside potential between two times.
    pub(crate) fn field_level(&self, from_ms: f64, to_ms: f64) -> f64 {
        self.field.as_ref().map_or(0.0, |field| field.waveform.mean(from_ms, to_ms))
    }

    /// Whether any stimulus jumps between two times.
    pub(crate) fn jumps_in(&self, from_ms: f64, to_ms: f64) -> bool {
        self.field.as_ref().is_some_and(|field| field.waveform.jumps_in(from_ms, to_ms))
            || self.clamp.as_ref().is_some_and(|clamp| clamp.waveform.jumps_in(from_ms, to_ms))
    }

    /// Checks the profiles against a fibre of so many excitable sites and compartments.
    pub(crate) fn check(&self, sites: usize, compartments: usize) -> Result<(), NerveError> {
        let length = |profile: &'static str, got: usize, want: usize| {
            if got == want { Ok(()) } else { Err(NerveError::ProfileLength { profile, got, want }) }
        };
        if let Some(sodium) = &self.sodium {
            length("sodium share", sodium.len(), sites)?;
            for &share in sodium {
                in_range("share of sodium conductance", share, 0.0, 1.0, "of 1")?;
            }
        }
        if let Some(field) = &self.field {
            length("outside potential", field.potential_mv.len(), compartments)?;
            for &potential in &field.potential_mv {
                in_range("outside potential", potential, -1e7, 1e7, "mV")?;
            }
        }
        if let Some(clamp) = &self.clamp {
            in_range("site of the clamp", clamp.site as f64, 0.0, (sites - 1) as f64, "(its number)")?;
            in_range("clamp current", clamp.current_na, -1e6, 1e6, "nA")?;
        }
        Ok(())
    }
}
