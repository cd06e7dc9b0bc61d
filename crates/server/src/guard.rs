//! Who may ask.
//!
//! The page itself is open; everything under `/api` needs the token that the program printed. A page of another
//! origin can neither read nor write: its `Origin` is refused, its `Host` (after rebinding a name) is not ours, and
//! browsers' own `Sec-Fetch-Site` is believed. Refusals are logged in one line without the token.

use crate::problem::Problem;
use crate::state::App;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use std::time::Duration;

/// Longest that one request may take. Planning and opening cases are the slow ones.
const REQUEST_TIME: Duration = Duration::from_secs(120);

/// The secret of a running server: 128 random bits.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// A new one from the operating system's randomness.
    ///
    /// # Errors
    /// When there is none to be had.
    pub fn random() -> std::io::Result<Self> {
        let mut bytes = [0u8; 16];
        getrandom::fill(&mut bytes).map_err(|error| std::io::Error::other(error.to_string()))?;
        Ok(Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect()))
    }

    /// A known one, for tests.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// As it stands in the address.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Compares in a time that does not depend on how much is right.
    fn is(&self, other: &str) -> bool {
        let (own, other) = (self.0.as_bytes(), other.as_bytes());
        let differ = own.iter().zip(other).fold(0u8, |sum, (a, b)| sum | (a ^ b));
        own.len() == other.len() && differ == 0
    }
}

/// Everything the page may load comes from the server itself; no script or style stands in a document.
fn content_policy(host: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; font-src 'self'; \
         connect-src 'self' ws://{host}; worker-src 'self' blob:; frame-src 'self'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    )
}

/// Checks a request before anything else sees it, and adds the headers every answer has.
pub(crate) async fn guard(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let host = text(request.headers(), header::HOST).unwrap_or_default().to_owned();
    let mut response = match check(&app, request.headers(), &method, &path, &host) {
        Ok(()) => match tokio::time::timeout(REQUEST_TIME, next.run(request)).await {
            Ok(response) => response,
            Err(_) => Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "too-slow",
                "It took too long",
                "the request was given up after two minutes",
            )
            .into_response(),
        },
        Err(problem) => {
            app.log(&format!("refused {method} {}: {}", shown(&path), problem.detail));
            problem.into_response()
        }
    };
    let headers = response.headers_mut();
    let mut set = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.entry(name).or_insert(value);
        }
    };
    set("content-security-policy", &content_policy(&host));
    set("x-content-type-options", "nosniff");
    set("referrer-policy", "no-referrer");
    set("cross-origin-opener-policy", "same-origin");
    set("cross-origin-resource-policy", "same-origin");
    set("x-frame-options", "DENY");
    set("cache-control", "no-store");
    response
}

fn check(app: &App, headers: &HeaderMap, method: &Method, path: &str, host: &str) -> Result<(), Problem> {
    if !app.is_own_host(host) {
        return Err(Problem::new(
            StatusCode::MISDIRECTED_REQUEST,
            "host",
            "Another host",
            "the Host header does not name this server",
        ));
    }
    let forbidden =
        |detail: &str| Err(Problem::new(StatusCode::FORBIDDEN, "cross-origin", "Another origin", detail));
    if let Some(origin) = headers.get(header::ORIGIN)
        && origin.to_str().ok() != Some(&format!("http://{host}"))
    {
        return forbidden("the Origin header is not this server's");
    }
    let is_api = path == "/api" || path.starts_with("/api/");
    if let Some(site) = text(headers, header::HeaderName::from_static("sec-fetch-site")) {
        let navigation = !is_api && *method == Method::GET;
        if !(matches!(site, "same-origin" | "none") || navigation) {
            return forbidden("the browser says that another site asks");
        }
    }
    if is_api && !presented(headers).is_some_and(|token| app.token().is(token)) {
        return Err(Problem::new(
            StatusCode::UNAUTHORIZED,
            "token",
            "The token is missing or wrong",
            "open the address that `rami serve` printed, with everything after #",
        ));
    }
    Ok(())
}

/// The token of a request: a bearer, or one of the subprotocols of a WebSocket, where browsers allow no other header.
fn presented(headers: &HeaderMap) -> Option<&str> {
    if let Some(bearer) = text(headers, header::AUTHORIZATION) {
        return bearer.strip_prefix("Bearer ");
    }
    let protocols = text(headers, header::SEC_WEBSOCKET_PROTOCOL)?;
    protocols.split(',').find_map(|protocol| protocol.trim().strip_prefix("token."))
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// A path for the log: short, and printable whatever was asked.
fn shown(path: &str) -> String {
    path.chars().take(120).map(|c| if c.is_ascii_graphic() { c } else { '?' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_long_differ_and_are_compared_whole() {
        let (a, b) = (Token::random().unwrap(), Token::random().unwrap());
        assert_eq!(a.text().len(), 32);
        assert_ne!(a.text(), b.text());
        assert!(a.is(a.text()));
        assert!(!a.is(&a.text()[..31]) && !a.is("") && !a.is(b.text()));
    }
}
