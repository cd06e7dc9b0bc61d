//! `rami demo`: the journey that exists, on the built-in default patient, tied together by one page.
//!
//! Each step is the command a person would type; the page shows it. Nothing is needed from outside.

use crate::exit::{Failure, Outcome};
use anyhow::{Context, anyhow};
use rami_report::html::{NOTICE, escape};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const STYLE: &str = include_str!("../../assets/demo.css");

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Folder for everything; `index.html` in it ties it together
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Which default patient
    #[arg(long, value_name = "N", default_value_t = rami_random::DEFAULT_SEED)]
    seed: u64,
    /// Distance between the patient's voxels
    #[arg(long, value_name = "MM", default_value_t = 1.5)]
    spacing: f64,
}

/// A step of the journey.
struct Step {
    /// What it is, for the page.
    title: &'static str,
    /// What to know about it.
    words: &'static str,
    /// The command's arguments.
    arguments: Vec<String>,
    /// Where its standard output goes.
    output: Option<&'static str>,
    /// What to open.
    shows: Vec<(&'static str, String)>,
}

pub(crate) fn run(args: &Args) -> Result<Outcome, Failure> {
    fs::create_dir_all(&args.out).with_context(|| format!("cannot make {}", args.out.display()))?;
    let chart = rami_clinic::chart::example(rami_clinic::indication::Indication::Crps);
    fs::write(args.out.join("chart.toml"), chart).context("cannot write the chart")?;
    let program = std::env::current_exe().context("cannot find the program that runs")?;
    let mut sections = String::new();
    let before_plan = first_steps(args);
    let count = before_plan.len() + AFTER_PLAN;
    for (number, step) in before_plan.iter().enumerate() {
        sections.push_str(&walk(&program, &args.out, step, number + 1, count)?);
    }
    let rest = later_steps(&args.out, before_plan.len(), count)?;
    for (number, step) in rest.iter().enumerate() {
        sections.push_str(&walk(&program, &args.out, step, before_plan.len() + number + 1, count)?);
    }
    let page = args.out.join("index.html");
    fs::write(&page, index(&sections, args)).with_context(|| format!("cannot write {}", page.display()))?;
    println!("{}", page.display());
    Ok(Outcome::Done)
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn first_steps(args: &Args) -> Vec<Step> {
    vec![
        Step {
            title: "A patient",
            words: "A digital person is grown from published measurements, prone, with nerves whose truth is known.",
            arguments: words(&format!(
                "phantom --seed {} --spacing {} --posture prone --out patient",
                args.seed, args.spacing
            )),
            output: None,
            shows: vec![("truth.json", "patient/truth.json".to_owned())],
        },
        Step {
            title: "Plan",
            words: "The plan sees the CT and its labels, never the truth.",
            arguments: words("plan patient --side left --level auto --out plan"),
            output: None,
            shows: vec![
                ("report", "plan/report.html".to_owned()),
                ("plan.json", "plan/plan.json".to_owned()),
            ],
        },
        Step {
            title: "Assess",
            words: "A made-up chart of a person with CRPS of the left foot, with this plan beside it.",
            arguments: words("assess chart.toml --plan plan/plan.json"),
            output: Some("assessment.txt"),
            shows: vec![("assessment", "assessment.txt".to_owned())],
        },
    ]
}

/// How many steps follow the plan.
const AFTER_PLAN: usize = 8;

fn later_steps(out: &Path, done: usize, count: usize) -> Result<Vec<Step>, Failure> {
    debug_assert_eq!(done + AFTER_PLAN, count);
    let text = fs::read_to_string(out.join("plan/plan.json")).context("cannot read the plan again")?;
    let plan: serde_json::Value = serde_json::from_str(&text).context("cannot read the plan again")?;
    let index = plan["chosen"].as_u64().or_else(|| plan["chosen"][0].as_u64()).unwrap_or(0) as usize;
    let candidate = &plan["candidates"][index];
    let number = |key: &str| candidate[key].as_f64().unwrap_or(0.0);
    let numbers = |key: &str| -> Vec<String> {
        candidate[key]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|v| v.as_f64())
            .map(|v| format!("{v:.2}"))
            .collect()
    };
    let (entry, target) = (numbers("entry_mm").join(","), numbers("target_mm").join(","));
    let view = |name: &'static str, title: &'static str, text: &'static str, primary: f64, secondary: f64| {
        Step {
            title,
            words: text,
            arguments: words(&format!(
                "xray patient --primary {primary:.1} --secondary {secondary:.1} --isocentre {target} --needle {entry},{target} --out {name}.png"
            )),
            output: None,
            shows: vec![("picture", format!("{name}.png"))],
        }
    };
    Ok(vec![
        view(
            "fluoroscopy-ap",
            "X-ray: AP",
            "Detector straight behind the prone patient, the planned needle in place.",
            180.0,
            0.0,
        ),
        view(
            "fluoroscopy-tunnel",
            "X-ray: tunnel view",
            "The needle is a point when one looks along it.",
            number("primary_angle_deg"),
            number("secondary_angle_deg"),
        ),
        Step {
            title: "Rehearse",
            words: "The whole block by the plan, from consent to the telephone, against what is really there: every action, picture, dose and sign with its minute.",
            arguments: words("rehearse patient --chart chart.toml --operator plan --out rehearsal"),
            output: None,
            shows: vec![
                ("report", "rehearsal/report.html".to_owned()),
                ("session", "rehearsal/session.jsonl".to_owned()),
                ("score", "rehearsal/score.json".to_owned()),
                ("FHIR", "rehearsal/procedure.fhir.json".to_owned()),
            ],
        },
        Step {
            title: "Replay",
            words: "The same again from its actions alone, every picture compared bit for bit.",
            arguments: words("replay rehearsal/session.jsonl --out replay"),
            output: Some("replay.txt"),
            shows: vec![
                ("contact sheet", "replay/contact-sheet.png".to_owned()),
                ("answer", "replay.txt".to_owned()),
            ],
        },
        Step {
            title: "Plasma",
            words: "25 mg of bupivacaine (10 ml of 0.25 %) beside the chain, in a thousand people of this weight.",
            arguments: words("pk --drug bupivacaine --dose-mg 25 --weight 70 --population 1000 --json"),
            output: Some("plasma.json"),
            shows: vec![("plasma.json", "plasma.json".to_owned())],
        },
        Step {
            title: "Warming",
            words: "What the foot would do if every sympathetic fibre were blocked: an assumption here, not a prediction of this injection.",
            arguments: words("respond --blocked-fraction 1.0 --side left --json"),
            output: Some("warming.json"),
            shows: vec![("warming.json", "warming.json".to_owned())],
        },
        Step {
            title: "Decide",
            words: "The decision aid, to read together.",
            arguments: words("decide chart.toml --plan plan/plan.json --out decision.html"),
            output: None,
            shows: vec![("decision aid", "decision.html".to_owned())],
        },
        Step {
            title: "Decide, on paper",
            words: "The same, tagged for a screen reader, in black and white.",
            arguments: words("decide chart.toml --plan plan/plan.json --out decision.pdf"),
            output: None,
            shows: vec![("decision aid as PDF", "decision.pdf".to_owned())],
        },
    ])
}

/// Runs one step in the demonstration's folder and gives its part of the page.
fn walk(program: &Path, out: &Path, step: &Step, number: usize, count: usize) -> Result<String, Failure> {
    eprintln!("[{number}/{count}] {}", step.title);
    let mut command = Command::new(program);
    command.args(&step.arguments).current_dir(out).stdin(Stdio::null());
    let stdout = match step.output {
        Some(name) => {
            Stdio::from(fs::File::create(out.join(name)).with_context(|| format!("cannot write {name}"))?)
        }
        None => Stdio::null(),
    };
    let result = command.stdout(stdout).stderr(Stdio::piped()).output().context("cannot run a step")?;
    // 1 is an answer too: no safe plan, or an assessment that says stop.
    if !matches!(result.status.code(), Some(0 | 1)) {
        let said = String::from_utf8_lossy(&result.stderr).trim().to_owned();
        return Err(Failure::Internal(anyhow!("the step {:?} failed: {said}", step.title)));
    }
    let shows: String = step
        .shows
        .iter()
        .map(|(name, path)| {
            let path = escape(path);
            if path.ends_with(".png") {
                format!("<a href=\"{path}\"><img src=\"{path}\" alt=\"{}\"></a>", escape(step.words))
            } else {
                format!("<a class=\"open\" href=\"{path}\">{}</a>", escape(name))
            }
        })
        .collect();
    Ok(format!(
        "<section><h2>{number}. {}</h2><p>{}</p><pre><code>rami {}</code></pre>{shows}</section>",
        escape(step.title),
        escape(step.words),
        escape(&step.arguments.join(" "))
    ))
}

fn index(sections: &str, args: &Args) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>Rami: a lumbar sympathetic block, in silico</title><style>{STYLE}</style></head><body><main>\
         <h1>A lumbar sympathetic block, in silico</h1><p><b>{}</b></p>\
         <p>Seed {}. Every step below is a command you can type.</p>\
         {sections}</main></body></html>\n",
        escape(NOTICE),
        args.seed
    )
}
