//! `rami evidence`: the published figures and their sources.

use crate::exit::{Failure, Outcome};
use anyhow::anyhow;
use rami_evidence::Figure;
use std::io::{Write, stdout};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Key of one figure, for example technique.c_arm_oblique
    key: Option<String>,
    /// Words that must all occur in key, sentence or source
    #[arg(long, value_name = "TEXT", conflicts_with = "key")]
    search: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Result<Outcome, Failure> {
    let figures: Vec<&Figure> = match (&args.key, &args.search) {
        (Some(key), _) => vec![rami_evidence::find(key)?],
        (None, Some(text)) => rami_evidence::search(text).collect(),
        (None, None) => rami_evidence::all().collect(),
    };
    if figures.is_empty() {
        return Err(anyhow!("no figure has all these words; list them all with `rami evidence`").into());
    }
    let mut out = stdout().lock();
    if args.json {
        let figures = figures.into_iter().cloned().collect();
        let document =
            rami_evidence::EvidenceDocument { schema: rami_evidence::EVIDENCE_SCHEMA.into(), figures };
        writeln!(out, "{}", serde_json::to_string_pretty(&document)?)?;
    } else {
        for figure in figures {
            write_figure(&mut out, figure)?;
        }
    }
    Ok(Outcome::Done)
}

fn write_figure(out: &mut impl Write, figure: &Figure) -> std::io::Result<()> {
    let mark = if figure.is_unverified() { "  UNVERIFIED" } else { "" };
    writeln!(out, "{}{mark}", figure.key)?;
    if let (Some(value), Some(unit)) = (figure.value, &figure.unit) {
        write!(out, "  {value} {unit}")?;
        if let Some(interval) = figure.interval {
            write!(out, " ({} to {}, {:?})", interval.low, interval.high, interval.kind)?;
        }
        writeln!(out)?;
    }
    writeln!(out, "  {}", figure.statement)?;
    let counted = match (figure.events, figure.n) {
        (Some(events), Some(n)) => Some(format!("{events} of {n}")),
        (None, Some(n)) => Some(format!("n = {n}")),
        _ => None,
    };
    let year = figure.year.map(|year| year.to_string());
    let about: Vec<&str> = [&counted, &figure.design, &figure.population, &year]
        .into_iter()
        .filter_map(|part| part.as_deref())
        .collect();
    if !about.is_empty() {
        writeln!(out, "  {}", about.join("; "))?;
    }
    writeln!(out, "  Source: {}; confidence {}", figure.citation(), figure.confidence.word())?;
    for key in &figure.conflicts_with {
        if let Ok(other) = rami_evidence::find(key) {
            let mark = if other.is_unverified() { " UNVERIFIED" } else { "" };
            writeln!(out, "  Beside it {key}{mark}: {} ({})", other.statement, other.source)?;
        }
    }
    writeln!(out)
}
