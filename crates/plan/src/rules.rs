//! What a needle may go near, and what nearness costs.
//!
//! These numbers are **judgements**, not evidence: nobody has published how many millimetres of psoas are worth a
//! millimetre from the kidney. They are here, in one table, so that a reader can disagree with them. What is evidence
//! (angles, windows, rates) is asked for by key where it is used. Costs are in points; a point is about what a
//! careful operator would pay to move the entry by a centimetre.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What kind of thing a structure is to a needle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the names say it
pub enum HazardClass {
    Bone,
    Disc,
    Canal,
    Kidney,
    Bowel,
    GreatVessel,
    Organ,
    Pleura,
    Ureter,
    NerveRoot,
    SegmentalVessel,
    GenitofemoralNerve,
    Psoas,
    /// May be crossed at no cost: muscle of the back, fat, fascia.
    Tissue,
}

/// How a class is treated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    /// Whether a path that comes nearer than `margin_mm` is refused.
    pub forbidden: bool,
    /// Nearest that is allowed, mm between the needle's axis and the surface.
    pub margin_mm: f64,
    /// Beyond the margin, how far nearness still costs, mm.
    pub comfort_mm: f64,
    /// Cost at the margin, points; it falls with the square to nothing at margin plus comfort.
    pub weight: f64,
    /// Probability of touching it above which a path is not called safe.
    pub probability_limit: f64,
}

impl HazardClass {
    /// The rule for this class.
    #[must_use]
    pub fn rule(self) -> Rule {
        let forbidden = |margin_mm, comfort_mm, weight, probability_limit| Rule {
            forbidden: true,
            margin_mm,
            comfort_mm,
            weight,
            probability_limit,
        };
        match self {
            // The needle is slid along the body: touching bone is feedback, not harm, so it has no limit.
            Self::Bone => forbidden(1.0, 1.5, 0.5, 1.0),
            Self::Disc => forbidden(1.0, 1.5, 1.0, 0.5),
            Self::Canal => forbidden(2.0, 5.0, 2.0, 0.02),
            Self::Kidney => forbidden(4.0, 16.0, 4.0, 0.05),
            Self::Bowel => forbidden(4.0, 10.0, 3.0, 0.05),
            // Live contrast shows a vessel that was entered; the published rate of it is 12.5 % a needle.
            Self::GreatVessel => forbidden(2.0, 5.0, 3.0, 0.125),
            Self::Organ => forbidden(4.0, 10.0, 3.0, 0.05),
            Self::Pleura => forbidden(4.0, 16.0, 4.0, 0.05),
            Self::Ureter => forbidden(1.0, 7.0, 3.0, 0.10),
            // Paraesthesia warns, and the course is known only to its standard deviation.
            Self::NerveRoot => forbidden(1.0, 4.0, 3.0, 0.25),
            Self::SegmentalVessel => forbidden(0.5, 4.0, 2.0, 0.25),
            Self::GenitofemoralNerve => Rule { forbidden: false, ..forbidden(0.0, 4.0, 1.0, 1.0) },
            Self::Psoas | Self::Tissue => Rule { forbidden: false, ..forbidden(0.0, 1.0, 0.0, 1.0) },
        }
    }

    /// The class of a labelled structure, by its name. Unknown organs are organs.
    #[must_use]
    pub fn of_structure(name: &str) -> Self {
        let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| name.starts_with(prefix));
        if starts(&[
            "vertebrae",
            "sacrum",
            "rib_",
            "hip_",
            "femur",
            "sternum",
            "costal",
            "metal",
            "calcification",
            "scapula",
            "clavicula",
            "humerus",
            "skull",
        ]) {
            Self::Bone
        } else if name.starts_with("intervertebral_disc") {
            Self::Disc
        } else if starts(&["spinal_c"]) {
            Self::Canal
        } else if starts(&["kidney"]) {
            Self::Kidney
        } else if starts(&["small_bowel", "duodenum", "colon", "stomach", "bowel_gas", "esophagus"]) {
            Self::Bowel
        } else if starts(&["aorta", "inferior_vena_cava", "iliac_", "portal_vein", "renal_vessels"]) {
            Self::GreatVessel
        } else if starts(&["lung"]) {
            Self::Pleura
        } else if starts(&["ureter"]) {
            Self::Ureter
        } else if starts(&["lumbar_segmental"]) {
            Self::SegmentalVessel
        } else if starts(&["iliopsoas"]) {
            Self::Psoas
        } else if starts(&[
            "autochthon",
            "gluteus",
            "quadratus",
            "renal_fascia",
            "skin",
            "subcutaneous_fat",
            "retroperitoneal_fat",
        ]) {
            Self::Tissue
        } else {
            Self::Organ
        }
    }
}

/// Prices of what is not nearness, points. Judgements, as above.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Prices;

impl Prices {
    /// A millimetre of psoas crossed.
    pub(crate) const PSOAS_PER_MM: f64 = 0.08;
    /// A millimetre of depth.
    pub(crate) const DEPTH_PER_MM: f64 = 0.01;
    /// Distance from the trunk that costs one point, mm; the cost grows with the square up to [`TRUNK_SPREAD_MM`] and
    /// along its tangent beyond.
    pub(crate) const CHAIN_MM: f64 = 2.5;
    /// Departure from the preferred obliquity that costs one point, degrees; with the square.
    pub(crate) const OBLIQUITY_DEG: f64 = 6.0;
    /// Cranio-caudal tilt in the vertebra's frame that costs one point, degrees; with the square.
    pub(crate) const TILT_DEG: f64 = 8.0;
    /// Departure from a textbook landmark (A6, A10, A11) that costs one point, in its own steps (millimetres in the
    /// picture, or [`LANDMARK_STEP_DEG`] of obliquity). What the operator sees on the screen decides where the needle
    /// stops, and the trunk is only inferred; so a landmark outweighs a few millimetres of distance to the trunk, and
    /// gives way to what is forbidden.
    pub(crate) const LANDMARK: f64 = 0.6;
    /// Departure from the window of the gap between tip and bone that costs one point, mm; with the square.
    pub(crate) const STANDOFF_MM: f64 = 0.5;
    /// Departure from the body's side of a path that gives way which costs one point, mm; with the square.
    pub(crate) const OFF_BODY_MM: f64 = 0.25;
    /// How far in front of psoas the tip should be, mm, and the shortfall that costs one point.
    pub(crate) const TIP_BEFORE_PSOAS_MM: f64 = 1.0;
    /// Shortfall of that which costs one point, mm; with the square.
    pub(crate) const TIP_IN_PSOAS_MM: f64 = 2.0;
    /// Departure from the third of the body's height that costs one point, as a share of the height; squared.
    pub(crate) const HEIGHT: f64 = 0.04;
    /// Departure from the middle of the third that costs one point, as a share of the height; squared. What lies between
    /// endplate and waist is as good, and the middle is furthest from both.
    pub(crate) const THIRD_MIDDLE: f64 = 0.09;
    /// Aiming at the third of the body that the textbook does not name for the level (A2).
    pub(crate) const OTHER_THIRD: f64 = 0.75;
    /// One millimetre nearer to a forbidden structure than allowed; with the square. It outweighs everything else.
    pub(crate) const VIOLATION_PER_MM2: f64 = 20.0;
    /// A genitofemoral block that is certain, in the choice between levels.
    pub(crate) const GENITOFEMORAL_BLOCK: f64 = 10.0;
    /// A level that no textbook names for a single needle, in the choice between levels: as much as decides between two that
    /// cost about the same, and more than a level's cost changes when the same person is scanned otherwise.
    pub(crate) const NOT_A_TEXTBOOK_LEVEL: f64 = 2.0;
    /// A hit on a forbidden structure (bone and disc apart) that is certain.
    pub(crate) const CERTAIN_HIT: f64 = 20.0;
}

/// How far inside a landmark's window a path is aimed, steps: what the square at the window's edge gives way by.
pub(crate) const LANDMARK_ROOM: f64 = 0.75;
/// Degrees of obliquity that count as much as a millimetre in a landmark.
pub(crate) const LANDMARK_STEP_DEG: f64 = 2.0;
/// How far apart process and border of the body may appear and still be said to overlie one another (A6), mm.
/// Judged: the width of the process's tip.
pub(crate) const OVERLIES_MM: f64 = 5.0;
/// Millimetres between process and border that count as much as one at the tip: that view only starts the needle on
/// its way, the others say where it ends.
pub(crate) const OVERLAP_STEP_MM: f64 = 2.0;

/// How well the trunk's course is known across itself, mm. Nearer than this, a millimetre counts with the square; further
/// off it is one millimetre more for the drug to spread.
pub(crate) const TRUNK_SPREAD_MM: f64 = 4.0;

/// Gap between the cortex and a target of the grid search, mm: half the thickness of a ganglion (2 to 6 mm), which
/// lies on the bone, with room for the needle itself.
pub(crate) const STANDOFF_MM: f64 = 3.0;
/// Gap between tip and cortex that costs nothing, mm: a straight needle leaves the curved cortex as it goes on to the
/// front, and must stay within 5 mm of it.
pub(crate) const STANDOFF_WINDOW_MM: [f64; 2] = [1.5, 3.5];

/// Distance from the body's measured anterolateral surface to which a path that gives way keeps its tip, mm; beyond, it pays.
pub(crate) const BESIDE_BODY_MM: f64 = 4.5;

/// Furthest from that surface that a tip is still called beside the body, mm. A path whose tip has wandered off is refused;
/// the price of the gap to the bone keeps good paths well within, so that this is no edge between them.
pub(crate) const FURTHEST_FROM_SURFACE_MM: f64 = 8.0;

/// Shares of the body's height, from the lower endplate, in which a tip may lie: the lower and the upper third
/// without the rims of the endplates. The waist between them is never aimed at.
pub(crate) const LOWER_THIRD: [f64; 2] = [0.08, 0.34];
/// See [`LOWER_THIRD`].
pub(crate) const UPPER_THIRD: [f64; 2] = [0.66, 0.92];

/// Range of obliquity that is searched, degrees from straight behind, in the vertebra's frame.
pub(crate) const OBLIQUITY_RANGE_DEG: [f64; 2] = [8.0, 56.0];
/// Range of cranio-caudal tilt that is searched, degrees either way, in the vertebra's frame.
pub(crate) const TILT_RANGE_DEG: f64 = 22.5;

/// Lengths needles are sold in, mm.
pub(crate) const NEEDLE_LENGTHS_MM: [f64; 4] = [90.0, 120.0, 150.0, 200.0];
/// Part of a needle that must stay outside the skin so that it can be steered, mm.
pub(crate) const HUB_ROOM_MM: f64 = 5.0;
/// Half the diameter of a 21G needle (ISO 9626: 0.8 mm).
pub(crate) const NEEDLE_RADIUS_MM: f64 = 0.4;
