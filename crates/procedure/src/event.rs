//! What came of an action. Some events an operator can perceive; others are the truth, for score and debriefing only.

use crate::action::{Pattern, Sedation, Stimulus};
use crate::complication::{Complication, Remedy};
use crate::setup::Phase;
use rami_anatomy::{BySide, Side, VertebralLevel};
use rami_needle::{Aspirate, Stop};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Something that happened. Points are LPS millimetres.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
#[allow(missing_docs)] // fields say what they are, with their unit
pub enum Event {
    /// The block went on to its next part.
    PhaseEntered { phase: Phase },
    /// An item of the checklist is ticked.
    Checked { item: String },
    /// What the person said about the block today.
    Consented { given: bool },
    /// How sedated they are.
    SedationRecorded { level: Sedation },
    /// The time-out: `mismatch` says what does not fit consent and mark.
    TimeOutHeld { side: Side, level: VertebralLevel, mismatch: Option<String> },
    /// The side is right now.
    SideCorrected { side: Side },
    /// A syringe is ready.
    DrawnUp { label: String, content: String, volume_ml: f64, mass_mg: f64 },
    /// Skin and tract are numb.
    SkinNumbed { volume_ml: f64, mass_mg: f64 },
    /// The C-arm stands somewhere else.
    CArmMoved { primary_deg: f64, secondary_deg: f64, isocentre_mm: [f64; 3], in_words: String },
    /// X-rays: what they cost, and the SHA-256 of every picture's grey levels where pictures are drawn.
    Exposed {
        first_frame: u64,
        frames: u64,
        kvp: f64,
        mas: f64,
        dap_gy_cm2: f64,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        sha256: Vec<String>,
    },
    /// What can be measured in the last picture: where hub and tip are (row, column), and how far from a point the
    /// needle looks.
    NeedleSeen { tip_px: [f64; 2], hub_px: [f64; 2], off_axis_deg: f64, beyond_picture: bool },
    /// A needle is at the skin.
    NeedleInserted { needle: String, entry_mm: [f64; 3], direction: [f64; 3], pass: u32 },
    /// It moved.
    NeedleMoved { moved_mm: f64, depth_mm: f64, force_n: f64, stopped: Option<Stop>, lost_resistance: bool },
    /// It points another way.
    NeedleRedirected { direction: [f64; 3] },
    /// It is out.
    NeedleRemoved { bent_back: bool },
    /// Truth: where the tip is, and in what.
    TipAt { tip_mm: [f64; 3], direction: [f64; 3], inside: String },
    /// Truth: a structure was entered.
    Entered { structure: String, depth_mm: f64, tip_mm: [f64; 3] },
    /// What the person says or does.
    Said { words: String },
    /// What came back in the syringe.
    Aspirated { seen: Aspirate },
    /// What a current did.
    Stimulated { mode: Stimulus, milliamp: f64, answer: String },
    /// Fluid went in.
    Injected { label: String, agent: String, volume_ml: f64, mass_mg: f64, left_ml: f64, resistance: String },
    /// What an expert reads in the pictures of the injection; nothing when nobody looked.
    ContrastShown { pattern: Pattern, in_words: String },
    /// Truth: where the fluid went, as shares of the volume, and how much of each level's fibres will fail.
    Deposited {
        shares: BTreeMap<String, f64>,
        blocked: BTreeMap<String, f64>,
        longitudinal_extent_mm: f64,
        model: String,
    },
    /// The operator's reading, and (truth) whether it is right; nothing to read without contrast.
    PatternCalled { pattern: Pattern, right: Option<bool> },
    /// Skin temperature.
    Temperatures { toe_c: BySide<f64>, sole_c: BySide<f64>, since_injection_min: Option<f64> },
    /// A rule of confirmation holds now.
    RuleFired {
        rule: String,
        statement: String,
        #[serde(default)]
        at_min: Option<f64>,
    },
    /// What the somatic examination found.
    SomaticFound { groin_numb: bool, thigh_numb: bool, quadriceps_weak: bool },
    /// Monitor.
    Vitals { mean_pressure_mmhg: f64, heart_rate_per_min: f64, spo2_percent: f64, awake: bool },
    /// Truth: something begins to go wrong, and by which model.
    ComplicationBegan { complication: Complication, cause: String },
    /// A sign that one can notice.
    Sign { complication: Complication, stage: u32, sign: String },
    /// The operator says what they think is wrong; (truth) whether it is.
    Recognised { complication: Complication, right: bool },
    /// Something was done about it: whether it helps, does nothing, or harms.
    Treated { with: Remedy, effect: String, harmful: bool },
    /// A complication is dealt with.
    Handled { complication: Complication },
    /// What became of one that was missed or not treated.
    Consequence { complication: Complication, text: String },
    /// The operator's judgement of the block; whether it is what the feet showed (a rule of confirmation), or, where nobody
    /// read them, what is true.
    BlockJudged { worked: bool, right: bool },
    /// Time in recovery.
    Observed { minutes: f64 },
    /// Home.
    Discharged { minutes_after_injection: f64 },
    /// Pain on the telephone, 0 to 10, under each hypothesis.
    FollowedUp { day: f64, nrs_under: BTreeMap<String, f64> },
    /// A warning that the room gives.
    Warned { text: String },
    /// A remark.
    Noted { text: String },
}

impl Event {
    /// Whether only the truth knows it: no operator and no screen may show it before the debriefing.
    #[must_use]
    pub fn is_hidden(&self) -> bool {
        matches!(
            self,
            Self::TipAt { .. }
                | Self::Entered { .. }
                | Self::Deposited { .. }
                | Self::ComplicationBegan { .. }
        )
    }

    /// The event as an operator perceives it; nothing when they cannot. What is true of a reading is taken out.
    #[must_use]
    pub fn visible(&self) -> Option<Self> {
        match self {
            hidden if hidden.is_hidden() => None,
            // A description of the picture, without its name: naming it is the operator's part.
            Self::ContrastShown { in_words, .. } => Some(Self::Noted { text: in_words.clone() }),
            Self::PatternCalled { pattern, .. } => {
                Some(Self::PatternCalled { pattern: *pattern, right: None })
            }
            Self::Sign { complication: _, stage, sign } => {
                Some(Self::Said { words: format!("sign ({stage}): {sign}") })
            }
            Self::Recognised { complication, .. } => {
                Some(Self::Noted { text: format!("thought of: {}", complication.name()) })
            }
            Self::BlockJudged { worked, .. } => Some(Self::Noted {
                text: format!("judged that the block {}", if *worked { "worked" } else { "failed" }),
            }),
            other => Some(other.clone()),
        }
    }
}
