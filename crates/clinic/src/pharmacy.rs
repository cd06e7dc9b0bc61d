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

/// The medicine of this name or alias, whatever the case. A trailing strength (`apixaban 5 mg`) is left aside.
#[must_use]
pub(crate) fn find(name: &str) -> Option<&'static Medicine> {
    let wanted = plain(name);
    medicines().iter().find(|medicine| medicine.names().any(|known| known == wanted))
}

/// The blood thinner whose name is within two letters of this one: what a slip of the pen would hide.
#[must_use]
pub(crate) fn nearest_thinner(name: &str) -> Option<&'static str> {
    let wanted = plain(name);
    medicines()
        .iter()
        .filter(|medicine| medicine.thins_blood())
        .flat_map(Medicine::names)
        .map(|known| (data::edit_distance(known, &wanted), known))
        .filter(|(distance, known)| *distance <= 2 && known.len() > 3)
        .min()
        .map(|(_, known)| known)
}

fn plain(name: &str) -> String {
    let words = name.split_whitespace().take_while(|word| !word.starts_with(|c: char| c.is_ascii_digit()));
    words.collect::<Vec<_>>().join(" ").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(nearest_thinner("vitamin d"), None);
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
