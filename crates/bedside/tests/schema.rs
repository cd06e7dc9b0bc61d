//! The committed schemas of the documents are the ones the types make.

#![allow(clippy::unwrap_used)] // a failed unwrap is a failed test

use rami_bedside::document::MapDocument;
use rami_bedside::inject::document::BlockDocument;

fn is_current(name: &str, schema: &schemars::Schema) {
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
fn the_schema_of_a_mapping_is_current() {
    is_current("map", &schemars::schema_for!(MapDocument));
}

#[test]
fn the_schema_of_a_block_document_is_current() {
    is_current("block", &schemars::schema_for!(BlockDocument));
}
