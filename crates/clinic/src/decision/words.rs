//! Translations.

use crate::data;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// Languages of the aid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Spanish.
    Spanish,
}

/// One way to go.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Choice {
    pub(super) name: String,
    pub(super) kind: ChoiceKind,
    /// What is good about it, where that does not depend on the condition.
    #[serde(default)]
    pub(super) good: String,
    pub(super) bad: String,
}

/// Kinds of ways to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ChoiceKind {
    /// The block.
    Block,
    /// Physical therapy and exercise.
    Exercise,
    /// Other medicine or care.
    Other,
    /// Doing nothing for now.
    Wait,
}

/// A condition in plain words.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Condition {
    pub(super) name: String,
    pub(super) what: String,
    /// The part of the body that warms, as the person has it.
    pub(super) part: String,
    /// How often it helps, in one line.
    pub(super) short: String,
    /// What may get better.
    pub(super) gain: String,
    /// What to write down afterwards.
    pub(super) diary: String,
    /// What is good about the block in it.
    pub(super) block_good: String,
    /// What is good about other care in it.
    pub(super) other_good: String,
    /// Whether physical therapy is one of the ways to go.
    pub(super) exercise: bool,
}

/// All words of one language.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    text: BTreeMap<String, String>,
    list: BTreeMap<String, Vec<String>>,
    #[serde(rename = "option")]
    pub(super) options: Vec<Choice>,
    indication: BTreeMap<String, Condition>,
    quality: BTreeMap<String, String>,
    not_known: BTreeMap<String, Vec<String>>,
    benefit: BTreeMap<String, String>,
    harm: BTreeMap<String, String>,
    touch: BTreeMap<String, String>,
    pub(super) todo: BTreeMap<String, String>,
}

impl Language {
    /// The language of a code such as `en` or `es-MX`.
    #[must_use]
    pub fn of(code: &str) -> Option<Self> {
        match code.to_lowercase().split(['-', '_']).next() {
            Some("en") => Some(Self::English),
            Some("es") => Some(Self::Spanish),
            _ => None,
        }
    }

    /// The code of the language, for the `lang` attribute.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Spanish => "es",
        }
    }

    pub(super) fn words(self) -> &'static Words {
        static ENGLISH: OnceLock<Words> = OnceLock::new();
        static SPANISH: OnceLock<Words> = OnceLock::new();
        match self {
            Self::English => ENGLISH
                .get_or_init(|| data::compiled_in("words.en.toml", include_str!("../../data/words.en.toml"))),
            Self::Spanish => SPANISH
                .get_or_init(|| data::compiled_in("words.es.toml", include_str!("../../data/words.es.toml"))),
        }
    }
}

/// The entry of a key that a test finds in every language.
#[allow(clippy::panic)] // broken invariant of the data files, which tests hold
fn entry<'a, T>(map: &'a BTreeMap<String, T>, table: &str, key: &str) -> &'a T {
    map.get(key).unwrap_or_else(|| panic!("words.*.toml: [{table}] has no {key}"))
}

impl Words {
    pub(super) fn text(&self, key: &str) -> &str {
        let found: &String = entry(&self.text, "text", key);
        found
    }

    /// A text with its `{places}` filled in.
    pub(super) fn fill(&self, key: &str, places: &[(&str, &str)]) -> String {
        let text = self.text(key).to_owned();
        places.iter().fold(text, |text, (place, value)| text.replace(&format!("{{{place}}}"), value))
    }

    pub(super) fn list(&self, key: &str) -> &[String] {
        let found: &Vec<String> = entry(&self.list, "list", key);
        found
    }

    pub(super) fn condition(&self, id: &str) -> &Condition {
        entry(&self.indication, "indication", id)
    }

    pub(super) fn quality(&self, id: &str) -> &str {
        let found: &String = entry(&self.quality, "quality", id);
        found
    }

    pub(super) fn not_known(&self, id: &str) -> &[String] {
        let found: &Vec<String> = entry(&self.not_known, "not_known", id);
        found
    }

    pub(super) fn benefit(&self, key: &str) -> &str {
        let found: &String = entry(&self.benefit, "benefit", key);
        found
    }

    pub(super) fn harm(&self, id: &str) -> &str {
        let found: &String = entry(&self.harm, "harm", id);
        found
    }

    /// What a planned needle would touch to bring this harm about.
    pub(super) fn touch(&self, id: &str) -> &str {
        let found: &String = entry(&self.touch, "touch", id);
        found
    }

    /// What a finding means for the person; nothing when the team sees to it alone.
    pub(super) fn todo(&self, finding: &str) -> Option<&str> {
        let stem = finding.split('.').next().unwrap_or_default();
        self.todo.get(stem).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_have_the_same_keys_and_places() {
        let (en, es) = (Language::English.words(), Language::Spanish.words());
        fn keys<T>(map: &BTreeMap<String, T>) -> Vec<&String> {
            map.keys().collect()
        }
        assert_eq!(keys(&en.text), keys(&es.text));
        assert_eq!(keys(&en.indication), keys(&es.indication));
        assert_eq!(keys(&en.quality), keys(&es.quality));
        assert_eq!(keys(&en.benefit), keys(&es.benefit));
        assert_eq!(keys(&en.harm), keys(&es.harm));
        assert_eq!(keys(&en.touch), keys(&es.touch));
        assert_eq!(keys(&en.touch).len(), crate::risk::planned_harms().len());
        assert!(crate::risk::planned_harms().iter().all(|id| en.touch.contains_key(*id)));
        assert_eq!(keys(&en.todo), keys(&es.todo));
        let kinds = |words: &Words| words.options.iter().map(|option| option.kind).collect::<Vec<_>>();
        assert_eq!(kinds(en), kinds(es));
        let lengths = |words: &Words| -> Vec<(String, usize)> {
            words.list.iter().chain(&words.not_known).map(|(key, items)| (key.clone(), items.len())).collect()
        };
        assert_eq!(lengths(en), lengths(es));
        let places = |text: &str| -> Vec<String> {
            let mut names: Vec<String> =
                text.split('{').skip(1).filter_map(|rest| rest.split('}').next()).map(String::from).collect();
            names.sort();
            names
        };
        for (key, text) in &en.text {
            assert_eq!(places(text), places(&es.text[key]), "{key}");
        }
    }

    #[test]
    fn a_language_is_found_by_its_code() {
        assert_eq!(Language::of("ES-mx"), Some(Language::Spanish));
        assert_eq!(Language::of("en"), Some(Language::English));
        assert_eq!(Language::of("tlh"), None);
    }
}
