//! `rami pk` and `rami respond` keep the keys that others read, and refuse what cannot be.
#![allow(clippy::unwrap_used, clippy::expect_used)] // a failed unwrap is a failed test

use assert_cmd::Command;
use serde_json::Value;

fn rami(args: &str) -> Command {
    let mut command = Command::cargo_bin("rami").unwrap();
    command.args(args.split_whitespace());
    command
}

fn json(args: &str) -> Value {
    let output = rami(args).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn pk_prints_the_keys_others_read() {
    let document = json("pk --drug bupivacaine --dose-mg 25 --site epidural --population 20 --seed 3 --json");
    assert_eq!(document["schema"], "rami.pk/1");
    assert!((document["c_max_mg_l"].as_f64().unwrap() - 0.1463).abs() < 1e-4);
    assert!((document["t_max_min"].as_f64().unwrap() - 20.5).abs() < 0.1);
    for key in ["free_c_max_mg_l", "arterial_c_max_mg_l", "free_arterial_c_max_mg_l"] {
        assert!(document[key].as_f64().unwrap() > 0.0, "{key}");
    }
    assert!(document["population"]["c_max_mg_l"]["q95"].as_f64().unwrap() > 0.1463);
    assert!(document["curve"].as_array().unwrap().len() > 100);
}

#[test]
fn respond_prints_the_keys_others_read() {
    let document = json("respond --blocked-fraction 1.0 --side right --population 10 --json");
    assert_eq!(document["schema"], "rami.respond/1");
    for site in ["toe", "foot", "calf", "thigh"] {
        for side in ["left", "right"] {
            let first = &document["sites"][site][side][0];
            assert!(
                ["t_min", "median", "q05", "q95"].iter().all(|k| first[*k].is_number()),
                "{site} {side}: {first}"
            );
            assert_eq!(document["flow"][site][side][0]["median"], 1.0);
        }
    }
    for key in ["rise_1c_min", "t50_min", "t95_min", "t_max_c"] {
        assert!(document[key].is_number(), "{key}");
    }
    assert!(document["rules"].as_array().unwrap().iter().any(|rule| rule["fired"] == true));
    assert_eq!(document["pain"]["under"].as_array().unwrap().len(), 3);
}

#[test]
fn the_same_seed_gives_the_same_document() {
    let ask = "respond --blocked-fraction 0.7 --population 20 --seed 5 --json";
    assert_eq!(json(ask), json(ask));
}

#[test]
fn respond_reads_a_block_document_and_finds_its_side() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("block.json");
    let level = r#"{"c_max_mg_ml": 2, "blocked_fraction_by_class": {"B": 1.0, "C": {"median": 0.9}}, "onset_min": 8, "duration_min": 300}"#;
    let none = r#"{"blocked_fraction_by_class": {"B": 0.0, "C": 0.0}, "onset_min": null, "duration_min": 0}"#;
    let text = format!(
        r#"{{"chain": {{"left": {{"L2": {none}}}, "right": {{"L2": {level}, "L3": {level}, "L4": {none}}}}}}}"#
    );
    std::fs::write(&path, text).unwrap();
    let document = json(&format!("respond --blocked-fraction {} --population 5 --json", path.display()));
    assert_eq!(document["side"], "right");
    // L2 and L3 together carry three quarters of the supply.
    assert!((document["blocked_fraction"].as_f64().unwrap() - 0.75).abs() < 1e-9);
}

#[test]
fn both_chains_of_a_block_document_answer_each_with_its_own_block() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("block.json");
    let level = |b: f64| {
        format!(
            r#"{{"blocked_fraction_by_class": {{"B": {b}, "C": {b}}}, "onset_min": 8, "duration_min": 300}}"#
        )
    };
    let side = |b: f64| format!(r#"{{"L2": {0}, "L3": {0}, "L4": {0}}}"#, level(b));
    std::fs::write(&path, format!(r#"{{"chain": {{"left": {}, "right": {}}}}}"#, side(1.0), side(0.2)))
        .unwrap();
    let document =
        json(&format!("respond --blocked-fraction {} --side both --population 5 --json", path.display()));
    let last = |side: &str| {
        document["sites"]["toe"][side].as_array().unwrap().last().unwrap()["median"].as_f64().unwrap()
    };
    assert!(last("left") > last("right") + 1.0, "{} {}", last("left"), last("right"));
}

#[test]
fn a_record_that_ends_before_the_peak_says_so() {
    let said = |minutes: &str| {
        let args = format!("pk --drug ropivacaine --dose-mg 50 --population 0 --minutes {minutes}");
        String::from_utf8(rami(&args).output().unwrap().stderr).unwrap()
    };
    assert!(said("5").contains("still rises when the record ends"));
    assert!(!said("120").contains("still rises"));
}

#[test]
fn glycoprotein_after_surgery_raises_total_drug() {
    let ask = "pk --drug bupivacaine --dose-mg 50 --population 0 --json";
    let c_max = |args: &str| json(args)["c_max_mg_l"].as_f64().unwrap();
    assert!(c_max(&format!("{ask} --days-after-surgery 3")) > 1.4 * c_max(ask));
}

#[test]
fn respond_tells_pain_under_each_hypothesis_in_words() {
    let output = rami("respond --blocked-fraction 1.0 --injected saline --population 5").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    for word in ["transmission", "central_gain", "expectation", "even mixture", "hypotheses"] {
        assert!(text.contains(word), "{word} in {text}");
    }
}

#[test]
fn respond_tells_a_startle_in_words_and_what_both_sides_risk() {
    let args = "respond --blocked-fraction 1.0 --stress startle@60 --population 5";
    let text = String::from_utf8(rami(args).output().unwrap().stdout).unwrap();
    let line = text.lines().find(|line| line.contains("startle at 60 min")).unwrap();
    let percent: Vec<f64> = line
        .split(" %")
        .filter_map(|part| part.rsplit(' ').next().and_then(|word| word.parse().ok()))
        .collect();
    // The blocked left chain lets next to nothing of it through; the right one does.
    assert!(percent.len() == 2 && percent[0] > 95.0 && percent[1] < 80.0, "{line}");
    assert!(text.contains("heart rate"), "{text}");
    let both = rami("respond --blocked-fraction 1.0 --side both --population 5").output().unwrap();
    assert!(String::from_utf8(both.stderr).unwrap().contains("failure of ejaculation"));
    assert!(String::from_utf8(both.stdout).unwrap().starts_with("Both chains"));
}

#[test]
fn what_cannot_be_is_bad_input() {
    for (args, says) in [
        ("pk --drug bupivacaine --dose-mg 0", "dose of 0 mg"),
        ("pk --drug bupivacaine --dose-mg 25 --days-after-surgery -1", "is not between 0 and 30"),
        ("respond --blocked-fraction 1 --nrs 12", "pain before of 12"),
        ("pk --drug bupivacaine --dose-mg -5", "must not be negative"),
        ("pk --drug bupivacaine --dose-mg 25 --over-s 0", "injection time of 0 s is outside 1 to 7200 s"),
        ("pk --drug bupivacaine --dose-mg NaN", "finite"),
        ("pk --drug bupivacaine --dose-mg 25 --weight -70", "weight must not be negative"),
        ("pk --drug bupivicaine --dose-mg 25", "did you mean bupivacaine"),
        ("respond --blocked-fraction 1.0 --room 60", "room temperature of 60"),
        ("respond --blocked-fraction 1.5", "outside 0 to 1"),
        ("respond --blocked-fraction NaN", "blocked fraction"),
        ("respond --blocked-fraction nowhere.json", "neither a number"),
        ("respond --blocked-fraction 1 --stress noise@3", "not a stress"),
        ("respond --blocked-fraction 1 --stress cold@500", "within the time followed"),
        ("respond --blocked-fraction 1 --weight -3", "weight must not be negative"),
        ("respond --blocked-fraction 1 --room NaN", "finite"),
        ("respond --blocked-fraction 1 --baseline-toe 44", "outside 23.3 to 36 °C"),
    ] {
        let output = rami(args).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args}: {error}");
        assert!(error.contains(says), "{args} says {error}");
        assert!(output.stdout.is_empty());
    }
}
