//! What an operator can do. One enum for a person, a plan and a simulated operator; its JSON is the line of a session.

use crate::complication::{Complication, Remedy};
use rami_anatomy::{Side, VertebralLevel};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One thing done. Points are LPS millimetres.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Action {
    // Before the needle.
    /// Tick an item of the checklist (`rami_clinic::course`), for example `identity`.
    Check {
        /// Its id.
        item: String,
    },
    /// Ask once more whether the person wants the block today, and write the answer down.
    Consent {
        /// What they say.
        given: bool,
    },
    /// Write down how sedated the person is: sedation confounds what they answer.
    RecordSedation {
        /// How deep.
        level: Sedation,
    },
    /// Turn the person on their front, a pillow under the abdomen.
    PositionProne,
    /// Intravenous line, blood pressure, ECG, oxygen saturation.
    AttachMonitoring,
    /// Bare feet in the room for so long.
    Acclimatise {
        /// How long.
        minutes: f64,
    },
    /// Read the skin temperature of both feet. Before the injection it is the baseline.
    ReadTemperatures,
    /// Clean the skin and let it dry.
    PrepareSkin,
    /// Sterile drapes.
    Drape,
    /// Everyone stops: side and level are said aloud against consent and mark.
    TimeOut {
        /// The side said.
        side: Side,
        /// The level said.
        level: VertebralLevel,
    },
    /// Set the side right after a time-out that did not fit.
    CorrectSide {
        /// The side that consent has.
        side: Side,
    },
    // Syringes.
    /// Draw up a syringe under a label, in the words of the formulary: `bupivacaine 0.25% 10ml`.
    DrawUp {
        /// What is written on it.
        label: String,
        /// What is in it.
        content: String,
    },
    /// Numb skin and tract with a short needle.
    NumbSkin {
        /// Which syringe.
        label: String,
        /// How much.
        volume_ml: f64,
        /// Where.
        at_mm: [f64; 3],
    },
    // Guidance.
    /// Turn the C-arm.
    MoveCArm {
        /// DICOM positioner primary angle.
        primary_deg: f64,
        /// DICOM positioner secondary angle.
        secondary_deg: f64,
    },
    /// Move the table so that this point is the isocentre.
    Centre {
        /// The point.
        at_mm: [f64; 3],
    },
    /// Close the shutters.
    Collimate {
        /// Width and height of the opening at the detector; nothing opens them.
        opening_mm: Option<[f64; 2]>,
    },
    /// A magnification mode: so much of the detector fills the picture, at more dose.
    Magnify {
        /// Width of the field at the detector; nothing for all of it.
        field_mm: Option<f64>,
    },
    /// One picture.
    Shot,
    /// The pedal, held.
    Live {
        /// How long.
        seconds: f64,
        /// Pulses a second, 4 to 30.
        pulses_per_s: f64,
    },
    /// Stimulate at the tip: an adjunct, refused as the only guidance.
    Stimulate {
        /// 50 Hz sensory or 2 Hz motor.
        mode: Stimulus,
        /// Current.
        milliamp: f64,
    },
    // The needle.
    /// Put a needle to the skin.
    InsertNeedle {
        /// Name in the catalogue, `22G-150-chiba`.
        needle: String,
        /// Where it enters.
        entry_mm: [f64; 3],
        /// Which way it points.
        direction: [f64; 3],
        /// Turn of its bevel about the shaft.
        bevel_deg: f64,
    },
    /// Push it.
    Advance {
        /// How far.
        mm: f64,
    },
    /// Pull it back.
    Withdraw {
        /// How far.
        mm: f64,
    },
    /// Turn the hub.
    Rotate {
        /// How far, degrees.
        deg: f64,
    },
    /// Point a shallow needle another way.
    Redirect {
        /// Which way.
        direction: [f64; 3],
    },
    /// Take it out.
    RemoveNeedle,
    // Through the needle.
    /// Pull the syringe.
    Aspirate,
    /// Inject from a syringe.
    Inject {
        /// Which syringe.
        label: String,
        /// How much.
        volume_ml: f64,
        /// How fast.
        rate_ml_s: f64,
        /// What the x-ray does meanwhile.
        watch: Watch,
    },
    /// Say what the contrast showed.
    CallPattern {
        /// What it looks like.
        pattern: Pattern,
    },
    // Watching.
    /// Talk with the person: pain, tingling, taste, hearing.
    Ask,
    /// Look at the monitor.
    CheckVitals,
    /// Groin, thigh and quadriceps, before pain is scored and before standing.
    ExamineSomatic,
    /// Say that something is going wrong.
    Recognise {
        /// What.
        complication: Complication,
    },
    /// Do something about it.
    Treat {
        /// What is done.
        with: Remedy,
    },
    /// Let time pass.
    Wait {
        /// How long.
        seconds: f64,
    },
    // After.
    /// Watch the person in recovery.
    Observe {
        /// How long.
        minutes: f64,
    },
    /// Say whether the block worked, by temperature.
    JudgeBlock {
        /// Whether it did.
        worked: bool,
    },
    /// Send the person home, all criteria met.
    Discharge,
    /// Ask for pain on the telephone.
    FollowUp {
        /// Days after the block.
        day: f64,
    },
    /// A remark in the record.
    Note {
        /// What it says.
        text: String,
    },
}

/// How sedated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sedation {
    /// Awake.
    None,
    /// Relaxed, answers at once: pain scores are doubtful.
    Minimal,
    /// Answers to a touch: warnings of toxicity and of nerve contact may be missed.
    Moderate,
}

/// Stimulation at the tip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stimulus {
    /// 50 Hz: what is felt.
    Sensory,
    /// 2 Hz: what twitches.
    Motor,
}

/// What the x-ray does during an injection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Watch {
    /// Nothing: blind.
    Blind,
    /// A picture at the end.
    Spot,
    /// Live.
    Live,
    /// Live, with what was there before subtracted.
    Subtracted,
}

/// What contrast looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Pattern {
    /// A line along the front of the body, a cloud in front of it from behind: where it should be.
    Prevertebral,
    /// Streaks that widen downwards beside the spine.
    Psoas,
    /// Gone within seconds.
    Vascular,
    /// Part of it gone, part of it in the plane.
    MixedVascular,
    /// A tramline in the canal, or along a root.
    Epidural,
    /// A level in the thecal sac.
    Intrathecal,
    /// A disc between two endplates.
    Disc,
    /// A kidney's collecting system or a ureter.
    Urinary,
    /// A blob in muscle or fat behind the plane.
    Muscular,
    /// In bowel or another organ.
    Visceral,
    /// Nothing flowed.
    Nothing,
}

impl Action {
    /// Its name in a session.
    #[must_use]
    pub fn name(&self) -> String {
        serde_json::to_value(self)
            .ok()
            .and_then(|value| value.get("do").and_then(|name| name.as_str()).map(str::to_owned))
            .unwrap_or_default()
    }
}

impl Pattern {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Prevertebral,
        Self::Psoas,
        Self::Vascular,
        Self::MixedVascular,
        Self::Epidural,
        Self::Intrathecal,
        Self::Disc,
        Self::Urinary,
        Self::Muscular,
        Self::Visceral,
        Self::Nothing,
    ];

    /// The pattern that a description is of.
    #[must_use]
    pub fn described(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|pattern| pattern.appearance() == text)
    }

    /// What it looks like, in the words of one who describes a picture and does not name what it is.
    #[must_use]
    pub fn appearance(self) -> &'static str {
        match self {
            Self::Prevertebral => {
                "a thin line up and down along the front of the body; from behind a soft cloud over it"
            }
            Self::Psoas => "streaks beside the spine that run down and outwards and widen",
            Self::Vascular => "a flash that is gone within a second or two",
            Self::MixedVascular => "a small cloud that stays, and beside it a streak that runs away",
            Self::Epidural => "a line that turns back towards the canal and along the sleeve of a root",
            Self::Intrathecal => "contrast sinks and lies level within the canal",
            Self::Disc => "a bun between two endplates",
            Self::Urinary => "cups and a thin tube that fills downwards",
            Self::Muscular => "a blob that stays round behind the plane of the front of the body",
            Self::Visceral => "folds, or nothing that keeps a shape",
            Self::Nothing => "nothing to see",
        }
    }
}
