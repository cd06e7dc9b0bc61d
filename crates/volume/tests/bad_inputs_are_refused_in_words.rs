//! A corpus of bad inputs, each with the text that a person sees. None may panic or take memory it does not need.
#![allow(clippy::unwrap_used)] // helpers outside test functions, too

mod common;

use common::NiftiBytes;
use common::dicom::{Slice, files};
use proptest::prelude::*;
use rami_volume::dicom::{self, DicomInput, SeriesOptions};
use rami_volume::labels;
use rami_volume::nifti;
use rami_volume::{Affine, Grid, Labels, Point};
use std::fmt::Write;
use std::path::{Path, PathBuf};

const VOXELS: [f64; 8] = [0.0, 100.0, 200.0, 300.0, 400.0, 500.0, 600.0, 700.0];

fn nifti_with(change: impl FnOnce(&mut NiftiBytes)) -> Vec<u8> {
    let mut file = NiftiBytes::new([2, 2, 2], &Affine::identity());
    change(&mut file);
    file.with(4, &VOXELS)
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(bytes).unwrap();
    gz.finish().unwrap()
}

#[test]
fn bad_nifti_files_are_refused_in_words() {
    let good = nifti_with(|_| {});
    let mut nifti_2 = good.clone();
    nifti_2[0..4].copy_from_slice(&540i32.to_le_bytes());
    let corpus: Vec<(&str, Vec<u8>)> = vec![
        ("empty", Vec::new()),
        ("a text file", b"This is not a scan, however long the text may be.".repeat(20)),
        ("header cut off", good[..200].to_vec()),
        ("voxels cut off", good[..good.len() - 3].to_vec()),
        ("packed voxels cut off", packed(&good[..good.len() - 3])),
        ("packed stream cut off", packed(&good)[..60].to_vec()),
        ("absurd size", nifti_with(|f| f.dim = [3, 32767, 32767, 32767, 1, 1, 1, 1])),
        ("more than the file", nifti_with(|f| f.dim = [3, 500, 500, 500, 1, 1, 1, 1])),
        ("more than the packed file", packed(&nifti_with(|f| f.dim = [3, 500, 500, 500, 1, 1, 1, 1]))),
        ("negative size", nifti_with(|f| f.dim[2] = -2)),
        ("no axes", nifti_with(|f| f.dim[0] = 0)),
        ("several frames", nifti_with(|f| f.dim = [4, 2, 2, 1, 2, 1, 1, 1])),
        ("NaN affine", nifti_with(|f| f.srow[1][2] = f32::NAN)),
        ("zero spacing", nifti_with(|f| f.srow[2] = [0.0; 4])),
        (
            "zero spacing in qform",
            nifti_with(|f| {
                (f.sform_code, f.qform_code, f.pixdim[3]) = (0, 1, 0.0);
            }),
        ),
        ("no rotation", nifti_with(|f| (f.sform_code, f.qform_code, f.quaternion) = (0, 1, [1.0, 1.0, 1.0]))),
        ("no orientation", nifti_with(|f| f.sform_code = 0)),
        ("infinite slope", nifti_with(|f| f.slope = f32::INFINITY)),
        ("voxels before the header ends", nifti_with(|f| f.vox_offset = 100.0)),
        ("two-file NIfTI", nifti_with(|f| f.magic = *b"ni1\0")),
        ("other magic", nifti_with(|f| f.magic = *b"what")),
        ("NIfTI-2", nifti_2),
        ("colour", NiftiBytes::new([2, 2, 2], &Affine::identity()).with(128, &VOXELS)),
        ("unknown type", NiftiBytes::new([2, 2, 2], &Affine::identity()).with(77, &VOXELS)),
    ];
    let mut said = String::new();
    for (name, bytes) in corpus {
        let error = nifti::read_ct_bytes(Path::new("scan.nii"), bytes).expect_err(name);
        writeln!(said, "{name}\n    {error}").unwrap();
    }
    let fraction = NiftiBytes::new([2, 2, 2], &Affine::identity()).with(16, &[0.5; 8]);
    let error = nifti::read_labels_bytes(Path::new("labels.nii"), fraction).unwrap_err();
    writeln!(said, "labels that were interpolated\n    {error}").unwrap();
    insta::assert_snapshot!(said);
}

#[test]
fn bad_dicom_series_are_refused_in_words() {
    let stack = |change: &dyn Fn(usize, &mut Slice)| {
        let mut slices: Vec<Slice> = [0.0, 2.0, 4.0].map(Slice::at).to_vec();
        slices.iter_mut().enumerate().for_each(|(n, s)| change(n, s));
        files(&slices)
    };
    let cut = |keep: usize| {
        let mut all = stack(&|_, _| {});
        all[1].1.truncate(keep);
        all
    };
    let whole = stack(&|_, _| {})[1].1.len();
    let claims_gigabytes = {
        let mut all = stack(&|_, _| {});
        for (_, bytes) in &mut all {
            // The length of the pixels, four bytes before the last 24.
            let at = bytes.len() - 28;
            bytes[at..at + 4].copy_from_slice(&0xffff_fff0u32.to_le_bytes());
        }
        all
    };
    let corpus: Vec<(&str, Vec<(PathBuf, Vec<u8>)>)> = vec![
        ("no files", Vec::new()),
        ("no DICOM among them", vec![(PathBuf::from("notes.txt"), b"nothing".to_vec())]),
        ("MR instead of CT", stack(&|_, s| s.modality = "MR")),
        ("one slice", stack(&|_, _| {})[..1].to_vec()),
        ("a slice cut off in its pixels", cut(whole - 5)),
        ("pixels that claim gigabytes", claims_gigabytes),
        (
            "mixed orientation",
            stack(&|n, s| {
                if n == 1 {
                    s.orientation = [1.0, 0.0, 0.0, 0.0, 0.0, -1.0];
                }
            }),
        ),
        (
            "mixed size",
            stack(&|n, s| {
                if n == 2 {
                    (s.rows, s.columns) = (4, 3);
                }
            }),
        ),
        ("mixed spacing", stack(&|n, s| s.spacing[0] += 0.1 * n as f64)),
        ("no spacing", stack(&|_, s| s.spacing = [0.0, 0.0])),
        ("a slice pushed aside", stack(&|n, s| s.position[0] += if n == 1 { 5.0 } else { 0.0 })),
        (
            "two passes over the patient",
            stack(&|n, s| {
                s.position[2] = 2.0 * (n / 2) as f64;
                s.pixels[0] = n as i16;
            }),
        ),
        (
            "a transfer syntax that is not read",
            stack(&|_, s| s.transfer_syntax = Some("1.2.840.10008.1.2.4.100")),
        ),
        ("orientation that is none", stack(&|_, s| s.orientation = [0.0; 6])),
        ("orientation that is not a number", stack(&|_, s| s.orientation[1] = f64::NAN)),
        ("a missing slice", {
            let places = [0.0, 2.0, 4.0, 10.0, 12.0];
            files(&places.map(Slice::at))
        }),
        (
            "absurd size",
            stack(&|_, s| {
                (s.rows, s.columns) = (65535, 65535);
            }),
        ),
    ];
    let mut said = String::new();
    for (name, files) in corpus {
        let error = dicom::read(&DicomInput::Bytes(files), &SeriesOptions::default()).expect_err(name);
        writeln!(said, "{name}\n    {error}").unwrap();
    }
    let wanted = SeriesOptions { series: Some("9.9".to_owned()), ..Default::default() };
    let error = dicom::read(&DicomInput::Bytes(stack(&|_, _| {})), &wanted).unwrap_err();
    writeln!(said, "a series that is not there\n    {error}").unwrap();
    let empty = tempfile::tempdir().unwrap();
    let folder = DicomInput::Path(empty.path().to_owned());
    let error = dicom::read(&folder, &SeriesOptions::default()).unwrap_err().to_string();
    writeln!(said, "an empty folder\n    {}", error.replace(&empty.path().display().to_string(), "FOLDER"))
        .unwrap();
    insta::assert_snapshot!(said);
}

#[test]
fn labels_of_another_scan_are_refused_in_words() {
    let near = Grid::upright([4; 3], [1.0; 3], Point::origin()).unwrap();
    let far = Grid::upright([4; 3], [1.0; 3], Point::new(0.0, 0.0, 900.0)).unwrap();
    let error = labels::onto(&Labels::filled(near, 5), &far).unwrap_err();
    insta::assert_snapshot!(error.to_string());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever happens to a file's bytes, reading ends with a volume or an error.
    #[test]
    fn damaged_nifti_never_panics(hits in prop::collection::vec((0usize..368, any::<u8>()), 1..6), cut in 0usize..400) {
        let mut bytes = nifti_with(|_| {});
        for (at, value) in hits {
            bytes[at] = value;
        }
        bytes.truncate(cut.max(4));
        let _ = nifti::read_ct_bytes(Path::new("hit.nii"), bytes.clone());
        let _ = nifti::read_labels_bytes(Path::new("hit.nii"), bytes);
    }

    /// As above, for a slice of a series.
    #[test]
    fn damaged_dicom_never_panics(
        hits in prop::collection::vec((132usize..900, any::<u8>()), 1..6),
        cut in 100usize..1200,
        implicit in any::<bool>(),
    ) {
        let mut slices: Vec<Slice> = [0.0, 2.0, 4.0].map(Slice::at).to_vec();
        slices.iter_mut().for_each(|s| s.implicit = implicit);
        let mut all = files(&slices);
        for (at, value) in hits {
            if let Some(byte) = all[1].1.get_mut(at) {
                *byte = value;
            }
        }
        all[1].1.truncate(cut);
        let _ = dicom::read(&DicomInput::Bytes(all), &SeriesOptions::default());
    }
}

/// Found by fuzzing: a value representation that does not exist has a length of four bytes to the parser, so the walk that
/// checks lengths must read it so too; else half a gigabyte was reserved for a file of 500 bytes.
#[test]
fn an_unknown_value_representation_does_not_hide_a_claim_from_the_check() {
    let seed = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/dicom/unknown-vr-before-a-claim");
    let bytes = std::fs::read(seed).unwrap();
    let input = DicomInput::Bytes(vec![(PathBuf::from("seed"), bytes)]);
    let error = dicom::read(&input, &SeriesOptions::default()).unwrap_err().to_string();
    assert!(error.contains("(0020,0032) claims 1546673200") && error.contains("are left"), "{error}");
}

/// Every file that fuzzing once found interesting goes through both readers.
#[test]
fn the_fuzz_corpora_replay_without_panic() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    let mut replayed = 0;
    for target in ["nifti", "dicom"] {
        for entry in std::fs::read_dir(corpus.join(target)).unwrap() {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            let _ = nifti::read_ct_bytes(Path::new("seed"), bytes.clone());
            let _ = nifti::read_labels_bytes(Path::new("seed"), bytes.clone());
            let input = DicomInput::Bytes(vec![(PathBuf::from("seed"), bytes)]);
            let _ = dicom::read(&input, &SeriesOptions::default());
            replayed += 1;
        }
    }
    assert!(replayed >= 4, "the corpora are committed, and only {replayed} seeds were found");
}
