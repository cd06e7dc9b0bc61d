//! The page itself.

use super::html::{escape, list, paragraph, table};
use super::icons::{DEFINITIONS, icon_array};
use super::words::{Language, Words};
use crate::assess::Assessment;
use crate::chart::{Chart, Side};
use crate::evidence::{Cited, cite};
use crate::rate::Rate;
use crate::risk::Risk;
use crate::safety::Outcome;
use rami_evidence::value;
use std::collections::BTreeSet;

const STYLE: &str = include_str!("../../data/decision.css");

/// Harms drawn as icon arrays: those with a rate that a person would want to picture.
const DRAWN: &[&str] = &["any_transient", "leg_numbness", "vasovagal", "failure"];

/// The decision aid as one HTML page.
#[must_use]
pub fn decision_aid(chart: &Chart, assessment: &Assessment, language: Language) -> String {
    let page = Page { chart, assessment, words: language.words(), id: indication_id(assessment) };
    let w = page.words;
    let sections = [
        ("decision", w.text("decision_h"), page.decision()),
        ("condition", w.text("condition_h"), page.condition()),
        ("what", w.text("what_h"), paragraph(w.text("what"))),
        ("happens", w.text("happens_h"), paragraph(w.text("happens")) + &list("ol", w.list("happens"))),
        ("options", w.text("options_h"), page.options()),
        ("gain", w.text("gain_h"), page.gain()),
        ("harm", w.text("harm_h"), page.harm()),
        ("unknown", w.text("unknown_h"), list("ul", w.not_known(&page.id))),
        ("you", w.text("you_h"), page.you()),
        ("matters", w.text("matters_h"), page.matters()),
        ("questions", w.text("questions_h"), list("ul", w.list("questions"))),
        ("prepare", w.text("prepare_h"), list("ul", w.list("prepare"))),
        ("after", w.text("after_h"), page.after()),
        ("about", w.text("about_h"), paragraph(w.text("about"))),
        ("sources", w.text("sources_h"), page.sources()),
    ];
    let contents: String = sections
        .iter()
        .map(|(id, title, _)| format!("<li><a href=\"#{id}\">{}</a></li>\n", escape(title)))
        .collect();
    let body: String = sections
        .iter()
        .map(|(id, title, body)| {
            format!("<section id=\"{id}\" aria-labelledby=\"{id}-h\">\n<h2 id=\"{id}-h\">{}</h2>\n{body}</section>\n", escape(title))
        })
        .collect();
    let name = chart
        .person
        .name
        .as_deref()
        .map(|name| paragraph(&w.fill("for_person", &[("name", name)])))
        .unwrap_or_default();
    let (lang, title, skip) = (language.code(), escape(w.text("title")), escape(w.text("skip")));
    let notice = escape(w.text("notice"));
    let contents_title = escape(w.text("contents"));
    format!(
        "<!DOCTYPE html>\n<html lang=\"{lang}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">{skip}</a>\n{DEFINITIONS}\
         <header>\n<h1>{title}</h1>\n{name}<p class=\"notice\"><strong>{notice}</strong></p>\n</header>\n\
         <nav aria-labelledby=\"contents-h\">\n<h2 id=\"contents-h\">{contents_title}</h2>\n<ul>\n{contents}</ul>\n</nav>\n\
         <main id=\"main\">\n{body}</main>\n</body>\n</html>\n"
    )
}

fn indication_id(assessment: &Assessment) -> String {
    let id = serde_json::to_value(assessment.indication.indication).ok();
    id.and_then(|id| id.as_str().map(String::from)).unwrap_or_default()
}

struct Page<'a> {
    chart: &'a Chart,
    assessment: &'a Assessment,
    words: &'static Words,
    id: String,
}

impl Page<'_> {
    fn decision(&self) -> String {
        paragraph(self.words.text("decision"))
    }

    fn condition(&self) -> String {
        let w = self.words;
        let condition = w.condition(&self.id);
        let side = match self.chart.complaint.side {
            Some(Side::Left) => w.fill("side_known", &[("side", w.text("side_left"))]),
            Some(Side::Right) => w.fill("side_known", &[("side", w.text("side_right"))]),
            None => w.text("side_unknown").into(),
        };
        format!(
            "<p><strong>{}.</strong> {}</p>\n{}",
            escape(&capital(&condition.name)),
            escape(&condition.what),
            paragraph(&side)
        )
    }

    fn options(&self) -> String {
        let w = self.words;
        let rows: Vec<Vec<String>> =
            w.options.iter().map(|o| vec![escape(&o.name), escape(&o.good), escape(&o.bad)]).collect();
        let head = [w.text("option"), w.text("option_good"), w.text("option_bad")];
        table(w.text("options_intro"), &head, &rows)
    }

    fn gain(&self) -> String {
        let w = self.words;
        let benefit = &self.assessment.benefit;
        let mut out = paragraph(w.text("gain_intro"));
        out += &paragraph(&w.fill("quality", &[("quality", w.quality(&self.id))]));
        out += &paragraph(w.text("icon_legend"));
        out += "<div class=\"arrays\">\n";
        for (i, response) in benefit.technical.iter().enumerate() {
            let level = response.rate.figure.key.rsplit('.').next().unwrap_or_default().to_uppercase();
            out += &self.figure(
                &format!("gain-warm-{i}"),
                &w.fill("gain_warm", &[("level", &level)]),
                &response.rate,
            );
        }
        for (i, response) in benefit.relief.iter().enumerate() {
            out += &self.figure(&format!("gain-{i}"), w.benefit(&response.rate.figure.key), &response.rate);
        }
        out += "</div>\n";
        if benefit.relief.is_empty() {
            out += &paragraph(w.text("gain_none"));
        }
        if !benefit.saline.is_empty() {
            let hours = |key: &str| value(key).round().to_string();
            let (saline, drug) = (hours("efficacy.saline.duration"), hours("efficacy.anaesthetic.duration"));
            out += &paragraph(&w.fill("gain_saline", &[("saline", &saline), ("drug", &drug)]));
        }
        out
    }

    /// An icon array with its title and what it says in words.
    fn figure(&self, id: &str, title: &str, rate: &Rate) -> String {
        let w = self.words;
        let (low, high) = (rate.fewest_of_100, rate.most_of_100);
        let (low_text, high_text, best) = (low.to_string(), high.to_string(), of_100(rate.probability));
        let places = [("best", best.as_str()), ("low", low_text.as_str()), ("high", high_text.as_str())];
        let said = w.fill("icon_best", &places);
        let rough = if rate.approximate { format!(" {}", w.text("icon_approximate")) } else { String::new() };
        format!(
            "<figure>\n<h3>{}</h3>\n{}<figcaption><p>{}{}</p><p class=\"key\">{}</p></figcaption>\n</figure>\n",
            escape(title),
            icon_array(id, &format!("{title}. {said}"), low, high),
            escape(&said),
            escape(&rough),
            escape(&w.fill("icon_key", &places))
        )
    }

    fn harm(&self) -> String {
        let w = self.words;
        let risks = &self.assessment.risks;
        let mut out = paragraph(w.text("harm_intro")) + "<div class=\"arrays\">\n";
        for risk in risks.iter().filter(|risk| DRAWN.contains(&risk.id.as_str())) {
            // Where sources are of several levels, the worst is drawn and the table has all.
            if let Some(worst) = risk.rates.iter().max_by(|a, b| a.probability.total_cmp(&b.probability)) {
                out += &self.figure(&format!("harm-{}", risk.id), w.harm(&risk.id), worst);
            }
        }
        out += "</div>\n";
        let rows: Vec<Vec<String>> =
            risks.iter().map(|risk| vec![escape(w.harm(&risk.id)), self.how_often(risk)]).collect();
        out + &table(w.text("harm_table"), &[w.text("harm_column"), w.text("harm_rate_column")], &rows)
    }

    fn how_often(&self, risk: &Risk) -> String {
        let w = self.words;
        let mut lines: Vec<String> = risk
            .rates
            .iter()
            .map(|rate| {
                let (low, high) = (rate.fewest_of_100.to_string(), rate.most_of_100.to_string());
                let said = w.fill(
                    "harm_range",
                    &[("best", &of_100(rate.probability)), ("low", &low), ("high", &high)],
                );
                match level_of(&rate.figure.key) {
                    Some(level) => format!("{level}: {said}"),
                    None => said,
                }
            })
            .collect();
        if lines.is_empty() {
            lines.push(match risk.at_most {
                Some(p) => {
                    let n = rami_evidence::figure("adverse.serious.pooled").n.unwrap_or_default().to_string();
                    w.fill("harm_bound", &[("n", &n), ("share", &of_100(p))])
                }
                None => w.text("harm_no_rate").into(),
            });
        }
        if let Some(p) = risk.plan_touches {
            lines.push(w.fill("harm_plan", &[("share", &of_100(p))]));
        }
        lines.iter().map(|line| escape(line)).collect::<Vec<_>>().join("<br>")
    }

    fn you(&self) -> String {
        let w = self.words;
        let open: Vec<_> = self.assessment.findings.iter().filter(|f| f.outcome != Outcome::Clear).collect();
        if open.is_empty() {
            return paragraph(w.text("you_none"));
        }
        let mut points: Vec<&str> = open.iter().filter_map(|finding| w.todo(&finding.id)).collect();
        points.dedup();
        let more = if open.iter().any(|finding| w.todo(&finding.id).is_none()) {
            paragraph(w.text("you_more"))
        } else {
            String::new()
        };
        if points.is_empty() { more } else { list("ul", &points) + &more }
    }

    fn matters(&self) -> String {
        let w = self.words;
        let yours = &self.chart.complaint.what_matters;
        let mut out = String::new();
        if !yours.is_empty() {
            out += &paragraph(w.text("matters_yours"));
            let rows: Vec<Vec<String>> = yours
                .iter()
                .enumerate()
                .map(|(i, point)| {
                    let (label, point) = (escape(w.text("matters_mark")), escape(point));
                    vec![point.clone(), format!("<input type=\"number\" min=\"0\" max=\"10\" id=\"mark-{i}\" aria-label=\"{label}: {point}\">")]
                })
                .collect();
            out += &table(w.text("matters_scale"), &[w.text("matters_point"), w.text("matters_mark")], &rows);
        }
        out += &format!(
            "<p><label for=\"mine\">{}</label></p>\n<textarea id=\"mine\" rows=\"6\"></textarea>\n",
            escape(w.text("matters_ask"))
        );
        let choices: String = ["yes", "unsure", "no"]
            .iter()
            .map(|id| {
                format!(
                    "<label><input type=\"radio\" name=\"leaning\" value=\"{id}\"> {}</label>\n",
                    escape(w.text(id))
                )
            })
            .collect();
        out + &format!("<fieldset><legend>{}</legend>\n{choices}</fieldset>\n", escape(w.text("leaning")))
    }

    fn after(&self) -> String {
        let w = self.words;
        let mut out = paragraph(w.text("after_check")) + &list("ul", w.list("after"));
        out += &format!(
            "<div class=\"flags\">\n<h3>{}</h3>\n{}{}</div>\n",
            escape(w.text("flags_h")),
            list("ul", w.list("flags")),
            paragraph(w.text("flags_call"))
        );
        out + &format!("<h3>{}</h3>\n{}", escape(w.text("diary_h")), paragraph(w.text("diary")))
    }

    /// Figures behind what the page says, once each by key.
    fn figures(&self) -> BTreeSet<Cited> {
        let a = self.assessment;
        let rates =
            a.risks.iter().flat_map(|risk| risk.rates.iter().map(|rate| &rate.figure).chain(&risk.beside));
        let responses =
            a.benefit.technical.iter().chain(&a.benefit.relief).map(|response| &response.rate.figure);
        let indication = a.indication.evidence.iter().chain(&a.indication.guidelines);
        let told = ["technique.procedure_time", "confirmation.acclimatise", "last.observe"];
        let cited = rates
            .chain(responses)
            .chain(indication)
            .chain(&a.benefit.saline)
            .chain(&a.benefit.apart)
            .cloned();
        cited.chain(told.iter().map(|key| cite(key))).collect()
    }

    /// Sources in English, whatever the language, for the doctor.
    fn sources(&self) -> String {
        let w = self.words;
        let items: String = self
            .figures()
            .iter()
            .map(|figure| {
                let mark = if figure.unverified {
                    format!(" <strong>[{}]</strong>", escape(w.text("unverified")))
                } else {
                    String::new()
                };
                format!(
                    "<li><code>{}</code>{mark} {} <cite>{}</cite></li>\n",
                    escape(&figure.key),
                    escape(&figure.statement),
                    escape(&figure.source)
                )
            })
            .collect();
        format!(
            "{}<!-- for the doctor --><ul class=\"sources\" lang=\"en\">\n{items}</ul><!-- end -->\n",
            paragraph(w.text("sources_intro"))
        )
    }
}

/// A probability as a number out of 100: whole, or "fewer than 1".
fn of_100(p: f64) -> String {
    let hundredths = 100.0 * p;
    if hundredths > 0.0 && hundredths < 1.0 { "<1".into() } else { format!("{hundredths:.0}") }
}

fn level_of(key: &str) -> Option<String> {
    let last = key.rsplit('.').next()?;
    (last.len() == 2 && last.starts_with('l')).then(|| last.to_uppercase())
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().collect::<String>() + letters.as_str())
        .unwrap_or_default()
}
