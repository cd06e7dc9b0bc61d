//! NIfTI files of every kind become the same patient space.

#![allow(clippy::unwrap_used)] // helpers outside test functions, too

mod common;

use common::{NiftiBytes, shared};
use proptest::prelude::*;
use rami_volume::nifti::{self, Compression, WriteOptions};
use rami_volume::{Affine, Ct, Grid, Labels, Point, Volume};
use std::collections::BTreeMap;
use std::path::Path;

/// A CT with a different value at every voxel.
fn counted(grid: Grid) -> Ct {
    let data = (0..grid.len()).map(|o| (o * 7 % 3000) as i16 - 1000).collect();
    Volume::new(grid, data).unwrap()
}

#[test]
fn what_is_written_comes_back_the_same_packed_or_not() {
    let folder = tempfile::tempdir().unwrap();
    let grid = Grid::upright([5, 6, 7], [0.75, 0.5, 2.5], Point::new(-100.5, 20.25, 1300.0)).unwrap();
    let ct = counted(grid);
    for (name, compression) in
        [("a.nii", Compression::Fast), ("a.nii.gz", Compression::Fast), ("b.nii.gz", Compression::Small)]
    {
        let path = folder.path().join(name);
        nifti::write(&path, &ct, &WriteOptions { compression, ..Default::default() }).unwrap();
        let read = nifti::read_ct(&path).unwrap();
        assert_eq!(read.ct.data(), ct.data());
        assert!(read.ct.grid().same_as(ct.grid()));
        assert_eq!(read.warnings, []);
    }
    let left = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, 3, "no temporary file stays");
}

#[test]
fn label_names_travel_in_the_header() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("labels.nii.gz");
    let grid = Grid::upright([2, 2, 2], [1.0; 3], Point::origin()).unwrap();
    let labels = Labels::new(grid, vec![0, 52, 63, 203, 0, 1, 65535, 0]).unwrap();
    let names = BTreeMap::from([(52, "aorta".to_owned()), (203, "ureter_right".to_owned())]);
    nifti::write(&path, &labels, &WriteOptions { names: Some(&names), ..Default::default() }).unwrap();
    let read = nifti::read_labels(&path).unwrap();
    assert_eq!(read.labels.data(), labels.data());
    assert_eq!(read.names, names);
}

proptest! {
    /// However the axes are stored, a point of the patient has the same value.
    #[test]
    fn any_permutation_or_flip_is_the_same_patient(
        order in Just(vec![0usize, 1, 2]).prop_shuffle(),
        flip in prop::array::uniform3(any::<bool>()),
        through_qform in any::<bool>(),
        big_endian in any::<bool>(),
    ) {
        let grid = Grid::upright([3, 4, 5], [0.7, 1.1, 2.0], Point::new(-3.0, 8.0, 40.0)).unwrap();
        let ct = counted(grid.clone());
        // Stored axis a runs along patient axis order[a], backwards where flip[a].
        let dims: [usize; 3] = std::array::from_fn(|a| grid.dims()[order[a]]);
        let source = |index: [usize; 3]| {
            let mut voxel = [0; 3];
            for a in 0..3 {
                voxel[order[a]] = if flip[a] { dims[a] - 1 - index[a] } else { index[a] };
            }
            voxel
        };
        let mut affine = Affine::zeros();
        affine[(3, 3)] = 1.0;
        for a in 0..3 {
            affine[(order[a], a)] = grid.spacing()[order[a]] * if flip[a] { -1.0 } else { 1.0 };
        }
        let origin = grid.to_lps(source([0; 3]).map(|v| v as f64));
        affine.fixed_view_mut::<3, 1>(0, 3).copy_from(&origin.coords);
        let stored = Grid::new(dims, affine).unwrap();
        let values: Vec<f64> = (0..stored.len())
            .map(|o| f64::from(ct.get(source(stored.voxel(o))).unwrap()))
            .collect();
        let mut file = NiftiBytes::new(dims, &affine);
        file.big_endian = big_endian;
        if through_qform {
            file.use_qform();
        }
        let read = nifti::read_ct_bytes(Path::new("permuted.nii"), file.with(4, &values)).unwrap();
        prop_assert_eq!(read.ct.data(), ct.data());
        prop_assert!(read.ct.grid().same_as(&grid));
    }

    /// Half turns are where quaternions are fragile.
    #[test]
    fn a_half_turn_survives_writing_and_the_qform(axis in 0usize..3, forget_sform in any::<bool>()) {
        let mut affine = Affine::new_nonuniform_scaling(&nalgebra::Vector3::new(0.8, 0.9, 3.0));
        for other in (0..3).filter(|&a| a != axis) {
            affine[(other, other)] *= -1.0;
        }
        let grid = Grid::new([4, 3, 2], affine).unwrap();
        let ct = counted(grid.clone());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("turned.nii");
        nifti::write(&path, &ct, &WriteOptions::default()).unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        if forget_sform {
            bytes[254..256].fill(0);
        }
        let read = nifti::read_ct_bytes(Path::new("turned.nii"), bytes).unwrap();
        prop_assert_eq!(read.ct.at(&grid.to_lps([3.0, 0.0, 1.0])), ct.get([3, 0, 1]));
        prop_assert_eq!(read.ct.at(&grid.to_lps([0.0, 2.0, 0.0])), ct.get([0, 2, 0]));
    }

    /// Rotated orientations survive writing and reading, by sform and by qform alone.
    #[test]
    fn an_oblique_volume_stays_where_it_is(angles in prop::array::uniform3(-3.0f64..3.0)) {
        let turn = nalgebra::Rotation3::from_euler_angles(angles[0], angles[1], angles[2]).to_homogeneous();
        let mut affine = turn * Affine::new_nonuniform_scaling(&nalgebra::Vector3::new(0.8, 0.9, 3.0));
        affine[(0, 3)] = 17.0;
        affine[(2, 3)] = -250.0;
        let grid = Grid::new([4, 3, 2], affine).unwrap();
        let ct = counted(grid.clone());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("oblique.nii");
        nifti::write(&path, &ct, &WriteOptions::default()).unwrap();
        for forget_sform in [false, true] {
            let mut bytes = std::fs::read(&path).unwrap();
            if forget_sform {
                bytes[254..256].fill(0);
            }
            let read = nifti::read_ct_bytes(Path::new("oblique.nii"), bytes).unwrap();
            for offset in 0..grid.len() {
                let p = grid.to_lps(grid.voxel(offset).map(|v| v as f64));
                prop_assert_eq!(read.ct.at(&p), Some(ct.data()[offset]));
            }
        }
    }
}

#[test]
fn every_number_type_and_scaling_gives_hounsfield_units() {
    // NIfTI type codes with a slope that makes these the same HU: -1024, -100, 0, 100.
    let codes: [(i16, f64, f64); 12] = [
        (2, 10.0, -1030.0),
        (256, 10.0, 0.0),
        (512, 1.0, -1024.0),
        (4, 1.0, 0.0),
        (768, 1.0, -1024.0),
        (8, 1.0, 0.0),
        (1280, 1.0, -1024.0),
        (1024, 1.0, 0.0),
        (16, 1.0, 0.0),
        (64, 1.0, 0.0),
        (4, 0.5, 0.0),
        (64, 0.25, 7.0),
    ];
    let hu = [-1030.0, -100.0, 0.0, 100.0];
    for (code, slope, intercept) in codes {
        let stored: Vec<f64> = hu.iter().map(|v| (v - intercept) / slope).collect();
        let mut file = NiftiBytes::new([4, 1, 1], &Affine::identity());
        (file.slope, file.intercept) = (slope as f32, intercept as f32);
        let read = nifti::read_ct_bytes(Path::new("typed.nii"), file.with(code, &stored)).unwrap();
        // int8 cannot hold -103 · 10 exactly, nor uint8 0 · 10: the nearest they can is what must come back.
        let wanted: Vec<i16> = stored
            .iter()
            .map(|&v| {
                let held = match code {
                    2 => v.clamp(0.0, 255.0).trunc(),
                    256 => v.clamp(-128.0, 127.0).trunc(),
                    512 | 768 | 1280 => v.max(0.0).trunc(),
                    _ => v,
                };
                (slope * held + intercept).round().max(-1024.0) as i16
            })
            .collect();
        assert_eq!(read.ct.data(), wanted, "type {code}");
    }
}

#[test]
fn a_fourth_axis_of_one_step_is_no_matter() {
    let mut file = NiftiBytes::new([2, 2, 2], &Affine::identity());
    file.dim = [4, 2, 2, 2, 1, 1, 1, 1];
    let bytes = file.with(4, &[0.0, 100.0, 200.0, 300.0, 400.0, 500.0, 600.0, 700.0]);
    assert_eq!(nifti::read_ct_bytes(Path::new("4d.nii"), bytes).unwrap().ct.grid().dims(), [2, 2, 2]);
}

#[test]
fn the_labelled_case_reads_with_its_names() {
    let Some(folder) = shared("totalsegmentator-example") else { return };
    let labels = nifti::read_labels(&folder.join("labels.nii.gz")).unwrap();
    assert_eq!(labels.names.len(), 117);
    assert_eq!(labels.names[&29], "vertebrae_L3");
    assert_eq!(labels.names[&88], "iliopsoas_left");
    let ct = nifti::read_ct(&folder.join("ct.nii.gz")).unwrap();
    assert_eq!(ct.ct.grid().dims(), [122, 101, 112]);
    assert!(ct.ct.grid().same_as(labels.labels.grid()));
    assert_eq!((ct.ct.data().iter().min(), ct.ct.data().iter().max()), (Some(&-1024), Some(&3382)));
    assert!((0..3).all(|a| ct.ct.grid().axis(a)[a] > 0.0));
    // The left psoas is on the patient's left: +x of the right one.
    let middle = |id: u16| {
        let grid = labels.labels.grid();
        let xs: Vec<f64> = (0..grid.len())
            .filter(|&o| labels.labels.data()[o] == id)
            .map(|o| grid.to_lps(grid.voxel(o).map(|v| v as f64)).x)
            .collect();
        xs.iter().sum::<f64>() / xs.len() as f64
    };
    assert!(middle(88) > middle(89) + 40.0);
}
