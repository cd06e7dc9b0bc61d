//! `cargo xtask bench`: our benchmarks, and peers on the same work in the same run. Built as a release; `RAMI_PROFILE=ci`
//! takes the build of the tests instead, with its overflow and debug checks, where time to build is short.

use crate::setup;
use crate::shell::{self, build_rami, cargo, command, root};
use anyhow::{Result, bail};

/// A topic: the room whose benchmarks are run, then the script that times the program, peers beside it where there are any.
struct Topic {
    name: &'static str,
    room: &'static str,
    peers: Option<&'static str>,
}

/// The one that is measured in a browser beside the server.
const THEATRE: &str = "theatre";

/// What gVirtualXray needs to draw without a screen or a graphics card.
const SOFTWARE_OPENGL: &[&str] = &[
    "libegl1",
    "libgl1-mesa-dri",
    "libglu1-mesa",
    "libxcb-res0",
    "libxcb-ewmh2",
    "libxcb-composite0",
    "libxcb-xinerama0",
    "libxcb-keysyms1",
    "libxcb-icccm4",
];

const TOPICS: &[Topic] = &[
    Topic { name: "body", room: "rami-body", peers: Some("xtask/peers/body_peers.py") },
    Topic { name: "clinic", room: "rami-clinic", peers: Some("xtask/peers/clinic_process.py") },
    Topic { name: "bedside", room: "rami-bedside", peers: None },
    Topic { name: "needle", room: "rami-needle", peers: None },
    Topic { name: "nerve", room: "rami-nerve", peers: Some("xtask/peers/nerve_peers.py") },
    Topic { name: "phantom", room: "rami-anatomy", peers: None },
    Topic { name: "plan", room: "rami-plan", peers: Some("xtask/peers/plan_peers.py") },
    Topic { name: "xray", room: "rami-xray", peers: Some("xtask/peers/xray_peers.py") },
    Topic { name: "spread", room: "rami-field", peers: Some("xtask/peers/spread_peers.py") },
    Topic { name: "volume", room: "rami-volume", peers: Some("xtask/peers/load_peers.py") },
];

fn run_topic(topic: &Topic) -> Result<()> {
    println!("\n== {}", topic.name);
    let profile = std::env::var("RAMI_PROFILE").unwrap_or_else(|_| "release".to_owned());
    shell::run(&mut cargo(&[
        "bench",
        "--locked",
        "--profile",
        &profile,
        "--package",
        topic.room,
        "--benches",
    ]))?;
    let Some(script) = topic.peers else { return Ok(()) };
    if topic.name == "xray" {
        setup::debian_libraries(SOFTWARE_OPENGL)?;
    }
    let rami = build_rami(&profile)?;
    let python = setup::python(&script.replace(".py", ".txt"))?;
    shell::run(command(python, &[&root().join(script).to_string_lossy()]).env("RAMI_BIN", rami))
}

fn theatre() -> Result<()> {
    println!("\n== {THEATRE}");
    let rami = build_rami("release")?;
    setup::debian(&[("chromium", "chromium")])?;
    let folder = setup::web()?;
    shell::run(command("node", &["bench/theatre.js"]).current_dir(folder).env("RAMI_BIN", rami))
}

pub(crate) fn run(names: &[String]) -> Result<()> {
    let is_known = |name: &String| name == THEATRE || TOPICS.iter().any(|topic| topic.name == *name);
    if let Some(unknown) = names.iter().find(|name| !is_known(name)) {
        let known: Vec<_> = TOPICS.iter().map(|topic| topic.name).chain([THEATRE]).collect();
        bail!("there is no benchmark {unknown}; there are {}", known.join(", "));
    }
    TOPICS
        .iter()
        .filter(|topic| names.is_empty() || names.iter().any(|name| name == topic.name))
        .try_for_each(run_topic)?;
    if names.is_empty() || names.iter().any(|name| name == THEATRE) { theatre() } else { Ok(()) }
}
