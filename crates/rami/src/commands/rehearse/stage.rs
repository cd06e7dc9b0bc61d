//! What a rehearsal happens in, made from a case: belief, plan, world, facts.

use crate::exit::Failure;
use anyhow::{Context, anyhow};
use rami_anatomy::{Anatomy, InferOptions, Side, infer};
use rami_bedside::World;
use rami_case::{Case, CaseInput, SourceRole};
use rami_clinic::Chart;
use rami_clinic::chart::Side as ChartSide;
use rami_plan::{InputFile, Plan, PlanOptions, PlannedSide};
use rami_procedure::session::Aim;
use rami_procedure::setup::{Pictures, Subject};
use rami_procedure::{Flow, Setup};
use std::path::Path;

/// A case with everything a block needs.
pub(crate) struct Stage {
    pub(crate) case: Case,
    pub(crate) anatomy: Anatomy,
    pub(crate) world: World,
    pub(crate) inputs: Vec<InputFile>,
}

/// The model of flow that rehearsals use.
pub(crate) fn flow() -> &'static dyn Flow {
    &rami_procedure::flow::Geometric
}

/// Opens a case, its belief and its world.
pub(crate) fn open(input: &CaseInput, seed: u64) -> Result<Stage, Failure> {
    let case = rami_case::open(input)?;
    let structures = case.structures()?.clone();
    let options = InferOptions { posture: case.posture, ..InferOptions::default() };
    let anatomy = infer(&case.ct, structures, &options)?;
    let world = World::open_beside(&case, &anatomy, seed)?;
    let inputs = case
        .inputs
        .iter()
        .map(|source| InputFile {
            role: match source.role {
                SourceRole::Ct => "ct",
                SourceRole::Labels => "labels",
                SourceRole::LabelMapping => "label_mapping",
            }
            .to_owned(),
            file: source.file.clone(),
            sha256: source.sha256.clone(),
        })
        .collect();
    Ok(Stage { case, anatomy, world, inputs })
}

impl Stage {
    /// A plan from the belief alone.
    pub(crate) fn plan(&self, side: Side, seed: u64, draws: usize) -> Result<Plan, Failure> {
        let side = match side {
            Side::Left => PlannedSide::Left,
            Side::Right => PlannedSide::Right,
        };
        let options = PlanOptions { side, seed, draws, ..PlanOptions::default() };
        Ok(rami_plan::plan(&self.case.ct, &self.anatomy, self.inputs.clone(), &options)?)
    }
}

/// Where the plan's chosen needle goes.
pub(crate) fn aim(plan: &Plan) -> Result<(Aim, usize), Failure> {
    let index =
        plan.chosen.as_ref().and_then(|chosen| chosen.indices().first().copied()).ok_or_else(|| {
            anyhow!("no path of the plan is safe, so there is nothing to rehearse: {}", plan.verdict.reason)
        })?;
    let chosen =
        plan.candidates.get(index).ok_or_else(|| anyhow!("the plan chooses a path that it does not hold"))?;
    let aim = Aim {
        entry_mm: chosen.entry_mm,
        target_mm: chosen.target_mm,
        primary_deg: chosen.primary_angle_deg,
        secondary_deg: chosen.secondary_angle_deg,
        needle: format!("22G-{:.0}-chiba", chosen.needle_length_mm),
    };
    Ok((aim, index))
}

/// Facts from chart and case.
pub(crate) fn setup(
    chart: Option<&Path>,
    side: Side,
    name: &str,
    seed: u64,
    draw: bool,
) -> Result<Setup, Failure> {
    let mut person = Subject { name: name.to_owned(), ..Subject::default() };
    let mut setup = Setup { seed, side, ..Setup::default() };
    if let Some(path) = chart {
        let chart = read_chart(path)?;
        if let Some(weight) = chart.person.weight_kg {
            person.weight_kg = weight.get();
        }
        if let Some(age) = chart.person.age_years {
            person.age_years = age;
        }
        person.bleeds =
            chart.health.bleeding_disorder == Some(true) || chart.health.high_bleeding_risk == Some(true);
        person.contrast_reactor =
            chart.allergies.iter().any(|allergy| format!("{allergy:?}").to_lowercase().contains("contrast"));
        if let Some(chart_side) = chart.complaint.side {
            setup.side = match chart_side {
                ChartSide::Left => Side::Left,
                ChartSide::Right => Side::Right,
            };
        }
    }
    setup.person = person;
    setup.pictures = Pictures { draw, ..Pictures::default() };
    Ok(setup)
}

fn read_chart(path: &Path) -> Result<Chart, Failure> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Chart::from_toml(&text).map_err(|error| anyhow!("{}: {error}", path.display()).into())
}
