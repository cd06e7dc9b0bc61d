//! Small helpers for the data files that are compiled in.

use serde::de::DeserializeOwned;

/// Reads a file that is part of the program.
#[allow(clippy::panic)] // the file is compiled in, and a test loads it: this cannot happen in a build that passed
pub(crate) fn compiled_in<T: DeserializeOwned>(name: &str, text: &str) -> T {
    toml::from_str(text).unwrap_or_else(|error| panic!("data/{name}: {error}"))
}

/// A reader's complaint without the names that the program's language has for kinds of values.
pub(crate) fn for_people(complaint: &str) -> String {
    const KINDS: [(&str, &str); 8] = [
        ("expected f64", "expected a number"),
        ("expected u8", "expected a whole number"),
        ("expected u16", "expected a whole number"),
        ("expected u32", "expected a whole number"),
        ("expected u64", "expected a whole number"),
        ("expected a boolean", "expected true or false"),
        ("expected a sequence", "expected a list"),
        ("expected a map", "expected a section with names"),
    ];
    let mut text = complaint.to_owned();
    for (kind, words) in KINDS {
        text = text.replace(kind, words);
    }
    let quoted = text.starts_with("invalid type: string") && !text.contains("a list");
    if quoted && (text.contains("number") || text.contains("true or false")) {
        text.push_str(", without quotation marks");
    }
    text
}

/// Letters to insert, delete or replace to get from one word to the other (Levenshtein).
pub(crate) fn edit_distance(a: &str, b: &str) -> usize {
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

/// A number without trailing noise: at most two decimals.
pub(crate) fn tidy(value: f64) -> String {
    let rounded = (value * 100.0).round() / 100.0;
    format!("{}", if rounded == 0.0 { 0.0 } else { rounded })
}

/// Text of a person's making on one line: control characters, which could forge a line or drive a terminal, become
/// spaces, and marks that turn the direction of writing, which could disguise a name, are dropped.
pub(crate) fn plain(text: &str) -> String {
    text.chars()
        .filter(|c| !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}'))
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}
