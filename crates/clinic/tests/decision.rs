//! Promises of the decision aid: readable, whole in each language, safe against hostile names.
#![allow(clippy::unwrap_used, clippy::panic)] // a failed unwrap is a failed test

use rami_clinic::chart::Chart;
use rami_clinic::decision::reading::{
    count, english_syllables, fernandez_huerta, flesch_kincaid, plain_text, spanish_syllables,
};
use rami_clinic::decision::{Language, decision_aid};
use rami_clinic::{PlanSummary, assess};

const CHARTS: &[&str] = &[
    "crps",
    "low_back_pain",
    "arterial_insufficiency",
    "raynaud",
    "phantom_limb",
    "post_herpetic_pain",
    "hyperhidrosis",
];

fn chart(name: &str) -> String {
    std::fs::read_to_string(format!("{}/charts/{name}.toml", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn aid(text: &str, language: Language) -> String {
    let chart = Chart::from_toml(text).unwrap();
    decision_aid(&chart, &assess(&chart, None).unwrap(), language)
}

/// Each section by itself: a hard one must not hide behind easy ones. The list of sources for the doctor is left out.
fn sections(html: &str) -> Vec<(String, String)> {
    let parts = html.split("<section id=\"").skip(1);
    parts
        .map(|part| (part.split('"').next().unwrap().into(), plain_text(&format!("<section id=\"{part}"))))
        .collect()
}

#[test]
fn english_reads_at_grade_8_or_less_as_a_whole_and_in_every_section() {
    for name in CHARTS {
        let html = aid(&chart(name), Language::English);
        let grade = flesch_kincaid(count(&plain_text(&html), english_syllables));
        assert!(grade <= 8.0, "{name}: {grade:.1}");
        for (section, text) in sections(&html).into_iter().filter(|(section, _)| section != "sources") {
            let grade = flesch_kincaid(count(&text, english_syllables));
            assert!(grade <= 8.0, "{name} {section}: {grade:.1}\n{text}");
        }
    }
}

#[test]
fn spanish_is_read_after_eight_years_of_school() {
    for name in CHARTS {
        let html = aid(&chart(name), Language::Spanish);
        let whole = fernandez_huerta(count(&plain_text(&html), spanish_syllables));
        assert!(whole >= 60.0, "{name}: {whole:.1}");
        for (section, text) in sections(&html).into_iter().filter(|(section, _)| section != "sources") {
            let ease = fernandez_huerta(count(&text, spanish_syllables));
            assert!(ease >= 60.0, "{name} {section}: {ease:.1}\n{text}");
        }
    }
}

#[test]
fn every_part_of_the_guide_is_there_in_both_languages() {
    for (name, language) in
        CHARTS.iter().flat_map(|name| [(name, Language::English), (name, Language::Spanish)])
    {
        let html = aid(&chart(name), language);
        let ids = [
            "decision",
            "condition",
            "what",
            "happens",
            "options",
            "gain",
            "harm",
            "unknown",
            "you",
            "matters",
            "questions",
            "prepare",
            "after",
            "about",
            "sources",
        ];
        for id in ids {
            assert_eq!(html.matches(&format!("<section id=\"{id}\"")).count(), 1, "{name} {id}");
        }
        assert!(html.contains(&format!("<html lang=\"{}\">", language.code())));
        assert!(!plain_text(&html).contains('{'), "{name}: a place was not filled");
        assert!(!html.contains("<script"));
        let mut labels: Vec<&str> =
            html.split(" id=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
        let count = labels.len();
        labels.sort_unstable();
        labels.dedup();
        assert_eq!(labels.len(), count, "{name}: an id is used twice");
    }
}

#[test]
fn icon_arrays_have_a_hundred_people_each_and_say_what_they_show() {
    let html = aid(&chart("crps"), Language::English);
    let arrays = html.matches("class=\"people\"").count();
    // Two levels of warming, six sources of relief, four harms.
    assert_eq!(arrays, 12);
    assert_eq!(html.matches("<use href=\"#person\"").count(), 100 * arrays);
    assert_eq!(html.matches("role=\"img\"").count(), arrays);
}

#[test]
fn no_unverified_pause_reaches_the_person() {
    let text = plain_text(&aid(&chart("low_back_pain"), Language::English));
    assert!(text.contains("Do not stop it on your own"));
    assert!(!text.to_lowercase().contains("apixaban") && !text.contains("3 days"));
}

#[test]
fn hostile_names_stay_text() {
    let hostile = chart("crps")
        .replace("Ana Morales", "<script>alert(1)</script>\\\" onload='x'")
        .replace("walk my daughter to school", "<img src=x onerror=alert(1)>");
    let html = aid(&hostile, Language::English);
    assert!(!html.contains("<script") && !html.contains("<img") && !html.contains("onload='"));
    assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot; onload=&#39;x&#39;"));
}

#[test]
fn a_plans_own_probability_stands_beside() {
    let plan = r#"{"schema":"rami.plan/1","candidates":[{"side":"left","level":"L2","hit_probability":{"kidney_left":0.04}}],"chosen":0}"#;
    let plan = PlanSummary::read(plan).unwrap();
    let chart = Chart::from_toml(&chart("crps")).unwrap();
    let html = decision_aid(&chart, &assess(&chart, Some(&plan)).unwrap(), Language::English);
    assert!(html.contains("4 in 100 chance to touch"));
}

#[test]
fn one_guide_for_each_indication() {
    for name in CHARTS {
        insta::assert_snapshot!(
            format!("aid_{name}"),
            tidy(&plain_text(&aid(&chart(name), Language::English)))
        );
    }
    insta::assert_snapshot!("aid_crps_es", tidy(&plain_text(&aid(&chart("crps"), Language::Spanish))));
}

fn tidy(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.join("\n")
}
