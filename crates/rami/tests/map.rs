//! `rami map` from the outside, on a coarse digital patient.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // helpers of tests: a failure should stop the test

use assert_cmd::Command;
use serde_json::Value;
use std::path::PathBuf;
use std::sync::OnceLock;
use tempfile::TempDir;

/// A digital patient and a point 2 mm behind the left trunk at L3.
fn patient() -> &'static (TempDir, PathBuf, [f64; 3]) {
    static PATIENT: OnceLock<(TempDir, PathBuf, [f64; 3])> = OnceLock::new();
    PATIENT.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let case = folder.path().join("case");
        let done = Command::cargo_bin("rami")
            .unwrap()
            .args(["phantom", "--seed", "1", "--spacing", "2.5", "--out"])
            .arg(&case)
            .output()
            .unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let truth: Value = serde_json::from_slice(&std::fs::read(case.join("truth.json")).unwrap()).unwrap();
        let chain = &truth["chain"]["left"];
        let at = chain["levels"].as_array().unwrap().iter().position(|l| l.as_f64().unwrap() >= 3.0).unwrap();
        let p: Vec<f64> =
            chain["points_mm"][at].as_array().unwrap().iter().map(|c| c.as_f64().unwrap()).collect();
        (folder, case, [p[0] + 1.5, p[1] + 1.5, p[2]])
    })
}

fn map(arguments: &[&str]) -> std::process::Output {
    let (_, case, tip) = patient();
    let mut command = Command::cargo_bin("rami").unwrap();
    command.arg("map").arg(case);
    if !arguments.iter().any(|a| a.starts_with("--tip")) {
        command.arg(format!("--tip={},{},{}", tip[0], tip[1], tip[2]));
    }
    command.args(arguments).output().unwrap()
}

fn answer(arguments: &[&str]) -> Value {
    let output = map(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_current_answers_with_thresholds_reports_rules_and_an_update_and_draws_them() {
    let out = tempfile::tempdir().unwrap();
    let folder = out.path().join("map");
    let map = answer(&["--mode", "electrical", "--json", "--out", folder.to_str().unwrap()]);
    assert_eq!(map["schema"], "rami.map/1");
    assert_eq!(map["world"]["source"], "digital_patient_truth");
    let electrical = &map["electrical"];
    assert!(electrical["quorum_and_sheath"].as_f64().unwrap() > 1.0);
    assert!(electrical["fit_statement"].as_str().unwrap().contains("fitted, not physical"));
    let nerves = electrical["nerves"].as_array().unwrap();
    let of = |name: &str, fibre: &str| {
        nerves.iter().find(|n| n["nerve"] == name && n["fibre"] == fibre).unwrap_or(&Value::Null).clone()
    };
    // The trunk is the nearest nerve by far; its C fibres are harder to excite than somatic fibres much further away.
    let trunk = of("sympathetic_trunk_left", "C");
    assert!(trunk["distance_mm"].as_f64().unwrap() < 3.0);
    let easiest = &nerves[0];
    assert!(easiest["fibre"] != "C", "{easiest}");
    for nerve in nerves.iter().filter(|n| n["sensory_ma"].is_number() && n["motor_ma"].is_number()) {
        // 0.66 V over 1.54 V, the two means of the study.
        let ratio = nerve["sensory_ma"].as_f64().unwrap() / nerve["motor_ma"].as_f64().unwrap();
        assert!((ratio - 0.66 / 1.54).abs() < 1e-9, "{ratio}");
        let ohm = nerve["motor_v"].as_f64().unwrap() / nerve["motor_ma"].as_f64().unwrap() * 1e3;
        assert!((ohm / electrical["impedance_ohm"].as_f64().unwrap() - 1.0).abs() < 1e-9);
    }
    let rows: Vec<&str> =
        electrical["rules"].as_array().unwrap().iter().map(|r| r["row"].as_str().unwrap()).collect();
    assert_eq!(rows, ["A28", "A29", "A30"]);
    for key in ["before", "after"] {
        let p = map["belief"][key]["p_at_chain"].as_f64().unwrap();
        assert!((0.0..=1.0).contains(&p));
    }
    assert_eq!(map["sole_guidance"]["accepted"], false);
    let png = std::fs::read(folder.join("map.png")).unwrap();
    assert_eq!(&png[1..4], b"PNG");
    let written: Value = serde_json::from_slice(&std::fs::read(folder.join("map.json")).unwrap()).unwrap();
    assert_eq!(written, map);
}

#[test]
fn at_2_hz_nothing_is_felt_and_the_belief_about_the_trunk_stays() {
    let map = answer(&["--mode", "electrical", "--frequency", "2", "--json"]);
    let responses = map["electrical"]["responses"].as_array().unwrap();
    assert!(responses.iter().all(|r| r["frequency_hz"] == 2));
    assert_eq!(map["belief"]["before"], map["belief"]["after"]);
    assert_eq!(map["electrical"]["rules"][0]["says"], "not_tested");
}

#[test]
fn a_test_dose_warms_the_foot_late_so_early_silence_is_weak_evidence() {
    // A tenth of a millilitre: more would reach the trunk from anywhere the belief holds likely, and teach nothing.
    let watched = |minutes: &str| {
        let map = answer(&["--mode", "low-volume", "--volume-ml", "0.1", "--watch-min", minutes, "--json"]);
        let dose = &map["low_volume"];
        assert!(dose["blocked_fraction"].as_f64().unwrap() > 0.2, "the dose lies on the trunk");
        let p = |when: &str| map["belief"][when]["p_at_chain"].as_f64().unwrap();
        let ratio = map["belief"]["likelihood_ratio"].as_f64().unwrap();
        let answered = (dose["positive"].as_bool().unwrap(), dose["p_positive_at_chain"].as_f64().unwrap());
        (answered, p("after") - p("before"), ratio)
    };
    let ((early, p_early), learnt_early, _) = watched("4");
    let ((late, p_late), learnt_late, ratio) = watched("60");
    assert!(!early && p_early < 0.25, "{p_early}");
    assert!(late && p_late > p_early + 0.3, "{p_late}");
    assert!(learnt_early.abs() < 1e-3, "silence after 4 min is no evidence: {learnt_early}");
    assert!(learnt_late > 0.02 && ratio > 1.1, "a warm foot is: {learnt_late}, {ratio}");
}

#[test]
fn the_same_seed_gives_the_same_mapping() {
    let run = || answer(&["--mode", "electrical", "--frequency", "50", "--seed", "9", "--json"]);
    assert_eq!(run(), run());
}

#[test]
fn bad_questions_are_refused_with_exit_code_2_and_a_reason() {
    let electrical = ["--mode", "electrical", "--json"];
    for (arguments, reason) in [
        (vec!["--current-ma", "-1"], "current of the ramp must lie between"),
        (vec!["--diameter", "0"], "diameter of the needle must lie between"),
        (vec!["--dt-ms", "0.05"], "too coarse"),
        (vec!["--frequency", "13"], "50 Hz for what is felt"),
        (vec!["--pulse-us", "NaN"], "width of the pulse"),
        (vec!["--tip=0,900,0"], "outside the CT"),
        (vec!["--tip=0,100,0"], "mm outside the skin"),
        (vec!["--step-ma", "0"], "step of the ramp"),
        (vec!["--active-tip", "-5"], "bare tip"),
        (vec!["--sole-guidance"], "not accepted as guidance"),
    ] {
        let output = map(&[&electrical[..], &arguments].concat());
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {text}");
        assert!(text.contains(reason) && output.stdout.is_empty(), "{arguments:?}: {text}");
    }
    for (arguments, reason) in [
        (["--volume-ml", "0"], "volume of the test dose"),
        (["--rise-c", "-1"], "rise that counts"),
        (["--watch-min", "NaN"], "time the foot is followed"),
        (["--room", "60"], "room temperature of 60 °C"),
    ] {
        let output = map(&[&["--mode", "low-volume", "--json"][..], &arguments].concat());
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {text}");
        assert!(text.contains(reason) && output.stdout.is_empty(), "{arguments:?}: {text}");
    }
}
