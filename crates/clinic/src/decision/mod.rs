//! The decision aid: what a person needs to choose, in plain language, as one HTML page or on paper.
//!
//! Words are in `data/words.<language>.toml`, one file a language with the same keys; figures come from the assessment.
//! [`guide`] puts them together once; [`html`] and [`paper`] show the same. [`reading`] measures how hard it is to read.
//! What is certain, possible and absent differs by pattern and not by colour alone.

mod guide;
mod html;
mod icons;
mod numbers;
mod paper;
pub mod reading;
mod words;

pub use html::escape;
pub use words::Language;

use crate::assess::Assessment;
use crate::chart::Chart;

/// The decision aid as one HTML page.
#[must_use]
pub fn decision_aid(chart: &Chart, assessment: &Assessment, language: Language) -> String {
    html::page(&guide::guide(chart, assessment, language), language.words())
}

/// The decision aid as a document for paper.
#[must_use]
pub fn decision_document(chart: &Chart, assessment: &Assessment, language: Language) -> rami_pdf::Document {
    paper::document(&guide::guide(chart, assessment, language), language.words())
}
