//! What inference promises on the labelled CT, and that it does not depend on how the CT was stored or turned.

#![allow(clippy::unwrap_used, clippy::print_stdout)] // a test that cannot be set up has failed, and says what it skips

use rami_anatomy::{
    Anatomy, AnatomyError, InferOptions, Posture, Side, StructureMap, VertebralLevel, WarningKind, infer,
};
use rami_volume::{Affine, Ct, Grid, Labels, Point, Vector, nifti, resample};
use std::collections::BTreeMap;
use std::path::Path;

fn case() -> Option<(Ct, Labels)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/totalsegmentator-example");
    if !folder.exists() {
        println!("skipped: {} is not there", folder.display());
        return None;
    }
    let ct = nifti::read_ct(&folder.join("ct.nii.gz")).unwrap().ct;
    let labels = nifti::read_labels(&folder.join("labels.nii.gz")).unwrap().labels;
    Some((ct, labels))
}

fn run(ct: &Ct, labels: Labels, accept: &[&str]) -> Result<Anatomy, AnatomyError> {
    let (map, _) = StructureMap::new(labels, &BTreeMap::new());
    let accept_missing = accept.iter().map(|s| (*s).to_owned()).collect();
    infer(ct, map, &InferOptions { posture: Posture::Prone, accept_missing, ..InferOptions::default() })
}

fn kinds(anatomy: &Anatomy) -> Vec<WarningKind> {
    anatomy.warnings.iter().map(|w| w.kind).collect()
}

fn relabel(labels: &Labels, new: impl Fn(u16) -> u16 + Sync) -> Labels {
    labels.map(new)
}

/// Largest distance from a trunk's points to the nearest point of another's, each point moved first.
fn furthest(a: &Anatomy, side_a: Side, b: &Anatomy, side_b: Side, to_a: impl Fn(&Point) -> Point) -> f64 {
    let reference: Vec<Point> = a.chains.get(side_a).points.iter().map(|p| p.mean).collect();
    b.chains
        .get(side_b)
        .points
        .iter()
        .map(|p| {
            let q = to_a(&p.mean);
            reference.iter().map(|r| (r - q).norm()).fold(f64::INFINITY, f64::min)
        })
        .fold(0.0, f64::max)
}

#[test]
fn the_real_case_has_five_lumbar_vertebrae_that_both_counts_agree_on() {
    let Some((ct, labels)) = case() else { return };
    let a = run(&ct, labels, &[]).unwrap();
    assert!(a.count.agree, "{:?}", a.count);
    assert_eq!(a.count.from_ribs, VertebralLevel::LUMBAR);
    for level in VertebralLevel::LUMBAR {
        let v = &a.vertebrae[&level];
        // Adult bodies: 24 to 30 mm high, 35 to 60 mm wide (evidence B5.1 to B5.6), with a margin for 3 mm voxels.
        assert!((22.0..32.0).contains(&v.height_mm), "{level} {}", v.height_mm);
        assert!((33.0..62.0).contains(&v.waist_width_mm), "{level} {}", v.waist_width_mm);
        let f = &v.frame;
        assert!((f.right.cross(&f.anterior) - f.cranial.into_inner()).norm() < 1e-9);
        for side in Side::BOTH {
            assert!(v.anterolateral_surface.get(side).len() > 500);
        }
    }
    assert!(!a.skin.back_cut_off && !a.skin.flank_cut_off.left && !a.skin.flank_cut_off.right);
    assert!(!kinds(&a).contains(&WarningKind::VascularContrast), "the CT is native");
}

#[test]
fn the_trunk_lies_off_the_bone_beside_the_front_half_of_every_body() {
    let Some((ct, labels)) = case() else { return };
    let a = run(&ct, labels, &[]).unwrap();
    for side in Side::BOTH {
        for p in &a.chains.get(side).points {
            let v = &a.vertebrae[&p.level];
            let d = p.mean - v.centroid;
            assert!(d.dot(&v.frame.right) * side.sign() < 0.0, "{side} {}: other side", p.level);
            let nearest = a
                .vertebrae
                .values()
                .flat_map(|v| v.anterolateral_surface.get(side))
                .map(|s| (s.point - p.mean).norm())
                .fold(f64::INFINITY, f64::min);
            // Half a ganglion off the bone; beside a disc up to half its height (8 mm) from the body's last outline.
            assert!((0.5..10.0).contains(&nearest), "{side} {}: {nearest}", p.level);
            assert!(p.covariance.symmetric_eigenvalues().max().sqrt() < 9.0);
        }
    }
}

#[test]
fn a_mirrored_patient_has_a_mirrored_anatomy() {
    let Some((ct, labels)) = case() else { return };
    let swap = |id: u16| match id {
        2 | 65 | 67 | 75 | 77 | 80 | 82 | 84 | 86 | 88 => id + 1,
        3 | 66 | 68 | 76 | 78 | 81 | 83 | 85 | 87 | 89 => id - 1,
        92..=103 => id + 12,
        104..=115 => id - 12,
        other => other,
    };
    let flip = Affine::new_nonuniform_scaling(&Vector::new(-1.0, 1.0, 1.0));
    let grid = Grid::new(ct.grid().dims(), flip * ct.grid().index_to_lps()).unwrap();
    let mirrored_ct = Ct::new(grid.clone(), ct.data().to_vec()).unwrap().canonical();
    let mirrored = Labels::new(grid, relabel(&labels, swap).into_parts().1).unwrap().canonical();
    let a = run(&ct, labels, &[]).unwrap();
    let b = run(&mirrored_ct, mirrored, &[]).unwrap();
    for side in Side::BOTH {
        // The same sums in another order: single-precision rounding only.
        let worst = furthest(&a, side, &b, side.opposite(), |p| Point::new(-p.x, p.y, p.z));
        assert!(worst < 0.1, "{side}: {worst} mm");
    }
}

#[test]
fn a_finer_grid_gives_the_same_anatomy() {
    let Some((ct, labels)) = case() else { return };
    let grid = resample::with_spacing(ct.grid(), [1.5, 1.5, 1.5]).unwrap();
    let a = run(&ct, labels.clone(), &[]).unwrap();
    let b = run(&resample::trilinear(&ct, &grid, -1024), resample::nearest(&labels, &grid, 0), &[]).unwrap();
    for level in VertebralLevel::LUMBAR {
        let (v, w) = (&a.vertebrae[&level], &b.vertebrae[&level]);
        // A sixth of a 3 mm voxel.
        assert!((v.centroid - w.centroid).norm() < 0.5, "{level}");
        assert!(v.frame.cranial.dot(&w.frame.cranial) > 2.0f64.to_radians().cos(), "{level}");
    }
    for side in Side::BOTH {
        let worst = furthest(&a, side, &b, side, |p| *p);
        assert!(worst < 2.0, "{side}: {worst} mm");
    }
}

#[test]
fn a_turned_header_turns_the_anatomy() {
    let Some((ct, labels)) = case() else { return };
    let turn = nalgebra::Rotation3::from_euler_angles(10f64.to_radians(), 0.0, 10f64.to_radians());
    let grid = Grid::new(ct.grid().dims(), turn.to_homogeneous() * ct.grid().index_to_lps()).unwrap();
    let turned = Ct::new(grid.clone(), ct.data().to_vec()).unwrap();
    let turned_labels = Labels::new(grid, labels.data().to_vec()).unwrap();
    let a = run(&ct, labels, &[]).unwrap();
    let b = run(&turned, turned_labels, &[]).unwrap();
    for side in Side::BOTH {
        // The voxels are the same, only the start of the search for the axes differs; points lie 2 mm apart along the
        // trunk, so that a different count of them alone makes 1 mm.
        let worst = furthest(&a, side, &b, side, |p| turn.inverse() * p);
        assert!(worst < 1.5, "{side}: {worst} mm");
    }
}

#[test]
fn a_label_map_shifted_by_a_level_is_warned_about() {
    let Some((ct, labels)) = case() else { return };
    for shift in [1i32, -1] {
        let shifted =
            relabel(&labels, |id| if (27..=32).contains(&id) { (i32::from(id) + shift) as u16 } else { id });
        let a = run(&ct, shifted, &[]).unwrap();
        assert!(!a.count.agree, "shift {shift}: {:?}", a.count);
        assert!(kinds(&a).contains(&WarningKind::LevelCount), "shift {shift}: {:?}", a.warnings);
    }
}

#[test]
fn a_missing_vertebra_is_warned_about() {
    let Some((ct, labels)) = case() else { return };
    let a = run(&ct, relabel(&labels, |id| if id == 29 { 0 } else { id }), &[]).unwrap();
    assert!(kinds(&a).contains(&WarningKind::VertebraMissing), "{:?}", a.warnings);
    assert!(!a.count.agree && !a.vertebrae.contains_key(&VertebralLevel::L3));
}

#[test]
fn a_missing_hazard_is_refused_unless_accepted_and_then_said_first() {
    let Some((ct, labels)) = case() else { return };
    let without = relabel(&labels, |id| if id == 20 { 0 } else { id });
    match run(&ct, without.clone(), &[]) {
        Err(AnatomyError::MissingLabels { names }) => assert_eq!(names, ["colon"]),
        other => panic!("{:?}", other.map(|a| a.warnings)),
    }
    let a = run(&ct, without, &["colon"]).unwrap();
    assert_eq!(a.warnings[0].kind, WarningKind::MissingLabelAccepted);
    assert!(a.warnings[0].text.contains("colon"));
}

#[test]
fn a_contrast_scan_is_recognised() {
    let Some((mut ct, labels)) = case() else { return };
    for (hu, id) in ct.data_mut().iter_mut().zip(labels.data()) {
        if *id == 52 {
            *hu += 150;
        }
    }
    assert!(kinds(&run(&ct, labels, &[]).unwrap()).contains(&WarningKind::VascularContrast));
}
