//! One interface over both kinds of fibre, for everything that asks "does it fire?".
//!
//! An [`Axon`] has compartments, where the potential outside is wanted, and excitable sites (all compartments of an
//! unmyelinated fibre, the nodes of a myelinated one), where it can be watched and where anaesthetic acts.

use crate::NerveError;
use crate::action::Action;
use crate::cable::{Cable, Fibre, Stepper};
use crate::conduct::Scheme;
use crate::membrane::{Membrane, Sundt};
use crate::myelin::{Myelinated, MyelinatedStepper};

/// A fibre of one of the two kinds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Axon {
    /// A C fibre with Sundt's membrane.
    Unmyelinated {
        /// Its shape.
        cable: Cable,
        /// Its channels.
        membrane: Sundt,
    },
    /// An A or B fibre.
    Myelinated(Myelinated),
}

/// Fibres being followed side by side.
pub trait Bundle<const L: usize> {
    /// One time step of every fibre.
    fn step(&mut self);
    /// Time reached, ms.
    fn time_ms(&self) -> f64;
    /// Membrane voltage at the excitable sites, mV, one row a site, one column a fibre.
    fn sites_mv(&self) -> &[[f64; L]];
}

impl<M: Membrane, const L: usize> Bundle<L> for Stepper<'_, M, L> {
    fn step(&mut self) {
        Stepper::step(self);
    }
    fn time_ms(&self) -> f64 {
        Stepper::time_ms(self)
    }
    fn sites_mv(&self) -> &[[f64; L]] {
        self.voltage_mv()
    }
}

impl<const L: usize> Bundle<L> for MyelinatedStepper<L> {
    fn step(&mut self) {
        MyelinatedStepper::step(self);
    }
    fn time_ms(&self) -> f64 {
        MyelinatedStepper::time_ms(self)
    }
    fn sites_mv(&self) -> &[[f64; L]] {
        self.nodes_mv()
    }
}

impl Axon {
    /// A C fibre at body temperature, cut as near to `dx_um` as divides it evenly.
    ///
    /// # Errors
    /// A shape that cannot be ([`Cable::with_spacing`]).
    pub fn unmyelinated(diameter_um: f64, length_mm: f64, dx_um: f64) -> Result<Self, NerveError> {
        let cable = Cable::with_spacing(diameter_um, length_mm, dx_um)?;
        Ok(Self::Unmyelinated { cable, membrane: Sundt::new(Sundt::BODY_CELSIUS) })
    }

    /// A myelinated fibre at body temperature with so many nodes.
    ///
    /// # Errors
    /// A shape that cannot be ([`Myelinated::new`]).
    pub fn myelinated(diameter_um: f64, nodes: usize) -> Result<Self, NerveError> {
        Ok(Self::Myelinated(Myelinated::new(diameter_um, nodes, 37.0)?))
    }

    /// Middle of every compartment, mm from the start of the fibre.
    #[must_use]
    pub fn positions_mm(&self) -> Vec<f64> {
        match self {
            Self::Unmyelinated { cable, .. } => cable.positions_mm().collect(),
            Self::Myelinated(fibre) => fibre.geometry.positions_mm(fibre.nodes),
        }
    }

    /// Positions of the excitable sites, mm from the start of the fibre.
    #[must_use]
    pub fn sites_mm(&self) -> Vec<f64> {
        match self {
            Self::Unmyelinated { cable, .. } => cable.positions_mm().collect(),
            Self::Myelinated(fibre) => (0..fibre.nodes).map(|node| fibre.node_mm(node)).collect(),
        }
    }

    /// Length of the fibre, mm.
    #[must_use]
    pub fn length_mm(&self) -> f64 {
        match self {
            Self::Unmyelinated { cable, .. } => cable.length_mm(),
            Self::Myelinated(fibre) => fibre.node_mm(fibre.nodes - 1) + 0.5e-3,
        }
    }

    /// Resting voltage, mV.
    #[must_use]
    pub fn rest_mv(&self) -> f64 {
        match self {
            Self::Unmyelinated { membrane, .. } => membrane.constants().rest_mv,
            Self::Myelinated(fibre) => fibre.membrane.constants().rest_mv,
        }
    }

    /// The current into the first site that starts an impulse well above threshold, nA, and its duration, ms.
    #[must_use]
    pub fn start(&self) -> (f64, f64) {
        match self {
            Self::Unmyelinated { .. } => (0.2, 1.0),
            Self::Myelinated(_) => (5.0, 0.1),
        }
    }

    /// A velocity no impulse of such a fibre falls below, even near the limit of block, m/s.
    #[must_use]
    pub fn slowest_m_s(&self) -> f64 {
        match self {
            Self::Unmyelinated { .. } => 0.25,
            Self::Myelinated(_) => 2.0,
        }
    }

    /// `L` such fibres at rest, each with its own action, ready to be followed by the production stepper.
    ///
    /// # Errors
    /// Profiles that do not fit, or a step too coarse.
    pub fn bundle<const L: usize>(
        &self,
        actions: [Action; L],
        dt_ms: f64,
    ) -> Result<Box<dyn Bundle<L> + '_>, NerveError> {
        Ok(match self {
            Self::Unmyelinated { cable, membrane } => {
                let fibres = actions.map(|action| Fibre { cable: *cable, action });
                Box::new(Stepper::new(membrane, fibres, dt_ms)?)
            }
            Self::Myelinated(fibre) => {
                Box::new(MyelinatedStepper::new(*fibre, actions, dt_ms, Scheme::CrankNicolson)?)
            }
        })
    }
}
