//! Arterial insufficiency of the leg: ankle-brachial index, Fontaine, Rutherford, TASC II and WIfI.
//!
//! Bands as in `criteria.*`. An index above 1.40 means vessels that do not compress: it and the ankle pressure then say
//! nothing, and the toe pressure alone grades ischaemia. Measures that disagree are graded by the worst.
//! WIfI is in `wifi.rs`.

use super::wifi::{wifi_ischaemia, wifi_stage};
use super::{Indication, IndicationAssessment, Scale};
use crate::chart::{Arteries, Claudication, TissueLoss};
use crate::status::{Criterion, Status};
use rami_evidence::value;

/// Fields that settle WIfI.
const WIFI_FIELDS: &[&str] =
    &["arteries.wound_grade", "arteries.toe_pressure_mmhg", "arteries.foot_infection_grade"];

/// What an ankle-brachial index means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AbiBand {
    /// 0.90 or less.
    Abnormal,
    /// 0.91 to 0.99.
    Borderline,
    /// 1.00 to 1.40.
    Normal,
    /// Above 1.40: vessels that do not compress.
    NonCompressible,
}

impl AbiBand {
    fn word(self) -> &'static str {
        match self {
            Self::Abnormal => "abnormal (0.90 or less)",
            Self::Borderline => "borderline (0.91 to 0.99)",
            Self::Normal => "normal (1.00 to 1.40)",
            Self::NonCompressible => "vessels do not compress (above 1.40): use the toe pressure",
        }
    }
}

/// The band of an index. Indices are reported to two decimals, so it is rounded to those first.
#[must_use]
pub fn abi_band(abi: f64) -> AbiBand {
    let abi = (abi * 100.0).round() / 100.0;
    if abi <= value("criteria.abi.abnormal") {
        AbiBand::Abnormal
    } else if abi > value("criteria.abi.non_compressible") {
        AbiBand::NonCompressible
    } else if abi < 1.0 {
        AbiBand::Borderline
    } else {
        AbiBand::Normal
    }
}

/// Fontaine stage; nothing while what would settle it is unknown.
#[must_use]
pub fn fontaine(a: &Arteries) -> Option<&'static str> {
    match (a.tissue_loss, a.rest_pain) {
        (Some(TissueLoss::Minor | TissueLoss::Major), _) => return Some("IV"),
        (None, _) => return None,
        (_, Some(true)) => return Some("III"),
        (_, None) => return None,
        _ => {}
    }
    match (a.claudication, a.walking_distance_m) {
        (Some(Claudication::None), None) => Some("I"),
        (_, Some(metres)) if metres < value("criteria.fontaine.distance") => Some("IIb"),
        // The table leaves 200 m itself open; it counts as the milder stage.
        (_, Some(_)) => Some("IIa"),
        _ => None,
    }
}

/// Rutherford category; nothing while what would settle it is unknown.
#[must_use]
pub fn rutherford(a: &Arteries) -> Option<u8> {
    match a.tissue_loss? {
        TissueLoss::Major => return Some(6),
        TissueLoss::Minor => return Some(5),
        TissueLoss::None => {}
    }
    if a.rest_pain? {
        return Some(4);
    }
    Some(match a.claudication? {
        Claudication::None => 0,
        Claudication::Mild => 1,
        Claudication::Moderate => 2,
        Claudication::Severe => 3,
    })
}

/// Limb-threatening ischaemia by symptoms: rest pain or tissue loss; the pressures of TASC II confirm it or do not.
pub(crate) fn limb_threatened(a: &Arteries) -> Status {
    let loss = a.tissue_loss.map(|loss| loss != TissueLoss::None);
    Status::any(&[a.rest_pain.into(), loss.into()])
}

/// The leg became ischaemic suddenly.
pub(crate) fn acute(a: &Arteries) -> Status {
    a.sudden_onset.into()
}

fn tasc_critical(a: &Arteries) -> Status {
    let compressible = a.abi.is_none_or(|abi| abi_band(abi) != AbiBand::NonCompressible);
    let below = |measure: Option<f64>, key: &str| Status::from(measure.map(|m| m < value(key)));
    let pressures = |ankle: &str, toe: &str| {
        let ankle = below(a.ankle_pressure_mmhg.filter(|_| compressible), ankle);
        Status::any(&[ankle, below(a.toe_pressure_mmhg, toe)])
    };
    let loss = Status::from(a.tissue_loss.map(|loss| loss != TissueLoss::None));
    Status::any(&[
        Status::all(&[a.rest_pain.into(), pressures("criteria.tasc.rest_ankle", "criteria.tasc.rest_toe")]),
        Status::all(&[loss, pressures("criteria.tasc.wound_ankle", "criteria.tasc.wound_toe")]),
    ])
}

pub(super) fn assess(a: &Arteries) -> IndicationAssessment {
    let band = a.abi.map(abi_band);
    let insufficiency = match band {
        Some(AbiBand::Abnormal) => Status::Met,
        Some(AbiBand::Borderline | AbiBand::NonCompressible) | None => match wifi_ischaemia(a) {
            Some(grade) if grade > 0 => Status::Met,
            Some(_) if a.toe_pressure_mmhg.is_some() => Status::Unmet,
            _ => Status::Unknown,
        },
        Some(AbiBand::Normal) => match a.toe_pressure_mmhg {
            Some(toe) if toe < value("criteria.wifi.grade_1_toe") => Status::Met,
            _ => Status::Unmet,
        },
    };
    let missing: &[&str] =
        if insufficiency == Status::Unknown { &["arteries.abi", "arteries.toe_pressure_mmhg"] } else { &[] };
    let mut insufficient = Criterion::new("pressures show arterial insufficiency", insufficiency, missing);
    if let (Some(abi), Some(band)) = (a.abi, band) {
        insufficient =
            insufficient.found(format!("ankle-brachial index {}: {}", crate::data::tidy(abi), band.word()));
    }
    let threatened = limb_threatened(a);
    let opinion: Status = a.vascular_opinion.into();
    let criteria = vec![
        insufficient,
        Criterion::new(
            "the leg is not threatened at once (no sudden onset)",
            match acute(a) {
                Status::Met => Status::Unmet,
                Status::Unmet => Status::Met,
                Status::Unknown => Status::Unknown,
            },
            if acute(a) == Status::Unknown { &["arteries.sudden_onset"][..] } else { &[] },
        ),
        Criterion::ask(
            "arteries.vascular_opinion",
            "a vascular surgeon has seen the person and offers no revascularisation",
            a.vascular_opinion,
        ),
    ];
    let tasc = tasc_critical(a);
    let grade = |number: Option<u8>| number.map_or_else(|| "?".into(), |n| n.to_string());
    let scales = vec![
        Scale::new(
            "ankle-brachial index",
            band.map(|b| b.word().into()),
            &[
                "criteria.abi.abnormal",
                "criteria.abi.borderline",
                "criteria.abi.normal",
                "criteria.abi.non_compressible",
                "criteria.abi.czech_mild",
            ],
            &["arteries.abi"],
        ),
        Scale::new(
            "Fontaine",
            fontaine(a).map(String::from),
            &["criteria.fontaine"],
            &[
                "arteries.tissue_loss",
                "arteries.rest_pain",
                "arteries.claudication",
                "arteries.walking_distance_m",
            ],
        ),
        Scale::new(
            "Rutherford",
            rutherford(a).map(|category| category.to_string()),
            &[
                "criteria.rutherford",
                "criteria.rutherford.rest_ankle",
                "criteria.rutherford.rest_toe",
                "criteria.rutherford.loss_ankle",
                "criteria.rutherford.loss_toe",
            ],
            &["arteries.tissue_loss", "arteries.rest_pain", "arteries.claudication"],
        ),
        Scale::new(
            "critical ischaemia by TASC II",
            (tasc != Status::Unknown).then(|| tasc.word().into()),
            &[
                "criteria.tasc.rest_ankle",
                "criteria.tasc.rest_toe",
                "criteria.tasc.wound_ankle",
                "criteria.tasc.wound_toe",
            ],
            &[
                "arteries.rest_pain",
                "arteries.tissue_loss",
                "arteries.ankle_pressure_mmhg",
                "arteries.toe_pressure_mmhg",
            ],
        ),
        Scale::new(
            "WIfI (wound, ischaemia, foot infection)",
            (a.wound_grade.is_some() || wifi_ischaemia(a).is_some() || a.foot_infection_grade.is_some())
                .then(|| {
                    format!(
                        "wound {}, ischaemia {}, foot infection {}",
                        grade(a.wound_grade),
                        grade(wifi_ischaemia(a)),
                        grade(a.foot_infection_grade)
                    )
                }),
            &["criteria.wifi.grade_1_abi", "criteria.wifi.grade_2_abi", "criteria.wifi.grade_3_abi"],
            WIFI_FIELDS,
        ),
        Scale::new(
            "WIfI clinical stage (risk of amputation within a year)",
            wifi_stage(a).map(|stage| stage.to_string()),
            &["criteria.wifi.stages"],
            WIFI_FIELDS,
        ),
    ];
    let mut assessed =
        IndicationAssessment::new(Indication::ArterialInsufficiency, insufficiency, criteria, scales);
    assessed.first = match (acute(a), threatened, opinion) {
        (Status::Met, _, _) => {
            Some("Acute ischaemia: refer to vascular surgery at once; no block before.".into())
        }
        (_, Status::Met, Status::Met) => None,
        (_, Status::Met, _) => Some("Limb-threatening ischaemia: a vascular opinion comes first.".into()),
        _ => None,
    };
    assessed
}
