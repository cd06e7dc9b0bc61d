//! Line charts as drawings in black and white: lines are told apart by dashes and by their names at their ends.

use rami_pdf::{Drawing, Ink, Outline, Shape};

const WIDTH: f64 = 470.0;
const HEIGHT: f64 = 190.0;
const LEFT: f64 = 40.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 20.0;
const BOTTOM: f64 = 32.0;
const SMALL: f64 = 8.0;

/// A line with its name.
pub(super) struct Line {
    pub(super) name: String,
    pub(super) points: Vec<(f64, f64)>,
    pub(super) dashed: bool,
    /// Single readings.
    pub(super) dots: Vec<(f64, f64)>,
}

/// A chart.
pub(super) struct Chart<'a> {
    pub(super) x_name: &'a str,
    pub(super) y_name: &'a str,
    pub(super) lines: Vec<Line>,
    /// Horizontal lines with their names.
    pub(super) levels: Vec<(f64, String)>,
    /// Upright lines with their names.
    pub(super) marks: Vec<(f64, String)>,
    /// Where y begins, if not a little below what is shown.
    pub(super) floor: Option<f64>,
}

/// From values to places on the drawing.
struct Scale {
    x: [f64; 2],
    y: [f64; 2],
}

impl Scale {
    fn at(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let u = (x - self.x[0]) / (self.x[1] - self.x[0]).max(1e-9);
        let v = (y - self.y[0]) / (self.y[1] - self.y[0]).max(1e-9);
        (LEFT + u * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - v * (HEIGHT - TOP - BOTTOM))
    }
}

impl Chart<'_> {
    fn scale(&self) -> Scale {
        let points = || self.lines.iter().flat_map(|line| line.points.iter().chain(&line.dots));
        let least = |pick: fn(&(f64, f64)) -> f64| points().map(pick).fold(f64::INFINITY, f64::min);
        let most = |pick: fn(&(f64, f64)) -> f64| points().map(pick).fold(f64::NEG_INFINITY, f64::max);
        let high = self.levels.iter().map(|level| level.0).fold(most(|p| p.1), f64::max);
        let low = least(|p| p.1);
        let span = (high - low).max(0.5);
        Scale {
            x: [least(|p| p.0), most(|p| p.0)],
            y: [self.floor.unwrap_or(low - 0.08 * span), high + 0.12 * span],
        }
    }

    /// The chart as a drawing.
    pub(super) fn drawing(&self) -> Drawing {
        let scale = self.scale();
        let mut shapes = Vec::new();
        let mut stroke = |from: (f64, f64), to: (f64, f64), width: f64| {
            shapes.push(path(Outline::default().move_to(from.0, from.1).line_to(to.0, to.1), width));
        };
        let mut labels: Vec<Shape> = Vec::new();
        let mut label = |x: f64, y: f64, text: String| {
            labels.push(Shape::Label { x, y, size: SMALL, text });
        };
        for i in 0..=4 {
            let share = f64::from(i) / 4.0;
            let y = scale.y[0] + share * (scale.y[1] - scale.y[0]);
            let (left, py) = scale.at((scale.x[0], y));
            stroke((left, py), (WIDTH - RIGHT, py), 0.2);
            label(2.0, py + 3.0, ticks(y));
            let x = scale.x[0] + share * (scale.x[1] - scale.x[0]);
            let (px, bottom) = scale.at((x, scale.y[0]));
            stroke((px, bottom), (px, bottom + 3.0), 0.5);
            label(px - 5.0, bottom + 12.0, format!("{x:.0}"));
        }
        label(LEFT, HEIGHT - 4.0, self.x_name.to_owned());
        label(2.0, 9.0, self.y_name.to_owned());
        for (at, name) in &self.levels {
            let (from, to) = (scale.at((scale.x[0], *at)), scale.at((scale.x[1], *at)));
            for (a, b) in dashes(&[from, to], 2.0, 2.0) {
                stroke(a, b, 0.8);
            }
            label(LEFT + 4.0, from.1 - 3.0, name.clone());
        }
        for (index, (at, name)) in self.marks.iter().enumerate() {
            let (x, bottom) = scale.at((*at, scale.y[0]));
            let top = TOP + 9.0 * (index % 4) as f64;
            stroke((x, bottom), (x, top), 0.4);
            label(x + 2.0, top + 6.0, name.clone());
        }
        for (index, line) in self.lines.iter().enumerate() {
            let places: Vec<(f64, f64)> = line.points.iter().map(|p| scale.at(*p)).collect();
            if line.dashed {
                for (a, b) in dashes(&places, 5.0, 3.0) {
                    stroke(a, b, 1.1);
                }
            } else {
                for pair in places.windows(2) {
                    stroke(pair[0], pair[1], 1.6);
                }
            }
            if let Some((x, y)) = places.last() {
                // Above its end, shifted so that it stays within the drawing.
                let above = if index % 2 == 0 { -5.0 } else { 11.0 };
                label((x - 4.3 * line.name.chars().count() as f64).max(LEFT), y + above, line.name.clone());
            }
        }
        for line in self.lines.iter().filter(|line| !line.dots.is_empty()) {
            let at = line.dots.iter().map(|p| scale.at(*p)).collect();
            let fill = Some(Ink::Grey(if line.dashed { 1.0 } else { 0.0 }));
            shapes.push(Shape::Copies { of: Outline::default().circle(0.0, 0.0, 2.0), at, fill, line: 0.6 });
        }
        shapes.extend(labels);
        Drawing { width: WIDTH, height: HEIGHT, shapes }
    }
}

fn path(of: Outline, line: f64) -> Shape {
    Shape::Copies { of, at: vec![(0.0, 0.0)], fill: None, line }
}

fn ticks(value: f64) -> String {
    if value.abs() < 3.0 { format!("{value:.2}") } else { format!("{value:.1}") }
}

/// A polyline in pieces of `on` with gaps of `off`.
fn dashes(places: &[(f64, f64)], on: f64, off: f64) -> Vec<((f64, f64), (f64, f64))> {
    let mut pieces = Vec::new();
    let mut along = 0.0;
    for pair in places.windows(2) {
        let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
        let length = (x1 - x0).hypot(y1 - y0);
        let mut done = 0.0;
        while done < length {
            let phase = along % (on + off);
            let (drawn, left) = if phase < on { (true, on - phase) } else { (false, on + off - phase) };
            // Never less than what floating point can add.
            let step = left.max(1e-6).min(length - done);
            if drawn {
                let at = |s: f64| (x0 + (x1 - x0) * s / length, y0 + (y1 - y0) * s / length);
                pieces.push((at(done), at(done + step)));
            }
            done += step;
            along += step;
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dashes_keep_their_rhythm_round_a_corner() {
        let pieces = dashes(&[(0.0, 0.0), (6.0, 0.0), (6.0, 6.0)], 5.0, 3.0);
        let drawn: f64 = pieces.iter().map(|(a, b)| (a.0 - b.0).hypot(a.1 - b.1)).sum();
        assert!((drawn - 9.0).abs() < 1e-4, "5 of 8, then 4 of 4: {drawn}");
        assert!(pieces.iter().all(|(a, b)| (a.0 - b.0).hypot(a.1 - b.1) <= 5.0 + 1e-9));
    }

    #[test]
    fn what_is_largest_is_highest_and_stays_inside() {
        let line =
            Line { name: "a".into(), points: vec![(0.0, 30.0), (60.0, 34.0)], dashed: false, dots: vec![] };
        let chart =
            Chart { x_name: "", y_name: "", lines: vec![line], levels: vec![], marks: vec![], floor: None };
        let scale = chart.scale();
        let (first, last) = (scale.at((0.0, 30.0)), scale.at((60.0, 34.0)));
        assert!(last.1 < first.1 && last.1 >= TOP && first.1 <= HEIGHT - BOTTOM);
        assert!((first.0 - LEFT).abs() < 1e-9 && (last.0 - (WIDTH - RIGHT)).abs() < 1e-9);
    }
}
