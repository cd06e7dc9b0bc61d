//! `rami nerve` from the outside.
#![allow(clippy::unwrap_used)] // helpers of tests: a failure should stop the test

use assert_cmd::Command;
use serde_json::Value;

fn conduct(arguments: &[&str]) -> Value {
    let output =
        Command::cargo_bin("rami").unwrap().args(["nerve", "conduct"]).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn conduct_reports_the_reference_c_fibre_by_default() {
    let answer = conduct(&[]);
    assert_eq!(answer["schema"], "rami.conduction/1");
    assert_eq!(answer["conducted"], true);
    // The limit for dt to 0 of these compartments is .4924 m/s; 1e-3 is the promise of the stepper at 5 us.
    let velocity = answer["conduction_velocity_m_s"].as_f64().unwrap();
    assert!((velocity / 0.4924 - 1.0).abs() < 1e-3, "{velocity}");
    assert!(answer["spike_peak_mv"].as_f64().unwrap() > 10.0 && answer["wall_ms"].is_number());
}

#[test]
fn conduct_follows_a_myelinated_fibre() {
    let answer = conduct(&["--model", "mrg"]);
    // 50.3 m/s is the first-order scheme's at 5 us; it tends to 55.1 for dt to 0, of which the default step gives 54.4.
    let velocity = answer["conduction_velocity_m_s"].as_f64().unwrap();
    assert!((velocity - 54.4).abs() < 0.1, "{velocity}");
    let euler = conduct(&["--model", "mrg", "--scheme", "backward-euler"]);
    assert!((euler["conduction_velocity_m_s"].as_f64().unwrap() - 50.3).abs() < 0.1);
}

#[test]
fn a_blocked_fibre_has_no_velocity() {
    let answer = conduct(&["--block-window", "4", "--gna", "0.3", "--dt", "0.0125"]);
    assert_eq!(answer["conducted"], false);
    assert!(answer["conduction_velocity_m_s"].is_null());
}

#[test]
fn bad_questions_are_refused_with_exit_code_2_and_a_reason() {
    for (arguments, reason) in [
        (["--diameter", "0"], "diameter must lie between"),
        (["--diameter", "-1"], "diameter must lie between"),
        (["--dt", "5"], "too coarse"),
        (["--model=mrg", "--dx=20"], "--dx does not apply"),
        (["--model=mrg", "--diameter=30"], "between 1.1 and 16 um"),
        (["--celsius", "90"], "from 0 to 45"),
    ] {
        let output =
            Command::cargo_bin("rami").unwrap().args(["nerve", "conduct"]).args(arguments).output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(text.contains(reason) && output.stdout.is_empty(), "{text}");
    }
}
