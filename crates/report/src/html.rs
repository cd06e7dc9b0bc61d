//! What every HTML document shares: escaping, pictures inside the file, the notice of what Rami is.

use base64::{Engine, engine::general_purpose::STANDARD};

/// What every report and screen says.
pub const NOTICE: &str =
    "Research and teaching software, not a medical device. Not for decisions about the care of a person.";

/// Text made safe for element content and for attributes in double or single quotes.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            _ => safe.push(character),
        }
    }
    safe
}

/// A `figure` with the picture inside the document, text for those who cannot see it, and a caption.
#[must_use]
pub fn figure(png: &[u8], alternative: &str, caption: &str) -> String {
    format!(
        "<figure><img src=\"data:image/png;base64,{}\" alt=\"{}\"><figcaption>{}</figcaption></figure>",
        STANDARD.encode(png),
        escape(alternative),
        escape(caption)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_cannot_leave_its_place() {
        let hostile = "\"><script>alert('x')</script>&";
        let safe = escape(hostile);
        assert!(!safe.contains(['<', '>', '"', '\'']));
        assert_eq!(figure(&[], hostile, hostile).matches("<script").count(), 0);
    }
}
