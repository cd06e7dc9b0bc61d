//! The report of a rehearsed block: one self-contained page, the same as a tagged PDF, and a FHIR Procedure with its
//! Observations.
//!
//! What the report says is put together once ([`document`]) and shown twice: [`html`] for a screen, [`pdf`] for paper.

mod after;
mod before;
mod charts;
mod course;
mod fhir;
mod mark;
mod modelled;
mod page;
mod words;

pub use fhir::fhir;
pub use words::told;

use crate::html::NOTICE;
use rami_clinic::{Assessment, Chart};
use rami_pdf::{Block, Cell, Document, PdfError, Table, Text};
use rami_plan::Plan;
use rami_procedure::curves::Curves;
use rami_procedure::flow::Spread;
use rami_procedure::score::Score;
use rami_procedure::{Session, State};
use rami_xray::Image;

/// A picture that tells part of the story.
#[derive(Debug, Clone)]
pub struct KeyFrame {
    /// Its number in the session.
    pub number: u64,
    /// Time on the block's clock, s.
    pub at_s: f64,
    /// What it is.
    pub caption: String,
    /// Grey levels with their letters.
    pub grey: Image<u8>,
}

/// Everything a report is made from.
#[derive(Clone, Copy)]
pub struct Material<'a> {
    /// The record.
    pub session: &'a Session,
    /// The state it ended in.
    pub state: &'a State,
    /// Its score, with the reference run beside it where one was made.
    pub score: &'a Score,
    /// What the body did.
    pub curves: &'a Curves,
    /// Pictures; those that tell most are chosen.
    pub frames: &'a [KeyFrame],
    /// The plan it followed.
    pub plan: &'a Plan,
    /// The person's chart and what an assessment of it says.
    pub chart: Option<(&'a Chart, &'a Assessment)>,
    /// Where the same injection would have gone with other properties of tissue and another sensitivity of nerve.
    pub draws: &'a [Spread],
}

/// The report as a document.
#[must_use]
pub fn document(material: &Material<'_>) -> Document {
    let setup = &material.session.header.setup;
    let mut blocks = vec![
        heading(1, "Rehearsal of a lumbar sympathetic block"),
        paragraph(format!("{}, {} side, {}", setup.person.name, setup.side, setup.level)),
        Block::Paragraph(Text::default().then(NOTICE, rami_pdf::Style::Strong)),
    ];
    blocks.extend(before::read_first(material));
    blocks.extend(mark::verdict(material));
    blocks.extend(before::person(material));
    blocks.extend(before::assessment(material));
    blocks.extend(before::plan(material));
    blocks.extend(course::minutes(material));
    blocks.extend(course::doses(material));
    blocks.extend(after::spread(material));
    blocks.extend(after::temperature(material));
    blocks.extend(after::plasma(material));
    blocks.extend(after::pain(material));
    blocks.extend(course::complications(material));
    blocks.extend(mark::points(material));
    blocks.extend(mark::measures(material));
    blocks.extend(modelled::modelled(material));
    blocks.extend(modelled::operator(material));
    blocks.extend(modelled::times(material));
    blocks.extend(modelled::provenance(material));
    Document {
        language: "en".to_owned(),
        title: format!("Rehearsal of a lumbar sympathetic block: {}", setup.person.name),
        subject: format!("A simulated block at {} on the {} side, minute by minute", setup.level, setup.side),
        footer: NOTICE.to_owned(),
        blocks,
    }
}

/// The report as one HTML page without script and without anything from a network.
#[must_use]
pub fn html(material: &Material<'_>) -> String {
    page::page(&document(material))
}

/// The report as tagged PDF.
///
/// # Errors
/// [`PdfError`] for a picture that cannot be drawn.
pub fn pdf(material: &Material<'_>) -> Result<Vec<u8>, PdfError> {
    rami_pdf::write(&document(material))
}

fn heading(level: u8, text: impl Into<String>) -> Block {
    Block::Heading { level, text: text.into() }
}

fn paragraph(text: impl Into<String>) -> Block {
    Block::Paragraph(Text::from(text.into()))
}

fn bullets<S: Into<String>>(items: impl IntoIterator<Item = S>) -> Block {
    Block::List { ordered: false, items: items.into_iter().map(|item| Text::from(item.into())).collect() }
}

fn table(caption: &str, head: &[&str], widths: &[f64], rows: Vec<Vec<String>>) -> Block {
    Block::Table(Table {
        caption: caption.to_owned(),
        head: head.iter().map(|text| (*text).to_owned()).collect(),
        widths: widths.to_vec(),
        rows: rows
            .into_iter()
            .map(|row| {
                row.into_iter().map(|cell| Cell::Lines(cell.lines().map(str::to_owned).collect())).collect()
            })
            .collect(),
    })
}
