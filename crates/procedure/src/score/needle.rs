//! Points before the needle and for guiding it: checklist, time-out, passes, views, radiation, breaches.

use super::{Sheet, first};
use crate::action::Action;
use crate::event::Event;
use crate::session::Session;
use crate::state::State;
use std::collections::BTreeMap;

/// Radiation that a block should stay below, Gy·cm²: the mean of mixed spinal procedures (A23).
fn usual_dap() -> f64 {
    rami_evidence::value("technique.dose_area_product")
}

pub(super) fn before(session: &Session, end: &State, sheet: &mut Sheet) {
    use rami_clinic::course::{Phase, course};
    let wanted: Vec<&str> = course()
        .steps
        .iter()
        .filter(|step| step.phase != Phase::Needle)
        .map(|step| step.id.as_str())
        .collect();
    let omitted: Vec<&str> = wanted.iter().copied().filter(|id| !end.checked.contains_key(*id)).collect();
    let share = 1.0 - omitted.len() as f64 / wanted.len().max(1) as f64;
    let why = if omitted.is_empty() {
        format!("all {} items of the checklist were done", wanted.len())
    } else {
        format!("left out: {}", omitted.join(", "))
    };
    sheet.add("checklist", share, 10.0, None, why);
    let inserted = first(session, |e| matches!(e, Event::NeedleInserted { .. }));
    let held = end.time_out.as_ref();
    let fits = held.is_some_and(|t| t.mismatch.is_none());
    sheet.add(
        "time_out",
        f64::from(u8::from(fits)),
        5.0,
        held.map(|t| t.at_s),
        match held {
            Some(t) if t.mismatch.is_none() => format!("{} {} agreed by everyone", t.side, t.level),
            Some(t) => t.mismatch.clone().unwrap_or_default(),
            None => "no time-out".to_owned(),
        },
    );
    let baseline = end.checked.get("baseline_temperature").copied();
    sheet.add(
        "baseline_temperature",
        f64::from(u8::from(baseline.is_some())),
        4.0,
        baseline,
        if baseline.is_some() {
            "both feet were measured before"
        } else {
            "nothing to compare the warm foot with"
        },
    );
    let sedation = first(session, |e| matches!(e, Event::SedationRecorded { .. }));
    sheet.add(
        "sedation_recorded",
        f64::from(u8::from(sedation.is_some())),
        2.0,
        sedation,
        "sedation confounds what the person answers",
    );
    if inserted.is_some() {
        let numb = end.numb_at_mm.is_some();
        sheet.add(
            "skin_numbed",
            f64::from(u8::from(numb)),
            2.0,
            inserted,
            "skin and tract before the long needle",
        );
    }
}

pub(super) fn guidance(
    session: &Session,
    end: &State,
    measures: &BTreeMap<String, Option<f64>>,
    sheet: &mut Sheet,
) {
    let measure = |name: &str| measures.get(name).copied().flatten();
    let Some(inserted) = first(session, |e| matches!(e, Event::NeedleInserted { .. })) else { return };
    sheet.add(
        "first_pass",
        1.0 - 0.34 * f64::from(end.passes.saturating_sub(1)),
        6.0,
        Some(inserted),
        format!(
            "{} pass{} (an advance after pulling back {:.0} mm is another), {} redirection{}",
            end.passes,
            if end.passes == 1 { "" } else { "es" },
            rami_evidence::value("procedure.pass_retraction"),
            end.redirections,
            if end.redirections == 1 { "" } else { "s" }
        ),
    );
    if let Some(error) = measure("tunnel_view_error_deg") {
        let at = first(session, |e| matches!(e, Event::NeedleSeen { .. }));
        sheet.add(
            "tunnel_view",
            1.0 - (error - 3.0) / 12.0,
            4.0,
            at,
            format!("{error:.1}° off a point at first sight"),
        );
    }
    if let Some(miss) = measure("tip_to_target_mm") {
        let at = end.last_injection_s().or(Some(inserted));
        sheet.add(
            "tip_to_target",
            1.0 - (miss - 3.0) / 9.0,
            8.0,
            at,
            format!("{miss:.1} mm from the planned target"),
        );
    }
    let dap = end.radiation.dap_gy_cm2;
    sheet.add(
        "radiation",
        1.0 - (dap - usual_dap()) / (2.0 * usual_dap()),
        5.0,
        None,
        format!(
            "{dap:.3} Gy·cm² in {} single pictures and {} runs of the pedal ({:.0} s); mixed spinal procedures need {:.2}",
            end.radiation.shots,
            end.radiation.runs,
            end.radiation.fluoroscopy_s,
            usual_dap()
        ),
    );
    let both = {
        let views = |name: &str| {
            session.lines.iter().any(|line| {
                matches!(line.action, Action::Shot | Action::Live { .. })
                    && line.events.iter().any(|e| matches!(e, Event::NeedleSeen { .. }))
                    && lateral_at(session, line.n) == (name == "lateral")
            })
        };
        views("lateral") && views("posterior")
    };
    sheet.add(
        "two_views",
        f64::from(u8::from(both)),
        4.0,
        None,
        "the needle from behind and from the side before the drug",
    );
    let harmful = [
        "vessel",
        "aorta",
        "vena_cava",
        "kidney",
        "ureter",
        "root",
        "colon",
        "bowel",
        "disc",
        "iliac",
        "spinal",
    ];
    let breaches: Vec<(f64, String, f64)> = session
        .events()
        .filter_map(|(t, event)| match event {
            Event::Entered { structure, depth_mm, .. }
                if harmful.iter().any(|word| structure.contains(word)) =>
            {
                Some((t, structure.clone(), *depth_mm))
            }
            _ => None,
        })
        .collect();
    let why = if breaches.is_empty() {
        "nothing was entered that should not be".to_owned()
    } else {
        let each: Vec<String> =
            breaches.iter().map(|(_, name, depth)| format!("{name} at {depth:.0} mm")).collect();
        each.join(", ")
    };
    sheet.add("breaches", 1.0 - 0.5 * breaches.len() as f64, 10.0, breaches.first().map(|b| b.0), why);
}

/// Whether the C-arm stood sideways at a line.
fn lateral_at(session: &Session, n: u64) -> bool {
    session
        .lines
        .iter()
        .take_while(|line| line.n <= n)
        .filter_map(|line| match line.action {
            Action::MoveCArm { primary_deg, .. } => Some(primary_deg.to_radians().sin().abs() > 0.8),
            _ => None,
        })
        .last()
        .unwrap_or(false)
}
