//! The rehearsed block as a FHIR R4 Bundle: a Procedure marked as a simulation, and its Observations.

use rami_procedure::score::Score;
use rami_procedure::{Event, Session, State};
use serde_json::{Value, json};

/// The bundle. Times are seconds on the block's simulated clock, in an extension: a rehearsal has no date.
#[must_use]
pub fn fhir(session: &Session, state: &State, score: &Score) -> Value {
    let header = &session.header;
    let side = header.setup.side;
    let patient = json!({ "display": header.setup.person.name });
    let mut entries = vec![json!({
        "fullUrl": "urn:rami:procedure",
        "resource": {
            "resourceType": "Procedure",
            "id": "rehearsal",
            "meta": { "tag": [{
                "system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST", "display": "test health data"
            }] },
            "status": if state.discharged_s.is_some() { "completed" } else { "stopped" },
            "code": { "text": "Simulated lumbar sympathetic block" },
            "subject": patient,
            "bodySite": [{ "text": format!("{side} lumbar sympathetic chain, {}", header.setup.level) }],
            "outcome": { "text": if state.block_achieved(side) { "chain blocked in the model" } else { "chain not blocked in the model" } },
            "complication": score.complications.iter().filter(|c| c.first_sign_s.is_some())
                .map(|c| json!({ "text": c.complication.name() })).collect::<Vec<_>>(),
            "note": [{ "text": header.disclaimer }, { "text": header.world }],
        }
    })];
    let mut observe = |id: String, text: &str, value: f64, unit: &str, code: &str, at_s: f64| {
        entries.push(json!({
            "fullUrl": format!("urn:rami:{id}"),
            "resource": {
                "resourceType": "Observation",
                "id": id,
                "status": "final",
                "code": { "text": text },
                "subject": patient,
                "partOf": [{ "reference": "urn:rami:procedure" }],
                "valueQuantity": { "value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": code },
                "extension": [{ "url": "urn:rami:simulated-clock-s", "valueDecimal": at_s }],
            }
        }));
    };
    for (index, (at_s, event)) in session.events().enumerate() {
        match event {
            Event::Temperatures { toe_c, .. } => {
                observe(
                    format!("toe-left-{index}"),
                    "Skin temperature of left great toe",
                    toe_c.left,
                    "°C",
                    "Cel",
                    at_s,
                );
                observe(
                    format!("toe-right-{index}"),
                    "Skin temperature of right great toe",
                    toe_c.right,
                    "°C",
                    "Cel",
                    at_s,
                );
            }
            Event::Vitals { mean_pressure_mmhg, heart_rate_per_min, .. } => {
                observe(
                    format!("map-{index}"),
                    "Mean arterial pressure",
                    *mean_pressure_mmhg,
                    "mmHg",
                    "mm[Hg]",
                    at_s,
                );
                observe(format!("pulse-{index}"), "Heart rate", *heart_rate_per_min, "/min", "/min", at_s);
            }
            Event::FollowedUp { day, nrs_under } => {
                for (under, nrs) in nrs_under {
                    let text = format!("Pain 0 to 10 on day {day} under the hypothesis {under}");
                    observe(
                        format!("pain-{index}-{}", under.replace('_', "-")),
                        &text,
                        *nrs,
                        "{score}",
                        "{score}",
                        at_s,
                    );
                }
            }
            _ => {}
        }
    }
    let end = state.clock_s;
    observe("dap".into(), "Dose-area product", state.radiation.dap_gy_cm2, "Gy.cm2", "Gy.cm2", end);
    observe("score".into(), "Score of the rehearsal", score.percent, "%", "%", end);
    json!({ "resourceType": "Bundle", "type": "collection", "entry": entries })
}
