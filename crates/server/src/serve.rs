//! The listener.

use crate::cases::Recipe;
use crate::guard::{Token, guard};
use crate::state::App;
use crate::{api, assets};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Where one line at a time is logged.
pub type Log = Arc<dyn Fn(&str) + Send + Sync>;

/// Largest JSON body, bytes.
const BODY_LIMIT: usize = 1 << 20;

/// What a server is asked to be.
#[derive(Clone)]
pub struct Options {
    /// Port; 0 for any that is free.
    pub port: u16,
    /// Address; loopback unless somebody says otherwise.
    pub address: IpAddr,
    /// Case folders to open beside the built-in patient.
    pub cases: Vec<PathBuf>,
    /// Folder of what outlives the server: sessions and imported cases.
    pub data: PathBuf,
    /// Whether the built-in patient is there.
    pub built_in: bool,
    /// Secret of this run.
    pub token: Token,
    /// Where to log.
    pub log: Log,
}

impl Options {
    /// Loopback, any port, a new token, nothing logged.
    ///
    /// # Errors
    /// When the operating system gives no randomness.
    pub fn new(data: PathBuf) -> std::io::Result<Self> {
        Ok(Self {
            port: 0,
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            cases: Vec::new(),
            data,
            built_in: true,
            token: Token::random()?,
            log: Arc::new(|_| {}),
        })
    }
}

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The port is taken or may not be used.
    #[error("cannot listen on {address}: {source}; choose another --port, or 0 for any that is free")]
    Listen {
        /// What was asked for.
        address: SocketAddr,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// The data folder cannot be used.
    #[error("cannot use the data folder {path}: {source}; choose another with --data")]
    Data {
        /// The folder.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// The listener broke.
    #[error("the server stopped: {0}")]
    Stopped(#[from] std::io::Error),
}

/// A server that listens and does not answer yet.
pub struct Server {
    listener: TcpListener,
    router: Router,
    url: String,
}

impl Server {
    /// Where to open it, with its token.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Answers until `until` is done.
    ///
    /// # Errors
    /// [`ServeError::Stopped`].
    pub async fn run(self, until: impl Future<Output = ()> + Send + 'static) -> Result<(), ServeError> {
        axum::serve(self.listener, self.router).with_graceful_shutdown(until).await?;
        Ok(())
    }
}

/// Listens; the built-in patient and the cases asked for are opened in the background.
///
/// # Errors
/// [`ServeError`].
pub async fn serve(options: Options) -> Result<Server, ServeError> {
    let data = |source| ServeError::Data { path: options.data.clone(), source };
    std::fs::create_dir_all(options.data.join("cases")).map_err(data)?;
    std::fs::create_dir_all(options.data.join("sessions")).map_err(data)?;
    let address = SocketAddr::new(options.address, options.port);
    let listener =
        TcpListener::bind(address).await.map_err(|source| ServeError::Listen { address, source })?;
    let bound = listener.local_addr()?;
    let port = bound.port();
    let host = if bound.ip().is_ipv6() { format!("[{}]:{port}", bound.ip()) } else { bound.to_string() };
    let mut hosts = vec![host.clone()];
    if bound.ip().is_loopback() {
        hosts.extend(["127.0.0.1", "localhost", "[::1]"].map(|name| format!("{name}:{port}")));
    }
    let url = format!("http://{host}/#token={}", options.token.text());
    let app = Arc::new(App::new(options.token, options.log, hosts, &options.data));
    if options.built_in {
        app.library.add_recipe(Recipe::default(), true);
    }
    for path in options.cases {
        app.library.add_folder(path);
    }
    app.library.add_kept();
    Ok(Server { listener, router: router(app), url })
}

pub(crate) fn router(app: Arc<App>) -> Router {
    let (api, _) = api::routes().split_for_parts();
    api.layer(DefaultBodyLimit::max(BODY_LIMIT))
        .merge(api::uploads())
        .route("/api/sessions/{id}/live", get(api::live))
        .route("/", get(assets::index))
        .route("/documents/{name}", get(api::document))
        .route("/{name}", get(assets::asset))
        .fallback(async || crate::problem::Problem::not_found("page of that name"))
        .layer(from_fn_with_state(app.clone(), guard))
        .with_state(app)
}
