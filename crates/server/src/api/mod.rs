//! The API, one file a screen. Paths and their description are registered together, so that neither can lack the other.

mod cases;
mod chart;
pub(crate) mod import;
mod plan;
pub(crate) mod slices;
mod theatre;

use crate::problem::Problem;
use crate::state::App;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) use chart::chart_of;
pub(crate) use import::uploads;
pub(crate) use theatre::{Said, Told, live};

/// Everything under `/api` but uploads, with its description.
pub(crate) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(cases::status))
        .routes(routes!(cases::description))
        .routes(routes!(cases::list))
        .routes(routes!(cases::grow))
        .routes(routes!(cases::one))
        .routes(routes!(cases::open))
        .routes(routes!(import::begin))
        .routes(routes!(import::finish))
        .routes(routes!(slices::slice))
        .routes(routes!(slices::volume))
        .routes(routes!(slices::surface))
        .routes(routes!(plan::plan))
        .routes(routes!(plan::path))
        .routes(routes!(plan::plan_report))
        .routes(routes!(chart::example))
        .routes(routes!(chart::assess))
        .routes(routes!(chart::decide))
        .routes(routes!(theatre::failures))
        .routes(routes!(theatre::sessions))
        .routes(routes!(theatre::begin_session))
        .routes(routes!(theatre::session_debrief))
        .routes(routes!(theatre::session_score))
        .routes(routes!(theatre::session_report))
        .routes(routes!(theatre::session_pdf))
        .routes(routes!(theatre::session_log))
        .routes(routes!(theatre::session_picture))
        .routes(routes!(theatre::session_anatomy))
        .routes(routes!(theatre::session_hours))
        .routes(routes!(theatre::session_surface))
}

/// A document that was published: self-contained, without scripts, in a frame of its own.
pub(crate) async fn document(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let html = app.document(&name).ok_or_else(|| Problem::not_found("document of that name"))?;
    let policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox allow-popups; frame-ancestors 'self'";
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_FRAME_OPTIONS, "SAMEORIGIN"),
    ];
    Ok((headers, html).into_response())
}

/// A document that can be opened in a frame.
#[derive(Debug, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub(crate) struct Published {
    /// Its address on this server.
    pub(crate) address: String,
}
