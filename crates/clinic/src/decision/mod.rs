//! The decision aid: what a person needs to choose, in plain language, as one HTML page.
//!
//! Words are in `data/words.<language>.toml`, one file a language with the same keys; figures come from the assessment.
//! [`reading`] measures how hard the page is to read. The page has no script, needs no network, and prints in black and
//! white: what is certain, possible and absent differs by pattern and not by colour alone.

mod html;
mod icons;
mod page;
pub mod reading;
mod words;

pub use html::escape;
pub use page::decision_aid;
pub use words::Language;
