//! How many paths are decided and scored a second, on the person of the tests.

#![allow(clippy::unwrap_used, clippy::print_stdout)] // a test that cannot be set up has failed, and says what it skips

#[path = "../tests/common/mod.rs"]
mod common;

use divan::Bencher;
use divan::counter::ItemsCount;
use rami_plan::{PlanOptions, SearchBench};

fn main() {
    divan::main();
}

fn search() -> SearchBench {
    let (_, anatomy) = common::Person::default().make();
    SearchBench::new(&anatomy, &PlanOptions::default()).unwrap()
}

#[divan::bench(sample_count = 5)]
fn decide(bencher: Bencher) {
    let search = search();
    bencher.counter(ItemsCount::new(search.paths())).bench_local(|| search.decide());
}

#[divan::bench(sample_count = 5)]
fn decide_and_score_what_is_free(bencher: Bencher) {
    let search = search();
    bencher.counter(ItemsCount::new(search.decide())).bench_local(|| search.decide_and_score());
}
