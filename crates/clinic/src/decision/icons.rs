//! Icon arrays of 100 people: black for as many as are to be expected at least, stripes up to the most, white beyond.

use rami_pdf::{Drawing, Ink, Outline, Shape};

/// Size of a person, of which three rows of arrays fit on a page.
const SIZE: f64 = 0.8;
/// Distance between people, and how many are in a row.
const PITCH: (f64, f64) = (14.4 * SIZE, 18.7 * SIZE);
const IN_A_ROW: u32 = 10;
/// Margin for the lines of the outermost people.
const MARGIN: f64 = 1.0;

/// A person: a head above shoulders.
fn person() -> Outline {
    // How far the handles of a quarter of a circle are from its corner: 1 − 4/3 (√2 − 1).
    let [left, right, top, bottom, r] = [1.4, 10.1, 7.2, 17.3, 4.35].map(|v| v * SIZE);
    let k = r * (1.0 - 0.552_284_75);
    Outline::default()
        .circle(5.75 * SIZE, 3.6 * SIZE, 2.9 * SIZE)
        .move_to(left, bottom)
        .line_to(left, top + r)
        .curve_to([left, top + k, left + k, top, left + r, top])
        .curve_to([right - k, top, right, top + k, right, top + r])
        .line_to(right, bottom)
        .close()
}

/// The array with at least `low` and at most `high` of 100.
pub(super) fn icon_array(low: u32, high: u32) -> Drawing {
    let place = |i: u32| {
        let (column, row) = (i % IN_A_ROW, i / IN_A_ROW);
        (MARGIN + f64::from(column) * PITCH.0, MARGIN + f64::from(row) * PITCH.1)
    };
    let group = |from: u32, to: u32, ink: Ink| Shape::Copies {
        of: person(),
        at: (from..to).map(place).collect(),
        fill: Some(ink),
        line: 0.6,
    };
    let (low, high) = (low.min(100), high.clamp(low.min(100), 100));
    Drawing {
        width: 2.0 * MARGIN + f64::from(IN_A_ROW) * PITCH.0,
        height: 2.0 * MARGIN + 10.0 * PITCH.1,
        shapes: vec![
            group(0, low, Ink::Grey(0.0)),
            group(low, high, Ink::Stripes),
            group(high, 100, Ink::Grey(1.0)),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_people_are_split_by_the_range() {
        let sizes = |low, high| -> Vec<usize> {
            let shapes = icon_array(low, high).shapes;
            shapes.iter().map(|s| if let Shape::Copies { at, .. } = s { at.len() } else { 0 }).collect()
        };
        assert_eq!(sizes(12, 20), [12, 8, 80]);
        assert_eq!(sizes(0, 100), [0, 100, 0]);
    }
}
