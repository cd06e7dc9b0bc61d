//! Whether a chart can be true: ranges of numbers, and entries that contradict each other.

use super::{Chart, ChartError, Claudication, Sex, TissueLoss};
use crate::pharmacy;
use rami_units::body_mass_index;

impl Chart {
    /// Refuses a number that its field cannot hold.
    pub(super) fn check_ranges(&self) -> Result<(), ChartError> {
        self.ranges().into_iter().try_for_each(Range::check)
    }

    fn ranges(&self) -> Vec<Range> {
        let person = &self.person;
        let arteries = &self.arteries;
        let mut ranges = vec![
            Range::of("person.age_years", person.age_years, "years", 10.0, 110.0, "give whole years"),
            Range::of(
                "person.weight_kg",
                person.weight_kg.map(|w| w.get()),
                "kg",
                20.0,
                350.0,
                "is it in pounds (weight_lb) or grams?",
            ),
            Range::of(
                "person.weight_lb",
                person.weight_lb,
                "lb",
                44.0,
                772.0,
                "is it in kilograms (weight_kg)?",
            ),
            Range::of(
                "person.height_cm",
                person.height_cm.map(|h| h.get()),
                "cm",
                100.0,
                230.0,
                "is it in metres or inches (height_in)?",
            ),
            Range::of(
                "person.height_in",
                person.height_in,
                "in",
                39.0,
                91.0,
                "is it in centimetres (height_cm)?",
            ),
            Range::of(
                "complaint.duration_weeks",
                self.complaint.duration_weeks,
                "weeks",
                0.0,
                5200.0,
                "is it in days?",
            ),
            Range::of(
                "laboratory.inr",
                self.laboratory.inr,
                "",
                0.5,
                20.0,
                "is it a prothrombin time in seconds or per cent?",
            ),
            Range::of(
                "laboratory.platelets_10e9_l",
                self.laboratory.platelets_10e9_l,
                "× 10⁹/L",
                1.0,
                3000.0,
                "150 means 150 × 10⁹/L, not 150000",
            ),
            Range::of("thresholds.inr_maximum", self.thresholds.inr_maximum, "", 0.8, 3.0, "an INR"),
            Range::of(
                "thresholds.platelets_go",
                self.thresholds.platelets_go,
                "× 10⁹/L",
                20.0,
                450.0,
                "in 10⁹ per litre",
            ),
            Range::of(
                "thresholds.platelets_stop",
                self.thresholds.platelets_stop,
                "× 10⁹/L",
                10.0,
                450.0,
                "in 10⁹ per litre",
            ),
            Range::of(
                "health.creatinine_clearance_ml_min",
                self.health.creatinine_clearance_ml_min,
                "ml/min",
                1.0,
                250.0,
                "is it a creatinine concentration?",
            ),
            Range::of(
                "baseline.toe_c",
                self.baseline.toe_c.map(|t| t.get()),
                "°C",
                10.0,
                42.0,
                "is it in °F?",
            ),
            Range::of(
                "baseline.other_toe_c",
                self.baseline.other_toe_c.map(|t| t.get()),
                "°C",
                10.0,
                42.0,
                "is it in °F?",
            ),
            Range::of(
                "baseline.room_c",
                self.baseline.room_c.map(|t| t.get()),
                "°C",
                10.0,
                40.0,
                "is it in °F?",
            ),
            Range::of(
                "baseline.acclimatised_min",
                self.baseline.acclimatised_min.map(|t| t.get()),
                "min",
                0.0,
                180.0,
                "in minutes",
            ),
            Range::of(
                "arteries.abi",
                arteries.abi,
                "",
                0.0,
                2.5,
                "the index is a ratio near 1, not a pressure",
            ),
            Range::of(
                "arteries.ankle_pressure_mmhg",
                arteries.ankle_pressure_mmhg,
                "mmHg",
                0.0,
                350.0,
                "is it in kPa?",
            ),
            Range::of(
                "arteries.toe_pressure_mmhg",
                arteries.toe_pressure_mmhg,
                "mmHg",
                0.0,
                300.0,
                "is it in kPa?",
            ),
            Range::of(
                "arteries.walking_distance_m",
                arteries.walking_distance_m,
                "m",
                0.0,
                20_000.0,
                "in metres",
            ),
            Range::of(
                "arteries.wound_grade",
                arteries.wound_grade.map(f64::from),
                "",
                0.0,
                3.0,
                "a WIfI grade",
            ),
            Range::of(
                "arteries.foot_infection_grade",
                arteries.foot_infection_grade.map(f64::from),
                "",
                0.0,
                3.0,
                "a WIfI grade",
            ),
            Range::of(
                "crps.signs.temperature_difference_c",
                self.crps.signs.temperature_difference_c,
                "°C",
                -15.0,
                15.0,
                "the difference, not the temperature",
            ),
            Range::of(
                "zoster.weeks_since_rash",
                self.zoster.weeks_since_rash,
                "weeks",
                0.0,
                5200.0,
                "in weeks",
            ),
        ];
        for (i, medication) in self.medications.iter().enumerate() {
            let field = format!("medication[{i}].hours_since_last_dose");
            ranges.push(Range::of(&field, medication.hours_since_last_dose, "h", 0.0, 10_000.0, "in hours"));
        }
        for (i, score) in self.scores.iter().enumerate() {
            let (low, high) = score.instrument.range();
            let field = format!("score[{i}].value");
            ranges.push(Range::of(
                &field,
                Some(score.value),
                "",
                low,
                high,
                "see the instrument's own range",
            ));
        }
        ranges
    }

    /// Refuses entries that cannot both be true.
    pub(super) fn check_contradictions(&self) -> Result<(), ChartError> {
        let person = &self.person;
        let clash = |condition: bool, first: &str, second: &str, reason: String| {
            if condition {
                return Err(ChartError::Contradiction { first: first.into(), second: second.into(), reason });
            }
            Ok(())
        };
        clash(
            person.weight_kg.is_some() && person.weight_lb.is_some(),
            "person.weight_kg",
            "person.weight_lb",
            "give the weight once".into(),
        )?;
        clash(
            person.height_cm.is_some() && person.height_in.is_some(),
            "person.height_cm",
            "person.height_in",
            "give the height once".into(),
        )?;
        clash(
            person.sex == Some(Sex::Male) && self.health.pregnant == Some(true),
            "person.sex",
            "health.pregnant",
            "a man is recorded as pregnant".into(),
        )?;
        clash(
            self.no_known_allergies == Some(true) && !self.allergies.is_empty(),
            "no_known_allergies",
            "allergy",
            "an allergy is listed".into(),
        )?;
        self.twice()?;
        let index = person.weight().zip(person.height()).and_then(|(w, h)| body_mass_index(w, h).ok());
        clash(
            index.is_some_and(|index| !(10.0..=100.0).contains(&index)),
            "person.weight_kg or person.weight_lb",
            "person.height_cm or person.height_in",
            format!("the body mass index would be {:.0}: is a unit wrong?", index.unwrap_or_default()),
        )?;
        let (weeks, years) = (self.complaint.duration_weeks, person.age_years);
        clash(
            weeks.zip(years).is_some_and(|(weeks, years)| weeks > 53.0 * (years + 1.0)),
            "complaint.duration_weeks",
            "person.age_years",
            "the complaint would be older than the person; is it in days?".into(),
        )?;
        let thinner =
            self.medications.iter().find(|m| pharmacy::find(&m.name).is_some_and(|d| d.thins_blood()));
        clash(
            self.no_blood_thinners == Some(true) && thinner.is_some(),
            "no_blood_thinners",
            "medication",
            format!("{} thins the blood", thinner.map(|m| m.name.as_str()).unwrap_or_default()),
        )?;
        let signs = &self.crps.signs;
        let asymmetric = signs
            .temperature_difference_c
            .map(|d| d.abs() > rami_evidence::value("criteria.budapest.temperature_asymmetry"));
        clash(
            matches!((asymmetric, signs.temperature_asymmetry), (Some(a), Some(b)) if a != b),
            "crps.signs.temperature_difference_c",
            "crps.signs.temperature_asymmetry",
            "asymmetry means more than 1 °C".into(),
        )?;
        let raynaud = &self.raynaud;
        clash(
            raynaud.three_colours == Some(true)
                && (raynaud.turns_white == Some(false) || raynaud.turns_blue == Some(false)),
            "raynaud.three_colours",
            "raynaud.turns_white or raynaud.turns_blue",
            "white and blue are two of the three".into(),
        )?;
        let arteries = &self.arteries;
        clash(
            arteries.claudication == Some(Claudication::None) && arteries.walking_distance_m.is_some(),
            "arteries.claudication",
            "arteries.walking_distance_m",
            "there is a distance to claudication, and no claudication".into(),
        )?;
        clash(
            arteries.tissue_loss == Some(TissueLoss::None)
                && arteries.wound_grade.is_some_and(|grade| grade > 0),
            "arteries.tissue_loss",
            "arteries.wound_grade",
            "there is a wound, and no tissue is lost".into(),
        )?;
        let limits = &self.thresholds;
        clash(
            matches!((limits.platelets_go, limits.platelets_stop), (Some(go), Some(stop)) if go < stop),
            "thresholds.platelets_go",
            "thresholds.platelets_stop",
            "going ahead begins below stopping".into(),
        )
    }

    /// The same medicine twice, under one name or two, must be entered alike.
    fn twice(&self) -> Result<(), ChartError> {
        let known = |i: usize| pharmacy::find(&self.medications[i].name);
        let said = |i: usize| {
            let m = &self.medications[i];
            (m.intensity, m.hours_since_last_dose, m.stop_agreed_with_prescriber)
        };
        for later in 0..self.medications.len() {
            // An entry of the table with several names (painkillers, say) is several medicines.
            let thins = known(later).filter(|medicine| medicine.thins_blood());
            let Some(medicine) = thins else { continue };
            if let Some(earlier) = (0..later).find(|&i| known(i) == Some(medicine) && said(i) != said(later))
            {
                return Err(ChartError::Contradiction {
                    first: format!("medication[{earlier}]"),
                    second: format!("medication[{later}]"),
                    reason: format!("{} is entered twice, and not alike", medicine.name),
                });
            }
        }
        Ok(())
    }
}

/// A number with the range its field can hold.
struct Range {
    field: String,
    value: Option<f64>,
    unit: &'static str,
    low: f64,
    high: f64,
    hint: &'static str,
}

impl Range {
    fn of(
        field: &str,
        value: Option<f64>,
        unit: &'static str,
        low: f64,
        high: f64,
        hint: &'static str,
    ) -> Self {
        Self { field: field.into(), value, unit, low, high, hint }
    }

    fn check(self) -> Result<(), ChartError> {
        let Self { field, value, unit, low, high, hint } = self;
        match value {
            // A NaN is in no range.
            Some(value) if !(low..=high).contains(&value) => {
                let unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
                Err(ChartError::Range { field, value, unit, low, high, hint })
            }
            _ => Ok(()),
        }
    }
}
