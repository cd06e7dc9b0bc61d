//! Loading beside its peers: run `cargo xtask bench volume`, or this alone with `cargo bench -p rami-volume`.
#![allow(clippy::unwrap_used)] // a benchmark that cannot run should say so and stop

use rami_volume::dicom::{DicomInput, SeriesOptions, read};
use rami_volume::{distance, nifti};
use std::path::{Path, PathBuf};

fn main() {
    divan::main();
}

fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(name);
    path.exists().then_some(path)
}

/// 99 slices of 512 x 512.
#[divan::bench]
fn dicom_series(bencher: divan::Bencher) {
    let Some(folder) = shared("acrin-flt-breast-001") else { return };
    let input = DicomInput::Path(folder);
    bencher.bench(|| read(&input, &SeriesOptions::default()).unwrap());
}

/// 122 x 101 x 112, packed.
#[divan::bench]
fn nifti_ct(bencher: divan::Bencher) {
    let Some(folder) = shared("totalsegmentator-example") else { return };
    bencher.bench(|| nifti::read_ct(&folder.join("ct.nii.gz")).unwrap());
}

/// Signed distance to the third lumbar vertebra over the whole grid.
#[divan::bench]
fn signed_distance(bencher: divan::Bencher) {
    let Some(folder) = shared("totalsegmentator-example") else { return };
    let labels = nifti::read_labels(&folder.join("labels.nii.gz")).unwrap().labels;
    bencher.bench(|| distance::signed(&labels, |id| id == 29));
}
