//! `rami inject` as a person uses it.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a test that cannot be set up has failed

use assert_cmd::Command;
use serde_json::Value;

fn rami() -> Command {
    Command::cargo_bin("rami").unwrap()
}

#[test]
fn what_cannot_be_injected_is_refused_in_words() {
    for (tip, inject, says) in [
        ("1,2,3", "procaine 1% 10ml", "no drug or contrast agent is called"),
        ("1,2,3", "bupivacaine 0.25% 500ml", "outside 0 to 60"),
        ("1,2,3", "bupivacaine 50% 10ml", "stronger than any that is sold"),
        ("1,2,3", "bupivacaine 0.25% 10ml @-0.2ml/s", "negative"),
        ("1,2", "saline 5ml", "x,y,z in LPS mm"),
    ] {
        let out =
            rami().args(["inject", "nowhere", "--tip", tip, "--inject", inject, "--json"]).output().unwrap();
        let text = String::from_utf8_lossy(&out.stderr).into_owned();
        assert_eq!(out.status.code(), Some(2), "{text}");
        assert!(text.contains(says), "{inject}: {text}");
    }
}

#[test]
fn an_injection_writes_what_it_promises_and_respond_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    let case = folder.path().join("case");
    rami().args(["phantom", "--spacing", "3", "--out"]).arg(&case).assert().success();
    let truth: Value = serde_json::from_slice(&std::fs::read(case.join("truth.json")).unwrap()).unwrap();
    let chain = &truth["chain"]["left"];
    let levels = chain["levels"].as_array().unwrap();
    let at = levels.iter().position(|l| l.as_f64().unwrap() >= 3.0).unwrap();
    let p: Vec<f64> =
        chain["points_mm"][at].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
    let tip = format!("{},{},{}", p[0] + 1.0, p[1] - 2.0, p[2]);
    let out = folder.path().join("block");
    let inject = "iohexol 300 1ml @0.2ml/s; bupivacaine 0.5% 40ml @0.5ml/s";
    let run = rami()
        .args(["inject"])
        .arg(&case)
        .args([
            "--tip",
            &tip,
            "--inject",
            inject,
            "--samples",
            "2",
            "--cell",
            "4,5",
            "--frames",
            "2",
            "--out",
        ])
        .arg(&out)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    // 200 mg of bupivacaine is over 175 mg: the first line of everything says so.
    assert!(text.lines().next().unwrap().starts_with("OVER THE MAXIMUM DOSE"), "{text}");
    let block = std::fs::read_to_string(out.join("block.json")).unwrap();
    assert!(block.lines().next().unwrap().contains("OVER THE MAXIMUM DOSE"));
    let block: Value = serde_json::from_str(&block).unwrap();
    assert_eq!(block["schema"], "rami.block/1");
    assert!(block["p_block"].is_number() && block["mass_balance"]["relative_error"].as_f64().unwrap() < 1e-8);
    assert!(block["chain"]["left"]["L3"]["blocked_fraction_by_class"]["C"]["median"].is_number());
    assert!(block["longitudinal_extent_mm"]["median"].as_f64().unwrap() > 20.0);
    for file in ["spread.nii.gz", "axial.png", "coronal.png", "block_over_time.png", "xray/ap_dsa_000.png"] {
        assert!(out.join(file).is_file(), "{file}");
    }
    let respond = rami()
        .args(["respond", "--population", "20", "--json", "--blocked-fraction"])
        .arg(out.join("block.json"))
        .output()
        .unwrap();
    assert!(respond.status.success(), "{}", String::from_utf8_lossy(&respond.stderr));
}

#[test]
fn a_tip_outside_the_body_is_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let case = folder.path().join("case");
    rami().args(["phantom", "--spacing", "5", "--out"]).arg(&case).assert().success();
    for (tip, says) in [("900,0,0", "outside"), ("0,-400,0", "outside")] {
        let out = rami()
            .args(["inject"])
            .arg(&case)
            .args(["--tip", tip, "--inject", "saline 5ml", "--samples", "1", "--json"])
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&out.stderr).into_owned();
        assert_eq!(out.status.code(), Some(2), "{text}");
        assert!(text.contains(says), "{text}");
    }
}
