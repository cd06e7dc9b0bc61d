//! Where a test dose goes: room `spread` in the world's tissue.
//!
//! The dose is injected on cells of 2 mm with typical properties; the map of arrival volumes then says how many
//! millilitres the front needs to the trunk. The share of its fibres blocked is P(V e^(3σ z) > arrival), the scatter of a
//! radius (`mapping.reach_spread`) cubed, so that it is [`super::low_volume::Reach`] where tissue is uniform.
//!
//! Limits: the front, not the concentration; a trunk in a closed cell is asked in the open cells beside it.

use crate::BedsideError;
use crate::inject::person::Person;
use crate::world::{Tissue, TubeKind, World};
use rami_anatomy::{Posture, Side};
use rami_evidence::value;
use rami_spread::{Accuracy, Drive, Fluid, Injection, Region, Solute, Tip, Uptake};
use rami_volume::{Point, Vector};
use std::sync::Arc;

/// Edge of the box, mm.
const BOX_MM: f64 = 72.0;
/// Edge of a cell, mm.
const CELL_MM: f64 = 2.0;
/// Fat within this of the trunk is the loose layer it lies in, mm (assumed).
const AREOLAR_MM: f64 = 5.0;

/// What a point of the world is to a flow.
fn tissue(world: &World, point: &Point) -> rami_spread::Tissue {
    use rami_spread::Tissue as T;
    if let Some(tube) = world.tube_at(point) {
        match world.tubes[tube].kind {
            TubeKind::LumbarArtery => return T::Artery,
            TubeKind::LumbarVein => return T::Vein,
            TubeKind::Ureter => return T::Organ,
            _ => {}
        }
    }
    match world.bulk_at(point) {
        Tissue::Air | Tissue::Gas => T::Air,
        Tissue::Skin | Tissue::Fat => T::Subcutaneous,
        Tissue::RetroperitonealFat => {
            let near = Side::BOTH.iter().any(|&side| world.distance_to_trunk_mm(side, point) < AREOLAR_MM);
            if near { T::Areolar } else { T::Fat }
        }
        Tissue::Muscle | Tissue::Nerve => T::Muscle,
        Tissue::Psoas => T::Psoas,
        Tissue::CorticalBone | Tissue::CancellousBone | Tissue::Metal => T::Bone,
        Tissue::Disc => T::Disc,
        Tissue::CerebrospinalFluid => T::Intrathecal,
        Tissue::Blood => T::Vein,
        Tissue::Kidney | Tissue::Urine | Tissue::Bowel | Tissue::Organ => T::Organ,
    }
}

/// Millilitres until the front of an injection at the tip reaches the trunk; nothing where it does not in the box.
///
/// # Errors
/// A tip where nothing can be injected.
pub(crate) fn arrival_at_trunk_ml(
    world: &World,
    side: Side,
    tip: &Point,
    volume_ml: f64,
) -> Result<Option<f64>, BedsideError> {
    let gravity = match world.posture {
        Posture::Prone => [0.0, -1.0, 0.0],
        Posture::Supine => [0.0, 1.0, 0.0],
        Posture::Decubitus | Posture::Unknown => [0.0; 3],
    };
    let region = Region::around(*tip, [BOX_MM; 3], CELL_MM, gravity, |p| tissue(world, p))?;
    let drug = Solute::drug("anaesthetic", Uptake::NONE);
    let tips = vec![Tip::at(*tip)];
    let mut injection =
        Injection::new(Arc::new(region), Person::typical().properties, tips, vec![drug], Accuracy::quick())?;
    injection.advance(&Fluid { concentration_mg_ml: vec![10.0] }, volume_ml, Drive::Rate(0.1))?;
    let arrival = injection.arrival_ml()?;
    let beside = [
        Vector::zeros(),
        Vector::x() * CELL_MM,
        -Vector::x() * CELL_MM,
        Vector::y() * CELL_MM,
        -Vector::y() * CELL_MM,
    ];
    let least = world
        .trunks
        .get(side)
        .points
        .iter()
        .flat_map(|p| beside.iter().filter_map(|d| arrival.at(&(p + d))).collect::<Vec<f32>>())
        .filter(|ml| ml.is_finite() && *ml >= 0.0)
        .fold(f32::INFINITY, f32::min);
    Ok(least.is_finite().then(|| f64::from(least)))
}

/// Share of the trunk's fibres that a dose reaches which needs `arrival_ml` to get there.
pub(crate) fn share(volume_ml: f64, arrival_ml: f64) -> f64 {
    let z = (arrival_ml.max(1e-3) / volume_ml).ln() / (3.0 * value("mapping.reach_spread"));
    crate::bayes::normal_above(z)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dose_as_large_as_what_the_front_needs_blocks_half() {
        assert!((share(1.0, 1.0) - 0.5).abs() < 1e-6);
        assert!(share(1.0, 0.05) > 0.99 && share(1.0, 30.0) < 0.01);
    }
}
