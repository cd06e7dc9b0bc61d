//! What a rehearsal happens in, made from a case: belief, plan, world, facts.

use crate::exit::{Failure, Outcome};
use anyhow::{Context, anyhow};
use rami_anatomy::{Anatomy, InferOptions, Side, infer};
use rami_bedside::World;
use rami_case::{Case, CaseInput, SourceRole};
use rami_clinic::{Assessment, Chart, PlanSummary};
use rami_plan::{InputFile, Plan, PlanOptions, PlannedSide};
use rami_procedure::flow::{Computed, Geometric};
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

/// The model of flow that a record names.
pub(crate) fn flow_called<'s>(name: &str, stage: &'s Stage) -> Result<Box<dyn Flow + 's>, Failure> {
    match name {
        "computed" => Ok(Box::new(stage.flow())),
        "geometric" => Ok(Box::new(Geometric)),
        other => Err(anyhow!(
            "the session was computed with a model of flow called {other:?}, which this version does not have: replay it \
             with the version that wrote it"
        )
        .into()),
    }
}

impl Stage {
    /// The model of flow that rehearsals on a person use.
    pub(crate) fn flow(&self) -> Computed<'_> {
        Computed::new(&self.world)
    }

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

/// Where the plan's chosen needle goes; nothing when no path is safe.
pub(crate) fn aim(plan: &Plan) -> Result<Option<(Aim, usize)>, Failure> {
    let Some(index) = plan.chosen.as_ref().and_then(|chosen| chosen.indices().first().copied()) else {
        return Ok(None);
    };
    let chosen =
        plan.candidates.get(index).ok_or_else(|| anyhow!("the plan chooses a path that it does not hold"))?;
    Ok(Some((Aim::of(chosen), index)))
}

/// The answer is no: says why, and leaves the plan.
pub(crate) fn nothing_to_rehearse(plan: &Plan, out: &Path) -> Result<Outcome, Failure> {
    std::fs::create_dir_all(out).with_context(|| format!("cannot make {}", out.display()))?;
    let path = out.join("plan.json");
    let text = serde_json::to_string_pretty(plan).map_err(|error| Failure::Internal(error.into()))?;
    crate::files::write(&path, text.as_bytes())?;
    eprintln!(
        "no path of the plan is safe, so there is nothing to rehearse: {} (the plan is in {})",
        plan.verdict.reason,
        path.display()
    );
    Ok(Outcome::AnswerIsNo)
}

/// A chart with what an assessment of it says.
pub(crate) struct Charted {
    pub(crate) chart: Chart,
    pub(crate) assessment: Assessment,
}

/// Reads a chart and assesses it with the plan beside it.
pub(crate) fn charted(path: &Path, plan: &Plan) -> Result<Charted, Failure> {
    let chart = super::super::assess::read_chart(path)?;
    let text = serde_json::to_string(plan).map_err(|error| Failure::Internal(error.into()))?;
    let summary = PlanSummary::read(&text).context("cannot read the plan again")?;
    let assessment = rami_clinic::assess(&chart, Some(&summary))?;
    Ok(Charted { chart, assessment })
}

/// Facts from chart and case: a digital patient's own body where no chart says otherwise.
///
/// # Errors
/// A damaged truth.
pub(crate) fn setup(
    chart: Option<&Chart>,
    case: &Case,
    side: Side,
    seed: u64,
    draw: bool,
) -> Result<Setup, Failure> {
    let mut person = Subject { name: case.name.clone(), ..Subject::default() };
    match case.truth()? {
        Some(truth) => person = Subject::of_traits(&case.name, &truth.traits),
        None if chart.is_none() => eprintln!(
            "warning: no --chart: doses are for {} kg and {} years, which need not be this person's",
            person.weight_kg, person.age_years
        ),
        None => {}
    }
    let mut setup = Setup { seed, side, person, ..Setup::default() };
    if let Some(chart) = chart {
        setup.take_from(chart);
    }
    setup.pictures = Pictures { draw, ..Pictures::default() };
    Ok(setup)
}
