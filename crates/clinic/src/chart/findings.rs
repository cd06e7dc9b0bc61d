//! Findings of each indication.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Findings for the Budapest criteria.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Crps {
    /// Continuing pain, out of proportion to what began it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disproportionate_pain: Option<bool>,
    /// No other diagnosis explains it better.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_better_diagnosis: Option<bool>,
    /// What the person reports.
    #[serde(default)]
    pub symptoms: CrpsSymptoms,
    /// What is found at examination.
    #[serde(default)]
    pub signs: CrpsSigns,
}

/// What the person reports.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CrpsSymptoms {
    /// More feeling than it should: hyperaesthesia or allodynia.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sensory: Option<bool>,
    /// The limb is warmer or colder than the other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature_asymmetry: Option<bool>,
    /// Changes or asymmetry of skin colour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub colour_changes: Option<bool>,
    /// Swelling.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oedema: Option<bool>,
    /// Changes or asymmetry of sweating.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sweating: Option<bool>,
    /// Less range of motion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reduced_motion: Option<bool>,
    /// Weakness, tremor or dystonia.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub motor_dysfunction: Option<bool>,
    /// Changes of hair, nail or skin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trophic_changes: Option<bool>,
}

/// What is found at examination.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CrpsSigns {
    /// Hyperalgesia to pinprick.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hyperalgesia_pinprick: Option<bool>,
    /// Allodynia to light touch, pressure or movement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allodynia: Option<bool>,
    /// Difference of skin temperature between the limbs, either way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature_difference_c: Option<f64>,
    /// Asymmetry of temperature, where it was felt and not measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature_asymmetry: Option<bool>,
    /// Changes or asymmetry of skin colour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub colour_changes: Option<bool>,
    /// Swelling.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oedema: Option<bool>,
    /// Changes or asymmetry of sweating.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sweating: Option<bool>,
    /// Less range of motion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reduced_motion: Option<bool>,
    /// Weakness, tremor or dystonia.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub motor_dysfunction: Option<bool>,
    /// Changes of hair, nail or skin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trophic_changes: Option<bool>,
}

/// Findings in chronic low back pain.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BackPain {
    /// Signs of fracture, infection, cancer or cauda equina.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub red_flags: Option<bool>,
    /// A specific cause was looked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub specific_cause_sought: Option<bool>,
}

/// Findings of the arteries of the leg on the side of the block.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Arteries {
    /// Ankle-brachial index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub abi: Option<f64>,
    /// Ankle pressure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ankle_pressure_mmhg: Option<f64>,
    /// Toe pressure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub toe_pressure_mmhg: Option<f64>,
    /// Distance to claudication; leave out when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub walking_distance_m: Option<f64>,
    /// How bad claudication is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claudication: Option<Claudication>,
    /// Pain at rest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rest_pain: Option<bool>,
    /// Ulcer or gangrene.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tissue_loss: Option<TissueLoss>,
    /// The leg became ischaemic within the last two weeks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sudden_onset: Option<bool>,
    /// WIfI wound grade, 0 to 3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wound_grade: Option<u8>,
    /// WIfI foot infection grade, 0 to 3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub foot_infection_grade: Option<u8>,
    /// A vascular surgeon has seen the person and no revascularisation is offered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vascular_opinion: Option<bool>,
}

/// How bad claudication is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Claudication {
    /// None.
    None,
    /// Mild.
    Mild,
    /// Moderate.
    Moderate,
    /// Severe.
    Severe,
}

/// Ulcer or gangrene.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TissueLoss {
    /// None.
    None,
    /// Minor.
    Minor,
    /// Major.
    Major,
}

/// Findings for the consensus on Raynaud of 2014.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Raynaud {
    /// Fingers or toes unusually sensitive to cold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cold_sensitive: Option<bool>,
    /// They turn white in the cold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turns_white: Option<bool>,
    /// They turn blue in the cold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turns_blue: Option<bool>,
    /// Attacks by triggers other than cold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_triggers: Option<bool>,
    /// Both sides are involved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub both_sides: Option<bool>,
    /// Numbness or tingling goes with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub numbness: Option<bool>,
    /// The colour change has a sharp border.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sharp_border: Option<bool>,
    /// Photographs show an attack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub photographs: Option<bool>,
    /// Other sites too: nose, ears, feet, nipples.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_sites: Option<bool>,
    /// White, blue and red.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub three_colours: Option<bool>,
    /// Capillaroscopy is normal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capillaroscopy_normal: Option<bool>,
    /// Examination shows no sign of another disease.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub examination_normal: Option<bool>,
    /// A history of connective tissue disease.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connective_tissue_disease: Option<bool>,
    /// Antinuclear antibodies are negative or low.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ana_negative_or_low: Option<bool>,
}

/// Findings after shingles.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Zoster {
    /// Weeks since the rash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weeks_since_rash: Option<f64>,
    /// The pain is in the leg or groin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_leg_or_groin: Option<bool>,
}
