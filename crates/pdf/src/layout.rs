//! From blocks to strips: the column's typography.

mod figures;
mod table;

use crate::document::{Block, Document, Style, Text};
use crate::font::{BASELINE, Fonts, LEADING};
use crate::strip::{Mark, MarkKind, Strip};
use crate::tags::Tags;
use pdf_writer::types::{ListNumbering, StructRole};

/// Width of the column on an A4 page, points.
pub(crate) const COLUMN: f64 = 481.0;
/// Height that strips can use on a page, points.
pub(crate) const USABLE: f64 = 720.0;

const BODY: f64 = 11.0;
const CAPTION: f64 = 9.5;
const SMALL: f64 = 7.5;
const FRAME_INSET: f64 = 12.0;
/// Boxes to tick and bullets are letters, so that they are read aloud as such.
const TICK: &str = "☐ ";
const BULLET: &str = "• ";

/// A heading in the outline.
pub(crate) struct Entry {
    pub(crate) title: String,
}

/// Everything that layout makes.
pub(crate) struct Laid {
    pub(crate) strips: Vec<Strip>,
    /// Headers of tables, drawn again on further pages.
    pub(crate) headers: Vec<Strip>,
    pub(crate) tags: Tags,
    pub(crate) entries: Vec<Entry>,
}

/// Where in the column a block goes, and under which element.
#[derive(Clone, Copy)]
struct Place {
    x: f64,
    width: f64,
    parent: usize,
}

struct Layout<'a> {
    fonts: &'a Fonts,
    laid: Laid,
}

pub(crate) fn lay(document: &Document, fonts: &Fonts) -> Laid {
    let laid = Laid { strips: Vec::new(), headers: Vec::new(), tags: Tags::new(), entries: Vec::new() };
    let mut layout = Layout { fonts, laid };
    let place = Place { x: 0.0, width: COLUMN, parent: Tags::ROOT };
    document.blocks.iter().for_each(|block| layout.block(block, place));
    layout.laid
}

impl Layout<'_> {
    fn block(&mut self, block: &Block, place: Place) {
        match block {
            Block::Heading { level, text } => self.heading(*level, text, place),
            Block::Paragraph(text) => {
                let tag = self.laid.tags.add(StructRole::P, place.parent);
                let strips = self.text(text, BODY, place, tag);
                self.push(strips, 6.0);
            }
            Block::List { ordered, items } => self.list(*ordered, items, place),
            Block::Table(table) => self.table(table, place),
            Block::Figures(figures) => self.figures(figures, place),
            Block::Frame(blocks) => self.frame(blocks, place),
            Block::Choices { legend, options, .. } => self.choices(legend, options, place),
            Block::Space { label, lines, .. } => self.space(label, *lines, place),
            Block::SmallPrint { language, items } => self.small_print(language.as_deref(), items, place),
        }
    }

    /// Lines of text as strips; the first and the last two lines stay together.
    fn text(&self, text: &Text, size: f64, place: Place, tag: usize) -> Vec<Strip> {
        let lines = self.fonts.lines(text, size, place.width);
        let count = lines.len();
        lines
            .into_iter()
            .enumerate()
            .map(|(i, line)| {
                let mut strip = Strip { height: size * LEADING, ..Strip::default() };
                strip.keep = count > 1 && (i == 0 || i + 2 == count);
                let mut x = place.x;
                for run in line {
                    let width = size * run.width;
                    let kind = MarkKind::Text { x, baseline: size * BASELINE, size, run };
                    strip.marks.push(Mark { kind, tag: Some(tag) });
                    x += width;
                }
                strip
            })
            .collect()
    }

    /// Adds strips with space above the first.
    fn push(&mut self, mut strips: Vec<Strip>, before: f64) {
        if let Some(first) = strips.first_mut() {
            first.before = before;
        }
        self.laid.strips.append(&mut strips);
    }

    fn heading(&mut self, level: u8, text: &str, place: Place) {
        let (role, size, before) = match level {
            1 => (StructRole::H1, 20.0, 0.0),
            2 => (StructRole::H2, 14.5, 18.0),
            3 => (StructRole::H3, 11.5, 10.0),
            _ => (StructRole::H4, BODY, 8.0),
        };
        let tag = self.laid.tags.add(role, place.parent);
        let mut strips = self.text(&Text::default().then(text, Style::Strong), size, place, tag);
        strips.iter_mut().for_each(|strip| strip.keep = true);
        if level <= 2
            && let Some(first) = strips.first_mut()
        {
            first.entry = Some(self.laid.entries.len());
            self.laid.entries.push(Entry { title: text.into() });
        }
        if level == 2
            && let Some(first) = strips.first_mut()
        {
            first.shift(5.0);
            first.height += 5.0;
            first.rule((place.x, 0.0), (place.x + place.width, 0.0), 1.5);
        }
        self.push(strips, before);
    }

    fn list(&mut self, ordered: bool, items: &[Text], place: Place) {
        let list = self.laid.tags.add(StructRole::L, place.parent);
        self.laid.tags.0[list].numbering =
            Some(if ordered { ListNumbering::Decimal } else { ListNumbering::Disc });
        for (i, item) in items.iter().enumerate() {
            let label = if ordered { format!("{}. ", i + 1) } else { BULLET.into() };
            let entry = self.laid.tags.add(StructRole::LI, list);
            let label_tag = self.laid.tags.add(StructRole::Lbl, entry);
            let body_tag = self.laid.tags.add(StructRole::LBody, entry);
            let inset = if ordered { 22.0 } else { 14.0 };
            let body = Place { x: place.x + inset, width: place.width - inset, parent: entry };
            let mut strips = self.text(item, BODY, body, body_tag);
            let labels = self.text(&Text::from(label), BODY, place, label_tag);
            if let (Some(first), Some(label)) = (strips.first_mut(), labels.into_iter().next()) {
                first.marks.splice(0..0, label.marks);
            }
            self.push(strips, 3.0);
        }
    }

    /// Blocks inside a frame, together on one page where they fit on one.
    fn frame(&mut self, blocks: &[Block], place: Place) {
        let parent = self.laid.tags.add(StructRole::Div, place.parent);
        let outside = std::mem::take(&mut self.laid.strips);
        let inner = Place { x: place.x + FRAME_INSET, width: place.width - 2.0 * FRAME_INSET, parent };
        blocks.iter().for_each(|block| self.block(block, inner));
        let mut framed = std::mem::replace(&mut self.laid.strips, outside);
        let count = framed.len();
        let (left, right) = (place.x, place.x + place.width);
        for (i, strip) in framed.iter_mut().enumerate() {
            strip.swallow_space();
            if i == 0 {
                strip.shift(8.0);
                strip.height += 8.0;
            }
            if i + 1 == count {
                strip.height += 8.0;
            }
            let height = strip.height;
            for x in [left, left + 3.0, right - 3.0, right] {
                strip.rule((x, 0.0), (x, height), 0.8);
            }
            for (here, edge, inside) in [(i == 0, 0.0, 3.0), (i + 1 == count, height, height - 3.0)] {
                if here {
                    strip.rule((left, edge), (right, edge), 0.8);
                    strip.rule((left + 3.0, inside), (right - 3.0, inside), 0.8);
                }
            }
        }
        let fits = framed.iter().map(|strip| strip.height).sum::<f64>() < USABLE;
        for strip in framed.iter_mut().take(count.saturating_sub(1)) {
            strip.keep |= fits;
        }
        self.push(framed, 10.0);
    }

    fn choices(&mut self, legend: &str, options: &[(String, String)], place: Place) {
        let tag = self.laid.tags.add(StructRole::P, place.parent);
        let mut strips = self.text(&Text::default().then(legend, Style::Strong), BODY, place, tag);
        for (_, option) in options {
            let tag = self.laid.tags.add(StructRole::P, place.parent);
            let mut lines = self.text(&Text::from(format!("{TICK}{option}")), BODY + 1.0, place, tag);
            if let Some(first) = lines.first_mut() {
                first.before = 3.0;
            }
            strips.append(&mut lines);
        }
        let count = strips.len();
        strips.iter_mut().take(count.saturating_sub(1)).for_each(|strip| strip.keep = true);
        self.push(strips, 10.0);
    }

    fn space(&mut self, label: &str, lines: u8, place: Place) {
        let tag = self.laid.tags.add(StructRole::P, place.parent);
        let mut strips = self.text(&Text::from(label), BODY, place, tag);
        strips.iter_mut().for_each(|strip| strip.keep = true);
        for i in 0..lines {
            let mut line = Strip { height: 24.0, keep: i + 1 < lines, ..Strip::default() };
            line.rule((place.x, 23.0), (place.x + place.width, 23.0), 0.5);
            strips.push(line);
        }
        self.push(strips, 8.0);
    }

    fn small_print(&mut self, language: Option<&str>, items: &[Text], place: Place) {
        let list = self.laid.tags.add(StructRole::L, place.parent);
        self.laid.tags.0[list].language = language.map(String::from);
        for item in items {
            let entry = self.laid.tags.add(StructRole::LI, list);
            let tag = self.laid.tags.add(StructRole::LBody, entry);
            let strips = self.text(item, SMALL, place, tag);
            self.push(strips, 2.0);
        }
    }
}
