//! What must not matter to an injection on a digital patient, and what must do nothing.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a test that cannot be set up has failed

mod common;

use rami_anatomy::Side;
use rami_bedside::World;
use rami_bedside::inject::live::{Forecast, Given, Live, Site, Standing};
use rami_spread::{
    Accuracy, Bore, Drive, Fluid, Injection, NervePath, Properties, Region, Solute, Tip, Tissue, Uptake,
};
use rami_volume::{Affine, Grid, Point, Volume};
use std::sync::{Arc, OnceLock};

fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let (case, truth) = common::patient(1);
        let skin = rami_anatomy::skin(&case.ct).unwrap();
        World::of_truth(&case, &truth, skin, 1).unwrap()
    })
}

fn at_chain(world: &World, level: f64) -> Point {
    let p = world.trunks.get(Side::Left).at_level(level).unwrap();
    Point::new(p.x + 1.0, p.y - 2.0, p.z)
}

fn give<'a>(agent: &'a str, mg_ml: f64, volume_ml: f64) -> Given<'a> {
    Given { agent, mg_ml, volume_ml, drive: Drive::Rate(0.2), adrenaline: false }
}

fn contrast_and_drug(site: &Arc<Site<'_>>, tip: Point, nothing: bool) -> (Standing, Forecast) {
    let mut live = Live::new(site, &[site.tip(tip, Bore::gauge_22())], 1).unwrap();
    live.give(&give("iohexol", 300.0, 1.0)).unwrap();
    live.wait(40.0).unwrap();
    if nothing {
        let none = Given { adrenaline: true, ..give("bupivacaine", 7.5, 0.0) };
        assert!(live.give(&none).unwrap() == live.standing());
        live.wait(0.0).unwrap();
    }
    live.wait(20.0).unwrap();
    live.give(&give("bupivacaine", 2.5, 8.0)).unwrap();
    (live.standing(), live.forecast().unwrap())
}

#[test]
fn no_volume_in_between_and_more_threads_change_no_bit_of_what_the_nerves_will_do() {
    let tip = at_chain(world(), 3.0);
    let site = Arc::new(Site::new(world(), &tip, Site::CELL_MM).unwrap());
    let plain = contrast_and_drug(&site, tip, false);
    assert!(plain.1.blocked(Side::Left)[1] > 0.5, "{:?}", plain.1.blocked(Side::Left));
    // What differs is too long to be printed.
    assert!(plain == contrast_and_drug(&site, tip, true), "nothing was given, and something changed");
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            // The tissue too.
            let site = Arc::new(Site::new(world(), &tip, Site::CELL_MM).unwrap());
            contrast_and_drug(&site, tip, false)
        })
    };
    assert!(plain == on(1), "one thread");
    assert!(plain == on(2), "two threads");
}

/// The same picture with its axes in another order and direction.
fn stored<T: Copy>(volume: &Volume<T>, order: [usize; 3], reversed: [bool; 3]) -> Volume<T> {
    let grid = volume.grid();
    let dims = order.map(|a| grid.dims()[a]);
    let old = |new: [usize; 3]| -> [usize; 3] {
        let mut at = [0; 3];
        (0..3).for_each(|n| at[order[n]] = if reversed[n] { dims[n] - 1 - new[n] } else { new[n] });
        at
    };
    let mut affine = Affine::identity();
    let origin = grid.to_lps(old([0; 3]).map(|c| c as f64));
    for n in 0..3 {
        let mut step = [0; 3];
        step[n] = 1;
        let along = grid.to_lps(old(step).map(|c| c as f64)) - origin;
        for a in 0..3 {
            affine[(a, n)] = along[a];
            affine[(a, 3)] = origin[a];
        }
    }
    let new = Grid::new(dims, affine).unwrap();
    let data = (0..new.len()).map(|cell| volume.get(old(new.voxel(cell))).unwrap()).collect();
    Volume::new(new, data).unwrap()
}

#[test]
fn however_the_voxels_of_a_case_are_stored_the_same_happens_in_it() {
    let (case, truth) = common::patient(1);
    let labels = case.structures().unwrap().labels().clone();
    let turned = common::case_of(
        stored(&case.ct, [2, 0, 1], [true, false, true]),
        stored(&labels, [2, 0, 1], [true, false, true]),
    );
    let skin = rami_anatomy::skin(&turned.ct).unwrap();
    let other = World::of_truth(&turned, &truth, skin, 1).unwrap();
    let tip = at_chain(world(), 3.0);
    assert_eq!(tip, at_chain(&other, 3.0));
    let sites = [world(), &other].map(|w| Arc::new(Site::new(w, &tip, Site::CELL_MM).unwrap()));
    let cells = sites[0].region().tissue().iter().zip(sites[1].region().tissue());
    let differ = cells.filter(|(a, b)| a != b).count();
    println!("{differ} of {} cells", sites[0].region().tissue().len());
    // A sub-sample half-way between two voxels may fall to either.
    assert!(differ * 1000 < sites[0].region().tissue().len(), "{differ}");
    let [(a, one), (b, two)] = [0, 1].map(|n| contrast_and_drug(&sites[n], tip, false));
    assert!((a.tip_kpa / b.tip_kpa - 1.0).abs() < 0.01, "{a:?} {b:?}");
    assert!((a.extent_mm - b.extent_mm).abs() <= Site::CELL_MM, "{a:?} {b:?}");
    for (x, y) in one.blocked(Side::Left).into_iter().zip(two.blocked(Side::Left)) {
        assert!((x - y).abs() < 0.01, "{x} {y}");
    }
}

/// Drug from a tip in a region of the patient, with a path beside it.
fn ended(region: &Arc<Region>, properties: Properties, sign: f64, accuracy: Accuracy) -> Injection {
    let chain = world().trunks.get(Side::Left);
    let mirrored = |p: &Point| Point::new(sign * p.x, p.y, p.z);
    let tip = Tip { tissue: Some(Tissue::Areolar), ..Tip::at(mirrored(&at_chain(world(), 3.0))) };
    let contrast = Solute::contrast("iohexol", 300.0, 6.3, 1.35, Uptake::simple(25.0));
    let drug = Solute::drug("bupivacaine", Uptake::biphasic(0.298, 7.0, 362.0));
    let mut it =
        Injection::new(region.clone(), properties, vec![tip], vec![contrast, drug], accuracy).unwrap();
    let points: Vec<Point> = chain.points.iter().map(mirrored).collect();
    let within = vec![Tissue::Areolar; points.len()];
    it.follow(NervePath { name: "chain".into(), points, within, uptake_s: 300.0, partition: 4.6 });
    it.advance(&Fluid::of(2, Some(0), 300.0), 1.0, Drive::Rate(0.2)).unwrap();
    it.wait(30.0).unwrap();
    it.advance(&Fluid::of(2, Some(1), 2.5), 10.0, Drive::Rate(0.2)).unwrap();
    it.wait(900.0).unwrap();
    it.snapshot();
    it
}

fn inside(it: &Injection) -> Vec<f64> {
    it.nerve(0).1[0].inside_mg_ml[1].iter().map(|c| f64::from(*c)).collect()
}

/// Sum of differences over the sum.
fn apart(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum::<f64>() / a.iter().sum::<f64>()
}

#[test]
fn the_mirror_image_of_a_patient_has_the_mirror_image_of_the_spread_and_short_steps_change_little() {
    let site = Site::new(world(), &at_chain(world(), 3.0), Site::CELL_MM).unwrap();
    let region = site.region();
    let grid = region.grid();
    let [ni, nj, nk] = grid.dims();
    let last = grid.to_lps([ni as f64 - 1.0, 0.0, 0.0]);
    let flipped = Grid::upright([ni, nj, nk], grid.spacing(), Point::new(-last.x, last.y, last.z)).unwrap();
    let tissue = (0..flipped.len())
        .map(|cell| {
            let [i, j, k] = flipped.voxel(cell);
            region.tissue()[grid.offset([ni - 1 - i, j, k])]
        })
        .collect();
    let mirrored = Arc::new(Region::new(flipped, tissue, region.gravity()).unwrap());
    let fine = Accuracy { residual: 1e-10, ..Accuracy::default() };
    let one = ended(region, Properties::typical(), 1.0, fine);
    let other = ended(&mirrored, Properties::typical(), -1.0, fine);
    let (a, b) = (one.amount(1), other.amount(1));
    let largest = a.data().iter().copied().fold(0.0f32, f32::max);
    let mut most = 0.0f32;
    for (cell, value) in a.data().iter().enumerate() {
        let [i, j, k] = grid.voxel(cell);
        most = most.max((value - b.get([ni - 1 - i, j, k]).unwrap()).abs() / largest);
    }
    let nerve = apart(&inside(&one), &inside(&other));
    println!("mirror: field {most:e}, nerve {nerve:e}");
    assert!(largest > 0.3 && most < 1e-6 && nerve < 1e-6, "{largest} {most} {nerve}");
    // Steps of a quarter: the pressure's storage, parting and the front follow them.
    let short = Accuracy { step_ml: 0.25, first_step_ml: 0.025, ..fine };
    let quick = ended(region, Properties::typical(), 1.0, Accuracy::quick());
    let short = ended(region, Properties::typical(), 1.0, short);
    let off = [&one, &quick].map(|it| apart(&inside(&short), &inside(it)));
    let drug = |it: &Injection| it.amount(1).data().iter().map(|v| f64::from(*v)).collect::<Vec<_>>();
    let moved = [&one, &quick].map(|it| apart(&drug(&short), &drug(it)));
    println!("steps of 1 and of 2.5 ml against 0.25: nerve {off:.4?}, drug elsewhere {moved:.4?}");
    // A fiftieth by default, a twentieth where draws are quick; and the nearer the shorter.
    assert!(off[0] < 0.02 && moved[0] < 0.02 && off[1] < 0.05 && moved[1] < 0.05, "{off:?} {moved:?}");
    assert!(off[0] < off[1] && moved[0] < moved[1], "{off:?} {moved:?}");
}

#[test]
fn twice_the_porosity_of_every_tissue_is_twice_every_arrival_volume_in_a_patient() {
    let site = Site::new(world(), &at_chain(world(), 3.0), Site::CELL_MM).unwrap();
    let map = |times: f64| {
        let mut properties = Properties::typical();
        for tissue in Tissue::ALL {
            properties.medium_mut(tissue).porosity *= times;
        }
        let tips = vec![Tip::at(at_chain(world(), 3.0))];
        let solutes = vec![Solute::drug("drug", Uptake::NONE)];
        let it = Injection::new(site.region().clone(), properties, tips, solutes, Accuracy::default());
        it.unwrap().arrival_ml().unwrap()
    };
    let (one, two) = (map(1.0), map(2.0));
    let reached = one.data().iter().zip(two.data()).filter(|(a, _)| a.is_finite());
    let mut count = 0;
    for (a, b) in reached {
        // Single precision of the map.
        assert!((b - 2.0 * a).abs() <= 1e-6 * b, "{a} {b}");
        count += 1;
    }
    assert!(count > 5000, "{count}");
}
