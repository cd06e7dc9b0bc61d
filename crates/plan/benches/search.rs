//! How many paths are decided and scored a second: on the labelled CT beside the repository, or on the person of the
//! tests where it is missing. `cargo xtask bench plan` runs a peer on the same CT.

#![allow(clippy::unwrap_used, clippy::print_stdout)] // a benchmark that cannot be set up should say so and stop

#[path = "../tests/common/mod.rs"]
mod common;

use divan::Bencher;
use divan::counter::ItemsCount;
use rami_anatomy::{Anatomy, InferOptions, StructureMap, infer};
use rami_plan::{PlanOptions, SearchBench};
use rami_volume::nifti;
use std::path::Path;

fn main() {
    rates();
    divan::main();
}

/// Rates by processor time, which a busy machine does not spoil: what two cores do if nobody else uses them.
fn rates() {
    let search = search();
    let say = |what: &str, count: usize, work: &dyn Fn()| {
        work();
        let before = cpu_seconds();
        let mut rounds = 0;
        while rounds < 3 || cpu_seconds() - before < 1.0 {
            work();
            rounds += 1;
        }
        let seconds = cpu_seconds() - before;
        if seconds > 0.0 {
            let rate = 2.0 * (rounds * count) as f64 / seconds;
            println!("{what}: {count} paths, {rate:.0} a second by the processor time of two cores");
        }
    };
    say("decide", search.paths(), &|| {
        divan::black_box(search.decide());
    });
    let free = search.free();
    say("score", search.decide(), &|| {
        divan::black_box(search.score(&free));
    });
}

/// Processor time of this process, user and system, s (proc(5): fields 14 and 15 of `stat`, in hundredths on Linux).
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after_name.split_whitespace().skip(11).take(2).filter_map(|t| t.parse::<f64>().ok());
    ticks.sum::<f64>() / 100.0
}

fn anatomy() -> Anatomy {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/totalsegmentator-example");
    if !folder.exists() {
        println!("the labelled CT is missing: this is the person of the tests");
        return common::Person::default().make().1;
    }
    let ct = nifti::read_ct(&folder.join("ct.nii.gz")).unwrap().ct;
    let file = nifti::read_labels(&folder.join("labels.nii.gz")).unwrap();
    let (structures, _) = StructureMap::new(file.labels, &file.names);
    infer(&ct, structures, &InferOptions::default()).unwrap()
}

fn search() -> SearchBench {
    SearchBench::new(&anatomy(), &PlanOptions::default()).unwrap()
}

/// Every direction of every target of both sides and three levels.
#[divan::bench(sample_count = 10)]
fn decide(bencher: Bencher) {
    let search = search();
    bencher.counter(ItemsCount::new(search.paths())).bench_local(|| search.decide());
}

/// The free ones against every structure, one by one and none left out; deciding is not in the time.
#[divan::bench(sample_count = 10)]
fn score_what_is_free(bencher: Bencher) {
    let search = search();
    let free = search.free();
    bencher.counter(ItemsCount::new(search.decide())).bench_local(|| search.score(&free));
}
