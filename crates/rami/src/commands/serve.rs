//! `rami serve`: the browser app over loopback.

use crate::exit::{Failure, Outcome};
use anyhow::{Context, anyhow};
use rami_server::{Options, ServeError};
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Port; 0 takes any that is free
    #[arg(long, value_name = "N", default_value_t = 0)]
    port: u16,
    /// Address to listen on; anything but loopback shows patients to the network, without encryption
    #[arg(long, value_name = "IP", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    address: IpAddr,
    /// A case folder to offer beside the built-in patient; may be repeated
    #[arg(long = "case", value_name = "DIR")]
    cases: Vec<PathBuf>,
    /// Folder of sessions and imported cases [default: rami in the user's data folder]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Open the address in the browser
    #[arg(long)]
    open: bool,
}

pub(crate) fn run(args: &Args) -> Result<Outcome, Failure> {
    for case in &args.cases {
        std::fs::metadata(case).with_context(|| format!("--case {}", case.display()))?;
    }
    let data = match &args.data {
        Some(folder) => folder.clone(),
        None => default_data()
            .ok_or_else(|| anyhow!("there is no home folder to keep sessions in: name one with --data"))?,
    };
    let mut options = Options::new(data).map_err(|error| Failure::Internal(error.into()))?;
    options.port = args.port;
    options.address = args.address;
    options.cases = args.cases.clone();
    options.log = Arc::new(|line| eprintln!("{line}"));
    if !args.address.is_loopback() {
        eprintln!(
            "warning: listening on {}: whoever can reach it and sees the token sees the patients; nothing is encrypted",
            args.address
        );
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::Internal(error.into()))?;
    runtime.block_on(async {
        let server = rami_server::serve(options).await.map_err(|error| match error {
            ServeError::Stopped(_) => Failure::Internal(error.into()),
            other => Failure::Input(other.into()),
        })?;
        println!("{}", server.url());
        std::io::stdout().flush()?;
        if args.open {
            open(server.url());
        }
        let stop = async {
            let _ = tokio::signal::ctrl_c().await;
        };
        server.run(stop).await.map_err(|error| Failure::Internal(error.into()))
    })?;
    runtime.shutdown_background();
    Ok(Outcome::Done)
}

fn default_data() -> Option<PathBuf> {
    let folder = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    let base = folder("XDG_DATA_HOME")
        .or_else(|| folder("LOCALAPPDATA"))
        .or_else(|| folder("HOME").map(|home| home.join(Path::new(".local/share"))))?;
    Some(base.join("rami"))
}

/// Asks the desktop to open an address; where there is none, the printed address is there to click.
fn open(url: &str) {
    let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let started = Command::new(program)
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    if started.is_err() {
        eprintln!("no browser could be opened; open the address above yourself");
    }
}
