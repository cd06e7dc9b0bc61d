//! `rami xray`: one picture of a CT.

mod output;

use crate::exit::{Failure, Outcome};
use crate::values;
use anyhow::{Context, anyhow, bail};
use rami_anatomy::{Structure, StructureMap};
use rami_volume::{Ct, Point, nifti, resample};
use rami_xray::chain::{Scatter, Settings};
use rami_xray::{CArmPose, Detector, FastProjector, Needle, View};
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// CT as .nii or .nii.gz, or a case folder
    #[arg(value_name = "CT")]
    ct: PathBuf,
    /// Label map of the CT
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// Positioner primary angle, degrees: 180 is AP of a prone patient, 155 is 25 to the patient's left
    #[arg(long, value_name = "DEG", default_value_t = 180.0, allow_hyphen_values = true)]
    primary: f64,
    /// Positioner secondary angle, degrees: positive is cranial
    #[arg(long, value_name = "DEG", default_value_t = 0.0, allow_hyphen_values = true)]
    secondary: f64,
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
    /// Needle as entry and target: ex,ey,ez,tx,ty,tz in LPS mm
    #[arg(long, value_name = "POINTS", value_parser = needle, allow_hyphen_values = true)]
    needle: Option<[f64; 6]>,
    /// Peak tube voltage, kV, 40 to 120 [default: automatic]
    #[arg(long, value_name = "KV")]
    kvp: Option<f64>,
    /// A picture without quantum and electronic noise
    #[arg(long)]
    no_noise: bool,
    /// A picture without scatter, glare and grid
    #[arg(long)]
    no_scatter: bool,
    /// Opening of the shutters on the detector, mm: width,height
    #[arg(long, value_name = "MM,MM", value_parser = opening)]
    collimator: Option<[f64; 2]>,
    /// Seed of the noise
    #[arg(long, value_name = "N", default_value_t = rami_random::DEFAULT_SEED)]
    seed: u64,
    /// A frame of pulsed fluoroscopy instead of a spot film with more dose
    #[arg(long)]
    fluoroscopy: bool,
    /// Line integrals of 0.02/mm · max(0, 1 + HU/1000) as float32 .npy; with --mask millimetres of the structure
    #[arg(long, value_name = "FILE.npy")]
    line_integrals: Option<PathBuf>,
    /// Show one structure of the labels alone: which pixels it covers
    #[arg(long, value_name = "NAME", requires = "labels")]
    mask: Option<String>,
    /// Picture: .png, or .dcm for an X-Ray Angiographic Image
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
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

/// What a picture is made of.
struct Scene {
    ct: Ct,
    view: View,
    needle: Option<Needle>,
    settings: Settings,
    seed: u64,
}

pub(crate) fn run(args: &Args) -> Result<Outcome, Failure> {
    if args.out.is_none() && args.line_integrals.is_none() {
        return Err(anyhow!("nothing to write: give --out FILE.png or --line-integrals FILE.npy").into());
    }
    let (ct_path, labels_path) = paths(args);
    let file = nifti::read_ct(&ct_path)?;
    file.warnings.iter().for_each(|warning| eprintln!("warning: {}", warning.text));
    let mut ct = file.ct;
    let labels = labels_path.map(|path| read_labels(&path, &ct)).transpose()?;
    let isocentre = isocentre(args, &ct, labels.as_ref())?;
    let pose =
        CArmPose { sid: args.sid, sod: args.sod, ..CArmPose::new(args.primary, args.secondary, isocentre) };
    let view = View::new(pose, Detector::square(args.detector, args.pixel))?;
    eprintln!(
        "{}; isocentre {:.1},{:.1},{:.1} mm, sid {} mm, sod {} mm, detector {} x {} pixels of {} mm",
        pose.in_words(),
        isocentre.x,
        isocentre.y,
        isocentre.z,
        pose.sid,
        pose.sod,
        args.detector,
        args.detector,
        args.pixel,
    );
    if let Some(name) = &args.mask {
        let labels = labels.as_ref().ok_or_else(|| anyhow!("--mask needs --labels"))?;
        ct = only(&ct, labels, name)?;
    }
    let needle = args.needle.map(steel).transpose()?;
    let scene = Scene { ct, view, needle, settings: settings(args)?, seed: args.seed };
    let projector = FastProjector::new(&scene.ct);
    if let Some(path) = &args.line_integrals {
        output::line_integrals(&scene, &projector, path, args.mask.is_some())?;
    }
    if let Some(path) = &args.out {
        output::picture(&scene, &projector, path, args.mask.is_some())?;
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

/// A case folder holds its CT and labels under fixed names.
fn paths(args: &Args) -> (PathBuf, Option<PathBuf>) {
    let folder_ct = args.ct.join("ct.nii.gz");
    if args.ct.is_dir() && folder_ct.is_file() {
        let folder_labels = args.ct.join("labels.nii.gz");
        let labels = args.labels.clone().or_else(|| folder_labels.is_file().then_some(folder_labels));
        return (folder_ct, labels);
    }
    (args.ct.clone(), args.labels.clone())
}

/// The labels on the grid of the CT.
fn read_labels(path: &Path, ct: &Ct) -> Result<StructureMap, Failure> {
    let file = nifti::read_labels(path)?;
    file.warnings.iter().for_each(|warning| eprintln!("warning: {}", warning.text));
    let labels = resample::nearest(&file.labels, ct.grid(), 0);
    let (map, unknown) = StructureMap::new(labels, &file.names);
    if !unknown.is_empty() {
        eprintln!("warning: labels that Rami does not know are left out: {}", unknown.join(", "));
    }
    Ok(map)
}

fn isocentre(args: &Args, ct: &Ct, labels: Option<&StructureMap>) -> Result<Point, Failure> {
    let vertebra = |level: &str| {
        let labels = labels.ok_or_else(|| anyhow!("--isocentre {level} needs --labels"))?;
        let name = format!("vertebrae_{}", level.to_uppercase());
        centroid(labels, &name).with_context(|| format!("--isocentre {level}"))
    };
    match &args.isocentre {
        Some(text) if text.contains(',') => {
            Ok(Point::from(values::point(text).map_err(|why| anyhow!("--isocentre: {why}"))?))
        }
        Some(level) => Ok(vertebra(level)?),
        None => Ok(vertebra("L3").unwrap_or_else(|_| ct.grid().centre())),
    }
}

fn centroid(labels: &StructureMap, name: &str) -> anyhow::Result<Point> {
    let id = structure(labels, name)?.id();
    let labels = labels.labels();
    let (mut sum, mut count) = ([0.0; 3], 0.0);
    for (at, _) in labels.data().iter().enumerate().filter(|(_, label)| **label == id) {
        let voxel = labels.grid().voxel(at);
        (0..3).for_each(|axis| sum[axis] += voxel[axis] as f64);
        count += 1.0;
    }
    Ok(labels.grid().to_lps(sum.map(|s| s / count)))
}

fn structure(labels: &StructureMap, name: &str) -> anyhow::Result<Structure> {
    let found = Structure::from_name(name).filter(|structure| labels.has(*structure));
    found.ok_or_else(|| {
        let present: Vec<_> = labels.present().map(Structure::name).collect();
        anyhow!("the labels have no {name}; they have {}", present.join(", "))
    })
}

/// A CT in which one structure is water and everything else is nothing.
fn only(ct: &Ct, labels: &StructureMap, name: &str) -> Result<Ct, Failure> {
    let id = structure(labels, name)?.id();
    let data = labels.labels().data().iter().map(|&label| if label == id { 0 } else { -1024 }).collect();
    Ok(Ct::new(ct.grid().clone(), data).ok_or_else(|| anyhow!("labels and CT differ in size"))?)
}

fn steel([ex, ey, ez, tx, ty, tz]: [f64; 6]) -> Result<Needle, anyhow::Error> {
    let needle = Needle::straight(Point::new(ex, ey, ez), Point::new(tx, ty, tz), Needle::GAUGE_22_MM);
    match needle {
        Some(needle) => Ok(needle),
        None => bail!("--needle: entry and target are the same point"),
    }
}
