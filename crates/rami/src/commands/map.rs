//! `rami map`: a current or a test dose at a needle's tip.

use crate::exit::{Failure, Outcome};
use crate::files;
use crate::values::point;
use anyhow::{Context, anyhow};
use rami_anatomy::{Anatomy, InferOptions, Posture, infer};
use rami_bedside::document::{MapDocument, SOLE_GUIDANCE_REASON};
use rami_bedside::electrical::{self, ElectricalOptions};
use rami_bedside::low_volume::{self, LowVolumeOptions};
use rami_bedside::{BedsideError, World};
use rami_case::{Case, CaseInput};
use rami_volume::Point;
use std::io::{Write, stdout};
use std::path::PathBuf;
use std::time::Instant;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Case folder, CT as .nii or .nii.gz, or folder of DICOM slices
    #[arg(value_name = "CASE|CT")]
    path: PathBuf,
    /// Where the tip is, patient LPS in mm
    #[arg(long, value_name = "X,Y,Z", value_parser = point, allow_hyphen_values = true)]
    tip: [f64; 3],
    /// How to map
    #[arg(long, value_enum)]
    mode: Mode,
    /// Label map of the CT, or a folder with one mask per structure
    #[arg(long, value_name = "LABELS")]
    labels: Option<PathBuf>,
    /// TOML that says which numbers of the labels are which structures
    #[arg(long, value_name = "FILE")]
    label_mapping: Option<PathBuf>,
    /// Go on although the labels lack this structure
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    accept_missing: Vec<String>,
    /// Where the needle entered the skin: the bare tip then lies along the needle [default: a point source]
    #[arg(long, value_name = "X,Y,Z", value_parser = point, allow_hyphen_values = true)]
    entry: Option<[f64; 3]>,
    /// Electrical: end of the current ramp
    #[arg(long, value_name = "MA", default_value_t = 10.0, allow_hyphen_values = true)]
    current_ma: f64,
    /// Electrical: step of the ramp
    #[arg(long, value_name = "MA", default_value_t = 0.05, allow_hyphen_values = true)]
    step_ma: f64,
    /// Electrical: 50 (what is felt) or 2 (what twitches) [default: one after the other]
    #[arg(long, value_name = "2|50")]
    frequency: Option<u32>,
    /// Electrical: width of a pulse [default: 1000]
    #[arg(long, value_name = "US", allow_hyphen_values = true)]
    pulse_us: Option<f64>,
    /// Electrical: length of bare tip
    #[arg(long, value_name = "MM", default_value_t = 5.0, allow_hyphen_values = true)]
    active_tip: f64,
    /// Electrical: outer diameter of the needle
    #[arg(long, value_name = "MM", default_value_t = 0.72, allow_hyphen_values = true)]
    diameter: f64,
    /// Electrical: time step of the nerve model [default: what suits each fibre]
    #[arg(long, value_name = "MS", allow_hyphen_values = true)]
    dt_ms: Option<f64>,
    /// Low volume: anaesthetic at the tip
    #[arg(long, value_name = "ML", default_value_t = 1.0, allow_hyphen_values = true)]
    volume_ml: f64,
    /// Low volume: rise of the toe that counts
    #[arg(long, value_name = "C", default_value_t = 1.0, allow_hyphen_values = true)]
    rise_c: f64,
    /// Low volume: how long the foot is followed
    #[arg(long, value_name = "MIN", default_value_t = 20.0, allow_hyphen_values = true)]
    watch_min: f64,
    /// Low volume: room temperature
    #[arg(long, value_name = "C", default_value_t = 22.0, allow_hyphen_values = true)]
    room: f64,
    /// Take mapping as the only guidance: refused, with the reason
    #[arg(long)]
    sole_guidance: bool,
    /// Seed of the world (for a real CT) and of this person's readings
    #[arg(long, value_name = "N", default_value_t = rami_random::DEFAULT_SEED)]
    seed: u64,
    /// Folder for map.json and map.png
    #[arg(long, value_name = "DIR", required_unless_present = "json")]
    out: Option<PathBuf>,
    /// Print map.json on standard output
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Mode {
    Electrical,
    LowVolume,
}

pub(crate) fn run(args: &Args) -> Result<Outcome, Failure> {
    if args.sole_guidance {
        return Err(BedsideError::SoleGuidance { reason: SOLE_GUIDANCE_REASON }.into());
    }
    let (case, anatomy) = open(args)?;
    let world = World::open_beside(&case, &anatomy, args.seed)?;
    let tip = Point::from(args.tip);
    let started = Instant::now();
    let warnings: Vec<String> =
        anatomy.warnings.iter().chain(&case.warnings).map(|warning| warning.text.clone()).collect();
    let (electrical, low_volume, belief) = match args.mode {
        Mode::Electrical => {
            let usual = ElectricalOptions::at(tip);
            let options = ElectricalOptions {
                entry: args.entry.map(Point::from),
                active_tip_mm: args.active_tip,
                diameter_mm: args.diameter,
                current_ma: args.current_ma,
                step_ma: args.step_ma,
                frequency_hz: args.frequency,
                pulse_us: args.pulse_us.unwrap_or(usual.pulse_us),
                dt_ms: args.dt_ms,
                ..usual
            };
            let (answer, belief) = electrical::map(&world, &anatomy, &options)?;
            (Some(answer), None, belief)
        }
        Mode::LowVolume => {
            let options = LowVolumeOptions {
                volume_ml: args.volume_ml,
                rise_c: args.rise_c,
                watch_min: args.watch_min,
                room_c: args.room,
                ..LowVolumeOptions::at(tip)
            };
            let (answer, belief) = low_volume::map(&world, &anatomy, &options)?;
            (None, Some(answer), belief)
        }
    };
    let document = MapDocument::new(&world, &case.name, &tip, electrical, low_volume, belief, warnings);
    eprintln!("mapped in {:.2} s after loading", started.elapsed().as_secs_f64());
    say(&document);
    let text = serde_json::to_string_pretty(&document).map_err(|error| Failure::Internal(error.into()))?;
    if let Some(folder) = &args.out {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        files::write(&folder.join("map.json"), text.as_bytes())?;
        let picture = rami_report::map::picture(&case.ct, &anatomy.structures, &world, &document)
            .ok_or_else(|| Failure::Internal(anyhow!("the picture has no size")))?;
        let png = picture.png().map_err(|error| Failure::Internal(error.into()))?;
        files::write(&folder.join("map.png"), &png)?;
    }
    if args.json {
        writeln!(stdout().lock(), "{text}")?;
    }
    Ok(Outcome::Done)
}

fn open(args: &Args) -> Result<(Case, Anatomy), Failure> {
    let input = CaseInput {
        path: args.path.clone(),
        labels: args.labels.clone(),
        label_mapping: args.label_mapping.clone(),
        posture: None::<Posture>,
        ..CaseInput::default()
    };
    let case = rami_case::open(&input)?;
    let options = InferOptions {
        posture: case.posture,
        accept_missing: args.accept_missing.clone(),
        ..InferOptions::default()
    };
    let anatomy = infer(&case.ct, case.structures()?.clone(), &options)?;
    Ok((case, anatomy))
}

/// What a person wants to know first.
fn say(document: &MapDocument) {
    document.warnings.iter().for_each(|warning| eprintln!("warning: {warning}"));
    eprintln!("{}", document.world_statement);
    if let Some(answer) = &document.electrical {
        for r in &answer.responses {
            eprintln!("{} Hz, {:.2} mA ({:.2} V): {}", r.frequency_hz, r.current_ma, r.voltage_v, r.report);
        }
        for rule in &answer.rules {
            eprintln!("{}: {} ({})", rule.row, rule.says, rule.reason);
        }
        answer.conflicts.iter().for_each(|conflict| eprintln!("conflict: {conflict}"));
    }
    let belief = &document.belief;
    eprintln!(
        "probability that the tip is at the {} chain: {:.1} % before, {:.1} % after. {}",
        belief.side,
        100.0 * belief.before.p_at_chain,
        100.0 * belief.after.p_at_chain,
        belief.statement
    );
    eprintln!("not to be used alone: {}", document.sole_guidance.reason);
}
