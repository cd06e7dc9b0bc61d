//! What a terminal shows: a line of status, and pictures in half blocks.

use rami_procedure::operator::Seen;
use rami_procedure::theatre::Picture;
use rami_xray::{CArmPose, Image};
use std::fmt::Write;

/// Time, phase, C-arm, needle, dose, in one line.
pub(super) fn status(seen: &Seen<'_>) -> String {
    let seconds = seen.clock_s;
    let [x, y, z] = seen.c_arm.isocentre_mm;
    let pose =
        CArmPose::new(seen.c_arm.primary_deg, seen.c_arm.secondary_deg, rami_volume::Point::new(x, y, z));
    let mut line = format!(
        "[{:.0}:{:02.0} {} | {} | {} pictures, {:.0} s, {:.2} Gy·cm²",
        (seconds / 60.0).floor(),
        (seconds % 60.0).floor(),
        phase(seen),
        pose.in_words(),
        seen.radiation.shots,
        seen.radiation.fluoroscopy_s,
        seen.radiation.dap_gy_cm2
    );
    if let Some(depth) = seen.depth_mm {
        // A mark for every 10 mm of shaft in the person.
        let _ =
            write!(line, " | needle {depth:.0} mm {}", "▮".repeat((depth / 10.0).round().max(0.0) as usize));
    }
    if seen.share_of_maximum > 0.0 {
        let _ = write!(line, " | dose {:.0} % of maximum", 100.0 * seen.share_of_maximum);
    }
    line.push(']');
    line
}

/// The part of the block, in words.
fn phase(seen: &Seen<'_>) -> String {
    let name = serde_json::to_value(seen.phase).ok().and_then(|v| v.as_str().map(str::to_owned));
    name.unwrap_or_default().replace('_', " ")
}

/// Characters across a picture.
const COLUMNS: usize = 64;

/// A picture for a terminal with 24 greys: two rows of pixels to a line of half blocks.
pub(in super::super) fn thumbnail(picture: &Picture) -> String {
    let small = shrink(&picture.grey);
    let mut text = String::new();
    let ink = |grey: u8| 232 + usize::from(grey) * 23 / 255;
    for row in (0..small.rows()).step_by(2) {
        text.push_str("    ");
        for column in 0..small.columns() {
            let upper = small.get(row, column).unwrap_or(0);
            let lower = small.get(row + 1, column).unwrap_or(0);
            let _ = write!(text, "\x1b[38;5;{}m\x1b[48;5;{}m▀", ink(upper), ink(lower));
        }
        text.push_str("\x1b[0m\n");
    }
    text
}

/// Means over blocks.
fn shrink(grey: &Image<u8>) -> Image<u8> {
    let columns = COLUMNS.min(grey.columns()).max(1);
    let rows = (columns * grey.rows() / grey.columns().max(1)).max(1);
    let mut data = Vec::with_capacity(rows * columns);
    for row in 0..rows {
        for column in 0..columns {
            let span = |index: usize, of: usize, into: usize| {
                (index * of / into, ((index + 1) * of / into).max(index * of / into + 1))
            };
            let (top, bottom) = span(row, grey.rows(), rows);
            let (left, right) = span(column, grey.columns(), columns);
            let (mut sum, mut count) = (0u32, 0u32);
            for r in top..bottom {
                for c in left..right {
                    sum += u32::from(grey.get(r, c).unwrap_or(0));
                    count += 1;
                }
            }
            data.push((sum / count.max(1)) as u8);
        }
    }
    Image::new(rows, columns, data).unwrap_or_else(|| Image::filled(1, 1, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_shrinks_to_its_means() {
        let data = (0..128 * 128).map(|i| if i % 128 < 64 { 0 } else { 200 }).collect();
        let small = shrink(&Image::new(128, 128, data).unwrap());
        assert_eq!((small.rows(), small.columns()), (64, 64));
        assert_eq!((small.get(10, 0), small.get(10, 63)), (Some(0), Some(200)));
    }
}
