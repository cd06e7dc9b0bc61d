//! The verdict, the score with its moments, and the measures beside the reference run.

use super::words::{clock, plain};
use super::{Material, heading, paragraph, table};
use rami_pdf::{Block, Style, Text};

/// The answer in one look.
pub(super) fn verdict(material: &Material<'_>) -> Vec<Block> {
    let (session, state, score) = (material.session, material.state, material.score);
    let side = session.header.setup.side;
    let measure = |name: &str, unit: &str, digits: usize| {
        score
            .measures
            .get(name)
            .copied()
            .flatten()
            .map_or("–".to_owned(), |v| format!("{v:.digits$}{unit}"))
    };
    let told = if score.passed {
        format!("Nothing happened that fails a block. {:.0} of 100 points.", score.percent)
    } else {
        format!("This block fails: {}. {:.0} of 100 points.", score.failures.join("; "), score.percent)
    };
    let row = |name: &str, value: String| vec![name.to_owned(), value];
    let shown = score.complications.iter().filter(|c| c.first_sign_s.is_some()).count();
    vec![
        heading(2, "What came of it"),
        Block::Paragraph(Text::default().then(told, Style::Strong)),
        table(
            "At a glance",
            &["What", "Value"],
            &[0.5, 0.5],
            vec![
                row("Chain blocked", if state.block_achieved(side) { "yes" } else { "no" }.to_owned()),
                row(
                    "Nine in ten of B and of C fibres blocked together",
                    format!("{:.0} min at the best level", state.held_min(side)),
                ),
                row(
                    "The leg's supply cut (nine in ten of either for half an hour)",
                    if state.supply_cut(side) { "yes" } else { "no" }.to_owned(),
                ),
                row(
                    "Sympathetic ways cut at the best level",
                    format!("{:.0} %", 100.0 * state.blocked(side)),
                ),
                row("Tip to target", measure("tip_to_target_mm", " mm", 1)),
                row("Needle passes", measure("needle_passes", "", 0)),
                row("Single pictures", measure("c_arm_shots", "", 0)),
                row("Time on the pedal", measure("fluoroscopy_s", " s", 1)),
                row("Dose–area product", measure("dap_gy_cm2", " Gy·cm²", 3)),
                row(
                    "Share of the maximum of local anaesthetic",
                    format!("{:.0} %", 100.0 * state.share_of_maximum(session.header.setup.person.weight_kg)),
                ),
                row("Complications that showed", format!("{shown}")),
                row("Operator", session.header.operator.clone()),
            ],
        ),
        paragraph("Technical success and relief of pain are two endpoints and agree poorly."),
    ]
}

/// Every point with its moment.
pub(super) fn points(material: &Material<'_>) -> Vec<Block> {
    let rows = material
        .score
        .points
        .iter()
        .map(|point| {
            vec![
                plain(&point.id),
                format!("{:.1} of {:.0}", point.earned, point.possible),
                point.at_s.map_or("–".to_owned(), clock),
                point.why.clone(),
            ]
        })
        .collect();
    vec![
        heading(2, "Score"),
        table("Points", &["For", "Points", "Moment", "Why"], &[0.26, 0.14, 0.1, 0.5], rows),
        paragraph("Weights are judged for teaching, not validated."),
    ]
}

/// Facts of the run beside those of the reference run.
pub(super) fn measures(material: &Material<'_>) -> Vec<Block> {
    let score = material.score;
    let show = |value: Option<&Option<f64>>| {
        value.copied().flatten().map_or("–".to_owned(), |v| format!("{v:.3}"))
    };
    let rows = score
        .measures
        .iter()
        .map(|(name, value)| vec![plain(name), show(Some(value)), show(score.reference.get(name))])
        .collect();
    vec![
        heading(2, "Measures beside the reference run"),
        table("Measures", &["Measure", "This run", "Reference"], &[0.5, 0.25, 0.25], rows),
        paragraph(
            "The reference run is the plan itself in the same person and seed. Movement is measured as in Perk Tutor, with \
             its division by zero mended.",
        ),
    ]
}
