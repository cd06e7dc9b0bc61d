//! What a block is about: who, which side, and everything that is fixed before the first action.

use crate::complication::Complication;
use rami_anatomy::patient::Traits;
use rami_anatomy::{Side, VertebralLevel};
use rami_body::autonomic::Condition;
use rami_clinic::Chart;
use rami_clinic::chart::{Health, Person, Sex, Side as ChartSide};
use rami_clinic::dose::{Ceiling, ledger, liver_function};
use rami_clinic::indication::Indication;
use rami_clinic::outcome::Instrument;
use rami_units::{Centimetres, Kg};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Facts that do not change during a block. The header of a session holds them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Setup {
    /// Seed of everything drawn: noise, aspiration, how this body differs.
    pub seed: u64,
    /// Side of the block that the person consented to.
    pub side: Side,
    /// Level of the block.
    pub level: VertebralLevel,
    /// Side that the mark on the skin says: another one is what a time-out is for.
    pub marked_side: Option<Side>,
    /// Who.
    pub person: Subject,
    /// Vessels and nerves of the leg on that side.
    pub condition: Condition,
    /// Room temperature.
    pub room_c: f64,
    /// Toe temperature before, where it was measured.
    pub baseline_toe_c: Option<f64>,
    /// Pain before, 0 to 10.
    pub nrs_before: f64,
    /// What the C-arm turns about at first, LPS mm.
    pub isocentre_mm: [f64; 3],
    /// Pictures.
    pub pictures: Pictures,
    /// What comes for certain where chance would decide whether it comes: for practice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certain: Option<Complication>,
}

/// The person, as far as drugs and complications need to know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Subject {
    /// What the case is called.
    pub name: String,
    /// Body mass.
    pub weight_kg: f64,
    /// Age.
    pub age_years: f64,
    /// 1 for a healthy liver, 0 for end-stage disease.
    pub liver_function: f64,
    /// Weight that the maximum of local anaesthetic is for, where it is not the body's own (ideal in obesity).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dosing_weight_kg: Option<f64>,
    /// Share of that maximum that is left to the elderly, the frail, and the ill in liver or heart.
    pub dose_factor: f64,
    /// Share of the maximum that was given before the block and still counts in full.
    #[serde(skip_serializing_if = "nothing")]
    pub share_before: f64,
    /// Anticoagulated, or a bleeding disorder.
    pub bleeds: bool,
    /// A reaction to contrast before.
    pub contrast_reactor: bool,
    /// Faints easily.
    pub faints: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde hands it so
fn nothing(share: &f64) -> bool {
    *share == 0.0
}

/// How pictures are drawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Pictures {
    /// Whether they are drawn and hashed at all; dose is counted either way.
    pub draw: bool,
    /// Pixels on a side of the detector.
    pub pixels: usize,
    /// Width of the detector.
    pub detector_mm: f64,
}

/// The parts of a block, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Consent and checklist.
    Consent,
    /// On the front, monitored.
    Positioning,
    /// Temperatures before.
    Baseline,
    /// Skin and drape.
    Preparation,
    /// Everyone stops.
    TimeOut,
    /// Skin and tract are numbed.
    SkinAnaesthesia,
    /// X-ray and needle.
    Guidance,
    /// Contrast.
    Contrast,
    /// Test dose and aliquots.
    Injection,
    /// Temperature, somatic examination.
    Confirmation,
    /// Needle out, recovery.
    Observation,
    /// Home.
    Discharged,
    /// On the telephone.
    FollowUp,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            seed: rami_random::DEFAULT_SEED,
            side: Side::Left,
            level: VertebralLevel::L3,
            marked_side: None,
            person: Subject::default(),
            condition: Condition::Healthy,
            room_c: 23.0,
            baseline_toe_c: None,
            nrs_before: 7.0,
            isocentre_mm: [0.0; 3],
            pictures: Pictures::default(),
            certain: None,
        }
    }
}

impl Subject {
    /// A digital patient in their own body.
    #[must_use]
    pub fn of_traits(name: &str, traits: &Traits) -> Self {
        let mut subject = Self {
            name: name.to_owned(),
            weight_kg: traits.weight_kg,
            age_years: traits.age_y,
            ..Self::default()
        };
        let person = Person {
            weight_kg: Kg::new(traits.weight_kg).ok(),
            height_cm: Centimetres::new(traits.height_cm).ok(),
            age_years: Some(traits.age_y),
            sex: Some(match traits.sex {
                rami_anatomy::patient::Sex::Female => Sex::Female,
                rami_anatomy::patient::Sex::Male => Sex::Male,
            }),
            ..Person::default()
        };
        subject.count_doses_by(&person, &Health::default());
        subject
    }

    /// Takes the ceilings of local anaesthetic from the clinic's rules, so that a block counts as an assessment does.
    pub fn count_doses_by(&mut self, person: &Person, health: &Health) {
        let ceiling = Ceiling::of(person, health);
        self.dosing_weight_kg = ceiling.weight.map(|weight| weight.get()).filter(|kg| *kg != self.weight_kg);
        self.dose_factor = ceiling.factor;
        self.liver_function = liver_function(health);
    }

    /// The weight that ceilings of local anaesthetic are for.
    #[must_use]
    pub fn ceiling_weight_kg(&self) -> f64 {
        self.dosing_weight_kg.unwrap_or(self.weight_kg)
    }

    /// That weight and what it is reduced by, in words.
    #[must_use]
    pub fn ceiling_in_words(&self) -> String {
        let ideal = if self.dosing_weight_kg.is_some() { " (ideal weight)" } else { "" };
        let factor = if self.dose_factor < 1.0 {
            format!(", less {:.0} % for age or illness", 100.0 * (1.0 - self.dose_factor))
        } else {
            String::new()
        };
        format!("{:.0} kg{ideal}{factor}", self.ceiling_weight_kg())
    }
}

impl Setup {
    /// What a chart says of the person and the complaint takes the place of what was assumed.
    pub fn take_from(&mut self, chart: &Chart) {
        let person = &mut self.person;
        if let Some(weight) = chart.person.weight() {
            person.weight_kg = weight.get();
        }
        if let Some(age) = chart.person.age_years {
            person.age_years = age;
        }
        // A chart without a weight is counted with the one that was assumed.
        let mut charted = chart.person.clone();
        if charted.weight().is_none() {
            charted.weight_kg = Kg::new(person.weight_kg).ok();
        }
        charted.age_years = charted.age_years.or(Some(person.age_years));
        person.count_doses_by(&charted, &chart.health);
        // An assessment refuses a chart whose syringes cannot be read.
        if let Ok(ledger) = ledger(&Chart { person: charted, ..chart.clone() }) {
            person.share_before = ledger.lines.iter().filter(|line| line.given).map(|line| line.share).sum();
        }
        person.bleeds =
            chart.health.bleeding_disorder == Some(true) || chart.health.high_bleeding_risk == Some(true);
        person.contrast_reactor = chart.allergies.iter().any(|allergy| {
            let substance = allergy.substance.to_lowercase();
            ["contrast", "iohexol", "iodinated"].iter().any(|word| substance.contains(word))
        });
        if let Some(side) = side_of(chart) {
            self.side = side;
        }
        if let Some(nrs) = chart.scores.iter().find(|score| score.instrument == Instrument::Nrs) {
            self.nrs_before = nrs.value.clamp(0.0, 10.0);
        }
        if let Some(room) = chart.baseline.room_c {
            self.room_c = room.get();
        }
        self.baseline_toe_c = chart.baseline.toe_c.map(|toe| toe.get());
        self.condition = condition(chart);
    }
}

/// The side that a chart is about.
#[must_use]
pub fn side_of(chart: &Chart) -> Option<Side> {
    chart.complaint.side.map(|side| match side {
        ChartSide::Left => Side::Left,
        ChartSide::Right => Side::Right,
    })
}

/// Vessels of the leg, as far as indication and baseline temperatures tell.
fn condition(chart: &Chart) -> Condition {
    let difference =
        chart.baseline.toe_c.zip(chart.baseline.other_toe_c).map(|(own, other)| own.get() - other.get());
    match (chart.complaint.indication, difference) {
        (Indication::ArterialInsufficiency, _) => Condition::ArterialInsufficiency,
        (Indication::Raynaud, _) => Condition::Raynaud,
        // One degree between the sides is what the Budapest criteria count.
        (Indication::Crps, Some(d)) if d <= -1.0 => Condition::CrpsCold,
        (Indication::Crps, Some(d)) if d >= 1.0 => Condition::CrpsWarm,
        _ => Condition::Healthy,
    }
}

impl Default for Subject {
    fn default() -> Self {
        Self {
            name: "case".to_owned(),
            weight_kg: 70.0,
            age_years: 50.0,
            liver_function: 1.0,
            dosing_weight_kg: None,
            dose_factor: 1.0,
            share_before: 0.0,
            bleeds: false,
            contrast_reactor: false,
            faints: false,
        }
    }
}

impl Default for Pictures {
    fn default() -> Self {
        Self { draw: false, pixels: 256, detector_mm: 300.0 }
    }
}
