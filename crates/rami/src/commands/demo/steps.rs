//! The steps of the journey: commands, what to know about them, what their results say.

use super::Args;
use crate::exit::Failure;
use anyhow::{Context, anyhow};
use serde_json::Value;
use std::path::Path;

/// A step of the journey.
pub(super) struct Step {
    /// What it is, for the page.
    pub(super) title: &'static str,
    /// What to know about it.
    pub(super) words: &'static str,
    /// The command's arguments.
    pub(super) arguments: Vec<String>,
    /// Where its standard output goes.
    pub(super) output: Option<&'static str>,
    /// Pictures with their captions.
    pub(super) pictures: Vec<(String, &'static str)>,
    /// What to open.
    pub(super) shows: Vec<(&'static str, &'static str)>,
    /// What its results say.
    pub(super) tells: fn(&Path) -> Vec<(String, String)>,
}

/// Who the journey is about.
pub(super) struct Subject {
    /// The arguments that name the case.
    case: Vec<String>,
    /// Whether it is the built-in patient.
    pub(super) digital: bool,
}

impl Subject {
    pub(super) fn of(args: &Args) -> Result<Self, Failure> {
        let Some(path) = &args.case else {
            return Ok(Self { case: vec!["patient".to_owned()], digital: true });
        };
        let whole = |path: &Path| -> Result<String, Failure> {
            let path = path.canonicalize().with_context(|| format!("cannot read {}", path.display()))?;
            path.to_str().map(str::to_owned).ok_or_else(|| anyhow!("{} is no text", path.display()).into())
        };
        let mut case = vec![whole(path)?];
        if let Some(labels) = &args.labels {
            case.extend(["--labels".to_owned(), whole(labels)?]);
        }
        Ok(Self { case, digital: false })
    }

    /// A command on a session, which knows its case but not the labels that were given beside it.
    fn again(&self, command: &str) -> Vec<String> {
        words(command).into_iter().chain(self.case.iter().skip(1).cloned()).collect()
    }

    fn with(&self, command: &str, rest: &str) -> Vec<String> {
        let mut all = vec![command.to_owned()];
        all.extend(self.case.iter().cloned());
        all.extend(rest.split_whitespace().map(str::to_owned));
        all
    }
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn step(title: &'static str, words: &'static str, arguments: Vec<String>) -> Step {
    Step {
        title,
        words,
        arguments,
        output: None,
        pictures: Vec::new(),
        shows: Vec::new(),
        tells: |_| Vec::new(),
    }
}

/// Until there is a plan.
pub(super) fn until_plan(args: &Args, subject: &Subject) -> Vec<Step> {
    let mut steps = Vec::new();
    if subject.digital {
        let arguments = words(&format!(
            "phantom --seed {} --spacing {} --posture prone --out patient",
            args.seed, args.spacing
        ));
        steps.push(Step {
            shows: vec![("truth.json, which no plan may see", "patient/truth.json")],
            ..step(
                "A person",
                "Nobody real: a digital person grown from published measurements, lying prone, with nerves whose true course \
                 is known. Their chart is made up too: CRPS of the left foot.",
                arguments,
            )
        });
    }
    let plan = format!("--side left --level auto --seed {} --out plan", args.seed);
    steps.push(Step {
        shows: vec![("the plan's report", "plan/report.html"), ("plan.json", "plan/plan.json")],
        tells: |out| {
            let plan = json(out, "plan/plan.json");
            let chosen = chosen(&plan);
            let length = chosen["needle_length_mm"].as_f64();
            let mut told = vec![("Verdict".to_owned(), text(&plan["verdict"]["reason"]))];
            told.extend(length.map(|mm| ("Needle".to_owned(), format!("22G, {mm:.0} mm"))));
            told
        },
        ..step(
            "Plan",
            "Level, entry, angle and needle, from the CT and its labels alone. Every path that touches kidney, vessel, root, \
             disc or bowel too often is refused.",
            subject.with("plan", &plan),
        )
    });
    steps.push(Step {
        output: Some("assessment.txt"),
        shows: vec![("the assessment", "assessment.txt"), ("the chart", "chart.toml")],
        tells: |out| {
            let said = std::fs::read_to_string(out.join("assessment.txt")).unwrap_or_default();
            let line = |start: &str| {
                said.lines().find_map(|l| l.strip_prefix(start)).map(|l| l.trim().to_lowercase())
            };
            [("Outcome", line("OUTCOME:")), ("Indication", line("Indication:"))]
                .into_iter()
                .filter_map(|(name, value)| Some((name.to_owned(), value?)))
                .collect()
        },
        ..step(
            "Assess",
            "Does the indication hold, what stands against it, is the dose below the maximum? Every rule shows its source.",
            words("assess chart.toml --plan plan/plan.json"),
        )
    });
    steps
}

/// How many steps follow the plan.
pub(super) const AFTER_PLAN: usize = 9;

/// Why the journey ends with the plan; nothing when a path is safe.
pub(super) fn no_safe_path(args: &Args) -> Option<String> {
    let plan = json(&args.out, "plan/plan.json");
    chosen(&plan).is_null().then(|| {
        format!(
            "no path of the plan is safe, so the journey ends there: {}",
            text(&plan["verdict"]["reason"])
        )
    })
}

/// From the plan to the decision.
pub(super) fn after_plan(args: &Args, subject: &Subject) -> Vec<Step> {
    let plan = json(&args.out, "plan/plan.json");
    let candidate = chosen(&plan);
    let number = |key: &str| candidate[key].as_f64().unwrap_or(0.0);
    let (entry, target) = (point(&candidate["entry_mm"]), point(&candidate["target_mm"]));
    let view = |name: &'static str, title, about, caption, primary: f64, secondary: f64| {
        let rest = format!(
            "--primary {primary:.1} --secondary {secondary:.1} --isocentre {target} --needle {entry},{target} --out {name}"
        );
        Step { pictures: vec![(name.to_owned(), caption)], ..step(title, about, subject.with("xray", &rest)) }
    };
    let tunnel = view(
        "fluoroscopy-tunnel.png",
        "X-ray: down the tunnel",
        "The C-arm is turned until the needle would be a point: hub over tip over target.",
        "The planned needle, seen along itself.",
        number("primary_angle_deg"),
        number("secondary_angle_deg"),
    );
    let front = view(
        "fluoroscopy-ap.png",
        "X-ray: from behind",
        "Detector straight behind the prone person.",
        "The planned needle in place.",
        180.0,
        0.0,
    );
    let rehearse = format!("--chart chart.toml --operator plan --seed {} --out rehearsal", args.seed);
    let sequence = "iohexol 240 1ml @0.2ml/s; pause 60s; bupivacaine 0.25% 10ml @0.2ml/s";
    let mut inject = subject.with(
        "inject",
        &format!("--tip {target} --entry {entry} --samples 6 --cell 3,4 --frames 4 --out injection"),
    );
    inject.extend(["--seed".to_owned(), args.seed.to_string(), "--inject".to_owned(), sequence.to_owned()]);
    vec![
        front,
        tunnel,
        Step {
            pictures: Vec::new(),
            shows: vec![
                ("the report", "rehearsal/report.html"),
                ("the report as PDF", "rehearsal/report.pdf"),
                ("session", "rehearsal/session.jsonl"),
                ("score", "rehearsal/score.json"),
                ("FHIR", "rehearsal/procedure.fhir.json"),
            ],
            tells: |out| {
                let score = json(out, "rehearsal/score.json");
                let measure = |name: &str, digits: usize, unit: &str| {
                    score["measures"][name]
                        .as_f64()
                        .map_or("–".to_owned(), |v| format!("{v:.digits$}{unit}"))
                };
                vec![
                    ("Score".to_owned(), format!("{:.0} of 100", score["percent"].as_f64().unwrap_or(0.0))),
                    ("Tip to target".to_owned(), measure("tip_to_target_mm", 1, " mm")),
                    ("Pictures by the button".to_owned(), measure("c_arm_shots", 0, "")),
                    ("Time on the pedal".to_owned(), measure("fluoroscopy_s", 0, " s")),
                    ("Dose–area product".to_owned(), measure("dap_gy_cm2", 2, " Gy·cm²")),
                    (
                        "Chain blocked".to_owned(),
                        if score["measures"]["block_achieved"] == 1.0 { "yes" } else { "no" }.to_owned(),
                    ),
                ]
            },
            ..step(
                "Do it",
                "The whole block by the plan, from consent to the telephone call after four weeks, against what is really \
                 there: needle, x-rays, contrast, drug, temperatures, examination. Every action, picture, dose and sign has \
                 its minute.",
                subject.with("rehearse", &rehearse),
            )
        },
        Step {
            output: Some("replay.txt"),
            pictures: vec![(
                "replay/contact-sheet.png".to_owned(),
                "The pictures of the block in order, numbered as in its record.",
            )],
            shows: vec![("the answer", "replay.txt"), ("all frames", "replay/frames")],
            tells: |out| {
                let said = std::fs::read_to_string(out.join("replay.txt")).unwrap_or_default();
                vec![("Replay".to_owned(), said.trim().to_owned())]
            },
            ..step(
                "Prove it",
                "The same again from its actions alone, every state and every picture compared bit for bit.",
                subject.again("replay rehearsal/session.jsonl --out replay"),
            )
        },
        Step {
            pictures: vec![
                (
                    "injection/axial.png".to_owned(),
                    "Across the body through the tip, at the end of the injection.",
                ),
                (
                    "injection/block_over_time.png".to_owned(),
                    "Share of the chain's fibres that fail, hour by hour.",
                ),
            ],
            shows: vec![("block.json", "injection/block.json"), ("x-ray frames", "injection/xray")],
            tells: |out| {
                let block = json(out, "injection/block.json");
                vec![
                    ("Probability of a block".to_owned(), percent(&block["p_block"])),
                    ("Head-to-foot extent".to_owned(), band(&block["longitudinal_extent_mm"], " mm")),
                ]
            },
            ..step(
                "Where the fluid goes",
                "1 ml of contrast and 10 ml of bupivacaine 0.25 % from the planned tip: pressure, planes that part, drug that \
                 nerves take up. Six draws of what nobody knows exactly, calibrated on one published extent \
                 and two usual durations only.",
                inject,
            )
        },
        Step {
            output: Some("warming.json"),
            shows: vec![("warming.json", "warming.json")],
            tells: |out| {
                let warming = json(out, "warming.json");
                let minutes = |key: &str| band(&warming[key], " min");
                vec![
                    ("One degree warmer after".to_owned(), minutes("rise_1c_min")),
                    ("Half way after".to_owned(), minutes("t50_min")),
                    ("Warmest".to_owned(), band(&warming["t_max_c"], " °C")),
                ]
            },
            ..step(
                "What the foot does",
                "The block of the step before, in the legs of 200 people.",
                words("respond --blocked-fraction injection/block.json --side left --json"),
            )
        },
        Step {
            output: Some("plasma.json"),
            shows: vec![("plasma.json", "plasma.json")],
            tells: |out| {
                let plasma = json(out, "plasma.json");
                vec![
                    ("Highest in venous plasma".to_owned(), band(&plasma["c_max_mg_l"], " mg/L")),
                    ("After".to_owned(), band(&plasma["t_max_min"], " min")),
                ]
            },
            ..step(
                "What the blood sees",
                "25 mg of bupivacaine (10 ml of 0.25 %) beside the chain, in a thousand people of 70 kg.",
                words("pk --drug bupivacaine --dose-mg 25 --weight 70 --population 1000 --json"),
            )
        },
        Step {
            shows: vec![("the decision aid", "decision.html")],
            ..step(
                "Decide together",
                "What may come of it, good and bad, in numbers of people, for the person and the physician to read together.",
                words("decide chart.toml --plan plan/plan.json --out decision.html"),
            )
        },
        Step {
            shows: vec![("the decision aid on paper", "decision.pdf")],
            ..step(
                "Decide, on paper",
                "The same, tagged for a screen reader, in black and white.",
                words("decide chart.toml --plan plan/plan.json --out decision.pdf"),
            )
        },
    ]
}

/// A document in the folder; null when it is not there.
pub(super) fn json(out: &Path, name: &str) -> Value {
    std::fs::read_to_string(out.join(name))
        .ok()
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or(Value::Null)
}

fn chosen(plan: &Value) -> &Value {
    let index = plan["chosen"].as_u64().or_else(|| plan["chosen"][0].as_u64());
    index.map_or(&Value::Null, |index| &plan["candidates"][index as usize])
}

fn point(value: &Value) -> String {
    let numbers: Vec<String> =
        value.as_array().into_iter().flatten().filter_map(Value::as_f64).map(|v| format!("{v:.2}")).collect();
    numbers.join(",")
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or("–").to_owned()
}

fn percent(value: &Value) -> String {
    value.as_f64().map_or("–".to_owned(), |v| format!("{:.0} %", 100.0 * v))
}

/// A distribution as documents have it: median with its ends.
fn band(value: &Value, unit: &str) -> String {
    let number =
        |v: &Value| v.as_f64().map(|v| if v.abs() < 10.0 { format!("{v:.2}") } else { format!("{v:.0}") });
    match (number(&value["median"]), number(&value["q05"]), number(&value["q95"])) {
        (Some(median), Some(low), Some(high)) => format!("{median}{unit} ({low} to {high})"),
        _ => number(value).map_or("–".to_owned(), |v| format!("{v}{unit}")),
    }
}
