//! WIfI: wound, ischaemia and foot infection, each graded 0 to 3, and the clinical stage of the three together.
//!
//! The stage is the published consensus on the risk of amputation within a year: 1 very low, 2 low, 3 moderate, 4 high.
//! Source: Mills 2014, J Vasc Surg 59:220; the table of stages is recalled (`criteria.wifi.stages`) and so unverified.
//! Limits: stage 5, a foot that cannot be saved, is a surgeon's judgement; the expected benefit of revascularisation,
//! which has a table of its own, is not given.

use super::arteries::{AbiBand, abi_band};
use crate::chart::Arteries;
use rami_evidence::value;

/// WIfI ischaemia grade, the worst of the measures there are; nothing without any that counts.
#[must_use]
pub fn wifi_ischaemia(a: &Arteries) -> Option<u8> {
    let compressible = a.abi.is_none_or(|abi| abi_band(abi) != AbiBand::NonCompressible);
    let below = |measure: Option<f64>, cuts: &[(u8, &str)]| {
        measure.map(|m| {
            cuts.iter().filter(|(_, key)| m < value(key)).map(|(grade, _)| *grade).max().unwrap_or(0)
        })
    };
    let abi = below(
        a.abi.filter(|_| compressible),
        &[
            (1, "criteria.wifi.grade_1_abi"),
            (2, "criteria.wifi.grade_2_abi"),
            (3, "criteria.wifi.grade_3_abi"),
        ],
    );
    let toe = below(
        a.toe_pressure_mmhg,
        &[
            (1, "criteria.wifi.grade_1_toe"),
            (2, "criteria.wifi.grade_2_toe"),
            (3, "criteria.wifi.grade_3_toe"),
        ],
    );
    let ankle = below(a.ankle_pressure_mmhg.filter(|_| compressible), &[(3, "criteria.wifi.grade_3_ankle")]);
    // An ankle pressure that is not below 50 does not settle grades 0 to 2 by itself.
    [abi, toe, ankle.filter(|grade| *grade > 0)].into_iter().flatten().max()
}

/// Stages by ischaemia, then wound; columns are the grades of foot infection.
const STAGES: [[[u8; 4]; 4]; 4] = [
    [[1, 1, 2, 3], [1, 1, 2, 3], [2, 2, 3, 4], [3, 3, 4, 4]],
    [[1, 2, 3, 4], [1, 2, 3, 4], [3, 3, 4, 4], [4, 4, 4, 4]],
    [[2, 2, 3, 4], [2, 3, 4, 4], [3, 4, 4, 4], [4, 4, 4, 4]],
    [[2, 3, 3, 4], [3, 3, 4, 4], [4, 4, 4, 4], [4, 4, 4, 4]],
];

/// WIfI clinical stage, 1 to 4; nothing until all three grades are known.
#[must_use]
pub fn wifi_stage(a: &Arteries) -> Option<u8> {
    let by_wound = STAGES.get(usize::from(wifi_ischaemia(a)?))?;
    by_wound.get(usize::from(a.wound_grade?))?.get(usize::from(a.foot_infection_grade?)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_worse_grade_lowers_the_stage() {
        for (i, w, f) in (0..4).flat_map(|i| (0..4).flat_map(move |w| (0..4).map(move |f| (i, w, f)))) {
            let stage = STAGES[i][w][f];
            assert!(i == 3 || STAGES[i + 1][w][f] >= stage, "ischaemia {i} {w} {f}");
            assert!(w == 3 || STAGES[i][w + 1][f] >= stage, "wound {i} {w} {f}");
            assert!(f == 3 || STAGES[i][w][f + 1] >= stage, "infection {i} {w} {f}");
        }
    }

    #[test]
    fn a_stage_needs_all_three_grades() {
        let whole = Arteries {
            abi: Some(0.5),
            wound_grade: Some(1),
            foot_infection_grade: Some(0),
            ..Arteries::default()
        };
        assert_eq!(wifi_stage(&whole), Some(2));
        for part in [
            Arteries { abi: None, ..whole.clone() },
            Arteries { wound_grade: None, ..whole.clone() },
            Arteries { foot_infection_grade: None, ..whole.clone() },
        ] {
            assert_eq!(wifi_stage(&part), None);
        }
    }
}
