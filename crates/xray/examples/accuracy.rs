//! Figures for `docs/numerics/projection.md`: the fast projector against the exact references, and milliseconds a frame.
//!
//! `cargo run --release -p rami-xray --example accuracy`
#![allow(clippy::print_stdout, clippy::unwrap_used)] // prints its table

#[path = "../tests/support/mod.rs"]
mod support;

use rami_random::Stream;
use rami_volume::Point;
use rami_xray::chain::{Display, Fluoroscope, Settings};
use rami_xray::{
    CArmPose, Detector, FastProjector, Image, Needle, Projector, SiddonProjector, TrilinearProjector, View,
};
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

fn timed<T>(n: usize, mut work: impl FnMut() -> T) -> f64 {
    let mut times: Vec<f64> = (0..n)
        .map(|_| {
            let started = Instant::now();
            std::hint::black_box(work());
            started.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    median(&mut times)
}

/// A still pose with a moving needle, and a spot film, with everything on.
fn chain(fast: &FastProjector<'_>) {
    let needle = Needle::straight(Point::new(80.0, 110.0, 5.0), Point::new(25.0, 5.0, 0.0), 0.72).unwrap();
    for (n, pixel, settings) in [(512, 0.6, Settings::fluoroscopy()), (1024, 0.3, Settings::spot_film())] {
        let view = View::new(CArmPose::new(155.0, 0.0, Point::origin()), Detector::square(n, pixel)).unwrap();
        let mut arm = Fluoroscope::new(settings, Stream::new(1));
        let anatomy = arm.position(view, &fast.project(&view).unwrap());
        let mut still = || {
            let mut steel = Image::filled(n, n, 0.0);
            needle.add_to(&view, 2, &mut steel);
            let shot = arm.expose(&anatomy, Some(&steel), None);
            Display::default().show(&shot.signal, anatomy.lit())
        };
        still();
        println!("{n}: still pose, needle moving, everything on: median {:.2} ms", timed(41, still));
        let whole = timed(9, || {
            let mut arm = Fluoroscope::new(settings, Stream::new(1));
            let anatomy = arm.position(view, &fast.project(&view).unwrap());
            Display::default().show(&arm.expose(&anatomy, None, None).signal, anatomy.lit())
        });
        println!("{n}: new pose, projection, exposure choice, everything on: median {whole:.1} ms");
    }
}

fn main() {
    let started = Instant::now();
    let ct = support::torso([512, 512, 200], [0.78, 0.78, 1.5], 12.0).unwrap();
    println!("torso {:.1} s", started.elapsed().as_secs_f64());
    let fast = FastProjector::new(&ct);
    let started = Instant::now();
    fast.prepare();
    println!("pack {:.2} s", started.elapsed().as_secs_f64());
    chain(&fast);
    let poses: &[(f64, f64)] =
        &[(180.0, 0.0), (155.0, 0.0), (90.0, 0.0), (180.0, 20.0), (136.0, 0.0), (134.0, 0.0)];
    for &(p, s) in poses {
        let view = View::new(CArmPose::new(p, s, Point::origin()), Detector::default()).unwrap();
        let mut times: Vec<f64> = (0..25)
            .map(|_| {
                let started = Instant::now();
                std::hint::black_box(fast.project(&view).unwrap());
                started.elapsed().as_secs_f64() * 1e3
            })
            .collect();
        times.sort_by(f64::total_cmp);
        println!("({p}, {s}): median {:.2} ms, best {:.2}", times[12], times[0]);
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
