//! Injections on a digital patient with known truth.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a test that cannot be set up has failed

mod common;

use rami_anatomy::Side;
use rami_bedside::World;
use rami_bedside::inject::live::{Given, Live, Site};
use rami_bedside::inject::sequence::Sequence;
use rami_bedside::inject::{Answer, Plan};
use rami_spread::{Bore, Drive, Tissue};
use rami_units::Kg;
use rami_volume::Point;
use std::sync::Arc;
use std::sync::OnceLock;

fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let (case, truth) = common::patient(1);
        let skin = rami_anatomy::skin(&case.ct).unwrap();
        World::of_truth(&case, &truth, skin, 1).unwrap()
    })
}

fn inject(tip: Point, text: &str) -> Answer {
    inject_in(tip, text, 0)
}

fn inject_in(tip: Point, text: &str, samples: usize) -> Answer {
    let plan = Plan {
        tips: vec![tip],
        bore: Bore::gauge_22(),
        sequence: Sequence::parse(text).unwrap(),
        samples,
        seed: 1,
        weight: Kg::literal(70.0),
        cell_mm: [4.0, 4.0],
        looks: 1,
        case: "test".into(),
    };
    plan.run(world(), &|_| None, &mut |_, _| Ok(()), &|_| {}).unwrap()
}

fn at_chain(level: f64) -> Point {
    let p = world().trunks.get(Side::Left).at_level(level).unwrap();
    Point::new(p.x + 1.0, p.y - 2.0, p.z)
}

fn blocked(answer: &Answer, level: &str, class: &str) -> f64 {
    answer.document.chain.left[level].blocked_fraction_by_class[class].median
}

#[test]
fn a_good_injection_blocks_the_chain_beside_it_and_accounts_for_every_milligram() {
    let answer = inject(at_chain(3.0), "iohexol 300 1ml @0.2ml/s; bupivacaine 0.25% 10ml @0.2ml/s");
    let document = &answer.document;
    println!("{}", serde_json::to_string(&document.chain.left).unwrap());
    assert_eq!(document.side, Side::Left);
    assert!(document.mass_balance.relative_error < 1e-8);
    assert!(blocked(&answer, "L3", "B") > 0.9 && blocked(&answer, "L3", "C") > 0.5);
    assert!(document.levels_reached.contains(&"L3".to_owned()));
    // 25 mg of bupivacaine: most is absorbed after twelve hours.
    let absorbed = document.absorbed_mg_vs_time.tissue_mg["bupivacaine"].last().unwrap().median;
    assert!(absorbed > 12.0 && absorbed < 25.0, "{absorbed}");
}

#[test]
fn no_nerve_fails_before_drug_is_given() {
    // Contrast, ten minutes, and drug so slowly that its syringe lasts for more than three: 605 s have passed before it, and
    // a little more where a thumb cannot push contrast that fast.
    let text = "iohexol 300 1ml @0.2ml/s; pause 10min; bupivacaine 0.25% 10ml @0.05ml/s";
    for samples in [0, 2] {
        let answer = inject_in(at_chain(3.0), text, samples);
        let starts = answer.document.drug_starts_min.unwrap();
        assert!((605.0 / 60.0 - 1e-6..10.3).contains(&starts), "{starts}");
        let entries = answer.document.chain.left.values();
        let onsets: Vec<f64> = entries.filter_map(|entry| entry.onset_min.map(|d| d.q05)).collect();
        println!("{samples} draws: onsets {onsets:.2?} min, drug from {starts:.2}");
        assert!(onsets.len() >= 2 && onsets.iter().all(|onset| *onset > starts), "{onsets:?}");
    }
    assert_eq!(inject(at_chain(3.0), "saline 1ml").document.drug_starts_min, None);
}

#[test]
fn saline_blocks_nothing() {
    let answer = inject(at_chain(3.0), "saline 10ml @0.2ml/s");
    assert_eq!(answer.document.p_block, 0.0);
    for class in ["A", "B", "C"] {
        assert_eq!(blocked(&answer, "L3", class), 0.0);
    }
}

#[test]
fn what_dissolves_nothing_is_followed_as_a_volume() {
    for text in ["saline 10ml @0.2ml/s", "iohexol 300 1ml; phenol 6% 10ml @0.2ml/s"] {
        let answer = inject(at_chain(3.0), text);
        let document = &answer.document;
        println!("{text}: {} mm, {:?}", document.longitudinal_extent_mm.median, document.levels_reached);
        // As far as as much drug: 10 ml reach two to three levels.
        assert!((70.0..150.0).contains(&document.longitudinal_extent_mm.median), "{text}");
        assert!(document.levels_reached.contains(&"L3".to_owned()) && document.levels_reached.len() >= 2);
        assert!(document.mass_balance.by_solute.iter().all(|b| b.solute != "fluid"));
    }
}

#[test]
fn adrenaline_in_a_test_dose_does_not_slow_the_plain_dose_after_it() {
    let absorbed = |text: &str, solute: &str| {
        let answer = inject(at_chain(3.0), text);
        let entry = &answer.document.absorbed_mg_vs_time;
        let hour = entry.t_min.iter().position(|t| *t == 60.0).unwrap();
        entry.tissue_mg[solute][hour].median
    };
    let plain = absorbed("lidocaine 1% 3ml; lidocaine 1% 10ml", "lidocaine");
    let text = "lidocaine 1% 3ml + adrenaline 1:200000; lidocaine 1% 10ml";
    let (with, after) = (absorbed(text, "lidocaine with adrenaline"), absorbed(text, "lidocaine"));
    println!("in an hour {plain:.2} mg; {with:.2} of the test dose, {after:.2} of the rest");
    // 100 of 130 mg are plain: they go as fast as ever (each by where it lies: 5 %), the 30 with adrenaline more slowly.
    assert!((after / 100.0 / (plain / 130.0) - 1.0).abs() < 0.05, "{after} {plain}");
    assert!(with / 30.0 < 0.9 * plain / 130.0, "{with} {plain}");
}

#[test]
fn a_tip_in_a_wrong_place_is_warned_about_by_what_it_is_in_and_a_spinal_wears_off() {
    let world = world();
    let grid = world.structures.grid();
    let middle_of = |wanted: u16, z: f64| {
        let (mut sum, mut n) = (rami_volume::Vector::zeros(), 0.0);
        for (offset, label) in world.structures.data().iter().enumerate() {
            let p = grid.to_lps(grid.voxel(offset).map(|v| v as f64));
            if *label == wanted && (p.z - z).abs() < 2.0 {
                sum += p.coords;
                n += 1.0;
            }
        }
        Point::from(sum / n)
    };
    let z = at_chain(3.0).z;
    let sac = inject(middle_of(79, z), "bupivacaine 0.5% 3ml @0.1ml/s");
    let says = |answer: &Answer, words: &str| answer.document.warnings.iter().any(|w| w.contains(words));
    assert!(says(&sac, "cauda equina") && says(&sac, "spinal"), "{:?}", sac.document.warnings);
    let balance = &sac.document.mass_balance.by_solute[0];
    println!("{balance:?}");
    assert!(balance.bound_mg == 0.0 && balance.absorbed_mg > 0.99 * 15.0, "{balance:?}");
    let nerves = &sac.document.unwanted.nerves;
    let failing: Vec<_> =
        nerves.iter().filter(|(_, e)| e.blocked_fraction_by_class["A"].median > 0.5).collect();
    println!("{:?}", failing.iter().map(|(n, e)| (n, e.duration_min.median)).collect::<Vec<_>>());
    assert!(failing.iter().all(|(_, e)| e.still_blocked_share == 0.0 && e.duration_min.median < 600.0));
    let psoas = inject(middle_of(88, z), "bupivacaine 0.25% 3ml @0.1ml/s");
    assert!(says(&psoas, "in psoas"), "{:?}", psoas.document.warnings);
}

#[test]
fn contrast_alone_blocks_nothing() {
    let answer = inject(at_chain(3.0), "iohexol 300 3ml @0.2ml/s");
    assert_eq!(answer.document.p_block, 0.0);
}

#[test]
fn a_tip_in_the_aorta_is_an_intravenous_bolus_that_blocks_nothing() {
    // The middle of the aorta at L3, from the labels.
    let world = world();
    let z = at_chain(3.0).z;
    let grid = world.structures.grid();
    let (mut sum, mut n) = (rami_volume::Vector::zeros(), 0.0);
    for (offset, &label) in world.structures.data().iter().enumerate() {
        let p = grid.to_lps(grid.voxel(offset).map(|v| v as f64));
        if label == 52 && (p.z - z).abs() < 2.0 {
            sum += p.coords;
            n += 1.0;
        }
    }
    let answer = inject(Point::from(sum / n), "lidocaine 1% 5ml @0.5ml/s");
    let document = &answer.document;
    assert_eq!(document.tips[0].tissue, Tissue::Artery);
    assert!((document.unwanted.intravascular_mg.median - 50.0).abs() < 1e-6);
    assert_eq!(document.p_block, 0.0);
    assert!(document.warnings.iter().any(|w| w.contains("vessel")), "{:?}", document.warnings);
}

#[test]
fn bone_takes_nothing() {
    let body = world().levels.marks().iter().find(|m| m.level.name() == "L3").unwrap().centroid;
    let answer = inject(body, "bupivacaine 0.25% 10ml @0.2ml/s");
    assert!(answer.shown.trace[0].occluded);
    assert!(answer.document.warnings.iter().any(|w| w.contains("nothing flows")));
    assert_eq!(answer.document.p_block, 0.0);
}

#[test]
fn psoas_keeps_most_of_what_is_put_into_it() {
    let world = world();
    let chain = at_chain(3.0);
    // The deepest place of the left psoas at the level: its middle.
    let grid = world.structures.grid();
    let (mut sum, mut n) = (rami_volume::Vector::zeros(), 0.0);
    for (offset, &label) in world.structures.data().iter().enumerate() {
        let p = grid.to_lps(grid.voxel(offset).map(|v| v as f64));
        if label == 88 && (p.z - chain.z).abs() < 2.0 {
            sum += p.coords;
            n += 1.0;
        }
    }
    let answer = inject(Point::from(sum / n), "bupivacaine 0.25% 5ml @0.1ml/s");
    let share = answer.document.unwanted.dose_share_by_tissue["psoas"].median;
    assert!(share > 0.6, "{share}");
}

#[test]
fn a_dose_over_the_maximum_is_computed_and_said_first() {
    let answer = inject(at_chain(3.0), "bupivacaine 0.75% 30ml @0.5ml/s");
    assert!(answer.document.notice.starts_with("OVER THE MAXIMUM DOSE: 129 %"), "{}", answer.document.notice);
    assert!(answer.document.share_of_maximum > 1.28);
}

fn give<'a>(agent: &'a str, mg_ml: f64, volume_ml: f64) -> Given<'a> {
    Given { agent, mg_ml, volume_ml, drive: Drive::Rate(0.2), adrenaline: false }
}

#[test]
fn a_live_injection_goes_on_syringe_after_syringe_and_a_forecast_does_not_disturb_it() {
    let tip = at_chain(3.0);
    let site = Arc::new(Site::new(world(), &tip, Site::CELL_MM).unwrap());
    assert!(site.holds(&tip));
    let run = |asks: bool| {
        let mut live = Live::new(&site, &[site.tip(tip, Bore::gauge_22())], 1).unwrap();
        let first = live.give(&give("iohexol", 300.0, 1.0)).unwrap();
        assert!((first.delivered_ml - 1.0).abs() < 1e-9 && !first.occluded, "{first:?}");
        assert!(live.iodine_mg_ml().data().iter().any(|v| *v > 10.0));
        if asks {
            let nothing = live.forecast().unwrap();
            assert_eq!(nothing.blocked(Side::Left), [0.0; 3]);
            assert_eq!(nothing.onset_and_duration_min(Side::Left), None);
        }
        live.wait(30.0).unwrap();
        for _ in 0..2 {
            live.give(&give("bupivacaine", 2.5, 5.0)).unwrap();
            live.wait(20.0).unwrap();
        }
        let standing = live.standing();
        (standing, live.cloud_mm(100), live.forecast().unwrap())
    };
    let (standing, cloud, forecast) = run(true);
    println!("{standing:?}");
    println!("{:?} {:?}", forecast.blocked(Side::Left), forecast.onset_and_duration_min(Side::Left));
    println!("genitofemoral {} roots {}", forecast.genitofemoral(Side::Left), forecast.roots(Side::Left));
    let sum: f64 = standing.shares.iter().map(|(_, share)| share).sum();
    assert!((sum + standing.intravascular + standing.left - 1.0).abs() < 1e-8, "{standing:?}");
    assert!((standing.delivered_ml - 11.0).abs() < 1e-9);
    assert_eq!(cloud.len(), 100);
    assert!(forecast.relative_error < 1e-8);
    assert!(forecast.blocked(Side::Left)[1] > 0.9 && forecast.blocked(Side::Right) == [0.0; 3]);
    // Whether or not someone asked in between, the same happens: bit for bit.
    assert_eq!(run(false), (standing, cloud, forecast));
}

#[test]
fn the_hours_are_looked_at_on_the_way_of_a_forecast_and_drug_leaves_as_it_is_absorbed() {
    let tip = at_chain(3.0);
    let site = Arc::new(Site::new(world(), &tip, Site::CELL_MM).unwrap());
    let mut live = Live::new(&site, &[site.tip(tip, Bore::gauge_22())], 1).unwrap();
    live.give(&give("iohexol", 300.0, 1.0)).unwrap();
    live.wait(30.0).unwrap();
    live.give(&give("bupivacaine", 2.5, 10.0)).unwrap();
    let ml = site.region().grid().voxel_volume() / 1000.0;
    let mass =
        |field: &rami_volume::Volume<f32>| field.data().iter().map(|v| f64::from(*v)).sum::<f64>() * ml;
    let number = live.agents().position(|agent| agent == "bupivacaine").unwrap();
    let (mut drug, mut iodine) = (vec![mass(&live.drug_mg_ml())], vec![mass(&live.iodine_mg_ml())]);
    let times = [5.0, 60.0, 240.0, 720.0];
    let mut seen = Vec::new();
    let forecast = live
        .forecast_with(&times, &mut |minute, then| {
            assert!((then.time_s() - 60.0 * minute).abs() < 1e-6);
            seen.push(minute);
            drug.push(mass(&then.drug_mg_ml()));
            iodine.push(mass(&then.iodine_mg_ml()));
        })
        .unwrap();
    println!("drug {drug:.2?} mg, iodine {iodine:.1?} mg");
    assert_eq!(seen, times);
    assert!(drug.windows(2).all(|pair| pair[1] < pair[0]) && iodine.windows(2).all(|pair| pair[1] < pair[0]));
    // What is no longer there has been absorbed; a little has left the box, and what nerves hold counts as bound.
    let at = |s: f64| forecast.absorbed_mg.iter().rfind(|(t, _)| *t <= s + 1e-6).unwrap().1[number];
    for (minute, left) in times.iter().zip(&drug[1..]) {
        let gone = at(60.0 * minute);
        assert!(
            (gone + left - 25.0).abs() < 0.5,
            "{minute} min: {gone:.2} absorbed and {left:.2} left of 25 mg"
        );
    }
    // The moments are ones at which nerves are looked at in any case: the forecast is the same to the bit.
    assert_eq!(live.forecast().unwrap(), forecast);
}

#[test]
fn saline_is_followed_as_a_volume_and_an_unknown_agent_is_refused() {
    let tip = at_chain(2.5);
    let site = Arc::new(Site::new(world(), &tip, Site::CELL_MM).unwrap());
    let mut live = Live::new(&site, &[site.tip(tip, Bore::gauge_22())], 2).unwrap();
    let standing = live.give(&give("saline", 0.0, 5.0)).unwrap();
    assert!(standing.extent_mm > 15.0 && !standing.shares.is_empty(), "{standing:?}");
    assert_eq!(live.forecast().unwrap().blocked(Side::Left), [0.0; 3]);
    assert!(live.give(&give("procaine", 10.0, 5.0)).unwrap_err().to_string().contains("procaine"));
}
