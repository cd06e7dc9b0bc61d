//! What the commands about the body share: `rami pk` and `rami respond`.

use crate::exit::{Failure, Outcome};
use serde::Serialize;
use std::io::{StdoutLock, Write, stdout};

#[derive(clap::Args)]
pub(crate) struct Common {
    /// Body mass in kg
    #[arg(long, value_name = "KG", default_value_t = 70.0, allow_hyphen_values = true)]
    pub(crate) weight: f64,
    /// Seed of the population
    #[arg(long, default_value_t = rami_random::DEFAULT_SEED)]
    pub(crate) seed: u64,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Common {
    /// Prints a report as JSON or in words, its warnings to standard error.
    pub(crate) fn print<R: Serialize>(
        &self,
        report: &R,
        warnings: &[String],
        in_words: impl FnOnce(&mut StdoutLock<'_>, &R) -> std::io::Result<()>,
    ) -> Result<Outcome, Failure> {
        for warning in warnings {
            eprintln!("warning: {warning}");
        }
        let mut out = stdout().lock();
        if self.json {
            writeln!(out, "{}", serde_json::to_string_pretty(report)?)?;
        } else {
            in_words(&mut out, report)?;
        }
        Ok(Outcome::Done)
    }
}
