//! From what a nerve has taken up to the share of its fibres that fail.
//!
//! ```text
//! u(x) = Σ_drugs C(x) / K_d        a fibre of relative K_d f keeps 1/(1 + u/f) of its sodium conductance
//! blocked share = Φ( ln f* / σ ),   f* the largest f at which the surrogate says the impulse fails
//! ```
//!
//! Drugs add by occupancy (one binding site). σ is how much K_d varies over the fibres of a class. The surrogate is the
//! nerve room's: a table of critical shares against exposed length and a sliding window; K_d is calibrated, not predicted.

use rami_formulary::Agent;
use rami_nerve::FibreClass;
use rami_nerve::block::potency::Anaesthetic;
use rami_nerve::block::surrogate::Surrogate;

/// The classes in documents' order.
pub const CLASSES: [FibreClass; 3] = FibreClass::ALL;

/// Tells blocked shares.
#[derive(Debug, Clone)]
pub struct Fibres {
    surrogates: [Surrogate; 3],
    /// 1/K_d in ml/mg, by solute and class.
    per_mg_ml: Vec<[f64; 3]>,
    sd: f64,
}

impl Fibres {
    /// For solutes that may be anaesthetics, with K_d of all fibres times `kd_factor`.
    #[must_use]
    pub fn new(agents: &[&Agent], anaesthetics: &[Option<Anaesthetic>], kd_factor: [f64; 3]) -> Self {
        let per_mg_ml = agents
            .iter()
            .zip(anaesthetics)
            .map(|(agent, drug)| {
                let Some(drug) = drug else { return [0.0; 3] };
                let mut per = [0.0; 3];
                for (n, class) in CLASSES.into_iter().enumerate() {
                    // mg/ml over g/mol is mol/L.
                    per[n] = 1e6 / agent.molar_mass_g_mol / (drug.kd_umol_l(class) * kd_factor[n]);
                }
                per
            })
            .collect();
        Self {
            surrogates: CLASSES.map(Surrogate::new),
            per_mg_ml,
            sd: rami_evidence::value("spread.nerve.fibre_sd"),
        }
    }

    /// Share of a class's fibres that fail, from bath-equivalent mg/ml by solute and point.
    #[must_use]
    pub fn blocked(&self, class: usize, inside_mg_ml: &[&[f32]], spacing_mm: f64) -> f64 {
        let points = inside_mg_ml.first().map_or(0, |c| c.len());
        let mut u = vec![0.0; points];
        for (concentrations, per) in inside_mg_ml.iter().zip(&self.per_mg_ml) {
            if per[class] > 0.0 {
                u.iter_mut().zip(*concentrations).for_each(|(u, c)| *u += per[class] * f64::from(*c));
            }
        }
        let largest = u.iter().copied().fold(0.0, f64::max);
        let surrogate = &self.surrogates[class];
        let reach = 3.0 * self.sd;
        // No window is more lenient than a long stretch.
        let critical = Surrogate::long_stretch(CLASSES[class]);
        if 1.0 / (1.0 + largest * reach.exp()) > critical {
            return 0.0;
        }
        let fails = |ln_f: f64| {
            let share: Vec<f64> = u.iter().map(|u| 1.0 / (1.0 + u * (-ln_f).exp())).collect();
            surrogate.blocked(&share, spacing_mm)
        };
        if fails(reach) {
            return 1.0;
        }
        let (mut low, mut high) = (-reach, reach);
        if !fails(low) {
            return 0.0;
        }
        for _ in 0..12 {
            let middle = 0.5 * (low + high);
            if fails(middle) { low = middle } else { high = middle }
        }
        normal_below(low / self.sd)
    }
}

/// Φ by the error function's rational approximation (Abramowitz & Stegun 26.2.17, 7.5e-8).
fn normal_below(z: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * z.abs());
    let poly = t
        * (0.319_381_530
            + t * (-0.356_563_782 + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
    let tail = (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt() * poly;
    if z > 0.0 { 1.0 - tail } else { tail }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rami_formulary::agent;

    fn fibres() -> (Fibres, &'static Agent) {
        let agent = agent("bupivacaine").unwrap();
        (Fibres::new(&[agent], &[Some(Anaesthetic::Bupivacaine)], [1.0; 3]), agent)
    }

    #[test]
    fn half_of_the_fibres_fail_at_the_ec50_of_a_long_stretch() {
        let (fibres, agent) = fibres();
        for (n, class) in CLASSES.into_iter().enumerate() {
            let mg_ml = Anaesthetic::Bupivacaine.ec50_umol_l(class) * agent.molar_mass_g_mol / 1e6;
            let share = fibres.blocked(n, &[&vec![mg_ml as f32; 60]], 1.0);
            // Single precision and twelve halvings of six standard deviations: 0.002.
            assert!((share - 0.5).abs() < 0.01, "{class:?}: {share}");
        }
    }

    #[test]
    fn more_drug_blocks_more_and_none_blocks_nothing() {
        let (fibres, _) = fibres();
        let shares: Vec<f64> = (0..12).map(|n| fibres.blocked(2, &[&[n as f32 * 0.02; 40]], 1.0)).collect();
        assert_eq!(shares[0], 0.0);
        assert!(shares.windows(2).all(|w| w[1] >= w[0]) && shares[11] > 0.99, "{shares:?}");
    }

    #[test]
    fn contrast_is_no_anaesthetic() {
        let iohexol = agent("iohexol").unwrap();
        let fibres = Fibres::new(&[iohexol], &[None], [1.0; 3]);
        assert_eq!(fibres.blocked(2, &[&[300.0f32; 40]], 1.0), 0.0);
    }
}
