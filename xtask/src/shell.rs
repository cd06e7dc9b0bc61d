//! Running other programs from the project's root.

use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The folder with the workspace's `Cargo.toml`.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}

/// A command that starts in the project's root.
pub(crate) fn command(program: impl AsRef<std::ffi::OsStr>, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root());
    command
}

/// The cargo that runs this.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()), arguments)
}

/// Runs a command and fails when it fails.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let shown = show(command);
    let status = command.status().with_context(|| format!("could not start `{shown}`"))?;
    if !status.success() {
        bail!("`{shown}` failed ({status})");
    }
    Ok(())
}

/// Runs a command, prints its standard output as it comes, and returns it with whether it succeeded.
pub(crate) fn run_and_read(command: &mut Command) -> Result<(String, bool)> {
    let shown = show(command);
    let mut child =
        command.stdout(Stdio::piped()).spawn().with_context(|| format!("could not start `{shown}`"))?;
    let mut output = String::new();
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines() {
            let line = line?;
            println!("{line}");
            output.push_str(&line);
            output.push('\n');
        }
    }
    Ok((output, child.wait()?.success()))
}

/// Whether a program is on the path and answers `--version`.
pub(crate) fn has(program: &str) -> bool {
    Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Where a cargo profile's programs are.
pub(crate) fn target_dir(profile: &str) -> Result<PathBuf> {
    let output = cargo(&["metadata", "--no-deps", "--format-version", "1"]).output()?;
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let target = metadata["target_directory"].as_str().context("cargo metadata names no target directory")?;
    Ok(Path::new(target).join(profile))
}

/// Builds the program `rami` under a profile and says where it is. Like every build here it is one of the whole workspace,
/// so that tests, benchmarks and studies share what is built.
pub(crate) fn build_rami(profile: &str) -> Result<PathBuf> {
    run(&mut cargo(&["build", "--locked", "--profile", profile, "--workspace", "--bin", "rami"]))?;
    Ok(target_dir(profile)?.join("rami"))
}

/// Builds an example program under a profile and says where it is.
pub(crate) fn build_example(name: &str, profile: &str) -> Result<PathBuf> {
    run(&mut cargo(&["build", "--locked", "--profile", profile, "--workspace", "--example", name]))?;
    Ok(target_dir(profile)?.join("examples").join(name))
}

/// The profile that benchmarks and studies are built with: a release, or what `RAMI_PROFILE` says.
pub(crate) fn profile() -> String {
    std::env::var("RAMI_PROFILE").unwrap_or_else(|_| "release".to_owned())
}

fn show(command: &Command) -> String {
    let words: Vec<_> = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    words.join(" ")
}
