//! Hazards that labels do not carry. Each is a model with its own uncertainty, named as modelled wherever it is shown.

mod foramen;
mod nerve;
mod pleura;
mod renal;
mod ureter;
mod vessel;

use crate::census::Census;
use crate::stations::{Neighbours, Station};
use crate::vertebra::Measured;
use crate::{ModelledHazard, Side, VertebralLevel};
use rami_volume::Labels;
use std::collections::BTreeMap;

/// What the models look at.
pub(crate) struct Scene<'a> {
    pub(crate) labels: &'a Labels,
    pub(crate) census: &'a Census,
    pub(crate) measured: &'a BTreeMap<VertebralLevel, Measured>,
    pub(crate) stations: &'a [Station],
    pub(crate) neighbours: &'a Neighbours,
}

/// All of them, left first.
pub(crate) fn model(scene: &Scene) -> Vec<ModelledHazard> {
    let mut found = Vec::new();
    for side in Side::BOTH {
        found.extend(ureter::model(scene, side));
        found.extend(renal::model(scene, side));
        found.extend(nerve::roots(scene, side));
        found.extend(nerve::genitofemoral(scene, side));
        found.extend(vessel::segmental(scene, side));
        found.extend(pleura::recess(scene, side));
    }
    found.retain(|hazard| hazard.course.len() >= 2);
    found
}
