//! The verdict, the score with its moments, and the measures beside the reference run.

use super::words::{clock, measure, plain};
use super::{Material, heading, paragraph, table};
use rami_pdf::{Block, Style, Text};
use rami_procedure::score::Score;

/// What came of it in a sentence: a rehearsal without a fault is no success as long as the chain is not blocked.
fn headline(blocked: bool, score: &Score) -> String {
    let what = match (score.passed, blocked) {
        (true, true) => "The chain is blocked, and nothing was done that fails a block by itself".to_owned(),
        (true, false) => {
            "The chain is not blocked: nothing was done that fails a block by itself, but this is no block"
                .to_owned()
        }
        (false, true) => {
            format!("This block fails, though the chain is blocked: {}", score.failures.join("; "))
        }
        (false, false) => {
            format!("This block fails: {}; and the chain is not blocked", score.failures.join("; "))
        }
    };
    format!("{what}. {:.0} of 100 points.", score.percent)
}

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
    let told = headline(state.block_achieved(side), score);
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
                    format!("{:.0} %", 100.0 * state.share_of_maximum(&session.header.setup.person)),
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
        table("Points", &["For", "Points", "Moment", "Why"], &[0.24, 0.14, 0.13, 0.49], rows),
        paragraph("Weights are judged for teaching, not validated."),
    ]
}

/// Facts of the run beside those of the reference run.
pub(super) fn measures(material: &Material<'_>) -> Vec<Block> {
    let score = material.score;
    let show = |value: Option<&Option<f64>>, unit: &str| {
        let number = value.copied().flatten().map(|v| format!("{v:.3}"));
        // Counts and whole values need no zeros behind them.
        let short = number.map(|text| text.trim_end_matches('0').trim_end_matches('.').to_owned());
        short.map_or("–".to_owned(), |text| format!("{text} {unit}").trim_end().to_owned())
    };
    let rows = score
        .measures
        .iter()
        .map(|(name, value)| {
            let (words, unit) = measure(name);
            vec![words, show(Some(value), unit), show(score.reference.get(name), unit)]
        })
        .collect();
    vec![
        heading(2, "Measures beside the reference run"),
        table("Measures", &["Measure", "This run", "Reference"], &[0.5, 0.25, 0.25], rows),
        paragraph(
            "The reference run is the plan itself in the same person and seed. Movement is measured as in Perk Tutor, with \
             its division by zero mended; translational and rotational actions are counts of what the operator did (pushes and \
             pulls, turns and redirections), not of bursts of speed in a trace.",
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rehearsal_without_a_fault_that_blocks_nothing_does_not_read_as_a_success() {
        let score = |passed: bool| -> Score {
            let failures: &[&str] = if passed { &[] } else { &["drug without a contrast check"] };
            serde_json::from_value(serde_json::json!({
                "schema": "rami.score/1", "percent": 88.0, "passed": passed, "failures": failures, "points": [],
                "measures": {}, "complications": [], "seed": 1, "operator": "test", "disclaimer": ""
            }))
            .unwrap()
        };
        assert!(headline(false, &score(true)).starts_with("The chain is not blocked"));
        assert!(headline(true, &score(true)).starts_with("The chain is blocked"));
        for blocked in [true, false] {
            let told = headline(blocked, &score(false));
            assert!(told.starts_with("This block fails") && told.contains("contrast check"), "{told}");
        }
        assert!(headline(false, &score(false)).contains("the chain is not blocked"));
    }
}
