//! The committed schemas of the documents are those the types make.
#![allow(clippy::unwrap_used)] // a failed unwrap is a failed test

use rami_body::autonomic::RespondReport;
use rami_body::pharmacokinetics::PkReport;
use schemars::Schema;

fn assert_current(name: &str, schema: &Schema) {
    let path = format!("{}/../../schemas/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let mut made = serde_json::to_string_pretty(schema).unwrap();
    made.push('\n');
    if std::env::var_os("RAMI_BLESS").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap();
    assert_eq!(committed, made, "run the test once with RAMI_BLESS=1 to renew {path}");
}

#[test]
fn the_schema_of_a_plasma_document_is_current() {
    assert_current("pk", &schemars::schema_for!(PkReport));
}

#[test]
fn the_schema_of_a_response_document_is_current() {
    assert_current("respond", &schemars::schema_for!(RespondReport));
}
