//! What the score says of a session, on the schematic person: each point with its moment, and looks that count.
#![allow(clippy::unwrap_used)] // a test stops at the first surprise

#[path = "common/plain.rs"]
mod plain;

use plain::{aim, by_the_book, setup, theatre};
use rami_procedure::action::{Action, Watch};
use rami_procedure::flow::Geometric;
use rami_procedure::operator::{Protocol, Skill, run};
use rami_procedure::schematic::Schematic;
use rami_procedure::score::{self, Score};
use rami_procedure::session::{Block, Header};
use rami_procedure::{Setup, Theatre};

/// Plays actions after everything that comes before the needle, by a plan.
fn played(actions: Vec<Action>) -> Score {
    let (setup, world) = (setup(), Schematic::new());
    let theatre = theatre(&setup, &world);
    let mut header = Header::new(&theatre, "test", "schematic");
    header.aim = Some(aim());
    let mut block = Block::new(&theatre, header);
    let syringes = rami_procedure::operator::prepare::SYRINGES;
    for action in rami_procedure::operator::prepare::before(&setup, aim().entry_mm, &syringes) {
        block.act(action).unwrap();
    }
    for action in actions {
        // A refusal is part of what is scored.
        let _ = block.act(action);
    }
    score::score(&block.session, &block.state)
}

fn insert() -> Action {
    Action::InsertNeedle {
        needle: "22G-150-chiba".into(),
        entry_mm: aim().entry_mm,
        direction: [-47.0, -88.0, 0.0],
        bevel_deg: 0.0,
    }
}

fn turned(primary_deg: f64) -> Action {
    Action::MoveCArm { primary_deg, secondary_deg: 0.0 }
}

fn drug() -> Action {
    Action::Inject { label: "drug".into(), volume_ml: 2.0, rate_ml_s: 0.2, watch: Watch::Blind }
}

fn earned(score: &Score, id: &str) -> f64 {
    score.points.iter().find(|point| point.id == id).unwrap().earned
}

#[test]
fn every_point_has_its_moment_whatever_was_left_out() {
    let setup = Setup { isocentre_mm: [20.0, -13.0, -8.0], ..Setup::default() };
    let world = Schematic::new();
    let theatre = Theatre { setup: &setup, world: &world, flow: &Geometric, imaging: None, film: None };
    let mut header = Header::new(&theatre, "test", "schematic");
    header.aim = Some(aim());
    let mut block = Block::new(&theatre, header);
    run(&mut block, &mut Protocol::new(aim(), Skill::perfect(), 1));
    let whole = score::score(&block.session, &block.state);
    let nothing = played(vec![insert(), Action::Advance { mm: 30.0 }]);
    for score in [&whole, &nothing] {
        assert!(score.points.len() > 8);
        for point in &score.points {
            let at = point.at_s.unwrap_or_else(|| panic!("{} has no moment", point.id));
            assert!((0.0..=block.state.clock_s).contains(&at), "{} at {at}", point.id);
        }
    }
    let radiation = whole.points.iter().find(|point| point.id == "radiation").unwrap();
    assert_eq!(radiation.at_s, Some(block.state.clock_s), "a sum is known at the end");
}

#[test]
fn two_views_are_those_before_the_drug_from_where_the_c_arm_really_stood() {
    let way = |rest: Vec<Action>| {
        let mut all = vec![insert(), Action::Advance { mm: 60.0 }, turned(180.0), Action::Shot];
        all.extend(rest);
        earned(&played(all), "two_views")
    };
    assert_eq!(way(vec![turned(90.0), Action::Shot, drug()]), 4.0);
    assert_eq!(way(vec![drug(), turned(90.0), Action::Shot]), 0.0, "a view after the drug comes too late");
    assert_eq!(way(vec![turned(1e6), Action::Shot, drug()]), 0.0, "a refused turn leaves the C-arm behind");
}

#[test]
fn the_view_down_the_needle_is_the_one_from_the_plans_angle_and_not_the_first_picture() {
    let planned = aim().primary_deg;
    let looks = |angles: &[f64]| {
        let mut all = vec![insert(), Action::Advance { mm: 15.0 }];
        all.extend(angles.iter().flat_map(|angle| [turned(*angle), Action::Shot]));
        played(all).measures["tunnel_view_error_deg"].unwrap()
    };
    let alone = looks(&[planned]);
    assert!(alone < 5.0, "{alone}");
    assert_eq!(looks(&[180.0, planned]), alone, "a picture from behind first is no tunnel view");
    assert!(looks(&[180.0]) > 20.0, "who never looks down the needle is as far off as the picture is");
}

#[test]
fn a_breach_says_how_far_into_the_structure_the_tip_came() {
    let all = vec![insert(), Action::Advance { mm: 95.0 }, Action::Advance { mm: 50.0 }];
    let score = played(all);
    let point = score.points.iter().find(|point| point.id == "breaches").unwrap();
    assert!(point.earned < point.possible, "{point:?}");
    for part in point.why.split(", ") {
        let number = |text: &str| text.split_whitespace().next().unwrap().parse::<f64>().unwrap();
        let (into, whole) = (number(part), number(part.split('(').nth(1).unwrap()));
        assert!(into > 0.0 && into < whole, "{part}");
    }
}

#[test]
fn beside_the_reference_run_a_session_has_its_measures_and_how_far_the_two_ways_of_the_tip_lie_apart() {
    let (setup, world) = (setup(), Schematic::new());
    let theatre = theatre(&setup, &world);
    let (own, own_end) = by_the_book(&theatre, Skill::human(), 3).finish();
    let (reference, reference_end) = by_the_book(&theatre, Skill::perfect(), 1).finish();
    let compared = |session, end, other, other_end| {
        let mut score = score::score(session, end);
        score.compare(session, other, other_end);
        score
    };
    let same = compared(&reference, &reference_end, &reference, &reference_end);
    let apart = |score: &Score, key: &str| score.measures[key].unwrap();
    for key in ["hausdorff_from_reference_mm", "frechet_from_reference_mm"] {
        assert_eq!(apart(&same, key), 0.0, "{key}");
    }
    let beside = compared(&own, &own_end, &reference, &reference_end);
    assert_eq!(beside.reference, score::measures(&reference, &reference_end));
    assert_ne!(beside.reference["path_length_mm"], beside.measures["path_length_mm"]);
    let (hausdorff, frechet) =
        (apart(&beside, "hausdorff_from_reference_mm"), apart(&beside, "frechet_from_reference_mm"));
    // Following a way in order is never shorter than being near it in any order.
    assert!(0.5 < hausdorff && hausdorff <= frechet + 1e-9 && frechet < 100.0, "{hausdorff} {frechet}");
}
