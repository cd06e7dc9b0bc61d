//! The committed JSON Schema of `truth.json` is that of the types.
#![allow(clippy::unwrap_used)] // a failed unwrap is a failed test

use rami_anatomy::patient::Truth;

#[test]
fn the_schema_in_the_repository_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schemas/truth.json");
    let schema = schemars::schema_for!(Truth);
    let made = serde_json::to_string_pretty(&schema).unwrap() + "\n";
    if std::env::var_os("RAMI_BLESS").is_some() {
        std::fs::write(path, &made).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(committed, made, "run the test once with RAMI_BLESS=1 to renew {path}");
}
