//! From strips to pages, and from pages to a file.

mod file;
mod page;

use crate::document::Document;
use crate::drawing::Shape;
use crate::font::Fonts;
use crate::layout::{Laid, USABLE, lay};
use crate::strip::MarkKind;
use page::{Page, Pages};

/// A document that cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum PdfError {
    /// The compiled-in fonts are damaged.
    #[error("the fonts of the program cannot be read")]
    Fonts,
    /// A picture has not as many bytes as its size asks for.
    #[error("a picture of {columns} × {rows} pixels has {bytes} bytes; it needs one or three for each pixel")]
    Picture {
        /// Pixels in a row.
        columns: u32,
        /// Rows.
        rows: u32,
        /// Bytes that were given.
        bytes: usize,
    },
    /// A drawing without a width or a height, or with one that is not a number.
    #[error("the drawing {id:?} has no size: {width} by {height} points")]
    Size {
        /// Name of the figure.
        id: String,
        /// Width.
        width: f64,
        /// Height.
        height: f64,
    },
    /// Compressing failed.
    #[error("cannot compress a part of the file: {0}")]
    Compress(#[from] std::io::Error),
}

/// Writes a document as PDF.
///
/// # Errors
/// [`PdfError`] for a drawing or a picture that cannot be drawn.
pub fn write(document: &Document) -> Result<Vec<u8>, PdfError> {
    check(document)?;
    let fonts = Fonts::load().ok_or(PdfError::Fonts)?;
    let mut laid = lay(document, &fonts);
    let pages = paginate(&mut laid, &fonts, &document.footer);
    file::assemble(document, &laid, pages, &fonts)
}

fn check(document: &Document) -> Result<(), PdfError> {
    use crate::document::Block;
    fn figures(blocks: &[Block]) -> Vec<&crate::document::Figure> {
        blocks
            .iter()
            .flat_map(|block| match block {
                Block::Figures(figures) => figures.iter().collect(),
                Block::Frame(blocks) => figures(blocks),
                _ => Vec::new(),
            })
            .collect()
    }
    for figure in figures(&document.blocks) {
        let (width, height) = (figure.drawing.width, figure.drawing.height);
        if !(width > 0.0 && width.is_finite() && height > 0.0 && height.is_finite()) {
            return Err(PdfError::Size { id: figure.id.clone(), width, height });
        }
        for shape in &figure.drawing.shapes {
            if let Shape::Picture { pixels, .. } = shape
                && !pixels.is_whole()
            {
                let bytes = pixels.bytes.len();
                return Err(PdfError::Picture { columns: pixels.columns, rows: pixels.rows, bytes });
            }
        }
    }
    Ok(())
}

/// Fills pages with strips: what must stay together goes to the next page together, where it fits on one.
fn paginate(laid: &mut Laid, fonts: &Fonts, footer: &str) -> Pages {
    let mut pages = Pages::default();
    let mut page = Page::new();
    let mut y = 0.0;
    let mut next = 0;
    while next < laid.strips.len() {
        let end = next + 1 + laid.strips[next..].iter().take_while(|strip| strip.keep).count();
        let end = end.min(laid.strips.len());
        let group: f64 = laid.strips[next..end].iter().map(|strip| strip.before + strip.height).sum();
        // A group that no page can hold flows on strip by strip.
        let end = if group > USABLE { next + 1 } else { end };
        let needed: f64 = laid.strips[next..end].iter().map(|strip| strip.before + strip.height).sum();
        if y > 0.0 && y + needed > USABLE {
            pages.close(page, fonts, footer);
            page = Page::new();
            y = 0.0;
            if let Some(header) = laid.strips[next].header.and_then(|index| laid.headers.get(index)) {
                page.draw(header, y, fonts, &mut laid.tags, &mut pages.pictures, pages.done.len());
                y += header.height;
            }
        }
        for index in next..end {
            let strip = &laid.strips[index];
            if y > 0.0 {
                y += strip.before;
            }
            if let Some(entry) = strip.entry {
                pages.places.push((entry, pages.done.len(), y));
            }
            page.draw(strip, y, fonts, &mut laid.tags, &mut pages.pictures, pages.done.len());
            y += strip.height;
        }
        next = end;
    }
    pages.close(page, fonts, footer);
    pages
}

/// True for a mark that is a picture, which the file keeps apart from the page.
fn picture(kind: &MarkKind) -> Option<&crate::drawing::Pixels> {
    match kind {
        MarkKind::Shape { shape: Shape::Picture { pixels, .. }, .. } => Some(pixels),
        _ => None,
    }
}
