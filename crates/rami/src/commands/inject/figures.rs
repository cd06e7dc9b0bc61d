//! Pictures: where the drug is on slices of the CT, and the block over time.

use super::output::Folder;
use crate::exit::Failure;
use anyhow::anyhow;
use rami_anatomy::{Side, StructureMap};
use rami_bedside::World;
use rami_bedside::inject::document::BlockDocument;
use rami_report::slice::{SlicePlane, Window, cut};
use rami_report::{Anchor, Colour, Picture, Stroke};
use rami_volume::{Ct, Direction, Point, Vector, Volume};

const DRUG: Colour = Colour(80, 190, 255);
const SIZE: u32 = 560;
const PIXEL_MM: f64 = 0.35;

/// Axial, coronal and sagittal through the first tip.
pub(super) fn slices(
    folder: &Folder,
    ct: &Ct,
    structures: &StructureMap,
    world: &World,
    tips: &[Point],
    field: Option<&Volume<f32>>,
    document: &BlockDocument,
) -> Result<(), Failure> {
    let Some(field) = field else { return Ok(()) };
    let strongest = field.data().iter().copied().fold(0.0f32, f32::max).max(1e-9);
    let (x, y, z) = (Vector::x(), Vector::y(), Vector::z());
    for (name, right, down, pixel_mm) in
        [("axial", x, y, PIXEL_MM), ("coronal", x, -z, 0.4), ("sagittal", y, -z, 0.4)]
    {
        let plane = SlicePlane {
            centre: tips[0],
            right: Direction::new_normalize(right),
            down: Direction::new_normalize(down),
            pixel_mm,
            width: SIZE,
            height: SIZE,
        };
        let cut = cut(ct, structures, &plane, Window::ABDOMEN, &[]);
        let mut picture = cut.ok_or_else(|| anyhow!("the slice has no pixels"))?;
        for row in 0..SIZE {
            for column in 0..SIZE {
                let c = field.sample(&plane.point(f64::from(column), f64::from(row)), 0.0);
                let share = (c / f64::from(strongest)) as f32;
                if share > 0.02 {
                    picture.mix(i64::from(column), i64::from(row), DRUG, 0.15 + 0.6 * share.sqrt().min(1.0));
                }
            }
        }
        for side in Side::BOTH {
            let trunk = world.trunks.get(side);
            let near: Vec<(f64, f64)> =
                trunk.points.iter().filter(|p| plane.distance(p) < 3.0).map(|p| plane.pixel(p)).collect();
            if near.len() > 2 && name != "axial" {
                picture.polyline(&near, Stroke::solid(Colour::INFERRED, 2.0));
            } else {
                near.iter().for_each(|p| picture.circle(*p, 5.0, Stroke::solid(Colour::INFERRED, 2.0)));
            }
        }
        for tip in tips.iter().filter(|tip| plane.distance(tip) < 6.0) {
            picture.circle(plane.pixel(tip), 4.0, Stroke::solid(Colour::PLANNED, 2.0));
        }
        let middle = f64::from(SIZE) / 2.0;
        caption(&mut picture, document, &format!("{name} through the tip, end of the injection"));
        let letters = if name == "sagittal" { ["A", "P"] } else { ["R", "L"] };
        picture.bold_text((8.0, middle), Anchor::Left, 18.0, Colour::WHITE, letters[0]);
        picture.bold_text((f64::from(SIZE) - 8.0, middle), Anchor::Right, 18.0, Colour::WHITE, letters[1]);
        picture.scale_bar(1.0 / pixel_mm);
        folder.write(&format!("{name}.png"), &picture.png().map_err(|e| anyhow!("{e}"))?)?;
    }
    Ok(())
}

fn caption(picture: &mut Picture, document: &BlockDocument, text: &str) {
    // The first line of every output is the notice.
    let over = document.share_of_maximum > 1.0;
    let colour = if over { Colour(255, 120, 100) } else { Colour::WHITE };
    let first = if over { "OVER THE MAXIMUM DOSE" } else { "Research and teaching software: no advice" };
    picture.bold_text((8.0, 14.0), Anchor::Left, 13.0, colour, first);
    picture.text((8.0, 32.0), Anchor::Left, 13.0, Colour::WHITE, text);
    let given: Vec<&str> = document.sequence.iter().map(String::as_str).collect();
    picture.text((8.0, 48.0), Anchor::Left, 12.0, Colour::WHITE, &given.join("; "));
}

/// Share of B (solid) and C (dashed) fibres that fail at each level of the injected side, over the hours.
pub(super) fn time_course(folder: &Folder, document: &BlockDocument, side: Side) -> Result<(), Failure> {
    let (width, height, margin) = (760u32, 460u32, 60.0);
    let white = Picture::filled(width, height, Colour::WHITE);
    let mut picture = white.ok_or_else(|| anyhow!("the figure has no pixels"))?;
    let black = Stroke { colour: Colour::BLACK, width: 1.0, dash: None, halo: false };
    let (w, h) = (f64::from(width), f64::from(height));
    let horizon = 480.0;
    let at = |t: f64, share: f64| {
        (margin + t / horizon * (w - 1.6 * margin), h - margin - share * (h - 2.2 * margin))
    };
    let first = if document.share_of_maximum > 1.0 {
        document.notice.as_str()
    } else {
        "Fibres that fail, typical run"
    };
    picture.bold_text((margin, 16.0), Anchor::Left, 13.0, Colour::BLACK, first);
    let words = format!("chain on the {side}; B solid, C dashed; calibrated, not predicted");
    picture.text((margin, 36.0), Anchor::Left, 12.0, Colour::BLACK, &words);
    picture.line(at(0.0, 0.0), at(horizon, 0.0), black);
    picture.line(at(0.0, 0.0), at(0.0, 1.0), black);
    for hour in 0..=8 {
        let (x, y) = at(f64::from(hour) * 60.0, 0.0);
        picture.text((x, y + 14.0), Anchor::Middle, 11.0, Colour::BLACK, &format!("{hour} h"));
    }
    for quarter in 0..=4 {
        let (x, y) = at(0.0, f64::from(quarter) / 4.0);
        picture.text((x - 6.0, y), Anchor::Right, 11.0, Colour::BLACK, &format!("{} %", 25 * quarter));
    }
    let colours = [
        Colour(120, 120, 120),
        Colour(200, 60, 40),
        Colour(30, 120, 200),
        Colour(40, 150, 70),
        Colour(150, 90, 180),
    ];
    for ((level, entry), colour) in document.chain.get(side).iter().zip(colours) {
        for (class, dash) in [("B", None), ("C", Some(6.0))] {
            let Some(shares) = entry.over_time.blocked_fraction_by_class.get(class) else { continue };
            let line: Vec<(f64, f64)> = entry
                .over_time
                .t_min
                .iter()
                .zip(shares)
                .filter(|(t, _)| **t <= horizon)
                .map(|(t, s)| at(*t, *s))
                .collect();
            picture.polyline(&line, Stroke { colour, width: 2.0, dash, halo: false });
        }
        let index = document.chain.get(side).keys().position(|k| k == level).unwrap_or(0) as f64;
        picture.text((w - 30.0, 60.0 + 18.0 * index), Anchor::Middle, 13.0, colour, level);
    }
    folder.write("block_over_time.png", &picture.png().map_err(|e| anyhow!("{e}"))?)?;
    Ok(())
}
