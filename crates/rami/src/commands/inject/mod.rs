//! `rami inject`: where contrast and drug go from given tips, and whether they block the chain.

mod figures;
mod output;

use crate::exit::{Failure, Outcome};
use crate::values::{numbers, point};
use anyhow::{Context, anyhow};
use output::Folder;
use rami_anatomy::{Anatomy, InferOptions, infer};
use rami_bedside::World;
use rami_bedside::inject::film::{Film, Frame};
use rami_bedside::inject::sequence::Sequence;
use rami_bedside::inject::{Plan, notice, shown_field, side_of};
use rami_case::CaseInput;
use rami_spread::{Bore, Injection};
use rami_units::Kg;
use rami_volume::{Point, Volume};
use rami_xray::{CArmPose, Detector, FastProjector, Needle, View};
use std::io::{Write, stdout};
use std::path::PathBuf;

/// Follow contrast and drug from needle tips, and the block they make.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Case folder, CT as .nii or .nii.gz, or folder of DICOM slices
    #[arg(value_name = "CASE|CT")]
    path: PathBuf,
    /// Label map of the CT, or a folder with one mask per structure
    #[arg(long, value_name = "LABELS")]
    labels: Option<PathBuf>,
    /// Needle tips in LPS mm; volumes are shared equally among several
    #[arg(long, value_name = "X,Y,Z[;X,Y,Z]", allow_hyphen_values = true)]
    tip: String,
    /// Syringes in order: AGENT STRENGTH VOLUMEml [@RATEml/s|@PRESSUREkPa] [+ adrenaline 1:200000]; `pause 30s` between
    #[arg(long, value_name = "SYRINGE[;SYRINGE]")]
    inject: String,
    /// Where the needles enter, to show them on x-ray, one for each tip
    #[arg(long, value_name = "X,Y,Z[;X,Y,Z]", allow_hyphen_values = true)]
    entry: Option<String>,
    /// Draws of what is uncertain; 1 is the run with typical properties alone
    #[arg(long, value_name = "N", default_value_t = 16)]
    samples: usize,
    /// Seed of the draws
    #[arg(long, value_name = "S", default_value_t = rami_random::DEFAULT_SEED)]
    seed: u64,
    /// Body mass that maximum doses are for [default: the digital patient's own, else 70]
    #[arg(long, value_name = "KG", allow_hyphen_values = true)]
    weight: Option<f64>,
    /// Cells of the run that is shown, then of the draws
    #[arg(long, value_name = "MM,MM", default_value = "2,4", value_parser = cells)]
    cell: [f64; 2],
    /// Draw worlds from the belief, also for a digital patient: what a plan may show before the block
    #[arg(long)]
    preview: bool,
    /// Pictures of each syringe and view
    #[arg(long, value_name = "N", default_value_t = 5)]
    frames: usize,
    /// Folder for block.json, spread.nii.gz, x-ray frames and figures
    #[arg(long, value_name = "DIR", required_unless_present = "json")]
    out: Option<PathBuf>,
    /// Print block.json on standard output
    #[arg(long)]
    json: bool,
}

/// Body mass of somebody of whom nothing is known.
const DEFAULT_KG: f64 = 70.0;

fn cells(text: &str) -> Result<[f64; 2], String> {
    let mm = numbers::<2>(text, "two cell sizes in mm, for example 2,4")?;
    if mm.iter().all(|h| (0.5..=8.0).contains(h)) { Ok(mm) } else { Err("cells are 0.5 to 8 mm".into()) }
}

fn points(what: &str, text: &str) -> Result<Vec<Point>, Failure> {
    let parts = text.split(';').map(str::trim).filter(|p| !p.is_empty());
    let points: Vec<Point> = parts
        .map(|p| point(p).map(Point::from))
        .collect::<Result<_, _>>()
        .map_err(|why| anyhow!("{what}: {why}"))?;
    if points.is_empty() {
        return Err(anyhow!("{what} names no point: write x,y,z in LPS mm").into());
    }
    Ok(points)
}

pub(crate) fn run(args: &Args) -> Result<Outcome, Failure> {
    let tips = points("--tip", &args.tip)?;
    let entries = args.entry.as_deref().map(|text| points("--entry", text)).transpose()?.unwrap_or_default();
    if !entries.is_empty() && entries.len() != tips.len() {
        return Err(anyhow!("{} entries for {} tips: give one for each", entries.len(), tips.len()).into());
    }
    let sequence = Sequence::parse(&args.inject).context("--inject")?;
    if let Some(given) = args.weight.filter(|given| !(20.0..=300.0).contains(given)) {
        return Err(anyhow!("--weight {given}: 20 to 300 kg").into());
    }
    if args.samples == 0 || args.samples > 10_000 {
        return Err(anyhow!("--samples {}: 1 to 10000", args.samples).into());
    }
    let case = rami_case::open(&CaseInput { labels: args.labels.clone(), ..CaseInput::at(&args.path) })?;
    let digital = case.truth()?.map(|truth| truth.traits.weight_kg);
    let weight = Kg::new(args.weight.or(digital).unwrap_or(DEFAULT_KG)).context("--weight")?;
    // First in every output.
    eprintln!("{}", notice(sequence.share_of_maximum(weight), weight));
    case.warnings.iter().for_each(|w| eprintln!("warning: {}", w.text));
    let belief: Option<Anatomy> = if digital.is_some() && !args.preview {
        None
    } else {
        let options = InferOptions { posture: case.posture, ..InferOptions::default() };
        Some(infer(&case.ct, case.structures()?.clone(), &options)?)
    };
    let world = match &belief {
        None => World::open(&case, args.seed)?,
        Some(anatomy) if args.preview => World::drawn(&case, anatomy, args.seed)?,
        Some(anatomy) => World::open_beside(&case, anatomy, args.seed)?,
    };
    eprintln!("{} Seed {}.", world.record.statement(), args.seed);
    let out = args.out.as_deref().map(Folder::make).transpose()?;
    let plan = Plan {
        tips: tips.clone(),
        bore: Bore::gauge_22(),
        sequence: sequence.clone(),
        samples: if args.samples == 1 { 0 } else { args.samples },
        seed: args.seed,
        weight,
        cell_mm: args.cell,
        looks: args.frames.clamp(1, 40),
        case: case.name.clone(),
    };
    let projector = FastProjector::new(&case.ct);
    let mut films = match &out {
        Some(_) => films(&projector, &world, &tips, &entries, args.seed)?,
        None => Vec::new(),
    };
    let mut frames: Vec<(usize, f64, Vec<Frame>)> = Vec::new();
    let mut fields: Vec<Volume<f32>> = Vec::new();
    let contrast = sequence.agents.iter().position(|a| a.class == rami_formulary::AgentClass::Contrast);
    let shows = out.is_some();
    let mut watch = |step: usize, injection: &Injection| -> Result<(), rami_bedside::BedsideError> {
        if !shows {
            return Ok(());
        }
        fields.push(shown_field(injection, &sequence));
        if let (Some(contrast), true) = (contrast, step < sequence.steps.len()) {
            let iodine = injection.amount(contrast);
            let taken = films.iter_mut().map(|film| film.frame(&iodine)).collect::<Result<Vec<_>, _>>()?;
            frames.push((step, injection.state().delivered_ml, taken));
        }
        Ok(())
    };
    // Where nothing is known of the truth, each draw is another anatomy.
    let vary = belief.as_ref().filter(|_| digital.is_none() || args.preview);
    let worlds = |n: usize| -> Option<World> {
        vary.and_then(|anatomy| World::drawn(&case, anatomy, args.seed.wrapping_add(1 + n as u64)).ok())
    };
    let progress = |n: usize| {
        if n.is_multiple_of(8) || n == args.samples {
            eprintln!("{n} of {} draws", args.samples);
        }
    };
    let answer = plan.run(&world, &worlds, &mut watch, &progress)?;
    let document = &answer.document;
    document.warnings.iter().for_each(|w| eprintln!("warning: {w}"));
    let text = output::json(document)?;
    if let Some(folder) = &out {
        folder.write("block.json", text.as_bytes())?;
        output::fields(folder, &fields)?;
        for (n, (step, delivered, taken)) in frames.iter().enumerate() {
            for (film, frame) in films.iter().zip(taken) {
                output::frame(folder, film.view(), frame, n, *step, *delivered, &document.notice)?;
            }
        }
        let structures = case.structures()?;
        figures::slices(folder, &case.ct, structures, &world, &tips, fields.last(), document)?;
        figures::time_course(folder, document, side_of(&world, &tips[0]))?;
    }
    let mut to = stdout().lock();
    if args.json {
        to.write_all(text.as_bytes())?;
    } else {
        output::summary(&mut to, document, out.as_ref())?;
    }
    Ok(Outcome::Done)
}

/// AP, and lateral from the left, round the first tip.
fn films(
    projector: &FastProjector<'_>,
    world: &World,
    tips: &[Point],
    entries: &[Point],
    seed: u64,
) -> Result<Vec<Film>, Failure> {
    let detector = Detector::square(512, 0.6);
    let needles: Vec<Needle> = tips
        .iter()
        .zip(entries)
        .filter_map(|(tip, entry)| Needle::straight(*entry, *tip, Needle::GAUGE_22_MM))
        .collect();
    let side = side_of(world, &tips[0]);
    let poses = [CArmPose::prone_ap(tips[0]), CArmPose::lateral(side, tips[0])];
    let films = poses.into_iter().map(|pose| -> Result<Film, anyhow::Error> {
        let view = View::new(pose, detector)?;
        Ok(Film::new(projector, view, &needles, seed)?)
    });
    films.collect::<Result<Vec<_>, anyhow::Error>>().map_err(Failure::from)
}
