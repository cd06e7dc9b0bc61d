//! The browser app, built from `web/` and embedded. `cargo xtask test web` checks that it is what a fresh build gives.

use crate::problem::Problem;
use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};

macro_rules! files {
    ($($name:literal => $kind:literal),* $(,)?) => {
        &[$(($name, $kind, include_bytes!(concat!("../assets/app/", $name)))),*]
    };
}

/// Name, media type and bytes of each file.
const FILES: &[(&str, &str, &[u8])] = files! {
    "index.html" => "text/html; charset=utf-8",
    "app.js" => "text/javascript; charset=utf-8",
    "app.css" => "text/css; charset=utf-8",
    "volume.js" => "text/javascript; charset=utf-8",
    "niivue.js" => "text/javascript; charset=utf-8",
    "icon.svg" => "image/svg+xml",
    "licences.txt" => "text/plain; charset=utf-8",
};

fn file(name: &str) -> Result<Response, Problem> {
    let found = FILES.iter().find(|(own, ..)| *own == name);
    let (_, kind, bytes) = found.ok_or_else(|| Problem::not_found("page of that name"))?;
    Ok(([(header::CONTENT_TYPE, *kind), (header::CACHE_CONTROL, "no-cache")], *bytes).into_response())
}

/// The page.
pub(crate) async fn index() -> Result<Response, Problem> {
    file("index.html")
}

/// A file of the app, by its name in the table above and by nothing else.
pub(crate) async fn asset(Path(name): Path<String>) -> Result<Response, Problem> {
    file(&name)
}
