//! Ways of the sympathetic supply of a foot that a drug can meet beside the trunk.
//!
//! ```text
//! cord T10 to L2 - root, white ramus -> trunk -> grey ramus - spinal nerve L4 to S3 -> tibial nerve -> foot
//!
//! cut = 1 - (1 - trunk) (1 - Σ p (1 - (1 - root)(1 - white ramus))) (1 - Σ q (1 - (1 - grey ramus)(1 - root)))
//!                            L1, L2: fibres B                            L4, L5: fibres C
//! ```
//!
//! What is in series fails when either part fails, as if the parts hit fibres independently of each other; segments share
//! the supply. Shares p, q are equal ones over the segments that anatomy names, assumed (`autonomic.supply.*`). So a
//! block of roots or rami warms the foot as well, and a warm foot alone does not prove that the trunk is blocked. T10 to
//! T12 and S1 to S3 lie outside what is modelled, so that the part beside the trunk stays below two fifths each way.

use rami_evidence::value;

/// Shares of fibres that fail beside the trunk of a side, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct BesideTrunk {
    /// B fibres in the roots of L1 and L2.
    pub upper_root: [f64; 2],
    /// B fibres in the white rami of L1 and L2.
    pub white_ramus: [f64; 2],
    /// C fibres in the grey rami of L4 and L5.
    pub grey_ramus: [f64; 2],
    /// C fibres in the roots of L4 and L5, which the grey rami join.
    pub lower_root: [f64; 2],
}

impl BesideTrunk {
    /// Share of the foot's supply that is cut beside the trunk alone.
    #[must_use]
    pub fn cut(&self) -> f64 {
        let both = |a: [f64; 2], b: [f64; 2]| -> f64 { a.iter().zip(b).map(|(a, b)| in_series(*a, b)).sum() };
        in_series(
            value("autonomic.supply.preganglionic_segment") * both(self.upper_root, self.white_ramus),
            value("autonomic.supply.tibial_segment") * both(self.grey_ramus, self.lower_root),
        )
    }
}

/// Share of fibres that fails when shares of two parts of the same way do, independently.
#[must_use]
pub fn in_series(one: f64, other: f64) -> f64 {
    1.0 - (1.0 - one) * (1.0 - other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_cuts_its_share_once_wherever_it_is_met() {
        assert_eq!(BesideTrunk::default().cut(), 0.0);
        let root = BesideTrunk { lower_root: [0.0, 1.0], ..Default::default() };
        let ramus = BesideTrunk { grey_ramus: [0.0, 1.0], ..Default::default() };
        let both = BesideTrunk { grey_ramus: [0.0, 1.0], ..root };
        assert!((root.cut() - value("autonomic.supply.tibial_segment")).abs() < 1e-12);
        assert!((root.cut() - ramus.cut()).abs() < 1e-12 && (root.cut() - both.cut()).abs() < 1e-12);
        let above = BesideTrunk { white_ramus: [1.0, 0.0], ..root };
        assert!(above.cut() > root.cut() && above.cut() < 2.0 * root.cut());
    }

    #[test]
    fn more_failing_anywhere_never_cuts_less_and_what_is_not_modelled_goes_on() {
        let steps = [0.0, 0.3, 1.0];
        let mut last = 0.0;
        for share in steps {
            let all = BesideTrunk {
                upper_root: [share; 2],
                white_ramus: [share; 2],
                grey_ramus: [share; 2],
                lower_root: [share; 2],
            };
            assert!(all.cut() >= last && all.cut() < 0.7, "{}", all.cut());
            last = all.cut();
        }
        assert!(last > 0.5, "four of ten segments each way: {last}");
    }
}
