//! Whatever is done in whatever order, nothing panics and nothing that is counted is lost.
#![allow(clippy::unwrap_used)] // a test stops at the first surprise

#[path = "common/plain.rs"]
mod plain;

use plain::{aim, setup, theatre};
use proptest::prelude::*;
use rami_anatomy::{Side, VertebralLevel};
use rami_procedure::action::{Action, Pattern, Sedation, Stimulus, Watch};
use rami_procedure::complication::{Complication, Remedy, catalogue};
use rami_procedure::schematic::Schematic;
use rami_procedure::session::{Block, Header, Session};
use rami_procedure::{Event, score};

fn anything() -> impl Strategy<Value = Action> {
    let label = prop_oneof![
        Just("drug".to_owned()),
        Just("contrast".to_owned()),
        Just("skin".to_owned()),
        Just("none".to_owned())
    ];
    let watch = prop::sample::select(vec![Watch::Live, Watch::Blind, Watch::Spot, Watch::Subtracted]);
    prop_oneof![
        (0.0..60.0f64).prop_map(|mm| Action::Advance { mm }),
        (-5.0..80.0f64).prop_map(|mm| Action::Withdraw { mm }),
        (-400.0..400.0f64).prop_map(|deg| Action::Rotate { deg }),
        (-1.0..1.0f64, -1.0..0.2f64, -0.3..0.3f64)
            .prop_map(|(x, y, z)| Action::Redirect { direction: [x, y, z] }),
        // Either side of the back, towards the middle.
        (40.0..90.0f64, -60.0..40.0f64, any::<bool>()).prop_map(|(x, z, left)| Action::InsertNeedle {
            needle: "22G-150-chiba".into(),
            entry_mm: [if left { x } else { -x }, 75.0, z],
            direction: [if left { -0.5 } else { 0.5 }, -1.0, 0.05],
            bevel_deg: 10.0,
        }),
        Just(Action::RemoveNeedle),
        Just(Action::Shot),
        (50.0..400.0f64).prop_map(|mm| Action::Magnify { field_mm: Some(mm) }),
        Just(Action::Aspirate),
        Just(Action::Ask),
        Just(Action::CheckVitals),
        Just(Action::ReadTemperatures),
        Just(Action::ExamineSomatic),
        Just(Action::PositionProne),
        Just(Action::Discharge),
        (label, 0.01..6.0f64, 0.05..1.0f64, watch).prop_map(|(label, volume_ml, rate_ml_s, watch)| {
            Action::Inject { label, volume_ml, rate_ml_s, watch }
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

/// The rest of what an operator can do, well and badly.
fn anything_else() -> impl Strategy<Value = Action> {
    let complications: Vec<Complication> = catalogue().iter().map(|entry| entry.id).collect();
    let levels = [VertebralLevel::L1, VertebralLevel::L2, VertebralLevel::L3, VertebralLevel::L5];
    prop_oneof![
        (0.0..5.0f64, 0.0..40.0f64)
            .prop_map(|(seconds, pulses_per_s)| Action::Live { seconds, pulses_per_s }),
        (-1.0..30.0f64).prop_map(|milliamp| Action::Stimulate { mode: Stimulus::Motor, milliamp }),
        prop::sample::select(Pattern::ALL.to_vec()).prop_map(|pattern| Action::CallPattern { pattern }),
        any::<bool>().prop_map(|worked| Action::JudgeBlock { worked }),
        prop::sample::select(complications).prop_map(|complication| Action::Recognise { complication }),
        (-1.0..100.0f64).prop_map(|day| Action::FollowUp { day }),
        (any::<bool>(), prop::sample::select(levels.to_vec())).prop_map(|(left, level)| Action::TimeOut {
            side: if left { Side::Left } else { Side::Right },
            level
        }),
        any::<bool>()
            .prop_map(|left| Action::CorrectSide { side: if left { Side::Left } else { Side::Right } }),
        (-1.0..10.0f64).prop_map(|volume_ml| Action::NumbSkin {
            label: "skin".into(),
            volume_ml,
            at_mm: [68.0, 75.0, -8.0]
        }),
        (-200.0..200.0f64, -90.0..90.0f64)
            .prop_map(|(primary_deg, secondary_deg)| Action::MoveCArm { primary_deg, secondary_deg }),
        (-4000.0..4000.0f64).prop_map(|x| Action::Centre { at_mm: [x, 0.0, 0.0] }),
        Just(Action::Collimate { opening_mm: Some([100.0, f64::INFINITY]) }),
        Just(Action::Collimate { opening_mm: Some([120.0, 90.0]) }),
        Just(Action::RecordSedation { level: Sedation::Moderate }),
        "[a-z_]{0,12}".prop_map(|item| Action::Check { item }),
        "[ -~]{0,30}".prop_map(|content| Action::DrawUp { label: "x".into(), content }),
        Just(Action::Treat { with: Remedy::LipidInfusion { ml_per_min: f64::NAN, minutes: 10.0 } }),
        (0.0..900.0f64).prop_map(|ug| Action::Treat { with: Remedy::Adrenaline { ug } }),
        Just(Action::Treat { with: Remedy::Cpr }),
        Just(Action::AttachMonitoring),
        Just(Action::PrepareSkin),
        Just(Action::Drape),
        any::<bool>().prop_map(|given| Action::Consent { given }),
        Just(Action::Acclimatise { minutes: 5.0 }),
    ]
}

fn whatever() -> impl Strategy<Value = Action> {
    prop_oneof![3 => anything(), 2 => anything_else()]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn no_sequence_of_actions_breaks_ledger_clock_needle_or_syringe(actions in prop::collection::vec(whatever(), 1..60)) {
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
        // Nothing comes out of a syringe that was not drawn up into it, however often one is drawn up.
        let mut in_syringe: std::collections::BTreeMap<String, f64> = Default::default();
        for (_, event) in block.session.events() {
            match event {
                Event::DrawnUp { label, volume_ml, .. } => *in_syringe.entry(label.clone()).or_default() += volume_ml,
                Event::Injected { label, volume_ml, .. } => *in_syringe.entry(label.clone()).or_default() -= volume_ml,
                Event::SkinNumbed { volume_ml, .. } => *in_syringe.entry("skin".into()).or_default() -= volume_ml,
                _ => {}
            }
            prop_assert!(in_syringe.values().all(|left| *left > -1e-6), "{in_syringe:?}");
        }
        let told: f64 = block.session.events().map(|(_, event)| match event {
            Event::Injected { mass_mg, .. } | Event::SkinNumbed { mass_mg, .. } => *mass_mg,
            _ => 0.0,
        }).sum();
        let kept: f64 = block.state.doses.iter().map(|dose| dose.mass_mg).sum();
        prop_assert!((told - kept).abs() < 1e-9, "{told} {kept}");
        // Whatever was done has a score, made of lines that each explain themselves, and is read again as it was written.
        let score = score::score(&block.session, &block.state);
        prop_assert!((0.0..=100.0).contains(&score.percent), "{}", score.percent);
        prop_assert!(score.points.iter().all(|p| (0.0..=p.possible).contains(&p.earned) && !p.why.is_empty()));
        let (session, _) = block.finish();
        let text = session.to_jsonl().unwrap();
        prop_assert!(Session::from_jsonl(&text).unwrap() == session, "a record that is not read as it was written");
    }
}
