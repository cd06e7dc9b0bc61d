//! Screen 3: the plan, and any path one drags.

use super::Published;
use crate::problem::{Body, Problem, heavy};
use crate::state::App;
use axum::Json;
use axum::extract::{Path, State};
use rami_anatomy::{Side, VertebralLevel};
use rami_plan::{LevelChoice, PlanOptions, PlannedSide};
use rami_volume::Point;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// What to plan.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlanRequest {
    /// `left`, `right` or `both`, the patient's own.
    #[schema(value_type = String)]
    pub(crate) side: PlannedSide,
    /// `L2`, `L3`, `L4` or `auto`.
    #[serde(default = "auto")]
    pub(crate) level: String,
    /// Levels to choose on each side, 1 to 3.
    #[serde(default = "one")]
    pub(crate) needles: usize,
    /// Length of the needle at hand; any that is sold if not given.
    #[serde(default)]
    pub(crate) needle_length_mm: Option<f64>,
    /// Seed of the draws behind the probabilities.
    #[serde(default = "one_seed")]
    pub(crate) seed: u64,
}

fn auto() -> String {
    "auto".to_owned()
}

fn one() -> usize {
    1
}

fn one_seed() -> u64 {
    rami_random::DEFAULT_SEED
}

impl PlanRequest {
    pub(crate) fn options(&self) -> Result<PlanOptions, Problem> {
        let level = if self.level.eq_ignore_ascii_case("auto") {
            LevelChoice::Auto
        } else {
            LevelChoice::At(level(&self.level)?)
        };
        Ok(PlanOptions {
            side: self.side,
            level,
            needles: self.needles,
            needle_length_mm: self.needle_length_mm,
            seed: self.seed,
            ..PlanOptions::default()
        })
    }
}

fn level(text: &str) -> Result<VertebralLevel, Problem> {
    let level: VertebralLevel = text.parse().map_err(Problem::bad_input)?;
    if VertebralLevel::PLANNED.contains(&level) {
        Ok(level)
    } else {
        Err(Problem::bad_input("the block is planned at L2, L3 or L4"))
    }
}

/// Plans a block.
#[utoipa::path(post, path = "/api/cases/{id}/plan", params(("id" = String, Path, description = "Name of the case")), request_body = PlanRequest,
    responses((status = 200, body = crate::docs::Plan), (status = 400, body = Problem), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn plan(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Body(request): Body<PlanRequest>,
) -> Result<Json<serde_json::Value>, Problem> {
    let loaded = app.library.loaded(&id)?;
    let options = request.options()?;
    heavy(move || {
        let plan = loaded.plan(&options)?;
        Ok(Json(serde_json::to_value(&*plan).map_err(Problem::internal)?))
    })
    .await
}

/// A straight path that a person drags.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PathRequest {
    /// `left` or `right`.
    #[schema(value_type = String)]
    pub(crate) side: Side,
    /// `L2`, `L3` or `L4`.
    pub(crate) level: String,
    /// Where it enters; moved along the path to the skin.
    pub(crate) entry_mm: [f64; 3],
    /// Where it ends.
    pub(crate) target_mm: [f64; 3],
    /// Whether probabilities shall be as good as a plan's; a path that still moves is answered at once without.
    #[serde(default = "yes")]
    pub(crate) precise: bool,
}

fn yes() -> bool {
    true
}

/// What the planner says of a path: clearances, risks, angles, and what forbids it.
#[utoipa::path(post, path = "/api/cases/{id}/path", params(("id" = String, Path, description = "Name of the case")), request_body = PathRequest,
    responses((status = 200, body = crate::docs::Candidate), (status = 400, body = Problem), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn path(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Body(request): Body<PathRequest>,
) -> Result<Json<serde_json::Value>, Problem> {
    let loaded = app.library.loaded(&id)?;
    let level = level(&request.level)?;
    if request.entry_mm.iter().chain(&request.target_mm).any(|v| !v.is_finite() || v.abs() > 5000.0) {
        return Err(Problem::bad_input("entry_mm and target_mm are points in the patient, LPS mm"));
    }
    heavy(move || {
        let (entry, target) = (Point::from(request.entry_mm), Point::from(request.target_mm));
        let bench = loaded.bench()?;
        let candidate =
            bench.assess(&loaded.ct, &loaded.anatomy, level, request.side, &entry, &target, request.precise);
        let candidate = candidate.ok_or_else(|| {
            Problem::bad_input("entry and target are the same point, or the level is not in view")
        })?;
        Ok(Json(serde_json::to_value(candidate).map_err(Problem::internal)?))
    })
    .await
}

/// The report of a plan, to open in a frame or print.
#[utoipa::path(post, path = "/api/cases/{id}/plan-report", params(("id" = String, Path, description = "Name of the case")), request_body = PlanRequest,
    responses((status = 200, body = Published), (status = 400, body = Problem), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn plan_report(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Body(request): Body<PlanRequest>,
) -> Result<Json<Published>, Problem> {
    let loaded = app.library.loaded(&id)?;
    let options = request.options()?;
    heavy(move || {
        let plan = loaded.plan(&options)?;
        let report = rami_report::plan::report(&loaded.ct, &loaded.anatomy, &plan, &loaded.name)
            .map_err(Problem::internal)?;
        Ok(Json(Published { address: app.publish(report.html).map_err(Problem::internal)? }))
    })
    .await
}
