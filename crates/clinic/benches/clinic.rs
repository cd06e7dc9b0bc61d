//! Speed of an assessment and of the decision aid.
#![allow(clippy::unwrap_used)] // a bench whose chart does not read is a bug

use rami_clinic::chart::{Chart, example};
use rami_clinic::indication::Indication;

fn main() {
    divan::main();
}

fn chart() -> Chart {
    Chart::from_toml(example(Indication::Crps)).unwrap()
}

#[divan::bench]
fn assess(bencher: divan::Bencher) {
    let chart = chart();
    bencher.bench_local(|| rami_clinic::assess(&chart, None).unwrap());
}

#[divan::bench]
fn decision_aid(bencher: divan::Bencher) {
    let chart = chart();
    let assessment = rami_clinic::assess(&chart, None).unwrap();
    let english = rami_clinic::decision::Language::English;
    bencher.bench_local(|| rami_clinic::decision::decision_aid(&chart, &assessment, english));
}

#[divan::bench]
fn decision_pdf(bencher: divan::Bencher) {
    let chart = chart();
    let assessment = rami_clinic::assess(&chart, None).unwrap();
    let english = rami_clinic::decision::Language::English;
    bencher.bench_local(|| {
        rami_pdf::write(&rami_clinic::decision::decision_document(&chart, &assessment, english)).unwrap()
    });
}
