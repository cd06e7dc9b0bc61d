//! `rami assess` and `rami decide`: exit codes, what they write, and a real plan beside a chart.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a failed unwrap is a failed test

use assert_cmd::Command;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Output;

fn rami(folder: &Path, arguments: &[&str]) -> Output {
    Command::cargo_bin("rami").unwrap().current_dir(folder).args(arguments).output().unwrap()
}

fn chart(name: &str) -> String {
    let charts = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../clinic/charts");
    charts.join(name).to_string_lossy().into_owned()
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn an_assessment_answers_yes_no_or_what_is_wrong_by_its_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let code = |name: &str| rami(folder.path(), &["assess", &chart(name)]).status.code();
    assert_eq!(code("crps.toml"), Some(0));
    assert_eq!(code("crps.fhir.json"), Some(1), "no consent, a blood thinner: stop");
    assert_eq!(code("arterial_insufficiency.toml"), Some(1));
    assert_eq!(code("nobody.toml"), Some(2));
    std::fs::write(folder.path().join("odd.toml"), "schema = \"rami.chart/1\"\n[person]\nweight_kg = 700\n")
        .unwrap();
    let odd = rami(folder.path(), &["assess", "odd.toml"]);
    assert_eq!(odd.status.code(), Some(2));
    assert!(told(&odd).contains("odd.toml"), "{}", told(&odd));
    std::fs::write(folder.path().join("cut.json"), "{\"resourceType\": \"Bundle\", \"entry\": [{").unwrap();
    let cut = rami(folder.path(), &["assess", "cut.json"]);
    assert!(cut.status.code() == Some(2) && told(&cut).contains("FHIR bundle"), "{}", told(&cut));
}

#[test]
fn the_document_names_its_figures_and_nothing_else_is_printed_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let output = rami(folder.path(), &["assess", &chart("crps.toml"), "--json"]);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["schema"], "rami.assessment/1");
    let (all, unverified) =
        (document["evidence"].as_array().unwrap(), document["unverified"].as_array().unwrap());
    assert!(all.len() > 50 && !unverified.is_empty() && unverified.iter().all(|key| all.contains(key)));
}

#[test]
fn the_aid_is_written_whole_for_a_screen_and_for_paper_in_both_languages() {
    let folder = tempfile::tempdir().unwrap();
    for (language, title) in
        [("en", "a guide to help you choose"), ("es", "una gu\u{ed}a para ayudarle a elegir")]
    {
        for (name, ends) in [("aid.html", "</html>"), ("aid.pdf", "%%EOF")] {
            let output =
                rami(folder.path(), &["decide", &chart("crps.toml"), "--language", language, "--out", name]);
            assert!(output.status.success(), "{}", told(&output));
            assert!(output.stdout.is_empty(), "the document goes to the file");
            let bytes = std::fs::read(folder.path().join(name)).unwrap();
            let text = String::from_utf8_lossy(&bytes);
            assert!(text.trim_end().ends_with(ends), "{name}");
            assert!(text.contains(title), "{name}");
        }
    }
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "no temporary file stays: {left:?}");
}

#[test]
fn an_aid_that_cannot_be_written_is_refused_and_leaves_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("aid.docx"), "mine").unwrap();
    for (arguments, says) in [
        (["--out", "aid.docx", "--language", "en"], ".html or .pdf"),
        (["--out", "aid.html", "--language", "tlh"], "there are en and es"),
        (["--out", "no/such/folder/aid.pdf", "--language", "en"], "cannot write"),
    ] {
        let output =
            rami(folder.path(), &[["decide", &chart("crps.toml")].as_slice(), arguments.as_slice()].concat());
        assert_eq!(output.status.code(), Some(2));
        assert!(told(&output).contains(says), "{}", told(&output));
    }
    assert_eq!(std::fs::read_to_string(folder.path().join("aid.docx")).unwrap(), "mine");
}

#[test]
fn a_real_plan_stands_beside_the_chart() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let patient = ["phantom", "--spacing", "3", "--posture", "prone", "--out", "patient"];
    assert!(rami(here, &patient).status.success());
    assert!(
        rami(here, &["plan", "patient", "--side", "left", "--level", "L3", "--out", "plan"]).status.success()
    );
    let plan: Value = serde_json::from_slice(&std::fs::read(here.join("plan/plan.json")).unwrap()).unwrap();
    let chosen = &plan["candidates"][plan["chosen"].as_u64().unwrap() as usize]["hit_probability"];
    let output = rami(here, &["assess", &chart("crps.toml"), "--plan", "plan/plan.json", "--json"]);
    let assessment: Value = serde_json::from_slice(&output.stdout).unwrap();
    let finding = |id: &str| {
        assessment["findings"].as_array().unwrap().iter().find(|f| f["id"] == id).unwrap()["outcome"].clone()
    };
    assert_eq!(finding("plan"), "clear");
    assert!(finding("plan.touches").is_string());
    // Every harm that names structures finds them in a real plan, under the names the planner uses.
    let risk =
        |id: &str| assessment["risks"].as_array().unwrap().iter().find(|r| r["id"] == id).unwrap().clone();
    let most = |stems: &[&str]| {
        let all = chosen.as_object().unwrap().iter();
        let of = all.filter(|(name, _)| stems.iter().any(|stem| name.starts_with(stem)));
        of.map(|(_, p)| p.as_f64().unwrap()).fold(f64::NAN, f64::max)
    };
    for (id, stems) in [
        ("kidney_or_ureter", ["kidney", "ureter"].as_slice()),
        ("haematoma", &["aorta", "inferior_vena_cava", "iliac_", "lumbar_segmental_vessels", "renal_"]),
        ("nerve_damage", &["nerve_root", "spinal_c"]),
        ("infection", &["intervertebral_disc"]),
        ("bowel_or_organ", &["small_bowel", "colon", "liver", "lung"]),
        ("genitofemoral_numbness", &["genitofemoral"]),
    ] {
        assert_eq!(risk(id)["plan_touches"].as_f64().unwrap(), most(stems), "{id}");
    }
    assert!(risk("failure")["no_rate"].as_str().unwrap().contains("L3"), "no rate at this level");
    let output =
        rami(here, &["decide", &chart("crps.toml"), "--plan", "plan/plan.json", "--out", "aid.html"]);
    assert!(output.status.success());
    assert!(std::fs::read_to_string(here.join("aid.html")).unwrap().contains("On your own scan"));
    // A plan of another side is a stop that nobody can override.
    let other = rami(here, &["assess", &chart("raynaud.toml"), "--plan", "plan/plan.json"]);
    assert_eq!(other.status.code(), Some(1));
}

#[test]
fn a_follow_up_is_read_in_words_and_as_a_document() {
    let folder = tempfile::tempdir().unwrap();
    let words = rami(folder.path(), &["follow-up", &chart("follow_up.toml")]);
    let text = String::from_utf8_lossy(&words.stdout).into_owned();
    assert!(text.contains("at least 50 % less pain: from 30 min, for 6.5 h"), "{text}");
    assert!(text.contains("efficacy.saline.duration"), "{text}");
    assert!(text.contains("PROMIS pain interference: 66 to 61, a change that matters"), "{text}");
    assert!(text.contains("(PGIC): 2, no figure says"), "{text}");
    let json = rami(folder.path(), &["follow-up", &chart("follow_up.toml"), "--json"]);
    let report: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(
        (report["schema"].as_str(), report["may_stand"].as_bool()),
        (Some("rami.follow_up_report/1"), Some(true))
    );
    assert_eq!(rami(folder.path(), &["follow-up", &chart("crps.toml")]).status.code(), Some(2));
}
