//! `plan.json`: the plan as a document. Points are LPS millimetres.

use crate::options::{HumanError, PlannedSide};
use crate::rules::HazardClass;
use rami_anatomy::{BySide, LevelCount, Posture, Side, VertebralLevel, Warning};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Name and version of the document.
pub const SCHEMA: &str = "rami.plan/1";

/// A plan for a lumbar sympathetic block on one person's CT. Research and teaching software: not advice for the care
/// of a person.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Plan {
    /// `rami.plan/1`.
    pub schema: String,
    /// What every reader must know first.
    pub warnings: Vec<Warning>,
    /// The answer in words.
    pub verdict: Verdict,
    /// Index into `candidates` of what was chosen: one, several when several sites are planned, or null when none is
    /// safe.
    pub chosen: Option<Chosen>,
    /// Side or sides that were planned.
    pub side: PlannedSide,
    /// Levels that were searched.
    pub searched_levels: Vec<VertebralLevel>,
    /// How many needles a side.
    pub needles: usize,
    /// Length of the needle at hand, mm; null when any that is sold may be used.
    pub needle_length_mm: Option<f64>,
    /// Paths that were found, best first within a side and level. Not every one is safe.
    pub candidates: Vec<Candidate>,
    /// How the levels compare, side by side.
    pub trade_off: Vec<LevelTradeOff>,
    /// Vertebrae in view.
    pub levels: BTreeMap<VertebralLevel, LevelGeometry>,
    /// How the levels were counted.
    pub level_count: LevelCount,
    /// The sympathetic trunks, cranial first: inferred, never seen.
    pub chain: BySide<Vec<ChainNode>>,
    /// Hazards that no label carries, modelled.
    pub modelled_hazards: Vec<ModelledHazardNode>,
    /// Height (LPS z, mm) of the line between the tops of the iliac crests; null where they are not in view.
    pub iliac_crest_line_z_mm: Option<f64>,
    /// How the person lay in the scanner.
    pub posture: Posture,
    /// The operator's error behind `hit_probability`.
    pub human_error: HumanError,
    /// Seed of those draws.
    pub seed: u64,
    /// Number of those draws.
    pub draws: usize,
    /// How much was searched.
    pub search: SearchEffort,
    /// Files the plan was made from.
    pub inputs: Vec<InputFile>,
    /// Keys of the published figures the plan rests on.
    pub evidence: Vec<String>,
    /// Version of Rami that made the plan.
    pub rami_version: String,
    /// What this is and is not.
    pub disclaimer: String,
}

/// One chosen candidate or several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Chosen {
    /// One site was planned.
    One(usize),
    /// Several sites were planned.
    Several(Vec<usize>),
}

impl Chosen {
    /// The indices, in the order of the sites.
    #[must_use]
    pub fn indices(&self) -> &[usize] {
        match self {
            Self::One(index) => std::slice::from_ref(index),
            Self::Several(indices) => indices,
        }
    }
}

/// The answer in words.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Verdict {
    /// Whether every site that was asked for has a safe path.
    pub safe: bool,
    /// Why the chosen paths were chosen, or why none was.
    pub reason: String,
    /// Sites without a safe path, each with the least bad path and why it is refused.
    pub refused: Vec<RefusedSite>,
}

/// A site that has no safe path.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RefusedSite {
    /// Its side.
    pub side: Side,
    /// Index into `candidates` of the least bad path; null when not even the skin was reached.
    pub least_bad: Option<usize>,
    /// Why it is refused.
    pub reason: String,
}

/// How much was searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct SearchEffort {
    /// Straight paths decided.
    pub paths_decided: usize,
    /// Of those, free of everything forbidden.
    pub paths_free: usize,
}

/// A file the plan was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InputFile {
    /// `ct`, `labels` or what else it is.
    pub role: String,
    /// Its name, without the folders it lies in.
    pub file: String,
    /// SHA-256 of its bytes, hexadecimal.
    pub sha256: String,
}

/// One vertebra.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct LevelGeometry {
    /// Centroid of the body.
    pub centroid_mm: [f64; 3],
    /// Its axes, unit vectors in LPS.
    pub frame: FrameAxes,
    /// Right-left width of the upper endplate.
    pub width_mm: f64,
    /// Antero-posterior depth of the upper endplate.
    pub depth_mm: f64,
    /// Distance between the endplates in the middle.
    pub height_mm: f64,
    /// Right-left width at the waist.
    pub waist_width_mm: f64,
    /// Antero-posterior depth at the waist.
    pub waist_depth_mm: f64,
    /// Tips of the transverse processes; null where they are not in view.
    pub transverse_process_tip_mm: BySide<Option<[f64; 3]>>,
    /// Lateral borders of the pedicles; null where none was found.
    pub pedicle_lateral_border_mm: BySide<Option<[f64; 3]>>,
    /// Tip of the spinous process; null where it is not in view.
    pub spinous_process_tip_mm: Option<[f64; 3]>,
    /// Whether the field of view cuts the vertebra.
    pub truncated: bool,
}

/// Axes of a vertebra.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FrameAxes {
    /// To the patient's right.
    pub right: [f64; 3],
    /// To the front.
    pub anterior: [f64; 3],
    /// To the head.
    pub cranial: [f64; 3],
}

/// A point of an inferred trunk.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
pub struct ChainNode {
    /// Its most likely place.
    pub point_mm: [f64; 3],
    /// Standard deviation of its place along the direction in which it is least certain.
    pub sd_mm: f64,
    /// Level it lies beside.
    pub level: VertebralLevel,
}

/// A modelled hazard.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ModelledHazardNode {
    /// Its name.
    pub name: String,
    /// Its most likely course.
    pub course_mm: Vec<[f64; 3]>,
    /// Radius of the tube.
    pub radius_mm: f64,
    /// Standard deviation of the course across itself.
    pub sd_mm: f64,
    /// Keys of the figures the model rests on.
    pub evidence: Vec<String>,
}

/// A straight path from the skin to a target.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Candidate {
    /// Level of the target.
    pub level: VertebralLevel,
    /// Side of the target.
    pub side: Side,
    /// Where the needle enters the skin.
    pub entry_mm: [f64; 3],
    /// Where its tip ends.
    pub target_mm: [f64; 3],
    /// From skin to tip.
    pub depth_mm: f64,
    /// Shortest needle sold, or the one at hand, that reaches with room at the hub.
    pub needle_length_mm: f64,
    /// Distance of the entry from the vertebra's midline, in its own frame; positive to the side of the block.
    pub lateral_offset_mm: f64,
    /// How far the entry is above the line of the iliac crests; null where they are not in view.
    pub entry_above_iliac_crest_mm: Option<f64>,
    /// DICOM positioner primary angle of the tunnel view.
    pub primary_angle_deg: f64,
    /// DICOM positioner secondary angle of the tunnel view.
    pub secondary_angle_deg: f64,
    /// The tunnel view in words, for a person who lies prone.
    pub view_in_words: String,
    /// Obliquity in the vertebra's own frame, from straight behind towards the side.
    pub obliquity_deg: f64,
    /// Cranio-caudal tilt in the vertebra's own frame; positive when the hub is towards the head.
    pub tilt_deg: f64,
    /// `lower` or `upper` third of the body; never the waist.
    pub third: Third,
    /// Where the target is between the endplates: 0 at the lower, 1 at the upper.
    pub height_fraction: f64,
    /// Gap between the target and the labelled bone; null when the label is missing.
    pub target_to_bone_mm: Option<f64>,
    /// Distance of the target from the trunk's most likely course; null without one.
    pub distance_to_chain_mm: Option<f64>,
    /// Whether the textbook's landmarks hold.
    pub landmarks: Landmarks,
    /// Smallest distance from the needle's axis to each structure; negative inside.
    pub clearance_mm: BTreeMap<String, f64>,
    /// Structures that a path must not touch, nearest first.
    pub closest: Vec<Nearness>,
    /// Millimetres of path in each tissue; they sum to the depth.
    pub crosses_mm: BTreeMap<String, f64>,
    /// Probability of touching each structure, given the operator's error and the structures' uncertainty.
    pub hit_probability: BTreeMap<String, f64>,
    /// Standard error of each of those probabilities.
    pub hit_probability_se: BTreeMap<String, f64>,
    /// Probability of touching anything forbidden but bone and disc.
    pub any_hit_probability: f64,
    /// Points it costs; the smaller the better.
    pub cost: f64,
    /// Whether nothing forbids it.
    pub safe: bool,
    /// What forbids it.
    pub refusals: Vec<String>,
    /// Whether no other safe candidate of the side is at least as good in everything that the trade-off compares.
    pub pareto_optimal: bool,
}

/// A third of a vertebral body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the names say it
pub enum Third {
    Lower,
    Upper,
}

/// A structure and how near the path comes to it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Nearness {
    /// Name of the structure.
    pub name: String,
    /// What kind of thing it is.
    pub class: HazardClass,
    /// Clearance.
    pub clearance_mm: f64,
    /// Nearest that is allowed.
    pub margin_mm: f64,
    /// Whether it is modelled instead of labelled.
    pub modelled: bool,
}

/// The textbook's landmarks (A6, A10, A11).
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Landmarks {
    /// Oblique view: the tip of the transverse process at the lateral border of the body.
    pub oblique: ObliqueLandmark,
    /// True lateral view: the tip at the front of the body.
    pub lateral: LateralLandmark,
    /// AP view: the tip medial to the lateral border of the pedicle, not past the midline.
    pub ap: ApLandmark,
}

/// A6.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ObliqueLandmark {
    /// Whether the obliquity is within the published range and the process overlies the border within 5 mm.
    pub holds: bool,
    /// How far lateral of the border the tip of the process appears in the tunnel view; null when it is not in view.
    pub process_beyond_border_mm: Option<f64>,
    /// Obliquity at which the two coincide; null when there is none up to 60°.
    pub obliquity_of_overlap_deg: Option<f64>,
}

/// A10.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct LateralLandmark {
    /// Whether the tip is within the published window.
    pub holds: bool,
    /// How far in front of the anterior cortex the tip appears; negative behind it.
    pub beyond_anterior_cortex_mm: f64,
}

/// A11.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ApLandmark {
    /// Whether both hold.
    pub holds: bool,
    /// How far medial of the pedicle's lateral border the tip appears; null without a pedicle.
    pub medial_of_pedicle_border_mm: Option<f64>,
    /// How far from the midline the tip is, towards the side.
    pub from_midline_mm: f64,
}

/// How one level of one side compares with the others.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct LevelTradeOff {
    /// The side.
    pub side: Side,
    /// The level.
    pub level: VertebralLevel,
    /// Index into `candidates` of its best path; null when no path reached the skin.
    pub best: Option<usize>,
    /// Whether that path is safe.
    pub safe: bool,
    /// Its cost with the level's own risks, by which levels are compared.
    pub cost_with_level_risks: Option<f64>,
    /// Psoas crossed.
    pub psoas_mm: Option<f64>,
    /// Share of blocks at this level that reach the genitofemoral nerve, as published or derived.
    pub genitofemoral_block: LevelRisk,
    /// Nearest kidney.
    pub kidney_clearance_mm: Option<f64>,
    /// Probability of touching a kidney.
    pub kidney_hit_probability: Option<f64>,
    /// Nearest great vessel.
    pub vessel_clearance_mm: Option<f64>,
    /// Probability of touching a great vessel.
    pub vessel_hit_probability: Option<f64>,
    /// Distance from the target to the trunk.
    pub distance_to_chain_mm: Option<f64>,
    /// For and against, in words.
    pub notes: Vec<String>,
}

/// A published share, with its interval.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct LevelRisk {
    /// Share, 0 to 1.
    pub share: f64,
    /// Lower end of its interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Key of the figure.
    pub evidence: String,
}
