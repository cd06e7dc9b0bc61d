//! Slices of a spread, many on a sheet.

use rami_anatomy::Side;
use rami_bedside::World;
use rami_spread::{Injection, Tip, Tissue};
use rami_volume::{Point, Volume};
use rami_xray::Image;
use rami_xray::picture::{png, write_text};
use std::path::Path;

/// Pixels a mm.
const SCALE: f64 = 1.5;

/// Coronal and axial slices of one injection.
pub(crate) struct Tile {
    coronal: Image<u8>,
    axial: Image<u8>,
}

impl Tile {
    pub(crate) fn of(world: &World, it: &Injection, tip: &Tip, words: String) -> Self {
        let c = it.concentration(0);
        let at = tip.at;
        let pixel = |n: usize, size: usize| (n as f64 - 0.5 * (size as f64 - 1.0)) / SCALE;
        let draw =
            |rows: usize, place: &dyn Fn(f64, f64) -> Point, near: &dyn Fn(&Point) -> Option<[f64; 2]>| {
                let columns = 176;
                let mut image = Image::filled(rows, columns, 0u8);
                slice(it, &c, &mut image, &|r, k| place(pixel(k, columns), pixel(r, rows)));
                let mut dot = |[x, y]: [f64; 2], value: u8| {
                    let k = (x * SCALE + 0.5 * (columns as f64 - 1.0)).round() as i64;
                    let r = (y * SCALE + 0.5 * (rows as f64 - 1.0)).round() as i64;
                    if (0..rows as i64).contains(&r) && (0..columns as i64).contains(&k) {
                        image.data_mut()[r as usize * columns + k as usize] = value;
                    }
                };
                for side in Side::BOTH {
                    for (n, p) in world.trunks.get(side).points.iter().enumerate() {
                        if let (true, Some(place)) = (n % 2 == 0, near(p)) {
                            dot(place, 255);
                        }
                    }
                }
                for n in -3..=3 {
                    let d = f64::from(n) / SCALE;
                    dot([d, 0.0], 255);
                    dot([0.0, d], 255);
                }
                write_text(&mut image, 3, 3, 1, &words);
                image
            };
        let coronal = draw(288, &|x, y| Point::new(at.x + x, at.y, at.z - y), &|p| {
            ((p.y - at.y).abs() < 8.0).then_some([p.x - at.x, at.z - p.z])
        });
        let axial = draw(144, &|x, y| Point::new(at.x + x, at.y + y, at.z), &|p| {
            ((p.z - at.z).abs() < 2.0).then_some([p.x - at.x, p.y - at.y])
        });
        Self { coronal, axial }
    }
}

/// Tissue in greys, and lines round a tenth and a half of the strongest concentration.
fn slice(it: &Injection, c: &Volume<f32>, image: &mut Image<u8>, place: &dyn Fn(usize, usize) -> Point) {
    let (rows, columns) = (image.rows(), image.columns());
    let strongest = c.data().iter().copied().fold(0.0, f32::max).max(1e-9);
    let band = |r: usize, k: usize| {
        let share = c.sample(&place(r, k), 0.0) / f64::from(strongest);
        u8::from(share > 0.1) + u8::from(share > 0.5)
    };
    for r in 0..rows {
        for k in 0..columns {
            let grey = match it.region().at(&place(r, k)) {
                Some(Tissue::Bone) => 190,
                Some(Tissue::Disc) => 140,
                Some(Tissue::Artery | Tissue::Vein) => 160,
                Some(Tissue::Psoas) => 80,
                Some(Tissue::Muscle) => 70,
                Some(Tissue::Organ) => 100,
                Some(Tissue::Areolar) => 45,
                Some(Tissue::Air) | None => 0,
                Some(_) => 25,
            };
            let here = band(r, k);
            let edge =
                (k + 1 < columns && band(r, k + 1) != here) || (r + 1 < rows && band(r + 1, k) != here);
            image.data_mut()[r * columns + k] = if edge { 240 } else { grey };
        }
    }
}

fn sheet(tiles: &[&Image<u8>], across: usize) -> Image<u8> {
    let (rows, columns) = (tiles[0].rows(), tiles[0].columns());
    let gap = 2;
    let down = tiles.len().div_ceil(across);
    let width = across * (columns + gap);
    let mut out = Image::filled(down * (rows + gap), width, 255u8);
    for (n, tile) in tiles.iter().enumerate() {
        let (top, left) = (n / across * (rows + gap), n % across * (columns + gap));
        for r in 0..rows {
            let start = (top + r) * width + left;
            out.data_mut()[start..start + columns].copy_from_slice(tile.row(r));
        }
    }
    out
}

/// Both sheets, into `validation/spread` of the checkout.
pub(crate) fn write(tiles: &[Tile], across: usize) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../validation/spread");
    std::fs::create_dir_all(&folder).unwrap();
    let coronal: Vec<&Image<u8>> = tiles.iter().map(|t| &t.coronal).collect();
    let axial: Vec<&Image<u8>> = tiles.iter().map(|t| &t.axial).collect();
    for (name, tiles) in [("coronal", coronal), ("axial", axial)] {
        std::fs::write(folder.join(format!("{name}.png")), png(&sheet(&tiles, across)).unwrap()).unwrap();
    }
}
