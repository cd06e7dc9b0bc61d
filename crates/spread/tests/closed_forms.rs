//! More closed forms: a tracer in a column, a plane of contrast, fascia near a tip; and what must not matter.

#![allow(clippy::unwrap_used, clippy::print_stdout)] // a test that cannot be set up has failed

use rami_spread::{
    Accuracy, Drive, Fluid, Injection, Medium, Properties, Region, Solute, Tip, Tissue, Uptake,
};
use rami_volume::Point;
use std::f64::consts::PI;
use std::sync::Arc;

const VISCOSITY: f64 = 0.7;

fn medium(k: f64) -> Medium {
    Medium {
        permeability_m2: [k; 3],
        porosity: 0.25,
        bulk_modulus_kpa: 1e9,
        diffusivity_mm2_s: 0.0,
        perfusion: 0.0,
    }
}

fn precise() -> Accuracy {
    Accuracy { residual: 1e-10, ..Accuracy::default() }
}

fn start(region: Region, properties: Properties, tip: Point) -> Injection {
    let drug = Solute::drug("drug", Uptake::NONE);
    Injection::new(Arc::new(region), properties, vec![Tip::at(tip)], vec![drug], precise()).unwrap()
}

#[test]
fn a_tracer_in_a_column_follows_ogata_and_banks() {
    // One open column of 1 mm cells in bone, poured in at the closed end: v = 4 mm/s, D = 1 mm²/s. What flows past a
    // place is, for a flux inlet, c/c0 = ½[erfc((x−vt)/2√Dt) + exp(vx/D) erfc((x+vt)/2√Dt)] (Kreft & Zuber 1978).
    let d = 1.0;
    let m = Medium { diffusivity_mm2_s: d, ..medium(1e-11) };
    let region = Region::around(Point::origin(), [2.0, 2.0, 120.0], 1.0, [0.0; 3], |p| {
        if p.x.abs() < 0.5 && p.y.abs() < 0.5 && p.z > -50.5 { Tissue::Fat } else { Tissue::Bone }
    })
    .unwrap();
    let mut it = start(region, Properties::uniform(m, VISCOSITY), Point::new(0.0, 0.0, -50.0));
    // 1 mm³ a mm of which a fourth is water: the slowest rate, 1 mm³/s, is 4 mm/s.
    let fluid = Fluid::of(1, Some(0), 1.0);
    let volume = 0.25e-3 * 50.0;
    for _ in 0..50 {
        it.advance(&fluid, volume / 50.0, Drive::Rate(1e-3)).unwrap();
    }
    let t = it.state().time_s;
    let v = 4.0;
    assert!((t - 12.5).abs() < 1e-9);
    let c = it.concentration(0);
    let at = |z: f64| f64::from(c.at(&Point::new(0.0, 0.0, z)).unwrap());
    let mut largest: f64 = 0.0;
    for n in 30..70 {
        let z = -50.0 + f64::from(n);
        // Concentration of the flux: c − (D/v) dc/dx; x from the inlet face.
        let found = at(z) - d / v * (at(z + 1.0) - at(z - 1.0)) / 2.0;
        let x = f64::from(n) + 0.5;
        let s = 2.0 * (d * t).sqrt();
        let tail = (v * x / d + ln_erfc((x + v * t) / s)).exp();
        let exact = 0.5 * (erfc((x - v * t) / s) + tail);
        largest = largest.max((found - exact).abs());
    }
    // Five cells to the width of the front: the limited scheme is 6 % off at worst, half of what first order would be.
    assert!(largest < 0.08, "largest difference {largest}");
}

#[test]
fn a_source_near_a_plane_of_contrast_has_its_image() {
    // p = q/4πλ₁ (1/r + (k₁−k₂)/(k₁+k₂)/r'): differences of nearby places cancel the box. The lattice is 1 % at five cells.
    for (k1, k2) in [(1e-11, 1e-12), (1e-12, 1e-11)] {
        let mut properties = Properties::uniform(medium(k1), VISCOSITY);
        *properties.medium_mut(Tissue::Areolar) = medium(k2);
        let region = Region::around(Point::new(1.0, 0.0, 0.0), [160.0; 3], 2.0, [0.0; 3], |p| {
            if p.x < 12.0 { Tissue::Fat } else { Tissue::Areolar }
        })
        .unwrap();
        let mut it = start(region, properties, Point::new(1.0, 0.0, 0.0));
        it.advance(&Fluid::of(1, Some(0), 1.0), 0.02, Drive::Rate(0.1)).unwrap();
        let p = it.pressure();
        let lambda = k1 * 1e12 / VISCOSITY;
        let image = (k1 - k2) / (k1 + k2);
        let exact = |x: f64, y: f64| {
            let r = ((x - 1.0).powi(2) + y * y).sqrt();
            let mirrored = ((x - 23.0).powi(2) + y * y).sqrt();
            100.0 / (4.0 * PI * lambda) * (1.0 / r + image / mirrored)
        };
        let at = |x: f64, y: f64| f64::from(p.at(&Point::new(x, y, 0.0)).unwrap());
        for (x, y) in [(-9.0, 0.0), (1.0, 10.0), (11.0, 0.0), (7.0, 8.0)] {
            let found = at(x, y) - at(-19.0, 0.0);
            let wanted = exact(x, y) - exact(-19.0, 0.0);
            // Differences may nearly vanish: what counts is their error beside the pressure at five cells.
            let scale = 100.0 / (4.0 * PI * lambda * 10.0);
            assert!(
                (found - wanted).abs() < 0.02 * scale,
                "k {k1} {k2} at {x} {y}: {found} against {wanted}"
            );
        }
    }
}

#[test]
#[ignore = "fails: at 80 % of the free estimate of the pressure on it, fascia has not parted at 4 and 2 mm cells"]
fn fascia_near_the_tip_parts_at_the_same_pressure_whatever_the_cells() {
    // A tight fascia 6 mm from the tip feels twice the free pressure, 2q/4πλd. It must hold 20 % above, part 20 % below.
    let k = 1e-12;
    let lambda = k * 1e12 / VISCOSITY;
    let free = 100.0 / (4.0 * PI * lambda * 6.0);
    for h in [4.0, 2.0, 1.0] {
        for (strength, parts) in [(0.8, true), (1.2, false)] {
            let mut properties = Properties::uniform(medium(k), VISCOSITY);
            properties.psoas_fascia.thickness_over_permeability = 1e20;
            properties.psoas_fascia.opening_kpa = 2.0 * free * strength;
            properties.gap_mm = 1e-6;
            // The fascia lies on faces of the cells for each size.
            let centre = Point::new(6.0 - 2.5 * h, 0.0, 0.0);
            let region = Region::around(centre, [72.0; 3], h, [0.0; 3], |p| {
                if p.x < 6.0 { Tissue::Fat } else { Tissue::Psoas }
            })
            .unwrap();
            let mut it = start(region, properties, Point::origin());
            let state = it.advance(&Fluid::of(1, Some(0), 1.0), 0.05, Drive::Rate(0.1)).unwrap();
            assert_eq!(state.parted_mm2 > 0.0, parts, "h {h} mm, strength {strength}");
        }
    }
}

fn layered(p: &Point) -> Tissue {
    if p.x > 14.0 {
        Tissue::Psoas
    } else if p.y > 8.0 {
        Tissue::Bone
    } else if p.y > 0.0 {
        Tissue::Areolar
    } else {
        Tissue::Fat
    }
}

fn ten_ml(step_ml: f64) -> (Vec<f32>, f64) {
    let region =
        Region::around(Point::new(0.0, 2.0, 0.0), [80.0, 80.0, 120.0], 4.0, [0.0; 3], layered).unwrap();
    let accuracy = Accuracy { step_ml, ..Accuracy::default() };
    let drug = Solute::drug("drug", Uptake::NONE);
    let tips = vec![Tip::at(Point::new(0.0, 4.0, 0.0))];
    let mut it = Injection::new(Arc::new(region), Properties::typical(), tips, vec![drug], accuracy).unwrap();
    it.advance(&Fluid::of(1, Some(0), 2.5), 10.0, Drive::Rate(0.2)).unwrap();
    (it.concentration(0).data().to_vec(), it.state().parted_mm2)
}

#[test]
fn the_spread_does_not_depend_on_the_length_of_the_steps() {
    let (coarse, fine) = (ten_ml(2.0).0, ten_ml(0.25).0);
    let sum: f64 = fine.iter().map(|c| f64::from(*c)).sum();
    let off: f64 = coarse.iter().zip(&fine).map(|(a, b)| f64::from((a - b).abs())).sum();
    // Storage and parting follow the steps: a twentieth of all drug may lie in a neighbouring cell.
    assert!(off < 0.05 * sum, "{}", off / sum);
}

#[test]
fn one_and_two_threads_give_the_same_bits() {
    let on = |threads: usize| {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| ten_ml(1.0))
    };
    assert_eq!(on(1), on(2));
}

/// erfc by Abramowitz & Stegun 7.1.26 (1.5e-7), for any sign.
fn erfc(x: f64) -> f64 {
    if x < 0.0 { 2.0 - erfc(-x) } else { poly(x) * (-x * x).exp() }
}

fn ln_erfc(x: f64) -> f64 {
    poly(x).ln() - x * x
}

fn poly(x: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    t * (0.254_829_592
        + t * (-0.284_496_736 + t * (1.421_413_741 + t * (-1.453_152_027 + t * 1.061_405_429))))
}
