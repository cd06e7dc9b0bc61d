//! What the body did: spread and block with its uncertainty, temperature, drug in the blood, pain.

use super::charts::{Chart, Line};
use super::words::plain;
use super::{Material, heading, paragraph, table};
use rami_anatomy::Side;
use rami_evidence::value;
use rami_pdf::{Block, Figure};
use rami_procedure::Event;
use rami_procedure::flow::{Compartment, Spread};
use std::collections::BTreeMap;

/// Where the fluid went, and how differently it might have gone.
pub(super) fn spread(material: &Material<'_>) -> Vec<Block> {
    let state = material.state;
    let mut blocks = vec![heading(2, "Spread and block")];
    if state.deposits.is_empty() {
        blocks.push(paragraph("Nothing was injected."));
        return blocks;
    }
    let levels = |values: &[f64; 3]| values.map(|v| format!("{:.0} %", 100.0 * v)).join(" / ");
    let rows = state
        .deposits
        .iter()
        .map(|deposit| {
            let volume: f64 = deposit.fluids.iter().map(|fluid| fluid.volume_ml).sum();
            let shares: Vec<String> = deposit
                .spread
                .shares
                .iter()
                .filter(|(_, share)| **share > 0.005)
                .map(|(name, share)| format!("{:.0} % {}", 100.0 * share, word(*name)))
                .collect();
            let [x, y, z] = deposit.tip_mm;
            vec![
                format!("{x:.1}, {y:.1}, {z:.1}"),
                format!("{volume:.1} ml"),
                shares.join(", "),
                format!("{:.0} mm", deposit.spread.longitudinal_extent_mm),
                levels(&deposit.spread.blocked.left),
                levels(&deposit.spread.blocked.right),
            ]
        })
        .collect();
    blocks.push(table(
        "Where the fluid is",
        &[
            "Tip (LPS mm)",
            "Volume",
            "Share of it",
            "Extent",
            "Ways cut, left: L2 / L3 / L4",
            "Ways cut, right: L2 / L3 / L4",
        ],
        &[0.16, 0.12, 0.27, 0.11, 0.17, 0.17],
        rows,
    ));
    blocks.extend(uncertainty(material));
    blocks
}

fn word(compartment: Compartment) -> String {
    plain(&format!("{compartment:?}").to_lowercase())
}

/// Median and range over other draws of what is uncertain.
fn uncertainty(material: &Material<'_>) -> Vec<Block> {
    let draws = material.draws;
    if draws.is_empty() {
        return vec![paragraph(
            "One person in one world with typical properties: how differently the fluid might go was not drawn here \
             (`rami inject` draws it).",
        )];
    }
    let side = material.session.header.setup.side;
    let band = |of: &dyn Fn(&Spread) -> f64, scale: f64, unit: &str| {
        let mut values: Vec<f64> = draws.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let index = (share * (values.len() - 1) as f64).round() as usize;
            scale * values.get(index).copied().unwrap_or(f64::NAN)
        };
        format!("{:.0} ({:.0} to {:.0}) {unit}", at(0.5), at(0.0), at(1.0))
    };
    let blocked = draws.iter().filter(|draw| draw.blocks_chain(side)).count();
    let cut = draws.iter().filter(|draw| draw.cuts_supply(side)).count();
    let mut rows = vec![
        vec![
            "Chain blocked (nine in ten of B and of C for half an hour at some level of L2 to L4)".to_owned(),
            format!("{blocked} of {} draws", draws.len()),
        ],
        vec![
            "The leg's supply cut (nine in ten of either)".to_owned(),
            format!("{cut} of {} draws", draws.len()),
        ],
        vec!["Head-to-foot extent".to_owned(), band(&|s| s.longitudinal_extent_mm, 1.0, "mm")],
        vec!["Share in psoas".to_owned(), band(&|s| s.share(Compartment::Psoas), 100.0, "%")],
        vec![
            "Share in the plane of the chain".to_owned(),
            band(&|s| s.share(Compartment::Prevertebral), 100.0, "%"),
        ],
        vec![
            "Genitofemoral fibres blocked".to_owned(),
            band(&|s| *s.genitofemoral_blocked.get(side), 100.0, "%"),
        ],
    ];
    for (index, level) in ["L2", "L3", "L4"].into_iter().enumerate() {
        rows.push(vec![
            format!("Sympathetic ways cut at {level}"),
            band(&|s| s.blocked.get(side).get(index).copied().unwrap_or(0.0), 100.0, "%"),
        ]);
    }
    vec![
        table("How differently it might go: median (least to most)", &["What", "Value"], &[0.6, 0.4], rows),
        paragraph(format!(
            "{} draws of what is uncertain about tissue and nerve, the tip and this person's shape as they are. The range of \
             so few draws is not an interval.",
            draws.len()
        )),
    ]
}

/// Toes of both feet with the rules that fired.
pub(super) fn temperature(material: &Material<'_>) -> Vec<Block> {
    let (session, feet) = (material.session, &material.curves.feet);
    let mut blocks = vec![heading(2, "Temperature")];
    let (Some(first), Some(last)) = (feet.first(), feet.last()) else {
        blocks.push(paragraph("No drug was given through the needle."));
        return blocks;
    };
    let own = session.header.setup.side;
    let name = |side: Side| format!("{side} toe{}", if side == own { " (blocked side)" } else { "" });
    let toe = |index: usize| feet.iter().map(|f| (f.t_min, f.toe_c[index])).collect::<Vec<_>>();
    let read = |of: Side| {
        session
            .events()
            .filter_map(|(_, event)| match event {
                Event::Temperatures { toe_c, since_injection_min: Some(at), .. } if *at <= last.t_min => {
                    Some((*at, *toe_c.get(of)))
                }
                _ => None,
            })
            .collect::<Vec<_>>()
    };
    let mut marks = Vec::new();
    let mut fired = Vec::new();
    for (_, event) in session.events() {
        if let Event::RuleFired { rule, statement, at_min } = event {
            fired.push(format!("{}: {statement}", plain(rule)));
            marks.extend(at_min.map(|at| (at, plain(rule))));
        }
    }
    let alternative = format!(
        "Toe temperature over {:.0} minutes: left from {:.1} to {:.1} °C, right from {:.1} to {:.1} °C",
        last.t_min, first.toe_c[0], last.toe_c[0], first.toe_c[1], last.toe_c[1]
    );
    let chart = Chart {
        x_name: "minutes after the first drug",
        y_name: "°C",
        lines: vec![
            Line {
                name: name(Side::Left),
                points: toe(0),
                dashed: own != Side::Left,
                dots: read(Side::Left),
            },
            Line {
                name: name(Side::Right),
                points: toe(1),
                dashed: own != Side::Right,
                dots: read(Side::Right),
            },
        ],
        levels: Vec::new(),
        marks,
        floor: None,
    };
    blocks.push(Block::Figures(vec![Figure {
        id: "temperature".to_owned(),
        title: "Skin of both great toes".to_owned(),
        drawing: chart.drawing(),
        alternative: alternative.clone(),
        caption: vec![
            format!("{alternative}. Dots are readings of the rehearsal, upright lines rules that fired."),
            format!(
                "Rules: {}.",
                if fired.is_empty() {
                    "none fired while it was watched".to_owned()
                } else {
                    fired.join("; ")
                }
            ),
        ],
    }]));
    blocks
}

/// Drug in the blood against the thresholds of toxicity.
pub(super) fn plasma(material: &Material<'_>) -> Vec<Block> {
    let plasma = &material.curves.plasma;
    let (Some(first), Some(last)) = (plasma.t_s.first(), plasma.t_s.last()) else { return Vec::new() };
    let top = plasma.ratio.iter().copied().fold(0.0, f64::max);
    let venous = plasma.venous_mg_l.iter().copied().fold(0.0, f64::max);
    let thresholds = [
        (1.0, "first signs"),
        (value("procedure.last.seizure"), "seizure"),
        (value("procedure.last.cardiac"), "circulation"),
        (value("procedure.last.arrest"), "arrest"),
    ];
    let highest = (1.1 * top).max(1.2);
    let alternative = format!(
        "Free drug in the brain over the threshold of first signs over {:.0} minutes: highest {top:.2}; total venous \
         concentration at most {venous:.2} mg/L",
        (last - first) / 60.0
    );
    let beyond: Vec<String> = thresholds
        .iter()
        .filter(|(at, _)| *at > highest)
        .map(|(at, name)| format!("{name} at {at:.0}"))
        .collect();
    let points =
        plasma.t_s.iter().zip(&plasma.ratio).map(|(t, ratio)| ((t - first) / 60.0, *ratio)).collect();
    let chart = Chart {
        x_name: "minutes after the first local anaesthetic (skin included)",
        y_name: "share of the threshold of first signs",
        lines: vec![Line { name: "this block".to_owned(), points, dashed: false, dots: Vec::new() }],
        levels: thresholds
            .iter()
            .filter(|(at, _)| *at <= highest)
            .map(|(at, name)| (*at, (*name).to_owned()))
            .collect(),
        marks: Vec::new(),
        floor: Some(0.0),
    };
    let mut caption = vec![format!("{alternative}.")];
    if !beyond.is_empty() {
        caption.push(format!("Above the top of the chart: {} times that threshold.", beyond.join(", ")));
    }
    caption.push(format!(
        "The threshold of first signs is published (free, arterial, volunteers); the others are derived or assumed ratios to \
         it. A typical person of {:.0} kg: no probability of toxicity for a person follows.",
        material.session.header.setup.person.weight_kg
    ));
    vec![
        heading(2, "Drug in the blood"),
        Block::Figures(vec![Figure {
            id: "plasma".to_owned(),
            title: "Local anaesthetic against the thresholds of toxicity".to_owned(),
            drawing: chart.drawing(),
            alternative,
            caption,
        }]),
    ]
}

/// Pain at follow-up under each hypothesis.
pub(super) fn pain(material: &Material<'_>) -> Vec<Block> {
    let follow: Vec<(f64, &BTreeMap<String, f64>)> = material
        .session
        .events()
        .filter_map(|(_, event)| match event {
            Event::FollowedUp { day, nrs_under } if !nrs_under.is_empty() => Some((*day, nrs_under)),
            _ => None,
        })
        .collect();
    let mut blocks = vec![heading(2, "Pain afterwards, under three hypotheses")];
    let Some((_, first)) = follow.first() else {
        blocks.push(paragraph("Nobody asked: there was no follow-up, or nothing was injected."));
        return blocks;
    };
    let mut head = vec!["Day".to_owned()];
    head.extend(first.keys().map(|under| plain(under)));
    let rows = follow
        .iter()
        .map(|(day, under)| {
            let mut row = vec![format!("{day:.0}")];
            row.extend(
                first.keys().map(|name| under.get(name).map_or("–".to_owned(), |nrs| format!("{nrs:.1}"))),
            );
            row
        })
        .collect();
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    blocks.push(table("Pain, 0 to 10, medians", &head, &[], rows));
    blocks.push(paragraph(format!(
        "{:.0} before. All three are hypotheses; saline eases pain at first as well. None of this is a forecast for a person.",
        material.session.header.setup.nrs_before
    )));
    blocks
}
