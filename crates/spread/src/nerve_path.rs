//! What a nerve in the tissue sees and takes up.
//!
//! ```text
//! dC_n/dt = ( C_w / P − C_n ) / τ                C_w dissolved in the tissue's water beside the nerve
//! ```
//!
//! C_n is the bath equivalent: what an isolated nerve in a bath would need for the same effect. The nerve takes so little
//! that the tissue does not notice. A point of the nerve sees the permeable cells around it, weighted trilinearly; one
//! that has none (inside bone, say) takes the nearest within two cells, and one without even that sees nothing.

use crate::{Region, Tissue};
use rami_volume::Point;

/// A nerve as a curve in the tissue.
#[derive(Debug, Clone, PartialEq)]
pub struct NervePath {
    /// What it is called in documents.
    pub name: String,
    /// Points along it, a millimetre or two apart, LPS mm.
    pub points: Vec<Point>,
    /// The tissue that each point lies in, where a finer picture than the cells knows it; else empty.
    pub within: Vec<Tissue>,
    /// Time constant of uptake, s.
    pub uptake_s: f64,
    /// Outside over inside, at rest.
    pub partition: f64,
}

impl NervePath {
    /// The same curve with the tissue that each of its points lies in.
    #[must_use]
    pub fn within(mut self, tissue: impl Fn(&Point) -> Tissue) -> Self {
        self.within = self.points.iter().map(tissue).collect();
        self
    }

    /// The same curve with a point at least every `step_mm`; the tissue of the points must be told again.
    #[must_use]
    pub fn resampled(mut self, step_mm: f64) -> Self {
        let mut points: Vec<Point> = Vec::new();
        for pair in self.points.windows(2) {
            let pieces = ((pair[1] - pair[0]).norm() / step_mm).ceil().max(1.0) as usize;
            points.extend((0..pieces).map(|n| pair[0] + (pair[1] - pair[0]) * (n as f64 / pieces as f64)));
        }
        points.extend(self.points.last());
        self.points = points;
        self.within.clear();
        self
    }

    /// Mean distance between its points, mm.
    #[must_use]
    pub fn spacing_mm(&self) -> f64 {
        let length: f64 = self.points.windows(2).map(|p| (p[1] - p[0]).norm()).sum();
        length / (self.points.len().max(2) - 1) as f64
    }
}

/// Bath-equivalent concentrations along a nerve at one time, mg/ml: by solute, then by point.
#[derive(Debug, Clone, PartialEq)]
pub struct NerveSnapshot {
    /// Since the start of the injection, s.
    pub time_s: f64,
    /// Inside the nerve.
    pub inside_mg_ml: Vec<Vec<f32>>,
}

/// A nerve path while it is followed.
#[derive(Debug, Clone)]
pub(crate) struct Followed {
    pub(crate) path: NervePath,
    weights: Vec<[(u32, f32); 8]>,
    pub(crate) inside: Vec<Vec<f64>>,
    /// Largest concentration that was ever beside each point, mg/ml.
    pub(crate) peak: Vec<Vec<f32>>,
    pub(crate) series: Vec<NerveSnapshot>,
}

impl Followed {
    pub(crate) fn new(region: &Region, path: NervePath, solutes: usize) -> Self {
        let weights = path
            .points
            .iter()
            .enumerate()
            .map(|(n, p)| weights(region, p, path.within.get(n).copied()))
            .collect();
        let inside = vec![vec![0.0; path.points.len()]; solutes];
        let peak = vec![vec![0.0; path.points.len()]; solutes];
        Self { path, weights, inside, peak, series: Vec::new() }
    }

    /// Concentration outside at a point, by what `at` says of a cell (mg/mm³), in mg/ml.
    pub(crate) fn outside(&self, point: usize, at: impl Fn(usize) -> f64) -> f64 {
        let mut sum = 0.0;
        for &(cell, weight) in &self.weights[point] {
            if weight > 0.0 {
                sum += f64::from(weight) * at(cell as usize);
            }
        }
        sum * 1000.0
    }

    /// Takes up for `dt` s at a constant concentration outside.
    pub(crate) fn step(&mut self, solute: usize, dt: f64, at: impl Fn(usize) -> f64) {
        let share = 1.0 - (-dt / self.path.uptake_s).exp();
        for point in 0..self.path.points.len() {
            let outside = self.outside(point, &at);
            let target = outside / self.path.partition;
            let peak = &mut self.peak[solute][point];
            *peak = peak.max(outside as f32);
            let inside = &mut self.inside[solute][point];
            *inside += share * (target - *inside);
        }
    }
}

/// Fluid is in it, and can reach a nerve there.
fn is_open(tissue: Tissue) -> bool {
    !tissue.is_closed() && !matches!(tissue, Tissue::Disc | Tissue::Organ)
}

fn weights(region: &Region, point: &Point, within: Option<Tissue>) -> [(u32, f32); 8] {
    let grid = region.grid();
    let index = grid.to_index(point);
    let dims = grid.dims();
    if (0..3).any(|a| index[a] < -0.5 || index[a] > dims[a] as f64 - 0.5) {
        return [(0, 0.0); 8];
    }
    let home = within.filter(|t| is_open(*t));
    let seen = |t: Tissue| is_open(t) && home.is_none_or(|home| home.between(t).is_none());
    let mut out = [(0, 0.0); 8];
    let mut total = 0.0;
    for (n, slot) in out.iter_mut().enumerate() {
        let (mut weight, mut voxel, mut inside) = (1.0, [0usize; 3], true);
        for axis in 0..3 {
            let low = index[axis].floor();
            let bit = (n >> axis & 1) as f64;
            let part = index[axis] - low;
            weight *= if bit > 0.0 { part } else { 1.0 - part };
            let c = low + bit;
            inside &= c >= 0.0 && c < dims[axis] as f64;
            voxel[axis] = c.max(0.0) as usize;
        }
        if inside {
            let cell = grid.offset(voxel);
            if seen(region.tissue()[cell]) {
                *slot = (cell as u32, weight as f32);
                total += weight;
            }
        }
    }
    if total > 1e-3 {
        out.iter_mut().for_each(|(_, w)| *w /= total as f32);
        return out;
    }
    let mut nearest = [(0, 0.0); 8];
    if let Some(cell) = region.nearest(point, seen).or_else(|| region.nearest(point, is_open)) {
        nearest[0] = (cell as u32, 1.0);
    }
    nearest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nerve_in_a_muscle_does_not_see_what_lies_on_it() {
        let region = Region::around(Point::origin(), [40.0; 3], 4.0, [0.0; 3], |p| {
            if p.x < 2.0 { Tissue::Areolar } else { Tissue::Psoas }
        })
        .unwrap();
        let point = Point::new(2.5, 0.0, 0.0);
        let share = |within| -> f32 {
            weights(&region, &point, within)
                .iter()
                .filter(|(cell, _)| region.tissue()[*cell as usize] == Tissue::Areolar)
                .map(|(_, w)| w)
                .sum()
        };
        assert!(share(None) > 0.3 && share(Some(Tissue::Psoas)) == 0.0);
        assert!((share(Some(Tissue::Fat)) - 1.0).abs() < 1e-6);
    }
}
