//! The committed JSON Schemas are those of the types.
#![allow(clippy::unwrap_used, clippy::panic)] // a failed unwrap is a failed test

use schemars::schema_for;

fn check(name: &str, schema: &schemars::Schema) {
    let path = format!("{}/../../schemas/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let made = serde_json::to_string_pretty(schema).unwrap() + "\n";
    if std::env::var_os("RAMI_BLESS").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(committed, made, "run the test once with RAMI_BLESS=1 to renew {path}");
}

#[test]
fn the_schema_of_the_chart_is_current() {
    check("chart", &schema_for!(rami_clinic::Chart));
}

#[test]
fn the_schema_of_the_assessment_is_current() {
    check("assessment", &schema_for!(rami_clinic::Assessment));
}

#[test]
fn the_schema_of_the_follow_up_is_current() {
    check("follow_up", &schema_for!(rami_clinic::follow_up::FollowUp));
    check("follow_up_report", &schema_for!(rami_clinic::follow_up::FollowUpReport));
}
