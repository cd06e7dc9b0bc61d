//! `rami respond`: how the legs answer a sympathetic block.

use super::body::Common;
use crate::exit::{Failure, Outcome};
use anyhow::{Context, anyhow};
use rami_body::Distribution;
use rami_body::autonomic::input::ChainLevel;
use rami_body::autonomic::report::{Band, BySide};
use rami_body::autonomic::{Blocked, Condition, RespondOptions, RespondReport, Side, Stress, StressKind};
use rami_body::pain::{Arm, PainReport};
use rami_units::{Celsius, Kg, Minutes};
use serde_json::Value;
use std::io::Write;
use std::path::Path;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Share of the leg's sympathetic fibres that fail (0 to 1), or a block.json
    #[arg(long, value_name = "FRACTION|FILE", allow_hyphen_values = true)]
    blocked_fraction: String,
    /// Which chain was injected [default: left, or the side blocked in the file]
    #[arg(long, value_enum)]
    side: Option<Which>,
    /// What is injected: a control, or drug in the wrong place, gives less of that block, or none
    #[arg(long, value_enum, default_value = "anaesthetic")]
    injected: Injected,
    /// Pain before, 0 to 10
    #[arg(long, value_name = "0-10", default_value_t = 7.0, allow_hyphen_values = true)]
    nrs: f64,
    /// The fibres fail all at once instead of with the fitted onset
    #[arg(long)]
    at_once: bool,
    /// Room temperature in °C
    #[arg(long, value_name = "C", default_value_t = 22.0, allow_hyphen_values = true)]
    room: f64,
    /// Toe temperature before the block in °C
    #[arg(long, value_name = "C", allow_hyphen_values = true)]
    baseline_toe: Option<f64>,
    /// What the legs are like; a disease is on the injected side
    #[arg(long, value_enum, default_value = "healthy")]
    condition: State,
    /// A stress during the record: startle@MIN or cold@MIN
    #[arg(long, value_name = "KIND@MIN")]
    stress: Option<String>,
    /// How long the foot is followed, in min
    #[arg(long, value_name = "MIN", default_value_t = 120.0, allow_hyphen_values = true)]
    minutes: f64,
    /// People in the population behind the quantiles
    #[arg(long, value_name = "N", default_value_t = 200)]
    population: u32,
    #[command(flatten)]
    common: Common,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Which {
    Left,
    Right,
    Both,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Injected {
    /// Local anaesthetic at the chain
    Anaesthetic,
    /// Saline at the chain
    Saline,
    /// Anaesthetic in psoas
    Psoas,
    /// Anaesthetic that reaches neither chain, rami nor roots
    Nowhere,
    /// The plasma curve of the block, by vein, blinded
    Intravenous,
    /// Anaesthetic at the chain, with naloxone
    Naloxone,
    /// Anaesthetic at the chain, three times, three days apart
    Repeated,
}

impl From<Injected> for Arm {
    fn from(injected: Injected) -> Self {
        match injected {
            Injected::Anaesthetic => Self::Anaesthetic,
            Injected::Saline => Self::Saline,
            Injected::Psoas => Self::Psoas,
            Injected::Nowhere => Self::Nowhere,
            Injected::Intravenous => Self::Intravenous,
            Injected::Naloxone => Self::Naloxone,
            Injected::Repeated => Self::Repeated,
        }
    }
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum State {
    Healthy,
    ArterialInsufficiency,
    Raynaud,
    CrpsWarm,
    CrpsCold,
}

pub(crate) fn run(args: &Args) -> Result<Outcome, Failure> {
    let report = options(args)?.run()?;
    args.common.print(&report, &report.warnings, |out, report| write_report(out, report))
}

fn options(args: &Args) -> Result<RespondOptions, Failure> {
    let Question { blocked, blocked_right, beside_trunk, side } = match args.blocked_fraction.parse::<f64>() {
        Ok(fraction) => {
            let blocked =
                if args.at_once { Blocked::at_once(fraction)? } else { Blocked::with_onset(fraction)? };
            let side = args.side.map_or(Side::Left, side);
            Question { blocked, blocked_right: None, beside_trunk: 0.0, side }
        }
        Err(_) => read_block(Path::new(&args.blocked_fraction), args.side.map(side), args.minutes)?,
    };
    Ok(RespondOptions {
        blocked,
        blocked_right,
        beside_trunk,
        injected: args.injected.into(),
        nrs_before: args.nrs,
        side,
        room: Celsius::new(args.room)?,
        baseline_toe: args.baseline_toe.map(Celsius::new).transpose()?,
        condition: match args.condition {
            State::Healthy => Condition::Healthy,
            State::ArterialInsufficiency => Condition::ArterialInsufficiency,
            State::Raynaud => Condition::Raynaud,
            State::CrpsWarm => Condition::CrpsWarm,
            State::CrpsCold => Condition::CrpsCold,
        },
        weight: Kg::new(args.common.weight)?,
        stress: args.stress.as_deref().map(stress).transpose()?,
        horizon: Minutes::new(args.minutes)?,
        population: args.population,
        seed: args.common.seed,
    })
}

fn side(which: Which) -> Side {
    match which {
        Which::Left => Side::Left,
        Which::Right => Side::Right,
        Which::Both => Side::Both,
    }
}

fn stress(text: &str) -> Result<Stress, Failure> {
    let wrong =
        || anyhow!("{text:?} is not a stress: write startle@60 or cold@60, with the minute after the @");
    let (kind, minute) = text.split_once('@').ok_or_else(wrong)?;
    let kind = match kind {
        "startle" => StressKind::Startle,
        "cold" => StressKind::Cold,
        _ => return Err(wrong().into()),
    };
    Ok(Stress { kind, at_min: minute.parse().map_err(|_| wrong())? })
}

/// What of a block is asked about.
struct Question {
    blocked: Blocked,
    blocked_right: Option<Blocked>,
    beside_trunk: f64,
    side: Side,
}

/// The chain of one side in a `block.json`, the more blocked one unless one is named; or the left and the right chain.
fn read_block(path: &Path, side: Option<Side>, minutes: f64) -> Result<Question, Failure> {
    let text = std::fs::read_to_string(path).with_context(|| {
        format!(
            "--blocked-fraction {} is neither a number between 0 and 1 nor a file that can be read",
            path.display()
        )
    })?;
    let document: Value =
        serde_json::from_str(&text).with_context(|| format!("{} is not JSON", path.display()))?;
    let chain = document.get("chain").with_context(|| format!("{} has no key `chain`", path.display()))?;
    let of = |name: &str| -> Result<Option<[ChainLevel; 3]>, Failure> {
        let Some(levels) = chain.get(name) else { return Ok(None) };
        let level = |level: &str| {
            chain_level(levels.get(level))
                .with_context(|| format!("{}: chain.{name}.{level}", path.display()))
        };
        Ok(Some([level("L2")?, level("L3")?, level("L4")?]))
    };
    let (left, right) = (of("left")?, of("right")?);
    // What roots and rami lose warms the foot as well; documents of before do not tell.
    let beside = |name: &str| {
        let entry = document.get("beside_trunk").and_then(|sides| sides.get(name));
        let of = |key: &str| entry.and_then(|entry| entry.get(key)).and_then(number).unwrap_or(0.0);
        ChainLevel {
            fraction: of("cut_fraction"),
            onset_min: of("onset_min"),
            duration_min: of("duration_min"),
        }
    };
    let total =
        |levels: &Option<[ChainLevel; 3]>| levels.map_or(0.0, |l| l.iter().map(|l| l.fraction).sum::<f64>());
    let side = side.unwrap_or(if total(&right) > total(&left) { Side::Right } else { Side::Left });
    let blocked = |levels: Option<[ChainLevel; 3]>, name: &str| -> Result<Blocked, Failure> {
        let levels =
            levels.with_context(|| format!("{} has no chain.{name}: name another --side", path.display()))?;
        Ok(Blocked::from_chain(&levels, &beside(name), minutes)?)
    };
    let (of_left, of_right) = (beside("left").fraction, beside("right").fraction);
    let (first, second, beside_trunk) = match side {
        Side::Left => (blocked(left, "left")?, None, of_left),
        Side::Right => (blocked(right, "right")?, None, of_right),
        Side::Both => (blocked(left, "left")?, Some(blocked(right, "right")?), of_left.max(of_right)),
    };
    Ok(Question { blocked: first, blocked_right: second, beside_trunk, side })
}

/// A level without an entry, or that never blocks, counts as not blocked.
fn chain_level(entry: Option<&Value>) -> anyhow::Result<ChainLevel> {
    let Some(entry) = entry else {
        return Ok(ChainLevel { fraction: 0.0, onset_min: 0.0, duration_min: 0.0 });
    };
    let classes = entry.get("blocked_fraction_by_class").context("has no blocked_fraction_by_class")?;
    // The path to the skin is a preganglionic B fibre and then a C fibre: it is cut when either fails.
    let class = |name: &str| {
        classes.get(name).or_else(|| classes.get(name.to_uppercase())).and_then(number).unwrap_or(0.0)
    };
    Ok(ChainLevel {
        fraction: class("b").max(class("c")),
        onset_min: entry.get("onset_min").and_then(number).unwrap_or(0.0),
        duration_min: entry.get("duration_min").and_then(number).unwrap_or(0.0),
    })
}

/// A number, or the median of a distribution.
fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.get("median")?.as_f64())
}

fn write_report(out: &mut impl Write, report: &RespondReport) -> std::io::Result<()> {
    let minutes = |m: Option<f64>| m.map_or_else(|| "never".into(), |m| format!("{m:.0} min"));
    writeln!(
        out,
        "{}, {:.0} % blocked, room {} °C, {} people, seed {}",
        match report.side {
            Side::Left => "Left chain",
            Side::Right => "Right chain",
            Side::Both => "Both chains",
        },
        100.0 * report.blocked_fraction,
        report.room_c,
        report.population.n,
        report.population.seed
    )?;
    let spread = |d: &Distribution| format!("{:.1} ({:.1} to {:.1})", d.median, d.q05, d.q95);
    writeln!(
        out,
        "  toe {:.1} °C -> {:.1} °C, +1 °C {}, half {}, 95 % {}, at most {:.2} °C/min",
        report.baseline_toe_c,
        report.t_max_c,
        minutes(report.rise_1c_min),
        minutes(report.t50_min),
        minutes(report.t95_min),
        report.fastest_warming_c_min
    )?;
    writeln!(
        out,
        "  people: rise {} °C, highest {} °C",
        spread(&report.population.toe_rise_c),
        spread(&report.population.t_max_c)
    )?;
    writeln!(out, "  {}", report.statement)?;
    writeln!(out, "\n  t min     toe                  foot   calf   thigh  other toe   °C")?;
    let right = report.side == Side::Right;
    let here = |by: &BySide| if right { by.right.clone() } else { by.left.clone() };
    let there = |by: &BySide| if right { by.left.clone() } else { by.right.clone() };
    let site = |name: &str| report.sites.get(name);
    if let (Some(toe), Some(foot), Some(calf), Some(thigh)) =
        (site("toe"), site("foot"), site("calf"), site("thigh"))
    {
        let rows = here(toe)
            .into_iter()
            .zip(here(foot))
            .zip(here(calf))
            .zip(here(thigh))
            .zip(there(toe))
            .step_by(10);
        for ((((toe, foot), calf), thigh), other) in rows {
            let of = |band: Band| band.spread.median;
            writeln!(
                out,
                "  {:5.0}  {:20} {:5.1}  {:5.1}  {:5.1}  {:5.1}",
                toe.t_min,
                spread(&toe.spread),
                of(foot),
                of(calf),
                of(thigh),
                of(other)
            )?;
        }
    }
    writeln!(out, "\n  rules")?;
    for rule in &report.rules {
        let accuracy = match (rule.sensitivity_percent, rule.specificity_percent) {
            (Some(sensitivity), Some(specificity)) => {
                format!("; sensitivity {sensitivity} %, specificity {specificity} %")
            }
            _ => String::new(),
        };
        let share = rule.share_fired.map_or_else(String::new, |s| format!(" ({:.0} % of people)", 100.0 * s));
        writeln!(out, "    {:>8}{share}: {}{accuracy}", minutes(rule.at_min), rule.statement)?;
        if let Some(note) = &rule.note {
            writeln!(out, "             {note}")?;
        }
    }
    let pressure = &report.pressure;
    writeln!(
        out,
        "\n  lying: mean arterial pressure {:+.1} mmHg, heart rate {:+.1} per min; orthostatic hypotension {:.1} %, vasovagal {:.1} % ({})",
        pressure.map_change_mmhg,
        pressure.heart_rate_change_per_min,
        100.0 * pressure.orthostatic.probability,
        100.0 * pressure.vasovagal.probability,
        pressure.confidence
    )?;
    if let Some(stress) = &report.stress {
        let kind = match stress.kind {
            StressKind::Startle => "startle",
            StressKind::Cold => "cold",
        };
        writeln!(
            out,
            "\n  {kind} at {:.0} min: flow of the left toe falls to {:.0} %, of the right toe to {:.0} % of what it was; a blocked \
             chain does not transmit it",
            stress.at_min,
            100.0 * stress.left_toe_flow,
            100.0 * stress.right_toe_flow
        )?;
    }
    write_pain(out, &report.pain)
}

/// Pain under each hypothesis, and under an even mixture of the three.
fn write_pain(out: &mut impl Write, pain: &PainReport) -> std::io::Result<()> {
    writeln!(out, "\n  pain, from {} of 10 before: median (5 % to 95 %)", pain.nrs_before)?;
    writeln!(out, "  {}", pain.statement)?;
    let rows = pain.under.iter().map(|u| (u.mechanism.as_str(), &u.bands));
    for (name, bands) in rows.chain([("even mixture", &pain.mixture)]) {
        write!(out, "    {name:14}")?;
        for t_h in [2.0, 24.0, 72.0, 168.0] {
            if let Some(band) = bands.iter().find(|band| (band.t_h - t_h).abs() < 1e-9) {
                let nrs = &band.nrs;
                write!(out, "  {t_h:.0} h {:.1} ({:.1} to {:.1})", nrs.median, nrs.q05, nrs.q95)?;
            }
        }
        writeln!(out)?;
    }
    Ok(())
}
