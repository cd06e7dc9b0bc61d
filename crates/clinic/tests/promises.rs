//! Promises of the assessment: boundaries of doses and laboratory limits, overrides, and properties over many charts.
#![allow(clippy::unwrap_used, clippy::panic)] // a failed unwrap is a failed test

use proptest::prelude::*;
use rami_clinic::chart::Chart;
use rami_clinic::safety::Outcome;
use rami_clinic::{Assessment, PlanSummary, assess};

const CRPS: &str = include_str!("../charts/crps.toml");

fn chart(text: &str) -> Chart {
    Chart::from_toml(text).unwrap_or_else(|error| panic!("{error}"))
}

fn of(text: &str) -> Assessment {
    assess(&chart(text), None).unwrap()
}

fn outcome(assessment: &Assessment, id: &str) -> Outcome {
    assessment
        .findings
        .iter()
        .find(|finding| finding.id == id)
        .unwrap_or_else(|| panic!("no finding {id}"))
        .outcome
}

#[test]
fn the_worked_example_is_clear_and_lists_what_it_used() {
    let assessment = of(CRPS);
    assert_eq!(assessment.outcome, Outcome::Clear, "{:?}", assessment.findings);
    assert!(assessment.missing.is_empty(), "{:?}", assessment.missing);
    assert!(assessment.evidence.iter().any(|key| key == "criteria.budapest_clinical.sensitivity"));
    for key in &assessment.unverified {
        assert!(rami_evidence::figure(key).is_unverified());
    }
}

#[test]
fn doses_warn_at_80_and_block_at_100_per_cent() {
    // 68 kg: lidocaine 300 mg at most (4.5 mg/kg is 306 mg).
    let with = |syringes: &str| {
        let text =
            CRPS.replace("\"lidocaine 1% 3ml\", \"iohexol 300 1ml\", \"bupivacaine 0.25% 10ml\"", syringes);
        let assessment = of(&text);
        let share = assessment.doses.share.unwrap();
        let why = &assessment.findings.iter().find(|finding| finding.id == "dose").unwrap().why;
        let told: f64 = why.split_whitespace().find_map(|word| word.parse().ok()).unwrap();
        assert!((told - 100.0 * share).abs() < 0.5, "{why}: {share}");
        (outcome(&assessment, "dose"), share)
    };
    assert_eq!(with("\"lidocaine 1% 23.9ml\"").0, Outcome::Clear);
    assert_eq!(with("\"lidocaine 1% 24ml\"").0, Outcome::Caution);
    assert_eq!(with("\"lidocaine 1% 29.9ml\"").0, Outcome::Caution);
    assert_eq!(with("\"lidocaine 1% 15ml\", \"lidocaine 1% 15ml\"").0, Outcome::Stop);
    // Shares of different drugs add: half and half of a maximum is a maximum.
    let both = with("\"lidocaine 1% 15ml\", \"bupivacaine 0.5% 17ml\"");
    assert!((both.1 - (0.5 + 85.0 / 170.0)).abs() < 1e-12 && both.0 == Outcome::Stop);
}

#[test]
fn frailty_counts_once_and_obesity_brings_the_ideal_weight() {
    let frail = of(&CRPS.replace("frail = false", "frail = true"));
    assert!((frail.doses.factor - 0.7).abs() < 1e-12);
    let more = of(&CRPS
        .replace("frail = false", "frail = true")
        .replace("liver_disease = false", "liver_disease = true"));
    assert!((more.doses.factor - 0.7).abs() < 1e-12 && more.doses.reductions.len() == 2);
    let at_70 = |age: &str| of(&CRPS.replace("age_years = 44", age)).doses.factor;
    assert!(at_70("age_years = 70") < 1.0 && at_70("age_years = 69.9") == 1.0);
    // 166 cm: index 30 is at 82.668 kg; the ideal weight of a woman is 45.5 + 2.3 × (65.354 − 60) = 57.8 kg.
    let at = |kg: &str| of(&CRPS.replace("weight_kg = 68", kg)).doses.weight_kg.unwrap();
    assert_eq!(at("weight_kg = 82.6"), 82.6);
    assert!((at("weight_kg = 82.7") - 57.8).abs() < 0.05);
}

#[test]
fn without_a_weight_a_planned_dose_stops() {
    let assessment = of(&CRPS.replace("weight_kg = 68", ""));
    assert_eq!(outcome(&assessment, "dose"), Outcome::Stop);
    assert!(assessment.missing.contains(&"person.weight_kg".to_owned()) && assessment.lipid_rescue.is_none());
    let child = of(&CRPS.replace("age_years = 44", "age_years = 15"));
    assert_eq!(outcome(&child, "age"), Outcome::Stop);
}

#[test]
fn the_lipid_card_turns_at_70_kg_and_keeps_both_guidelines() {
    let card = |kg: f64| rami_clinic::dose::lipid_card(rami_units::Kg::literal(kg));
    let (light, heavy) = (card(70.0), card(70.1));
    assert_eq!((light.asra_bolus_ml, light.asra_infusion.as_str()), (105.0, "17.5 ml/min"));
    assert_eq!((heavy.asra_bolus_ml, heavy.asra_infusion.as_str()), (100.0, "250 ml over 15 to 20 min"));
    assert_eq!((light.aagbi_bolus_ml, light.aagbi_infusion_ml_h, light.maximum_ml), (105.0, 1050.0, 840.0));
}

#[test]
fn fifty_milligrams_of_bupivacaine_are_watched_longer() {
    let minutes = |syringe: &str| of(&CRPS.replace("bupivacaine 0.25% 10ml", syringe)).doses.observe_min;
    assert_eq!(minutes("bupivacaine 0.5% 10ml"), 60.0);
    assert_eq!(minutes("bupivacaine 0.5% 9.9ml"), 30.0);
    assert_eq!(minutes("ropivacaine 0.5% 20ml"), 30.0);
}

#[test]
fn platelets_turn_at_50_and_100_and_at_the_clinics_own_limits() {
    let at = |platelets: &str| outcome(&of(&CRPS.replace("platelets_10e9_l = 240", platelets)), "platelets");
    assert_eq!(at("platelets_10e9_l = 49.9"), Outcome::Stop);
    assert_eq!(at("platelets_10e9_l = 50"), Outcome::Caution);
    assert_eq!(at("platelets_10e9_l = 99.9"), Outcome::Caution);
    assert_eq!(at("platelets_10e9_l = 100"), Outcome::Clear);
    assert_eq!(at(""), Outcome::Caution);
    let own = CRPS.replace(
        "platelets_10e9_l = 240",
        "platelets_10e9_l = 90\n[thresholds]\nplatelets_go = 80\ninr_maximum = 0.9",
    );
    assert_eq!(outcome(&of(&own), "platelets"), Outcome::Clear);
    assert_eq!(outcome(&of(&own), "inr"), Outcome::Stop);
}

#[test]
fn a_warm_toe_is_judged_another_way() {
    let at = |toe: &str| outcome(&of(&CRPS.replace("toe_c = 26.5\nother", toe)), "baseline_temperature");
    assert_eq!(at("toe_c = 32.9\nother"), Outcome::Clear);
    assert_eq!(at("toe_c = 33\nother"), Outcome::Caution);
    let early = of(&CRPS.replace("acclimatised_min = 20", "acclimatised_min = 19"));
    assert_eq!(outcome(&early, "baseline_temperature"), Outcome::Caution);
}

#[test]
fn allergies_are_sorted_by_what_they_are_to() {
    let with = |entry: &str| {
        let text = CRPS.replace("no_known_allergies = true", "") + "\n[[allergy]]\n" + entry;
        let assessment = of(&text);
        assessment.findings.into_iter().find(|finding| finding.id.starts_with("allergy")).unwrap().outcome
    };
    assert_eq!(with("substance = \"Lidocaine\""), Outcome::Stop);
    assert_eq!(with("substance = \"procaine\""), Outcome::Caution);
    assert_eq!(with("substance = \"local anaesthetic\""), Outcome::Stop);
    assert_eq!(with("substance = \"iohexol\"\nreaction = \"mild\""), Outcome::Caution);
    assert_eq!(with("substance = \"iohexol\"\nreaction = \"moderate\""), Outcome::Caution);
    assert_eq!(with("substance = \"contrast\"\nreaction = \"severe\""), Outcome::Stop);
    assert_eq!(with("substance = \"contrast\""), Outcome::Caution);
    assert_eq!(with("substance = \"chlorhexidine\""), Outcome::Stop);
    assert_eq!(with("substance = \"latex\""), Outcome::Caution);
    for (substance, expected) in [
        ("Lidocaine hydrochloride 2 % injection", Outcome::Stop),
        ("prilocaine", Outcome::Stop),
        ("EMLA cream", Outcome::Stop),
        ("amides", Outcome::Stop),
        ("oxybuprocaine", Outcome::Stop),
        ("sulfonamide", Outcome::Clear),
        ("a general anaesthetic, once", Outcome::Clear),
        ("local honey", Outcome::Clear),
        // Nothing that is drawn up holds it.
        ("adrenaline", Outcome::Clear),
        ("cholesterol medicine", Outcome::Clear),
        ("Omnipaque 300", Outcome::Caution),
        ("gadolinium", Outcome::Caution),
        ("povidone-iodine", Outcome::Caution),
        ("sodium metabisulfite", Outcome::Caution),
        ("chloroprocaine", Outcome::Caution),
        ("local anesthetics", Outcome::Stop),
    ] {
        assert_eq!(with(&format!("substance = \"{substance}\"")), expected, "{substance}");
    }
    // What is to be injected stops, whatever it is.
    let dexamethasone =
        CRPS.replace("\"bupivacaine 0.25% 10ml\"", "\"bupivacaine 0.25% 10ml\", \"dexamethasone 0.4% 1ml\"");
    for (text, expected) in [(CRPS.to_owned(), Outcome::Clear), (dexamethasone, Outcome::Stop)] {
        let text =
            text.replace("no_known_allergies = true", "") + "\n[[allergy]]\nsubstance = \"dexamethasone\"\n";
        assert_eq!(outcome(&of(&text), "allergy.dexamethasone"), expected);
    }
    assert_eq!(outcome(&of(&CRPS.replace("no_known_allergies = true", "")), "allergy"), Outcome::Caution);
    assert_eq!(with("substance = \"peanut\""), Outcome::Clear);
}

#[test]
fn a_list_of_medicines_is_not_taken_to_be_whole() {
    let with = |said: &str, name: &str| {
        let text = CRPS.replace("no_blood_thinners = true", said)
            + &format!("\n[[medication]]\nname = \"{name}\"\n");
        let assessment = of(&text);
        let finding = assessment.findings.iter().find(|finding| finding.id == "blood_thinners").cloned();
        (finding.map(|finding| finding.outcome), assessment.missing)
    };
    assert_eq!(with("no_blood_thinners = true", "gabapentin").0, Some(Outcome::Clear));
    let (asked, missing) = with("", "gabapentin");
    assert_eq!(asked, Some(Outcome::Caution));
    assert!(missing.contains(&"no_blood_thinners".to_owned()), "{missing:?}");
    assert_eq!(
        with("no_blood_thinners = false", "gabapentin").0,
        Some(Outcome::Stop),
        "one is taken, unnamed"
    );
    assert_eq!(with("", "apixaban").0, None, "it is named");
}

#[test]
fn what_of_the_person_bears_on_a_harm_is_told_beside_it_and_changes_no_rate() {
    let harm = |text: &str, id: &str| of(text).risks.into_iter().find(|risk| risk.id == id).unwrap();
    let (well, thin) = (harm(CRPS, "haematoma"), harm(&CRPS.replace("inr = 1.0", "inr = 2.6"), "haematoma"));
    assert!(well.for_this_person.is_empty());
    assert_eq!(thin.for_this_person, ["the INR is 2.6, above 1.4"]);
    assert_eq!((well.rates, well.at_most, well.beside), (thin.rates, thin.at_most, thin.beside));
    // What is only not recorded is not known to bear on anything.
    assert!(harm(&CRPS.replace("inr = 1.0", ""), "haematoma").for_this_person.is_empty());
    let near = CRPS.replace("bupivacaine 0.25% 10ml", "bupivacaine 0.25% 60ml");
    assert_eq!(harm(&near, "last").for_this_person.len(), 1);
    assert!(harm(&CRPS.replace("frail = false", ""), "last").for_this_person.is_empty());
}

#[test]
fn a_stop_can_be_overridden_with_a_reason_and_some_never() {
    let infected = CRPS.replace("infection_at_site = false", "infection_at_site = true");
    let with = |text: &str, id: &str, reason: &str| {
        assess(
            &chart(&format!(
                "{text}\n[[override]]\nfinding = \"{id}\"\nreason = \"{reason}\"\nby = \"Dr Roth\"\n"
            )),
            None,
        )
    };
    let overridden = with(&infected, "infection_at_site", "cellulitis cleared today").unwrap();
    assert_eq!(outcome(&overridden, "infection_at_site"), Outcome::Caution);
    let finding = overridden.findings.iter().find(|f| f.id == "infection_at_site").unwrap();
    assert_eq!(finding.overridden.as_deref(), Some("Dr Roth: cellulitis cleared today"));
    assert!(with(&infected, "infection_at_site", "  ").unwrap_err().to_string().contains("needs a reason"));
    assert!(
        with(&infected, "infection_at_sit", "x").unwrap_err().to_string().contains("\"infection_at_site\"")
    );
    for (from, to, id) in [
        ("given = true", "given = false", "consent"),
        ("given = true", "given = true\nwithdrawn = true", "consent"),
        ("given = true", "", "consent"),
        ("side_confirmed = true", "", "side"),
        (
            "side_confirmed = true",
            "side_confirmed = true\nvessel_contrast = \"uncleared\"",
            "vessel_contrast",
        ),
    ] {
        let text = CRPS.replace(from, to);
        assert_eq!(outcome(&of(&text), id), Outcome::Stop, "{to}");
        assert!(
            with(&text, id, "in a hurry").unwrap_err().to_string().contains("cannot be overridden"),
            "{to}"
        );
    }
}

#[test]
fn the_plans_own_hazards_are_findings() {
    let plan = |json: &str| PlanSummary::read(json).unwrap();
    let with = |plan: &PlanSummary| assess(&chart(CRPS), Some(plan)).unwrap();
    let candidates = r#"{"schema":"rami.plan/1","candidates":[{"side":"left","level":"L3","hit_probability":{"kidney_left":0.04}}],"warnings":["not prone"],"chosen":"#;
    let good = with(&plan(&format!("{candidates}0}}")));
    assert_eq!(
        (outcome(&good, "plan"), outcome(&good, "plan.warning.1")),
        (Outcome::Clear, Outcome::Caution)
    );
    assert_eq!(outcome(&good, "plan.touches"), Outcome::Clear, "4 % is below what is pointed out");
    let near = format!("{candidates}0}}").replace("0.04", "0.05");
    let near = with(&plan(&near));
    assert_eq!(outcome(&near, "plan.touches"), Outcome::Caution);
    let muscle = format!("{candidates}0}}").replace("\"kidney_left\":0.04", "\"iliopsoas_left\":0.99");
    assert!(
        with(&plan(&muscle)).findings.iter().all(|f| f.id != "plan.touches"),
        "muscle is crossed on the way"
    );
    let several = format!("{candidates}0}}").replace(
        "\"kidney_left\":0.04",
        "\"colon\":0.01,\"kidney_left\":0.02,\"aorta\":0.03,\"ureter_left\":0.005,\"liver\":0.0",
    );
    let several = with(&plan(&several));
    let touches = several.findings.iter().find(|f| f.id == "plan.touches").unwrap();
    assert!(touches.why.ends_with("aorta 3 %, kidney left 2 %, colon 1 %"), "{}", touches.why);
    let far = format!("{candidates}0}}").replace("0.04", "0.0");
    assert!(with(&plan(&far)).findings.iter().all(|f| f.id != "plan.touches"), "nothing is touched");
    let none = with(&plan(&format!("{candidates}null}}")));
    assert_eq!(outcome(&none, "plan"), Outcome::Stop);
    let other = with(&plan(&format!("{candidates}0}}").replace("\"left\"", "\"right\"")));
    assert_eq!(outcome(&other, "plan"), Outcome::Stop);
}

/// Things that can be wrong, as replacements in the worked example.
const WRONGS: &[(&str, &str)] = &[
    ("given = true", "given = false"),
    ("infection_at_site = false", "infection_at_site = true"),
    ("tumour_at_site = false", "tumour_at_site = true"),
    ("bleeding_disorder = false", "bleeding_disorder = true"),
    ("high_bleeding_risk = false", "high_bleeding_risk = true"),
    ("systemic_infection = false", "systemic_infection = true"),
    ("pregnant = false", "pregnant = true"),
    ("\"two\"", "\"only_left\""),
    ("hypovolaemia = false", "hypovolaemia = true"),
    ("heart_block = false", "heart_block = true"),
    ("can_lie_prone = true", "can_lie_prone = false"),
    ("implant = \"none\"", "implant = \"defibrillator\""),
    ("frail = false", "frail = true"),
    ("liver_disease = false", "liver_disease = true"),
    ("inr = 1.0", "inr = 2.6"),
    ("platelets_10e9_l = 240", "platelets_10e9_l = 30"),
    ("bupivacaine 0.25% 10ml", "bupivacaine 0.5% 40ml"),
    ("creatinine_clearance_ml_min = 96", "creatinine_clearance_ml_min = 20"),
    ("no_known_allergies = true", "\n[[allergy]]\nsubstance = \"bupivacaine\"\n[unused_marker]"),
];

fn spoiled(which: &[bool]) -> String {
    let mut text = CRPS.to_owned();
    for ((from, to), _) in WRONGS.iter().zip(which).filter(|(_, on)| **on) {
        // An allergy table would swallow the keys after it: put it at the end.
        if to.contains("[[allergy]]") {
            text = text.replace(from, "") + &to.replace("[unused_marker]", "");
        } else {
            text = text.replace(from, to);
        }
    }
    text
}

fn stops(assessment: &Assessment) -> Vec<String> {
    assessment.findings.iter().filter(|f| f.outcome == Outcome::Stop).map(|f| f.id.clone()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_stop_never_disappears_when_more_is_known_to_be_wrong(
        which in proptest::collection::vec(any::<bool>(), WRONGS.len()), more in 0..WRONGS.len()
    ) {
        let mut worse = which.clone();
        worse[more] = true;
        let (before, after) = (of(&spoiled(&which)), of(&spoiled(&worse)));
        for stop in stops(&before) {
            prop_assert!(stops(&after).contains(&stop), "{} vanished", stop);
        }
        prop_assert!(after.outcome >= before.outcome);
    }

    #[test]
    fn more_drug_never_lowers_the_share_or_the_outcome(ml in 1u32..300, more in 1u32..200, frail: bool) {
        let with = |tenths: u32| {
            let syringe = format!("bupivacaine 0.25% {}ml", f64::from(tenths) / 10.0);
            of(&CRPS.replace("bupivacaine 0.25% 10ml", &syringe).replace("frail = false", &format!("frail = {frail}")))
        };
        let (less, more) = (with(ml), with(ml + more));
        prop_assert!(more.doses.share > less.doses.share);
        prop_assert!(more.doses.level >= less.doses.level && more.outcome >= less.outcome);
        prop_assert!(more.doses.observe_min >= less.doses.observe_min);
    }

    #[test]
    fn units_change_nothing(kg in 40.0..150.0f64, cm in 140.0..200.0f64, ml in 1u32..20) {
        let metric = CRPS
            .replace("weight_kg = 68", &format!("weight_kg = {kg:?}"))
            .replace("height_cm = 166", &format!("height_cm = {cm:?}"))
            .replace("bupivacaine 0.25% 10ml", &format!("bupivacaine 0.25% {ml}ml"));
        let other = metric
            .replace(&format!("weight_kg = {kg:?}"), &format!("weight_lb = {:?}", kg / 0.453_592_37))
            .replace(&format!("height_cm = {cm:?}"), &format!("height_in = {:?}", cm / 2.54))
            .replace(&format!("bupivacaine 0.25% {ml}ml"), &format!("bupivacaine 2.5 mg/ml {ml} ml"));
        let (a, b) = (of(&metric), of(&other));
        // 1e-9: a few roundings of the unit factors.
        prop_assert!((a.doses.share.unwrap() - b.doses.share.unwrap()).abs() < 1e-9);
        prop_assert_eq!(a.outcome, b.outcome);
        prop_assert_eq!(stops(&a), stops(&b));
    }

    #[test]
    fn no_text_makes_a_reader_panic(text in "\\PC{0,80}") {
        let _ = Chart::from_toml(&text);
        let _ = Chart::from_fhir(&text);
        let _ = PlanSummary::read(&text);
        let _ = Chart::from_fhir(&format!("{{\"resourceType\":\"Bundle\",\"entry\":[{{\"resource\":{{{text}}}}}]}}"));
    }
}
