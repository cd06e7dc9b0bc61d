//! A digital patient of 4 mm with a planned needle, ready for a block: for tests, benchmark and study.

use rami_anatomy::patient::{Known, Patient, Scanner, TrunkSource, population};
use rami_anatomy::{InferOptions, Posture, StructureMap, infer};
use rami_bedside::World;
use rami_case::Case;
use rami_plan::{PlanOptions, PlannedSide, plan};
use rami_procedure::Setup;
use rami_procedure::session::Aim;
use rami_procedure::setup::Subject;

/// Person, truth as the world, and what the planner chose.
#[allow(dead_code)] // no test uses all of it
pub(crate) struct Stage {
    pub(crate) case: Case,
    pub(crate) world: World,
    pub(crate) setup: Setup,
    pub(crate) aim: Aim,
}

/// The person of a population's seed and place in it.
///
/// # Errors
/// In words, when no such person can be or no path is safe.
pub(crate) fn stage(seed: u64, index: u64) -> Result<Stage, String> {
    let traits =
        population::draw(seed, index, Known::default(), TrunkSource::Cadaver).map_err(|e| e.to_string())?;
    let person = Subject::of_traits("digital patient", &traits);
    let patient = Patient::grow(&traits, None, Posture::Prone);
    let grid = patient.grid([4.0; 3]).map_err(|e| e.to_string())?;
    let scan = patient.scan(&grid, &Scanner::default(), false).ok_or("no scan")?;
    let (structures, _) = StructureMap::new(scan.labels, &Default::default());
    let case = Case {
        structures: Some(structures.clone()),
        ..Case::new(format!("digital patient {index}"), scan.ct, Posture::Prone)
    };
    let options = InferOptions { posture: Posture::Prone, ..InferOptions::default() };
    let anatomy = infer(&case.ct, structures, &options).map_err(|e| e.to_string())?;
    let options = PlanOptions { side: PlannedSide::Left, draws: 100, ..PlanOptions::default() };
    let plan = plan(&case.ct, &anatomy, Vec::new(), &options).map_err(|e| e.to_string())?;
    let index_chosen = plan.chosen.as_ref().and_then(|c| c.indices().first().copied());
    let chosen = index_chosen
        .map(|i| &plan.candidates[i])
        .ok_or_else(|| format!("no safe path: {}", plan.verdict.reason))?;
    let aim = Aim::of(chosen);
    let world =
        World::of_truth(&case, &patient.truth(), anatomy.skin.clone(), 1).map_err(|e| e.to_string())?;
    let setup = Setup { isocentre_mm: aim.target_mm, level: chosen.level, person, ..Setup::default() };
    Ok(Stage { case, world, setup, aim })
}
