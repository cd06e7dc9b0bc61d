//! Unmyelinated conduction against tabulated velocities, traces and closed forms.

#![allow(clippy::unwrap_used)] // helpers of tests: a failure should stop the test

use rami_nerve::NerveError;
use rami_nerve::cable::{Cable, Fibre, Reference, Stepper};
use rami_nerve::conduct::{Conduction, Scheme, conduct};
use rami_nerve::membrane::{HodgkinHuxley, Membrane, Passive, RattayAberham, Sundt};
use rami_nerve::potential::Waveform;

fn run(membrane: &impl Membrane, dt: f64, scheme: Scheme) -> Conduction {
    let fibre = Fibre::new(Cable::new(1.0, 20.0, 1000).unwrap());
    conduct(membrane, fibre, dt, 60.0, scheme).unwrap()
}

fn velocity(membrane: &impl Membrane, dt: f64, scheme: Scheme) -> f64 {
    run(membrane, dt, scheme).conduction_velocity_m_s.unwrap()
}

#[test]
fn backward_euler_reproduces_the_tabulated_velocities() {
    // NEURON 9.0.2 with rates computed, not tabulated, at 1 um, 20 mm, 1000 compartments. Same equations, same scheme,
    // so only rounding and the printed digits differ: 1e-3 is asked, 1e-4 is kept.
    let (sundt, hh) = (Sundt::new(37.0), HodgkinHuxley::new(18.5));
    let near = |got: f64, want: f64| assert!((got / want - 1.0).abs() < 1e-4, "{got} against {want}");
    near(velocity(&sundt, 0.025, Scheme::BackwardEuler), 0.474_58);
    near(velocity(&sundt, 0.005, Scheme::BackwardEuler), 0.489_38);
    near(velocity(&hh, 0.025, Scheme::BackwardEuler), 0.838_47);
    near(velocity(&hh, 0.005, Scheme::BackwardEuler), 0.853_95);
    near(velocity(&RattayAberham::new(), 0.025, Scheme::BackwardEuler), 0.573_16);
}

#[test]
fn crank_nicolson_meets_backward_eulers_limit_and_is_of_order_two_in_time() {
    // A variable-step integration of the same compartments (CVODE, tolerance 1e-3) gives .49239, and Richardson's
    // extrapolation of backward Euler's .48938 and .49178 at 5 and 1 us gives .49238.
    let membrane = Sundt::new(37.0);
    let at = |dt: f64| velocity(&membrane, dt, Scheme::CrankNicolson);
    let (coarse, middle, fine) = (at(0.02), at(0.01), at(0.005));
    assert!((fine / 0.492_38 - 1.0).abs() < 1e-3, "{fine}");
    let order = ((coarse - middle) / (middle - fine)).log2();
    assert!((1.9..2.1).contains(&order), "order {order}: {coarse} {middle} {fine}");
}

#[test]
fn both_schemes_share_one_limit_for_the_squid_axon_too() {
    // Backward Euler's error is dt times a constant, so twice the finer less the coarser is its limit up to dt².
    let membrane = HodgkinHuxley::new(18.5);
    let euler = |dt: f64| velocity(&membrane, dt, Scheme::BackwardEuler);
    let limit = 2.0 * euler(0.0025) - euler(0.005);
    let got = velocity(&membrane, 0.005, Scheme::CrankNicolson);
    assert!((got / limit - 1.0).abs() < 1e-3, "{got} against {limit}");
}

#[test]
fn the_error_falls_with_the_square_of_the_spacing() {
    let membrane = Sundt::new(37.0);
    let at = |n: usize| {
        let fibre = Fibre::new(Cable::new(1.0, 10.0, n).unwrap());
        conduct(&membrane, fibre, 0.005, 60.0, Scheme::CrankNicolson)
            .unwrap()
            .conduction_velocity_m_s
            .unwrap()
    };
    let (coarse, middle, fine) = (at(400), at(800), at(1600));
    let order = ((coarse - middle) / (middle - fine)).log2();
    assert!((1.7..2.3).contains(&order), "order {order}: {coarse} {middle} {fine}");
    // The limit for dx and dt to 0 is about .495 by extrapolation of tabulated runs.
    let limit = fine + (fine - middle) / 3.0;
    assert!((limit - 0.495).abs() < 1e-3, "{limit}");
}

#[test]
fn velocity_follows_the_square_root_of_the_diameter() {
    let membrane = Sundt::new(37.0);
    for (diameter, tabulated) in [(0.4, 0.3102), (1.0, 0.4917), (1.6, 0.6223)] {
        let fibre = Fibre::new(Cable::new(diameter, 10.0, 1000).unwrap());
        let got = conduct(&membrane, fibre, 0.005, 60.0, Scheme::BackwardEuler).unwrap();
        let got = got.conduction_velocity_m_s.unwrap();
        assert!((got / tabulated - 1.0).abs() < 1e-3, "{diameter} um: {got}");
    }
}

#[test]
fn the_voltage_trace_is_the_tabulated_one() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/yardsticks/");
    fn compare(folder: &str, name: &str, membrane: &impl Membrane) {
        let Ok(text) = std::fs::read_to_string(format!("{folder}{name}")) else {
            println!("skipped: no {folder}{name}");
            return;
        };
        let wanted: Vec<(f64, f64)> = text
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(',').map(|(t, v)| (t.parse().unwrap(), v.parse().unwrap())))
            .collect();
        assert!(wanted.len() > 200);
        let fibre =
            Fibre::new(Cable::new(1.0, 20.0, 1000).unwrap()).with_clamp(0, 0.2, Waveform::pulse(1.0, 1.0));
        let mut stepper = Reference::new(membrane, &fibre, 0.005).unwrap();
        let mut steps = 0;
        for (time, voltage) in wanted {
            let target = (time / 0.005_f64).round() as u64;
            while steps < target {
                stepper.step();
                steps += 1;
            }
            // Four printed digits; on the upstroke 600 mV/ms turn a rounding of the arrival time into 1e-3 mV.
            assert!((stepper.voltage_mv()[500] - voltage).abs() < 2e-3, "{name} at {time} ms");
        }
    }
    compare(folder, "sundt_mid.csv", &Sundt::new(37.0));
    compare(folder, "hh_mid.csv", &HodgkinHuxley::new(18.5));
}

#[test]
fn the_squid_axon_does_not_conduct_at_body_temperature() {
    let got = run(&HodgkinHuxley::new(37.0), 0.005, Scheme::CrankNicolson);
    assert!(!got.conducted && got.conduction_velocity_m_s.is_none());
}

#[test]
fn a_long_stretch_without_half_its_sodium_stops_the_impulse_and_a_short_one_does_not() {
    let membrane = Sundt::new(37.0);
    let with = |window_mm: f64, share: f64| {
        let fibre = Fibre::new(Cable::new(1.0, 20.0, 800).unwrap())
            .with_sodium(|x| if (x - 10.0).abs() <= window_mm / 2.0 { share } else { 1.0 });
        conduct(&membrane, fibre, 0.0125, 74.0, Scheme::CrankNicolson).unwrap().conducted
    };
    assert!(!with(4.0, 0.44) && with(4.0, 0.48), "4 mm: the critical share is .457");
    assert!(!with(0.25, 0.22) && with(0.25, 0.28), "0.25 mm: the critical share is .254");
}

#[test]
fn a_passive_cable_settles_to_the_sealed_end_solution() {
    // V(x) = V0 cosh((l − x)/λ)/cosh(l/λ), λ = sqrt(d/(4 R_a g)), input resistance as of a sealed cable.
    let membrane = Passive { leak_ms_cm2: 0.5, capacitance_uf_cm2: 1.0, axoplasm_ohm_cm: 100.0 };
    let cable = Cable::new(2.0, 2.0, 2000).unwrap();
    let fibre = Fibre::new(cable).with_clamp(0, 0.01, Waveform::pulse(0.0, 1e9));
    let mut stepper = Stepper::<_, 1>::new(&membrane, [fibre], 0.05).unwrap();
    (0..2000).for_each(|_| stepper.step());
    let lambda_mm = 10.0 * (2e-4_f64 / (4.0 * 100.0 * 0.5e-3)).sqrt();
    let sheet = std::f64::consts::PI * 2e-4 * lambda_mm * 0.1 * 0.5e-3;
    let input_mv = 0.01e-9 / (sheet * (2.0 / lambda_mm).tanh()) * 1e3;
    for j in (0..2000).step_by(100) {
        let exact = input_mv * ((2.0 - cable.position_mm(j)) / lambda_mm).cosh() / (2.0 / lambda_mm).cosh();
        let got = stepper.voltage_mv()[j][0];
        // The current enters the first compartment as a whole, half a compartment from the end: 5e-4 of λ.
        assert!((got / exact - 1.0).abs() < 1e-3, "{j}: {got} against {exact}");
    }
}

#[test]
fn a_passive_cable_decays_with_its_length_constant_in_time_as_well() {
    // The first eigenmode cos(pi x/l) decays at g/c (1 + (pi lambda/l)^2).
    let membrane = Passive { leak_ms_cm2: 0.5, capacitance_uf_cm2: 1.0, axoplasm_ohm_cm: 100.0 };
    let cable = Cable::new(1.0, 1.0, 200).unwrap();
    let pi = std::f64::consts::PI;
    // An outside potential with that shape drives that mode alone.
    let shape: Vec<f64> = cable.positions_mm().map(|x| (pi * x).cos()).collect();
    let fibre = Fibre::new(cable).with_field(shape, Waveform::pulse(0.0, 0.1));
    let mut stepper = Stepper::<_, 1>::new(&membrane, [fibre], 0.01).unwrap();
    (0..20).for_each(|_| stepper.step());
    let first = stepper.voltage_mv()[10][0];
    (0..10).for_each(|_| stepper.step());
    let lambda_mm = 10.0 * (1e-4_f64 / (4.0 * 100.0 * 0.5e-3)).sqrt();
    let rate = 0.5 * (1.0 + (pi * lambda_mm).powi(2));
    let exact = (-rate * 0.1).exp();
    let got = stepper.voltage_mv()[10][0] / first;
    // Crank–Nicolson at rate·dt = 0.03 is off by (0.03)²/12 a step, ten steps; space by (pi h)²/12.
    assert!((got / exact - 1.0).abs() < 1e-3, "{got} against {exact}");
}

#[test]
fn a_balanced_pulse_through_a_uniform_potential_does_nothing() {
    // Only differences of the outside potential act.
    let membrane = Sundt::new(37.0);
    let fibre = Fibre::new(Cable::new(1.0, 2.0, 100).unwrap())
        .with_field(vec![-500.0; 100], Waveform::balanced(0.1, 0.2, 0.0, 1.0));
    let mut stepper = Stepper::<_, 1>::new(&membrane, [fibre], 0.01).unwrap();
    (0..100).for_each(|_| stepper.step());
    assert!(stepper.voltage_mv().iter().all(|v| (v[0] + 60.0).abs() < 1e-4));
}

#[test]
fn bad_fibres_are_refused_with_the_reason() {
    let text = |result: Result<Cable, NerveError>| result.unwrap_err().to_string();
    assert!(text(Cable::new(0.0, 20.0, 1000)).contains("diameter must lie between 0.05 and 1000 um, not 0"));
    assert!(text(Cable::new(1.0, f64::NAN, 1000)).contains("length"));
    assert!(text(Cable::with_spacing(1.0, 20.0, 0.0)).contains("spacing"));
    let membrane = Sundt::new(37.0);
    let fibre = Fibre::new(Cable::new(1.0, 2.0, 100).unwrap()).with_sodium(|_| 1.5);
    assert!(conduct(&membrane, fibre, 0.01, 10.0, Scheme::CrankNicolson).is_err());
}
