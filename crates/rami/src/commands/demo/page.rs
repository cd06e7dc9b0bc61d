//! The page that ties the journey together.

use super::steps::{Subject, json};
use super::{Args, Walked};
use rami_report::html::{NOTICE, escape};
use serde_json::Value;
use std::fmt::Write;

const STYLE: &str = include_str!("../../../assets/demo.css");

pub(super) fn index(walked: &[Walked], args: &Args, subject: &Subject, took_s: f64) -> String {
    let mut contents = String::new();
    let mut sections = String::new();
    for (index, one) in walked.iter().enumerate() {
        let number = index + 1;
        let _ = write!(contents, "<li><a href=\"#s{number}\">{}</a></li>", escape(one.step.title));
        section(&mut sections, one, number, args);
    }
    let who = if subject.digital {
        format!("a digital person (seed {}) who does not exist", args.seed)
    } else {
        "the CT that was given, with a made-up chart: the side, the complaint and the doses are not this person's".to_owned()
    };
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>A lumbar sympathetic block, in silico</title><style>{STYLE}</style></head><body>\
         <header><p class=\"brand\">Rami</p><h1>A lumbar sympathetic block, in silico</h1>\
         <p class=\"lead\">From the CT to the decision, on {}. A needle from the back to the front of the spine, a little local \
         anaesthetic beside the sympathetic chain, and a foot that grows warm: planned, done, measured and explained by one \
         program.</p><p class=\"notice\">{}</p>\
         <p class=\"small\">{} steps, {took_s:.0} s on this machine. Every step is a command you can type; every number below was \
         computed by it.</p></header>\
         <nav aria-label=\"Steps\"><ol>{contents}</ol></nav><main>{sections}</main>\
         <footer>{}</footer></body></html>\n",
        escape(&who),
        escape(NOTICE),
        walked.len(),
        escape(NOTICE)
    )
}

fn section(out: &mut String, one: &Walked, number: usize, args: &Args) {
    let step = &one.step;
    let _ = write!(
        out,
        "<section id=\"s{number}\"><h2><span class=\"number\">{number}</span> {}</h2><p>{}</p>",
        escape(step.title),
        escape(step.words)
    );
    if !one.told.is_empty() {
        out.push_str("<dl>");
        for (name, value) in &one.told {
            let class = if value.chars().count() > 60 { " class=\"long\"" } else { "" };
            let _ = write!(out, "<div{class}><dt>{}</dt><dd>{}</dd></div>", escape(name), escape(value));
        }
        out.push_str("</dl>");
    }
    let mut pictures: Vec<(String, &str)> = step.pictures.clone();
    if step.title == "Do it" {
        pictures.extend(strip(args));
    }
    let there: Vec<_> = pictures.iter().filter(|(path, _)| args.out.join(path).exists()).collect();
    if !there.is_empty() {
        let _ = write!(out, "<div class=\"pictures n{}\">", there.len().min(4));
        for (path, caption) in there {
            let _ = write!(
                out,
                "<figure><a href=\"{path}\"><img src=\"{path}\" alt=\"{caption}\" loading=\"lazy\"></a><figcaption>{caption}</figcaption></figure>",
                path = escape(path),
                caption = escape(caption)
            );
        }
        out.push_str("</div>");
    }
    if step.title == "What the foot does" {
        out.push_str(&warming(&json(&args.out, "warming.json")));
    }
    if let Some(film) = ["replay/fluoroscopy.webm", "replay/fluoroscopy.mp4"]
        .into_iter()
        .find(|film| step.title == "Prove it" && args.out.join(film).exists())
    {
        let _ = write!(
            out,
            "<figure class=\"film\"><video src=\"{film}\" controls muted loop preload=\"metadata\" aria-label=\"The block's fluoroscopy as a film\"></video><figcaption>The block's fluoroscopy as a film.</figcaption></figure>"
        );
    }
    out.push_str("<p class=\"links\">");
    for (name, path) in step.shows.iter().filter(|(_, path)| args.out.join(path).exists()) {
        let _ = write!(out, "<a href=\"{}\">{}</a>", escape(path), escape(name));
    }
    let _ = write!(
        out,
        "</p><pre><code>rami {}</code></pre><p class=\"small\">{:.1} s</p></section>",
        escape(&quoted(&step.arguments)),
        one.took_s
    );
}

/// The arguments as a shell would read them.
fn quoted(arguments: &[String]) -> String {
    let plain =
        |a: &String| !a.is_empty() && a.chars().all(|c| c.is_ascii_alphanumeric() || "-_./,=+:".contains(c));
    let one = |a: &String| if plain(a) { a.clone() } else { format!("'{}'", a.replace('\'', "'\\''")) };
    arguments.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// Four pictures of the rehearsal: the first, the needle on its way, from the side, contrast.
fn strip(args: &Args) -> Vec<(String, &'static str)> {
    let Ok(folder) = std::fs::read_dir(args.out.join("rehearsal/frames")) else { return Vec::new() };
    let mut keys: Vec<String> = folder
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.starts_with("key-"))
        .collect();
    keys.sort();
    let captions = [
        "Down the tunnel, before the needle.",
        "The needle on its way.",
        "Near the target.",
        "Contrast is watched.",
    ];
    let count = keys.len();
    if count < captions.len() {
        return Vec::new();
    }
    [0, count / 3, count - 3, count - 1]
        .into_iter()
        .zip(captions)
        .filter_map(|(index, caption)| Some((format!("rehearsal/frames/{}", keys.get(index)?), caption)))
        .collect()
}

/// Both toes with their bands, as a drawing.
fn warming(document: &Value) -> String {
    const SIZE: [f64; 2] = [760.0, 260.0];
    const EDGE: [f64; 4] = [44.0, 12.0, 130.0, 34.0];
    let band = |side: &str| -> Vec<[f64; 4]> {
        let number = |v: &Value| v.as_f64().unwrap_or(f64::NAN);
        document["sites"]["toe"][side]
            .as_array()
            .into_iter()
            .flatten()
            .map(|p| [number(&p["t_min"]), number(&p["median"]), number(&p["q05"]), number(&p["q95"])])
            .filter(|p| p.iter().all(|v| v.is_finite()))
            .collect()
    };
    let (left, right) = (band("left"), band("right"));
    let all = || left.iter().chain(&right);
    let Some(end) = all().map(|p| p[0]).reduce(f64::max) else { return String::new() };
    let low = all().map(|p| p[2]).fold(f64::MAX, f64::min).floor();
    let high = all().map(|p| p[3]).fold(f64::MIN, f64::max).ceil();
    let at = |t: f64, c: f64| {
        let x = EDGE[0] + t / end.max(1e-9) * (SIZE[0] - EDGE[0] - EDGE[2]);
        let y = SIZE[1] - EDGE[3] - (c - low) / (high - low).max(1e-9) * (SIZE[1] - EDGE[1] - EDGE[3]);
        format!("{x:.1},{y:.1}")
    };
    let mut svg = format!(
        "<figure><svg class=\"chart\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"Temperature of both great toes over {end:.0} minutes, medians and ranges\">",
        SIZE[0], SIZE[1]
    );
    let ticks = (high - low).max(1.0) as usize;
    for c in (0..=ticks).step_by((ticks / 5).max(1)).map(|step| low + step as f64) {
        let (from, to) = (at(0.0, c), at(end, c));
        let place = from.split_once(',').map_or(0.0, |(_, y)| y.parse::<f64>().unwrap_or(0.0));
        let _ = write!(
            svg,
            "<polyline class=\"grid\" points=\"{from} {to}\"/><text x=\"6\" y=\"{:.1}\">{c:.0} °C</text>",
            place + 4.0
        );
    }
    for step in 0..=4 {
        let t = end * f64::from(step) / 4.0;
        let x = EDGE[0] + t / end.max(1e-9) * (SIZE[0] - EDGE[0] - EDGE[2]);
        let _ = write!(
            svg,
            "<text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{t:.0} min</text>",
            SIZE[1] - 10.0
        );
    }
    for (points, class, name) in [(&left, "warm", "left toe, blocked"), (&right, "cool", "right toe")] {
        let Some(last) = points.last() else { continue };
        let there = points.iter().map(|p| at(p[0], p[3]));
        let back = points.iter().rev().map(|p| at(p[0], p[2]));
        let outline: Vec<String> = there.chain(back).collect();
        let middle: Vec<String> = points.iter().map(|p| at(p[0], p[1])).collect();
        let label = at(last[0], last[1]);
        let (x, y) = label.split_once(',').unwrap_or(("0", "0"));
        let _ = write!(
            svg,
            "<polygon class=\"{class} band\" points=\"{}\"/><polyline class=\"{class}\" points=\"{}\"/><text x=\"{:.1}\" y=\"{y}\">{name}</text>",
            outline.join(" "),
            middle.join(" "),
            x.parse::<f64>().unwrap_or(0.0) + 6.0
        );
    }
    svg.push_str("</svg><figcaption>Both great toes: median and the middle nine tenths of 200 people.</figcaption></figure>");
    svg
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_it_can_be_typed() {
        let arguments = ["inject", "a b", "--inject", "x 1ml; it's"].map(str::to_owned);
        assert_eq!(quoted(&arguments), "inject 'a b' --inject 'x 1ml; it'\\''s'");
    }
}
