//! Figures for `docs/numerics/projection.md`: the fast projector against the exact references, and milliseconds a frame.
//!
//! `cargo run --release -p rami-xray --example accuracy [CT.nii.gz] [full] [chain]`; a synthetic torso without a file.
#![allow(clippy::print_stdout, clippy::unwrap_used)] // prints its table

#[path = "../tests/support/mod.rs"]
mod support;

use rami_volume::{Ct, Grid, Point, Vector, Volume};
use rami_xray::dose::{Frame, PulseRate};
use rami_xray::live::{Live, Scene, Setup};
use rami_xray::{
    CArmPose, Detector, FastProjector, Image, Lanes, Medium, Needle, Projector, SiddonProjector,
    TrilinearProjector, View,
};
use rayon::prelude::*;
use std::sync::Arc;
use std::time::Instant;

fn compare(a: &Image<f32>, b: &Image<f32>) -> String {
    let n = a.data().len() as f64;
    let mean: f64 = b.data().iter().map(|&v| f64::from(v)).sum::<f64>() / n;
    let mut off: Vec<f64> = a.data().iter().zip(b.data()).map(|(&a, &b)| f64::from((a - b).abs())).collect();
    let rms = (off.iter().map(|d| d * d).sum::<f64>() / n).sqrt();
    off.sort_by(f64::total_cmp);
    let p999 = off[(0.999 * (n - 1.0)) as usize];
    format!(
        "rms {:.3} %  p99.9 {:.3} %  max {:.3} %",
        rms / mean * 100.0,
        p999 / mean * 100.0,
        off[off.len() - 1] / mean * 100.0
    )
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Milliseconds of one piece of work, repeated.
struct Timed {
    median: f64,
    best: f64,
    /// Of processor time, all threads together; what a busy machine cannot stretch. 0 where the system does not say.
    cpu: f64,
}

impl std::fmt::Display for Timed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "median {:.2} ms, best {:.2}, processor time {:.2}", self.median, self.best, self.cpu)
    }
}

fn timed<T>(n: usize, mut work: impl FnMut() -> T) -> Timed {
    let before = cpu_ms();
    let mut times: Vec<f64> = (0..n)
        .map(|_| {
            let started = Instant::now();
            std::hint::black_box(work());
            started.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    let cpu = (cpu_ms() - before) / n as f64;
    Timed { median: median(&mut times), best: times[0], cpu }
}

/// Processor time of this process so far, in steps of a clock tick (usually 10 ms).
fn cpu_ms() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = |field: usize| -> f64 {
        after_name.split_whitespace().nth(field).and_then(|word| word.parse().ok()).unwrap_or(0.0)
    };
    10.0 * (ticks(11) + ticks(12))
}

/// A still pose with a moving needle and contrast medium, and a spot film, with everything on.
fn chain(ct: &Arc<Ct>) {
    let mut live = Live::new(Arc::clone(ct), 1);
    let centre = ct.grid().centre();
    let bent = |shift: f64| {
        let points: Vec<Point> = (0..=20)
            .map(|i| f64::from(i) / 20.0)
            .map(|t| {
                centre + Vector::new(80.0 - 55.0 * t + shift, 110.0 - 105.0 * t, 5.0 - 5.0 * t + 3.0 * t * t)
            })
            .collect();
        Needle::bent(&points, Needle::GAUGE_22_MM, None).unwrap()
    };
    let cloud = |shift: f64| {
        let grid = Grid::upright([48, 48, 100], [1.0; 3], centre + Vector::new(0.0, -25.0, -50.0)).unwrap();
        let mut volume = Volume::filled(grid.clone(), 0.0f32);
        for at in 0..grid.len() {
            let p = grid.to_lps(grid.voxel(at).map(|v| v as f64)) - (centre + Vector::new(24.0, shift, 0.0));
            let r = (p.x / 12.0).powi(2) + (p.y / 8.0).powi(2) + (p.z / 42.0).powi(2);
            volume.data_mut()[at] = if r < 1.0 { 180.0 } else { 0.0 };
        }
        Arc::new(Medium::iodine(volume))
    };
    let clouds: Vec<_> = (0..8).map(|i| cloud(f64::from(i))).collect();
    for (n, pixel, kind) in
        [(512, 0.6, Frame::Fluoroscopy(PulseRate::new(15.0).unwrap())), (1024, 0.3, Frame::SpotFilm)]
    {
        let setup =
            Setup { detector: Detector::square(n, pixel), ..Setup::new(CArmPose::new(155.0, 0.0, centre)) };
        let mut i = 0;
        let mut frame = |needles: bool, media: bool| {
            i += 1;
            let scene = Scene {
                needles: if needles { vec![bent(f64::from(i % 7))] } else { vec![] },
                media: if media { vec![Arc::clone(&clouds[i as usize % 8])] } else { vec![] },
                ..Scene::default()
            };
            live.frame(&setup, &scene, kind).unwrap()
        };
        frame(true, true);
        println!("{n}: still pose, nothing moving: {}", timed(61, || frame(false, false)));
        println!("{n}: still pose, bent needle moving: {}", timed(61, || frame(true, false)));
        println!("{n}: still pose, contrast changing: {}", timed(61, || frame(false, true)));
        println!("{n}: still pose, both: {}", timed(61, || frame(true, true)));
        let mut turn = 0.0;
        let whole = timed(15, || {
            turn += 0.5;
            let setup = Setup { pose: CArmPose::new(150.0 + turn, 0.0, centre), ..setup };
            let scene = Scene { needles: vec![bent(0.0)], ..Scene::default() };
            live.frame(&setup, &scene, kind).unwrap()
        });
        println!("{n}: new pose with a needle, projection to grey levels: {whole}");
    }
}

/// A sum over all voxels by all threads: what memory allows.
fn read_once(ct: &Ct) -> i64 {
    ct.data()
        .par_chunks(1 << 18)
        .map(|part| {
            let (eights, _) = part.as_chunks::<16>();
            let mut sums = [0i16; 16];
            eights.iter().for_each(|e| sums.iter_mut().zip(e).for_each(|(s, v)| *s = s.wrapping_add(*v)));
            sums.iter().map(|s| i64::from(*s)).sum::<i64>()
        })
        .sum()
}

fn main() {
    let started = Instant::now();
    let file = std::env::args().nth(1).filter(|a| a.contains(".nii"));
    let ct = Arc::new(match file {
        Some(path) => rami_volume::nifti::read_ct(path.as_ref()).unwrap().ct,
        None => support::torso([512, 512, 200], [0.78, 0.78, 1.5], 12.0).unwrap(),
    });
    println!("{:?} voxels read or made in {:.1} s", ct.grid().dims(), started.elapsed().as_secs_f64());
    println!(
        "reading all {} MB of it once: {}",
        ct.data().len() * 2 / 1_000_000,
        timed(21, || read_once(&ct))
    );
    let fast = FastProjector::new(&ct);
    let started = Instant::now();
    fast.prepare();
    println!("pack {:.2} s", started.elapsed().as_secs_f64());
    chain(&ct);
    if std::env::args().any(|a| a == "chain") {
        return;
    }
    let others: Vec<(Lanes, FastProjector)> = [Lanes::Avx512, Lanes::Avx2, Lanes::Portable]
        .into_iter()
        .filter(|lanes| lanes.available())
        .map(|lanes| (lanes, FastProjector::with_lanes(&ct, lanes)))
        .collect();
    let poses: &[(f64, f64)] =
        &[(180.0, 0.0), (155.0, 0.0), (90.0, 0.0), (180.0, 20.0), (136.0, 0.0), (134.0, 0.0)];
    for &(p, s) in poses {
        let view = View::new(CArmPose::new(p, s, ct.grid().centre()), Detector::default()).unwrap();
        let mut times: Vec<f64> = (0..25)
            .map(|_| {
                let started = Instant::now();
                std::hint::black_box(fast.project(&view).unwrap());
                started.elapsed().as_secs_f64() * 1e3
            })
            .collect();
        times.sort_by(f64::total_cmp);
        println!("({p}, {s}): median {:.2} ms, best {:.2}", times[12], times[0]);
        for (lanes, other) in &others {
            std::hint::black_box(other.project(&view).unwrap());
            println!("   {lanes:?}: {}", timed(25, || other.project(&view).unwrap()));
        }
        // Sixteen rows are enough for the figures; `full` takes all 512.
        let thin = View::new(*view.pose(), *view.detector()).unwrap();
        let rows: Vec<usize> =
            (0..512).step_by(if std::env::args().any(|a| a == "full") { 1 } else { 32 }).collect();
        let (mut f, mut t, mut z) = (vec![], vec![], vec![]);
        let (mut fb, mut tb) = (vec![], vec![]);
        let whole = fast.project(&view).unwrap();
        for &row in &rows {
            f.extend_from_slice(whole.total.row(row));
            fb.extend_from_slice(whole.bone.row(row));
            let reference = TrilinearProjector::new(&ct).project_rows(&thin, row..row + 1).unwrap();
            t.extend(reference.total.into_data());
            tb.extend(reference.bone.into_data());
            z.extend(SiddonProjector::new(&ct).project_rows(&thin, row..row + 1).unwrap().total.into_data());
        }
        let image = |v: Vec<f32>| Image::new(rows.len(), 512, v).unwrap();
        let (f, t, z, fb, tb) = (image(f), image(t), image(z), image(fb), image(tb));
        println!("   against trilinear {}", compare(&f, &t));
        println!("   bone              {}", compare(&fb, &tb));
        println!("   against Siddon    {}", compare(&f, &z));
        println!("   trilinear/Siddon  {}", compare(&t, &z));
    }
}
