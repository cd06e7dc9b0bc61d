//! The pictures of one site: AP, lateral and tunnel view, and slices along and across the needle.

use super::ReportError;
use crate::slice::{Outline, SlicePlane, Window, cut, draw_needle};
use crate::{Anchor, Colour, Picture, Stroke};
use rami_anatomy::{Anatomy, Side, Structure};
use rami_plan::{Candidate, Plan};
use rami_volume::{Ct, Point};
use rami_xray::picture::edge_letters;
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
/// What steel adds to the line integral, per mm, so that the needle is black on the screen. A picture's grey is not a
/// dose: the number is that of iron at 60 keV (NIST XCOM: 1.205 cm²/g × 7.87 g/cm³).
const STEEL_PER_MM: f32 = 0.95;
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
        let picture = xray(projector, &view, plan, candidate)?;
        pictures.push(SitePicture {
            name: format!("{stem}_{file}"),
            png: picture.png()?,
            alternative: format!(
                "Simulated {name} x-ray of {} {}, {}: the planned needle with its tip marked, vertebrae numbered.",
                candidate.level,
                candidate.side,
                pose.in_words()
            ),
            caption: format!(
                "{name}: {} (primary {:.0}°, secondary {:.0}°)",
                pose.in_words(),
                pose.primary_angle,
                pose.secondary_angle
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
) -> Result<Picture, ReportError> {
    let (entry, target) = (Point::from(candidate.entry_mm), Point::from(candidate.target_mm));
    let anatomy_only = projector.project(view)?.line_integrals();
    let mut shade = shade(&anatomy_only, view);
    if let Some(needle) = Needle::straight(entry, target, NEEDLE_MM) {
        let mut steel = anatomy_only.map(|_| 0.0f32);
        needle.add_to(view, 3, &mut steel);
        for (shade, steel) in shade.data_mut().iter_mut().zip(steel.data()) {
            *shade = (f32::from(*shade) * (-STEEL_PER_MM * steel).exp()) as u8;
        }
    }
    let (rows, columns) = (shade.rows() as u32, shade.columns() as u32);
    let mut picture = Picture::from_grey(columns, rows, shade.data())
        .ok_or(rami_xray::GeometryError::NotFinite { quantity: "the size of the detector" })?;
    let at = |point: &Point| view.project(point).map(|pixel| (pixel.column, pixel.row));
    for line in [Side::Left, Side::Right].map(|side| plan.chain.get(side)) {
        let course: Vec<_> = line.iter().filter_map(|node| at(&Point::from(node.point_mm))).collect();
        picture.polyline(&course, Stroke::dashed(Colour::INFERRED, 1.6));
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
    Ok(picture)
}

/// Grey levels for the screen, dense parts dark: the range is compressed, and the window is set on what lies in the body
/// (line integral above 0.5) between its 1st and 99th percentile, so that air beside the person does not darken it.
fn shade(line_integrals: &Image<f32>, view: &View) -> Image<u8> {
    let flat = compress_range(line_integrals, view);
    let mut body: Vec<f32> = flat
        .data()
        .iter()
        .zip(line_integrals.data())
        .filter(|(value, integral)| value.is_finite() && **integral > 0.5)
        .map(|(value, _)| *value)
        .collect();
    body.sort_unstable_by(f32::total_cmp);
    let at = |share: f64| body.get((share * body.len() as f64) as usize).copied().unwrap_or(0.0);
    let (low, high) = (at(0.01), at(0.99));
    flat.map(|value| (255.0 - 255.0 * ((value - low) / (high - low).max(1e-6)).clamp(0.0, 1.0)) as u8)
}

/// Takes most of the slow changes of thickness and gas out of the picture, as a C-arm's own processing does, so that
/// bone edges keep their contrast: unsharp masking with a box of about 24 mm at the isocentre, applied three times over
/// (nearly a Gaussian). Values are for looking at, not for measuring.
fn compress_range(image: &Image<f32>, view: &View) -> Image<f32> {
    /// Share of the slow part that is removed. Judged by eye.
    const REMOVED: f32 = 0.9;
    const REACH_MM: f64 = 12.0;
    let reach = (REACH_MM / view.pixel_at_isocentre_mm()).round().max(1.0) as usize;
    let (rows, columns) = (image.rows(), image.columns());
    let mut slow = image.data().to_vec();
    for _ in 0..3 {
        slow = transposed(&box_means(&slow, columns, reach), columns);
        slow = transposed(&box_means(&slow, rows, reach), rows);
    }
    let flat = image.data().iter().zip(&slow).map(|(value, slow)| value - REMOVED * slow).collect();
    Image::new(rows, columns, flat).unwrap_or_else(|| image.clone())
}

/// Mean over `reach` values either side within each row, fewer at the ends.
fn box_means(data: &[f32], width: usize, reach: usize) -> Vec<f32> {
    let mut means = Vec::with_capacity(data.len());
    let mut sums = vec![0.0f64; width + 1];
    for row in data.chunks(width) {
        for (i, value) in row.iter().enumerate() {
            sums[i + 1] = sums[i] + f64::from(*value);
        }
        means.extend((0..width).map(|i| {
            let (first, end) = (i.saturating_sub(reach), (i + reach + 1).min(width));
            ((sums[end] - sums[first]) / (end - first) as f64) as f32
        }));
    }
    means
}

fn transposed(data: &[f32], width: usize) -> Vec<f32> {
    let height = data.len() / width;
    (0..data.len()).map(|o| data[(o % height) * width + o / height]).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn range_compression_keeps_an_edge_and_flattens_a_slope() {
        let view = View::new(CArmPose::prone_ap(Point::origin()), Detector::square(256, 0.6)).unwrap();
        let slope = |c: usize| c as f32 * 0.02;
        let image = Image::new(
            256,
            256,
            (0..256 * 256).map(|o| slope(o % 256) + if o / 256 < 128 { 0.0 } else { 0.2 }).collect(),
        );
        let flat = compress_range(&image.unwrap(), &view);
        let at = |row, column| flat.get(row, column).unwrap();
        // A tenth of the slope is left, away from the borders.
        assert!(((at(60, 180) - at(60, 80)) / (slope(180) - slope(80)) - 0.1).abs() < 0.02);
        // The step at the middle row keeps its height next to the edge to within what the box has taken.
        assert!(at(130, 128) - at(125, 128) > 0.15);
    }
}
