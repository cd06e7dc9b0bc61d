//! How long a step, a reference run and a simulated operator's block take on a digital patient of 4 mm, without pictures.
#![allow(clippy::unwrap_used)] // a benchmark stops at the first surprise

use divan::Bencher;
use rami_anatomy::patient::{Known, Patient, Scanner, TrunkSource, population};
use rami_anatomy::{InferOptions, Posture, StructureMap, infer};
use rami_bedside::World;
use rami_case::Case;
use rami_plan::{PlanOptions, PlannedSide, plan};
use rami_procedure::Flow;
use rami_procedure::flow::{Computed, Geometric};
use rami_procedure::operator::{Protocol, Skill, run};
use rami_procedure::session::{Aim, Block, Header};
use rami_procedure::{Action, Imaging, Setup, State, Theatre, step};
use std::sync::OnceLock;

fn main() {
    divan::main();
}

struct Stage {
    case: Case,
    world: World,
    setup: Setup,
    aim: Aim,
}

fn stage() -> &'static Stage {
    static STAGE: OnceLock<Stage> = OnceLock::new();
    STAGE.get_or_init(|| {
        let traits = population::draw(1, 0, Known::default(), TrunkSource::Cadaver).unwrap();
        let patient = Patient::grow(&traits, None, Posture::Prone);
        let scan = patient.scan(&patient.grid([4.0; 3]).unwrap(), &Scanner::default(), false).unwrap();
        let (structures, _) = StructureMap::new(scan.labels, &Default::default());
        let case = Case {
            name: "digital patient".into(),
            ct: scan.ct,
            structures: Some(structures.clone()),
            posture: Posture::Prone,
            patient_position: None,
            series: None,
            side: None,
            inputs: Vec::new(),
            sources: Vec::new(),
            warnings: Vec::new(),
            folder: None,
        };
        let options = InferOptions { posture: Posture::Prone, ..InferOptions::default() };
        let anatomy = infer(&case.ct, structures, &options).unwrap();
        let options = PlanOptions { side: PlannedSide::Left, draws: 100, ..PlanOptions::default() };
        let plan = plan(&case.ct, &anatomy, Vec::new(), &options).unwrap();
        let chosen = &plan.candidates[plan.chosen.as_ref().unwrap().indices()[0]];
        let aim = Aim {
            entry_mm: chosen.entry_mm,
            target_mm: chosen.target_mm,
            primary_deg: chosen.primary_angle_deg,
            secondary_deg: chosen.secondary_angle_deg,
            needle: format!("22G-{:.0}-chiba", chosen.needle_length_mm),
        };
        let world = World::of_truth(&case, &patient.truth(), anatomy.skin.clone(), 1).unwrap();
        let setup = Setup { isocentre_mm: aim.target_mm, level: chosen.level, ..Setup::default() };
        Stage { case, world, setup, aim }
    })
}

fn block(skill: Skill, flow: &dyn Flow) -> State {
    let stage = stage();
    let imaging = Imaging::new(&stage.case.ct);
    let theatre =
        Theatre { setup: &stage.setup, world: &stage.world, flow, imaging: Some(&imaging), film: None };
    let mut block = Block::new(&theatre, Header::new(&theatre, "bench", "truth"));
    run(&mut block, &mut Protocol::new(stage.aim.clone(), skill, 1));
    block.state
}

/// With the computed model of flow, as `rami rehearse` does it, nothing remembered from a run before.
#[divan::bench(sample_count = 7, sample_size = 1)]
fn reference_run(bencher: Bencher<'_, '_>) {
    let stage = stage();
    bencher.bench(|| block(Skill::perfect(), &Computed::new(&stage.world)));
}

/// The unit of a cohort's work.
#[divan::bench(sample_count = 7, sample_size = 1)]
fn simulated_operator(bencher: Bencher<'_, '_>) {
    let stage = stage();
    bencher.bench(|| block(Skill::human(), &Computed::new(&stage.world)));
}

/// Without the model of flow: what the engine itself costs.
#[divan::bench(sample_count = 7, sample_size = 1)]
fn reference_run_without_flow(bencher: Bencher<'_, '_>) {
    stage();
    bencher.bench(|| block(Skill::perfect(), &Geometric));
}

#[divan::bench]
fn step_of_the_needle(bencher: Bencher<'_, '_>) {
    let stage = stage();
    let theatre =
        Theatre { setup: &stage.setup, world: &stage.world, flow: &Geometric, imaging: None, film: None };
    let mut block = Block::new(&theatre, Header::new(&theatre, "bench", "truth"));
    for action in rami_procedure::operator::prepare::before(
        &stage.setup,
        stage.aim.entry_mm,
        &rami_procedure::operator::prepare::SYRINGES,
    ) {
        block.act(action).unwrap();
    }
    let direction = [0, 1, 2].map(|axis| stage.aim.target_mm[axis] - stage.aim.entry_mm[axis]);
    let needle = stage.aim.needle.clone();
    let insert = Action::InsertNeedle { needle, entry_mm: stage.aim.entry_mm, direction, bevel_deg: 0.0 };
    block.act(insert).unwrap();
    for _ in 0..8 {
        block.act(Action::Advance { mm: 10.0 }).unwrap();
        block.act(Action::Rotate { deg: 180.0 }).unwrap();
    }
    bencher.bench(|| step(&theatre, &block.state, &Action::Advance { mm: 3.0 }).unwrap());
}
