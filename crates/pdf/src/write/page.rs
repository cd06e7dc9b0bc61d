//! Drawing strips on a page. The page's own y runs up from its lower edge.

use super::picture;
use crate::drawing::{Ink, Outline, Pixels, Shape, Step};
use crate::font::{Fonts, Run};
use crate::layout::COLUMN;
use crate::strip::{Mark, MarkKind, Strip};
use crate::tags::{Kid, Tags};
use pdf_writer::types::ColorSpaceOperand;
use pdf_writer::{Content, Name, Str, TextStr};

/// A4 in points.
pub(super) const WIDTH: f64 = 595.28;
/// A4 in points.
pub(super) const HEIGHT: f64 = 841.89;
/// Left margin.
const LEFT: f64 = (WIDTH - COLUMN) / 2.0;
/// Upper margin.
const TOP: f64 = 54.0;
/// Where the foot of the page is written.
const FOOT: f64 = 34.0;
const FOOT_SIZE: f64 = 8.0;

/// A page while it is drawn.
pub(super) struct Page {
    content: Content,
    /// Element of each marked content, by its number.
    marks: Vec<usize>,
    /// What is open: nothing, decoration, or an element.
    open: Open,
    /// Pictures that the page shows, by their number in the file.
    pub(super) shows: Vec<usize>,
}

#[derive(Clone, Copy, PartialEq)]
enum Open {
    Nothing,
    Decoration,
    Element(usize),
}

/// A page that is done.
pub(super) struct Done {
    pub(super) content: Vec<u8>,
    pub(super) marks: Vec<usize>,
    pub(super) shows: Vec<usize>,
}

/// All pages.
#[derive(Default)]
pub(super) struct Pages {
    pub(super) done: Vec<Done>,
    pub(super) pictures: Vec<Pixels>,
    /// Entries of the outline: which, on which page, how far down.
    pub(super) places: Vec<(usize, usize, f64)>,
}

/// Height on the page of what is `y` down the column.
pub(super) fn up(y: f64) -> f64 {
    HEIGHT - TOP - y
}

impl Pages {
    /// Writes the foot of a page and puts it to the others.
    pub(super) fn close(&mut self, mut page: Page, fonts: &Fonts, footer: &str) {
        page.enter(None, None, 0);
        let number = (self.done.len() + 1).to_string();
        let at_right = LEFT + COLUMN - FOOT_SIZE * fonts.width(&number, false);
        for (text, x) in [(footer, LEFT), (number.as_str(), at_right)] {
            page.show(text, false, FOOT_SIZE, x, FOOT, fonts);
        }
        page.leave();
        self.done.push(Done {
            content: page.content.finish().into_vec(),
            marks: page.marks,
            shows: page.shows,
        });
    }
}

impl Page {
    pub(super) fn new() -> Self {
        Self { content: Content::new(), marks: Vec::new(), open: Open::Nothing, shows: Vec::new() }
    }

    /// Draws a strip whose top is `y` down the column of page number `number`.
    pub(super) fn draw(
        &mut self,
        strip: &Strip,
        y: f64,
        fonts: &Fonts,
        tags: &mut Tags,
        pictures: &mut Vec<Pixels>,
        number: usize,
    ) {
        for Mark { kind, tag } in &strip.marks {
            let strange = match kind {
                MarkKind::Text { run, .. } if fonts.lacks(&run.text) => Some(run.text.as_str()),
                _ => None,
            };
            self.enter(tag.map(|tag| (tag, &mut *tags)), strange, number);
            match kind {
                MarkKind::Text { x, baseline, size, run: Run { text, bold, .. } } => {
                    self.show(text, *bold, *size, LEFT + x, up(y + baseline), fonts);
                }
                MarkKind::Rule { from, to, width } => {
                    self.content
                        .set_line_width(*width as f32)
                        .move_to((LEFT + from.0) as f32, up(y + from.1) as f32)
                        .line_to((LEFT + to.0) as f32, up(y + to.1) as f32)
                        .stroke();
                }
                MarkKind::Shape { x, y: top, scale, shape } => {
                    if let Some(pixels) = picture(kind) {
                        self.shows.push(pictures.len());
                        pictures.push(pixels.clone());
                    }
                    // The drawing's y runs down.
                    let matrix = [*scale, 0.0, 0.0, -scale, LEFT + x, up(y + top)].map(|v| v as f32);
                    self.content.save_state().transform(matrix);
                    self.shape(shape, fonts, pictures.len());
                    self.content.restore_state();
                }
            }
            if strange.is_some() {
                self.leave();
            }
        }
        self.leave();
    }

    /// Opens marked content for an element, or for decoration; `strange` is what to read instead of what is drawn.
    fn enter(&mut self, tag: Option<(usize, &mut Tags)>, strange: Option<&str>, number: usize) {
        let wanted = tag.as_ref().map_or(Open::Decoration, |(tag, _)| Open::Element(*tag));
        if self.open == wanted && strange.is_none() {
            return;
        }
        self.leave();
        match tag {
            None => {
                self.content.begin_marked_content(Name(b"Artifact"));
            }
            Some((element, tags)) => {
                let mark = self.marks.len() as i32;
                self.marks.push(element);
                tags.0[element].kids.push(Kid::Content { page: number, mark });
                let mut marked = self.content.begin_marked_content_with_properties(Name(b"Span"));
                let mut properties = marked.properties();
                properties.identify(mark);
                if let Some(text) = strange {
                    properties.actual_text(TextStr(text));
                }
            }
        }
        self.open = wanted;
    }

    fn leave(&mut self) {
        if self.open != Open::Nothing {
            self.content.end_marked_content();
            self.open = Open::Nothing;
        }
    }

    /// Shows a line of text, its left end and baseline at (x, y) on the page.
    fn show(&mut self, text: &str, bold: bool, size: f64, x: f64, y: f64, fonts: &Fonts) {
        self.glyphs(text, bold, size, [1.0, 0.0, 0.0, 1.0, x as f32, y as f32], fonts);
    }

    fn glyphs(&mut self, text: &str, bold: bool, size: f64, matrix: [f32; 6], fonts: &Fonts) {
        let bytes: Vec<u8> = text.chars().flat_map(|c| fonts.glyph(c, bold).to_be_bytes()).collect();
        let font: &[u8] = if bold { b"B" } else { b"R" };
        self.content
            .begin_text()
            .set_font(Name(font), size as f32)
            .set_text_matrix(matrix)
            .show(Str(&bytes))
            .end_text();
    }

    fn shape(&mut self, shape: &Shape, fonts: &Fonts, pictures: usize) {
        match shape {
            Shape::Copies { of, at, fill, line } => {
                match fill {
                    Some(Ink::Grey(grey)) => {
                        self.content.set_fill_gray(*grey as f32);
                    }
                    Some(Ink::Stripes) => {
                        self.content
                            .set_fill_color_space(ColorSpaceOperand::Pattern)
                            .set_fill_pattern([], Name(b"Stripes"));
                    }
                    None => {}
                }
                self.content.set_line_width(*line as f32);
                for (x, y) in at {
                    self.outline(of, *x, *y);
                    match (fill.is_some(), *line > 0.0) {
                        (true, true) => self.content.fill_nonzero_and_stroke(),
                        (true, false) => self.content.fill_nonzero(),
                        (false, true) => self.content.stroke(),
                        (false, false) => self.content.end_path(),
                    };
                }
            }
            // Letters stand upright although the drawing's y runs down.
            Shape::Label { x, y, size, text } => {
                self.glyphs(text, false, *size, [1.0, 0.0, 0.0, -1.0, *x as f32, *y as f32], fonts);
            }
            Shape::Picture { x, y, width, height, .. } => {
                let matrix = [*width, 0.0, 0.0, -height, *x, y + height].map(|v| v as f32);
                let name = picture_name(pictures - 1);
                self.content.transform(matrix).x_object(Name(name.as_bytes()));
            }
        }
    }

    fn outline(&mut self, outline: &Outline, x: f64, y: f64) {
        let at = |px: f64, py: f64| ((x + px) as f32, (y + py) as f32);
        for step in &outline.0 {
            match *step {
                Step::Move(px, py) => {
                    let (px, py) = at(px, py);
                    self.content.move_to(px, py);
                }
                Step::Line(px, py) => {
                    let (px, py) = at(px, py);
                    self.content.line_to(px, py);
                }
                Step::Curve([ax, ay, bx, by, cx, cy]) => {
                    let ((ax, ay), (bx, by), (cx, cy)) = (at(ax, ay), at(bx, by), at(cx, cy));
                    self.content.cubic_to(ax, ay, bx, by, cx, cy);
                }
                Step::Close => {
                    self.content.close_path();
                }
            }
        }
    }
}

/// Name of a picture in the resources of its page.
pub(super) fn picture_name(index: usize) -> String {
    format!("Picture{index}")
}
