//! Is the update of the belief by mapping calibrated, and what happens when the prior is the wrong one?
//!
//! 500 digital patients, none of whom the prior was made from. Prior of a tip's distance to the trunk: 1000 other digital
//! patients, the tip where a plan would put it (L3, the mean trunk of the prior's population, with the operator's error).
//! Each patient's tip is mapped electrically (50 Hz ramp, trunk alone) and by a test dose; the observation is drawn from
//! the model given the patient's own distance. Posteriors are checked by the rank of the truth (uniform if calibrated),
//! coverage of 90 % intervals, and stated against observed shares at the chain. Then the same patients with a prior from
//! another study of the trunk (magnetic resonance instead of cadavers), and with one that is half as wide.
#![allow(clippy::print_stdout, clippy::unwrap_used)] // a study prints its page

use rami_anatomy::patient::Patient;
use rami_anatomy::patient::population::{self, Known, TrunkSource};
use rami_anatomy::{Posture, Side};
use rami_bedside::bayes::Cloud;
use rami_bedside::electrical::{SensoryLikelihood, study_voltages};
use rami_bedside::low_volume::{LowVolumeOptions, PositiveByDistance};
use rami_random::distributions::StandardNormal;
use rami_random::{RngExt, Stream};
use rami_volume::{Point, Vector};
use rayon::prelude::*;

const PATIENTS: u64 = 500;
const PRIOR: u64 = 1000;
const AT_CHAIN_MM: f64 = 3.0;
const TOP_V: f64 = 3.0;

/// The left trunk beside L3 in the vertebra's own axes: (right, anterior) of the body's middle, mm.
fn trunk(seed: u64, row: u64, source: TrunkSource) -> [f64; 2] {
    let traits = population::draw(seed, row, Known::default(), source).unwrap();
    let truth = Patient::grow(&traits, None, Posture::Prone).truth();
    let l3 = &truth.vertebrae["L3"];
    let chain = truth.chain.get(Side::Left);
    let nearest = chain
        .levels
        .iter()
        .zip(&chain.points_mm)
        .min_by(|a, b| (a.0 - 3.0).abs().total_cmp(&(b.0 - 3.0).abs()))
        .unwrap();
    let d = Point::from(*nearest.1) - Point::from(l3.centroid_mm);
    [d.dot(&Vector::from(l3.right)), d.dot(&Vector::from(l3.anterior))]
}

fn cloud_of(seed: u64, source: TrunkSource, count: u64) -> Vec<[f64; 2]> {
    (0..count).into_par_iter().map(|row| trunk(seed, row, source)).collect()
}

fn mean(points: &[[f64; 2]]) -> [f64; 2] {
    let n = points.len() as f64;
    [0, 1].map(|axis| points.iter().map(|p| p[axis]).sum::<f64>() / n)
}

/// Distance from a tip to the surface of a trunk of 1 mm radius.
fn distance(tip: [f64; 2], trunk: [f64; 2]) -> f64 {
    (tip[0] - trunk[0]).hypot(tip[1] - trunk[1]) - 1.0
}

struct Line {
    rank_sd: f64,
    rank_mean: f64,
    coverage: f64,
    stated: f64,
    observed: f64,
    brier: f64,
}

fn study(
    prior: &[[f64; 2]],
    patients: &[[f64; 2]],
    aim: [f64; 2],
    electrical: Option<&SensoryLikelihood>,
    dose: Option<&PositiveByDistance>,
) -> Line {
    let rows: Vec<[f64; 4]> = patients
        .par_iter()
        .enumerate()
        .map(|(i, &own)| {
            let mut rng = Stream::new(17).named("patient").indexed(i as u64).rng();
            let mut normal = || rng.sample::<f64, _>(StandardNormal);
            let tip = [aim[0] + 2.4 * normal(), aim[1] + 2.4 * normal()];
            let (z, true_distance) = (normal(), distance(tip, own));
            let mut cloud =
                Cloud::of_distances(prior.iter().map(|&p| distance(tip, p)).collect(), AT_CHAIN_MM);
            if let Some(model) = electrical {
                let felt = model.draw_alone(true_distance, z, std::array::from_fn(|_| rng.random::<f64>()));
                cloud = cloud.updated(|d| model.of(&felt, d));
            }
            if let Some(model) = dose {
                let positive = rng.random::<f64>() < model.of(true, true_distance);
                cloud = cloud.updated(|d| model.of(positive, d));
            }
            let rank = cloud.probability_within(true_distance);
            let inside = f64::from(u8::from((0.05..=0.95).contains(&rank)));
            let at = f64::from(u8::from(true_distance <= AT_CHAIN_MM));
            [rank, inside, cloud.probability_within(AT_CHAIN_MM), at]
        })
        .collect();
    let n = rows.len() as f64;
    let average = |f: &dyn Fn(&[f64; 4]) -> f64| rows.iter().map(f).sum::<f64>() / n;
    let rank_mean = average(&|r| r[0]);
    Line {
        rank_mean,
        rank_sd: average(&|r| (r[0] - rank_mean).powi(2)).sqrt(),
        coverage: average(&|r| r[1]),
        stated: average(&|r| r[2]),
        observed: average(&|r| r[3]),
        brier: average(&|r| (r[2] - r[3]).powi(2)),
    }
}

fn main() {
    let prior = cloud_of(1001, TrunkSource::Cadaver, PRIOR);
    let patients = cloud_of(2002, TrunkSource::Cadaver, PATIENTS);
    let other = cloud_of(1001, TrunkSource::Mri, PRIOR);
    let aim = mean(&prior);
    let narrow: Vec<[f64; 2]> =
        prior.iter().map(|p| [0, 1].map(|axis| aim[axis] + 0.5 * (p[axis] - aim[axis]))).collect();
    let voltages = study_voltages().unwrap();
    let electrical = SensoryLikelihood::alone(voltages.clone(), TOP_V);
    let dose = PositiveByDistance::new(&LowVolumeOptions::at(Point::origin()), 0.35, 7).unwrap();
    println!("# Mapping: is the update of the belief calibrated?\n");
    println!(
        "Generated by `cargo xtask validate mapping`; the method is at the top of `crates/bedside/examples/mapping.rs`.\n"
    );
    println!(
        "{PATIENTS} digital patients, left trunk beside L3; prior from {PRIOR} others; tip at the prior's mean trunk with 2.4 mm of error along\neach axis. Electrical: 50 Hz up to {TOP_V} V, 1 ms, 300 ohm, 0.25 S/m, no somatic nerve near. Test dose: 1 ml, 20 min, 1 °C.\nOne answer in twenty has nothing to do with the trunk (assumed).\n"
    );
    println!("Voltage at which the trunk itself is felt (typical person):\n");
    println!("| distance to its surface, mm | 0 | 0.5 | 1 | 2 | 3 |\n| --- | --- | --- | --- | --- | --- |");
    let volts: Vec<String> =
        [0.0, 0.5, 1.0, 2.0, 3.0].iter().map(|d| format!("{:.1}", voltages.volts(d + 1.0))).collect();
    println!("| V | {} |\n", volts.join(" | "));
    println!(
        "A calibrated posterior has ranks of mean 0.500 and standard deviation 0.289, covers 90 %, and states the share it meets."
    );
    println!(
        "With {PATIENTS} patients the standard errors are 0.013 (mean rank), 0.006 (its deviation) and 1.3 % (coverage).\n"
    );
    println!(
        "| prior | mapping | mean rank | sd of ranks | 90 % interval covers | stated at chain | observed | Brier |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
    let priors: [(&str, &[[f64; 2]]); 3] = [
        ("right", &prior),
        ("wrong: magnetic resonance for cadavers", &other),
        ("wrong: half as wide", &narrow),
    ];
    for (name, points) in priors {
        let ways: [(&str, Option<&SensoryLikelihood>, Option<&PositiveByDistance>); 4] = [
            ("none", None, None),
            ("electrical", Some(&electrical), None),
            ("test dose", None, Some(&dose)),
            ("both", Some(&electrical), Some(&dose)),
        ];
        for (mapping, e, d) in ways {
            let line = study(points, &patients, aim, e, d);
            println!(
                "| {name} | {mapping} | {:.3} | {:.3} | {:.1} % | {:.1} % | {:.1} % | {:.4} |",
                line.rank_mean,
                line.rank_sd,
                100.0 * line.coverage,
                100.0 * line.stated,
                100.0 * line.observed,
                line.brier
            );
        }
    }
    println!(
        "\nThe observations are drawn from the same likelihood that updates the belief, so the first rows test the arithmetic and the"
    );
    println!(
        "prior, not whether people answer as the model says. Mapping does not mend a wrong prior: it moves where an observation is"
    );
    println!("informative, and a current hardly ever is.");
}
