//! The report of a rehearsed block: one self-contained page, and a FHIR Procedure with its Observations.

mod charts;
mod fhir;

pub use fhir::fhir;

use crate::html::{NOTICE, escape, figure};
use rami_plan::Plan;
use rami_procedure::complication::entry;
use rami_procedure::curves::Curves;
use rami_procedure::operator::script::in_words;
use rami_procedure::score::Score;
use rami_procedure::{Event, Session, State};
use std::fmt::Write;

/// A picture that tells part of the story.
#[derive(Debug, Clone)]
pub struct KeyFrame {
    /// Its number in the session.
    pub number: u64,
    /// Time on the block's clock, s.
    pub at_s: f64,
    /// What it is.
    pub caption: String,
    /// PNG.
    pub png: Vec<u8>,
}

const STYLE: &str = include_str!("style.css");

fn clock(seconds: f64) -> String {
    format!("{}:{:02}", (seconds / 60.0) as u64, (seconds % 60.0) as u64)
}

/// The report as HTML.
#[must_use]
pub fn html(
    session: &Session,
    state: &State,
    score: &Score,
    curves: &Curves,
    frames: &[KeyFrame],
    plan: &Plan,
) -> String {
    let setup = &session.header.setup;
    let mut page = String::new();
    let _ = write!(
        page,
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\"><title>Rehearsal of a lumbar sympathetic block: {name}</title>\
         <style>{STYLE}</style></head><body><main><header><p class=\"brand\">Rami</p><h1>Rehearsal of a lumbar \
         sympathetic block</h1><p>{name}, {side} side, {level}</p><p class=\"notice\">{NOTICE}</p></header>",
        name = escape(&setup.person.name),
        side = setup.side,
        level = setup.level,
    );
    warnings(&mut page, session, plan);
    verdict(&mut page, session, state, score);
    planned(&mut page, session, plan);
    minutes(&mut page, session, frames);
    doses(&mut page, session, state);
    spread(&mut page, state);
    charts::temperature(&mut page, session, curves);
    charts::plasma(&mut page, session, curves);
    pain(&mut page, session);
    complications(&mut page, score);
    points(&mut page, score);
    measures(&mut page, score);
    sources(&mut page, session, state);
    page.push_str("</main></body></html>\n");
    page
}

fn warnings(page: &mut String, session: &Session, plan: &Plan) {
    let mut lines: Vec<String> = plan.warnings.iter().map(|warning| warning.text.clone()).collect();
    lines.push(session.header.world.clone());
    if session.header.flow == "geometric" {
        lines.push(
            "Spread of contrast and drug is a geometric stand-in about the tip, not a computed flow: read it as teaching, \
             not as a prediction."
                .to_owned(),
        );
    }
    lines.push("How long each action takes is an input of the rehearsal, so the length of the block is not a finding.".to_owned());
    lines.extend(session.events().filter_map(|(_, event)| match event {
        Event::Warned { text } => Some(text.clone()),
        _ => None,
    }));
    page.push_str("<section class=\"warnings\"><h2>Read first</h2><ul>");
    for line in lines {
        let _ = write!(page, "<li>{}</li>", escape(&line));
    }
    page.push_str("</ul></section>");
}

fn glance(page: &mut String, items: &[(&str, String)]) {
    page.push_str("<dl class=\"glance\">");
    for (name, value) in items {
        let _ = write!(page, "<div><dt>{}</dt><dd>{}</dd></div>", escape(name), escape(value));
    }
    page.push_str("</dl>");
}

fn verdict(page: &mut String, session: &Session, state: &State, score: &Score) {
    let side = session.header.setup.side;
    let _ = write!(
        page,
        "<section><h2>What came of it</h2><p class=\"big\">{}</p>",
        escape(&if score.passed {
            format!("Nothing happened that fails a block. {:.0} of 100 points.", score.percent)
        } else {
            format!("This block fails: {}. {:.0} of 100 points.", score.failures.join("; "), score.percent)
        })
    );
    let measure = |name: &str, unit: &str, digits: usize| {
        score
            .measures
            .get(name)
            .copied()
            .flatten()
            .map_or("–".to_owned(), |v| format!("{v:.digits$}{unit}"))
    };
    glance(
        page,
        &[
            ("Chain blocked", if state.block_achieved(side) { "yes".to_owned() } else { "no".to_owned() }),
            ("Fibres blocked at the best level", format!("{:.0} %", 100.0 * state.blocked(side))),
            ("Tip to target", measure("tip_to_target_mm", " mm", 1)),
            ("Needle passes", measure("needle_passes", "", 0)),
            ("Pictures", measure("frames", "", 0)),
            ("Dose–area product", measure("dap_gy_cm2", " Gy·cm²", 3)),
            (
                "Share of maximum dose",
                format!("{:.0} %", 100.0 * state.share_of_maximum(session.header.setup.person.weight_kg)),
            ),
            (
                "Complications",
                format!("{}", score.complications.iter().filter(|c| c.first_sign_s.is_some()).count()),
            ),
            ("Operator", session.header.operator.clone()),
        ],
    );
    page.push_str("<p class=\"footnote\">Technical success and relief of pain are two endpoints and agree poorly.</p></section>");
}

fn planned(page: &mut String, session: &Session, plan: &Plan) {
    let Some(aim) = &session.header.aim else { return };
    let point = |p: [f64; 3]| format!("{:.1}, {:.1}, {:.1}", p[0], p[1], p[2]);
    let _ = write!(
        page,
        "<section><h2>Plan</h2><p>{}</p><p>Entry {} mm, target {} mm (LPS), {}; tunnel view primary {:.1}°, secondary \
         {:.1}°.</p></section>",
        escape(&plan.verdict.reason),
        point(aim.entry_mm),
        point(aim.target_mm),
        escape(&aim.needle),
        aim.primary_deg,
        aim.secondary_deg
    );
}

fn minutes(page: &mut String, session: &Session, frames: &[KeyFrame]) {
    page.push_str("<section><h2>Minute by minute</h2><p class=\"footnote\">What the operator perceived; what was true besides is set in italics.</p>");
    if !frames.is_empty() {
        page.push_str("<div class=\"pictures\">");
        let stride = frames.len().div_ceil(12).max(1);
        for (index, frame) in frames.iter().enumerate() {
            if index % stride == 0 || index + 1 == frames.len() {
                let caption = format!("{} · picture {} · {}", clock(frame.at_s), frame.number, frame.caption);
                page.push_str(&figure(&frame.png, &caption, &caption));
            }
        }
        page.push_str("</div>");
    }
    page.push_str("<table class=\"minutes\"><thead><tr><th>Time</th><th>Done</th><th>What came of it</th></tr></thead><tbody>");
    for line in &session.lines {
        let mut came = String::new();
        if let Some(refusal) = &line.refused {
            let _ = write!(came, "<b>Not done:</b> {}", escape(&refusal.to_string()));
        }
        for event in &line.events {
            if let Some(text) = told(event) {
                let _ = write!(came, "<div>{}</div>", escape(&text));
            }
            if let Some(text) = truth(event) {
                let _ = write!(came, "<div class=\"truth\">{}</div>", escape(&text));
            }
        }
        let what = line.action.name().replace('_', " ");
        let detail = detail(&serde_json::to_value(&line.action).unwrap_or_default());
        let _ = write!(
            page,
            "<tr><td>{}</td><td>{}<div class=\"detail\">{}</div></td><td>{came}</td></tr>",
            clock(line.t_s),
            escape(&what),
            escape(&detail)
        );
    }
    page.push_str("</tbody></table></section>");
}

/// The numbers of an action, short.
fn detail(action: &serde_json::Value) -> String {
    let Some(fields) = action.as_object() else { return String::new() };
    let short = |value: &serde_json::Value| match value {
        serde_json::Value::Number(number) => number.as_f64().map_or_else(String::new, |v| format!("{v:.1}")),
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Array(items) => {
            items.iter().filter_map(|v| v.as_f64()).map(|v| format!("{v:.1}")).collect::<Vec<_>>().join(", ")
        }
        serde_json::Value::Object(inner) => {
            inner.iter().map(|(k, v)| format!("{k} {v}").replace('"', "")).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    };
    fields
        .iter()
        .filter(|(key, _)| *key != "do")
        .map(|(key, value)| format!("{} {}", key.replace('_', " "), short(value)))
        .collect::<Vec<_>>()
        .join("; ")
}

fn told(event: &Event) -> Option<String> {
    Some(match event {
        Event::Exposed { frames, kvp, dap_gy_cm2, .. } => {
            format!("{frames} picture(s), {kvp:.0} kV, {:.2} mGy·cm²", 1000.0 * dap_gy_cm2)
        }
        Event::NeedleSeen { off_axis_deg, .. } => format!("the needle looks {off_axis_deg:.1}° off a point"),
        Event::NeedleMoved { depth_mm, force_n, lost_resistance, .. } => format!(
            "{depth_mm:.1} mm in, {force_n:.1} N{}",
            if *lost_resistance { ", resistance falls away" } else { "" }
        ),
        Event::Aspirated { seen } => format!("aspirated: {}", format!("{seen:?}").to_lowercase()),
        Event::Injected { agent, volume_ml, mass_mg, left_ml, resistance, .. } => {
            format!("{volume_ml:.1} ml {agent} ({mass_mg:.1} mg) went in, {resistance}; {left_ml:.1} ml left")
        }
        Event::Temperatures { toe_c, since_injection_min, .. } => format!(
            "toes {:.1} °C left, {:.1} °C right{}",
            toe_c.left,
            toe_c.right,
            since_injection_min.map_or_else(String::new, |m| format!(", {m:.0} min after the drug"))
        ),
        Event::RuleFired { rule, statement } => format!("rule {}: {statement}", rule.replace('_', " ")),
        Event::SomaticFound { groin_numb, thigh_numb, quadriceps_weak } => {
            let word = |yes: &bool| if *yes { "yes" } else { "no" };
            format!(
                "groin numb {}, thigh numb {}, quadriceps weak {}",
                word(groin_numb),
                word(thigh_numb),
                word(quadriceps_weak)
            )
        }
        Event::Vitals { mean_pressure_mmhg, heart_rate_per_min, spo2_percent, .. } => {
            format!(
                "mean pressure {mean_pressure_mmhg:.0} mmHg, pulse {heart_rate_per_min:.0}, saturation {spo2_percent:.0} %"
            )
        }
        Event::Sign { sign, .. } => sign.clone(),
        Event::Treated { effect, harmful, .. } => {
            format!("{effect}{}", if *harmful { " (harmful)" } else { "" })
        }
        Event::Handled { complication } => format!("{} is dealt with", complication.name()),
        Event::Consequence { text, .. } => text.clone(),
        Event::TimeOutHeld { mismatch, .. } => {
            mismatch.clone().unwrap_or_else(|| "everyone agrees".to_owned())
        }
        Event::CArmMoved { in_words, .. } => in_words.clone(),
        Event::FollowedUp { day, nrs_under } => {
            let each: Vec<String> = nrs_under
                .iter()
                .map(|(under, nrs)| format!("{nrs:.1} under {}", under.replace('_', " ")))
                .collect();
            format!(
                "day {day:.0}: pain {}",
                if each.is_empty() { "not modelled".to_owned() } else { each.join(", ") }
            )
        }
        Event::PhaseEntered { .. }
        | Event::Checked { .. }
        | Event::TipAt { .. }
        | Event::Entered { .. }
        | Event::Deposited { .. }
        | Event::ComplicationBegan { .. }
        | Event::DrawnUp { .. }
        | Event::NeedleInserted { .. }
        | Event::NeedleRedirected { .. }
        | Event::NeedleRemoved { .. }
        | Event::Observed { .. } => return None,
        other => in_words(other).filter(|text| !text.starts_with('{'))?,
    })
}

fn truth(event: &Event) -> Option<String> {
    Some(match event {
        Event::Entered { structure, depth_mm, .. } => {
            format!("came into {} at {depth_mm:.1} mm", structure.replace('_', " "))
        }
        Event::ComplicationBegan { complication, cause } => {
            format!("{} begins: {cause}", complication.name())
        }
        Event::Deposited { shares, .. } => {
            let each: Vec<String> = shares
                .iter()
                .filter(|(_, share)| **share > 0.005)
                .map(|(name, share)| format!("{:.0} % {name}", 100.0 * share))
                .collect();
            format!("fluid: {}", each.join(", "))
        }
        Event::PatternCalled { right: Some(right), .. } => {
            if *right {
                "read right".to_owned()
            } else {
                "read wrong".to_owned()
            }
        }
        Event::BlockJudged { right, .. } => {
            if *right {
                "judged right".to_owned()
            } else {
                "judged wrong".to_owned()
            }
        }
        _ => return None,
    })
}

fn doses(page: &mut String, session: &Session, state: &State) {
    page.push_str("<section><h2>Doses and radiation</h2><table><thead><tr><th>Time</th><th>Agent</th><th>ml</th><th>mg</th><th>In a vessel</th></tr></thead><tbody>");
    for dose in &state.doses {
        let _ = write!(
            page,
            "<tr><td>{}</td><td>{}{}</td><td>{:.1}</td><td>{:.1}</td><td>{:.0} %</td></tr>",
            clock(dose.at_s),
            escape(&dose.agent),
            if dose.skin { " (skin)" } else { "" },
            dose.volume_ml,
            if dose.iodine_mg > 0.0 { dose.iodine_mg } else { dose.mass_mg },
            100.0 * dose.in_vessel
        );
    }
    let radiation = &state.radiation;
    let _ = write!(
        page,
        "</tbody></table><p>Milligrams of contrast are iodine. Local anaesthetic: {:.0} % of the maximum for {:.0} kg, the skin \
         included.</p><p>X-rays: {} pictures in {} exposures, {:.1} s on the pedal, {:.3} Gy·cm², effective dose about {:.3} mSv \
         (to a factor of 1.5 either way).</p></section>",
        100.0 * state.share_of_maximum(session.header.setup.person.weight_kg),
        session.header.setup.person.weight_kg,
        radiation.frames,
        radiation.shots,
        radiation.fluoroscopy_s,
        radiation.dap_gy_cm2,
        radiation.effective_dose_msv
    );
}

fn spread(page: &mut String, state: &State) {
    page.push_str("<section><h2>Spread and block</h2>");
    if state.deposits.is_empty() {
        page.push_str("<p>Nothing was injected.</p></section>");
        return;
    }
    page.push_str("<table><thead><tr><th>Tip (LPS mm)</th><th>Volume</th><th>Where it is</th><th>Extent</th><th>Fibres blocked L2 / L3 / L4, left</th><th>right</th></tr></thead><tbody>");
    for deposit in &state.deposits {
        let volume: f64 = deposit.fluids.iter().map(|fluid| fluid.volume_ml).sum();
        let shares: Vec<String> = deposit
            .spread
            .shares
            .iter()
            .filter(|(_, share)| **share > 0.005)
            .map(|(name, share)| format!("{:.0} % {}", 100.0 * share, format!("{name:?}").to_lowercase()))
            .collect();
        let levels = |values: &[f64; 3]| values.map(|v| format!("{:.0} %", 100.0 * v)).join(" / ");
        let _ = write!(
            page,
            "<tr><td>{:.1}, {:.1}, {:.1}</td><td>{volume:.1} ml</td><td>{}</td><td>{:.0} mm</td><td>{}</td><td>{}</td></tr>",
            deposit.tip_mm[0],
            deposit.tip_mm[1],
            deposit.tip_mm[2],
            escape(&shares.join(", ")),
            deposit.spread.longitudinal_extent_mm,
            levels(&deposit.spread.blocked.left),
            levels(&deposit.spread.blocked.right)
        );
    }
    page.push_str("</tbody></table><p class=\"footnote\">One person in one world: another seed gives another. Uncertainty of spread over samples belongs to `rami inject`.</p></section>");
}

fn pain(page: &mut String, session: &Session) {
    let follow: Vec<(f64, &std::collections::BTreeMap<String, f64>)> = session
        .events()
        .filter_map(|(_, event)| match event {
            Event::FollowedUp { day, nrs_under } if !nrs_under.is_empty() => Some((*day, nrs_under)),
            _ => None,
        })
        .collect();
    let Some((_, first)) = follow.first() else { return };
    page.push_str("<section><h2>Pain afterwards, under three hypotheses</h2><table><thead><tr><th>Day</th>");
    for under in first.keys() {
        let _ = write!(page, "<th>{}</th>", escape(&under.replace('_', " ")));
    }
    page.push_str("</tr></thead><tbody>");
    for (day, under) in &follow {
        let _ = write!(page, "<tr><td>{day:.0}</td>");
        for nrs in under.values() {
            let _ = write!(page, "<td>{nrs:.1}</td>");
        }
        page.push_str("</tr>");
    }
    let _ = write!(
        page,
        "</tbody></table><p class=\"footnote\">0 to 10, {:.0} before; medians. All three are hypotheses; saline eases pain at first as well. None of this is a forecast for a person.</p></section>",
        session.header.setup.nrs_before
    );
}

fn complications(page: &mut String, score: &Score) {
    page.push_str("<section><h2>What went wrong</h2>");
    if score.complications.is_empty() {
        page.push_str("<p>Nothing.</p></section>");
        return;
    }
    page.push_str("<table><thead><tr><th>What</th><th>Began</th><th>First sign</th><th>Named</th><th>Dealt with</th><th>Left out</th><th>If missed</th></tr></thead><tbody>");
    let time = |at: Option<f64>| at.map_or("–".to_owned(), clock);
    for one in &score.complications {
        let _ = write!(
            page,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}{}</td><td>{}</td><td>{}</td></tr>",
            escape(one.complication.name()),
            clock(one.began_s),
            time(one.first_sign_s),
            time(one.recognised_s),
            time(one.handled_s),
            if one.missed { " (too late)" } else { "" },
            escape(&one.left_out.join(", ").replace('_', " ")),
            escape(entry(one.complication).map_or("", |entry| entry.consequence.as_str()))
        );
    }
    page.push_str("</tbody></table></section>");
}

fn points(page: &mut String, score: &Score) {
    page.push_str("<section><h2>Score</h2><table><thead><tr><th>For</th><th>Points</th><th>Moment</th><th>Why</th></tr></thead><tbody>");
    for point in &score.points {
        let _ = write!(
            page,
            "<tr><td>{}</td><td>{:.1} of {:.0}</td><td>{}</td><td>{}</td></tr>",
            escape(&point.id.replace('_', " ")),
            point.earned,
            point.possible,
            point.at_s.map_or("–".to_owned(), clock),
            escape(&point.why)
        );
    }
    page.push_str(
        "</tbody></table><p class=\"footnote\">Weights are judged for teaching, not validated.</p></section>",
    );
}

fn measures(page: &mut String, score: &Score) {
    page.push_str("<section><h2>Measures beside the reference run</h2><table><thead><tr><th>Measure</th><th>This run</th><th>Reference</th></tr></thead><tbody>");
    let show = |value: Option<&Option<f64>>| {
        value.copied().flatten().map_or("–".to_owned(), |v| format!("{v:.3}"))
    };
    for (name, value) in &score.measures {
        let _ = write!(
            page,
            "<tr><td>{}</td><td>{}</td><td>{}</td></tr>",
            escape(&name.replace('_', " ")),
            show(Some(value)),
            show(score.reference.get(name))
        );
    }
    page.push_str("</tbody></table></section>");
}

fn sources(page: &mut String, session: &Session, state: &State) {
    let header = &session.header;
    let keys = [
        "technique.test_dose",
        "technique.aliquot",
        "technique.spread_of_10_ml",
        "misplacement.psoas",
        "misplacement.intravascular",
        "misplacement.aspiration_sensitivity",
        "misplacement.spot_film_sensitivity",
        "confirmation.rise_criterion",
        "confirmation.rate_of_warming",
        "adverse.vasovagal",
        "adverse.orthostatic_hypotension",
        "last.maximum",
        "last.observe",
        "procedure.last.seizure",
        "procedure.contrast_reaction",
        "procedure.time.needle_speed",
    ];
    page.push_str("<section><h2>What is modelled, how sure, and from where</h2><ul class=\"sources\">");
    for key in keys {
        let Ok(figure) = rami_evidence::find(key) else { continue };
        let _ = write!(
            page,
            "<li>{} <span class=\"footnote\">{} [{}]</span></li>",
            escape(&figure.statement),
            escape(&figure.source),
            escape(&format!("{:?}", figure.tag).to_lowercase())
        );
    }
    let _ = write!(
        page,
        "</ul><p class=\"footnote\">Rami {}, seed {}, flow model {}, x-ray lanes {}. State at the end sha256 {}. Inputs: {}. {}</p></section>",
        escape(&header.rami_version),
        header.setup.seed,
        escape(&header.flow),
        escape(&header.lanes),
        state.sha256(),
        escape(
            &header
                .inputs
                .iter()
                .map(|i| format!("{} {} {}", i.role, i.file, i.sha256))
                .collect::<Vec<_>>()
                .join("; ")
        ),
        escape(&header.disclaimer)
    );
}
