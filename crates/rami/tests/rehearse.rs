//! `rami rehearse`, `replay` and `score` as a person uses them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)] // a test that cannot be set up has failed

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

    // What an earlier replay left in the folder must not go into the sheet or the film of this one.
    let again = folder.path().join("again");
    std::fs::create_dir_all(again.join("frames")).unwrap();
    let hashes: usize = session
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter_map(|line| line["events"].as_array().cloned())
        .flatten()
        .filter_map(|event| event["sha256"].as_array().map(Vec::len))
        .sum();
    for stray in [hashes, 99_998] {
        std::fs::write(again.join(format!("frames/frame-{stray:05}.png")), "left over").unwrap();
    }
    let replay =
        rami().arg("replay").arg(out.join("session.jsonl")).arg("--out").arg(&again).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&replay.stdout).trim(), "identical");
    assert_eq!(replay.status.code(), Some(0));
    assert!(again.join("contact-sheet.png").exists() && again.join("frames/frame-00000.png").exists());
    assert!(hashes > 20, "{hashes} pictures");
    assert_eq!(
        again.join("frames").read_dir().unwrap().count(),
        hashes,
        "every picture of the record and no other"
    );
    film_has_every_frame(&again, hashes);

    // One bit of one picture's hash.
    let at = session.find("\"sha256\":[\"").unwrap() + 11;
    let mut forged = session.clone();
    assert!(
        !String::from_utf8_lossy(&replay.stderr).contains("recorded by Rami"),
        "nothing to say of the same version"
    );
    let other = if &session[at..=at] == "0" { "1" } else { "0" };
    forged.replace_range(at..=at, other);
    let path = folder.path().join("forged.jsonl");
    let version = format!("\"rami_version\":\"{}\"", env!("CARGO_PKG_VERSION"));
    assert!(forged.contains(&version) && forged.contains("\"lanes\":\""));
    let forged = forged.replacen(&version, "\"rami_version\":\"0.0.9\"", 1);
    let forged = forged.replacen("\"lanes\":\"", "\"lanes\":\"abacus", 1);
    std::fs::write(&path, forged).unwrap();
    let replay = rami().arg("replay").arg(&path).arg("--out").arg(&again).output().unwrap();
    assert_eq!(replay.status.code(), Some(1));
    let said = String::from_utf8_lossy(&replay.stdout).into_owned();
    assert!(said.contains("first divergence at line") && said.contains("picture"), "{said}");
    let warned = String::from_utf8_lossy(&replay.stderr).into_owned();
    assert!(warned.contains("recorded by Rami 0.0.9") && warned.contains("on the abacus"), "{warned}");

    // An action of a later version: the session is not cut off, it is not understood.
    let mut lines: Vec<&str> = session.lines().collect();
    let later = "{\"n\":2,\"t_s\":0.0,\"action\":{\"do\":\"teleport\"},\"state_sha256\":\"\"}";
    lines.insert(2, later);
    std::fs::write(&path, lines.join("\n")).unwrap();
    let refused = rami().arg("score").arg(&path).output().unwrap();
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(2), "{said}");
    assert!(
        said.contains("action teleport") && said.contains("later version") && !said.contains("cut off"),
        "{said}"
    );

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

/// Counts the frames of the film, where ffmpeg can make one and count them.
fn film_has_every_frame(out: &Path, frames: usize) {
    let there = |program: &str| {
        std::process::Command::new(program).arg("-version").output().is_ok_and(|o| o.status.success())
    };
    if !there("ffmpeg") || !there("ffprobe") {
        println!("skipped: the film is not looked at, for ffmpeg or ffprobe is not there");
        return;
    }
    let film =
        ["fluoroscopy.webm", "fluoroscopy.mp4"].map(|name| out.join(name)).into_iter().find(|p| p.exists());
    let film = film.expect("ffmpeg is there and made no film");
    let counted = std::process::Command::new("ffprobe")
        .args(["-v", "error", "-count_frames", "-select_streams", "v:0"])
        .args(["-show_entries", "stream=nb_read_frames", "-of", "csv=p=0"])
        .arg(&film)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&counted.stdout).into_owned();
    let counted: usize = said.trim().trim_end_matches(',').parse().unwrap_or_else(|_| panic!("{said}"));
    assert_eq!(counted, frames, "{} has not every frame", film.display());
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

#[test]
fn flag_script_and_chart_that_contradict_each_other_are_refused_and_the_charts_person_stays() {
    let folder = tempfile::tempdir().unwrap();
    let case = case(folder.path());
    let chart = folder.path().join("chart.toml");
    let crps = rami_clinic::chart::example(rami_clinic::indication::Indication::Crps);
    let charted = rami_clinic::Chart::from_toml(crps).unwrap();
    std::fs::write(&chart, crps).unwrap();
    let script = folder.path().join("script.toml");
    std::fs::write(
        &script,
        "title = \"x\"\n[setup]\nseed = 4\nside = \"left\"\nroom_c = 27.5\n[setup.person]\nweight_kg = 41\nfaints = true\n\
         [[do]]\ndo = \"consent\"\ngiven = false\n",
    )
    .unwrap();
    let run = |more: &[&str], out: &str| {
        let mut command = rami();
        command.arg("rehearse").arg(&case).args(["--no-frames", "--operator", "script"]).arg(&script);
        let run = command.args(more).arg("--out").arg(folder.path().join(out)).output().unwrap();
        (run.status.code(), String::from_utf8_lossy(&run.stderr).into_owned())
    };
    for (flags, words) in [
        (["--seed", "9"], ["--seed 9", "seed = 4"]),
        (["--side", "right"], ["--side says right", "[setup] of the script says left"]),
    ] {
        let (code, said) = run(&flags, "no");
        assert_eq!(code, Some(2), "{said}");
        assert!(words.iter().all(|text| said.contains(text)), "{said}");
    }
    let path = chart.to_str().unwrap();
    let (code, said) = run(&["--chart", path, "--seed", "4"], "run");
    assert!(matches!(code, Some(0 | 1)), "{said}");
    assert!(said.contains("the chart's") && said.contains("person.weight_kg"), "{said}");
    let session = read(&folder.path().join("run/session.jsonl"));
    let header: Value = serde_json::from_str(session.lines().next().unwrap()).unwrap();
    let setup = &header["setup"];
    assert_eq!(setup["seed"], 4);
    assert_eq!(setup["person"]["weight_kg"].as_f64(), charted.person.weight().map(|kg| kg.get()));
    assert_eq!(setup["person"]["faints"], true, "what the chart does not say the script does");
    // A chart of the other side is another block.
    std::fs::write(&chart, crps.replace("side = \"left\"", "side = \"right\"")).unwrap();
    let (code, said) = run(&["--chart", path], "no");
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("the chart (complaint.side) says right"), "{said}");
}
