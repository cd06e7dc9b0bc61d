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

record! {
    /// What the person reports.
    CrpsSymptoms {
        /// More feeling than it should: hyperaesthesia or allodynia.
        sensory: bool,
        /// The limb is warmer or colder than the other.
        temperature_asymmetry: bool,
        /// Changes or asymmetry of skin colour.
        colour_changes: bool,
        /// Swelling.
        oedema: bool,
        /// Changes or asymmetry of sweating.
        sweating: bool,
        /// Less range of motion.
        reduced_motion: bool,
        /// Weakness, tremor or dystonia.
        motor_dysfunction: bool,
        /// Changes of hair, nail or skin.
        trophic_changes: bool,
    }
}

record! {
    /// What is found at examination.
    CrpsSigns {
        /// Hyperalgesia to pinprick.
        hyperalgesia_pinprick: bool,
        /// Allodynia to light touch, pressure or movement.
        allodynia: bool,
        /// Difference of skin temperature between the limbs, either way.
        temperature_difference_c: f64,
        /// Asymmetry of temperature, where it was felt and not measured.
        temperature_asymmetry: bool,
        /// Changes or asymmetry of skin colour.
        colour_changes: bool,
        /// Swelling.
        oedema: bool,
        /// Changes or asymmetry of sweating.
        sweating: bool,
        /// Less range of motion.
        reduced_motion: bool,
        /// Weakness, tremor or dystonia.
        motor_dysfunction: bool,
        /// Changes of hair, nail or skin.
        trophic_changes: bool,
    }
}

record! {
    /// Findings in chronic low back pain.
    BackPain {
        /// Signs of fracture, infection, cancer or cauda equina.
        red_flags: bool,
        /// A specific cause was looked for.
        specific_cause_sought: bool,
    }
}

record! {
    /// Findings of the arteries of the leg on the side of the block.
    Arteries {
        /// Ankle-brachial index.
        abi: f64,
        /// Ankle pressure.
        ankle_pressure_mmhg: f64,
        /// Toe pressure.
        toe_pressure_mmhg: f64,
        /// Distance to claudication; leave out when there is none.
        walking_distance_m: f64,
        /// How bad claudication is.
        claudication: Claudication,
        /// Pain at rest.
        rest_pain: bool,
        /// Ulcer or gangrene.
        tissue_loss: TissueLoss,
        /// The leg became ischaemic within the last two weeks.
        sudden_onset: bool,
        /// WIfI wound grade, 0 to 3.
        wound_grade: u8,
        /// WIfI foot infection grade, 0 to 3.
        foot_infection_grade: u8,
        /// A vascular surgeon has seen the person and no revascularisation is offered.
        vascular_opinion: bool,
    }
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

record! {
    /// Findings for the consensus on Raynaud of 2014.
    Raynaud {
        /// Fingers or toes unusually sensitive to cold.
        cold_sensitive: bool,
        /// They turn white in the cold.
        turns_white: bool,
        /// They turn blue in the cold.
        turns_blue: bool,
        /// Attacks by triggers other than cold.
        other_triggers: bool,
        /// Both sides are involved.
        both_sides: bool,
        /// Numbness or tingling goes with it.
        numbness: bool,
        /// The colour change has a sharp border.
        sharp_border: bool,
        /// Photographs show an attack.
        photographs: bool,
        /// Other sites too: nose, ears, feet, nipples.
        other_sites: bool,
        /// White, blue and red.
        three_colours: bool,
        /// Capillaroscopy is normal.
        capillaroscopy_normal: bool,
        /// Examination shows no sign of another disease.
        examination_normal: bool,
        /// A history of connective tissue disease.
        connective_tissue_disease: bool,
        /// Antinuclear antibodies are negative or low.
        ana_negative_or_low: bool,
    }
}

record! {
    /// Findings after shingles.
    Zoster {
        /// Weeks since the rash.
        weeks_since_rash: f64,
        /// The pain is in the leg or groin.
        in_leg_or_groin: bool,
    }
}
