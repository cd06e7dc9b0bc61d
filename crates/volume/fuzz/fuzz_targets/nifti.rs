//! Any bytes are a NIfTI CT and a label map, or an error. `cargo +nightly fuzz run nifti` (cargo-fuzz 0.13)
#![no_main]

use libfuzzer_sys::fuzz_target;
use rami_volume::nifti;
use std::path::Path;

fuzz_target!(|bytes: &[u8]| {
    let _ = nifti::read_ct_bytes(Path::new("fuzz.nii"), bytes.to_vec());
    let _ = nifti::read_labels_bytes(Path::new("fuzz.nii"), bytes.to_vec());
});
