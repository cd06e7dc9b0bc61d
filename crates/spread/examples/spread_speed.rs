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

/// Seconds of processor time of all threads so far (Linux, to 10 ms; 0 elsewhere).
fn cpu_s() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or("");
    let ticks = |n: usize| after.split_whitespace().nth(n).and_then(|t| t.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

/// Most memory the process has held, bytes (Linux; 0 elsewhere).
fn peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|l| l.starts_with("VmHWM")).unwrap_or("");
    line.split_whitespace().nth(1).and_then(|n| n.parse::<f64>().ok()).unwrap_or(0.0) * 1024.0
}

/// Runs something and says what it took on the clock and of the processors.
fn timed<T>(what: &str, f: impl FnOnce() -> T) -> (T, f64) {
    let (started, cpu) = (Instant::now(), cpu_s());
    let out = f();
    let used = cpu_s() - cpu;
    println!("{what}: {:.3} s on the clock, {used:.2} s of processors", started.elapsed().as_secs_f64());
    (out, used)
}

/// The whole of one injection on one grid; seconds of processors for the cold pressure.
fn run(h: f64) -> (usize, f64) {
    let drug = Fluid::of(2, Some(1), 2.5);
    let before = peak();
    let (mut it, _) = timed("set up", || injection(h, Accuracy::default()));
    let cells = it.region().grid().len();
    println!("{cells} cells of {h} mm");
    let (_, cold) = timed("steady pressure, cold, to 1e-9, and arrival map", || it.arrival_ml().unwrap());
    timed("15 ml with fascia and transport", || it.advance(&drug, 15.0, Drive::Rate(0.2)).unwrap());
    println!(
        "{:.0} mm² parted, balance {:.1e}, solves and iterations {:?}",
        it.state().parted_mm2,
        it.balance(1).relative_error,
        it.work()
    );
    timed("six hours after", || it.wait(6.0 * 3600.0).unwrap());
    println!("{:.0} bytes a cell at most", (peak() - before) / cells as f64);
    (cells, cold)
}

fn main() {
    let h: Option<f64> = std::env::args().nth(1).and_then(|a| a.parse().ok());
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("load before: {}", load.split_whitespace().take(3).collect::<Vec<_>>().join(" "));
    run(h.unwrap_or(2.0));
    let drug = Fluid::of(2, Some(1), 2.5);
    let ((), _) = timed("one draw at 4 mm: region, 10 ml and twelve hours", || {
        let mut it = injection(4.0, Accuracy::quick());
        it.advance(&drug, 10.0, Drive::Rate(0.2)).unwrap();
        it.wait(12.0 * 3600.0).unwrap();
    });
}
