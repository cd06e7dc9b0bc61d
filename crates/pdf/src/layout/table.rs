//! Tables: a header that comes again on every page, and rows that are cut between lines only where one is higher than a
//! page.

use super::{CAPTION, Layout, Place, USABLE};
use crate::document::{Cell, Style, Table, Text};
use crate::drawing::{Outline, Shape};
use crate::font::LEADING;
use crate::strip::{Mark, MarkKind, Strip};
use pdf_writer::types::{StructRole, TableHeaderScope};

const PAD: f64 = 4.0;
const RULE: f64 = 0.6;
/// A box to write a number in: width and height.
const BOX: (f64, f64) = (44.0, 18.0);

/// Edges of the columns.
fn edges(table: &Table, place: Place) -> Vec<f64> {
    let count = table.head.len().max(1);
    let shares: Vec<f64> = if table.widths.len() == count { table.widths.clone() } else { vec![1.0; count] };
    let whole: f64 = shares.iter().sum();
    let mut x = place.x;
    let mut edges = vec![x];
    for share in shares {
        x += place.width * share / whole;
        edges.push(x);
    }
    edges
}

impl Layout<'_> {
    pub(super) fn table(&mut self, table: &Table, place: Place) {
        let tag = self.laid.tags.add(StructRole::Table, place.parent);
        let caption = self.laid.tags.add(StructRole::Caption, tag);
        let bold = Text::default().then(table.caption.as_str(), Style::Strong);
        let mut strips = self.text(&bold, CAPTION, place, caption);
        strips.iter_mut().for_each(|strip| strip.keep = true);
        self.push(strips, 8.0);
        let edges = edges(table, place);

        let group = self.laid.tags.add(StructRole::THead, tag);
        let row = self.laid.tags.add(StructRole::TR, group);
        let head: Vec<Cell> = table.head.iter().map(Cell::line).collect();
        let mut header = self.row(&head, &edges, row, true);
        for strip in &mut header {
            strip.keep = true;
        }
        let header_index = self.laid.headers.len();
        // The same again, for further pages, belonging to nothing: it has been read already.
        let mut again = self.row(&head, &edges, row, true);
        if let Some(mut first) = again.drain(..1).next() {
            first.marks.iter_mut().for_each(|mark| mark.tag = None);
            self.laid.headers.push(first);
        }
        self.forget_last_cells(row, head.len());
        self.push(header, 3.0);

        let body = self.laid.tags.add(StructRole::TBody, tag);
        for cells in &table.rows {
            let row = self.laid.tags.add(StructRole::TR, body);
            let mut strips = self.row(cells, &edges, row, false);
            strips.iter_mut().for_each(|strip| strip.header = Some(header_index));
            self.push(strips, 0.0);
        }
    }

    /// Takes back the elements that the second header made.
    fn forget_last_cells(&mut self, row: usize, count: usize) {
        let tags = &mut self.laid.tags.0;
        tags.truncate(tags.len() - count);
        let kids = &mut tags[row].kids;
        kids.truncate(kids.len() - count);
    }

    /// One row as strips: one, or several when it is higher than a page.
    fn row(&mut self, cells: &[Cell], edges: &[f64], row: usize, is_head: bool) -> Vec<Strip> {
        let line_height = CAPTION * LEADING;
        let mut columns: Vec<Vec<Strip>> = Vec::new();
        for (i, cell) in cells.iter().enumerate() {
            let is_header = is_head || i == 0;
            let role = if is_header { StructRole::TH } else { StructRole::TD };
            let tag = self.laid.tags.add(role, row);
            if is_header {
                let scope = if is_head { TableHeaderScope::Column } else { TableHeaderScope::Row };
                self.laid.tags.0[tag].scope = Some(scope);
            }
            let width = edges[i + 1] - edges[i] - 2.0 * PAD;
            let place = Place { x: edges[i] + PAD, width, parent: tag };
            columns.push(self.cell(cell, place, tag, is_head));
        }
        let most = columns.iter().map(Vec::len).max().unwrap_or(0);
        let per_page = ((USABLE / 2.0) / line_height) as usize;
        let mut strips = Vec::new();
        for first in (0..most).step_by(per_page) {
            let chunk = |column: &mut Vec<Strip>| -> Vec<Strip> {
                let rest = column.split_off(column.len().min(per_page));
                std::mem::replace(column, rest)
            };
            let (is_first, is_last) = (first == 0, first + per_page >= most);
            let mut strip = Strip::default();
            for column in &mut columns {
                let mut y = PAD;
                for mut line in chunk(column) {
                    line.shift(y);
                    y += line.height;
                    strip.marks.append(&mut line.marks);
                }
                strip.height = strip.height.max(y + PAD);
            }
            let (left, right) = (edges[0], edges[edges.len() - 1]);
            if is_first {
                strip.rule((left, 0.0), (right, 0.0), RULE);
            }
            let height = strip.height;
            if is_last {
                strip.rule((left, height), (right, height), if is_head { 1.5 } else { RULE });
            }
            for x in edges {
                strip.rule((*x, 0.0), (*x, height), RULE);
            }
            strips.push(strip);
        }
        strips
    }

    fn cell(&mut self, cell: &Cell, place: Place, tag: usize, is_head: bool) -> Vec<Strip> {
        match cell {
            Cell::Lines(lines) => lines
                .iter()
                .flat_map(|line| {
                    let style = if is_head { Style::Strong } else { Style::Plain };
                    // A space after a line, so that the next one does not run into it when it is read aloud.
                    self.text(&Text::default().then(format!("{line} "), style), CAPTION, place, tag)
                })
                .collect(),
            Cell::Number { label, .. } => {
                self.laid.tags.0[tag].alternative = Some(label.clone());
                let of = Outline::default().rectangle(0.0, 0.0, BOX.0, BOX.1);
                let shape = Shape::Copies { of, at: vec![(0.0, 0.0)], fill: None, line: RULE };
                let kind = MarkKind::Shape { x: place.x, y: 0.0, scale: 1.0, shape };
                let marks = vec![Mark { kind, tag: Some(tag) }];
                vec![Strip { height: BOX.1, marks, ..Strip::default() }]
            }
        }
    }
}
