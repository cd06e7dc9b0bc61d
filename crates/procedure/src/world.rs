//! The world: what needle, fluid and x-rays act on. It is the truth of a digital patient, or one draw from the belief
//! about a real CT; an operator never sees it.

use rami_anatomy::Side;
use rami_needle::{Medium, Place, Tissues};
use rami_volume::Point;

/// A person as they are.
pub trait World: Tissues + Sync {
    /// What the structure at a place is called: TotalSegmentator's name or Rami's, and the medium's where there is none.
    fn name(&self, place: Place) -> String;

    /// The sympathetic trunk of a side, cranial first: a point and its fractional level (2 the middle of L2, 2.5 the
    /// disc below).
    fn trunk(&self, side: Side) -> Vec<([f64; 3], f64)>;

    /// Course of another nerve or vessel by name (`genitofemoral_nerve_left`), empty where the world has none.
    fn course(&self, name: &str) -> Vec<[f64; 3]>;
}

/// The name of a medium, for places without a structure.
#[must_use]
pub fn medium_name(medium: Medium) -> &'static str {
    match medium {
        Medium::Air => "air",
        Medium::Skin => "skin",
        Medium::Fat => "fat",
        Medium::Areolar => "prevertebral_plane",
        Medium::Muscle => "muscle",
        Medium::Psoas => "psoas",
        Medium::Ligament => "ligament",
        Medium::Nerve => "nerve",
        Medium::Vessel => "vessel",
        Medium::CerebrospinalFluid => "thecal_sac",
        Medium::Kidney => "kidney",
        Medium::Urine => "urinary_tract",
        Medium::Bowel => "bowel",
        Medium::Organ => "organ",
        Medium::Disc => "intervertebral_disc",
        Medium::Bone => "bone",
    }
}

impl World for rami_bedside::World {
    fn name(&self, place: Place) -> String {
        if place.structure == 0 {
            return medium_name(place.medium).to_owned();
        }
        self.structure_name(place.structure)
    }

    fn trunk(&self, side: Side) -> Vec<([f64; 3], f64)> {
        let trunk = self.trunks.get(side);
        trunk.points.iter().map(coordinates).zip(trunk.levels.iter().copied()).collect()
    }

    fn course(&self, name: &str) -> Vec<[f64; 3]> {
        let tube = self.tubes.iter().find(|tube| tube.name() == name);
        tube.map_or_else(Vec::new, |tube| tube.points.iter().map(coordinates).collect())
    }
}

fn coordinates(point: &Point) -> [f64; 3] {
    [point.x, point.y, point.z]
}
