//! `rami follow-up`: what was recorded after a block, read by the rules in use.

use crate::exit::{Failure, Outcome};
use anyhow::Context;
use rami_clinic::course::DiagnosticResult;
use rami_clinic::follow_up::{FollowUp, FollowUpReport};
use rami_clinic::outcome::Instrument;
use std::io::{Write, stdout};
use std::path::PathBuf;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The record, as TOML
    record: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Result<Outcome, Failure> {
    let text = std::fs::read_to_string(&args.record)
        .with_context(|| format!("cannot read the record {}", args.record.display()))?;
    let record = FollowUp::from_toml(&text).with_context(|| args.record.display().to_string())?;
    let report = record.report();
    let mut out = stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&report)?)?;
    } else {
        write_report(&mut out, &report)?;
    }
    Ok(Outcome::Done)
}

fn write_report(out: &mut impl Write, report: &FollowUpReport) -> std::io::Result<()> {
    let yes = |answer: bool| if answer { "yes" } else { "NO" };
    writeln!(out, "May stand: {}", yes(report.may_stand))?;
    writeln!(out, "May go home: {}", yes(report.may_go_home))?;
    for item in &report.before_going_home {
        writeln!(out, "  {item}")?;
    }
    match &report.diagnostic {
        None => writeln!(out, "Diagnostic block: not scored (pain before, or a diary entry, is missing)")?,
        Some(DiagnosticResult::Void { blocked }) => {
            writeln!(out, "Diagnostic block: VOID, a somatic nerve is blocked too: {}", blocked.join(", "))?;
        }
        Some(DiagnosticResult::NotYet { check }) => {
            writeln!(out, "Diagnostic block: not yet, check first: {}", check.join(", "))?;
        }
        Some(DiagnosticResult::Read { response }) => {
            let fall = response.as_ref().map_or_else(
                || String::from("no pain before, nothing to ease"),
                |r| format!("pain fell by {:.0} %, {:.1} points", r.fall_percent, r.fall_points),
            );
            writeln!(
                out,
                "Diagnostic block: at the first entry {fall}. Saline does as well at its peak: read the duration."
            )?;
        }
    }
    for relief in &report.relief {
        match (relief.from_min, relief.lasted_min) {
            (Some(from), Some(lasted)) => writeln!(
                out,
                "  {}: from {from:.0} min, for {}{:.1} h",
                relief.rule,
                if relief.still_there { "at least " } else { "" },
                lasted / 60.0
            )?,
            _ => writeln!(out, "  {}: never", relief.rule)?,
        }
    }
    for score in &report.scores {
        let verdict = match score.important {
            Some(true) => "a change that matters",
            Some(false) => "less than a change that matters",
            // The impression of change is a change already.
            None if score.before.is_none() && score.instrument != Instrument::Pgic => {
                "no score from before to compare with"
            }
            None => "no figure says what change matters",
        };
        let before = score.before.map_or_else(String::new, |before| format!("{before} to "));
        writeln!(out, "  {}: {before}{}, {verdict}", score.instrument.name(), score.after)?;
    }
    if !report.missing_entries_min.is_empty() {
        let times: Vec<String> = report.missing_entries_min.iter().map(f64::to_string).collect();
        writeln!(out, "Diary entries missing (min after the block): {}", times.join(", "))?;
    }
    writeln!(out, "\nSources (`rami evidence KEY` shows one whole; * unverified):")?;
    for figure in &report.evidence {
        let mark = if figure.unverified { "*" } else { " " };
        writeln!(out, " {mark} {}: {}", figure.key, figure.statement)?;
    }
    Ok(())
}
