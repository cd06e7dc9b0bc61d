//! What needle, stimulus, flow and body act on.
//!
//! A [`World`] is one definite anatomy. It comes from the `truth.json` of a digital patient, or, for a real CT, from one
//! draw of what the belief leaves open (trunks, ganglia, roots, segmental vessels, ureters); [`Record`] says which, with
//! the seed. What the CT shows (bones, muscles, great vessels, organs, skin) is the same in both.
//!
//! Bulk tissue is a grid of [`Tissue`] in patient space, cut to the lumbar region. What is too thin for a voxel is a
//! [`Tube`] about a polyline, looked up exactly: [`World::tissue_at`] asks tubes and ganglia first, then the grid.
//!
//! Limits: fat, muscle wall and gas without a label are told apart by their Hounsfield units; a disc without a label is
//! the elliptic slab between two endplates; a needle deforms nothing.

mod build;
mod draw;
mod fascia;
mod index;
mod levels;
mod needle;
mod tissue;
mod truth;
mod tube;

pub(crate) use draw::root;
pub use levels::{LevelScale, VertebraMark};
pub use tissue::Tissue;
pub use tube::{Ganglion, Trunk, Tube, TubeKind};
pub(crate) use tube::{distance_to_polyline, nearest_on};

use crate::BedsideError;
use index::Index;
use rami_anatomy::patient::Truth;
use rami_anatomy::{Anatomy, BySide, InferOptions, Posture, Side, Skin, Structure, infer};
use rami_case::Case;
use rami_volume::{Labels, Point, Volume};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::OnceLock;

/// Where a world comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WorldSource {
    /// The exact geometry of a digital patient.
    DigitalPatientTruth,
    /// One draw from what the belief leaves open about a real person.
    DrawFromBelief,
}

/// What a session records of its world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Record {
    /// Where it comes from.
    pub source: WorldSource,
    /// Seed of the draw, and of whatever else is drawn in this world.
    pub seed: u64,
}

impl Record {
    /// What a person is told about it.
    #[must_use]
    pub fn statement(&self) -> String {
        match self.source {
            WorldSource::DigitalPatientTruth => {
                format!("The world is the known truth of a digital patient (seed {}).", self.seed)
            }
            WorldSource::DrawFromBelief => format!(
                "The world is one draw (seed {}) of what this CT does not show; another seed gives another equally \
                 likely course of the sympathetic trunk, nerves, ureters and segmental vessels.",
                self.seed
            ),
        }
    }
}

/// A surface as rows of points, neighbouring rows and columns joined.
#[derive(Debug, Clone, PartialEq)]
pub struct FasciaSheet {
    /// `psoas_fascia_left`, `renal_fascia_right` and so on.
    pub name: String,
    /// Rows of points.
    pub rows: Vec<Vec<Point>>,
}

/// One definite anatomy.
#[derive(Debug, Clone)]
pub struct World {
    /// Where it comes from.
    pub record: Record,
    /// How the person lies.
    pub posture: Posture,
    /// Numbers of [`Tissue`] on the lumbar part of the CT's grid.
    pub tissue: Volume<u8>,
    /// Labels on the same grid.
    pub structures: Labels,
    /// The outside of the body, on the whole CT.
    pub skin: Skin,
    /// Both sympathetic trunks.
    pub trunks: BySide<Trunk>,
    /// Everything that is a line with a radius: trunks between ganglia, rami, nerves, vessels, ureters.
    pub tubes: Vec<Tube>,
    /// Fascia of psoas (its front) and of the kidneys.
    pub fascia: Vec<FasciaSheet>,
    /// Vertebrae by level, cranial first, and the scale of levels along them.
    pub levels: LevelScale,
    index: Index,
    far: OnceLock<Vec<needle::BulkHazard>>,
}

/// Structures from this number up are tubes: the number less this is the place in [`World::tubes`].
pub const FIRST_TUBE: u32 = 1000;

impl World {
    /// The world of a case: its truth where it is a digital patient, else one draw from the belief.
    ///
    /// # Errors
    /// No labels, a damaged truth, or a CT that no anatomy can be inferred from.
    pub fn open(case: &Case, seed: u64) -> Result<Self, BedsideError> {
        match case.truth()? {
            Some(truth) => {
                let skin = rami_anatomy::skin(&case.ct).ok_or(BedsideError::NoBody)?;
                Self::of_truth(case, &truth, skin, seed)
            }
            None => {
                let options = InferOptions { posture: case.posture, ..InferOptions::default() };
                let anatomy = infer(&case.ct, case.structures()?.clone(), &options)?;
                Self::drawn(case, &anatomy, seed)
            }
        }
    }

    /// As [`World::open`] for whoever has the belief already.
    ///
    /// # Errors
    /// As [`World::open`].
    pub fn open_beside(case: &Case, anatomy: &Anatomy, seed: u64) -> Result<Self, BedsideError> {
        match case.truth()? {
            Some(truth) => Self::of_truth(case, &truth, anatomy.skin.clone(), seed),
            None => Self::drawn(case, anatomy, seed),
        }
    }

    /// The world of a digital patient. Bulk tissue is what the case's CT and labels show.
    ///
    /// # Errors
    /// No labels, or fewer than two lumbar vertebrae.
    pub fn of_truth(case: &Case, truth: &Truth, skin: Skin, seed: u64) -> Result<Self, BedsideError> {
        let levels = truth::levels(truth)?;
        let (tissue, structures) = build::bulk(&case.ct, case.structures()?, &skin, &levels)?;
        let trunks = BySide::from_fn(|side| truth::trunk(truth, side));
        let tubes = truth::tubes(truth);
        let record = Record { source: WorldSource::DigitalPatientTruth, seed };
        let fascia = truth::fascia(truth);
        Ok(Self::assemble(record, truth.posture, tissue, structures, skin, trunks, tubes, fascia, levels))
    }

    /// One draw of what the belief leaves open.
    ///
    /// # Errors
    /// A CT that is not the belief's, or fewer than two lumbar vertebrae.
    pub fn drawn(case: &Case, anatomy: &Anatomy, seed: u64) -> Result<Self, BedsideError> {
        let levels = draw::levels(anatomy)?;
        let skin = anatomy.skin.clone();
        let (tissue, structures) = build::bulk(&case.ct, &anatomy.structures, &skin, &levels)?;
        let stream = rami_random::Stream::new(seed).named("world");
        let obstacles = draw::Obstacles::new(anatomy);
        let trunks = BySide::from_fn(|side| draw::trunk(anatomy, side, &levels, &obstacles, stream));
        let tubes = draw::tubes(anatomy, &trunks, &obstacles, stream);
        let fascia = fascia::seen(&structures, &levels);
        let record = Record { source: WorldSource::DrawFromBelief, seed };
        Ok(Self::assemble(record, anatomy.posture, tissue, structures, skin, trunks, tubes, fascia, levels))
    }

    fn assemble(
        record: Record,
        posture: Posture,
        tissue: Volume<u8>,
        structures: Labels,
        skin: Skin,
        trunks: BySide<Trunk>,
        tubes: Vec<Tube>,
        fascia: Vec<FasciaSheet>,
        levels: LevelScale,
    ) -> Self {
        let trunk_tubes = Side::BOTH.map(|side| trunks.get(side).tube(side));
        let tubes: Vec<Tube> = trunk_tubes.into_iter().chain(tubes).collect();
        let index = Index::new(&tubes, &trunks);
        Self {
            record,
            posture,
            tissue,
            structures,
            skin,
            trunks,
            tubes,
            fascia,
            levels,
            index,
            far: OnceLock::new(),
        }
    }

    /// The tissue at a point.
    #[must_use]
    pub fn tissue_at(&self, point: &Point) -> Tissue {
        match self.index.tube_at(point, &self.tubes, &self.trunks) {
            Some(tube) => self.tubes[tube].kind.tissue(),
            None => self.bulk_at(point),
        }
    }

    /// The tissue at a point without nerves, thin vessels and ureters.
    #[must_use]
    pub fn bulk_at(&self, point: &Point) -> Tissue {
        let inside = || self.skin.body.at(point).is_some_and(|v| v != 0);
        match self.tissue.at(point) {
            Some(number) => Tissue::from_number(number),
            // Beyond the lumbar part of the grid bulk tissue is unknown; muscle stands for it.
            None if inside() => Tissue::Muscle,
            None => Tissue::Air,
        }
    }

    /// The tube that a point lies in: its place in [`World::tubes`].
    #[must_use]
    pub fn tube_at(&self, point: &Point) -> Option<usize> {
        self.index.tube_at(point, &self.tubes, &self.trunks)
    }

    /// Number of the structure at a point: a label's number, a tube's ([`FIRST_TUBE`] up), 0 for none.
    #[must_use]
    pub fn structure_at(&self, point: &Point) -> u32 {
        match self.tube_at(point) {
            Some(tube) => FIRST_TUBE + tube as u32,
            None => self.structures.at(point).map_or(0, u32::from),
        }
    }

    /// Name of a structure number, `unlabelled` for 0.
    #[must_use]
    pub fn structure_name(&self, number: u32) -> String {
        if number >= FIRST_TUBE {
            return self.tubes.get((number - FIRST_TUBE) as usize).map_or_else(String::new, Tube::name);
        }
        u16::try_from(number)
            .ok()
            .and_then(Structure::from_id)
            .map_or_else(|| "unlabelled".to_owned(), |s| s.name().to_owned())
    }

    /// Whether a point is in bone (discs are not).
    #[must_use]
    pub fn is_bone(&self, point: &Point) -> bool {
        self.tissue_at(point).is_bone()
    }

    /// 1 where bone is, on the grid of [`World::tissue`].
    #[must_use]
    pub fn bone_mask(&self) -> Volume<u8> {
        self.tissue.map(|number| u8::from(Tissue::from_number(number).is_bone()))
    }

    /// 1 where soft tissue is (body without bone and gas), on the grid of [`World::tissue`].
    #[must_use]
    pub fn soft_mask(&self) -> Volume<u8> {
        self.tissue.map(|number| u8::from(Tissue::from_number(number).is_soft()))
    }

    /// Signed distance to the skin, mm: negative in the body.
    #[must_use]
    pub fn skin_distance_mm(&self, point: &Point) -> f64 {
        self.skin.distance_mm.sample(point, 1e3)
    }

    /// Tubes of a kind.
    pub fn tubes_of(&self, kind: TubeKind) -> impl Iterator<Item = &Tube> {
        self.tubes.iter().filter(move |tube| tube.kind == kind)
    }

    /// Distance from a point to a side's trunk, swellings included, mm: negative inside.
    #[must_use]
    pub fn distance_to_trunk_mm(&self, side: Side, point: &Point) -> f64 {
        self.trunks.get(side).distance_mm(point)
    }
}
