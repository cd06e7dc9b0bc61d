//! `rami assess`: criteria, contraindications, doses, risks and benefits for one chart.

use crate::exit::{Failure, Outcome};
use anyhow::Context;
use rami_clinic::{Chart, PlanSummary, assess, safety, text};
use std::fs::read_to_string;
use std::io::{Write, stdout};
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The chart: TOML, or a FHIR R4 bundle as JSON
    chart: PathBuf,
    /// The plan, whose own hazards are then shown too
    #[arg(long, value_name = "plan.json")]
    plan: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Result<Outcome, Failure> {
    let chart = read_chart(&args.chart)?;
    let plan = args.plan.as_deref().map(read_plan).transpose()?;
    let assessment = assess(&chart, plan.as_ref())?;
    let mut out = stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&assessment)?)?;
    } else {
        write!(out, "{}", text::text(&assessment))?;
    }
    Ok(match assessment.outcome {
        safety::Outcome::Stop => Outcome::AnswerIsNo,
        _ => Outcome::Done,
    })
}

/// A chart from a file: JSON is a FHIR bundle, anything else TOML.
pub(crate) fn read_chart(path: &Path) -> Result<Chart, Failure> {
    let text = read_to_string(path).with_context(|| format!("cannot read the chart {}", path.display()))?;
    let fhir = text.trim_start().starts_with('{');
    let chart = if fhir { Chart::from_fhir(&text) } else { Chart::from_toml(&text) };
    Ok(chart.with_context(|| path.display().to_string())?)
}

/// A plan from a file.
pub(crate) fn read_plan(path: &Path) -> Result<PlanSummary, Failure> {
    let text = read_to_string(path).with_context(|| format!("cannot read the plan {}", path.display()))?;
    Ok(PlanSummary::read(&text).with_context(|| path.display().to_string())?)
}
