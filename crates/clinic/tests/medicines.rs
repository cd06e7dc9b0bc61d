//! A row of the table of medicines at a time: what stops, what clears, and that unverified intervals stay unspoken.
#![allow(clippy::unwrap_used, clippy::panic)] // a failed unwrap is a failed test

use rami_clinic::chart::Chart;
use rami_clinic::safety::{Finding, Outcome};

/// The finding for one medicine in an otherwise well chart.
fn finding(name: &str, extra: &str) -> Finding {
    let text = format!(
        "{}\n[[medication]]\nname = \"{name}\"\n{extra}\n",
        include_str!("../charts/crps.toml").replace("no_blood_thinners = true", "")
    );
    let chart = Chart::from_toml(&text).unwrap_or_else(|error| panic!("{error}"));
    let assessment = rami_clinic::assess(&chart, None).unwrap();
    let id = format!("medication.{name}");
    assessment
        .findings
        .into_iter()
        .find(|finding| finding.id == id)
        .unwrap_or_else(|| panic!("no finding {id}"))
}

fn paused(name: &str, hours: f64) -> Outcome {
    finding(name, &format!("hours_since_last_dose = {hours:?}\nstop_agreed_with_prescriber = true")).outcome
}

/// Name, hours of the longest published pause, whether the pause was read in its source.
const ROWS: &[(&str, f64, bool)] = &[
    ("warfarin", 120.0, true),
    ("acenocoumarol", 72.0, true),
    ("heparin", 6.0, true),
    ("heparin subcutaneous", 6.0, true),
    ("dalteparin", 24.0, true),
    ("enoxaparin", 24.0, true),
    ("clopidogrel", 168.0, false),
    ("prasugrel", 240.0, false),
    ("ticagrelor", 120.0, false),
    ("apixaban", 72.0, false),
    ("rivaroxaban", 72.0, false),
    ("edoxaban", 72.0, false),
    ("dabigatran", 96.0, false),
    ("fondaparinux", 96.0, false),
    ("alteplase", 48.0, false),
    ("abciximab", 120.0, false),
    ("eptifibatide", 24.0, false),
    ("tirofiban", 24.0, false),
];

#[test]
fn each_pause_turns_at_its_hour() {
    for &(name, hours, verified) in ROWS {
        let enough = if verified { Outcome::Clear } else { Outcome::Caution };
        assert_eq!(paused(name, hours), enough, "{name} at {hours} h");
        assert_eq!(paused(name, hours - 0.5), Outcome::Stop, "{name} before {hours} h");
    }
}

#[test]
fn no_pause_counts_before_its_prescriber_agreed() {
    for &(name, hours, _) in ROWS {
        for extra in ["", "stop_agreed_with_prescriber = false"] {
            let finding = finding(name, &format!("hours_since_last_dose = {}\n{extra}", hours * 10.0));
            assert_eq!(finding.outcome, Outcome::Stop, "{name}");
            assert!(finding.action.contains("prescriber"), "{name}: {}", finding.action);
        }
    }
}

#[test]
fn an_unverified_interval_is_never_spoken_as_an_instruction() {
    for &(name, _, verified) in ROWS {
        let finding = finding(name, "");
        let times = finding.action.contains(" days") || finding.action.contains(" hours");
        assert_eq!(times, verified, "{name}: {}", finding.action);
        if !verified {
            assert!(!finding.action.contains(|c: char| c.is_ascii_digit()), "{name}: {}", finding.action);
            assert!(finding.evidence.iter().any(|figure| figure.unverified), "{name}");
        }
    }
}

#[test]
fn a_verified_row_is_told_in_its_own_figures() {
    assert!(finding("warfarin", "").action.contains("5 days before the block; to start again 6 hours after"));
    assert!(finding("heparin", "").action.contains("6 hours before the block; to start again 2 hours after"));
    let preventing = finding("enoxaparin", "intensity = \"prophylactic\"");
    assert!(preventing.action.contains("12 hours before the block; to start again 12 to 24 hours after"));
    assert!(finding("enoxaparin", "intensity = \"therapeutic\"").action.contains("24 hours before"));
}

#[test]
fn aspirin_is_shared_and_anti_inflammatories_need_no_pause() {
    assert_eq!(finding("aspirin", "").outcome, Outcome::Caution);
    for name in ["ibuprofen", "cilostazol", "dipyridamole"] {
        assert_eq!(finding(name, "").outcome, Outcome::Clear, "{name}");
    }
}

#[test]
fn weak_kidneys_make_dabigatran_wait_six_days_and_others_ask() {
    let text = |clearance: &str, hours: f64| {
        include_str!("../charts/crps.toml")
            .replace("no_blood_thinners = true", "")
            .replace("creatinine_clearance_ml_min = 96", clearance)
            + &format!(
                "\n[[medication]]\nname = \"dabigatran\"\nhours_since_last_dose = {hours:?}\nstop_agreed_with_prescriber = true\n"
            )
    };
    let outcome = |clearance: &str, hours: f64| {
        let chart = Chart::from_toml(&text(clearance, hours)).unwrap();
        let found = rami_clinic::assess(&chart, None).unwrap().findings;
        found.into_iter().find(|f| f.id == "medication.dabigatran").unwrap()
    };
    assert_eq!(outcome("creatinine_clearance_ml_min = 49", 143.0).outcome, Outcome::Stop);
    assert_eq!(outcome("creatinine_clearance_ml_min = 49", 144.0).outcome, Outcome::Caution);
    assert_eq!(outcome("creatinine_clearance_ml_min = 50", 96.0).outcome, Outcome::Caution);
    // Unknown kidneys count as weak, and are asked about.
    let unknown = outcome("", 100.0);
    assert_eq!(unknown.outcome, Outcome::Stop);
    assert!(unknown.missing.iter().any(|field| field.contains("creatinine")));
}

#[test]
fn warfarin_stops_without_an_inr_and_above_the_limit() {
    let outcome = |inr: &str| {
        let text = include_str!("../charts/crps.toml")
            .replace("no_blood_thinners = true", "")
            .replace("inr = 1.0", inr)
            + "\n[[medication]]\nname = \"warfarin\"\nhours_since_last_dose = 130\nstop_agreed_with_prescriber = true\n";
        let assessment = rami_clinic::assess(&Chart::from_toml(&text).unwrap(), None).unwrap();
        assessment.findings.into_iter().find(|f| f.id == "inr").unwrap()
    };
    assert_eq!(outcome("").outcome, Outcome::Stop);
    assert_eq!(outcome("inr = 1.4").outcome, Outcome::Clear);
    let above = outcome("inr = 1.41");
    assert_eq!(above.outcome, Outcome::Stop);
    assert_eq!(above.evidence.len(), 5, "conflicting limits stand side by side");
}

#[test]
fn a_slip_in_a_name_stops_and_an_unknown_name_is_asked_about() {
    let slip = finding("apixiban", "");
    assert_eq!(slip.outcome, Outcome::Stop);
    assert!(slip.action.contains("apixaban"));
    assert_eq!(finding("moonwort", "").outcome, Outcome::Caution);
}

#[test]
fn a_high_risk_of_bleeding_leaves_no_blood_thinner_clear() {
    let at_risk = |name: &str, hours: f64| {
        let text = include_str!("../charts/crps.toml")
            .replace("no_blood_thinners = true", "")
            .replace("high_bleeding_risk = false", "high_bleeding_risk = true")
            + &format!(
                "\n[[medication]]\nname = \"{name}\"\nhours_since_last_dose = {hours:?}\nstop_agreed_with_prescriber = true\n"
            );
        let found = rami_clinic::assess(&Chart::from_toml(&text).unwrap(), None).unwrap().findings;
        found.into_iter().find(|f| f.id == format!("medication.{name}")).unwrap()
    };
    let names =
        ROWS.iter().map(|(name, ..)| *name).chain(["ibuprofen", "cilostazol", "dipyridamole", "aspirin"]);
    for name in names.filter(|name| *name != "heparin subcutaneous") {
        let finding = at_risk(name, 1000.0);
        assert_eq!(finding.outcome, Outcome::Caution, "{name}");
        assert!(finding.action.contains("high risk of bleeding"), "{name}: {}", finding.action);
        assert!(finding.evidence.iter().any(|f| f.key == "anticoagulation.high_risk_person"), "{name}");
    }
    // The one interval for a high risk that is in the evidence is used.
    assert_eq!(at_risk("heparin subcutaneous", 24.0).outcome, Outcome::Clear);
    assert_eq!(at_risk("heparin subcutaneous", 23.5).outcome, Outcome::Stop);
    assert!(at_risk("heparin subcutaneous", 0.0).action.contains("24 hours before"));
}
