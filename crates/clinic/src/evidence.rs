//! Figures as outputs carry them: key, sentence, source, and the mark of what nobody has verified.

use schemars::JsonSchema;
use serde::Serialize;

/// A figure that an output used.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Cited {
    /// Key of the figure: `rami evidence KEY` shows it whole.
    pub key: String,
    /// The sentence it supports.
    pub statement: String,
    /// Where it comes from.
    pub source: String,
    /// True when nobody has checked it against its source.
    pub unverified: bool,
    /// Keys of figures that say otherwise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conflicts_with: Vec<String>,
}

/// The figure of this key, as an output carries it.
///
/// # Panics
/// When there is no such figure: a mistake in the calling code or a data file, which tests find.
#[must_use]
pub fn cite(key: &str) -> Cited {
    let figure = rami_evidence::figure(key);
    Cited {
        key: figure.key.clone(),
        statement: figure.statement.clone(),
        source: figure.citation(),
        unverified: figure.is_unverified(),
        conflicts_with: figure.conflicts_with.clone(),
    }
}

/// Several figures.
#[must_use]
pub fn cite_all<S: AsRef<str>>(keys: &[S]) -> Vec<Cited> {
    keys.iter().map(|key| cite(key.as_ref())).collect()
}
