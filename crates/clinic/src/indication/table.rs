//! Facts of each indication, from `data/indications.toml`.

use super::Indication;
use crate::data;
use serde::Deserialize;
use std::sync::OnceLock;

/// What is known of this block in one indication.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IndicationFacts {
    /// Which.
    pub id: Indication,
    /// Its name in words.
    pub name: String,
    /// Keys of the evidence.
    pub evidence: Vec<String>,
    /// Keys of guideline positions.
    pub guidelines: Vec<String>,
    /// Quality of the evidence in words.
    pub quality: String,
    /// What nobody knows.
    pub not_known: Vec<String>,
    /// Keys of what saline did, where a study compared.
    #[serde(default)]
    pub saline: Vec<String>,
    /// Shares of people who got relief.
    #[serde(default)]
    pub benefit: Vec<BenefitFigure>,
}

/// A share of people who responded, by the source's own definition.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BenefitFigure {
    /// Key of the figure.
    pub key: String,
    /// The source's own definition of response.
    pub definition: String,
    /// When it was measured.
    pub time: String,
    /// People behind the share, where the figure's own `n` is not that.
    #[serde(default)]
    pub of: Option<u32>,
}

/// The facts of one indication.
#[must_use]
#[allow(clippy::panic)] // a test finds every indication in the file
pub fn facts(indication: Indication) -> &'static IndicationFacts {
    #[derive(Deserialize)]
    struct File {
        indication: Vec<IndicationFacts>,
    }
    static TABLE: OnceLock<File> = OnceLock::new();
    let table = TABLE
        .get_or_init(|| data::compiled_in("indications.toml", include_str!("../../data/indications.toml")));
    table
        .indication
        .iter()
        .find(|facts| facts.id == indication)
        .unwrap_or_else(|| panic!("data/indications.toml does not describe {indication:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_indication_is_described_and_every_key_exists() {
        use Indication::{
            ArterialInsufficiency, Crps, Hyperhidrosis, LowBackPain, PhantomLimb, PostHerpeticPain, Raynaud,
        };
        for indication in
            [Crps, LowBackPain, ArterialInsufficiency, Raynaud, PhantomLimb, PostHerpeticPain, Hyperhidrosis]
        {
            let facts = facts(indication);
            let benefit = facts.benefit.iter().map(|figure| &figure.key);
            for key in facts.evidence.iter().chain(&facts.guidelines).chain(&facts.saline).chain(benefit) {
                assert!(rami_evidence::find(key).is_ok(), "{key}");
            }
            assert!(!facts.not_known.is_empty() && !facts.evidence.is_empty());
        }
    }
}
