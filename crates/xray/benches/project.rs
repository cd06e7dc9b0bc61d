//! Frames of a 512 x 512 x 200 CT on a 512 x 512 detector.
#![allow(clippy::expect_used)] // a benchmark may stop

#[path = "../tests/support/mod.rs"]
mod support;

use divan::{Bencher, black_box};
use rami_volume::{Ct, Point};
use rami_xray::{CArmPose, Detector, FastProjector, Projector, View};
use std::sync::LazyLock;

static CT: LazyLock<Ct> =
    LazyLock::new(|| support::torso([512, 512, 200], [0.78, 0.78, 1.5], 12.0).expect("a grid"));
static PROJECTOR: LazyLock<FastProjector<'static>> = LazyLock::new(|| {
    let projector = FastProjector::new(&CT);
    projector.prepare();
    projector
});

/// AP, 25° oblique, lateral.
const POSES: [f64; 3] = [180.0, 155.0, 90.0];

#[divan::bench(args = POSES, sample_count = 60)]
fn pose_change_512(bencher: Bencher, primary: f64) {
    let view = View::new(CArmPose::new(primary, 0.0, Point::origin()), Detector::default()).expect("a view");
    LazyLock::force(&PROJECTOR);
    bencher.bench(|| PROJECTOR.project(black_box(&view)));
}

#[divan::bench(sample_count = 5)]
fn pack_both_axes(bencher: Bencher) {
    LazyLock::force(&CT);
    bencher.bench(|| FastProjector::new(&CT).prepare());
}

fn main() {
    divan::main();
}
