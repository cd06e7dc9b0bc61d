//! A needle in the world of a digital patient.

#![allow(clippy::unwrap_used, clippy::print_stdout)] // a test that cannot be set up has failed

mod common;

use common::patient;
use proptest::prelude::*;
use rami_anatomy::VertebralLevel;
use rami_bedside::World;
use rami_bedside::needle::{WorldNeedle, layers};
use rami_bedside::world::Tissue;
use rami_needle::{Stop, catalogue};
use rami_volume::Point;
use std::sync::OnceLock;

fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let (case, truth) = patient(1);
        World::of_truth(&case, &truth, rami_anatomy::skin(&case.ct).unwrap(), 1).unwrap()
    })
}

/// From the skin of the back, 7 to 9 cm beside the midline, towards the side of L3's body.
fn entry_and_aim(lateral_mm: f64, up_mm: f64) -> (Point, Point) {
    let world = world();
    let l3 = world.levels.mark(VertebralLevel::L3).unwrap();
    let aim = l3.centroid + l3.right * 10.0 + l3.anterior * 4.0;
    let mut entry = aim + l3.right * lateral_mm - l3.anterior * 10.0 + l3.cranial * up_mm;
    while world.skin_distance_mm(&entry) < 0.0 {
        entry -= l3.anterior * 1.0;
    }
    (entry, aim)
}

#[test]
fn a_needle_from_the_back_goes_through_skin_fat_and_muscle_in_this_order() {
    let (entry, aim) = entry_and_aim(75.0, 0.0);
    let layers = layers(world(), &entry, &aim);
    let first: Vec<Tissue> = layers.iter().map(|l| l.tissue).filter(|t| *t != Tissue::Air).take(2).collect();
    assert_eq!(first, [Tissue::Skin, Tissue::Fat]);
    assert!(layers.iter().any(|l| matches!(l.tissue, Tissue::Muscle | Tissue::Psoas)));
    let length = (aim - entry).norm();
    let sum: f64 = layers.iter().map(|l| l.to_mm - l.from_mm).sum();
    assert!((sum - length).abs() < 1e-9);
    let needle = catalogue::find("22G-150-chiba").unwrap();
    let mut inside = WorldNeedle::new(world(), needle, &entry, &aim, 0.0).unwrap();
    let step = inside.advance(30.0, 1.0).unwrap();
    assert!(step.reading.force_n > 0.0 && !step.nearest.is_empty());
    assert!(step.nearest.windows(2).all(|n| n[0].1 <= n[1].1));
    assert!(!step.broken.is_empty(), "the skin at the least");
    inside.rotate(180.0).unwrap();
    inside.withdraw(30.0).unwrap();
    assert!((inside.insertion().tip().position - entry.coords).norm() < 1e-9);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_step_size_carries_a_tip_through_bone_and_the_tip_does_not_depend_on_the_steps(
        lateral in 55.0..95.0f64,
        up in -20.0..20.0f64,
        bevel in 0.0..360.0f64,
        step in 0.05..60.0f64,
    ) {
        let (entry, aim) = entry_and_aim(lateral, up);
        let needle = catalogue::find("22G-200-chiba").unwrap();
        let new = || WorldNeedle::new(world(), needle.clone(), &entry, &aim, bevel).unwrap();
        // All at once, and in steps of this size.
        let (mut once, mut stepped) = (new(), new());
        let whole = once.advance(160.0, 0.0).unwrap();
        let mut left = 160.0;
        let mut stopped = None;
        while left > 1e-9 && stopped.is_none() {
            let now = stepped.advance(f64::min(step, left), 0.0).unwrap();
            stopped = now.advance.stopped;
            left -= step;
        }
        let (a, b) = (once.insertion().tip().position, stepped.insertion().tip().position);
        // Only rounding of added steps: cells lie on a ruler of the needle's own.
        prop_assert!((a - b).norm() < 1e-6, "{a} {b}");
        prop_assert_eq!(whole.advance.stopped == Some(Stop::Bone), stopped == Some(Stop::Bone));
        // No point of the shaft but the last cell is in bone.
        let shaft = once.insertion().shaft_mm();
        for p in &shaft[..shaft.len().saturating_sub(2)] {
            prop_assert!(!world().is_bone(&Point::from(*p)), "the shaft runs through bone at {p:?}");
        }
    }
}
