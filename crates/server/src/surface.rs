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
    let grid = volume.grid();
    let step = grid.spacing().map(|s| (spacing / s).round().max(1.0) as usize);
    let dims = [0, 1, 2].map(|a| grid.dims()[a].div_ceil(step[a]) + 2);
    let sample = |c: [usize; 3]| -> bool {
        // One layer of nothing around, so that surfaces close at the edge of the CT.
        if (0..3).any(|a| c[a] == 0 || c[a] == dims[a] - 1) {
            return false;
        }
        let voxel = [0, 1, 2].map(|a| (c[a] - 1) * step[a]);
        volume.get(voxel).is_some_and(&is)
    };
    let at = |c: [usize; 3]| (c[2] * dims[1] + c[1]) * dims[0] + c[0];
    let mut inside = vec![false; dims[0] * dims[1] * dims[2]];
    for k in 0..dims[2] {
        for j in 0..dims[1] {
            for i in 0..dims[0] {
                inside[at([i, j, k])] = sample([i, j, k]);
            }
        }
    }
    let place = |c: [f64; 3]| {
        let p = grid.to_lps([0, 1, 2].map(|a| (c[a] - 1.0) * step[a] as f64));
        [p.x as f32, p.y as f32, p.z as f32]
    };
    let mut surface = Surface::default();
    let mut vertex: HashMap<usize, u32> = HashMap::new();
    for k in 0..dims[2] - 1 {
        for j in 0..dims[1] - 1 {
            for i in 0..dims[0] - 1 {
                let corner = |n: usize| inside[at([i + (n & 1), j + (n >> 1 & 1), k + (n >> 2 & 1)])];
                let mut sum = [0.0f64; 3];
                let mut crossings = 0.0;
                for a in 0..8usize {
                    for axis in 0..3 {
                        let b = a | 1 << axis;
                        if b != a && corner(a) != corner(b) {
                            for (x, s) in sum.iter_mut().enumerate() {
                                *s += (f64::from((a >> x & 1) as u8) + f64::from((b >> x & 1) as u8)) / 2.0;
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
                    let (a, b) = (inside[at([i, j, k])], inside[at(next)]);
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
