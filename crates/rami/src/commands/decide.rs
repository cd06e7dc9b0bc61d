//! `rami decide`: the decision aid for one person, as one HTML page or as PDF.

use super::assess::{read_chart, read_plan};
use crate::exit::{Failure, Outcome};
use crate::files;
use anyhow::anyhow;
use rami_clinic::decision::{Language, decision_aid, decision_document};
use rami_clinic::{assess, safety};
use std::path::PathBuf;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The chart: TOML, or a FHIR R4 bundle as JSON
    chart: PathBuf,
    /// The plan, whose own probabilities are then shown beside
    #[arg(long, value_name = "plan.json")]
    plan: Option<PathBuf>,
    /// Where to write it: .html for a screen, .pdf for paper
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Language: en or es
    #[arg(long, default_value = "en")]
    language: String,
}

pub(crate) fn run(args: &Args) -> Result<Outcome, Failure> {
    let language = Language::of(&args.language)
        .ok_or_else(|| anyhow!("there is no translation into {:?}; there are en and es", args.language))?;
    let extension = args.out.extension().and_then(|end| end.to_str()).unwrap_or_default().to_lowercase();
    let on_paper = match extension.as_str() {
        "html" | "htm" => false,
        "pdf" => true,
        _ => {
            return Err(
                anyhow!("--out {}: give a name that ends in .html or .pdf", args.out.display()).into()
            );
        }
    };
    let chart = read_chart(&args.chart)?;
    let plan = args.plan.as_deref().map(read_plan).transpose()?;
    let assessment = assess(&chart, plan.as_ref())?;
    let bytes = if on_paper {
        rami_pdf::write(&decision_document(&chart, &assessment, language))
            .map_err(|error| Failure::Internal(error.into()))?
    } else {
        decision_aid(&chart, &assessment, language).into_bytes()
    };
    files::write(&args.out, &bytes)?;
    eprintln!("wrote {}", args.out.display());
    // A person can decide before every check is done: only say so.
    if assessment.outcome == safety::Outcome::Stop {
        eprintln!("the assessment says stop; see `rami assess`");
    }
    Ok(Outcome::Done)
}
