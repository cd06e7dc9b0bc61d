//! Importing what is dropped into the browser: begin, put each file, finish.

use crate::cases::{Loaded, UploadKind};
use crate::problem::{Body, Problem, Query, heavy};
use crate::state::App;
use axum::body::Body as RawBody;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::put;
use axum::{Json, Router};
use futures_util::StreamExt;
use rami_case::{CaseInput, ImportDocument};
use rami_volume::nifti::Compression;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tokio::io::AsyncWriteExt;
use utoipa::{IntoParams, ToSchema};

/// An upload that has begun.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct UploadBegun {
    /// Its name in addresses.
    pub(crate) id: String,
    /// Most bytes it may have.
    pub(crate) most_bytes: u64,
}

/// Begins an upload.
#[utoipa::path(post, path = "/api/imports", responses((status = 201, body = UploadBegun), (status = 401, body = Problem)))]
pub(crate) async fn begin(State(app): State<Arc<App>>) -> Result<(StatusCode, Json<UploadBegun>), Problem> {
    let id = app.uploads.begin().map_err(Problem::internal)?;
    Ok((StatusCode::CREATED, Json(UploadBegun { id, most_bytes: crate::cases::MOST_BYTES })))
}

/// What a file is.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct FileQuery {
    /// What it is called on the sender's side; only its ending is kept.
    name: String,
    kind: UploadKind,
}

/// `PUT /api/imports/{id}/files?kind=ct|labels&name=…` with the file's bytes as the body.
pub(crate) fn uploads() -> Router<Arc<App>> {
    Router::new().route("/api/imports/{id}/files", put(file)).layer(DefaultBodyLimit::disable())
}

/// Sends one file of an upload: its bytes as the body, with their Content-Length.
#[utoipa::path(put, path = "/api/imports/{id}/files", params(("id" = String, Path, description = "Name of the upload"), FileQuery),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 204, description = "Taken"), (status = 400, body = Problem), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 411, body = Problem), (status = 413, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn file(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Query(query): Query<FileQuery>,
    headers: HeaderMap,
    body: RawBody,
) -> Result<StatusCode, Problem> {
    let declared = headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<u64>().ok());
    let declared = declared.ok_or_else(|| {
        Problem::new(
            StatusCode::LENGTH_REQUIRED,
            "length",
            "Length required",
            "say Content-Length with each file",
        )
    })?;
    let path = app.uploads.place(&id, query.kind, &query.name, declared)?;
    let mut out = tokio::fs::File::create(&path).await.map_err(Problem::internal)?;
    let mut bytes = body.into_data_stream();
    let mut taken = 0u64;
    while let Some(chunk) = bytes.next().await {
        let chunk = chunk.map_err(|error| Problem::malformed(format!("the file broke off: {error}")))?;
        taken += chunk.len() as u64;
        if taken > declared {
            return Err(Problem::too_large("more bytes came than Content-Length said"));
        }
        out.write_all(&chunk).await.map_err(Problem::internal)?;
    }
    out.flush().await.map_err(Problem::internal)?;
    Ok(StatusCode::NO_CONTENT)
}

/// How an upload becomes a case.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Finish {
    /// What the case shall be called.
    pub(crate) name: String,
    /// Fill missing DICOM slices between their neighbours.
    #[serde(default)]
    pub(crate) allow_gap: bool,
}

/// A case that was imported.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Imported {
    /// Its name in addresses.
    pub(crate) id: String,
    /// What was read, as `rami import` describes it.
    #[schema(value_type = crate::docs::Import)]
    pub(crate) document: serde_json::Value,
}

/// Reads what was uploaded, checks it, and keeps it as a case.
#[utoipa::path(post, path = "/api/imports/{id}/finish", params(("id" = String, Path, description = "Name of the upload")), request_body = Finish,
    responses((status = 201, body = Imported), (status = 400, body = Problem), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn finish(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Body(finish): Body<Finish>,
) -> Result<(StatusCode, Json<Imported>), Problem> {
    heavy(move || {
        let (folder, ct, labels) = app.uploads.finish(&id)?;
        let input = CaseInput { path: ct, labels, allow_gap: finish.allow_gap, ..CaseInput::default() };
        let refused = |error: String| {
            // Names on disk are numbers of ours; they would say nothing to the person who dropped the files.
            Problem::bad_input(
                error
                    .replace(&*folder.path().to_string_lossy(), "")
                    .replace("/ct/", "")
                    .replace("/labels/", ""),
            )
        };
        let mut case = rami_case::open(&input).map_err(|error| refused(error.to_string()))?;
        let name: String = finish.name.trim().chars().filter(|c| !c.is_control()).take(80).collect();
        case.name = if name.is_empty() { "Imported CT".to_owned() } else { name };
        let document =
            serde_json::to_value(ImportDocument::of(&case, Vec::new())).map_err(Problem::internal)?;
        let target = app.library.folder_of(&format!("import-{}", &id[..12]));
        rami_case::save(&case, &target, Compression::Fast).map_err(Problem::internal)?;
        let name = case.name.clone();
        let mut loaded = Loaded::of(case, None).map_err(|error| {
            let _ = std::fs::remove_dir_all(&target);
            refused(error)
        })?;
        loaded.folder = Some(target.clone());
        let id = target.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        app.library.add_imported(id.clone(), name, target, loaded);
        app.log(&format!("imported {id}"));
        Ok((StatusCode::CREATED, Json(Imported { id, document })))
    })
    .await
}
