//! How long an injection takes: a cold pressure, 15 ml with fascia and transport on the reference grid, one outcome of a
//! draw on the coarse one. Prints seconds; `spread_speed [H_MM]` for another cell size.
#![allow(clippy::print_stdout, clippy::unwrap_used)] // a measurement that cannot be made has failed

use rami_spread::{
    Accuracy, Drive, Fluid, Injection, NervePath, Properties, Region, Solute, Tip, Tissue, Uptake,
};
use rami_volume::Point;
use std::sync::Arc;
use std::time::Instant;

/// A schematic spine: bodies and discs, psoas, an artery, the loose layer, fat.
fn spine(p: &Point) -> Tissue {
    let side = p.x.abs();
    if side < 22.0 && p.y.abs() < 16.0 {
        return if (p.z + 200.0).rem_euclid(36.0) < 9.0 { Tissue::Disc } else { Tissue::Bone };
    }
    if (24.0..48.0).contains(&side) && (-14.0..26.0).contains(&p.y) {
        return Tissue::Psoas;
    }
    if (p.x - 8.0).powi(2) + (p.y + 30.0).powi(2) < 81.0 {
        return Tissue::Artery;
    }
    if side < 30.0 && p.y > -24.0 && p.y < 16.0 {
        return Tissue::Areolar;
    }
    if p.y > 26.0 { Tissue::Muscle } else { Tissue::Fat }
}

fn injection(h: f64, accuracy: Accuracy) -> Injection {
    let tip = Point::new(-20.0, -18.5, 0.0);
    let region = Region::around(tip, Region::REFERENCE_MM, h, [0.0, -1.0, 0.0], spine).unwrap();
    let solutes = vec![
        Solute::contrast("iohexol", 300.0, 6.3, 1.35, Uptake::simple(25.0)),
        Solute::drug("bupivacaine", Uptake::biphasic(0.298, 7.0, 362.0)),
    ];
    let tips = vec![Tip::at(tip)];
    let mut it = Injection::new(Arc::new(region), Properties::typical(), tips, solutes, accuracy).unwrap();
    it.follow(NervePath {
        name: "chain".into(),
        points: (-80..=80).map(|z| Point::new(-20.0, -19.0, f64::from(z))).collect(),
        within: Vec::new(),
        uptake_s: 300.0,
        partition: 4.0,
    });
    it
}

fn main() {
    let h: Option<f64> = std::env::args().nth(1).and_then(|a| a.parse().ok());
    let drug = Fluid::of(2, Some(1), 2.5);
    for h in h.map_or_else(|| vec![2.0], |h| vec![h]) {
        let started = Instant::now();
        let mut it = injection(h, Accuracy::default());
        let cells = it.region().grid().len();
        println!("{cells} cells of {h} mm: set up in {:.3} s", started.elapsed().as_secs_f64());
        let started = Instant::now();
        it.arrival_ml().unwrap();
        println!("steady pressure, cold, to 1e-9, and arrival map: {:.3} s", started.elapsed().as_secs_f64());
        let started = Instant::now();
        it.advance(&drug, 15.0, Drive::Rate(0.2)).unwrap();
        let state = it.state();
        println!(
            "15 ml with fascia and transport: {:.2} s ({:.0} mm² parted, balance {:.1e})",
            started.elapsed().as_secs_f64(),
            state.parted_mm2,
            it.balance(1).relative_error
        );
        let started = Instant::now();
        it.wait(6.0 * 3600.0).unwrap();
        println!("six hours after: {:.2} s", started.elapsed().as_secs_f64());
    }
    let started = Instant::now();
    let mut it = injection(4.0, Accuracy::quick());
    let cells = it.region().grid().len();
    let made = started.elapsed().as_secs_f64();
    it.advance(&drug, 10.0, Drive::Rate(0.2)).unwrap();
    let injected = started.elapsed().as_secs_f64();
    it.wait(12.0 * 3600.0).unwrap();
    println!(
        "one draw, {cells} cells: {:.3} s (region {made:.3}, injection {:.3}, twelve hours {:.3})",
        started.elapsed().as_secs_f64(),
        injected - made,
        started.elapsed().as_secs_f64() - injected
    );
}
