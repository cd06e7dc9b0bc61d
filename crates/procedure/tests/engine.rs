//! Promises of the engine, on the schematic person.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a test stops at the first surprise

#[path = "common/plain.rs"]
mod plain;

use plain::{aim, by_the_book, setup, theatre};
use rami_procedure::action::{Action, Watch};
use rami_procedure::operator::Skill;
use rami_procedure::replay::replay;
use rami_procedure::schematic::Schematic;
use rami_procedure::session::{Block, Header, Session};
use rami_procedure::{Event, Imaging, RefusalCode, Setup, State, Theatre, score, step};

#[test]
fn the_plan_itself_blocks_the_chain_and_brings_the_person_home() {
    let (setup, world) = (setup(), Schematic::new());
    let theatre = theatre(&setup, &world);
    let block = by_the_book(&theatre, Skill::perfect(), 1);
    let score = score::score(&block.session, &block.state);
    if std::env::var_os("RAMI_SHOW").is_some() {
        for line in &block.session.lines {
            println!("{:7.0} {:?} -> {:?} {:?}", line.t_s, line.action, line.events, line.refused);
        }
        println!("{score:#?}");
    }
    assert!(block.state.block_achieved(setup.side), "blocked {:?}", block.state.blocked(setup.side));
    assert!(block.state.discharged_s.is_some() && block.state.followed_up.len() == 3);
    assert!(score.passed, "{:?}", score.failures);
    assert!(score.percent > 85.0, "{} of 100: {:?}", score.percent, score.points);
}

#[test]
fn a_needle_needs_time_out_and_an_injection_needs_needle_picture_and_syringe() {
    let (setup, world) = (setup(), Schematic::new());
    let theatre = theatre(&setup, &world);
    let mut block = Block::new(&theatre, Header::new(&theatre, "test", "schematic"));
    let inject = Action::Inject { label: "drug".into(), volume_ml: 2.0, rate_ml_s: 0.2, watch: Watch::Blind };
    assert_eq!(block.act(inject.clone()).unwrap_err().code, RefusalCode::NoNeedle);
    let insert = Action::InsertNeedle {
        needle: "22G-150-chiba".into(),
        entry_mm: aim().entry_mm,
        direction: [-47.0, -88.0, 0.0],
        bevel_deg: 0.0,
    };
    assert_eq!(block.act(insert.clone()).unwrap_err().code, RefusalCode::NotProne);
    let syringes = [("drug", "bupivacaine 0.25% 3ml")];
    for action in rami_procedure::operator::prepare::before(&setup, aim().entry_mm, &syringes) {
        block.act(action).unwrap();
    }
    block.act(insert).unwrap();
    block.act(Action::Advance { mm: 30.0 }).unwrap();
    assert_eq!(block.act(inject.clone()).unwrap_err().code, RefusalCode::NoImage);
    block.act(Action::Stimulate { mode: rami_procedure::action::Stimulus::Sensory, milliamp: 1.0 }).unwrap();
    let alone = block.act(inject.clone()).unwrap_err();
    assert_eq!(alone.code, RefusalCode::MappingAlone, "{alone}");
    block.act(Action::Shot).unwrap();
    block.act(inject.clone()).unwrap();
    assert_eq!(block.act(inject).unwrap_err().code, RefusalCode::EmptySyringe, "1 ml is left of 3");
}

#[test]
fn a_session_replays_bit_for_bit_after_serialisation_and_after_a_restart_at_every_event() {
    let setup = Setup {
        pictures: rami_procedure::setup::Pictures { draw: true, pixels: 48, detector_mm: 300.0 },
        ..setup()
    };
    let world = Schematic::new();
    let ct = world.ct(5.0).unwrap();
    let imaging = Imaging::new(&ct);
    let theatre = Theatre { imaging: Some(&imaging), ..theatre(&setup, &world) };
    let block = by_the_book(&theatre, Skill::human(), 3);
    let text = block.session.to_jsonl().unwrap();
    let read = Session::from_jsonl(&text).unwrap();
    assert_eq!(read, block.session, "what is read is what was written");
    let again = replay(&theatre, &read);
    assert_eq!(again.divergence, None);
    assert!(again.pictures_compared > 10, "{} pictures", again.pictures_compared);
    // A fresh machine with nothing remembered, the state read from JSON before every action.
    let fresh = Imaging::new(&ct);
    let restarted = Theatre { imaging: Some(&fresh), ..self::theatre(&setup, &world) };
    let mut state = State::new(&setup);
    for line in &read.lines {
        let stored: State = serde_json::from_str(&serde_json::to_string(&state).unwrap()).unwrap();
        if let Ok((next, events)) = step(&restarted, &stored, &line.action) {
            assert_eq!(events, line.events, "line {}", line.n);
            state = next;
        }
        assert_eq!(state.sha256(), line.state_sha256, "line {}", line.n);
    }
}

/// One line of a session in a process of its own: the state and the action come in on standard input, the state after it
/// and its events go out. Run by the test below, not by itself.
#[test]
#[ignore = "a child of the test of restarts"]
fn one_step_in_a_process_of_its_own() {
    let text = std::io::read_to_string(std::io::stdin()).unwrap();
    let Ok((stored, action)) = serde_json::from_str::<(State, Action)>(&text) else { return };
    let (setup, world) = (drawn_setup(), Schematic::new());
    let ct = world.ct(6.0).unwrap();
    let imaging = Imaging::new(&ct);
    let theatre = Theatre { imaging: Some(&imaging), ..theatre(&setup, &world) };
    let answer = step(&theatre, &stored, &action).ok();
    println!("ANSWER {}", serde_json::to_string(&answer).unwrap());
}

fn drawn_setup() -> Setup {
    Setup {
        pictures: rami_procedure::setup::Pictures { draw: true, pixels: 32, detector_mm: 300.0 },
        ..setup()
    }
}

#[test]
fn a_new_process_at_every_event_goes_on_with_the_same_bits() {
    use std::io::Write;
    use std::process::{Command, Stdio};
    let (setup, world) = (drawn_setup(), Schematic::new());
    let ct = world.ct(6.0).unwrap();
    let imaging = Imaging::new(&ct);
    let theatre = Theatre { imaging: Some(&imaging), ..theatre(&setup, &world) };
    let block = by_the_book(&theatre, Skill::human(), 3);
    let mut state = State::new(&setup);
    for line in &block.session.lines {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["one_step_in_a_process_of_its_own", "--exact", "--ignored", "--nocapture"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let question = serde_json::to_string(&(&state, &line.action)).unwrap();
        child.stdin.take().unwrap().write_all(question.as_bytes()).unwrap();
        let told = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
        let answer = told.split("ANSWER ").nth(1).unwrap().lines().next().unwrap();
        if let Some((next, events)) = serde_json::from_str::<Option<(State, Vec<Event>)>>(answer).unwrap() {
            assert_eq!(events, line.events, "line {}", line.n);
            state = next;
        } else {
            assert!(line.refused.is_some(), "line {}", line.n);
        }
        assert_eq!(state.sha256(), line.state_sha256, "line {}", line.n);
    }
}

#[test]
fn one_leg_against_the_other_counts_in_a_one_sided_block_only() {
    let (setup, world) = (setup(), Schematic::new());
    let theatre = theatre(&setup, &world);
    let one_sided = by_the_book(&theatre, Skill::perfect(), 1);
    let rules = |block: &Block<'_, '_>| block.state.rules.clone();
    let own = rules(&one_sided);
    assert!(
        own.iter().any(|rule| rule.starts_with("difference")),
        "a one-sided block warms one foot: {own:?}"
    );
    // The same with drug on the other side before.
    let mut block = Block::new(&theatre, Header::new(&theatre, "test", "schematic"));
    for action in rami_procedure::operator::prepare::before(
        &setup,
        aim().entry_mm,
        &rami_procedure::operator::prepare::SYRINGES,
    ) {
        block.act(action).unwrap();
    }
    for side in [1.0, -1.0] {
        let direction = [-47.0 * side, -88.0, 0.0];
        let entry_mm = [68.0 * side, 75.0, -8.0];
        block
            .act(Action::InsertNeedle { needle: "22G-150-chiba".into(), entry_mm, direction, bevel_deg: 0.0 })
            .unwrap();
        for _ in 0..10 {
            block.act(Action::Advance { mm: 9.97 }).unwrap();
            block.act(Action::Rotate { deg: 180.0 }).unwrap();
        }
        block.act(Action::Shot).unwrap();
        block
            .act(Action::Inject { label: "drug".into(), volume_ml: 6.0, rate_ml_s: 0.5, watch: Watch::Blind })
            .unwrap();
        block.act(Action::RemoveNeedle).unwrap();
    }
    block.act(Action::Observe { minutes: 60.0 }).unwrap();
    block.act(Action::ReadTemperatures).unwrap();
    let both = rules(&block);
    assert!(!both.is_empty(), "the foot warms all the same");
    assert!(both.iter().all(|rule| !rule.starts_with("difference")), "{both:?}");
}

#[test]
fn a_held_pedal_is_one_run_of_many_pulses_and_no_picture_by_the_button() {
    let (setup, world) = (setup(), Schematic::new());
    let theatre = theatre(&setup, &world);
    let mut block = Block::new(&theatre, Header::new(&theatre, "test", "schematic"));
    block.act(Action::PositionProne).unwrap();
    for pulses_per_s in [3.9, 30.1, f64::NAN] {
        let refused = block.act(Action::Live { seconds: 0.125, pulses_per_s }).unwrap_err();
        assert_eq!(refused.code, RefusalCode::OutOfRange, "{refused}");
        assert_eq!(refused.first, "it lies between 4 and 30");
    }
    let pulse = Action::Live { seconds: 0.125, pulses_per_s: 8.0 };
    for _ in 0..16 {
        block.act(pulse.clone()).unwrap();
    }
    block.act(Action::MoveCArm { primary_deg: 150.0, secondary_deg: 0.0 }).unwrap();
    block.act(Action::Shot).unwrap();
    block.act(Action::Live { seconds: 2.0, pulses_per_s: 8.0 }).unwrap();
    block.act(Action::Live { seconds: 2.0, pulses_per_s: 8.0 }).unwrap();
    let radiation = &block.state.radiation;
    assert_eq!((radiation.shots, radiation.runs, radiation.pulses, radiation.frames), (1, 3, 48, 49));
    let measures = score::measures(&block.session, &block.state);
    assert_eq!(measures["c_arm_shots"], Some(1.0));
    assert_eq!(measures["fluoroscopy_runs"], Some(3.0));
    assert!((radiation.fluoroscopy_s - 6.0).abs() < 1e-9);
}

#[test]
fn an_advance_after_a_retraction_is_another_pass_and_pointing_a_needle_in_the_skin_is_not() {
    let (setup, world) = (setup(), Schematic::new());
    let theatre = theatre(&setup, &world);
    let mut block = Block::new(&theatre, Header::new(&theatre, "test", "schematic"));
    for action in rami_procedure::operator::prepare::before(
        &setup,
        aim().entry_mm,
        &rami_procedure::operator::prepare::SYRINGES,
    ) {
        block.act(action).unwrap();
    }
    let direction = [-47.0, -88.0, 0.0];
    block
        .act(Action::InsertNeedle {
            needle: "22G-150-chiba".into(),
            entry_mm: aim().entry_mm,
            direction,
            bevel_deg: 0.0,
        })
        .unwrap();
    block.act(Action::Advance { mm: 15.0 }).unwrap();
    block.act(Action::Redirect { direction: [-46.0, -88.0, 1.0] }).unwrap();
    block.act(Action::Advance { mm: 20.0 }).unwrap();
    block.act(Action::Withdraw { mm: 9.0 }).unwrap();
    block.act(Action::Advance { mm: 9.0 }).unwrap();
    assert_eq!((block.state.passes, block.state.redirections), (1, 1));
    block.act(Action::Withdraw { mm: 12.0 }).unwrap();
    block.act(Action::Advance { mm: 5.0 }).unwrap();
    block.act(Action::Advance { mm: 5.0 }).unwrap();
    assert_eq!(block.state.passes, 2, "one retraction, one more pass");
}

#[test]
fn one_thread_and_two_give_the_same_pictures_and_states() {
    let setup = Setup {
        pictures: rami_procedure::setup::Pictures { draw: true, pixels: 48, detector_mm: 300.0 },
        ..setup()
    };
    let world = Schematic::new();
    let ct = world.ct(6.0).unwrap();
    let run_with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let imaging = Imaging::new(&ct);
            let theatre = Theatre { imaging: Some(&imaging), ..theatre(&setup, &world) };
            by_the_book(&theatre, Skill::perfect(), 1).session.to_jsonl().unwrap()
        })
    };
    assert_eq!(run_with(1), run_with(2));
}

#[test]
fn a_magnification_mode_shows_less_of_the_person_larger_and_costs_more() {
    use rami_procedure::setup::Pictures;
    let setup = Setup { pictures: Pictures { draw: true, pixels: 96, detector_mm: 300.0 }, ..setup() };
    let world = Schematic::new();
    let ct = std::sync::Arc::new(world.ct(4.0).unwrap());
    let imaging = Imaging::shared(ct);
    let drawn = std::sync::Mutex::new(Vec::new());
    let film = |picture: &rami_procedure::theatre::Picture| drawn.lock().unwrap().push(picture.clone());
    let theatre = Theatre { imaging: Some(&imaging), film: Some(&film), ..theatre(&setup, &world) };
    let mut block = Block::new(&theatre, Header::new(&theatre, "test", "schematic"));
    block.act(Action::Consent { given: true }).unwrap();
    block.act(Action::PositionProne).unwrap();
    let mut kerma = Vec::new();
    for field_mm in [None, Some(150.0), None] {
        block.act(Action::Magnify { field_mm }).unwrap();
        let before = block.state.radiation.reference_kerma_mgy;
        block.act(Action::Shot).unwrap();
        kerma.push(block.state.radiation.reference_kerma_mgy - before);
    }
    let drawn = drawn.lock().unwrap();
    assert!(
        (drawn[0].view.pixel_at_isocentre_mm() / drawn[1].view.pixel_at_isocentre_mm() - 2.0).abs() < 1e-9
    );
    assert!(kerma[1] > 1.3 * kerma[0], "{kerma:?}");
    assert!((kerma[2] / kerma[0] - 1.0).abs() < 1e-9, "and the whole field again costs what it did");
    assert_eq!(
        block.act(Action::Magnify { field_mm: Some(20.0) }).unwrap_err().code,
        rami_procedure::RefusalCode::OutOfRange
    );
}

#[test]
fn a_changed_record_is_caught_at_its_first_difference() {
    let (setup, world) = (setup(), Schematic::new());
    let theatre = theatre(&setup, &world);
    let block = by_the_book(&theatre, Skill::perfect(), 1);
    let mut forged = block.session.clone();
    let line = forged.lines.iter_mut().find(|line| matches!(line.action, Action::Advance { .. })).unwrap();
    let n = line.n;
    for event in &mut line.events {
        if let Event::NeedleMoved { depth_mm, .. } = event {
            *depth_mm += 1e-9;
        }
    }
    let divergence = replay(&theatre, &forged).divergence.unwrap();
    assert_eq!(divergence.line, n);
}

#[test]
fn a_later_versions_session_is_read_as_far_as_it_is_understood() {
    let (setup, world) = (setup(), Schematic::new());
    let theatre = theatre(&setup, &world);
    let mut block = Block::new(&theatre, Header::new(&theatre, "test", "schematic"));
    block.act(Action::Consent { given: true }).unwrap();
    let mut text = block.session.to_jsonl().unwrap();
    text = text.replace("\"do\":\"consent\"", "\"do\":\"consent\",\"mood\":\"calm\"");
    text += "{\"n\":2,\"t_s\":60,\"action\":{\"do\":\"teleport\"},\"state_sha256\":\"\"}\n";
    let read = Session::from_jsonl(&text).unwrap();
    assert_eq!(read.lines.len(), 1);
    assert_eq!(read.not_understood, ["line 3: action teleport"]);
    assert!(Session::from_jsonl("").is_err());
    assert!(
        Session::from_jsonl("{\"schema\":\"rami.session/2\"}")
            .unwrap_err()
            .to_string()
            .contains("rami.session/1")
    );
}

#[test]
fn nobody_perceives_where_the_tip_is_or_what_is_going_wrong() {
    let (setup, world) = (setup(), Schematic::new());
    let theatre = theatre(&setup, &world);
    let block = by_the_book(&theatre, Skill::perfect(), 1);
    for (_, event) in block.session.events() {
        let Some(shown) = event.visible() else { continue };
        assert!(!matches!(shown, Event::ContrastShown { .. }), "a picture is described, not named");
        let text = serde_json::to_string(&shown).unwrap();
        for truth in ["tip_mm", "inside", "\"shares\"", "\"cause\"", "\"right\":true", "\"right\":false"] {
            assert!(!text.contains(truth), "{text}");
        }
    }
}
