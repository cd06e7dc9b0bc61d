//! X-ray views of the default patient look as the committed snapshots do.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a failed unwrap is a failed test

use assert_cmd::Command;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

const VIEWS: [(&str, &str); 3] = [("ap", "180"), ("lateral", "90"), ("oblique", "153")];
const PIXELS: usize = 384;
/// Blocks along a side that pictures are compared by.
const BLOCKS: usize = 48;

fn snapshot(view: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/snapshots/phantom-{view}.png"))
}

fn rami(folder: &Path, args: &str) {
    let output = Command::cargo_bin("rami")
        .unwrap()
        .current_dir(folder)
        .args(args.split_whitespace())
        .output()
        .unwrap();
    assert!(output.status.success(), "{args}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Mean grey of every block.
fn blocks(path: &Path) -> Vec<f64> {
    let mut reader = png::Decoder::new(BufReader::new(File::open(path).unwrap())).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    assert_eq!((info.width as usize, info.height as usize), (PIXELS, PIXELS));
    let channels = info.buffer_size() / (PIXELS * PIXELS);
    let side = PIXELS / BLOCKS;
    (0..BLOCKS * BLOCKS)
        .map(|b| {
            let (row, column) = (b / BLOCKS * side, b % BLOCKS * side);
            let sum: f64 = (0..side * side)
                .map(|n| f64::from(pixels[channels * ((row + n / side) * PIXELS + column + n % side)]))
                .sum();
            sum / (side * side) as f64
        })
        .collect()
}

#[test]
fn views_of_the_default_patient_are_the_committed_ones() {
    let bless = std::env::var_os("RAMI_BLESS").is_some();
    let folder = tempfile::tempdir().unwrap();
    // Snapshots are of the patient at 1 mm; the test looks at the same person at 2 mm.
    rami(folder.path(), &format!("phantom --spacing {} --out case", if bless { 1 } else { 2 }));
    for (view, primary) in VIEWS {
        let path = if bless { snapshot(view) } else { folder.path().join(format!("{view}.png")) };
        let pixel = 0.6 * 512.0 / PIXELS as f64;
        rami(
            folder.path(),
            &format!(
                "xray case --primary {primary} --detector {PIXELS} --pixel {pixel} --no-noise --out {}",
                path.display()
            ),
        );
        let (made, kept) = (blocks(&path), blocks(&snapshot(view)));
        let off: Vec<f64> = made.iter().zip(&kept).map(|(a, b)| (a - b).abs()).collect();
        let mean = off.iter().sum::<f64>() / off.len() as f64;
        let far = off.iter().filter(|d| **d > 40.0).count() as f64 / off.len() as f64;
        println!("{view}: mean {mean:.1} grey levels, {:.1} % of blocks off by more than 40", 100.0 * far);
        // Twice the voxel blurs edges and moves the display's window by a few grey levels. Another pose, another
        // person or a lost organ changes tens of levels over whole regions.
        assert!(mean < 8.0 && far < 0.02, "{view}: {mean:.1} levels on average, {far:.3} far off");
        // The snapshot is a picture of something.
        let (low, high) = kept.iter().fold((255.0f64, 0.0f64), |(l, h), v| (l.min(*v), h.max(*v)));
        assert!(high - low > 120.0, "{view}: {low} to {high}");
    }
}
