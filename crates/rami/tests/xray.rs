//! `rami xray` from the outside: pictures of the default patient and of a real CT against small committed ones.
//!
//! Look at the pictures before you renew them (`RAMI_BLESS=1`). The real CT is the example case of TotalSegmentator
//! (Apache-2.0; Wasserthal et al., Radiology: Artificial Intelligence 2023;5:e230024).
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::panic)] // helpers of tests: a failure should stop the test

use assert_cmd::Command;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Pixels of a side of the committed pictures.
const SIDE: usize = 128;

fn rami(arguments: &[&str]) {
    let output = Command::cargo_bin("rami").unwrap().args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The default patient, grown once, coarse.
fn patient() -> &'static Path {
    static CASE: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    &CASE
        .get_or_init(|| {
            let folder = tempfile::tempdir().unwrap();
            let case = folder.path().join("case");
            rami(&["phantom", "--spacing", "1.5", "--out", &case.to_string_lossy()]);
            (folder, case)
        })
        .1
}

fn real() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/totalsegmentator-example");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no real CT at {}", folder.display());
    None
}

/// Takes a picture at full size, brings it to 128 × 128, and compares it with the committed one.
fn snapshot(name: &str, arguments: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("picture.png");
    rami(&[&["xray"], arguments, &["--out", &out.to_string_lossy()]].concat());
    let small = shrink(&read(&out));
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/xray/{name}.png"));
    if std::env::var_os("RAMI_BLESS").is_some() {
        write(&kept, &small);
        return;
    }
    let wanted = read(&kept);
    assert_eq!(wanted.len(), small.len(), "{name}");
    let mean =
        small.iter().zip(&wanted).map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>() / wanted.len() as f64;
    let far = small.iter().zip(&wanted).filter(|(a, b)| a.abs_diff(**b) > 24).count();
    // The mean of 16 pixels of another machine's rounding differs by a level at most; a changed model by more.
    assert!(mean < 1.5 && far < 40, "{name}: {mean:.2} grey levels on average, {far} pixels far off");
}

fn shrink(picture: &[u8]) -> Vec<u8> {
    let side = picture.len().isqrt();
    let step = side / SIDE;
    let mean = |row: usize, column: usize| {
        let sum: usize = (0..step * step)
            .map(|i| usize::from(picture[(row * step + i / step) * side + column * step + i % step]))
            .sum();
        (sum / (step * step)) as u8
    };
    (0..SIDE * SIDE).map(|at| mean(at / SIDE, at % SIDE)).collect()
}

fn read(path: &Path) -> Vec<u8> {
    let file = std::fs::File::open(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut reader = png::Decoder::new(std::io::BufReader::new(file)).read_info().unwrap();
    let mut data = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut data).unwrap();
    data
}

fn write(path: &Path, picture: &[u8]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut encoder = png::Encoder::new(std::fs::File::create(path).unwrap(), SIDE as u32, SIDE as u32);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.write_header().unwrap().write_image_data(picture).unwrap();
}

/// A cloud of contrast medium as NIfTI: an ellipsoid of 200 mg/ml around a point.
fn contrast(folder: &Path, centre: [f64; 3]) -> String {
    use rami_volume::nifti::{self, Compression};
    use rami_volume::{Grid, Point, Volume};
    let centre = Point::from(centre);
    let grid = Grid::upright([40, 40, 70], [1.0; 3], centre + rami_volume::Vector::new(-19.5, -19.5, -34.5));
    let mut volume = Volume::filled(grid.unwrap(), 0i16);
    for at in 0..volume.data().len() {
        let p = volume.grid().to_lps(volume.grid().voxel(at).map(|v| v as f64)) - centre;
        let r = (p.x / 7.0).powi(2) + (p.y / 9.0).powi(2) + (p.z / 30.0).powi(2);
        volume.data_mut()[at] = if r < 1.0 { 200 } else { 0 };
    }
    let path = folder.join("contrast.nii.gz");
    nifti::write(
        &path,
        &volume,
        &nifti::WriteOptions { compression: Compression::Fast, ..Default::default() },
    )
    .unwrap();
    path.to_string_lossy().into_owned()
}

/// AP, lateral, tunnel view, with needle, with contrast medium.
fn five_pictures(name: &str, inputs: &[&str], needle: &str, cloud: [f64; 3]) {
    let folder = tempfile::tempdir().unwrap();
    let contrast = contrast(folder.path(), cloud);
    let views: [(&str, &[&str]); 5] = [
        ("ap", &["--lead-letter"]),
        ("lateral", &["--primary", "90"]),
        ("tunnel", &["--needle", needle, "--tunnel"]),
        ("needle", &["--needle", needle, "--primary", "155", "--collimator", "220,220"]),
        ("contrast", &["--needle", needle, "--contrast", &contrast, "--fluoroscopy"]),
    ];
    for (view, arguments) in views {
        snapshot(&format!("{name}-{view}"), &[inputs, arguments].concat());
    }
}

#[test]
fn pictures_of_the_default_patient_are_as_they_were_when_looked_at() {
    let case = patient().to_string_lossy().into_owned();
    five_pictures("default", &[&case], "70,80,4,24,-12,0", [26.0, -15.0, 0.0]);
}

#[test]
fn pictures_of_a_real_ct_are_as_they_were_when_looked_at() {
    let Some(folder) = real() else { return };
    let file = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let (ct, labels) = (file("ct.nii.gz"), file("labels.nii.gz"));
    five_pictures("real", &[&ct, "--labels", &labels], "78,-32,306,31,-146,312", [34.0, -150.0, 312.0]);
}
