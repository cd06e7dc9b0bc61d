//! `cargo xtask demo`: the main job on the built-in default patient, and where its report is.

use crate::shell::{self, build_rami, command, root};
use anyhow::Result;

pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let rami = build_rami("ci")?;
    let out = arguments.first().map_or_else(|| root().join("out/demo"), |folder| folder.into());
    shell::run(command(rami, &["demo", "--out"]).arg(&out).stdout(std::process::Stdio::null()))?;
    println!("the journey: {}", out.join("index.html").display());
    println!("the plan's report: {}", out.join("plan/report.html").display());
    Ok(())
}
