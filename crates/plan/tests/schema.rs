//! The committed JSON Schema is that of the types.

use rami_plan::Plan;

#[test]
fn the_schema_in_the_repository_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schemas/plan.json");
    let schema = schemars::schema_for!(Plan);
    let made = serde_json::to_string_pretty(&schema).unwrap() + "\n";
    if std::env::var_os("RAMI_BLESS").is_some() {
        std::fs::write(path, &made).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(committed, made, "run the test once with RAMI_BLESS=1 to renew {path}");
}
