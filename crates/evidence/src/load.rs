//! The figures, as the build script checked and wrote them: each is read when it is first asked for, so that a start costs
//! nothing and a question costs the figures it uses.

use crate::Figure;
use crate::rules::EvidenceError;
use std::sync::OnceLock;

/// Key and figure as JSON, in the order of the keys.
static FIGURES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/figures.rs"));

/// How many there are.
const COUNT: usize = include!(concat!(env!("OUT_DIR"), "/count.rs"));

/// Those that were asked for.
static READ: [OnceLock<Figure>; COUNT] = [const { OnceLock::new() }; COUNT];

#[allow(clippy::panic)] // the build script wrote it from a figure, and a test reads them all
fn at(index: usize) -> &'static Figure {
    let (key, json) = FIGURES[index];
    READ[index].get_or_init(|| {
        serde_json::from_str(json).unwrap_or_else(|error| panic!("evidence figure {key}: {error}"))
    })
}

/// All figures, in the order of their keys.
pub fn all() -> impl Iterator<Item = &'static Figure> {
    (0..COUNT).map(at)
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
    let found = FIGURES.binary_search_by_key(&key, |(known, _)| known);
    found.map(at).map_err(|_| EvidenceError::Unknown {
        key: key.into(),
        nearest: FIGURES
            .iter()
            .map(|(other, _)| *other)
            .min_by_key(|other| edit_distance(key, other))
            .map(String::from),
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
    use crate::rules::{parse, read_all};

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
    fn what_the_build_wrote_is_what_the_files_say() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
        let files: Vec<(String, String)> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| (path.display().to_string(), std::fs::read_to_string(&path).unwrap()))
            .collect();
        let files: Vec<(&str, &str)> =
            files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        let read = read_all(&files).unwrap();
        assert!(read.len() > 600);
        assert!(read.values().eq(all()), "the order, or a figure, is not that of the files");
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
        assert!(read_all(&[("one", GOOD), ("two", GOOD)]).is_err());
    }

    #[test]
    fn a_mistyped_key_is_answered_with_the_nearest() {
        let first = all().next().unwrap().key.clone();
        let error = find(&format!("{first}x")).unwrap_err().to_string();
        assert!(error.contains(&format!("the nearest is {first}")), "{error}");
    }
}
