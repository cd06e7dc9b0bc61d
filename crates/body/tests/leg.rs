//! What the leg model promises.
#![allow(clippy::unwrap_used)] // a failed unwrap is a failed test

use proptest::prelude::*;
use rami_body::autonomic::leg::Setting;
use rami_body::autonomic::report::milestones;
use rami_body::autonomic::{
    Blocked, Condition, RespondOptions, RespondReport, Response, Side, Stress, StressKind, Subject, Traits,
};
use rami_body::pain::Arm;
use rami_units::{Celsius, Kg, Minutes};

fn ask(fraction: f64, room: f64) -> RespondOptions {
    RespondOptions {
        blocked: Blocked::with_onset(fraction).unwrap(),
        blocked_right: None,
        beside_trunk: 0.0,
        injected: Arm::Anaesthetic,
        nrs_before: 7.0,
        side: Side::Left,
        room: Celsius::literal(room),
        baseline_toe: None,
        condition: Condition::Healthy,
        weight: Kg::literal(70.0),
        stress: None,
        horizon: Minutes::literal(120.0),
        population: 40,
        seed: 1,
    }
}

fn run(fraction: f64, room: f64) -> RespondReport {
    ask(fraction, room).run().unwrap()
}

fn setting(room_c: f64, baseline_toe_c: Option<f64>) -> Setting {
    Setting { room_c, baseline_toe_c, traits: [Traits::of(Condition::Healthy, true); 2], weight_kg: 70.0 }
}

fn denervated(room: f64, toe: Option<f64>, minutes: f64, step_s: f64) -> Response {
    let (all, none) = (Blocked::at_once(1.0).unwrap(), Blocked::at_once(0.0).unwrap());
    Subject::typical(&setting(room, toe)).unwrap().follow([&all, &none], None, minutes, step_s).unwrap()
}

#[test]
fn the_typical_course_is_the_one_it_was_fitted_to() {
    // Frank 2000: +1 °C at 17, half at 25, 95 % at 40 min, 33.8 ± 0.9 °C. One onset law of two constants cannot meet
    // all four; the fit leaves up to 3 min.
    let report = run(1.0, 22.0);
    assert!((report.rise_1c_min.unwrap() - 17.0).abs() < 2.0, "{:?}", report.rise_1c_min);
    assert!((report.t50_min.unwrap() - 25.0).abs() < 3.5, "{:?}", report.t50_min);
    assert!((report.t95_min.unwrap() - 40.0).abs() < 4.0, "{:?}", report.t95_min);
    assert!((report.t_max_c - 33.8).abs() < 0.3, "{}", report.t_max_c);
}

#[test]
fn heat_is_conserved() {
    let heat = denervated(22.0, None, 120.0, 1.0).heat_j;
    // Trapezoidal steps conserve exactly: what is left is the rounding of 6e4 additions.
    let imbalance = heat.supplied - heat.lost - heat.stored;
    assert!(imbalance.abs() < 1e-9 * heat.supplied, "{imbalance} of {}", heat.supplied);
}

#[test]
fn without_a_block_nothing_moves() {
    let report = run(0.0, 22.0);
    assert!(report.toe_rise_c.abs() < 1e-9 && report.rise_1c_min.is_none());
    assert!(report.rules.iter().all(|rule| !rule.fired));
}

#[test]
fn steps_of_a_second_are_converged() {
    let toe = |step: f64| denervated(22.0, None, 60.0, step).temperature.last().unwrap()[0][0];
    let at_ten_minutes = |step: f64| denervated(22.0, None, 10.0, step).temperature.last().unwrap()[0][0];
    assert!((toe(1.0) - toe(0.1)).abs() < 1e-3);
    // While flow changes, coefficients of the step's end make it first order: half a second of a 1 °C/min climb.
    assert!((at_ten_minutes(1.0) - at_ten_minutes(0.1)).abs() < 0.02);
}

#[test]
fn the_steady_state_is_the_balance_of_its_equations() {
    // Open toe: w = 41 (less what large arteries take), w_cc = 20, K = 1, h = 10 W/(m² K); 22 °C room.
    let response = denervated(22.0, None, 300.0, 1.0);
    let w = 41.0 * f64::from(response.distal_pressure.last().unwrap()[0]);
    let supply = w * (1.0 - (-w / 20.0_f64).exp()) + 1.0;
    let by_hand = (supply * response.core.last().unwrap() + 10.0 * 22.0) / (supply + 10.0);
    let computed = response.temperature.last().unwrap()[0][0];
    // Six minutes' lag behind a core that falls by hundredths of a degree an hour.
    assert!((computed - by_hand).abs() < 0.01, "{computed} against {by_hand}");
}

#[test]
fn a_cold_room_makes_cold_toes_and_larger_rises_and_a_warm_room_the_opposite() {
    let (cold, usual, warm) = (run(1.0, 18.0), run(1.0, 22.0), run(1.0, 28.0));
    assert!(cold.baseline_toe_c < usual.baseline_toe_c && usual.baseline_toe_c < warm.baseline_toe_c);
    assert!(cold.toe_rise_c > usual.toe_rise_c && usual.toe_rise_c > warm.toe_rise_c);
    assert!(cold.warnings.iter().any(|w| w.starts_with("extrapolation")));
}

#[test]
fn an_instantly_denervated_toe_follows_the_peer_model() {
    // JOS-3 0.5.0, feet denervated at once: °C at 0 and 60 min, minutes to 95 % of the rise.
    for (room, start, end, t95) in
        [(20.0, 25.1, 33.4, 24.0), (22.0, 26.9, 33.8, 23.0), (24.0, 28.8, 34.2, 21.0)]
    {
        let response = denervated(room, Some(start), 90.0, 1.0);
        let m = milestones(&response, 0);
        // Another model with another skin: plateaus within 0.3 °C, 95 % within 6 min, first degree within 2 min.
        assert!((response.temperature[3600][0][0] - end).abs() < 0.3, "{room}: {}", m.t_max_c);
        assert!((m.t95_min.unwrap() - t95).abs() < 6.0, "{room}: {:?}", m.t95_min);
        assert!((m.rise_1c_min.unwrap() - 2.0).abs() < 2.0);
    }
}

#[test]
fn the_rise_falls_from_the_toe_up_and_the_other_leg_stays_cool() {
    let report = run(1.0, 22.0);
    let rise = |site: &str| {
        let series = &report.sites[site].left;
        series.last().unwrap().spread.median - series[0].spread.median
    };
    assert!(rise("toe") > rise("foot") && rise("foot") > rise("calf") && rise("calf") > rise("thigh"));
    let other = &report.sites["toe"].right;
    assert!((other.last().unwrap().spread.median - other[0].spread.median).abs() < 0.5);
}

#[test]
fn the_right_side_mirrors_the_left() {
    let right = RespondOptions { side: Side::Right, ..ask(1.0, 22.0) }.run().unwrap();
    assert_eq!(right.sites["toe"].right, run(1.0, 22.0).sites["toe"].left);
}

#[test]
fn a_warm_toe_hits_the_ceiling_and_is_judged_another_way() {
    let report =
        RespondOptions { baseline_toe: Some(Celsius::literal(33.5)), ..ask(1.0, 22.0) }.run().unwrap();
    let rule = |name: &str| report.rules.iter().find(|r| r.name == name).unwrap().clone();
    assert!(report.toe_rise_c < 2.0 && !rule("rise_2c").fired);
    assert!(rule("rise_or_warm_or_perfusion").fired);
    assert!(report.warnings.iter().any(|w| w.contains("warm before the block")));
}

#[test]
fn the_onset_fitted_to_one_series_fails_the_early_rule_of_another_and_says_so() {
    let report = run(1.0, 22.0);
    let early = report.rules.iter().find(|r| r.name == "rate_0_4_c_min_within_5_min").unwrap();
    assert!(!early.fired && early.sensitivity_percent == Some(89.5) && early.note.is_some());
}

#[test]
fn a_blocked_leg_does_not_hear_a_startle() {
    for kind in [StressKind::Startle, StressKind::Cold] {
        let stress = Some(Stress { kind, at_min: 60.0 });
        let answer = RespondOptions { stress, ..ask(1.0, 22.0) }.run().unwrap().stress.unwrap();
        assert!(answer.left_toe_flow > 0.99, "{answer:?}");
        assert!(answer.right_toe_flow < 0.75, "{answer:?}");
    }
}

#[test]
fn conditions_change_the_answer_the_way_they_are_known_for() {
    let of = |condition| RespondOptions { condition, ..ask(1.0, 22.0) }.run().unwrap();
    let healthy = of(Condition::Healthy);
    assert!(of(Condition::Raynaud).baseline_toe_c < healthy.baseline_toe_c - 2.0);
    assert!(of(Condition::CrpsWarm).toe_rise_c < 0.5 * healthy.toe_rise_c);
    let cold = of(Condition::CrpsCold);
    assert!(cold.baseline_toe_c < healthy.baseline_toe_c && cold.t_max_c < healthy.t_max_c);
    let ischaemic = of(Condition::ArterialInsufficiency);
    let [before, after] = ischaemic.toe_systolic_mmhg.unwrap();
    assert!(ischaemic.toe_rise_c < 0.8 * healthy.toe_rise_c);
    // Published: 59 to 42 mmHg. The model falls in the same direction by less; validation/warming.md prints by how much.
    assert!(before - after > 2.0 && after > 30.0, "{before} to {after}");
}

#[test]
fn saline_warms_no_foot_and_a_needle_in_psoas_warms_it_less() {
    let of = |injected| RespondOptions { injected, ..ask(1.0, 22.0) }.run().unwrap();
    let (full, psoas, saline) = (of(Arm::Anaesthetic), of(Arm::Psoas), of(Arm::Saline));
    assert!(saline.toe_rise_c.abs() < 1e-9 && saline.blocked_fraction == 0.0);
    assert!(psoas.toe_rise_c > 0.1 && psoas.toe_rise_c < 0.8 * full.toe_rise_c);
    // Under expectation saline relieves as the drug does, under transmission not at all.
    let at_2_h = |report: &RespondReport, mechanism: usize| report.pain.under[mechanism].bands[8].nrs.median;
    assert_eq!(at_2_h(&saline, 0), 7.0);
    assert!((at_2_h(&saline, 2) - at_2_h(&full, 2)).abs() < 1e-9);
}

#[test]
fn what_cannot_be_is_refused_by_name() {
    let says = |question: RespondOptions| question.run().unwrap_err().to_string();
    assert!(says(ask(1.0, 60.0)).starts_with("room temperature of 60 °C"));
    let cold = RespondOptions { baseline_toe: Some(Celsius::literal(12.0)), ..ask(1.0, 22.0) };
    assert!(says(cold).starts_with("baseline toe temperature of 12 °C"));
    assert!(says(RespondOptions { population: 0, ..ask(1.0, 22.0) }).starts_with("population of 0"));
    assert!(Blocked::with_onset(1.1).is_err() && Blocked::with_onset(-0.1).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn more_block_never_cools_the_toe(fraction in 0.0..0.95, room in 18.0..28.0) {
        let peak = |f: f64| {
            let (block, none) = (Blocked::with_onset(f).unwrap(), Blocked::at_once(0.0).unwrap());
            let subject = Subject::typical(&setting(room, None)).unwrap();
            milestones(&subject.follow([&block, &none], None, 90.0, 5.0).unwrap(), 0).t_max_c
        };
        prop_assert!(peak(fraction + 0.05) >= peak(fraction) - 1e-9);
    }
}
