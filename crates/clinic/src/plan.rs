//! What the clinic reads of `plan.json`: side, level, warnings, and the plan's own geometric probabilities.

use crate::chart::Side;
use crate::data;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// A plan that cannot be read.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("plan, {field}: {reason}")]
pub struct PlanError {
    /// Path of the field.
    pub field: String,
    /// What is wrong.
    pub reason: String,
}

/// A plan, as far as the clinic needs it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PlanSummary {
    /// The needles chosen; none when no path is safe.
    pub needles: Vec<PlannedNeedle>,
    /// The plan's own warnings.
    pub warnings: Vec<String>,
}

/// One chosen needle.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PlannedNeedle {
    /// Side.
    pub side: Side,
    /// Level, `L2`.
    pub level: String,
    /// Probability of touching each structure, from geometry alone.
    pub hit_probability: BTreeMap<String, f64>,
}

#[derive(Deserialize)]
struct PlanFile {
    schema: String,
    #[serde(default)]
    candidates: Vec<Candidate>,
    #[serde(default)]
    chosen: Value,
    #[serde(default)]
    warnings: Vec<Value>,
}

#[derive(Deserialize)]
struct Candidate {
    side: Side,
    level: String,
    #[serde(default)]
    hit_probability: BTreeMap<String, Value>,
}

impl PlanSummary {
    /// Reads the text of `plan.json`.
    ///
    /// # Errors
    /// [`PlanError`] naming the field.
    pub fn read(text: &str) -> Result<Self, PlanError> {
        let wrong = |field: &str, reason: String| PlanError { field: field.into(), reason };
        let mut document = serde_json::Deserializer::from_str(text);
        let file: PlanFile = serde_path_to_error::deserialize(&mut document)
            .map_err(|e| wrong(&e.path().to_string(), data::for_people(&e.inner().to_string())))?;
        if !file.schema.starts_with("rami.plan/") {
            return Err(wrong("schema", format!("is {:?}, not a rami.plan", file.schema)));
        }
        let indices: Vec<usize> = match &file.chosen {
            Value::Null => Vec::new(),
            Value::Array(indices) => indices.iter().filter_map(Value::as_u64).map(|i| i as usize).collect(),
            one => one.as_u64().map(|i| vec![i as usize]).unwrap_or_default(),
        };
        let mut needles = Vec::new();
        for index in indices {
            let candidate = file.candidates.get(index).ok_or_else(|| {
                wrong("chosen", format!("names candidate {index} of {}", file.candidates.len()))
            })?;
            let mut hit_probability = BTreeMap::new();
            for (structure, entry) in &candidate.hit_probability {
                let field = format!("candidates[{index}].hit_probability.{structure}");
                let p = probability(entry).ok_or_else(|| wrong(&field, "is not a probability".into()))?;
                hit_probability.insert(structure.clone(), p);
            }
            let level = candidate.level.clone();
            needles.push(PlannedNeedle { side: candidate.side, level, hit_probability });
        }
        let words = |warning: &Value| {
            let text = warning.as_str().or_else(|| warning.get("message").and_then(Value::as_str));
            text.map_or_else(|| warning.to_string(), String::from)
        };
        Ok(Self { needles, warnings: file.warnings.iter().map(words).collect() })
    }

    /// The largest probability over needles of touching a structure whose name begins with one of `stems`.
    #[must_use]
    pub fn hit(&self, stems: &[&str]) -> Option<f64> {
        self.needles
            .iter()
            .flat_map(|needle| &needle.hit_probability)
            .filter(|(structure, _)| stems.iter().any(|stem| structure.starts_with(stem)))
            .map(|(_, p)| *p)
            .max_by(f64::total_cmp)
    }
}

/// A probability given as a number, or as an object with the number and its standard error.
fn probability(entry: &Value) -> Option<f64> {
    let keys = ["probability", "p", "value", "mean"];
    let number = entry.as_f64().or_else(|| keys.iter().find_map(|key| entry.get(key)?.as_f64()));
    number.filter(|p| (0.0..=1.0).contains(p))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: &str = r#"{"schema":"rami.plan/1","candidates":[
        {"side":"left","level":"L2","hit_probability":{"kidney_left":0.02,"ureter_left":{"p":0.01,"standard_error":0.001}}},
        {"side":"left","level":"L3","hit_probability":{"kidney_left":0.001}}],"chosen":0,"warnings":["posture is not prone"]}"#;

    #[test]
    fn the_chosen_needle_is_read_with_both_forms_of_probability() {
        let plan = PlanSummary::read(PLAN).unwrap();
        assert_eq!(plan.hit(&["kidney", "ureter"]), Some(0.02));
        assert_eq!(plan.hit(&["ureter"]), Some(0.01));
        assert_eq!(plan.hit(&["colon"]), None);
        assert_eq!(plan.warnings, ["posture is not prone"]);
        let two = PlanSummary::read(&PLAN.replace("\"chosen\":0", "\"chosen\":[0,1]")).unwrap();
        assert_eq!(two.needles.len(), 2);
        assert!(
            PlanSummary::read(&PLAN.replace("\"chosen\":0", "\"chosen\":null")).unwrap().needles.is_empty()
        );
    }

    #[test]
    fn what_cannot_be_a_plan_is_refused_by_field() {
        for (from, to, says) in [
            ("\"chosen\":0", "\"chosen\":7", "candidate 7 of 2"),
            ("0.02", "2.0", "kidney_left"),
            ("rami.plan/1", "rami.block/1", "not a rami.plan"),
            ("\"side\":\"left\"", "\"side\":\"links\"", "candidates[0].side"),
        ] {
            let error = PlanSummary::read(&PLAN.replace(from, to)).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
