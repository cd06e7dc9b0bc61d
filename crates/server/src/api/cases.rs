//! Screen 1: which people there are.

use crate::cases::{CaseState, CaseSummary, Recipe};
use crate::problem::{Body, Problem, heavy};
use crate::state::App;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use rami_anatomy::{Side, VertebralLevel};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;

/// What runs here.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Status {
    /// Version of Rami.
    pub(crate) version: String,
    /// What it is and is not.
    pub(crate) notice: String,
    /// Which instructions add up x-rays: they are part of a session's identity.
    pub(crate) lanes: String,
}

/// What runs here.
#[utoipa::path(get, path = "/api/status", responses((status = 200, body = Status), (status = 401, body = Problem)))]
pub(crate) async fn status() -> Json<Status> {
    Json(Status {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        notice: rami_clinic::assess::NOTICE.to_owned(),
        lanes: format!("{:?}", rami_xray::Lanes::detect()).to_lowercase(),
    })
}

/// This description.
#[utoipa::path(get, path = "/api/openapi.json", responses((status = 200, body = serde_json::Value), (status = 401, body = Problem)))]
pub(crate) async fn description() -> Json<serde_json::Value> {
    Json(crate::docs::openapi())
}

/// All cases.
#[utoipa::path(get, path = "/api/cases", responses((status = 200, body = Vec<CaseSummary>), (status = 401, body = Problem)))]
pub(crate) async fn list(State(app): State<Arc<App>>) -> Json<Vec<CaseSummary>> {
    Json(app.library.list())
}

/// Grows a digital patient.
#[utoipa::path(post, path = "/api/cases/patient", request_body = Recipe,
    responses((status = 202, body = CaseSummary), (status = 400, body = Problem), (status = 401, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn grow(
    State(app): State<Arc<App>>,
    Body(recipe): Body<Recipe>,
) -> Result<(StatusCode, Json<CaseSummary>), Problem> {
    recipe.traits().map_err(Problem::bad_input)?;
    heavy(move || {
        let id = app.library.add_recipe(recipe.clone(), false);
        app.library.keep_recipe(&id, &recipe).map_err(Problem::internal)?;
        Ok((StatusCode::ACCEPTED, Json(app.library.open(&id)?)))
    })
    .await
}

/// A case and, once it is open, what can be seen of it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct CaseDetail {
    /// As in the list.
    #[serde(flatten)]
    pub(crate) summary: CaseSummary,
    /// Nothing until the case is open.
    pub(crate) anatomy: Option<AnatomySummary>,
}

/// What is known of a person's anatomy: belief, never truth.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct AnatomySummary {
    /// Smallest corner of the CT, LPS mm.
    pub(crate) low_mm: [f64; 3],
    /// Largest corner.
    pub(crate) high_mm: [f64; 3],
    /// Distance between voxels.
    pub(crate) spacing_mm: [f64; 3],
    /// How the person lay in the scanner.
    pub(crate) posture: String,
    /// Structures with labels, by name.
    pub(crate) structures: Vec<String>,
    /// Middles of the vertebral bodies by level.
    pub(crate) vertebrae_mm: BTreeMap<String, [f64; 3]>,
    /// The sympathetic trunks, inferred: points and the standard deviation where they are least certain.
    pub(crate) chain: BTreeMap<String, Vec<ChainPoint>>,
}

/// A point of an inferred trunk.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct ChainPoint {
    /// Most likely place.
    pub(crate) point_mm: [f64; 3],
    /// Standard deviation.
    pub(crate) sd_mm: f64,
}

/// One case.
#[utoipa::path(get, path = "/api/cases/{id}", params(("id" = String, Path, description = "Name of the case")),
    responses((status = 200, body = CaseDetail), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn one(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Json<CaseDetail>, Problem> {
    let summary = app.library.summary(&id)?;
    if summary.state != CaseState::Ready {
        return Ok(Json(CaseDetail { summary, anatomy: None }));
    }
    let loaded = app.library.loaded(&id)?;
    let belief = &loaded.anatomy;
    let corners = loaded.ct.grid().corners();
    let bound = |pick: fn(f64, f64) -> f64, start: f64| {
        [0, 1, 2].map(|axis| corners.iter().map(|corner| corner[axis]).fold(start, pick))
    };
    let chain = |side: Side| {
        let points = belief.chains.get(side).points.iter();
        let points = points.map(|point| ChainPoint {
            point_mm: point.mean.into(),
            sd_mm: point.covariance.symmetric_eigenvalues().max().max(0.0).sqrt(),
        });
        (side.to_string(), points.collect())
    };
    let name = |level: &VertebralLevel| level.to_string();
    let anatomy = AnatomySummary {
        low_mm: bound(f64::min, f64::INFINITY),
        high_mm: bound(f64::max, f64::NEG_INFINITY),
        spacing_mm: loaded.ct.grid().spacing(),
        posture: format!("{:?}", belief.posture).to_lowercase(),
        structures: belief.structures.present().map(|s| s.name().to_owned()).collect(),
        vertebrae_mm: belief.vertebrae.iter().map(|(level, v)| (name(level), v.centroid.into())).collect(),
        chain: Side::BOTH.map(chain).into(),
    };
    Ok(Json(CaseDetail { summary, anatomy: Some(anatomy) }))
}

/// Begins to open a case.
#[utoipa::path(post, path = "/api/cases/{id}/open", params(("id" = String, Path, description = "Name of the case")),
    responses((status = 200, body = CaseSummary), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn open(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Json<CaseSummary>, Problem> {
    Ok(Json(app.library.open(&id)?))
}
