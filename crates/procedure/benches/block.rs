//! How long a step, a reference run and a simulated operator's block take on a digital patient of 4 mm, without pictures.
#![allow(clippy::unwrap_used)] // a benchmark stops at the first surprise

#[path = "../tests/common/stage.rs"]
mod stage;

use divan::Bencher;
use rami_procedure::Flow;
use rami_procedure::flow::{Computed, Geometric};
use rami_procedure::operator::{Protocol, Skill, run};
use rami_procedure::session::{Block, Header};
use rami_procedure::{Action, Imaging, State, Theatre, step};
use stage::Stage;
use std::sync::OnceLock;

fn main() {
    divan::main();
}

fn stage() -> &'static Stage {
    static STAGE: OnceLock<Stage> = OnceLock::new();
    STAGE.get_or_init(|| stage::stage(1, 0).unwrap())
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
