//! What moves in the beam while the anatomy stands still: needles, contrast medium, gas, markers, a hand.

use crate::{Image, View};
use std::ops::Range;

/// A material that comes on top of the anatomy, and the unit its path is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    /// Stainless steel, mm.
    Steel,
    /// Iodine, mm · g/cm³: 10 mm of 200 mg/ml is 2.
    Iodine,
    /// Lead, mm.
    Lead,
    /// Water and everything like it, mm; gas that takes the place of tissue is negative.
    Water,
    /// Cortical bone, mm (a hand's).
    Bone,
}

const LAYERS: usize = 5;

/// Paths through moving things for every pixel, only as large as what is in the beam.
#[derive(Debug, Clone)]
pub struct Overlay {
    rows: usize,
    columns: usize,
    layers: [Option<Image<f32>>; LAYERS],
    /// Columns of each row that hold anything.
    touched: Vec<Range<usize>>,
}

impl Overlay {
    /// Nothing in the beam of this view.
    #[must_use]
    pub fn new(view: &View) -> Self {
        let (rows, columns) = (view.detector().rows, view.detector().columns);
        Self { rows, columns, layers: [const { None }; LAYERS], touched: vec![0..0; rows] }
    }

    /// Adds a path to a pixel; pixels outside and values that are no number are left out.
    pub fn add(&mut self, layer: Layer, row: usize, column: usize, path: f32) {
        if row >= self.rows || column >= self.columns || path == 0.0 || !path.is_finite() {
            return;
        }
        let (rows, columns) = (self.rows, self.columns);
        let image = self.layers[layer as usize].get_or_insert_with(|| Image::filled(rows, columns, 0.0));
        image.data_mut()[row * columns + column] += path;
        let touched = &mut self.touched[row];
        if touched.start == touched.end {
            *touched = column..column + 1;
        } else {
            touched.start = touched.start.min(column);
            touched.end = touched.end.max(column + 1);
        }
    }

    /// Adds paths to neighbouring pixels of a row; a run that does not fit is left out.
    pub(crate) fn add_run(&mut self, layer: Layer, row: usize, first: usize, paths: &[f32]) {
        if row >= self.rows || first + paths.len() > self.columns {
            return;
        }
        let Some(start) = paths.iter().position(|v| *v != 0.0) else { return };
        let end = paths.iter().rposition(|v| *v != 0.0).map_or(start, |last| last + 1);
        let (rows, columns) = (self.rows, self.columns);
        let image = self.layers[layer as usize].get_or_insert_with(|| Image::filled(rows, columns, 0.0));
        let at = row * columns + first;
        let pixels = image.data_mut()[at + start..at + end].iter_mut();
        pixels.zip(&paths[start..end]).for_each(|(pixel, path)| *pixel += path);
        let (start, end) = (first + start, first + end);
        let touched = &mut self.touched[row];
        *touched = if touched.start == touched.end {
            start..end
        } else {
            touched.start.min(start)..touched.end.max(end)
        };
    }

    /// Adds an image of paths; one of another size is left out.
    pub fn add_image(&mut self, layer: Layer, image: &Image<f32>) {
        if image.rows() != self.rows || image.columns() != self.columns {
            return;
        }
        for row in 0..self.rows {
            let values = image.row(row);
            let Some(first) = values.iter().position(|v| *v != 0.0) else { continue };
            let last = values.iter().rposition(|v| *v != 0.0).unwrap_or(first);
            for column in first..=last {
                self.add(layer, row, column, values[column]);
            }
        }
    }

    /// Adds all of another overlay of the same view.
    pub fn merge(&mut self, other: &Self) {
        if self.rows != other.rows || self.columns != other.columns {
            return;
        }
        if self.is_empty() {
            self.clone_from(other);
            return;
        }
        for (row, theirs) in other.touched.iter().enumerate().filter(|(_, t)| !t.is_empty()) {
            for (mine, image) in self.layers.iter_mut().zip(&other.layers) {
                let Some(image) = image else { continue };
                let mine = mine.get_or_insert_with(|| Image::filled(self.rows, self.columns, 0.0));
                let at = row * self.columns + theirs.start..row * self.columns + theirs.end;
                mine.data_mut()[at.clone()].iter_mut().zip(&image.data()[at]).for_each(|(m, o)| *m += o);
            }
            let mine = &mut self.touched[row];
            *mine = if mine.start == mine.end {
                theirs.clone()
            } else {
                mine.start.min(theirs.start)..mine.end.max(theirs.end)
            };
        }
    }

    /// Whether anything is in the beam.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.layers.iter().all(Option::is_none)
    }

    /// The path of a pixel.
    #[must_use]
    pub fn path(&self, layer: Layer, row: usize, column: usize) -> f32 {
        self.layers[layer as usize].as_ref().and_then(|image| image.get(row, column)).unwrap_or(0.0)
    }

    /// Columns of a row between which everything lies.
    pub(super) fn touched(&self, row: usize) -> Range<usize> {
        self.touched.get(row).cloned().unwrap_or(0..0)
    }

    /// Paths of neighbouring pixels, in the order of [`Layer`].
    pub(super) fn layers(&self, at: Range<usize>) -> [Option<&[f32]>; LAYERS] {
        std::array::from_fn(|l| self.layers[l].as_ref().map(|image| &image.data()[at.clone()]))
    }

    pub(super) fn fits(&self, view: &View) -> bool {
        self.rows == view.detector().rows && self.columns == view.detector().columns
    }
}
