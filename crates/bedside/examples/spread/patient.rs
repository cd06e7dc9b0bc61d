//! Digital patients, and where a good needle ends in them.

use rami_anatomy::patient::population::{self, Known, TrunkSource};
use rami_anatomy::patient::{Patient, Scanner};
use rami_anatomy::{Posture, Side, StructureMap};
use rami_bedside::World;
use rami_bedside::inject::ground::Ground;
use rami_case::Case;
use rami_spread::{Bore, Tip, Tissue};
use rami_volume::Point;
use std::collections::BTreeMap;

/// Where needles end: levels with 1 for the middle of L1.
pub(crate) const LEVELS: [(f64, &str); 3] = [(2.2, "L2"), (2.8, "L3"), (4.0, "L4")];

pub(crate) fn world(seed: u64) -> World {
    let traits = population::draw(seed, 0, Known::default(), TrunkSource::Cadaver).unwrap();
    let patient = Patient::grow(&traits, None, Posture::Prone);
    let scan = patient.scan(&patient.grid([1.5; 3]).unwrap(), &Scanner::default(), false).unwrap();
    let (structures, _) = StructureMap::new(scan.labels, &BTreeMap::new());
    let case = Case {
        structures: Some(structures),
        ..Case::new(format!("digital patient {seed}"), scan.ct, Posture::Prone)
    };
    let skin = rami_anatomy::skin(&case.ct).unwrap();
    World::of_truth(&case, &patient.truth(), skin, seed).unwrap()
}

/// The left trunk at a level.
pub(crate) fn trunk(world: &World, level: f64) -> Point {
    world.trunks.get(Side::Left).at_level(level).unwrap()
}

/// Beside the left trunk at a level, 2 mm in front of it, in the loose layer where there is some.
pub(crate) fn tip(world: &World, ground: &Ground<'_>, level: f64) -> Tip {
    let chain = trunk(world, level);
    let near = [(0.0, -2.0), (1.5, -2.0), (2.0, 0.0), (0.0, -3.0), (-2.0, -2.0), (-3.0, 0.0), (0.0, 2.0)];
    let places = near.map(|(x, y)| Point::new(chain.x + x, chain.y + y, chain.z));
    let loose = places.iter().find(|p| ground.bulk(p) == Tissue::Areolar);
    ground.tip(*loose.unwrap_or(&places[0]), Bore::gauge_22())
}
