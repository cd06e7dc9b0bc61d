//! The committed JSON Schema of the list of figures is that of the type.
#![allow(clippy::unwrap_used)] // a failed unwrap is a failed test

use rami_evidence::{EVIDENCE_SCHEMA, EvidenceDocument};

#[test]
fn the_schema_of_the_figures_is_current() {
    let path = format!("{}/../../schemas/evidence.json", env!("CARGO_MANIFEST_DIR"));
    let made = serde_json::to_string_pretty(&schemars::schema_for!(EvidenceDocument)).unwrap() + "\n";
    if std::env::var_os("RAMI_BLESS").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(committed, made, "run the test once with RAMI_BLESS=1 to renew {path}");
}

#[test]
fn a_document_of_figures_is_read_back_as_it_was_written() {
    let document = EvidenceDocument {
        schema: EVIDENCE_SCHEMA.into(),
        figures: rami_evidence::all().take(40).cloned().collect(),
    };
    let json = serde_json::to_string(&document).unwrap();
    assert_eq!(serde_json::from_str::<EvidenceDocument>(&json).unwrap(), document);
}
