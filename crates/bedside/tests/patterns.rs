//! What contrast looks like where it went: each wrong place by the features that tell it, on the run's own fields and on
//! the x-ray frames of it.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a test that cannot be set up has failed

mod common;

use rami_anatomy::Side;
use rami_bedside::World;
use rami_bedside::inject::film::{Film, Frame};
use rami_bedside::inject::live::{Given, Live, Site};
use rami_case::Case;
use rami_spread::{Bore, Drive, Tissue};
use rami_volume::{Point, Vector, Volume};
use rami_xray::{CArmPose, Detector, FastProjector, Image, View};
use std::sync::{Arc, OnceLock};

struct Scene {
    world: World,
    case: Case,
}

fn scene() -> &'static Scene {
    static SCENE: OnceLock<Scene> = OnceLock::new();
    SCENE.get_or_init(|| {
        let (case, truth) = common::patient(1);
        let skin = rami_anatomy::skin(&case.ct).unwrap();
        let world = World::of_truth(&case, &truth, skin, 1).unwrap();
        Scene { world, case }
    })
}

fn at_chain() -> Point {
    let p = scene().world.trunks.get(Side::Left).at_level(3.0).unwrap();
    Point::new(p.x, p.y - 2.0, p.z)
}

/// Middle of a label near a height.
fn middle_of(wanted: impl Fn(u16) -> bool, z: f64) -> Point {
    let structures = &scene().world.structures;
    let grid = structures.grid();
    let (mut sum, mut n) = (Vector::zeros(), 0.0);
    for (offset, _) in structures.data().iter().enumerate().filter(|(_, l)| wanted(**l)) {
        let p = grid.to_lps(grid.voxel(offset).map(|v| v as f64));
        if (p.z - z).abs() < 2.0 {
            sum += p.coords;
            n += 1.0;
        }
    }
    Point::from(sum / n)
}

struct Look {
    iodine: Volume<f32>,
    frame: Frame,
    dark: f64,
}

/// 1 ml of contrast in parts of `ml`, and what is seen in the AP view after each and `after_s` later.
fn looks(
    tip: Point,
    parts: usize,
    rate: f64,
    after_s: f64,
) -> (Vec<Look>, rami_bedside::inject::live::Standing) {
    let scene = scene();
    let site = Arc::new(Site::new(&scene.world, &tip, Site::CELL_MM).unwrap());
    let mut live = Live::new(&site, &[site.tip(tip, Bore::gauge_22())], 3).unwrap();
    let projector = FastProjector::new(&scene.case.ct);
    let view = View::new(CArmPose::prone_ap(tip), Detector::square(192, 1.2)).unwrap();
    let mut film = Film::new(&projector, view, &[], 1).unwrap();
    let mut out = Vec::new();
    let mut standing = live.standing();
    for n in 0..=parts {
        if n < parts {
            let given = Given {
                agent: "iohexol",
                mg_ml: 300.0,
                volume_ml: 1.0 / parts as f64,
                drive: Drive::Rate(rate),
                adrenaline: false,
            };
            standing = live.give(&given).unwrap();
        } else {
            live.wait(after_s).unwrap();
        }
        let iodine = live.iodine_mg_ml();
        let frame = film.frame(&iodine).unwrap();
        let dark = darkness(&frame.subtracted);
        out.push(Look { iodine, frame, dark });
    }
    (out, standing)
}

/// Share of a subtraction's squares of eight pixels that are darker on average than the background by more than five
/// standard deviations of such an average: the grain of the picture does not count.
fn darkness(image: &Image<u8>) -> f64 {
    const SIDE: usize = 8;
    let mut means: Vec<f64> = Vec::new();
    for r in (0..image.rows()).step_by(SIDE) {
        for c in (0..image.columns()).step_by(SIDE) {
            let square = (0..SIDE * SIDE).filter_map(|n| image.get(r + n / SIDE, c + n % SIDE));
            let values: Vec<f64> = square.map(f64::from).collect();
            means.push(values.iter().sum::<f64>() / values.len() as f64);
        }
    }
    let mut sorted = means.clone();
    sorted.sort_by(f64::total_cmp);
    let (low, middle) = (sorted[sorted.len() / 6], sorted[sorted.len() / 2]);
    let dark = means.iter().filter(|v| **v < middle - 5.0 * (middle - low).max(1.0)).count();
    dark as f64 / means.len() as f64
}

/// Total iodine, and standard deviations of it along x, y, z, mm.
fn shape(field: &Volume<f32>) -> (f64, [f64; 3]) {
    let grid = field.grid();
    let (mut total, mut sum, mut squares) = (0.0, Vector::zeros(), [0.0; 3]);
    for (cell, &value) in field.data().iter().enumerate().filter(|(_, v)| **v > 0.0) {
        let p = grid.to_lps(grid.voxel(cell).map(|v| v as f64));
        let value = f64::from(value);
        total += value;
        sum += p.coords * value;
        (0..3).for_each(|a| squares[a] += value * p[a] * p[a]);
    }
    let sd = std::array::from_fn(|a| (squares[a] / total - (sum[a] / total).powi(2)).max(0.0).sqrt());
    (total, sd)
}

/// How much longer than wide and than deep 1 ml of contrast lies in the right plane of one person's tissue.
fn string_of(tip: Point, seed: u64) -> [f64; 2] {
    let site = Arc::new(Site::new(&scene().world, &tip, Site::CELL_MM).unwrap());
    let mut live = Live::new(&site, &[site.tip(tip, Bore::gauge_22())], seed).unwrap();
    let drive = Drive::Rate(0.2);
    live.give(&Given { agent: "iohexol", mg_ml: 300.0, volume_ml: 1.0, drive, adrenaline: false }).unwrap();
    let (_, sd) = shape(&live.iodine_mg_ml());
    [sd[2] / sd[0], sd[2] / sd[1]]
}

/// Pressure at a tip in one person's tissue while 1 ml of contrast goes in at 0.1 ml/s.
fn kpa(tip: Point, seed: u64) -> f64 {
    let site = Arc::new(Site::new(&scene().world, &tip, Site::CELL_MM).unwrap());
    let mut live = Live::new(&site, &[site.tip(tip, Bore::gauge_22())], seed).unwrap();
    let drive = Drive::Rate(0.1);
    let given = Given { agent: "iohexol", mg_ml: 300.0, volume_ml: 1.0, drive, adrenaline: false };
    live.give(&given).unwrap().tip_kpa
}

#[test]
fn in_the_right_plane_contrast_hugs_the_spine_and_stays() {
    // A string along the spine: longer than it is deep or wide, in the middle of nine people's tissues. In tissue that
    // conducts alike along and across, or whose fat is as open as the plane, it is a lump: that is a draw, not a fault.
    let strings: Vec<[f64; 2]> = (1..=9).map(|seed| string_of(at_chain(), seed)).collect();
    println!("{strings:?}");
    for axis in 0..2 {
        let mut ratios: Vec<f64> = strings.iter().map(|s| s[axis]).collect();
        ratios.sort_by(f64::total_cmp);
        assert!(ratios[4] > 1.2, "{ratios:?}");
    }
    let (looks, standing) = looks(at_chain(), 2, 0.2, 20.0);
    println!("{standing:?}");
    assert!(looks[0].dark > 0.0 && looks[1].dark > looks[0].dark, "it grows while it is given");
    assert!(looks[2].dark > 0.6 * looks[1].dark, "{} of {}", looks[2].dark, looks[1].dark);
    assert!(looks[1].frame.live.data() != looks[2].frame.live.data());
}

#[test]
fn in_an_artery_it_is_gone_within_seconds_and_comes_in_pulses() {
    let z = at_chain().z;
    let tip = middle_of(|l| l == 52, z);
    let (looks, standing) = looks(tip, 10, 0.5, 4.0);
    assert!((standing.intravascular - 1.0).abs() < 1e-9, "{standing:?}");
    assert!(looks[..10].iter().any(|l| l.dark > 0.0), "something is seen while it is given");
    assert_eq!(looks[10].dark, 0.0, "nothing is left four seconds later");
    let totals: Vec<f64> = looks[..10].iter().map(|l| shape(&l.iodine).0).collect();
    let (low, high) = totals[2..].iter().fold((f64::MAX, 0.0f64), |(l, h), t| (l.min(*t), h.max(*t)));
    // Slow blood holds much, fast blood little: frame by frame it comes and goes. A vein's column would stand.
    assert!(high > 1.2 * low, "{totals:?}");
}

#[test]
fn in_a_vein_it_runs_off_upwards_in_a_steady_column() {
    let z = at_chain().z;
    let tip = middle_of(|l| l == 63, z);
    let (looks, standing) = looks(tip, 4, 0.5, 6.0);
    assert!((standing.intravascular - 1.0).abs() < 1e-9, "{standing:?}");
    let grid = looks[3].iodine.grid();
    let below = looks[3]
        .iodine
        .data()
        .iter()
        .enumerate()
        .filter(|(_, v)| **v > 0.0)
        .any(|(cell, _)| grid.to_lps(grid.voxel(cell).map(|v| v as f64)).z < tip.z - 6.0);
    assert!(!below, "blood in the vena cava runs up");
    assert_eq!(looks[4].dark, 0.0);
}

#[test]
fn in_psoas_it_lies_in_streaks_along_the_fibres_and_does_not_leave_the_muscle() {
    let tip = middle_of(|l| l == 88, at_chain().z - 10.0);
    let (looks, standing) = looks(tip, 1, 0.1, 5.0);
    println!("{standing:?}");
    let psoas = standing.shares.iter().find(|(t, _)| *t == Tissue::Psoas).map_or(0.0, |(_, s)| *s);
    assert!(psoas > 0.9, "{psoas}");
    let (_, sd) = shape(&looks[0].iodine);
    assert!(sd[2] > 1.5 * sd[0] && sd[2] > 1.5 * sd[1], "{sd:?}");
    // Muscle resists more than the plane at the same rate, in the middle of nine people's tissues.
    let mut ratios: Vec<f64> = (1..=9).map(|seed| kpa(tip, seed) / kpa(at_chain(), seed)).collect();
    ratios.sort_by(f64::total_cmp);
    assert!(ratios[4] > 3.0, "{ratios:?}");
}

#[test]
fn in_a_disc_a_few_ml_stay_between_the_endplates_under_pressure_and_against_bone_nothing_flows() {
    let world = &scene().world;
    let (l3, l4) = (
        world.levels.marks().iter().find(|m| m.level.name() == "L3").unwrap(),
        world.levels.marks().iter().find(|m| m.level.name() == "L4").unwrap(),
    );
    let disc = nalgebra::center(&l3.lower.centre, &l4.upper.centre);
    let (_, standing) = looks(disc, 1, 0.2, 0.0);
    println!("{standing:?}");
    // The first ml goes in against pressure that rises with it, and all of it stays in the disc.
    let share = |s: &rami_bedside::inject::live::Standing| {
        s.shares.iter().find(|(t, _)| *t == Tissue::Disc).map_or(0.0, |(_, share)| *share)
    };
    assert!((standing.delivered_ml - 1.0).abs() < 1e-6 && share(&standing) > 0.999, "{standing:?}");
    assert!(standing.tip_kpa > 50.0, "{standing:?}");
    let site = Arc::new(Site::new(world, &disc, Site::CELL_MM).unwrap());
    let mut live = Live::new(&site, &[site.tip(disc, Bore::gauge_22())], 1).unwrap();
    let more =
        Given { agent: "iohexol", mg_ml: 300.0, volume_ml: 10.0, drive: Drive::Rate(0.1), adrenaline: false };
    let full = live.give(&more).unwrap();
    println!("{full:?}");
    // A nucleus takes 1 to 3 ml: then the thumb is at its limit and no more flows.
    assert!(full.occluded && (1.0..3.0).contains(&full.delivered_ml), "{full:?}");
    assert!(full.syringe_kpa < 1.15 * 350.0 && share(&full) > 0.999, "{full:?}");
    // Flatter than a lump: a slanting plate of a dozen millimetres on cells of four (1.37 found; a ball has 1).
    let (_, sd) = shape(&live.iodine_mg_ml());
    println!("{sd:?}");
    assert!(sd[0] > 1.25 * sd[2] && sd[1] > 1.25 * sd[2], "{sd:?}");
    let (looks, standing) = looks(l3.centroid, 1, 0.2, 0.0);
    assert!(standing.occluded && standing.delivered_ml == 0.0, "{standing:?}");
    assert_eq!(looks[0].dark, 0.0);
}

#[test]
fn in_the_canal_it_stays_in_the_epidural_fat() {
    let world = &scene().world;
    let l3 = world.levels.marks().iter().find(|m| m.level.name() == "L3").unwrap();
    let site = Arc::new(Site::new(world, &l3.centroid, Site::CELL_MM).unwrap());
    // A foramen: the cell of epidural fat nearest to the mouth of the left third root.
    let root = world
        .tubes_of(rami_bedside::world::TubeKind::NerveRoot)
        .find(|t| t.side == Side::Left && t.level == Some(rami_anatomy::VertebralLevel::L3))
        .unwrap();
    let tip = *root
        .points
        .iter()
        .find(|p| {
            site.tip(**p + Vector::new(0.0, 0.0, 3.0), Bore::gauge_22()).tissue == Some(Tissue::Epidural)
        })
        .unwrap()
        + Vector::new(0.0, 0.0, 3.0);
    let mut live = Live::new(&site, &[site.tip(tip, Bore::gauge_22())], 3).unwrap();
    let given =
        Given { agent: "lidocaine", mg_ml: 10.0, volume_ml: 3.0, drive: Drive::Rate(0.1), adrenaline: false };
    let standing = live.give(&given).unwrap();
    println!("{standing:?}");
    let epidural = standing.shares.iter().find(|(t, _)| *t == Tissue::Epidural).map_or(0.0, |(_, s)| *s);
    assert!(epidural > 0.4, "{standing:?}");
    let forecast = live.forecast().unwrap();
    // A block of the root warms the foot too, and makes the test false.
    assert!(forecast.roots(Side::Left) > 0.9, "{}", forecast.roots(Side::Left));
}

#[test]
fn under_the_skin_it_makes_a_round_lump_far_from_the_chain() {
    let chain = at_chain();
    let skin = scene().world.skin_distance_mm(&Point::new(chain.x + 40.0, chain.y + 60.0, chain.z));
    // Down from the back at the side of the spine until five millimetres under the skin.
    let y = (0..200)
        .map(|n| chain.y + 140.0 - f64::from(n))
        .find(|y| scene().world.skin_distance_mm(&Point::new(chain.x + 40.0, *y, chain.z)) < -6.0)
        .unwrap();
    let tip = Point::new(chain.x + 40.0, y, chain.z);
    let (looks, standing) = looks(tip, 1, 0.2, 5.0);
    println!("{skin} {standing:?}");
    let under = standing.shares.iter().find(|(t, _)| *t == Tissue::Subcutaneous).map_or(0.0, |(_, s)| *s);
    assert!(under > 0.5, "{standing:?}");
    let (_, sd) = shape(&looks[0].iodine);
    assert!(sd[2] < 2.0 * sd[0] && sd[0] < 2.0 * sd[2], "{sd:?}");
}
