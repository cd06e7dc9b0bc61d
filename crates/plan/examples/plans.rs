//! Rewrites `validation/plans.md` and `plans.csv`: plans on 200 digital patients, made from CT and labels, judged by the
//! truth. Run by `cargo xtask validate plans`.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::panic)] // a study, run by hand

use rami_anatomy::patient::{Known, Patient, Scanner, TrunkSource, Truth, population};
use rami_anatomy::{InferOptions, Posture, Side, StructureMap, infer};
use rami_plan::{Candidate, HumanError, PlanOptions, plan};
use rami_random::distributions::StandardNormal;
use rami_random::{RngExt, Stream};
use rami_volume::{Point, Vector};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

const SEED: u64 = 77;
/// The people that a figure may be set on; the page is of others.
const CALIBRATION: (u64, u64) = (815, 48);
const PEOPLE: u64 = 200;
const SPACING_MM: f64 = 3.0;
/// Half the thickness of the needle, mm.
const NEEDLE_RADIUS_MM: f64 = 0.4;

/// Structures that a needle for this block goes through, or that are no structure.
const CROSSED: [&str; 8] = [
    "autochthon",
    "quadratus_lumborum",
    "iliopsoas",
    "skin",
    "subcutaneous_fat",
    "abdominal_wall",
    "retroperitoneal_fat",
    "renal_fascia",
];

/// What no CT shows, and the name a plan gives it.
const UNSEEN: [&str; 5] =
    ["ureter", "lumbar_segmental_vessels", "nerve_root", "genitofemoral_nerve", "renal_vessels"];

/// A path and what it meets in truth.
struct Judged {
    row: u64,
    side: Side,
    candidate: Candidate,
    /// Without error: labelled structures, by the millimetres inside.
    touched: BTreeMap<String, f64>,
    /// Carried out once with the operator's errors: classes of what was touched.
    carried_out: Vec<String>,
    /// Distance of the target from the true trunk, mm.
    to_trunk_mm: f64,
}

enum Person {
    Planned(Vec<Judged>, Vec<Side>),
    Refused(String),
}

/// `plans [PEOPLE]` writes the page; `plans calibrate [PEOPLE]` prints it for the people kept for calibration.
fn main() -> std::io::Result<()> {
    let number = |n: usize, or: u64| std::env::args().nth(n).map_or(or, |n| n.parse().unwrap());
    if std::env::args().nth(1).is_some_and(|a| a == "calibrate") {
        let (seed, people) = CALIBRATION;
        let all: Vec<Person> = (0..number(2, people)).into_par_iter().map(|row| one(seed, row)).collect();
        println!("{}", markdown(&all));
        return Ok(());
    }
    let all: Vec<Person> = (0..number(1, PEOPLE)).into_par_iter().map(|row| one(SEED, row)).collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../validation");
    std::fs::write(folder.join("plans.csv"), csv(&all))?;
    std::fs::write(folder.join("plans.md"), markdown(&all))?;
    println!("validation/plans.md");
    Ok(())
}

fn one(seed: u64, row: u64) -> Person {
    let traits = population::draw(seed, row, Known::default(), TrunkSource::Cadaver).unwrap();
    let patient = Patient::grow(&traits, None, Posture::Prone);
    let grid = patient.grid([SPACING_MM; 3]).unwrap();
    let scan = patient.scan(&grid, &Scanner::default(), false).unwrap();
    let (structures, _) = StructureMap::new(scan.labels, &BTreeMap::new());
    let options = InferOptions { posture: Posture::Prone, ..InferOptions::default() };
    let anatomy = infer(&scan.ct, structures, &options).unwrap();
    let options = PlanOptions { seed: row + 1, draws: 1000, ..PlanOptions::default() };
    let made = match plan(&scan.ct, &anatomy, Vec::new(), &options) {
        Ok(made) => made,
        Err(error) => return Person::Refused(error.to_string()),
    };
    let truth = patient.truth();
    let chosen: Vec<usize> = made.chosen.as_ref().map(|c| c.indices().to_vec()).unwrap_or_default();
    let judged = chosen
        .into_iter()
        .map(|index| judge(row, &patient, &truth, made.candidates[index].clone(), options.human_error))
        .collect();
    Person::Planned(judged, made.verdict.refused.iter().map(|r| r.side).collect())
}

fn judge(row: u64, patient: &Patient, truth: &Truth, candidate: Candidate, error: HumanError) -> Judged {
    let (entry, target) = (Point::from(candidate.entry_mm), Point::from(candidate.target_mm));
    let touched = labelled(patient, &entry, &target);
    let mut rng = Stream::new(SEED).named("operator").indexed(row).named(candidate.side.name()).rng();
    let mut z = || -> f64 { rng.sample(StandardNormal) };
    let along = (target - entry).normalize();
    let across = along.cross(&Vector::z()).normalize();
    let other = along.cross(&across);
    let moved = entry + (across * z() + other * z()) * error.entry_sd_mm;
    let turn = error.angle_sd_deg.to_radians();
    let direction = (along + across * (turn * z()).tan() + other * (turn * z()).tan()).normalize();
    let depth = (target - entry).norm() + error.depth_sd_mm * z();
    let tip = moved + direction * depth;
    let mut carried_out: Vec<String> = labelled(patient, &moved, &tip)
        .into_keys()
        .filter(|n| n == "renal_vessels" || !UNSEEN.iter().any(|u| n.starts_with(u)))
        .collect();
    carried_out.extend(unseen(truth, &moved, &tip));
    let trunk = &truth.chain.get(candidate.side).points_mm;
    let to_trunk_mm = distance(trunk, &target, &target);
    Judged { row, side: candidate.side, touched, carried_out, to_trunk_mm, candidate }
}

/// Structures that a CT shows and a needle must not touch, with how many millimetres of its surface lie in each.
fn labelled(patient: &Patient, entry: &Point, tip: &Point) -> BTreeMap<String, f64> {
    const STEP_MM: f64 = 0.5;
    let along = (tip - entry).normalize();
    let across = along.cross(&Vector::z()).normalize() * NEEDLE_RADIUS_MM;
    let other = along.cross(&across);
    let mut found = BTreeMap::new();
    let steps = ((tip - entry).norm() / STEP_MM).ceil() as usize;
    for n in 0..=steps {
        let at = entry + along * (STEP_MM * n as f64).min((tip - entry).norm());
        let mut here: Vec<&str> = [Vector::zeros(), across, -across, other, -other]
            .iter()
            .filter_map(|off| patient.structure_at(&(at + off)))
            .filter(|name| !CROSSED.iter().any(|c| name.starts_with(c)))
            .collect();
        here.sort_unstable();
        here.dedup();
        for name in here {
            *found.entry(name.to_owned()).or_default() += STEP_MM;
        }
    }
    found
}

/// Distance between a polyline and a segment, mm.
fn distance(points: &[[f64; 3]], a: &Point, b: &Point) -> f64 {
    let steps = ((b - a).norm() / 0.5).ceil().max(1.0) as usize;
    (0..=steps)
        .map(|n| {
            let p = a + (b - a) * (n as f64 / steps as f64);
            points
                .windows(2)
                .map(|w| {
                    let (u, v) = (Point::from(w[0]), Point::from(w[1]));
                    let uv = v - u;
                    let t = ((p - u).dot(&uv) / uv.norm_squared().max(1e-9)).clamp(0.0, 1.0);
                    (p - (u + uv * t)).norm()
                })
                .fold(f64::MAX, f64::min)
        })
        .fold(f64::MAX, f64::min)
}

/// Classes of what no CT shows that a needle touches.
fn unseen(truth: &Truth, entry: &Point, tip: &Point) -> Vec<String> {
    let mut found = Vec::new();
    let mut look = |class: &str, points: &[[f64; 3]], radius: f64| {
        if !found.iter().any(|f| f == class) && distance(points, entry, tip) < radius + NEEDLE_RADIUS_MM {
            found.push(class.to_owned());
        }
    };
    for side in Side::BOTH {
        let (ureter, nerve) = (truth.ureter.get(side), truth.genitofemoral_nerve.get(side));
        look("ureter", &ureter.points_mm, ureter.radius_mm);
        look("genitofemoral_nerve", &nerve.points_mm, nerve.radius_mm);
    }
    for s in &truth.nerve_roots {
        look("nerve_root", &s.points_mm, s.radius_mm);
    }
    for s in truth.lumbar_arteries.iter().chain(&truth.lumbar_veins) {
        look("lumbar_segmental_vessels", &s.points_mm, s.radius_mm);
    }
    found
}

/// Predicted probability of touching any structure of a class: the parts as if independent.
fn predicted(candidate: &Candidate, class: &str) -> f64 {
    // A plan has arteries and veins of the kidney apart.
    let class = if class == "renal_vessels" { "renal_" } else { class };
    let missed: f64 = candidate
        .hit_probability
        .iter()
        .filter(|(name, _)| name.starts_with(class))
        .map(|(_, p)| 1.0 - p)
        .product();
    1.0 - missed
}

fn judged(all: &[Person]) -> impl Iterator<Item = &Judged> {
    all.iter().flat_map(|p| match p {
        Person::Planned(judged, _) => judged.as_slice(),
        Person::Refused(_) => &[],
    })
}

fn csv(all: &[Person]) -> String {
    let mut out = "row,side,level,depth_mm,target_to_true_trunk_mm".to_owned();
    for class in UNSEEN {
        let _ = write!(out, ",p_{class},touched_{class}");
    }
    out += ",labelled_touched_by_plan,labelled_touched_with_errors,p_any_labelled_or_modelled\n";
    for j in judged(all) {
        let c = &j.candidate;
        let _ = write!(out, "{},{},{},{:.1},{:.2}", j.row, j.side, c.level, c.depth_mm, j.to_trunk_mm);
        for class in UNSEEN {
            let touched = j.carried_out.iter().any(|t| t == class);
            let _ = write!(out, ",{:.4},{}", predicted(c, class), u8::from(touched));
        }
        let plan: Vec<&str> = j.touched.keys().map(String::as_str).collect();
        let with: Vec<&str> =
            j.carried_out.iter().map(String::as_str).filter(|t| !UNSEEN.contains(t)).collect();
        let _ = writeln!(out, ",{},{},{:.4}", plan.join(" "), with.join(" "), c.any_hit_probability);
    }
    out
}

/// Chance that a sum of independent events of these probabilities is at most `k`, for every k.
fn cumulative(probabilities: &[f64]) -> Vec<f64> {
    let mut law = vec![1.0];
    for &p in probabilities {
        law.push(0.0);
        for k in (0..law.len()).rev() {
            law[k] = law[k] * (1.0 - p) + if k > 0 { law[k - 1] * p } else { 0.0 };
        }
    }
    let mut sum = 0.0;
    law.into_iter()
        .map(|v| {
            sum += v;
            sum
        })
        .collect()
}

fn line(out: &mut String, class: &str, probabilities: &[f64], hits: usize) {
    let law = cumulative(probabilities);
    let low = law.iter().position(|c| *c >= 0.025).unwrap_or(0);
    let high = law.iter().position(|c| *c >= 0.975).unwrap_or(probabilities.len());
    let expected: f64 = probabilities.iter().sum();
    let n = probabilities.len().max(1) as f64;
    let verdict = if hits < low {
        "fewer than predicted"
    } else if hits > high {
        "**more than predicted**"
    } else {
        "inside"
    };
    let _ = writeln!(
        out,
        "| {class} | {expected:.1} ({:.2} %) | {low} to {high} | {hits} ({:.2} %) | {verdict} |",
        100.0 * expected / n,
        100.0 * hits as f64 / n
    );
}

/// The segmental vessels' class.
const VESSELS: &str = "lumbar_segmental_vessels";

/// What no CT shows and a planned path meets although it is carried out without any error: a hazard of every plan.
fn met(out: &mut String, plans: &[&Judged]) {
    *out += "\nPaths that meet in truth, without any error, what no CT shows (of the paths planned at the level):\n\n\
             | structure | L2 | L3 | L4 |\n| --- | --- | --- | --- |\n";
    for class in UNSEEN {
        let of = |level: &str| {
            let here = || plans.iter().filter(|j| j.candidate.level.to_string() == level);
            let hits = here().filter(|j| j.touched.keys().any(|n| n.starts_with(class))).count();
            format!("{hits} of {}", here().count())
        };
        let _ = writeln!(out, "| {class} | {} | {} | {} |", of("L2"), of("L3"), of("L4"));
    }
}

fn markdown(all: &[Person]) -> String {
    let plans: Vec<&Judged> = judged(all).collect();
    let refused_sides: usize = all
        .iter()
        .map(|p| match p {
            Person::Planned(_, refused) => refused.len(),
            Person::Refused(_) => 2,
        })
        .sum();
    let mut out = format!(
        "# Plans on digital patients, judged by their truth\n\n\
         Made by `cargo xtask validate plans`: {} adults (seed {SEED}), prone, scanned at {SPACING_MM} mm. Each is planned on both sides, the\n\
         level left to the plan, from CT and labels alone; the truth then judges the chosen paths. {} paths were chosen; {} of {}\n\
         sides were refused as having no safe path. Raw results: `plans.csv`.\n",
        all.len(),
        plans.len(),
        refused_sides,
        2 * all.len()
    );
    let refused: Vec<&String> = all
        .iter()
        .filter_map(|p| match p {
            Person::Refused(why) => Some(why),
            Person::Planned(..) => None,
        })
        .collect();
    if !refused.is_empty() {
        let _ = writeln!(out, "\n{} people could not be planned at all: {}", refused.len(), refused[0]);
    }
    let mut levels: BTreeMap<String, usize> = BTreeMap::new();
    plans.iter().for_each(|j| *levels.entry(j.candidate.level.to_string()).or_default() += 1);
    let text: Vec<String> = levels.iter().map(|(l, n)| format!("{l} {n}")).collect();
    let _ = writeln!(out, "\nLevels chosen: {}.", text.join(", "));

    let failed: Vec<&&Judged> =
        plans.iter().filter(|j| j.touched.keys().any(|n| !UNSEEN.iter().any(|u| n.starts_with(u)))).collect();
    let (low, high) = rami_evidence::wilson95(failed.len() as u32, plans.len() as u32);
    let _ = writeln!(
        out,
        "\n## The planned paths themselves\n\n\
         Paths that touch in truth a structure the CT shows (all but muscle, fat and skin; the needle 0.8 mm thick, walked in\n\
         steps of half a millimetre through the exact geometry): **{} of {}** (95 % interval {:.1} to {:.1} %).",
        failed.len(),
        plans.len(),
        100.0 * low,
        100.0 * high
    );
    if !failed.is_empty() {
        out += "\n| row | side | level | touched | planned clearance of it, mm |\n| --- | --- | --- | --- | --- |\n";
        for j in &failed {
            for (name, mm) in &j.touched {
                let planned = j
                    .candidate
                    .clearance_mm
                    .get(name)
                    .map_or("not in the plan".into(), |c| format!("{c:.1}"));
                let _ = writeln!(
                    out,
                    "| {} | {} | {} | {name}, {mm:.1} mm | {planned} |",
                    j.row, j.side, j.candidate.level
                );
            }
        }
    }
    met(&mut out, &plans);
    let mut distances: Vec<f64> = plans.iter().map(|j| j.to_trunk_mm).collect();
    distances.sort_by(f64::total_cmp);
    let at = |share: f64| distances[((distances.len() - 1) as f64 * share) as usize];
    let _ = writeln!(
        out,
        "\nFrom target to true trunk: median {:.1} mm, 95 % within {:.1} mm, worst {:.1} mm.",
        at(0.5),
        at(0.95),
        at(1.0)
    );
    out += "\n## Each carried out once, with the operator's errors\n\n\
            Entry, direction and depth err by the normal laws the plans assume (needle error of A22); nobody looks or corrects.\n\
            The interval is that of the number of touches if every plan's own probability were right (a sum of independent events).\n\n\
            | no CT shows it | predicted | 95 % interval | touched in truth | |\n| --- | --- | --- | --- | --- |\n";
    for class in UNSEEN {
        let p: Vec<f64> = plans.iter().map(|j| predicted(&j.candidate, class)).collect();
        let hits = plans.iter().filter(|j| j.carried_out.iter().any(|t| t == class)).count();
        line(&mut out, class, &p, hits);
    }
    out += "\n| segmental vessels by level | predicted | 95 % interval | touched in truth | |\n| --- | --- | --- | --- | --- |\n";
    for level in levels.keys() {
        let here = || plans.iter().filter(|j| j.candidate.level.to_string() == *level);
        let p: Vec<f64> = here().map(|j| predicted(&j.candidate, VESSELS)).collect();
        let hits = here().filter(|j| j.carried_out.iter().any(|t| t == VESSELS)).count();
        line(&mut out, level, &p, hits);
    }
    out += "\n| the CT shows it | predicted | 95 % interval | touched in truth | |\n| --- | --- | --- | --- | --- |\n";
    for (title, names) in [
        ("kidney", &["kidney"][..]),
        ("aorta and vena cava", &["aorta", "inferior_vena_cava"]),
        ("bowel", &["small_bowel", "colon", "duodenum", "bowel_gas"]),
        ("bone", &["vertebrae", "rib", "hip", "sacrum"]),
    ] {
        let p: Vec<f64> = plans
            .iter()
            .map(|j| 1.0 - names.iter().map(|n| 1.0 - predicted(&j.candidate, n)).product::<f64>())
            .collect();
        let hits = plans
            .iter()
            .filter(|j| j.carried_out.iter().any(|t| names.iter().any(|n| t.starts_with(n))))
            .count();
        line(&mut out, title, &p, hits);
    }
    out
}
