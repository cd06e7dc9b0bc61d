//! Which candidate is chosen, and why: levels compared in a table, the best named, the reason in words.

use crate::document::{Candidate, Chosen, LevelRisk, LevelTradeOff, RefusedSite, Verdict};
use crate::options::PlanOptions;
use crate::rules::{HazardClass, Prices};
use crate::words::in_words;
use rami_anatomy::{Side, VertebralLevel};
use rami_evidence::figure;
use std::collections::BTreeMap;

/// Published or derived share of blocks that reach the genitofemoral nerve.
fn genitofemoral(level: VertebralLevel) -> LevelRisk {
    let key = match level {
        VertebralLevel::L2 => "anatomy.genitofemoral_block.l2",
        VertebralLevel::L3 => "planning.genitofemoral_block.l3",
        _ => "anatomy.genitofemoral_block.l4",
    };
    let figure = figure(key);
    let share = figure.value.unwrap_or(0.0) / 100.0;
    let (low, high) = figure.interval.map_or((share, share), |i| (i.low / 100.0, i.high / 100.0));
    LevelRisk { share, low, high, evidence: key.to_owned() }
}

/// The cost by which levels are compared: of two that are about as good, the textbooks' (evidence A2) is taken.
fn with_level_risks(candidate: &Candidate) -> f64 {
    let textbook = matches!(candidate.level, VertebralLevel::L2 | VertebralLevel::L3);
    let habit = if textbook { 0.0 } else { Prices::NOT_A_TEXTBOOK_LEVEL };
    candidate.cost + genitofemoral(candidate.level).share * Prices::GENITOFEMORAL_BLOCK + habit
}

fn of_class(candidate: &Candidate, class: HazardClass) -> (Option<f64>, Option<f64>) {
    let names: Vec<&String> =
        candidate.closest.iter().filter(|near| near.class == class).map(|near| &near.name).collect();
    let least = |values: &BTreeMap<String, f64>, pick: fn(f64, f64) -> f64| {
        names.iter().filter_map(|name| values.get(*name).copied()).reduce(pick)
    };
    (least(&candidate.clearance_mm, f64::min), least(&candidate.hit_probability, f64::max))
}

fn psoas_mm(candidate: &Candidate) -> f64 {
    candidate.crosses_mm.iter().filter(|(name, _)| name.starts_with("iliopsoas")).map(|(_, mm)| mm).sum()
}

/// Marks candidates that no other safe one of their side beats in everything that is compared.
pub(crate) fn mark_pareto(candidates: &mut [Candidate]) {
    let objectives: Vec<[f64; 6]> = candidates
        .iter()
        .map(|c| {
            [
                c.any_hit_probability,
                of_class(c, HazardClass::Kidney).1.unwrap_or(0.0),
                of_class(c, HazardClass::GreatVessel).1.unwrap_or(0.0),
                psoas_mm(c),
                c.distance_to_chain_mm.unwrap_or(f64::INFINITY),
                genitofemoral(c.level).share,
            ]
        })
        .collect();
    let flags: Vec<bool> = (0..candidates.len())
        .map(|i| {
            let here = &candidates[i];
            here.safe
                && !(0..candidates.len()).any(|j| {
                    let beats = objectives[j].iter().zip(&objectives[i]).all(|(a, b)| a <= b)
                        && objectives[j] != objectives[i];
                    j != i && candidates[j].safe && candidates[j].side == here.side && beats
                })
        })
        .collect();
    candidates.iter_mut().zip(flags).for_each(|(candidate, flag)| candidate.pareto_optimal = flag);
}

/// The table of levels, sides first.
pub(crate) fn trade_off(candidates: &[Candidate], options: &PlanOptions) -> Vec<LevelTradeOff> {
    let mut rows = Vec::new();
    for &side in options.side.sides() {
        for level in options.levels() {
            let best = best_of(candidates, side, level);
            let candidate = best.map(|index| &candidates[index]);
            let (kidney, kidney_p) = candidate.map_or((None, None), |c| of_class(c, HazardClass::Kidney));
            let (vessel, vessel_p) =
                candidate.map_or((None, None), |c| of_class(c, HazardClass::GreatVessel));
            rows.push(LevelTradeOff {
                side,
                level,
                best,
                safe: candidate.is_some_and(|c| c.safe),
                cost_with_level_risks: candidate.map(with_level_risks),
                psoas_mm: candidate.map(psoas_mm),
                genitofemoral_block: genitofemoral(level),
                kidney_clearance_mm: kidney,
                kidney_hit_probability: kidney_p,
                vessel_clearance_mm: vessel,
                vessel_hit_probability: vessel_p,
                distance_to_chain_mm: candidate.and_then(|c| c.distance_to_chain_mm),
                notes: notes(level, candidate),
            });
        }
    }
    rows
}

fn notes(level: VertebralLevel, candidate: Option<&Candidate>) -> Vec<String> {
    let mut notes: Vec<String> = match level {
        VertebralLevel::L2 => vec![
            "The genitofemoral nerve was blocked in 0 of 15 at L2, and contrast ran into psoas least often here.",
            "The lower third of L2 is one of the two textbook sites; the kidney is nearest here.",
        ],
        VertebralLevel::L3 => vec![
            "The upper third of L3 is one of the two textbook sites and the level most often used.",
            "Nobody counted genitofemoral blocks at L3: the share is half way between L2 and L4.",
        ],
        _ => vec![
            "The genitofemoral nerve was blocked in 6 of 15 at L4.",
            "The kidney is far, psoas is thick, and the great vessels divide about here.",
        ],
    }
    .into_iter()
    .map(str::to_owned)
    .collect();
    match candidate {
        Some(c) if !c.safe => {
            notes.push(format!("No safe path on the {}: {}.", c.side, c.refusals.join("; ")))
        }
        None => notes.push("No path reached the skin.".to_owned()),
        _ => {}
    }
    notes
}

/// Best candidate of a side and level: a safe one if there is one, the cheapest of those.
fn best_of(candidates: &[Candidate], side: Side, level: VertebralLevel) -> Option<usize> {
    (0..candidates.len()).filter(|&i| candidates[i].side == side && candidates[i].level == level).min_by(
        |&a, &b| {
            let rank = |i: usize| (!candidates[i].safe, candidates[i].cost);
            rank(a).0.cmp(&rank(b).0).then(rank(a).1.total_cmp(&rank(b).1))
        },
    )
}

/// Chooses for every side that was asked for, and says why.
pub(crate) fn choose(
    candidates: &[Candidate],
    rows: &[LevelTradeOff],
    options: &PlanOptions,
) -> (Option<Chosen>, Verdict) {
    let mut chosen = Vec::new();
    let mut refused = Vec::new();
    let mut reasons = Vec::new();
    for &side in options.side.sides() {
        let mut ranked: Vec<(&LevelTradeOff, usize)> =
            rows.iter().filter(|row| row.side == side).filter_map(|row| Some((row, row.best?))).collect();
        ranked.sort_by(|a, b| {
            let cost = |row: &LevelTradeOff| row.cost_with_level_risks.unwrap_or(f64::INFINITY);
            b.0.safe.cmp(&a.0.safe).then(cost(a.0).total_cmp(&cost(b.0)))
        });
        let safe: Vec<usize> = ranked
            .iter()
            .filter(|(row, _)| row.safe)
            .take(options.needles)
            .map(|&(_, index)| index)
            .collect();
        for &index in &safe {
            reasons.push(reason(&candidates[index], &ranked, candidates));
        }
        if safe.len() < options.needles {
            let next = ranked.iter().find(|(row, _)| !row.safe).map(|&(_, index)| index);
            let why = match next {
                Some(index) => {
                    let c = &candidates[index];
                    format!(
                        "{} on the {side}: no safe path. The least bad one, at {}, is refused because {}.",
                        if safe.is_empty() {
                            "No level".to_owned()
                        } else {
                            format!("Only {} of {} needles", safe.len(), options.needles)
                        },
                        c.level,
                        c.refusals.join("; ")
                    )
                }
                None if !safe.is_empty() => format!(
                    "Only {} of {} needles on the {side}: no other level has a path to the skin.",
                    safe.len(),
                    options.needles
                ),
                None => format!("No path on the {side} reached the skin."),
            };
            reasons.push(why.clone());
            refused.push(RefusedSite { side, least_bad: next, reason: why });
        }
        chosen.extend(safe);
    }
    let sites = options.needles * options.side.sides().len();
    let document = match (chosen.as_slice(), sites) {
        ([], _) => None,
        ([one], 1) => Some(Chosen::One(*one)),
        _ => Some(Chosen::Several(chosen)),
    };
    let verdict = Verdict { safe: refused.is_empty(), reason: reasons.join(" "), refused };
    (document, verdict)
}

/// How near the tip comes to the trunk, beside the other levels: what often decides between them.
fn trunk(chosen: &Candidate, ranked: &[(&LevelTradeOff, usize)], candidates: &[Candidate]) -> String {
    let Some(here) = chosen.distance_to_chain_mm else { return String::new() };
    let others: Vec<String> = ranked
        .iter()
        .filter(|(row, _)| row.level != chosen.level)
        .filter_map(|(row, index)| Some((row.level, candidates[*index].distance_to_chain_mm?)))
        .map(|(level, mm)| format!("{mm:.0} mm at {level}"))
        .collect();
    let beside = if others.is_empty() { String::new() } else { format!(" ({})", others.join(", ")) };
    format!(". Its tip comes within {here:.0} mm of the inferred trunk's likeliest course{beside}")
}

fn reason(chosen: &Candidate, ranked: &[(&LevelTradeOff, usize)], candidates: &[Candidate]) -> String {
    let mut text = format!("{} on the {} was chosen", chosen.level, chosen.side);
    let others: Vec<String> = ranked
        .iter()
        .filter(|(row, _)| row.level != chosen.level)
        .map(|(row, index)| {
            if candidates[*index].safe {
                format!("{:.1} at {}", row.cost_with_level_risks.unwrap_or(f64::NAN), row.level)
            } else {
                format!("no safe path at {}", row.level)
            }
        })
        .collect();
    if !others.is_empty() {
        text +=
            &format!(": it costs {:.1} points, against {}", with_level_risks(chosen), others.join(" and "));
    }
    let near: Vec<String> = chosen
        .closest
        .iter()
        .filter(|near| !matches!(near.class, HazardClass::Bone | HazardClass::Disc))
        .take(3)
        .map(|near| format!("{} {:.0} mm", in_words(&near.name), near.clearance_mm))
        .collect();
    text += &trunk(chosen, ranked, candidates);
    if chosen.level == VertebralLevel::L4 {
        text += ". The textbook names the lower third of L2 and the upper third of L3 for a single needle";
    }
    text += &format!(
        ". It crosses {:.0} mm of psoas and keeps clear of {}; something it must not touch would be touched in {:.1} % of attempts made blind.",
        psoas_mm(chosen),
        near.join(", "),
        chosen.any_hit_probability * 100.0
    );
    text
}
