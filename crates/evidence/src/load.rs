//! Loading and checking the data files.

use crate::interval::wilson95;
use crate::{Figure, Interval, IntervalKind, Tag};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::OnceLock;

const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/files.rs"));

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

fn load(files: &[(&str, &str)]) -> Result<BTreeMap<String, Figure>, EvidenceError> {
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

fn table() -> &'static BTreeMap<String, Figure> {
    static TABLE: OnceLock<BTreeMap<String, Figure>> = OnceLock::new();
    #[allow(clippy::panic)]
    // the files are compiled in, and a test loads them: this cannot happen in a build that passed
    TABLE.get_or_init(|| load(FILES).unwrap_or_else(|error| panic!("{error}")))
}

/// All figures, in the order of their keys.
pub fn all() -> impl Iterator<Item = &'static Figure> {
    table().values()
}

/// The figure of this key, for code that knows the key exists.
///
/// # Panics
/// When there is no such figure: a mistake in the calling code, which `cargo xtask tidy` finds.
#[must_use]
#[allow(clippy::panic)] // broken invariant of the caller, as documented
pub fn figure(key: &str) -> &'static Figure {
    find(key).unwrap_or_else(|error| panic!("{error}"))
}

/// The value of the figure of this key, in the figure's unit.
///
/// # Panics
/// When there is no such figure or it has no value: a mistake in the calling code.
#[must_use]
#[allow(clippy::panic)] // broken invariant of the caller, as documented
pub fn value(key: &str) -> f64 {
    figure(key).value.unwrap_or_else(|| panic!("evidence figure {key} has no value"))
}

/// The figure of a key that a person typed.
///
/// # Errors
/// [`EvidenceError::Unknown`], with the nearest key there is.
pub fn find(key: &str) -> Result<&'static Figure, EvidenceError> {
    table().get(key).ok_or_else(|| EvidenceError::Unknown {
        key: key.into(),
        nearest: table().keys().min_by_key(|other| edit_distance(key, other)).cloned(),
    })
}

/// Figures whose key, statement or source contains every word of `text`, whatever the case.
pub fn search(text: &str) -> impl Iterator<Item = &'static Figure> {
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    all().filter(move |figure| {
        let hay = format!("{} {} {}", figure.key, figure.statement, figure.source).to_lowercase();
        words.iter().all(|word| hay.contains(word))
    })
}

fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let replace = diagonal + usize::from(ca != *cb);
            diagonal = row[j + 1];
            row[j + 1] = replace.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
        [[figure]]
        key = "a.b"
        statement = "Trunks lie under psoas."
        value = 3.1
        unit = "mm"
        source = "Feigl 2013 SRA 35:99"
        tag = "seen"
        confidence = "high"
    "#;

    #[test]
    fn every_figure_that_ships_loads() {
        assert!(load(FILES).is_ok_and(|figures| !figures.is_empty()));
    }

    #[test]
    fn a_figure_without_a_source_cannot_exist() {
        assert!(parse("t", GOOD).is_ok());
        assert!(parse("t", &GOOD.replace("source = \"Feigl 2013 SRA 35:99\"", "")).is_err());
        assert!(parse("t", &GOOD.replace("Feigl 2013 SRA 35:99", " ")).is_err());
    }

    #[test]
    fn a_value_needs_a_unit_and_a_known_tag() {
        assert!(parse("t", &GOOD.replace("unit = \"mm\"", "")).is_err());
        assert!(parse("t", &GOOD.replace("\"seen\"", "\"hearsay\"")).is_err());
    }

    #[test]
    fn a_wilson_interval_must_be_that_of_its_events() {
        let wilson = GOOD.replace("value = 3.1", "value = 12.5\nevents = 27\nn = 216\ninterval = { low = 8.73, high = 17.58, kind = \"wilson95\" }").replace("\"mm\"", "\"%\"");
        assert!(parse("t", &wilson).is_ok());
        assert!(parse("t", &wilson.replace("events = 27", "events = 28")).is_err());
        assert!(parse("t", &wilson.replace("n = 216\n", "")).is_err());
    }

    #[test]
    fn conflicts_are_mutual() {
        for figure in all() {
            for other in &figure.conflicts_with {
                let back = find(other).unwrap();
                assert!(
                    back.conflicts_with.contains(&figure.key),
                    "{other} does not name {} back",
                    figure.key
                );
            }
        }
    }

    #[test]
    fn what_is_partly_from_memory_carries_the_mark() {
        let part = GOOD.replace("tag = \"seen\"", "tag = \"seen\"\nunverified_part = \"the age range\"");
        let figure = &parse("t", &part).unwrap()[0];
        assert!(figure.is_unverified());
        assert!(figure.citation().ends_with("[unverified: the age range]"));
        assert!(!parse("t", GOOD).unwrap()[0].is_unverified());
        assert!(parse("t", &GOOD.replace("\"seen\"", "\"untagged\"")).unwrap()[0].is_unverified());
    }

    #[test]
    fn two_figures_cannot_share_a_key() {
        assert!(load(&[("one", GOOD), ("two", GOOD)]).is_err());
    }

    #[test]
    fn a_mistyped_key_is_answered_with_the_nearest() {
        let first = all().next().unwrap().key.clone();
        let error = find(&format!("{first}x")).unwrap_err().to_string();
        assert!(error.contains(&format!("the nearest is {first}")), "{error}");
    }
}
