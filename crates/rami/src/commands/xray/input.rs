//! What a picture is made of, from files and arguments.

use super::Args;
use crate::exit::Failure;
use crate::values;
use anyhow::{Context, anyhow, bail};
use rami_anatomy::{Structure, StructureMap};
use rami_case::{CaseInput, open};
use rami_volume::crop::{VoxelBox, crop};
use rami_volume::{Ct, Point, nifti};
use rami_xray::{Clearance, Hand, Letter, Medium, Needle, View, superimposed};
use std::path::Path;

/// Hounsfield units above which a voxel is the person, not the air around.
const BODY_HU: i16 = -400;
/// Room that a lead letter takes from its middle to the rim of the field, mm.
const LETTER_ROOM_MM: f64 = 10.0;

/// CT and labels of whatever is given: case folder, NIfTI, DICOM.
pub(super) fn read(args: &Args) -> Result<(Ct, Option<StructureMap>), Failure> {
    let case = open(&CaseInput { labels: args.labels.clone(), ..CaseInput::at(&args.ct) })?;
    case.warnings.iter().for_each(|warning| eprintln!("warning: {}", warning.text));
    Ok((case.ct, case.structures))
}

/// Straight needles, then bent ones.
pub(super) fn needles(args: &Args) -> anyhow::Result<Vec<Needle>> {
    let diameter = args.needle_diameter;
    if !(diameter > 0.0 && diameter <= 10.0) {
        bail!("--needle-diameter {diameter}: a needle is more than 0 and at most 10 mm thick");
    }
    let straight = args.needle.iter().map(|[ex, ey, ez, tx, ty, tz]| {
        Needle::straight(Point::new(*ex, *ey, *ez), Point::new(*tx, *ty, *tz), diameter)
            .ok_or_else(|| anyhow!("--needle: entry and target are the same point"))
    });
    let bent = args.needle_shape.iter().map(|path| shape(path, diameter));
    straight.chain(bent).collect()
}

/// A chain of points, one a line.
fn shape(path: &Path, diameter: f64) -> anyhow::Result<Needle> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the needle's shape {}", path.display()))?;
    let lines = text.lines().enumerate().map(|(i, line)| (i + 1, line.trim()));
    let points: Vec<Point> = lines
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
        .map(|(number, line)| {
            values::point(line)
                .map(Point::from)
                .map_err(|why| anyhow!("{} line {number}: {why}", path.display()))
        })
        .collect::<Result<_, _>>()?;
    Needle::bent(&points, diameter, None)
        .ok_or_else(|| anyhow!("{}: a needle needs two points or more that differ", path.display()))
}

/// Iodine as a volume.
pub(super) fn contrast(args: &Args) -> anyhow::Result<Option<Medium>> {
    let Some(path) = &args.contrast else { return Ok(None) };
    let (volume, warnings) = nifti::read_quantity(path)?;
    warnings.iter().for_each(|warning| eprintln!("warning: {}", warning.text));
    let most = volume.data().iter().copied().fold(0.0f32, f32::max);
    if volume.data().iter().any(|v| *v < -1e-3) || most > 1000.0 {
        bail!(
            "{}: iodine from {} to {most} mg/ml; it must be from 0 to 1000, and a CT is not contrast medium",
            path.display(),
            volume.data().iter().copied().fold(0.0f32, f32::min),
        );
    }
    let medium = Medium::iodine(volume);
    if medium.is_empty() {
        eprintln!("warning: {} holds no iodine", path.display());
    }
    Ok(Some(medium))
}

pub(super) fn isocentre(args: &Args, ct: &Ct, labels: Option<&StructureMap>) -> Result<Point, Failure> {
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

/// One structure as water and everything else nothing, on the smallest grid that holds it.
pub(super) fn only(labels: &StructureMap, name: &str) -> Result<Ct, Failure> {
    let id = structure(labels, name)?.id();
    let labels = labels.labels();
    let of = VoxelBox::around(labels, |label| label == id).with_context(|| format!("--mask {name}"))?;
    Ok(crop(labels, of)
        .with_context(|| format!("--mask {name}"))?
        .map(|label| if label == id { 0 } else { -1024 }))
}

/// Says what the beam passes before and behind the needle's tip.
pub(super) fn say_what_superimposes(labels: &StructureMap, view: &View, tip: &Point) {
    let Some(passed) = superimposed(labels.labels(), view, tip) else { return };
    let named = |before: bool| -> String {
        let names: Vec<_> = passed
            .iter()
            .filter(|p| p.before_the_point == before)
            .filter_map(|p| Some(format!("{} {:.0} mm", Structure::from_id(p.label)?.name(), p.mm)))
            .collect();
        if names.is_empty() { "nothing that is labelled".to_owned() } else { names.join(", ") }
    };
    eprintln!("at the needle's tip the beam has passed {}; behind it comes {}", named(true), named(false));
}

/// Outer corners of the person in the scan.
pub(super) fn outline(ct: &Ct) -> (Point, Point) {
    let grid = ct.grid();
    let [ni, nj, _] = grid.dims();
    let (mut low, mut high) = ([f64::INFINITY; 3], [f64::NEG_INFINITY; 3]);
    for (row, values) in ct.data().chunks(ni.max(1)).enumerate() {
        let Some(first) = values.iter().position(|v| *v > BODY_HU) else { continue };
        let last = values.iter().rposition(|v| *v > BODY_HU).unwrap_or(first);
        for i in [first, last] {
            let p = grid.to_lps([i as f64, (row % nj) as f64, (row / nj) as f64]);
            for a in 0..3 {
                low[a] = low[a].min(p[a]);
                high[a] = high[a].max(p[a]);
            }
        }
    }
    if low[0] > high[0] {
        return (grid.centre(), grid.centre());
    }
    (Point::from(low), Point::from(high))
}

/// What is in the way of a C-arm.
pub(super) fn obstacle(clearance: &Clearance) -> &'static str {
    if !clearance.within_limits {
        "its joints do not turn that far from the AP view of a prone patient"
    } else if clearance.table_mm <= 0.0 {
        "the table is in its way"
    } else {
        "the patient is in its way"
    }
}

/// The letter of whichever side of the patient is nearer to the left edge, in the upper left of what is lit.
pub(super) fn letter(args: &Args, view: &View) -> Letter {
    let left_edge = -view.right();
    let side = if left_edge.x.abs() < 0.2 {
        // Seen from the side, the letter says which side the detector is on.
        if view.towards_detector().x > 0.0 { 'L' } else { 'R' }
    } else if left_edge.x > 0.0 {
        'L'
    } else {
        'R'
    };
    // Shares of the detector: a corner of the opened field, or as far out as a round picture reaches there.
    let whole = args.detector as f64 * args.pixel;
    let open = args.collimator.map_or([1.0; 2], |mm| mm.map(|mm| (mm / whole).min(1.0)));
    let corner = if args.intensifier { 0.25 } else { 0.36 };
    let [right, up] = open.map(|share| (corner * share).min(0.5 * share - LETTER_ROOM_MM / whole).max(0.0));
    Letter::on_detector(view, side, -right, up)
}

/// A hand that points from its wrist to the isocentre, palm towards the tube.
pub(super) fn hand(wrist: [f64; 3], view: &View) -> anyhow::Result<Hand> {
    let wrist = Point::from(wrist);
    Hand::new(wrist, view.pose().isocentre - wrist, -view.towards_detector()).ok_or_else(|| {
        anyhow!("--hand: the wrist may not lie on the line from tube to detector through the isocentre")
    })
}
