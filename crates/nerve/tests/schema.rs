//! The committed schema of the documents is the one the types make.

use rami_nerve::conduct::ConductionDocument;

#[test]
fn the_schema_of_a_conduction_document_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schemas/conduction.json");
    let mut made = serde_json::to_string_pretty(&schemars::schema_for!(ConductionDocument)).unwrap();
    made.push('\n');
    if std::env::var_os("RAMI_BLESS").is_some() {
        std::fs::write(path, &made).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap();
    assert_eq!(committed, made, "run the test once with RAMI_BLESS=1 to renew {path}");
}
