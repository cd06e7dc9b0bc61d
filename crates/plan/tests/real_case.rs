//! The plan on a real CT with a labeller's labels, re-checked by other means than its own fields.

#![allow(clippy::unwrap_used, clippy::print_stdout)] // a test that cannot be set up has failed, and says what it skips

use rami_anatomy::{
    InferOptions, Posture, Side, Structure, StructureMap, VertebralLevel, WarningKind, infer,
};
use rami_plan::{HazardClass, PlanOptions, plan};
use rami_volume::{Point, nifti};
use std::path::PathBuf;

fn folder() -> Option<PathBuf> {
    let folder =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/totalsegmentator-example");
    let there = folder.join("ct.nii.gz").is_file();
    if !there {
        println!("skipped: {} is not there", folder.display());
    }
    there.then_some(folder)
}

#[test]
fn on_the_labelled_ct_chosen_paths_touch_nothing_forbidden_and_end_beside_the_body_they_name() {
    let Some(folder) = folder() else { return };
    let ct = nifti::read_ct(&folder.join("ct.nii.gz")).unwrap().ct;
    let file = nifti::read_labels(&folder.join("labels.nii.gz")).unwrap();
    let labels = file.labels.clone();
    let (structures, _) = StructureMap::new(file.labels, &file.names);
    let options = InferOptions { posture: Posture::Supine, ..InferOptions::default() };
    let anatomy = infer(&ct, structures, &options).unwrap();
    let plan =
        plan(&ct, &anatomy, Vec::new(), &PlanOptions { draws: 1000, ..PlanOptions::default() }).unwrap();

    assert_eq!(plan.warnings[0].kind, WarningKind::Posture);
    let chosen = plan.chosen.as_ref().unwrap().indices();
    assert_eq!(chosen.len(), 2, "one on each side");
    let best: Vec<usize> = plan.trade_off.iter().map(|row| row.best.unwrap()).collect();
    assert_eq!(best.len(), 6, "both sides, three levels");
    let forbidden =
        |id: u16| Structure::from_id(id).filter(|s| HazardClass::of_structure(s.name()).rule().forbidden);
    for &index in chosen {
        // Where a safe path allows, the tip is where the operator wants to see it in the lateral and the AP view.
        let landmarks = &plan.candidates[index].landmarks;
        assert!(landmarks.lateral.holds && landmarks.ap.holds, "{landmarks:?}");
    }
    for &index in chosen.iter().chain(&best) {
        let c = &plan.candidates[index];
        let (entry, target) = (Point::from(c.entry_mm), Point::from(c.target_mm));
        let what = format!("{} {}", c.side, c.level);
        if c.safe {
            for step in 0..=2000 {
                let at = entry + (target - entry) * (f64::from(step) / 2000.0);
                let touched = labels.at(&at).and_then(forbidden);
                assert_eq!(touched.map(Structure::name), None, "{what} at {at}");
            }
        }
        assert!(!c.crosses_mm.contains_key("unlabelled_air"), "{what}: {:?}", c.crosses_mm);
        assert!(c.crosses_mm["skin"] < 10.0, "{what}: {:?}", c.crosses_mm);
        // Nearest surface point of the named body, as the anatomy measured it from the voxels.
        let surface = anatomy.vertebrae[&c.level].anterolateral_surface.get(c.side);
        let gap = surface.iter().map(|s| (s.point - target).norm()).fold(f64::INFINITY, f64::min);
        assert!(gap < 5.0, "{what}: {gap:.1} mm from the anterolateral surface");
        assert!(!(0.40..0.60).contains(&c.height_fraction), "{what}: aimed at the waist");
        assert!((15.0..45.0).contains(&c.obliquity_deg), "{what}: {}°", c.obliquity_deg);
        assert!((40.0..120.0).contains(&c.lateral_offset_mm), "{what}: {} mm", c.lateral_offset_mm);
        let behind = if c.side == Side::Left { c.primary_angle_deg } else { -c.primary_angle_deg };
        assert!((120.0..175.0).contains(&behind), "{what}: detector behind, on the side: {behind}°");
    }
    assert!(plan.levels.contains_key(&VertebralLevel::L3));
}
