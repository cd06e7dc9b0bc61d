//! The two fonts: widths, glyphs, and breaking text into lines.
//!
//! DejaVu Sans and its bold, subset to Latin, Greek and Cyrillic letters and the signs in use (`assets/`). Widths are the
//! fonts' own advances; there is no kerning.

use crate::document::{Style, Text};
use ttf_parser::Face;

pub(crate) static REGULAR: &[u8] = include_bytes!("../assets/DejaVuSans.ttf");
pub(crate) static BOLD: &[u8] = include_bytes!("../assets/DejaVuSans-Bold.ttf");

/// What is drawn for a letter that the font lacks.
const MISSING: char = '□';

/// Both fonts.
pub(crate) struct Fonts {
    pub(crate) regular: Face<'static>,
    pub(crate) bold: Face<'static>,
}

/// A run of text in one weight on one line.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Run {
    pub(crate) text: String,
    pub(crate) bold: bool,
    pub(crate) width: f64,
}

/// A line of text.
pub(crate) type Line = Vec<Run>;

impl Fonts {
    /// Reads the compiled-in fonts; nothing when they are damaged.
    pub(crate) fn load() -> Option<Self> {
        Some(Self { regular: Face::parse(REGULAR, 0).ok()?, bold: Face::parse(BOLD, 0).ok()? })
    }

    fn face(&self, bold: bool) -> &Face<'static> {
        if bold { &self.bold } else { &self.regular }
    }

    /// The glyph of a letter, or of the box that stands for a letter the font lacks.
    pub(crate) fn glyph(&self, c: char, bold: bool) -> u16 {
        let face = self.face(bold);
        face.glyph_index(c).or_else(|| face.glyph_index(MISSING)).map_or(0, |glyph| glyph.0)
    }

    /// Whether the font lacks a letter of the text.
    pub(crate) fn lacks(&self, text: &str) -> bool {
        text.chars().any(|c| self.regular.glyph_index(c).is_none())
    }

    /// Width of a text at size 1.
    pub(crate) fn width(&self, text: &str, bold: bool) -> f64 {
        let face = self.face(bold);
        let advance =
            |c| face.glyph_hor_advance(ttf_parser::GlyphId(self.glyph(c, bold))).map_or(0.0, f64::from);
        text.chars().map(advance).sum::<f64>() / f64::from(face.units_per_em())
    }

    /// Breaks text into lines no wider than `width` at this size, between words; a word that is wider than a line is
    /// broken where it must be.
    pub(crate) fn lines(&self, text: &Text, size: f64, width: f64) -> Vec<Line> {
        let limit = width / size;
        let mut lines: Vec<Line> = Vec::new();
        let mut line: Line = Vec::new();
        let mut used = 0.0;
        for span in &text.0 {
            let bold = span.style == Style::Strong;
            for word in words(&span.text) {
                for piece in self.pieces(word, bold, limit) {
                    let bare = self.width(piece.trim_end(), bold);
                    if used + bare > limit && !line.is_empty() {
                        lines.push(std::mem::take(&mut line));
                        used = 0.0;
                    }
                    let full = self.width(piece, bold);
                    used += full;
                    match line.last_mut().filter(|run| run.bold == bold) {
                        Some(run) => {
                            run.text.push_str(piece);
                            run.width += full;
                        }
                        None => line.push(Run { text: piece.into(), bold, width: full }),
                    }
                }
            }
        }
        if !line.is_empty() {
            lines.push(line);
        }
        lines
    }

    /// A word whole, or in pieces that each fit a line.
    fn pieces<'t>(&self, word: &'t str, bold: bool, limit: f64) -> Vec<&'t str> {
        if self.width(word.trim_end(), bold) <= limit {
            return vec![word];
        }
        let mut pieces = Vec::new();
        let (mut start, mut used) = (0, 0.0);
        for (at, c) in word.char_indices() {
            let own = self.width(c.encode_utf8(&mut [0; 4]), bold);
            if used + own > limit && at > start {
                pieces.push(&word[start..at]);
                (start, used) = (at, 0.0);
            }
            used += own;
        }
        pieces.push(&word[start..]);
        pieces
    }
}

/// Words with the spaces that follow them.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive(|c: char| c.is_whitespace() && c != '\u{a0}')
}

/// Height of a line as a multiple of the size of its letters.
pub(crate) const LEADING: f64 = 1.35;
/// How far the baseline is below the top of the line, as a multiple of the size.
pub(crate) const BASELINE: f64 = 1.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_never_wider_than_it_may_be() {
        let fonts = Fonts::load().unwrap();
        let text = Text::from("A short text with a verylongwordthatdoesnotfitinanylineatallbecauseitislong ")
            .then("and bold words in it", Style::Strong);
        let lines = fonts.lines(&text, 10.0, 100.0);
        assert!(lines.len() > 4);
        for line in &lines {
            let text: String = line.iter().map(|run| run.text.as_str()).collect();
            let width: f64 = line.iter().map(|run| fonts.width(run.text.trim_end(), run.bold)).sum();
            // 1e-9: sums of advances.
            assert!(10.0 * width <= 100.0 + 10.0 * fonts.width(" ", false) + 1e-9, "{text}: {width}");
        }
        let whole: String = lines.iter().flatten().map(|run| run.text.as_str()).collect();
        assert_eq!(whole, text.plain(), "no letter is lost");
    }

    #[test]
    fn the_letters_of_names_in_use_are_there_and_others_become_a_box() {
        let fonts = Fonts::load().unwrap();
        assert!(
            !fonts.lacks("Łukasz Żółć, Ñandú, Ångström, Søren, Δημήτρης, Дмитрий, ≥ 10⁹/L × ½ — “¿…?” ☐")
        );
        assert!(fonts.lacks("山田"));
        assert_eq!(fonts.glyph('山', false), fonts.glyph('□', false));
    }
}
