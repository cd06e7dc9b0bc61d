//! Any bytes are a DICOM series of one file, or an error. `cargo +nightly fuzz run dicom`
#![no_main]

use libfuzzer_sys::fuzz_target;
use rami_volume::dicom::{DicomInput, SeriesOptions, read};
use std::path::PathBuf;

fuzz_target!(|bytes: &[u8]| {
    // Two files with the same bytes: sorting and doubles are reached as well.
    let file = |name: &str| (PathBuf::from(name), bytes.to_vec());
    let _ = read(&DicomInput::Bytes(vec![file("a"), file("b")]), &SeriesOptions::default());
});
