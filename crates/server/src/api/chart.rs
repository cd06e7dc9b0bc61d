//! Screen 2: the chart, what it means, and the decision aid.

use super::Published;
use crate::problem::{Body, Problem, heavy};
use crate::state::App;
use axum::Json;
use axum::extract::State;
use rami_clinic::decision::{Language, decision_aid};
use rami_clinic::{Chart, PlanSummary};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;
use utoipa::ToSchema;

/// A made-up chart, which is what the screen starts with.
const EXAMPLE: &str = include_str!("../../assets/example-chart.toml");

/// A chart, and the plan it is looked at beside.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChartRequest {
    /// The chart; fields that are null count as not known.
    #[schema(value_type = crate::docs::Chart)]
    pub(crate) chart: Value,
    /// A case and what was planned on it, whose own hazards are then shown.
    #[serde(default)]
    pub(crate) case: Option<String>,
    /// What was planned there.
    #[serde(default)]
    pub(crate) plan: Option<super::plan::PlanRequest>,
    /// `en` or `es`.
    #[serde(default)]
    pub(crate) language: Option<String>,
}

/// The example chart.
#[utoipa::path(get, path = "/api/chart/example", responses((status = 200, body = crate::docs::Chart), (status = 401, body = Problem)))]
pub(crate) async fn example() -> Result<Json<Value>, Problem> {
    let chart = Chart::from_toml(EXAMPLE).map_err(Problem::internal)?;
    Ok(Json(serde_json::to_value(chart).map_err(Problem::internal)?))
}

/// A chart as a form sends it. The checks are those of its file.
pub(crate) fn chart_of(value: &Value) -> Result<Chart, Problem> {
    let text = toml::to_string(&without_nulls(value.clone()))
        .map_err(|error| Problem::bad_input(error.to_string()))?;
    Chart::from_toml(&text).map_err(|error| Problem::bad_input(error.to_string()))
}

/// Forms send null for what is not known; a chart leaves it out.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(
            fields.into_iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k, without_nulls(v))).collect(),
        ),
        Value::Array(items) => {
            Value::Array(items.into_iter().filter(|v| !v.is_null()).map(without_nulls).collect())
        }
        other => other,
    }
}

fn read(app: &App, request: &ChartRequest) -> Result<(Chart, Option<PlanSummary>), Problem> {
    let chart = chart_of(&request.chart)?;
    let plan = match (&request.case, &request.plan) {
        (Some(case), Some(plan)) => {
            let plan = app.library.loaded(case)?.plan(&plan.options()?)?;
            let text = serde_json::to_string(&*plan).map_err(Problem::internal)?;
            Some(PlanSummary::read(&text).map_err(Problem::internal)?)
        }
        _ => None,
    };
    Ok((chart, plan))
}

/// Criteria, contraindications, doses, risks and benefits of a chart.
#[utoipa::path(post, path = "/api/assess", request_body = ChartRequest,
    responses((status = 200, body = crate::docs::Assessment), (status = 400, body = Problem), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn assess(
    State(app): State<Arc<App>>,
    Body(request): Body<ChartRequest>,
) -> Result<Json<Value>, Problem> {
    heavy(move || {
        let (chart, plan) = read(&app, &request)?;
        let assessment = rami_clinic::assess(&chart, plan.as_ref())
            .map_err(|error| Problem::bad_input(error.to_string()))?;
        Ok(Json(serde_json::to_value(assessment).map_err(Problem::internal)?))
    })
    .await
}

/// The decision aid for the person, to open in a frame or print.
#[utoipa::path(post, path = "/api/decide", request_body = ChartRequest,
    responses((status = 200, body = Published), (status = 400, body = Problem), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn decide(
    State(app): State<Arc<App>>,
    Body(request): Body<ChartRequest>,
) -> Result<Json<Published>, Problem> {
    heavy(move || {
        let code = request.language.as_deref().unwrap_or("en");
        let language = Language::of(code).ok_or_else(|| Problem::bad_input("language is en or es"))?;
        let (chart, plan) = read(&app, &request)?;
        let assessment = rami_clinic::assess(&chart, plan.as_ref())
            .map_err(|error| Problem::bad_input(error.to_string()))?;
        let html = decision_aid(&chart, &assessment, language);
        Ok(Json(Published { address: app.publish(html).map_err(Problem::internal)? }))
    })
    .await
}
