//! Drawings: outlines filled with black, white, grey or stripes, letters, and pictures of pixels. Lengths are points
//! (1/72 inch); x runs to the right and y down from the upper left corner.

/// A drawing of a given size.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Drawing {
    /// Width in points.
    pub width: f64,
    /// Height in points.
    pub height: f64,
    /// What is drawn, the last on top.
    pub shapes: Vec<Shape>,
}

/// Something that is drawn.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// An outline, drawn at each of several places.
    Copies {
        /// The outline.
        of: Outline,
        /// Where its origin goes.
        at: Vec<(f64, f64)>,
        /// What it is filled with; nothing leaves it empty.
        fill: Option<Ink>,
        /// Width of its black line; 0 draws none.
        line: f64,
    },
    /// A line of text, from its left end at the baseline.
    Label {
        /// Left end.
        x: f64,
        /// Baseline.
        y: f64,
        /// Height of the letters.
        size: f64,
        /// What it says.
        text: String,
    },
    /// A picture, fitted to a rectangle.
    Picture {
        /// Left edge.
        x: f64,
        /// Upper edge.
        y: f64,
        /// Width.
        width: f64,
        /// Height.
        height: f64,
        /// Its pixels.
        pixels: Pixels,
    },
}

/// What fills an outline. Stripes tell apart in black and white what colours would in colour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Ink {
    /// Grey, 0 black to 1 white.
    Grey(f64),
    /// Black stripes on white.
    Stripes,
}

/// Pixels in rows from the top.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pixels {
    /// How many in a row.
    pub columns: u32,
    /// How many rows.
    pub rows: u32,
    /// One byte a pixel (grey) or three (red, green, blue).
    pub bytes: Vec<u8>,
}

/// An outline of straight lines and curves.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Outline(pub(crate) Vec<Step>);

/// A step along an outline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Step {
    Move(f64, f64),
    Line(f64, f64),
    Curve([f64; 6]),
    Close,
}

/// Where to put the handles of a curve that stands for a quarter of a circle, as a share of the radius: with
/// 4/3 (√2 − 1) its middle lies on the circle.
const QUARTER: f64 = 0.552_284_75;

impl Outline {
    /// Begins at a point.
    #[must_use]
    pub fn move_to(mut self, x: f64, y: f64) -> Self {
        self.0.push(Step::Move(x, y));
        self
    }

    /// A straight line to a point.
    #[must_use]
    pub fn line_to(mut self, x: f64, y: f64) -> Self {
        self.0.push(Step::Line(x, y));
        self
    }

    /// A cubic curve with two handles to a point.
    #[must_use]
    pub fn curve_to(mut self, points: [f64; 6]) -> Self {
        self.0.push(Step::Curve(points));
        self
    }

    /// Back to where it began.
    #[must_use]
    pub fn close(mut self) -> Self {
        self.0.push(Step::Close);
        self
    }

    /// Adds a rectangle.
    #[must_use]
    pub fn rectangle(self, x: f64, y: f64, width: f64, height: f64) -> Self {
        let (right, bottom) = (x + width, y + height);
        self.move_to(x, y).line_to(right, y).line_to(right, bottom).line_to(x, bottom).close()
    }

    /// Adds a circle.
    #[must_use]
    pub fn circle(self, x: f64, y: f64, r: f64) -> Self {
        let k = QUARTER * r;
        self.move_to(x + r, y)
            .curve_to([x + r, y + k, x + k, y + r, x, y + r])
            .curve_to([x - k, y + r, x - r, y + k, x - r, y])
            .curve_to([x - r, y - k, x - k, y - r, x, y - r])
            .curve_to([x + k, y - r, x + r, y - k, x + r, y])
            .close()
    }

    /// The outline as the `d` of an SVG path, its origin at (x, y).
    #[must_use]
    pub fn svg(&self, x: f64, y: f64) -> String {
        // A tenth of a point is finer than a screen shows.
        let number = |v: f64| {
            let rounded = (v * 10.0).round() / 10.0;
            format!("{}", if rounded == 0.0 { 0.0 } else { rounded })
        };
        let steps = self.0.iter().map(|step| match *step {
            Step::Move(px, py) => format!("M{} {}", number(x + px), number(y + py)),
            Step::Line(px, py) => format!("L{} {}", number(x + px), number(y + py)),
            Step::Curve(c) => {
                let points: Vec<String> =
                    c.chunks(2).map(|p| format!("{} {}", number(x + p[0]), number(y + p[1]))).collect();
                format!("C{}", points.join(" "))
            }
            Step::Close => "Z".into(),
        });
        steps.collect()
    }
}

impl Pixels {
    /// True when there are as many bytes as the size asks for, grey or coloured.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let pixels = self.columns as usize * self.rows as usize;
        pixels > 0 && (self.bytes.len() == pixels || self.bytes.len() == 3 * pixels)
    }

    /// True for one byte a pixel.
    #[must_use]
    pub fn is_grey(&self) -> bool {
        self.bytes.len() == self.columns as usize * self.rows as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_circle_of_curves_passes_through_its_diagonal() {
        // The middle of a cubic is (p0 + 3 p1 + 3 p2 + p3) / 8; on the circle it is at r/√2, here within 3e-4 r.
        let middle = (1.0 + 3.0 + 3.0 * QUARTER) / 8.0;
        assert!((middle - 0.5f64.sqrt()).abs() < 3e-4);
    }

    #[test]
    fn an_outline_moves_with_its_place() {
        let outline = Outline::default().rectangle(0.0, 0.0, 2.0, 1.0);
        assert_eq!(outline.svg(10.0, 5.0), "M10 5L12 5L12 6L10 6Z");
    }

    #[test]
    fn pixels_are_grey_or_coloured_or_not_whole() {
        let pixels = |bytes: usize| Pixels { columns: 2, rows: 2, bytes: vec![0; bytes] };
        assert!(pixels(4).is_grey() && pixels(4).is_whole());
        assert!(!pixels(12).is_grey() && pixels(12).is_whole());
        assert!(!pixels(5).is_whole());
    }
}
