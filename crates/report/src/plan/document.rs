//! The HTML of a plan's report.

use super::pictures::SitePicture;
use super::{sources, tables};
use crate::html::{NOTICE, escape, figure};
use rami_plan::{Candidate, HazardClass, Plan, in_words};
use std::fmt::Write;

const STYLE: &str = include_str!("style.css");

pub(super) fn html(plan: &Plan, shown: &[&Candidate], pictures: &[Vec<SitePicture>], title: &str) -> String {
    let heading = heading(plan, shown);
    let mut body = warnings(plan);
    let _ = write!(
        body,
        "<header><p class=\"brand\">Rami · plan of a lumbar sympathetic block</p><h1>{}</h1><p class=\"case\">{}</p>\
         <p class=\"notice\">{}</p></header>",
        escape(&heading),
        escape(title),
        escape(NOTICE)
    );
    let _ = write!(
        body,
        "<section class=\"verdict\" aria-label=\"Verdict\"><p>{}</p></section>",
        escape(&plan.verdict.reason)
    );
    for (candidate, pictures) in shown.iter().zip(pictures) {
        body.push_str(&site(plan, candidate, pictures));
    }
    let _ = write!(
        body,
        "<section aria-labelledby=\"levels\"><h2 id=\"levels\">Why this level</h2>{}{}</section>",
        tables::trade_off(plan),
        notes(plan)
    );
    body.push_str(&inferred(plan));
    let _ = write!(
        body,
        "<section aria-labelledby=\"sources\"><h2 id=\"sources\">Sources</h2>{}</section>",
        sources::list(plan)
    );
    body.push_str(&provenance(plan));
    // On paper everything is smaller, so that two sites keep to two pages; on a screen nothing changes.
    let several = if shown.len() > 1 { " class=\"several\"" } else { "" };
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{} – {}</title><style>{STYLE}</style></head><body><main{several}>{body}</main></body></html>\n",
        escape(&heading),
        escape(title)
    )
}

fn heading(plan: &Plan, shown: &[&Candidate]) -> String {
    let sites: Vec<String> = shown.iter().map(|c| format!("{} {}", c.level, c.side)).collect();
    if plan.chosen.is_none() {
        return match sites.as_slice() {
            [] => "No path found".to_owned(),
            _ => format!("No safe path; least bad: {}", sites.join(", ")),
        };
    }
    sites.join(" and ")
}

fn warnings(plan: &Plan) -> String {
    if plan.warnings.is_empty() {
        return String::new();
    }
    let items: String = plan.warnings.iter().map(|w| format!("<li>{}</li>", escape(&w.text))).collect();
    format!(
        "<section class=\"warnings\" role=\"note\" aria-label=\"Warnings\"><p><b>Before anything else</b></p><ul>{items}</ul></section>"
    )
}

fn site(plan: &Plan, candidate: &Candidate, pictures: &[SitePicture]) -> String {
    let id = format!("site-{}-{}", candidate.level, candidate.side);
    let mut html = format!(
        "<section class=\"site\" aria-labelledby=\"{id}\"><h2 id=\"{id}\">{} {}{}</h2>",
        candidate.level,
        candidate.side,
        if candidate.safe { "" } else { " <b class=\"mark\">refused</b>" }
    );
    if !candidate.safe {
        let reasons: String = candidate.refusals.iter().map(|r| format!("<li>{}</li>", escape(r))).collect();
        let _ = write!(html, "<div class=\"warnings\"><p>Refused because:</p><ul>{reasons}</ul></div>");
    }
    html.push_str(&glance(plan, candidate));
    let figures = |range: std::ops::Range<usize>| -> String {
        pictures
            .iter()
            .skip(range.start)
            .take(range.len())
            .map(|p| figure(&p.png, &p.alternative, &p.caption))
            .collect()
    };
    let _ = write!(html, "<div class=\"pictures\">{}</div>", figures(0..3));
    let _ = write!(
        html,
        "<div class=\"columns\"><div>{}</div><div>{}{}</div></div>",
        tables::clearances(candidate),
        tables::landmarks(candidate),
        tables::tissues(candidate)
    );
    let _ = write!(html, "<div class=\"pictures\">{}</div></section>", figures(3..6));
    html
}

/// The figures one dials in and marks on the skin.
fn glance(plan: &Plan, candidate: &Candidate) -> String {
    let centimetres = |mm: f64| format!("{:.1} cm", mm.abs() / 10.0);
    let entry = format!(
        "{} {} of the midline",
        centimetres(candidate.lateral_offset_mm),
        if candidate.lateral_offset_mm >= 0.0 { candidate.side } else { candidate.side.opposite() }
    );
    let crest = candidate.entry_above_iliac_crest_mm.map_or_else(
        || "iliac crests not in view".to_owned(),
        |mm| {
            format!("{} {} the iliac crest line", centimetres(mm), if mm >= 0.0 { "above" } else { "below" })
        },
    );
    // The needle is slid along bone and may brush the disc: what matters is what else is near.
    let mut hazards =
        candidate.closest.iter().filter(|n| !matches!(n.class, HazardClass::Bone | HazardClass::Disc));
    let nearest = hazards.next().map_or_else(
        || "–".to_owned(),
        |near| format!("{:.0} mm to {}", near.clearance_mm, in_words(&near.name)),
    );
    let chain = candidate
        .distance_to_chain_mm
        .map_or_else(|| "–".to_owned(), |mm| format!("{mm:.0} mm from its likeliest course"));
    let third = match candidate.third {
        rami_plan::document::Third::Lower => "lower",
        rami_plan::document::Third::Upper => "upper",
    };
    let cells = [
        ("Enter the skin", entry, crest),
        (
            "C-arm, tunnel view",
            capitalised(&candidate.view_in_words),
            format!(
                "primary {:.0}°, secondary {:.0}°",
                candidate.primary_angle_deg, candidate.secondary_angle_deg
            ),
        ),
        (
            "Depth to target",
            format!("{:.0} mm", candidate.depth_mm),
            format!("needle {:.0} mm", candidate.needle_length_mm),
        ),
        (
            "Target",
            format!("{third} third of {}", candidate.level),
            candidate
                .target_to_bone_mm
                .map_or_else(String::new, |mm| format!("{mm:.0} mm in front of the cortex")),
        ),
        (
            "Nearest hazard",
            nearest,
            format!("any hit, made blind: {}", tables::percent(candidate.any_hit_probability, None)),
        ),
        ("Sympathetic trunk", chain, "inferred, not seen".to_owned()),
    ];
    let cells: String = cells
        .iter()
        .map(|(name, value, more)| {
            // `more` of the nearest structure holds an entity already; the rest has nothing to escape but text.
            let more = if more.contains("&lt;") { more.clone() } else { escape(more) };
            format!("<div><dt>{name}</dt><dd>{}<small>{more}</small></dd></div>", escape(value))
        })
        .collect();
    let error = plan.human_error;
    format!(
        "<dl class=\"glance\">{cells}</dl><p class=\"footnote\">Chances allow for an operator's error (one standard deviation: entry {:.1} mm, \
         direction {:.1}°, depth {:.1} mm, bending {:.1} mm), for what is modelled, and for posture and breathing; {} draws, seed {}.</p>",
        error.entry_sd_mm,
        error.angle_sd_deg,
        error.depth_sd_mm,
        error.deflection_sd_mm,
        plan.draws,
        plan.seed
    )
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

fn notes(plan: &Plan) -> String {
    let mut seen: Vec<(String, String)> = Vec::new();
    for row in &plan.trade_off {
        for note in &row.notes {
            if !seen.iter().any(|(level, text)| *level == row.level.name() && text == note) {
                seen.push((row.level.name().to_owned(), note.clone()));
            }
        }
    }
    let items: String =
        seen.iter().map(|(level, note)| format!("<li><b>{level}</b> {}</li>", escape(note))).collect();
    format!("<ul class=\"notes\">{items}</ul>")
}

fn inferred(plan: &Plan) -> String {
    let mut kinds: Vec<String> = plan
        .modelled_hazards
        .iter()
        .map(|hazard| {
            let name = in_words(&hazard.name);
            name.split(' ')
                .filter(|word| !["left", "right"].contains(word) && !is_level(word))
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect();
    kinds.sort();
    kinds.dedup();
    format!(
        "<section aria-labelledby=\"inferred\"><h2 id=\"inferred\">What was seen, what was not</h2><p>Seen: what the CT's labels say. \
         <b>Inferred:</b> the sympathetic trunk (turquoise, dashed), from published distances to bone, psoas and vessels; no CT shows it. \
         <b>Modelled</b>, each with its uncertainty: {}. Costs and least allowed clearances are judgements, not evidence.</p></section>",
        escape(&kinds.join(", "))
    )
}

fn is_level(word: &str) -> bool {
    rami_anatomy::VertebralLevel::ALL.iter().any(|level| level.name() == word)
}

fn provenance(plan: &Plan) -> String {
    let inputs: Vec<String> = plan
        .inputs
        .iter()
        .map(|input| {
            format!(
                "{} {} (SHA-256 <code>{}</code>)",
                escape(&input.role),
                escape(&input.file),
                escape(&input.sha256)
            )
        })
        .collect();
    format!(
        "<footer><p>Made by Rami {} · seed {} · {} paths decided, {} free · {}</p><p class=\"notice\">{}</p></footer>",
        escape(&plan.rami_version),
        plan.seed,
        plan.search.paths_decided,
        plan.search.paths_free,
        inputs.join("; "),
        escape(NOTICE)
    )
}
