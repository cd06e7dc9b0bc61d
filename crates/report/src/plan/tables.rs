//! The tables of a plan's report.

use crate::html::escape;
use rami_plan::document::LevelTradeOff;
use rami_plan::{Candidate, Plan, in_words};
use std::fmt::Write;

/// How many of the nearest structures are listed.
const NEAREST: usize = 9;

fn millimetres(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |mm| format!("{mm:.0}"))
}

/// A probability as a percentage one can read, with its standard error where it matters.
pub(super) fn percent(p: f64, standard_error: Option<f64>) -> String {
    match standard_error {
        _ if p < 0.0005 => "&lt; 0.1 %".to_owned(),
        Some(se) if se >= 0.0005 => format!("{:.1} ± {:.1} %", p * 100.0, se * 100.0),
        _ => format!("{:.1} %", p * 100.0),
    }
}

/// What the path keeps clear of, nearest first.
pub(super) fn clearances(candidate: &Candidate) -> String {
    let mut rows = String::new();
    for near in candidate.closest.iter().take(NEAREST) {
        let p = candidate.hit_probability.get(&near.name).copied();
        let se = candidate.hit_probability_se.get(&near.name).copied();
        let short = if near.clearance_mm < near.margin_mm - 0.1 { " class=\"short\"" } else { "" };
        let _ = write!(
            rows,
            "<tr{short}><th scope=\"row\">{}{}</th><td>{:.1}</td><td>{:.1}</td><td>{}</td></tr>",
            escape(&in_words(&near.name)),
            if near.modelled { " <i>modelled</i>" } else { "" },
            near.clearance_mm,
            near.margin_mm,
            p.map_or_else(|| "–".to_owned(), |p| percent(p, se)),
        );
    }
    format!(
        "<table><caption>Nearest structures</caption><thead><tr><th scope=\"col\">structure</th>\
         <th scope=\"col\">clearance, mm</th><th scope=\"col\">least allowed</th><th scope=\"col\">chance of touching</th></tr></thead>\
         <tbody>{rows}</tbody></table>"
    )
}

/// What the needle passes through.
pub(super) fn tissues(candidate: &Candidate) -> String {
    let mut crossed: Vec<_> = candidate.crosses_mm.iter().filter(|(_, mm)| **mm >= 0.5).collect();
    crossed.sort_by(|a, b| b.1.total_cmp(a.1));
    let parts: Vec<String> =
        crossed.iter().map(|(name, mm)| format!("{} {mm:.0} mm", escape(&in_words(name)))).collect();
    format!("<p class=\"tissues\"><b>Through:</b> {}</p>", parts.join(", "))
}

/// Whether the textbook's landmarks hold.
pub(super) fn landmarks(candidate: &Candidate) -> String {
    let l = &candidate.landmarks;
    let row = |name: &str, holds: bool, words: String| {
        format!(
            "<tr><th scope=\"row\">{name}</th><td>{}</td><td>{words}</td></tr>",
            if holds { "holds" } else { "<b>does not hold</b>" }
        )
    };
    let oblique = match (l.oblique.process_beyond_border_mm, l.oblique.obliquity_of_overlap_deg) {
        (Some(mm), overlap) => format!(
            "tip of the transverse process {:.0} mm {} the border of the body{}",
            mm.abs(),
            if mm >= 0.0 { "outside" } else { "inside" },
            overlap.map_or_else(String::new, |deg| format!("; they meet at {deg:.0}°"))
        ),
        _ => "transverse process not in view".to_owned(),
    };
    let lateral = format!(
        "tip {:.1} mm {} the anterior cortex (window -3 to +2 mm)",
        l.lateral.beyond_anterior_cortex_mm.abs(),
        if l.lateral.beyond_anterior_cortex_mm >= 0.0 { "in front of" } else { "behind" }
    );
    let ap = match l.ap.medial_of_pedicle_border_mm {
        Some(mm) => format!(
            "tip {:.0} mm {} the pedicle's lateral border, {:.0} mm from the midline",
            mm.abs(),
            if mm >= 0.0 { "medial of" } else { "lateral of" },
            l.ap.from_midline_mm
        ),
        None => format!("no pedicle found; {:.0} mm from the midline", l.ap.from_midline_mm),
    };
    format!(
        "<table><caption>Textbook landmarks</caption><tbody>{}{}{}</tbody></table>",
        row("Oblique", l.oblique.holds, oblique),
        row("Lateral", l.lateral.holds, lateral),
        row("AP", l.ap.holds, ap)
    )
}

/// How the levels compare.
pub(super) fn trade_off(plan: &Plan) -> String {
    let chosen = plan.chosen.as_ref().map(|c| c.indices().to_vec()).unwrap_or_default();
    let row = |row: &LevelTradeOff| {
        let is_chosen = row.best.is_some_and(|best| chosen.contains(&best));
        let state = match (is_chosen, row.safe) {
            (true, _) => "<b>chosen</b>",
            (false, true) => "safe",
            (false, false) => "<b>refused</b>",
        };
        format!(
            "<tr><th scope=\"row\">{} {}</th><td>{state}</td><td>{}</td><td>{}</td><td>{}</td><td>{:.0} % ({:.0}–{:.0})</td><td>{}</td><td>{}</td></tr>",
            row.level,
            row.side,
            row.kidney_clearance_mm.map_or_else(
                || "–".to_owned(),
                |mm| format!("{mm:.0} mm, {}", percent(row.kidney_hit_probability.unwrap_or(0.0), None))
            ),
            row.vessel_clearance_mm.map_or_else(
                || "–".to_owned(),
                |mm| format!("{mm:.0} mm, {}", percent(row.vessel_hit_probability.unwrap_or(0.0), None))
            ),
            millimetres(row.psoas_mm),
            row.genitofemoral_block.share * 100.0,
            row.genitofemoral_block.low * 100.0,
            row.genitofemoral_block.high * 100.0,
            millimetres(row.distance_to_chain_mm),
            row.cost_with_level_risks.map_or_else(|| "–".to_owned(), |cost| format!("{cost:.1}")),
        )
    };
    format!(
        "<table class=\"wide\"><caption>Levels compared (best path of each)</caption><thead><tr><th scope=\"col\">level</th><th scope=\"col\"></th>\
         <th scope=\"col\">kidney</th><th scope=\"col\">great vessels</th><th scope=\"col\">psoas, mm</th><th scope=\"col\">genitofemoral block, published</th>\
         <th scope=\"col\">tip to trunk, mm</th><th scope=\"col\">cost</th></tr></thead><tbody>{}</tbody></table>",
        plan.trade_off.iter().map(row).collect::<String>()
    )
}
