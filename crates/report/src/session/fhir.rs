//! The rehearsed block as a FHIR R4 Bundle: a Procedure marked as test data, and its Observations.

use rami_procedure::score::Score;
use rami_procedure::{Event, Session, State};
use serde_json::{Value, json};

/// The bundle. Times are seconds on the block's simulated clock, in an extension: a rehearsal has no date. Addresses of
/// the entries are UUIDs made from the record's own hash (RFC 9562, version 8), so the same block gives the same bundle.
#[must_use]
pub fn fhir(session: &Session, state: &State, score: &Score) -> Value {
    let header = &session.header;
    let side = header.setup.side;
    let hash = state.sha256();
    let patient = json!({ "display": header.setup.person.name });
    let tag = json!({ "tag": [{
        "system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST", "display": "test health data"
    }] });
    let done = state.discharged_s.is_some();
    let block = uuid(&hash, 0);
    let complications: Vec<Value> = score
        .complications
        .iter()
        .filter(|c| c.first_sign_s.is_some())
        .map(|c| json!({ "text": c.complication.name() }))
        .collect();
    let mut procedure = json!({
        "resourceType": "Procedure",
        "id": "rehearsal",
        "meta": tag,
        "status": if done { "completed" } else { "stopped" },
        "code": { "text": "Simulated lumbar sympathetic block" },
        "subject": patient,
        "bodySite": [{ "text": format!("{side} lumbar sympathetic chain, {}", header.setup.level) }],
        "outcome": { "text": if state.block_achieved(side) { "chain blocked in the model" } else { "chain not blocked in the model" } },
        "note": [{ "text": header.disclaimer }, { "text": header.world }],
    });
    if let Some(fields) = procedure.as_object_mut() {
        // An empty list is not valid FHIR.
        if !complications.is_empty() {
            fields.insert("complication".to_owned(), complications.into());
        }
        if !done {
            fields
                .insert("statusReason".to_owned(), json!({ "text": "the rehearsal ended before discharge" }));
        }
    }
    let mut entries = vec![json!({ "fullUrl": format!("urn:uuid:{block}"), "resource": procedure })];
    let mut observe = |id: String, text: &str, value: f64, (unit, code): (&str, &str), at_s: f64| {
        let number = entries.len() as u64;
        entries.push(json!({
            "fullUrl": format!("urn:uuid:{}", uuid(&hash, number)),
            "resource": {
                "resourceType": "Observation",
                "id": id,
                "meta": tag,
                "extension": [{ "url": "urn:rami:simulated-clock-s", "valueDecimal": at_s }],
                "partOf": [{ "reference": format!("urn:uuid:{block}") }],
                "status": "final",
                "code": { "text": text },
                "subject": patient,
                "valueQuantity": {
                    "value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": code
                },
            }
        }));
    };
    for (index, (at_s, event)) in session.events().enumerate() {
        match event {
            Event::Temperatures { toe_c, sole_c, .. } => {
                for (place, value) in [
                    ("left great toe", toe_c.left),
                    ("right great toe", toe_c.right),
                    ("left sole", sole_c.left),
                    ("right sole", sole_c.right),
                ] {
                    let id = format!("{}-{index}", place.replace(' ', "-"));
                    observe(id, &format!("Skin temperature of {place}"), value, ("°C", "Cel"), at_s);
                }
            }
            Event::Vitals { mean_pressure_mmhg, heart_rate_per_min, spo2_percent, .. } => {
                let pressure = ("mmHg", "mm[Hg]");
                observe(
                    format!("map-{index}"),
                    "Mean arterial pressure",
                    *mean_pressure_mmhg,
                    pressure,
                    at_s,
                );
                observe(format!("pulse-{index}"), "Heart rate", *heart_rate_per_min, ("/min", "/min"), at_s);
                observe(format!("spo2-{index}"), "Oxygen saturation", *spo2_percent, ("%", "%"), at_s);
            }
            Event::FollowedUp { day, nrs_under } => {
                for (under, nrs) in nrs_under {
                    let text = format!("Pain 0 to 10 on day {day} under the hypothesis {under}");
                    let id = format!("pain-{index}-{}", under.replace('_', "-"));
                    observe(id, &text, *nrs, ("{score}", "{score}"), at_s);
                }
            }
            _ => {}
        }
    }
    let end = state.clock_s;
    let radiation = &state.radiation;
    observe("dap".into(), "Dose-area product", radiation.dap_gy_cm2, ("Gy.cm2", "Gy.cm2"), end);
    observe("fluoroscopy".into(), "Fluoroscopy time", radiation.fluoroscopy_s, ("s", "s"), end);
    for (index, dose) in state.doses.iter().enumerate().filter(|(_, dose)| dose.mass_mg > 0.0) {
        let text = format!("{} given{}", dose.agent, if dose.skin { " to skin and tract" } else { "" });
        observe(format!("dose-{index}"), &text, dose.mass_mg, ("mg", "mg"), dose.at_s);
    }
    for (index, dose) in state.doses.iter().enumerate().filter(|(_, dose)| dose.iodine_mg > 0.0) {
        let text = format!("{} given, as iodine", dose.agent);
        observe(format!("contrast-{index}"), &text, dose.iodine_mg, ("mg", "mg"), dose.at_s);
    }
    let blocked = 100.0 * state.blocked(side);
    observe("blocked".into(), "Sympathetic ways to the skin cut at the best level", blocked, ("%", "%"), end);
    observe("score".into(), "Score of the rehearsal", score.percent, ("%", "%"), end);
    json!({ "resourceType": "Bundle", "id": "rehearsal", "meta": tag, "type": "collection", "entry": entries })
}

/// The n-th UUID of a record.
fn uuid(hash: &str, n: u64) -> String {
    let digit = |index: usize| hash.get(index..index + 1).unwrap_or("0").to_owned();
    let part = |from: usize, count: usize| (from..from + count).map(digit).collect::<String>();
    format!("{}-{}-8{}-8{}-{n:012x}", part(0, 8), part(8, 4), part(12, 3), part(15, 3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rami_procedure::flow::Geometric;
    use rami_procedure::operator::{Protocol, run};
    use rami_procedure::schematic::Schematic;
    use rami_procedure::session::{Aim, Block, Header};
    use rami_procedure::{Setup, Theatre, score};
    use std::collections::BTreeSet;

    #[test]
    fn a_bundle_has_what_r4_asks_for_and_every_reference_leads_to_an_entry() {
        let (setup, world) =
            (Setup { isocentre_mm: [20.0, -13.0, -8.0], ..Setup::default() }, Schematic::new());
        let theatre = Theatre { setup: &setup, world: &world, flow: &Geometric, imaging: None, film: None };
        let mut block = Block::new(&theatre, Header::new(&theatre, "test", "schematic"));
        let aim = Aim {
            entry_mm: [68.0, 75.0, -8.0],
            target_mm: [21.0, -13.0, -8.0],
            primary_deg: 152.0,
            secondary_deg: 0.0,
            needle: "22G-150-chiba".into(),
        };
        run(&mut block, &mut Protocol::reference(aim));
        let (session, state) = block.finish();
        let bundle = fhir(&session, &state, &score::score(&session, &state));
        let entries = bundle["entry"].as_array().unwrap();
        let urls: BTreeSet<&str> = entries.iter().map(|entry| entry["fullUrl"].as_str().unwrap()).collect();
        assert_eq!(urls.len(), entries.len(), "addresses are unique");
        let ids: BTreeSet<&str> =
            entries.iter().map(|entry| entry["resource"]["id"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), entries.len(), "so are ids");
        let contrast = entries.iter().find(|e| e["resource"]["code"]["text"] == "iohexol given, as iodine");
        let iodine = contrast.unwrap()["resource"]["valueQuantity"]["value"].as_f64().unwrap();
        assert!(iodine > 50.0, "{iodine} mg of iodine");
        let mut observations = 0;
        for entry in entries {
            assert!(entry["fullUrl"].as_str().unwrap().starts_with("urn:uuid:"));
            let resource = &entry["resource"];
            let id = resource["id"].as_str().unwrap();
            assert!(
                id.len() <= 64 && id.chars().all(|c| c.is_ascii_alphanumeric() || "-.".contains(c)),
                "{id}"
            );
            assert!(resource["subject"].is_object() && resource["code"]["text"].is_string());
            if resource["resourceType"] == "Observation" {
                observations += 1;
                assert_eq!(resource["status"], "final");
                assert!(urls.contains(resource["partOf"][0]["reference"].as_str().unwrap()));
                assert!(resource["valueQuantity"]["value"].is_number());
            } else {
                assert_eq!(resource["resourceType"], "Procedure");
                assert_eq!(resource["status"], "completed");
                assert!(resource.get("complication").is_none_or(|list| !list.as_array().unwrap().is_empty()));
            }
        }
        assert!(observations > 30, "temperatures, monitor, pain, doses: {observations}");
    }
}
