//! `rami rehearse`: a whole block on a case, by the plan, a simulated operator, a script or a person at the keyboard.

pub(crate) mod output;
mod person;
mod said;
pub(crate) mod stage;

use crate::exit::{Failure, Outcome};
use anyhow::{Context, anyhow};
use output::{AtOnce, Film};
use rami_anatomy::Side;
use rami_case::CaseInput;
use rami_procedure::operator::{Operator, Protocol, Script, Skill, run as operate};
use rami_procedure::session::{Aim, Block, Header};
use rami_procedure::{Imaging, Setup, Theatre, curves, score};
use rami_report::session::Material;
use said::Said;
use std::path::PathBuf;

/// Draws of what is uncertain about spread, for the report.
const DRAWS: usize = 5;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Case folder, CT as .nii or .nii.gz, or folder of DICOM slices
    #[arg(value_name = "CASE|CT")]
    path: PathBuf,
    /// Label map of the CT
    #[arg(long, value_name = "LABELS")]
    labels: Option<PathBuf>,
    /// Chart of the person: side, weight, risks
    #[arg(long, value_name = "CHART")]
    chart: Option<PathBuf>,
    /// Who operates: plan, virtual, person, or script followed by its file
    #[arg(long, value_name = "plan|virtual|person|script FILE", num_args = 1..=2, default_value = "plan")]
    operator: Vec<String>,
    /// Side of the block [default: the chart's, the case's, else left]
    #[arg(long, value_name = "left|right", value_parser = side)]
    side: Option<Side>,
    /// Seed of everything random [default: the script's, else 1]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Draw no pictures: the dose is counted all the same
    #[arg(long)]
    no_frames: bool,
    /// Pixels on a side of the pictures
    #[arg(long, value_name = "N", default_value_t = 256)]
    detector: usize,
    /// Folder for session.jsonl, score.json, report.html, report.pdf, procedure.fhir.json and frames
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

fn side(text: &str) -> Result<Side, String> {
    match text {
        "left" => Ok(Side::Left),
        "right" => Ok(Side::Right),
        _ => Err("left or right, the patient's own".to_owned()),
    }
}

pub(crate) fn run(args: &Args) -> Result<Outcome, Failure> {
    if !(16..=1024).contains(&args.detector) {
        return Err(anyhow!("--detector {}: pictures have 16 to 1024 pixels a side", args.detector).into());
    }
    let script = script_file(&args.operator)?;
    // What a script says of itself comes first: the world is drawn and the plan made for it.
    let own = match &script {
        Some((file, text)) => Some(Script::read(text, &Setup::default()).with_context(|| file.clone())?),
        None => None,
    };
    let chart = args.chart.as_deref().map(super::assess::read_chart).transpose()?;
    let Said { seed, side: asked } = said::agreed(args, own.as_ref(), chart.as_ref())?;
    let input = CaseInput { path: args.path.clone(), labels: args.labels.clone(), ..CaseInput::default() };
    eprintln!("opening {}", args.path.display());
    let stage = stage::open(&input, seed)?;
    let draw = !args.no_frames;
    let side = stage.case.side.unwrap_or(Side::Left);
    let mut setup = stage::setup(chart.as_ref(), &stage.case, side, seed, draw)?;
    if let Some(side) = asked {
        setup.side = side;
    }
    setup.pictures.pixels = args.detector;
    eprintln!("planning the {} side (seed {seed})", setup.side);
    let plan = stage.plan(setup.side, seed, 500)?;
    let Some((aim, chosen)) = stage::aim(&plan)? else {
        return stage::nothing_to_rehearse(&plan, &args.out);
    };
    setup.isocentre_mm = aim.target_mm;
    if let Some(candidate) = plan.candidates.get(chosen) {
        setup.level = candidate.level;
    }
    let charted = args.chart.as_deref().map(|path| stage::charted(path, &plan)).transpose()?;
    let kind = args.operator.first().map_or("plan", String::as_str);
    let mut operator: Box<dyn Operator> = match (kind, args.operator.get(1)) {
        ("plan", None) => Box::new(Protocol::reference(aim.clone())),
        ("virtual", None) => Box::new(Protocol::new(aim.clone(), Skill::human(), seed)),
        ("script", Some(_)) => {
            let (file, text) = script.as_ref().ok_or_else(|| anyhow!("--operator script needs a FILE"))?;
            let script = Script::read(text, &setup).with_context(|| file.clone())?;
            if let Some(own) = &script.setup {
                let said =
                    Setup { isocentre_mm: setup.isocentre_mm, pictures: setup.pictures, ..own.clone() };
                setup = said::with_chart(said, chart.as_ref());
            }
            Box::new(script)
        }
        ("person", None) => Box::new(person::Person::new(&aim, &args.out)),
        _ => {
            return Err(anyhow!(
                "--operator {}: plan, virtual, person, or script FILE",
                args.operator.join(" ")
            )
            .into());
        }
    };
    std::fs::create_dir_all(&args.out).with_context(|| format!("cannot make {}", args.out.display()))?;
    let film = Film::new(if kind == "person" {
        AtOnce::ForAPerson(args.out.join("frames"))
    } else {
        AtOnce::Nothing
    });
    let take = |picture: &rami_procedure::theatre::Picture| film.take(picture);
    let imaging = Imaging::new(&stage.case.ct);
    let flow = stage.flow();
    let theatre = Theatre {
        setup: &setup,
        world: &stage.world,
        flow: &flow,
        imaging: Some(&imaging),
        film: Some(&take),
    };
    let header = header(&theatre, &args.operator.join(" "), &stage, &aim, args);
    eprintln!("rehearsing: {kind}");
    let mut block = Block::new(&theatre, header.clone());
    let actions = operate(&mut block, operator.as_mut());
    let (session, state) = block.finish();
    let mut score = score::score(&session, &state);
    // The reference run beside, without pictures.
    let plain = Setup {
        pictures: rami_procedure::setup::Pictures { draw: false, ..setup.pictures.clone() },
        ..setup.clone()
    };
    let reference_theatre = Theatre { setup: &plain, film: None, ..theatre };
    let mut reference = Block::new(&reference_theatre, header);
    operate(&mut reference, &mut Protocol::reference(aim));
    score.compare(&session, &reference.session, &reference.state);
    let curves = curves::curves(&reference_theatre, &state);
    let frames = output::key_frames(&film);
    let draws = flow.draws(&state, setup.seed, DRAWS);
    let material = Material {
        session: &session,
        state: &state,
        score: &score,
        curves: &curves,
        frames: &frames,
        plan: &plan,
        chart: charted.as_ref().map(|charted| (&charted.chart, &charted.assessment)),
        draws: &draws,
    };
    output::write(&args.out, &material)?;
    eprintln!(
        "{actions} actions in {:.0} simulated minutes{} (an input, not a finding); {:.0} of 100 points{}; seed {}",
        state.clock_s / 60.0,
        score
            .measures
            .get("time_out_to_discharge_min")
            .copied()
            .flatten()
            .map_or_else(String::new, |minutes| format!(", {minutes:.0} of them from time-out to discharge")),
        score.percent,
        if score.passed { String::new() } else { format!("; failed: {}", score.failures.join("; ")) },
        setup.seed
    );
    println!("{}", args.out.join("report.html").display());
    Ok(if score.passed { Outcome::Done } else { Outcome::AnswerIsNo })
}

/// A script's file and text, read before anything is opened.
fn script_file(operator: &[String]) -> Result<Option<(String, String)>, Failure> {
    match operator {
        [kind, file] if kind == "script" => {
            let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {file}"))?;
            Ok(Some((file.clone(), text)))
        }
        [kind] if ["plan", "virtual", "person"].contains(&kind.as_str()) => Ok(None),
        _ => Err(anyhow!("--operator {}: plan, virtual, person, or script FILE", operator.join(" ")).into()),
    }
}

fn header(theatre: &Theatre<'_>, operator: &str, stage: &stage::Stage, aim: &Aim, args: &Args) -> Header {
    let mut header = Header::new(theatre, operator, &stage.world.record.statement());
    header.inputs = stage.inputs.clone();
    header.aim = Some(aim.clone());
    let whole =
        |path: &PathBuf| std::fs::canonicalize(path).unwrap_or_else(|_| path.clone()).display().to_string();
    header.case = Some(whole(&args.path));
    header.labels = args.labels.as_ref().map(whole);
    header
}
