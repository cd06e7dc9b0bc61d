//! Speed of an assessment.
#![allow(clippy::unwrap_used)] // a bench whose chart does not read is a bug

fn main() {
    divan::main();
}

const CHART: &str = include_str!("../tests/charts/crps.toml");

#[divan::bench]
fn assess(bencher: divan::Bencher) {
    let chart = rami_clinic::Chart::from_toml(CHART).unwrap();
    bencher.bench_local(|| rami_clinic::assess(&chart, None).unwrap());
}

#[divan::bench]
fn decision_aid(bencher: divan::Bencher) {
    let chart = rami_clinic::Chart::from_toml(CHART).unwrap();
    let assessment = rami_clinic::assess(&chart, None).unwrap();
    let english = rami_clinic::decision::Language::English;
    bencher.bench_local(|| rami_clinic::decision::decision_aid(&chart, &assessment, english));
}
