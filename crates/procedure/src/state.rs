//! What is so at one moment of a block: a fold over its actions.

use crate::action::Sedation;
use crate::complication::Active;
use crate::flow::{Fluid, Spread};
use crate::setup::{Phase, Setup, Subject};
use rami_anatomy::{BySide, Side, VertebralLevel};
use rami_body::autonomic::beside::in_series;
use rami_formulary::{Dose, agent, share_of_maximum};
use rami_units::{Kg, Mg};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// A moment of a block.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct State {
    /// Seconds since the first action.
    pub clock_s: f64,
    /// Where in the block.
    pub phase: Phase,
    /// Ticked items of the checklist, with their time.
    pub checked: BTreeMap<String, f64>,
    /// Whether the person wants it today.
    pub consent: Option<bool>,
    /// How sedated.
    pub sedation: Option<Sedation>,
    /// On the front.
    pub prone: bool,
    /// Monitors on.
    pub monitored: bool,
    /// Minutes that the feet were bare.
    pub acclimatised_min: f64,
    /// Toe temperatures before the injection.
    pub baseline_toe_c: Option<BySide<f64>>,
    /// Skin clean, and drapes on.
    pub skin_clean: bool,
    /// Drapes.
    pub draped: bool,
    /// Said at the time-out.
    pub time_out: Option<TimeOut>,
    /// Syringes by label.
    pub syringes: BTreeMap<String, Loaded>,
    /// Skin numb here.
    pub numb_at_mm: Option<[f64; 3]>,
    /// The C-arm.
    pub c_arm: CArm,
    /// What x-rays have cost.
    pub radiation: Radiation,
    /// The needle in the person.
    pub needle: Option<InHand>,
    /// Passes: needles put in, and every advance after a retraction of `procedure.pass_retraction` or more.
    pub passes: u32,
    /// How often a needle in the skin was pointed elsewhere.
    pub redirections: u32,
    /// Pictures with the needle in them, of the present pass, by view.
    pub seen_from: BTreeSet<String>,
    /// Where the tip was in the last picture that shows it, LPS mm.
    #[serde(default)]
    pub seen_tip_mm: Option<[f64; 3]>,
    /// Stimulations at the present needle.
    pub stimulations: u32,
    /// Aspirations since the needle last moved.
    pub aspirated: bool,
    /// Everything given.
    pub doses: Vec<Given>,
    /// Fluid left in tissue, by where the tip was.
    pub deposits: Vec<Deposit>,
    /// Rules of confirmation that have fired.
    pub rules: BTreeSet<String>,
    /// Those of them that did not hold already when the drug went in.
    #[serde(default)]
    pub rules_of_change: BTreeSet<String>,
    /// Whether the somatic examination was done after the drug.
    pub somatic_examined: bool,
    /// When the feet's temperatures were last read after the drug.
    #[serde(default)]
    pub feet_read_s: Option<f64>,
    /// Whether the last examination found the quadriceps weak: such a person does not stand.
    #[serde(default)]
    pub quadriceps_weak: bool,
    /// Minutes watched after the last injection.
    pub observed_min: f64,
    /// What the operator thinks of the block.
    pub judged: Option<bool>,
    /// What goes wrong.
    pub active: Vec<Active>,
    /// Lipid emulsion given, ml.
    pub lipid_ml: f64,
    /// Seconds at which the person went home.
    pub discharged_s: Option<f64>,
    /// Days of follow-up asked.
    pub followed_up: Vec<f64>,
    /// Whether it was drawn if the pressure falls.
    pub pressure_drawn: bool,
    /// Number of draws so far, which names the next one.
    pub draws: u64,
}

/// What was said at the time-out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TimeOut {
    /// Side said.
    pub side: Side,
    /// Level said.
    pub level: VertebralLevel,
    /// What did not fit, until it is set right.
    pub mismatch: Option<String>,
    /// When.
    pub at_s: f64,
}

/// A syringe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Loaded {
    /// As written.
    pub content: String,
    /// Agent.
    pub agent: String,
    /// Drug per volume.
    pub drug_mg_ml: f64,
    /// Iodine per volume.
    pub iodine_mg_ml: f64,
    /// Whether adrenaline is in it.
    pub adrenaline: bool,
    /// Drawn up.
    pub volume_ml: f64,
    /// Left.
    pub left_ml: f64,
}

/// Where the C-arm stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs)] // DICOM's names
pub struct CArm {
    pub primary_deg: f64,
    pub secondary_deg: f64,
    pub isocentre_mm: [f64; 3],
    pub opening_mm: Option<[f64; 2]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field_mm: Option<f64>,
}

/// The ledger of x-rays.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Radiation {
    /// Pictures so far, of either kind.
    pub frames: u64,
    /// Single pictures: pressings of the button.
    pub shots: u64,
    /// Runs of fluoroscopy: pressings of the pedal, and injections that were watched live.
    #[serde(default)]
    pub runs: u64,
    /// Pulses of those runs.
    #[serde(default)]
    pub pulses: u64,
    /// Whether the last thing done was on the pedal, so that one more pulse belongs to its run.
    #[serde(default)]
    pub pedal_down: bool,
    /// Time on the pedal, s.
    pub fluoroscopy_s: f64,
    /// Air kerma at the reference point, mGy.
    pub reference_kerma_mgy: f64,
    /// Dose–area product, Gy·cm².
    pub dap_gy_cm2: f64,
    /// Effective dose of the person, mSv.
    pub effective_dose_msv: f64,
    /// At the operator's eye without a shield, µSv.
    pub staff_eye_usv: f64,
}

/// A needle in the person: its path is made again from its movements, so that it is where it is whatever held it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InHand {
    /// Name in the catalogue.
    pub needle: String,
    /// Its tip's start, outside the skin.
    pub start_mm: [f64; 3],
    /// Which way it points at the skin.
    pub direction: [f64; 3],
    /// Turn of the bevel at the skin.
    pub bevel_deg: f64,
    /// Factor on the curvature of its kind.
    pub curvature_factor: f64,
    /// Movements that made the present channel.
    pub moves: Vec<Movement>,
    /// Length of the shaft in the person.
    pub depth_mm: f64,
    /// The deepest it was in this pass.
    #[serde(default)]
    pub deepest_mm: f64,
    /// Where the tip is.
    pub tip_mm: [f64; 3],
    /// Its direction.
    pub tip_direction: [f64; 3],
    /// Whether it stands on bone.
    pub on_bone: bool,
}

/// A movement of the needle.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Movement {
    /// Pushed, mm.
    Push(f64),
    /// Pulled, mm.
    Pull(f64),
    /// Turned, degrees.
    Turn(f64),
}

/// A dose.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Given {
    /// From which syringe.
    pub label: String,
    /// Agent.
    pub agent: String,
    /// Volume.
    pub volume_ml: f64,
    /// Drug.
    pub mass_mg: f64,
    /// Iodine.
    pub iodine_mg: f64,
    /// Whether adrenaline was in it.
    pub adrenaline: bool,
    /// When it began.
    pub at_s: f64,
    /// How long it took.
    pub over_s: f64,
    /// Share that went into a vessel.
    pub in_vessel: f64,
    /// Share that went into the thecal sac or the epidural space.
    pub in_canal: f64,
    /// Whether it numbed the skin.
    pub skin: bool,
}

/// Fluid in tissue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Deposit {
    /// Where the tip was.
    pub tip_mm: [f64; 3],
    /// Which way it looked.
    pub direction: [f64; 3],
    /// What was given, in order.
    pub fluids: Vec<Fluid>,
    /// Where it went.
    pub spread: Spread,
}

impl State {
    /// Before the first action.
    #[must_use]
    pub fn new(setup: &Setup) -> Self {
        Self {
            clock_s: 0.0,
            phase: Phase::Consent,
            checked: BTreeMap::new(),
            consent: None,
            sedation: None,
            prone: false,
            monitored: false,
            acclimatised_min: 0.0,
            baseline_toe_c: None,
            skin_clean: false,
            draped: false,
            time_out: None,
            syringes: BTreeMap::new(),
            numb_at_mm: None,
            c_arm: CArm {
                primary_deg: 180.0,
                secondary_deg: 0.0,
                isocentre_mm: setup.isocentre_mm,
                opening_mm: None,
                field_mm: None,
            },
            radiation: Radiation::default(),
            needle: None,
            passes: 0,
            redirections: 0,
            seen_from: BTreeSet::new(),
            seen_tip_mm: None,
            stimulations: 0,
            aspirated: false,
            doses: Vec::new(),
            deposits: Vec::new(),
            rules: BTreeSet::new(),
            rules_of_change: BTreeSet::new(),
            somatic_examined: false,
            quadriceps_weak: false,
            feet_read_s: None,
            observed_min: 0.0,
            judged: None,
            active: Vec::new(),
            lipid_ml: 0.0,
            discharged_s: None,
            followed_up: Vec::new(),
            pressure_drawn: false,
            draws: 0,
        }
    }

    /// SHA-256 of the state: two runs agree as long as these agree.
    #[must_use]
    pub fn sha256(&self) -> String {
        hex(&Sha256::digest(serde_json::to_vec(self).unwrap_or_default()))
    }

    /// When drug first went through the needle.
    #[must_use]
    pub fn first_drug_s(&self) -> Option<f64> {
        self.doses.iter().find(|dose| !dose.skin && dose.mass_mg > 0.0).map(|dose| dose.at_s)
    }

    /// When anything but contrast last went through the needle.
    #[must_use]
    pub fn last_injection_s(&self) -> Option<f64> {
        self.doses
            .iter()
            .rev()
            .find(|dose| !dose.skin && dose.iodine_mg == 0.0)
            .map(|dose| dose.at_s + dose.over_s)
    }

    /// Share of this person's maximum of local anaesthetic given so far, what the chart says was given before included: 1 is the maximum.
    #[must_use]
    pub fn share_of_maximum(&self, person: &Subject) -> f64 {
        let doses: Vec<Dose> = self
            .doses
            .iter()
            .filter(|given| given.mass_mg > 0.0)
            .filter_map(|given| {
                let agent = agent(&given.agent).ok()?;
                Some(Dose { agent, mass: Mg::new(given.mass_mg).ok()?, adrenaline: given.adrenaline })
            })
            .collect();
        let weight = Kg::new(person.ceiling_weight_kg()).ok();
        let whole = weight.and_then(|weight| share_of_maximum(&doses, weight).ok()).unwrap_or(0.0);
        person.share_before + if person.dose_factor > 0.0 { whole / person.dose_factor } else { whole }
    }

    /// The place where contrast went last.
    #[must_use]
    pub fn last_contrast(&self) -> Option<&Deposit> {
        let when = |deposit: &Deposit| {
            deposit.fluids.iter().filter(|f| f.iodine_mg_ml > 0.0).map(|f| f.at_s).reduce(f64::max)
        };
        self.deposits
            .iter()
            .filter_map(|deposit| when(deposit).map(|at| (at, deposit)))
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, deposit)| deposit)
    }

    /// Share of sympathetic ways cut for the leg of a side, over all deposits: the deepest level of the trunk, and what is
    /// cut in roots and rami besides ([`rami_body::autonomic::beside`]).
    #[must_use]
    pub fn blocked(&self, side: Side) -> f64 {
        let spreads = || self.deposits.iter().map(|deposit| &deposit.spread);
        let trunk = spreads().flat_map(|spread| spread.blocked.get(side).iter().copied()).fold(0.0, f64::max);
        let beside = spreads().map(|spread| *spread.beside_trunk.get(side)).fold(0.0, f64::max);
        in_series(trunk, beside)
    }

    /// Whether the sympathetic chain of a side is blocked by some deposit ([`Spread::blocks_chain`]).
    #[must_use]
    pub fn block_achieved(&self, side: Side) -> bool {
        self.deposits.iter().any(|deposit| deposit.spread.blocks_chain(side))
    }

    /// Whether the leg of a side loses its sympathetic supply ([`Spread::cuts_supply`]): what its skin can tell of.
    #[must_use]
    pub fn supply_cut(&self, side: Side) -> bool {
        self.deposits.iter().any(|deposit| deposit.spread.cuts_supply(side))
    }

    /// Longest time, over levels and deposits, for which nine in ten of B or of C fail on a side, min.
    #[must_use]
    pub fn cut_min(&self, side: Side) -> f64 {
        let all = self.deposits.iter().flat_map(|deposit| deposit.spread.cut_min.get(side));
        all.copied().fold(0.0, f64::max)
    }

    /// Longest time, over levels and deposits, for which nine in ten of B and of C fail together on a side, min.
    #[must_use]
    pub fn held_min(&self, side: Side) -> f64 {
        let all = self.deposits.iter().flat_map(|deposit| deposit.spread.held_min.get(side));
        all.copied().fold(0.0, f64::max)
    }
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
