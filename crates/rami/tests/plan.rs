//! `rami plan` on a real CT: what it answers, what it refuses, and what it warns of in every output.
#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, clippy::print_stdout)] // a failed unwrap is a failed test

use assert_cmd::Command;
use rami_volume::crop::{VoxelBox, crop};
use rami_volume::nifti::{self, Compression, NiftiVoxel, WriteOptions};
use rami_volume::{Ct, Labels, Volume};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Output;
use tempfile::TempDir;

/// The labelled CT, to change and to write to a folder of its own.
struct Case {
    ct: Ct,
    labels: Labels,
    folder: TempDir,
}

impl Case {
    /// Nothing, with a printed line, where the shared data is missing.
    fn real() -> Option<Self> {
        let shared =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/totalsegmentator-example");
        if !shared.exists() {
            println!("skipped: {} is not there", shared.display());
            return None;
        }
        let ct = nifti::read_ct(&shared.join("ct.nii.gz")).unwrap().ct.canonical();
        let labels = nifti::read_labels(&shared.join("labels.nii.gz")).unwrap().labels.canonical();
        Some(Self { ct, labels, folder: tempfile::tempdir().unwrap() })
    }

    fn relabelled(mut self, new: impl Fn(u16) -> u16 + Sync) -> Self {
        self.labels = self.labels.map(new);
        self
    }

    /// Only this part of the field of view.
    fn cropped(mut self, part: VoxelBox) -> Self {
        self.ct = crop(&self.ct, part).unwrap();
        self.labels = crop(&self.labels, part).unwrap();
        self
    }

    fn whole(&self) -> VoxelBox {
        VoxelBox { low: [0; 3], high: self.ct.grid().dims() }
    }

    fn out(&self) -> PathBuf {
        self.folder.path().join("plan")
    }

    /// Writes both files and plans.
    fn plan(&self, arguments: &str) -> Output {
        let (ct, labels) = (self.folder.path().join("ct.nii"), self.folder.path().join("labels.nii"));
        write(&ct, &self.ct);
        write(&labels, &self.labels);
        let mut command = Command::cargo_bin("rami").unwrap();
        command.arg("plan").arg(ct).arg("--labels").arg(labels).args(arguments.split_whitespace());
        command.output().unwrap()
    }

    /// Plans into a folder, and reads what was written there.
    fn planned(&self, arguments: &str) -> (Output, Value, String) {
        let output = self.plan(&format!("{arguments} --out {}", self.out().display()));
        let text = std::fs::read_to_string(self.out().join("plan.json"));
        let json = text.unwrap_or_else(|_| panic!("{}", error_of(&output)));
        let html = std::fs::read_to_string(self.out().join("report.html")).unwrap();
        (output, serde_json::from_str(&json).unwrap(), html)
    }
}

fn write<T: NiftiVoxel>(path: &Path, volume: &Volume<T>) {
    nifti::write(path, volume, &WriteOptions { compression: Compression::Fast, ..WriteOptions::default() })
        .unwrap();
}

fn error_of(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn kinds(plan: &Value) -> Vec<&str> {
    plan["warnings"].as_array().unwrap().iter().map(|w| w["kind"].as_str().unwrap()).collect()
}

/// Where a text first stands in a page, and before what.
fn comes_before(html: &str, first: &str, then: &str) -> bool {
    match (html.find(first), html.find(then)) {
        (Some(first), Some(then)) => first < then,
        _ => false,
    }
}

#[test]
fn a_needle_too_short_is_answered_with_no_and_the_least_bad_path() {
    let Some(case) = Case::real() else { return };
    let (output, plan, html) = case.planned("--side left --level L3 --needle-length 90");
    assert_eq!(output.status.code(), Some(1), "{}", error_of(&output));
    assert!(plan["chosen"].is_null());
    assert_eq!(plan["verdict"]["safe"], false);
    let refused = &plan["verdict"]["refused"][0];
    let least_bad = &plan["candidates"][refused["least_bad"].as_u64().unwrap() as usize];
    assert_eq!(least_bad["safe"], false);
    let why = least_bad["refusals"].to_string();
    assert!(why.contains("needle of 90 mm"), "{why}");
    assert!(refused["reason"].as_str().unwrap().contains("needle of 90 mm"));
    assert!(error_of(&output).contains("no safe path"), "{}", error_of(&output));
    assert!(html.contains("No safe path; least bad: L3 left") && html.contains("needle of 90 mm"));
    assert!(case.out().join("views/L3_left_ap.png").exists(), "the least bad path is shown");
}

#[test]
fn several_sites_are_an_array_of_different_levels_or_sides() {
    let Some(case) = Case::real() else { return };
    for ask in ["--needles 2 --side left --json", "--side both --json"] {
        let output = case.plan(ask);
        assert_eq!(output.status.code(), Some(0), "{ask}: {}", error_of(&output));
        let plan: Value = serde_json::from_slice(&output.stdout).unwrap();
        let chosen: Vec<&Value> = plan["chosen"]
            .as_array()
            .unwrap()
            .iter()
            .map(|index| &plan["candidates"][index.as_u64().unwrap() as usize])
            .collect();
        let mut sites: Vec<String> = chosen.iter().map(|c| format!("{} {}", c["side"], c["level"])).collect();
        sites.sort();
        sites.dedup();
        assert_eq!(sites.len(), 2, "{ask}: {sites:?}");
        assert!(chosen.iter().all(|c| c["safe"] == true));
        // Nothing but the document on standard output, and nothing that moves where no terminal is.
        assert!(!error_of(&output).contains('\u{1b}') && !error_of(&output).contains('\r'));
    }
}

#[test]
fn more_needles_than_levels_is_a_no_that_keeps_the_safe_ones() {
    let Some(case) = Case::real() else { return };
    let case = case.relabelled(|id| if id == 30 { 0 } else { id });
    let output = case.plan("--needles 3 --side left --json");
    assert_eq!(output.status.code(), Some(1), "{}", error_of(&output));
    let plan: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(plan["chosen"].as_array().unwrap().len(), 2);
    assert!(
        plan["verdict"]["reason"].as_str().unwrap().contains("Only 2 of 3 needles"),
        "{}",
        plan["verdict"]
    );
}

fn centre(labels: &Labels, id: u16) -> [f64; 3] {
    let (mut sum, mut n) = ([0.0; 3], 0.0);
    for (o, _) in labels.data().iter().enumerate().filter(|(_, label)| **label == id) {
        let p = labels.grid().to_lps(labels.grid().voxel(o).map(|v| v as f64));
        (0..3).for_each(|axis| sum[axis] += p[axis]);
        n += 1.0;
    }
    sum.map(|s| s / n)
}

#[test]
fn a_missing_hazard_is_refused_and_where_accepted_comes_first_everywhere() {
    let Some(case) = Case::real() else { return };
    let case = case.relabelled(|id| if id == 20 { 0 } else { id });
    let output = case.plan("--side left --level L3 --json");
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let error = error_of(&output);
    assert!(error.contains("--accept-missing colon"), "{error}");

    let (output, plan, html) = case.planned("--side left --level L3 --accept-missing colon");
    assert_eq!(output.status.code(), Some(0), "{}", error_of(&output));
    assert_eq!(plan["warnings"][0]["kind"], "missing_label_accepted");
    let text = plan["warnings"][0]["text"].as_str().unwrap();
    assert!(text.contains("colon"));
    assert!(error_of(&output).lines().next().unwrap().contains(text), "{}", error_of(&output));
    assert!(comes_before(&html, text, "done prone") && comes_before(&html, "done prone", "Enter the skin"));
}

#[test]
fn a_ct_of_unknown_posture_says_so_first_in_every_output() {
    let Some(case) = Case::real() else { return };
    let (output, plan, html) = case.planned("--side left --level L3");
    assert_eq!(plan["warnings"][0]["kind"], "posture");
    let text = plan["warnings"][0]["text"].as_str().unwrap();
    assert!(text.contains("does not say how the person lay"), "{text}");
    assert!(error_of(&output).lines().next().unwrap().contains(text));
    assert!(comes_before(&html, text, "class=\"verdict\"") && comes_before(&html, text, "<h1>"));
    let prone: Value =
        serde_json::from_slice(&case.plan("--side left --level L3 --posture prone --json").stdout).unwrap();
    assert!(!kinds(&prone).contains(&"posture"));
}

#[test]
fn a_label_map_that_is_off_by_a_level_is_warned_about() {
    let Some(case) = Case::real() else { return };
    // The table counts from L5 (27) up to L1 (31), so one more is one level higher.
    let case = case.relabelled(|id| if (27..=31).contains(&id) { id + 1 } else { id });
    let output = case.plan("--side left --json");
    let plan: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", error_of(&output)));
    assert!(kinds(&plan).contains(&"level_count"), "{}", plan["warnings"]);
    assert_eq!(plan["level_count"]["agree"], false);
    assert!(error_of(&output).contains("warning:"));
}

#[test]
fn a_label_map_without_one_vertebra_is_warned_about() {
    let Some(case) = Case::real() else { return };
    let case = case.relabelled(|id| if id == 29 { 0 } else { id });
    let output = case.plan("--side left --json");
    let plan: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", error_of(&output)));
    assert!(kinds(&plan).contains(&"vertebra_missing"), "{}", plan["warnings"]);
    assert!(plan["candidates"].as_array().unwrap().iter().all(|c| c["level"] != "L3"));
    let output = case.plan("--side left --level L3 --json");
    assert_eq!(output.status.code(), Some(2), "what is not there is not planned");
}

#[test]
fn a_ct_cut_off_where_the_needle_enters_is_refused_with_the_place() {
    let Some(case) = Case::real() else { return };
    let l3 = centre(&case.labels, 29);
    let grid = case.ct.grid().clone();
    let index = |p: [f64; 3]| grid.to_index(&rami_volume::Point::from(p)).map(|v| v.round() as usize);
    let whole = case.whole();
    // Behind: 45 mm of the back behind L3 are left, and the skin is further than that. On the left: 60 mm of flank.
    let back =
        VoxelBox { high: [whole.high[0], index([l3[0], l3[1] + 45.0, l3[2]])[1], whole.high[2]], ..whole };
    let left =
        VoxelBox { high: [index([l3[0] + 60.0, l3[1], l3[2]])[0], whole.high[1], whole.high[2]], ..whole };
    let (ct, labels) = (case.ct.clone(), case.labels.clone());
    let output = case.cropped(back).plan("--side left --level L3 --accept-missing colon --json");
    assert_eq!(output.status.code(), Some(2));
    assert!(error_of(&output).contains("cut off at the back"), "{}", error_of(&output));
    let case = Case { ct, labels, folder: tempfile::tempdir().unwrap() };
    let output = case
        .cropped(left)
        .plan("--side left --level L3 --accept-missing spleen,kidney_left --accept-missing colon --json");
    assert_eq!(output.status.code(), Some(2), "{}", error_of(&output));
    assert!(error_of(&output).contains("cut off at the left flank"), "{}", error_of(&output));
}

#[test]
fn a_ct_with_contrast_in_the_vessels_is_warned_about() {
    let Some(mut case) = Case::real() else { return };
    for (hu, id) in case.ct.data_mut().iter_mut().zip(case.labels.data()) {
        if [52, 63].contains(id) {
            *hu += 150;
        }
    }
    let (output, plan, html) = case.planned("--side left --level L3");
    assert!(kinds(&plan).contains(&"vascular_contrast"), "{}", plan["warnings"]);
    assert!(
        error_of(&output).contains("contrast in the vessels") && html.contains("contrast in the vessels")
    );
}

#[test]
fn the_printed_document_is_the_written_one_and_has_the_keys_others_read() {
    let Some(case) = Case::real() else { return };
    let (_, written, _) = case.planned("--side right --level L4");
    let printed = case.plan("--side right --level L4 --json");
    assert_eq!(serde_json::from_slice::<Value>(&printed.stdout).unwrap(), written);
    let plan = written;
    assert_eq!(plan["schema"], "rami.plan/1");
    assert_eq!(plan["side"], "right");
    let candidate = &plan["candidates"][plan["chosen"].as_u64().unwrap() as usize];
    for key in [
        "depth_mm",
        "lateral_offset_mm",
        "primary_angle_deg",
        "secondary_angle_deg",
        "distance_to_chain_mm",
        "cost",
    ] {
        assert!(candidate[key].is_number(), "{key}");
    }
    for key in ["entry_mm", "target_mm"] {
        assert_eq!(candidate[key].as_array().unwrap().len(), 3, "{key}");
    }
    for key in ["clearance_mm", "crosses_mm", "hit_probability", "hit_probability_se"] {
        assert!(candidate[key].as_object().unwrap().values().all(Value::is_number), "{key}");
    }
    for level in ["L1", "L2", "L3", "L4", "L5"] {
        let geometry = &plan["levels"][level];
        for key in ["width_mm", "depth_mm", "height_mm"] {
            assert!(geometry[key].as_f64().unwrap() > 10.0, "{level} {key}");
        }
        assert_eq!(geometry["centroid_mm"].as_array().unwrap().len(), 3);
        assert!(["right", "anterior", "cranial"].iter().all(|axis| geometry["frame"][*axis].is_array()));
    }
    for side in ["left", "right"] {
        let nodes = plan["chain"][side].as_array().unwrap();
        assert!(
            nodes
                .iter()
                .all(|n| n["point_mm"].is_array() && n["sd_mm"].is_number() && n["level"].is_string())
        );
    }
    let inputs = plan["inputs"].as_array().unwrap();
    assert_eq!(inputs.len(), 2);
    assert!(inputs.iter().all(|input| input["sha256"].as_str().unwrap().len() == 64));
}
