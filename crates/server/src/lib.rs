//! The web server of Rami: cases, plans and the theatre in a browser, over loopback.
//!
//! - [`serve`]: one listener with the app embedded and a typed API under `/api`.
//! - [`docs`]: the API's own description (OpenAPI 3.1), from which the browser's types are generated.
//! - `guard`: who may ask: a random token, same origin, known host, bounded bodies, bounded time.
//! - `cases`: people ready for work, grown or imported, opened in the background.
//! - `theatre`: blocks under way, each a thread and a log that outlives the server.
//! - `api`: one file a screen.
//!
//! Nothing here knows how anything is computed; it asks the rooms below.

#![warn(missing_docs)]

mod api;
mod assets;
mod cases;
pub mod docs;
mod guard;
mod problem;
mod serve;
mod state;
mod surface;
mod theatre;
mod thin;

pub use guard::Token;
pub use serve::{Log, Options, ServeError, Server, serve};
