//! The tabulated critical shares, searched for again as they must have been.
//!
//! All ten come out of backward Euler at 10 µs (a step this room refuses) when runs end at 3 ms (10 µm) and at 5 ms (2 µm):
//! an impulse still on its way then counts as stopped. Only the longest stretches slow one that much.

use super::{Myelinated, MyelinatedStepper};
use crate::action::Action;
use crate::conduct::{IMPULSE_MV, MYELINATED_START_NA, Scheme};
use crate::potential::Waveform;

/// When the impulse passes 0.9 of the length, ms; none where it does not within 12 ms.
fn arrival_ms(fibre: Myelinated, exposed: usize, share: f64) -> Option<f64> {
    let first = (fibre.nodes - exposed) / 2;
    let sodium =
        (0..fibre.nodes).map(|n| if (first..first + exposed).contains(&n) { share } else { 1.0 }).collect();
    // Into the second node: in the program that made the table the outermost were passive.
    let action = Action::clamp(1, MYELINATED_START_NA, Waveform::pulse(1.0, 0.1)).with_sodium(sodium);
    let mut stepper = MyelinatedStepper::unchecked(fibre, [action], 0.01, Scheme::BackwardEuler);
    let end = 9 * fibre.nodes / 10;
    (0..1200).find_map(|_| {
        stepper.step();
        (stepper.nodes_mv()[end][0] > IMPULSE_MV).then(|| stepper.time_ms())
    })
}

/// The middle of the interval where seven bisections of 0 to 1 end.
fn bisected(passes: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..7 {
        let middle = 0.5 * (low + high);
        if passes(middle) { high = middle } else { low = middle }
    }
    0.5 * (low + high)
}

#[test]
fn every_tabulated_share_comes_out_with_the_step_and_the_end_of_the_tabulated_runs() {
    for (diameter, nodes, until_ms, table) in [
        (10.0, 61, 3.0, [(3, 0.020), (4, 0.121), (6, 0.199), (10, 0.238), (15, 0.262)]),
        (2.0, 121, 5.0, [(3, 0.129), (4, 0.191), (6, 0.246), (10, 0.277), (20, 0.301)]),
    ] {
        let fibre = Myelinated::new(diameter, nodes, 37.0).unwrap();
        for (exposed, wanted) in table {
            let within = |until: f64| bisected(|f| arrival_ms(fibre, exposed, f).is_some_and(|t| t < until));
            let got = within(until_ms);
            // The table prints three digits.
            assert!((got - wanted).abs() < 6e-4, "{diameter} um, {exposed} nodes: {got} against {wanted}");
            // Followed to the end, only the longest stretches let more through: there the impulse was late, not stopped.
            assert_eq!(within(12.0) < got, exposed >= 15, "{diameter} um, {exposed} nodes");
        }
    }
}
