//! DICOM slices of every kind become one volume in patient space.
#![allow(clippy::unwrap_used)] // helpers outside test functions, too

mod common;

use common::dicom::{Slice, files};
use common::shared;
use rami_volume::dicom::{DicomInput, SeriesFile, SeriesOptions, list, read};
use rami_volume::{Point, ReadWarningKind};
use std::path::PathBuf;

fn read_slices(slices: &[Slice]) -> SeriesFile {
    read(&DicomInput::Bytes(files(slices)), &SeriesOptions::default()).unwrap()
}

fn stack(heights: &[f64]) -> Vec<Slice> {
    heights.iter().map(|&z| Slice::at(z)).collect()
}

#[test]
fn slices_are_sorted_by_place_and_not_by_name() {
    for implicit in [false, true] {
        let mut slices = stack(&[4.0, 0.0, 6.0, 2.0]);
        slices.iter_mut().for_each(|s| s.implicit = implicit);
        let file = read_slices(&slices);
        let grid = file.ct.grid();
        assert_eq!(grid.dims(), [4, 3, 4]);
        assert_eq!(grid.spacing(), [0.75, 0.5, 2.0]);
        // Row 1, column 2 of the slice at 4 mm: 60 + 8 - 1000.
        assert_eq!(file.ct.at(&Point::new(-8.5, 20.5, 4.0)), Some(-932));
        assert_eq!(file.summary.patient_position, "FFP");
        assert_eq!(file.warnings, []);
    }
}

/// Older archives leave out the preamble, `DICM`, or the meta information too; the slices are the same.
#[test]
fn slices_without_part_of_their_head_are_read_the_same() {
    for implicit in [false, true] {
        let mut slices = stack(&[4.0, 0.0, 2.0]);
        slices.iter_mut().for_each(|s| s.implicit = implicit);
        let whole = read_slices(&slices);
        // `DICM` and the meta group of this file: its length stands after its first element's head.
        let after_meta = |bytes: &[u8]| {
            let length = u32::from_le_bytes(bytes[140..144].try_into().unwrap()) as usize;
            144 + length
        };
        let cuts: [(&str, &dyn Fn(&[u8]) -> usize); 3] =
            [("preamble", &|_| 128), ("DICM", &|_| 132), ("meta information", &after_meta)];
        for (left_out, cut) in cuts {
            let mut all = files(&slices);
            all.iter_mut().for_each(|(_, bytes)| drop(bytes.drain(..cut(bytes))));
            let folder = tempfile::tempdir().unwrap();
            for (name, bytes) in &all {
                std::fs::write(folder.path().join(name), bytes).unwrap();
            }
            for input in [DicomInput::Bytes(all), DicomInput::Path(folder.path().to_owned())] {
                let file = read(&input, &SeriesOptions::default()).unwrap();
                assert_eq!(file.ct.data(), whole.ct.data(), "without {left_out}, implicit {implicit}");
                assert_eq!(file.ct.grid(), whole.ct.grid());
                assert_eq!(file.summary, whole.summary);
            }
        }
    }
}

/// Elements behind the pixels are nothing to an image, and their lengths are claims that nobody checked.
#[test]
fn what_stands_behind_the_pixels_is_not_read() {
    let slices = stack(&[0.0, 2.0]);
    let whole = read_slices(&slices);
    let mut all = files(&slices);
    for (_, bytes) in &mut all {
        bytes.extend(b"\x04\x00\x0e\x00UN\x00\x00\xff\xff\xff\x7f");
    }
    let file = read(&DicomInput::Bytes(all), &SeriesOptions::default()).unwrap();
    assert_eq!(file.ct.data(), whole.ct.data());
}

#[test]
fn padding_becomes_air() {
    let mut slices = stack(&[0.0, 2.0]);
    slices[0].pixels[5] = -2000;
    let file = read_slices(&slices);
    assert_eq!(file.ct.get([1, 1, 0]), Some(-1024));
}

#[test]
fn a_feet_first_stack_and_reversed_rows_are_turned_to_patient_axes() {
    let mut slices = stack(&[0.0, 2.0, 4.0]);
    for slice in &mut slices {
        slice.orientation = [-1.0, 0.0, 0.0, 0.0, -1.0, 0.0];
    }
    let file = read_slices(&slices);
    assert!((0..3).all(|a| file.ct.grid().axis(a)[a] > 0.0));
    // Column 1 lies 0.75 mm to the right of column 0, row 2 1 mm in front of row 0.
    assert_eq!(file.ct.at(&Point::new(-10.75, 19.0, 2.0)), Some(90 + 4 - 1000));
}

#[test]
fn the_largest_ct_is_taken_among_several_series_and_other_files() {
    let mut slices = stack(&[0.0, 2.0, 4.0]);
    let mut other = stack(&[0.0, 2.0]);
    other.iter_mut().for_each(|s| s.series = "1.2.4");
    let mut mr = stack(&[0.0, 2.0, 4.0, 6.0, 8.0]);
    mr.iter_mut().for_each(|s| (s.series, s.modality) = ("1.2.5", "MR"));
    let mut scout = Slice::at(50.0);
    scout.image_type = "ORIGINAL\\PRIMARY\\LOCALIZER";
    scout.orientation = [1.0, 0.0, 0.0, 0.0, 0.0, -1.0];
    slices.extend(other);
    slices.extend(mr);
    slices.push(scout);
    let mut all = files(&slices);
    all.push((PathBuf::from("notes.txt"), b"not DICOM".to_vec()));
    let input = DicomInput::Bytes(all);
    assert_eq!(list(&input).unwrap().iter().map(|s| s.slices).collect::<Vec<_>>(), [3, 2, 5]);
    let file = read(&input, &SeriesOptions::default()).unwrap();
    assert_eq!(file.ct.grid().dims()[2], 3);
    let kinds: Vec<ReadWarningKind> = file.warnings.iter().map(|w| w.kind).collect();
    assert_eq!(
        kinds,
        [ReadWarningKind::SeveralSeries, ReadWarningKind::OtherFiles, ReadWarningKind::OtherFiles]
    );
    let chosen = SeriesOptions { series: Some("1.2.4".to_owned()), ..Default::default() };
    assert_eq!(read(&input, &chosen).unwrap().ct.grid().dims()[2], 2);
}

#[test]
fn a_gap_is_filled_only_when_allowed() {
    let slices = stack(&[0.0, 2.0, 4.0, 8.0, 10.0]);
    let input = DicomInput::Bytes(files(&slices));
    let refused = read(&input, &SeriesOptions::default()).unwrap_err().to_string();
    assert!(refused.contains("1 slice is missing") && refused.contains("--allow-gap"), "{refused}");
    let file = read(&input, &SeriesOptions { allow_gap: true, ..Default::default() }).unwrap();
    assert_eq!(file.ct.grid().dims()[2], 6);
    // Values are linear in z, so the filled slice is exact.
    assert_eq!(file.ct.get([0, 0, 3]), Some(12 - 1000));
    assert_eq!(file.warnings[0].kind, ReadWarningKind::MissingSlices);
}

#[test]
fn uneven_slices_are_resampled_and_said() {
    let file = read_slices(&stack(&[0.0, 2.0, 4.5, 6.0, 8.0]));
    assert_eq!(file.warnings[0].kind, ReadWarningKind::UnevenSpacing);
    assert_eq!(file.ct.grid().dims()[2], 5);
    // Linear in z: at 4 mm between the slices at 2 and 4.5 mm, 8 - 1000 to one HU of rounding.
    assert!((i32::from(file.ct.get([0, 0, 2]).unwrap()) - (8 - 1000)).abs() <= 1);
}

#[test]
fn a_tilted_gantry_is_straightened_and_said() {
    let (sin, cos) = 10f64.to_radians().sin_cos();
    let mut slices = stack(&[0.0, 2.0, 4.0, 6.0]);
    for slice in &mut slices {
        slice.orientation = [1.0, 0.0, 0.0, 0.0, cos, sin];
    }
    let file = read_slices(&slices);
    assert_eq!(file.warnings[0].kind, ReadWarningKind::Tilt);
    assert!(file.warnings[0].text.contains("10.0°"), "{}", file.warnings[0].text);
    let [a, b, c] = [0, 1, 2].map(|n| file.ct.grid().axis(n).normalize());
    assert!(a.dot(&b).abs() < 1e-9 && b.dot(&c).abs() < 1e-9);
    // The first row of each slice lies where its header says.
    assert_eq!(file.ct.at(&Point::new(-10.0, 20.0, 4.0)).map(|v| (v + 992).abs() <= 1), Some(true));
}

#[test]
fn the_same_slice_twice_is_dropped_and_another_in_its_place_refused() {
    let mut slices = stack(&[0.0, 2.0, 2.0, 4.0]);
    let file = read_slices(&slices);
    assert_eq!(file.ct.grid().dims()[2], 3);
    assert_eq!(file.warnings[0].kind, ReadWarningKind::DuplicateSlices);
    slices[2].pixels[0] += 1;
    let refused =
        read(&DicomInput::Bytes(files(&slices)), &SeriesOptions::default()).unwrap_err().to_string();
    assert!(refused.contains("different slices in one place"), "{refused}");
}

#[test]
fn the_real_series_reads_whole() {
    let Some(folder) = shared("acrin-flt-breast-001") else { return };
    let file = read(&DicomInput::Path(folder), &SeriesOptions::default()).unwrap();
    let grid = file.ct.grid();
    assert_eq!(grid.dims(), [512, 512, 99]);
    let spacing = grid.spacing();
    // 500 mm over 512 pixels, and slices every 4.25 mm, as the header says to six digits.
    assert!((spacing[0] - 0.976562).abs() < 1e-6 && (spacing[2] - 4.25).abs() < 1e-3, "{spacing:?}");
    assert_eq!(file.ct.data().iter().min(), Some(&-1024));
    assert_eq!(file.files.len(), 99);
}
