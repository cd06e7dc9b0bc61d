//! A FHIR R4 bundle as a chart: Patient, Condition, Observation, MedicationStatement, AllergyIntolerance.
//!
//! Weight, height, INR, platelets, creatinine clearance, pain and pregnancy come by LOINC, indications by ICD-10;
//! anything else in the chart comes as an Observation coded with the system `urn:rami:chart` and the dotted path of the
//! field (`crps.signs.allodynia`). Units are UCUM; a unit that cannot be converted is refused. What was entered by
//! mistake, refuted or is over does not count. Of several observations the one with the latest `effectiveDateTime`
//! counts (times are compared as text, so they must be of one zone); without times, two that differ contradict each
//! other. Ages are counted at the bundle's timestamp, so that reading does not depend on the clock.

mod resource;

use super::{CHART_SCHEMA, Chart, ChartError};
use resource::{
    AllergyIntolerance, Bundle, CodeableConcept, Condition, Medication, MedicationStatement, Observation,
    Patient,
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// System of Observations whose code is the path of a chart field.
const CHART_SYSTEM: &str = "urn:rami:chart";

impl Chart {
    /// Reads a FHIR R4 bundle.
    ///
    /// # Errors
    /// [`ChartError`] naming the entry or the field.
    pub fn from_fhir(text: &str) -> Result<Self, ChartError> {
        let bundle: Bundle = read("(document)", serde_json::from_str(text))?;
        if bundle.resource_type != "Bundle" {
            return Err(wrong("resourceType", format!("is {:?}, not \"Bundle\"", bundle.resource_type)));
        }
        let mut draft = Draft {
            chart: json!({ "schema": CHART_SCHEMA }),
            patients: 0,
            medications: medications(&bundle),
            times: BTreeMap::new(),
        };
        for (i, entry) in bundle.entry.into_iter().enumerate() {
            draft.take(i, entry.resource, bundle.timestamp.as_deref())?;
        }
        if draft.patients != 1 {
            return Err(wrong(
                "entry",
                format!("has {} Patient resources; a chart needs one", draft.patients),
            ));
        }
        if draft.chart.pointer("/complaint/indication").is_none() {
            return Err(wrong(
                "entry",
                "no Condition is one this block is used for; add a Condition coded with ICD-10, or an Observation \
                 urn:rami:chart complaint.indication"
                    .into(),
            ));
        }
        let chart: Self = serde_path_to_error::deserialize(draft.chart)
            .map_err(|e| ChartError::Field { field: e.path().to_string(), reason: e.inner().to_string() })?;
        chart.check()?;
        Ok(chart)
    }
}

/// Names of the Medication resources of a bundle, by every address a statement may call them.
fn medications(bundle: &Bundle) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for entry in bundle.entry.iter().filter(|entry| entry.resource["resourceType"] == "Medication") {
        let Ok(medication) = serde_json::from_value::<Medication>(entry.resource.clone()) else { continue };
        let Some(name) = medication.code.label() else { continue };
        let by_id = medication.id.iter().map(|id| format!("Medication/{id}"));
        names.extend(by_id.chain(entry.full_url.clone()).map(|address| (address, name.to_owned())));
    }
    names
}

struct Draft {
    chart: Value,
    patients: usize,
    /// Names of medications by address.
    medications: BTreeMap<String, String>,
    /// When the value of a field was observed.
    times: BTreeMap<String, String>,
}

impl Draft {
    fn take(&mut self, i: usize, resource: Value, today: Option<&str>) -> Result<(), ChartError> {
        let kind = resource.get("resourceType").and_then(Value::as_str).unwrap_or_default().to_owned();
        let place = format!("entry[{i}] {kind}");
        match kind.as_str() {
            "Patient" => self.patient(&read(&place, serde_json::from_value(resource))?, &place, today),
            "Condition" => {
                let condition: Condition = read(&place, serde_json::from_value(resource))?;
                match indication(&condition.code).filter(|_| condition.states.count()) {
                    Some(id) if self.chart.pointer("/complaint/indication").is_none() => {
                        self.set("complaint.indication", json!(id), &place)
                    }
                    _ => Ok(()),
                }
            }
            "Observation" => self.observation(read(&place, serde_json::from_value(resource))?, &place),
            "MedicationStatement" => self.medication(read(&place, serde_json::from_value(resource))?, &place),
            "AllergyIntolerance" => self.allergy(read(&place, serde_json::from_value(resource))?, &place),
            "" => Err(wrong(&format!("entry[{i}]"), "resource has no resourceType".into())),
            _ => Ok(()), // resources a chart does not use
        }
    }

    fn patient(&mut self, patient: &Patient, place: &str, today: Option<&str>) -> Result<(), ChartError> {
        self.patients += 1;
        if let Some(name) = patient.name.first() {
            let parts = name.given.iter().chain(&name.family).cloned().collect::<Vec<_>>().join(" ");
            self.set("person.name", json!(name.text.clone().unwrap_or(parts)), place)?;
        }
        match patient.gender.as_deref() {
            Some(gender @ ("female" | "male")) => self.set("person.sex", json!(gender), place)?,
            Some("other" | "unknown") | None => {}
            Some(gender) => return Err(wrong(place, format!("gender {gender:?} is not a FHIR code"))),
        }
        if let (Some(birth), Some(today)) = (&patient.birth_date, today) {
            let years = age(birth, today).ok_or_else(|| {
                wrong(place, format!("birthDate {birth:?} or the bundle's timestamp is not a date"))
            })?;
            self.set("person.age_years", json!(years), place)?;
        }
        Ok(())
    }

    fn medication(&mut self, statement: MedicationStatement, place: &str) -> Result<(), ChartError> {
        let over = ["stopped", "completed", "not-taken", "entered-in-error"];
        if statement.status.as_deref().is_some_and(|status| over.contains(&status)) {
            return Ok(());
        }
        let named = statement.medication_codeable_concept.as_ref().and_then(CodeableConcept::label);
        let referred = || {
            let reference = statement.medication_reference.as_ref()?;
            let inside = statement.contained.iter().find(|medication| {
                medication.id.as_deref().is_some_and(|id| reference.reference.strip_prefix('#') == Some(id))
            });
            let name = inside.and_then(|medication| medication.code.label());
            name.or_else(|| self.medications.get(&reference.reference).map(String::as_str))
                .or(reference.display.as_deref())
        };
        let name = named.or_else(referred).ok_or_else(|| {
            wrong(
                place,
                "the medicine has no name: give medicationCodeableConcept a text or a display, or put the Medication \
                 that medicationReference means into the bundle"
                    .into(),
            )
        })?;
        let entry = json!({ "name": name });
        self.push("medication", entry);
        Ok(())
    }

    fn allergy(&mut self, allergy: AllergyIntolerance, place: &str) -> Result<(), ChartError> {
        if !allergy.states.count() {
            return Ok(());
        }
        if allergy.code.code("http://snomed.info/sct") == Some("716186003") {
            return self.set("no_known_allergies", json!(true), place);
        }
        let substance =
            allergy.code.label().ok_or_else(|| wrong(place, "code has no text or display".into()))?;
        let severity = allergy.reaction.iter().filter_map(|reaction| reaction.severity.as_deref());
        let worst = severity.max_by_key(|s| ["mild", "moderate", "severe"].iter().position(|k| k == s));
        let mut entry = json!({ "substance": substance });
        if let Some(worst) = worst {
            entry["reaction"] = json!(worst);
        }
        self.push("allergy", entry);
        Ok(())
    }

    fn observation(&mut self, observation: Observation, place: &str) -> Result<(), ChartError> {
        if observation.status.as_deref() == Some("entered-in-error")
            || observation.data_absent_reason.is_some()
        {
            return Ok(());
        }
        let time = observation.effective_date_time;
        if let Some(path) = observation.code.code(CHART_SYSTEM) {
            let value = observation
                .value_boolean
                .map(Value::from)
                .or(observation.value_integer.map(Value::from))
                .or(observation.value_quantity.map(|quantity| json!(quantity.value)))
                .or(observation.value_string.map(Value::from))
                .ok_or_else(|| wrong(place, format!("{path} has no value")))?;
            return self.observe(path, value, time, place);
        }
        let Some(code) = observation.code.code("http://loinc.org") else { return Ok(()) };
        if code == "82810-3" {
            let answer = observation.value_codeable_concept.unwrap_or_default();
            let pregnant = match answer.coding.first().map(|coding| coding.code.as_str()) {
                Some("77386006" | "LA15173-0") => true,
                Some("60001007" | "LA26683-5") => false,
                _ => return Ok(()),
            };
            return self.observe("health.pregnant", json!(pregnant), time, place);
        }
        let Some((field, units)) = numeric(code) else { return Ok(()) };
        let quantity = observation.value_quantity.ok_or_else(|| {
            let text =
                observation.value_string.map(|text| format!(", not the text {text:?}")).unwrap_or_default();
            wrong(place, format!("{field} needs a valueQuantity{text}"))
        })?;
        if let Some(comparator) = quantity.comparator {
            let reason =
                format!("{field} is given as {comparator} {}; give the value itself", quantity.value);
            return Err(wrong(place, reason));
        }
        let given = if quantity.code.is_empty() { &quantity.unit } else { &quantity.code };
        let factor =
            units.iter().find(|(unit, _)| unit == given).map(|(_, factor)| *factor).ok_or_else(|| {
                let known = units.iter().map(|(unit, _)| *unit).collect::<Vec<_>>().join(", ");
                wrong(place, format!("{field} is in {given:?}; known units are {known}"))
            })?;
        if field == "score" {
            let mut entry = json!({ "instrument": "nrs", "value": quantity.value });
            if let Some(time) = time {
                entry["when"] = json!(time);
            }
            self.push("score", entry);
            return Ok(());
        }
        self.observe(field, json!(quantity.value * factor), time, place)
    }

    fn push(&mut self, list: &str, entry: Value) {
        match self.chart.get_mut(list).and_then(Value::as_array_mut) {
            Some(entries) => entries.push(entry),
            None => self.chart[list] = json!([entry]),
        }
    }

    /// Sets a field to what was observed; of two with times the later counts.
    fn observe(
        &mut self,
        path: &str,
        value: Value,
        time: Option<String>,
        place: &str,
    ) -> Result<(), ChartError> {
        if let (Some(before), Some(now)) = (self.times.get(path), &time) {
            if now < before {
                return Ok(());
            }
            if now > before {
                self.clear(path);
            }
        }
        if let Some(time) = time {
            self.times.insert(path.into(), time);
        }
        self.set(path, value, place)
    }

    fn clear(&mut self, path: &str) {
        if let Some((table, field)) = path.rsplit_once('.')
            && let Some(table) = self
                .chart
                .pointer_mut(&format!("/{}", table.replace('.', "/")))
                .and_then(Value::as_object_mut)
        {
            table.remove(field);
        }
    }

    /// Sets a field by its dotted path. A second, different value is a contradiction.
    fn set(&mut self, path: &str, value: Value, place: &str) -> Result<(), ChartError> {
        let mut at = &mut self.chart;
        for step in path.split('.') {
            let Value::Object(table) = at else {
                return Err(wrong(place, format!("{path} is not a field of the chart")));
            };
            at = table.entry(step).or_insert_with(|| Value::Object(Map::new()));
        }
        let empty = at.as_object().is_some_and(Map::is_empty);
        if !empty && *at != value {
            return Err(ChartError::Contradiction {
                first: path.into(),
                second: path.into(),
                reason: format!("it is given twice, as {at} and {value}"),
            });
        }
        *at = value;
        Ok(())
    }
}

/// The field a LOINC code fills, and the UCUM units it may come in with their factors.
fn numeric(loinc: &str) -> Option<(&'static str, &'static [(&'static str, f64)])> {
    Some(match loinc {
        "29463-7" | "3141-9" => ("person.weight_kg", &[("kg", 1.0), ("g", 0.001), ("[lb_av]", 0.453_592_37)]),
        "8302-2" | "3137-7" => ("person.height_cm", &[("cm", 1.0), ("m", 100.0), ("[in_i]", 2.54)]),
        "6301-6" | "34714-6" => ("laboratory.inr", &[("", 1.0), ("1", 1.0), ("{INR}", 1.0)]),
        "777-3" | "26515-7" => {
            ("laboratory.platelets_10e9_l", &[("10*9/L", 1.0), ("10*3/uL", 1.0), ("10*3/mm3", 1.0)])
        }
        "2164-2" => ("health.creatinine_clearance_ml_min", &[("mL/min", 1.0)]),
        "72514-3" => ("score", &[("{score}", 1.0), ("", 1.0), ("1", 1.0)]),
        _ => return None,
    })
}

/// The indication an ICD-10 code (with or without its letters of modification) stands for;
/// codes of the arm are left out, since this block is for the leg.
fn indication(code: &CodeableConcept) -> Option<&'static str> {
    let icd = code.coding.iter().find(|coding| coding.system.contains("icd-10"))?.code.replace('.', "");
    let table = [
        ("G9050", "crps"),
        ("G9052", "crps"),
        ("G9059", "crps"),
        ("G577", "crps"),
        ("M890", "crps"),
        ("M545", "low_back_pain"),
        ("I730", "raynaud"),
        ("I702", "arterial_insufficiency"),
        ("I739", "arterial_insufficiency"),
        ("I731", "arterial_insufficiency"),
        ("G546", "phantom_limb"),
        ("B022", "post_herpetic_pain"),
        ("L74513", "hyperhidrosis"),
        ("R610", "hyperhidrosis"),
    ];
    table.iter().find(|(stem, _)| icd.starts_with(stem)).map(|(_, id)| *id)
}

/// Whole years from one ISO date to another.
fn age(birth: &str, today: &str) -> Option<u32> {
    let part = |text: &str, range: std::ops::Range<usize>| text.get(range)?.parse::<u32>().ok();
    // A birth date may be a year alone; its month and day then count as 1 January.
    let date =
        |text: &str| Some((part(text, 0..4)?, part(text, 5..7).unwrap_or(1), part(text, 8..10).unwrap_or(1)));
    let (born, now) = (date(birth)?, date(today)?);
    let had_birthday = (now.1, now.2) >= (born.1, born.2);
    now.0.checked_sub(born.0)?.checked_sub(u32::from(!had_birthday))
}

fn wrong(place: &str, reason: String) -> ChartError {
    ChartError::Fhir { place: place.into(), reason }
}

fn read<T>(place: &str, result: Result<T, serde_json::Error>) -> Result<T, ChartError> {
    result.map_err(|error| wrong(place, error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_turns_on_the_birthday() {
        assert_eq!(age("1980-06-15", "2026-06-14T10:00:00Z"), Some(45));
        assert_eq!(age("1980-06-15", "2026-06-15"), Some(46));
        assert_eq!(age("1980", "2026-11-22"), Some(46));
        assert_eq!(age("2030-01-01", "2026-11-22"), None);
        assert_eq!(age("soon", "2026-11-22"), None);
    }
}
