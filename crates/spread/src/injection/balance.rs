//! Where everything went.

use super::Injection;
use serde::{Deserialize, Serialize};

/// Where everything went, mg.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Balance {
    /// The solute.
    pub solute: String,
    /// Left the syringe.
    pub injected_mg: f64,
    /// Dissolved in the tissue.
    pub dissolved_mg: f64,
    /// Bound to it.
    pub bound_mg: f64,
    /// Absorbed into capillaries.
    pub absorbed_mg: f64,
    /// Poured straight into a vessel.
    pub intravascular_mg: f64,
    /// Left the box.
    pub left_mg: f64,
    /// What does not add up, over what was injected.
    pub relative_error: f64,
}

impl Injection {
    /// Cumulative mass absorbed from tissue, mg by solute, at the end of each step (s).
    #[must_use]
    pub fn absorbed(&self) -> &[(f64, Vec<f64>)] {
        &self.absorbed
    }

    /// mg of a solute poured straight into a vessel.
    #[must_use]
    pub fn intravascular_mg(&self, solute: usize) -> f64 {
        self.streams.iter().flatten().map(|s| s.poured[solute]).sum()
    }

    /// Where a solute is.
    #[must_use]
    pub fn balance(&self, solute: usize) -> Balance {
        let (dissolved, bound) = self.masses.in_tissue(solute);
        let injected = self.sent_mg[solute];
        let intravascular = self.intravascular_mg(solute);
        let absorbed = self.masses.absorbed[solute];
        let left = self.masses.left[solute];
        let error = injected - dissolved - bound - absorbed - intravascular - left;
        Balance {
            solute: self.solutes[solute].name.clone(),
            injected_mg: injected,
            dissolved_mg: dissolved,
            bound_mg: bound,
            absorbed_mg: absorbed,
            intravascular_mg: intravascular,
            left_mg: left,
            relative_error: if injected > 0.0 { error.abs() / injected } else { error.abs() },
        }
    }
}
