//! The schemas of the documents are those of the types. `RAMI_BLESS=1` rewrites them.
#![allow(clippy::unwrap_used)] // a test stops at the first surprise

use rami_procedure::score::Score;
use rami_procedure::session::{Header, Line};
use rami_procedure::state::State;
use schemars::{JsonSchema, schema_for};
use std::path::PathBuf;

/// A line of a session: the header, an action, or the state at the end.
#[derive(JsonSchema)]
#[serde(untagged)]
#[allow(dead_code, clippy::large_enum_variant)] // only its schema is used
enum SessionLine {
    Header(Header),
    Line(Line),
    End { end: State },
}

fn current(name: &str, schema: &schemars::Schema) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../schemas").join(format!("{name}.json"));
    let fresh = serde_json::to_string_pretty(schema).unwrap() + "\n";
    if std::env::var_os("RAMI_BLESS").is_some() {
        std::fs::write(&path, &fresh).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), fresh, "{name}: run with RAMI_BLESS=1");
}

#[test]
fn the_schemas_of_session_and_score_are_current() {
    current("session", &schema_for!(SessionLine));
    current("score", &schema_for!(Score));
}
