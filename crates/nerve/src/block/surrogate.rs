//! Block from a table and a sliding window, for cohorts.
//!
//! An impulse is taken to fail when the mean of f over some stretch of length L is at most f_crit(L). (The stricter rule
//! "f ≤ f_crit(L) everywhere" is [`Rule::Everywhere`]; it never errs towards block, but misses profiles whose flanks also
//! lose sodium.) f_crit comes from the full
//! cable ([`super::critical`]); between the tabulated lengths it is linear in log L, beyond the last it is constant.
//! For myelinated fibres L is nodes times internode.
//!
//! Limits: f_crit is for a stretch with one share and full conductance on both sides. A profile whose flanks also lose
//! some sodium can fail although no single stretch does; `validation/nerve-block.md` shows how often.

use crate::FibreClass;

/// Exposed length in mm and the largest share of sodium conductance at which the impulse fails there.
const C: &[(f64, f64)] =
    &[(0.25, 0.256), (0.5, 0.381), (1.0, 0.425), (2.0, 0.444), (4.0, 0.452), (8.0, 0.455)];
const B: &[(f64, f64)] = &[(0.465, 0.123), (0.620, 0.187), (0.931, 0.238), (1.551, 0.268), (3.102, 0.282)];
const A: &[(f64, f64)] = &[(3.367, 0.016), (4.489, 0.112), (6.734, 0.187), (11.223, 0.231), (16.835, 0.246)];

/// Stretches tried between two tabulated lengths.
const BETWEEN: usize = 4;

/// The fast answer for one class of fibre.
#[derive(Debug, Clone, PartialEq)]
pub struct Surrogate {
    windows: Vec<(f64, f64)>,
}

impl Surrogate {
    /// The surrogate of a class.
    #[must_use]
    pub fn new(class: FibreClass) -> Self {
        let table = Self::table(class);
        let mut windows = Vec::new();
        for pair in table.windows(2) {
            let [(l0, f0), (l1, f1)] = [pair[0], pair[1]];
            windows.extend((0..BETWEEN).map(|k| {
                let part = k as f64 / BETWEEN as f64;
                (l0 * (l1 / l0).powf(part), f0 + (f1 - f0) * part)
            }));
        }
        windows.extend(table.last());
        Self { windows }
    }

    /// Exposed length (mm) against critical share of a class, as computed with the full cable.
    #[must_use]
    pub fn table(class: FibreClass) -> &'static [(f64, f64)] {
        match class {
            FibreClass::A => A,
            FibreClass::B => B,
            FibreClass::C => C,
        }
    }

    /// The critical share of a long stretch.
    #[must_use]
    pub fn long_stretch(class: FibreClass) -> f64 {
        Self::table(class).last().map_or(0.0, |entry| entry.1)
    }

    /// Whether an impulse fails in this profile: share of sodium conductance at places `spacing_mm` apart.
    #[must_use]
    pub fn blocked(&self, share: &[f64], spacing_mm: f64) -> bool {
        self.blocked_by(Rule::Mean, share, spacing_mm)
    }

    /// The same with a chosen rule.
    #[must_use]
    pub fn blocked_by(&self, rule: Rule, share: &[f64], spacing_mm: f64) -> bool {
        self.windows.iter().any(|&(length, critical)| {
            let places = (length / spacing_mm).round().max(1.0) as usize;
            match rule {
                Rule::Everywhere => {
                    let mut run = 0;
                    share.iter().any(|&f| {
                        run = if f <= critical { run + 1 } else { 0 };
                        run >= places
                    })
                }
                Rule::Mean => {
                    let mut sum = 0.0;
                    share.iter().enumerate().any(|(i, &f)| {
                        sum += f;
                        if i >= places {
                            sum -= share[i - places];
                        }
                        // A sliding sum of numbers up to 1 is exact to about 1e-13.
                        i + 1 >= places && sum <= critical * places as f64 + 1e-12
                    })
                }
            }
        })
    }
}

/// When a stretch of length L counts as blocked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// The mean share over it is at most f_crit(L).
    Mean,
    /// The share is at most f_crit(L) at every place in it.
    Everywhere,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_at_its_critical_share_is_blocked_and_one_just_above_is_not() {
        for class in FibreClass::ALL {
            let surrogate = Surrogate::new(class);
            for &(length, critical) in Surrogate::table(class) {
                let spacing = 0.02;
                let profile = |share: f64| -> Vec<f64> {
                    (0..2000)
                        .map(|i| {
                            if (i as f64 * spacing - 20.0).abs() <= length / 2.0 + spacing {
                                share
                            } else {
                                1.0
                            }
                        })
                        .collect()
                };
                assert!(surrogate.blocked(&profile(critical - 1e-9), spacing), "{class:?} {length}");
                assert!(!surrogate.blocked(&profile(critical + 0.05), spacing), "{class:?} {length}");
            }
        }
    }

    #[test]
    fn less_sodium_never_unblocks() {
        let surrogate = Surrogate::new(FibreClass::C);
        let profile: Vec<f64> = (0..200).map(|i| 0.35 + 0.1 * (i as f64 * 0.3).sin()).collect();
        let less: Vec<f64> = profile.iter().map(|f| f * 0.8).collect();
        assert!(!surrogate.blocked(&profile, 0.05) || surrogate.blocked(&less, 0.05));
        assert!(surrogate.blocked(&less, 0.05));
    }
}
