//! What a session holds beside its case: exact bytes of the heap, counted by the allocator, on a digital patient with the
//! computed model of flow.

use peak_alloc::PeakAlloc;
use rami_anatomy::patient::{Known, Patient, Scanner, TrunkSource, population};
use rami_anatomy::{InferOptions, Posture, StructureMap, infer};
use rami_bedside::World;
use rami_case::Case;
use rami_plan::{PlanOptions, PlannedSide, plan};
use rami_procedure::flow::Computed;
use rami_procedure::operator::{Protocol, Skill, run};
use rami_procedure::session::{Aim, Block, Header};
use rami_procedure::setup::Pictures;
use rami_procedure::{Imaging, Setup, Theatre};

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// The most that a session may hold beside its case, bytes.
const MOST: usize = 100_000_000;

#[test]
fn a_session_with_pictures_and_computed_flow_fits_beside_its_case() {
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
    let pictures = Pictures { draw: true, ..Pictures::default() };
    let setup = Setup { isocentre_mm: aim.target_mm, level: chosen.level, pictures, ..Setup::default() };
    let imaging = Imaging::new(&case.ct);
    let flow = Computed::new(&world);

    let beside = HEAP.current_usage();
    HEAP.reset_peak_usage();
    let theatre = Theatre { setup: &setup, world: &world, flow: &flow, imaging: Some(&imaging), film: None };
    let mut block = Block::new(&theatre, Header::new(&theatre, "test", "truth"));
    run(&mut block, &mut Protocol::new(aim, Skill::perfect(), 1));
    let (peak, kept) = (HEAP.peak_usage() - beside, HEAP.current_usage() - beside);
    println!("most {:.1} MB, kept {:.1} MB, beside {:.1} MB", mb(peak), mb(kept), mb(beside));
    assert!(!block.state.deposits.is_empty(), "a session without an injection holds nothing to speak of");
    assert!(peak < MOST, "{:.1} MB", mb(peak));
}

fn mb(bytes: usize) -> f64 {
    bytes as f64 / 1e6
}
