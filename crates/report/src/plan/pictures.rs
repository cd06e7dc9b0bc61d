//! The pictures of one site: AP, lateral and tunnel view, and slices along and across the needle.

use super::ReportError;
use crate::slice::{Outline, SlicePlane, Window, cut, draw_needle};
use crate::{Anchor, Colour, Picture, Stroke};
use rami_anatomy::{Anatomy, Side, Structure, Vertebra, WarningKind};
use rami_plan::{Candidate, Plan};
use rami_random::Stream;
use rami_volume::{Ct, Point};
use rami_xray::chain::{Display, Fluoroscope, Settings};
use rami_xray::picture::{Polarity, edge_letters};
use rami_xray::{
    CArmPose, Detector, FastProjector, Image, Needle, Projector, View, secondary_for_square_endplate,
};

/// A picture of a site.
#[derive(Debug, Clone)]
pub struct SitePicture {
    /// Name of a file without its ending: `L3_left_ap`.
    pub name: String,
    /// Bytes of a PNG file.
    pub png: Vec<u8>,
    /// What it shows, for those who cannot see it.
    pub alternative: String,
    /// What is written under it.
    pub caption: String,
}

/// Outer diameter of the 21G needle that is drawn, mm (ISO 9626).
const NEEDLE_MM: f64 = 0.82;
/// How the film is shown: regions brought together and edges drawn out more than a C-arm's default, so that pedicles and
/// endplates read on paper. Judged by eye.
const DISPLAY: Display = Display {
    polarity: Polarity::DenseDark,
    harmonisation: 0.9,
    edges: 1.5,
    window: None,
    level: 0.0,
    vignetting: 0.0,
};
const SLICE_PIXELS: u32 = 420;

pub(super) fn of_sites(
    ct: &Ct,
    anatomy: &Anatomy,
    plan: &Plan,
    shown: &[&Candidate],
) -> Result<Vec<Vec<SitePicture>>, ReportError> {
    let projector = FastProjector::new(ct);
    shown.iter().map(|candidate| of_site(ct, anatomy, plan, candidate, &projector)).collect()
}

fn of_site(
    ct: &Ct,
    anatomy: &Anatomy,
    plan: &Plan,
    candidate: &Candidate,
    projector: &FastProjector,
) -> Result<Vec<SitePicture>, ReportError> {
    let target = Point::from(candidate.target_mm);
    let stem = format!("{}_{}", candidate.level, candidate.side);
    let square = |primary: f64| {
        let normal = anatomy.vertebrae.get(&candidate.level).map(|v| v.frame.cranial.into_inner());
        normal.and_then(|normal| secondary_for_square_endplate(primary, &normal)).unwrap_or(0.0)
    };
    let lateral_angle = candidate.side.sign() * 90.0;
    let views = [
        ("ap", "AP", CArmPose::new(180.0, square(180.0), target)),
        ("lateral", "Lateral", CArmPose::new(lateral_angle, square(lateral_angle), target)),
        (
            "tunnel",
            "Tunnel",
            CArmPose::new(candidate.primary_angle_deg, candidate.secondary_angle_deg, target),
        ),
    ];
    let mut pictures = Vec::new();
    for (file, name, pose) in views {
        let view = View::new(pose, Detector::default())?;
        let picture = xray(projector, &view, plan, candidate, anatomy.vertebrae.get(&candidate.level), file)?;
        pictures.push(SitePicture {
            name: format!("{stem}_{file}"),
            png: picture.png()?,
            alternative: format!(
                "Simulated {name} x-ray of {} {}, {}: the planned needle with its tip marked, vertebrae numbered{}.",
                candidate.level,
                candidate.side,
                pose.in_words(),
                if file == "lateral" { "" } else { ", the pedicles of the level ringed" }
            ),
            caption: format!(
                "{name}: {} (primary {:.0}°, secondary {:.0}°){}",
                pose.in_words(),
                pose.primary_angle,
                pose.secondary_angle,
                if file == "ap" { format!("; rings: pedicles of {}", candidate.level) } else { String::new() }
            ),
        });
    }
    pictures.extend(slices(ct, anatomy, plan, candidate, &stem)?);
    Ok(pictures)
}

fn xray(
    projector: &FastProjector,
    view: &View,
    plan: &Plan,
    candidate: &Candidate,
    vertebra: Option<&Vertebra>,
    file: &str,
) -> Result<Picture, ReportError> {
    let (entry, target) = (Point::from(candidate.entry_mm), Point::from(candidate.target_mm));
    // A spot film with everything a C-arm does but the grain, which would hide what the picture is there to show.
    let settings = Settings { noise: false, ..Settings::spot_film() };
    let mut arm = Fluoroscope::new(settings, Stream::new(plan.seed).named("views"));
    let position = arm.position(*view, &projector.project(view)?);
    let detector = view.detector();
    let steel = Needle::straight(entry, target, NEEDLE_MM).map(|needle| {
        let mut steel = Image::filled(detector.rows, detector.columns, 0.0f32);
        needle.add_to(view, 4, &mut steel);
        steel
    });
    let shade = DISPLAY.show(&arm.expose(&position, steel.as_ref(), None).signal, position.lit());
    let (rows, columns) = (shade.rows() as u32, shade.columns() as u32);
    let mut picture = Picture::from_grey(columns, rows, shade.data())
        .ok_or(rami_xray::GeometryError::NotFinite { quantity: "the size of the detector" })?;
    let at = |point: &Point| view.project(point).map(|pixel| (pixel.column, pixel.row));
    for line in [Side::Left, Side::Right].map(|side| plan.chain.get(side)) {
        let course: Vec<_> = line.iter().filter_map(|node| at(&Point::from(node.point_mm))).collect();
        picture.polyline(&course, Stroke::dashed(Colour::INFERRED, 1.6));
    }
    // From the side the two pedicles overlie one another.
    if let Some(vertebra) = vertebra.filter(|_| file != "lateral") {
        for ring in Side::BOTH.into_iter().filter_map(|side| pedicle_ring(vertebra, side)) {
            let ring: Vec<_> = ring.iter().filter_map(&at).collect();
            picture.polyline(&ring, Stroke::dashed(Colour::WHITE, 1.3));
        }
    }
    if let Some(tip) = at(&target) {
        picture.target(tip, 9.0, Stroke::solid(Colour::PLANNED, 1.8));
    }
    for (level, vertebra) in &plan.levels {
        let Some((column, row)) = at(&Point::from(vertebra.centroid_mm)) else { continue };
        // Beside the body, away from the needle's side.
        let away = if (view.right().x * candidate.side.sign()) > 0.0 { -1.0 } else { 1.0 };
        let beside = column + away * 0.75 * vertebra.width_mm / view.pixel_at_isocentre_mm();
        if row > 12.0 && row < f64::from(rows) - 12.0 {
            picture.bold_text((beside, row), Anchor::Middle, 17.0, Colour::WHITE, level.name());
        }
    }
    let [left, right, _, _] = edge_letters(view);
    picture.bold_text((10.0, 18.0), Anchor::Left, 24.0, Colour::WHITE, &left.to_string());
    picture.bold_text(
        (f64::from(columns) - 10.0, 18.0),
        Anchor::Right,
        24.0,
        Colour::WHITE,
        &right.to_string(),
    );
    picture.scale_bar(1.0 / view.pixel_at_isocentre_mm());
    caution(&mut picture, plan, f64::from(columns) / 2.0);
    Ok(picture)
}

/// The outline of a pedicle's narrowest section, as the labels give it.
fn pedicle_ring(vertebra: &Vertebra, side: Side) -> Option<Vec<Point>> {
    let pedicle = vertebra.pedicles.get(side).as_ref()?;
    let across = vertebra.frame.right.into_inner() * (pedicle.width_mm / 2.0);
    let up = vertebra.frame.cranial.into_inner() * (pedicle.height_mm / 2.0);
    let at = |n: i32| {
        let (sin, cos) = (f64::from(n) * std::f64::consts::TAU / 32.0).sin_cos();
        pedicle.centre + across * cos + up * sin
    };
    Some((0..=32).map(at).collect())
}

/// What must be known first, in a few words at the top: a picture may be looked at without its report.
fn caution(picture: &mut Picture, plan: &Plan, middle: f64) {
    let is = |kind| plan.warnings.iter().any(|warning| warning.kind == kind);
    let words: Vec<&str> = [
        (is(WarningKind::MissingLabelAccepted), "a hazard is not labelled"),
        (is(WarningKind::Laterality), "left and right in doubt"),
        (is(WarningKind::Posture), "CT not known to be prone"),
        (is(WarningKind::LevelCount) || is(WarningKind::LevelCountTruncated), "level count uncertain"),
    ]
    .into_iter()
    .filter_map(|(holds, words)| holds.then_some(words))
    .collect();
    if !words.is_empty() {
        picture.bold_text((middle, 16.0), Anchor::Middle, 14.0, Colour::WHITE, &words.join("; "));
    }
}

fn slices(
    ct: &Ct,
    anatomy: &Anatomy,
    plan: &Plan,
    candidate: &Candidate,
    stem: &str,
) -> Result<Vec<SitePicture>, ReportError> {
    let (entry, target) = (Point::from(candidate.entry_mm), Point::from(candidate.target_mm));
    // Half the picture lies beyond the tip's half of the needle: shift the middle towards the front and the midline.
    let length = (entry - target).norm();
    let beyond = target + (target - entry) * (0.5_f64).min(55.0 / length.max(1.0));
    let pixel = (length * 1.55 / f64::from(SLICE_PIXELS)).max(0.25);
    let side = SLICE_PIXELS;
    let outlines = outlines(anatomy);
    let planes = [
        (
            "axial",
            "Along the needle, near axial",
            SlicePlane::axial_along(&entry, &beyond, pixel, side, side),
            ["R", "L"],
        ),
        (
            "sagittal",
            "Along the needle, upright",
            SlicePlane::sagittal_along(&entry, &beyond, pixel, side, side),
            ["A", "P"],
        ),
        (
            "across",
            "Across the needle at its tip, seen from the hub",
            SlicePlane::across(&entry, &target, &target, 0.25, side, side),
            ["", ""],
        ),
    ];
    let mut pictures = Vec::new();
    for (file, name, plane, letters) in planes {
        let Some(mut picture) = cut(ct, &anatomy.structures, &plane, Window::ABDOMEN, &outlines) else {
            continue;
        };
        draw_chain(&mut picture, &plane, plan);
        if file == "across" {
            picture.target(plane.pixel(&target), 7.0, Stroke::solid(Colour::PLANNED, 1.8));
        } else {
            draw_needle(&mut picture, &plane, &entry, &target);
        }
        let letters = if file == "across" { sides_of(&plane) } else { letters };
        let edge = f64::from(side) - 10.0;
        picture.bold_text((10.0, 18.0), Anchor::Left, 20.0, Colour::WHITE, letters[0]);
        picture.bold_text((edge, 18.0), Anchor::Right, 20.0, Colour::WHITE, letters[1]);
        picture.scale_bar(1.0 / plane.pixel_mm);
        caution(&mut picture, plan, f64::from(side) / 2.0);
        pictures.push(SitePicture {
            name: format!("{stem}_slice_{file}"),
            png: picture.png()?,
            alternative: format!(
                "CT slice of {} {}: {}. Organs outlined, the needle solid, the inferred sympathetic trunk as a ring of one standard deviation.",
                candidate.level, candidate.side, name.to_lowercase()
            ),
            caption: name.to_owned(),
        });
    }
    Ok(pictures)
}

/// Letters of the left and right edge of a slice.
fn sides_of(plane: &SlicePlane) -> [&'static str; 2] {
    if plane.right.x > 0.0 { ["R", "L"] } else { ["L", "R"] }
}

/// Rings where the inferred trunk crosses the slice: a dot at its mean, a ring of one standard deviation.
fn draw_chain(picture: &mut Picture, plane: &SlicePlane, plan: &Plan) {
    for side in Side::BOTH {
        let nodes = plan.chain.get(side);
        let near = |a: &Point| plane.distance(a);
        let closest = nodes
            .iter()
            .min_by(|a, b| near(&Point::from(a.point_mm)).total_cmp(&near(&Point::from(b.point_mm))));
        let Some(node) = closest.filter(|node| near(&Point::from(node.point_mm)) < 6.0) else { continue };
        let centre = plane.pixel(&Point::from(node.point_mm));
        picture.circle(centre, 1.5, Stroke::solid(Colour::INFERRED, 2.0));
        picture.circle(centre, node.sd_mm / plane.pixel_mm, Stroke::dashed(Colour::INFERRED, 1.4));
    }
}

/// Structures worth an outline near the needle, with short names.
fn outlines(anatomy: &Anatomy) -> Vec<Outline> {
    const VESSEL: Colour = Colour(235, 90, 90);
    const VEIN: Colour = Colour(110, 160, 255);
    const KIDNEY: Colour = Colour(255, 160, 70);
    const BOWEL: Colour = Colour(200, 170, 120);
    const MUSCLE: Colour = Colour(120, 200, 120);
    const ORGAN: Colour = Colour(205, 140, 205);
    const BONE: Colour = Colour(230, 230, 210);
    anatomy
        .structures
        .present()
        .filter_map(|structure: Structure| {
            let name = structure.name();
            let is = |prefix: &str| name.starts_with(prefix);
            let (colour, label) = match name {
                "aorta" => (VESSEL, "aorta"),
                "inferior_vena_cava" => (VEIN, "IVC"),
                "kidney_left" | "kidney_right" => (KIDNEY, "kidney"),
                "colon" => (BOWEL, "colon"),
                "small_bowel" => (BOWEL, "bowel"),
                "duodenum" => (BOWEL, "duodenum"),
                "iliopsoas_left" | "iliopsoas_right" => (MUSCLE, "psoas"),
                "liver" => (ORGAN, "liver"),
                "spleen" => (ORGAN, "spleen"),
                "spinal_cord" => (Colour(255, 255, 120), ""),
                _ if is("vertebrae") => (BONE, name.trim_start_matches("vertebrae_")),
                _ if is("iliac_artery") => (VESSEL, ""),
                _ if is("iliac_vena") => (VEIN, ""),
                _ if is("autochthon") || is("quadratus") => (Colour(90, 150, 90), ""),
                _ if is("ureter") => (KIDNEY, ""),
                _ => return None,
            };
            Some(Outline { structure, colour, label: label.to_owned() })
        })
        .collect()
}
