//! Thresholds against tabulated ones.
#![allow(clippy::unwrap_used)] // helpers of tests: a failure should stop the test

use rami_nerve::stimulate::threshold::{Polarity, Search, point_source_over_middle, threshold};
use rami_nerve::{Axon, FibreClass, NerveError};

fn at(axon: &Axon, distance: f64, width: f64, polarity: Polarity) -> f64 {
    let field = point_source_over_middle(axon, distance, 0.25).unwrap();
    let search = Search { polarity, tolerance: 0.002, ..Search::cathodic(axon, width) };
    threshold(axon, &field, &search).unwrap().unwrap().get()
}

#[test]
fn a_c_fibre_has_the_tabulated_thresholds() {
    // NEURON and NumPy agree on these for 1 um, 24 mm, 480 compartments; the search there stops at 1 %.
    let axon = Axon::unmyelinated(1.0, 24.0, 50.0).unwrap();
    for (distance, width, wanted) in [(1.0, 0.1, 16.8), (1.0, 1.0, 1.81), (2.0, 0.1, 115.0), (2.0, 1.0, 12.0)]
    {
        let got = at(&axon, distance, width, Polarity::Cathodic);
        assert!((got / wanted - 1.0).abs() < 0.03, "{distance} mm, {width} ms: {got} against {wanted} mA");
    }
}

#[test]
fn an_a_fibre_has_every_tabulated_threshold() {
    // PyFibers on NEURON, 10 um, 61 nodes, backward Euler at 5 us; pulses of 0.1, 0.3 and 1 ms.
    let axon = Axon::myelinated(10.0, 61).unwrap();
    for (distance, wanted) in [
        (1.0, [0.155, 0.086, 0.063]),
        (2.0, [0.488, 0.247, 0.166]),
        (5.0, [2.9, 1.33, 0.80]),
        (10.0, [14.6, 6.3, 3.55]),
        (20.0, [90.0, 37.0, 20.0]),
    ] {
        for (width, wanted) in [0.1, 0.3, 1.0].into_iter().zip(wanted) {
            let got = at(&axon, distance, width, Polarity::Cathodic);
            assert!(
                (got / wanted - 1.0).abs() < 0.03,
                "{distance} mm, {width} ms: {got} against {wanted} mA"
            );
        }
    }
}

#[test]
fn a_b_fibre_has_the_tabulated_threshold() {
    let axon = Axon::myelinated(2.0, 121).unwrap();
    let got = at(&axon, 1.0, 0.1, Polarity::Cathodic);
    assert!((got / 1.19 - 1.0).abs() < 0.03, "{got}");
    // The shorter fibre used for speed is long enough: both searches end within 0.2 %.
    let short = at(&FibreClass::B.axon_for_stimulation().unwrap(), 1.0, 0.1, Polarity::Cathodic);
    assert!((short / got - 1.0).abs() < 0.01, "{short} against {got}");
}

#[test]
fn an_anode_needs_about_four_times_the_current_of_a_cathode() {
    // A textbook says about 4; at 2 mm, with a 1.1 mm internode, anything from 3 to 7 is the same statement.
    let axon = Axon::myelinated(10.0, 61).unwrap();
    let ratio = at(&axon, 2.0, 0.1, Polarity::Anodic) / at(&axon, 2.0, 0.1, Polarity::Cathodic);
    assert!((3.0..7.0).contains(&ratio), "{ratio}");
}

#[test]
fn thresholds_scale_with_the_conductivity_of_a_uniform_medium() {
    let axon = Axon::myelinated(10.0, 61).unwrap();
    let search = Search { tolerance: 0.002, ..Search::cathodic(&axon, 0.1) };
    let of = |sigma: f64| {
        let field = point_source_over_middle(&axon, 2.0, sigma).unwrap();
        threshold(&axon, &field, &search).unwrap().unwrap().get()
    };
    // Only the product of current and 1/sigma acts; the search itself is good to 0.2 %.
    assert!((of(0.025) / of(0.25) - 0.1).abs() < 5e-4);
}

#[test]
fn what_cannot_be_excited_says_so_and_bad_questions_are_refused() {
    let axon = Axon::unmyelinated(1.0, 24.0, 50.0).unwrap();
    let field = point_source_over_middle(&axon, 1.0, 0.25).unwrap();
    let weak = Search { highest_ma: 0.5, ..Search::cathodic(&axon, 0.1) };
    assert_eq!(threshold(&axon, &field, &weak).unwrap(), None);
    let width = Search { width_ms: 0.0, ..weak };
    assert!(threshold(&axon, &field, &width).unwrap_err().to_string().contains("pulse width"));
    assert!(matches!(threshold(&axon, &field[1..], &weak), Err(NerveError::ProfileLength { .. })));
    let coarse = Search { dt_ms: 0.5, width_ms: 1.0, ..weak };
    assert!(threshold(&axon, &field, &coarse).unwrap_err().to_string().contains("too coarse"));
    assert!(point_source_over_middle(&axon, 0.0, 0.25).is_err());
}
