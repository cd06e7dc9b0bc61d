//! A case that is open: CT, belief, and what is made of them when first asked for.

use super::Recipe;
use crate::problem::Problem;
use crate::state::lock;
use rami_anatomy::{Anatomy, InferOptions, Side, Warning, infer};
use rami_bedside::World;
use rami_case::{Case, SourceRole};
use rami_plan::{InputFile, PathBench, Plan, PlanOptions};
use rami_procedure::Imaging;
use rami_volume::Ct;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, Weak};

/// A person ready for work.
pub(crate) struct Loaded {
    pub(crate) name: String,
    pub(crate) ct: Arc<Ct>,
    pub(crate) anatomy: Arc<Anatomy>,
    pub(crate) warnings: Vec<Warning>,
    /// The side that the case decides on.
    pub(crate) side: Option<Side>,
    /// How to grow the person again, for whoever needs the truth behind the picture.
    pub(crate) recipe: Option<Recipe>,
    pub(crate) folder: Option<PathBuf>,
    inputs: Vec<InputFile>,
    plan: Mutex<Option<(String, Arc<Plan>)>>,
    bench: Mutex<Option<Arc<PathBench>>>,
    world: Mutex<(u64, Weak<World>)>,
    imaging: Mutex<Weak<Imaging<'static>>>,
}

impl Loaded {
    /// Infers the anatomy of a case.
    pub(crate) fn of(mut case: Case, recipe: Option<Recipe>) -> Result<Self, String> {
        let structures = case.structures().map_err(|error| error.to_string())?.clone();
        case.structures = None;
        let options = InferOptions { posture: case.posture, ..InferOptions::default() };
        let mut anatomy = infer(&case.ct, structures, &options).map_err(|error| error.to_string())?;
        anatomy.warnings.extend(case.warnings.iter().cloned());
        let role = |role: SourceRole| match role {
            SourceRole::Ct => "ct",
            SourceRole::Labels => "labels",
            SourceRole::LabelMapping => "label_mapping",
        };
        let inputs = case.inputs.iter().map(|source| InputFile {
            role: role(source.role).to_owned(),
            file: source.file.clone(),
            sha256: source.sha256.clone(),
        });
        Ok(Self {
            name: case.name,
            warnings: anatomy.warnings.clone(),
            inputs: inputs.collect(),
            ct: Arc::new(case.ct),
            anatomy: Arc::new(anatomy),
            side: case.side,
            recipe,
            folder: case.folder,
            plan: Mutex::default(),
            bench: Mutex::default(),
            world: Mutex::default(),
            imaging: Mutex::default(),
        })
    }

    /// The files that the case was made from.
    pub(crate) fn inputs(&self) -> &[InputFile] {
        &self.inputs
    }

    /// What a needle acts on: the truth of a digital patient, or one draw from the belief about a real one.
    /// Blocks on the same person with the same seed share it.
    pub(crate) fn world(&self, seed: u64) -> Result<Arc<World>, String> {
        let mut kept = lock(&self.world);
        if let Some(world) = kept.1.upgrade().filter(|_| kept.0 == seed) {
            return Ok(world);
        }
        let world = Arc::new(self.make_world(seed)?);
        *kept = (seed, Arc::downgrade(&world));
        Ok(world)
    }

    /// The x-ray machine. All blocks on this person share it, and with it the packed CT; it goes when none is left.
    pub(crate) fn imaging(&self) -> Arc<Imaging<'static>> {
        let mut kept = lock(&self.imaging);
        if let Some(imaging) = kept.upgrade() {
            return imaging;
        }
        let imaging = Arc::new(Imaging::shared(Arc::clone(&self.ct)));
        imaging.prepare();
        *kept = Arc::downgrade(&imaging);
        imaging
    }

    fn make_world(&self, seed: u64) -> Result<World, String> {
        let truth = match (&self.recipe, &self.folder) {
            (Some(recipe), _) => Some(recipe.patient()?.truth()),
            (None, Some(folder)) => {
                let case = self.case(Some(folder.clone()));
                return World::open_beside(&case, &self.anatomy, seed).map_err(|error| error.to_string());
            }
            (None, None) => None,
        };
        let case = self.case(None);
        match truth {
            Some(truth) => World::of_truth(&case, &truth, self.anatomy.skin.clone(), seed),
            None => World::drawn(&case, &self.anatomy, seed),
        }
        .map_err(|error| error.to_string())
    }

    fn case(&self, folder: Option<PathBuf>) -> Case {
        Case {
            structures: Some(self.anatomy.structures.clone()),
            side: self.side,
            folder,
            ..Case::new(self.name.clone(), (*self.ct).clone(), self.anatomy.posture)
        }
    }

    /// A plan for these options; the last one is kept. Whoever asks for the same meanwhile waits for it.
    pub(crate) fn plan(&self, options: &PlanOptions) -> Result<Arc<Plan>, Problem> {
        let key = format!("{options:?}");
        let mut kept = lock(&self.plan);
        if let Some((_, plan)) = kept.as_ref().filter(|(own, _)| *own == key) {
            return Ok(plan.clone());
        }
        let plan = rami_plan::plan(&self.ct, &self.anatomy, self.inputs.clone(), options)
            .map_err(|error| Problem::bad_input(error.to_string()))?;
        let plan = Arc::new(plan);
        *kept = Some((key, plan.clone()));
        Ok(plan)
    }

    /// What tells clearances of any path, made when first asked for.
    pub(crate) fn bench(&self) -> Result<Arc<PathBench>, Problem> {
        let mut kept = lock(&self.bench);
        if let Some(bench) = kept.as_ref() {
            return Ok(bench.clone());
        }
        let bench = PathBench::new(&self.anatomy, &PlanOptions::default())
            .map_err(|error| Problem::bad_input(error.to_string()))?;
        let bench = Arc::new(bench);
        *kept = Some(bench.clone());
        Ok(bench)
    }
}
