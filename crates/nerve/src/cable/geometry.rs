//! The shape of an unmyelinated fibre.

use crate::action::{Action, Clamp, Field};
use crate::error::{NerveError, in_range};
use crate::membrane::Membrane;
use crate::potential::Waveform;
use std::f64::consts::PI;

/// A cylinder cut into equal compartments.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cable {
    diameter_um: f64,
    length_mm: f64,
    compartments: usize,
}

impl Cable {
    /// A fibre of this diameter and length, cut into compartments.
    ///
    /// # Errors
    /// [`NerveError::OutOfRange`] for a diameter outside 0.05–1000 µm (the squid's axon is the largest there is), a
    /// length outside 0.01–2000 mm, or a number of compartments outside 2–1 000 000.
    pub fn new(diameter_um: f64, length_mm: f64, compartments: usize) -> Result<Self, NerveError> {
        in_range("diameter", diameter_um, 0.05, 1000.0, "um")?;
        in_range("length", length_mm, 0.01, 2000.0, "mm")?;
        in_range("number of compartments", compartments as f64, 2.0, 1e6, "compartments")?;
        Ok(Self { diameter_um, length_mm, compartments })
    }

    /// A fibre cut as near to `dx_um` as divides its length evenly.
    ///
    /// # Errors
    /// As for [`new`](Self::new), and for a spacing that is not positive or leaves fewer than two compartments.
    pub fn with_spacing(diameter_um: f64, length_mm: f64, dx_um: f64) -> Result<Self, NerveError> {
        in_range("length", length_mm, 0.01, 2000.0, "mm")?;
        in_range("spacing", dx_um, length_mm * 1e-3, length_mm * 500.0, "um")?;
        Self::new(diameter_um, length_mm, (length_mm * 1e3 / dx_um).round() as usize)
    }

    /// Diameter in µm.
    #[must_use]
    pub fn diameter_um(&self) -> f64 {
        self.diameter_um
    }

    /// Length in mm.
    #[must_use]
    pub fn length_mm(&self) -> f64 {
        self.length_mm
    }

    /// Number of compartments.
    #[must_use]
    pub fn compartments(&self) -> usize {
        self.compartments
    }

    /// Length of a compartment in mm.
    #[must_use]
    pub fn dx_mm(&self) -> f64 {
        self.length_mm / self.compartments as f64
    }

    /// Distance of the middle of a compartment from the start of the fibre, mm.
    #[must_use]
    pub fn position_mm(&self, compartment: usize) -> f64 {
        (compartment as f64 + 0.5) * self.dx_mm()
    }

    /// Positions of all compartments, mm.
    pub fn positions_mm(&self) -> impl Iterator<Item = f64> + '_ {
        (0..self.compartments).map(|j| self.position_mm(j))
    }

    /// Membrane of one compartment, cm².
    #[must_use]
    pub fn area_cm2(&self) -> f64 {
        PI * self.diameter_um * 1e-4 * self.dx_mm() * 0.1
    }

    /// Axial conductance between neighbours per membrane area, mS/cm²: d / (4 R_a h²).
    #[must_use]
    pub fn coupling_ms_cm2(&self, axoplasm_ohm_cm: f64) -> f64 {
        let dx_cm = self.dx_mm() * 0.1;
        1e3 * self.diameter_um * 1e-4 / (4.0 * axoplasm_ohm_cm * dx_cm * dx_cm)
    }
}

/// An unmyelinated fibre and what acts on it.
#[derive(Debug, Clone, PartialEq)]
pub struct Fibre {
    /// Its shape.
    pub cable: Cable,
    /// What acts on it; every compartment is an excitable site.
    pub action: Action,
}

impl Fibre {
    /// A fibre at rest, with nothing acting on it.
    #[must_use]
    pub fn new(cable: Cable) -> Self {
        Self { cable, action: Action::default() }
    }

    /// The same fibre with a current into one compartment.
    #[must_use]
    pub fn with_clamp(mut self, compartment: usize, current_na: f64, waveform: Waveform) -> Self {
        self.action.clamp = Some(Clamp { site: compartment, current_na, waveform });
        self
    }

    /// The same fibre with a potential outside it.
    #[must_use]
    pub fn with_field(mut self, potential_mv: Vec<f64>, waveform: Waveform) -> Self {
        self.action.field = Some(Field { potential_mv, waveform });
        self
    }

    /// The same fibre with this share of its sodium conductance left at each place, a function of the position in mm.
    #[must_use]
    pub fn with_sodium(mut self, share: impl Fn(f64) -> f64) -> Self {
        self.action.sodium = Some(self.cable.positions_mm().map(share).collect());
        self
    }

    /// Checks the profiles against the shape.
    pub(crate) fn check(&self) -> Result<(), NerveError> {
        self.action.check(self.cable.compartments, self.cable.compartments)
    }

    /// What the outside potential drives into each compartment at waveform 1, µA/cm²: g times its second difference.
    pub(crate) fn outside_drive(&self, membrane: &impl Membrane) -> Vec<f64> {
        let g = self.cable.coupling_ms_cm2(membrane.constants().axoplasm_ohm_cm);
        let mut drive = vec![0.0; self.cable.compartments];
        if let Some(field) = &self.action.field {
            for (j, pair) in field.potential_mv.windows(2).enumerate() {
                drive[j] += g * (pair[1] - pair[0]);
                drive[j + 1] -= g * (pair[1] - pair[0]);
            }
        }
        drive
    }

    /// Compartment of the clamp and its mean current density between two times, µA/cm².
    pub(crate) fn clamp_density(&self, from_ms: f64, to_ms: f64) -> Option<(usize, f64)> {
        self.action.clamp.as_ref().map(|clamp| {
            let current = clamp.current_na * clamp.waveform.mean(from_ms, to_ms);
            (clamp.site, current * 1e-3 / self.cable.area_cm2())
        })
    }
}

/// Refuses a step the membrane cannot be followed with.
pub(crate) fn check_step(membrane: &impl Membrane, dt_ms: f64) -> Result<(), NerveError> {
    in_range("time step", dt_ms, 1e-6, 1e3, "ms")?;
    let limit_ms = membrane.coarsest_step_ms();
    if dt_ms > limit_ms {
        return Err(NerveError::StepTooCoarse { model: membrane.name(), dt_ms, limit_ms });
    }
    Ok(())
}
