//! The score of a session: a fold over its lines. Every point says what it is for, how much of it was earned, and at which
//! moment. Points are a teaching aid with weights that are judged, not validated; the measures beside them are facts of
//! the session.

pub mod cusum;
pub mod perk;

use crate::action::{Action, Pattern, Watch};
use crate::complication::{Active, Complication, entry};
use crate::event::Event;
use crate::flow::Compartment;
use crate::session::{DISCLAIMER, Session};
use crate::state::State;
use perk::Sample;
use rami_needle::Aspirate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Name and version of the document.
pub const SCHEMA: &str = "rami.score/1";

/// A score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Score {
    /// `rami.score/1`.
    pub schema: String,
    /// Share of the points that could be earned, 0 to 100.
    pub percent: f64,
    /// Whether nothing happened that fails a block whatever the points: the reasons are in `failures`.
    pub passed: bool,
    /// What fails it.
    pub failures: Vec<String>,
    /// Line by line.
    pub points: Vec<Point>,
    /// Measures, with units in their names; null where there is nothing to measure.
    pub measures: BTreeMap<String, Option<f64>>,
    /// What went wrong, and what was done about it.
    pub complications: Vec<Handling>,
    /// The same measures of the reference run, where one was made.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reference: BTreeMap<String, Option<f64>>,
    /// Seed of the session.
    pub seed: u64,
    /// Who operated.
    pub operator: String,
    /// What it is not.
    pub disclaimer: String,
}

/// A line of the score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Point {
    /// What for, as a name.
    pub id: String,
    /// Earned.
    pub earned: f64,
    /// Possible.
    pub possible: f64,
    /// Moment that decided it, s on the block's clock.
    pub at_s: Option<f64>,
    /// Why.
    pub why: String,
}

/// A complication and how it was handled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Handling {
    /// Which.
    pub complication: Complication,
    /// When it began.
    pub began_s: f64,
    /// First sign.
    pub first_sign_s: Option<f64>,
    /// Named by the operator.
    pub recognised_s: Option<f64>,
    /// Dealt with.
    pub handled_s: Option<f64>,
    /// Not dealt with in time.
    pub missed: bool,
    /// What of the response was left out.
    pub left_out: Vec<String>,
}

/// Radiation that a block should stay below, Gy·cm²: the mean of mixed spinal procedures (A23).
fn usual_dap() -> f64 {
    rami_evidence::value("technique.dose_area_product")
}

struct Sheet {
    points: Vec<Point>,
}

impl Sheet {
    fn add(&mut self, id: &str, share: f64, possible: f64, at_s: Option<f64>, why: impl Into<String>) {
        let earned = possible * share.clamp(0.0, 1.0);
        self.points.push(Point { id: id.to_owned(), earned, possible, at_s, why: why.into() });
    }
}

/// The tip's way while a needle was in, from a session.
#[must_use]
pub fn trace(session: &Session) -> Vec<Sample> {
    session
        .events()
        .filter_map(|(t_s, event)| match event {
            Event::TipAt { tip_mm, .. } => Some(Sample { t_s, tip_mm: *tip_mm }),
            Event::NeedleInserted { entry_mm, .. } => Some(Sample { t_s, tip_mm: *entry_mm }),
            _ => None,
        })
        .collect()
}

/// Scores a session with the state it ended in.
#[must_use]
pub fn score(session: &Session, end: &State) -> Score {
    let mut sheet = Sheet { points: Vec::new() };
    let mut failures = Vec::new();
    let measures = measures(session, end);
    before(session, end, &mut sheet);
    guidance(session, end, &measures, &mut sheet);
    injection(session, end, &measures, &mut sheet, &mut failures);
    outcome(session, end, &mut sheet);
    let complications = complications(end, &mut sheet, &mut failures);
    let possible: f64 = sheet.points.iter().map(|point| point.possible).sum();
    let earned: f64 = sheet.points.iter().map(|point| point.earned).sum();
    Score {
        schema: SCHEMA.to_owned(),
        percent: if possible > 0.0 { 100.0 * earned / possible } else { 0.0 },
        passed: failures.is_empty(),
        failures,
        points: sheet.points,
        measures,
        complications,
        reference: BTreeMap::new(),
        seed: session.header.setup.seed,
        operator: session.header.operator.clone(),
        disclaimer: DISCLAIMER.to_owned(),
    }
}

fn first(session: &Session, is: impl Fn(&Event) -> bool) -> Option<f64> {
    session.events().find(|(_, event)| is(event)).map(|(t, _)| t)
}

fn before(session: &Session, end: &State, sheet: &mut Sheet) {
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

fn guidance(session: &Session, end: &State, measures: &BTreeMap<String, Option<f64>>, sheet: &mut Sheet) {
    let measure = |name: &str| measures.get(name).copied().flatten();
    let Some(inserted) = first(session, |e| matches!(e, Event::NeedleInserted { .. })) else { return };
    sheet.add(
        "first_pass",
        1.0 - 0.34 * f64::from(end.passes.saturating_sub(1)),
        6.0,
        Some(inserted),
        format!("{} passes, {} of them redirections", end.passes, end.redirections),
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
            "{dap:.3} Gy·cm² in {} pictures; mixed spinal procedures need {:.2}",
            end.radiation.frames,
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

fn injection(
    session: &Session,
    end: &State,
    measures: &BTreeMap<String, Option<f64>>,
    sheet: &mut Sheet,
    failures: &mut Vec<String>,
) {
    patterns(session, sheet);
    let drugs: Vec<_> = end.doses.iter().filter(|dose| !dose.skin && dose.iodine_mg == 0.0).collect();
    let Some(first_drug) = drugs.first() else { return };
    let drug_s = Some(first_drug.at_s);
    let share = measures.get("share_of_maximum").copied().flatten().unwrap_or(0.0);
    sheet.add(
        "dose",
        if share <= 1.0 { 1.0 } else { 0.0 },
        6.0,
        drug_s,
        format!("{:.0} % of the maximum, skin included", 100.0 * share),
    );
    if share > 1.0 {
        failures.push(format!("{:.0} % of the maximum of local anaesthetic", 100.0 * share));
    }
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
    let watched = session.lines.iter().any(|line| {
        matches!(line.action, Action::Inject { watch: Watch::Live | Watch::Subtracted, .. })
            && line.refused.is_none()
            && line.t_s <= first_drug.at_s
            && line.events.iter().any(|e| matches!(e, Event::ContrastShown { .. }))
    });
    let spot =
        session.events().any(|(t, e)| matches!(e, Event::ContrastShown { .. }) && t <= first_drug.at_s);
    sheet.add(
        "contrast_check",
        if watched {
            1.0
        } else if spot {
            0.5
        } else {
            0.0
        },
        10.0,
        drug_s,
        match (watched, spot) {
            (true, _) => "contrast was watched live before the drug",
            (_, true) => "a still picture alone misses three vessels in ten",
            _ => "no contrast before the drug: one needle in eight lies in a vessel",
        },
    );
    if !spot {
        failures.push("drug without a contrast check".to_owned());
    }
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

fn outcome(session: &Session, end: &State, sheet: &mut Sheet) {
    let Some(injected) = end.last_injection_s() else { return };
    let side = session.header.setup.side;
    let achieved = end.block_achieved(side);
    sheet.add(
        "block_achieved",
        f64::from(u8::from(achieved)),
        8.0,
        Some(injected),
        format!("{:.0} % of the fibres at the best of L2 to L4", 100.0 * end.blocked(side)),
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

fn complications(end: &State, sheet: &mut Sheet, failures: &mut Vec<String>) -> Vec<Handling> {
    end.active
        .iter()
        .map(|active: &Active| {
            let entry = entry(active.complication);
            let left_out: Vec<String> = entry.map_or_else(Vec::new, |entry| {
                entry.response.iter().filter(|name| !active.done.contains_key(*name)).cloned().collect()
            });
            let handled = active.handled_s.is_some() && !active.missed;
            if active.shown > 0 {
                let needed = entry.map_or(1, |entry| entry.response.len().max(1));
                let done = needed - left_out.len().min(needed);
                let share = if handled { 1.0 } else { 0.5 * done as f64 / needed as f64 };
                let named = active.recognised_s.is_some();
                sheet.add(
                    &format!("handled_{}", word(active.complication)),
                    share,
                    8.0,
                    active.handled_s.or(active.first_sign_s()),
                    if handled {
                        format!(
                            "{} was dealt with{}",
                            active.complication.name(),
                            if named { "" } else { " without being named" }
                        )
                    } else {
                        format!("{}: left out {}", active.complication.name(), left_out.join(", "))
                    },
                );
            }
            let grave = matches!(
                active.complication,
                Complication::Toxicity | Complication::IntrathecalSpread | Complication::ContrastReaction
            );
            if active.complication == Complication::WrongSide {
                failures.push("a needle on the wrong side".to_owned());
            } else if grave && active.shown > 0 && !handled {
                failures.push(format!("{} was not dealt with in time", active.complication.name()));
            }
            Handling {
                complication: active.complication,
                began_s: active.began_s,
                first_sign_s: active.first_sign_s(),
                recognised_s: active.recognised_s,
                handled_s: active.handled_s,
                missed: active.missed,
                left_out,
            }
        })
        .collect()
}

fn word(complication: Complication) -> String {
    serde_json::to_value(complication).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Facts of a session by name.
#[must_use]
pub fn measures(session: &Session, end: &State) -> BTreeMap<String, Option<f64>> {
    let trace = trace(session);
    let mut all: BTreeMap<String, Option<f64>> = BTreeMap::new();
    let mut put = |name: &str, value: Option<f64>| {
        all.insert(name.to_owned(), value.filter(|v| v.is_finite()));
    };
    let count = |is: &dyn Fn(&Action) -> bool| {
        session.lines.iter().filter(|line| line.refused.is_none() && is(&line.action)).count() as f64
    };
    put("block_min", Some(end.clock_s / 60.0));
    let inserted = first(session, |e| matches!(e, Event::NeedleInserted { .. }));
    let removed =
        session.events().filter(|(_, e)| matches!(e, Event::NeedleRemoved { .. })).map(|(t, _)| t).last();
    put("needle_time_s", inserted.zip(removed).map(|(from, to)| to - from));
    put("elapsed_time_s", Some(perk::elapsed_s(&trace)));
    put("path_length_mm", Some(perk::path_length_mm(&trace)));
    put("path_inefficiency_percent", perk::path_inefficiency_percent(&trace));
    put("motion_smoothness", Some(perk::smoothness(&trace)));
    put("bounding_box_mm3", Some(perk::bounding_box_mm3(&trace)));
    put(
        "translational_actions",
        Some(count(&|a| matches!(a, Action::Advance { .. } | Action::Withdraw { .. }))),
    );
    put("rotational_actions", Some(count(&|a| matches!(a, Action::Rotate { .. } | Action::Redirect { .. }))));
    put("needle_passes", Some(f64::from(end.passes)));
    put("redirections", Some(f64::from(end.redirections)));
    put("c_arm_shots", Some(end.radiation.shots as f64));
    put("frames", Some(end.radiation.frames as f64));
    put("fluoroscopy_s", Some(end.radiation.fluoroscopy_s));
    put("dap_gy_cm2", Some(end.radiation.dap_gy_cm2));
    put("effective_dose_msv", Some(end.radiation.effective_dose_msv));
    put("share_of_maximum", Some(end.share_of_maximum(session.header.setup.person.weight_kg)));
    let off_axis = session.events().find_map(|(_, event)| match event {
        Event::NeedleSeen { off_axis_deg, .. } => Some(*off_axis_deg),
        _ => None,
    });
    put("tunnel_view_error_deg", off_axis);
    let injected_at = end
        .deposits
        .iter()
        .rev()
        .find(|deposit| deposit.fluids.iter().any(|f| f.iodine_mg_ml == 0.0))
        .map(|deposit| deposit.tip_mm)
        .or(trace.iter().max_by(|a, b| a.t_s.total_cmp(&b.t_s)).map(|sample| sample.tip_mm));
    let miss = session
        .header
        .aim
        .as_ref()
        .zip(injected_at)
        .map(|(aim, tip)| (0..3).map(|i| (aim.target_mm[i] - tip[i]).powi(2)).sum::<f64>().sqrt());
    put("tip_to_target_mm", miss);
    put("targets_hit_percent", miss.map(|miss| if miss <= 5.0 { 100.0 } else { 0.0 }));
    let punctures = session.events().filter(|(_, e)| matches!(e, Event::Entered { .. })).count();
    put("tissue_punctures", Some(punctures as f64));
    let side = session.header.setup.side;
    put("blocked_share", Some(end.blocked(side)));
    put("block_achieved", Some(f64::from(u8::from(end.block_achieved(side)))));
    let most = |compartment: Compartment| {
        end.deposits.iter().map(|deposit| deposit.spread.share(compartment)).fold(0.0, f64::max)
    };
    put("psoas_share", Some(most(Compartment::Psoas)));
    put("vessel_share", Some(most(Compartment::Vessel)));
    put("refusals", Some(session.lines.iter().filter(|line| line.refused.is_some()).count() as f64));
    all
}

impl Score {
    /// Puts the measures of the reference run beside, with the distance of the two ways of the tip.
    pub fn compare(&mut self, session: &Session, reference: &Session, reference_end: &State) {
        self.reference = measures(reference, reference_end);
        let (own, other) = (trace(session), trace(reference));
        self.measures.insert("hausdorff_from_reference_mm".to_owned(), perk::hausdorff_mm(&own, &other));
        self.measures.insert("frechet_from_reference_mm".to_owned(), perk::frechet_mm(&own, &other));
    }
}
