//! The rules of the house that a compiler does not hold: floors, side effects, evidence keys.

use crate::shell::{cargo, root};
use anyhow::{Context, Result, bail};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Which floor each room is on. A room may use rooms of lower floors only.
const FLOORS: &[(&str, u8)] = &[
    ("units", 0),
    ("random", 0),
    ("wide", 0),
    ("evidence", 0),
    ("formulary", 1),
    ("pdf", 1),
    ("volume", 1),
    ("anatomy", 2),
    ("field", 2),
    ("case", 3),
    ("xray", 3),
    ("needle", 3),
    ("spread", 3),
    ("nerve", 3),
    ("body", 3),
    ("plan", 4),
    ("bedside", 4),
    ("clinic", 4),
    ("procedure", 5),
    ("report", 6),
    ("table", 6),
    ("cohort", 6),
    ("record", 6),
    ("server", 7),
    ("rami", 8),
];

/// Rooms that may touch files: the readers and writers at the edges.
const MAY_TOUCH_FILES: &[&str] = &["volume", "case", "record", "server", "rami", "table"];

pub(crate) fn run() -> Result<()> {
    let problems = check()?;
    if problems.is_empty() {
        println!("tidy");
        return Ok(());
    }
    bail!("{} problems", problems.len());
}

/// Prints and returns every broken rule.
pub(crate) fn check() -> Result<Vec<String>> {
    let mut problems = floors()?;
    let sources = sources(&root().join("crates"))?;
    problems.extend(side_effects(&sources));
    problems.extend(evidence_keys(&sources)?);
    for problem in &problems {
        println!("tidy: {problem}");
    }
    Ok(problems)
}

fn floors() -> Result<Vec<String>> {
    let output = cargo(&["metadata", "--no-deps", "--format-version", "1"]).output()?;
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let floor: BTreeMap<&str, u8> = FLOORS.iter().copied().collect();
    let room = |name: &str| name.strip_prefix("rami-").unwrap_or(name).to_owned();
    let mut problems = Vec::new();
    for package in metadata["packages"].as_array().context("cargo metadata lists no packages")? {
        let name = room(package["name"].as_str().unwrap_or_default());
        if name == "xtask" {
            continue;
        }
        let Some(&own) = floor.get(name.as_str()) else {
            problems.push(format!("room {name} has no floor: add it to FLOORS in xtask/src/tidy.rs"));
            continue;
        };
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let used = dependency["name"].as_str().unwrap_or_default();
            let is_ours = used == "rami" || used.starts_with("rami-");
            // A room's tests may stand on the rooms above it; the room itself may not.
            if !is_ours || dependency["kind"] == "dev" {
                continue;
            }
            if floor.get(room(used).as_str()).is_none_or(|&other| other >= own) {
                problems.push(format!(
                    "{name} (floor {own}) must not depend on {}: it is not on a lower floor",
                    room(used)
                ));
            }
        }
    }
    Ok(problems)
}

/// Every `.rs` file below `crates/*/src`, with the room it is in.
fn sources(crates: &Path) -> Result<Vec<(String, PathBuf, String)>> {
    let mut found = Vec::new();
    for room in fs::read_dir(crates)? {
        let room = room?;
        let name = room.file_name().to_string_lossy().into_owned();
        let mut folders = vec![room.path().join("src")];
        while let Some(folder) = folders.pop() {
            let Ok(entries) = fs::read_dir(&folder) else { continue };
            for entry in entries.filter_map(Result::ok) {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|end| end == "rs") {
                    let text = fs::read_to_string(&path)?;
                    found.push((name.clone(), path, text));
                }
            }
        }
    }
    found.sort();
    Ok(found)
}

/// What stands before the first test module: tests may do as they please.
fn product(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap_or(text)
}

fn side_effects(sources: &[(String, PathBuf, String)]) -> Vec<String> {
    let forbidden = ["std::fs", "std::env::", "std::net", "SystemTime::now"];
    let mut problems = Vec::new();
    for (room, path, text) in sources {
        if MAY_TOUCH_FILES.contains(&room.as_str()) {
            continue;
        }
        for word in forbidden.iter().filter(|word| product(text).contains(*word)) {
            problems.push(format!("{}: {word} in a room that has no side effects", path.display()));
        }
    }
    problems
}

fn evidence_keys(sources: &[(String, PathBuf, String)]) -> Result<Vec<String>> {
    let mut known = BTreeSet::new();
    for file in fs::read_dir(root().join("crates/evidence/data"))? {
        for line in fs::read_to_string(file?.path())?.lines() {
            if let Some(key) = line.strip_prefix("key = \"").and_then(|rest| rest.split('"').next()) {
                known.insert(key.to_owned());
            }
        }
    }
    let mut problems = Vec::new();
    for (_, path, text) in sources {
        for call in ["rami_evidence::value(\"", "rami_evidence::figure(\""] {
            for rest in product(text).split(call).skip(1) {
                let key = rest.split('"').next().unwrap_or_default();
                if !known.contains(key) {
                    problems.push(format!("{}: no evidence figure is called {key}", path.display()));
                }
            }
        }
    }
    Ok(problems)
}
