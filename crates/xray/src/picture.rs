//! Pictures a person looks at: grey levels, letters, PNG.

mod font;

pub(crate) use font::glyph;

use crate::{Image, View};
use rami_volume::Vector;

/// Which way round the grey scale runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Polarity {
    /// As on a fluoroscopy screen: what stops the beam is dark, a needle is black.
    #[default]
    DenseDark,
    /// As on a radiograph: what stops the beam is white.
    DenseWhite,
}

/// Grey levels of line integrals between two percentiles of the picture: 0.5 % of pixels are black, 0.5 % white.
#[must_use]
pub fn grey(line_integrals: &Image<f32>, polarity: Polarity) -> Image<u8> {
    let mut sorted: Vec<f32> = line_integrals.data().iter().copied().filter(|v| v.is_finite()).collect();
    sorted.sort_unstable_by(f32::total_cmp);
    let quantile =
        |q: f64| sorted.get((q * (sorted.len().max(1) - 1) as f64).round() as usize).copied().unwrap_or(0.0);
    let (low, high) = (quantile(0.005), quantile(0.995));
    let scale = 255.0 / (high - low).max(1e-6);
    line_integrals.map(|v| {
        let level = ((v - low) * scale).clamp(0.0, 255.0);
        (match polarity {
            Polarity::DenseWhite => level,
            Polarity::DenseDark => 255.0 - level,
        }) as u8
    })
}

/// The letters at the left, right, top and bottom edge: which way of the patient that edge lies, or the nearest to it.
#[must_use]
pub fn edge_letters(view: &View) -> [char; 4] {
    [letter(&-view.right()), letter(&view.right()), letter(&view.up()), letter(&-view.up())]
}

fn letter(towards: &Vector) -> char {
    let axis = towards.iamax();
    match (axis, towards[axis] > 0.0) {
        (0, true) => 'L',
        (0, false) => 'R',
        (1, true) => 'P',
        (1, false) => 'A',
        (_, true) => 'H',
        (_, false) => 'F',
    }
}

/// Draws text with its top left corner at a pixel, `size` pixels to a dot of the 5 × 7 letters, with a dark rim so that
/// it reads on any grey. Letters that the font lacks are blank; what leaves the picture is cut off.
pub fn write_text(picture: &mut Image<u8>, row: usize, column: usize, size: usize, text: &str) {
    for (rim, level) in [(true, 0u8), (false, 255u8)] {
        for (i, c) in text.chars().enumerate() {
            for (r, bits) in font::glyph(c).into_iter().enumerate() {
                for b in (0..5).filter(|b| bits >> (4 - b) & 1 == 1) {
                    let (top, left) = (row + r * size, column + (i * 6 + b) * size);
                    let grow = usize::from(rim);
                    fill(
                        picture,
                        top.saturating_sub(grow)..top + size + grow,
                        left.saturating_sub(grow)..left + size + grow,
                        level,
                    );
                }
            }
        }
    }
}

/// Pixels that a text of this length and size is wide.
#[must_use]
pub fn text_width(text: &str, size: usize) -> usize {
    (text.chars().count() * 6).saturating_sub(1) * size
}

fn fill(picture: &mut Image<u8>, rows: std::ops::Range<usize>, columns: std::ops::Range<usize>, level: u8) {
    let width = picture.columns();
    for row in rows.start..rows.end.min(picture.rows()) {
        for column in columns.start..columns.end.min(width) {
            picture.data_mut()[row * width + column] = level;
        }
    }
}

/// Writes the letters of the edges, the pose in words, and a bar of 5 cm at the isocentre.
pub fn annotate(picture: &mut Image<u8>, view: &View) {
    let size = (picture.columns() / 256).max(1);
    let [left, right, _, _] = edge_letters(view);
    let margin = 4 * size;
    let (rows, columns) = (picture.rows(), picture.columns());
    write_text(picture, margin, margin, 2 * size, &left.to_string());
    write_text(picture, margin, columns.saturating_sub(margin + 10 * size), 2 * size, &right.to_string());
    let words = view.pose().in_words().to_uppercase();
    let fits = (1..=size).rev().find(|s| text_width(&words, *s) + 2 * margin <= columns).unwrap_or(1);
    write_text(picture, rows.saturating_sub(margin + 7 * fits), margin, fits, &words);
    let bar = (50.0 / view.pixel_at_isocentre_mm()).round() as usize;
    if bar + 2 * margin < columns {
        let top = rows.saturating_sub(margin + 14 * size);
        let start = columns - margin - bar;
        fill(picture, top.saturating_sub(1)..top + size + 1, start.saturating_sub(1)..start + bar + 1, 0);
        fill(picture, top..top + size, start..start + bar, 255);
        write_text(picture, top.saturating_sub(9 * size), start, size, "5 CM");
    }
}

/// Draws a ring around a pixel.
pub fn ring(picture: &mut Image<u8>, row: f64, column: f64, radius: f64) {
    for step in 0..720 {
        let (sin, cos) = (f64::from(step) * 0.5f64.to_radians()).sin_cos();
        for (r, level) in [(radius + 1.0, 0u8), (radius, 255u8)] {
            let (y, x) = ((row + r * sin).round(), (column + r * cos).round());
            if y >= 0.0 && x >= 0.0 {
                fill(picture, y as usize..y as usize + 1, x as usize..x as usize + 1, level);
            }
        }
    }
}

/// A grey PNG file.
///
/// # Errors
/// Those of the encoder: an image without pixels.
pub fn png(picture: &Image<u8>) -> Result<Vec<u8>, png::EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, picture.columns() as u32, picture.rows() as u32);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(picture.data())?;
    writer.finish()?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CArmPose, Detector};
    use rami_volume::Point;

    #[test]
    fn the_prone_ap_picture_is_marked_left_at_the_left() {
        let view = View::new(CArmPose::prone_ap(Point::origin()), Detector::default()).unwrap();
        assert_eq!(edge_letters(&view), ['L', 'R', 'H', 'F']);
        let lateral =
            View::new(CArmPose::lateral(crate::Side::Left, Point::origin()), Detector::default()).unwrap();
        assert_eq!(edge_letters(&lateral), ['A', 'P', 'H', 'F']);
    }

    #[test]
    fn polarity_turns_the_grey_scale_over() {
        let image = Image::new(1, 3, vec![0.0, 1.0, 2.0]).unwrap();
        assert_eq!(grey(&image, Polarity::DenseWhite).data(), [0, 127, 255]);
        assert_eq!(grey(&image, Polarity::DenseDark).data(), [255, 127, 0]);
    }

    #[test]
    fn letters_at_the_edge_are_cut_off_and_do_not_wrap() {
        let mut picture = Image::filled(10, 12, 128u8);
        write_text(&mut picture, 6, 8, 2, "L");
        assert_eq!(picture.get(6, 9), Some(255));
        assert!((0..10).all(|row| picture.get(row, 0) == Some(128)));
    }
}
