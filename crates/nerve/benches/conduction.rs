//! Time of one compartment-step: one fibre, and 64 fibres in bundles of 8. Divide by 1000 and by 64 000.
#![allow(clippy::expect_used)] // a benchmark that cannot be built should stop

use rami_nerve::cable::{Cable, Fibre, Stepper};
use rami_nerve::membrane::{HodgkinHuxley, Membrane, Sundt};
use rami_nerve::potential::Waveform;

fn main() {
    divan::main();
}

fn one<'a, M: Membrane>(membrane: &'a M) -> Stepper<'a, M, 1> {
    Stepper::new(membrane, [fibre(1.0)], 0.005).expect("a fibre of the reference case")
}

fn bundle<'a, M: Membrane>(membrane: &'a M) -> Vec<Stepper<'a, M, 8>> {
    (0..8)
        .map(|_| Stepper::new(membrane, std::array::from_fn(|l| fibre(0.8 + 0.05 * l as f64)), 0.005))
        .collect::<Result<_, _>>()
        .expect("fibres of the reference case")
}

fn fibre(diameter_um: f64) -> Fibre {
    let cable = Cable::new(diameter_um, 20.0, 1000).expect("the reference case");
    Fibre::new(cable).with_clamp(0, 0.2, Waveform::pulse(0.1, 1.0))
}

#[divan::bench]
fn hodgkin_huxley_one_fibre_1000_compartments(bencher: divan::Bencher) {
    let membrane = HodgkinHuxley::new(18.5);
    let mut stepper = one(&membrane);
    bencher.bench_local(|| stepper.step());
}

#[divan::bench]
fn sundt_one_fibre_1000_compartments(bencher: divan::Bencher) {
    let membrane = Sundt::new(37.0);
    let mut stepper = one(&membrane);
    bencher.bench_local(|| stepper.step());
}

#[divan::bench]
fn hodgkin_huxley_64_fibres_1000_compartments(bencher: divan::Bencher) {
    let membrane = HodgkinHuxley::new(18.5);
    let mut steppers = bundle(&membrane);
    bencher.bench_local(|| steppers.iter_mut().for_each(Stepper::step));
}

#[divan::bench]
fn sundt_64_fibres_1000_compartments(bencher: divan::Bencher) {
    let membrane = Sundt::new(37.0);
    let mut steppers = bundle(&membrane);
    bencher.bench_local(|| steppers.iter_mut().for_each(Stepper::step));
}
