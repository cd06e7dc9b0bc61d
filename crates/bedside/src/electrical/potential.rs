//! The potential of the current at a needle's tip, in the tissue that is there.
//!
//! ```text
//! V = V_p + V_c      V_p: the closed form in a boundless medium of the tip's own conductivity tensor σ₀,
//!                         one source, or sources along the bare tip with equal currents
//!                    V_c: −∇·(σ ∇V_c) = ∇·((σ − σ₀) ∇V_p), solved on cells of 1 mm in a cube about the tip
//!                    on and beyond its faces V = V_p |σ₀| / σ̄, σ̄ the arithmetic mean of σ over the cube,
//!                    |σ₀| the geometric mean of the tensor
//! ```
//!
//! So the field is exact next to the tip, where a grid would not be, as long as the tip's own tissue surrounds it. Far
//! away currents run through what conducts, hence the arithmetic mean, which is exact for two half-spaces. Impedance of the tip: a slender rod in σ₀ plus V_c at the tip.
//! Tests: two half-spaces against the image formula, homogeneous and anisotropic media, reciprocity.
//!
//! Limits: quasi-static; tissue by cells of 1 mm; a boundary closer to the tip than a cell is smeared over one. A needle
//! without insulation is a bare tip from the skin on, its current spread evenly over it; in truth a metal shaft has one
//! potential, and more current leaves it where tissue conducts well.

use super::conductivity::Conductivities;
use crate::BedsideError;
use crate::world::{Tissue, World};
use rami_field::{Axis, Boundary, Problem, Solver, Stop};
use rami_nerve::potential::PointSource;
use rami_nerve::stimulate::reading::tip_impedance;
use rami_volume::{Grid, Point, Vector, Volume};
use rayon::prelude::*;

/// Cells of the correction, mm.
const CELL_MM: f64 = 1.0;
/// Cells along a side: the tip is in the middle of the middle one.
const CELLS: usize = 63;
/// Nothing is nearer to a source than the needle's own radius, mm.
const RADIUS_MM: f64 = 0.36;
/// Sources along a bare tip, at the least.
const SOURCES: usize = 9;
/// The furthest that two of them lie apart, mm.
const APART_MM: f64 = 1.5;

/// A bare tip.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Electrode {
    pub(crate) tip: Point,
    /// From the tip back along the shaft, if it is known.
    pub(crate) back: Option<Vector>,
    pub(crate) active_mm: f64,
    pub(crate) diameter_mm: f64,
}

impl Electrode {
    /// Where the current comes out.
    fn sources(&self) -> Vec<Point> {
        match self.back {
            Some(back) => {
                let count = SOURCES.max((self.active_mm / APART_MM).ceil() as usize);
                let part = self.active_mm / count as f64;
                (0..count).map(|n| self.tip + back * (part * (n as f64 + 0.5))).collect()
            }
            None => vec![self.tip],
        }
    }
}

/// The potential per mA, anywhere.
#[derive(Debug, Clone)]
pub(crate) struct TipField {
    sources: Vec<Point>,
    sigma: [f64; 3],
    correction: Option<Volume<f32>>,
    /// Mean conductivity of the cube, S/m.
    far_sigma: f64,
    pub(crate) impedance_ohm: f64,
    /// What the tip is in.
    pub(crate) tissue: Tissue,
    pub(crate) iterations: usize,
}

impl TipField {
    /// In a world.
    pub(crate) fn in_world(world: &World, electrode: &Electrode) -> Result<Self, BedsideError> {
        // A nerve or a small vessel is thinner than the electrode's field: its surroundings decide.
        Self::new(electrode, |p| match world.tissue_at(p) {
            Tissue::Nerve => world.bulk_at(p),
            tissue => tissue,
        })
    }

    pub(crate) fn new(
        electrode: &Electrode,
        tissue_at: impl Fn(&Point) -> Tissue + Sync,
    ) -> Result<Self, BedsideError> {
        let table = Conductivities::published();
        let tissue = tissue_at(&electrode.tip);
        let sigma = table.of(tissue);
        let sources = electrode.sources();
        let mean = sigma.iter().product::<f64>().cbrt();
        let rod = tip_impedance(electrode.active_mm, electrode.diameter_mm, mean)?.get();
        let mut field = Self {
            sources,
            sigma,
            correction: None,
            far_sigma: mean,
            impedance_ohm: rod,
            tissue,
            iterations: 0,
        };
        let half = 0.5 * (CELLS as f64 - 1.0) * CELL_MM;
        let corner = electrode.tip - Vector::repeat(half);
        let grid = Grid::upright([CELLS; 3], [CELL_MM; 3], corner).map_err(|_| BedsideError::Grid)?;
        let place = |cell: usize| grid.to_lps(grid.voxel(cell).map(|v| v as f64));
        let tissues: Vec<Tissue> =
            (0..grid.len()).into_par_iter().map(|cell| tissue_at(&place(cell))).collect();
        let primary: Vec<f64> =
            (0..grid.len()).into_par_iter().map(|cell| field.primary(&place(cell))).collect();
        let sides = [[Boundary::Open; 2]; 3];
        let problem = Problem::new([CELLS; 3], [CELL_MM; 3], |cell| table.of(tissues[cell]), sides)?;
        let sum: f64 = tissues.iter().map(|&t| table.of(t).iter().product::<f64>().cbrt()).sum();
        field.far_sigma = (sum / grid.len() as f64).max(1e-3);
        // An outer face holds what is missing from V_p there.
        let mut source: Vec<f64> = (0..grid.len())
            .into_par_iter()
            .map(|cell| match problem.loss(cell) {
                0.0 => 0.0,
                loss => loss * (field.far(&place(cell)) - primary[cell]),
            })
            .collect();
        let stride = [1, CELLS, CELLS * CELLS];
        for axis in Axis::ALL {
            let own = sigma[axis as usize] * CELL_MM;
            for cell in 0..grid.len() {
                if grid.voxel(cell)[axis as usize] + 1 == CELLS {
                    continue;
                }
                let next = cell + stride[axis as usize];
                let flow = (problem.face(cell, axis) - own) * (primary[cell] - primary[next]);
                source[cell] -= flow;
                source[next] += flow;
            }
        }
        let stop = Stop { relative_residual: 1e-5, iterations: 200 };
        let solution = Solver::new(&problem)?.solve(&problem, &source, None, stop)?;
        field.iterations = solution.iterations;
        let values: Vec<f32> = solution.values.iter().map(|&v| v as f32).collect();
        field.correction = Volume::new(grid, values);
        let at_tip =
            field.sources.iter().map(|p| field.corrected(p)).sum::<f64>() / field.sources.len() as f64;
        // mV per mA are ohms. Good conductors about the tip lower it, never to nothing.
        field.impedance_ohm = (rod + at_tip).max(0.1 * rod);
        Ok(field)
    }

    fn primary(&self, point: &Point) -> f64 {
        let share = 1.0 / self.sources.len() as f64;
        self.sources
            .iter()
            .map(|source| {
                let d = point - source;
                let r = d.norm();
                // On the needle's own radius at the nearest, in the same direction.
                let d = if r < RADIUS_MM {
                    d.try_normalize(1e-9).unwrap_or_else(Vector::x) * RADIUS_MM
                } else {
                    d
                };
                PointSource::Anisotropic { at_mm: [0.0; 3], sigma: self.sigma }.mv_per_ma(d.into()) * share
            })
            .sum()
    }

    fn far(&self, point: &Point) -> f64 {
        self.primary(point) * self.sigma.iter().product::<f64>().cbrt() / self.far_sigma
    }

    fn corrected(&self, point: &Point) -> f64 {
        self.correction.as_ref().map_or(0.0, |volume| volume.sample(point, 0.0))
    }

    /// mV per mA that flows out of the tip.
    pub(crate) fn mv_per_ma(&self, point: &Point) -> f64 {
        match &self.correction {
            Some(volume) if volume.grid().voxel_at(point).is_none() => self.far(point),
            _ => self.primary(point) + self.corrected(point),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn electrode(tip: Point) -> Electrode {
        Electrode { tip, back: None, active_mm: 10.0, diameter_mm: 0.72 }
    }

    #[test]
    fn in_one_tissue_the_field_is_the_closed_form() {
        let field = TipField::new(&electrode(Point::origin()), |_| Tissue::Psoas).unwrap();
        let sigma = Conductivities::published().of(Tissue::Psoas);
        for p in [[3.0, 0.0, 0.0], [0.0, 0.0, 9.0], [2.0, -6.0, 14.0]] {
            let exact = PointSource::Anisotropic { at_mm: [0.0; 3], sigma }.mv_per_ma(p);
            assert!((field.mv_per_ma(&Point::from(p)) / exact - 1.0).abs() < 1e-9);
        }
        let rod = tip_impedance(10.0, 0.72, 0.16).unwrap().get();
        assert!((field.impedance_ohm / rod - 1.0).abs() < 1e-9);
    }

    /// Errors of the field of a tip `depth_mm` above a plane between two tissues, against the image formula.
    fn two_layer_errors(depth_mm: f64, above: Tissue, below: Tissue, points: &[[f64; 3]]) -> Vec<f64> {
        let field =
            TipField::new(&electrode(Point::origin()), |p| if p.z > -depth_mm { above } else { below })
                .unwrap();
        let table = Conductivities::published();
        let layers = PointSource::TwoLayer {
            at_mm: [0.0, 0.0, depth_mm],
            sigma_above: table.of(above)[0],
            sigma_below: table.of(below)[0],
        };
        let error = |p: &[f64; 3]| {
            field.mv_per_ma(&Point::from(*p)) / layers.mv_per_ma([p[0], p[1], p[2] + depth_mm]) - 1.0
        };
        points.iter().map(error).collect()
    }

    #[test]
    fn beside_another_tissue_the_field_is_that_of_the_image_formula() {
        // Fat and organ are isotropic. Next to the tip, then beyond the plane.
        let (near, beyond) =
            ([[1.0, 0.0, 0.0], [4.0, 0.0, 0.0], [0.0, 3.0, 3.0]], [[0.0, 0.0, -9.0], [5.0, 5.0, -7.0]]);
        for (above, below) in [(Tissue::Fat, Tissue::Organ), (Tissue::Organ, Tissue::Fat)] {
            // The plane on a face of the grid: what is left is the grid's own error and that of a cube that ends 31 mm away.
            let worst = |points: &[[f64; 3]]| {
                two_layer_errors(3.5, above, below, points).into_iter().map(f64::abs).fold(0.0, f64::max)
            };
            assert!(worst(&near) < 0.01, "{above:?}: {}", worst(&near));
            assert!(worst(&beyond) < 0.035, "{above:?}: {}", worst(&beyond));
            // The plane in the middle of a cell, which belongs to one tissue only: half a millimetre off.
            for error in two_layer_errors(5.0, above, below, &[near.as_slice(), &beyond].concat()) {
                assert!(error.abs() < 0.06, "{above:?}: {error}");
            }
        }
    }

    #[test]
    fn source_and_point_can_change_places() {
        let tissue = |p: &Point| match p.x + 0.3 * p.z {
            s if s > 4.6 => Tissue::Muscle,
            s if s < -3.4 => Tissue::Fat,
            _ => Tissue::Organ,
        };
        let (a, b) = (Point::new(0.0, 0.0, 0.0), Point::new(0.0, 8.0, 2.0));
        let there = TipField::new(&electrode(a), tissue).unwrap().mv_per_ma(&b);
        let back = TipField::new(&electrode(b), tissue).unwrap().mv_per_ma(&a);
        // Equal in the continuum; two grids 8 mm apart end at different places: 1e-4.
        assert!((there / back - 1.0).abs() < 2e-3, "{there} {back}");
    }
}
