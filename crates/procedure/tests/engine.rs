//! Promises of the engine, on the schematic person.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a test stops at the first surprise

use proptest::prelude::*;
use rami_procedure::action::{Action, Watch};
use rami_procedure::flow::Geometric;
use rami_procedure::operator::{Protocol, Skill, run};
use rami_procedure::replay::replay;
use rami_procedure::schematic::Schematic;
use rami_procedure::session::{Aim, Block, Header, Session};
use rami_procedure::{Event, Imaging, RefusalCode, Setup, State, Theatre, score, step};

fn setup() -> Setup {
    Setup { isocentre_mm: [20.0, -13.0, -8.0], ..Setup::default() }
}

fn aim() -> Aim {
    let (entry, target) = ([68.0, 75.0, -8.0], [21.0, -13.0, -8.0]);
    let (dx, dy): (f64, f64) = (entry[0] - target[0], entry[1] - target[1]);
    Aim {
        entry_mm: entry,
        target_mm: target,
        primary_deg: dx.atan2(-dy).to_degrees(),
        secondary_deg: 0.0,
        needle: "22G-150-chiba".into(),
    }
}

fn theatre<'a>(setup: &'a Setup, world: &'a Schematic) -> Theatre<'a> {
    Theatre { setup, world, flow: &Geometric, imaging: None, film: None }
}

fn by_the_book<'t, 'a>(theatre: &'t Theatre<'a>, skill: Skill, seed: u64) -> Block<'t, 'a> {
    let mut header = Header::new(theatre, "test", "schematic");
    header.aim = Some(aim());
    let mut block = Block::new(theatre, header);
    run(&mut block, &mut Protocol::new(aim(), skill, seed));
    block
}

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

fn anything() -> impl Strategy<Value = Action> {
    use rami_procedure::complication::Remedy;
    let label = prop_oneof![
        Just("drug".to_owned()),
        Just("contrast".to_owned()),
        Just("skin".to_owned()),
        Just("none".to_owned())
    ];
    prop_oneof![
        (0.0..60.0f64).prop_map(|mm| Action::Advance { mm }),
        (-5.0..80.0f64).prop_map(|mm| Action::Withdraw { mm }),
        (-400.0..400.0f64).prop_map(|deg| Action::Rotate { deg }),
        (-1.0..1.0f64, -1.0..0.2f64, -0.3..0.3f64)
            .prop_map(|(x, y, z)| Action::Redirect { direction: [x, y, z] }),
        (40.0..90.0f64, -60.0..40.0f64).prop_map(|(x, z)| Action::InsertNeedle {
            needle: "22G-150-chiba".into(),
            entry_mm: [x, 75.0, z],
            direction: [-0.5, -1.0, 0.05],
            bevel_deg: 10.0,
        }),
        Just(Action::RemoveNeedle),
        Just(Action::Shot),
        Just(Action::Aspirate),
        Just(Action::Ask),
        Just(Action::CheckVitals),
        Just(Action::ReadTemperatures),
        Just(Action::ExamineSomatic),
        Just(Action::PositionProne),
        Just(Action::Discharge),
        (label, 0.01..6.0f64, 0.05..1.0f64).prop_map(|(label, volume_ml, rate_ml_s)| Action::Inject {
            label,
            volume_ml,
            rate_ml_s,
            watch: Watch::Live
        }),
        (0.0..3000.0f64).prop_map(|seconds| Action::Wait { seconds }),
        (-10.0..60.0f64).prop_map(|minutes| Action::Observe { minutes }),
        Just(Action::Treat { with: Remedy::TurnSupine }),
        (0.0..900.0f64).prop_map(|ml| Action::Treat { with: Remedy::LipidBolus { ml } }),
        Just(Action::Treat { with: Remedy::CallForHelp }),
        Just(Action::Advance { mm: f64::NAN }),
        Just(Action::DrawUp { label: "drug".into(), content: "bupivacaine 0.5% 5ml".into() }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn no_sequence_of_actions_breaks_ledger_clock_needle_or_syringe(actions in prop::collection::vec(anything(), 1..50)) {
        let (setup, world) = (setup(), Schematic::new());
        let theatre = theatre(&setup, &world);
        let mut block = Block::new(&theatre, Header::new(&theatre, "random", "schematic"));
        for action in rami_procedure::operator::prepare::before(&setup, aim().entry_mm, &rami_procedure::operator::prepare::SYRINGES) {
            block.act(action).unwrap();
        }
        let mut clock = block.state.clock_s;
        for action in actions {
            let before = block.state.clone();
            let refused = block.act(action.clone()).is_err();
            let now = &block.state;
            prop_assert!(now.clock_s >= clock, "the clock went back in {action:?}");
            clock = now.clock_s;
            if refused {
                prop_assert_eq!(now, &before, "a refusal changed something");
            }
            if let Some(held) = &now.needle {
                let length = 150.0;
                prop_assert!((0.0..=length + 1e-9).contains(&held.depth_mm), "{} mm", held.depth_mm);
                let hub = rami_procedure::theatre::hub(held);
                let outside: f64 = (0..3).map(|i| (hub[i] - held.start_mm[i]).powi(2)).sum::<f64>().sqrt();
                prop_assert!((outside + held.depth_mm - length).abs() < 1e-6, "steel appeared or vanished");
            }
            for syringe in now.syringes.values() {
                prop_assert!((0.0..=syringe.volume_ml + 1e-9).contains(&syringe.left_ml));
            }
        }
        // The ledger is the sum of what the events say was injected.
        let told: f64 = block.session.events().map(|(_, event)| match event {
            Event::Injected { mass_mg, .. } | Event::SkinNumbed { mass_mg, .. } => *mass_mg,
            _ => 0.0,
        }).sum();
        let kept: f64 = block.state.doses.iter().map(|dose| dose.mass_mg).sum();
        prop_assert!((told - kept).abs() < 1e-9, "{told} {kept}");
    }
}
