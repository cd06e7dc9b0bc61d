//! `rami plan`: from a CT and its labels to a plan.

use crate::exit::{Failure, Outcome};
use crate::files;
use anyhow::Context;
use rami_anatomy::{Anatomy, InferOptions, Posture, Side, VertebralLevel, infer};
use rami_case::{Case, CaseInput, SourceRole};
use rami_plan::{InputFile, LevelChoice, Plan, PlanOptions, PlannedSide};
use std::io::{Write, stdout};
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Case folder, CT as .nii or .nii.gz, or folder of DICOM slices
    #[arg(value_name = "CASE|CT")]
    path: PathBuf,
    /// Label map of the CT, or a folder with one mask per structure
    #[arg(long, value_name = "LABELS")]
    labels: Option<PathBuf>,
    /// TOML that says which numbers of the labels are which structures
    #[arg(long, value_name = "FILE")]
    label_mapping: Option<PathBuf>,
    /// Side of the block [default: the case's side, else both]
    #[arg(long, value_name = "left|right|both", value_parser = side)]
    side: Option<PlannedSide>,
    /// Level of the block
    #[arg(long, value_name = "L2|L3|L4|auto", default_value = "auto", value_parser = level)]
    level: LevelChoice,
    /// Levels to choose on each side
    #[arg(long, value_name = "1|2|3", default_value_t = 1)]
    needles: usize,
    /// Length of the needle at hand [default: any that is sold from 90 to 200]
    #[arg(long, value_name = "MM", allow_hyphen_values = true)]
    needle_length: Option<f64>,
    /// How the person lay in the scanner [default: as the case says]
    #[arg(long, value_name = "prone|supine|decubitus|unknown", value_parser = posture)]
    posture: Option<Posture>,
    /// Go on although the labels lack these structures; that becomes the first warning
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    accept_missing: Vec<String>,
    /// Seed of everything random
    #[arg(long, value_name = "N", default_value_t = rami_random::DEFAULT_SEED)]
    seed: u64,
    /// Folder for plan.json, report.html and views
    #[arg(long, value_name = "DIR", required_unless_present = "json")]
    out: Option<PathBuf>,
    /// Print plan.json on standard output
    #[arg(long)]
    json: bool,
}

fn side(text: &str) -> Result<PlannedSide, String> {
    match text {
        "left" => Ok(PlannedSide::Left),
        "right" => Ok(PlannedSide::Right),
        "both" => Ok(PlannedSide::Both),
        _ => Err("left, right or both, the patient's own".to_owned()),
    }
}

fn level(text: &str) -> Result<LevelChoice, String> {
    if text.eq_ignore_ascii_case("auto") {
        return Ok(LevelChoice::Auto);
    }
    let level: VertebralLevel = text.parse()?;
    if VertebralLevel::PLANNED.contains(&level) {
        Ok(LevelChoice::At(level))
    } else {
        Err("the block is planned at L2, L3 or L4".to_owned())
    }
}

fn posture(text: &str) -> Result<Posture, String> {
    match text {
        "prone" => Ok(Posture::Prone),
        "supine" => Ok(Posture::Supine),
        "decubitus" => Ok(Posture::Decubitus),
        "unknown" => Ok(Posture::Unknown),
        _ => Err("prone, supine, decubitus or unknown".to_owned()),
    }
}

/// A bar on a terminal that says what is going on; nothing where standard error is piped.
struct Steps(indicatif::ProgressBar);

impl Steps {
    /// Reading, inferring, searching, drawing.
    const COUNT: u64 = 4;

    fn new() -> Self {
        let bar = indicatif::ProgressBar::new(Self::COUNT);
        if let Ok(style) = indicatif::ProgressStyle::with_template("{bar:24} {msg} {elapsed}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(std::time::Duration::from_millis(200));
        Self(bar)
    }

    fn next(&self, what: &'static str) {
        if !self.0.message().is_empty() {
            self.0.inc(1);
        }
        self.0.set_message(what);
    }
}

impl Drop for Steps {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// What a plan was made of, for whoever draws it.
pub(crate) struct Planned {
    pub(crate) plan: Plan,
    pub(crate) case: Case,
    pub(crate) anatomy: Anatomy,
}

pub(crate) fn run(args: &Args) -> Result<Outcome, Failure> {
    let steps = Steps::new();
    let planned = make(args, &steps)?;
    let plan = &planned.plan;
    if let Some(folder) = &args.out {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let text = serde_json::to_string_pretty(plan).map_err(|error| Failure::Internal(error.into()))?;
        files::write(&folder.join("plan.json"), text.as_bytes())?;
        steps.next("drawing views and slices");
        write_report(folder, &planned)?;
    }
    drop(steps);
    plan.warnings.iter().for_each(|warning| eprintln!("warning: {}", warning.text));
    if args.json {
        let mut out = stdout().lock();
        serde_json::to_writer_pretty(&mut out, plan).map_err(|error| Failure::Internal(error.into()))?;
        writeln!(out)?;
    } else {
        eprintln!("{}", plan.verdict.reason);
        eprintln!(
            "seed {}; {} paths decided, {} free. {}",
            plan.seed, plan.search.paths_decided, plan.search.paths_free, plan.disclaimer
        );
    }
    Ok(if plan.verdict.safe { Outcome::Done } else { Outcome::AnswerIsNo })
}

fn make(args: &Args, steps: &Steps) -> Result<Planned, Failure> {
    steps.next("reading");
    let input = CaseInput {
        path: args.path.clone(),
        labels: args.labels.clone(),
        label_mapping: args.label_mapping.clone(),
        posture: args.posture,
        ..CaseInput::default()
    };
    let mut case = rami_case::open(&input)?;
    let structures = case.structures()?.clone();
    case.structures = None;
    steps.next("inferring anatomy");
    let infer_options = InferOptions {
        posture: case.posture,
        accept_missing: args.accept_missing.clone(),
        unknown_labels: Vec::new(),
        ..InferOptions::default()
    };
    let mut anatomy = infer(&case.ct, structures, &infer_options)?;
    anatomy.warnings.extend(case.warnings.iter().cloned());
    let of_case = |side: Side| match side {
        Side::Left => PlannedSide::Left,
        Side::Right => PlannedSide::Right,
    };
    let options = PlanOptions {
        side: args.side.or(case.side.map(of_case)).unwrap_or(PlannedSide::Both),
        level: args.level,
        needles: args.needles,
        needle_length_mm: args.needle_length,
        seed: args.seed,
        ..PlanOptions::default()
    };
    steps.next("searching paths");
    let plan = rami_plan::plan(&case.ct, &anatomy, inputs(&case), &options)?;
    Ok(Planned { plan, case, anatomy })
}

fn inputs(case: &Case) -> Vec<InputFile> {
    let role = |role: SourceRole| match role {
        SourceRole::Ct => "ct",
        SourceRole::Labels => "labels",
        SourceRole::LabelMapping => "label_mapping",
    };
    let file = |source: &rami_case::Source| InputFile {
        role: role(source.role).to_owned(),
        file: source.file.clone(),
        sha256: source.sha256.clone(),
    };
    case.inputs.iter().map(file).collect()
}

/// Writes `report.html` and `views/*.png`.
fn write_report(folder: &Path, planned: &Planned) -> Result<(), Failure> {
    let report =
        rami_report::plan::report(&planned.case.ct, &planned.anatomy, &planned.plan, &planned.case.name)
            .map_err(|error| Failure::Internal(error.into()))?;
    let views = folder.join("views");
    std::fs::create_dir_all(&views).with_context(|| format!("cannot make {}", views.display()))?;
    for picture in &report.pictures {
        files::write(&views.join(format!("{}.png", picture.name)), &picture.png)?;
    }
    files::write(&folder.join("report.html"), report.html.as_bytes())
}
