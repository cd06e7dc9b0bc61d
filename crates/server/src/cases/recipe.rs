//! A digital patient as a few numbers.

use rami_anatomy::patient::{Known, Patient, Scanner, Sex, Traits, TrunkSource, Variant, population};
use rami_anatomy::{Posture, StructureMap};
use rami_case::Case;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Distance between the voxels of a patient grown for the browser, mm: what a quick CT has, and 30 million voxels less
/// than a fine one.
const SPACING_MM: f64 = 1.5;

/// Which digital patient. What is not given is drawn from the population.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Recipe {
    /// Seed of the person.
    pub(crate) seed: u64,
    /// `f` or `m`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sex: Option<String>,
    /// Stature, cm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) height_cm: Option<f64>,
    /// Weight, kg.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) weight_kg: Option<f64>,
    /// Age, years.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) age_y: Option<f64>,
    /// A departure from ordinary anatomy, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) variant: Option<String>,
}

impl Default for Recipe {
    fn default() -> Self {
        Self {
            seed: rami_random::DEFAULT_SEED,
            sex: None,
            height_cm: None,
            weight_kg: None,
            age_y: None,
            variant: None,
        }
    }
}

impl Recipe {
    /// The person's row of the population and their departure from it, or why there can be none.
    pub(crate) fn traits(&self) -> Result<(Traits, Option<Variant>), String> {
        let sex = self.sex.as_deref().map(str::parse::<Sex>).transpose()?;
        let variant = self.variant.as_deref().map(str::parse::<Variant>).transpose()?;
        let known = Known { sex, height_cm: self.height_cm, weight_kg: self.weight_kg, age_y: self.age_y };
        let traits =
            population::draw(self.seed, 0, known, TrunkSource::Cadaver).map_err(|error| error.to_string())?;
        Ok((traits, variant))
    }

    /// The person, laid out prone.
    pub(crate) fn patient(&self) -> Result<Patient, String> {
        let (traits, variant) = self.traits()?;
        Ok(Patient::grow(&traits, variant, Posture::Prone))
    }

    /// What the case is called.
    pub(crate) fn name(&self, built_in: bool) -> Result<String, String> {
        let (traits, variant) = self.traits()?;
        let who = format!(
            "{}, {:.0} years, {:.0} cm, {:.0} kg",
            traits.sex, traits.age_y, traits.height_cm, traits.weight_kg
        );
        let variant = variant.map(|v| format!(", {v}")).unwrap_or_default();
        let kind =
            if built_in { "Built-in patient".to_owned() } else { format!("Digital patient {}", self.seed) };
        Ok(format!("{kind}: {who}{variant}"))
    }

    /// The person's CT and labels.
    pub(crate) fn grow(&self, built_in: bool) -> Result<Case, String> {
        let patient = self.patient()?;
        let grid = patient.grid([SPACING_MM; 3]).map_err(|error| error.to_string())?;
        let scan = patient
            .scan(&grid, &Scanner::default(), false)
            .ok_or("the rendered volume does not fill its grid")?;
        let (structures, _) = StructureMap::new(scan.labels, &BTreeMap::new());
        Ok(Case {
            structures: Some(structures),
            patient_position: Some("HFP".to_owned()),
            ..Case::new(self.name(built_in)?, scan.ct, Posture::Prone)
        })
    }
}
