//! People ready for work: the built-in patient, digital patients by seed and body, and imported CTs.

mod library;
mod loaded;
mod recipe;
mod upload;

pub(crate) use library::{CaseState, CaseSummary, Library};
pub(crate) use loaded::Loaded;
pub(crate) use recipe::Recipe;
pub(crate) use upload::{MOST_BYTES, UploadKind, Uploads};
