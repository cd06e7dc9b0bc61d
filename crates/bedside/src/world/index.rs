//! Which tube a point lies in, without asking them all: stretches sorted into cubes of 4 mm.

use super::tube::nearest_on;
use super::{Trunk, Tube};
use rami_anatomy::{BySide, Side};
use rami_volume::Point;
use std::collections::HashMap;

/// Edge of a cube, mm.
const CUBE_MM: f64 = 4.0;

#[derive(Debug, Clone, Copy)]
enum Piece {
    /// A straight stretch of a tube: from point `start` of it.
    Stretch { tube: u32, start: u32 },
    /// A swelling of a trunk, which is tube 0 (left) or 1 (right).
    Ganglion { side: Side, number: u32 },
}

#[derive(Debug, Clone, Default)]
pub(super) struct Index {
    cubes: HashMap<[i32; 3], Vec<Piece>>,
}

fn cube(p: &Point) -> [i32; 3] {
    [p.x, p.y, p.z].map(|c| (c / CUBE_MM).floor() as i32)
}

impl Index {
    /// The trunks must be the first two tubes, left first.
    pub(super) fn new(tubes: &[Tube], trunks: &BySide<Trunk>) -> Self {
        let mut index = Self::default();
        for (tube, t) in tubes.iter().enumerate() {
            for (start, w) in t.points.windows(2).enumerate() {
                let piece = Piece::Stretch { tube: tube as u32, start: start as u32 };
                index.add(piece, &w[0], &w[1], t.radius_mm);
            }
        }
        for side in Side::BOTH {
            for (number, g) in trunks.get(side).ganglia.iter().enumerate() {
                let reach = 0.5 * g.length_mm.max(g.width_mm);
                index.add(Piece::Ganglion { side, number: number as u32 }, &g.centre, &g.centre, reach);
            }
        }
        index
    }

    fn add(&mut self, piece: Piece, a: &Point, b: &Point, reach: f64) {
        let pad = rami_volume::Vector::repeat(reach);
        let low = cube(&(Point::from(a.coords.inf(&b.coords)) - pad));
        let high = cube(&(Point::from(a.coords.sup(&b.coords)) + pad));
        for x in low[0]..=high[0] {
            for y in low[1]..=high[1] {
                for z in low[2]..=high[2] {
                    self.cubes.entry([x, y, z]).or_default().push(piece);
                }
            }
        }
    }

    /// The tube a point lies in; the one whose middle is nearest in terms of its radius where several overlap.
    pub(super) fn tube_at(&self, point: &Point, tubes: &[Tube], trunks: &BySide<Trunk>) -> Option<usize> {
        let mut best: Option<(usize, f64)> = None;
        let mut offer = |tube: usize, depth: f64| {
            if depth <= 1.0 && best.is_none_or(|(_, least)| depth < least) {
                best = Some((tube, depth));
            }
        };
        for piece in self.cubes.get(&cube(point))? {
            match *piece {
                Piece::Stretch { tube, start } => {
                    let t = &tubes[tube as usize];
                    let (a, b) = (&t.points[start as usize], &t.points[start as usize + 1]);
                    offer(tube as usize, (nearest_on(a, b, point) - point).norm() / t.radius_mm);
                }
                Piece::Ganglion { side, number } => {
                    let trunk = trunks.get(side);
                    if trunk.ganglion_distance_mm(number as usize, point) <= 0.0 {
                        offer(usize::from(side == Side::Right), 0.5);
                    }
                }
            }
        }
        best.map(|(tube, _)| tube)
    }
}
