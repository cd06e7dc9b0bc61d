//! The mouth of the foramen below a pedicle, where a root leaves the spine and the segmental vessels divide.

use crate::Side;
use crate::local::Local;
use crate::vertebra::Measured;
use rami_evidence::value;
use rami_volume::Vector;

/// The vessels meet the foramen above the root that leaves it, this share of the root's depth below the pedicle.
const VESSELS: f64 = 2.0 / 3.0;

/// A foramen's mouth, in the vertebra's own coordinates (left, posterior, cranial), mm.
pub(super) struct Foramen {
    pub(super) local: Local,
    /// The lower edge of the pedicle.
    pub(super) roof: f64,
    /// The pedicle's lateral border.
    pub(super) lateral: f64,
    /// The posterior wall of the body.
    pub(super) wall: f64,
    /// Where the root leaves.
    pub(super) root: Vector,
    /// Where the segmental vessels divide.
    pub(super) vessels: Vector,
}

/// The foramen below a vertebra's pedicle.
pub(super) fn below(measured: &Measured, side: Side) -> Option<Foramen> {
    let (vertebra, local) = (&measured.vertebra, measured.local);
    let sign = side.sign();
    let pedicle = vertebra.pedicles.get(side).as_ref()?;
    let section = measured.sections.first()?;
    let roof = local.coordinates(&pedicle.centre).z - pedicle.height_mm / 2.0;
    let lateral = local.coordinates(&pedicle.lateral_border).x;
    let wall = local.coordinates(&section.centre).y + section.back;
    let depth = value("anatomy_model.root_at_foramen");
    Some(Foramen {
        local,
        roof,
        lateral,
        wall,
        root: Vector::new(lateral + sign * 1.0, wall + 2.0, roof - depth),
        vessels: Vector::new(lateral + sign * 2.0, wall + 1.0, roof - VESSELS * depth),
    })
}
