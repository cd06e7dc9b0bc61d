//! Actions and events in words.

use rami_procedure::Event;
use rami_procedure::operator::script::in_words;

/// Minutes and seconds on the block's clock.
pub(super) fn clock(seconds: f64) -> String {
    format!("{}:{:02}", (seconds / 60.0) as u64, (seconds % 60.0) as u64)
}

/// A name of a program's as words.
pub(super) fn plain(name: &str) -> String {
    name.replace('_', " ").replace("c arm", "C-arm").replace("autochthon", "muscle of the back (autochthon)")
}

/// Units that a measure's name ends with, and how they are written.
const UNITS: [(&str, &str); 12] = [
    ("_per_s", "/s"),
    ("_ml_s", "ml/s"),
    ("_ml", "ml"),
    ("_gy_cm2", "Gy·cm²"),
    ("_percent", "%"),
    ("_msv", "mSv"),
    ("_mm3", "mm³"),
    ("_mm", "mm"),
    ("_min", "min"),
    ("_deg", "°"),
    ("_kg", "kg"),
    ("_s", "s"),
];

/// A measure's name as words, and its unit.
pub(super) fn measure(name: &str) -> (String, &'static str) {
    // Names that say too little without their unit.
    let named = match name {
        "block_min" => return ("length of the whole block".to_owned(), "min"),
        "held_min" => return ("B and C fibres blocked together".to_owned(), "min"),
        "dap_gy_cm2" => return ("dose–area product".to_owned(), "Gy·cm²"),
        "fluoroscopy_s" => return ("time on the pedal".to_owned(), "s"),
        other => other,
    };
    let unit = UNITS.iter().find_map(|(end, unit)| named.strip_suffix(end).map(|rest| (rest, *unit)));
    let (rest, unit) = unit.unwrap_or((named, ""));
    (plain(rest), unit)
}

/// A number of things: "1 run", "2 runs".
pub(super) fn counted(number: u64, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// The numbers of an action, short.
pub(super) fn detail(action: &serde_json::Value) -> String {
    let Some(fields) = action.as_object() else { return String::new() };
    let short = |value: &serde_json::Value| match value {
        serde_json::Value::Number(number) => number.as_f64().map_or_else(String::new, |v| format!("{v:.1}")),
        serde_json::Value::String(text) => plain(text),
        serde_json::Value::Array(items) => {
            items.iter().filter_map(|v| v.as_f64()).map(|v| format!("{v:.1}")).collect::<Vec<_>>().join(", ")
        }
        serde_json::Value::Object(inner) => inner
            .iter()
            .map(|(k, v)| plain(&format!("{k} {v}")).replace('"', ""))
            .collect::<Vec<_>>()
            .join(", "),
        other => other.to_string(),
    };
    fields
        .iter()
        .filter(|(key, value)| *key != "do" && !value.is_null())
        .map(|(key, value)| match key.as_str() {
            "mm" => format!("{} mm", short(value)),
            "deg" => format!("{}°", short(value)),
            named => {
                let (words, unit) = measure(named);
                let space = if unit.is_empty() || unit == "°" { "" } else { " " };
                format!("{words} {}{space}{unit}", short(value))
            }
        })
        .collect::<Vec<_>>()
        .join("; ")
}

/// What an operator perceives of an event, in words; nothing for what only the truth knows or what says itself.
#[must_use]
pub fn told(event: &Event) -> Option<String> {
    Some(match event {
        Event::Exposed { frames, kvp, dap_gy_cm2, .. } => {
            let pictures = if *frames == 1 { "picture" } else { "pictures" };
            format!("{frames} {pictures}, {kvp:.0} kV, {:.2} mGy·cm²", 1000.0 * dap_gy_cm2)
        }
        Event::NeedleSeen { off_axis_deg, .. } => format!("the needle looks {off_axis_deg:.1}° off a point"),
        Event::NeedleMoved { depth_mm, force_n, lost_resistance, .. } => format!(
            "{depth_mm:.1} mm in, {force_n:.1} N{}",
            if *lost_resistance { ", resistance falls away" } else { "" }
        ),
        Event::Aspirated { seen } => format!("aspirated: {}", format!("{seen:?}").to_lowercase()),
        Event::Injected { agent, volume_ml, mass_mg, left_ml, resistance, .. } => {
            format!("{volume_ml:.1} ml {agent} ({mass_mg:.1} mg) went in, {resistance}; {left_ml:.1} ml left")
        }
        Event::Temperatures { toe_c, since_injection_min, .. } => format!(
            "toes {:.1} °C left, {:.1} °C right{}",
            toe_c.left,
            toe_c.right,
            since_injection_min.map_or_else(String::new, |m| format!(", {m:.0} min after the drug"))
        ),
        Event::RuleFired { rule, statement, .. } => format!("rule {}: {statement}", rule.replace('_', " ")),
        Event::SomaticFound { groin_numb, thigh_numb, quadriceps_weak } => {
            let word = |yes: &bool| if *yes { "yes" } else { "no" };
            format!(
                "groin numb {}, thigh numb {}, quadriceps weak {}",
                word(groin_numb),
                word(thigh_numb),
                word(quadriceps_weak)
            )
        }
        Event::Vitals { mean_pressure_mmhg, heart_rate_per_min, spo2_percent, .. } => {
            format!(
                "mean pressure {mean_pressure_mmhg:.0} mmHg, pulse {heart_rate_per_min:.0}, saturation {spo2_percent:.0} %"
            )
        }
        Event::Sign { sign, .. } => sign.clone(),
        Event::Treated { effect, harmful, .. } => {
            format!("{effect}{}", if *harmful { " (harmful)" } else { "" })
        }
        Event::Handled { complication } => format!("{} is dealt with", complication.name()),
        Event::Consequence { text, .. } => text.clone(),
        Event::TimeOutHeld { mismatch, .. } => {
            mismatch.clone().unwrap_or_else(|| "everyone agrees".to_owned())
        }
        Event::CArmMoved { in_words, .. } => in_words.clone(),
        Event::FollowedUp { day, nrs_under } => {
            let each: Vec<String> = nrs_under
                .iter()
                .map(|(under, nrs)| format!("{nrs:.1} under {}", under.replace('_', " ")))
                .collect();
            format!(
                "day {day:.0}: pain {}",
                if each.is_empty() { "not modelled".to_owned() } else { each.join(", ") }
            )
        }
        Event::Consented { given } => {
            if *given { "the person says yes" } else { "the person says no" }.to_owned()
        }
        Event::SedationRecorded { level } => format!("sedation: {}", format!("{level:?}").to_lowercase()),
        Event::SkinNumbed { volume_ml, mass_mg } => {
            format!("{volume_ml:.1} ml, {mass_mg:.0} mg in skin and tract: counted in the dose")
        }
        Event::Discharged { minutes_after_injection } => {
            format!("home, {minutes_after_injection:.0} min after the last injection")
        }
        Event::SideCorrected { side } => format!("the side is set right: {side}"),
        Event::Stimulated { answer, .. } => answer.clone(),
        Event::PhaseEntered { .. }
        | Event::Checked { .. }
        | Event::TipAt { .. }
        | Event::Entered { .. }
        | Event::Deposited { .. }
        | Event::ComplicationBegan { .. }
        | Event::DrawnUp { .. }
        | Event::NeedleInserted { .. }
        | Event::NeedleRedirected { .. }
        | Event::NeedleRemoved { .. }
        | Event::Observed { .. } => return None,
        other => in_words(other).filter(|text| !text.starts_with('{'))?,
    })
}

/// What was true besides.
pub(super) fn truth(event: &Event) -> Option<String> {
    Some(match event {
        Event::Entered { structure, depth_mm, .. } => {
            format!("came into {} with {depth_mm:.1} mm of needle in", plain(structure))
        }
        Event::ComplicationBegan { complication, cause } => {
            format!("{} begins: {cause}", complication.name())
        }
        Event::Deposited { shares, .. } => {
            let each: Vec<String> = shares
                .iter()
                .filter(|(_, share)| **share > 0.005)
                .map(|(name, share)| format!("{:.0} % {name}", 100.0 * share))
                .collect();
            format!("fluid: {}", each.join(", "))
        }
        Event::PatternCalled { right: Some(right), .. } => {
            if *right {
                "read right".to_owned()
            } else {
                "read wrong".to_owned()
            }
        }
        Event::BlockJudged { right, .. } => {
            if *right {
                "judged right".to_owned()
            } else {
                "judged wrong".to_owned()
            }
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_of_an_action_have_their_units_behind_them() {
        let told = |action: serde_json::Value| detail(&action);
        assert_eq!(told(serde_json::json!({"do": "advance", "mm": 5.0})), "5.0 mm");
        assert_eq!(told(serde_json::json!({"do": "rotate", "deg": 180.0})), "180.0°");
        // One at a time: the order of a map's keys is the serialiser's affair.
        assert_eq!(told(serde_json::json!({"do": "inject", "volume_ml": 2.0})), "volume 2.0 ml");
        assert_eq!(told(serde_json::json!({"do": "inject", "rate_ml_s": 0.2})), "rate 0.2 ml/s");
        assert_eq!(told(serde_json::json!({"do": "live", "pulses_per_s": 8.0})), "pulses 8.0 /s");
        assert_eq!(told(serde_json::json!({"do": "move_c_arm", "primary_deg": 149.1})), "primary 149.1°");
    }

    #[test]
    fn names_of_programs_become_words_with_units() {
        assert_eq!(plain("move_c_arm"), "move C-arm");
        assert_eq!(plain("autochthon_left"), "muscle of the back (autochthon) left");
        assert_eq!(measure("block_min"), ("length of the whole block".to_owned(), "min"));
        assert_eq!(measure("tip_to_target_mm"), ("tip to target".to_owned(), "mm"));
        assert_eq!(measure("dap_gy_cm2"), ("dose–area product".to_owned(), "Gy·cm²"));
        assert_eq!(measure("c_arm_shots"), ("C-arm shots".to_owned(), ""));
        assert_eq!((counted(1, "run"), counted(2, "run")), ("1 run".to_owned(), "2 runs".to_owned()));
    }
}
