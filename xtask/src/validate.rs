//! `cargo xtask validate`: studies over many patients, too long for a test. They rewrite `validation/`, whose
//! committed output the tests read.

use crate::shell::{cargo, root, run as run_command, run_and_read};
use anyhow::{Result, bail};

/// A study: its name, the room whose example program it is, and the page its output becomes where the program does not
/// write its pages itself.
const STUDIES: &[(&str, &str, Option<&str>)] = &[
    ("body", "rami-body", None),
    ("mapping", "rami-bedside", Some("validation/mapping.md")),
    ("phantom", "rami-anatomy", None),
    ("inference", "rami-anatomy", None),
    ("plans", "rami-plan", None),
    ("nerve_block", "rami-nerve", Some("validation/nerve-block.md")),
    ("procedure", "rami-procedure", Some("validation/procedure.md")),
    ("nerve_stimulation", "rami-nerve", Some("validation/nerve-stimulation.md")),
    ("spread", "rami-bedside", Some("validation/spread.md")),
];

pub(crate) fn run(names: &[String]) -> Result<()> {
    if let Some(unknown) = names.iter().find(|name| !STUDIES.iter().any(|(study, ..)| study == name)) {
        let known: Vec<_> = STUDIES.iter().map(|(study, ..)| *study).collect();
        bail!("there is no study {unknown}; there are {}", known.join(", "));
    }
    for (study, room, page) in
        STUDIES.iter().filter(|(s, ..)| names.is_empty() || names.iter().any(|n| n == s))
    {
        println!("\n== {study}");
        let mut command = cargo(&["run", "--locked", "--release", "--package", room, "--example", study]);
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
