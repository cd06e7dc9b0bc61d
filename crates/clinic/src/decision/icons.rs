//! Icon arrays of 100 people: black for as many as are to be expected at least, stripes up to the most, white beyond.

use super::html::escape;
use std::fmt::Write;

/// An icon array as inline SVG. `label` is what a screen reader says instead; `id` must be unique on the page.
pub(super) fn icon_array(id: &str, label: &str, low: u32, high: u32) -> String {
    let mut people = String::new();
    for i in 0..100u32 {
        let (x, y) = (f64::from(i % 10) * 20.0, f64::from(i / 10) * 26.0);
        let class = if i < low {
            "sure"
        } else if i < high {
            "maybe"
        } else {
            "not"
        };
        // Writing to a string cannot fail.
        let _ = write!(people, "<use href=\"#person\" x=\"{x}\" y=\"{y}\" class=\"{class}\"/>");
    }
    format!(
        "<svg class=\"people\" viewBox=\"-2 -2 204 264\" role=\"img\" aria-labelledby=\"{id}\"><title id=\"{id}\">{}</title>{people}</svg>\n",
        escape(label)
    )
}

/// The person and the stripes, once a page.
pub(super) const DEFINITIONS: &str = "<svg width=\"0\" height=\"0\" aria-hidden=\"true\" focusable=\"false\" class=\"defs\"><defs>\
<pattern id=\"stripes\" width=\"4\" height=\"4\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">\
<rect width=\"4\" height=\"4\" fill=\"#fff\"/><rect width=\"2\" height=\"4\" fill=\"#000\"/></pattern>\
<g id=\"person\"><circle cx=\"8\" cy=\"5\" r=\"4\"/><path d=\"M2 24 v-8 a6 6 0 0 1 12 0 v8 z\"/></g></defs></svg>\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_people_are_split_by_the_range() {
        let svg = icon_array("a", "12 to 20", 12, 20);
        let count = |class: &str| svg.matches(&format!("class=\"{class}\"")).count();
        assert_eq!((count("sure"), count("maybe"), count("not")), (12, 8, 80));
    }
}
