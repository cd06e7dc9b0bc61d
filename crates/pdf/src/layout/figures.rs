//! Figures: two beside each other where both are narrow, each with its title above and its words below.

use super::{BODY, CAPTION, Layout, Place};
use crate::document::{Figure, Style, Text};
use crate::drawing::Drawing;
use crate::strip::{Mark, MarkKind, Strip};
use pdf_writer::types::StructRole;

const GAP: f64 = 14.0;
const PAD: f64 = 8.0;
/// Highest that a drawing may be, so that its words fit on the same page.
const HIGHEST: f64 = 460.0;

impl Layout<'_> {
    pub(super) fn figures(&mut self, figures: &[Figure], place: Place) {
        let half = (place.width - GAP) / 2.0;
        let narrow = |figure: &Figure| figure.drawing.width <= half - 2.0 * PAD;
        let mut rest = figures;
        while let Some(first) = rest.first() {
            let pair = narrow(first) && rest.get(1).is_some_and(narrow);
            let (row, after) = rest.split_at(if pair { 2 } else { 1 });
            rest = after;
            let width = if figures.len() > 1 && narrow(first) { half } else { place.width };
            let mut strip = Strip::default();
            for (i, figure) in row.iter().enumerate() {
                let x = place.x + i as f64 * (half + GAP);
                self.figure(figure, Place { x, width, ..place }, &mut strip);
            }
            let height = strip.height;
            for i in 0..row.len() {
                let left = place.x + i as f64 * (half + GAP);
                let right = left + width;
                for (from, to) in [
                    ((left, 0.0), (right, 0.0)),
                    ((right, 0.0), (right, height)),
                    ((right, height), (left, height)),
                    ((left, height), (left, 0.0)),
                ] {
                    strip.rule(from, to, 0.6);
                }
            }
            self.push(vec![strip], 10.0);
        }
    }

    /// Adds one figure to a strip, which grows to hold it.
    fn figure(&mut self, figure: &Figure, place: Place, strip: &mut Strip) {
        let parent = self.laid.tags.add(StructRole::Div, place.parent);
        let inner = Place { x: place.x + PAD, width: place.width - 2.0 * PAD, parent };
        let mut y = PAD;
        let stack = |strip: &mut Strip, lines: Vec<Strip>, y: &mut f64| {
            for mut line in lines {
                line.shift(*y);
                *y += line.height;
                strip.marks.append(&mut line.marks);
            }
        };
        let title = self.laid.tags.add(StructRole::P, parent);
        let bold = Text::default().then(figure.title.as_str(), Style::Strong);
        stack(strip, self.text(&bold, BODY, inner, title), &mut y);
        y += 4.0;

        let tag = self.laid.tags.add(StructRole::Figure, parent);
        self.laid.tags.0[tag].alternative = Some(figure.alternative.clone());
        let Drawing { width, height, shapes } = &figure.drawing;
        let scale = (inner.width / width.max(1.0)).min(HIGHEST / height.max(1.0)).min(1.0);
        for shape in shapes {
            let kind = MarkKind::Shape { x: inner.x, y, scale, shape: shape.clone() };
            strip.marks.push(Mark { kind, tag: Some(tag) });
        }
        y += scale * height + 4.0;

        for line in &figure.caption {
            let tag = self.laid.tags.add(StructRole::P, parent);
            stack(strip, self.text(&Text::from(line.as_str()), CAPTION, inner, tag), &mut y);
            y += 2.0;
        }
        strip.height = strip.height.max(y + PAD);
    }
}
