//! Where a mapping tip is in the world: whether it can be there, on which side, at which level.

use crate::{BedsideError, World};
use rami_anatomy::{Side, VertebralLevel};
use rami_volume::Point;

/// Whether a point can hold a mapping tip.
pub(crate) fn check_tip(world: &World, tip: &Point) -> Result<(), BedsideError> {
    let tip_mm: [f64; 3] = (*tip).into();
    let distance_mm = world.skin_distance_mm(tip);
    if world.skin.distance_mm.grid().voxel_at(tip).is_none() {
        return Err(BedsideError::OutsideBody { tip_mm, place: "outside the CT".to_owned() });
    }
    if distance_mm > 0.0 {
        let place = format!("{distance_mm:.1} mm outside the skin");
        return Err(BedsideError::OutsideBody { tip_mm, place });
    }
    if world.tissue_at(tip).is_soft() { Ok(()) } else { Err(BedsideError::NotSoft { tip_mm }) }
}

/// The side whose trunk is nearest.
pub(crate) fn side_of(world: &World, tip: &Point) -> Side {
    let [left, right] = Side::BOTH.map(|side| world.distance_to_trunk_mm(side, tip));
    if left <= right { Side::Left } else { Side::Right }
}

/// The level whose body's middle is nearest along the spine.
pub(crate) fn level_of(world: &World, tip: &Point) -> VertebralLevel {
    world.levels.nearest(tip).level
}
