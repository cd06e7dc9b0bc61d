//! What a person is told about a chart, a syringe or a bundle that cannot be right: the field, and what to do.
#![allow(clippy::unwrap_used, clippy::panic)] // a failed unwrap is a failed test

use rami_clinic::assess;
use rami_clinic::chart::Chart;

const CRPS: &str = include_str!("../charts/crps.toml");

fn chart(text: &str) -> Chart {
    Chart::from_toml(text).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn bad_input_names_the_field() {
    let fhir = include_str!("../charts/crps.fhir.json");
    let mut told = String::new();
    for (from, to) in [
        ("weight_kg = 68", "weight_kg = 700"),
        ("weight_kg = 68", "weight_kg = nan"),
        ("weight_kg = 68", "weight_kg = \"68\""),
        ("weight_kg = 68", "weight_kg = 68\nweight_lb = 150"),
        ("weight_kg = 68", "weigth_kg = 68"),
        ("inr = 1.0", "inr = \"normal\""),
        ("inr = 1.0", "inr = 95"),
        ("platelets_10e9_l = 240", "platelets_10e9_l = 240000"),
        ("toe_c = 26.5", "toe_c = 79"),
        ("value = 7", "value = 11"),
        ("[crps]", "[arteries]\nabi = 12\n[crps]"),
        ("indication = \"crps\"", "indication = \"migraine\""),
        (
            "no_known_allergies = true",
            "no_known_allergies = true\n[[allergy]]\nsubstance = \"latex\"\n[unused]",
        ),
        ("temperature_difference_c = -2.4", "temperature_difference_c = -2.4\ntemperature_asymmetry = false"),
        ("weight_kg = 68", "weight_kg = 25"),
        ("duration_weeks = 30", "duration_weeks = 5000"),
        (
            "[crps]",
            "[[medication]]\nname = \"warfarin\"\nhours_since_last_dose = 150\n[[medication]]\nname = \"Coumadin 5 mg\"\n[crps]",
        ),
        ("[crps]", "[arteries]\ntissue_loss = \"none\"\nwound_grade = 2\n[crps]"),
        ("[crps]", "[arteries]\nclaudication = \"none\"\nwalking_distance_m = 80\n[crps]"),
        ("[crps]", "[raynaud]\nthree_colours = true\nturns_white = false\n[crps]"),
        ("[laboratory]", "[thresholds]\nplatelets_go = 60\nplatelets_stop = 80\n[laboratory]"),
        ("[crps]", "[[medication]]\nname = \"Eliquis\"\n[crps]"),
        ("rami.chart/1", "rami.chart/9"),
        ("schema = ", "schema "),
    ] {
        let text = CRPS.replacen(from, to, 1);
        let text = if to.contains("medication") {
            text.replace(
                "no_blood_thinners = true\n",
                if to.contains("Eliquis") { "no_blood_thinners = true\n" } else { "" },
            )
        } else {
            text
        };
        let error = Chart::from_toml(&text).err().unwrap_or_else(|| panic!("{to}"));
        told += &format!("{to:?}\n  {error}\n");
    }
    for (from, to) in [
        ("bupivacaine 0.25% 10ml", "bupivicane 0.25% 10ml"),
        ("bupivacaine 0.25% 10ml", "bupivacaine 25mg 10ml"),
        ("bupivacaine 0.25% 10ml", "bupivacaine 2.5% 10ml"),
    ] {
        let error = assess(&chart(&CRPS.replace(from, to)), None).unwrap_err();
        told += &format!("{to:?}\n  {error}\n");
    }
    for (from, to) in [
        ("[lb_av]", "[stone_av]"),
        ("\"valueQuantity\": { \"value\": 1.0, \"unit\": \"{INR}\" }", "\"valueString\": \"normal\""),
        ("\"Bundle\"", "\"Patient\""),
        ("\"resourceType\": \"Patient\", \"name\"", "\"resourceType\": \"Group\", \"name\""),
        ("G90.522", "J45.9"),
        ("crps.signs.allodynia", "crps.signs.alodynia"),
        ("\"birthDate\": \"1982-03-04\"", "\"birthDate\": \"long ago\""),
        ("\"gender\": \"female\"", "\"gender\": \"f\""),
        ("\"entry\": [", "\"entry\": [ {},"),
        ("\"entry\": [", "\"entry\": [ { \"resource\": { \"id\": \"x\" } },"),
        ("\"entry\": [", "\"entry\": \"none\", \"other\": ["),
        ("\"value\": 240", "\"value\": \"240\""),
        ("\"value\": 240", "\"value\": 240, \"comparator\": \"<\""),
        ("\"valueBoolean\": true", "\"valueNothing\": true"),
        (
            "\"medicationCodeableConcept\": { \"text\": \"Clopidogrel 75 mg\" }",
            "\"medicationReference\": { \"reference\": \"Medication/gone\" }",
        ),
        ("\"code\": { \"text\": \"Iohexol\" }", "\"code\": {}"),
        ("\"timestamp\"", "\"timestamp"),
        ("complaint.side", "person.weight_kg"),
    ] {
        let error = Chart::from_fhir(&fhir.replacen(from, to, 1)).unwrap_err();
        told += &format!("FHIR {to:?}\n  {error}\n");
    }
    insta::assert_snapshot!(told);
}
