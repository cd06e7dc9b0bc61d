//! What a block begins with, from a case and a plan.

use super::failure::Failure;
use crate::cases::Loaded;
use rami_anatomy::{Side, VertebralLevel};
use rami_clinic::Chart;
use rami_procedure::session::Aim;
use rami_procedure::setup::{Pictures, Setup, Subject};
use rami_units::Kg;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// Pixels on a side of the detector, and its width.
const PIXELS: usize = 512;
const DETECTOR_MM: f64 = 300.0;

/// A block to begin.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSession {
    /// Name of the case.
    pub(crate) case: String,
    /// `left` or `right`: what the person consented to.
    #[schema(value_type = String)]
    pub(crate) side: Side,
    /// `L2`, `L3` or `L4`.
    pub(crate) level: String,
    /// Where the needle is to go, from the plan.
    #[serde(default)]
    pub(crate) aim: Option<PlannedAim>,
    /// Seed of everything drawn in the block.
    #[serde(default)]
    pub(crate) seed: Option<u64>,
    /// Body mass, for the ceilings of drugs.
    #[serde(default)]
    pub(crate) weight_kg: Option<f64>,
    /// The person's chart, where one was entered: doses and body follow it, and the report has it.
    #[serde(default)]
    #[schema(value_type = Option<crate::docs::Chart>)]
    pub(crate) chart: Option<Value>,
    /// What shall go wrong, for practice.
    #[serde(default)]
    pub(crate) failure: Option<Failure>,
}

/// A planned path.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlannedAim {
    pub(crate) entry_mm: [f64; 3],
    pub(crate) target_mm: [f64; 3],
    pub(crate) primary_deg: f64,
    pub(crate) secondary_deg: f64,
    pub(crate) needle_length_mm: f64,
}

impl NewSession {
    /// The facts of the block, and its aim.
    pub(crate) fn setup(
        &self,
        loaded: &Loaded,
        chart: Option<&Chart>,
    ) -> Result<(Setup, Option<Aim>), String> {
        let level: VertebralLevel = self.level.parse()?;
        let mut aim = self.aim.as_ref().map(|aim| Aim {
            entry_mm: aim.entry_mm,
            target_mm: aim.target_mm,
            primary_deg: aim.primary_deg,
            secondary_deg: aim.secondary_deg,
            needle: format!("22G-{:.0}-chiba", aim.needle_length_mm),
        });
        let numbers = self.aim.iter().flat_map(|aim| aim.entry_mm.iter().chain(&aim.target_mm));
        if numbers.clone().any(|v| !v.is_finite() || v.abs() > 5000.0) {
            return Err("the aim's points are LPS mm in the patient".to_owned());
        }
        if self.weight_kg.is_some_and(|kg| !(20.0..=350.0).contains(&kg)) {
            return Err("weight_kg lies between 20 and 350".to_owned());
        }
        let vertebra = loaded.anatomy.vertebrae.get(&level);
        let middle = vertebra.map(|v| v.centroid).unwrap_or_else(|| loaded.ct.grid().centre());
        let traits = loaded.recipe.as_ref().and_then(|recipe| recipe.traits().ok()).map(|(traits, _)| traits);
        let person = match &traits {
            Some(traits) => Subject::of_traits(&loaded.name, traits),
            None => Subject { name: loaded.name.clone(), ..Subject::default() },
        };
        let mut setup = Setup {
            seed: self.seed.unwrap_or(rami_random::DEFAULT_SEED),
            side: self.side,
            level,
            person,
            isocentre_mm: middle.into(),
            pictures: Pictures { draw: true, pixels: PIXELS, detector_mm: DETECTOR_MM },
            ..Setup::default()
        };
        if let Some(chart) = chart {
            let mut chart = chart.clone();
            if let Some(weight) = self.weight_kg.and_then(|kg| Kg::new(kg).ok()) {
                chart.person.weight_kg = Some(weight);
            }
            setup.take_from(&chart);
            if setup.side != self.side {
                return Err(format!(
                    "the chart is about the {} side and this block is on the {}: plan the other side, or mend complaint.side",
                    setup.side, self.side
                ));
            }
        }
        if let (Some(weight_kg), None) = (self.weight_kg, chart) {
            let mut traits = traits.clone();
            match &mut traits {
                Some(traits) => {
                    traits.weight_kg = weight_kg;
                    setup.person = Subject::of_traits(&loaded.name, traits);
                }
                None => setup.person.weight_kg = weight_kg,
            }
        }
        if let Some(failure) = self.failure {
            failure.prepare(&mut setup, &mut aim, loaded)?;
        }
        Ok((setup, aim))
    }
}
