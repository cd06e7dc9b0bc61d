//! The report of a plan: what a pain physician needs at a glance, on two pages.
//!
//! [`report`] takes the CT, the belief and the plan, and gives one self-contained HTML document and the pictures in it.
//! For each chosen site (or, where nothing is safe, the least bad path, marked as refused) there are three x-ray views
//! and three slices.

mod document;
mod pictures;
mod sources;
mod tables;

pub use pictures::SitePicture;

use rami_anatomy::Anatomy;
use rami_plan::Plan;
use rami_volume::Ct;

/// A report and the pictures it shows, which are also worth having as files.
#[derive(Debug, Clone)]
pub struct PlanReport {
    /// One HTML document with everything inside.
    pub html: String,
    /// Its pictures, in order.
    pub pictures: Vec<SitePicture>,
}

/// Why a report could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The C-arm could not take a view.
    #[error("a view of the plan cannot be drawn: {0}")]
    View(#[from] rami_xray::GeometryError),
    /// A picture could not be encoded.
    #[error(transparent)]
    Picture(#[from] crate::PictureError),
    /// The plan names a candidate that it does not have.
    #[error("the plan's choice {index} is not among its {count} candidates")]
    Choice {
        /// What it names.
        index: usize,
        /// How many there are.
        count: usize,
    },
}

/// Makes the report of a plan. `title` is what the person or case is called.
///
/// # Errors
/// [`ReportError`].
pub fn report(ct: &Ct, anatomy: &Anatomy, plan: &Plan, title: &str) -> Result<PlanReport, ReportError> {
    let sites = sites(plan)?;
    let shown: Vec<_> = sites.iter().map(|&index| &plan.candidates[index]).collect();
    let pictures = pictures::of_sites(ct, anatomy, plan, &shown)?;
    let html = document::html(plan, &shown, &pictures, title);
    Ok(PlanReport { html, pictures: pictures.into_iter().flatten().collect() })
}

/// The candidates that are shown large: what was chosen, else the least bad of each refused side.
fn sites(plan: &Plan) -> Result<Vec<usize>, ReportError> {
    let chosen = plan.chosen.as_ref().map(|chosen| chosen.indices().to_vec()).unwrap_or_default();
    let refused = plan.verdict.refused.iter().filter_map(|site| site.least_bad);
    let sites: Vec<usize> = chosen.into_iter().chain(refused).collect();
    match sites.iter().find(|&&index| index >= plan.candidates.len()) {
        Some(&index) => Err(ReportError::Choice { index, count: plan.candidates.len() }),
        None => Ok(sites),
    }
}
