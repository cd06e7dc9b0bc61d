//! `rami demo`: the whole journey, on the built-in default patient or on a CT that is given, tied together by one page.
//!
//! Each step is the command a person would type; the page shows it. Nothing is needed from outside.

mod page;
mod steps;

use crate::exit::{Failure, Outcome};
use anyhow::{Context, anyhow};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;
use steps::Step;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Folder for everything; `index.html` in it ties it together
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// A real case instead of the default patient: case folder, CT as .nii.gz, or folder of DICOM slices
    #[arg(long, value_name = "CASE|CT")]
    case: Option<PathBuf>,
    /// Label map of that CT
    #[arg(long, value_name = "LABELS", requires = "case")]
    labels: Option<PathBuf>,
    /// Which default patient, and the seed of everything drawn
    #[arg(long, value_name = "N", default_value_t = rami_random::DEFAULT_SEED)]
    seed: u64,
    /// Distance between the default patient's voxels
    #[arg(long, value_name = "MM", default_value_t = 1.5)]
    spacing: f64,
}

pub(crate) fn run(args: &Args) -> Result<Outcome, Failure> {
    let begun = Instant::now();
    fs::create_dir_all(&args.out).with_context(|| format!("cannot make {}", args.out.display()))?;
    let chart = rami_clinic::chart::example(rami_clinic::indication::Indication::Crps);
    fs::write(args.out.join("chart.toml"), chart).context("cannot write the chart")?;
    let program = std::env::current_exe().context("cannot find the program that runs")?;
    let subject = steps::Subject::of(args)?;
    let mut walked = Vec::new();
    let first = steps::until_plan(args, &subject);
    let count = first.len() + steps::AFTER_PLAN;
    for step in first {
        walked.push(walk(&program, &args.out, step, walked.len() + 1, count)?);
    }
    let ended = steps::no_safe_path(args);
    if ended.is_none() {
        for step in steps::after_plan(args, &subject) {
            walked.push(walk(&program, &args.out, step, walked.len() + 1, count)?);
        }
    }
    let page = args.out.join("index.html");
    let text = page::index(&walked, args, &subject, begun.elapsed().as_secs_f64());
    fs::write(&page, text).with_context(|| format!("cannot write {}", page.display()))?;
    eprintln!("done in {:.0} s", begun.elapsed().as_secs_f64());
    println!("{}", page.display());
    if let Some(why) = ended {
        eprintln!("{why}");
        return Ok(Outcome::AnswerIsNo);
    }
    Ok(Outcome::Done)
}

/// A step that was taken.
struct Walked {
    step: Step,
    /// How long it took, s.
    took_s: f64,
    /// What its results say, name and value.
    told: Vec<(String, String)>,
}

/// Runs one step in the demonstration's folder.
fn walk(program: &Path, out: &Path, step: Step, number: usize, count: usize) -> Result<Walked, Failure> {
    eprint!("[{number}/{count}] {} ...", step.title);
    let begun = Instant::now();
    let mut command = Command::new(program);
    command.args(&step.arguments).current_dir(out).stdin(Stdio::null());
    let stdout = match step.output {
        Some(name) => {
            Stdio::from(fs::File::create(out.join(name)).with_context(|| format!("cannot write {name}"))?)
        }
        None => Stdio::null(),
    };
    let result = command.stdout(stdout).stderr(Stdio::piped()).output().context("cannot run a step")?;
    let took_s = begun.elapsed().as_secs_f64();
    eprintln!(" {took_s:.1} s");
    // 1 is an answer too: no safe plan, or an assessment that says stop.
    if !matches!(result.status.code(), Some(0 | 1)) {
        let said = String::from_utf8_lossy(&result.stderr).trim().to_owned();
        return Err(Failure::Internal(anyhow!("the step {:?} failed: {said}", step.title)));
    }
    let told = (step.tells)(out);
    Ok(Walked { step, took_s, told })
}
