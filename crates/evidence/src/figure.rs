//! What a published figure is.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One published figure, or one statement without a number, with its source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// Unique name, dotted from the topic down: `confirmation.rate_of_warming`.
    pub key: String,
    /// Row or section of the evidence table it was taken from, for example `B2.1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<String>,
    /// The sentence the figure supports, which a reader can check against the source.
    pub statement: String,
    /// The central value, in `unit`; absent for statements without a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// What the value lies in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Interval>,
    /// Unit of value and interval (`mm`, `%`, `1` for a share).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Events, where the figure is a proportion `events / n`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<u32>,
    /// How many people, blocks or specimens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n: Option<u32>,
    /// Design of the study, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub design: Option<String>,
    /// Whom or what it was measured on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub population: Option<String>,
    /// Year of the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub year: Option<u16>,
    /// The source as one would cite it. For `assumed` figures: why this value.
    pub source: String,
    /// DOI without a prefix.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doi: Option<String>,
    /// PubMed number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pmid: Option<u32>,
    /// Address where there is neither.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// True when the page read only quotes the original (a label, a guideline, a paper): go back to it before relying on it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub secondary: bool,
    /// Whether anyone has read the figure in its source.
    pub tag: Tag,
    /// A `memory` figure that was only half remembered: a lead to verify, not a number to rely on.
    #[serde(default, skip_serializing_if = "is_false")]
    pub half_remembered: bool,
    /// Which part of a figure that was otherwise read, or derived, comes from memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unverified_part: Option<String>,
    /// How sure we are that it is what the source says and that it applies here.
    #[serde(default)]
    pub confidence: Confidence,
    /// Keys of figures that say otherwise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conflicts_with: Vec<String>,
}

/// What a value lies in.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Interval {
    /// Lower end, or the half-width for `sd` and `sem` is given in `high` and `low` as value ∓ it.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// What kind of interval it is.
    pub kind: IntervalKind,
}

/// Kinds of interval; they are never mixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IntervalKind {
    /// 95 % confidence interval from the source.
    Ci95,
    /// 95 % Wilson interval computed here from events and n.
    Wilson95,
    /// One standard deviation either side.
    Sd,
    /// One standard error either side.
    Sem,
    /// Smallest and largest seen or advised.
    Range,
    /// A range assumed here.
    Assumed,
}

/// Whether anyone has read a figure in its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tag {
    /// Read in stored text of the source, usually the abstract.
    Seen,
    /// From memory of the literature: shown as unverified.
    Memory,
    /// Computed or reasoned from other figures.
    Derived,
    /// No source found; a stated assumption.
    Assumed,
    /// A gap, or advice whose source nobody recorded: shown as unverified.
    Untagged,
}

/// How sure we are of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// High.
    High,
    /// Medium.
    Medium,
    /// Low.
    Low,
    /// Not graded.
    #[default]
    Ungraded,
}

impl Confidence {
    /// The word lists print.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
            Self::Ungraded => "not graded",
        }
    }
}

/// Name and version of the document that lists figures.
pub const EVIDENCE_SCHEMA: &str = "rami.evidence/1";

/// Figures as one document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EvidenceDocument {
    /// `rami.evidence/1`.
    pub schema: String,
    /// The figures, in the order of their keys.
    pub figures: Vec<Figure>,
}

impl Figure {
    /// True when the figure must carry the visible mark "unverified".
    #[must_use]
    pub fn is_unverified(&self) -> bool {
        matches!(self.tag, Tag::Memory | Tag::Untagged) || self.unverified_part.is_some()
    }

    /// The source in one line, with identifier and tag, as reports print it.
    #[must_use]
    pub fn citation(&self) -> String {
        let mut line = self.source.clone();
        if let Some(doi) = &self.doi {
            line += &format!(", doi:{doi}");
        }
        if let Some(pmid) = self.pmid {
            line += &format!(", PMID {pmid}");
        }
        if let Some(url) = &self.url {
            line += &format!(", {url}");
        }
        if self.secondary {
            line += " [secondary page]";
        }
        line += match self.tag {
            Tag::Seen => "",
            Tag::Memory if self.half_remembered => " [unverified, half remembered]",
            Tag::Memory => " [unverified]",
            Tag::Derived => " [derived]",
            Tag::Assumed => " [assumed]",
            Tag::Untagged => " [unverified, source not recorded]",
        };
        match &self.unverified_part {
            Some(part) => format!("{line} [unverified: {part}]"),
            None => line,
        }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref)] // the signature serde asks for
fn is_false(flag: &bool) -> bool {
    !flag
}
