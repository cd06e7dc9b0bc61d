//! The description of the API that is committed is the one the server gives; the browser's types are made from it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)] // a test program

use std::path::Path;

#[test]
fn the_committed_description_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/openapi.json");
    let now = serde_json::to_string_pretty(&rami_server::docs::openapi()).unwrap() + "\n";
    if std::env::var_os("RAMI_BLESS").is_some() {
        std::fs::write(&path, &now).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == now, "schemas/openapi.json is stale: RAMI_BLESS=1 cargo test -p rami-server");
}

#[test]
fn every_reference_in_the_description_leads_somewhere() {
    let api = rami_server::docs::openapi();
    let mut references = Vec::new();
    collect(&api, &mut references);
    assert!(references.len() > 50, "{}", references.len());
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(api.pointer(pointer).is_some(), "{reference}");
    }
}

fn collect(value: &serde_json::Value, found: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(fields) => {
            for (key, inner) in fields {
                match inner.as_str().filter(|_| key == "$ref") {
                    Some(reference) => found.push(reference.to_owned()),
                    None => collect(inner, found),
                }
            }
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        _ => {}
    }
}
