//! One vertebra, measured on its label.
//!
//! Rough axes come from the canal and the bone before it ([`frame`]); a patch along them gives the body and its
//! endplates ([`body`]); axes are refined on those and everything is measured again on a patch along the new axes,
//! with the surface ([`surface`]) and the posterior elements ([`posterior`]).

pub(crate) mod body;
pub(crate) mod frame;
pub(crate) mod pedicles;
mod posterior;
pub(crate) mod surface;

use crate::census::{Extent, voxels_of};
use crate::local::{BODY_SMOOTHING_MM, Local, Patch, SMOOTHING_MM, largest_component};
use crate::{BySide, EndplatePlane, Vertebra, VertebraFrame, VertebralLevel};
use body::Body;
use frame::CanalLine;
use nalgebra::Unit;
use rami_volume::{Labels, Point, Vector};
use surface::Section;

/// A vertebra with what later steps need and documents do not.
#[derive(Debug, Clone)]
pub(crate) struct Measured {
    pub(crate) vertebra: Vertebra,
    /// Its axes at the centroid of its body.
    pub(crate) local: Local,
    /// Outlines of the body, caudal first.
    pub(crate) sections: Vec<Section>,
}

/// Measures the vertebra with this label, or nothing where its label is too damaged to have a body.
pub(crate) fn measure(
    labels: &Labels,
    id: u16,
    extent: &Extent,
    level: VertebralLevel,
    canal: &[Point],
) -> Option<Measured> {
    let grid = labels.grid();
    let voxels = voxels_of(labels, extent, id);
    let bone: Vec<Point> =
        voxels.iter().map(|&o| grid.to_lps(grid.voxel(o as usize).map(|v| v as f64))).collect();
    let foramen;
    let canal = if canal.is_empty() {
        foramen = frame::foramen(labels, extent.low, extent.high, id);
        &foramen
    } else {
        canal
    };
    let rough = frame::rough(&bone, canal)?;
    let local = refine(labels, id, extent, rough, canal, 1.5)?;
    let local = refine(labels, id, extent, local, canal, 1.0)?;
    finish(labels, id, extent, level, canal, local, &voxels, &bone)
}

/// Smoothed indicator of the vertebra around its body.
fn body_patch(labels: &Labels, id: u16, extent: &Extent, local: Local, step: f64) -> Patch {
    let (low, high) = (Vector::new(-36.0, -32.0, -32.0), Vector::new(36.0, 42.0, 32.0));
    Patch::occupancy(labels, id, extent, local, low, high, step, BODY_SMOOTHING_MM)
}

/// Axes from the endplates (cranial) and from the canal to the body (anterior), at the centroid of the body.
fn refine(
    labels: &Labels,
    id: u16,
    extent: &Extent,
    local: Local,
    canal: &[Point],
    step: f64,
) -> Option<Local> {
    let line = CanalLine::fit(&local, canal, 25.0)?;
    let body = Body::part(body_patch(labels, id, extent, local, step), &line)?;
    let mean = Unit::try_new(body.upper.normal() + body.lower.normal(), 1e-6)?;
    let cranial = Unit::new_normalize(local.vector(&mean));
    let centroid = local.point(&body.centroid);
    let middle = local.point(&line.at(body.centroid.z));
    Local::new(centroid, cranial, &(centroid - middle))
}

fn finish(
    labels: &Labels,
    id: u16,
    extent: &Extent,
    level: VertebralLevel,
    canal: &[Point],
    local: Local,
    voxels: &[u32],
    bone: &[Point],
) -> Option<Measured> {
    let line = CanalLine::fit(&local, canal, 25.0)?;
    let body = Body::part(body_patch(labels, id, extent, local, 1.0), &line)?;
    let centroid = local.point(&body.centroid);
    let frame = VertebraFrame { right: -local.left, anterior: -local.posterior, cranial: local.cranial };
    let sections = surface::sections(&body);
    let height =
        body.upper.at(body.centroid.x, body.centroid.y) - body.lower.at(body.centroid.x, body.centroid.y);
    // A section 2.5 mm inside each endplate, clear of the rounded rim.
    let near = |mm_from_lower: f64| {
        sections.iter().min_by(|a, b| {
            (a.height * height - mm_from_lower).abs().total_cmp(&(b.height * height - mm_from_lower).abs())
        })
    };
    let (at_lower, at_upper) = (near(2.5)?, near(height - 2.5)?);
    let plane = |plane: &body::Plane, section: &Section| EndplatePlane {
        centre: local.point(&Vector::new(
            body.centroid.x,
            body.centroid.y,
            plane.at(body.centroid.x, body.centroid.y),
        )),
        normal: Unit::new_normalize(local.vector(&plane.normal())),
        width_mm: section.width(),
        depth_mm: section.depth(),
    };
    let waist = sections
        .iter()
        .filter(|s| (0.3..=0.7).contains(&s.height))
        .min_by(|a, b| a.width().total_cmp(&b.width()))?;

    let (mut low, mut high) = (Vector::repeat(f64::INFINITY), Vector::repeat(f64::NEG_INFINITY));
    for p in bone {
        let c = local.coordinates(p);
        low = low.inf(&c);
        high = high.sup(&c);
    }
    let margin = Vector::repeat(5.0);
    let whole = Patch::occupancy(labels, id, extent, local, low - margin, high + margin, 1.0, SMOOTHING_MM);
    // Thin processes lose a little of their ends, and coarse voxels may part them, so bone is counted from 0.35 on.
    let inside: Vec<bool> = whole.data.iter().map(|&v| v >= 0.25).collect();
    let mut solid = vec![false; inside.len()];
    largest_component(whole.dims, &inside).into_iter().for_each(|o| solid[o] = whole.data[o] >= 0.35);
    let pedicles = BySide::from_fn(|side| posterior::pedicle(&whole, &body, &line, side));
    let transverse_process_tips = posterior::transverse_tips(&whole, &solid, &body.wall, &pedicles);
    let spinous_process_tip = posterior::spinous_tip(&whole, &solid, &line);

    let body_voxels = voxels
        .iter()
        .zip(bone)
        .filter(|(_, p)| {
            body.field.node_at(&local.coordinates(p)).is_some_and(|node| body.mask[body.field.offset(node)])
        })
        .map(|(&o, _)| o)
        .collect();
    let vertebra = Vertebra {
        level,
        centroid,
        frame,
        upper_endplate: plane(&body.upper, at_upper),
        lower_endplate: plane(&body.lower, at_lower),
        waist_width_mm: waist.width(),
        waist_depth_mm: waist.depth(),
        height_mm: height,
        canal_centre: local.point(&line.at(body.centroid.z)),
        pedicles,
        transverse_process_tips,
        spinous_process_tip,
        anterolateral_surface: BySide::from_fn(|side| surface::anterolateral(&sections, &frame, side)),
        body_voxels,
        truncated: extent.touches_border(labels.grid().dims()),
    };
    Some(Measured { vertebra, local: local.moved_to(centroid), sections })
}
