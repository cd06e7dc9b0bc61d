//! `cargo xtask validate`: studies over many patients, too long for a test. They rewrite `validation/`, whose
//! committed output the tests read.

use crate::shell::{cargo, run as run_command};
use anyhow::{Result, bail};

/// A study: its name, the room whose example program it is.
const STUDIES: &[(&str, &str)] = &[("body", "rami-body")];

pub(crate) fn run(names: &[String]) -> Result<()> {
    if let Some(unknown) = names.iter().find(|name| !STUDIES.iter().any(|(study, _)| study == name)) {
        let known: Vec<_> = STUDIES.iter().map(|(study, _)| *study).collect();
        bail!("there is no study {unknown}; there are {}", known.join(", "));
    }
    for (study, room) in
        STUDIES.iter().filter(|(study, _)| names.is_empty() || names.iter().any(|n| n == study))
    {
        println!("\n== {study}");
        run_command(&mut cargo(&["run", "--locked", "--release", "--package", room, "--example", study]))?;
    }
    Ok(())
}
