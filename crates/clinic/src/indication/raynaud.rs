//! Raynaud's by the consensus of 2014: three steps, then five criteria of the primary form (`criteria.raynaud.*`).
//!
//! Steps: unusual sensitivity to cold; white and blue in the cold; at least 3 of 7 further features. Primary: all steps,
//! normal capillaroscopy and examination, no history of connective tissue disease, antinuclear antibodies negative or low.

use super::{Indication, IndicationAssessment, Scale};
use crate::chart::Raynaud;
use crate::status::{Criterion, Status};

/// Which form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RaynaudKind {
    /// The steps are not passed.
    Not,
    /// The steps are passed and nothing points to another disease.
    Primary,
    /// The steps are passed and something does.
    Secondary,
    /// Steps or form are not settled.
    Unknown,
}

fn features(r: &Raynaud) -> [(&'static str, &'static str, Option<bool>); 7] {
    [
        ("raynaud.other_triggers", "triggers other than cold", r.other_triggers),
        ("raynaud.both_sides", "both sides involved", r.both_sides),
        ("raynaud.numbness", "numbness or tingling", r.numbness),
        ("raynaud.sharp_border", "a sharp border of the colour change", r.sharp_border),
        ("raynaud.photographs", "photographs of an attack", r.photographs),
        ("raynaud.other_sites", "other sites too", r.other_sites),
        ("raynaud.three_colours", "three colours", r.three_colours),
    ]
}

fn score(r: &Raynaud) -> Status {
    let needed = rami_evidence::value("criteria.raynaud.score") as usize;
    Status::at_least(needed, &features(r).map(|(_, _, answer)| answer.into()))
}

fn steps(r: &Raynaud) -> Status {
    Status::all(&[r.cold_sensitive.into(), r.turns_white.into(), r.turns_blue.into(), score(r)])
}

fn primary(r: &Raynaud) -> Status {
    Status::all(&[
        r.capillaroscopy_normal.into(),
        r.examination_normal.into(),
        r.connective_tissue_disease.map(|disease| !disease).into(),
        r.ana_negative_or_low.into(),
    ])
}

/// Whether it is Raynaud's, and which form.
#[must_use]
pub fn raynaud(r: &Raynaud) -> RaynaudKind {
    match (steps(r), primary(r)) {
        (Status::Unmet, _) => RaynaudKind::Not,
        (Status::Met, Status::Met) => RaynaudKind::Primary,
        (Status::Met, Status::Unmet) => RaynaudKind::Secondary,
        _ => RaynaudKind::Unknown,
    }
}

pub(super) fn assess(r: &Raynaud) -> IndicationAssessment {
    let count = features(r).iter().filter(|(_, _, answer)| *answer == Some(true)).count();
    let open: Vec<&str> = if score(r) == Status::Unknown {
        features(r).iter().filter(|(_, _, answer)| answer.is_none()).map(|(field, _, _)| *field).collect()
    } else {
        Vec::new()
    };
    let mut criteria = vec![
        Criterion::ask("raynaud.cold_sensitive", "step 1: unusually sensitive to cold", r.cold_sensitive),
        Criterion::ask("raynaud.turns_white", "step 2: turns white in the cold", r.turns_white),
        Criterion::ask("raynaud.turns_blue", "step 2: turns blue in the cold", r.turns_blue),
        Criterion::new("step 3: at least 3 of 7 features", score(r), &open)
            .found(format!("{count} of 7 recorded")),
    ];
    criteria.extend([
        Criterion::ask(
            "raynaud.capillaroscopy_normal",
            "primary form: capillaroscopy is normal",
            r.capillaroscopy_normal,
        ),
        Criterion::ask(
            "raynaud.examination_normal",
            "primary form: examination is normal",
            r.examination_normal,
        ),
        Criterion::ask(
            "raynaud.connective_tissue_disease",
            "primary form: no history of connective tissue disease",
            r.connective_tissue_disease.map(|disease| !disease),
        ),
        Criterion::ask(
            "raynaud.ana_negative_or_low",
            "primary form: antinuclear antibodies negative or low",
            r.ana_negative_or_low,
        ),
    ]);
    let grade = match raynaud(r) {
        RaynaudKind::Not => Some("the steps are not passed"),
        RaynaudKind::Primary => Some("primary"),
        RaynaudKind::Secondary => Some("secondary: look for the disease behind it"),
        RaynaudKind::Unknown => None,
    };
    let missing: Vec<&str> =
        criteria.iter().flat_map(|criterion| criterion.missing.iter().map(String::as_str)).collect();
    let scale = Scale::new(
        "Raynaud, consensus of 2014",
        grade.map(String::from),
        &["criteria.raynaud.consensus", "criteria.raynaud.steps", "criteria.raynaud.primary"],
        &missing,
    );
    IndicationAssessment::new(Indication::Raynaud, steps(r), criteria, vec![scale])
}
