//! A needle's promises, on worlds simple enough to know the answer.
#![allow(clippy::unwrap_used)] // helpers of tests: a failure should stop the test

use proptest::prelude::*;
use rami_needle::catalogue::{Needle, find};
use rami_needle::tissue::{Medium, Membrane, Place};
use rami_needle::{Bevel, Hand, Insertion, Pose, Stop, hit_probability};
use rami_random::Stream;

/// Depth is −y: skin at y = 0.
fn down() -> Pose {
    Pose::new([0.0; 3], [0.0, -1.0, 0.0], [1.0, 0.0, 0.0]).unwrap()
}

fn chiba() -> Needle {
    find("22G-150-chiba").unwrap()
}

fn muscle(_: [f64; 3]) -> Place {
    Medium::Muscle.into()
}

/// Skin 2 mm, fat to 20, muscle to 60, psoas to 80, areolar tissue to 90, then a vessel.
fn back(p: [f64; 3]) -> Place {
    Place::from(match -p[1] {
        d if d < 1e-9 => Medium::Air,
        d if d < 2.0 => Medium::Skin,
        d if d < 20.0 => Medium::Fat,
        d if d < 60.0 => Medium::Muscle,
        d if d < 80.0 => Medium::Psoas,
        d if d < 90.0 => Medium::Areolar,
        _ => Medium::Vessel,
    })
}

#[test]
fn in_one_tissue_the_path_is_the_circle_of_the_kinematic_model() {
    let mut needle = Insertion::new(chiba(), &muscle, down());
    needle.advance(80.0, 0.0).unwrap();
    let kappa = chiba().curvature_per_mm();
    let tip = needle.tip().position;
    let (aside, ahead) = ((1.0 - (kappa * 80.0).cos()) / kappa, (kappa * 80.0).sin() / kappa);
    assert!((tip.x - aside).abs() < 1e-9 && (tip.y + ahead).abs() < 1e-9, "{tip}");
    // The published deflection it was taken from, up to the difference of arc and parabola (κL)²/12.
    assert!((tip.x - 7.71).abs() < 0.05, "{tip}");
}

#[test]
fn a_needle_without_bend_goes_straight() {
    let mut needle = Insertion::new(chiba(), &muscle, down()).with_curvature_factor(0.0);
    needle.advance(100.0, 0.0).unwrap();
    let tip = needle.tip().position;
    assert!(tip.x.abs() < 1e-12 && (tip.y + 100.0).abs() < 1e-9 && tip.z.abs() < 1e-12);
}

#[test]
fn half_a_turn_on_the_way_steers_back() {
    let mut needle = Insertion::new(chiba(), &muscle, down());
    needle.advance(40.0, 0.0).unwrap();
    needle.rotate(std::f64::consts::PI).unwrap();
    needle.advance(40.0, 0.0).unwrap();
    // Two equal arcs of opposite curvature end parallel to the start, half as far aside as one long arc.
    assert!(needle.tip().forward.x.abs() < 1e-12);
    let kappa = chiba().curvature_per_mm();
    assert!((needle.tip().position.x - 2.0 * (1.0 - (kappa * 40.0).cos()) / kappa).abs() < 1e-9);
}

#[test]
fn layers_are_met_in_order_with_the_membranes_between_them() {
    let mut needle = Insertion::new(chiba(), &back, down());
    let advance = needle.advance(95.0, 12.0).unwrap();
    assert!(advance.lost_resistance && advance.stopped.is_none());
    let broken: Vec<Membrane> = needle.breaches().iter().filter_map(|b| b.membrane).collect();
    use Membrane as M;
    assert_eq!(broken, [M::Skin, M::Fascia, M::PsoasSheath, M::PsoasSheath, M::VesselWall]);
    assert!(needle.breaches().iter().all(|b| b.time_s == 12.0));
    assert!(needle.breaches().windows(2).all(|pair| pair[0].depth_mm <= pair[1].depth_mm));
    let reading = needle.reading();
    assert_eq!(reading.tip_in.medium, Medium::Vessel);
    let sum: f64 = reading.along_shaft.iter().map(|(_, length)| length).sum();
    assert!((sum - 95.0).abs() < 1e-9);
}

#[test]
fn force_rises_before_a_membrane_drops_behind_it_and_grows_linearly_in_between() {
    let mut needle = Insertion::new(chiba(), &back, down());
    needle.advance(20.0, 0.0).unwrap();
    let in_fat = needle.force_n();
    let through = needle.advance(2.0, 0.0).unwrap();
    let in_muscle = needle.force_n();
    // The fascia's puncture force stands above both sides.
    assert!(through.peak_force_n > in_fat + 0.9 && through.peak_force_n > in_muscle + 0.2);
    let forces: Vec<f64> = (0..30)
        .map(|_| {
            needle.advance(1.0, 0.0).unwrap();
            needle.force_n()
        })
        .collect();
    let steps: Vec<f64> = forces.windows(2).map(|pair| pair[1] - pair[0]).collect();
    // Only friction grows: 0.01 N a millimetre of muscle.
    assert!(steps.iter().all(|step| (step - 0.01).abs() < 1e-9), "{steps:?}");
}

#[test]
fn bone_stops_the_needle_at_its_surface() {
    let world = |p: [f64; 3]| Place::from(if p[1] < -50.0 { Medium::Bone } else { Medium::Muscle });
    let mut needle = Insertion::new(chiba(), &world, down()).with_curvature_factor(0.0);
    let advance = needle.advance(80.0, 0.0).unwrap();
    assert_eq!(advance.stopped, Some(Stop::Bone));
    assert!((needle.depth_mm() - 50.0).abs() < 1e-6 && needle.reading().on_bone);
    assert!(needle.force_n() > 10.0 && advance.peak_force_n > Membrane::Periosteum.puncture_n());
    let contacts = |needle: &Insertion<'_, _>| {
        let broken = needle.breaches().iter().filter(|b| b.membrane == Some(Membrane::Periosteum));
        broken.map(|b| b.depth_mm).collect::<Vec<_>>()
    };
    assert!(contacts(&needle).len() == 1 && (contacts(&needle)[0] - 50.0).abs() < 1e-6);
    assert_eq!(needle.advance(5.0, 0.0).unwrap().moved_mm, 0.0);
    // Standing there is no new contact, whatever the hand does; coming back is.
    needle.rotate(1.0).unwrap();
    needle.advance(1.0, 0.0).unwrap();
    assert_eq!(contacts(&needle).len(), 1);
    needle.withdraw(10.0).unwrap();
    assert!(!needle.reading().on_bone && (needle.depth_mm() - 40.0).abs() < 1e-6);
    needle.advance(10.5, 0.0).unwrap();
    assert_eq!(contacts(&needle).len(), 2);
}

#[test]
fn the_hub_stops_at_the_skin_and_bad_movements_are_refused() {
    let mut needle = Insertion::new(find("22G-90-chiba").unwrap(), &muscle, down());
    assert_eq!(needle.advance(100.0, 0.0).unwrap().stopped, Some(Stop::Hub));
    assert!((needle.depth_mm() - 90.0).abs() < 1e-12);
    assert!(needle.advance(-1.0, 0.0).is_err() && needle.advance(f64::NAN, 0.0).is_err());
    assert!(needle.withdraw(91.0).is_err() && needle.rotate(f64::INFINITY).is_err());
}

#[test]
fn a_flipped_bevel_hits_more_often_than_one_held_anyhow() {
    let held = |bevel: Bevel| {
        let hand = Hand { bevel, ..Hand::assumed() };
        hit_probability(&chiba(), &muscle, [0.0; 3], [0.0, -100.0, 0.0], 5.0, &hand, 400, Stream::new(1))
            .unwrap()
    };
    let (anyhow, flipped) = (held(Bevel::Anyhow), held(Bevel::FlippedEvery { mm: 10.0 }));
    // An uncorrected Chiba is about κL²/2 = 12 mm off at 100 mm: outside 5 mm almost always.
    assert!(anyhow.probability < 0.1 && (10.0..14.0).contains(&anyhow.median_miss_mm), "{anyhow:?}");
    assert!(flipped.probability > 0.8, "{flipped:?}");
    let again = held(Bevel::Anyhow);
    assert_eq!(anyhow, again);
}

#[test]
fn without_any_scatter_a_straight_needle_always_hits() {
    let hand = Hand {
        entry_sd_mm: 0.0,
        angle_sd_deg: 0.0,
        curvature_cv: 0.0,
        bevel: Bevel::FlippedEvery { mm: 0.5 },
    };
    let hit =
        hit_probability(&chiba(), &muscle, [0.0; 3], [0.0, -100.0, 0.0], 0.1, &hand, 20, Stream::new(1))
            .unwrap();
    assert_eq!(hit.probability, 1.0);
    let far =
        hit_probability(&chiba(), &muscle, [0.0; 3], [0.0, -300.0, 0.0], 1.0, &hand, 20, Stream::new(1));
    assert!(far.unwrap_err().to_string().contains("length of the plan"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_tip_is_where_it_is_whatever_steps_led_there(
        cuts in prop::collection::vec(0.0_f64..92.0, 0..40),
        turn_at in 5.0_f64..85.0,
        turn in -3.0_f64..3.0,
    ) {
        let run = |mut stops: Vec<f64>| {
            let mut needle = Insertion::new(chiba(), &back, down());
            stops.push(turn_at);
            stops.push(92.0);
            stops.sort_by(f64::total_cmp);
            for stop in stops {
                let step = stop - needle.depth_mm();
                if step > 0.0 {
                    needle.advance(step, 0.0).unwrap();
                }
                if stop == turn_at {
                    needle.rotate(turn).unwrap();
                }
            }
            (needle.tip().position, needle.force_n(), needle.breaches().len())
        };
        let (once, many) = (run(Vec::new()), run(cuts));
        // Adding up steps rounds the depth by about 1e-13 mm; nothing else may differ.
        prop_assert!((once.0 - many.0).norm() < 1e-9);
        prop_assert!((once.1 - many.1).abs() < 1e-9);
        prop_assert_eq!(once.2, many.2);
    }

    #[test]
    fn no_step_passes_a_plate_of_bone(
        depth in 5.0_f64..120.0,
        thickness in 0.15_f64..3.0,
        tilt in -0.5_f64..0.5,
        step in 0.05_f64..150.0,
        roll in 0.0_f64..6.0,
    ) {
        // A tilted plate; everything beyond it is muscle again.
        let normal = [tilt.sin(), -tilt.cos(), 0.0];
        let beyond = move |p: [f64; 3]| p[0] * normal[0] + p[1] * normal[1] - depth * tilt.cos();
        let world = move |p: [f64; 3]| {
            let d = beyond(p);
            Place::from(if (0.0..thickness).contains(&d) { Medium::Bone } else { Medium::Muscle })
        };
        let mut needle = Insertion::new(chiba(), &world, down().turned(roll));
        for _ in 0..(150.0 / step).ceil() as usize + 1 {
            needle.advance(step, 0.0).unwrap();
        }
        prop_assert!(beyond(needle.tip().position.into()) < 1e-6, "{}", needle.tip().position);
        // However often it is pushed against, bone is met once.
        prop_assert_eq!(needle.breaches().len(), usize::from(needle.reading().on_bone));
    }
}

#[test]
fn the_dura_is_pushed_in_for_millimetres_before_it_breaks() {
    // Measured in people: 2 to 6 mm.
    let sac = |p: [f64; 3]| {
        Place::from(match -p[1] {
            d if d < 1e-9 => Medium::Air,
            d if d < 30.0 => Medium::Ligament,
            _ => Medium::CerebrospinalFluid,
        })
    };
    let mut needle = Insertion::new(chiba(), &sac, down());
    needle.advance(33.0, 0.0).unwrap();
    let through =
        |needle: &Insertion<'_, _>| needle.breaches().iter().any(|b| b.membrane == Some(Membrane::Dura));
    assert!(!through(&needle));
    needle.advance(2.0, 1.0).unwrap();
    assert!(through(&needle));
    let dura = needle.breaches().iter().find(|b| b.membrane == Some(Membrane::Dura)).unwrap();
    assert!((32.0..36.0).contains(&dura.depth_mm), "{}", dura.depth_mm);
}
