//! The committed schema of the document is the one the types make.

use rami_case::ImportDocument;

#[test]
fn the_schema_of_an_import_document_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schemas/import.json");
    let mut made = serde_json::to_string_pretty(&schemars::schema_for!(ImportDocument)).unwrap();
    made.push('\n');
    if std::env::var_os("RAMI_BLESS").is_some() {
        std::fs::write(path, &made).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap_or_default(), made, "rerun with RAMI_BLESS=1");
}
