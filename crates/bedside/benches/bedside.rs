//! A needle's step in a world with everything a screen asks for, and whole mapping answers.
#![allow(clippy::expect_used)] // a benchmark that cannot be built should stop

use rami_anatomy::patient::population::{self, Known, TrunkSource};
use rami_anatomy::patient::{Patient, Scanner};
use rami_anatomy::{Anatomy, InferOptions, Posture, Side, StructureMap, VertebralLevel, infer};
use rami_bedside::World;
use rami_bedside::electrical::{self, ElectricalOptions};
use rami_bedside::low_volume::{self, LowVolumeOptions};
use rami_bedside::needle::WorldNeedle;
use rami_case::Case;
use rami_volume::Point;
use std::collections::BTreeMap;
use std::sync::OnceLock;

fn main() {
    divan::main();
}

fn person() -> &'static (World, Anatomy) {
    static PERSON: OnceLock<(World, Anatomy)> = OnceLock::new();
    PERSON.get_or_init(|| {
        let traits = population::draw(1, 0, Known::default(), TrunkSource::Cadaver).expect("an adult");
        let patient = Patient::grow(&traits, None, Posture::Prone);
        let grid = patient.grid([1.5; 3]).expect("a grid");
        let scan = patient.scan(&grid, &Scanner::default(), false).expect("a scan");
        let (structures, _) = StructureMap::new(scan.labels, &BTreeMap::new());
        let options = InferOptions { posture: Posture::Prone, ..InferOptions::default() };
        let anatomy = infer(&scan.ct, structures.clone(), &options).expect("a belief");
        let case = Case { structures: Some(structures), ..Case::new(String::new(), scan.ct, Posture::Prone) };
        let world = World::of_truth(&case, &patient.truth(), anatomy.skin.clone(), 1).expect("a world");
        (world, anatomy)
    })
}

fn tip() -> Point {
    let (world, _) = person();
    let l3 = world.levels.mark(VertebralLevel::L3).expect("L3");
    world.trunks.get(Side::Left).at_level(3.0).expect("a trunk") - l3.anterior * 2.0 - l3.right * 2.0
}

#[divan::bench]
fn needle_step_of_1_mm_at_80_mm(bencher: divan::Bencher) {
    let (world, _) = person();
    let l3 = world.levels.mark(VertebralLevel::L3).expect("L3");
    let entry = l3.centroid - l3.right * 70.0 - l3.anterior * 95.0;
    let needle = rami_needle::catalogue::find("22G-150-chiba").expect("a needle of the catalogue");
    let mut needle =
        WorldNeedle::new(world, needle, &entry, &(l3.centroid - l3.right * 40.0), 0.0).expect("a path");
    needle.advance(80.0, 0.0).expect("room to advance");
    bencher.bench_local(|| {
        let step = needle.advance(1.0, 0.0).expect("room to advance");
        needle.withdraw(step.advance.moved_mm).expect("it came from there");
        step
    });
}

#[divan::bench]
fn electrical_mapping(bencher: divan::Bencher) {
    let (world, anatomy) = person();
    let options = ElectricalOptions::at(tip());
    bencher.bench_local(|| electrical::map(world, anatomy, &options).expect("an answer"));
}

#[divan::bench]
fn low_volume_mapping(bencher: divan::Bencher) {
    let (world, anatomy) = person();
    let options = LowVolumeOptions::at(tip());
    bencher.bench_local(|| low_volume::map(world, anatomy, &options).expect("an answer"));
}
