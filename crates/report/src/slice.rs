//! A CT cut along any plane, with its structures outlined.
//!
//! Each pixel is interpolated trilinearly. Its structure is the one with the largest sum of trilinear weights among
//! the eight voxels around it, so that outlines of a coarse label map run smoothly; they are no truer for it.

use crate::{Anchor, Colour, Picture, Stroke};
use nalgebra::Vector3;
use rami_anatomy::{Structure, StructureMap};
use rami_volume::{Ct, Direction, Point, Volume};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// A rectangle in patient space that becomes a picture. Rows × columns point where the viewer looks.
#[derive(Debug, Clone, Copy)]
pub struct SlicePlane {
    /// Its middle.
    pub centre: Point,
    /// Direction of the rows: from screen left to screen right.
    pub right: Direction,
    /// Direction of the columns: from the top of the screen down.
    pub down: Direction,
    /// Size of a square pixel, mm.
    pub pixel_mm: f64,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

impl SlicePlane {
    /// The plane through a needle that is nearest to axial: the patient's right at screen left, anterior up.
    #[must_use]
    pub fn axial_along(entry: &Point, target: &Point, pixel_mm: f64, width: u32, height: u32) -> Self {
        let along = unit(target - entry, -Vector3::y());
        let across = unit(Vector3::z() - along.into_inner() * along.z, Vector3::z());
        let right = unit(Vector3::x() - across.into_inner() * across.x, Vector3::x());
        let down = Direction::new_normalize(across.cross(&right));
        Self { centre: nalgebra::center(entry, target), right, down, pixel_mm, width, height }
    }

    /// The plane through a needle that holds the cranial direction: cranial up, anterior at screen left.
    #[must_use]
    pub fn sagittal_along(entry: &Point, target: &Point, pixel_mm: f64, width: u32, height: u32) -> Self {
        let along = unit(target - entry, -Vector3::y());
        let up = unit(Vector3::z() - along.into_inner() * along.z, Vector3::z());
        Self { centre: nalgebra::center(entry, target), right: -along, down: -up, pixel_mm, width, height }
    }

    /// The plane across a needle at a point of it, seen along the needle from the hub: cranial up, and behind a
    /// person lying prone the patient's left at screen left.
    #[must_use]
    pub fn across(entry: &Point, target: &Point, at: &Point, pixel_mm: f64, width: u32, height: u32) -> Self {
        let along = unit(target - entry, -Vector3::y());
        let up = unit(Vector3::z() - along.into_inner() * along.z, Vector3::z());
        let right = Direction::new_normalize(along.cross(&up));
        Self { centre: *at, right, down: -up, pixel_mm, width, height }
    }

    /// Where the middle of a pixel is.
    #[must_use]
    pub fn point(&self, column: f64, row: f64) -> Point {
        let across = (column - (f64::from(self.width) - 1.0) / 2.0) * self.pixel_mm;
        let down = (row - (f64::from(self.height) - 1.0) / 2.0) * self.pixel_mm;
        self.centre + self.right.into_inner() * across + self.down.into_inner() * down
    }

    /// Where a point falls, as (column, row), dropped onto the plane along its normal.
    #[must_use]
    pub fn pixel(&self, point: &Point) -> (f64, f64) {
        let offset = point - self.centre;
        (
            offset.dot(&self.right) / self.pixel_mm + (f64::from(self.width) - 1.0) / 2.0,
            offset.dot(&self.down) / self.pixel_mm + (f64::from(self.height) - 1.0) / 2.0,
        )
    }

    /// How far a point is from the plane, mm.
    #[must_use]
    pub fn distance(&self, point: &Point) -> f64 {
        (point - self.centre).dot(&self.right.cross(&self.down)).abs()
    }
}

fn unit(vector: Vector3<f64>, otherwise: Vector3<f64>) -> Direction {
    Direction::try_new(vector, 1e-9).unwrap_or_else(|| Direction::new_normalize(otherwise))
}

/// A grey-scale window in Hounsfield units.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// HU shown mid-grey.
    pub level: f64,
    /// HU from black to white.
    pub width: f64,
}

impl Window {
    /// Soft tissue with the retroperitoneal fat visible.
    pub const ABDOMEN: Self = Self { level: 30.0, width: 450.0 };

    fn grey(self, hu: f64) -> u8 {
        (((hu - self.level) / self.width + 0.5) * 255.0).clamp(0.0, 255.0) as u8
    }
}

/// How a structure is outlined.
#[derive(Debug, Clone)]
pub struct Outline {
    /// Which structure.
    pub structure: Structure,
    /// Colour of its outline.
    pub colour: Colour,
    /// What is written in it; nothing when empty.
    pub label: String,
}

/// Cuts the CT along the plane and outlines these structures; outside the CT the picture is black. Nothing when the
/// plane has no pixels.
#[must_use]
pub fn cut(
    ct: &Ct,
    structures: &StructureMap,
    plane: &SlicePlane,
    window: Window,
    outlines: &[Outline],
) -> Option<Picture> {
    let (width, height) = (plane.width as usize, plane.height as usize);
    let pixels: Vec<(u8, u16)> = (0..width * height)
        .into_par_iter()
        .map(|offset| {
            let point = plane.point((offset % width) as f64, (offset / width) as f64);
            (window.grey(ct.sample(&point, -1024.0)), structure_at(structures.labels(), &point))
        })
        .collect();
    let grey: Vec<u8> = pixels.iter().map(|(grey, _)| *grey).collect();
    let mut picture = Picture::from_grey(plane.width, plane.height, &grey)?;
    let wanted: BTreeMap<u16, &Outline> = outlines.iter().map(|o| (o.structure.id(), o)).collect();
    for (offset, &(_, own)) in pixels.iter().enumerate() {
        let Some(outline) = wanted.get(&own) else { continue };
        let (column, row) = ((offset % width) as i64, (offset / width) as i64);
        let differs = |reach: i64| {
            [(reach, 0), (-reach, 0), (0, reach), (0, -reach)].into_iter().any(|(dx, dy)| {
                let (x, y) = (column + dx, row + dy);
                let inside = x >= 0 && y >= 0 && x < width as i64 && y < height as i64;
                inside && pixels[y as usize * width + x as usize].1 != own
            })
        };
        if differs(1) {
            picture.mix(column, row, outline.colour, 0.95);
        } else if differs(2) {
            picture.mix(column, row, outline.colour, 0.35);
        }
    }
    for (&id, outline) in wanted.iter().filter(|(_, outline)| !outline.label.is_empty()) {
        let Some(spot) = thickest(&pixels, width, id).filter(|spot| spot.room >= 5) else { continue };
        picture.text(
            (spot.column as f64, spot.row as f64),
            Anchor::Middle,
            13.0,
            outline.colour,
            &outline.label,
        );
    }
    Some(picture)
}

/// The pixel of a structure furthest from its edge.
struct Spot {
    column: usize,
    row: usize,
    /// Pixels to the edge, by city blocks.
    room: u32,
}

fn thickest(pixels: &[(u8, u16)], width: usize, id: u16) -> Option<Spot> {
    let height = pixels.len() / width;
    let mut room = vec![0u32; pixels.len()];
    for offset in (0..pixels.len()).filter(|&o| pixels[o].1 == id) {
        let left = if offset % width > 0 { room[offset - 1] } else { 0 };
        let above = if offset >= width { room[offset - width] } else { 0 };
        room[offset] = left.min(above) + 1;
    }
    for offset in (0..pixels.len()).rev().filter(|&o| pixels[o].1 == id) {
        let right = if offset % width + 1 < width { room[offset + 1] } else { 0 };
        let below = if offset / width + 1 < height { room[offset + width] } else { 0 };
        room[offset] = room[offset].min(right.min(below) + 1);
    }
    let (offset, &room) = room.iter().enumerate().max_by_key(|(_, room)| **room)?;
    Some(Spot { column: offset % width, row: offset / width, room })
}

/// The structure with the most trilinear weight around a point, 0 outside the grid.
fn structure_at(labels: &Volume<u16>, point: &Point) -> u16 {
    let grid = labels.grid();
    let (index, dims) = (grid.to_index(point), grid.dims());
    if (0..3).any(|axis| index[axis] < -0.5 || index[axis] > dims[axis] as f64 - 0.5) {
        return 0;
    }
    let mut votes = [(0u16, 0.0f64); 8];
    for corner in 0..8usize {
        let mut weight = 1.0;
        let mut voxel = [0usize; 3];
        for axis in 0..3 {
            let base = index[axis].floor();
            let upper = corner >> axis & 1 == 1;
            weight *= if upper { index[axis] - base } else { 1.0 - (index[axis] - base) };
            voxel[axis] = (base + f64::from(u8::from(upper))).clamp(0.0, dims[axis] as f64 - 1.0) as usize;
        }
        let id = labels.data()[grid.offset(voxel)];
        if let Some(vote) = votes.iter_mut().find(|(other, sum)| *other == id || *sum == 0.0) {
            *vote = (id, vote.1 + weight);
        }
    }
    votes.iter().fold((0, -1.0), |best, vote| if vote.1 > best.1 { *vote } else { best }).0
}

/// Draws a needle that lies in the plane: its shaft, and a ring about its tip.
pub fn draw_needle(picture: &mut Picture, plane: &SlicePlane, entry: &Point, target: &Point) {
    picture.line(plane.pixel(entry), plane.pixel(target), Stroke::solid(Colour::PLANNED, 2.0));
    picture.circle(plane.pixel(target), 5.0, Stroke::solid(Colour::PLANNED, 2.0));
}

#[cfg(test)]
mod tests {
    use super::*;
    use rami_volume::{Grid, Labels};

    /// A 40 mm cube: bright on the patient's left (x > 20), a kidney label in front (y < 20).
    fn scene() -> (Ct, StructureMap) {
        let grid = Grid::upright([21, 21, 21], [2.0; 3], Point::origin()).unwrap();
        let at = |o: usize| grid.to_lps(grid.voxel(o).map(|v| v as f64));
        let hu = (0..grid.len()).map(|o| if at(o).x > 20.0 { 1000 } else { -1000 }).collect();
        let id = Structure::from_name("kidney_left").unwrap().id();
        let labels = (0..grid.len()).map(|o| if at(o).y < 20.0 { id } else { 0 }).collect();
        let map = StructureMap::new(Labels::new(grid.clone(), labels).unwrap(), &BTreeMap::new()).0;
        (Ct::new(grid, hu).unwrap(), map)
    }

    #[test]
    fn an_axial_slice_shows_the_patients_left_at_screen_right_and_anterior_up() {
        let (ct, structures) = scene();
        // A needle from behind on the left, angled forward and medially.
        let (entry, target) = (Point::new(30.0, 38.0, 20.0), Point::new(18.0, 2.0, 20.0));
        let plane = SlicePlane::axial_along(&entry, &target, 0.5, 60, 60);
        assert!(plane.right.x > 0.99 && plane.down.y > 0.99);
        assert!(plane.distance(&entry) < 1e-9 && plane.distance(&target) < 1e-9);
        let kidney = Structure::from_name("kidney_left").unwrap();
        let outline = Outline { structure: kidney, colour: Colour(255, 0, 0), label: String::new() };
        let picture = cut(&ct, &structures, &plane, Window::ABDOMEN, &[outline]).unwrap();
        assert_eq!(picture.pixel(2, 50), Some(Colour::BLACK));
        assert_eq!(picture.pixel(57, 50), Some(Colour::WHITE));
        // Half way between the last kidney voxel at y = 18 and the first without at 20.
        let edge =
            (0..60).rfind(|&row| picture.pixel(2, row).is_some_and(|c| c.0 > 150 && c.1 < 100)).unwrap();
        let expected = plane.pixel(&Point::new(10.0, 19.0, 20.0)).1;
        assert!((f64::from(edge) - expected).abs() <= 1.5, "edge in row {edge}, expected {expected}");
    }

    #[test]
    fn a_point_goes_to_a_pixel_and_back() {
        let plane = SlicePlane::sagittal_along(
            &Point::new(40.0, 90.0, 10.0),
            &Point::new(10.0, 5.0, 3.0),
            0.7,
            101,
            77,
        );
        let (column, row) = plane.pixel(&plane.point(12.25, 60.5));
        assert!((column - 12.25).abs() < 1e-9 && (row - 60.5).abs() < 1e-9);
        assert!(plane.down.z < 0.0, "cranial is up on screen");
        assert!(plane.right.y > 0.0, "anterior is at screen left");
    }

    #[test]
    fn across_the_needle_one_looks_from_the_hub() {
        // A needle straight forward from the back: the viewer stands behind, the patient's left at screen left.
        let plane =
            SlicePlane::across(&Point::new(0.0, 90.0, 0.0), &Point::origin(), &Point::origin(), 1.0, 50, 50);
        assert!(plane.right.x < -0.99);
        assert!(plane.right.cross(&plane.down).y < -0.99, "right × down must point where the viewer looks");
    }
}
