//! Critical shares against tabulated ones.
#![allow(clippy::unwrap_used)] // helpers of tests: a failure should stop the test

use rami_nerve::FibreClass;
use rami_nerve::block::critical::{conducts, critical_share_of_nodes};
use rami_nerve::block::surrogate::Surrogate;
use rami_nerve::cable::{Cable, Fibre};
use rami_nerve::conduct::{Scheme, conduct, conduct_myelinated};
use rami_nerve::membrane::{Membrane, RattayAberham, Sundt};
use rami_nerve::myelin::Myelinated;

#[test]
fn every_tabulated_share_of_an_unmyelinated_fibre_comes_out_with_the_tables_own_scheme_and_search() {
    // Backward Euler at 12.5 us, 25 um, seven bisections of 0 to 1; the table prints the middle of the last interval.
    fn bisected(membrane: &impl Membrane, length: f64) -> f64 {
        let (mut fails, mut passes) = (0.0, 1.0);
        for _ in 0..7 {
            let share = 0.5 * (fails + passes);
            let fibre = Fibre::new(Cable::new(1.0, 20.0, 800).unwrap())
                .with_sodium(|x| if (x - 10.0).abs() <= length / 2.0 { share } else { 1.0 });
            let run = conduct(membrane, fibre, 0.0125, 74.0, Scheme::BackwardEuler).unwrap();
            if run.conducted { passes = share } else { fails = share }
        }
        0.5 * (fails + passes)
    }
    // The table prints three digits.
    let met = |got: f64, wanted: f64| assert!((got - wanted).abs() < 6e-4, "{got} against {wanted}");
    let (c, numerical) = (Sundt::new(37.0), RattayAberham::new());
    for (length, wanted) in
        [(0.25, 0.254), (0.5, 0.387), (1.0, 0.426), (2.0, 0.449), (4.0, 0.457), (8.0, 0.457), (12.0, 0.457)]
    {
        met(bisected(&c, length), wanted);
    }
    for (length, wanted) in [(0.25, 0.621), (0.5, 0.699), (1.0, 0.730), (2.0, 0.746), (4.0, 0.754)] {
        met(bisected(&numerical, length), wanted);
    }
}

#[test]
fn myelinated_fibres_have_the_critical_shares_of_an_independent_double_cable() {
    // PyFibers 0.13 on NEURON 9.0.2, backward Euler at 5 us, each impulse followed until it arrives or dies, searched to
    // 0.001. The table of seven bisections is met too, with its step and the end of its runs: `myelin/tabulated.rs`.
    for (diameter, nodes, table) in [
        (10.0, 61, [(3, 0.0193), (4, 0.1155), (6, 0.1917), (10, 0.2356), (15, 0.2517)]),
        (2.0, 121, [(3, 0.1252), (4, 0.1907), (6, 0.2424), (10, 0.2727), (20, 0.2874)]),
    ] {
        let fibre = Myelinated::new(diameter, nodes, 37.0).unwrap();
        for (exposed, wanted) in table {
            let first = (nodes - exposed) / 2;
            let conducted = |share: f64| {
                let sodium = (0..nodes)
                    .map(|n| if (first..first + exposed).contains(&n) { share } else { 1.0 })
                    .collect();
                conduct_myelinated(fibre, Some(sodium), 0.005, 40.0, Scheme::BackwardEuler).unwrap().conducted
            };
            assert!(!conducted(wanted - 1e-3), "{diameter} um, {exposed} nodes");
            assert!(conducted(wanted + 1e-3), "{diameter} um, {exposed} nodes");
        }
    }
}

#[test]
fn one_or_two_silent_nodes_are_jumped_by_both_myelinated_classes() {
    for class in [FibreClass::A, FibreClass::B] {
        let axon = class.axon().unwrap();
        for count in [1, 2] {
            assert_eq!(
                critical_share_of_nodes(&axon, count, class.step_ms()).unwrap(),
                None,
                "{class:?} {count}"
            );
        }
    }
}

#[test]
fn the_surrogates_table_is_what_the_cable_gives() {
    // The search that made the table ends within 1/730, and its time step was half as long for A and B: 0.006 together.
    for class in FibreClass::ALL {
        let axon = class.axon().unwrap();
        let (sites, middle) = (axon.sites_mm(), axon.length_mm() / 2.0);
        for &(length, critical) in Surrogate::table(class) {
            let nodes = (length / class.internode_mm()).round() as usize;
            let first = sites.len().saturating_sub(nodes) / 2;
            let exposed = |n: usize, x: f64| match class {
                FibreClass::C => (x - middle).abs() <= length / 2.0,
                _ => (first..first + nodes).contains(&n),
            };
            let profile = |share: f64| {
                sites.iter().enumerate().map(|(n, &x)| if exposed(n, x) { share } else { 1.0 }).collect()
            };
            let shares = [critical - 0.006, critical + 0.006].map(profile);
            let passed = conducts(&axon, shares, class.step_ms()).unwrap();
            assert_eq!(passed, [false, true], "{class:?} {length} mm");
        }
    }
}
