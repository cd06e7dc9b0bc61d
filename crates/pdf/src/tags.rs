//! The structure of a document as a tree of tagged elements, beside the drawing of its pages.

use pdf_writer::types::{ListNumbering, StructRole, TableHeaderScope};

/// An element of the tree.
pub(crate) struct Element {
    pub(crate) role: StructRole,
    pub(crate) parent: usize,
    pub(crate) kids: Vec<Kid>,
    /// What someone is told who cannot see it.
    pub(crate) alternative: Option<String>,
    /// Language, where it is not the document's.
    pub(crate) language: Option<String>,
    pub(crate) scope: Option<TableHeaderScope>,
    pub(crate) numbering: Option<ListNumbering>,
}

/// What an element holds.
pub(crate) enum Kid {
    Element(usize),
    /// Marked content of a page.
    Content {
        page: usize,
        mark: i32,
    },
}

/// All elements; the first is the document.
pub(crate) struct Tags(pub(crate) Vec<Element>);

impl Tags {
    pub(crate) const ROOT: usize = 0;

    pub(crate) fn new() -> Self {
        Self(vec![Element::new(StructRole::Document, Self::ROOT)])
    }

    /// A new element under `parent`.
    pub(crate) fn add(&mut self, role: StructRole, parent: usize) -> usize {
        let index = self.0.len();
        self.0.push(Element::new(role, parent));
        self.0[parent].kids.push(Kid::Element(index));
        index
    }
}

impl Element {
    fn new(role: StructRole, parent: usize) -> Self {
        Self {
            role,
            parent,
            kids: Vec::new(),
            alternative: None,
            language: None,
            scope: None,
            numbering: None,
        }
    }
}
