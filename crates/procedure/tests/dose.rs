//! A block counts local anaesthetic as the assessment of its chart does.
#![allow(clippy::unwrap_used)] // a test stops at the first surprise

use rami_clinic::Chart;
use rami_clinic::chart::example;
use rami_clinic::dose::ledger;
use rami_clinic::indication::Indication;
use rami_procedure::action::{Action, Watch};
use rami_procedure::flow::Geometric;
use rami_procedure::schematic::Schematic;
use rami_procedure::session::{Block, Header};
use rami_procedure::setup::{Pictures, Subject};
use rami_procedure::state::Given;
use rami_procedure::{Event, Imaging, Setup, State, Theatre};
use rami_units::{Centimetres, Kg};

fn chart(weight_kg: f64, height_cm: f64, age: f64, liver: bool) -> Chart {
    let mut chart = Chart::from_toml(example(Indication::Crps)).unwrap();
    chart.person.weight_kg = Some(Kg::new(weight_kg).unwrap());
    chart.person.height_cm = Some(Centimetres::new(height_cm).unwrap());
    chart.person.age_years = Some(age);
    chart.health.liver_disease = Some(liver);
    chart.health.heart_disease = Some(false);
    chart.health.frail = Some(false);
    chart.dosing.given = vec!["lidocaine 1% 3ml".to_owned()];
    chart.dosing.syringes = vec!["bupivacaine 0.25% 20ml".to_owned()];
    chart
}

fn given(agent: &str, mass_mg: f64) -> Given {
    Given {
        label: agent.to_owned(),
        agent: agent.to_owned(),
        volume_ml: 1.0,
        mass_mg,
        iodine_mg: 0.0,
        adrenaline: false,
        at_s: 600.0,
        over_s: 10.0,
        in_vessel: 0.0,
        in_canal: 0.0,
        skin: false,
    }
}

#[test]
fn one_report_shows_one_share_whatever_weight_age_and_liver() {
    let mut shares = Vec::new();
    for (weight_kg, height_cm, age, liver) in [
        (75.0, 178.0, 45.0, false),
        (130.0, 170.0, 45.0, false),
        (75.0, 178.0, 84.0, false),
        (130.0, 170.0, 45.0, true),
    ] {
        let chart = chart(weight_kg, height_cm, age, liver);
        let assessed = ledger(&chart).unwrap().share.unwrap();
        let mut setup = Setup::default();
        setup.take_from(&chart);
        assert_eq!(setup.person.weight_kg, weight_kg, "plasma and rescue go by the actual weight");
        assert_eq!(setup.person.liver_function < 1.0, liver);
        let mut state = State::new(&setup);
        // 3 ml of lidocaine 1 % were given before and count; 20 ml of bupivacaine 0.25 % are given now.
        state.doses.push(given("bupivacaine", 50.0));
        let counted = state.share_of_maximum(&setup.person);
        assert!((counted - assessed).abs() < 1e-12, "{counted} in the block, {assessed} in the assessment");
        shares.push(counted);
    }
    // Obesity, age and both together with a liver: each leaves less.
    assert!(
        shares[1] > shares[0] * 1.05 && shares[2] > shares[0] * 1.3 && shares[3] > shares[1] * 1.3,
        "{shares:?}"
    );
}

#[test]
fn what_a_chart_does_not_say_is_counted_as_it_was_assumed() {
    let mut chart = chart(75.0, 178.0, 45.0, false);
    (chart.person.weight_kg, chart.person.height_cm, chart.dosing.given) = (None, None, Vec::new());
    let mut setup = Setup::default();
    setup.take_from(&chart);
    let known = Subject::default();
    assert_eq!((setup.person.ceiling_weight_kg(), setup.person.dose_factor), (known.weight_kg, 1.0));
    assert_eq!(State::new(&setup).share_of_maximum(&setup.person), 0.0);
}

#[test]
fn a_slow_injection_costs_every_pulse_of_it_and_draws_no_more_than_a_minutes_pictures() {
    let setup = Setup {
        isocentre_mm: [20.0, -13.0, -8.0],
        pictures: Pictures { draw: true, pixels: 16, detector_mm: 300.0 },
        ..Setup::default()
    };
    let world = Schematic::new();
    let ct = world.ct(6.0).unwrap();
    let imaging = Imaging::new(&ct);
    let theatre =
        Theatre { setup: &setup, world: &world, flow: &Geometric, imaging: Some(&imaging), film: None };
    let mut block = Block::new(&theatre, Header::new(&theatre, "test", "schematic"));
    let entry_mm = [68.0, 75.0, -8.0];
    for action in
        rami_procedure::operator::prepare::before(&setup, entry_mm, &[("contrast", "iohexol 240 5ml")])
    {
        block.act(action).unwrap();
    }
    let needle = "22G-150-chiba".into();
    block
        .act(Action::InsertNeedle { needle, entry_mm, direction: [-47.0, -88.0, 0.0], bevel_deg: 0.0 })
        .unwrap();
    block.act(Action::Advance { mm: 60.0 }).unwrap();
    block.act(Action::Shot).unwrap();
    let before = block.state.radiation;
    // 3 ml at 0.02 ml/s are 150 s on the pedal, and two more.
    let inject =
        Action::Inject { label: "contrast".into(), volume_ml: 3.0, rate_ml_s: 0.02, watch: Watch::Live };
    let events = block.act(inject).unwrap().to_vec();
    let (frames, drawn, dap) = events
        .iter()
        .find_map(|event| match event {
            Event::Exposed { frames, sha256, dap_gy_cm2, .. } => Some((*frames, sha256.len(), *dap_gy_cm2)),
            _ => None,
        })
        .unwrap();
    let after = &block.state.radiation;
    assert_eq!(frames, 8 * 152);
    assert_eq!(after.pulses - before.pulses, 8 * 152);
    assert!((after.fluoroscopy_s - before.fluoroscopy_s - 152.0).abs() < 1e-6, "{}", after.fluoroscopy_s);
    assert!((240..=480).contains(&drawn), "{drawn} pictures");
    // A short one beside it: dose goes by time.
    let short =
        Action::Inject { label: "contrast".into(), volume_ml: 1.0, rate_ml_s: 0.5, watch: Watch::Live };
    let events = block.act(short).unwrap().to_vec();
    let short = events
        .iter()
        .find_map(|event| match event {
            Event::Exposed { dap_gy_cm2, .. } => Some(*dap_gy_cm2),
            _ => None,
        })
        .unwrap();
    assert!((dap / short / 38.0 - 1.0).abs() < 0.02, "{dap} for 152 s, {short} for 4 s");
}
