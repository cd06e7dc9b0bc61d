//! A row of a population, a person laid out, their scan by spacing and by threads, a mesh.

#![allow(clippy::unwrap_used)] // a benchmark

use divan::Bencher;
use rami_anatomy::Posture;
use rami_anatomy::patient::{Known, Patient, Scanner, TrunkSource, population};

fn main() {
    divan::main();
}

fn person() -> Patient {
    let traits = population::draw(1, 0, Known::default(), TrunkSource::Cadaver).unwrap();
    Patient::grow(&traits, None, Posture::Prone)
}

#[divan::bench]
fn row(bencher: Bencher) {
    let mut row = 0;
    bencher.bench_local(|| {
        row += 1;
        population::draw(1, row, Known::default(), TrunkSource::Cadaver)
    });
}

#[divan::bench(sample_count = 10)]
fn grow(bencher: Bencher) {
    bencher.bench_local(person);
}

#[divan::bench(args = [4, 3, 2, 1], sample_count = 3, sample_size = 1)]
fn scan_by_spacing_mm(bencher: Bencher, spacing: u32) {
    let patient = person();
    let grid = patient.grid([f64::from(spacing); 3]).unwrap();
    bencher.bench_local(|| patient.scan(&grid, &Scanner::default(), false));
}

#[divan::bench(args = [1, 2], sample_count = 3, sample_size = 1)]
fn scan_2_mm_by_threads(bencher: Bencher, threads: usize) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let patient = person();
    let grid = patient.grid([2.0; 3]).unwrap();
    bencher.bench_local(|| pool.install(|| patient.scan(&grid, &Scanner::default(), false)));
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn meshes_2_mm(bencher: Bencher) {
    let patient = person();
    bencher.bench_local(|| patient.meshes([2.0; 3], false));
}
