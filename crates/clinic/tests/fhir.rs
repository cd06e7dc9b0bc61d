//! FHIR R4 bundles as records send them: many codings, zones and spellings, what is over, what is absent.
#![allow(clippy::unwrap_used, clippy::panic)] // a failed unwrap is a failed test

use rami_clinic::assess;
use rami_clinic::chart::{Chart, Reaction};
use rami_clinic::indication::Indication;
use rami_clinic::safety::Outcome;

const CRPS: &str = include_str!("../charts/crps.fhir.json");

/// The worked bundle with more entries before its own.
fn with(entries: &str) -> Result<Chart, rami_clinic::chart::ChartError> {
    Chart::from_fhir(&CRPS.replacen("\"entry\": [", &format!("\"entry\": [ {entries},"), 1))
}

fn observation(code: &str, rest: &str) -> String {
    format!(
        r#"{{ "resource": {{ "resourceType": "Observation", "status": "final",
        "code": {{ "coding": [{code}] }}, {rest} }} }}"#
    )
}

#[test]
fn a_fhir_bundle_becomes_the_same_kind_of_chart() {
    let chart = Chart::from_fhir(CRPS).unwrap();
    assert_eq!(chart.person.age_years, Some(44.0));
    assert!((chart.person.weight().unwrap().get() - 68.04).abs() < 0.01);
    assert_eq!(chart.person.height_cm.unwrap().get(), 166.0);
    assert_eq!((chart.laboratory.platelets_10e9_l, chart.health.pregnant), (Some(240.0), Some(false)));
    assert_eq!(chart.medications.len(), 1, "a stopped medicine is left out");
    assert_eq!(chart.allergies[0].reaction, Some(Reaction::Moderate));
    assert_eq!(chart.crps.signs.allodynia, Some(true));
    let assessment = assess(&chart, None).unwrap();
    let clopidogrel = assessment.findings.iter().find(|f| f.id == "medication.clopidogrel").unwrap();
    assert_eq!(clopidogrel.outcome, Outcome::Stop);
}

#[test]
fn of_a_fhir_bundle_only_what_holds_now_counts() {
    let bundle = |entries: &str| {
        let text = CRPS.replacen("\"entry\": [", &format!("\"entry\": [ {entries},"), 1);
        Chart::from_fhir(&text).unwrap_or_else(|error| panic!("{error}"))
    };
    let observed = |value: &str, time: &str| {
        format!(
            r#"{{ "resource": {{ "resourceType": "Observation", "status": "final", {time}
            "code": {{ "coding": [{{ "system": "http://loinc.org", "code": "2164-2" }}] }},
            "valueQuantity": {{ "value": {value}, "unit": "mL/min" }} }} }}"#
        )
    };
    let (old, new) =
        (r#""effectiveDateTime": "2025-01-02","#, r#""effectiveDateTime": "2026-11-02T10:00:00Z","#);
    for (first, second) in [(old, new), (new, old)] {
        let value = |time: &str| if time == new { "41" } else { "88" };
        let chart =
            bundle(&format!("{}, {}", observed(value(first), first), observed(value(second), second)));
        assert_eq!(chart.health.creatinine_clearance_ml_min, Some(41.0), "the latest counts");
    }
    let over = bundle(
        r#"{ "resource": { "resourceType": "Condition", "clinicalStatus": { "coding": [{ "code": "resolved" }] },
           "code": { "coding": [{ "system": "http://hl7.org/fhir/sid/icd-10", "code": "I73.0" }] } } },
           { "resource": { "resourceType": "AllergyIntolerance", "verificationStatus": { "coding": [{ "code": "refuted" }] },
           "code": { "text": "Latex" } } },
           { "resource": { "resourceType": "Observation", "status": "entered-in-error",
           "code": { "coding": [{ "system": "http://loinc.org", "code": "6301-6" }] }, "valueQuantity": { "value": 9 } } },
           { "resource": { "resourceType": "Observation", "status": "final", "dataAbsentReason": { "text": "unknown" },
           "code": { "coding": [{ "system": "http://loinc.org", "code": "2164-2" }] } } }"#,
    );
    assert_eq!(over.complaint.indication, Indication::Crps);
    assert_eq!((over.allergies.len(), over.laboratory.inr), (1, Some(1.0)));
    assert_eq!(over.health.creatinine_clearance_ml_min, None);
    let named = bundle(
        r##"{ "resource": { "resourceType": "Medication", "id": "m1", "code": { "text": "Apixaban" } } },
           { "resource": { "resourceType": "MedicationStatement", "status": "active",
             "medicationReference": { "reference": "Medication/m1" } } },
           { "resource": { "resourceType": "MedicationStatement", "status": "active",
             "contained": [{ "resourceType": "Medication", "id": "inside", "code": { "text": "Warfarin" } }],
             "medicationReference": { "reference": "#inside" } } }"##,
    );
    let names: Vec<&str> = named.medications.iter().map(|m| m.name.as_str()).collect();
    assert_eq!(names, ["Apixaban", "Warfarin", "Clopidogrel 75 mg"]);
}

#[test]
fn a_concept_may_have_many_codings_in_any_order() {
    let local = r#"{ "system": "urn:oid:1.2.840.114350", "code": "1810" }"#;
    let unknown = r#"{ "system": "http://loinc.org", "code": "00000-0" }"#;
    let clearance = r#"{ "system": "http://loinc.org", "code": "2164-2" }"#;
    let chart = with(&observation(
        &format!("{local}, {unknown}, {clearance}"),
        r#""valueQuantity": { "value": 77, "unit": "mL/min", "system": "http://unitsofmeasure.org", "code": "mL/min" }"#,
    ))
    .unwrap();
    assert_eq!(chart.health.creatinine_clearance_ml_min, Some(77.0));
    let snomed = CRPS.replace(
        r#"{ "system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "G90.522", "display": "Complex regional pain syndrome I of left lower limb" }"#,
        r#"{ "system": "urn:local", "code": "x" }, { "system": "http://snomed.info/sct", "code": "195295006" }"#,
    );
    assert_eq!(Chart::from_fhir(&snomed).unwrap().complaint.indication, Indication::Raynaud);
}

#[test]
fn the_latest_counts_whatever_the_zone_or_the_kind_of_time() {
    let clearance = |value: u32, time: &str| {
        observation(
            r#"{ "system": "http://loinc.org", "code": "2164-2" }"#,
            &format!(r#"{time}, "valueQuantity": {{ "value": {value}, "unit": "mL/min" }}"#),
        )
    };
    // 23:30 in New York is later than 03:00 the next day in London.
    let late = clearance(41, r#""effectiveDateTime": "2026-11-20T23:30:00-05:00""#);
    let early = clearance(88, r#""effectiveInstant": "2026-11-21T03:00:00.000Z""#);
    let period =
        clearance(60, r#""effectivePeriod": { "start": "2026-11-01", "end": "2026-11-21T05:00:00Z" }"#);
    for (entries, value) in [
        (format!("{late}, {early}"), 41.0),
        (format!("{early}, {late}"), 41.0),
        (format!("{late}, {period}"), 60.0),
        (format!("{period}, {early}"), 60.0),
    ] {
        assert_eq!(with(&entries).unwrap().health.creatinine_clearance_ml_min, Some(value));
    }
    let odd = with(&clearance(1, r#""effectiveDateTime": "yesterday""#)).unwrap_err().to_string();
    assert!(odd.contains("entry[0] Observation") && odd.contains("yesterday"), "{odd}");
}

#[test]
fn what_has_no_value_leaves_its_field_missing() {
    let code = r#"{ "system": "http://loinc.org", "code": "2164-2" }"#;
    for rest in [
        r#""note": [{ "text": "sample lost" }]"#,
        r#""valueQuantity": { "unit": "mL/min" }"#,
        r#""dataAbsentReason": { "text": "unknown" }"#,
    ] {
        let chart = with(&observation(code, rest)).unwrap();
        assert_eq!(chart.health.creatinine_clearance_ml_min, None, "{rest}");
    }
    let told =
        with(&observation(code, r#""valueCodeableConcept": { "text": "low" }"#)).unwrap_err().to_string();
    assert!(told.contains("creatinine_clearance_ml_min") && told.contains("low"), "{told}");
    // An entry of a history may be a request or an answer alone.
    assert!(with(r#"{ "fullUrl": "urn:x", "request": { "method": "DELETE", "url": "Patient/1" } }"#).is_ok());
}

#[test]
fn prescriptions_count_as_medicines_once_each() {
    let request = |status: &str, name: &str| {
        format!(
            r#"{{ "resource": {{ "resourceType": "MedicationRequest", "status": "{status}", "intent": "order",
            "medicationCodeableConcept": {{ "coding": [{{ "system": "urn:x", "code": "1" }},
            {{ "system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "2", "display": "{name}" }}] }} }} }}"#
        )
    };
    let chart = with(
        &[
            request("active", "Apixaban 5 MG Oral Tablet"),
            request("active", "Apixaban 5 MG Oral Tablet"),
            request("cancelled", "Dabigatran 150 MG"),
        ]
        .join(", "),
    )
    .unwrap();
    let names: Vec<&str> = chart.medications.iter().map(|m| m.name.as_str()).collect();
    assert_eq!(names, ["Apixaban 5 MG Oral Tablet", "Clopidogrel 75 mg"]);
    let findings = assess(&chart, None).unwrap().findings;
    assert!(findings.iter().any(|f| f.id == "medication.apixaban" && f.outcome == Outcome::Stop));
}

#[test]
fn allergies_are_read_with_their_danger() {
    let allergy =
        |rest: &str| format!(r#"{{ "resource": {{ "resourceType": "AllergyIntolerance", {rest} }} }}"#);
    let chart = with(&allergy(r#""code": { "text": "Latex" }, "criticality": "high""#)).unwrap();
    assert_eq!(chart.allergies[0].reaction, Some(Reaction::Severe));
    let chart = with(&allergy(
        r#""code": { "text": "Latex" }, "criticality": "high", "reaction": [{ "severity": "mild" }]"#,
    ))
    .unwrap();
    assert_eq!(
        chart.allergies[0].reaction,
        Some(Reaction::Mild),
        "what was seen counts before what is feared"
    );
    let none = |code: &str| {
        let own = r#"{ "resource": { "resourceType": "AllergyIntolerance", "code": { "text": "Iohexol" }, "reaction": [{ "severity": "mild" }, { "severity": "moderate" }] } }"#;
        let text = CRPS.replace(
            own,
            &allergy(&format!(
                r#""code": {{ "coding": [{{ "system": "http://snomed.info/sct", "code": "{code}" }}] }}"#
            )),
        );
        Chart::from_fhir(&text).unwrap().no_known_allergies
    };
    assert_eq!(none("716186003"), Some(true));
    assert_eq!(none("409137002"), None, "no allergy to medicines is not no allergy");
}

#[test]
fn of_two_conditions_the_record_says_which_the_block_is_for() {
    let pain = r#"{ "resource": { "resourceType": "Condition",
        "code": { "coding": [{ "system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "M54.50" }] } } }"#;
    let told = with(pain).unwrap_err().to_string();
    assert!(told.contains("crps and low_back_pain") && told.contains("complaint.indication"), "{told}");
    let said = observation(
        r#"{ "system": "urn:rami:chart", "code": "complaint.indication" }"#,
        r#""valueString": "low_back_pain""#,
    );
    let chart = with(&format!("{pain}, {said}")).unwrap();
    assert_eq!(chart.complaint.indication, Indication::LowBackPain);
}
