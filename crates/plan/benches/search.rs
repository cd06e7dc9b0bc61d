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
    divan::main();
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
