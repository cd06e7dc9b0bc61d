//! What everyone does before and after the needle, as lists of actions.

use crate::action::{Action, Sedation};
use crate::setup::Setup;
use rami_clinic::course::{Phase, course};

/// Labels and contents of the usual syringes: skin, contrast, drug.
pub const SYRINGES: [(&str, &str); 3] =
    [("skin", "lidocaine 1% 3ml"), ("contrast", "iohexol 240 5ml"), ("drug", "bupivacaine 0.25% 12ml")];

/// From consent to the numb skin, for an entry.
#[must_use]
pub fn before(setup: &Setup, entry_mm: [f64; 3], syringes: &[(&str, &str)]) -> Vec<Action> {
    let check = |id: &str| Action::Check { item: id.to_owned() };
    // These have actions of their own.
    let own = [
        "consent",
        "acclimatisation",
        "access_and_monitoring",
        "asepsis",
        "time_out",
        "baseline_temperature",
    ];
    let mut list = vec![Action::Consent { given: true }];
    list.extend(
        course()
            .steps
            .iter()
            .filter(|step| step.phase == Phase::SignIn && !own.contains(&step.id.as_str()))
            .map(|step| check(&step.id)),
    );
    list.extend([
        Action::RecordSedation { level: Sedation::None },
        Action::PositionProne,
        Action::AttachMonitoring,
        check("access_and_monitoring"),
        Action::Acclimatise { minutes: 20.0 },
        check("acclimatisation"),
        Action::ReadTemperatures,
        Action::PrepareSkin,
        Action::Drape,
    ]);
    list.extend(syringes.iter().map(|(label, content)| Action::DrawUp {
        label: (*label).to_owned(),
        content: (*content).to_owned(),
    }));
    list.push(Action::TimeOut { side: setup.side, level: setup.level });
    if syringes.iter().any(|(label, _)| *label == "skin") {
        list.push(Action::NumbSkin { label: "skin".to_owned(), volume_ml: 3.0, at_mm: entry_mm });
    }
    list
}

/// From the last look at the leg to the telephone.
#[must_use]
pub fn home() -> Vec<Action> {
    let mut list: Vec<Action> =
        course().discharge.iter().map(|check| Action::Check { item: check.id.clone() }).collect();
    list.push(Action::Discharge);
    list.extend([1.0, 7.0, 28.0].map(|day| Action::FollowUp { day }));
    list
}
