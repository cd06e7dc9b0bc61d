//! Documents on paper.
//!
//! - [`document`]: what a document is made of, whoever shows it: headings, paragraphs, lists, tables, figures, space to
//!   write in. The decision aid's HTML is made from the same model.
//! - [`drawing`]: line drawings in black, white, grey and stripes, and pictures of pixels.
//! - [`write`]: A4 pages as tagged PDF 1.7 with embedded fonts: structure tree, alternative texts, language, outline.
//!
//! Nothing here knows what a document says. The same document gives the same bytes.
//!
//! Limits: left-to-right writing in Latin, Greek and Cyrillic letters; a letter that the font lacks is drawn as a box and
//! told to a screen reader as it is. No hyphenation, no justification. The file says that it follows PDF/UA-1; poppler's
//! view of its structure is tested, veraPDF has not been run.

#![warn(missing_docs)]

pub mod document;
pub mod drawing;
mod font;
mod layout;
mod strip;
mod tags;
mod write;

pub use document::{Block, Cell, Document, Figure, Span, Style, Table, Text};
pub use drawing::{Drawing, Ink, Outline, Pixels, Shape};
pub use write::{PdfError, write};
