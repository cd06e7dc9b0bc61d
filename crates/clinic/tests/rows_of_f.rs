//! The safety rules of the evidence tables, section F, row by row: every row is in the evidence, with its figures.
//! What a chart makes of the rows on medicines is in `medicines.rs`, of limits and doses in `promises.rs`.
#![allow(clippy::unwrap_used, clippy::panic)] // a failed unwrap is a failed test

use rami_evidence::{all, figure};

/// Row, key, value (or the interval where a range is all there is).
const FIGURES: &[(&str, &str, f64)] = &[
    ("F1.1", "anticoagulation.aspirin.restart", 24.0),
    ("F1.2", "anticoagulation.nsaid.stop", 0.0),
    ("F1.2", "anticoagulation.nsaid.restart", 24.0),
    ("F1.2", "anticoagulation.cilostazol.stop", 0.0),
    ("F1.2", "anticoagulation.dipyridamole.stop", 0.0),
    ("F1.3", "anticoagulation.warfarin.stop", 5.0),
    ("F1.3", "anticoagulation.warfarin.restart", 6.0),
    ("F1.4", "anticoagulation.acenocoumarol.stop", 3.0),
    ("F1.4", "anticoagulation.acenocoumarol.restart", 24.0),
    ("F1.5", "anticoagulation.heparin_intravenous.stop", 6.0),
    ("F1.5", "anticoagulation.heparin_intravenous.restart", 2.0),
    ("F1.6", "anticoagulation.heparin_subcutaneous.stop", 6.0),
    ("F1.6", "anticoagulation.heparin_subcutaneous.stop_high_risk", 24.0),
    ("F1.6", "anticoagulation.heparin_subcutaneous.restart", 2.0),
    ("F1.7", "anticoagulation.enoxaparin_prophylactic.stop", 12.0),
    ("F1.7", "anticoagulation.enoxaparin_therapeutic.stop", 24.0),
    ("F1.7", "anticoagulation.dalteparin.stop", 24.0),
    ("F1.8", "anticoagulation.clopidogrel.stop", 7.0),
    ("F1.9", "anticoagulation.ticagrelor.stop", 5.0),
    ("F1.10", "anticoagulation.apixaban.stop", 3.0),
    ("F1.10", "anticoagulation.rivaroxaban.stop", 3.0),
    ("F1.10", "anticoagulation.edoxaban.stop", 3.0),
    ("F1.11", "anticoagulation.dabigatran.stop", 4.0),
    ("F1.12", "anticoagulation.fondaparinux.stop", 4.0),
    ("F1.13", "anticoagulation.fibrinolytic.stop", 48.0),
    ("F1.13", "anticoagulation.fibrinolytic.restart", 48.0),
    ("F2.2", "laboratory.inr.clinic_page", 1.3),
    ("F2.6", "laboratory.inr.default", 1.4),
    ("F2.6", "laboratory.platelets.default_go", 100.0),
    ("F2.6", "laboratory.platelets.default_stop", 50.0),
    ("F4", "limits.ideal_weight_above_bmi", 30.0),
    ("F4", "limits.reduction_when_frail", 30.0),
    ("F4.1", "formulary.lidocaine.plain.per_kg", 4.5),
    ("F4.1", "formulary.lidocaine.plain.absolute", 300.0),
    ("F4.1", "formulary.lidocaine.adrenaline.per_kg", 7.0),
    ("F4.1", "formulary.lidocaine.adrenaline.absolute", 500.0),
    ("F4.2", "formulary.bupivacaine.plain.absolute", 175.0),
    ("F4.2", "formulary.bupivacaine.adrenaline.absolute", 225.0),
    ("F4.2", "formulary.bupivacaine.per_day", 400.0),
    ("F4.3", "formulary.levobupivacaine.plain.absolute", 150.0),
    ("F4.3", "formulary.levobupivacaine.per_day", 400.0),
    ("F4.4", "formulary.ropivacaine.plain.per_kg", 3.0),
    ("F4.4", "formulary.ropivacaine.adrenaline.absolute", 300.0),
    ("F4.5", "formulary.mepivacaine.adrenaline.per_kg", 7.0),
    ("F4.5", "formulary.mepivacaine.adrenaline.absolute", 500.0),
    ("F5.1", "last.weight_boundary", 70.0),
    ("F5.1", "last.asra.bolus_above_70_kg", 100.0),
    ("F5.1", "last.asra.infusion_above_70_kg", 250.0),
    ("F5.1", "last.asra.bolus", 1.5),
    ("F5.1", "last.asra.infusion", 0.25),
    ("F5.1", "last.maximum", 12.0),
    ("F5.2", "last.aagbi.bolus", 1.5),
    ("F5.2", "last.aagbi.infusion", 15.0),
    ("F5.2", "last.aagbi.boluses", 3.0),
    ("F5.4", "last.observe", 30.0),
    ("F5.5", "last.observe_bupivacaine_dose", 50.0),
];

/// Key, lower and upper end, where the row gives a range.
const RANGES: &[(&str, f64, f64)] = &[
    ("anticoagulation.enoxaparin_therapeutic.restart", 12.0, 24.0),
    ("anticoagulation.dalteparin.restart", 12.0, 24.0),
    ("anticoagulation.prasugrel.stop", 7.0, 10.0),
    ("anticoagulation.dabigatran.stop_renal", 5.0, 6.0),
    ("anticoagulation.abciximab.stop", 2.0, 5.0),
    ("anticoagulation.eptifibatide.stop", 8.0, 24.0),
    ("anticoagulation.tirofiban.stop", 8.0, 24.0),
    ("laboratory.inr.local", 1.2, 1.4),
    ("laboratory.inr.sir_low_risk", 2.0, 3.0),
    ("laboratory.inr.sir_high_risk", 1.5, 1.8),
    ("formulary.bupivacaine.plain.per_kg", 2.0, 2.5),
    ("formulary.levobupivacaine.plain.per_kg", 2.0, 2.5),
    ("formulary.ropivacaine.plain.absolute", 200.0, 300.0),
    ("last.observe_bupivacaine", 45.0, 60.0),
];

#[test]
fn each_row_has_the_figures_of_the_table() {
    for &(row, key, value) in FIGURES {
        let figure = figure(key);
        assert_eq!((figure.row.as_deref(), figure.value), (Some(row), Some(value)), "{key}");
    }
}

#[test]
fn where_a_row_gives_a_range_the_evidence_keeps_it() {
    for &(key, low, high) in RANGES {
        let interval = figure(key).interval.unwrap_or_else(|| panic!("{key} has no interval"));
        assert_eq!((interval.low, interval.high), (low, high), "{key}");
    }
}

#[test]
fn no_row_is_left_out() {
    let rows = (1..=14)
        .map(|n| format!("F1.{n}"))
        .chain((1..=6).map(|n| format!("F2.{n}")))
        .chain(["F3".to_owned()])
        .chain((1..=5).map(|n| format!("F4.{n}")))
        .chain((1..=5).map(|n| format!("F5.{n}")))
        .chain((1..=3).map(|n| format!("F6.{n}")))
        .chain(["F7".to_owned()]);
    for row in rows {
        assert!(all().any(|figure| figure.row.as_deref() == Some(&row)), "{row}");
    }
}

#[test]
fn a_row_from_memory_carries_the_mark() {
    for row in 8..=14 {
        let row = format!("F1.{row}");
        for figure in all().filter(|figure| figure.row.as_deref() == Some(&row)) {
            assert!(figure.is_unverified(), "{}", figure.key);
        }
    }
}
