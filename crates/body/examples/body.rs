//! Rewrites `validation/pharmacokinetics.md`, `warming.md` and `pain.md`: predicted beside published, what was used to
//! set anything, what fails, and which inputs matter. Run by `cargo xtask validate body`.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a study, run by hand; a failed unwrap is a failed study

#[path = "body/infusion.rs"]
mod infusion;
#[path = "body/pain.rs"]
mod pain;
#[path = "body/plasma.rs"]
mod plasma;
#[path = "body/warming.rs"]
mod warming;

use rami_body::sensitivity::{Indices, Screening};
use std::fmt::Write;
use std::path::Path;

fn main() -> std::io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../validation");
    std::fs::create_dir_all(&folder)?;
    for (name, page) in
        [("pharmacokinetics", plasma::page()), ("warming", warming::page()), ("pain", pain::page())]
    {
        std::fs::write(folder.join(format!("{name}.md")), page)?;
        println!("validation/{name}.md");
    }
    Ok(())
}

/// A table of both kinds of sensitivity.
fn sensitivity_table(names: &[&str], unit: &str, screening: &[Screening], indices: &[Indices]) -> String {
    let mut out = format!(
        "| input, over its range | Morris μ\\* ({unit}) | σ | Sobol first | total |\n| --- | --- | --- | --- | --- |\n"
    );
    for ((name, s), i) in names.iter().zip(screening).zip(indices) {
        let _ =
            writeln!(out, "| {name} | {:.3} | {:.3} | {:.2} | {:.2} |", s.mu_star, s.sigma, i.first, i.total);
    }
    out
}
