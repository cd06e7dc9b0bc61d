//! Codes and units: what stands for which field of the chart.

use super::resource::CodeableConcept;

/// A unit with the factor that brings it to the unit of the field.
type Unit = (&'static str, f64);

/// The field a LOINC code fills, and the units it may come in: UCUM first, then spellings that systems print.
pub(super) fn numeric(loinc: &str) -> Option<(&'static str, &'static [Unit])> {
    const POUND: f64 = 0.453_592_37;
    Some(match loinc {
        "29463-7" | "3141-9" | "8335-2" => (
            "person.weight_kg",
            &[("kg", 1.0), ("g", 0.001), ("[lb_av]", POUND), ("lb", POUND), ("lbs", POUND), ("kgs", 1.0)],
        ),
        "8302-2" | "3137-7" | "8308-9" => (
            "person.height_cm",
            &[("cm", 1.0), ("m", 100.0), ("[in_i]", 2.54), ("in", 2.54), ("[ft_i]", 30.48)],
        ),
        "6301-6" | "34714-6" | "38875-1" | "46418-0" => (
            "laboratory.inr",
            &[("{INR}", 1.0), ("1", 1.0), ("", 1.0), ("{ratio}", 1.0), ("ratio", 1.0), ("inr", 1.0)],
        ),
        "777-3" | "26515-7" => (
            "laboratory.platelets_10e9_l",
            &[
                ("10*9/L", 1.0),
                ("10*3/uL", 1.0),
                ("10*3/mm3", 1.0),
                ("/uL", 0.001),
                ("/mm3", 0.001),
                ("10^9/l", 1.0),
                ("10^3/ul", 1.0),
                ("x10^9/l", 1.0),
                ("x10e3/ul", 1.0),
                ("k/ul", 1.0),
                ("g/l", 1.0),
                ("giga/l", 1.0),
            ],
        ),
        "2164-2" => ("health.creatinine_clearance_ml_min", &[("mL/min", 1.0)]),
        "72514-3" => ("score", &[("{score}", 1.0), ("1", 1.0), ("", 1.0), ("/10", 1.0)]),
        _ => return None,
    })
}

/// The factor of a unit: by its code, or by the word printed beside it where no code is given. UCUM tells cases apart;
/// what systems print is compared in lower case, with the Greek mu as u.
pub(super) fn factor(units: &[Unit], code: &str, printed: &str) -> Option<f64> {
    let exact = |given: &str| units.iter().find(|(unit, _)| *unit == given).map(|(_, factor)| *factor);
    if !code.is_empty() {
        return exact(code);
    }
    let plain = printed.trim().to_lowercase().replace(['\u{b5}', '\u{3bc}'], "u").replace(' ', "");
    let alike = || units.iter().find(|(unit, _)| unit.to_lowercase() == plain).map(|(_, factor)| *factor);
    exact(printed).or_else(alike)
}

/// The indication a condition stands for, by ICD-10 (with or without its letters of modification) or SNOMED CT;
/// codes of the arm and of the face are left out, since this block is for the leg.
pub(super) fn indication(code: &CodeableConcept) -> Option<&'static str> {
    let icd = [
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
        ("B0221", ""),
        ("B0222", ""),
        ("B022", "post_herpetic_pain"),
        ("L74513", "hyperhidrosis"),
        ("R610", "hyperhidrosis"),
    ];
    let snomed =
        [("279039007", "low_back_pain"), ("195295006", "raynaud"), ("399957001", "arterial_insufficiency")];
    code.coding.iter().find_map(|coding| {
        let found = if coding.system.contains("icd-10") {
            let plain = coding.code.replace('.', "");
            icd.iter().find(|(stem, _)| plain.starts_with(stem)).map(|(_, id)| *id)
        } else if coding.system == "http://snomed.info/sct" {
            snomed.iter().find(|(known, _)| *known == coding.code).map(|(_, id)| *id)
        } else {
            None
        };
        found.filter(|id| !id.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_those_of_ucum_or_of_what_systems_print() {
        let (_, weight) = numeric("29463-7").unwrap();
        let (_, platelets) = numeric("777-3").unwrap();
        assert_eq!(
            factor(weight, "[lb_av]", "pounds"),
            Some(0.453_592_37),
            "the code counts before the word"
        );
        assert_eq!(factor(weight, "", "Kg"), Some(1.0));
        assert_eq!(factor(weight, "Kg", "kg"), None, "a code of UCUM has its own case");
        assert_eq!(factor(platelets, "", "K/\u{b5}L"), Some(1.0));
        assert_eq!(factor(platelets, "", "10^9 / L"), Some(1.0));
        assert_eq!(factor(platelets, "/uL", ""), Some(0.001));
        assert_eq!(factor(platelets, "mg/dL", ""), None);
        assert!(numeric("2160-0").is_none(), "creatinine in blood is not its clearance");
    }
}
