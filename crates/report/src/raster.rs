//! A raster one can draw on: lines, marks and words with a halo, so that they read on any background and in print.

use ab_glyph::{Font, FontRef, PxScale, ScaleFont};
use tiny_skia::{FillRule, LineCap, Paint, PathBuilder, Pixmap, PremultipliedColorU8, StrokeDash, Transform};

const REGULAR: &[u8] = include_bytes!("../assets/DejaVuSans-subset.ttf");
const BOLD: &[u8] = include_bytes!("../assets/DejaVuSans-Bold-subset.ttf");

/// Red, green, blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour(pub u8, pub u8, pub u8);

impl Colour {
    /// White.
    pub const WHITE: Self = Self(255, 255, 255);
    /// Black.
    pub const BLACK: Self = Self(0, 0, 0);
    /// The accent of all pictures: what is planned.
    pub const PLANNED: Self = Self(255, 196, 0);
    /// What is inferred or modelled, never seen.
    pub const INFERRED: Self = Self(64, 224, 208);
}

/// How a line is drawn.
#[derive(Debug, Clone, Copy)]
pub struct Stroke {
    /// Colour of the line.
    pub colour: Colour,
    /// Width in pixels.
    pub width: f32,
    /// Length of dashes and gaps in pixels, or a solid line.
    pub dash: Option<f32>,
    /// Whether a dark seam sets the line off from its background.
    pub halo: bool,
}

impl Stroke {
    /// A solid line with a halo.
    #[must_use]
    pub fn solid(colour: Colour, width: f32) -> Self {
        Self { colour, width, dash: None, halo: true }
    }

    /// A dashed line with a halo.
    #[must_use]
    pub fn dashed(colour: Colour, width: f32) -> Self {
        Self { dash: Some(width * 3.0), ..Self::solid(colour, width) }
    }
}

/// Which point of a piece of text its position names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// Its left end, at half height.
    Left,
    /// Its middle.
    Middle,
    /// Its right end, at half height.
    Right,
}

/// A picture in the making; pixel (0, 0) is at the upper left, positions may be fractional and outside.
#[derive(Debug, Clone)]
pub struct Picture {
    pixmap: Pixmap,
}

impl Picture {
    /// A picture of grey values, row by row from the top. Nothing when the size does not fit the values or is zero.
    #[must_use]
    pub fn from_grey(width: u32, height: u32, grey: &[u8]) -> Option<Self> {
        if grey.len() != width as usize * height as usize {
            return None;
        }
        let mut pixmap = Pixmap::new(width, height)?;
        for (pixel, &value) in pixmap.pixels_mut().iter_mut().zip(grey) {
            *pixel = opaque([value; 3]);
        }
        Some(Self { pixmap })
    }

    /// A picture of one colour. Nothing when the size is zero.
    #[must_use]
    pub fn filled(width: u32, height: u32, colour: Colour) -> Option<Self> {
        let mut pixmap = Pixmap::new(width, height)?;
        pixmap.pixels_mut().fill(opaque([colour.0, colour.1, colour.2]));
        Some(Self { pixmap })
    }

    /// Width in pixels.
    #[must_use]
    pub fn width(&self) -> u32 {
        self.pixmap.width()
    }

    /// Height in pixels.
    #[must_use]
    pub fn height(&self) -> u32 {
        self.pixmap.height()
    }

    /// The colour of a pixel, if it is in the picture.
    #[must_use]
    pub fn pixel(&self, x: u32, y: u32) -> Option<Colour> {
        let p = self.pixmap.pixel(x, y)?;
        Some(Colour(p.red(), p.green(), p.blue()))
    }

    /// Mixes a colour into a pixel; `share` 1 replaces it. Outside the picture nothing happens.
    pub fn mix(&mut self, x: i64, y: i64, colour: Colour, share: f32) {
        let (Ok(column), Ok(row)) = (u32::try_from(x), u32::try_from(y)) else { return };
        if column >= self.width() || row >= self.height() {
            return;
        }
        let offset = (row * self.width() + column) as usize;
        let old = self.pixmap.pixels()[offset];
        let blend =
            |old: u8, new: u8| (f32::from(old) * (1.0 - share) + f32::from(new) * share).round() as u8;
        self.pixmap.pixels_mut()[offset] =
            opaque([blend(old.red(), colour.0), blend(old.green(), colour.1), blend(old.blue(), colour.2)]);
    }

    /// A line through these points.
    pub fn polyline(&mut self, points: &[(f64, f64)], stroke: Stroke) {
        let mut builder = PathBuilder::new();
        let mut usable = points.iter().filter(|(x, y)| x.is_finite() && y.is_finite());
        let Some(&(x, y)) = usable.next() else { return };
        builder.move_to(x as f32, y as f32);
        usable.for_each(|&(x, y)| builder.line_to(x as f32, y as f32));
        if let Some(path) = builder.finish() {
            self.stroke(&path, stroke);
        }
    }

    /// A straight line.
    pub fn line(&mut self, from: (f64, f64), to: (f64, f64), stroke: Stroke) {
        self.polyline(&[from, to], stroke);
    }

    /// A circle.
    pub fn circle(&mut self, centre: (f64, f64), radius: f64, stroke: Stroke) {
        if let Some(path) = PathBuilder::from_circle(centre.0 as f32, centre.1 as f32, radius as f32) {
            self.stroke(&path, stroke);
        }
    }

    /// A target mark: a circle with four ticks that leave the middle free.
    pub fn target(&mut self, centre: (f64, f64), radius: f64, stroke: Stroke) {
        self.circle(centre, radius, stroke);
        for (dx, dy) in [(1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0)] {
            let at = |r: f64| (centre.0 + dx * r, centre.1 + dy * r);
            self.line(at(radius * 0.6), at(radius * 1.6), stroke);
        }
    }

    /// A filled rectangle.
    pub fn fill_rectangle(&mut self, x: f64, y: f64, width: f64, height: f64, colour: Colour, share: f32) {
        for row in y.max(0.0) as i64..(y + height).max(0.0) as i64 {
            for column in x.max(0.0) as i64..(x + width).max(0.0) as i64 {
                self.mix(column, row, colour, share);
            }
        }
    }

    /// A closed outline filled with a colour.
    pub fn fill(&mut self, outline: &[(f64, f64)], colour: Colour, alpha: u8) {
        let mut builder = PathBuilder::new();
        let Some((&(x, y), rest)) = outline.split_first() else { return };
        builder.move_to(x as f32, y as f32);
        rest.iter().for_each(|&(x, y)| builder.line_to(x as f32, y as f32));
        builder.close();
        if let Some(path) = builder.finish() {
            let mut paint = Paint::default();
            paint.set_color_rgba8(colour.0, colour.1, colour.2, alpha);
            self.pixmap.fill_path(&path, &paint, FillRule::Winding, Transform::identity(), None);
        }
    }

    /// Words, `size` pixels high, with a dark or light seam against the background.
    pub fn text(&mut self, at: (f64, f64), anchor: Anchor, size: f32, colour: Colour, text: &str) {
        self.words(at, anchor, size, colour, text, REGULAR);
    }

    /// The same in bold.
    pub fn bold_text(&mut self, at: (f64, f64), anchor: Anchor, size: f32, colour: Colour, text: &str) {
        self.words(at, anchor, size, colour, text, BOLD);
    }

    fn words(&mut self, at: (f64, f64), anchor: Anchor, size: f32, colour: Colour, text: &str, face: &[u8]) {
        let Ok(font) = FontRef::try_from_slice(face) else { return };
        let font = font.as_scaled(PxScale::from(size));
        let width: f32 = text.chars().map(|c| font.h_advance(font.glyph_id(c))).sum();
        let mut x = at.0 as f32
            - match anchor {
                Anchor::Left => 0.0,
                Anchor::Middle => width / 2.0,
                Anchor::Right => width,
            };
        let y = at.1 as f32 + (font.ascent() + font.descent()) / 2.0;
        let mut coverage: Vec<(i64, i64, f32)> = Vec::new();
        for character in text.chars() {
            let mut glyph = font.scaled_glyph(character);
            glyph.position = ab_glyph::point(x, y);
            x += font.h_advance(glyph.id);
            if let Some(outline) = font.outline_glyph(glyph) {
                let corner = outline.px_bounds().min;
                outline.draw(|dx, dy, share| {
                    let place = (corner.x as i64 + i64::from(dx), corner.y as i64 + i64::from(dy));
                    coverage.push((place.0, place.1, share.min(1.0)));
                });
            }
        }
        let luminance = 0.3 * f32::from(colour.0) + 0.6 * f32::from(colour.1) + 0.1 * f32::from(colour.2);
        let seam = if luminance > 110.0 { Colour::BLACK } else { Colour::WHITE };
        let reach = if size > 20.0 { 2i64 } else { 1 };
        for &(px, py, share) in coverage.iter().filter(|(_, _, share)| *share > 0.3) {
            for dy in -reach..=reach {
                for dx in -reach..=reach {
                    self.mix(px + dx, py + dy, seam, 0.55 * share);
                }
            }
        }
        for (px, py, share) in coverage {
            self.mix(px, py, colour, share);
        }
    }

    fn stroke(&mut self, path: &tiny_skia::Path, stroke: Stroke) {
        let mut draw = |colour: Colour, width: f32, alpha: u8| {
            let mut paint = Paint { anti_alias: true, ..Paint::default() };
            paint.set_color_rgba8(colour.0, colour.1, colour.2, alpha);
            let pen = tiny_skia::Stroke {
                width,
                line_cap: LineCap::Round,
                dash: stroke.dash.and_then(|length| StrokeDash::new(vec![length, length], 0.0)),
                ..tiny_skia::Stroke::default()
            };
            self.pixmap.stroke_path(path, &paint, &pen, Transform::identity(), None);
        };
        if stroke.halo {
            draw(Colour::BLACK, stroke.width + 2.0, 160);
        }
        draw(stroke.colour, stroke.width, 255);
    }

    /// A bar of a round number of millimetres at the lower left, about a fifth of the picture wide.
    pub fn scale_bar(&mut self, pixels_per_mm: f64) {
        let target = f64::from(self.width()) / 5.0 / pixels_per_mm;
        let length =
            [5.0, 10.0, 20.0, 50.0, 100.0].into_iter().rfind(|mm| *mm <= target * 1.3).unwrap_or(5.0);
        let (x, y) = (14.0, f64::from(self.height()) - 16.0);
        let end = x + length * pixels_per_mm;
        let stroke = Stroke::solid(Colour::WHITE, 2.5);
        self.line((x, y), (end, y), stroke);
        self.line((x, y - 4.0), (x, y + 4.0), stroke);
        self.line((end, y - 4.0), (end, y + 4.0), stroke);
        self.text(
            (f64::midpoint(x, end), y - 13.0),
            Anchor::Middle,
            14.0,
            Colour::WHITE,
            &format!("{length} mm"),
        );
    }

    /// The bytes of a PNG file.
    ///
    /// # Errors
    /// When the encoder fails, which it does only without memory.
    pub fn png(&self) -> Result<Vec<u8>, PictureError> {
        self.pixmap.encode_png().map_err(|error| PictureError(error.to_string()))
    }
}

/// A picture that could not be written as PNG.
#[derive(Debug, thiserror::Error)]
#[error("the picture could not be encoded as PNG: {0}")]
pub struct PictureError(String);

fn opaque([r, g, b]: [u8; 3]) -> PremultipliedColorU8 {
    PremultipliedColorU8::from_rgba(r, g, b, 255).unwrap_or(PremultipliedColorU8::TRANSPARENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUND: Option<Colour> = Some(Colour(90, 90, 90));

    fn ink(picture: &Picture, columns: std::ops::Range<u32>) -> usize {
        columns
            .flat_map(|x| (0..picture.height()).map(move |y| (x, y)))
            .filter(|&(x, y)| picture.pixel(x, y) != GROUND)
            .count()
    }

    #[test]
    fn text_stands_on_the_side_its_anchor_says() {
        let blank = Picture::from_grey(100, 30, &[90; 3000]).unwrap();
        let mut left = blank.clone();
        left.text((50.0, 15.0), Anchor::Left, 16.0, Colour::WHITE, "L3");
        assert_eq!(ink(&left, 0..48), 0);
        assert!(ink(&left, 50..80) > 50);
        let mut right = blank;
        right.text((50.0, 15.0), Anchor::Right, 16.0, Colour::WHITE, "L3");
        assert_eq!(ink(&right, 53..100), 0);
    }

    #[test]
    fn every_letter_that_reports_use_has_a_glyph() {
        let font = FontRef::try_from_slice(REGULAR).unwrap();
        for character in "L3 µm °±≤≥–—→éñü".chars().filter(|c| *c != ' ') {
            assert_ne!(font.glyph_id(character).0, 0, "no glyph for {character}");
        }
    }

    #[test]
    fn a_scale_bar_has_the_length_it_says() {
        // 400 px at 2 px/mm: a fifth is 40 mm, so the bar is 50 mm = 100 px wide from x = 14.
        let mut picture = Picture::from_grey(400, 100, &vec![90; 40_000]).unwrap();
        picture.scale_bar(2.0);
        assert_eq!(picture.pixel(113, 84), Some(Colour::WHITE));
        assert_eq!(picture.pixel(119, 84), GROUND);
    }

    #[test]
    fn sizes_that_do_not_fit_make_no_picture() {
        assert!(Picture::from_grey(2, 2, &[0; 3]).is_none());
        assert!(Picture::from_grey(0, 0, &[]).is_none());
    }
}
