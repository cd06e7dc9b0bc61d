//! Surfaces of labels, for looking at: naive surface nets on a thinned mask.
//!
//! Each cell of eight samples that the surface runs through has one vertex, at the mean of the crossings of its edges
//! (Gibson, MICCAI 1998); each crossed edge joins the four cells about it. Good to about half the thinned spacing.

use rami_volume::Volume;
use std::collections::HashMap;

/// Points and triangles.
#[derive(Debug, Default)]
pub(crate) struct Surface {
    points: Vec<[f32; 3]>,
    triangles: Vec<[u32; 3]>,
}

/// The surface of the voxels that `is` picks, on samples about `spacing` mm apart.
pub(crate) fn of<T: Copy>(volume: &Volume<T>, is: impl Fn(T) -> bool, spacing: f64) -> Surface {
    let step = volume.grid().spacing().map(|s| (spacing / s).round().max(1.0) as usize);
    net(volume, step, |value| if is(value) { 1.0 } else { -1.0 })
}

/// The surface on which a field has this value, crossings on straight lines between samples.
pub(crate) fn at_level(volume: &Volume<f32>, level: f32) -> Surface {
    net(volume, [1; 3], |value| value - level)
}

/// The surface between samples above and below zero.
fn net<T: Copy>(volume: &Volume<T>, step: [usize; 3], value: impl Fn(T) -> f32) -> Surface {
    let grid = volume.grid();
    let dims = [0, 1, 2].map(|a| grid.dims()[a].div_ceil(step[a]) + 2);
    let sample = |c: [usize; 3]| -> f32 {
        // One layer of nothing around, so that surfaces close at the edge of the CT.
        if (0..3).any(|a| c[a] == 0 || c[a] == dims[a] - 1) {
            return -1.0;
        }
        let voxel = [0, 1, 2].map(|a| (c[a] - 1) * step[a]);
        volume.get(voxel).map_or(-1.0, &value)
    };
    let at = |c: [usize; 3]| (c[2] * dims[1] + c[1]) * dims[0] + c[0];
    let mut values = vec![-1.0f32; dims[0] * dims[1] * dims[2]];
    for k in 0..dims[2] {
        for j in 0..dims[1] {
            for i in 0..dims[0] {
                values[at([i, j, k])] = sample([i, j, k]);
            }
        }
    }
    let inside = |c: [usize; 3]| values[at(c)] > 0.0;
    let place = |c: [f64; 3]| {
        let p = grid.to_lps([0, 1, 2].map(|a| (c[a] - 1.0) * step[a] as f64));
        [p.x as f32, p.y as f32, p.z as f32]
    };
    let mut surface = Surface::default();
    let mut vertex: HashMap<usize, u32> = HashMap::new();
    for k in 0..dims[2] - 1 {
        for j in 0..dims[1] - 1 {
            for i in 0..dims[0] - 1 {
                let corner = |n: usize| values[at([i + (n & 1), j + (n >> 1 & 1), k + (n >> 2 & 1)])];
                let mut sum = [0.0f64; 3];
                let mut crossings = 0.0;
                for a in 0..8usize {
                    for axis in 0..3 {
                        let b = a | 1 << axis;
                        let (from, to) = (corner(a), corner(b));
                        if b != a && (from > 0.0) != (to > 0.0) {
                            let share = f64::from(from) / (f64::from(from) - f64::from(to));
                            for (x, s) in sum.iter_mut().enumerate() {
                                let (low, high) =
                                    (f64::from((a >> x & 1) as u8), f64::from((b >> x & 1) as u8));
                                *s += low + share * (high - low);
                            }
                            crossings += 1.0;
                        }
                    }
                }
                if crossings > 0.0 {
                    vertex.insert(at([i, j, k]), surface.points.len() as u32);
                    let base = [i as f64, j as f64, k as f64];
                    surface.points.push(place([0, 1, 2].map(|x| base[x] + sum[x] / crossings)));
                }
            }
        }
    }
    for k in 1..dims[2] - 1 {
        for j in 1..dims[1] - 1 {
            for i in 1..dims[0] - 1 {
                for axis in 0..3 {
                    let mut next = [i, j, k];
                    next[axis] += 1;
                    let (a, b) = (inside([i, j, k]), inside(next));
                    if a == b {
                        continue;
                    }
                    let (u, v) = ((axis + 1) % 3, (axis + 2) % 3);
                    let cell = |du: usize, dv: usize| {
                        let mut c = [i, j, k];
                        c[u] -= du;
                        c[v] -= dv;
                        vertex.get(&at(c)).copied()
                    };
                    let (Some(p), Some(q), Some(r), Some(s)) =
                        (cell(0, 0), cell(1, 0), cell(1, 1), cell(0, 1))
                    else {
                        continue;
                    };
                    let quad = if a { [p, q, r, s] } else { [s, r, q, p] };
                    surface.triangles.push([quad[0], quad[1], quad[2]]);
                    surface.triangles.push([quad[0], quad[2], quad[3]]);
                }
            }
        }
    }
    surface
}

impl Surface {
    /// Adds another.
    pub(crate) fn add(&mut self, other: &Self) {
        let base = self.points.len() as u32;
        self.points.extend(&other.points);
        self.triangles.extend(other.triangles.iter().map(|triangle| triangle.map(|point| base + point)));
    }

    /// Whether there is nothing to draw.
    pub(crate) fn is_empty(&self) -> bool {
        self.triangles.is_empty()
    }

    /// As they are sent.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(8 + 12 * (self.points.len() + self.triangles.len()));
        out.extend((self.points.len() as u32).to_le_bytes());
        out.extend((self.triangles.len() as u32).to_le_bytes());
        out.extend(self.points.iter().flatten().flat_map(|v| v.to_le_bytes()));
        out.extend(self.triangles.iter().flatten().flat_map(|v| v.to_le_bytes()));
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rami_volume::{Grid, Point};

    #[test]
    fn a_balls_surface_is_closed_and_where_the_ball_is() {
        let grid = Grid::upright([40; 3], [1.0; 3], Point::origin()).unwrap();
        let middle = Point::new(20.0, 20.0, 20.0);
        let data = (0..grid.len()).map(|o| {
            let p = grid.to_lps(grid.voxel(o).map(|v| v as f64));
            u8::from((p - middle).norm() <= 12.0)
        });
        let ball = Volume::new(grid.clone(), data.collect()).unwrap();
        let surface = of(&ball, |v| v != 0, 1.0);
        for point in &surface.points {
            let r = (Point::new(point[0].into(), point[1].into(), point[2].into()) - middle).norm();
            // Crossings lie half way between samples: within one sample of the sphere.
            assert!((r - 12.0).abs() < 1.0, "{r}");
        }
        closed(&surface);
        let two = {
            let mut two = Surface::default();
            two.add(&surface);
            two.add(&surface);
            two
        };
        assert_eq!(two.points.len(), 2 * surface.points.len());
        closed(&two);
    }

    #[test]
    fn a_level_of_a_field_is_found_between_samples() {
        let grid = Grid::upright([20; 3], [4.0; 3], Point::origin()).unwrap();
        let middle = Point::new(38.0, 38.0, 38.0);
        let data = (0..grid.len()).map(|o| {
            let p = grid.to_lps(grid.voxel(o).map(|v| v as f64));
            (-(p - middle).norm_squared() / (2.0 * 15.0f64.powi(2))).exp() as f32
        });
        let field = Volume::new(grid.clone(), data.collect()).unwrap();
        let surface = at_level(&field, 0.1);
        // A Gaussian of 15 mm falls to a tenth at 15 √(2 ln 10) mm.
        let wanted = 15.0 * (2.0 * 10.0f64.ln()).sqrt();
        let off = surface.points.iter().map(|point| {
            (Point::new(point[0].into(), point[1].into(), point[2].into()) - middle).norm() - wanted
        });
        let worst = off.fold(0.0f64, |most, d| most.max(d.abs()));
        assert!(worst < 0.6, "{worst} mm on samples of 4 mm");
        closed(&surface);
        assert!(at_level(&field, 2.0).is_empty());
    }

    fn closed(surface: &Surface) {
        // Each edge of a closed surface belongs to two triangles, once each way.
        let mut edges: HashMap<(u32, u32), i32> = HashMap::new();
        for t in &surface.triangles {
            for (a, b) in [(t[0], t[1]), (t[1], t[2]), (t[2], t[0])] {
                *edges.entry((a.min(b), a.max(b))).or_default() += if a < b { 1 } else { -1 };
            }
        }
        assert!(edges.len() > 1000 && edges.values().all(|n| *n == 0));
    }
}
