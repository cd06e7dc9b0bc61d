//! Contrast in kidney and ureter of a digital patient, by the computed flow.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a test that cannot be set up has failed

#[path = "common/stage.rs"]
mod stage;

use rami_bedside::world::{Tissue, TubeKind};
use rami_procedure::action::{Action, Pattern, Watch};
use rami_procedure::flow::{Compartment, Computed, Fluid, Injection};
use rami_procedure::session::{Block, Header};
use rami_procedure::{Event, Flow, Setup, Theatre};
use rami_volume::Point;

fn contrast(volume_ml: f64) -> Fluid {
    Fluid {
        agent: "iohexol".into(),
        drug_mg_ml: 0.0,
        iodine_mg_ml: 240.0,
        volume_ml,
        rate_ml_s: 0.2,
        at_s: 600.0,
        adrenaline: false,
    }
}

/// The middle of the left kidney, as far as the world holds it.
fn kidney(world: &rami_bedside::World) -> [f64; 3] {
    let grid = world.tissue.grid();
    let (mut sum, mut count) = ([0.0; 3], 0.0);
    for (cell, number) in world.tissue.data().iter().enumerate() {
        let p = grid.to_lps(grid.voxel(cell).map(|v| v as f64));
        if Tissue::from_number(*number) == Tissue::Kidney && p.x > 0.0 {
            (0..3).for_each(|axis| sum[axis] += p[axis]);
            count += 1.0;
        }
    }
    let middle = sum.map(|s| s / count);
    // A kidney is hollow in its middle: its outer half is not.
    let out = |mm: f64| [middle[0] + mm, middle[1], middle[2]];
    (0..20).map(|mm| out(f64::from(mm))).find(|p| world.bulk_at(&Point::from(*p)) == Tissue::Kidney).unwrap()
}

#[test]
fn contrast_in_a_kidney_shows_as_urinary_and_who_says_so_is_right() {
    let stage = stage::stage(1, 0).unwrap();
    let [x, y, z] = kidney(&stage.world);
    let setup = Setup { isocentre_mm: [x, y, z], ..stage.setup.clone() };
    let flow = Computed::new(&stage.world);
    let theatre = Theatre { setup: &setup, world: &stage.world, flow: &flow, imaging: None, film: None };
    let mut block = Block::new(&theatre, Header::new(&theatre, "test", "truth"));
    let entry_mm = [x, stage.aim.entry_mm[1] + 30.0, z];
    let syringes = [("contrast", "iohexol 240 3ml")];
    for action in rami_procedure::operator::prepare::before(&setup, entry_mm, &syringes) {
        block.act(action).unwrap();
    }
    let needle = || "22G-150-chiba".to_owned();
    let direction = [0.0, -1.0, 0.0];
    block.act(Action::InsertNeedle { needle: needle(), entry_mm, direction, bevel_deg: 0.0 }).unwrap();
    // In by steps, the bevel turned half round at each, until the tip is in the kidney and 8 mm further.
    let mut in_it = false;
    for _ in 0..40 {
        let events = block.act(Action::Advance { mm: 4.0 }).unwrap().to_vec();
        if in_it {
            break;
        }
        in_it = events
            .iter()
            .any(|e| matches!(e, Event::Entered { structure, .. } if structure.contains("kidney")));
        block.act(Action::Rotate { deg: 180.0 }).unwrap();
    }
    assert!(in_it, "the needle never came to the kidney");
    block.act(Action::Shot).unwrap();
    let inject =
        Action::Inject { label: "contrast".into(), volume_ml: 1.0, rate_ml_s: 0.2, watch: Watch::Live };
    let events = block.act(inject).unwrap().to_vec();
    println!("{events:#?}");
    assert!(
        events.iter().any(|e| matches!(e, Event::ContrastShown { pattern: Pattern::Urinary, .. })),
        "{events:?}"
    );
    for (pattern, is_right) in [(Pattern::Urinary, true), (Pattern::Visceral, false)] {
        let events = block.act(Action::CallPattern { pattern }).unwrap();
        let said = events.iter().find_map(|e| match e {
            Event::PatternCalled { right, .. } => *right,
            _ => None,
        });
        assert_eq!(said, Some(is_right), "{pattern:?}");
    }
}

#[test]
fn contrast_in_a_ureter_fills_it_downwards_and_none_of_it_is_lost() {
    let stage = stage::stage(1, 0).unwrap();
    let tube = stage.world.tubes.iter().find(|t| t.kind == TubeKind::Ureter).unwrap();
    let tip = *tube
        .points
        .iter()
        .min_by(|a, b| (a.z - stage.aim.target_mm[2]).abs().total_cmp(&(b.z - stage.aim.target_mm[2]).abs()))
        .unwrap();
    let flow = Computed::new(&stage.world);
    let fluids = [contrast(0.4)];
    let question = Injection { tip_mm: tip.into(), direction: [0.0, -1.0, 0.0], fluids: &fluids, seed: 1 };
    let spread = flow.spread(&stage.world, &question).unwrap();
    assert_eq!(spread.shares.get(&Compartment::Urinary), Some(&1.0), "{:?}", spread.shares);
    let film = flow.film(&stage.world, &question);
    let last = &film.last().unwrap().iodine_mg_ml;
    let grid = last.grid();
    let cell_ml = grid.voxel_volume() / 1e3;
    let mg: f64 = last.data().iter().map(|v| f64::from(*v) * cell_ml).sum();
    assert!((mg / 96.0 - 1.0).abs() < 0.05, "{mg} mg of 96 are in the picture");
    let lit: Vec<Point> = (0..grid.len())
        .filter(|cell| last.data()[*cell] > 0.0)
        .map(|cell| grid.to_lps(grid.voxel(cell).map(|v| v as f64)))
        .collect();
    let edge = grid.spacing()[2];
    assert!(lit.iter().all(|p| p.z < tip.z + edge), "contrast rises against the urine");
    let low = lit.iter().map(|p| p.z).fold(f64::INFINITY, f64::min);
    assert!(tip.z - low > 10.0, "it runs {} mm down", tip.z - low);
}

#[test]
fn a_disc_takes_a_part_of_a_syringe_shows_as_a_disc_and_the_rest_stays_in_the_syringe() {
    let stage = stage::stage(1, 0).unwrap();
    // The middle of a disc of the lumbar spine: voxels of the world that are disc, nearest to their middle at L3.
    let grid = stage.world.tissue.grid();
    let level = Point::from(stage.aim.target_mm);
    let cells = stage.world.tissue.data().iter().enumerate();
    let disc = |cell: usize| grid.to_lps(grid.voxel(cell).map(|v| v as f64));
    let near: Vec<Point> = cells
        .filter(|(_, number)| Tissue::from_number(**number) == Tissue::Disc)
        .map(|(cell, _)| disc(cell))
        .filter(|p| (p.z - level.z).abs() < 30.0)
        .collect();
    let highest = near.iter().map(|p| p.z).fold(f64::NEG_INFINITY, f64::max);
    let one: Vec<&Point> = near.iter().filter(|p| highest - p.z < 8.0).collect();
    let middle = one.iter().fold(rami_volume::Vector::zeros(), |sum, p| sum + p.coords) / one.len() as f64;
    let tip_mm = [middle.x, middle.y, middle.z];
    assert_eq!(stage.world.bulk_at(&Point::from(tip_mm)), Tissue::Disc);
    let flow = Computed::new(&stage.world);
    let ask = |fluids: &[Fluid]| {
        let question = Injection { tip_mm, direction: [0.0, -1.0, 0.0], fluids, seed: 1 };
        flow.spread(&stage.world, &question).unwrap()
    };
    let little = ask(&[contrast(0.5)]);
    println!("0.5 ml: {:.2} of it, {:?}, {:.0} kPa", little.delivered, little.shares, little.pressure_kpa);
    assert!(little.delivered > 0.9 && little.share(Compartment::Disc) > 0.9);
    let much = ask(&[contrast(8.0)]);
    println!("8 ml: {:.2} of it, {:.0} kPa", much.delivered, much.pressure_kpa);
    assert!(much.share(Compartment::Disc) > 0.9, "{:?}", much.shares);
    assert!((0.05..0.6).contains(&much.delivered), "a few of eight: {}", much.delivered);
    // Full, it takes no more.
    let then = ask(&[contrast(8.0), Fluid { at_s: 700.0, ..contrast(3.0) }]);
    assert!(then.delivered < 0.1, "{}", then.delivered);
}
