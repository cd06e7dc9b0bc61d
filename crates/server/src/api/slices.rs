//! Slices drawn by the server, and what a viewer in the browser needs to draw its own.

use crate::problem::{Problem, Query, heavy};
use crate::state::App;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use rami_anatomy::{Structure, StructureMap};
use rami_report::Colour;
use rami_report::slice::{Outline, SlicePlane, Window, cut};
use rami_volume::nifti::{Compression, WriteOptions};
use rami_volume::{Direction, Point, Vector};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Which way a slice runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Plane {
    /// The patient's right at screen left, anterior up.
    Axial,
    /// Anterior at screen left, cranial up.
    Sagittal,
    /// The patient's right at screen left, cranial up.
    Coronal,
    /// Through the needle, nearest to axial.
    Along,
    /// Through the needle, with the cranial direction in it.
    AlongSagittal,
    /// Across the needle at x, y, z, seen from the hub.
    Across,
}

/// Which slice.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SliceQuery {
    /// Which way it runs.
    plane: Plane,
    /// LPS mm of its middle.
    x: f64,
    /// LPS mm of its middle.
    y: f64,
    /// LPS mm of its middle.
    z: f64,
    /// `ex,ey,ez,tx,ty,tz`: entry and target, for slices along or across a needle.
    needle: Option<String>,
    /// Size of a pixel, mm: 0.2 to 5.
    pixel_mm: Option<f64>,
    /// Pixels across: 16 to 1024.
    width: Option<u32>,
    /// Pixels down: 16 to 1024.
    height: Option<u32>,
    /// HU shown mid-grey.
    level: Option<f64>,
    /// HU from black to white.
    window: Option<f64>,
    /// Whether structures are outlined.
    outlines: Option<bool>,
}

/// Colours of what is outlined, in the order they are looked for.
const OUTLINED: &[(&str, Colour)] = &[
    ("vertebrae", Colour(230, 230, 210)),
    ("kidney", Colour(214, 112, 90)),
    ("iliopsoas", Colour(176, 116, 150)),
    ("aorta", Colour(224, 72, 72)),
    ("inferior_vena_cava", Colour(92, 140, 224)),
    ("iliac", Colour(160, 100, 190)),
    ("colon", Colour(156, 140, 92)),
    ("duodenum", Colour(156, 140, 92)),
    ("small_bowel", Colour(128, 116, 84)),
    ("liver", Colour(150, 92, 64)),
    ("spleen", Colour(150, 80, 110)),
    ("spinal_cord", Colour(240, 220, 110)),
];

pub(crate) fn outlines(structures: &StructureMap) -> Vec<Outline> {
    let colour =
        |s: Structure| OUTLINED.iter().find(|(start, _)| s.name().starts_with(start)).map(|(_, c)| *c);
    let of = |s: Structure| Some(Outline { structure: s, colour: colour(s)?, label: String::new() });
    structures.present().filter_map(of).collect()
}

/// Six numbers that are a needle.
pub(crate) fn needle(text: &str) -> Result<(Point, Point), Problem> {
    let numbers: Vec<f64> =
        text.split(',').filter_map(|t| t.trim().parse().ok()).filter(|v: &f64| v.is_finite()).collect();
    match numbers.as_slice() {
        [a, b, c, d, e, f] => Ok((Point::new(*a, *b, *c), Point::new(*d, *e, *f))),
        _ => Err(Problem::bad_input("needle is six numbers: ex,ey,ez,tx,ty,tz")),
    }
}

fn plane_of(query: &SliceQuery) -> Result<SlicePlane, Problem> {
    let within = |what: &str, value: f64, low: f64, high: f64| {
        if value.is_finite() && (low..=high).contains(&value) {
            Ok(value)
        } else {
            Err(Problem::bad_input(format!("{what} of {value} is not between {low} and {high}")))
        }
    };
    for (what, value) in [("x", query.x), ("y", query.y), ("z", query.z)] {
        within(what, value, -5000.0, 5000.0)?;
    }
    let pixel_mm = within("pixel_mm", query.pixel_mm.unwrap_or(0.8), 0.2, 5.0)?;
    let size = |what: &str, value: Option<u32>| {
        within(what, f64::from(value.unwrap_or(384)), 16.0, 1024.0).map(|v| v as u32)
    };
    let (width, height) = (size("width", query.width)?, size("height", query.height)?);
    let centre = Point::new(query.x, query.y, query.z);
    let fixed = |right: Vector, down: Vector| SlicePlane {
        centre,
        right: Direction::new_normalize(right),
        down: Direction::new_normalize(down),
        pixel_mm,
        width,
        height,
    };
    let ends = || needle(query.needle.as_deref().unwrap_or_default());
    Ok(match query.plane {
        Plane::Axial => fixed(Vector::x(), Vector::y()),
        Plane::Sagittal => fixed(Vector::y(), -Vector::z()),
        Plane::Coronal => fixed(Vector::x(), -Vector::z()),
        Plane::Along => {
            let (entry, target) = ends()?;
            SlicePlane::axial_along(&entry, &target, pixel_mm, width, height)
        }
        Plane::AlongSagittal => {
            let (entry, target) = ends()?;
            SlicePlane::sagittal_along(&entry, &target, pixel_mm, width, height)
        }
        Plane::Across => {
            let (entry, target) = ends()?;
            SlicePlane::across(&entry, &target, &centre, pixel_mm, width, height)
        }
    })
}

/// Where a slice lies: pixel (column, row) is at centre + right·(column − (width−1)/2)·pixel + down·(row − (height−1)/2)·pixel.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct PlaneGeometry {
    pub(crate) centre: [f64; 3],
    pub(crate) right: [f64; 3],
    pub(crate) down: [f64; 3],
    pub(crate) pixel_mm: f64,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

/// A slice as a PNG; the header `x-rami-plane` says where it lies.
#[utoipa::path(get, path = "/api/cases/{id}/slice", params(("id" = String, Path, description = "Name of the case"), SliceQuery),
    responses((status = 200, content_type = "image/png", body = Vec<u8>, headers(("x-rami-plane" = PlaneGeometry))),
        (status = 400, body = Problem), (status = 401, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn slice(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Query(query): Query<SliceQuery>,
) -> Result<Response, Problem> {
    let loaded = app.library.loaded(&id)?;
    heavy(move || {
        let plane = plane_of(&query)?;
        let window = Window {
            level: query.level.unwrap_or(Window::ABDOMEN.level).clamp(-2000.0, 4000.0),
            width: query.window.unwrap_or(Window::ABDOMEN.width).clamp(1.0, 8000.0),
        };
        let structures = &loaded.anatomy.structures;
        let outlined = if query.outlines.unwrap_or(true) { outlines(structures) } else { Vec::new() };
        let picture = cut(&loaded.ct, structures, &plane, window, &outlined)
            .ok_or_else(|| Problem::bad_input("a slice without pixels"))?;
        let png = picture.png().map_err(Problem::internal)?;
        let geometry = PlaneGeometry {
            centre: plane.centre.into(),
            right: plane.right.into_inner().into(),
            down: plane.down.into_inner().into(),
            pixel_mm: plane.pixel_mm,
            width: plane.width,
            height: plane.height,
        };
        let geometry = serde_json::to_string(&geometry).map_err(Problem::internal)?;
        let geometry = HeaderValue::from_str(&geometry).map_err(Problem::internal)?;
        let mut response = ([(header::CONTENT_TYPE, "image/png")], png).into_response();
        response.headers_mut().insert("x-rami-plane", geometry);
        Ok(response)
    })
    .await
}

/// Which volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum What {
    /// Hounsfield units.
    Ct,
    /// Labels.
    Labels,
}

/// Which volume.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct VolumeQuery {
    what: What,
}

/// Voxels on a side that a browser is given at most: what a laptop without a graphics card still turns smoothly.
const MOST_VOXELS_A_SIDE: usize = 200;

/// The CT or its labels as NIfTI, thinned to what a browser can show.
#[utoipa::path(get, path = "/api/cases/{id}/volume.nii.gz", params(("id" = String, Path, description = "Name of the case"), VolumeQuery),
    responses((status = 200, content_type = "application/gzip", body = Vec<u8>), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn volume(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Query(query): Query<VolumeQuery>,
) -> Result<Response, Problem> {
    let loaded = app.library.loaded(&id)?;
    heavy(move || {
        let folder = tempfile::tempdir().map_err(Problem::internal)?;
        let path = folder.path().join("volume.nii.gz");
        let options = WriteOptions { compression: Compression::Fast, ..WriteOptions::default() };
        let grid = loaded.ct.grid();
        let step = grid.dims().iter().map(|n| n.div_ceil(MOST_VOXELS_A_SIDE)).max().unwrap_or(1).max(1);
        let thin = crate::thin::Thin::new(grid, step).ok_or_else(|| Problem::internal("no thinner grid"))?;
        let lost = || Problem::internal("a thinned volume does not fill its grid");
        match query.what {
            What::Ct => rami_volume::nifti::write(&path, &thin.of(&loaded.ct).ok_or_else(lost)?, &options),
            What::Labels => {
                let labels = thin.of(loaded.anatomy.structures.labels()).ok_or_else(lost)?;
                rami_volume::nifti::write(&path, &labels, &options)
            }
        }
        .map_err(Problem::internal)?;
        let bytes = std::fs::read(&path).map_err(Problem::internal)?;
        Ok(([(header::CONTENT_TYPE, "application/gzip")], bytes).into_response())
    })
    .await
}

/// Which surface.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SurfaceQuery {
    /// `skin`, or the beginning of the names of structures: `vertebrae`, `kidney`, `aorta`.
    of: String,
}

/// A surface: little-endian u32 count of points, u32 count of triangles, then points (3 × f32, LPS mm), then triangles (3 × u32).
#[utoipa::path(get, path = "/api/cases/{id}/surface", params(("id" = String, Path, description = "Name of the case"), SurfaceQuery),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn surface(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Query(query): Query<SurfaceQuery>,
) -> Result<Response, Problem> {
    let loaded = app.library.loaded(&id)?;
    heavy(move || {
        let surface = if query.of == "skin" {
            crate::surface::of(&loaded.anatomy.skin.body, |v| v != 0, 5.0)
        } else {
            let structures = &loaded.anatomy.structures;
            let ids: Vec<u16> =
                structures.present().filter(|s| s.name().starts_with(&query.of)).map(Structure::id).collect();
            if ids.is_empty() {
                return Err(Problem::not_found("labelled structure whose name begins so"));
            }
            crate::surface::of(structures.labels(), |v| ids.contains(&v), 3.0)
        };
        Ok(([(header::CONTENT_TYPE, "application/octet-stream")], surface.bytes()).into_response())
    })
    .await
}
