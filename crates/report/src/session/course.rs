//! What was done: minute by minute with pictures, doses and radiation, what went wrong.

use super::words::{clock, counted, detail, plain, told, truth};
use super::{KeyFrame, Material, heading, paragraph, table};
use rami_pdf::{Block, Drawing, Figure, Pixels, Shape};
use rami_procedure::action::Action;
use rami_procedure::complication::entry;

/// Most pictures of a report.
const PICTURES: usize = 12;
/// Width of a picture, points: two stand beside each other on paper.
const PICTURE_PT: f64 = 200.0;

/// Pictures, then every action with what came of it.
pub(super) fn minutes(material: &Material<'_>) -> Vec<Block> {
    let session = material.session;
    let mut blocks = vec![heading(2, "Minute by minute")];
    // Of several single pictures from one place the first and the last tell the story.
    let telling: Vec<&KeyFrame> = material
        .frames
        .iter()
        .enumerate()
        .filter(|(index, frame)| {
            let same = |other: Option<&KeyFrame>| other.is_some_and(|other| other.caption == frame.caption);
            let before = index.checked_sub(1).and_then(|index| material.frames.get(index));
            !(same(before) && same(material.frames.get(index + 1)))
        })
        .map(|(_, frame)| frame)
        .collect();
    let stride = telling.len().div_ceil(PICTURES).max(1);
    let figures: Vec<Figure> = telling
        .iter()
        .enumerate()
        .filter(|(index, _)| index % stride == 0 || index + 1 == telling.len())
        .map(|(_, frame)| picture(frame))
        .collect();
    if figures.is_empty() {
        blocks.push(paragraph("No pictures were drawn; their dose is counted all the same."));
    } else {
        blocks.push(Block::Figures(figures));
    }
    blocks.push(paragraph(
        "What the operator perceived. What was true besides, and nobody in the room knew, stands in brackets.",
    ));
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut ticked = false;
    for line in &session.lines {
        // Items of the checklist that follow each other share a row.
        if let (Action::Check { item }, None) = (&line.action, &line.refused) {
            match rows.last_mut().and_then(|row| row.get_mut(1)) {
                Some(done) if ticked => {
                    done.push_str(", ");
                    done.push_str(&plain(item));
                }
                _ => rows.push(vec![clock(line.t_s), format!("check\n{}", plain(item)), String::new()]),
            }
            ticked = true;
            continue;
        }
        ticked = false;
        let mut came = Vec::new();
        if let Some(refusal) = &line.refused {
            came.push(format!("Not done: {refusal}"));
        }
        for event in &line.events {
            came.extend(told(event));
            came.extend(truth(event).map(|text| format!("[{text}]")));
        }
        let what = plain(&line.action.name());
        let numbers = detail(&serde_json::to_value(&line.action).unwrap_or_default());
        rows.push(vec![clock(line.t_s), format!("{what}\n{numbers}"), came.join("\n")]);
    }
    blocks.push(table("Every action", &["Time", "Done", "What came of it"], &[0.09, 0.36, 0.55], rows));
    blocks
}

fn picture(frame: &KeyFrame) -> Figure {
    let (rows, columns) = (frame.grey.rows(), frame.grey.columns());
    let height = PICTURE_PT * rows as f64 / columns.max(1) as f64;
    let pixels = Pixels { columns: columns as u32, rows: rows as u32, bytes: frame.grey.data().to_vec() };
    let shape = Shape::Picture { x: 0.0, y: 0.0, width: PICTURE_PT, height, pixels };
    let title = format!("{} · picture {}", clock(frame.at_s), frame.number);
    Figure {
        id: format!("picture-{}", frame.number),
        alternative: format!("{title}: {}", frame.caption),
        title,
        drawing: Drawing { width: PICTURE_PT, height, shapes: vec![shape] },
        caption: vec![frame.caption.clone()],
    }
}

/// The ledger of drugs and of x-rays.
pub(super) fn doses(material: &Material<'_>) -> Vec<Block> {
    let (session, state) = (material.session, material.state);
    let person = &session.header.setup.person;
    let rows = state
        .doses
        .iter()
        .map(|dose| {
            let contrast = dose.iodine_mg > 0.0;
            vec![
                clock(dose.at_s),
                format!("{}{}", dose.agent, if dose.skin { " (skin and tract)" } else { "" }),
                format!("{:.1}", dose.volume_ml),
                if contrast {
                    format!("{:.0} iodine", dose.iodine_mg)
                } else {
                    format!("{:.1}", dose.mass_mg)
                },
                format!("{:.0} %", 100.0 * dose.in_vessel),
            ]
        })
        .collect();
    let radiation = &state.radiation;
    vec![
        heading(2, "Doses and radiation"),
        table(
            "Everything that was injected",
            &["Time", "Agent", "ml", "mg", "In a vessel"],
            &[0.12, 0.4, 0.12, 0.18, 0.18],
            rows,
        ),
        paragraph(format!(
            "Local anaesthetic: {:.0} % of the maximum for {}, skin and tract included.",
            100.0 * state.share_of_maximum(person),
            person.ceiling_in_words()
        )),
        paragraph(format!(
            "X-rays: {}, {} of the pedal with {} in {:.1} s; {:.3} Gy·cm², {:.2} mGy at the \
             reference point, effective dose about {:.3} mSv (to a factor of 1.5 either way); at the operator's eye about \
             {:.1} µSv without a shield.",
            counted(radiation.shots, "single picture"),
            counted(radiation.runs, "run"),
            counted(radiation.pulses, "pulse"),
            radiation.fluoroscopy_s,
            radiation.dap_gy_cm2,
            radiation.reference_kerma_mgy,
            radiation.effective_dose_msv,
            radiation.staff_eye_usv
        )),
    ]
}

/// What went wrong and how it was met.
pub(super) fn complications(material: &Material<'_>) -> Vec<Block> {
    let mut blocks = vec![heading(2, "What went wrong")];
    if material.score.complications.is_empty() {
        blocks.push(paragraph("Nothing."));
        return blocks;
    }
    let time = |at: Option<f64>| at.map_or("–".to_owned(), clock);
    let rows = material
        .score
        .complications
        .iter()
        .map(|one| {
            vec![
                one.complication.name().to_owned(),
                clock(one.began_s),
                time(one.first_sign_s),
                time(one.recognised_s),
                format!("{}{}", time(one.handled_s), if one.missed { " (too late)" } else { "" }),
                plain(&one.left_out.join(", ")),
                entry(one.complication).map_or_else(String::new, |entry| entry.consequence.clone()),
            ]
        })
        .collect();
    blocks.push(table(
        "Complications",
        &["What", "Began", "First sign", "Named", "Dealt with", "Left out", "If missed"],
        &[0.16, 0.1, 0.1, 0.12, 0.12, 0.17, 0.23],
        rows,
    ));
    blocks
}
