//! Points for what goes through the needle and what comes of it: contrast, aspiration, dose, block, response.

use super::{Sheet, contrast, first};
use crate::action::{Action, Pattern};
use crate::event::Event;
use crate::flow::HOLDS_MIN;
use crate::session::Session;
use crate::state::State;
use rami_needle::Aspirate;
use std::collections::BTreeMap;

/// What was said of the contrast.
fn patterns(session: &Session, sheet: &mut Sheet) {
    let shown = session.events().any(|(_, e)| matches!(e, Event::ContrastShown { .. }));
    let calls: Vec<(f64, Pattern, bool)> = session
        .events()
        .filter_map(|(t, event)| match event {
            Event::PatternCalled { pattern, right: Some(right) } => Some((t, *pattern, *right)),
            _ => None,
        })
        .collect();
    if shown {
        let right = calls.iter().filter(|call| call.2).count() as f64;
        let share = if calls.is_empty() { 0.0 } else { right / calls.len() as f64 };
        let wrong = calls.iter().find(|call| !call.2);
        sheet.add(
            "pattern_called",
            share,
            5.0,
            wrong.or(calls.first()).map(|call| call.0),
            if calls.is_empty() {
                "nobody said what the contrast shows".to_owned()
            } else {
                format!("{right} of {} patterns read right", calls.len())
            },
        );
    }
}

pub(super) fn injection(
    session: &Session,
    end: &State,
    measures: &BTreeMap<String, Option<f64>>,
    sheet: &mut Sheet,
    failures: &mut Vec<String>,
) {
    patterns(session, sheet);
    let drugs: Vec<_> = end.doses.iter().filter(|dose| !dose.skin && dose.iodine_mg == 0.0).collect();
    // Skin counts, whether or not anything went through the long needle.
    let drug_s =
        drugs.first().copied().or(end.doses.iter().find(|dose| dose.mass_mg > 0.0)).map(|dose| dose.at_s);
    let share = measures.get("share_of_maximum").copied().flatten().unwrap_or(0.0);
    if drug_s.is_some() {
        sheet.add(
            "dose",
            if share <= 1.0 { 1.0 } else { 0.0 },
            6.0,
            drug_s,
            format!("{:.0} % of the maximum, skin included", 100.0 * share),
        );
    }
    if share > 1.0 {
        failures.push(format!("{:.0} % of the maximum of local anaesthetic", 100.0 * share));
    }
    let Some(first_drug) = drugs.first() else { return };
    // Aspiration before each injection.
    let (mut injections, mut aspirated, mut ready) = (0u32, 0u32, false);
    for line in &session.lines {
        match line.action {
            Action::Aspirate if line.refused.is_none() => ready = true,
            Action::Advance { .. }
            | Action::Withdraw { .. }
            | Action::Rotate { .. }
            | Action::Redirect { .. } => ready = false,
            Action::Inject { .. } if line.refused.is_none() => {
                injections += 1;
                aspirated += u32::from(ready);
                ready = false;
            }
            _ => {}
        }
    }
    sheet.add(
        "aspiration",
        f64::from(aspirated) / f64::from(injections.max(1)),
        4.0,
        drug_s,
        format!("aspirated before {aspirated} of {injections} injections; it misses most tips in a vessel all the same"),
    );
    contrast::check(session, end, sheet, failures);
    let in_vessel = drugs.iter().map(|dose| dose.in_vessel * dose.mass_mg).sum::<f64>();
    let blood = session.events().any(|(_, e)| matches!(e, Event::Aspirated { seen: Aspirate::Blood }));
    let showed = session.events().any(|(_, e)| {
        matches!(e, Event::ContrastShown { pattern: Pattern::Vascular | Pattern::MixedVascular, .. })
    });
    if in_vessel > 1.0 || blood || showed {
        let spotted = in_vessel <= 1.0;
        sheet.add(
            "vessel_spotted_before_drug",
            f64::from(u8::from(spotted)),
            10.0,
            drug_s,
            if spotted {
                "the vessel was found before the drug".to_owned()
            } else {
                format!("{in_vessel:.0} mg of drug went into a vessel")
            },
        );
    }
    if in_vessel > 5.0 {
        failures.push(format!("{in_vessel:.0} mg of drug into a vessel"));
    }
    let largest = drugs.iter().map(|dose| dose.volume_ml).fold(0.0, f64::max);
    let test = first_drug.volume_ml <= 3.0;
    sheet.add(
        "test_dose_and_aliquots",
        0.5 * f64::from(u8::from(test)) + 0.5 * f64::from(u8::from(largest <= 5.0)),
        4.0,
        drug_s,
        format!("first {:.1} ml, largest {largest:.1} ml at once", first_drug.volume_ml),
    );
}

pub(super) fn outcome(session: &Session, end: &State, sheet: &mut Sheet) {
    let Some(injected) = end.last_injection_s() else { return };
    let side = session.header.setup.side;
    // What a leg can show: whether both kinds of fibre fail together lies with this person's tissue and nerve, not with the
    // hand, and is told beside.
    sheet.add(
        "block_achieved",
        f64::from(u8::from(end.supply_cut(side))),
        8.0,
        Some(injected),
        format!(
            "the leg's supply is cut (B or C fibres, nine in ten) for {:.0} min at the best of L2 to L4, both kinds together \
             for {:.0} min ({HOLDS_MIN:.0} count)",
            end.cut_min(side),
            end.held_min(side)
        ),
    );
    let judged = session.events().find_map(|(t, e)| match e {
        Event::BlockJudged { right, .. } => Some((t, *right)),
        _ => None,
    });
    sheet.add(
        "response_recognised",
        f64::from(u8::from(judged.is_some_and(|j| j.1))),
        4.0,
        judged.map(|j| j.0),
        match judged {
            Some((_, true)) => "the foot was read right",
            Some((_, false)) => "the foot was read wrong",
            None => "nobody said whether the block worked",
        },
    );
    let examined = first(session, |e| matches!(e, Event::SomaticFound { .. }));
    sheet.add(
        "somatic_examination",
        f64::from(u8::from(end.somatic_examined)),
        4.0,
        examined,
        "groin, thigh and quadriceps before standing and before pain is scored",
    );
    sheet.add(
        "observation",
        end.observed_min / rami_evidence::value("last.observe"),
        3.0,
        end.discharged_s,
        format!("{:.0} minutes watched", end.observed_min),
    );
}
