//! `rami xray`: one picture of a CT.

mod input;
mod output;

use crate::exit::{Failure, Outcome};
use crate::values;
use anyhow::anyhow;
use rami_volume::Ct;
use rami_xray::chain::{Display, Scatter, Settings};
use rami_xray::dose::PulseRate;
use rami_xray::picture::Polarity;
use rami_xray::{
    CArmPose, Detector, FastProjector, Hand, Letter, Marker, Medium, Needle, Projector, Room,
    SiddonProjector, Table, TrilinearProjector, View, refuse_source_in_patient,
};
use std::path::PathBuf;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Case folder, CT as .nii or .nii.gz, or folder of DICOM slices
    #[arg(value_name = "CASE|CT")]
    ct: PathBuf,
    /// Label map of the CT, or a folder with one mask per structure
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// Positioner primary angle, degrees: 180 is AP of a prone patient, 155 is 25 to the patient's left
    #[arg(long, value_name = "DEG", default_value_t = 180.0, allow_hyphen_values = true)]
    primary: f64,
    /// Positioner secondary angle, degrees: positive is cranial
    #[arg(long, value_name = "DEG", default_value_t = 0.0, allow_hyphen_values = true)]
    secondary: f64,
    /// Look down the first needle instead of along these angles, with its tip as isocentre: it is seen as a point
    #[arg(long, conflicts_with_all = ["primary", "secondary"])]
    tunnel: bool,
    /// Isocentre: x,y,z in LPS mm, or a vertebra such as L3 (needs labels) [default: L3, or the middle of the volume]
    #[arg(long, value_name = "POINT", allow_hyphen_values = true)]
    isocentre: Option<String>,
    /// Source to detector, mm
    #[arg(long, value_name = "MM", default_value_t = CArmPose::DEFAULT_SID, allow_hyphen_values = true)]
    sid: f64,
    /// Source to isocentre, mm
    #[arg(long, value_name = "MM", default_value_t = CArmPose::DEFAULT_SOD, allow_hyphen_values = true)]
    sod: f64,
    /// Pixels on a side of the detector
    #[arg(long, value_name = "N", default_value_t = 512)]
    detector: usize,
    /// Size of a pixel on the detector, mm
    #[arg(long, value_name = "MM", default_value_t = 0.6, allow_hyphen_values = true)]
    pixel: f64,
    /// Needle as entry and target: ex,ey,ez,tx,ty,tz in LPS mm; may be given several times
    #[arg(long, value_name = "POINTS", value_parser = needle, allow_hyphen_values = true)]
    needle: Vec<[f64; 6]>,
    /// Bent needle: a text file with x,y,z in LPS mm on each line, hub first; may be given several times
    #[arg(long, value_name = "FILE")]
    needle_shape: Vec<PathBuf>,
    /// Outer diameter of needles, mm
    #[arg(long, value_name = "MM", default_value_t = Needle::GAUGE_22_MM, allow_hyphen_values = true)]
    needle_diameter: f64,
    /// Contrast medium: mg of iodine per ml on any grid
    #[arg(long, value_name = "FILE.nii.gz")]
    contrast: Option<PathBuf>,
    /// Digital subtraction: only what the contrast medium changes
    #[arg(long, requires = "contrast")]
    dsa: bool,
    /// Steel bead of 3 mm on the skin: x,y,z in LPS mm; may be given several times
    #[arg(long, value_name = "POINT", value_parser = values::point, allow_hyphen_values = true)]
    marker: Vec<[f64; 3]>,
    /// Lead letter L or R on the detector, at the patient's own side
    #[arg(long)]
    lead_letter: bool,
    /// The operator's hand in the beam, its wrist at x,y,z in LPS mm, pointing at the isocentre
    #[arg(long, value_name = "POINT", value_parser = values::point, allow_hyphen_values = true)]
    hand: Option<[f64; 3]>,
    /// A table in front of the (prone) patient
    #[arg(long)]
    table: bool,
    /// Peak tube voltage, kV, 40 to 120 [default: automatic]
    #[arg(long, value_name = "KV", allow_hyphen_values = true)]
    kvp: Option<f64>,
    /// A picture without quantum and electronic noise
    #[arg(long)]
    no_noise: bool,
    /// A picture without scatter, glare and grid
    #[arg(long)]
    no_scatter: bool,
    /// Opening of the shutters on the detector, mm: width,height
    #[arg(long, value_name = "MM,MM", value_parser = opening, allow_hyphen_values = true)]
    collimator: Option<[f64; 2]>,
    /// Bone light and needles white, as on a radiograph, instead of a needle that is black
    #[arg(long)]
    white_bone: bool,
    /// A round picture that darkens towards its rim, as an image intensifier makes, instead of a flat panel's
    #[arg(long)]
    intensifier: bool,
    /// Strength of edge enhancement; 0 is off
    #[arg(long, value_name = "STRENGTH", default_value_t = 1.0, value_parser = not_negative)]
    edges: f32,
    /// Width of the window, ln of signal from black to white [default: from the picture]
    #[arg(long, value_name = "LN", value_parser = not_negative)]
    window: Option<f32>,
    /// Seed of the noise
    #[arg(long, value_name = "N", default_value_t = rami_random::DEFAULT_SEED)]
    seed: u64,
    /// Five pulses of fluoroscopy, the last image held, instead of a spot film with more dose
    #[arg(long)]
    fluoroscopy: bool,
    /// Pulses of fluoroscopy a second, 4 to 30
    #[arg(long, value_name = "N", default_value_t = PulseRate::USUAL.per_s(), requires = "fluoroscopy", allow_hyphen_values = true)]
    pulses: f64,
    /// How rays are measured: fast, or one of the slow references it is compared with [default:
    /// fast; siddon for a --mask, which is made of blocks]
    #[arg(long, value_enum)]
    projector: Option<How>,
    /// Line integrals of 0.02/mm · max(0, 1 + HU/1000) as float32 .npy; with --mask millimetres of the structure
    #[arg(long, value_name = "FILE.npy")]
    line_integrals: Option<PathBuf>,
    /// Show one structure of the labels alone: which pixels it covers
    #[arg(long, value_name = "NAME")]
    mask: Option<String>,
    /// Picture: .png, or .dcm for an X-Ray Angiographic Image
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum How {
    /// Interpolates between voxels, sampled once a slice
    Fast,
    /// Interpolates between voxels, exact
    Trilinear,
    /// Voxels as blocks, exact
    Siddon,
}

fn needle(text: &str) -> Result<[f64; 6], String> {
    values::numbers::<6>(text, "ex,ey,ez,tx,ty,tz in LPS mm")
}

fn opening(text: &str) -> Result<[f64; 2], String> {
    let mm = values::numbers::<2>(text, "width,height in mm")?;
    if mm.iter().any(|v| *v <= 0.0) {
        Err("the opening must be wider than nothing".to_owned())
    } else {
        Ok(mm)
    }
}

fn not_negative(text: &str) -> Result<f32, String> {
    let value = text.parse::<f32>().ok().filter(|v| v.is_finite() && *v >= 0.0);
    value.ok_or_else(|| format!("{text:?} is not a number of at least 0"))
}

/// What a picture is made of.
struct Scene {
    ct: Ct,
    view: View,
    needles: Vec<Needle>,
    contrast: Option<Medium>,
    dsa: bool,
    live: bool,
    pulses: PulseRate,
    markers: Vec<Marker>,
    letter: Option<Letter>,
    hand: Option<Hand>,
    table: Option<Table>,
    settings: Settings,
    display: Display,
    seed: u64,
}

pub(crate) fn run(args: &Args) -> Result<Outcome, Failure> {
    if args.out.is_none() && args.line_integrals.is_none() {
        return Err(anyhow!("nothing to write: give --out FILE.png or --line-integrals FILE.npy").into());
    }
    let settings = settings(args)?;
    let pulses = PulseRate::new(args.pulses).map_err(|why| anyhow!("--pulses: {why}"))?;
    let (mut ct, labels) = input::read(args)?;
    let needles = input::needles(args)?;
    let isocentre = match needles.first() {
        // Off the principal ray perspective would draw the needle out into a line.
        Some(needle) if args.tunnel && args.isocentre.is_none() => needle.tip(),
        _ => input::isocentre(args, &ct, labels.as_ref())?,
    };
    let pose = if args.tunnel {
        let Some((tip, hub)) = needles.first().map(|n| (n.tip(), n.hub())) else {
            return Err(anyhow!("--tunnel looks down a needle: give --needle or --needle-shape").into());
        };
        CArmPose::tunnel(tip, hub, isocentre)
            .ok_or_else(|| anyhow!("--tunnel: the needle begins where it ends"))?
    } else {
        CArmPose::new(args.primary, args.secondary, isocentre)
    };
    let pose = CArmPose { sid: args.sid, sod: args.sod, ..pose };
    let view = View::new(pose, Detector::square(args.detector, args.pixel))?;
    eprintln!(
        "{} (primary {:.1}°, secondary {:.1}°); isocentre {:.1},{:.1},{:.1} mm, sid {} mm, sod {} mm, detector {} x {} pixels of {} mm",
        pose.in_words(),
        pose.primary_angle,
        pose.secondary_angle,
        isocentre.x,
        isocentre.y,
        isocentre.z,
        pose.sid,
        pose.sod,
        args.detector,
        args.detector,
        args.pixel,
    );
    if let (Some(labels), Some(needle)) = (&labels, needles.first()) {
        input::say_what_superimposes(labels, &view, &needle.tip());
    }
    let room = Room::prone(input::outline(&ct));
    refuse_source_in_patient(&ct, &view)?;
    if let Some(name) = &args.mask {
        let labels =
            labels.as_ref().ok_or_else(|| anyhow!("--mask needs --labels, or a case with labels"))?;
        ct = input::only(labels, name)?;
    }
    if !args.table && !room.clearance(&pose).is_free() {
        eprintln!("warning: a C-arm could not stand there: {}", input::obstacle(&room.clearance(&pose)));
    }
    let scene = Scene {
        view,
        needles,
        contrast: input::contrast(args)?,
        dsa: args.dsa,
        live: args.fluoroscopy,
        pulses,
        markers: args.marker.iter().map(|p| Marker::bead((*p).into())).collect(),
        letter: args.lead_letter.then(|| input::letter(args, &view)),
        hand: args.hand.map(|wrist| input::hand(wrist, &view)).transpose()?,
        table: args.table.then(|| Table::of(&room)),
        settings,
        display: Display {
            polarity: if args.white_bone { Polarity::DenseWhite } else { Polarity::DenseDark },
            edges: args.edges,
            vignetting: if args.intensifier { Display::INTENSIFIER_VIGNETTING } else { 0.0 },
            window: args.window,
            ..Display::default()
        },
        seed: args.seed,
        ct,
    };
    let usual = if args.mask.is_some() { How::Siddon } else { How::Fast };
    let projector: &dyn Projector = match args.projector.unwrap_or(usual) {
        How::Fast => &FastProjector::new(&scene.ct),
        How::Trilinear => &TrilinearProjector::new(&scene.ct),
        How::Siddon => &SiddonProjector::new(&scene.ct),
    };
    if let Some(path) = &args.line_integrals {
        output::line_integrals(&scene, projector, path, args.mask.is_some())?;
    }
    if let Some(path) = &args.out {
        output::picture(&scene, projector, path, args.mask.is_some())?;
    }
    Ok(Outcome::Done)
}

fn settings(args: &Args) -> Result<Settings, Failure> {
    if let Some(kvp) = args.kvp.filter(|kvp| !(40.0..=120.0).contains(kvp)) {
        return Err(anyhow!("--kvp {kvp}: the tube is modelled from 40 to 120 kV").into());
    }
    let base = if args.fluoroscopy { Settings::fluoroscopy() } else { Settings::spot_film() };
    Ok(Settings {
        kvp: args.kvp,
        noise: !args.no_noise,
        scatter: if args.no_scatter { Scatter::none() } else { base.scatter },
        collimator_mm: args.collimator,
        ..base
    })
}
