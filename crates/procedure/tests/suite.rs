//! Every complication and negative control as a case that a clinician can read: `tests/suite/*.toml`, on the schematic
//! person.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a test stops at the first surprise

use rami_procedure::flow::Geometric;
use rami_procedure::operator::{Script, run};
use rami_procedure::schematic::Schematic;
use rami_procedure::session::{Block, Header};
use rami_procedure::{Setup, Theatre, score};
use std::path::PathBuf;

fn suite() -> Vec<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/suite");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// Runs a case; what is not as it should be.
fn problems(text: &str, seed: Option<u64>) -> Vec<String> {
    let world = Schematic::new();
    let mut script = Script::read(text, &Setup::default()).unwrap();
    let mut setup = script.setup.clone().unwrap();
    if let Some(seed) = seed {
        setup.seed = seed;
    }
    let theatre = Theatre { setup: &setup, world: &world, flow: &Geometric, imaging: None, film: None };
    let mut block = Block::new(&theatre, Header::new(&theatre, "script", "schematic"));
    run(&mut block, &mut script);
    let mut problems = script.unmet(&block.session);
    if script.score.is_empty() {
        problems.push("no [score]: say which points this case earns or loses".to_owned());
    }
    if script.score.iter().any(|(name, bounds)| name == "percent" && *bounds == [0.0, 100.0]) {
        problems.push("percent from 0 to 100 says nothing".to_owned());
    }
    let score = score::score(&block.session, &block.state);
    for (name, [least, most]) in &script.score {
        let value = match name.as_str() {
            "percent" => Some(score.percent),
            "passed" => Some(f64::from(u8::from(score.passed))),
            _ => score.points.iter().find(|point| &point.id == name).map(|point| point.earned),
        };
        match value {
            Some(value) if (*least..=*most).contains(&value) => {}
            Some(value) => problems.push(format!("score {name} is {value}, not from {least} to {most}")),
            None => problems.push(format!("the score has no line {name}")),
        }
    }
    if !problems.is_empty() {
        for line in block.session.lines.iter().filter(|line| line.refused.is_some()) {
            problems.push(format!("refused {}: {}", line.action.name(), line.refused.as_ref().unwrap()));
        }
        if std::env::var_os("RAMI_SHOW").is_some() {
            for line in &block.session.lines {
                println!("{:7.0} {:?} -> {:?}", line.t_s, line.action, line.events);
            }
        }
    }
    problems
}

#[test]
fn every_case_of_the_suite_comes_out_as_it_says() {
    let files = suite();
    assert!(files.len() >= 27, "{} cases", files.len());
    let mut wrong = Vec::new();
    for file in files {
        let problems = problems(&std::fs::read_to_string(&file).unwrap(), None);
        if !problems.is_empty() {
            wrong.push(format!("{}:\n    {}", file.file_name().unwrap().display(), problems.join("\n    ")));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_complication_is_in_the_suite() {
    let all: String = suite().iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
    for entry in rami_procedure::complication::catalogue() {
        let name = serde_json::to_value(entry.id).unwrap();
        let wanted = format!("complication = {name}");
        assert!(all.contains(&wanted), "no case expects {name}");
    }
}

/// Finds a seed for a case that hangs on a draw: `RAMI_SEED_FOR=14 cargo test -p rami-procedure --test suite -- --ignored`.
#[test]
#[ignore = "a tool for whoever writes a case"]
fn a_seed_for_a_case() {
    let wanted = std::env::var("RAMI_SEED_FOR").unwrap();
    for file in suite()
        .iter()
        .filter(|f| wanted.split(',').any(|w| f.file_name().unwrap().to_string_lossy().starts_with(w)))
    {
        let text = std::fs::read_to_string(file).unwrap();
        let found = (1..400).find(|seed| problems(&text, Some(*seed)).is_empty());
        println!("{}: seed {found:?}", file.file_name().unwrap().display());
    }
}
