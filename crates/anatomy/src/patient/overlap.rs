//! Overlap and containment of every pair of organs, over a thousand people.
//!
//! Where two parts overlap the later one wins, so no point of space belongs to two. What the earlier one loses that way
//! must be little, unless the one is meant to lie in the other. Points are sampled inside every part; each is asked
//! which later parts hold it too, and how deeply both do.

use super::population::{self, Known, TrunkSource};
use super::scene::Part;
use super::shape::{Shape, V};
use super::*;
use rami_random::RngExt;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// A name without its side and level, so that pairs can be counted together.
fn class(name: &str) -> String {
    // The first sacral segment is a part of its own, grown into the rest.
    if name == "vertebrae_S1" {
        return "sacrum_first".to_owned();
    }
    if name.starts_with("vertebrae_") {
        return "vertebra".to_owned();
    }
    if name.starts_with("rib_") {
        return "rib".to_owned();
    }
    name.trim_end_matches("_left").trim_end_matches("_right").to_owned()
}

/// Points inside a part, spread over its shapes.
fn inside(part: &Part, count: usize, rng: &mut impl RngExt) -> Vec<V> {
    let shapes: Vec<&Shape> = part.solids.iter().filter(|s| s.sample([0.0; 4]).is_some()).collect();
    if shapes.is_empty() {
        return Vec::new();
    }
    let mut points = Vec::new();
    for n in 0..4 * count {
        let shape = shapes[(n * 7 + rng.random_range(0..shapes.len())) % shapes.len()];
        let at: [f32; 4] = std::array::from_fn(|_| 2.0 * rng.random::<f32>() - 1.0);
        let Some(p) = shape.sample(at) else { continue };
        if part.distance(p) < -0.5 {
            points.push(p);
            if points.len() == count {
                break;
            }
        }
    }
    points
}

/// What a structure is, as far as overlap goes.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    /// Bone, discs, great vessels, kidneys, ureters, the cord: keep their shape.
    Firm,
    Muscle,
    /// Organs of the belly: moulded by what they lie against.
    Soft,
    /// Fat, and vessels of a few millimetres, that run into what they serve.
    Filling,
}

fn kind(class: &str) -> Kind {
    match class {
        "autochthon" | "quadratus_lumborum" | "iliopsoas" | "gluteus_medius" | "gluteus_maximus" => {
            Kind::Muscle
        }
        "small_bowel" | "colon" | "bowel_gas" | "stomach" | "duodenum" | "pancreas" | "gallbladder"
        | "liver" | "spleen" | "lung_lower_lobe" => Kind::Soft,
        "renal_fascia" | "epidural_fat" | "renal_vessels" | "lumbar_segmental_vessels" => Kind::Filling,
        _ => Kind::Firm,
    }
}

/// Pairs where the later part is meant to lie in the earlier, or to be its root.
const MEANT: [(&str, &str); 18] = [
    ("sacrum", "sacrum_first"),
    ("renal_fascia", "kidney"),
    ("epidural_fat", "spinal_cord"),
    ("epidural_fat", "cord"),
    ("spinal_cord", "cord"),
    ("colon", "bowel_gas"),
    ("small_bowel", "bowel_gas"),
    ("stomach", "bowel_gas"),
    ("bowel_gas", "bowel_gas"),
    ("aorta", "calcification"),
    ("renal_vessels", "aorta"),
    ("renal_vessels", "inferior_vena_cava"),
    ("renal_fascia", "renal_vessels"),
    ("iliac_artery", "aorta"),
    ("iliac_artery", "iliac_artery"),
    ("iliac_vena", "iliac_vena"),
    ("iliac_vena", "inferior_vena_cava"),
    ("renal_fascia", "ureter"),
];

/// What lies in what.
const HELD: [(&str, &str); 12] = [
    ("kidney", "renal_fascia"),
    ("cord", "spinal_cord"),
    ("spinal_cord", "epidural_fat"),
    ("bowel_gas", "gut"),
    ("liver", "retroperitoneal_fat"),
    ("spleen", "retroperitoneal_fat"),
    ("stomach", "retroperitoneal_fat"),
    ("colon", "retroperitoneal_fat"),
    ("small_bowel", "retroperitoneal_fat"),
    ("autochthon", "subcutaneous_fat"),
    ("vertebra", "skin"),
    ("hip", "skin"),
];

/// Most that a pair may share: percent of the sampled points of the part that gives way, and millimetres deep.
fn most(gives_way: &str, stays: &str) -> (f64, f32) {
    use Kind::{Filling, Firm, Muscle, Soft};
    match (kind(gives_way), kind(stays)) {
        // Heads of ribs and facets meet bone; vessels touch.
        (Firm, Firm) => (1.0, 4.0),
        // A firm part or a muscle that something soft is pushed into.
        (Firm | Muscle, Soft) | (Firm, Muscle) => (0.1, 7.0),
        // Muscles wrap bone and are grooved by vessels.
        (Muscle, Firm) => (7.0, 6.5),
        (Muscle, Muscle) => (4.0, 6.0),
        // Liver, pancreas and bowel are grooved by vessels and muscle.
        (Soft, Firm | Muscle) => (8.0, 13.0),
        // Loops press into one another.
        (Soft, Soft) => (20.0, 16.0),
        (Filling, _) | (_, Filling) => (5.0, 7.0),
    }
}

/// What one part loses to another.
#[derive(Debug, Clone, Copy, Default)]
struct Loss {
    points: u32,
    deepest_mm: f32,
    row: u64,
}

#[test]
fn organs_keep_out_of_one_another_and_inside_what_holds_them_in_a_thousand_people() {
    const POINTS: usize = 12;
    let (sampled, lost, held) = (0..1000u64)
        .into_par_iter()
        .map(|row| {
            let traits = population::draw(30, row, Known::default(), TrunkSource::Cadaver).unwrap();
            let posture = if row % 2 == 0 { Posture::Prone } else { Posture::Supine };
            let patient = Patient::grow(&traits, None, posture);
            let parts = &patient.scene.parts;
            let mut rng = Stream::new(31).indexed(row).rng();
            let mut sampled: BTreeMap<String, u32> = BTreeMap::new();
            let mut lost: BTreeMap<(String, String), Loss> = BTreeMap::new();
            let mut held: BTreeMap<String, (u32, u32)> = BTreeMap::new();
            for (i, part) in parts.iter().enumerate() {
                let points = inside(part, POINTS, &mut rng);
                *sampled.entry(class(&part.name)).or_default() += points.len() as u32;
                for (inner, outer) in HELD.iter().filter(|h| class(&part.name) == h.0) {
                    let count = held.entry(format!("{inner} in {outer}")).or_default();
                    let holds = |p: &V| {
                        let others = parts.iter().filter(|other| {
                            let same = *outer != "gut" && class(&other.name) == *outer;
                            let gut = *outer == "gut" && other.label == part.label && other.name != part.name;
                            same || gut
                        });
                        others.map(|other| other.distance(*p)).fold(f32::MAX, f32::min) < 0.1
                    };
                    count.0 += points.iter().filter(|p| holds(p)).count() as u32;
                    count.1 += points.len() as u32;
                }
                for p in points {
                    let own = -part.distance(p);
                    for other in &parts[i + 1..] {
                        if other.bound(p) > 0.0 {
                            continue;
                        }
                        let depth = (-other.distance(p)).min(own);
                        if depth > 1.0 {
                            let loss = lost.entry((class(&part.name), class(&other.name))).or_default();
                            loss.points += 1;
                            if depth > loss.deepest_mm {
                                (loss.deepest_mm, loss.row) = (depth, row);
                            }
                        }
                    }
                }
            }
            (sampled, lost, held)
        })
        .reduce(Default::default, |mut a, b| {
            b.0.into_iter().for_each(|(k, n)| *a.0.entry(k).or_default() += n);
            for (k, n) in b.2 {
                let sum: &mut (u32, u32) = a.2.entry(k).or_default();
                *sum = (sum.0 + n.0, sum.1 + n.1);
            }
            for (k, loss) in b.1 {
                let sum: &mut Loss = a.1.entry(k).or_default();
                sum.points += loss.points;
                if loss.deepest_mm > sum.deepest_mm {
                    (sum.deepest_mm, sum.row) = (loss.deepest_mm, loss.row);
                }
            }
            a
        });
    let mut wrong = Vec::new();
    for ((a, b), loss) in &lost {
        let share = 100.0 * f64::from(loss.points) / f64::from(sampled[a]);
        let line =
            format!("{a} loses {share:.2} % to {b}, {:.1} mm deep in row {}", loss.deepest_mm, loss.row);
        println!("{line}");
        let (most_share, deepest) = most(a, b);
        if !MEANT.contains(&(a.as_str(), b.as_str())) && (share > most_share || loss.deepest_mm > deepest) {
            wrong.push(line);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    for (name, (held, all)) in &held {
        let share = f64::from(*held) / f64::from(*all);
        println!("{name}: {share:.4}");
        // Points are drawn up to the surface, where two that should coincide may part by a tenth of a millimetre.
        let least = 0.99;
        assert!(share > least, "{name}: only {share:.3} of {all} points");
    }
    assert!(held.len() == HELD.len(), "{held:?}");
}
