//! A person as a row of numbers: what is drawn from the population, and all that is needed to grow them.

use crate::BySide;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Sex, as far as it moves the means of sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the names say it
pub enum Sex {
    Female,
    Male,
}

impl Sex {
    /// `female` or `male`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Female => "female",
            Self::Male => "male",
        }
    }

    /// The value for this sex.
    pub(crate) fn pick<T>(self, female: T, male: T) -> T {
        match self {
            Self::Female => female,
            Self::Male => male,
        }
    }
}

impl fmt::Display for Sex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Sex {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "f" | "female" => Ok(Self::Female),
            "m" | "male" => Ok(Self::Male),
            _ => Err(format!("{text:?} is not a sex: f or m")),
        }
    }
}

/// One row of the population: everything that differs between people, apart from fine detail, which `seed` gives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Traits {
    /// Seed of the fine detail (bowel, jitter along courses, noise).
    pub seed: u64,
    /// Sex.
    pub sex: Sex,
    /// Age, years.
    pub age_y: f64,
    /// Stature, cm.
    pub height_cm: f64,
    /// Weight, kg.
    pub weight_kg: f64,
    /// Size of the vertebrae against what sex and stature predict.
    pub vertebra_ratio: f64,
    /// Lordosis L1 to S1 lying supine, degrees.
    pub lordosis_deg: f64,
    /// Side-bend of the lumbar spine, degrees (Cobb; positive convex to the patient's left).
    pub coronal_deg: f64,
    /// Cross-section of psoas against the mean for sex and age, linear.
    pub psoas_ratio: f64,
    /// Level of the aortic bifurcation: 4 the middle of L4, 4.5 the disc L4/5.
    pub aortic_bifurcation_level: f64,
    /// Level of the confluence of the iliac veins.
    pub ivc_confluence_level: f64,
    /// Radius of the aorta below the renal arteries, mm.
    pub aorta_radius_mm: f64,
    /// Mean radius of the inferior vena cava, mm.
    pub ivc_radius_mm: f64,
    /// Gap between the aorta and the discs, mm.
    pub aorta_gap_mm: f64,
    /// Middle of the aorta left of the midline at L3, mm.
    pub aorta_left_mm: f64,
    /// Gap between the inferior vena cava and the spine at L4/5 and at L2, mm.
    pub ivc_gap_mm: [f64; 2],
    /// Lower pole of each kidney above the upper edge of L3, mm, lying supine.
    pub kidney_pole_mm: BySide<f64>,
    /// Length of the kidneys, mm.
    pub kidney_length_mm: f64,
    /// Movement of each kidney towards the head when the person turns prone, mm.
    pub kidney_prone_mm: BySide<f64>,
    /// Ganglia of each lumbar trunk.
    pub ganglia: BySide<u8>,
    /// Distance of each trunk medial to the edge of psoas at L2/3, L3/4 and L4/5, mm; negative under the muscle.
    pub trunk_to_psoas_mm: BySide<[f64; 3]>,
    /// Subcutaneous fat at the back over L3, mm.
    pub back_fat_mm: f64,
    /// Girth of the trunk against what weight and stature predict.
    pub girth_ratio: f64,
    /// Density of cancellous bone, HU.
    pub cancellous_hu: f64,
}

impl Traits {
    /// Body mass index, kg/m².
    #[must_use]
    pub fn bmi(&self) -> f64 {
        self.weight_kg / (self.height_cm / 100.0).powi(2)
    }

    /// Scales of the skeleton across (width and depth) and along (height), against the mean of both sexes.
    pub(crate) fn skeleton_scales(&self) -> (f64, f64) {
        let depth = rami_evidence::value("anatomy.female_scale.depth");
        let height = rami_evidence::value("anatomy.female_scale.height");
        // About the mean of both: female = r·male and their mean is 1.
        let pick = |ratio: f64| self.sex.pick(2.0 * ratio / (1.0 + ratio), 2.0 / (1.0 + ratio));
        let key = self.sex.pick("population.stature.female", "population.stature.male");
        let stature = self.height_cm / rami_evidence::value(key);
        let grow =
            stature.powf(rami_evidence::value("population.vertebra.stature_exponent")) * self.vertebra_ratio;
        (pick(depth) * grow, pick(height) * grow)
    }
}
