//! The committed schema of `map.json` is the one the types make.

#![allow(clippy::unwrap_used)] // a failed unwrap is a failed test

use rami_bedside::document::MapDocument;

#[test]
fn the_schema_of_a_mapping_is_current() {
    let path = format!("{}/../../schemas/map.json", env!("CARGO_MANIFEST_DIR"));
    let mut made = serde_json::to_string_pretty(&schemars::schema_for!(MapDocument)).unwrap();
    made.push('\n');
    if std::env::var_os("RAMI_BLESS").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap();
    assert_eq!(committed, made, "run the test once with RAMI_BLESS=1 to renew {path}");
}
