//! What can go wrong: signs that one can notice, the right response, what harms, and what comes of missing it.
//!
//! The table is data (`data/complications.toml`), written to be read by a clinician. What starts a complication is in the
//! models that the actions ask (tissue at the tip, flow, plasma, pressure); this room keeps its course in time.

mod catalogue;
mod course;
pub mod toxicity;

pub use catalogue::{DoseRange, Entry, Stage, catalogue, dose_range, entry};
pub use course::Active;
pub(crate) use course::{begin, let_time_pass, mumbled, treat};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something that goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Complication {
    /// The needle is or was in a vessel.
    VesselPuncture,
    /// Drug went into a vessel.
    IntravascularInjection,
    /// Local anaesthetic systemic toxicity.
    Toxicity,
    /// Drug went into psoas.
    PsoasInjection,
    /// The needle touched a root.
    RootContact,
    /// The needle touched bone where it hurts.
    BoneContact,
    /// The needle is or was in a kidney.
    KidneyPuncture,
    /// The needle is or was in a ureter.
    UreterPuncture,
    /// The needle is or was in a disc.
    DiscPuncture,
    /// The needle is or was in bowel or another organ.
    VisceralPuncture,
    /// Drug in a foramen or the epidural space.
    EpiduralSpread,
    /// Drug in the thecal sac: a high block.
    IntrathecalSpread,
    /// A reaction to contrast.
    ContrastReaction,
    /// Bleeding behind the peritoneum, hours later.
    Haematoma,
    /// A faint.
    Vasovagal,
    /// Pressure falls as the legs' vessels open.
    Hypotension,
    /// The genitofemoral nerve is blocked too.
    GenitofemoralBlock,
    /// The wrong side is about to be, or was, blocked.
    WrongSide,
}

impl Complication {
    /// Its name in documents.
    #[must_use]
    pub fn name(self) -> &'static str {
        entry(self).map_or("complication", |entry| entry.name.as_str())
    }
}

/// Something done about a complication.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "remedy", rename_all = "snake_case")]
pub enum Remedy {
    /// Stop injecting.
    StopInjecting,
    /// Call for help and the lipid kit.
    CallForHelp,
    /// Needle out and onto the back.
    TurnSupine,
    /// Open the airway, ventilate.
    Airway,
    /// 100 % oxygen.
    Oxygen,
    /// Benzodiazepine against seizures (midazolam).
    Benzodiazepine {
        /// Dose.
        mg: f64,
    },
    /// Propofol: deepens the fall of pressure.
    Propofol {
        /// Dose.
        mg: f64,
    },
    /// Lipid emulsion 20 %, a bolus.
    LipidBolus {
        /// Volume.
        ml: f64,
    },
    /// Lipid emulsion 20 %, an infusion.
    LipidInfusion {
        /// Rate.
        ml_per_min: f64,
        /// For how long.
        minutes: f64,
    },
    /// Adrenaline.
    Adrenaline {
        /// Dose.
        ug: f64,
    },
    /// Vasopressin: to be avoided in toxicity.
    Vasopressin,
    /// A calcium channel blocker: to be avoided in toxicity.
    CalciumChannelBlocker,
    /// A beta blocker: to be avoided in toxicity.
    BetaBlocker,
    /// Lidocaine as an antiarrhythmic: more of the same poison.
    LidocaineAntiarrhythmic,
    /// Chest compressions.
    Cpr,
    /// Fluid by vein.
    Fluids {
        /// Volume.
        ml: f64,
    },
    /// Ephedrine.
    Ephedrine {
        /// Dose.
        mg: f64,
    },
    /// Atropine.
    Atropine {
        /// Dose.
        mg: f64,
    },
    /// Legs up.
    LegsUp,
    /// An antihistamine.
    Antihistamine,
    /// A steroid by vein.
    Steroid,
    /// Say what it is and stay with the person.
    Reassure,
    /// Pull the needle back or reposition it.
    Reposition,
    /// Press on the site, look again, image if it grows.
    WatchForBleeding,
    /// Cross-match, call a surgeon or interventional radiologist.
    CallSurgeon,
    /// Examine power and feeling, again and again.
    WatchNeurology,
    /// Antibiotic for a punctured viscus or disc.
    Antibiotic,
    /// Keep lying until power and feeling are back; not to drive.
    KeepLying,
    /// Tell the person, write it down, follow up.
    TellAndFollowUp,
    /// Give up for today.
    Abandon,
}

impl Remedy {
    /// How much of it, in the unit that its field is named after; nothing for what has no dose, or one by weight.
    #[must_use]
    pub fn amount(&self) -> Option<f64> {
        match *self {
            Self::Benzodiazepine { mg }
            | Self::Propofol { mg }
            | Self::Ephedrine { mg }
            | Self::Atropine { mg } => Some(mg),
            Self::Adrenaline { ug } => Some(ug),
            Self::Fluids { ml } => Some(ml),
            _ => None,
        }
    }

    /// Its name, without the dose.
    #[must_use]
    pub fn name(&self) -> String {
        serde_json::to_value(self)
            .ok()
            .and_then(|value| value.get("remedy").and_then(|name| name.as_str()).map(str::to_owned))
            .unwrap_or_default()
    }
}
