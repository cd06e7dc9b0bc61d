//! What flags, chart and script say of the same thing: they agree, or it is refused in words.

use super::Args;
use crate::exit::Failure;
use anyhow::anyhow;
use rami_anatomy::Side;
use rami_clinic::Chart;
use rami_procedure::Setup;
use rami_procedure::operator::Script;
use rami_procedure::setup::side_of;
use serde_json::Value;

/// What is settled before anything is opened.
pub(super) struct Said {
    pub(super) seed: u64,
    /// Nothing where neither a flag nor a script names one: then chart or case do.
    pub(super) side: Option<Side>,
}

/// Seed and side, as far as somebody says them.
pub(super) fn agreed(args: &Args, script: Option<&Script>, chart: Option<&Chart>) -> Result<Said, Failure> {
    let own = |key: &str| script.filter(|script| script.says.contains(key)).and_then(|s| s.setup.as_ref());
    let scripted = own("seed").map(|setup| setup.seed);
    if let (Some(asked), Some(scripted)) = (args.seed, scripted)
        && asked != scripted
    {
        return Err(anyhow!(
            "--seed {asked}, but [setup] of the script says seed = {scripted}: leave the flag out, or change the script"
        )
        .into());
    }
    let sides = [
        ("--side", args.side),
        ("[setup] of the script", own("side").map(|setup| setup.side)),
        ("the chart (complaint.side)", chart.and_then(side_of)),
    ];
    let mut said = sides.iter().filter_map(|(who, side)| Some((*who, (*side)?)));
    if let Some((first, side)) = said.next()
        && let Some((other, opposite)) = said.find(|(_, other)| *other != side)
    {
        return Err(anyhow!(
            "{first} says {side} and {other} says {opposite}: make them agree, for one block has one side"
        )
        .into());
    }
    Ok(Said {
        seed: args.seed.or(scripted).unwrap_or(rami_random::DEFAULT_SEED),
        side: sides.iter().take(2).find_map(|(_, side)| *side),
    })
}

/// Facts of a script with those of the chart over them: a chart is of a person, a script of an exercise. What changes is
/// told.
pub(super) fn with_chart(said: Setup, chart: Option<&Chart>) -> Setup {
    let Some(chart) = chart else { return said };
    let mut setup = said.clone();
    setup.take_from(chart);
    let differing = differing(&said, &setup);
    if !differing.is_empty() {
        eprintln!("warning: the chart's {} stand in the place of the script's", differing.join(", "));
    }
    setup
}

/// Names of the facts in which two setups differ.
fn differing(a: &Setup, b: &Setup) -> Vec<String> {
    fn walk(name: &str, a: &Value, b: &Value, out: &mut Vec<String>) {
        match (a, b) {
            (Value::Object(a), Value::Object(b)) => {
                let keys: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
                for key in keys {
                    let name = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                    walk(&name, a.get(key).unwrap_or(&Value::Null), b.get(key).unwrap_or(&Value::Null), out);
                }
            }
            (a, b) if a != b => out.push(name.to_owned()),
            _ => {}
        }
    }
    let mut out = Vec::new();
    if let (Ok(a), Ok(b)) = (serde_json::to_value(a), serde_json::to_value(b)) {
        walk("", &a, &b, &mut out);
    }
    out
}
