//! The anatomy over the picture, for a trainee who asks for it: the person as they are, projected as the x-rays are.

use super::show::asks_for_anatomy;
use crate::cases::Loaded;
use rami_anatomy::{Side, Structure};
use rami_procedure::{Event, Session, State, Theatre};
use rami_volume::Point;
use rami_xray::View;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeSet;

/// Cells on a side of the picture in which outlines are found.
const CELLS: usize = 128;
/// Structures that are outlined, by how their names begin.
const OUTLINED: [&str; 5] = ["vertebrae_L", "kidney", "aorta", "inferior_vena_cava", "iliopsoas"];
/// Lines that are drawn, on both sides.
const COURSES: [&str; 2] = ["ureter", "genitofemoral_nerve"];

/// What lies in the picture. Places are row and column on the detector.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct Overlay {
    /// Angles that it is drawn for.
    pub(crate) primary_deg: f64,
    /// Angles that it is drawn for.
    pub(crate) secondary_deg: f64,
    /// Rows and columns of the picture.
    pub(crate) pixels: usize,
    /// Where the tip is, and in what.
    pub(crate) tip: Option<Tip>,
    /// Both trunks, ureters and genitofemoral nerves.
    pub(crate) courses: Vec<Course>,
    /// Edges of structures.
    pub(crate) outlines: Vec<Outline>,
}

/// The tip of the needle.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct Tip {
    pub(crate) px: [f64; 2],
    /// What it is in.
    pub(crate) inside: String,
}

/// Something that runs along.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct Course {
    pub(crate) name: String,
    pub(crate) px: Vec<[f64; 2]>,
}

/// The edge of a structure's shadow, as cells.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct Outline {
    pub(crate) name: String,
    /// Width of a cell.
    pub(crate) cell_px: f64,
    pub(crate) px: Vec<[f64; 2]>,
}

/// The anatomy as the C-arm stands now; refused until the trainee has asked for it, which is counted.
pub(super) fn overlay(
    theatre: &Theatre<'_>,
    loaded: &Loaded,
    session: &Session,
    state: &State,
) -> Result<Overlay, String> {
    if !session.lines.iter().any(|line| asks_for_anatomy(&line.action)) {
        return Err("the anatomy is hidden; ask to see it first, which is counted".to_owned());
    }
    let pixels = theatre.setup.pictures.pixels;
    let view = theatre.view(state, pixels).ok_or("the C-arm stands where no picture can be taken")?;
    let place = |p: [f64; 3]| view.project(&Point::from(p)).map(|pixel| [pixel.row, pixel.column]);
    let inside = session.lines.iter().rev().flat_map(|line| line.events.iter().rev()).find_map(|e| match e {
        Event::TipAt { inside, .. } => Some(inside.clone()),
        _ => None,
    });
    let tip = state.needle.as_ref().and_then(|held| {
        Some(Tip { px: place(held.tip_mm)?, inside: inside.unwrap_or_else(|| "skin".to_owned()) })
    });
    let mut courses: Vec<Course> = Side::BOTH
        .iter()
        .map(|&side| Course {
            name: format!("sympathetic_trunk_{side}"),
            px: theatre.world.trunk(side).into_iter().filter_map(|(point, _)| place(point)).collect(),
        })
        .collect();
    for name in COURSES.iter().flat_map(|name| Side::BOTH.iter().map(move |side| format!("{name}_{side}"))) {
        let px = theatre.world.course(&name).into_iter().filter_map(place).collect();
        courses.push(Course { name, px });
    }
    courses.retain(|course| !course.px.is_empty());
    Ok(Overlay {
        primary_deg: state.c_arm.primary_deg,
        secondary_deg: state.c_arm.secondary_deg,
        pixels,
        tip,
        courses,
        outlines: outlines(loaded, &view, pixels),
    })
}

fn outlines(loaded: &Loaded, view: &View, pixels: usize) -> Vec<Outline> {
    let structures = &loaded.anatomy.structures;
    let labels = structures.labels();
    let grid = labels.grid();
    let [nx, ny, nz] = grid.dims();
    let cell_px = pixels as f64 / CELLS as f64;
    let mut shadows: Vec<(Structure, BTreeSet<(i32, i32)>)> = structures
        .present()
        .filter(|s| OUTLINED.iter().any(|start| s.name().starts_with(start)))
        .map(|s| (s, BTreeSet::new()))
        .collect();
    let step = grid.spacing().map(|s| (3.0 / s).round().max(1.0) as usize);
    for z in (0..nz).step_by(step[2]) {
        for y in (0..ny).step_by(step[1]) {
            for x in (0..nx).step_by(step[0]) {
                let label = labels.data()[(z * ny + y) * nx + x];
                if label == 0 {
                    continue;
                }
                let Some((_, cells)) = shadows.iter_mut().find(|(s, _)| s.id() == label) else { continue };
                let at = grid.to_lps([x as f64, y as f64, z as f64]);
                if let Some(pixel) = view.project(&at) {
                    let cell = |v: f64| (v / cell_px).floor() as i32;
                    cells.insert((cell(pixel.row), cell(pixel.column)));
                }
            }
        }
    }
    let within = |v: i32| (0..CELLS as i32).contains(&v);
    shadows
        .into_iter()
        .map(|(structure, cells)| {
            let cells = closed(&cells);
            let edge = cells.iter().filter(|(r, c)| {
                let all = [(r - 1, *c), (r + 1, *c), (*r, c - 1), (*r, c + 1)];
                within(*r) && within(*c) && all.iter().any(|cell| !cells.contains(cell))
            });
            let px = edge.map(|(r, c)| [(f64::from(*r) + 0.5) * cell_px, (f64::from(*c) + 0.5) * cell_px]);
            Outline { name: structure.name().to_owned(), cell_px, px: px.collect() }
        })
        .filter(|outline| !outline.px.is_empty())
        .collect()
}

/// Grown by a cell and shrunk again: samples are farther apart than cells.
fn closed(cells: &BTreeSet<(i32, i32)>) -> BTreeSet<(i32, i32)> {
    let around = |(r, c): (i32, i32)| (-1..=1).flat_map(move |dr| (-1..=1).map(move |dc| (r + dr, c + dc)));
    let grown: BTreeSet<(i32, i32)> = cells.iter().copied().flat_map(around).collect();
    grown.iter().copied().filter(|&cell| around(cell).all(|near| grown.contains(&near))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sieve_of_samples_becomes_a_whole_shadow() {
        let sieve: BTreeSet<(i32, i32)> =
            (0..10).step_by(2).flat_map(|r| (0..10).step_by(2).map(move |c| (r, c))).collect();
        let whole = closed(&sieve);
        assert!((0..9).all(|r| (0..9).all(|c| whole.contains(&(r, c)))));
        assert!(!whole.contains(&(-1, 0)) && !whole.contains(&(9, 9)), "and does not grow");
    }
}
