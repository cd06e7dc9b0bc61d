//! The guide as a document for paper: the same sections, in black and white.

use super::guide::Guide;
use super::words::Words;
use crate::data::plain;
use rami_pdf::{Block, Document, Style, Text};

pub(super) fn document(guide: &Guide, words: &Words) -> Document {
    let mut blocks = vec![Block::Heading { level: 1, text: guide.title.clone() }];
    blocks.extend(guide.person.as_deref().map(|person| Block::Paragraph(plain(person).into())));
    let notice = Text::default().then(guide.notice.as_str(), Style::Strong);
    blocks.push(Block::Frame(vec![Block::Paragraph(notice)]));
    for section in &guide.sections {
        blocks.push(Block::Heading { level: 2, text: section.title.clone() });
        blocks.extend(section.blocks.iter().cloned());
    }
    Document {
        language: guide.language.into(),
        title: guide.title.clone(),
        subject: guide.notice.clone(),
        footer: words.text("footer").into(),
        blocks,
    }
}
