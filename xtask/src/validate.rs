//! `cargo xtask validate`: studies over many patients, too long for a test. They rewrite `validation/`, whose
//! committed output the tests read.

use crate::shell::{build_example, command, profile, root, run as run_command, run_and_read};
use anyhow::{Result, bail};

/// A study: the example program that it is, and the page its output becomes where the program does not write its pages
/// itself.
const STUDIES: &[(&str, Option<&str>)] = &[
    ("body", None),
    ("mapping", Some("validation/mapping.md")),
    ("phantom", None),
    ("inference", None),
    ("plans", None),
    ("nerve_block", Some("validation/nerve-block.md")),
    ("procedure", Some("validation/procedure.md")),
    ("nerve_stimulation", Some("validation/nerve-stimulation.md")),
    ("spread", Some("validation/spread.md")),
];

pub(crate) fn run(names: &[String]) -> Result<()> {
    if let Some(unknown) = names.iter().find(|name| !STUDIES.iter().any(|(study, _)| study == name)) {
        let known: Vec<_> = STUDIES.iter().map(|(study, _)| *study).collect();
        bail!("there is no study {unknown}; there are {}", known.join(", "));
    }
    for (study, page) in STUDIES.iter().filter(|(s, _)| names.is_empty() || names.iter().any(|n| n == s)) {
        println!("\n== {study}");
        let mut command = command(build_example(study, &profile())?, &[]);
        let Some(page) = page else {
            run_command(&mut command)?;
            continue;
        };
        let (text, ok) = run_and_read(&mut command)?;
        if !ok {
            bail!("the study {study} failed");
        }
        std::fs::write(root().join(page), text)?;
    }
    Ok(())
}
