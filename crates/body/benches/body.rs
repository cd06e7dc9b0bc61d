//! One person for six hours at one second, a population, and a plasma course.
#![allow(clippy::unwrap_used, missing_docs)]

use rami_body::autonomic::leg::Setting;
use rami_body::autonomic::{Blocked, Condition, RespondOptions, Side, Subject, Traits};
use rami_body::pain::Arm;
use rami_body::pharmacokinetics::{PkOptions, Site};
use rami_body::{Person, autonomic};
use rami_units::{Celsius, Kg, Mg, Minutes};

fn main() {
    divan::main();
}

#[divan::bench]
fn one_person_six_hours_at_one_second(bencher: divan::Bencher) {
    let setting = Setting {
        room_c: 22.0,
        baseline_toe_c: None,
        traits: [Traits::of(Condition::Healthy, true); 2],
        weight_kg: 70.0,
    };
    let (block, none) = (Blocked::with_onset(1.0).unwrap(), Blocked::at_once(0.0).unwrap());
    bencher.bench(|| {
        let response = Subject::typical(&setting).unwrap().follow([&block, &none], None, 360.0, 1.0).unwrap();
        let pressure = autonomic::pressure::judge(&response, 1.0);
        let rules = autonomic::report::judge_rules(&response, 0);
        (autonomic::report::milestones(&response, 0), pressure, rules, response)
    });
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn ten_thousand_people_two_hours(bencher: divan::Bencher) {
    let question = RespondOptions {
        blocked: Blocked::with_onset(1.0).unwrap(),
        blocked_right: None,
        beside_trunk: 0.0,
        injected: Arm::Anaesthetic,
        nrs_before: 7.0,
        side: Side::Left,
        room: Celsius::literal(22.0),
        baseline_toe: None,
        condition: Condition::Healthy,
        weight: Kg::literal(70.0),
        stress: None,
        horizon: Minutes::literal(120.0),
        population: 10_000,
        seed: 1,
    };
    bencher.bench(|| question.run().unwrap());
}

fn plasma(site: Site, population: u32) -> PkOptions {
    PkOptions {
        drug: "bupivacaine".into(),
        dose: Mg::literal(25.0),
        site,
        person: Person::typical(),
        adrenaline: false,
        intravascular_fraction: 0.0,
        over: Minutes::literal(1.0),
        horizon: Minutes::literal(360.0),
        absorbed: None,
        population,
        seed: 1,
    }
}

#[divan::bench(args = [0, 1000], sample_count = 10)]
fn plasma_after_absorption(bencher: divan::Bencher, population: u32) {
    let question = plasma(Site::Retroperitoneal, population);
    bencher.bench(|| question.run().unwrap());
}

#[divan::bench(args = [0, 1000], sample_count = 10)]
fn plasma_after_a_bolus(bencher: divan::Bencher, population: u32) {
    let question = plasma(Site::Iv, population);
    bencher.bench(|| question.run().unwrap());
}
