//! Strips: what layout makes of blocks, and what pages are filled with. A strip is as high as it is and is never cut;
//! lengths are points, x from the left of the column and y down from the top of the strip.

use crate::drawing::Shape;
use crate::font::Run;

/// A piece of a column that stays whole.
#[derive(Default)]
pub(crate) struct Strip {
    pub(crate) height: f64,
    /// Space above it, left out at the top of a page.
    pub(crate) before: f64,
    /// Whether it must be on the page of the strip that follows it.
    pub(crate) keep: bool,
    pub(crate) marks: Vec<Mark>,
    /// Header that is drawn again where a page begins with this strip.
    pub(crate) header: Option<usize>,
    /// Entry of the outline that begins here.
    pub(crate) entry: Option<usize>,
}

/// Something drawn in a strip.
pub(crate) struct Mark {
    pub(crate) kind: MarkKind,
    /// Element of the structure it belongs to; nothing for what only decorates.
    pub(crate) tag: Option<usize>,
}

pub(crate) enum MarkKind {
    Text { x: f64, baseline: f64, size: f64, run: Run },
    Shape { x: f64, y: f64, scale: f64, shape: Shape },
    Rule { from: (f64, f64), to: (f64, f64), width: f64 },
}

impl Strip {
    pub(crate) fn rule(&mut self, from: (f64, f64), to: (f64, f64), width: f64) {
        self.marks.push(Mark { kind: MarkKind::Rule { from, to, width }, tag: None });
    }

    /// Moves everything in it down.
    pub(crate) fn shift(&mut self, down: f64) {
        for mark in &mut self.marks {
            match &mut mark.kind {
                MarkKind::Text { baseline, .. } => *baseline += down,
                MarkKind::Shape { y, .. } => *y += down,
                MarkKind::Rule { from, to, .. } => {
                    from.1 += down;
                    to.1 += down;
                }
            }
        }
    }

    /// Makes the space above it part of it.
    pub(crate) fn swallow_space(&mut self) {
        let before = std::mem::take(&mut self.before);
        self.shift(before);
        self.height += before;
    }
}
