//! The belief: everything planning may know about a person's anatomy.

use crate::{BySide, Side, StructureMap, VertebralLevel};
use nalgebra::Matrix3;
use rami_volume::{Direction, Point, Vector, Volume};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How the person lay when the CT was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Posture {
    /// Face down, as for the block.
    Prone,
    /// Face up.
    Supine,
    /// On a side.
    Decubitus,
    /// Nobody says.
    #[default]
    Unknown,
}

/// What is inferred from a CT and its labels.
#[derive(Debug, Clone)]
pub struct Anatomy {
    /// What the labels say is where, on the CT's grid.
    pub structures: StructureMap,
    /// How the person lay in the scanner.
    pub posture: Posture,
    /// The skin, with table and clothing removed.
    pub skin: Skin,
    /// Vertebrae in view, cranial first.
    pub vertebrae: BTreeMap<VertebralLevel, Vertebra>,
    /// How the level numbers were counted, and whether the counts agree.
    pub count: LevelCount,
    /// The sympathetic chains, inferred and never seen.
    pub chains: BySide<Chain>,
    /// Hazards that labels do not carry, modelled with uncertainty.
    pub modelled: Vec<ModelledHazard>,
    /// Height (LPS z, mm) of the line between the highest points of the iliac crests, where both are in view.
    pub iliac_crest_line_z_mm: Option<f64>,
    /// What every output must say first.
    pub warnings: Vec<Warning>,
}

/// Something every output must say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Warning {
    /// What it is about, for programs.
    pub kind: WarningKind,
    /// What it says, for people: what is wrong, what it may do to the plan, what to do about it.
    pub text: String,
}

/// What a warning is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the names say it
pub enum WarningKind {
    MissingLabelAccepted,
    Laterality,
    Posture,
    LevelCount,
    LevelCountTruncated,
    VertebraMissing,
    TransitionalAnatomy,
    VascularContrast,
    FieldOfView,
    UnknownLabel,
    Geometry,
    LabelQuality,
}

/// The outside of the body.
#[derive(Debug, Clone)]
pub struct Skin {
    /// 1 in the body (holes filled), 0 outside, on the CT's canonical grid.
    pub body: Volume<u8>,
    /// Signed distance to the skin, mm: negative inside the body. On a grid of its own that covers the CT's, with
    /// cells of about 3 mm.
    pub distance_mm: Volume<f32>,
    /// Whether the back is cut off by the field of view anywhere between the highest and lowest planned level.
    pub back_cut_off: bool,
    /// Whether a flank is cut off there.
    pub flank_cut_off: BySide<bool>,
}

/// Right-handed axes of a vertebra, from its endplates and its symmetry.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VertebraFrame {
    /// To the patient's right.
    pub right: Direction,
    /// To the front.
    pub anterior: Direction,
    /// To the head, normal to the mean of the endplates.
    pub cranial: Direction,
}

/// A plane fitted to an endplate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EndplatePlane {
    /// Its middle.
    pub centre: Point,
    /// Cranial normal.
    pub normal: Direction,
    /// Right-left extent of the endplate, mm.
    pub width_mm: f64,
    /// Antero-posterior extent of the endplate in the middle, mm.
    pub depth_mm: f64,
}

/// A pedicle, as its narrowest coronal section.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pedicle {
    /// Middle of the section.
    pub centre: Point,
    /// The point of the section furthest from the midline: the lateral border in the AP view.
    pub lateral_border: Point,
    /// Right-left width of the section, mm.
    pub width_mm: f64,
    /// Cranio-caudal height of the section, mm.
    pub height_mm: f64,
}

/// A point of the anterolateral surface of a vertebral body.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SurfacePoint {
    /// On the cortex.
    pub point: Point,
    /// Out of the bone.
    pub normal: Direction,
    /// Height in the body: 0 at the lower endplate, 1 at the upper.
    pub height_fraction: f64,
    /// Depth in the body: 0 at its front, 1 at its back.
    pub depth_fraction: f64,
}

/// One vertebra in view.
#[derive(Debug, Clone)]
pub struct Vertebra {
    /// Which one the labels and the counts say it is.
    pub level: VertebralLevel,
    /// Centroid of the body (not of the whole vertebra).
    pub centroid: Point,
    /// Its axes.
    pub frame: VertebraFrame,
    /// Upper endplate.
    pub upper_endplate: EndplatePlane,
    /// Lower endplate.
    pub lower_endplate: EndplatePlane,
    /// Right-left width at the waist, mm.
    pub waist_width_mm: f64,
    /// Antero-posterior depth at the waist, mm.
    pub waist_depth_mm: f64,
    /// Distance between the endplates in the middle, mm.
    pub height_mm: f64,
    /// Middle of the spinal canal at the height of the body's centroid.
    pub canal_centre: Point,
    /// Pedicles, where they were found.
    pub pedicles: BySide<Option<Pedicle>>,
    /// Tips of the transverse processes, where they are in view.
    pub transverse_process_tips: BySide<Option<Point>>,
    /// Tip of the spinous process.
    pub spinous_process_tip: Option<Point>,
    /// Anterolateral surface of the body on each side, about one point per square millimetre.
    pub anterolateral_surface: BySide<Vec<SurfacePoint>>,
    /// The vertebra's voxels that are its body: offsets into the CT's grid.
    pub body_voxels: Vec<u32>,
    /// Whether the field of view cuts it.
    pub truncated: bool,
}

/// How the level numbers were counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LevelCount {
    /// Lumbar vertebrae counted up from the sacrum, by geometry: which label each carries, caudal first.
    pub from_sacrum: Vec<VertebralLevel>,
    /// Lumbar vertebrae counted down from the last rib-bearing vertebra, cranial first; empty where no rib or T12 is in view.
    pub from_ribs: Vec<VertebralLevel>,
    /// Whether both counts were possible and give each vertebra the number its label has.
    pub agree: bool,
}

/// One side's sympathetic trunk from L1 to L5, inferred.
#[derive(Debug, Clone, Default)]
pub struct Chain {
    /// Points along it, cranial first, every few millimetres.
    pub points: Vec<ChainPoint>,
    /// Correlation length of the error along the chain, mm: neighbouring points err together.
    pub correlation_length_mm: f64,
}

/// A point of the inferred chain.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChainPoint {
    /// Where its centre is thought to be.
    pub mean: Point,
    /// Covariance of its place, mm², in LPS axes.
    pub covariance: Matrix3<f64>,
    /// Level whose body (or the disc below it) it lies beside.
    pub level: VertebralLevel,
    /// Expected ganglia per millimetre of trunk here.
    pub ganglia_per_mm: f64,
}

/// What a modelled hazard is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the names say it
pub enum HazardKind {
    Ureter,
    NerveRoot,
    LumbarSegmentalVessels,
    GenitofemoralNerve,
    PleuralRecess,
    RenalArtery,
    RenalVein,
}

/// A hazard that no label carries: a tube about a curve that is not known exactly.
#[derive(Debug, Clone)]
pub struct ModelledHazard {
    /// What it is.
    pub kind: HazardKind,
    /// Which side it is on.
    pub side: Side,
    /// Level it belongs to, for roots and segmental vessels.
    pub level: Option<VertebralLevel>,
    /// Its most likely course, mm in LPS.
    pub course: Vec<Point>,
    /// Radius of the tube, mm.
    pub radius_mm: f64,
    /// Standard deviation of the course across itself, the same in every direction, mm.
    pub sd_mm: f64,
    /// What a standard deviation of its own variation from person to person moves it by as a whole, beside that: along
    /// the front of psoas for a ureter. Zero where nothing tells one direction from another.
    pub sweep_mm: Vector,
    /// Evidence keys the model rests on.
    pub evidence: Vec<&'static str>,
}

impl ModelledHazard {
    /// Standard deviation of its course in the direction in which it is known worst, mm.
    #[must_use]
    pub fn largest_sd_mm(&self) -> f64 {
        self.sd_mm.hypot(self.sweep_mm.norm())
    }

    /// Its name in documents: `ureter_left`, `nerve_root_L3_right`, …
    #[must_use]
    pub fn name(&self) -> String {
        let kind = match self.kind {
            HazardKind::Ureter => "ureter",
            HazardKind::NerveRoot => "nerve_root",
            HazardKind::LumbarSegmentalVessels => "lumbar_segmental_vessels",
            HazardKind::GenitofemoralNerve => "genitofemoral_nerve",
            HazardKind::PleuralRecess => "pleural_recess",
            HazardKind::RenalArtery => "renal_artery",
            HazardKind::RenalVein => "renal_vein",
        };
        match self.level {
            Some(level) => format!("{kind}_{level}_{}", self.side),
            None => format!("{kind}_{}", self.side),
        }
    }
}
