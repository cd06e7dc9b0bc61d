//! Rewrites `validation/phantom.md` and `phantom.csv`: 500 digital patients, measured on their CT by the code that reads
//! real CTs and on their truth, beside published values. Run by `cargo xtask validate phantom`.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::panic)] // a study, run by hand

#[allow(dead_code)] // each study uses its part
mod study;

use nalgebra::Vector3;
use rami_anatomy::patient::{Known, Patient, Sex, TrunkSource, Truth, population};
use rami_anatomy::{Anatomy, Posture, Side, TrunkPrior, VertebralLevel};
use rami_evidence::figure;
use rami_volume::Point;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::fmt::Write;
use study::{moments, page, spread};

const SEED: u64 = 2026;
const PEOPLE: u64 = 500;

/// Name of a quantity: by truth, and as measured on the CT.
type Row = BTreeMap<String, [Option<f64>; 2]>;

/// `phantom [PEOPLE [ON_CT]]`: people drawn, and how many of them are scanned and read as well.
fn main() -> std::io::Result<()> {
    let argument = |n: usize| std::env::args().nth(n).map(|a| a.parse::<u64>().unwrap());
    let people = argument(1).unwrap_or(PEOPLE);
    let on_ct = argument(2).unwrap_or(people).min(people);
    let rows: Vec<(Sex, Row)> = (0..people)
        .into_par_iter()
        .map(|row| {
            let mut out = Row::new();
            let (patient, truth, anatomy) = if row < on_ct {
                let person = study::person(SEED, row, TrunkSource::Cadaver, None);
                let anatomy = study::read(&person.ct, person.labels, TrunkPrior::Cadaver).unwrap();
                (person.patient, person.truth, Some(anatomy))
            } else {
                let traits = population::draw(SEED, row, Known::default(), TrunkSource::Cadaver).unwrap();
                let patient = Patient::grow(&traits, None, Posture::Prone);
                let truth = patient.truth();
                (patient, truth, None)
            };
            let anatomy = anatomy.as_ref();
            vertebrae(&truth, anatomy, &mut out);
            corridors(&patient, row, anatomy, &mut out);
            trunks(&truth, anatomy, &mut out);
            organs(&truth, anatomy, &mut out);
            (patient.traits().sex, out)
        })
        .collect();
    std::fs::write(page("phantom.csv"), csv(&rows))?;
    std::fs::write(page("phantom.md"), markdown(&rows, on_ct))?;
    println!("validation/phantom.md");
    Ok(())
}

fn vertebrae(truth: &Truth, anatomy: Option<&Anatomy>, out: &mut Row) {
    for level in VertebralLevel::LUMBAR {
        let v = &truth.vertebrae[level.name()];
        let m = anatomy.and_then(|a| a.vertebrae.get(&level));
        let end = &v.upper_endplate;
        let mut add = |what: &str, truth: f64, measured: Option<f64>| {
            out.insert(format!("{level} {what}"), [Some(truth), measured]);
        };
        add("rim width", end.width_mm, None);
        add("rim depth", end.depth_mm, None);
        add("width", end.inner_width_mm, m.map(|m| m.upper_endplate.width_mm));
        add("depth", end.inner_depth_mm, m.map(|m| m.upper_endplate.depth_mm));
        add("posterior height", v.posterior_height_mm, None);
        add("rim height", v.height_mm, None);
        add("height", v.central_height_mm, m.map(|m| m.height_mm));
    }
}

/// Point of the trunk at a fractional level.
fn trunk_at(truth: &Truth, side: Side, level: f64) -> Vector3<f64> {
    let trunk = truth.chain.get(side);
    let i = trunk.levels.iter().position(|l| *l >= level - 1e-6).unwrap();
    Vector3::from(trunk.points_mm[i])
}

const DISCS: [(&str, f64); 3] = [("L2/3", 2.5), ("L3/4", 3.5), ("L4/5", 4.5)];

fn corridors(patient: &Patient, row: u64, anatomy: Option<&Anatomy>, out: &mut Row) {
    // The same person with the trunks of the other source: no CT shows them.
    let traits = population::draw(SEED, row, Known::default(), TrunkSource::Mri).unwrap();
    let other = Patient::grow(&traits, None, Posture::Prone);
    for (name, level) in DISCS {
        for side in Side::BOTH {
            let truth = patient.corridor(side, level);
            let with_mri = other.corridor(side, level);
            let inferred = anatomy.and_then(|a| Some((a, inferred_at(a, side, level)?)));
            let (muscle, vessels) = if side == Side::Left { ([88], [52, 65]) } else { ([89], [63, 68]) };
            let measured = |ids: &[u16]| inferred.map(|(a, q)| to_labels(a, &q, ids));
            let between = inferred.and_then(|(a, q)| between(a, q.z, &muscle, &vessels));
            let mut add = |what: &str, truth: f64, measured: Option<f64>| {
                out.insert(format!("{name} {what} {side}"), [Some(truth), measured]);
            };
            add("trunk to psoas", truth.trunk_to_psoas_mm, measured(&muscle));
            add("trunk of MRI to psoas", with_mri.trunk_to_psoas_mm, None);
            add("vessel to trunk", truth.vessel_to_trunk_mm, measured(&vessels));
            add("vessel to trunk of MRI", with_mri.vessel_to_trunk_mm, None);
            add("vessel to psoas", truth.vessel_to_psoas_mm, between);
        }
    }
}

fn trunks(truth: &Truth, anatomy: Option<&Anatomy>, out: &mut Row) {
    for side in Side::BOTH {
        for (n, level) in [(2.0, "L2"), (3.0, "L3"), (4.0, "L4")] {
            let v = &truth.vertebrae[level];
            let d = trunk_at(truth, side, n) - Vector3::from(v.centroid_mm);
            let depth = v.waist_depth_mm;
            let share = 0.5 - d.dot(&Vector3::from(v.anterior)) / depth;
            out.insert(format!("{level} depth of trunk {side}"), [Some(share), None]);
        }
        let inferred = anatomy.map(|a| -> f64 {
            let chain = a.chains.get(side).points.windows(2);
            chain
                .map(|w| 0.5 * (w[0].ganglia_per_mm + w[1].ganglia_per_mm) * (w[1].mean - w[0].mean).norm())
                .sum()
        });
        let there = truth.chain.get(side).ganglia.len() as f64;
        out.insert(format!("ganglia {side}"), [Some(there), inferred]);
    }
    // Along the oblique of the usual approach from the trunk at L3 to the skin, as the CT shows it.
    let (s, c) = 25f64.to_radians().sin_cos();
    let to_skin = |a: &Anatomy, from: Vector3<f64>| {
        (0..600).map(|n| 0.5 * f64::from(n)).find(|t| {
            let p = Point::from(from + Vector3::new(s, c, 0.0) * *t);
            a.skin.distance_mm.sample(&p, 1.0) > 0.0
        })
    };
    let measured = anatomy.and_then(|a| to_skin(a, inferred_at(a, Side::Left, 3.0)?));
    let known = anatomy.and_then(|a| to_skin(a, trunk_at(truth, Side::Left, 3.0)));
    out.insert("skin to trunk".into(), [known, measured]);
}

/// The inferred trunk at a fractional level, from the levels' own numbers.
fn inferred_at(anatomy: &Anatomy, side: Side, level: f64) -> Option<Vector3<f64>> {
    let z = z_at(&centroids(anatomy), level)?;
    anatomy
        .chains
        .get(side)
        .points
        .iter()
        .min_by(|a, b| (a.mean.z - z).abs().total_cmp(&(b.mean.z - z).abs()))
        .map(|p| p.mean.coords)
}

/// Number and height of the middles of the vertebrae, cranial first.
fn centroids(anatomy: &Anatomy) -> Vec<(f64, f64)> {
    VertebralLevel::LUMBAR
        .iter()
        .enumerate()
        .filter_map(|(i, level)| Some((i as f64 + 1.0, anatomy.vertebrae.get(level)?.centroid.z)))
        .collect()
}

fn z_at(middles: &[(f64, f64)], level: f64) -> Option<f64> {
    let last = middles.len().checked_sub(2)?;
    let i = middles.iter().rposition(|m| m.0 <= level).unwrap_or(0).min(last);
    let (a, b) = (middles[i], middles[i + 1]);
    Some(a.1 + (b.1 - a.1) * (level - a.0) / (b.0 - a.0))
}

fn level_at(middles: &[(f64, f64)], z: f64) -> Option<f64> {
    let last = middles.len().checked_sub(2)?;
    let i = middles.iter().rposition(|m| m.1 >= z).unwrap_or(0).min(last);
    let (a, b) = (middles[i], middles[i + 1]);
    Some(a.0 + (b.0 - a.0) * (z - a.1) / (b.1 - a.1))
}

/// Middles of the voxels of some labels in the slice at a height.
fn in_slice(anatomy: &Anatomy, z: f64, ids: &[u16]) -> Vec<Point> {
    let labels = anatomy.structures.labels();
    let grid = labels.grid();
    let [nx, ny, nz] = grid.dims();
    let k = (grid.to_index(&Point::new(0.0, 0.0, z))[2].round().max(0.0) as usize).min(nz - 1);
    (0..nx * ny)
        .filter(|n| ids.contains(&labels.data()[n + k * nx * ny]))
        .map(|n| grid.to_lps([(n % nx) as f64, (n / nx) as f64, k as f64]))
        .collect()
}

/// Distance from a point to the edge of a structure, by its voxels in the point's slice; not positive inside.
fn to_labels(anatomy: &Anatomy, p: &Vector3<f64>, ids: &[u16]) -> f64 {
    let all = in_slice(anatomy, p.z, ids);
    let nearest = all.iter().map(|q| (q.x - p.x).hypot(q.y - p.y)).fold(f64::MAX, f64::min);
    nearest - 0.5 * study::SPACING_MM
}

/// Smallest distance between two structures in a slice, from edge to edge of their voxels.
fn between(anatomy: &Anatomy, z: f64, one: &[u16], other: &[u16]) -> Option<f64> {
    let (a, b) = (in_slice(anatomy, z, one), in_slice(anatomy, z, other));
    let gaps = a.iter().flat_map(|p| b.iter().map(|q| (q.x - p.x).hypot(q.y - p.y)));
    gaps.reduce(f64::min).map(|gap| gap - study::SPACING_MM)
}

/// Lowest edge of a label.
fn bottom(anatomy: &Anatomy, id: u16) -> Option<f64> {
    let labels = anatomy.structures.labels();
    let grid = labels.grid();
    let first = labels.data().iter().position(|l| *l == id)?;
    Some(grid.to_lps(grid.voxel(first).map(|v| v as f64)).z - 0.5 * study::SPACING_MM)
}

fn organs(truth: &Truth, anatomy: Option<&Anatomy>, out: &mut Row) {
    let level = |id: u16| anatomy.and_then(|a| level_at(&centroids(a), bottom(a, id)?));
    out.insert("aortic bifurcation".into(), [Some(truth.aortic_bifurcation.level), level(52)]);
    out.insert("caval confluence".into(), [Some(truth.ivc_confluence.level), level(63)]);
    let edge = truth.vertebrae["L3"].upper_endplate.centre_mm[2];
    let found = anatomy.and_then(|a| Some(a.vertebrae.get(&VertebralLevel::L3)?.upper_endplate.centre.z));
    for (side, id) in [(Side::Left, 3), (Side::Right, 2)] {
        let measured = anatomy.and_then(|a| Some(bottom(a, id)? - found?));
        let pole = truth.kidney.get(side).lower_pole_mm[2] - edge;
        out.insert(format!("kidney pole {side}"), [Some(pole), measured]);
    }
}

fn csv(rows: &[(Sex, Row)]) -> String {
    let names: Vec<&String> = rows[0].1.keys().collect();
    let mut out = "row,sex".to_owned();
    for name in &names {
        let plain = name.replace([' ', '/'], "_");
        let _ = write!(out, ",{plain}_truth,{plain}_measured");
    }
    out.push('\n');
    for (n, (sex, row)) in rows.iter().enumerate() {
        let _ = write!(out, "{n},{sex}");
        for name in &names {
            for value in row[*name] {
                let _ = match value {
                    Some(value) => write!(out, ",{value:.2}"),
                    None => write!(out, ","),
                };
            }
        }
        out.push('\n');
    }
    out
}

struct Table<'a>(&'a [(Sex, Row)]);

impl Table<'_> {
    fn truth(&self, name: &str) -> Vec<f64> {
        self.0.iter().filter_map(|r| r.1[name][0]).collect()
    }

    fn measured(&self, name: &str) -> Vec<f64> {
        self.0.iter().filter_map(|r| r.1[name][1]).collect()
    }

    /// Measured less truth, where both are.
    fn error(&self, name: &str) -> Vec<f64> {
        self.0.iter().filter_map(|r| Some(r.1[name][1]? - r.1[name][0]?)).collect()
    }

    fn both(&self, name: &str, of: impl Fn(&str) -> Vec<f64>) -> Vec<f64> {
        ["left", "right"].iter().flat_map(|side| of(&format!("{name} {side}"))).collect()
    }
}

fn published(key: &str) -> String {
    let f = figure(key);
    let value = f.value.map(|v| format!("{v}")).unwrap_or_default();
    match &f.interval {
        Some(i) => format!("{value} ({} to {})", i.low, i.high),
        None => value,
    }
}

fn markdown(rows: &[(Sex, Row)], on_ct: u64) -> String {
    let t = Table(rows);
    let women = rows.iter().filter(|r| r.0 == Sex::Female).count();
    let mut out = format!(
        "# Digital patients beside published morphometry\n\n\
         Made by `cargo xtask validate phantom`: {} adults (seed {SEED}, {women} women), prone; the first {on_ct} of\n\
         them were scanned at {} mm and read. *Truth* is the geometry they were built with. *On the CT* is what `rami-anatomy` measures on their CT and labels, as it does on a real\n\
         CT. Mean ± standard deviation over people. **Built in** means the published value set it; **comes out** means nothing\n\
         was set from it. Where both read alike this is self-consistency, not evidence about people. Raw values: `phantom.csv`.\n",
        rows.len(),
        study::SPACING_MM,
    );
    out += "\n## Vertebral bodies, mm\n\n\
            Published sizes are means of both sexes at the rim. The CT's outline is read 2.5 mm inside the rim's plane, where the\n\
            concave body is narrower, and its height between the hollow endplates: the truth is given at both places, and the error\n\
            is of the like with the like.\n\n\
            | level | what | published | role | truth at the rim | truth where the CT is read | on the CT | error | error, % |\n\
            | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n";
    for level in VertebralLevel::LUMBAR {
        let low = level.name().to_lowercase();
        for (what, rim, key) in [
            ("width", "rim width", "anatomy.upper_endplate_width"),
            ("depth", "rim depth", "anatomy.upper_endplate_depth"),
            ("height", "posterior height", "anatomy.posterior_body_height"),
        ] {
            let name = format!("{level} {what}");
            let (error, sd) = moments(&t.error(&name));
            let (truth, _) = moments(&t.truth(&name));
            let _ = writeln!(
                out,
                "| {level} | {} | {} | built in | {} | {} | {} | {error:+.1} ± {sd:.1} | {:+.1} |",
                if what == "height" { "height (published and rim: posterior)" } else { what },
                published(&format!("{key}.{low}")),
                spread(&t.truth(&format!("{level} {rim}"))),
                spread(&t.truth(&name)),
                spread(&t.measured(&name)),
                100.0 * error / truth
            );
        }
    }
    let all: Vec<f64> =
        VertebralLevel::LUMBAR.iter().flat_map(|l| t.truth(&format!("{l} rim height"))).collect();
    let _ = writeln!(
        out,
        "\nMean height of all lumbar bodies between the rims (B5.6): published {}, comes out {}.",
        published("anatomy.body_height"),
        spread(&all)
    );
    out += "\n## Trunks, vessels, kidneys\n\n\
            | what | published | role | truth | on the CT | error |\n| --- | --- | --- | --- | --- | --- |\n";
    let mut line =
        |what: &str, published: String, role: &str, truth: Vec<f64>, ct: Vec<f64>, error: Vec<f64>| {
            let error = if error.is_empty() {
                "–".to_owned()
            } else {
                let (m, sd) = moments(&error);
                format!("{m:+.1} ± {sd:.1}")
            };
            let _ = writeln!(
                out,
                "| {what} | {published} | {role} | {} | {} | {error} |",
                spread(&truth),
                spread(&ct)
            );
        };
    let keys = DISCS.map(|(disc, _)| (disc, disc.to_lowercase().replace('/', "_")));
    for (disc, key) in &keys {
        let name = format!("{disc} trunk to psoas");
        line(
            &format!("trunk to the edge of psoas, {disc}, mm (B2.1)"),
            published(&format!("anatomy.trunk_to_psoas.{key}")),
            "built in (mean); spread of B2.2",
            t.both(&name, |n| t.truth(n)),
            t.both(&name, |n| t.measured(n)),
            t.both(&name, |n| t.error(n)),
        );
    }
    for (disc, key) in &keys {
        line(
            &format!("the same with trunks drawn from MRI, {disc}, mm (B2.3)"),
            published(&format!("anatomy.trunk_to_psoas_left_mri.{key}")),
            "built in",
            t.both(&format!("{disc} trunk of MRI to psoas"), |n| t.truth(n)),
            Vec::new(),
            Vec::new(),
        );
    }
    for (disc, key) in &keys {
        let name = format!("{disc} vessel to psoas left");
        line(
            &format!("aorta or left iliac artery to psoas, {disc}, mm (B2.6)"),
            format!(
                "{}; {} in 200; cadavers {}",
                published(&format!("anatomy.aorta_to_psoas_left.{key}")),
                published(&format!("anatomy.smallest_corridor.left.{key}")),
                published(&format!("anatomy.vessel_to_psoas.{key}"))
            ),
            "built in (mean)",
            t.truth(&name),
            t.measured(&name),
            t.error(&name),
        );
    }
    for (disc, key) in &keys {
        let name = format!("{disc} vessel to psoas right");
        line(
            &format!("vena cava or right iliac vein to psoas, {disc}, mm"),
            format!("{} in 200", published(&format!("anatomy.smallest_corridor.right.{key}"))),
            "comes out",
            t.truth(&name),
            t.measured(&name),
            t.error(&name),
        );
    }
    for (disc, key) in &keys {
        line(
            &format!("aorta or left iliac artery to the left trunk drawn from MRI, {disc}, mm (B2.5)"),
            published(&format!("anatomy.aorta_to_trunk_left.{key}")),
            "comes out",
            t.truth(&format!("{disc} vessel to trunk of MRI left")),
            Vec::new(),
            Vec::new(),
        );
    }
    for (disc, _) in &keys {
        let name = format!("{disc} vessel to trunk left");
        line(
            &format!("the same drawn from cadavers, {disc}, mm"),
            "–".into(),
            "comes out",
            t.truth(&name),
            t.measured(&name),
            t.error(&name),
        );
    }
    for (disc, key) in &keys {
        let off = t.both(&format!("{disc} trunk to psoas"), |n| t.truth(n));
        let share = 100.0 * off.iter().filter(|d| **d > 0.0).count() as f64 / off.len() as f64;
        let _ = writeln!(
            out,
            "| trunk in the corridor, not under psoas, {disc}, % (B2.8) | {} | comes out | {share:.0} | – | – |",
            published(&format!("anatomy.trunk_in_corridor.{key}"))
        );
    }
    let depths: Vec<f64> = ["L2", "L3", "L4"]
        .iter()
        .flat_map(|l| t.both(&format!("{l} depth of trunk"), |n| t.truth(n)))
        .collect();
    let third = 100.0 * depths.iter().filter(|d| **d <= 1.0 / 3.0).count() as f64 / depths.len() as f64;
    let _ = writeln!(
        out,
        "| trunk in the anterior third of the body's depth, % (B2.10) | {} | comes out | {third:.0} | – | – |",
        published("anatomy.trunk_in_anterior_third")
    );
    let mut line = |what: &str, published: String, role: &str, name: &str, sides: bool| {
        let get = |of: &dyn Fn(&str) -> Vec<f64>| if sides { t.both(name, of) } else { of(name) };
        let (m, sd) = moments(&get(&|n| t.error(n)));
        let _ = writeln!(
            out,
            "| {what} | {published} | {role} | {} | {} | {m:+.2} ± {sd:.2} |",
            spread(&get(&|n| t.truth(n))),
            spread(&get(&|n| t.measured(n))),
        );
    };
    line(
        "ganglia of a trunk (B1.1); on the CT: the expected number, the same for all",
        published("anatomy.ganglia_per_side"),
        "built in",
        "ganglia",
        true,
    );
    line(
        "level of the aortic bifurcation (4 the middle of L4; B3.3)",
        "67 % and 55 % at L4".into(),
        "built in",
        "aortic bifurcation",
        false,
    );
    line(
        "level of the caval confluence (B3.4)",
        "L4/5 38 %, L5 37 %; L5 68 %".into(),
        "built in",
        "caval confluence",
        false,
    );
    line(
        "right kidney's lower pole above the upper edge of L3, mm, prone (B4.3 supine, B4.4)",
        "0 supine; higher when prone".into(),
        "built in; how far it moves is assumed",
        "kidney pole right",
        false,
    );
    line("left kidney's", "12.5 supine; little when prone".into(), "built in", "kidney pole left", false);
    line(
        "skin to the left trunk at L3 along 25°, mm (B5.8)",
        "90 to 130".into(),
        "comes out",
        "skin to trunk",
        false,
    );
    let share = |name: &str, low: f64, high: f64| {
        let v = t.truth(name);
        100.0 * v.iter().filter(|x| (low..high).contains(*x)).count() as f64 / v.len() as f64
    };
    // A disc is about 0.3 of the distance between the middles of its neighbours.
    let _ = write!(
        out,
        "\n| level, % of people | published | role | before the disc above | body | disc below | nearest body |\n\
         | --- | --- | --- | --- | --- | --- | --- |\n\
         | aortic bifurcation at L4 (B3.3) | 52 (discs apart); 67, 55 (not) | built in | {:.0} | {:.0} | {:.0} | {:.0} |\n\
         | caval confluence at L5 (B3.4) | L4/5 38, L5 37 (discs apart); L5 68 (not) | built in | {:.0} | {:.0} | {:.0} | {:.0} |\n",
        share("aortic bifurcation", 3.35, 3.65),
        share("aortic bifurcation", 3.65, 4.35),
        share("aortic bifurcation", 4.35, 4.65),
        share("aortic bifurcation", 3.5, 4.5),
        share("caval confluence", 4.35, 4.65),
        share("caval confluence", 4.65, 5.35),
        share("caval confluence", 5.35, 5.65),
        share("caval confluence", 4.5, 5.5)
    );
    out += "\n## Reading it\n\n\
            - The trunk is never seen on a CT. Its distances on the CT are those of the inferred trunk, whose prior is B2.2 and\n  \
              B2.5, and so tell of the prior, not of the person.\n\
            - Distances to labels are read in one slice of 3 mm voxels: a standard error of a voxel's third is part of each.\n\
            - The lowest voxel of the aorta's or the cava's label lies below the end of its middle line by the round end of the vessel\n  \
              and part of a voxel: 0.4 of a level.\n\
            - Outlines are smoothed over 2 mm, two thirds of a voxel; the columns of errors say what that leaves.\n\
            - Corridors are the smallest distance in the axial plane from the vessel's wall to what is seen of the muscle, as the\n  \
              source of the 200 defines it; B2.5 and B2.6 say from the left lateral border of the aorta to the anteromedial border of\n  \
              psoas, and agree with it. Cadavers (B2.7) show the opposite trend; no person can fit both.\n\
            - Trunks drawn from cadavers lie nearer to psoas at L2/3 than those of MRI, and so further from the aorta.\n";
    out
}
