//! A FHIR R4 bundle as a chart: Patient, Condition, Observation, MedicationStatement and MedicationRequest, Medication,
//! AllergyIntolerance.
//!
//! Weight, height, INR, platelets, creatinine clearance, pain and pregnancy come by LOINC, indications by ICD-10 or SNOMED
//! CT; anything else in the chart comes as an Observation coded with the system `urn:rami:chart` and the dotted path of the
//! field (`crps.signs.allodynia`). A concept may have many codings, in any order. Units are UCUM, or the spellings that
//! systems print; a unit that cannot be converted is refused. What was entered by mistake, refuted, cancelled or is over
//! does not count, and an observation without a value leaves its field missing, to be asked for. Of several observations
//! the latest counts, whatever the zones of their times; of one time, two that differ contradict each other.
//! Ages are counted at the bundle's timestamp, so that reading does not depend on the clock.

mod code;
mod resource;
mod time;

use super::{CHART_SCHEMA, Chart, ChartError};
use crate::data;
use code::{indication, numeric};
use resource::{
    AllergyIntolerance, Bundle, CodeableConcept, Condition, Medication, MedicationUse, Observation, Patient,
};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// System of Observations whose code is the path of a chart field.
const CHART_SYSTEM: &str = "urn:rami:chart";
/// System of LOINC.
const LOINC: &str = "http://loinc.org";

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
            indications: BTreeSet::new(),
            medications: medications(&bundle),
            times: BTreeMap::new(),
        };
        for (i, entry) in bundle.entry.into_iter().enumerate() {
            match entry.resource {
                Some(resource) => draft.take(i, resource, bundle.timestamp.as_deref())?,
                // An entry may be a request or an answer without a body, as in a history.
                None if entry.request.is_some() || entry.response.is_some() => {}
                None => return Err(wrong(&format!("entry[{i}]"), "has no resource".into())),
            }
        }
        if draft.patients != 1 {
            return Err(wrong(
                "entry",
                format!("has {} Patient resources; a chart needs one", draft.patients),
            ));
        }
        draft.settle_indication()?;
        let chart: Self = serde_path_to_error::deserialize(draft.chart).map_err(|e| ChartError::Field {
            field: e.path().to_string(),
            reason: data::for_people(&e.inner().to_string()),
        })?;
        chart.check()?;
        Ok(chart)
    }
}

/// Names of the Medication resources of a bundle, by every address a statement may call them.
fn medications(bundle: &Bundle) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for entry in &bundle.entry {
        let Some(resource) = entry.resource.as_ref().filter(|r| r["resourceType"] == "Medication") else {
            continue;
        };
        let Ok(medication) = serde_json::from_value::<Medication>(resource.clone()) else { continue };
        let Some(name) = medication.code.label() else { continue };
        let by_id = medication.id.iter().map(|id| format!("Medication/{id}"));
        names.extend(by_id.chain(entry.full_url.clone()).map(|address| (address, name.to_owned())));
    }
    names
}

struct Draft {
    chart: Value,
    patients: usize,
    /// Indications that conditions stand for.
    indications: BTreeSet<&'static str>,
    /// Names of medications by address.
    medications: BTreeMap<String, String>,
    /// When the value of a field was observed.
    times: BTreeMap<String, i64>,
}

impl Draft {
    fn take(&mut self, i: usize, resource: Value, today: Option<&str>) -> Result<(), ChartError> {
        let kind = resource.get("resourceType").and_then(Value::as_str).unwrap_or_default().to_owned();
        let place = format!("entry[{i}] {kind}");
        match kind.as_str() {
            "Patient" => self.patient(&read(&place, serde_json::from_value(resource))?, &place, today),
            "Condition" => {
                let condition: Condition = read(&place, serde_json::from_value(resource))?;
                self.indications.extend(indication(&condition.code).filter(|_| condition.states.count()));
                Ok(())
            }
            "Observation" => self.observation(read(&place, serde_json::from_value(resource))?, &place),
            "MedicationStatement" | "MedicationRequest" => {
                self.medication(read(&place, serde_json::from_value(resource))?, &place)
            }
            "AllergyIntolerance" => self.allergy(read(&place, serde_json::from_value(resource))?, &place),
            "" => Err(wrong(&format!("entry[{i}]"), "resource has no resourceType".into())),
            _ => Ok(()), // resources a chart does not use
        }
    }

    /// The indication is what an Observation says it is, else that of the conditions, when they stand for one.
    fn settle_indication(&mut self) -> Result<(), ChartError> {
        if self.chart.pointer("/complaint/indication").is_some() {
            return Ok(());
        }
        let found: Vec<&str> = self.indications.iter().copied().collect();
        let ask = "an Observation urn:rami:chart complaint.indication";
        match found.as_slice() {
            [one] => self.set("complaint.indication", json!(one), "entry"),
            [] => Err(wrong(
                "entry",
                format!(
                    "no Condition is one this block is used for; add a Condition coded with ICD-10, or {ask}"
                ),
            )),
            several => Err(wrong(
                "entry",
                format!(
                    "Conditions stand for {}; say which the block is for with {ask}",
                    several.join(" and ")
                ),
            )),
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
            let years = time::age(birth, today).ok_or_else(|| {
                wrong(place, format!("birthDate {birth:?} or the bundle's timestamp is not a date"))
            })?;
            self.set("person.age_years", json!(years), place)?;
        }
        Ok(())
    }

    fn medication(&mut self, statement: MedicationUse, place: &str) -> Result<(), ChartError> {
        let over = ["stopped", "completed", "not-taken", "cancelled", "draft", "entered-in-error"];
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
        // The same medicine is often stated and prescribed, or prescribed again.
        let listed = self.chart.get("medication").and_then(Value::as_array);
        if !listed.is_some_and(|entries| entries.contains(&entry)) {
            self.push("medication", entry);
        }
        Ok(())
    }

    fn allergy(&mut self, allergy: AllergyIntolerance, place: &str) -> Result<(), ChartError> {
        if !allergy.states.count() {
            return Ok(());
        }
        if allergy.code.codes("http://snomed.info/sct").any(|code| code == "716186003") {
            return self.set("no_known_allergies", json!(true), place);
        }
        // None to medicines is not none at all: it is passed over, and allergies are asked about.
        if allergy.code.codes("http://snomed.info/sct").any(|code| code == "409137002") {
            return Ok(());
        }
        let Some(substance) = allergy.code.label() else {
            return Err(wrong(place, "code has no text or display".into()));
        };
        let severity = allergy.reaction.iter().filter_map(|reaction| reaction.severity.as_deref());
        let worst = severity.max_by_key(|s| ["mild", "moderate", "severe"].iter().position(|k| k == s));
        // A reaction that may kill, whose severity nobody wrote down, counts as severe.
        let worst =
            worst.or_else(|| allergy.criticality.as_deref().filter(|c| *c == "high").map(|_| "severe"));
        let mut entry = json!({ "substance": substance });
        if let Some(worst) = worst {
            entry["reaction"] = json!(worst);
        }
        self.push("allergy", entry);
        Ok(())
    }

    fn observation(&mut self, observation: Observation, place: &str) -> Result<(), ChartError> {
        let void = ["entered-in-error", "cancelled", "registered"];
        if observation.status.as_deref().is_some_and(|status| void.contains(&status))
            || observation.data_absent_reason.is_some()
        {
            return Ok(());
        }
        let when = observation.when().map(str::to_owned);
        let time = when
            .as_deref()
            .map(|text| {
                time::minutes(text).ok_or_else(|| wrong(place, format!("{text:?} is not a FHIR dateTime")))
            })
            .transpose()?;
        if let Some(path) = observation.code.codes(CHART_SYSTEM).next() {
            let value = observation
                .value_boolean
                .map(Value::from)
                .or(observation.value_integer.map(Value::from))
                .or(observation.value_quantity.and_then(|quantity| quantity.value).map(Value::from))
                .or(observation.value_string.map(Value::from))
                .ok_or_else(|| wrong(place, format!("{path} has no value")))?;
            return self.observe(path, value, time, place);
        }
        if observation.code.codes(LOINC).any(|code| code == "82810-3") {
            let answers = observation.value_codeable_concept.unwrap_or_default();
            let is =
                |codes: &[&str]| answers.coding.iter().any(|coding| codes.contains(&coding.code.as_str()));
            return match (is(&["77386006", "LA15173-0"]), is(&["60001007", "LA26683-5"])) {
                (true, _) => self.observe("health.pregnant", json!(true), time, place),
                (false, true) => self.observe("health.pregnant", json!(false), time, place),
                (false, false) => Ok(()),
            };
        }
        let Some((field, units)) = observation.code.codes(LOINC).find_map(numeric) else { return Ok(()) };
        let Some(quantity) = observation.value_quantity else {
            return match observation.value_string.or(observation.value_codeable_concept.and_then(|c| c.text))
            {
                Some(text) => {
                    Err(wrong(place, format!("{field} needs a valueQuantity, not the text {text:?}")))
                }
                None => Ok(()),
            };
        };
        let Some(value) = quantity.value else { return Ok(()) };
        if let Some(comparator) = quantity.comparator {
            let reason = format!("{field} is given as {comparator} {value}; give the value itself");
            return Err(wrong(place, reason));
        }
        let factor = code::factor(units, &quantity.code, &quantity.unit).ok_or_else(|| {
            let given = if quantity.code.is_empty() { &quantity.unit } else { &quantity.code };
            let known: Vec<&str> =
                units.iter().map(|(unit, _)| *unit).filter(|unit| !unit.is_empty()).collect();
            wrong(place, format!("{field} is in {given:?}; known units are {}", known.join(", ")))
        })?;
        if field == "score" {
            let mut entry = json!({ "instrument": "nrs", "value": value });
            if let Some(when) = when {
                entry["when"] = json!(when);
            }
            self.push("score", entry);
            return Ok(());
        }
        self.observe(field, json!(value * factor), time, place)
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
        time: Option<i64>,
        place: &str,
    ) -> Result<(), ChartError> {
        if let (Some(&before), Some(now)) = (self.times.get(path), time) {
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

fn wrong(place: &str, reason: String) -> ChartError {
    ChartError::Fhir { place: place.into(), reason }
}

fn read<T>(place: &str, result: Result<T, serde_json::Error>) -> Result<T, ChartError> {
    result.map_err(|error| wrong(place, data::for_people(&error.to_string())))
}
