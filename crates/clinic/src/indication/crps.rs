//! Complex regional pain syndrome, formerly reflex sympathetic dystrophy (RSD).
//!
//! Budapest criteria: clinical rule = disproportionate pain, symptoms in at least 3 of 4 categories, signs in at least
//! 2 of 4, no better diagnosis; research rule = symptoms in 4 of 4 (`criteria.budapest.*`). How well the rules tell is in
//! `accuracy.rs`.

use super::accuracy::{RULES, RuleAccuracy};
use super::{Indication, IndicationAssessment, Scale};
use crate::chart::{Crps, CrpsSigns, CrpsSymptoms};
use crate::status::{Criterion, Status};

/// One category with its items and their fields.
struct Category {
    name: &'static str,
    items: Vec<(&'static str, Option<bool>)>,
}

impl Category {
    fn status(&self) -> Status {
        Status::any(&self.items.iter().map(|(_, answer)| Status::from(*answer)).collect::<Vec<_>>())
    }

    fn criterion(&self, kind: &str) -> Criterion {
        let status = self.status();
        let missing: Vec<String> = if status == Status::Unknown {
            self.items.iter().filter(|(_, a)| a.is_none()).map(|(f, _)| format!("crps.{kind}s.{f}")).collect()
        } else {
            Vec::new()
        };
        Criterion::new(&format!("{kind} in the {} category", self.name), status, &missing)
    }
}

fn symptoms(s: &CrpsSymptoms) -> [Category; 4] {
    [
        Category { name: "sensory", items: vec![("sensory", s.sensory)] },
        Category {
            name: "vasomotor",
            items: vec![
                ("temperature_asymmetry", s.temperature_asymmetry),
                ("colour_changes", s.colour_changes),
            ],
        },
        Category { name: "sudomotor or oedema", items: vec![("oedema", s.oedema), ("sweating", s.sweating)] },
        Category {
            name: "motor or trophic",
            items: vec![
                ("reduced_motion", s.reduced_motion),
                ("motor_dysfunction", s.motor_dysfunction),
                ("trophic_changes", s.trophic_changes),
            ],
        },
    ]
}

fn signs(s: &CrpsSigns) -> [Category; 4] {
    [
        Category {
            name: "sensory",
            items: vec![("hyperalgesia_pinprick", s.hyperalgesia_pinprick), ("allodynia", s.allodynia)],
        },
        Category {
            name: "vasomotor",
            items: vec![("temperature_difference_c", asymmetric(s)), ("colour_changes", s.colour_changes)],
        },
        Category { name: "sudomotor or oedema", items: vec![("oedema", s.oedema), ("sweating", s.sweating)] },
        Category {
            name: "motor or trophic",
            items: vec![
                ("reduced_motion", s.reduced_motion),
                ("motor_dysfunction", s.motor_dysfunction),
                ("trophic_changes", s.trophic_changes),
            ],
        },
    ]
}

/// A measured difference counts when it is more than 1 °C either way; otherwise what was felt.
fn asymmetric(s: &CrpsSigns) -> Option<bool> {
    let limit = rami_evidence::value("criteria.budapest.temperature_asymmetry");
    s.temperature_difference_c.map(|difference| difference.abs() > limit).or(s.temperature_asymmetry)
}

fn rule(findings: &Crps, symptom_categories: usize) -> Status {
    let statuses = |categories: &[Category; 4]| categories.iter().map(Category::status).collect::<Vec<_>>();
    Status::all(&[
        findings.disproportionate_pain.into(),
        findings.no_better_diagnosis.into(),
        Status::at_least(symptom_categories, &statuses(&symptoms(&findings.symptoms))),
        Status::at_least(2, &statuses(&signs(&findings.signs))),
    ])
}

/// The Budapest clinical rule.
#[must_use]
pub fn budapest_clinical(findings: &Crps) -> Status {
    rule(findings, 3)
}

/// The Budapest research rule.
#[must_use]
pub fn budapest_research(findings: &Crps) -> Status {
    rule(findings, 4)
}

/// The CRPS severity score as a range: items present, and those plus the unknown ones.
///
/// With `items_17`, pinprick and touch count apart (2010); otherwise they are one item (2017, 16 items). The list of
/// items is recalled, not read (`criteria.css.item_list`).
#[must_use]
pub fn severity(findings: &Crps, items_17: bool) -> (u32, u32) {
    let (y, s) = (&findings.symptoms, &findings.signs);
    let mut items: Vec<Status> = [
        y.sensory,
        y.temperature_asymmetry,
        y.colour_changes,
        y.sweating,
        y.oedema,
        y.trophic_changes,
        y.motor_dysfunction,
        y.reduced_motion,
        asymmetric(s),
        s.colour_changes,
        s.sweating,
        s.oedema,
        s.trophic_changes,
        s.motor_dysfunction,
        s.reduced_motion,
    ]
    .map(Status::from)
    .to_vec();
    let sensory = [s.hyperalgesia_pinprick.into(), s.allodynia.into()];
    if items_17 {
        items.extend(sensory);
    } else {
        items.push(Status::any(&sensory));
    }
    let count = |status| items.iter().filter(|item| **item == status).count() as u32;
    (count(Status::Met), count(Status::Met) + count(Status::Unknown))
}

pub(super) fn assess(findings: &Crps) -> IndicationAssessment {
    let mut criteria = vec![
        Criterion::ask(
            "crps.disproportionate_pain",
            "continuing pain out of proportion to what began it",
            findings.disproportionate_pain,
        ),
        Criterion::ask(
            "crps.no_better_diagnosis",
            "no other diagnosis explains it better",
            findings.no_better_diagnosis,
        ),
    ];
    criteria.extend(symptoms(&findings.symptoms).iter().map(|category| category.criterion("symptom")));
    criteria.extend(signs(&findings.signs).iter().map(|category| category.criterion("sign")));
    let clinical = budapest_clinical(findings);
    let scale = |name: &str, grade: String, keys: &[&str]| Scale::new(name, Some(grade), keys, &[]);
    let score = |(low, high): (u32, u32), of: u32| {
        if low == high {
            format!("{low} of {of}")
        } else {
            format!("{low} to {high} of {of}: items are unknown")
        }
    };
    let css = &["criteria.css.smallest_real_difference", "criteria.css.item_list"];
    let research = budapest_research(findings);
    let scales = vec![
        scale("Budapest clinical rule", clinical.word().into(), &["criteria.budapest.clinical_rule"]),
        scale("Budapest research rule", research.word().into(), &["criteria.budapest.research_rule"]),
        scale("CRPS severity score, 2010 (17 items)", score(severity(findings, true), 17), css),
        scale("CRPS severity score, 2017 (16 items)", score(severity(findings, false), 16), css),
    ];
    let mut assessed = IndicationAssessment::new(Indication::Crps, clinical, criteria, scales);
    assessed.accuracy = RULES.iter().map(|(name, stem)| RuleAccuracy::new(name, stem)).collect();
    assessed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_severity_score_is_a_range_while_items_are_unknown() {
        assert_eq!(severity(&Crps::default(), true), (0, 17));
        assert_eq!(severity(&Crps::default(), false), (0, 16));
        let mut findings = Crps::default();
        findings.signs.allodynia = Some(true);
        findings.signs.hyperalgesia_pinprick = Some(true);
        findings.symptoms.oedema = Some(false);
        assert_eq!(severity(&findings, true), (2, 16));
        assert_eq!(severity(&findings, false), (1, 15));
    }
}
