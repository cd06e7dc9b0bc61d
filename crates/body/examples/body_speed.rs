//! Processor time of one person's six hours at one second, part by part, as `case value` lines in ms: on a busy machine
//! wall-clock time says little.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a measurement, run by hand

use rami_body::autonomic::leg::Setting;
use rami_body::autonomic::{Blocked, Condition, Subject, Traits, pressure, report};
use std::hint::black_box;
use std::time::Instant;

/// The system renews a process's time every few ms: each measurement runs the work so often.
const TIMES: u32 = 50;
const REPEATS: u32 = 5;

fn main() {
    let setting = Setting {
        room_c: 22.0,
        baseline_toe_c: None,
        traits: [Traits::of(Condition::Healthy, true); 2],
        weight_kg: 70.0,
    };
    let (block, none) = (Blocked::with_onset(1.0).unwrap(), Blocked::at_once(0.0).unwrap());
    let follow = || Subject::typical(&setting).unwrap().follow([&block, &none], None, 360.0, 1.0).unwrap();
    let response = follow();
    measure("follow", follow);
    measure("milestones", || report::milestones(&response, 0));
    measure("rules", || report::judge_rules(&response, 0));
    measure("pressure", || pressure::judge(&response, 1.0));
    measure("all outputs", || {
        let response = follow();
        let rules = report::judge_rules(&response, 0);
        (report::milestones(&response, 0), rules, pressure::judge(&response, 1.0), response)
    });
}

/// The least of several times, in ms of the processor where the system tells it.
fn measure<T>(name: &str, work: impl Fn() -> T) {
    let least = (0..REPEATS).map(|_| timed(&work)).fold(f64::INFINITY, f64::min);
    println!("{name} {least:.2}");
}

fn timed<T>(work: &impl Fn() -> T) -> f64 {
    let (start, before) = (Instant::now(), processor_ms());
    (0..TIMES).for_each(|_| drop(black_box(work())));
    let wall = start.elapsed().as_secs_f64() * 1e3;
    before.zip(processor_ms()).map_or(wall, |(before, after)| after - before) / f64::from(TIMES)
}

/// Time this process has run: the first figure of `/proc/self/schedstat`, in ns.
fn processor_ms() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/schedstat").ok()?;
    text.split_whitespace().next()?.parse::<f64>().ok().map(|ns| ns * 1e-6)
}
