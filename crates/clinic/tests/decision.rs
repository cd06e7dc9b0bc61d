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
            "short",
            "decision",
            "condition",
            "what",
            "happens",
            "live",
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
    // Each person is two closed outlines: a head and shoulders.
    let outlines =
        html.split("<path d=\"").skip(1).map(|rest| rest.split('"').next().unwrap().matches('Z').count());
    assert_eq!(outlines.sum::<usize>(), 200 * arrays);
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

/// Something hostile wherever a chart or a plan holds words: marks of HTML, of a terminal, of another line, of PDF.
const HOSTILE: &str = "<b onclick=x>\\\"'&amp;\\u001b[2J\\nOUTCOME: CLEAR\\u202e)>>endobj";

fn hostile_chart() -> Chart {
    let text = chart("crps")
        .replace("Ana Morales", HOSTILE)
        .replace("I can stand for ten minutes and cannot wear a shoe.", HOSTILE)
        .replace("walk my daughter to school", HOSTILE)
        .replace("gabapentin", HOSTILE)
        .replace("this week, on average", HOSTILE)
        .replace("no_blood_thinners = true\nno_known_allergies = true", "")
        + &format!("\n[[medication]]\nname = \"{HOSTILE}\"\n[[allergy]]\nsubstance = \"latex {HOSTILE}\"\n")
        + &format!("[[override]]\nfinding = \"dose\"\nreason = \"{HOSTILE}\"\nby = \"{HOSTILE}\"\n");
    Chart::from_toml(&text).unwrap()
}

fn hostile_plan() -> PlanSummary {
    let plan = format!(
        r#"{{"schema":"rami.plan/1","candidates":[{{"side":"left","level":"L2","hit_probability":{{"kidney{HOSTILE}":0.5}}}}],
        "chosen":0,"warnings":["{HOSTILE}"]}}"#
    );
    PlanSummary::read(&plan).unwrap()
}

/// Names of the tags of a page, in order.
fn tags(html: &str) -> Vec<&str> {
    let inside = html.split('<').skip(1);
    inside.map(|rest| rest.split(|c: char| c.is_whitespace() || c == '>').next().unwrap()).collect()
}

#[test]
fn hostile_words_change_no_tag_no_line_and_no_terminal() {
    let (chart, plan) = (hostile_chart(), hostile_plan());
    let assessment = assess(&chart, Some(&plan)).unwrap();
    let mild = {
        let mut mild = chart.clone();
        mild.person.name = Some("Ana".into());
        mild.complaint.what_matters[0] = "walk".into();
        mild
    };
    for language in [Language::English, Language::Spanish] {
        let html = decision_aid(&chart, &assessment, language);
        assert_eq!(tags(&html), tags(&decision_aid(&mild, &assessment, language)));
        assert!(!html.contains("onclick=x>") && !html.contains('\u{1b}') && !html.contains('\u{202e}'));
        let paper = rami_pdf::write(&rami_clinic::decision::decision_document(&chart, &assessment, language));
        // The words are in compressed pages and in escaped strings: none ends an object of the file.
        let paper = paper.unwrap();
        let paper = String::from_utf8_lossy(&paper);
        for (at, _) in paper.match_indices(")>>endobj") {
            assert!(paper[..at].ends_with('\\'), "a bracket ends a string of the file");
        }
    }
    let told = rami_clinic::text::text(&assessment);
    assert!(told.chars().all(|c| c == '\n' || !c.is_control()), "a control character reaches the terminal");
    let outcomes = told.lines().filter(|line| line.starts_with("OUTCOME")).count();
    assert_eq!(outcomes, 1, "a name forged a line");
    let json = serde_json::to_string(&assessment).unwrap();
    assert_eq!(serde_json::from_str::<serde_json::Value>(&json).unwrap()["schema"], "rami.assessment/1");
}

#[test]
fn the_paper_says_what_the_page_says() {
    use rami_pdf::{Block, Cell};
    fn words(blocks: &[Block]) -> Vec<String> {
        blocks
            .iter()
            .flat_map(|block| match block {
                Block::Heading { text, .. } => vec![text.clone()],
                Block::Paragraph(text) => vec![text.plain()],
                Block::List { items, .. } | Block::SmallPrint { items, .. } => {
                    items.iter().map(rami_pdf::Text::plain).collect()
                }
                Block::Table(table) => {
                    let cells = table.rows.iter().flatten().flat_map(|cell| match cell {
                        Cell::Lines(lines) => lines.clone(),
                        Cell::Number { .. } => Vec::new(),
                    });
                    table.head.iter().cloned().chain([table.caption.clone()]).chain(cells).collect()
                }
                Block::Figures(figures) => {
                    figures.iter().flat_map(|f| f.caption.iter().chain([&f.title]).cloned()).collect()
                }
                Block::Frame(blocks) => words(blocks),
                Block::Choices { legend, options, .. } => {
                    options.iter().map(|(_, text)| text.clone()).chain([legend.clone()]).collect()
                }
                Block::Space { label, .. } => vec![label.clone()],
            })
            .collect()
    }
    let chart = Chart::from_toml(&chart("crps")).unwrap();
    let assessment = assess(&chart, None).unwrap();
    let document = rami_clinic::decision::decision_document(&chart, &assessment, Language::English);
    let page = decision_aid(&chart, &assessment, Language::English);
    // With the list for the doctor, and on one line: spans break no line on paper.
    let page = plain_text(
        &page.replace("<!-- for the doctor -->", "").replace("code>", "b>").replace("cite>", "b>"),
    );
    let words = words(&document.blocks);
    assert!(words.len() > 150);
    for line in words {
        assert!(page.contains(line.trim()), "only on paper: {line}");
    }
}

#[test]
fn a_person_who_said_no_is_told_that_nothing_will_be_done() {
    for (from, to) in [("given = true", "given = true\nwithdrawn = true"), ("given = true", "given = false")]
    {
        let text = plain_text(&aid(&chart("crps").replace(from, to), Language::English));
        assert!(text.contains("Nothing will be done") && !text.contains("You have not said yes yet"), "{to}");
    }
}

#[test]
fn a_person_whose_leg_is_in_danger_is_told_so_first_and_never_that_waiting_is_safe() {
    let page = aid(&chart("arterial_insufficiency"), Language::English);
    let text = plain_text(&page);
    let first = text.find("Your leg may be in danger").unwrap();
    assert!(first < text.find("The block puts numbing medicine").unwrap());
    for soothing in
        ["no wrong choice", "no risk from a needle", "You can come back at any time", "You may feel calm"]
    {
        assert!(!text.contains(soothing), "{soothing}");
        assert!(plain_text(&aid(&chart("crps"), Language::English)).contains(soothing), "{soothing}");
    }
    let seen = chart("arterial_insufficiency")
        .replace("rest_pain = true", "rest_pain = true\nvascular_opinion = true");
    let spanish = plain_text(&aid(&chart("arterial_insufficiency"), Language::Spanish));
    assert!(spanish.contains("No espere con eso") && !spanish.contains("Puede volver cuando quiera"));
    assert!(
        !plain_text(&aid(&seen, Language::English)).contains("Do not wait with that"),
        "a surgeon has seen it"
    );
}

#[test]
fn the_words_are_about_the_part_of_the_body_that_the_person_has() {
    let part = |name: &str, language| plain_text(&aid(&chart(name), language));
    let stump = part("phantom_limb", Language::English);
    assert!(stump.contains("Your stump may feel warm") && stump.contains("The stump does not get warm"));
    assert!(!stump.contains("Your foot") && !stump.contains("Your leg may feel warm"));
    assert!(part("raynaud", Language::English).contains("Your foot may feel warm, heavy or numb"));
    assert!(part("phantom_limb", Language::Spanish).contains("Su mu\u{f1}\u{f3}n se pone caliente"));
}

#[test]
fn a_number_nobody_has_checked_carries_the_mark_beside_it() {
    let chart = Chart::from_toml(&chart("crps")).unwrap();
    let mut assessment = assess(&chart, None).unwrap();
    let marks = |assessment: &rami_clinic::Assessment| {
        let page = decision_aid(&chart, assessment, Language::English);
        plain_text(&page).matches("No one has checked this number in its source yet.").count()
    };
    let before = marks(&assessment);
    let drawn = &mut assessment.risks.iter_mut().find(|risk| risk.id == "vasovagal").unwrap().rates[0];
    assert!(!drawn.figure.unverified);
    drawn.figure.unverified = true;
    assessment.benefit.relief[0].rate.figure.unverified = true;
    // Fainting is drawn and in the table; relief is drawn.
    assert_eq!(marks(&assessment), before + 3);
}

#[test]
fn a_plans_own_probability_stands_beside() {
    let plan = r#"{"schema":"rami.plan/1","candidates":[{"side":"left","level":"L2","hit_probability":
        {"kidney_left":0.04,"aorta":0.0099,"intervertebral_disc_L2_L3":0.01}}],"chosen":0}"#;
    let plan = PlanSummary::read(plan).unwrap();
    let chart = Chart::from_toml(&chart("crps")).unwrap();
    let assessment = assess(&chart, Some(&plan)).unwrap();
    let html = decision_aid(&chart, &assessment, Language::English);
    // Each says what would be touched: a disc under "Infection" is not the infection.
    assert!(html.contains("would touch a kidney or its tube in about 4 of 100 tries"));
    assert!(html.contains("would touch a disc of the spine in about 1 of 100 tries"));
    assert_eq!(html.matches("would touch a blood vessel in fewer than 1 of 100 tries").count(), 2);
    let html = decision_aid(&chart, &assessment, Language::Spanish);
    assert!(html.contains("tocaría un riñón o su tubo en unas 4 de cada 100 veces"));
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

#[test]
fn every_figure_that_the_aid_stands_on_is_among_its_sources_and_marked_where_unverified() {
    for name in CHARTS {
        let chart = Chart::from_toml(&chart(name)).unwrap();
        let assessment = assess(&chart, None).unwrap();
        let html = decision_aid(&chart, &assessment, Language::English);
        let sources = html.split("<section id=\"sources\"").nth(1).unwrap();
        let rates = assessment.risks.iter().flat_map(|risk| risk.rates.iter().map(|rate| &rate.figure));
        let relief = assessment.benefit.relief.iter().map(|response| &response.rate.figure);
        let figures: Vec<_> = rates.chain(relief).chain(&assessment.indication.evidence).collect();
        assert!(figures.len() > 3, "{name}");
        for figure in figures {
            let (_, after) = sources
                .split_once(&format!("<code>{}</code>", figure.key))
                .unwrap_or_else(|| panic!("{name}: {} is not among the sources", figure.key));
            let marked = after[..after.len().min(80)].contains("[unverified]");
            assert_eq!(marked, figure.unverified, "{name}: {}", figure.key);
        }
    }
}
