//! What is modelled and how sure, how long actions take and why, sources, versions, hashes.

use super::{Material, heading, paragraph, table};
use rami_evidence::{Figure, find};
use rami_pdf::{Block, Style, Text};
use rami_procedure::{flow, sources};

/// Parts of the rehearsal, what stands behind each, and how sure.
pub(super) fn modelled(material: &Material<'_>) -> Vec<Block> {
    let session = &material.session.header;
    let row = |part: &str, model: String, sure: &str| vec![part.to_owned(), model, sure.to_owned()];
    let rows = vec![
        row("Anatomy that the needle meets", session.world.clone(), "one world; another seed gives another"),
        row(
            "Needle",
            "bends by its bevel, tents and pierces membranes; forces from published punctures where they exist".to_owned(),
            "paths fair, forces low",
        ),
        row("Fluid", flow::credibility(&session.flow).to_owned(), "low"),
        row(
            "X-ray pictures and dose",
            "line integrals through the CT, spectrum, scatter, noise; published coefficients for effective dose".to_owned(),
            "pictures high, effective dose to a factor of 1.5",
        ),
        row(
            "Drug in the blood",
            "physiological compartments with first pass through the lung, in a typical person".to_owned(),
            "fair; no probability of toxicity follows",
        ),
        row(
            "Skin temperature",
            "flow by sympathetic tone and heat balance, calibrated on one published time course".to_owned(),
            "shape fair, person low",
        ),
        row("Pain", "three hypotheses side by side; saline and expectation in all".to_owned(), "low"),
        row(
            "Complications",
            "begin by the models above; faint, reaction, bleeding and fall of pressure by a published or assumed share".to_owned(),
            "order of events for teaching; rates low",
        ),
        row("Duration", "sum of assumed times".to_owned(), "none: an input"),
    ];
    vec![
        heading(2, "What is modelled, and how sure"),
        table("Models", &["Part", "Model", "How sure"], &[0.2, 0.52, 0.28], rows),
    ]
}

/// How long actions take: cited, or assumed and said so.
pub(super) fn times(_: &Material<'_>) -> Vec<Block> {
    let rows: Vec<Vec<String>> = rami_evidence::all()
        .filter(|figure| figure.key.starts_with("procedure.time."))
        .map(|figure| {
            let interval =
                figure.interval.as_ref().map(|i| format!("{} to {}", i.low, i.high)).unwrap_or_default();
            let value = figure.value.map_or_else(String::new, |v| format!("{v}"));
            vec![
                figure.statement.clone(),
                format!("{value} {}", figure.unit.clone().unwrap_or_default()),
                interval,
                tag(figure),
            ]
        })
        .collect();
    vec![
        heading(2, "How long actions take"),
        paragraph(
            "The clock is an input. Times marked assumed were judged so that a visit comes to the usual 30 to 60 minutes; \
             their range says how unsure they are. Published for comparison: 33 ± 12 min for needles under magnetic \
             resonance in cadavers; 7.7 s of fluoroscopy a procedure in one practised pair of hands.",
        ),
        table("Times", &["Action", "Time", "Range", "Source"], &[0.5, 0.15, 0.15, 0.2], rows),
    ]
}

fn tag(figure: &Figure) -> String {
    let word = format!("{:?}", figure.tag).to_lowercase();
    if figure.is_unverified() { format!("{word}, unverified") } else { word }
}

/// The errors that a simulated operator was given, each with how it is known; nothing for another.
pub(super) fn operator(material: &Material<'_>) -> Vec<Block> {
    if !sources::is_virtual(material.session) {
        return Vec::new();
    }
    let rows = sources::VIRTUAL
        .iter()
        .filter_map(|key| find(key).ok())
        .map(|figure| {
            let value = figure.value.map_or_else(String::new, |v| format!("{v}"));
            vec![
                figure.statement.clone(),
                format!("{value} {}", figure.unit.clone().unwrap_or_default()),
                figure.source.clone(),
                tag(figure),
            ]
        })
        .collect();
    vec![
        heading(2, "Who operated, and with which errors"),
        paragraph(
            "Nobody: a simulated operator with the errors below, normal and independent of each other. What is marked assumed \
             was judged, not measured; no person's skill follows from this run.",
        ),
        table("Errors", &["Error", "Value", "Source", "How it is known"], &[0.42, 0.12, 0.3, 0.16], rows),
    ]
}

/// Sources, versions, seed and hashes.
pub(super) fn provenance(material: &Material<'_>) -> Vec<Block> {
    let header = &material.session.header;
    // What this run asked for, and what its times and patterns are compared with.
    let mut keys = sources::of(material.session);
    keys.extend(["technique.procedure_time", "misplacement.psoas", "misplacement.intravascular"]);
    let items = keys
        .iter()
        .filter_map(|key| find(key).ok())
        .map(|figure| {
            Text::default()
                .then(format!("{} ", figure.statement), Style::Plain)
                .then(figure.source.clone(), Style::Cite)
                .then(format!(" [{}]", tag(figure)), Style::Plain)
        })
        .collect();
    let mut hashes: Vec<Vec<String>> = header
        .inputs
        .iter()
        .map(|input| vec![format!("{} {}", input.role, input.file), input.sha256.clone()])
        .collect();
    hashes.push(vec!["state at the end".to_owned(), material.state.sha256()]);
    let pictures = material
        .session
        .events()
        .map(|(_, event)| match event {
            rami_procedure::Event::Exposed { sha256, .. } => sha256.len(),
            _ => 0,
        })
        .sum::<usize>();
    vec![
        heading(2, "Sources"),
        Block::SmallPrint { language: None, items },
        heading(2, "Versions, seed and hashes"),
        paragraph(format!(
            "Rami {}, record {}, seed {}, model of flow {}, x-ray lanes {}. The record holds the SHA-256 of the state after \
             each of {} actions and of each of {pictures} pictures; `rami replay` recomputes and compares them.",
            header.rami_version,
            header.schema,
            header.setup.seed,
            header.flow,
            header.lanes,
            material.session.lines.len(),
        )),
        table("SHA-256", &["Of", "SHA-256"], &[0.3, 0.7], hashes),
        paragraph(header.disclaimer.clone()),
    ]
}
