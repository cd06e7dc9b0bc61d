//! Medicines that bear on bleeding, from `data/medicines.toml`.

use crate::data;
use serde::Deserialize;
use std::sync::OnceLock;

/// A medicine the assessment knows.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Medicine {
    /// International name.
    pub(crate) name: String,
    /// Other names.
    pub(crate) aliases: Vec<String>,
    /// How it thins the blood; nothing when it does not.
    #[serde(default)]
    pub(crate) effect: Option<Effect>,
    /// Stem of the evidence keys of its stop and restart times.
    #[serde(default)]
    stem: Option<String>,
    /// The stem when it is given to prevent clots.
    #[serde(default)]
    prophylactic_stem: Option<String>,
    /// Key of the stop time when the kidneys are impaired.
    #[serde(default)]
    pub(crate) renal_stop: Option<String>,
    /// Key of the stop time for a person with a high risk of bleeding.
    #[serde(default)]
    pub(crate) high_risk_stop: Option<String>,
    /// Its effect is read by the INR, which must be normal.
    #[serde(default)]
    pub(crate) needs_inr: bool,
    /// It stays longer when the kidneys are impaired.
    #[serde(default)]
    pub(crate) cleared_by_kidney: bool,
}

/// How a medicine thins the blood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Effect {
    /// It slows clotting.
    Anticoagulant,
    /// It stops platelets from sticking.
    Antiplatelet,
}

impl Medicine {
    /// True when it thins the blood.
    #[must_use]
    pub(crate) fn thins_blood(&self) -> bool {
        self.effect.is_some()
    }

    /// Keys of its stop and restart figures for this use, when there are any.
    #[must_use]
    pub(crate) fn keys(&self, prophylactic: bool) -> Option<(String, String)> {
        let stem = self.prophylactic_stem.as_ref().filter(|_| prophylactic).or(self.stem.as_ref())?;
        Some((format!("anticoagulation.{stem}.stop"), format!("anticoagulation.{stem}.restart")))
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.name.as_str()).chain(self.aliases.iter().map(String::as_str))
    }
}

/// All medicines.
#[must_use]
pub(crate) fn medicines() -> &'static [Medicine] {
    #[derive(Deserialize)]
    struct File {
        medicine: Vec<Medicine>,
    }
    static TABLE: OnceLock<File> = OnceLock::new();
    &TABLE
        .get_or_init(|| data::compiled_in("medicines.toml", include_str!("../data/medicines.toml")))
        .medicine
}

/// The medicine a record means: its name or an alias, whatever the case, with salts, strengths and forms around it
/// (`Warfarin sodium 5 mg oral tablet`). Where words name several, the blood thinner with most words counts.
#[must_use]
pub(crate) fn find(name: &str) -> Option<&'static Medicine> {
    let words = words(name);
    let before_strength: Vec<&str> = words
        .iter()
        .map(String::as_str)
        .take_while(|word| !word.starts_with(|c: char| c.is_ascii_digit()))
        .collect();
    let whole = before_strength.join(" ");
    let thinner = medicines()
        .iter()
        .filter(|medicine| medicine.thins_blood())
        .flat_map(|medicine| medicine.names().map(move |known| (medicine, known)))
        .filter(|(_, known)| known.split(' ').all(|part| words.iter().any(|word| word == part)))
        .max_by_key(|(_, known)| known.split(' ').count())
        .map(|(medicine, _)| medicine);
    let harmless = || {
        // A name that does not thin the blood counts when it is the first word, or all words, and no other is near a thinner.
        let known =
            |text: &str| medicines().iter().find(|medicine| medicine.names().any(|name| name == text));
        let first = before_strength.first().and_then(|first| known(first));
        known(&whole).or(first.filter(|_| nearest_thinner(name).is_none()))
    };
    thinner.or_else(harmless)
}

/// The blood thinner whose name is within two letters of this one, or of a word of it: what a slip of the pen would hide.
#[must_use]
pub(crate) fn nearest_thinner(name: &str) -> Option<&'static str> {
    let words = words(name);
    let asked = || words.iter().filter(|word| word.len() > 3).cloned().chain([words.join(" ")]);
    medicines()
        .iter()
        .filter(|medicine| medicine.thins_blood())
        .flat_map(Medicine::names)
        .filter(|known| known.len() > 4)
        .flat_map(|known| asked().map(move |word| (data::edit_distance(known, &word), known)))
        .filter(|(distance, _)| *distance <= 2)
        .min()
        .map(|(_, known)| known)
}

/// The words of a name in lower case.
fn words(name: &str) -> Vec<String> {
    let parts = name.split(|c: char| !(c.is_alphanumeric() || c == '.'));
    parts.filter(|part| !part.is_empty()).map(str::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_of_three_letters_is_no_slip_for_a_thinner() {
        // "apo" before a maker's generic name lies two letters from "aspro".
        assert_eq!(nearest_thinner("apo metformin"), None);
        assert_eq!(nearest_thinner("aspo metformin"), Some("aspro"));
    }

    #[test]
    fn every_stop_and_restart_key_names_a_figure() {
        for medicine in medicines() {
            for (stop, restart) in [true, false].iter().filter_map(|p| medicine.keys(*p)) {
                assert!(rami_evidence::find(&stop).is_ok(), "{stop}");
                assert!(rami_evidence::figure(&restart).value.is_some(), "{restart}");
            }
            for key in medicine.renal_stop.iter().chain(&medicine.high_risk_stop) {
                assert!(rami_evidence::find(key).is_ok(), "{key}");
            }
        }
    }

    #[test]
    fn names_are_found_by_brand_with_strength_and_whatever_the_case() {
        assert_eq!(find(" Eliquis 5 mg").unwrap().name, "apixaban");
        assert_eq!(find("GABAPENTIN").unwrap().effect, None);
        assert!(find("apixban").is_none());
        assert_eq!(nearest_thinner("apixban"), Some("apixaban"));
        assert_eq!(nearest_thinner("apixban 5 mg tablet"), Some("apixaban"));
        assert_eq!(nearest_thinner("vitamin d"), None);
    }

    #[test]
    fn names_are_found_as_records_write_them() {
        for (written, means) in [
            ("Warfarin sodium 5 mg oral tablet", "warfarin"),
            ("clopidogrel bisulfate 75 MG", "clopidogrel"),
            ("Aspirin EC 81 mg", "aspirin"),
            ("heparin 5000 units subcutaneous", "heparin subcutaneous"),
            ("Heparin sodium, porcine", "heparin"),
            ("0.4 mL enoxaparin sodium 100 mg/mL prefilled syringe", "enoxaparin"),
            ("aspirin / dipyridamole", "dipyridamole"),
            ("gabapentin 300 mg capsule", "paracetamol"),
            ("naproxen", "naproxen"),
        ] {
            let found = find(written).unwrap_or_else(|| panic!("{written}"));
            let both = ["aspirin", "dipyridamole"].contains(&found.name.as_str()) && written.contains('/');
            assert!(found.name == means || both, "{written}: {}", found.name);
        }
        assert!(find("gabapentin with apixban").is_none(), "what may be a thinner is not waved through");
        assert!(find("").is_none() && find("5 mg").is_none());
    }

    #[test]
    fn no_two_medicines_share_a_name() {
        let mut names: Vec<&str> = medicines().iter().flat_map(Medicine::names).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
