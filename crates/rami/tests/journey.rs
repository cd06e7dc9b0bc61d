//! `rami demo`: all it promises is there, and it says no where there is nothing to do.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a test that cannot be set up has failed

use assert_cmd::Command;
use rami_volume::nifti::{self, Compression, WriteOptions};
use std::path::Path;

fn rami() -> Command {
    Command::cargo_bin("rami").unwrap()
}

/// What a page points at, in its own folder.
fn pointed_at(page: &str) -> Vec<String> {
    let mut out = Vec::new();
    for start in ["href=\"", "src=\""] {
        for part in page.split(start).skip(1) {
            let target = part.split('"').next().unwrap_or_default();
            if !target.starts_with('#') && !target.is_empty() {
                out.push(target.to_owned());
            }
        }
    }
    out
}

#[test]
fn the_journey_leaves_all_it_promises() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("demo");
    let run = rami().args(["demo", "--spacing", "4", "--out"]).arg(&out).output().unwrap();
    let said = String::from_utf8_lossy(&run.stderr).into_owned();
    println!("{said}");
    assert_eq!(run.status.code(), Some(0), "{said}");
    assert!(said.contains("[12/12]"), "progress: {said}");
    let page = std::fs::read_to_string(out.join("index.html")).unwrap();
    assert!(!page.contains("<script") && !page.contains("https://"), "one page, nothing from a network");
    let targets = pointed_at(&page);
    for target in &targets {
        let path = out.join(target);
        let whole = if path.is_dir() {
            path.read_dir().unwrap().count() > 0
        } else {
            path.metadata().is_ok_and(|file| file.len() > 100 || target == "replay.txt")
        };
        assert!(whole, "{target} is pointed at and is not there");
    }
    // Patient, chart, assessment, plan, run with frames, injection, response, decision aid, report.
    for promised in [
        "patient/truth.json",
        "chart.toml",
        "assessment.txt",
        "plan/plan.json",
        "plan/report.html",
        "fluoroscopy-ap.png",
        "fluoroscopy-tunnel.png",
        "rehearsal/session.jsonl",
        "rehearsal/score.json",
        "rehearsal/report.html",
        "rehearsal/report.pdf",
        "rehearsal/procedure.fhir.json",
        "replay/contact-sheet.png",
        "injection/block.json",
        "injection/axial.png",
        "injection/block_over_time.png",
        "warming.json",
        "plasma.json",
        "decision.html",
        "decision.pdf",
    ] {
        assert!(targets.iter().any(|target| target == promised), "the page does not lead to {promised}");
    }
    assert_eq!(std::fs::read_to_string(out.join("replay.txt")).unwrap().trim(), "identical");
}

/// Gut in the place of the muscle behind the left of the spine: every path goes through it.
fn walled(case: &Path) {
    let file = case.join("labels.nii.gz");
    let mut labels = nifti::read_labels(&file).unwrap().labels;
    // A part of each stays, for a plan asks for the structures themselves.
    for (index, label) in labels.data_mut().iter_mut().enumerate() {
        if matches!(*label, 86 | 87 | 200 | 201) && index % 16 != 0 {
            *label = 20;
        }
    }
    let options = WriteOptions { compression: Compression::Fast, ..WriteOptions::default() };
    nifti::write(&file, &labels, &options).unwrap();
}

#[test]
fn where_no_path_is_safe_the_answer_is_no_and_no_mistake() {
    let folder = tempfile::tempdir().unwrap();
    let case = folder.path().join("case");
    rami().args(["phantom", "--spacing", "4", "--posture", "prone", "--out"]).arg(&case).assert().success();
    walled(&case);
    let run = |command: &[&str], out: &str| {
        let out = folder.path().join(out);
        let run = rami().args(command).arg("--out").arg(&out).output().unwrap();
        (run.status.code(), String::from_utf8_lossy(&run.stderr).into_owned(), out)
    };
    let path = case.to_str().unwrap();
    let (code, said, out) = run(&["rehearse", path, "--no-frames"], "run");
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("no path of the plan is safe") && !said.contains("error"), "{said}");
    assert!(out.join("plan.json").exists(), "the plan says why");
    let (code, said, out) = run(&["demo", "--case", path], "demo");
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("the journey ends there"), "{said}");
    let page = std::fs::read_to_string(out.join("index.html")).unwrap();
    assert!(page.contains("Plan") && !page.contains("Do it"), "what was done is there, and no more");
}
