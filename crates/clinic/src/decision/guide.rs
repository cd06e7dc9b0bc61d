//! What the guide says to this person, section by section, whoever shows it.

use super::words::{ChoiceKind, Language, Words};
use crate::assess::Assessment;
use crate::chart::{Chart, Side};
use crate::data::plain;
use crate::evidence::{Cited, cite};
use crate::safety::{Finding, Outcome};
use rami_pdf::{Block, Cell, Style, Table, Text};
use std::collections::BTreeSet;

/// Findings that make waiting dangerous.
const URGENT: &[&str] = &["acute_ischaemia", "limb_threatened", "red_flags"];
/// Figures behind what the guide says of the day.
const TOLD: &[&str] = &["technique.procedure_time", "confirmation.acclimatise", "last.observe"];

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
        ("short", writer.short()),
        ("decision", writer.decision()),
        ("condition", writer.condition()),
        ("you", writer.you()),
        ("what", vec![writer.paragraph("what")]),
        ("happens", writer.happens()),
        ("live", writer.live()),
        ("options", writer.options()),
        ("gain", writer.gain()),
        ("harm", writer.harm()),
        ("unknown", vec![bullets(words.not_known(id))]),
        ("matters", writer.matters()),
        ("questions", vec![writer.list(false, "questions")]),
        ("prepare", vec![writer.list(false, "prepare")]),
        ("after", writer.after()),
        ("about", ["about", "about_chosen", "about_makers"].map(|key| writer.paragraph(key)).to_vec()),
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

/// Writes the sections for one person.
pub(super) struct Writer<'a> {
    chart: &'a Chart,
    pub(super) assessment: &'a Assessment,
    pub(super) words: &'static Words,
    pub(super) id: &'static str,
}

pub(super) fn said(text: impl Into<String>) -> Block {
    Block::Paragraph(Text::from(text.into()))
}

fn strong(text: &str) -> Block {
    Block::Paragraph(Text::default().then(text, Style::Strong))
}

fn bullets<S: AsRef<str>>(items: &[S]) -> Block {
    Block::List { ordered: false, items: items.iter().map(|item| item.as_ref().into()).collect() }
}

impl Writer<'_> {
    pub(super) fn paragraph(&self, key: &str) -> Block {
        said(self.words.text(key))
    }

    /// A text about the part of the body that warms: a leg, a foot, a stump.
    pub(super) fn of_the_part(&self, text: &str) -> String {
        text.replace("{part}", &self.words.condition(self.id).part)
    }

    fn list(&self, ordered: bool, key: &str) -> Block {
        let items = self.words.list(key).iter().map(|item| self.of_the_part(item).into()).collect();
        Block::List { ordered, items }
    }

    /// The whole in a few lines, and first of all what must come before any block.
    fn short(&self) -> Vec<Block> {
        let w = self.words;
        let findings = &self.assessment.findings;
        let mut blocks = Vec::new();
        if !self.refused() && findings.iter().any(|finding| finding.outcome == Outcome::Stop) {
            let mut lines: Vec<Block> =
                self.urgent().filter_map(|finding| w.todo(&finding.id)).map(strong).collect();
            lines.push(self.paragraph("short_stop"));
            blocks.push(Block::Frame(lines));
        }
        let own = w.condition(self.id).short.as_str();
        blocks.push(bullets(&[
            w.text("short_what"),
            own,
            w.text("short_harm"),
            w.text(self.if_urgent("short_choice")),
        ]));
        blocks
    }

    /// Stops that a doctor must see to before there is time for any choice.
    fn urgent(&self) -> impl Iterator<Item = &Finding> {
        self.assessment
            .findings
            .iter()
            .filter(|finding| finding.outcome == Outcome::Stop && URGENT.contains(&finding.id.as_str()))
    }

    /// The key of a text, or of what it must say instead where waiting could do harm.
    fn if_urgent(&self, key: &'static str) -> &'static str {
        if self.urgent().next().is_none() {
            return key;
        }
        match key {
            "short_choice" => "short_choice_urgent",
            "decision" => "decision_urgent",
            other => other,
        }
    }

    fn live(&self) -> Vec<Block> {
        let mut items: Vec<Text> =
            self.words.list("live").iter().map(|item| self.of_the_part(item).into()).collect();
        if self.urgent().next().is_some() {
            // The last is about waiting.
            items.pop();
            items.push(self.words.text("live_wait_urgent").into());
        }
        vec![self.paragraph("live"), Block::List { ordered: false, items }]
    }

    fn happens(&self) -> Vec<Block> {
        let mut blocks = vec![self.paragraph("happens"), self.list(true, "happens")];
        if TOLD.iter().any(|key| rami_evidence::figure(key).is_unverified()) {
            blocks.push(self.paragraph("times_unchecked"));
        }
        blocks
    }

    fn refused(&self) -> bool {
        let consent = &self.chart.consent;
        consent.withdrawn == Some(true) || consent.given == Some(false)
    }

    fn decision(&self) -> Vec<Block> {
        vec![self.paragraph(self.if_urgent("decision")), self.paragraph("steps"), self.list(true, "steps")]
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
        let urgent = self.urgent().next().is_some();
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
                let (good, bad) = if o.kind == ChoiceKind::Wait && urgent {
                    (w.text("wait_urgent_good"), w.text("wait_urgent_bad"))
                } else {
                    (good.as_str(), o.bad.as_str())
                };
                [o.name.as_str(), good, bad].map(Cell::line).to_vec()
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

    fn you(&self) -> Vec<Block> {
        let w = self.words;
        if self.refused() {
            return vec![self.paragraph("you_refused")];
        }
        let mut open: Vec<_> =
            self.assessment.findings.iter().filter(|f| f.outcome != Outcome::Clear).collect();
        open.sort_by_key(|finding| std::cmp::Reverse(finding.outcome));
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
        let own: Vec<String> = self.chart.complaint.what_matters.iter().map(|point| plain(point)).collect();
        if !own.is_empty() {
            blocks.push(self.paragraph("matters_yours"));
            blocks.push(bullets(&own));
        }
        // The person's own points, then what speaks for and against each way to go.
        let rows = own
            .iter()
            .chain(w.list("points"))
            .enumerate()
            .map(|(i, point)| {
                let label = format!("{}: {point}", w.text("matters_mark"));
                vec![Cell::line(point), Cell::Number { id: format!("mark-{i}"), label, low: 0, high: 10 }]
            })
            .collect();
        blocks.push(Block::Table(Table {
            caption: w.text("matters_scale").into(),
            head: vec![w.text("matters_point").into(), w.text("matters_mark").into()],
            widths: vec![3.0, 1.0],
            rows,
        }));
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
        let cited = rates
            .chain(responses)
            .chain(indication)
            .chain(&a.benefit.saline)
            .chain(&a.benefit.apart)
            .cloned();
        cited.chain(TOLD.iter().map(|key| cite(key))).collect()
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

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().collect::<String>() + letters.as_str())
        .unwrap_or_default()
}
