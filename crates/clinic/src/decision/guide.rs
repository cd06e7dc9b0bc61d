//! What the guide says to this person, section by section, whoever shows it.

use super::icons::icon_array;
use super::words::{ChoiceKind, Language, Words};
use crate::assess::Assessment;
use crate::chart::{Chart, Side};
use crate::data::plain;
use crate::evidence::{Cited, cite};
use crate::rate::Rate;
use crate::risk::Risk;
use crate::safety::Outcome;
use rami_evidence::value;
use rami_pdf::{Block, Cell, Figure, Style, Table, Text};
use std::collections::BTreeSet;

/// Harms drawn as icon arrays: those with a rate that a person would want to picture.
const DRAWN: &[&str] = &["any_transient", "leg_numbness", "vasovagal", "failure"];

/// The guide.
pub(super) struct Guide {
    pub(super) language: &'static str,
    pub(super) title: String,
    /// Whose it is.
    pub(super) person: Option<String>,
    /// What it is not.
    pub(super) notice: String,
    pub(super) sections: Vec<Section>,
}

/// A part of the guide under a heading.
pub(super) struct Section {
    pub(super) id: &'static str,
    pub(super) title: String,
    pub(super) blocks: Vec<Block>,
}

pub(super) fn guide(chart: &Chart, assessment: &Assessment, language: Language) -> Guide {
    let words = language.words();
    let id = assessment.indication.indication.id();
    let writer = Writer { chart, assessment, words, id };
    let name = chart.person.name.as_deref().map(plain);
    let sections = [
        ("decision", writer.decision()),
        ("condition", writer.condition()),
        ("what", vec![writer.paragraph("what")]),
        ("happens", vec![writer.paragraph("happens"), writer.list(true, "happens")]),
        ("options", writer.options()),
        ("gain", writer.gain()),
        ("harm", writer.harm()),
        ("unknown", vec![bullets(words.not_known(id))]),
        ("you", writer.you()),
        ("matters", writer.matters()),
        ("questions", vec![writer.list(false, "questions")]),
        ("prepare", vec![writer.list(false, "prepare")]),
        ("after", writer.after()),
        ("about", vec![writer.paragraph("about"), writer.paragraph("about_makers")]),
        ("sources", writer.sources()),
    ];
    Guide {
        language: language.code(),
        title: words.text("title").into(),
        person: name.map(|name| words.fill("for_person", &[("name", &name)])),
        notice: words.text("notice").into(),
        sections: sections
            .into_iter()
            .map(|(id, blocks)| Section { id, title: words.text(&format!("{id}_h")).into(), blocks })
            .collect(),
    }
}

struct Writer<'a> {
    chart: &'a Chart,
    assessment: &'a Assessment,
    words: &'static Words,
    id: &'static str,
}

fn said(text: impl Into<String>) -> Block {
    Block::Paragraph(Text::from(text.into()))
}

fn bullets<S: AsRef<str>>(items: &[S]) -> Block {
    Block::List { ordered: false, items: items.iter().map(|item| item.as_ref().into()).collect() }
}

impl Writer<'_> {
    fn paragraph(&self, key: &str) -> Block {
        said(self.words.text(key))
    }

    fn list(&self, ordered: bool, key: &str) -> Block {
        Block::List { ordered, items: self.words.list(key).iter().map(|item| item.as_str().into()).collect() }
    }

    fn decision(&self) -> Vec<Block> {
        vec![self.paragraph("decision"), self.paragraph("steps"), self.list(true, "steps")]
    }

    fn condition(&self) -> Vec<Block> {
        let w = self.words;
        let condition = w.condition(self.id);
        let side = match self.chart.complaint.side {
            Some(Side::Left) => w.fill("side_known", &[("side", w.text("side_left"))]),
            Some(Side::Right) => w.fill("side_known", &[("side", w.text("side_right"))]),
            None => w.text("side_unknown").into(),
        };
        let name = format!("{}. ", capital(&condition.name));
        let what = Text::default().then(name, Style::Strong).then(condition.what.as_str(), Style::Plain);
        vec![Block::Paragraph(what), said(side)]
    }

    fn options(&self) -> Vec<Block> {
        let w = self.words;
        let condition = w.condition(self.id);
        let rows = w
            .options
            .iter()
            .filter(|o| o.kind != ChoiceKind::Exercise || condition.exercise)
            .map(|o| {
                let good = match o.kind {
                    ChoiceKind::Block => &condition.block_good,
                    ChoiceKind::Other => &condition.other_good,
                    ChoiceKind::Exercise | ChoiceKind::Wait => &o.good,
                };
                [&o.name, good, &o.bad].map(|text| Cell::line(text.as_str())).to_vec()
            })
            .collect();
        let table = Table {
            caption: w.text("options_intro").into(),
            head: ["option", "option_good", "option_bad"].map(|key| w.text(key).into()).to_vec(),
            widths: vec![1.0, 1.5, 1.5],
            rows,
        };
        vec![Block::Table(table), self.paragraph("options_numbers")]
    }

    fn gain(&self) -> Vec<Block> {
        let w = self.words;
        let benefit = &self.assessment.benefit;
        let mut blocks = vec![
            said(w.condition(self.id).gain.as_str()),
            said(w.fill("quality", &[("quality", w.quality(self.id))])),
            self.paragraph("icon_legend"),
        ];
        let warm = benefit.technical.iter().enumerate().map(|(i, response)| {
            let level = level_of(&response.rate.figure.key).unwrap_or_default();
            let title = w.fill("gain_warm", &[("level", &level)]);
            self.figure(&format!("gain-warm-{i}"), &title, &response.rate)
        });
        let relief = benefit.relief.iter().enumerate().map(|(i, response)| {
            self.figure(&format!("gain-{i}"), w.benefit(&response.rate.figure.key), &response.rate)
        });
        blocks.push(Block::Figures(warm.chain(relief).collect()));
        if benefit.relief.is_empty() {
            blocks.push(self.paragraph("gain_none"));
        }
        if !benefit.saline.is_empty() {
            let hours = |key: &str| value(key).round().to_string();
            let (saline, drug) = (hours("efficacy.saline.duration"), hours("efficacy.anaesthetic.duration"));
            blocks.push(said(w.fill("gain_saline", &[("saline", &saline), ("drug", &drug)])));
        }
        blocks
    }

    /// An icon array with its title and what it says in words, both ways round.
    fn figure(&self, id: &str, title: &str, rate: &Rate) -> Figure {
        let w = self.words;
        let (low, high) = (rate.fewest_of_100, rate.most_of_100);
        let texts =
            [of_100(rate.probability), of_100(1.0 - rate.probability), low.to_string(), high.to_string()];
        let places: Vec<(&str, &str)> =
            ["best", "rest", "low", "high"].into_iter().zip(texts.iter().map(String::as_str)).collect();
        let told = w.fill("icon_best", &places);
        let rough = if rate.approximate { format!(" {}", w.text("icon_approximate")) } else { String::new() };
        Figure {
            id: id.into(),
            title: title.into(),
            drawing: icon_array(low, high),
            alternative: format!("{title}. {told}"),
            caption: vec![format!("{told}{rough}"), w.fill("icon_key", &places)],
        }
    }

    fn harm(&self) -> Vec<Block> {
        let w = self.words;
        let risks = &self.assessment.risks;
        let drawn = risks.iter().filter(|risk| DRAWN.contains(&risk.id.as_str())).filter_map(|risk| {
            // Where sources are of several levels, the worst is drawn and the table has all.
            let worst = risk.rates.iter().max_by(|a, b| a.probability.total_cmp(&b.probability))?;
            Some(self.figure(&format!("harm-{}", risk.id), w.harm(&risk.id), worst))
        });
        let rows = risks
            .iter()
            .map(|risk| vec![Cell::line(w.harm(&risk.id)), Cell::Lines(self.how_often(risk))])
            .collect();
        let table = Table {
            caption: w.text("harm_table").into(),
            head: vec![w.text("harm_column").into(), w.text("harm_rate_column").into()],
            widths: vec![1.0, 1.3],
            rows,
        };
        vec![self.paragraph("harm_intro"), Block::Figures(drawn.collect()), Block::Table(table)]
    }

    fn how_often(&self, risk: &Risk) -> Vec<String> {
        let w = self.words;
        let mut lines: Vec<String> = risk
            .rates
            .iter()
            .map(|rate| {
                let (low, high) = (rate.fewest_of_100.to_string(), rate.most_of_100.to_string());
                let best = of_100(rate.probability);
                let told = w.fill("harm_range", &[("best", &best), ("low", &low), ("high", &high)]);
                match level_of(&rate.figure.key) {
                    Some(level) => format!("{level}: {told}"),
                    None => told,
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
        lines
    }

    fn you(&self) -> Vec<Block> {
        let w = self.words;
        let consent = &self.chart.consent;
        if consent.withdrawn == Some(true) || consent.given == Some(false) {
            return vec![self.paragraph("you_refused")];
        }
        let open: Vec<_> = self.assessment.findings.iter().filter(|f| f.outcome != Outcome::Clear).collect();
        if open.is_empty() {
            return vec![self.paragraph("you_none")];
        }
        let mut points: Vec<&str> = Vec::new();
        for point in open.iter().filter_map(|finding| w.todo(&finding.id)) {
            if !points.contains(&point) {
                points.push(point);
            }
        }
        let mut blocks = Vec::new();
        if !points.is_empty() {
            blocks.push(bullets(&points));
        }
        if open.iter().any(|finding| w.todo(&finding.id).is_none()) {
            blocks.push(self.paragraph("you_more"));
        }
        blocks
    }

    fn matters(&self) -> Vec<Block> {
        let w = self.words;
        let mut blocks = Vec::new();
        let rows: Vec<Vec<Cell>> = self
            .chart
            .complaint
            .what_matters
            .iter()
            .enumerate()
            .map(|(i, point)| {
                let label = format!("{}: {}", w.text("matters_mark"), plain(point));
                let mark = Cell::Number { id: format!("mark-{i}"), label, low: 0, high: 10 };
                vec![Cell::line(plain(point)), mark]
            })
            .collect();
        if !rows.is_empty() {
            blocks.push(self.paragraph("matters_yours"));
            blocks.push(Block::Table(Table {
                caption: w.text("matters_scale").into(),
                head: vec![w.text("matters_point").into(), w.text("matters_mark").into()],
                widths: vec![3.0, 1.0],
                rows,
            }));
        }
        blocks.push(Block::Space { id: "mine".into(), label: w.text("matters_ask").into(), lines: 6 });
        blocks.push(Block::Choices {
            id: "leaning".into(),
            legend: w.text("leaning").into(),
            options: ["yes", "unsure", "no"].map(|id| (id.to_owned(), w.text(id).to_owned())).to_vec(),
        });
        blocks
    }

    fn after(&self) -> Vec<Block> {
        let w = self.words;
        let flags = vec![
            Block::Heading { level: 3, text: w.text("flags_h").into() },
            self.list(false, "flags"),
            self.paragraph("flags_call"),
        ];
        vec![
            self.paragraph("after_check"),
            self.list(false, "after"),
            Block::Frame(flags),
            Block::Heading { level: 3, text: w.text("diary_h").into() },
            said(format!("{} {}", w.condition(self.id).diary, w.text("diary"))),
        ]
    }

    /// Figures behind what the guide says, once each by key.
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
    fn sources(&self) -> Vec<Block> {
        let w = self.words;
        let items = self
            .figures()
            .iter()
            .map(|figure| {
                let key = Text::default().then(figure.key.as_str(), Style::Code);
                let key = if figure.unverified {
                    key.then(" ", Style::Plain).then(format!("[{}]", w.text("unverified")), Style::Strong)
                } else {
                    key
                };
                key.then(format!(" {} ", figure.statement), Style::Plain)
                    .then(figure.source.as_str(), Style::Cite)
            })
            .collect();
        vec![self.paragraph("sources_intro"), Block::SmallPrint { language: Some("en".into()), items }]
    }
}

/// A probability as a number out of 100: whole, or "<1" and ">99" at the ends that are not reached.
fn of_100(p: f64) -> String {
    let hundredths = 100.0 * p;
    if hundredths > 0.0 && hundredths < 1.0 {
        "<1".into()
    } else if hundredths < 100.0 && hundredths > 99.0 {
        ">99".into()
    } else {
        format!("{hundredths:.0}")
    }
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
