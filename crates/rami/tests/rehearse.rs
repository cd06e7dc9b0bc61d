//! `rami rehearse`, `replay` and `score` as a person uses them.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a test that cannot be set up has failed

use assert_cmd::Command;
use serde_json::Value;
use std::path::{Path, PathBuf};

fn rami() -> Command {
    Command::cargo_bin("rami").unwrap()
}

fn case(folder: &Path) -> PathBuf {
    let case = folder.join("case");
    rami().args(["phantom", "--spacing", "4", "--posture", "prone", "--out"]).arg(&case).assert().success();
    case
}

fn read(path: &Path) -> String {
    String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned()
}

#[test]
fn a_reference_run_leaves_all_it_promises_and_replays_to_the_same_bits() {
    let folder = tempfile::tempdir().unwrap();
    let case = case(folder.path());
    let chart = folder.path().join("chart.toml");
    std::fs::write(&chart, rami_clinic::chart::example(rami_clinic::indication::Indication::Crps)).unwrap();
    let out = folder.path().join("run");
    let run = rami()
        .arg("rehearse")
        .arg(&case)
        .arg("--chart")
        .arg(&chart)
        .args(["--side", "left", "--detector", "64", "--out"])
        .arg(&out)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stderr).into_owned();
    assert!(matches!(run.status.code(), Some(0 | 1)), "{said}");
    assert!(said.contains("an input, not a finding"), "{said}");

    let page = read(&out.join("report.html"));
    for heading in [
        "Read first",
        "What came of it",
        "Person and indication",
        "Assessment",
        "Plan",
        "Minute by minute",
        "Doses and radiation",
        "Spread and block",
        "How differently it might go",
        "Temperature",
        "Drug in the blood",
        "Pain afterwards, under three hypotheses",
        "What went wrong",
        "Score",
        "Measures beside the reference run",
        "What is modelled, and how sure",
        "How long actions take",
        "Sources",
        "Versions, seed and hashes",
    ] {
        assert!(page.contains(heading), "no {heading}");
    }
    for text in ["not a medical device", "complex regional pain syndrome", "assumed", "flow computed"] {
        assert!(page.contains(text), "no {text}");
    }
    assert!(!page.contains("<script") && !page.contains("http://") && !page.contains("https://"));
    let pdf = std::fs::read(out.join("report.pdf")).unwrap();
    assert!(pdf.starts_with(b"%PDF-1.7") && pdf.len() > 20_000, "{} bytes", pdf.len());
    let fhir: Value = serde_json::from_str(&read(&out.join("procedure.fhir.json"))).unwrap();
    assert_eq!(fhir["resourceType"], "Bundle");
    assert!(out.join("frames").read_dir().unwrap().count() > 3);
    let session = read(&out.join("session.jsonl"));
    assert!(session.contains("\"flow\":\"computed\""), "a person's fluid is computed");

    let again = folder.path().join("again");
    let replay =
        rami().arg("replay").arg(out.join("session.jsonl")).arg("--out").arg(&again).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&replay.stdout).trim(), "identical");
    assert_eq!(replay.status.code(), Some(0));
    assert!(again.join("contact-sheet.png").exists() && again.join("frames/frame-00000.png").exists());

    // One bit of one picture's hash.
    let at = session.find("\"sha256\":[\"").unwrap() + 11;
    let mut forged = session.clone();
    let other = if &session[at..=at] == "0" { "1" } else { "0" };
    forged.replace_range(at..=at, other);
    let path = folder.path().join("forged.jsonl");
    std::fs::write(&path, forged).unwrap();
    let replay = rami().arg("replay").arg(&path).arg("--out").arg(&again).output().unwrap();
    assert_eq!(replay.status.code(), Some(1));
    let said = String::from_utf8_lossy(&replay.stdout).into_owned();
    assert!(said.contains("first divergence at line") && said.contains("picture"), "{said}");

    let score = rami().arg("score").arg(out.join("session.jsonl")).output().unwrap();
    let score: Value = serde_json::from_slice(&score.stdout).unwrap();
    assert_eq!(score["schema"], "rami.score/1");
    assert!(score["measures"]["c_arm_shots"].as_f64().unwrap() > 2.0);
    assert!(score["measures"]["fluoroscopy_pulses"].as_f64().unwrap() > 10.0);
    let curve =
        rami().arg("score").args([out.join("session.jsonl"), out.join("session.jsonl")]).output().unwrap();
    let curve: Value = serde_json::from_slice(&curve.stdout).unwrap();
    assert_eq!(curve["curve"]["sum"].as_array().unwrap().len(), 2);
}

#[test]
fn a_person_types_a_block_and_is_told_why_something_is_not_done() {
    let folder = tempfile::tempdir().unwrap();
    let case = case(folder.path());
    let out = folder.path().join("typed");
    let typed = "help\nplan\ninsert\nprepare\ntunnel\nshot\ninsert\n+ 40\ninject drug 2\nshot\naspirate\n\
                 inject nothing 2\ninject contrast 0.5\ncall ?\ncall psoas\nsee ?\ntreat ?\ndance\nout\nquit\n";
    let run = rami()
        .arg("rehearse")
        .arg(&case)
        .args(["--side", "left", "--operator", "person", "--detector", "64", "--out"])
        .arg(&out)
        .write_stdin(typed)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stderr).into_owned();
    println!("{said}");
    assert!(matches!(run.status.code(), Some(0 | 1)));
    for text in [
        "mm from skin to target",
        "No: the person does not lie on the front.",
        "First: turn them first.",
        "No: no picture shows where this needle's tip is now.",
        "no syringe is called \"nothing\"",
        "nothing one can do here",
        "picture: ",
        "▮",
        "ended; record, score and report are in",
    ] {
        assert!(said.contains(text), "no {text:?}");
    }
    assert!(!said.contains("{\""), "nothing is told as JSON");
    assert!(out.join("report.pdf").exists());
}

#[test]
fn a_script_is_run_and_what_is_wrong_with_one_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let case = case(folder.path());
    let out = folder.path().join("scripted");
    let script = folder.path().join("script.toml");
    std::fs::write(&script, "title = \"x\"\n[[do]]\ndo = \"fly\"\n").unwrap();
    let run = |out: &Path| {
        rami()
            .arg("rehearse")
            .arg(&case)
            .args(["--no-frames", "--operator", "script"])
            .arg(&script)
            .arg("--out")
            .arg(out)
            .output()
            .unwrap()
    };
    let wrong = run(&out);
    let said = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert_eq!(wrong.status.code(), Some(2), "{said}");
    assert!(said.contains("step 1 (fly)"), "{said}");
    std::fs::write(&script, "title = \"Only consent\"\n[[do]]\ndo = \"consent\"\ngiven = false\n").unwrap();
    let done = run(&out);
    assert!(matches!(done.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&done.stderr));
    assert!(out.join("score.json").exists() && !out.join("frames").exists());
    // No chart: the digital patient's own body.
    let truth: Value = serde_json::from_str(&read(&case.join("truth.json"))).unwrap();
    let session = read(&out.join("session.jsonl"));
    let header: Value = serde_json::from_str(session.lines().next().unwrap()).unwrap();
    for (own, key) in [("weight_kg", "weight_kg"), ("age_y", "age_years")] {
        let (own, found) = (&truth["traits"][own], &header["setup"]["person"][key]);
        assert!((own.as_f64().unwrap() - found.as_f64().unwrap()).abs() < 1e-9, "{key}: {found} for {own}");
    }
}
