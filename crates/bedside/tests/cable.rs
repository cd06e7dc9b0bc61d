//! The share of fibres that a computed injection blocks, by the fast table and by the full cable.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a test that cannot be set up has failed

mod common;

use rami_anatomy::Side;
use rami_bedside::World;
use rami_bedside::inject::fibres::{CLASSES, Fibres};
use rami_bedside::inject::ground::Ground;
use rami_bedside::inject::nerves::{follow, live_through, nerves};
use rami_bedside::inject::sequence::Sequence;
use rami_bedside::world::TubeKind;
use rami_nerve::block::critical::{LANES, conducts};
use rami_nerve::block::potency::Anaesthetic;
use rami_nerve::{Axon, FibreClass};
use rami_spread::{Accuracy, Bore, Drive, Fluid, Injection, Properties, Region, Tip};
use rami_volume::{Point, Vector};
use std::sync::Arc;

/// Sodium that is whole before and after what was computed, mm: an impulse starts before it and has passed after it.
const BEFORE_MM: f64 = 8.0;
const AFTER_MM: f64 = 12.0;

/// Share of a class's fibres that fail by the full cable: the largest factor on K_d at which the impulse still fails, by
/// ninths twice, and how many fibres of a log-normal scatter lie below it.
fn by_cable(class: usize, umol_l: &[f64], spacing_mm: f64) -> f64 {
    let exposed = umol_l.len() as f64 * spacing_mm;
    let whole = BEFORE_MM + exposed + AFTER_MM;
    let kind = CLASSES[class];
    let axon = match kind {
        FibreClass::A => Axon::myelinated(10.0, (whole / kind.internode_mm()) as usize + 1).unwrap(),
        FibreClass::B => Axon::myelinated(2.0, (whole / kind.internode_mm()) as usize + 1).unwrap(),
        FibreClass::C => Axon::unmyelinated(1.0, whole, 25.0).unwrap(),
    };
    let sites = axon.sites_mm();
    let kd = Anaesthetic::Bupivacaine.kd_umol_l(kind);
    let profile = |ln_f: f64| -> Vec<f64> {
        let one = |x: &f64| {
            let at = (x - BEFORE_MM) / spacing_mm;
            let c = if at < 0.0 { 0.0 } else { umol_l.get(at as usize).copied().unwrap_or(0.0) };
            1.0 / (1.0 + c / (kd * ln_f.exp()))
        };
        sites.iter().map(one).collect()
    };
    let sd = rami_evidence::value("spread.nerve.fibre_sd");
    let (mut fails, mut passes) = (-3.0 * sd, 3.0 * sd);
    for _ in 0..2 {
        let rung = |k: usize| fails + (passes - fails) * (k as f64 + 1.0) / (LANES as f64 + 1.0);
        let shares = std::array::from_fn::<_, LANES, _>(|k| profile(rung(k)));
        let passed = conducts(&axon, shares, kind.step_ms()).unwrap();
        // More of K_d is less of block: the first rung that passes ends what fails.
        let first = passed.iter().position(|p| *p).unwrap_or(LANES);
        (fails, passes) = (
            if first == 0 { fails } else { rung(first - 1) },
            if first == LANES { passes } else { rung(first) },
        );
    }
    let middle = 0.5 * (fails + passes);
    // Φ by a sum over the density: 1e-6.
    let z = middle / sd;
    let steps = 4000;
    let width = (z + 8.0) / f64::from(steps);
    let density = |x: f64| (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt();
    (0..steps).map(|n| density(-8.0 + (f64::from(n) + 0.5) * width) * width).sum()
}

#[test]
fn shares_of_a_computed_block_are_those_of_the_full_cable() {
    let (case, truth) = common::patient(1);
    let skin = rami_anatomy::skin(&case.ct).unwrap();
    let world = World::of_truth(&case, &truth, skin, 1).unwrap();
    let p = world.trunks.get(Side::Left).at_level(3.0).unwrap();
    let tip = Point::new(p.x + 1.0, p.y - 2.0, p.z);
    let ground = Ground::new(&world, &tip, Region::REFERENCE_MM).unwrap();
    let region = Arc::new(ground.region(tip, Region::REFERENCE_MM, 4.0).unwrap());
    let sequence = Sequence::parse("bupivacaine 0.25% 10ml @0.2ml/s").unwrap();
    let properties = Properties::typical();
    let nerves = nerves(&world, &ground, &properties);
    // A second needle at the left third root, so that ramus and root meet drug too.
    let root = world
        .tubes_of(TubeKind::NerveRoot)
        .find(|t| t.side == Side::Left && t.level == Some(rami_anatomy::VertebralLevel::L3))
        .unwrap();
    let beside = root.points[root.points.len() / 2] + Vector::new(0.0, 0.0, 3.0);
    let tips: Vec<Tip> = [tip, beside].map(|at| ground.tip(at, Bore::gauge_22())).to_vec();
    let mut it = Injection::new(region, properties, tips, sequence.solutes(), Accuracy::default()).unwrap();
    let followed = follow(&mut it, nerves);
    it.advance(&Fluid::of(1, Some(0), 2.5), 10.0, Drive::Rate(0.2)).unwrap();
    live_through(&mut it, false).unwrap();
    let agents = &sequence.agents;
    let fibres = Fibres::new(agents, &sequence.anaesthetics(), [1.0; 3]);
    let molar = agents[0].molar_mass_g_mol;
    let wanted = |kind: TubeKind| {
        let of = followed.iter().find(|(nerve, _, _)| {
            nerve.kind == kind
                && nerve.side == Side::Left
                && nerve.level.is_none_or(|l| l == rami_anatomy::VertebralLevel::L3)
        });
        of.unwrap().2
    };
    let levels = [TubeKind::SympatheticTrunk, TubeKind::GreyRamus, TubeKind::NerveRoot];
    for (kind, classes) in levels.into_iter().zip([[1, 2], [1, 2], [0, 2]]) {
        let (path, series) = it.nerve(wanted(kind));
        let spacing = path.spacing_mm();
        // Of the trunk what is counted for L3; all of a ramus or a root.
        let part: Vec<usize> = (0..path.points.len())
            .filter(|n| {
                kind != TubeKind::SympatheticTrunk
                    || (world.levels.level_of(&path.points[*n]) - 3.0).abs() <= 0.5
            })
            .collect();
        for class in classes {
            let share = |inside: &[f32]| fibres.blocked(class, &[inside], spacing);
            let looks: Vec<(f64, Vec<f32>, f64)> = series
                .iter()
                .map(|look| {
                    let inside: Vec<f32> = part.iter().map(|n| look.inside_mg_ml[0][*n]).collect();
                    let blocked = share(&inside);
                    (look.time_s / 60.0, inside, blocked)
                })
                .collect();
            // Where the two can differ most: about half of the fibres fail, or a fifth.
            for level in [0.5, 0.2] {
                let look = looks.iter().min_by(|a, b| (a.2 - level).abs().total_cmp(&(b.2 - level).abs()));
                let (minute, inside, blocked) = look.unwrap();
                let umol_l: Vec<f64> = inside.iter().map(|c| f64::from(*c) * 1e6 / molar).collect();
                let cable = by_cable(class, &umol_l, spacing);
                let (low, high) = umol_l.iter().fold((f64::MAX, 0.0f64), |(l, h), c| (l.min(*c), h.max(*c)));
                println!(
                    "{kind:?} {:?} at {minute:.0} min, {:.0} mm of {low:.0} to {high:.0} umol/L: table {blocked:.3}, cable {cable:.3}",
                    CLASSES[class],
                    umol_l.len() as f64 * spacing
                );
                assert!((0.05..0.95).contains(blocked), "{kind:?} {class}: nothing to compare");
                // The table is within 0.006 of the share of sodium, a thirtieth of ln K_d; ninths twice end within a
                // ninetieth. Over a scatter of 0.3 that is 0.14 standard deviations: 0.057 of the fibres.
                assert!((cable - blocked).abs() < 0.06, "{kind:?} {class}: {blocked} {cable}");
            }
        }
    }
}
