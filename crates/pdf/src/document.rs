//! What a document is made of.

use crate::drawing::Drawing;

/// A document: what it says of itself, and its blocks in reading order.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Language of the text as a tag: `en`, `es`.
    pub language: String,
    /// Title, for the window and the library.
    pub title: String,
    /// What it is about, in one sentence.
    pub subject: String,
    /// Line at the foot of every page, beside the page number.
    pub footer: String,
    /// The text.
    pub blocks: Vec<Block>,
}

/// A part of a document.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// A heading; level 1 is the document's own.
    Heading {
        /// 1 to 4.
        level: u8,
        /// What it says.
        text: String,
    },
    /// A paragraph.
    Paragraph(Text),
    /// A list.
    List {
        /// Whether the order counts: then items have numbers.
        ordered: bool,
        /// Its items.
        items: Vec<Text>,
    },
    /// A table.
    Table(Table),
    /// Figures beside and below each other, as they fit.
    Figures(Vec<Figure>),
    /// Blocks in a frame, for what must not be missed.
    Frame(Vec<Block>),
    /// One of several to be ticked.
    Choices {
        /// A name for it, unique in the document.
        id: String,
        /// What is asked.
        legend: String,
        /// A value and a text each.
        options: Vec<(String, String)>,
    },
    /// Space to write in.
    Space {
        /// A name for it, unique in the document.
        id: String,
        /// What to write there.
        label: String,
        /// How many lines.
        lines: u8,
    },
    /// Small print: a list for those who look things up.
    SmallPrint {
        /// Language, where it is not the document's.
        language: Option<String>,
        /// Its items.
        items: Vec<Text>,
    },
}

/// A table. Every row has as many cells as `head`; the first cell of a row is its header.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// What it shows.
    pub caption: String,
    /// Headers of the columns.
    pub head: Vec<String>,
    /// Shares of the width; equal when empty.
    pub widths: Vec<f64>,
    /// Its rows.
    pub rows: Vec<Vec<Cell>>,
}

/// A cell of a table.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Lines of text.
    Lines(Vec<String>),
    /// A box to write a number in, from the first to the last; the text says what is asked.
    Number {
        /// A name for it, unique in the document.
        id: String,
        /// What is asked.
        label: String,
        /// Smallest.
        low: u32,
        /// Largest.
        high: u32,
    },
}

/// A drawing with its words.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// A name for it, unique in the document.
    pub id: String,
    /// What it shows.
    pub title: String,
    /// The drawing.
    pub drawing: Drawing,
    /// What someone is told who cannot see it.
    pub alternative: String,
    /// What it means.
    pub caption: Vec<String>,
}

/// Text in spans of one style each.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Text(pub Vec<Span>);

/// A piece of text in one style.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    /// What it says.
    pub text: String,
    /// How it is set.
    pub style: Style,
}

/// Styles of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// As it is.
    Plain,
    /// Bold: it matters more.
    Strong,
    /// A name in a program or a data file.
    Code,
    /// A source.
    Cite,
}

impl Text {
    /// Adds a span.
    #[must_use]
    pub fn then(mut self, text: impl Into<String>, style: Style) -> Self {
        self.0.push(Span { text: text.into(), style });
        self
    }

    /// Its words without styles.
    #[must_use]
    pub fn plain(&self) -> String {
        self.0.iter().map(|span| span.text.as_str()).collect()
    }
}

impl<S: Into<String>> From<S> for Text {
    fn from(text: S) -> Self {
        Self::default().then(text, Style::Plain)
    }
}

impl Cell {
    /// A cell of one line.
    #[must_use]
    pub fn line(text: impl Into<String>) -> Self {
        Self::Lines(vec![text.into()])
    }
}
