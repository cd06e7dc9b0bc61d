//! The picture of a mapping: where the tip is and which nerves are excited, beside their thresholds or the foot's record.

use crate::slice::{SlicePlane, Window, cut};
use crate::{Anchor, Colour, Picture, Stroke};
use nalgebra::Vector3;
use rami_anatomy::StructureMap;
use rami_bedside::World;
use rami_bedside::document::MapDocument;
use rami_bedside::electrical::{ElectricalAnswer, NerveThreshold};
use rami_bedside::low_volume::LowVolumeAnswer;
use rami_volume::{Ct, Direction, Point};

const WIDTH: u32 = 1040;
const HEIGHT: u32 = 600;
const SLICE: u32 = 520;
const PIXEL_MM: f64 = 0.3;
const EXCITED: Colour = Colour(255, 80, 60);
const QUIET: Colour = Colour(120, 200, 255);
const MOTOR: Colour = Colour(255, 170, 60);
const GREY: Colour = Colour(150, 150, 150);
const GROUND: Colour = Colour(24, 26, 30);
/// Length of nerve drawn as excited about where it fires, mm.
const EXCITED_MM: f64 = 12.0;

/// Draws a mapping. Nothing when a picture of that size cannot be made.
#[must_use]
pub fn picture(ct: &Ct, structures: &StructureMap, world: &World, map: &MapDocument) -> Option<Picture> {
    let mut picture = Picture::filled(WIDTH, HEIGHT, GROUND)?;
    let tip = Point::from(map.tip_mm);
    let plane = SlicePlane {
        centre: tip,
        right: Direction::new_normalize(Vector3::x()),
        down: Direction::new_normalize(Vector3::y()),
        pixel_mm: PIXEL_MM,
        width: SLICE,
        height: SLICE,
    };
    let slice = cut(ct, structures, &plane, Window::ABDOMEN, &[])?;
    for y in 0..SLICE {
        for x in 0..SLICE {
            if let Some(colour) = slice.pixel(x, y) {
                picture.mix(i64::from(x), i64::from(y) + 40, colour, 1.0);
            }
        }
    }
    let on = |p: &Point| {
        let (x, y) = plane.pixel(p);
        (x, y + 40.0)
    };
    let inside = |p: &Point| {
        let (x, y) = plane.pixel(p);
        (0.0..f64::from(SLICE)).contains(&x) && (0.0..f64::from(SLICE)).contains(&y)
    };
    for tube in world.tubes.iter().filter(|tube| tube.kind.is_nerve()) {
        let near: Vec<&Point> =
            tube.points.iter().filter(|p| plane.distance(p) < 25.0 && inside(p)).collect();
        let line: Vec<(f64, f64)> = near.iter().map(|p| on(p)).collect();
        picture.polyline(&line, Stroke { width: 1.5, halo: false, ..Stroke::solid(QUIET, 1.5) });
        let excited = map.electrical.as_ref().and_then(|answer| fires(answer, &tube.name()));
        if let Some(at) = excited {
            let hot: Vec<(f64, f64)> =
                tube.points.iter().filter(|p| (*p - at).norm() < EXCITED_MM && inside(p)).map(&on).collect();
            picture.polyline(&hot, Stroke::solid(EXCITED, 4.0));
        }
    }
    let centre = on(&tip);
    picture.target(centre, 7.0, Stroke::solid(Colour::PLANNED, 2.0));
    picture.bold_text(
        (10.0, 20.0),
        Anchor::Left,
        15.0,
        Colour::WHITE,
        "Mapping at the tip: research and teaching only",
    );
    picture.text(
        (10.0, 578.0),
        Anchor::Left,
        12.0,
        GREY,
        "Axial, the patient's right at the left. Nerves within 25 mm, seen along the body.",
    );
    match (&map.electrical, &map.low_volume) {
        (Some(answer), _) => thresholds(&mut picture, answer),
        (None, Some(answer)) => foot(&mut picture, answer),
        (None, None) => {}
    }
    let (before, after) = (map.belief.before.p_at_chain, map.belief.after.p_at_chain);
    let text = format!(
        "Belief that the tip is at the chain: {:.0} % before, {:.0} % after",
        100.0 * before,
        100.0 * after
    );
    picture.text((540.0, 578.0), Anchor::Left, 13.0, Colour::WHITE, &text);
    Some(picture)
}

/// Where a nerve fires within the ramp.
fn fires(answer: &ElectricalAnswer, nerve: &str) -> Option<Point> {
    answer.responses.iter().find(|r| r.nerve == nerve)?;
    answer.nerves.iter().find(|n| n.nerve == nerve).map(|n| Point::from(n.excited_at_mm))
}

/// Horizontal bars on a logarithmic scale of mA.
fn thresholds(picture: &mut Picture, answer: &ElectricalAnswer) {
    const LEFT: f64 = 790.0;
    const RIGHT: f64 = 1020.0;
    let (low, high) = (0.05f64.log10(), 200f64.log10());
    let x = |ma: f64| LEFT + (ma.log10().clamp(low, high) - low) / (high - low) * (RIGHT - LEFT);
    picture.bold_text((540.0, 56.0), Anchor::Left, 14.0, Colour::WHITE, "Thresholds, mA (typical person)");
    let rows: Vec<&NerveThreshold> = answer.nerves.iter().take(17).collect();
    for tick in [0.1, 1.0, 10.0, 100.0] {
        picture.line((x(tick), 76.0), (x(tick), 540.0), Stroke { halo: false, ..Stroke::dashed(GREY, 1.0) });
        picture.text((x(tick), 68.0), Anchor::Middle, 11.0, GREY, &format!("{tick}"));
    }
    let limit = x(answer.ramp_to_ma);
    picture.line(
        (limit, 76.0),
        (limit, 540.0),
        Stroke { halo: false, ..Stroke::solid(Colour::PLANNED, 1.5) },
    );
    for (row, nerve) in rows.iter().enumerate() {
        let y = 92.0 + 26.0 * row as f64;
        let name = format!("{} ({:?})", nerve.nerve.replace('_', " "), nerve.fibre);
        picture.text((540.0, y), Anchor::Left, 11.0, Colour::WHITE, &name);
        match nerve.sensory_ma.or(nerve.motor_ma) {
            Some(ma) => {
                let reached = ma * nerve.person_factor <= answer.ramp_to_ma;
                let colour = if reached { EXCITED } else { QUIET };
                picture.fill_rectangle(LEFT, y - 5.0, x(ma) - LEFT, 10.0, colour, 0.9);
            }
            None => picture.text(
                (LEFT + 4.0, y),
                Anchor::Left,
                11.0,
                GREY,
                "not felt, or beyond any current used",
            ),
        }
        if let Some(ma) = nerve.motor_ma {
            picture.line((x(ma), y - 8.0), (x(ma), y + 8.0), Stroke::solid(MOTOR, 2.5));
        }
    }
    picture.text(
        (540.0, 552.0),
        Anchor::Left,
        11.0,
        GREY,
        "Bar: felt at 50 Hz. Orange: twitch at 2 Hz. Yellow: end of the ramp.",
    );
}

/// Both toes against time.
fn foot(picture: &mut Picture, answer: &LowVolumeAnswer) {
    const LEFT: f64 = 580.0;
    const RIGHT: f64 = 1020.0;
    const TOP: f64 = 80.0;
    const BOTTOM: f64 = 520.0;
    picture.bold_text(
        (540.0, 56.0),
        Anchor::Left,
        14.0,
        Colour::WHITE,
        "Toe temperature after the test dose, °C",
    );
    let all = answer.toe.iter().flat_map(|t| [t.toe_c, t.other_toe_c]);
    let (low, high) = all.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), t| (l.min(t), h.max(t)));
    let (low, high) = ((low - 0.5).floor(), (high + 0.5).ceil().max(low + answer.rise_c + 1.0));
    let end = answer.watch_min.max(1.0);
    let at = |t: f64, c: f64| {
        (LEFT + t / end * (RIGHT - LEFT), BOTTOM - (c - low) / (high - low) * (BOTTOM - TOP))
    };
    let curve = |toe: &dyn Fn(&rami_bedside::low_volume::ToeAt) -> f64| -> Vec<(f64, f64)> {
        answer.toe.iter().map(|t| at(t.t_min, toe(t))).collect()
    };
    picture.polyline(&curve(&|t| t.other_toe_c), Stroke::dashed(QUIET, 1.5));
    picture.polyline(&curve(&|t| t.toe_c), Stroke::solid(EXCITED, 2.5));
    if let Some(first) = answer.toe.first() {
        let level = first.toe_c + answer.rise_c;
        picture.line(
            at(0.0, level),
            at(end, level),
            Stroke { halo: false, ..Stroke::dashed(Colour::PLANNED, 1.5) },
        );
    }
    for (c, y) in [(low, BOTTOM), (high, TOP)] {
        picture.text((LEFT - 6.0, y), Anchor::Right, 12.0, GREY, &format!("{c:.0}"));
    }
    picture.text((LEFT, BOTTOM + 16.0), Anchor::Left, 12.0, GREY, "0 min");
    picture.text((RIGHT, BOTTOM + 16.0), Anchor::Right, 12.0, GREY, &format!("{end:.0} min"));
    picture.text(
        (540.0, 552.0),
        Anchor::Left,
        11.0,
        GREY,
        "Red: side of the dose. Blue: other side. Yellow: rise that counts.",
    );
}
