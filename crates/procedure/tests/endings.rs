//! How a block ends: who may go home, how the answer is judged, and what a record's end is worth.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a test stops at the first surprise

use rami_procedure::action::{Action, Watch};
use rami_procedure::flow::{Compartment, Flow, Geometric, Injection, Spread};
use rami_procedure::operator::prepare;
use rami_procedure::replay::replay;
use rami_procedure::schematic::Schematic;
use rami_procedure::session::{Block, Header, Session};
use rami_procedure::{Event, RefusalCode, Setup, Theatre, World};

/// A flow that does with everything the same.
struct Always(Spread);

impl Flow for Always {
    fn name(&self) -> &'static str {
        "geometric"
    }

    fn spread(&self, _: &dyn World, _: &Injection<'_>) -> Result<Spread, String> {
        Ok(self.0.clone())
    }
}

fn spread() -> Spread {
    let mut spread = Spread::nothing();
    spread.shares.insert(Compartment::Prevertebral, 1.0);
    spread.onset_min = 8.0;
    spread.duration_min = 300.0;
    spread
}

fn setup(isocentre_x: f64) -> Setup {
    Setup { isocentre_mm: [isocentre_x, -13.0, -8.0], ..Setup::default() }
}

/// A needle at the chain on the left and something given, as far as the needle's removal.
fn given<'t, 'a>(theatre: &'t Theatre<'a>, entry_x: f64, syringe: &str) -> Block<'t, 'a> {
    let mut block = Block::new(theatre, Header::new(theatre, "test", "schematic"));
    let entry_mm = [entry_x, 75.0, -8.0];
    let syringes =
        prepare::SYRINGES.map(|(label, text)| (label, if label == "drug" { syringe } else { text }));
    for action in prepare::before(theatre.setup, entry_mm, &syringes) {
        block.act(action).unwrap();
    }
    let direction = [21.0 - entry_x, -88.0, 0.0];
    let needle = "22G-150-chiba".to_owned();
    block.act(Action::InsertNeedle { needle, entry_mm, direction, bevel_deg: 0.0 }).unwrap();
    for _ in 0..9 {
        block.act(Action::Advance { mm: 9.97 }).unwrap();
        block.act(Action::Rotate { deg: 180.0 }).unwrap();
    }
    block.act(Action::Shot).unwrap();
    block
        .act(Action::Inject { label: "drug".into(), volume_ml: 6.0, rate_ml_s: 0.5, watch: Watch::Blind })
        .unwrap();
    block.act(Action::RemoveNeedle).unwrap();
    block
}

const DRUG: &str = "bupivacaine 0.25% 12ml";

#[test]
fn after_saline_a_person_is_examined_and_goes_home() {
    let (setup, world) = (setup(20.0), Schematic::new());
    let theatre = Theatre { setup: &setup, world: &world, flow: &Geometric, imaging: None, film: None };
    let mut block = given(&theatre, 68.0, "saline 12ml");
    block.act(Action::Observe { minutes: 60.0 }).unwrap();
    block.act(Action::ExamineSomatic).unwrap();
    block.act(Action::Discharge).unwrap();
    assert!(block.state.discharged_s.is_some());
}

#[test]
fn nobody_with_a_weak_leg_is_sent_home_before_its_power_is_back() {
    let (setup, world) = (setup(20.0), Schematic::new());
    let mut weak = spread();
    weak.roots_blocked.left = 0.9;
    let flow = Always(weak);
    let theatre = Theatre { setup: &setup, world: &world, flow: &flow, imaging: None, film: None };
    let mut block = given(&theatre, 68.0, DRUG);
    block.act(Action::Observe { minutes: 60.0 }).unwrap();
    let found = |block: &Block<'_, '_>| {
        block.session.events().any(|(_, e)| matches!(e, Event::SomaticFound { quadriceps_weak: true, .. }))
    };
    block.act(Action::ExamineSomatic).unwrap();
    assert!(found(&block));
    let refusal = block.act(Action::Discharge).unwrap_err();
    assert!(refusal.code == RefusalCode::TooEarly && refusal.first.contains("quadriceps"), "{refusal}");
    // Observed on until the drug has gone.
    block.act(Action::Observe { minutes: 200.0 }).unwrap();
    block.act(Action::Observe { minutes: 100.0 }).unwrap();
    block.act(Action::ExamineSomatic).unwrap();
    let after = block.act(Action::Discharge);
    assert!(after.as_ref().is_ok() || !after.unwrap_err().first.contains("quadriceps"));
}

#[test]
fn the_side_of_an_entry_is_that_of_the_nearer_trunk_wherever_the_c_arm_turns() {
    // An entry between the midline and a C-arm that turns about the target, left of the midline.
    let (setup, world) = (setup(21.0), Schematic::new());
    let theatre = Theatre { setup: &setup, world: &world, flow: &Geometric, imaging: None, film: None };
    let enter = |entry_x: f64| {
        let mut block = Block::new(&theatre, Header::new(&theatre, "test", "schematic"));
        let entry_mm = [entry_x, 75.0, -8.0];
        for action in prepare::before(&setup, entry_mm, &prepare::SYRINGES) {
            block.act(action).unwrap();
        }
        let needle = "22G-150-chiba".to_owned();
        let direction = [0.0, -1.0, 0.0];
        block.act(Action::InsertNeedle { needle, entry_mm, direction, bevel_deg: 0.0 }).unwrap();
        block.state.active.iter().any(|a| a.complication == rami_procedure::Complication::WrongSide)
    };
    assert!(!enter(12.0), "12 mm left of the midline is the left");
    assert!(enter(-12.0), "12 mm right of it is not");
}

#[test]
fn a_foot_that_shows_nothing_is_judged_right_as_not_blocked() {
    let (setup, world) = (setup(20.0), Schematic::new());
    // The supply is cut and yet no rule fires: what can be seen decides. `cut_min` alone warms nothing here.
    let mut hidden = spread();
    hidden.cut_min.left = [60.0; 3];
    let flow = Always(hidden);
    let theatre = Theatre { setup: &setup, world: &world, flow: &flow, imaging: None, film: None };
    let judged = |read: bool, worked: bool| {
        let mut block = given(&theatre, 68.0, DRUG);
        block.act(Action::Observe { minutes: 30.0 }).unwrap();
        if read {
            block.act(Action::ReadTemperatures).unwrap();
        }
        block.act(Action::JudgeBlock { worked }).unwrap();
        block.session.events().find_map(|(_, e)| match e {
            Event::BlockJudged { right, .. } => Some(*right),
            _ => None,
        })
    };
    assert_eq!((judged(true, false), judged(true, true)), (Some(true), Some(false)));
    assert_eq!(judged(false, true), Some(true), "who does not look is judged by what is true");
}

#[test]
fn an_end_that_is_not_the_last_lines_is_caught() {
    let (setup, world) = (setup(20.0), Schematic::new());
    let theatre = Theatre { setup: &setup, world: &world, flow: &Geometric, imaging: None, film: None };
    let (session, _) = given(&theatre, 68.0, DRUG).finish();
    let read = |session: &Session| Session::from_jsonl(&session.to_jsonl().unwrap()).unwrap();
    let whole = read(&session);
    assert!(whole.end_agrees() && replay(&theatre, &whole).divergence.is_none());
    let mut forged = whole.clone();
    forged.end.as_mut().unwrap().deposits[0].spread.held_min.left[0] = 99.0;
    let mut cut = whole;
    cut.lines.truncate(cut.lines.len() - 1);
    for wrong in [read(&forged), read(&cut)] {
        assert!(!wrong.end_agrees());
        assert!(replay(&theatre, &wrong).divergence.unwrap().what.contains("end"));
    }
}

#[test]
fn a_refusal_of_a_later_kind_is_read() {
    let (setup, world) = (setup(20.0), Schematic::new());
    let theatre = Theatre { setup: &setup, world: &world, flow: &Geometric, imaging: None, film: None };
    let mut block = Block::new(&theatre, Header::new(&theatre, "test", "schematic"));
    block.act(Action::RemoveNeedle).unwrap_err();
    let text = block.session.to_jsonl().unwrap();
    let code = serde_json::to_string(&block.session.lines[0].refused.as_ref().unwrap().code).unwrap();
    let later = text.replace(&format!("\"code\":{code}"), "\"code\":\"stardate\"");
    assert_ne!(text, later);
    let read = Session::from_jsonl(&later).unwrap();
    assert_eq!(read.lines[0].refused.as_ref().unwrap().code, RefusalCode::Unknown);
}

#[test]
fn each_person_rests_at_a_pulse_and_pressure_of_their_own() {
    let world = Schematic::new();
    let read = |seed: u64, reads: usize| -> Vec<[f64; 3]> {
        let setup = Setup { seed, ..setup(20.0) };
        let theatre = Theatre { setup: &setup, world: &world, flow: &Geometric, imaging: None, film: None };
        let mut block = Block::new(&theatre, Header::new(&theatre, "test", "schematic"));
        for action in prepare::before(&setup, [68.0, 75.0, -8.0], &prepare::SYRINGES) {
            block.act(action).unwrap();
        }
        (0..reads)
            .map(|_| {
                let events = block.act(Action::CheckVitals).unwrap();
                let vitals = events.iter().find_map(|event| match event {
                    Event::Vitals { mean_pressure_mmhg, heart_rate_per_min, spo2_percent, awake } => {
                        assert!(awake);
                        Some([*mean_pressure_mmhg, *heart_rate_per_min, *spo2_percent])
                    }
                    _ => None,
                });
                vitals.unwrap()
            })
            .collect()
    };
    let people: Vec<[f64; 3]> = (1..=60).map(|seed| read(seed, 1)[0]).collect();
    let mean = |n: usize| people.iter().map(|p| p[n]).sum::<f64>() / people.len() as f64;
    let sd = |n: usize| {
        let of = mean(n);
        (people.iter().map(|p| (p[n] - of).powi(2)).sum::<f64>() / people.len() as f64).sqrt()
    };
    // Means and spreads of the survey, to what sixty people tell.
    assert!((mean(0) - 88.0).abs() < 5.0 && (mean(1) - 72.0).abs() < 5.0, "{} {}", mean(0), mean(1));
    assert!((7.0..15.0).contains(&sd(0)) && (7.0..15.0).contains(&sd(1)), "{} {}", sd(0), sd(1));
    assert!(people.iter().all(|p| (90.0..=98.0).contains(&p[2]) && p[0] > 55.0 && p[1] > 40.0));
    let again = read(7, 8);
    assert_eq!(again, read(7, 8), "the same person at the same time reads the same");
    let apart = again.iter().map(|p| (p[1] - again[0][1]).abs()).fold(0.0, f64::max);
    // Readings lie within two standard deviations of 2, and are whole numbers.
    assert!((1.0..=9.0).contains(&apart), "readings differ a little: {apart}");
}

/// The left toe so many seconds later.
fn toe_after(block: &mut Block<'_, '_>, seconds: f64) -> f64 {
    block.act(Action::Wait { seconds }).unwrap();
    let events = block.act(Action::ReadTemperatures).unwrap();
    let toe = events.iter().find_map(|event| match event {
        Event::Temperatures { toe_c, .. } => Some(toe_c.left),
        _ => None,
    });
    toe.unwrap()
}

/// A flow that blocks the chain after so many millilitres of all, and does nothing before.
struct Late;

impl Flow for Late {
    fn name(&self) -> &'static str {
        "geometric"
    }

    fn spread(&self, _: &dyn World, injection: &Injection<'_>) -> Result<Spread, String> {
        let mut answer = spread();
        answer.duration_min = 120.0;
        // The first place lies lateral and does nothing.
        let blocks = injection.tip_mm[0] < 40.0;
        answer.blocked.left = [if blocks { 1.0 } else { 0.0 }; 3];
        answer.cut_min.left = [if blocks { 110.0 } else { 0.0 }; 3];
        Ok(answer)
    }
}

#[test]
fn a_foot_warms_from_the_drug_that_blocks_it_on_and_cools_when_its_time_is_over() {
    let (setup, world) = (setup(20.0), Schematic::new());
    let theatre = Theatre { setup: &setup, world: &world, flow: &Late, imaging: None, film: None };
    let mut block = Block::new(&theatre, Header::new(&theatre, "test", "schematic"));
    let entry_mm = [68.0, 75.0, -8.0];
    for action in prepare::before(&setup, entry_mm, &prepare::SYRINGES) {
        block.act(action).unwrap();
    }
    let direction = [21.0 - entry_mm[0], -88.0, 0.0];
    let needle = "22G-150-chiba".to_owned();
    block.act(Action::InsertNeedle { needle, entry_mm, direction, bevel_deg: 0.0 }).unwrap();
    let give = |volume_ml: f64| Action::Inject {
        label: "drug".into(),
        volume_ml,
        rate_ml_s: 0.5,
        watch: Watch::Blind,
    };
    // In muscle, behind: nothing, and for fifty minutes nothing.
    block.act(Action::Advance { mm: 20.0 }).unwrap();
    block.act(Action::Shot).unwrap();
    block.act(give(2.0)).unwrap();
    let before = toe_after(&mut block, 3000.0);
    for _ in 0..7 {
        block.act(Action::Advance { mm: 10.0 }).unwrap();
        block.act(Action::Rotate { deg: 180.0 }).unwrap();
    }
    block.act(Action::Shot).unwrap();
    block.act(give(8.0)).unwrap();
    let at_once = toe_after(&mut block, 20.0);
    let later = toe_after(&mut block, 2700.0);
    let next_day = (0..12).map(|_| toe_after(&mut block, 7000.0)).last().unwrap();
    println!("{before:.2} {at_once:.2} {later:.2} {next_day:.2}");
    assert!((at_once - before).abs() < 0.3, "20 s after the drug: {before} to {at_once}");
    assert!(later > before + 2.0, "three quarters of an hour after it: {before} to {later}");
    assert!(next_day < before + 1.0, "a day later: {next_day}");
    let fired = block.session.events().find_map(|(t, e)| matches!(e, Event::RuleFired { .. }).then_some(t));
    assert!(fired.is_some_and(|t| t > 3000.0), "{fired:?}");
}

#[test]
fn a_foot_that_was_warm_before_is_not_judged_by_its_warmth() {
    let setup = Setup { baseline_toe_c: Some(33.5), ..setup(20.0) };
    let world = Schematic::new();
    let flow = Always(spread());
    let theatre = Theatre { setup: &setup, world: &world, flow: &flow, imaging: None, film: None };
    let mut block = given(&theatre, 68.0, DRUG);
    block.act(Action::Observe { minutes: 30.0 }).unwrap();
    let events = block.act(Action::ReadTemperatures).unwrap().to_vec();
    assert!(
        events
            .iter()
            .any(|e| matches!(e, Event::RuleFired { statement, .. } if statement.contains("tells nothing")))
    );
    let judged = block.act(Action::JudgeBlock { worked: true }).unwrap();
    assert!(matches!(judged, [Event::BlockJudged { right: false, .. }]), "{judged:?}");
}

#[test]
fn nobody_goes_home_unwatched_or_with_pulse_and_breathing_gone_whether_or_not_it_was_named() {
    let (setup, world) = (setup(20.0), Schematic::new());
    let mut high = spread();
    high.shares.clear();
    high.shares.insert(Compartment::Thecal, 1.0);
    let flow = Always(high);
    let theatre = Theatre { setup: &setup, world: &world, flow: &flow, imaging: None, film: None };
    let mut block = given(&theatre, 68.0, DRUG);
    block.act(Action::Observe { minutes: 60.0 }).unwrap();
    block.act(Action::ExamineSomatic).unwrap();
    let refusal = block.act(Action::Discharge).unwrap_err();
    assert!(refusal.to_string().contains("pulse, pressure and breathing"), "{refusal}");
    assert!(refusal.to_string().contains("awake"), "{refusal}");
    // A needle and no drug: half an hour all the same, and not one from before.
    let theatre = Theatre { setup: &setup, world: &world, flow: &Geometric, imaging: None, film: None };
    let mut block = Block::new(&theatre, Header::new(&theatre, "test", "schematic"));
    block.act(Action::Observe { minutes: 40.0 }).unwrap();
    for action in prepare::before(&setup, [68.0, 75.0, -8.0], &prepare::SYRINGES) {
        block.act(action).unwrap();
    }
    let (needle, entry_mm, direction) = ("22G-150-chiba".to_owned(), [68.0, 75.0, -8.0], [-47.0, -88.0, 0.0]);
    block.act(Action::InsertNeedle { needle, entry_mm, direction, bevel_deg: 0.0 }).unwrap();
    block.act(Action::RemoveNeedle).unwrap();
    let refusal = block.act(Action::Discharge).unwrap_err();
    assert!(refusal.to_string().contains("watching are over after a needle"), "{refusal}");
    block.act(Action::Observe { minutes: 30.0 }).unwrap();
    block.act(Action::Discharge).unwrap();
}
