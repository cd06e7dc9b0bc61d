//! Installs what the checks need and the machine lacks, or says exactly what to install.

use crate::shell::{command, has, root, run};
use anyhow::{Result, bail};
use std::fs;
use std::path::PathBuf;

/// The Python of the project's own virtual environment, with what `requirements` lists installed in it.
pub(crate) fn python(requirements: &str) -> Result<PathBuf> {
    let name = requirements.trim_end_matches(".txt").replace(['/', '.'], "-");
    let folder = root().join(".venv").join(&name);
    let python = folder.join("bin/python");
    let list = fs::read_to_string(root().join(requirements))?;
    let stamp = folder.join("installed.txt");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == list) {
        return Ok(python);
    }
    if !has("python3") {
        bail!("python3 is missing: install Python 3.11 or newer with its venv module");
    }
    run(&mut command("python3", &["-m", "venv", &folder.to_string_lossy()]))?;
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements];
    run(&mut command(&python, &pip))?;
    fs::write(stamp, list)?;
    Ok(python)
}

/// Makes sure programs are there: `(program, Debian package)`. Installs the packages as root, else says which.
pub(crate) fn debian(wanted: &[(&str, &str)]) -> Result<()> {
    let missing: Vec<&str> =
        wanted.iter().filter(|(program, _)| !on_path(program)).map(|&(_, package)| package).collect();
    if missing.is_empty() {
        return Ok(());
    }
    install(&missing)
}

/// Tries to install libraries that only a peer needs; where that is not possible the peer will say what it lacks.
pub(crate) fn debian_libraries(packages: &[&str]) -> Result<()> {
    let known =
        |package: &&str| command("dpkg", &["-s", package]).output().is_ok_and(|said| said.status.success());
    if !has("dpkg") || packages.iter().all(known) {
        return Ok(());
    }
    if let Err(why) = install(packages) {
        eprintln!("warning: {why}");
    }
    Ok(())
}

fn install(missing: &[&str]) -> Result<()> {
    let is_root = command("id", &["-u"]).output().is_ok_and(|out| out.stdout.starts_with(b"0\n"));
    if !is_root || !has("apt-get") {
        bail!("these programs are missing; install their packages: apt-get install -y {}", missing.join(" "));
    }
    // Another installation may hold the lock for a while.
    const WAIT: [&str; 2] = ["-o", "DPkg::Lock::Timeout=300"];
    let update: Vec<&str> = WAIT.into_iter().chain(["update", "-qq"]).collect();
    run(command("apt-get", &update).env("DEBIAN_FRONTEND", "noninteractive"))?;
    let mut install: Vec<&str> =
        WAIT.into_iter().chain(["install", "-y", "-qq", "--no-install-recommends"]).collect();
    install.extend(missing);
    run(command("apt-get", &install)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdout(std::process::Stdio::null()))
}

fn on_path(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}

/// The folder of the web tests with its locked packages installed.
pub(crate) fn web() -> Result<PathBuf> {
    let folder = root().join("web");
    if !has("node") || !has("npm") {
        bail!("node and npm are missing: install Node.js 20 or newer");
    }
    let lock = fs::read_to_string(folder.join("package-lock.json"))?;
    let stamp = folder.join("node_modules/.installed-lock");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(folder);
    }
    run(command("npm", &["ci", "--no-audit", "--no-fund"]).current_dir(&folder))?;
    fs::write(stamp, lock)?;
    Ok(folder)
}
