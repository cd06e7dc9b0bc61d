//! `cargo xtask bench`: our benchmarks, and peers on the same work in the same run. Built as a release; `RAMI_PROFILE=ci`
//! takes the build of the tests instead, with its overflow and debug checks, where time to build is short.

use crate::setup;
use crate::shell::{self, build_example, build_rami, cargo, command, profile, root};
use anyhow::{Result, bail};

/// A topic: the benchmark that is run, then the script that times the program, peers beside it where there are any, and an
/// example program which that script runs.
struct Topic {
    name: &'static str,
    bench: &'static str,
    example: Option<&'static str>,
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

const fn topic(
    name: &'static str,
    bench: &'static str,
    example: Option<&'static str>,
    peers: Option<&'static str>,
) -> Topic {
    Topic { name, bench, example, peers }
}

const TOPICS: &[Topic] = &[
    topic("body", "body", Some("body_speed"), Some("xtask/peers/body_peers.py")),
    topic("clinic", "clinic", None, Some("xtask/peers/clinic_process.py")),
    topic("bedside", "bedside", None, None),
    topic("needle", "insertion", None, None),
    topic("nerve", "conduction", Some("nerve_speed"), Some("xtask/peers/nerve_peers.py")),
    topic("phantom", "phantom", None, None),
    topic("plan", "search", None, Some("xtask/peers/plan_peers.py")),
    topic("procedure", "block", None, None),
    topic("xray", "project", Some("accuracy"), Some("xtask/peers/xray_peers.py")),
    topic("spread", "solve", Some("darcy"), Some("xtask/peers/spread_peers.py")),
    topic("volume", "load", None, Some("xtask/peers/load_peers.py")),
];

fn run_topic(topic: &Topic) -> Result<()> {
    println!("\n== {}", topic.name);
    let profile = profile();
    shell::run(&mut cargo(&[
        "bench",
        "--locked",
        "--profile",
        &profile,
        "--workspace",
        "--bench",
        topic.bench,
    ]))?;
    let Some(script) = topic.peers else { return Ok(()) };
    if topic.name == "xray" {
        setup::debian_libraries(SOFTWARE_OPENGL)?;
    }
    let rami = build_rami(&profile)?;
    let python = setup::python(&script.replace(".py", ".txt"))?;
    let mut peers = command(python, &[&root().join(script).to_string_lossy()]);
    if let Some(example) = topic.example {
        peers.env("RAMI_EXAMPLE", build_example(example, &profile)?);
    }
    shell::run(peers.env("RAMI_BIN", rami))
}

fn theatre() -> Result<()> {
    println!("\n== {THEATRE}");
    let rami = build_rami(&profile())?;
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
