//! Reading the data files and the rules every figure in them keeps. The build script does it too: a figure that breaks a
//! rule stops the build.

use crate::figure::{Figure, Interval, IntervalKind, Tag};
use crate::interval::wilson95;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A data file, or a question to it, that cannot be right.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// The file is not the TOML it should be.
    #[error("evidence file {file} cannot be read: {reason}")]
    Syntax {
        /// Name of the file.
        file: String,
        /// What the parser says.
        reason: String,
    },
    /// A figure breaks a rule.
    #[error("evidence figure {key} in {file}: {reason}")]
    Rule {
        /// Name of the file.
        file: String,
        /// Key of the figure.
        key: String,
        /// Which rule, and what to do.
        reason: &'static str,
    },
    /// Nobody has such a figure.
    #[error("no evidence figure is called {key}{}", nearest.as_ref().map(|n| format!("; the nearest is {n}")).unwrap_or_default())]
    Unknown {
        /// What was asked for.
        key: String,
        /// The key most like it.
        nearest: Option<String>,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DataFile {
    #[serde(default)]
    figure: Vec<Figure>,
}

/// Reads one data file and checks every figure in it.
///
/// # Errors
/// [`EvidenceError::Syntax`] and [`EvidenceError::Rule`].
pub fn parse(file: &str, text: &str) -> Result<Vec<Figure>, EvidenceError> {
    let data: DataFile = toml::from_str(text)
        .map_err(|error| EvidenceError::Syntax { file: file.into(), reason: error.to_string() })?;
    for figure in &data.figure {
        check(figure).map_err(|reason| EvidenceError::Rule {
            file: file.into(),
            key: figure.key.clone(),
            reason,
        })?;
    }
    Ok(data.figure)
}

fn check(figure: &Figure) -> Result<(), &'static str> {
    if figure.key.is_empty() || !figure.key.chars().all(|c| c.is_ascii_alphanumeric() || "._".contains(c)) {
        return Err("a key is made of ASCII letters, digits, dots and underscores");
    }
    if figure.source.trim().is_empty() {
        return Err("a figure needs a source; for an assumption, say why this value");
    }
    if figure.statement.trim().is_empty() {
        return Err("a figure needs the sentence it supports");
    }
    if figure.value.is_some() && figure.unit.is_none() {
        return Err("a value needs a unit (`1` for a share)");
    }
    if figure.value.is_some_and(|v| !v.is_finite()) {
        return Err("the value must be finite");
    }
    if let Some(interval) = figure.interval {
        if !(interval.low.is_finite() && interval.high.is_finite() && interval.low <= interval.high) {
            return Err("the interval must run from low to high");
        }
        if figure.value.is_some_and(|v| v < interval.low || v > interval.high) {
            return Err("the value must lie in its interval");
        }
    }
    if let (Some(events), Some(n)) = (figure.events, figure.n)
        && events > n
    {
        return Err("there cannot be more events than cases");
    }
    if figure.half_remembered && figure.tag != Tag::Memory {
        return Err("only a figure from memory can be half remembered");
    }
    if figure.interval.is_some_and(|interval| interval.kind == IntervalKind::Wilson95) {
        check_wilson(figure)?;
    }
    if figure.tag == Tag::Assumed && figure.source.len() < 12 {
        return Err("an assumption needs its reason as the source");
    }
    Ok(())
}

/// A Wilson interval must be the one of the figure's own events and n, to the two decimals it is written with.
fn check_wilson(figure: &Figure) -> Result<(), &'static str> {
    let (Some(Interval { low, high, .. }), Some(events), Some(n)) =
        (figure.interval, figure.events, figure.n)
    else {
        return Err("a Wilson interval needs events and n");
    };
    let scale = match figure.unit.as_deref() {
        Some("%") => 100.0,
        Some("1") => 1.0,
        _ => return Err("a Wilson interval is of a proportion: its unit is % or 1"),
    };
    let (expected_low, expected_high) = wilson95(events, n);
    if (low - scale * expected_low).abs() > 0.006 || (high - scale * expected_high).abs() > 0.006 {
        return Err("the Wilson interval is not that of events out of n");
    }
    Ok(())
}

/// Reads all files: keys are used once, and conflicts are between figures that exist.
///
/// # Errors
/// [`EvidenceError::Syntax`] and [`EvidenceError::Rule`].
pub fn read_all(files: &[(&str, &str)]) -> Result<BTreeMap<String, Figure>, EvidenceError> {
    let mut figures = BTreeMap::new();
    for (file, text) in files {
        for figure in parse(file, text)? {
            let key = figure.key.clone();
            if figures.insert(key.clone(), figure).is_some() {
                return Err(EvidenceError::Rule {
                    file: (*file).into(),
                    key,
                    reason: "the key is taken already",
                });
            }
        }
    }
    if let Some(figure) =
        figures.values().find(|figure| figure.conflicts_with.iter().any(|other| !figures.contains_key(other)))
    {
        return Err(EvidenceError::Rule {
            file: String::from("(all files)"),
            key: figure.key.clone(),
            reason: "conflicts_with names a figure that does not exist",
        });
    }
    Ok(figures)
}
