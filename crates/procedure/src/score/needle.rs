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
    // What is ticked after the needle was in was not checked before it.
    let inserted = first(session, |e| matches!(e, Event::NeedleInserted { .. }));
    let in_time = |at: &f64| inserted.is_none_or(|inserted| *at <= inserted);
    let omitted: Vec<&str> =
        wanted.iter().copied().filter(|id| !end.checked.get(*id).is_some_and(in_time)).collect();
    let share = 1.0 - omitted.len() as f64 / wanted.len().max(1) as f64;
    let why = if omitted.is_empty() {
        format!("all {} items of the checklist were done", wanted.len())
    } else {
        format!("left out: {}", omitted.join(", ").replace('_', " "))
    };
    sheet.add("checklist", share, 10.0, None, why);
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
    let baseline = end.checked.get("baseline_temperature").copied().filter(|at| in_time(at));
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
    if let Some((at_s, error)) = super::measures::tunnel_view(session) {
        sheet.add(
            "tunnel_view",
            1.0 - (error - 3.0) / 12.0,
            4.0,
            Some(at_s),
            format!("{error:.1}° off a point in the view down the needle"),
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
            "{dap:.3} Gy·cm² in {} and {} of the pedal ({:.0} s); mixed spinal procedures need {:.2}",
            counted(end.radiation.shots, "single picture"),
            counted(end.radiation.runs, "run"),
            end.radiation.fluoroscopy_s,
            usual_dap()
        ),
    );
    let views = views(session, end);
    sheet.add(
        "two_views",
        f64::from(u8::from(views.is_some())),
        4.0,
        views.or(first_injection_s(end)),
        "the needle from behind and from the side before the drug",
    );
    let breaches = breaches(session);
    let why = if breaches.is_empty() {
        "nothing was entered that should not be".to_owned()
    } else {
        let each: Vec<String> = breaches
            .iter()
            .map(|b| format!("{:.1} mm into {} ({:.0} mm of needle in)", b.into_mm, b.structure, b.depth_mm))
            .collect();
        each.join(", ")
    };
    sheet.add("breaches", 1.0 - 0.5 * breaches.len() as f64, 10.0, breaches.first().map(|b| b.at_s), why);
}

/// A number of things in words.
fn counted(number: u64, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// When anything but contrast first went through the needle.
fn first_injection_s(end: &State) -> Option<f64> {
    end.doses.iter().find(|dose| !dose.skin && dose.iodine_mg == 0.0).map(|dose| dose.at_s)
}

/// When the needle had been seen both from behind and from the side before anything but contrast went in; nothing where it
/// had not.
fn views(session: &Session, end: &State) -> Option<f64> {
    let until_s = first_injection_s(end).unwrap_or(f64::INFINITY);
    // Behind, to begin with.
    let (mut sideways, mut behind, mut side) = (false, None, None);
    for line in session.lines.iter().filter(|line| line.refused.is_none() && line.t_s < until_s) {
        for event in &line.events {
            match event {
                Event::CArmMoved { primary_deg, .. } => {
                    sideways = primary_deg.to_radians().sin().abs() > 0.8;
                }
                Event::NeedleSeen { beyond_picture: false, .. }
                    if matches!(line.action, Action::Shot | Action::Live { .. }) =>
                {
                    let seen = if sideways { &mut side } else { &mut behind };
                    seen.get_or_insert(line.t_s);
                }
                _ => {}
            }
        }
    }
    behind.zip(side).map(|(a, b): (f64, f64)| a.max(b))
}

/// A structure that should not have been entered.
struct Breach {
    at_s: f64,
    structure: String,
    /// Length of needle in the person where it began.
    depth_mm: f64,
    /// How far the tip came beyond that within it.
    into_mm: f64,
}

/// What a needle may not enter, by parts of the names that worlds give (TotalSegmentator's, Rami's, and those of media).
const HARMFUL: [&str; 33] = [
    "vessel",
    "aorta",
    "vena",
    "vein",
    "artery",
    "brachiocephalic",
    "kidney",
    "ureter",
    "urinary",
    "root",
    "nerve",
    "thecal",
    "spinal",
    "disc",
    "colon",
    "bowel",
    "duodenum",
    "stomach",
    "esophagus",
    "liver",
    "gallbladder",
    "spleen",
    "pancreas",
    "adrenal",
    "lung",
    "pleura",
    "heart",
    "atrial",
    "prostate",
    "thyroid",
    "trachea",
    "brain",
    "organ",
];

/// Whether coming into a structure is a breach. Trunk and rami are what the needle is for.
fn harmful(structure: &str) -> bool {
    HARMFUL.iter().any(|word| structure.contains(word))
        && !["sympathetic", "ramus"].iter().any(|word| structure.contains(word))
}

fn breaches(session: &Session) -> Vec<Breach> {
    let mut all: Vec<Breach> = Vec::new();
    let (mut inside, mut depth) = (false, 0.0);
    let deepen = |all: &mut Vec<Breach>, to_mm: f64| {
        if let Some(last) = all.last_mut() {
            last.into_mm = last.into_mm.max(to_mm - last.depth_mm);
        }
    };
    for (t, event) in session.events() {
        match event {
            Event::NeedleMoved { depth_mm, .. } => depth = *depth_mm,
            Event::Entered { structure, depth_mm, .. } => {
                if inside {
                    deepen(&mut all, *depth_mm);
                }
                inside = harmful(structure);
                if inside {
                    let structure = structure.replace('_', " ");
                    all.push(Breach { at_s: t, structure, depth_mm: *depth_mm, into_mm: 0.0 });
                }
            }
            Event::TipAt { .. } if inside => {
                deepen(&mut all, depth);
                inside = all.last().is_some_and(|last| depth >= last.depth_mm);
            }
            Event::NeedleInserted { .. } | Event::NeedleRemoved { .. } => inside = false,
            _ => {}
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_organ_vessel_nerve_and_the_thecal_sac_count_and_muscle_fat_and_the_chain_do_not() {
        for name in [
            "duodenum",
            "stomach",
            "liver",
            "spleen",
            "pancreas",
            "lung_lower_lobe_left",
            "gallbladder",
            "small_bowel",
            "colon",
            "kidney_left",
            "ureter_right",
            "urinary_tract",
            "urinary_bladder",
            "aorta",
            "inferior_vena_cava",
            "iliac_artery_left",
            "iliac_vena_right",
            "portal_vein_and_splenic_vein",
            "vessel",
            "thecal_sac",
            "spinal_cord",
            "nerve_root_L2_left",
            "genitofemoral_nerve_left",
            "intervertebral_disc",
            "organ",
        ] {
            assert!(harmful(name), "{name}");
        }
        for name in [
            "autochthon_left",
            "iliopsoas_left",
            "psoas",
            "iliacus_left",
            "fat",
            "skin",
            "ligament",
            "prevertebral_plane",
            "sympathetic_trunk_left",
            "ramus_L3_left",
            "vertebrae_L3",
            "quadratus_lumborum",
        ] {
            assert!(!harmful(name), "{name}");
        }
    }

    /// Parts of the names of bones, muscles, fat and what lies in them: the rest of the label map.
    const HARMLESS: [&str; 24] = [
        "vertebrae",
        "rib_",
        "sacrum",
        "sternum",
        "costal",
        "skull",
        "humerus",
        "scapula",
        "clavicula",
        "femur",
        "hip",
        "gluteus",
        "autochthon",
        "iliopsoas",
        "quadratus",
        "fascia",
        "skin",
        "fat",
        "metal",
        "calcification",
        "muscle",
        "ligament",
        "plane",
        "unlabelled",
    ];

    #[test]
    fn every_structure_of_a_label_map_is_either_harmful_or_bone_muscle_or_fat() {
        let mut seen = 0;
        for structure in rami_anatomy::Structure::all() {
            let name = structure.name();
            let harmless = HARMLESS.iter().any(|word| name.contains(word));
            assert_ne!(harmful(name), harmless, "{name}");
            seen += 1;
        }
        assert!(seen > 120, "{seen} structures");
    }
}
