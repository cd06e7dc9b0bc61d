//! Time of a step of 1 mm through layers, with everything a screen asks for.
#![allow(clippy::expect_used)] // a benchmark that cannot be built should stop

use rami_needle::tissue::{Medium, Place};
use rami_needle::{Insertion, Pose, catalogue};

fn main() {
    divan::main();
}

fn layers(p: [f64; 3]) -> Place {
    Place::from(if p[1] > -20.0 { Medium::Fat } else { Medium::Muscle })
}

#[divan::bench]
fn one_millimetre_at_100_mm_depth_with_reading(bencher: divan::Bencher) {
    let needle = catalogue::find("22G-150-chiba").expect("a needle of the catalogue");
    let start = Pose::new([0.0; 3], [0.0, -1.0, 0.0], [1.0, 0.0, 0.0]).expect("a direction");
    let mut insertion = Insertion::new(needle, &layers, start);
    insertion.advance(100.0, 0.0).expect("room to advance");
    bencher.bench_local(|| {
        insertion.advance(1.0, 0.0).expect("room to advance");
        let reading = insertion.reading();
        insertion.withdraw(1.0).expect("it came from there");
        reading
    });
}
