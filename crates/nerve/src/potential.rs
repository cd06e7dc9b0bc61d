//! The potential of a current in simple media, and how a stimulus varies in time.
//!
//! ```text
//! V = I / (4π σ r)                                                      homogeneous
//! V = I / (4π √(σ_y σ_z x² + σ_x σ_z y² + σ_x σ_y z²))                 anisotropic, axes along x, y, z
//! V = I / (4π σ₁) (1/r + k/r'), k = (σ₁ − σ₂)/(σ₁ + σ₂)                two layers, the source and the point in layer 1
//! V = I / (2π (σ₁ + σ₂)) 1/r                                           the point in layer 2
//! ```
//!
//! I in mA, σ in S/m, distances in mm: V comes out in mV × 1000 / … so that 1 mA at 1 mm in 0.25 S/m gives 318 mV.
//! r' is the distance to the source's mirror image in the plane. Limits: an infinite medium, quasi-static (no
//! capacitance of tissue, good to 10 % below a few kHz), a point for an electrode.

use std::f64::consts::PI;

/// mA / (S/m · mm) in mV.
const MV: f64 = 1e3;

/// Potential in mV of a current from a point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PointSource {
    /// The same conductivity everywhere and in every direction.
    Homogeneous {
        /// Where the current comes out, mm.
        at_mm: [f64; 3],
        /// Conductivity, S/m.
        sigma: f64,
    },
    /// Conductivity that differs along x, y and z.
    Anisotropic {
        /// Where the current comes out, mm.
        at_mm: [f64; 3],
        /// Conductivity along each axis, S/m.
        sigma: [f64; 3],
    },
    /// Two half-spaces that meet at z = 0; the source lies above.
    TwoLayer {
        /// Where the current comes out, mm; z > 0.
        at_mm: [f64; 3],
        /// Conductivity where z > 0, S/m.
        sigma_above: f64,
        /// Conductivity where z < 0, S/m.
        sigma_below: f64,
    },
}

impl PointSource {
    /// Potential at a point, mV per mA that flows out of the source (a cathode takes current in: negative).
    #[must_use]
    pub fn mv_per_ma(&self, point_mm: [f64; 3]) -> f64 {
        let from = |at: [f64; 3]| std::array::from_fn::<f64, 3, _>(|i| point_mm[i] - at[i]);
        let norm = |v: [f64; 3]| v.iter().map(|x| x * x).sum::<f64>().sqrt();
        match *self {
            Self::Homogeneous { at_mm, sigma } => MV / (4.0 * PI * sigma * norm(from(at_mm))),
            Self::Anisotropic { at_mm, sigma: [sx, sy, sz] } => {
                let [x, y, z] = from(at_mm);
                MV / (4.0 * PI * (sy * sz * x * x + sx * sz * y * y + sx * sy * z * z).sqrt())
            }
            Self::TwoLayer { at_mm, sigma_above, sigma_below } => {
                if point_mm[2] >= 0.0 {
                    let mirror = [at_mm[0], at_mm[1], -at_mm[2]];
                    let image = (sigma_above - sigma_below) / (sigma_above + sigma_below);
                    MV / (4.0 * PI * sigma_above) * (1.0 / norm(from(at_mm)) + image / norm(from(mirror)))
                } else {
                    MV / (2.0 * PI * (sigma_above + sigma_below) * norm(from(at_mm)))
                }
            }
        }
    }
}

/// How a stimulus varies in time: levels that hold between jumps, 0 outside.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Waveform {
    /// (start ms, end ms, level), in order, not overlapping.
    phases: Vec<(f64, f64, f64)>,
}

impl Waveform {
    /// Level 1 from `start_ms` for `width_ms`.
    #[must_use]
    pub fn pulse(start_ms: f64, width_ms: f64) -> Self {
        Self { phases: vec![(start_ms, start_ms + width_ms, 1.0)] }
    }

    /// A pulse of level 1, then after a gap a recovery phase of opposite sign, `stretch` times as long and as many
    /// times weaker, so that no charge stays behind.
    #[must_use]
    pub fn balanced(start_ms: f64, width_ms: f64, gap_ms: f64, stretch: f64) -> Self {
        let back = start_ms + width_ms + gap_ms;
        Self {
            phases: vec![
                (start_ms, start_ms + width_ms, 1.0),
                (back, back + width_ms * stretch, -1.0 / stretch),
            ],
        }
    }

    /// Mean level between two times.
    #[must_use]
    pub fn mean(&self, from_ms: f64, to_ms: f64) -> f64 {
        let held: f64 = self
            .phases
            .iter()
            .map(|&(start, end, level)| (end.min(to_ms) - start.max(from_ms)).max(0.0) * level)
            .sum();
        held / (to_ms - from_ms)
    }

    /// Whether the level jumps at or after `from_ms` and before `to_ms`.
    #[must_use]
    pub fn jumps_in(&self, from_ms: f64, to_ms: f64) -> bool {
        // A jump that rounding puts a hair before a step belongs to that step.
        let slack = 1e-9 * (to_ms - from_ms);
        let inside = |t: f64| t >= from_ms - slack && t < to_ms - slack;
        self.phases.iter().any(|&(start, end, _)| inside(start) || inside(end))
    }

    /// When the last phase ends, ms; 0 for no stimulus.
    #[must_use]
    pub fn end_ms(&self) -> f64 {
        self.phases.last().map_or(0.0, |phase| phase.1)
    }

    /// Level × time over all phases, ms: the charge of 1 mA in µC.
    #[must_use]
    pub fn charge(&self) -> f64 {
        self.phases.iter().map(|&(start, end, level)| (end - start) * level).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_milliampere_at_one_millimetre_gives_318_millivolts() {
        let source = PointSource::Homogeneous { at_mm: [0.0; 3], sigma: 0.25 };
        assert!((source.mv_per_ma([1.0, 0.0, 0.0]) - 318.309_886).abs() < 1e-5);
    }

    #[test]
    fn anisotropic_and_layered_media_with_equal_conductivities_are_homogeneous() {
        let (at, point) = ([1.0, -2.0, 3.0], [4.0, 0.5, -1.0]);
        let plain = PointSource::Homogeneous { at_mm: at, sigma: 0.3 }.mv_per_ma(point);
        let tensor = PointSource::Anisotropic { at_mm: at, sigma: [0.3; 3] }.mv_per_ma(point);
        let layers = PointSource::TwoLayer { at_mm: at, sigma_above: 0.3, sigma_below: 0.3 }.mv_per_ma(point);
        assert!((tensor / plain - 1.0).abs() < 1e-14 && (layers / plain - 1.0).abs() < 1e-14);
    }

    #[test]
    fn the_current_through_a_closed_box_is_what_the_source_gives() {
        // Charge is conserved in each medium: −∮ σ ∇V · n = I about the source, 0 about a box without it.
        const HALF: f64 = 1.6;
        let at = [0.4, -0.3, 1.1];
        let media: [(PointSource, [f64; 3], [f64; 3]); 3] = [
            (PointSource::Homogeneous { at_mm: at, sigma: 0.25 }, [0.25; 3], [0.25; 3]),
            (
                PointSource::Anisotropic { at_mm: at, sigma: [0.1, 0.3, 0.7] },
                [0.1, 0.3, 0.7],
                [0.1, 0.3, 0.7],
            ),
            (PointSource::TwoLayer { at_mm: at, sigma_above: 0.1, sigma_below: 0.6 }, [0.1; 3], [0.6; 3]),
        ];
        for (source, above, below) in media {
            let through = |centre: [f64; 3]| {
                let (parts, h) = (200, 1e-4);
                let cell = 2.0 * HALF / f64::from(parts);
                let mut current_ma = 0.0;
                for axis in 0..3 {
                    for side in [-1.0, 1.0] {
                        for (i, j) in (0..parts).flat_map(|i| (0..parts).map(move |j| (i, j))) {
                            let mut p = centre;
                            p[axis] += side * HALF;
                            p[(axis + 1) % 3] += (f64::from(i) + 0.5) * cell - HALF;
                            p[(axis + 2) % 3] += (f64::from(j) + 0.5) * cell - HALF;
                            let (mut out, mut back) = (p, p);
                            out[axis] += side * h;
                            back[axis] -= side * h;
                            let slope = (source.mv_per_ma(out) - source.mv_per_ma(back)) / (2.0 * h);
                            let sigma = if p[2] >= 0.0 { above } else { below }[axis];
                            // S/m · mV/mm · mm² are 1e-3 mA.
                            current_ma -= sigma * slope * cell * cell * 1e-3;
                        }
                    }
                }
                current_ma
            };
            // Midpoints on a face 0.9 mm from the source at the nearest, its cells 0.016 mm: (0.016/0.9)² of the current.
            assert!((through([0.0, 0.0, 0.4]) - 1.0).abs() < 2e-3, "{source:?}");
            assert!(through([4.0, 0.0, 0.2]).abs() < 2e-3, "{source:?}");
        }
    }

    #[test]
    fn source_and_point_can_change_places() {
        // Reciprocity: with both above the plane the formula is symmetric in source and point.
        let (a, b) = ([0.0, 1.0, 2.0], [3.0, -1.0, 0.5]);
        let v = |at: [f64; 3], p: [f64; 3]| {
            PointSource::TwoLayer { at_mm: at, sigma_above: 0.1, sigma_below: 0.6 }.mv_per_ma(p)
        };
        assert!((v(a, b) / v(b, a) - 1.0).abs() < 1e-14);
        let s = [0.1, 0.2, 0.5];
        let w = |at: [f64; 3], p: [f64; 3]| PointSource::Anisotropic { at_mm: at, sigma: s }.mv_per_ma(p);
        assert!((w(a, b) / w(b, a) - 1.0).abs() < 1e-14);
    }

    #[test]
    fn potential_and_normal_current_are_continuous_across_a_plane() {
        let source = PointSource::TwoLayer { at_mm: [0.0, 0.0, 2.0], sigma_above: 0.1, sigma_below: 0.6 };
        let v = |z: f64| source.mv_per_ma([1.5, 0.0, z]);
        let h = 1e-4;
        // The slope is about 100 mV/mm, so 2h apart the two differ by 0.02 mV without any jump.
        assert!((v(h) - v(-h)).abs() < 0.05, "jump of potential");
        let above = 0.1 * (v(2.0 * h) - v(h)) / h;
        let below = 0.6 * (v(-h) - v(-2.0 * h)) / h;
        // One-sided differences of step h are off by about h times the second derivative.
        assert!((above / below - 1.0).abs() < 1e-3, "{above} {below}");
    }

    #[test]
    fn a_balanced_stimulus_leaves_no_charge() {
        assert!(Waveform::balanced(0.5, 0.2, 0.1, 4.0).charge().abs() < 1e-15);
        assert!((Waveform::pulse(0.5, 0.2).charge() - 0.2).abs() < 1e-15);
    }

    #[test]
    fn the_mean_over_steps_adds_up_to_the_charge_whatever_the_step() {
        let wave = Waveform::balanced(0.13, 0.217, 0.05, 3.0);
        let dt = 0.031;
        let sum: f64 = (0..60).map(|k| wave.mean(k as f64 * dt, (k + 1) as f64 * dt) * dt).sum();
        assert!(sum.abs() < 1e-12, "{sum}");
        let jumps = (0..60).filter(|&k| wave.jumps_in(k as f64 * dt, (k + 1) as f64 * dt)).count();
        assert_eq!(jumps, 4);
    }
}
