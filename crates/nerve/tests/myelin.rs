//! Myelinated conduction against independent runs of the same equations, and the stepper's own promises.
#![allow(clippy::unwrap_used)] // helpers of tests: a failure should stop the test

use rami_nerve::conduct::{Scheme, conduct_myelinated};
use rami_nerve::membrane::MrgNode;
use rami_nerve::myelin::Myelinated;

fn velocity(fibre: Myelinated, dt: f64, scheme: Scheme) -> f64 {
    conduct_myelinated(fibre, None, dt, 20.0, scheme).unwrap().conduction_velocity_m_s.unwrap()
}

#[test]
fn backward_euler_reproduces_the_velocities_of_an_independent_double_cable() {
    // PyFibers 0.13 on NEURON 9.0.2, the same sizes, nodes and steps: 10 um 50.3196 and 52.6043 m/s at 5 and 2.5 us,
    // 2 um 6.13546, and 2 um with the conductances of Peña 2024 5.29233. Velocities were read from recorded steps, so
    // a difference of 1e-3 is allowed; 2e-4 is seen.
    let large = Myelinated::new(10.0, 61, 37.0).unwrap();
    let small = Myelinated::new(2.0, 121, 37.0).unwrap();
    let pena = Myelinated { membrane: MrgNode::pena(37.0), ..small };
    for (fibre, dt, wanted) in
        [(large, 0.005, 50.3196), (large, 0.0025, 52.6043), (small, 0.005, 6.135_46), (pena, 0.005, 5.292_33)]
    {
        let got = velocity(fibre, dt, Scheme::BackwardEuler);
        assert!(
            (got / wanted - 1.0).abs() < 1e-3,
            "{} um at {dt}: {got} against {wanted}",
            fibre.geometry.fibre_um
        );
    }
}

#[test]
fn crank_nicolson_is_of_order_two_and_shares_backward_eulers_limit() {
    let fibre = Myelinated::new(10.0, 61, 37.0).unwrap();
    let at = |dt: f64| velocity(fibre, dt, Scheme::CrankNicolson);
    let (coarse, middle, fine) = (at(0.005), at(0.0025), at(0.00125));
    let order = ((coarse - middle) / (middle - fine)).log2();
    assert!((1.8..2.2).contains(&order), "order {order}: {coarse} {middle} {fine}");
    let limit = fine + (fine - middle) / 3.0;
    let euler = |dt: f64| velocity(fibre, dt, Scheme::BackwardEuler);
    let (one, half, quarter) = (euler(0.0025), euler(0.00125), euler(0.000_625));
    // Two rounds of extrapolation take away the errors in dt and dt².
    let (first, second) = (2.0 * half - one, 2.0 * quarter - half);
    let extrapolated = second + (second - first) / 3.0;
    assert!((limit / extrapolated - 1.0).abs() < 1e-3, "{limit} against {extrapolated}");
}

#[test]
fn a_block_of_two_nodes_is_jumped_and_a_long_one_is_not() {
    let fibre = Myelinated::new(10.0, 61, 37.0).unwrap();
    let conducted = |blocked: usize| {
        let share = (0..61).map(|n| if (30..30 + blocked).contains(&n) { 0.0 } else { 1.0 }).collect();
        conduct_myelinated(fibre, Some(share), 0.005, 20.0, Scheme::CrankNicolson).unwrap().conducted
    };
    assert!(conducted(1) && conducted(2) && !conducted(4));
}

#[test]
fn bad_myelinated_fibres_are_refused() {
    assert!(Myelinated::new(0.0, 61, 37.0).unwrap_err().to_string().contains("between 1.1 and 16 um"));
    assert!(Myelinated::new(10.0, 2, 37.0).is_err());
    let fibre = Myelinated::new(10.0, 61, 37.0).unwrap();
    let error = conduct_myelinated(fibre, None, 0.1, 20.0, Scheme::CrankNicolson).unwrap_err().to_string();
    assert!(error.contains("too coarse for the mrg membrane"), "{error}");
}
