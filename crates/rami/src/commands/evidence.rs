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
        let document = serde_json::json!({ "schema": "rami.evidence/1", "figures": figures });
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
    writeln!(out, "  {}\n  Source: {}\n", figure.statement, figure.citation())
}
