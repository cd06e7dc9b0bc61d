//! Needles one can buy: gauges, lengths, tips.

use crate::NeedleError;
use rami_evidence::value;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::f64::consts::PI;

/// Thickness of a needle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Gauge {
    /// 0.91 mm.
    G20,
    /// 0.82 mm.
    G21,
    /// 0.72 mm.
    G22,
}

/// Shape of a needle's tip.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tip {
    /// Medium bevel with a sharp edge.
    Quincke,
    /// Short bevel of biopsy needles.
    Chiba,
    /// A shaft bent near its tip, for steering.
    Curved,
    /// Insulated radiofrequency cannula, bare at its end over this many millimetres.
    Radiofrequency {
        /// Length of the bare end, mm.
        active_mm: f64,
    },
}

/// A needle.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Needle {
    /// Name in the catalogue, for example `22G-150-chiba`.
    pub name: String,
    /// Thickness.
    pub gauge: Gauge,
    /// Length of the shaft, mm.
    pub length_mm: f64,
    /// Shape of the tip.
    pub tip: Tip,
}

/// Lengths, mm.
pub const LENGTHS_MM: [f64; 4] = [90.0, 120.0, 150.0, 200.0];
const GAUGES: [Gauge; 3] = [Gauge::G20, Gauge::G21, Gauge::G22];
const TIPS: [Tip; 5] = [
    Tip::Quincke,
    Tip::Chiba,
    Tip::Curved,
    Tip::Radiofrequency { active_mm: 5.0 },
    Tip::Radiofrequency { active_mm: 10.0 },
];

impl Gauge {
    fn number(self) -> u32 {
        match self {
            Self::G20 => 20,
            Self::G21 => 21,
            Self::G22 => 22,
        }
    }

    /// Outer diameter, mm.
    #[must_use]
    pub fn outer_mm(self) -> f64 {
        value(&format!("needle.outer_{}g", self.number()))
    }

    /// Diameter of the bore, mm.
    #[must_use]
    pub fn inner_mm(self) -> f64 {
        value(&format!("needle.inner_{}g", self.number()))
    }

    /// Bending stiffness E I of the tube, N mm².
    #[must_use]
    pub fn stiffness_n_mm2(self) -> f64 {
        let moment = PI / 64.0 * (self.outer_mm().powi(4) - self.inner_mm().powi(4));
        value("needle.steel_modulus") * 1e3 * moment
    }
}

impl Needle {
    fn new(gauge: Gauge, length_mm: f64, tip: Tip) -> Self {
        let shape = match tip {
            Tip::Quincke => String::from("quincke"),
            Tip::Chiba => String::from("chiba"),
            Tip::Curved => String::from("curved"),
            Tip::Radiofrequency { active_mm } => format!("rf{active_mm}"),
        };
        Self { name: format!("{}G-{length_mm}-{shape}", gauge.number()), gauge, length_mm, tip }
    }

    /// Fluid in bore and hub that stays behind, ml.
    #[must_use]
    pub fn dead_space_ml(&self) -> f64 {
        let bore = PI / 4.0 * self.gauge.inner_mm().powi(2) * self.length_mm * 1e-3;
        bore + value("needle.hub_dead_space")
    }

    /// Curvature of the tip's path in muscle, per mm: twice the published deflection over the square of its depth, scaled by
    /// the tip's shape and the shaft's stiffness.
    #[must_use]
    pub fn curvature_per_mm(&self) -> f64 {
        let deflection = match self.tip {
            Tip::Chiba => value("needle.deflection_chiba_22g"),
            Tip::Quincke => value("needle.deflection_quincke_22g"),
            Tip::Curved => value("needle.deflection_quincke_22g") * value("needle.bent_tip_to_quincke"),
            Tip::Radiofrequency { .. } => {
                value("needle.deflection_quincke_22g") * value("needle.rf_to_quincke")
            }
        };
        let depth = value("needle.deflection_gel_depth");
        let stiffer = self.gauge.stiffness_n_mm2() / Gauge::G22.stiffness_n_mm2();
        2.0 * deflection / (depth * depth) * stiffer.powf(-value("needle.curvature_stiffness_exponent"))
    }
}

/// All needles.
#[must_use]
pub fn all() -> Vec<Needle> {
    let mut needles = Vec::new();
    for gauge in GAUGES {
        for length in LENGTHS_MM {
            needles.extend(TIPS.map(|tip| Needle::new(gauge, length, tip)));
        }
    }
    needles
}

/// The needle of this name.
///
/// # Errors
/// [`NeedleError::Unknown`], with a needle of the same gauge where there is one.
pub fn find(name: &str) -> Result<Needle, NeedleError> {
    let needles = all();
    if let Some(needle) = needles.iter().find(|needle| needle.name.eq_ignore_ascii_case(name)) {
        return Ok(needle.clone());
    }
    let shared = |needle: &&Needle| {
        needle.name.chars().zip(name.chars()).take_while(|(a, b)| a.eq_ignore_ascii_case(b)).count()
    };
    let nearest = needles.iter().max_by_key(shared).map_or_else(String::new, |needle| needle.name.clone());
    Err(NeedleError::Unknown { name: name.into(), nearest })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_has_every_gauge_length_and_tip_once() {
        let mut names: Vec<String> = all().into_iter().map(|needle| needle.name).collect();
        assert_eq!(names.len(), 60);
        names.sort();
        names.dedup();
        assert_eq!(names.len(), 60);
        assert!(find("22g-150-CHIBA").is_ok() && find("20G-150-rf10").is_ok());
        assert!(find("22G-150-spoon").unwrap_err().to_string().contains("22G-150-"));
    }

    #[test]
    fn a_thick_needle_is_stiffer_and_bends_less() {
        let [thick, thin] = ["20G-150-quincke", "22G-150-quincke"].map(|name| find(name).unwrap());
        assert!(thick.gauge.stiffness_n_mm2() > 2.0 * thin.gauge.stiffness_n_mm2());
        assert!(thick.curvature_per_mm() < thin.curvature_per_mm());
        assert!((0.05..0.2).contains(&thin.dead_space_ml()));
    }

    #[test]
    fn two_independent_studies_give_the_same_curvature() {
        // Gel: 7.71 to 8.89 mm at 80 mm. Beef: 1 mm per cm over 89 mm. Both as 2 δ / L².
        let gel = find("22G-150-quincke").unwrap().curvature_per_mm();
        let beef = 2.0 * 8.9 * rami_evidence::value("needle.deflection_beef") / (89.0 * 89.0);
        assert!((gel / beef - 1.0).abs() < 0.3, "{gel} {beef}");
    }
}
