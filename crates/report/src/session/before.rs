//! What was known before the first action: warnings, the person, the assessment, the plan.

use super::{Material, bullets, heading, paragraph, table};
use rami_pdf::{Block, Style, Text};
use rami_procedure::{Event, flow};

/// What every reader must know first.
pub(super) fn read_first(material: &Material<'_>) -> Vec<Block> {
    let session = material.session;
    let mut lines: Vec<String> = material.plan.warnings.iter().map(|warning| warning.text.clone()).collect();
    lines.push(session.header.world.clone());
    lines.push(flow::credibility(&session.header.flow).to_owned());
    lines.push(
        "How long each action takes is an input of the rehearsal, so the length of the block is not a finding.".to_owned(),
    );
    for (_, event) in session.events() {
        if let Event::Warned { text } = event
            && !lines.contains(text)
        {
            lines.push(text.clone());
        }
    }
    let title = Text::default().then("Read first", Style::Strong);
    vec![Block::Frame(vec![Block::Paragraph(title), bullets(lines)])]
}

/// Who, and what for.
pub(super) fn person(material: &Material<'_>) -> Vec<Block> {
    let setup = &material.session.header.setup;
    let subject = &setup.person;
    let word = |yes: bool| if yes { "yes" } else { "no" };
    let mut rows = vec![
        row("Case", subject.name.clone()),
        row("Weight and age", format!("{:.0} kg, {:.0} years", subject.weight_kg, subject.age_years)),
        row("Bleeds easily", word(subject.bleeds)),
        row("Reacted to contrast before", word(subject.contrast_reactor)),
        row("Faints easily", word(subject.faints)),
        row("Side and level of the consent", format!("{}, {}", setup.side, setup.level)),
        row("Pain before, 0 to 10", format!("{:.0}", setup.nrs_before)),
        row("Room", format!("{:.1} °C", setup.room_c)),
        row(
            "Sedation",
            material.state.sedation.map_or_else(
                || "not recorded: it confounds what the person answers".to_owned(),
                |level| format!("{level:?}").to_lowercase(),
            ),
        ),
    ];
    let mut blocks = vec![heading(2, "Person and indication")];
    match material.chart {
        Some((chart, assessment)) => {
            rows.push(row("Indication", assessment.indication.name.clone()));
            rows.push(row("Criteria of the indication", assessment.indication.status.word()));
            if let Some(purpose) = chart.complaint.purpose {
                rows.push(row("Purpose", format!("{purpose:?}").to_lowercase()));
            }
            if let Some(weeks) = chart.complaint.duration_weeks {
                rows.push(row("For how long", format!("{weeks:.0} weeks")));
            }
            if let Some(function) = &chart.complaint.function {
                rows.push(row("What the person can do now", function.clone()));
            }
            if !chart.complaint.what_matters.is_empty() {
                rows.push(row("What matters to the person", chart.complaint.what_matters.join("; ")));
            }
            blocks.push(table("The person, from the chart", &["What", "Value"], &[0.35, 0.65], rows));
        }
        None => {
            rows.push(row("Indication", "no chart was given (the app's chart, or --chart CHART)"));
            blocks.push(table("The person, as set up", &["What", "Value"], &[0.35, 0.65], rows));
        }
    }
    blocks
}

fn row(name: &str, value: impl Into<String>) -> Vec<String> {
    vec![name.to_owned(), value.into()]
}

/// What an assessment of the chart says.
pub(super) fn assessment(material: &Material<'_>) -> Vec<Block> {
    let mut blocks = vec![heading(2, "Assessment")];
    let Some((_, assessment)) = material.chart else {
        blocks.push(paragraph("There is no chart, so there is no assessment: indication, contraindications and doses are unchecked."));
        return blocks;
    };
    blocks.push(paragraph(format!("The assessment says: {}.", assessment.outcome.word())));
    if let Some(first) = &assessment.indication.first {
        blocks.push(paragraph(format!("First: {first}")));
    }
    let criteria = assessment
        .indication
        .criteria
        .iter()
        .map(|criterion| {
            let found = criterion.found.as_ref().map(|found| format!(" ({found})")).unwrap_or_default();
            vec![criterion.name.clone(), format!("{}{found}", criterion.status.word())]
        })
        .collect();
    blocks.push(table("Criteria of the indication", &["Criterion", "Answer"], &[0.75, 0.25], criteria));
    let findings: Vec<Vec<String>> = assessment
        .findings
        .iter()
        .filter(|finding| finding.outcome != rami_clinic::safety::Outcome::Clear)
        .map(|finding| {
            let over =
                finding.overridden.as_ref().map(|by| format!("\nOverridden by {by}")).unwrap_or_default();
            vec![finding.outcome.word().to_owned(), format!("{}{over}", finding.why), finding.action.clone()]
        })
        .collect();
    if findings.is_empty() {
        blocks.push(paragraph("Nothing stands against the block in the chart."));
    } else {
        blocks.push(table(
            "What stands against the block, or must be done first",
            &["So", "Why", "What to do"],
            &[0.12, 0.48, 0.4],
            findings,
        ));
    }
    if !assessment.missing.is_empty() {
        blocks.push(paragraph(format!("Missing from the chart: {}.", assessment.missing.join(", "))));
    }
    blocks
}

/// Where the needle was to go.
pub(super) fn plan(material: &Material<'_>) -> Vec<Block> {
    let mut blocks = vec![heading(2, "Plan"), paragraph(material.plan.verdict.reason.clone())];
    if let Some(aim) = &material.session.header.aim {
        let point = |p: [f64; 3]| format!("{:.1}, {:.1}, {:.1}", p[0], p[1], p[2]);
        blocks.push(paragraph(format!(
            "Entry {} mm, target {} mm (LPS), {}; tunnel view primary {:.1}°, secondary {:.1}°.",
            point(aim.entry_mm),
            point(aim.target_mm),
            aim.needle,
            aim.primary_deg,
            aim.secondary_deg
        )));
    }
    blocks
}
