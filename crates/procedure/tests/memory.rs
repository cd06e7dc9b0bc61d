//! What a session holds beside its case: exact bytes of the heap, counted by the allocator, on a digital patient with the
//! computed model of flow.

#[path = "common/stage.rs"]
mod stage;

use peak_alloc::PeakAlloc;
use rami_procedure::flow::Computed;
use rami_procedure::operator::{Protocol, Skill, run};
use rami_procedure::session::{Block, Header};
use rami_procedure::setup::Pictures;
use rami_procedure::{Imaging, Setup, Theatre};
use stage::{Stage, stage};

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// The most that a session may hold beside its case, bytes.
const MOST: usize = 100_000_000;

#[test]
fn a_session_with_pictures_and_computed_flow_fits_beside_its_case() {
    let Stage { case, world, setup, aim } = stage(1, 0).unwrap();
    let setup = Setup { pictures: Pictures { draw: true, ..Pictures::default() }, ..setup };
    // The plan itself, and somebody who puts contrast in several places.
    for (skill, seed, places) in [(Skill::perfect(), 1, 1), (Skill::human(), 11, 3)] {
        let imaging = Imaging::new(&case.ct);
        let flow = Computed::new(&world);
        let beside = HEAP.current_usage();
        HEAP.reset_peak_usage();
        let theatre =
            Theatre { setup: &setup, world: &world, flow: &flow, imaging: Some(&imaging), film: None };
        let mut block = Block::new(&theatre, Header::new(&theatre, "test", "truth"));
        run(&mut block, &mut Protocol::new(aim.clone(), skill, seed));
        let (peak, kept) = (HEAP.peak_usage() - beside, HEAP.current_usage().saturating_sub(beside));
        let found = block.state.deposits.len();
        println!(
            "{found} places: most {:.1} MB, kept {:.1} MB, beside {:.1} MB",
            mb(peak),
            mb(kept),
            mb(beside)
        );
        assert!(found >= places, "{found} places: a session without an injection holds nothing to speak of");
        assert!(peak < MOST, "{:.1} MB", mb(peak));
    }
}

fn mb(bytes: usize) -> f64 {
    bytes as f64 / 1e6
}
