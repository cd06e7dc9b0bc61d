//! Criteria sets as truth tables: every row of `tests/truth/*.toml` is a fragment of a chart and what must come of it.
#![allow(clippy::unwrap_used, clippy::panic)] // a failed unwrap is a failed test

use rami_clinic::{Chart, Status, indication};
use serde::Deserialize;

#[derive(Deserialize)]
struct Table {
    case: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    given: String,
    expect: toml::Table,
}

/// Reads each case into a chart of that indication and compares what `observe` makes of it.
fn check(text: &str, indication: &str, observe: impl Fn(&Chart) -> toml::Table) {
    let table: Table = toml::from_str(text).unwrap();
    assert!(table.case.len() > 5, "a truth table has rows");
    for case in table.case {
        let chart = format!(
            "schema = \"rami.chart/1\"\n{}\n[complaint]\nindication = \"{indication}\"\n",
            case.given.replace(';', "\n")
        );
        let chart =
            Chart::from_toml(&chart).unwrap_or_else(|error| panic!("{}: {error}\n{chart}", case.name));
        let seen = observe(&chart);
        for (key, expected) in &case.expect {
            assert_eq!(seen.get(key), Some(expected), "{}: {key}", case.name);
        }
    }
}

fn word(status: Status) -> toml::Value {
    status.word().into()
}

#[test]
fn budapest_rules_turn_at_three_and_four_symptoms_two_signs_and_one_degree() {
    check(include_str!("truth/budapest.toml"), "crps", |chart| {
        let assessed = indication::assess(chart);
        toml::Table::from_iter([
            ("clinical".into(), word(indication::budapest_clinical(&chart.crps))),
            ("research".into(), word(indication::budapest_research(&chart.crps))),
            ("status".into(), word(assessed.status)),
        ])
    });
}

#[test]
fn arteries_are_graded_at_every_boundary() {
    check(include_str!("truth/arteries.toml"), "arterial_insufficiency", |chart| {
        let a = &chart.arteries;
        let assessed = indication::assess(chart);
        let scale = |name: &str| {
            let scale = assessed.scales.iter().find(|scale| scale.name.contains(name)).unwrap();
            toml::Value::from(scale.grade.clone())
        };
        let number =
            |grade: Option<u8>| grade.map_or_else(|| "unknown".into(), |g| toml::Value::from(i64::from(g)));
        toml::Table::from_iter([
            ("abi".into(), scale("ankle-brachial")),
            ("fontaine".into(), scale("Fontaine")),
            ("rutherford".into(), number(indication::rutherford(a))),
            ("ischaemia".into(), number(indication::wifi_ischaemia(a))),
            ("stage".into(), scale("clinical stage")),
            ("tasc".into(), scale("TASC")),
            ("status".into(), word(assessed.status)),
            ("first".into(), assessed.first.clone().unwrap_or_default().into()),
        ])
    });
}

#[test]
fn raynaud_needs_both_colours_and_three_of_seven() {
    check(include_str!("truth/raynaud.toml"), "raynaud", |chart| {
        let kind = format!("{:?}", indication::raynaud(&chart.raynaud)).to_lowercase();
        toml::Table::from_iter([
            ("kind".into(), kind.into()),
            ("status".into(), word(indication::assess(chart).status)),
        ])
    });
}

#[test]
fn every_worked_example_is_read_and_assessed() {
    for name in [
        "crps",
        "low_back_pain",
        "arterial_insufficiency",
        "raynaud",
        "phantom_limb",
        "post_herpetic_pain",
        "hyperhidrosis",
    ] {
        let path = format!("{}/charts/{name}.toml", env!("CARGO_MANIFEST_DIR"));
        let chart = Chart::from_toml(&std::fs::read_to_string(path).unwrap()).unwrap();
        let assessment = rami_clinic::assess(&chart, None).unwrap();
        assert_eq!(serde_json::to_value(assessment.indication.indication).unwrap(), name);
        insta::assert_snapshot!(name, rami_clinic::text::text(&assessment));
    }
}
