//! A current at the tip: which nerve answers, to which frequency, from which needle.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)] // a test that cannot be set up has failed

#[path = "common/stage.rs"]
mod stage;

use rami_bedside::world::TubeKind;
use rami_procedure::World;
use rami_procedure::action::{Action, Stimulus};
use rami_procedure::flow::Geometric;
use rami_procedure::schematic::Schematic;
use rami_procedure::session::{Block, Header};
use rami_procedure::world::Current;
use rami_procedure::{Event, Setup, Theatre};
use rami_volume::Point;
use std::time::Instant;

/// Currents that are tried, mA.
const LADDER: [f64; 6] = [0.4, 0.8, 1.6, 3.2, 6.4, 12.8];

/// The first current of the ladder that is answered, and the answer.
fn first(world: &dyn World, current: Current) -> Option<(f64, Vec<String>)> {
    LADDER.iter().find_map(|&milliamp| {
        let felt = world.stimulate(&Current { milliamp, ..current }).unwrap();
        (!felt.is_empty()).then_some((milliamp, felt))
    })
}

/// A tip so far from the surface of a tube of the left side, behind or beside the middle of its course, in soft tissue.
fn near(world: &rami_bedside::World, kind: TubeKind, name: &str, away_mm: f64) -> [f64; 3] {
    let tube = world.tubes.iter().find(|tube| tube.kind == kind && tube.name() == name).unwrap();
    let sides = [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [-1.0, 0.0, 0.0]];
    let middle = tube.points.len() / 2;
    for at in (0..tube.points.len() / 2).flat_map(|i| [middle - i, middle + i]) {
        let Some(on) = tube.points.get(at) else { continue };
        for side in sides {
            let tip: [f64; 3] = [0, 1, 2].map(|axis| on[axis] + (tube.radius_mm + away_mm) * side[axis]);
            let point = Point::from(tip);
            let clear = world.tubes.iter().filter(|t| t.kind.is_nerve() && t.name() != name);
            let clear = clear.map(|t| t.distance_mm(&point)).fold(f64::INFINITY, f64::min);
            if world.tissue_at(&point).is_soft()
                && (tube.distance_mm(&point) - away_mm).abs() < 0.5
                && clear > 2.0 * away_mm
                && world.skin_distance_mm(&point) < -20.0
            {
                return tip;
            }
        }
    }
    panic!("no place for a tip beside {name}");
}

#[test]
fn on_a_person_the_nerve_model_answers_by_nerve_frequency_and_bare_metal() {
    let stage = stage::stage(1, 0).unwrap();
    let world = &stage.world;
    let at = |tip_mm: [f64; 3], mode, bare_mm| Current {
        mode,
        milliamp: 0.0,
        tip_mm,
        direction: [0.0, -1.0, 0.0],
        bare_mm,
        diameter_mm: 0.72,
    };
    let root = near(world, TubeKind::NerveRoot, "nerve_root_L3_left", 3.0);
    let started = Instant::now();
    let motor = world.stimulate(&Current { milliamp: 20.0, ..at(root, Stimulus::Motor, 5.0) }).unwrap();
    println!("one stimulation takes {:.0} ms", 1e3 * started.elapsed().as_secs_f64());
    assert!(motor.iter().any(|words| words.contains("adductors")), "{motor:?}");
    // What is felt is felt from less current than a muscle needs; both name the root's region.
    let (felt_ma, felt) = first(world, at(root, Stimulus::Sensory, 5.0)).unwrap();
    let (twitch_ma, twitch) = first(world, at(root, Stimulus::Motor, 5.0)).unwrap();
    println!("3 mm from L3: felt from {felt_ma} mA {felt:?}, twitch from {twitch_ma} mA {twitch:?}");
    assert!(felt_ma < twitch_ma, "{felt_ma} {twitch_ma}");
    assert!(felt[0].contains("thigh") && twitch[0].contains("thigh"), "{felt:?} {twitch:?}");
    // The same current from a shaft that is bare from the skin on is spread over all of it.
    let (bare_ma, _) = first(world, at(root, Stimulus::Motor, 80.0)).unwrap_or((f64::INFINITY, Vec::new()));
    println!("the same with 80 mm of bare shaft: from {bare_ma} mA");
    assert!(bare_ma > twitch_ma, "{bare_ma} {twitch_ma}");
    // Nerves that the hard-wired list of roots knew nothing of, each with its own words and only what it carries.
    let skin =
        near(world, TubeKind::LateralFemoralCutaneousNerve, "lateral_femoral_cutaneous_nerve_left", 1.5);
    let (_, felt) = first(world, at(skin, Stimulus::Sensory, 5.0)).unwrap();
    assert!(felt[0].contains("outer thigh"), "{felt:?}");
    let twitch = world.stimulate(&Current { milliamp: 2.0, ..at(skin, Stimulus::Motor, 5.0) }).unwrap();
    assert!(
        !twitch.iter().any(|words| words.contains("outer thigh")),
        "a nerve of skin moves nothing: {twitch:?}"
    );
    let groin = near(world, TubeKind::GenitofemoralNerve, "genitofemoral_nerve_left", 1.5);
    let (_, twitch) = first(world, at(groin, Stimulus::Motor, 5.0)).unwrap();
    assert!(twitch[0].contains("cremaster"), "{twitch:?}");
}

#[test]
fn far_from_every_nerve_a_current_says_nothing() {
    let stage = stage::stage(1, 0).unwrap();
    let [x, y, z] = stage.aim.entry_mm;
    let tip_mm = [x, y - 6.0, z];
    for mode in [Stimulus::Sensory, Stimulus::Motor] {
        let current = Current {
            mode,
            milliamp: 2.0,
            tip_mm,
            direction: [0.0, -1.0, 0.0],
            bare_mm: 5.0,
            diameter_mm: 0.72,
        };
        assert_eq!(stage.world.stimulate(&current), Ok(Vec::new()));
    }
}

/// What is said to a current from a needle that goes straight at the schematic left root L3, 2 mm short of it.
fn said(needle: &str, mode: Stimulus, milliamp: f64) -> String {
    let setup = Setup { isocentre_mm: [27.0, 10.0, -24.0], ..Setup::default() };
    let world = Schematic::new();
    let theatre = Theatre { setup: &setup, world: &world, flow: &Geometric, imaging: None, film: None };
    let mut block = Block::new(&theatre, Header::new(&theatre, "test", "schematic"));
    let entry_mm = [30.0, 82.0, -26.0];
    for action in
        rami_procedure::operator::prepare::before(&setup, entry_mm, &[("drug", "bupivacaine 0.25% 3ml")])
    {
        block.act(action).unwrap();
    }
    let direction = [0.0, -1.0, 0.0];
    block.act(Action::InsertNeedle { needle: needle.into(), entry_mm, direction, bevel_deg: 0.0 }).unwrap();
    block.act(Action::Advance { mm: 67.0 }).unwrap();
    let events = block.act(Action::Stimulate { mode, milliamp }).unwrap();
    events
        .iter()
        .find_map(|event| match event {
            Event::Stimulated { answer, .. } => Some(answer.clone()),
            _ => None,
        })
        .unwrap()
}

#[test]
fn the_needle_in_the_hand_says_how_much_of_it_is_bare() {
    let insulated = said("22G-120-rf5", Stimulus::Sensory, 1.0);
    assert!(
        insulated.starts_with("tingling in the thigh") && !insulated.contains("insulation"),
        "{insulated}"
    );
    let bare = said("22G-120-chiba", Stimulus::Sensory, 1.0);
    assert!(bare.starts_with("nothing is felt") && bare.contains("no insulation"), "{bare}");
    let more = said("22G-120-chiba", Stimulus::Sensory, 15.0);
    assert!(more.starts_with("tingling in the thigh"), "{more}");
    let none = said("22G-120-rf5", Stimulus::Motor, 0.05);
    assert!(none.starts_with("nothing twitches"), "{none}");
}
