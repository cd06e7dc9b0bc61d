//! Figures of the evidence that depend on the level, interpolated between the discs they were measured at.

use rami_evidence::figure;

/// Which published distances between trunk and psoas the inference rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TrunkPrior {
    /// Cadavers: B2.2 with B2.8.
    #[default]
    Cadaver,
    /// Magnetic resonance of the healthy young: B2.3.
    Mri,
}

/// A mean with its standard deviation, mm.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gaussian {
    pub(crate) mean: f64,
    pub(crate) sd: f64,
}

impl Gaussian {
    /// The figure of this key; half of its interval is the standard deviation.
    pub(crate) fn of(key: &str) -> Self {
        let figure = figure(key);
        let sd = figure.interval.map_or(0.0, |i| (i.high - i.low) / 2.0);
        Self { mean: figure.value.unwrap_or(0.0), sd }
    }

    /// Density at `x`, its variance widened by `extra` mm².
    pub(crate) fn density(&self, x: f64, extra: f64) -> f64 {
        let variance = self.sd * self.sd + extra;
        (-0.5 * (x - self.mean).powi(2) / variance).exp() / variance.sqrt()
    }
}

/// Places of a level coordinate (3.0 is the middle of L3) between the discs L2/3, L3/4 and L4/5.
fn between(coordinate: f64) -> (usize, f64) {
    let t = (coordinate - 2.5).clamp(0.0, 2.0);
    let low = (t.floor() as usize).min(1);
    (low, t - low as f64)
}

const DISCS: [&str; 3] = ["l2_3", "l3_4", "l4_5"];

/// `topic.l2_3`, `topic.l3_4` and `topic.l4_5`, linear in between and constant beyond.
pub(crate) fn along(topic: &str, coordinate: f64) -> Gaussian {
    let (low, t) = between(coordinate);
    let a = Gaussian::of(&format!("{topic}.{}", DISCS[low]));
    let b = Gaussian::of(&format!("{topic}.{}", DISCS[low + 1]));
    Gaussian { mean: a.mean + t * (b.mean - a.mean), sd: a.sd + t * (b.sd - a.sd) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_between_discs_are_interpolated() {
        let at = |c: f64| along("anatomy.aorta_to_trunk_left", c).mean;
        assert!((at(2.5) - 11.14).abs() < 1e-12);
        assert!((at(3.0) - (11.14 + 9.36) / 2.0).abs() < 1e-12);
        assert!((at(4.5) - 6.63).abs() < 1e-12 && (at(5.3) - 6.63).abs() < 1e-12);
    }
}
