//! The same bits with the computed flow on a digital patient: on one thread and on two, and after a restart at every event.
#![allow(clippy::unwrap_used)] // a test stops at the first surprise

#[path = "common/stage.rs"]
mod stage;

use rami_procedure::flow::Computed;
use rami_procedure::operator::{Protocol, Skill, run};
use rami_procedure::replay::replay;
use rami_procedure::session::{Block, Header, Session};
use rami_procedure::setup::Pictures;
use rami_procedure::{Imaging, Setup, State, Theatre, step};
use stage::stage;

#[test]
fn a_session_on_a_digital_patient_is_the_same_on_one_thread_on_two_and_after_a_restart_at_every_event() {
    let stage = stage(1, 0).unwrap();
    let pictures = Pictures { draw: true, pixels: 48, detector_mm: 300.0 };
    let setup = Setup { seed: 5, pictures, ..stage.setup.clone() };
    let on = |threads: usize, work: &mut (dyn FnMut(&Theatre<'_>) + Send)| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let (imaging, flow) = (Imaging::new(&stage.case.ct), Computed::new(&stage.world));
            work(&Theatre {
                setup: &setup,
                world: &stage.world,
                flow: &flow,
                imaging: Some(&imaging),
                film: None,
            });
        });
    };
    let mut text = String::new();
    on(2, &mut |theatre| {
        let mut header = Header::new(theatre, "test", "truth");
        header.aim = Some(stage.aim.clone());
        let mut block = Block::new(theatre, header);
        run(&mut block, &mut Protocol::new(stage.aim.clone(), Skill::human(), 5));
        assert!(block.state.deposits.iter().any(|d| d.fluids.len() > 2), "several syringes at one place");
        text = block.finish().0.to_jsonl().unwrap();
    });
    let read = Session::from_jsonl(&text).unwrap();
    for threads in [1, 2] {
        on(threads, &mut |theatre| {
            let again = replay(theatre, &read);
            assert_eq!(again.divergence, None, "{threads} threads");
            assert!(again.pictures_compared > 10);
        });
    }
    // Nothing remembered: a new model of flow before every action, and a state that was written and read.
    let mut state = State::new(&setup);
    on(2, &mut |theatre| {
        for line in &read.lines {
            let flow = Computed::new(&stage.world);
            let fresh = Theatre {
                setup: theatre.setup,
                world: theatre.world,
                flow: &flow,
                imaging: theatre.imaging,
                film: None,
            };
            let stored: State = serde_json::from_str(&serde_json::to_string(&state).unwrap()).unwrap();
            if let Ok((next, events)) = step(&fresh, &stored, &line.action) {
                assert!(events == line.events, "line {} ({})", line.n, line.action.name());
                state = next;
            }
            assert_eq!(state.sha256(), line.state_sha256, "line {}", line.n);
        }
    });
}

#[test]
fn controls_on_a_digital_patient_with_the_computed_flow_come_out_as_they_must() {
    use rami_anatomy::Side;
    use rami_procedure::{Complication, score};
    let stage = stage(1, 0).unwrap();
    let setup = stage.setup.clone();
    let imaging = Imaging::new(&stage.case.ct);
    let done = |setup: &Setup, operator: Protocol| {
        let flow = Computed::new(&stage.world);
        let theatre =
            Theatre { setup, world: &stage.world, flow: &flow, imaging: Some(&imaging), film: None };
        let mut header = Header::new(&theatre, "test", "truth");
        header.aim = Some(stage.aim.clone());
        let mut block = Block::new(&theatre, header);
        let mut operator = operator;
        run(&mut block, &mut operator);
        let (session, state) = block.finish();
        let sheet = score::score(&session, &state);
        let points = |id: &str| sheet.points.iter().find(|p| p.id == id).map(|p| p.earned);
        (
            state.clone(),
            sheet.passed,
            points("block_achieved"),
            points("contrast_check"),
            points("response_recognised"),
        )
    };
    let book = || Protocol::new(stage.aim.clone(), Skill::perfect(), 1);
    // The block itself, so that what the controls lack is theirs.
    let (state, passed, block, contrast, read) = done(&setup, book());
    assert!(passed && state.supply_cut(Side::Left) && !state.rules_of_change.is_empty());
    assert!(
        block == Some(8.0) && contrast > Some(0.0) && read == Some(4.0),
        "{block:?} {contrast:?} {read:?}"
    );
    // Saline: nothing is cut, no foot warms, and that is what the operator says.
    let (state, _, block, _, read) = done(&setup, book().giving("saline 12ml"));
    assert!(state.blocked(Side::Left) == 0.0 && state.rules_of_change.is_empty(), "{:?}", state.rules);
    assert!(block == Some(0.0) && read == Some(4.0), "{block:?} {read:?}");
    // The same needle in somebody who consented to the right side.
    let wrong = Setup { side: Side::Right, ..setup.clone() };
    let (state, passed, block, ..) = done(&wrong, book());
    assert!(state.active.iter().any(|active| active.complication == Complication::WrongSide) && !passed);
    assert!(block.is_none_or(|points| points == 0.0), "{block:?}");
    // No contrast: the drug may be where it should, and nobody knew.
    let (_, _, _, contrast, _) = done(&setup, book().without_contrast());
    assert_eq!(contrast, Some(0.0));
}
